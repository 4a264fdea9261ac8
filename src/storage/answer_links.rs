//! One-time links that open a visitor's thread signed in, so that a call can be answered from a phone at once.

use rusqlite::{Connection, OptionalExtension};

use super::Result;

/// How long a link may wait, ms: longer than it rings, short enough to be lost safely.
pub const LIFETIME_MS: i64 = 2 * 60_000;

/// Makes a link.
pub fn create(
    connection: &Connection,
    token_hash: &[u8; 32],
    agent_id: i64,
    chat_session_id: i64,
    call_id: Option<&str>,
    now: i64,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO answer_links (token_hash, agent_id, chat_session_id, call_id, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((token_hash, agent_id, chat_session_id, call_id, now + LIFETIME_MS))?;
    Ok(())
}

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who is signed in by it.
    pub agent_id: i64,
    /// Row id of the thread.
    pub chat_session_id: i64,
    /// The call that rang.
    pub call_id: Option<String>,
}

/// Uses a link up. `None`: it was used, has expired, never was one, or its agent may not sign in.
pub fn use_up(connection: &Connection, token_hash: &[u8; 32], now: i64) -> Result<Option<Answer>> {
    let used = connection
        .prepare_cached(
            "DELETE FROM answer_links WHERE token_hash = ?1 AND expires_at > ?2
             AND agent_id IN (SELECT id FROM agents WHERE disabled_at IS NULL)
             RETURNING agent_id, chat_session_id, call_id",
        )?
        .query_row((token_hash, now), |row| {
            Ok(Answer {
                agent_id: row.get(0)?,
                chat_session_id: row.get(1)?,
                call_id: row.get(2)?,
            })
        })
        .optional()?;
    Ok(used)
}

/// Removes those that have expired.
pub fn forget_expired(connection: &Connection, now: i64) -> Result<usize> {
    Ok(connection.execute("DELETE FROM answer_links WHERE expires_at <= ?1", [now])?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::agents::{self, Role};
    use crate::storage::sample;

    #[test]
    fn a_link_opens_once_in_its_time_and_only_for_who_may_sign_in() {
        let (_folder, connection, session) = sample::database();
        let agent = agents::add(&connection, "ayse", "Ayşe", Role::Owner, 0)
            .unwrap()
            .unwrap();
        for hash in [[1; 32], [2; 32], [3; 32]] {
            create(&connection, &hash, agent, session, None, 1_000).unwrap();
        }
        let expected = Answer {
            agent_id: agent,
            chat_session_id: session,
            call_id: None,
        };
        assert_eq!(use_up(&connection, &[1; 32], 2_000).unwrap(), Some(expected));
        assert_eq!(use_up(&connection, &[1; 32], 2_000).unwrap(), None);
        assert_eq!(use_up(&connection, &[2; 32], 1_000 + LIFETIME_MS).unwrap(), None);
        connection.execute("UPDATE agents SET disabled_at = 1", []).unwrap();
        assert_eq!(use_up(&connection, &[3; 32], 2_000).unwrap(), None);
        assert_eq!(forget_expired(&connection, i64::MAX).unwrap(), 2);
    }
}
