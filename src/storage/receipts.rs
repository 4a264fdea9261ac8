//! Receipts: how far the two sides of a thread have received and read.

use rusqlite::{Connection, OptionalExtension};

use super::Result;

/// How far the two sides have received and read. Each only ever grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Message id up to which the visitor's device has it.
    pub visitor_delivered: i64,
    /// … the visitor has read.
    pub visitor_read: i64,
    /// … an agent's device has it.
    pub agent_delivered: i64,
    /// … an agent has read.
    pub agent_read: i64,
}

/// What [`advance`] came to.
#[derive(Debug, Clone, Copy)]
pub struct Advanced {
    /// What holds now.
    pub now: Receipts,
    /// The visitor's side moved.
    pub visitor_moved: bool,
    /// The agents' side moved.
    pub agent_moved: bool,
    /// An agent has read further.
    pub read: bool,
    /// Since when the visitor waits for an answer, ms UTC.
    pub waiting_since: Option<i64>,
    /// Messages of the visitor that no agent has read.
    pub unread: i64,
}

/// Unread messages are counted up to this: past it a number says nothing, and counting costs.
const UNREAD_MAX: i64 = 100;

pub(super) fn unread_after(connection: &Connection, id: i64, agent_read_up_to: i64) -> Result<i64> {
    let mut rows = connection.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM messages
         WHERE chat_session_id = ?1 AND id > ?2 AND sender = 'visitor' LIMIT ?3)",
    )?;
    Ok(rows.query_row((id, agent_read_up_to, UNREAD_MAX), |row| row.get(0))?)
}

/// Moves receipts forward, never back and never past the newest message. `None`: the thread is gone.
pub fn advance(connection: &Connection, id: i64, reported: Receipts) -> Result<Option<Advanced>> {
    let mut rows = connection.prepare_cached(
        "SELECT visitor_delivered_up_to, visitor_read_up_to, agent_delivered_up_to, agent_read_up_to, last_message_id,
                waiting_since
         FROM chat_sessions WHERE id = ?1",
    )?;
    let found = rows
        .query_row([id], |row| {
            let known = Receipts {
                visitor_delivered: row.get(0)?,
                visitor_read: row.get(1)?,
                agent_delivered: row.get(2)?,
                agent_read: row.get(3)?,
            };
            Ok((known, row.get::<_, i64>(4)?, row.get(5)?))
        })
        .optional()?;
    let Some((known, newest, waiting_since)) = found else {
        return Ok(None);
    };
    let ahead = |known: i64, reported: i64| known.max(reported.min(newest));
    let now = Receipts {
        // What was read was delivered.
        visitor_delivered: ahead(
            known.visitor_delivered,
            reported.visitor_delivered.max(reported.visitor_read),
        ),
        visitor_read: ahead(known.visitor_read, reported.visitor_read),
        agent_delivered: ahead(known.agent_delivered, reported.agent_delivered.max(reported.agent_read)),
        agent_read: ahead(known.agent_read, reported.agent_read),
    };
    if now != known {
        connection
            .prepare_cached(
                "UPDATE chat_sessions SET visitor_delivered_up_to = ?2, visitor_read_up_to = ?3,
                 agent_delivered_up_to = ?4, agent_read_up_to = ?5 WHERE id = ?1",
            )?
            .execute((
                id,
                now.visitor_delivered,
                now.visitor_read,
                now.agent_delivered,
                now.agent_read,
            ))?;
    }
    Ok(Some(Advanced {
        now,
        visitor_moved: (now.visitor_delivered, now.visitor_read) != (known.visitor_delivered, known.visitor_read),
        agent_moved: (now.agent_delivered, now.agent_read) != (known.agent_delivered, known.agent_read),
        read: now.agent_read != known.agent_read,
        waiting_since,
        unread: unread_after(connection, id, now.agent_read)?,
    }))
}
