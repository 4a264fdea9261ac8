//! Calls: a row from the first ring on, and a line in the thread at the end.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};

use super::messages::store_system_line;
use super::outbox::{self, Kind as Notice};
use super::{Result, StorageError, messages};
use crate::auth::file_link::FileLinks;
use crate::auth::token;
use crate::call::{CallLine, Change, Ended, Media, Reason, Saved, Side};
use crate::chat::{Kind, Message};

/// Why a call is not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The chat session is gone.
    Room,
    /// The visitor is blocked.
    Blocked,
}

/// A call that is about to ring.
#[derive(Debug, Clone)]
pub struct NewCall {
    /// Public id.
    pub id: Arc<str>,
    /// Row id of the chat session.
    pub chat_session_id: i64,
    /// Who calls.
    pub caller: Side,
    /// The agent, when it is one.
    pub agent_id: Option<i64>,
    /// What it is to begin with.
    pub media: Media,
}

/// Writes a call down before it rings, and the notice of it; answers the visitor's name.
pub fn begin(connection: &Connection, new: &NewCall, now: i64) -> Result<std::result::Result<String, Refused>> {
    let mut session = connection.prepare_cached("SELECT name, blocked FROM chat_sessions WHERE id = ?1")?;
    let session: Option<(String, bool)> = session
        .query_row([new.chat_session_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let name = match session {
        None => return Ok(Err(Refused::Room)),
        Some((_, true)) if new.caller == Side::Visitor => return Ok(Err(Refused::Blocked)),
        Some((name, _)) => name,
    };
    connection
        .prepare_cached(
            "INSERT INTO calls (id, chat_session_id, caller, agent_id, media, started_at, seen_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        )?
        .execute((
            &*new.id,
            new.chat_session_id,
            new.caller.as_str(),
            new.agent_id,
            new.media.as_str(),
            now,
        ))?;
    if new.caller == Side::Visitor {
        outbox::tell_of_call(connection, Notice::CallIncoming, new.chat_session_id, &new.id, now)?;
    }
    Ok(Ok(name))
}

/// Writes down how far a call has come, at this time (ms UTC).
pub fn change(connection: &Connection, change: &Change, at: i64) -> Result<()> {
    match change {
        Change::Answered { id, agent_id } => {
            connection
                .prepare_cached(
                    "UPDATE calls SET answered_at = ?2, agent_id = ?3, seen_at = ?2 WHERE id = ?1 AND ended_at IS NULL",
                )?
                .execute((&**id, at, agent_id))?;
            outbox::take_back(connection, Notice::CallIncoming, id)
        }
        Change::Connected { id } => {
            connection
                .prepare_cached("UPDATE calls SET connected_at = ?2, seen_at = ?2 WHERE id = ?1 AND ended_at IS NULL")?
                .execute((&**id, at))?;
            Ok(())
        }
    }
}

/// The server is there: a call that it does not live to see the end of went on until now, at least.
pub fn still_there(connection: &Connection, now: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE calls SET seen_at = ?1 WHERE ended_at IS NULL")?
        .execute([now])?;
    Ok(())
}

/// What a call that is over leaves in its thread.
#[derive(Debug)]
pub struct Lines {
    /// The line that says so, when the thread was closed and is open again because of this call.
    pub reopened: Option<Message>,
    /// The call's own.
    pub call: Message,
}

/// Ends a call, once, at this time (ms UTC), and gives it its line. `None`: it has ended before, or its thread is gone.
pub fn end(connection: &Connection, links: FileLinks, ended: &Ended, at: i64) -> Result<Option<Lines>> {
    let mut row = connection.prepare_cached(
        "SELECT c.started_at, c.answered_at, s.status = 'closed', s.waiting_since FROM calls c
         JOIN chat_sessions s ON s.id = c.chat_session_id WHERE c.id = ?1 AND c.ended_at IS NULL",
    )?;
    let running = row
        .query_row([&*ended.id], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, Option<i64>>(1)?,
                row.get::<_, bool>(2)?,
                row.get::<_, Option<i64>>(3)?,
            ))
        })
        .optional()?;
    let Some((started_at, answered_at, closed, waiting_since)) = running else {
        return Ok(None);
    };
    let session = ended.session_id;
    // Somebody wants something and has not got it: as if it were said in a message.
    let unanswered = ended.caller == Side::Visitor && !ended.answered;
    let reopened = (closed && unanswered)
        .then(|| store_system_line(connection, session, "reopened", None, at))
        .transpose()?;
    connection
        .prepare_cached(
            "INSERT INTO messages (chat_session_id, client_id, sender, agent_id, kind, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            session,
            uuid::Builder::from_random_bytes(token::random_bytes())
                .into_uuid()
                .as_bytes(),
            ended.caller.as_str(),
            ended.agent_id,
            Kind::Call.as_str(),
            at,
        ))?;
    let line = connection.last_insert_rowid();
    connection
        .prepare_cached("UPDATE calls SET message_id = ?2, ended_at = ?3, reason = ?4, duration_ms = ?5 WHERE id = ?1")?
        .execute((&*ended.id, line, at, ended.reason.as_str(), ended.duration_ms))?;
    connection
        .prepare_cached("UPDATE chat_sessions SET last_message_id = ?2, active_at = ?3 WHERE id = ?1")?
        .execute((session, line, at))?;
    if unanswered {
        connection
            .prepare_cached(
                "UPDATE chat_sessions SET waiting_since = coalesce(waiting_since, ?2), status = 'open', closed_at = NULL
                 WHERE id = ?1",
            )?
            .execute((session, started_at))?;
        outbox::tell_of_call(connection, Notice::CallMissed, session, &ended.id, at)?;
    } else if ended.answered {
        let waited = answered_at.unwrap_or(at) - waiting_since.unwrap_or(started_at).min(started_at);
        connection
            .prepare_cached(
                "UPDATE chat_sessions SET waiting_since = NULL, first_answer_ms = coalesce(first_answer_ms, ?2),
                 assigned_agent_id = coalesce(assigned_agent_id, ?3) WHERE id = ?1",
            )?
            .execute((session, waited.max(0), ended.agent_id))?;
        // An agent was there: where everything before is read, so is the line.
        connection
            .prepare_cached(
                "UPDATE chat_sessions SET agent_read_up_to = ?2 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM messages
                 WHERE chat_session_id = ?1 AND sender = 'visitor' AND id > agent_read_up_to AND id < ?2)",
            )?
            .execute((session, line))?;
    }
    outbox::take_back(connection, Notice::CallIncoming, &ended.id)?;
    let call = messages::by_id(connection, links, line)?;
    Ok(Some(Lines { reopened, call }))
}

/// The calls that an earlier run has left behind.
pub fn running(connection: &Connection) -> Result<Vec<Saved>> {
    let mut rows = connection.prepare_cached(
        "SELECT c.id, c.chat_session_id, s.room, c.caller, CASE c.caller WHEN 'visitor' THEN s.name ELSE a.name END,
         c.agent_id, c.media, c.started_at, c.answered_at, c.connected_at, c.seen_at
         FROM calls c JOIN chat_sessions s ON s.id = c.chat_session_id LEFT JOIN agents a ON a.id = c.agent_id
         WHERE c.ended_at IS NULL ORDER BY c.started_at, c.id",
    )?;
    let saved = rows.query_map([], |row| {
        Ok(Saved {
            id: row.get::<_, String>(0)?.into(),
            session_id: row.get(1)?,
            room: row.get::<_, String>(2)?.into(),
            caller: word(row, 3, Side::parse)?,
            caller_name: row.get::<_, Option<String>>(4)?.unwrap_or_default().into(),
            agent_id: row.get(5)?,
            media: word(row, 6, Media::parse)?,
            started_at: row.get(7)?,
            answered_at: row.get(8)?,
            connected_at: row.get(9)?,
            seen_at: row.get(10)?,
        })
    })?;
    saved.collect::<rusqlite::Result<Vec<_>>>().map_err(StorageError::from)
}

/// What [`line`] reads.
macro_rules! lined {
    () => {
        "c.id, c.caller, c.media, c.reason, c.duration_ms"
    };
}
pub(super) use lined;

/// Reads `lined!()`, which begins at column `first`; `None` where there is no call.
pub(super) fn line(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<CallLine>> {
    let Some(id) = row.get(first)? else { return Ok(None) };
    Ok(Some(CallLine {
        id,
        caller: word(row, first + 1, Side::parse)?,
        media: word(row, first + 2, Media::parse)?,
        reason: word(row, first + 3, Reason::parse)?,
        duration_ms: row.get(first + 4)?,
    }))
}

fn word<T>(row: &Row<'_>, column: usize, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text).ok_or_else(|| {
        let reason = format!("\"{text}\" is no word of this column");
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, reason.into())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::sessions::{self, NewSession};

    fn database() -> (tempfile::TempDir, Connection, i64) {
        let folder = tempfile::tempdir().unwrap();
        let connection = crate::storage::open::open(&folder.path().join("data.sqlite3"), true).unwrap();
        let session = NewSession {
            room: "room000000000000".to_owned(),
            token_hash: [0; 32],
            name: "Ali".to_owned(),
            email: None,
            locale: None,
            time_zone: None,
            page_url: None,
            referrer: None,
            user_agent: None,
            address: None,
        };
        let id = sessions::create(&connection, &session, 1_000).unwrap();
        (folder, connection, id)
    }

    fn notices(connection: &Connection) -> Vec<String> {
        let mut rows = connection.prepare("SELECT kind FROM outbox ORDER BY id").unwrap();
        rows.query_map([], |row| row.get(0))
            .unwrap()
            .map(std::result::Result::unwrap)
            .collect()
    }

    fn ended(session: i64, reason: Reason, answered: bool) -> Ended {
        Ended {
            id: "call000000000000".into(),
            session_id: session,
            room: "room000000000000".into(),
            caller: Side::Visitor,
            agent_id: None,
            answered,
            reason,
            duration_ms: if answered { 5_000 } else { 0 },
        }
    }

    fn ring(connection: &Connection, session: i64) {
        let new = NewCall {
            id: "call000000000000".into(),
            chat_session_id: session,
            caller: Side::Visitor,
            agent_id: None,
            media: Media::Audio,
        };
        begin(connection, &new, 2_000).unwrap().unwrap();
    }

    #[test]
    fn a_missed_call_waits_for_an_answer_and_is_told_once() {
        let (_folder, connection, session) = database();
        let links = FileLinks::new([1; 32]);
        connection
            .execute("UPDATE chat_sessions SET status = 'closed'", [])
            .unwrap();
        ring(&connection, session);
        assert_eq!(notices(&connection), ["call_incoming"]);
        let lines = end(&connection, links, &ended(session, Reason::Missed, false), 9_000)
            .unwrap()
            .unwrap();
        assert!(lines.reopened.is_some_and(|line| line.id < lines.call.id));
        assert_eq!(lines.call.call.unwrap().reason, Reason::Missed);
        assert!(
            end(&connection, links, &ended(session, Reason::Missed, false), 9_000)
                .unwrap()
                .is_none()
        );
        let thread = sessions::by_id(&connection, links, session).unwrap();
        assert_eq!(
            (thread.waiting_since, thread.status),
            (Some(2_000), sessions::Status::Open)
        );
        assert_eq!((thread.unread, thread.last.unwrap().kind), (1, Kind::Call));
        assert_eq!(notices(&connection), ["call_missed"]);
        // What was never told is kept as given up.
        outbox::forget_expired(&connection, i64::MAX).unwrap();
        let report = outbox::report(&connection).unwrap();
        assert_eq!((report.waiting, report.failed.len()), (0, 1));
    }

    #[test]
    fn an_answered_call_is_an_answer() {
        let (_folder, connection, session) = database();
        let links = FileLinks::new([1; 32]);
        ring(&connection, session);
        let id: Arc<str> = "call000000000000".into();
        for (step, at) in [
            (
                Change::Answered {
                    id: id.clone(),
                    agent_id: None,
                },
                3_000,
            ),
            (Change::Connected { id }, 4_000),
        ] {
            change(&connection, &step, at).unwrap();
        }
        still_there(&connection, 8_000).unwrap();
        let saved = running(&connection).unwrap();
        assert_eq!(saved.len(), 1);
        assert_eq!(
            (
                saved[0].answered_at,
                saved[0].connected_at,
                saved[0].seen_at,
                &*saved[0].caller_name
            ),
            (Some(3_000), Some(4_000), 8_000, "Ali")
        );
        let lines = end(&connection, links, &ended(session, Reason::Hangup, true), 9_000)
            .unwrap()
            .unwrap();
        assert_eq!(lines.call.call.unwrap().duration_ms, 5_000);
        let thread = sessions::by_id(&connection, links, session).unwrap();
        assert_eq!((thread.waiting_since, thread.unread), (None, 0));
        let answer: i64 = connection
            .query_row("SELECT first_answer_ms FROM chat_sessions", [], |row| row.get(0))
            .unwrap();
        assert_eq!(answer, 1_000);
        assert!(running(&connection).unwrap().is_empty() && notices(&connection).is_empty());
    }
}
