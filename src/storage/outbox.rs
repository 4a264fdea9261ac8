//! Notices for somebody's pocket: written in the transaction of what they tell of, delivered later, gone when told.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod told;

use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::Value;

use super::Result;
use crate::call::times::RING_MS;

pub use told::{About, Attached, Said, about, said};

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A visitor has written.
    Message,
    /// A visitor has written more than anybody wants to be told one by one. Body: `{"count"}`.
    More,
    /// A visitor still waits.
    Reminder,
    /// A visitor says how it was. Body: `{"rating"}`.
    Rating,
    /// A visitor calls.
    CallIncoming,
    /// A visitor called, and nobody answered.
    CallMissed,
    /// A check fails, or is well again. Body: `{"code","title","fix","ok"}`.
    Check,
    /// The bot's answer to somebody in Telegram. Body: `{"text","reply_to","topic_id"}`.
    Word,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::Message,
        Kind::More,
        Kind::Reminder,
        Kind::Rating,
        Kind::CallIncoming,
        Kind::CallMissed,
        Kind::Check,
        Kind::Word,
    ];

    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::More => "more",
            Kind::Reminder => "reminder",
            Kind::Rating => "rating",
            Kind::CallIncoming => "call_incoming",
            Kind::CallMissed => "call_missed",
            Kind::Check => "check",
            Kind::Word => "word",
        }
    }

    fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// How long it is worth telling, ms.
    fn lifetime_ms(self) -> i64 {
        match self {
            Kind::CallIncoming => RING_MS,
            _ => WEEK_MS,
        }
    }

    /// What is written in one breath is told in one.
    fn delay_ms(self) -> i64 {
        match self {
            Kind::Message | Kind::More => TOGETHER_MS,
            _ => 0,
        }
    }
}

const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// Messages that come within this are told together.
const TOGETHER_MS: i64 = 800;

/// Notices of one visitor that wait; what is beyond is counted, not listed.
const WAITING_MAX: i64 = 200;

/// The same for all visitors together: some megabytes.
const ALL_WAITING_MAX: i64 = 50_000;

/// Notices that were given up and are kept; the oldest go first.
const FAILED_MAX: i64 = 1000;

/// A notice about to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewNotice<'a> {
    /// What it tells.
    pub kind: Kind,
    /// Of whom.
    pub chat_session_id: Option<i64>,
    /// Of which message.
    pub message_id: Option<i64>,
    /// Of which call.
    pub call_id: Option<&'a str>,
    /// What no other row tells.
    pub body: Option<&'a Value>,
    /// The same news is not written twice.
    pub told_once: Option<&'a str>,
}

impl NewNotice<'_> {
    /// Nothing but its kind.
    pub fn of(kind: Kind) -> Self {
        NewNotice {
            kind,
            chat_session_id: None,
            message_id: None,
            call_id: None,
            body: None,
            told_once: None,
        }
    }
}

/// Writes a notice; `false`: it was told before.
pub fn tell(connection: &Connection, new: &NewNotice<'_>, now: i64) -> Result<bool> {
    let written = connection
        .prepare_cached(
            "INSERT INTO outbox (kind, chat_session_id, message_id, call_id, body, told_once, created_at, due_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (told_once) DO NOTHING",
        )?
        .execute((
            new.kind.as_str(),
            new.chat_session_id,
            new.message_id,
            new.call_id,
            new.body.map(Value::to_string),
            new.told_once,
            now,
            now + new.kind.delay_ms(),
            now + new.kind.lifetime_ms(),
        ))?;
    Ok(written == 1)
}

/// Writes that a visitor has written; somebody who floods is counted from a point on.
pub fn tell_of_message(connection: &Connection, chat_session_id: i64, message_id: i64, now: i64) -> Result<()> {
    let waiting: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE chat_session_id = ?1 AND failed_at IS NULL LIMIT ?2)",
        )?
        .query_row((chat_session_id, WAITING_MAX), |row| row.get(0))?;
    // By their numbers, which takes no time; there are at most so many.
    let all: Option<i64> = connection
        .prepare_cached("SELECT (SELECT max(id) FROM outbox) - (SELECT min(id) FROM outbox WHERE failed_at IS NULL)")?
        .query_row([], |row| row.get(0))?;
    if waiting < WAITING_MAX && all.unwrap_or(0) < ALL_WAITING_MAX {
        let new = NewNotice {
            chat_session_id: Some(chat_session_id),
            message_id: Some(message_id),
            ..NewNotice::of(Kind::Message)
        };
        tell(connection, &new, now)?;
        return Ok(());
    }
    let expires_at = now + Kind::More.lifetime_ms();
    connection
        .prepare_cached(
            "INSERT INTO outbox (kind, chat_session_id, body, told_once, created_at, due_at, expires_at)
             VALUES ('more', ?1, '{\"count\":1}', 'more:' || ?1, ?2, ?2, ?3)
             ON CONFLICT (told_once) DO UPDATE SET failed_at = NULL, attempts = 0, due_at = excluded.due_at,
               expires_at = excluded.expires_at,
               body = json_set(body, '$.count', json_extract(body, '$.count') + 1)",
        )?
        .execute((chat_session_id, now, expires_at))?;
    Ok(())
}

/// Writes a notice about a call, once for each kind.
pub fn tell_of_call(connection: &Connection, kind: Kind, chat_session_id: i64, call_id: &str, now: i64) -> Result<()> {
    let told_once = once(kind, call_id);
    let new = NewNotice {
        chat_session_id: Some(chat_session_id),
        call_id: Some(call_id),
        told_once: Some(&told_once),
        ..NewNotice::of(kind)
    };
    tell(connection, &new, now).map(|_| ())
}

fn once(kind: Kind, call_id: &str) -> String {
    format!("{}:{call_id}", kind.as_str())
}

/// A call that somebody answered, or gave up, is not incoming any more.
pub fn take_back(connection: &Connection, kind: Kind, call_id: &str) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM outbox WHERE told_once = ?1")?
        .execute([once(kind, call_id)])?;
    Ok(())
}

/// A notice that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Row id: the order in which they are told.
    pub id: i64,
    /// What it tells.
    pub kind: Kind,
    /// Of whom.
    pub chat_session_id: Option<i64>,
    /// Of which message.
    pub message_id: Option<i64>,
    /// Of which call.
    pub call_id: Option<String>,
    /// What no other row tells.
    pub body: Value,
    /// When it was written, ms UTC.
    pub created_at: i64,
    /// Then it is no news any more, ms UTC.
    pub expires_at: i64,
    /// How many parts of it were told.
    pub parts_sent: usize,
    /// How often it was tried in vain.
    pub attempts: i64,
}

const NOTICE: &str = "SELECT id, kind, chat_session_id, message_id, call_id, body, created_at, expires_at, parts_sent,
                      attempts FROM outbox o WHERE failed_at IS NULL AND ";

fn notice(row: &Row<'_>) -> rusqlite::Result<Notice> {
    let word = row.get_ref(1)?.as_str()?;
    let kind = Kind::parse(word).ok_or_else(|| {
        let reason = format!("\"{word}\" is no kind of notice");
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, reason.into())
    })?;
    let body: Option<String> = row.get(5)?;
    Ok(Notice {
        id: row.get(0)?,
        kind,
        chat_session_id: row.get(2)?,
        message_id: row.get(3)?,
        call_id: row.get(4)?,
        body: body
            .and_then(|body| serde_json::from_str(&body).ok())
            .unwrap_or(Value::Null),
        created_at: row.get(6)?,
        expires_at: row.get(7)?,
        parts_sent: row.get::<_, i64>(8)?.max(0) as usize,
        attempts: row.get(9)?,
    })
}

/// The oldest call that rings: it waits for nothing else.
pub fn next_call(connection: &Connection, now: i64) -> Result<Option<Notice>> {
    let mut ringing = connection.prepare_cached(&format!(
        "{NOTICE} kind = 'call_incoming' AND due_at <= ?1 ORDER BY id LIMIT 1"
    ))?;
    Ok(ringing.query_row([now], notice).optional()?)
}

/// The notice to be told now, unless it is a call that rings: the oldest that is due, but nobody's second before the first.
pub fn next(connection: &Connection, now: i64) -> Result<Option<Notice>> {
    // In the order of ids it stops at the first; an index by time would sort all that waits.
    let mut rows = connection.prepare_cached(&format!(
        "{} due_at <= ?1 AND kind <> 'call_incoming' AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.chat_session_id = o.chat_session_id
           AND e.id < o.id AND e.failed_at IS NULL AND e.due_at > ?1 AND e.kind <> 'call_incoming')
         ORDER BY id LIMIT 1",
        NOTICE.replace("outbox o", "outbox o INDEXED BY outbox_in_order")
    ))?;
    Ok(rows.query_row([now], notice).optional()?)
}

/// What follows a notice in the same thread, oldest first: it may be told with it.
pub fn following(connection: &Connection, first: &Notice, limit: usize) -> Result<Vec<Notice>> {
    let mut rows = connection.prepare_cached(&format!(
        "{NOTICE} chat_session_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
    ))?;
    Ok(rows
        .query_map((first.chat_session_id, first.id, limit as i64), notice)?
        .collect::<rusqlite::Result<_>>()?)
}

/// When the next one is due, ms UTC; `None`: nothing waits.
pub fn next_due_at(connection: &Connection) -> Result<Option<i64>> {
    let mut rows = connection.prepare_cached("SELECT min(due_at) FROM outbox WHERE failed_at IS NULL")?;
    Ok(rows.query_row([], |row| row.get(0))?)
}

/// They were told, or are no news any more.
pub fn done(connection: &Connection, ids: &[i64]) -> Result<()> {
    let mut delete = connection.prepare_cached("DELETE FROM outbox WHERE id = ?1")?;
    for id in ids {
        delete.execute([id])?;
    }
    Ok(())
}

/// So many parts of it were told.
pub fn part_sent(connection: &Connection, id: i64, parts: usize) -> Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET parts_sent = ?2 WHERE id = ?1")?
        .execute((id, parts as i64))?;
    Ok(())
}

/// It waits until then.
pub fn hold(connection: &Connection, id: i64, until: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET due_at = ?2 WHERE id = ?1")?
        .execute((id, until))?;
    Ok(())
}

/// An attempt failed; it is tried again, not before `due_at`.
pub fn attempt_failed(connection: &Connection, id: i64, error: &str, due_at: i64) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE outbox SET attempts = attempts + 1, error = ?2, due_at = max(due_at, ?3) WHERE id = ?1",
        )?
        .execute((id, error, due_at))?;
    Ok(())
}

/// It is given up, and kept until somebody looks.
pub fn give_up(connection: &Connection, id: i64, error: &str, now: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE outbox SET attempts = attempts + 1, error = ?2, failed_at = ?3 WHERE id = ?1")?
        .execute((id, error, now))?;
    Ok(())
}

/// Tries again what was given up: one, or all. Answers how many.
pub fn retry(connection: &Connection, id: Option<i64>, now: i64) -> Result<usize> {
    let expires_at = now + WEEK_MS;
    Ok(connection
        .prepare_cached(
            "UPDATE outbox SET failed_at = NULL, error = NULL, attempts = 0, due_at = ?2, expires_at = max(expires_at, ?3)
             WHERE failed_at IS NOT NULL AND (?1 IS NULL OR id = ?1)",
        )?
        .execute((id, now, expires_at))?)
}

/// Forgets one that was given up; `false`: there is none.
pub fn forget_failed(connection: &Connection, id: i64) -> Result<bool> {
    Ok(connection.execute("DELETE FROM outbox WHERE id = ?1 AND failed_at IS NOT NULL", [id])? == 1)
}

/// Forgets all that waits: nobody is told any more.
pub fn forget_all(connection: &Connection) -> Result<()> {
    connection.execute("DELETE FROM outbox", [])?;
    Ok(())
}

/// Removes what is no news any more. What could not be told in its time is kept as given up, but for calls that rang.
pub fn forget_expired(connection: &Connection, now: i64) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM outbox WHERE expires_at <= ?1 AND kind = 'call_incoming'")?
        .execute([now])?;
    connection
        .prepare_cached(
            "UPDATE outbox SET failed_at = ?1, error = coalesce(error, 'it waited for a week')
             WHERE expires_at <= ?1 AND failed_at IS NULL",
        )?
        .execute([now])?;
    connection
        .prepare_cached(
            "DELETE FROM outbox WHERE failed_at IS NOT NULL AND id NOT IN
             (SELECT id FROM outbox WHERE failed_at IS NOT NULL ORDER BY id DESC LIMIT ?1)",
        )?
        .execute([FAILED_MAX])?;
    Ok(())
}

/// One that was given up, for people.
#[derive(Debug, serde::Serialize, salvo::oapi::ToSchema)]
pub struct Failed {
    /// Row id.
    pub id: i64,
    /// What it tells.
    pub kind: String,
    /// Public id of the thread it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// The visitor's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was given up, ms UTC.
    pub at: i64,
    /// Why.
    pub error: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// How much waits, and what was given up.
#[derive(Debug, Default)]
pub struct Report {
    /// How many wait.
    pub waiting: i64,
    /// Since when the oldest does, ms UTC.
    pub oldest_at: Option<i64>,
    /// The newest that were given up.
    pub failed: Vec<Failed>,
}

/// Rows of [`Report::failed`].
const FAILED_SHOWN: i64 = 50;

/// How much waits, and what was given up.
pub fn report(connection: &Connection) -> Result<Report> {
    let (waiting, oldest_at) = connection
        .prepare_cached("SELECT count(*), min(created_at) FROM outbox WHERE failed_at IS NULL")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut rows = connection.prepare_cached(
        "SELECT o.id, o.kind, s.room, s.name, o.failed_at, coalesce(o.error, ''), o.attempts
         FROM outbox o LEFT JOIN chat_sessions s ON s.id = o.chat_session_id
         WHERE o.failed_at IS NOT NULL ORDER BY o.failed_at DESC, o.id DESC LIMIT ?1",
    )?;
    let failed = rows
        .query_map([FAILED_SHOWN], |row| {
            Ok(Failed {
                id: row.get(0)?,
                kind: row.get(1)?,
                room: row.get(2)?,
                name: row.get(3)?,
                at: row.get(4)?,
                error: row.get(5)?,
                attempts: row.get(6)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Report {
        waiting,
        oldest_at,
        failed,
    })
}
