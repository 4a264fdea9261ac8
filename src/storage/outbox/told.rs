//! What the notices are about: who, and what was said.

use rusqlite::{Connection, OptionalExtension};

use crate::chat::Kind;
use crate::storage::Result;
use crate::storage::uploads::Sha256;

/// The visitor a notice is about.
#[derive(Debug, Clone)]
pub struct About {
    /// Public id of the thread.
    pub room: String,
    /// As the visitor gave it.
    pub name: String,
    /// How to reach the visitor later.
    pub email: Option<String>,
    /// BCP 47 tag of the browser.
    pub locale: Option<String>,
    /// Where the chat began.
    pub page_url: Option<String>,
    /// Nothing is taken from this visitor.
    pub blocked: bool,
    /// Since when the visitor waits for an answer, ms UTC.
    pub waiting_since: Option<i64>,
    /// Up to which message an agent has read.
    pub agent_read_up_to: i64,
}

/// Who is this? `None`: erased.
pub fn about(connection: &Connection, chat_session_id: i64) -> Result<Option<About>> {
    let mut rows = connection.prepare_cached(
        "SELECT room, name, email, locale, page_url, blocked, waiting_since, agent_read_up_to FROM chat_sessions
         WHERE id = ?1",
    )?;
    Ok(rows
        .query_row([chat_session_id], |row| {
            Ok(About {
                room: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
                locale: row.get(3)?,
                page_url: row.get(4)?,
                blocked: row.get(5)?,
                waiting_since: row.get(6)?,
                agent_read_up_to: row.get(7)?,
            })
        })
        .optional()?)
}

/// What a message carries.
#[derive(Debug, Clone)]
pub struct Attached {
    /// Address of the bytes.
    pub sha256: Sha256,
    /// A safe name.
    pub name: String,
    /// By content.
    pub mime: String,
    /// Bytes.
    pub size: i64,
    /// Of a picture, pixels.
    pub pixels: Option<(i64, i64)>,
    /// Of sound and video.
    pub duration_ms: Option<i64>,
}

/// A message that somebody is told of.
#[derive(Debug, Clone)]
pub struct Said {
    /// Id of the message.
    pub id: i64,
    /// What it carries.
    pub kind: Kind,
    /// The text, or the caption.
    pub text: Option<String>,
    /// Id of the message it answers.
    pub reply_to: Option<i64>,
    /// What came along.
    pub attached: Option<Attached>,
}

/// What was said? `None`: removed.
pub fn said(connection: &Connection, message_id: i64) -> Result<Option<Said>> {
    let mut rows = connection.prepare_cached(
        "SELECT m.id, m.kind, m.text, m.reply_to, u.sha256, u.name, u.mime, u.size, u.width, u.height, u.duration_ms
         FROM messages m LEFT JOIN uploads u ON u.message_id = m.id WHERE m.id = ?1",
    )?;
    let said = rows.query_row([message_id], |row| {
        let attached = match row.get::<_, Option<Sha256>>(4)? {
            None => None,
            Some(sha256) => Some(Attached {
                sha256,
                name: row.get(5)?,
                mime: row.get(6)?,
                size: row.get(7)?,
                pixels: row.get::<_, Option<i64>>(8)?.zip(row.get(9)?),
                duration_ms: row.get(10)?,
            }),
        };
        Ok(Said {
            id: row.get(0)?,
            kind: Kind::parse(row.get_ref(1)?.as_str()?).unwrap_or(Kind::Text),
            text: row.get(2)?,
            reply_to: row.get(3)?,
            attached,
        })
    });
    Ok(said.optional()?)
}
