//! What a visitor says later: how to be reached, and how it was.

use std::sync::Arc;

use rusqlite::Connection;
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::{ToSchema, endpoint};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::Visitor;
use crate::chat::text;
use crate::clock::now_ms;
use crate::http::body::{ApiResult, Body, Done};
use crate::http::problem::ApiError;
use crate::http::signed_in::Server;
use crate::limits::{Key, Limit};
use crate::signaling::Signaling;
use crate::storage::ratings::{self, Rated, Rating};
use crate::storage::sessions::{self, Change, Identity};
use crate::storage::{Result as StorageResult, StorageError};

/// What a visitor adds to the thread.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// How to reach the visitor later; `null` or empty: forget it.
    #[serde(deserialize_with = "Option::deserialize")]
    pub email: Option<String>,
}

/// How it was.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opinion {
    /// 1 to 5; 5 is best.
    pub rating: i64,
}

/// Leaves an address, or takes it back.
#[endpoint(tags("visitor"), operation_id = "leave_contact")]
pub async fn contact(server: Server, visitor: Visitor, body: Body<Contact>) -> ApiResult<Done> {
    let (server, session) = (server.0, visitor.0);
    admit(&server, &session)?;
    let given = body.0.email.filter(|email| !email.trim().is_empty());
    let email = given
        .map(|email| text::email(&email).ok_or_else(|| ApiError::field("email", "This is no e-mail address.")))
        .transpose()?;
    let change = Change {
        email: Some(email),
        ..Change::default()
    };
    let stored = change_and_tell(&server, session.id, move |connection| {
        sessions::change(connection, session.id, &change, now_ms())?;
        Ok(Rated::Changed)
    });
    stored.await.map(|_| Done)
}

/// Says how it was, once the chat was closed; may be said anew.
#[endpoint(tags("visitor"), operation_id = "rate_session")]
pub async fn rate(server: Server, visitor: Visitor, body: Body<Opinion>) -> ApiResult<Done> {
    let (server, session) = (server.0, visitor.0);
    admit(&server, &session)?;
    let rating = Rating::new(body.0.rating).ok_or_else(|| ApiError::field("rating", "The rating must be 1 to 5."))?;
    let is_told = server.app.pocket.is_on();
    let stored = change_and_tell(&server, session.id, move |connection| {
        ratings::rate(connection, session.id, rating, is_told, now_ms())
    });
    match stored.await? {
        Rated::Changed | Rated::Known => Ok(Done),
        Rated::StillOpen => Err(ApiError::new(
            StatusCode::CONFLICT,
            "open",
            "A chat can be rated when it was closed.",
        )),
    }
}

/// 429 for whoever says too much, 403 for whom nothing is taken from.
fn admit(server: &Signaling, session: &Identity) -> ApiResult<()> {
    let limited = server.app.limits.check(Limit::About, Key::Session(session.id));
    limited.map_err(ApiError::rate_limited)?;
    if session.blocked {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "blocked",
            "Nothing is taken from this visitor any more.",
        ));
    }
    Ok(())
}

/// Changes a thread, and tells agents what it is like now, in the order of commits.
async fn change_and_tell(
    server: &Arc<Signaling>,
    session_id: i64,
    change: impl FnOnce(&Connection) -> StorageResult<Rated> + Send + 'static,
) -> ApiResult<Rated> {
    let (links, announcer) = (server.app.links, server.clone());
    let (answer, answered) = oneshot::channel();
    let slot = server.app.writer.reserve_patiently().await?;
    slot.submit(
        move |connection| {
            let outcome = change(connection)?;
            let thread = match outcome {
                Rated::Changed => Some(sessions::by_id(connection, links, session_id)?),
                _ => None,
            };
            Ok((outcome, thread))
        },
        move |stored: StorageResult<_>| {
            let outcome = stored.map(|(outcome, thread)| {
                if let Some(mut thread) = thread {
                    thread.visitor_online = announcer.rooms.is_online(session_id);
                    announcer.announce_changed(&thread);
                    announcer.app.pocket.wake();
                }
                outcome
            });
            // Whoever asked may have gone; the change holds.
            let _ = answer.send(outcome);
        },
    );
    match answered.await.map_err(|_| ApiError::busy())? {
        // Erased since the token was looked up.
        Err(StorageError::Missing) => Err(Visitor::unknown()),
        other => Ok(other?),
    }
}
