//! Uploads: what was sent along with messages. The bytes are files ([`crate::uploads`]); here is what is known of them.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Result, StorageError};
use crate::auth::file_link::{FileLinks, Variant};
use crate::chat::{Kind, NewMessage, Sender, Upload};

/// SHA-256 of the stored bytes: their address.
pub type Sha256 = [u8; 32];

/// Who has sent a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The visitor of this chat session, by row id.
    Visitor(i64),
    /// An agent, by row id.
    Agent(i64),
}

/// A small copy of a picture.
#[derive(Debug, Clone)]
pub struct Thumb {
    /// Its address.
    pub sha256: Sha256,
    /// Its type.
    pub mime: String,
}

/// An upload before it is stored.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Public id.
    pub id: String,
    /// Who has sent it.
    pub owner: Owner,
    /// Address of the bytes.
    pub sha256: Sha256,
    /// How many there are.
    pub size: u64,
    /// A safe name.
    pub name: String,
    /// By content.
    pub mime: String,
    /// Of a picture, width and height in pixels.
    pub pixels: Option<(u32, u32)>,
    /// Of sound and video.
    pub duration_ms: Option<i64>,
    /// Of a picture.
    pub thumb: Option<Thumb>,
}

/// Stores what is known of a file that is in its place.
pub fn add(connection: &Connection, new: &NewUpload, now: i64) -> Result<()> {
    let (session, agent) = match new.owner {
        Owner::Visitor(session) => (Some(session), None),
        Owner::Agent(agent) => (None, Some(agent)),
    };
    connection
        .prepare_cached(
            "INSERT INTO uploads (id, chat_session_id, agent_id, sha256, size, name, mime, width, height, duration_ms,
             thumb_sha256, thumb_mime, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute((
            &new.id,
            session,
            agent,
            new.sha256,
            new.size as i64,
            &new.name,
            &new.mime,
            new.pixels.map(|(width, _)| width),
            new.pixels.map(|(_, height)| height),
            new.duration_ms,
            new.thumb.as_ref().map(|thumb| thumb.sha256),
            new.thumb.as_ref().map(|thumb| &thumb.mime),
            now,
        ))?;
    Ok(())
}

/// What [`Description::of`] reads.
macro_rules! described {
    () => {
        "u.id, u.name, u.mime, u.size, u.width, u.height, u.duration_ms, u.thumb_sha256 IS NOT NULL"
    };
}
pub(super) use described;

/// How many columns that are.
pub(super) const DESCRIBED: usize = 8;

/// An upload as its row tells it, without links.
#[derive(Debug, Clone)]
pub struct Description {
    id: String,
    name: String,
    mime: String,
    size: i64,
    width: Option<u32>,
    height: Option<u32>,
    duration_ms: Option<i64>,
    is_picture: bool,
}

impl Description {
    /// Reads `described!()`, which begins at column `first`; `None` where there is no upload.
    pub(super) fn of(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Description>> {
        let Some(id) = row.get(first)? else { return Ok(None) };
        Ok(Some(Description {
            id,
            name: row.get(first + 1)?,
            mime: row.get(first + 2)?,
            size: row.get(first + 3)?,
            width: row.get(first + 4)?,
            height: row.get(first + 5)?,
            duration_ms: row.get(first + 6)?,
            is_picture: row.get(first + 7)?,
        }))
    }

    /// Public id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What a message that carries it is.
    pub fn kind(&self) -> Kind {
        Kind::of_upload(&self.mime, self.is_picture)
    }

    /// With links that begin to be valid at `now` (ms).
    pub fn linked(self, links: FileLinks, now: i64) -> Upload {
        let thumb = self
            .is_picture
            .then(|| links.url(&self.id, &self.name, Variant::Thumb, now));
        Upload {
            url: links.url(&self.id, &self.name, Variant::Whole, now),
            thumb_url: thumb,
            id: self.id,
            name: self.name,
            mime: self.mime,
            size: self.size,
            width: self.width,
            height: self.height,
            duration_ms: self.duration_ms,
        }
    }
}

/// One upload by its public id. Errors: [`StorageError::Missing`].
pub fn by_id(connection: &Connection, id: &str) -> Result<Description> {
    let mut rows = connection.prepare_cached(concat!("SELECT ", described!(), " FROM uploads u WHERE u.id = ?1"))?;
    rows.query_row([id], |row| Description::of(row, 0))
        .optional()?
        .flatten()
        .ok_or(StorageError::Missing)
}

/// The upload that `new` names, if it is the sender's own and was not sent before.
pub(super) fn to_be_sent(connection: &Connection, id: &str, new: &NewMessage) -> Result<Option<Description>> {
    let (session, agent) = match new.sender {
        Sender::Agent => (None, new.agent_id),
        Sender::Visitor | Sender::System => (Some(new.chat_session_id), None),
    };
    let mut rows = connection.prepare_cached(concat!(
        "SELECT ",
        described!(),
        " FROM uploads u WHERE u.id = ?1 AND u.message_id IS NULL AND u.chat_session_id IS ?2 AND u.agent_id IS ?3"
    ))?;
    Ok(rows
        .query_row((id, session, agent), |row| Description::of(row, 0))
        .optional()?
        .flatten())
}

/// Makes it part of a message.
pub(super) fn send(connection: &Connection, id: &str, chat_session_id: i64, message_id: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE uploads SET chat_session_id = ?2, message_id = ?3 WHERE id = ?1")?
        .execute((id, chat_session_id, message_id))?;
    Ok(())
}

/// A file as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its address.
    pub sha256: Sha256,
    /// A safe name.
    pub name: String,
    /// By content.
    pub mime: String,
}

/// The file behind a link; `None` when it was removed, or there is no such variant.
pub fn file(connection: &Connection, id: &str, variant: Variant) -> Result<Option<File>> {
    let mut rows = connection.prepare_cached(match variant {
        Variant::Whole => "SELECT sha256, name, mime FROM uploads WHERE id = ?1",
        Variant::Thumb => {
            "SELECT thumb_sha256, name, thumb_mime FROM uploads WHERE id = ?1 AND thumb_sha256 IS NOT NULL"
        }
    })?;
    let file = |row: &Row<'_>| {
        Ok(File {
            sha256: row.get(0)?,
            name: row.get(1)?,
            mime: row.get(2)?,
        })
    };
    Ok(rows.query_row([id], file).optional()?)
}

/// What a visitor has sent since `since` (ms): bytes, and when the oldest of it came.
pub fn sent_by_visitor(connection: &Connection, chat_session_id: i64, since: i64) -> Result<(u64, Option<i64>)> {
    let mut rows = connection.prepare_cached(
        "SELECT coalesce(sum(size), 0), min(created_at) FROM uploads
         WHERE chat_session_id = ?1 AND created_at > ?2 AND agent_id IS NULL",
    )?;
    Ok(rows.query_row((chat_session_id, since), |row| {
        Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))
    })?)
}

/// Addresses of all files of a thread. Ask before it is erased: its rows go with it.
pub fn addresses_of_session(connection: &Connection, chat_session_id: i64) -> Result<Vec<Sha256>> {
    addresses(
        connection,
        "SELECT sha256, thumb_sha256 FROM uploads WHERE chat_session_id = ?1",
        chat_session_id,
    )
}

/// Removes uploads that came before `before` (ms) and that no message names; answers the addresses of their files.
pub fn forget_unsent(connection: &Connection, before: i64) -> Result<Vec<Sha256>> {
    addresses(
        connection,
        "DELETE FROM uploads WHERE message_id IS NULL AND created_at < ?1 RETURNING sha256, thumb_sha256",
        before,
    )
}

fn addresses(connection: &Connection, sql: &str, parameter: i64) -> Result<Vec<Sha256>> {
    let mut rows = connection.prepare_cached(sql)?;
    let mut rows = rows.query([parameter])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(row.get(0)?);
        found.extend(row.get::<_, Option<Sha256>>(1)?);
    }
    Ok(found)
}

/// Does anything name the file at this address?
pub fn is_named(connection: &Connection, address: &Sha256) -> Result<bool> {
    let mut rows = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM uploads WHERE sha256 = ?1) OR EXISTS (SELECT 1 FROM uploads WHERE thumb_sha256 = ?1)",
    )?;
    Ok(rows.query_row([address], |row| row.get(0))?)
}
