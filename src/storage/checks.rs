//! Which failing checks agents were told of, so that each failure and each recovery is told once.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};
use serde_json::json;

use super::Result;
use super::outbox::{self, Kind, NewNotice};

/// A row of the settings: the codes of the checks that agents know to fail, as a JSON list.
const TOLD: &str = "checks_told";

/// What a check says now.
#[derive(Debug, Clone, Copy)]
pub struct Checked {
    /// Stable.
    pub code: &'static str,
    /// What is wrong, in words for agents.
    pub title: &'static str,
    /// What to do, in words for agents.
    pub fix: &'static str,
    /// `true`: it fails.
    pub fails: bool,
}

/// Writes a notice for each check that began to fail, or is well again, since agents were last told. `told` are the codes of
/// those that they know to fail without a notice. Answers how many notices there are; what is not among the checks stays
/// as it was told.
pub fn tell(connection: &Connection, checks: &[Checked], told: &[&str], now: i64) -> Result<usize> {
    let mut known = told_so_far(connection)?;
    let before = known.clone();
    known.extend(told.iter().map(|code| (*code).to_owned()));
    let mut notices = 0;
    for check in checks {
        let is_news = if check.fails {
            known.insert(check.code.to_owned())
        } else {
            known.remove(check.code)
        };
        if is_news {
            let body = json!({ "code": check.code, "title": check.title, "fix": check.fix, "ok": !check.fails });
            let new = NewNotice {
                body: Some(&body),
                ..NewNotice::of(Kind::Check)
            };
            outbox::tell(connection, &new, now)?;
            notices += 1;
        }
    }
    if known != before {
        connection
            .prepare_cached("INSERT OR REPLACE INTO settings (name, value, changed_at) VALUES (?1, ?2, ?3)")?
            .execute((TOLD, json!(known).to_string(), now))?;
    }
    Ok(notices)
}

fn told_so_far(connection: &Connection) -> Result<BTreeSet<String>> {
    let value: Option<String> = connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([TOLD], |row| row.get(0))
        .optional()?;
    // What cannot be read was never written by us: then everything that fails is told anew.
    Ok(value
        .and_then(|value| serde_json::from_str(&value).ok())
        .unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::sample;

    fn check(code: &'static str, fails: bool) -> Checked {
        Checked {
            code,
            title: "It does not work.",
            fix: "Mend it.",
            fails,
        }
    }

    fn told(connection: &Connection) -> Vec<String> {
        let mut rows = connection
            .prepare("SELECT (body ->> 'code') || ' ' || (body ->> 'ok') FROM outbox WHERE kind = 'check' ORDER BY id")
            .unwrap();
        rows.query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    #[test]
    fn each_failure_and_each_recovery_is_told_once() {
        let (_folder, connection, _) = sample::database();
        let tell = |checks: &[Checked]| tell(&connection, checks, &[], 1_000).unwrap();
        assert_eq!(
            tell(&[check("relay", false), check("disk", false)]),
            0,
            "all is well, as ever"
        );
        for expected in [1, 0] {
            assert_eq!(tell(&[check("relay", true), check("disk", false)]), expected);
        }
        assert_eq!(tell(&[check("disk", true)]), 1, "the relay was not looked at");
        for expected in [2, 0] {
            assert_eq!(tell(&[check("relay", false), check("disk", false)]), expected);
        }
        assert_eq!(tell(&[check("relay", true)]), 1, "again");
        assert_eq!(told(&connection), ["relay 0", "disk 0", "relay 1", "disk 1", "relay 0"]);
        let body: String = connection
            .query_row("SELECT body FROM outbox ORDER BY id LIMIT 1", [], |row| row.get(0))
            .unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&body).unwrap(),
            json!({"code": "relay", "title": "It does not work.", "fix": "Mend it.", "ok": false})
        );
    }

    #[test]
    fn what_was_told_otherwise_is_told_well_again() {
        let (_folder, connection, _) = sample::database();
        assert_eq!(tell(&connection, &[check("disk", true)], &["disk"], 1_000).unwrap(), 0);
        assert_eq!(tell(&connection, &[check("disk", false)], &[], 1_000).unwrap(), 1);
        assert_eq!(tell(&connection, &[check("disk", false)], &["disk"], 1_000).unwrap(), 1);
        assert_eq!(told(&connection), ["disk 1", "disk 1"]);
    }
}
