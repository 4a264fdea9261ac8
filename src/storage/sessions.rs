//! Chat sessions: a visitor's thread and what agents keep beside it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::receipts::unread_after;
use super::{Result, StorageError, messages, search};
use crate::auth::file_link::FileLinks;
use crate::chat::{Kind, Message};

/// A visitor's thread before it is stored; every text has passed `chat::text`.
#[derive(Debug)]
pub struct NewSession {
    /// Public id.
    pub room: String,
    /// SHA-256 of the visitor's token.
    pub token_hash: [u8; 32],
    /// As the visitor gave it.
    pub name: String,
    /// How to reach the visitor later.
    pub email: Option<String>,
    /// BCP 47 tag of the browser.
    pub locale: Option<String>,
    /// IANA name of the browser's time zone.
    pub time_zone: Option<String>,
    /// Where the chat began.
    pub page_url: Option<String>,
    /// Where the visitor came from.
    pub referrer: Option<String>,
    /// The browser's own description.
    pub user_agent: Option<String>,
    /// Shortened client address.
    pub address: Option<String>,
}

/// What a socket must know about its thread.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Row id.
    pub id: i64,
    /// Public id.
    pub room: Arc<str>,
    /// The visitor's name.
    pub name: String,
    /// `true`: nothing is taken from this visitor.
    pub blocked: bool,
    /// `true`: closed; the visitor's next message opens it again.
    pub closed: bool,
    /// What agents have had on their screens' devices.
    pub agent_delivered_up_to: i64,
    /// What agents have read.
    pub agent_read_up_to: i64,
}

/// Open or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Somebody may still write.
    Open,
    /// Done; the visitor's next message opens it again.
    Closed,
}

impl Status {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Closed => "closed",
        }
    }
}

/// Who looks after a thread.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Assigned {
    /// Row id of the agent.
    pub id: i64,
    /// The name visitors see.
    pub name: String,
}

/// Where a search found its words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hit {
    /// The message, when it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<i64>,
    /// What the message carries, unless it is only text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The text around the words, or the name of what it carries.
    pub text: String,
}

/// A thread as agents see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Thread {
    /// Row id; stays in the server.
    #[serde(skip)]
    pub id: i64,
    /// Public id.
    pub room: String,
    /// As the visitor gave it.
    pub name: String,
    /// How to reach the visitor later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// BCP 47 tag of the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// IANA name of the visitor's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Where the chat began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_url: Option<String>,
    /// Where the visitor came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// The browser's own description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Shortened client address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Open or closed.
    pub status: Status,
    /// Nothing is taken from this visitor.
    pub blocked: bool,
    /// Who looks after it.
    pub assigned: Option<Assigned>,
    /// When the visitor came, ms UTC.
    pub created_at: i64,
    /// When it was closed, ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<i64>,
    /// When something last happened, ms UTC: orders the list.
    pub active_at: i64,
    /// The newest message.
    pub last: Option<Message>,
    /// Messages of the visitor that no agent has read.
    pub unread: i64,
    /// Since when the visitor waits for an answer, ms UTC.
    pub waiting_since: Option<i64>,
    /// The visitor has the chat open; filled in from the room state.
    pub visitor_online: bool,
    /// Up to which message the visitor's device has it.
    pub visitor_delivered_up_to: i64,
    /// Up to which message the visitor has read.
    pub visitor_read_up_to: i64,
    /// Up to which message an agent has read.
    pub agent_read_up_to: i64,
    /// The visitor never sees it.
    pub note: String,
    /// Words agents sort by.
    pub tags: Vec<String>,
    /// What the visitor thought of it, 1 to 5; 5 is best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<i64>,
    /// Earlier chats with the same e-mail address; only when one thread is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<i64>,
    /// Where a search found its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hit: Option<Hit>,
}

/// Stores a new thread and answers its row id.
pub fn create(connection: &Connection, new: &NewSession, now: i64) -> Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO chat_sessions (room, token_hash, name, email, locale, time_zone, page_url, referrer, user_agent,
             address, created_at, active_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
        )?
        .execute((
            &new.room,
            &new.token_hash,
            &new.name,
            &new.email,
            &new.locale,
            &new.time_zone,
            &new.page_url,
            &new.referrer,
            &new.user_agent,
            &new.address,
            now,
        ))?;
    Ok(connection.last_insert_rowid())
}

const IDENTITY: &str = "SELECT id, room, name, blocked, status = 'closed', agent_delivered_up_to, agent_read_up_to
                        FROM chat_sessions WHERE ";

fn identity(row: &Row<'_>) -> rusqlite::Result<Identity> {
    Ok(Identity {
        id: row.get(0)?,
        room: row.get::<_, String>(1)?.into(),
        name: row.get(2)?,
        blocked: row.get(3)?,
        closed: row.get(4)?,
        agent_delivered_up_to: row.get(5)?,
        agent_read_up_to: row.get(6)?,
    })
}

/// Whose token is this?
pub fn of_token(connection: &Connection, token_hash: &[u8; 32]) -> Result<Option<Identity>> {
    let mut rows = connection.prepare_cached(&format!("{IDENTITY} token_hash = ?1"))?;
    Ok(rows.query_row([token_hash], identity).optional()?)
}

/// Which thread is this room?
pub fn of_room(connection: &Connection, room: &str) -> Result<Option<Identity>> {
    let mut rows = connection.prepare_cached(&format!("{IDENTITY} room = ?1"))?;
    Ok(rows.query_row([room], identity).optional()?)
}

/// Is this visitor blocked? `None`: erased.
pub fn is_blocked(connection: &Connection, id: i64) -> Result<Option<bool>> {
    let mut rows = connection.prepare_cached("SELECT blocked FROM chat_sessions WHERE id = ?1")?;
    Ok(rows.query_row([id], |row| row.get(0)).optional()?)
}

/// Is this thread closed? `None`: erased.
pub fn is_closed(connection: &Connection, id: i64) -> Result<Option<bool>> {
    let mut rows = connection.prepare_cached("SELECT status = 'closed' FROM chat_sessions WHERE id = ?1")?;
    Ok(rows.query_row([id], |row| row.get(0)).optional()?)
}

/// How many visitors wait for an answer.
pub fn waiting(connection: &Connection) -> Result<i64> {
    let mut rows = connection
        .prepare_cached("SELECT count(*) FROM chat_sessions WHERE status = 'open' AND waiting_since IS NOT NULL")?;
    Ok(rows.query_row([], |row| row.get(0))?)
}

const THREAD: &str = "SELECT s.id, s.room, s.name, s.email, s.locale, s.page_url, s.referrer, s.user_agent, s.address,
    s.status = 'closed', s.blocked, a.id, a.name, s.created_at, s.closed_at, s.active_at, s.last_message_id,
    s.waiting_since, s.visitor_delivered_up_to, s.visitor_read_up_to, s.agent_read_up_to, s.note, s.tags, s.time_zone,
    s.rating
    FROM chat_sessions s LEFT JOIN agents a ON a.id = s.assigned_agent_id ";

fn thread(connection: &Connection, links: FileLinks, row: &Row<'_>) -> Result<Thread> {
    let (id, last_message_id, agent_read_up_to) = (row.get(0)?, row.get::<_, i64>(16)?, row.get(20)?);
    let assigned = match (row.get(11)?, row.get(12)?) {
        (Some(id), Some(name)) => Some(Assigned { id, name }),
        _ => None,
    };
    Ok(Thread {
        id,
        room: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        locale: row.get(4)?,
        time_zone: row.get(23)?,
        page_url: row.get(5)?,
        referrer: row.get(6)?,
        user_agent: row.get(7)?,
        address: row.get(8)?,
        status: if row.get(9)? { Status::Closed } else { Status::Open },
        blocked: row.get(10)?,
        assigned,
        created_at: row.get(13)?,
        closed_at: row.get(14)?,
        active_at: row.get(15)?,
        last: if last_message_id == 0 {
            None
        } else {
            messages::by_id(connection, links, last_message_id).ok()
        },
        unread: unread_after(connection, id, agent_read_up_to)?,
        waiting_since: row.get(17)?,
        visitor_online: false,
        visitor_delivered_up_to: row.get(18)?,
        visitor_read_up_to: row.get(19)?,
        agent_read_up_to,
        note: row.get(21)?,
        tags: serde_json::from_str(row.get_ref(22)?.as_str().map_err(rusqlite::Error::from)?).unwrap_or_default(),
        rating: row.get(24)?,
        earlier: None,
        hit: None,
    })
}

/// One thread.
pub fn by_id(connection: &Connection, links: FileLinks, id: i64) -> Result<Thread> {
    let mut rows = connection.prepare_cached(&format!("{THREAD} WHERE s.id = ?1"))?;
    let mut rows = rows.query([id])?;
    let Some(row) = rows.next()? else {
        return Err(StorageError::Missing);
    };
    thread(connection, links, row)
}

/// One thread, with how many earlier ones have the same e-mail address.
pub fn whole(connection: &Connection, links: FileLinks, id: i64) -> Result<Thread> {
    let mut found = by_id(connection, links, id)?;
    let earlier = "SELECT count(*) FROM chat_sessions WHERE email = ?1 COLLATE NOCASE AND id < ?2";
    found.earlier = match &found.email {
        Some(email) => connection
            .prepare_cached(earlier)?
            .query_row((email, id), |row| row.get(0))?,
        None => Some(0),
    };
    Ok(found)
}

/// Which threads a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// All that are open.
    Open,
    /// Open ones this agent looks after.
    Mine(i64),
    /// Closed ones.
    Closed,
    /// All there are.
    All,
}

/// Where the next page of a list begins: the `(active_at, id)` of the last thread of this one.
pub type Cursor = (i64, i64);

/// Threads by newest activity, at most `limit`, below `before`.
pub fn list(
    connection: &Connection,
    links: FileLinks,
    filter: Filter,
    before: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Thread>> {
    let (status, mine) = match filter {
        Filter::Open => ("s.status = 'open'", 0),
        Filter::Closed => ("s.status = 'closed'", 0),
        Filter::Mine(agent_id) => ("s.status = 'open'", agent_id),
        Filter::All => ("s.status IN ('open', 'closed')", 0),
    };
    let (active_at, id) = before.unwrap_or((i64::MAX, i64::MAX));
    let mut rows = connection.prepare_cached(&format!(
        "{THREAD} WHERE {status} AND (?1 = 0 OR s.assigned_agent_id = ?1) AND (s.active_at, s.id) < (?2, ?3)
         ORDER BY s.active_at DESC, s.id DESC LIMIT ?4"
    ))?;
    let mut rows = rows.query((mine, active_at, id, limit as i64))?;
    let mut threads = Vec::new();
    while let Some(row) = rows.next()? {
        threads.push(thread(connection, links, row)?);
    }
    Ok(threads)
}

impl Filter {
    fn admits(self, thread: &Thread) -> bool {
        match self {
            Filter::All => true,
            Filter::Open => thread.status == Status::Open,
            Filter::Closed => thread.status == Status::Closed,
            Filter::Mine(agent) => {
                thread.status == Status::Open && thread.assigned.as_ref().is_some_and(|assigned| assigned.id == agent)
            }
        }
    }
}

/// Threads in which `query` is found: in the visitor's name or e-mail address, or in a message; newest hit first.
pub fn matching(
    connection: &Connection,
    links: FileLinks,
    query: &str,
    filter: Filter,
    limit: usize,
) -> Result<Vec<Thread>> {
    let mut found = Vec::new();
    for (id, hit) in search::sessions_with(connection, query)? {
        let mut thread = match by_id(connection, links, id) {
            Ok(thread) => thread,
            Err(StorageError::Missing) => continue,
            Err(error) => return Err(error),
        };
        if filter.admits(&thread) {
            thread.hit = Some(hit);
            found.push(thread);
            if found.len() == limit {
                break;
            }
        }
    }
    found.sort_by_key(|thread| std::cmp::Reverse((thread.active_at, thread.id)));
    Ok(found)
}

/// How many threads each filter of the list holds.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct Counts {
    /// Open ones.
    pub open: i64,
    /// Open ones this agent looks after.
    pub mine: i64,
    /// Closed ones.
    pub closed: i64,
}

/// The counts beside the filters.
pub fn counts(connection: &Connection, agent_id: i64) -> Result<Counts> {
    let mut rows = connection.prepare_cached(
        "SELECT (SELECT count(*) FROM chat_sessions WHERE status = 'open'),
                (SELECT count(*) FROM chat_sessions WHERE assigned_agent_id = ?1 AND status = 'open'),
                (SELECT count(*) FROM chat_sessions WHERE status = 'closed')",
    )?;
    Ok(rows.query_row([agent_id], |row| {
        Ok(Counts {
            open: row.get(0)?,
            mine: row.get(1)?,
            closed: row.get(2)?,
        })
    })?)
}

/// What an agent changes of a thread; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Open or close.
    pub status: Option<Status>,
    /// Who looks after it; `Some(None)`: nobody.
    pub assigned: Option<Option<i64>>,
    /// Take nothing from this visitor, or take it again.
    pub blocked: Option<bool>,
    /// The note beside the thread.
    pub note: Option<String>,
    /// The words to sort by.
    pub tags: Option<Vec<String>>,
    /// The visitor's name.
    pub name: Option<String>,
    /// The visitor's e-mail address; `Some(None)`: forget it.
    pub email: Option<Option<String>>,
}

/// Changes a thread. Errors: [`StorageError::Missing`] when it does not exist.
pub fn change(connection: &Connection, id: i64, change: &Change, now: i64) -> Result<()> {
    let tags = change.tags.as_ref().map(|tags| serde_json::json!(tags).to_string());
    let changed = connection
        .prepare_cached(
            "UPDATE chat_sessions SET
               status = coalesce(:status, status),
               closed_at = CASE WHEN :status = 'closed' AND status = 'open' THEN :now
                                WHEN :status = 'open' THEN NULL ELSE closed_at END,
               waiting_since = CASE WHEN :status = 'closed' THEN NULL ELSE waiting_since END,
               assigned_agent_id = CASE WHEN :assign THEN :assigned ELSE assigned_agent_id END,
               blocked = coalesce(:blocked, blocked),
               note = coalesce(:note, note),
               tags = coalesce(:tags, tags),
               name = coalesce(:name, name),
               email = CASE WHEN :set_email THEN :email ELSE email END
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": id,
            ":now": now,
            ":status": change.status.map(Status::as_str),
            ":assign": change.assigned.is_some(),
            ":assigned": change.assigned.flatten(),
            ":blocked": change.blocked,
            ":note": change.note,
            ":tags": tags,
            ":name": change.name,
            ":set_email": change.email.is_some(),
            ":email": change.email.as_ref().and_then(|email| email.as_deref()),
        })?;
    if changed == 0 {
        Err(StorageError::Missing)
    } else {
        Ok(())
    }
}

/// Removes the person: thread, messages and search rows (invariant 5). Errors: [`StorageError::Missing`].
pub fn erase(connection: &Connection, id: i64) -> Result<()> {
    search::forget_session(connection, id)?;
    let gone = connection.execute("DELETE FROM chat_sessions WHERE id = ?1", [id])?;
    if gone == 0 { Err(StorageError::Missing) } else { Ok(()) }
}

/// Threads in which nobody ever wrote, older than `before`: a visitor who opened the page and left. Row and public ids.
pub fn empty_since(connection: &Connection, before: i64) -> Result<Vec<(i64, String)>> {
    let mut rows = connection
        .prepare_cached("SELECT id, room FROM chat_sessions WHERE last_message_id = 0 AND created_at < ?1")?;
    Ok(rows
        .query_map([before], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Removes a thread if it is still empty; `false` when somebody has written.
pub fn forget_if_empty(connection: &Connection, id: i64) -> Result<bool> {
    Ok(connection.execute("DELETE FROM chat_sessions WHERE id = ?1 AND last_message_id = 0", [id])? == 1)
}

/// Threads a typical answer time is taken from.
const RECENT_ANSWERS: i64 = 50;

/// The median of the last first answers, ms: what a visitor may expect. `None` before the first answer ever.
pub fn typical_reply_ms(connection: &Connection) -> Result<Option<i64>> {
    let mut rows = connection.prepare_cached(
        "SELECT first_answer_ms FROM chat_sessions WHERE first_answer_ms IS NOT NULL ORDER BY id DESC LIMIT ?1",
    )?;
    let mut times = rows
        .query_map([RECENT_ANSWERS], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied())
}
