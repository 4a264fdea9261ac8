//! One thread: its facts, its messages, closing and erasing it.

use salvo::Writer;
use salvo::http::header::{CONTENT_DISPOSITION, HeaderValue};
use salvo::oapi::extract::PathParam;
use salvo::oapi::{Components, EndpointOutRegister, Operation, ToSchema, endpoint};
use salvo::{Response, Scribe};
use serde::{Deserialize, Deserializer, Serialize};

use crate::chat::{Message, text};
use crate::clock::now_ms;
use crate::http::body::{ApiResult, Body, Done, Json, Query};
use crate::http::problem::ApiError;
use crate::http::signed_in::{SignedIn, Trusted};
use crate::http::visitor::PageQuery;
use crate::signaling::Signaling;
use crate::storage::messages::{self, Page, page};
use crate::storage::sessions::{self, Change, Status, Thread};
use crate::storage::{Result as StorageResult, StorageError, uploads};
use crate::uploads::collect;

fn id_of(connection: &rusqlite::Connection, room: &str) -> StorageResult<i64> {
    sessions::of_room(connection, room)?
        .map(|session| session.id)
        .ok_or(StorageError::Missing)
}

fn with_presence(server: &Signaling, mut thread: Thread) -> Thread {
    thread.visitor_online = server.rooms.is_online(thread.id);
    thread
}

/// One thread, whole.
#[endpoint(tags("threads"), operation_id = "get_session")]
pub async fn get(agent: SignedIn, room: PathParam<String>) -> ApiResult<Json<Thread>> {
    let room = room.into_inner();
    let links = agent.server.app.links;
    let thread = agent
        .server
        .app
        .readers
        .ask(move |connection| sessions::whole(connection, links, id_of(connection, &room)?))
        .await?;
    Ok(Json(with_presence(&agent.server, thread)))
}

/// A page of its messages.
#[endpoint(tags("threads"), operation_id = "get_session_messages")]
pub async fn get_messages(agent: SignedIn, room: PathParam<String>, query: Query<PageQuery>) -> ApiResult<Json<Page>> {
    let range = query.0.range()?;
    let room = room.into_inner();
    let links = agent.server.app.links;
    let question = move |connection: &rusqlite::Connection| page(connection, links, id_of(connection, &room)?, range);
    Ok(Json(agent.server.app.readers.ask(question).await?))
}

/// `null` and an absent field are different wishes.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// Open or close.
    pub status: Option<Status>,
    /// Row id of an agent; `null`: nobody.
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(value_type = Option<i64>))]
    pub assigned: Option<Option<i64>>,
    /// Take nothing from this visitor.
    pub blocked: Option<bool>,
    /// At most 4,000 characters.
    pub note: Option<String>,
    /// At most 20 of at most 40 characters.
    pub tags: Option<Vec<String>>,
    /// 1 to 80 characters.
    pub name: Option<String>,
    /// `null` or empty: forget it.
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(value_type = Option<String>))]
    pub email: Option<Option<String>>,
}

const TAGS_MAX: usize = 20;
const TAG_MAX: usize = 40;

impl Patch {
    fn checked(self) -> ApiResult<Change> {
        let note = self.note.map(|note| note.trim().to_owned());
        if note
            .as_ref()
            .is_some_and(|note| note.chars().count() > text::MESSAGE_MAX)
        {
            return Err(ApiError::field("note", "The note must have at most 4,000 characters."));
        }
        let tags = self
            .tags
            .map(|tags| {
                let wrong = || ApiError::field("tags", "There may be 20 tags of 1 to 40 characters.");
                if tags.len() > TAGS_MAX {
                    return Err(wrong());
                }
                let mut checked: Vec<String> = Vec::with_capacity(tags.len());
                for tag in tags {
                    let tag = text::line(&tag, TAG_MAX).ok_or_else(wrong)?;
                    if !checked.contains(&tag) {
                        checked.push(tag);
                    }
                }
                Ok(checked)
            })
            .transpose()?;
        let name = self
            .name
            .map(|name| {
                text::line(&name, text::NAME_MAX)
                    .ok_or_else(|| ApiError::field("name", "The name must have 1 to 80 characters."))
            })
            .transpose()?;
        let email = self
            .email
            .map(|email| match email.filter(|email| !email.trim().is_empty()) {
                None => Ok(None),
                Some(email) => text::email(&email)
                    .map(Some)
                    .ok_or_else(|| ApiError::field("email", "This is no e-mail address.")),
            })
            .transpose()?;
        Ok(Change {
            status: self.status,
            assigned: self.assigned,
            blocked: self.blocked,
            note,
            tags,
            name,
            email,
        })
    }
}

/// Changes a thread; closing and reopening leave a line in it.
#[endpoint(tags("threads"), operation_id = "change_session")]
pub async fn change(agent: Trusted, room: PathParam<String>, body: Body<Patch>) -> ApiResult<Json<Thread>> {
    let (agent, room, wanted) = (agent.0, room.into_inner(), body.0.checked()?);
    let by = agent.agent.id;
    let changed = agent
        .server
        .change_thread(
            move |connection| id_of(connection, &room),
            wanted,
            move |_| Ok(Some(by)),
        )
        .await?;
    let missing = || ApiError::field("assigned", "There is no such agent who could answer.");
    changed.map(Json).ok_or_else(missing)
}

/// Removes the person: thread, messages, files, search rows, open connections.
#[endpoint(tags("threads"), operation_id = "erase_session")]
pub async fn erase(agent: Trusted, room: PathParam<String>) -> ApiResult<Done> {
    let (agent, room) = (agent.0, room.into_inner());
    agent.must_have_signed_in()?;
    let wanted = room.clone();
    let app = &agent.server.app;
    let (id, files) = app
        .writer
        .call(move |connection| {
            let id = id_of(connection, &wanted)?;
            let files = uploads::addresses_of_session(connection, id)?;
            sessions::erase(connection, id)?;
            Ok((id, files))
        })
        .await?;
    agent.server.announce_erased(id, &room);
    // After the commit: a row that is still there must find its file.
    collect::files(&app.writer, &app.uploads.store, files).await?;
    tracing::info!(room = %room, agent_id = agent.agent.id, "a visitor's data was erased");
    Ok(Done)
}

/// Everything that is known of a visitor.
#[derive(Debug, Serialize, ToSchema)]
pub struct Export {
    /// When this was written, ms UTC.
    pub exported_at: i64,
    /// The thread.
    pub session: Thread,
    /// All messages, oldest first.
    pub messages: Vec<Message>,
}

/// [`Export`] as a file to keep.
pub struct Download(Export, String);

impl Scribe for Download {
    fn render(self, res: &mut Response) {
        Json(self.0).render(res);
        // A room has only letters and digits: no quoting needed.
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"chat-{}.json\"", self.1)) {
            res.headers_mut().insert(CONTENT_DISPOSITION, value);
        }
    }
}

impl EndpointOutRegister for Download {
    fn register(components: &mut Components, operation: &mut Operation) {
        Json::<Export>::register(components, operation);
    }
}

/// Everything that is known of a visitor, as a file.
#[endpoint(tags("threads"), operation_id = "export_session")]
pub async fn export(agent: SignedIn, room: PathParam<String>) -> ApiResult<Download> {
    agent.must_have_signed_in()?;
    let room = room.into_inner();
    let wanted = room.clone();
    let links = agent.server.app.links;
    let everything = agent
        .server
        .app
        .readers
        .ask(move |connection| {
            let id = id_of(connection, &wanted)?;
            let mut messages = Vec::new();
            messages::each_of_session(connection, links, id, |message| messages.push(message))?;
            Ok(Export {
                exported_at: now_ms(),
                session: sessions::whole(connection, links, id)?,
                messages,
            })
        })
        .await?;
    Ok(Download(everything, room))
}
