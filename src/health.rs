//! What may be wrong with the server: one list of checks, for `GET /health`, and for whoever is told when one fails.

pub mod watch;

use std::sync::atomic::Ordering;

use crate::clock::now_ms;
use crate::ice::relay;
use crate::signaling::Signaling;
use crate::storage::settings;
use crate::storage::telegram::Language;
use crate::telegram::words::Words;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// People cannot chat.
    Failure,
    /// They can, but something does not work.
    Warning,
}

/// One thing that may be wrong.
#[derive(Debug)]
pub struct Check {
    /// Stable.
    pub code: &'static str,
    /// How bad that is.
    pub severity: Severity,
    /// What is wrong.
    pub title: Words,
    /// What to do.
    pub fix: Words,
}

/// What a check has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All is well.
    Well,
    /// Something is wrong.
    Fails,
    /// It has not been looked at yet.
    Unknown,
}

const DATABASE_READ: Check = Check {
    code: "database_read",
    severity: Severity::Failure,
    title: Words("Veritabanı cevap vermiyor.", "The database does not answer."),
    fix: Words(
        "logs/app.log dosyasına, diske ve data.sqlite3 dosyasının sahibine bakın.",
        "Look into logs/app.log; check the disk and the owner of data.sqlite3.",
    ),
};

const DATABASE_WRITE: Check = Check {
    code: "database_write",
    severity: Severity::Failure,
    title: Words("Hiçbir şey kaydedilemiyor.", "Nothing can be stored."),
    fix: Words(
        "logs/app.log dosyasına ve diskteki boş yere bakın, sonra yeniden başlatın.",
        "Look into logs/app.log; check the free space of the disk, then start again.",
    ),
};

const DATABASE_GONE: Check = Check {
    code: "database_gone",
    severity: Severity::Failure,
    title: Words(
        "Sunucu çalışırken veritabanı dosyası silindi ya da değiştirildi; o zamandan beri hiçbir şey kaydedilmiyor.",
        "The database's file was removed or replaced while the server ran; nothing is stored since.",
    ),
    fix: Words(
        "Doğru data.sqlite3 dosyasını geri getirin, sonra yeniden başlatın.",
        "Bring the right data.sqlite3 back, then start again.",
    ),
};

const RELAY: Check = Check {
    code: "relay",
    severity: Severity::Warning,
    title: Words(
        "Aramaların aktarıcısı çalışmıyor; bazı ağlar arasında aramalar bağlanmaz.",
        "The relay for calls does not work; calls between some networks will not connect.",
    ),
    fix: Words(
        "Nedeni yönetim panelinde Ayarlar → Aramalar altında ve logs/app.log dosyasında yazar.",
        "Settings, Calls, in the admin panel says why, and so does logs/app.log.",
    ),
};

/// Which trouble it is, the panel says; these words are for the list.
const TELEGRAM: Check = Check {
    code: "telegram",
    severity: Severity::Warning,
    title: Words("Telegram'a bildirim gitmiyor.", "Notices do not go to Telegram."),
    fix: Words(
        "Nedeni yönetim panelinde Ayarlar → Telegram altında yazar.",
        "Settings, Telegram, in the admin panel says why.",
    ),
};

/// All checks, the worst first.
pub const CHECKS: [Check; 5] = [DATABASE_READ, DATABASE_GONE, DATABASE_WRITE, RELAY, TELEGRAM];

/// What all checks say at one moment.
#[derive(Debug)]
pub struct Examined([State; CHECKS.len()]);

impl Examined {
    /// Each check with what it says.
    pub fn all(&self) -> impl Iterator<Item = (&'static Check, State)> {
        CHECKS.iter().zip(self.0)
    }

    /// Those that fail and are this bad.
    pub fn failing(&self, severity: Severity) -> impl Iterator<Item = &'static Check> {
        self.all()
            .filter(move |(check, state)| *state == State::Fails && check.severity == severity)
            .map(|(check, _)| check)
    }
}

fn fails(fails: bool) -> State {
    if fails { State::Fails } else { State::Well }
}

/// Does the server work? Reads the database and asks the writer for an empty transaction.
pub async fn examine(server: &Signaling) -> Examined {
    let read = server
        .app
        .readers
        .ask(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?))
        .await;
    if let Err(error) = &read {
        tracing::error!(%error, "health: the database does not answer");
    }
    // An empty transaction tells that the writer lives; after one that failed, only a real one tells that it can.
    let failing = server.app.writer.counters().failing.load(Ordering::Relaxed);
    let stored = server
        .app
        .writer
        .call(move |connection| {
            if failing {
                settings::probe(connection, now_ms())
            } else {
                Ok(())
            }
        })
        .await;
    let is_gone = server.app.writer.has_lost_the_file();
    // A file that is gone is said in the log once, when it was noticed.
    if let Err(error) = &stored
        && !is_gone
    {
        tracing::error!(%error, "health: nothing can be stored");
    }
    let ice = &server.app.ice;
    let relay = match ice.relay.report(ice.is_external()).state {
        relay::Health::Failed => State::Fails,
        relay::Health::Untested => State::Unknown,
        relay::Health::Ok | relay::Health::Off | relay::Health::External => State::Well,
    };
    let is_in_trouble = server.app.pocket.token().is_some() && server.app.pocket.live().trouble().is_some();
    Examined([
        fails(read.is_err()),
        fails(stored.is_err() && is_gone),
        fails(stored.is_err() && !is_gone),
        relay,
        fails(is_in_trouble),
    ])
}

/// A check that fails, in words.
#[derive(Debug, serde::Serialize, salvo::oapi::ToSchema)]
pub struct Finding {
    /// Stable.
    pub code: &'static str,
    /// What is wrong.
    pub title: &'static str,
    /// What to do.
    pub fix: &'static str,
}

impl Finding {
    /// For programs and people at the machine.
    pub fn of(check: &Check) -> Finding {
        Finding {
            code: check.code,
            title: check.title.of(Language::En),
            fix: check.fix.of(Language::En),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_failures_come_before_warnings() {
        for (index, check) in CHECKS.iter().enumerate() {
            assert!(!CHECKS[..index].iter().any(|other| other.code == check.code));
        }
        let first_warning = CHECKS.iter().position(|check| check.severity == Severity::Warning);
        assert!(first_warning.is_some_and(|first| CHECKS[first..].iter().all(|c| c.severity == Severity::Warning)));
    }

    #[test]
    fn what_fails_is_told_by_how_bad_it_is_and_what_is_unknown_is_not() {
        let examined = Examined([State::Well, State::Fails, State::Well, State::Unknown, State::Fails]);
        let codes = |severity| examined.failing(severity).map(|check| check.code).collect::<Vec<_>>();
        assert_eq!(codes(Severity::Failure), ["database_gone"]);
        assert_eq!(codes(Severity::Warning), ["telegram"]);
    }
}
