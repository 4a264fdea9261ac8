//! Visitors who wait for an answer longer than the owner wants: agents are told again, then the visitor is told honestly.

use rusqlite::{Connection, OptionalExtension};

use super::outbox::{self, Kind, NewNotice};
use super::{Result, messages};
use crate::chat::Message;

/// The text of the line that tells the visitor (PROTOCOL).
pub const WORDS: &str = "late";

/// Visitors looked at in one go; the others come next.
const BATCH: i64 = 100;

/// When it is late.
#[derive(Debug, Clone, Copy)]
pub struct Late {
    /// What time it is, ms UTC.
    pub now: i64,
    /// Agents are told again after this, ms, and the visitor after twice this.
    pub after_ms: i64,
    /// Agents can be told: there is Telegram.
    pub is_told: bool,
}

impl Late {
    /// Who came later than this waits for too short a time to remind anybody, ms UTC.
    fn remind_before(self) -> i64 {
        self.now.saturating_sub(self.after_ms)
    }

    /// … to be told anything, ms UTC.
    fn tell_before(self) -> i64 {
        self.remind_before().saturating_sub(self.after_ms)
    }
}

/// What is due in an open thread of somebody who is not blocked. Who talks to an agent does not wait; the end of the call
/// says so in the row, too. The plus keeps SQLite from going
/// through all open threads instead; the condition on `late_told_at` is that of the index `chat_sessions_waiting`: a wait
/// that all was told of costs nothing any more.
macro_rules! due {
    () => {
        "+s.status = 'open' AND NOT s.blocked AND s.waiting_since <= :remind
         AND waiting_since > coalesce(late_told_at, 0)
         AND (coalesce(s.reminded_at, 0) < s.waiting_since OR s.waiting_since <= :tell)
         AND NOT EXISTS (SELECT 1 FROM calls WHERE ended_at IS NULL AND answered_at IS NOT NULL AND chat_session_id = s.id)"
    };
}

/// Threads in which something is due, who waits longest first: row ids.
pub fn due(connection: &Connection, late: Late) -> Result<Vec<i64>> {
    let mut rows = connection.prepare_cached(concat!(
        "SELECT s.id FROM chat_sessions s WHERE ",
        due!(),
        " ORDER BY s.waiting_since LIMIT :batch"
    ))?;
    let found = rows.query_map(
        rusqlite::named_params! { ":remind": late.remind_before(), ":tell": late.tell_before(), ":batch": BATCH },
        |row| row.get(0),
    )?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Does what is due in a thread now: each once a wait. `None`: somebody has answered meanwhile, or it was done before.
/// `Some(None)`: agents are told again; `Some(Some(line))`: this tells the visitor.
pub fn escalate(connection: &Connection, chat_session_id: i64, late: Late) -> Result<Option<Option<Message>>> {
    let mut row = connection.prepare_cached(concat!(
        "SELECT s.waiting_since, coalesce(s.reminded_at, 0) < s.waiting_since, s.waiting_since <= :tell
         FROM chat_sessions s WHERE s.id = :id AND ",
        due!()
    ))?;
    let found = row
        .query_row(
            rusqlite::named_params! {
                ":id": chat_session_id, ":remind": late.remind_before(), ":tell": late.tell_before()
            },
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?)),
        )
        .optional()?;
    let Some((waiting_since, remind, tell)) = found else {
        return Ok(None);
    };
    if remind {
        connection
            .prepare_cached("UPDATE chat_sessions SET reminded_at = ?2 WHERE id = ?1")?
            .execute((chat_session_id, late.now))?;
    }
    if remind && late.is_told {
        let told_once = format!("{}:{chat_session_id}:{waiting_since}", Kind::Reminder.as_str());
        let new = NewNotice {
            chat_session_id: Some(chat_session_id),
            told_once: Some(&told_once),
            ..NewNotice::of(Kind::Reminder)
        };
        outbox::tell(connection, &new, late.now)?;
    }
    if !tell {
        return Ok(Some(None));
    }
    connection
        .prepare_cached("UPDATE chat_sessions SET late_told_at = ?2 WHERE id = ?1")?
        .execute((chat_session_id, late.now))?;
    let line = messages::store_system_line(connection, chat_session_id, WORDS, None, late.now)?;
    Ok(Some(Some(line)))
}

/// Whoever waits now is left alone: samples of a demo wait for nobody.
pub fn pass_over(connection: &Connection) -> Result<()> {
    connection.execute(
        "UPDATE chat_sessions SET reminded_at = waiting_since, late_told_at = waiting_since
         WHERE waiting_since IS NOT NULL",
        [],
    )?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::auth::file_link::FileLinks;
    use crate::call::Media;
    use crate::call::Side;
    use crate::storage::sample;
    use crate::storage::sessions::{self, Change, Status};

    const AFTER_MS: i64 = 60_000;

    fn at(now: i64) -> Late {
        Late {
            now,
            after_ms: AFTER_MS,
            is_told: true,
        }
    }

    fn lines(connection: &Connection) -> i64 {
        connection
            .query_row(
                "SELECT count(*) FROM messages WHERE sender = 'system' AND text = 'late'",
                [],
                |row| row.get(0),
            )
            .unwrap()
    }

    fn reminders(connection: &Connection) -> Vec<String> {
        let mut rows = connection
            .prepare("SELECT told_once FROM outbox WHERE kind = 'reminder' ORDER BY id")
            .unwrap();
        rows.query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    /// As the task does it: whoever is due, in order.
    fn check(connection: &Connection, now: i64) {
        for id in due(connection, at(now)).unwrap() {
            escalate(connection, id, at(now)).unwrap().unwrap();
        }
    }

    #[test]
    fn each_wait_reminds_once_and_tells_once() {
        let (_folder, connection, session) = sample::database();
        sample::said(&connection, session, "anybody?", 2_000);
        check(&connection, 61_999);
        assert_eq!((reminders(&connection).len(), lines(&connection)), (0, 0));
        for now in [62_000, 62_001, 121_999] {
            check(&connection, now);
            assert_eq!((reminders(&connection).len(), lines(&connection)), (1, 0), "{now}");
        }
        // Saying more begins no other wait.
        sample::said(&connection, session, "hello?", 100_000);
        for now in [122_000, 122_001, 10_000_000] {
            check(&connection, now);
            assert_eq!((reminders(&connection).len(), lines(&connection)), (1, 1), "{now}");
        }
        assert!(due(&connection, at(i64::MAX)).unwrap().is_empty());
        sample::answered(&connection, session, "yes", 10_000_001);
        check(&connection, 20_000_000);
        assert_eq!((reminders(&connection).len(), lines(&connection)), (1, 1));
        sample::said(&connection, session, "and now?", 20_000_000);
        check(&connection, 20_060_000);
        check(&connection, 20_120_000);
        assert_eq!((reminders(&connection).len(), lines(&connection)), (2, 2));
        assert_eq!(reminders(&connection)[1], format!("reminder:{session}:20000000"));
    }

    #[test]
    fn after_a_long_stop_both_come_at_once() {
        let (_folder, connection, session) = sample::database();
        sample::said(&connection, session, "anybody?", 2_000);
        check(&connection, 500_000);
        assert_eq!((reminders(&connection).len(), lines(&connection)), (1, 1));
        let thread = sessions::by_id(&connection, FileLinks::new([1; 32]), session).unwrap();
        assert_eq!(thread.waiting_since, Some(2_000), "the line is no answer");
        assert_eq!(thread.unread, 1);
    }

    #[test]
    fn nobody_is_reminded_where_nobody_can_be() {
        let (_folder, connection, session) = sample::database();
        sample::said(&connection, session, "anybody?", 2_000);
        let late = Late {
            is_told: false,
            ..at(500_000)
        };
        assert!(escalate(&connection, session, late).unwrap().unwrap().is_some());
        assert_eq!((reminders(&connection).len(), lines(&connection)), (0, 1));
    }

    #[test]
    fn who_was_answered_since_the_look_is_left_alone() {
        let (_folder, connection, session) = sample::database();
        sample::said(&connection, session, "anybody?", 2_000);
        assert_eq!(due(&connection, at(500_000)).unwrap(), [session]);
        sample::answered(&connection, session, "yes", 500_000);
        assert!(escalate(&connection, session, at(500_000)).unwrap().is_none());
        sample::said(&connection, session, "thanks", 500_001);
        assert!(
            escalate(&connection, session, at(500_002)).unwrap().is_none(),
            "a wait that has just begun"
        );
        assert_eq!((reminders(&connection).len(), lines(&connection)), (0, 0));
    }

    #[test]
    fn closed_and_blocked_threads_and_whoever_talks_wait_for_nobody() {
        let (_folder, connection, session) = sample::database();
        sample::said(&connection, session, "anybody?", 2_000);
        let change = |change: Change| sessions::change(&connection, session, &change, 3_000).unwrap();
        let is_due = || !due(&connection, at(500_000)).unwrap().is_empty();
        change(Change {
            blocked: Some(true),
            ..Change::default()
        });
        assert!(!is_due());
        change(Change {
            blocked: Some(false),
            ..Change::default()
        });
        assert!(is_due());
        let call = crate::storage::calls::NewCall {
            id: "call000000000000".into(),
            chat_session_id: session,
            caller: Side::Visitor,
            agent_id: None,
            media: Media::Audio,
        };
        crate::storage::calls::begin(&connection, &call, 3_000)
            .unwrap()
            .unwrap();
        assert!(is_due(), "it rings and rings");
        let answered = crate::call::Change::Answered {
            id: call.id,
            agent_id: None,
        };
        crate::storage::calls::change(&connection, &answered, 4_000).unwrap();
        assert!(!is_due());
        connection.execute("UPDATE calls SET ended_at = 5000", []).unwrap();
        assert!(is_due());
        change(Change {
            status: Some(Status::Closed),
            ..Change::default()
        });
        assert!(!is_due());
    }

    #[test]
    fn looking_reads_no_thread_that_all_was_told_of() {
        let (_folder, connection, session) = sample::database();
        sample::said(&connection, session, "anybody?", 2_000);
        pass_over(&connection).unwrap();
        assert!(due(&connection, at(i64::MAX)).unwrap().is_empty());
        let plan: Vec<String> = connection
            .prepare(concat!(
                "EXPLAIN QUERY PLAN SELECT s.id FROM chat_sessions s WHERE ",
                due!(),
                " ORDER BY s.waiting_since"
            ))
            .unwrap()
            .query_map(rusqlite::named_params! { ":remind": 0, ":tell": 0 }, |row| row.get(3))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert!(plan[0].contains("USING INDEX chat_sessions_waiting"), "{plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
    }
}
