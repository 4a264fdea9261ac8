//! Messages: stored once, read back in order.

mod edit;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

pub use self::edit::edit;

use super::calls::{self, lined};
use super::uploads::{self, Description, described};
use super::{Result, StorageError};
use crate::auth::file_link::FileLinks;
use crate::auth::token;
use crate::chat::{Kind, Message, NewMessage, Sender, Via};
use crate::clock::now_ms;

/// What storing a message came to.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Id of the message: of this one, or of the first with the same `client_id`.
    pub id: i64,
    /// When it was stored, ms.
    pub at: i64,
    /// `false`: the same `client_id` was stored before; nothing changed.
    pub is_new: bool,
    /// The upload it carries.
    pub upload: Option<Box<Description>>,
    /// The line that says so, when the thread was closed and is open again because of this message.
    pub reopened: Option<Box<Message>>,
}

/// Why a message that is well-formed was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// `reply_to` names no message of this chat session.
    ReplyTo,
    /// `upload_id` names no upload of the sender's that was not sent before.
    Upload,
    /// The visitor is blocked.
    Blocked,
    /// The chat session is gone.
    Room,
}

/// Stores a message of a visitor or an agent, once for each `client_id` (invariant 1), and moves its thread on.
pub fn store(connection: &Connection, new: &NewMessage, now: i64) -> Result<std::result::Result<Stored, Refused>> {
    let mut session = connection
        .prepare_cached("SELECT status, blocked, waiting_since, first_answer_ms FROM chat_sessions WHERE id = ?1")?;
    let Some((closed, blocked, waiting_since, answered)) = session
        .query_row([new.chat_session_id], |row| {
            Ok((
                row.get_ref(0)?.as_str()? == "closed",
                row.get::<_, bool>(1)?,
                row.get::<_, Option<i64>>(2)?,
                row.get::<_, Option<i64>>(3)?.is_some(),
            ))
        })
        .optional()?
    else {
        return Ok(Err(Refused::Room));
    };
    let upload = match &new.upload_id {
        Some(id) => uploads::to_be_sent(connection, id, new)?.map(Box::new),
        None => None,
    };
    let refused = if blocked && new.sender == Sender::Visitor {
        Some(Refused::Blocked)
    } else if new.upload_id.is_some() && upload.is_none() {
        Some(Refused::Upload)
    } else if let Some(reply_to) = new.reply_to {
        (!is_of_session(connection, reply_to, new.chat_session_id)?).then_some(Refused::ReplyTo)
    } else {
        None
    };
    let reopens = closed && new.sender == Sender::Visitor;
    // What was stored once is answered as stored, whatever has become of the thread since. The look is only needed
    // where something happens before the row is offered; otherwise the row itself says.
    if (refused.is_some() || reopens)
        && let Some(first) = by_client_id(connection, new)?
    {
        return Ok(Ok(first));
    }
    if let Some(refused) = refused {
        return Ok(Err(refused));
    }
    // The line comes first: what follows it is said in an open thread.
    let reopened = reopens
        .then(|| store_system_line(connection, new.chat_session_id, "reopened", None, now).map(Box::new))
        .transpose()?;
    let inserted = connection
        .prepare_cached(
            "INSERT INTO messages (chat_session_id, client_id, sender, agent_id, kind, text, reply_to, created_at,
             via) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (chat_session_id, client_id) DO NOTHING",
        )?
        .execute((
            new.chat_session_id,
            new.client_id.as_bytes(),
            new.sender.as_str(),
            new.agent_id,
            upload.as_ref().map_or(Kind::Text, |upload| upload.kind()).as_str(),
            new.text.as_deref(),
            new.reply_to,
            now,
            new.via.map(Via::as_str),
        ))?;
    if inserted == 0 {
        return by_client_id(connection, new)?.map(Ok).ok_or(StorageError::Missing);
    }
    let id = connection.last_insert_rowid();
    if let Some(upload_id) = &new.upload_id {
        uploads::send(connection, upload_id, new.chat_session_id, id)?;
    }
    match new.sender {
        // Most messages are not the first one of a wait. What does not change is not written: each column that is named
        // here writes the indexes it is in.
        Sender::Visitor if closed || waiting_since.is_none() => connection
            .prepare_cached(
                "UPDATE chat_sessions SET last_message_id = ?2, active_at = ?3, waiting_since = coalesce(waiting_since, ?3),
                 status = 'open', closed_at = NULL WHERE id = ?1",
            )?
            .execute((new.chat_session_id, id, now))?,
        Sender::Agent if waiting_since.is_some() => {
            let first_answer = if answered { None } else { waiting_since.map(|since| now - since) };
            connection
                .prepare_cached(
                    "UPDATE chat_sessions SET last_message_id = ?2, active_at = ?3, waiting_since = NULL,
                     first_answer_ms = coalesce(first_answer_ms, ?4),
                     assigned_agent_id = coalesce(assigned_agent_id, ?5) WHERE id = ?1",
                )?
                .execute((new.chat_session_id, id, now, first_answer, new.agent_id))?
        }
        Sender::Agent => connection
            .prepare_cached(
                "UPDATE chat_sessions SET last_message_id = ?2, active_at = ?3,
                 assigned_agent_id = coalesce(assigned_agent_id, ?4) WHERE id = ?1",
            )?
            .execute((new.chat_session_id, id, now, new.agent_id))?,
        Sender::Visitor | Sender::System => connection
            .prepare_cached("UPDATE chat_sessions SET last_message_id = ?2, active_at = ?3 WHERE id = ?1")?
            .execute((new.chat_session_id, id, now))?,
    };
    Ok(Ok(Stored {
        id,
        at: now,
        is_new: true,
        upload,
        reopened,
    }))
}

/// The first message with the same `client_id`.
fn by_client_id(connection: &Connection, new: &NewMessage) -> Result<Option<Stored>> {
    let mut first = connection
        .prepare_cached("SELECT id, created_at FROM messages WHERE chat_session_id = ?1 AND client_id = ?2")?;
    let stored = |row: &Row<'_>| {
        Ok(Stored {
            id: row.get(0)?,
            at: row.get(1)?,
            is_new: false,
            upload: None,
            reopened: None,
        })
    };
    Ok(first
        .query_row((new.chat_session_id, new.client_id.as_bytes()), stored)
        .optional()?)
}

/// Stores a line of the server's own, such as `closed`, named after the agent who caused it.
pub fn store_system_line(
    connection: &Connection,
    chat_session_id: i64,
    words: &str,
    agent_id: Option<i64>,
    now: i64,
) -> Result<Message> {
    let new = NewMessage {
        chat_session_id,
        client_id: uuid::Builder::from_random_bytes(token::random_bytes()).into_uuid(),
        sender: Sender::System,
        agent_id,
        text: Some(words.into()),
        upload_id: None,
        reply_to: None,
        via: None,
    };
    let Ok(stored) = store(connection, &new, now)? else {
        return Err(StorageError::Missing);
    };
    let mut rows = connection
        .prepare_cached("SELECT s.room, a.name FROM chat_sessions s LEFT JOIN agents a ON a.id = ?2 WHERE s.id = ?1")?;
    let (room, author) = rows.query_row((chat_session_id, agent_id), |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?))
    })?;
    Ok(Message {
        id: stored.id,
        room: room.into(),
        client_id: new.client_id,
        from: Sender::System,
        author,
        kind: Kind::Text,
        text: Some(words.to_owned()),
        upload: None,
        call: None,
        reply_to: None,
        at: stored.at,
        via: None,
        edited_at: None,
    })
}

fn is_of_session(connection: &Connection, id: i64, chat_session_id: i64) -> Result<bool> {
    let mut found = connection.prepare_cached("SELECT 1 FROM messages WHERE id = ?1 AND chat_session_id = ?2")?;
    Ok(found.exists((id, chat_session_id))?)
}

/// The columns of [`Message`], for every question below.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, s.room, m.client_id, m.sender, a.name, m.kind, m.text, m.reply_to, m.created_at, m.via, ",
            "m.edited_at, ",
            described!(),
            ", ",
            lined!(),
            " FROM messages m JOIN chat_sessions s ON s.id = m.chat_session_id LEFT JOIN agents a ON a.id = m.agent_id
             LEFT JOIN uploads u ON u.message_id = m.id LEFT JOIN calls c ON c.message_id = m.id ",
            $rest
        )
    };
}

/// Columns of `select!` before those of the upload, and before those of the call.
const UPLOAD_COLUMN: usize = 11;
const CALL_COLUMN: usize = UPLOAD_COLUMN + uploads::DESCRIBED;

fn from_row(row: &Row<'_>, links: FileLinks) -> rusqlite::Result<Message> {
    let invalid = |index, what: &str| {
        rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, what.to_owned().into())
    };
    Ok(Message {
        id: row.get(0)?,
        room: row.get::<_, String>(1)?.into(),
        client_id: uuid::Uuid::from_bytes(row.get(2)?),
        from: Sender::parse(row.get_ref(3)?.as_str()?).ok_or_else(|| invalid(3, "sender"))?,
        author: row.get(4)?,
        kind: Kind::parse(row.get_ref(5)?.as_str()?).ok_or_else(|| invalid(5, "kind"))?,
        text: row.get(6)?,
        upload: Description::of(row, UPLOAD_COLUMN)?.map(|upload| upload.linked(links, now_ms())),
        call: calls::line(row, CALL_COLUMN)?,
        reply_to: row.get(7)?,
        at: row.get(8)?,
        via: match row.get_ref(9)?.as_str_or_null()? {
            Some(word) => Some(Via::parse(word).ok_or_else(|| invalid(9, "via"))?),
            None => None,
        },
        edited_at: row.get(10)?,
    })
}

/// Did an agent write this to the bot?
pub fn came_by_telegram(connection: &Connection, id: i64) -> Result<bool> {
    let mut rows = connection.prepare_cached("SELECT 1 FROM messages WHERE id = ?1 AND via = 'telegram'")?;
    Ok(rows.exists([id])?)
}

/// One message by its id.
pub fn by_id(connection: &Connection, links: FileLinks, id: i64) -> Result<Message> {
    let mut rows = connection.prepare_cached(select!("WHERE m.id = ?1"))?;
    rows.query_row([id], |row| from_row(row, links))
        .optional()?
        .ok_or(StorageError::Missing)
}

/// A page of a thread.
#[derive(Debug, serde::Serialize, salvo::oapi::ToSchema)]
pub struct Page {
    /// Ascending by id.
    pub messages: Vec<Message>,
    /// There are further ones in the direction that was asked for.
    pub more: bool,
}

/// Which part of a thread: ids are exclusive bounds. Without bounds: the newest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Range {
    /// Only ids below.
    pub before: Option<i64>,
    /// Only ids above; the page then starts at the oldest of them.
    pub after: Option<i64>,
    /// At most this many messages.
    pub limit: usize,
}

/// A page of one chat session's messages.
pub fn page(connection: &Connection, links: FileLinks, chat_session_id: i64, range: Range) -> Result<Page> {
    let forward = range.after.is_some();
    let sql = if forward {
        select!(
            "WHERE m.chat_session_id = :session AND m.id > :after AND m.id < :before ORDER BY m.id ASC LIMIT :limit"
        )
    } else {
        select!(
            "WHERE m.chat_session_id = :session AND m.id > :after AND m.id < :before ORDER BY m.id DESC LIMIT :limit"
        )
    };
    let mut rows = connection.prepare_cached(sql)?;
    let mut messages = rows
        .query_map(
            named_params! {
                ":session": chat_session_id,
                ":after": range.after.unwrap_or(0),
                ":before": range.before.unwrap_or(i64::MAX),
                ":limit": range.limit as i64 + 1,
            },
            |row| from_row(row, links),
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = cut(&mut messages, range.limit);
    if !forward {
        messages.reverse();
    }
    Ok(Page { messages, more })
}

/// Bytes of text in a page: the longest texts come a few at a time, so that a client that asks and does not read holds
/// little of our memory. An ordinary page of 100 is a tenth of this.
const PAGE_TEXT_MAX_BYTES: usize = 64 * 1024;

/// Cuts a page to `limit` messages and to a size, never before its first message; `true` when something was cut.
fn cut(messages: &mut Vec<Message>, limit: usize) -> bool {
    let mut bytes = 0;
    let fits = messages
        .iter()
        .take(limit)
        .take_while(|message| {
            bytes += message.varying_bytes();
            bytes <= PAGE_TEXT_MAX_BYTES
        })
        .count()
        .max(1);
    let cut = fits < messages.len();
    messages.truncate(fits);
    cut
}

/// What follows `after` in all chat sessions, oldest first: how an agent's browser catches up.
pub fn after_in_all_sessions(connection: &Connection, links: FileLinks, after: i64, limit: usize) -> Result<Page> {
    let mut rows = connection.prepare_cached(select!("WHERE m.id > ?1 ORDER BY m.id LIMIT ?2"))?;
    let mut messages = rows
        .query_map((after, limit as i64 + 1), |row| from_row(row, links))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = cut(&mut messages, limit);
    Ok(Page { messages, more })
}

/// Rows of the thread for an export, oldest first, each given to `each` as it is read.
pub fn each_of_session(
    connection: &Connection,
    links: FileLinks,
    chat_session_id: i64,
    mut each: impl FnMut(Message),
) -> Result<()> {
    let mut rows = connection.prepare_cached(select!("WHERE m.chat_session_id = ?1 ORDER BY m.id"))?;
    for message in rows.query_map([chat_session_id], |row| from_row(row, links))? {
        each(message?);
    }
    Ok(())
}
