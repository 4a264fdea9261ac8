//! Notices for somebody's pocket: written in the transaction of what they tell of, delivered later.

use rusqlite::Connection;

use super::Result;
use crate::call::times::RING_MS;

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A visitor calls.
    CallIncoming,
    /// A visitor called, and nobody answered.
    CallMissed,
}

impl Notice {
    fn as_str(self) -> &'static str {
        match self {
            Notice::CallIncoming => "call_incoming",
            Notice::CallMissed => "call_missed",
        }
    }

    /// How long it is worth telling, ms: who was not told of a missed call in a week has seen it in the thread.
    fn lifetime_ms(self) -> i64 {
        match self {
            Notice::CallIncoming => RING_MS,
            Notice::CallMissed => 7 * 24 * 3_600_000,
        }
    }
}

/// Writes a notice about a call, once for each kind.
pub fn tell_of_call(
    connection: &Connection,
    notice: Notice,
    chat_session_id: i64,
    call_id: &str,
    now: i64,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO outbox (kind, chat_session_id, call_id, told_once, created_at, due_at, expires_at)
             VALUES (?1, ?2, ?3, ?1 || ':' || ?3, ?4, ?4, ?5) ON CONFLICT (told_once) DO NOTHING",
        )?
        .execute((
            notice.as_str(),
            chat_session_id,
            call_id,
            now,
            now + notice.lifetime_ms(),
        ))?;
    Ok(())
}

/// A call that somebody answered, or gave up, is not incoming any more.
pub fn take_back(connection: &Connection, notice: Notice, call_id: &str) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM outbox WHERE kind = ?1 AND call_id = ?2")?
        .execute((notice.as_str(), call_id))?;
    Ok(())
}

/// Removes what is no news any more.
pub fn forget_expired(connection: &Connection, now: i64) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM outbox WHERE expires_at <= ?1")?
        .execute([now])?;
    Ok(())
}
