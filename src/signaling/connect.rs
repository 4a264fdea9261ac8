//! Into `/chat` and out of it: who is it, what did they miss, who must hear of it.

use std::sync::Arc;
use std::time::Duration;

use engineioxide::{DisconnectReason, Str};

use super::engine::{Agent, EngineSocket, Handshake, State, Visitor, Who};
use super::events::{AgentsOnline, Auth, ReceiptOut, SessionForVisitor, VisitorOnline};
use super::packet::{self, CHAT};
use super::{Signaling, rooms};
use crate::auth::token;
use crate::chat::{Message, Sender};
use crate::clock::now_ms;
use crate::limits::{Key, Limit};
use crate::storage::messages::{Range, after_in_all_sessions, page};
use crate::storage::sessions::{Identity, Receipts, Status, of_token};
use crate::storage::{Result as StorageResult, StorageError, logins};

/// Messages sent at a time to a client that catches up.
const RESUME_PAGE: usize = 100;

/// A client that catches up must take a page within this.
const RESUME_PATIENCE: Duration = Duration::from_secs(20);

/// A visitor who reloads the page is not reported as gone.
const OFFLINE_GRACE: Duration = Duration::from_secs(4);

/// Why a CONNECT is refused: the stable code and a sentence.
struct NotLetIn(&'static str, &'static str);

const TOKEN: NotLetIn = NotLetIn("token", "The visitor's token is missing or unknown.");
const LOGIN: NotLetIn = NotLetIn("login", "An agent must sign in first.");
const INVALID: NotLetIn = NotLetIn("invalid", "The auth object does not have the shape that is asked for.");
const LIMITED: NotLetIn = NotLetIn("rate_limited", "Too many connections in a short time.");
const BUSY: NotLetIn = NotLetIn("busy", "The server is busy; try again in a moment.");
const STOPPING: NotLetIn = NotLetIn("busy", "The server is stopping; try again in a moment.");

/// Answers a CONNECT: lets the client in and brings it up to date, or refuses with a code.
pub async fn connect(signaling: Arc<Signaling>, socket: Arc<EngineSocket>, auth: String) {
    match let_in(&signaling, &socket, &auth).await {
        Ok(()) => {}
        Err(NotLetIn(code, message)) => {
            *socket.data.state() = State::Outside;
            if socket.emit(packet::connect_error(CHAT, code, message)).is_err() {
                socket.close(DisconnectReason::TransportError);
            }
        }
    }
}

async fn let_in(signaling: &Arc<Signaling>, socket: &Arc<EngineSocket>, auth: &str) -> Result<(), NotLetIn> {
    let auth: Auth = match auth {
        "" => Auth::default(),
        json => serde_json::from_str(json).map_err(|_| INVALID)?,
    };
    if auth.last_id.is_some_and(|id| id < 0) {
        return Err(INVALID);
    }
    let handshake = socket.req_parts.extensions.get::<Handshake>().ok_or(STOPPING)?;
    signaling
        .app
        .limits
        .check(Limit::Connect, Key::address(handshake.address))
        .map_err(|_| LIMITED)?;
    match (auth.role.as_deref(), auth.token) {
        (None, Some(token)) => let_visitor_in(signaling, socket, &token, auth.last_id).await,
        (None, None) => Err(TOKEN),
        (Some("agent"), None) => let_agent_in(signaling, socket, handshake.login, auth.last_id).await,
        _ => Err(INVALID),
    }
}

async fn let_visitor_in(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    token: &str,
    last_id: Option<i64>,
) -> Result<(), NotLetIn> {
    let token_hash = token::hash(token);
    let identity = ask(signaling, move |connection| of_token(connection, &token_hash))
        .await?
        .ok_or(TOKEN)?;
    let who = Arc::new(Who::Visitor(Visitor {
        session_id: identity.id,
        room: identity.room.clone(),
    }));
    *socket.data.state() = State::Inside(who);
    let _ = socket.emit(packet::connected(&socket.id.to_string()));

    let session_id = identity.id;
    let read = move |connection: &rusqlite::Connection, after| {
        page(
            connection,
            session_id,
            Range {
                before: None,
                after: Some(after),
                limit: RESUME_PAGE,
            },
        )
        .map(|page| page.messages)
    };
    catch_up(signaling, socket, last_id, read, move |signaling, socket, newest| {
        if let Some(newest) = newest {
            let delivered = Receipts {
                visitor_delivered: newest,
                ..Receipts::default()
            };
            signaling.receipts.report(identity.id, &identity.room, delivered);
        }
        joined_visitor(signaling, socket, &identity);
    })
    .await
}

fn joined_visitor(signaling: &Arc<Signaling>, socket: &Arc<EngineSocket>, identity: &Identity) {
    let first = signaling.rooms.join_visitor(identity.id, &identity.room, socket);
    let status = if identity.closed { Status::Closed } else { Status::Open };
    let for_visitor = SessionForVisitor {
        room: &identity.room,
        status,
        name: &identity.name,
    };
    let receipt = ReceiptOut {
        room: &identity.room,
        by: Sender::Agent,
        delivered_up_to: identity.agent_delivered_up_to,
        read_up_to: identity.agent_read_up_to,
    };
    let presence = AgentsOnline {
        agents_online: signaling.rooms.agents_online(),
    };
    send(socket, packet::event("session", &for_visitor));
    send(socket, packet::event("receipt", &receipt));
    send(socket, packet::event("presence", &presence));
    if first {
        announce_visitor(signaling, &identity.room, true);
    }
    leave_if_gone(signaling, socket);
}

async fn let_agent_in(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    login: Option<[u8; 32]>,
    last_id: Option<i64>,
) -> Result<(), NotLetIn> {
    let cookie = login.ok_or(LOGIN)?;
    let login = ask(signaling, move |connection| {
        logins::of_token(connection, &cookie, now_ms())
    })
    .await?
    .ok_or(LOGIN)?;
    let (agent_id, login_id) = (login.agent.id, login.id);
    *socket.data.state() = State::Inside(Arc::new(Who::Agent(Agent {
        agent_id,
        login_id,
        name: login.agent.name,
    })));
    let _ = socket.emit(packet::connected(&socket.id.to_string()));

    let read = |connection: &rusqlite::Connection, after| after_in_all_sessions(connection, after, RESUME_PAGE);
    catch_up(signaling, socket, last_id, read, move |signaling, socket, _| {
        let first = signaling.rooms.join_agent(agent_id, login_id, socket);
        let presence = AgentsOnline {
            agents_online: signaling.rooms.agents_online(),
        };
        send(socket, packet::event("presence", &presence));
        if first {
            signaling.announce_agents_online();
        }
        leave_if_gone(signaling, socket);
    })
    .await?;
    // The login may have been revoked between the look-up and the joining; whoever revoked saw no socket to close.
    let still = ask(signaling, move |connection| {
        logins::still_good(connection, &[login_id], now_ms())
    })
    .await?;
    if still.is_empty() {
        signaling.end_logins(|id| id == login_id);
    }
    Ok(())
}

/// Sends what the client missed after `last_id`, oldest first, then calls `join`, with nothing lost in between.
///
/// Pages are read while others go on writing. The last, short page is a job of the writer, and `join` is called with
/// its answer, before any later message is sent on: whatever is stored afterwards finds the socket in its room.
/// `join` is told the newest message that was sent.
async fn catch_up(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    last_id: Option<i64>,
    read: impl Fn(&rusqlite::Connection, i64) -> StorageResult<Vec<Message>> + Copy + Send + 'static,
    join: impl FnOnce(&Arc<Signaling>, &Arc<EngineSocket>, Option<i64>) + Send + 'static,
) -> Result<(), NotLetIn> {
    let mut newest = None;
    if let Some(last_id) = last_id {
        let mut after = last_id;
        loop {
            let messages = ask(signaling, move |connection| read(connection, after)).await?;
            let full = messages.len() == RESUME_PAGE;
            for message in &messages {
                after = message.id;
                newest = Some(after);
                if !send_patiently(socket, packet::event("message", message)).await {
                    rooms::drop_slow(socket);
                    return Ok(());
                }
            }
            if !full {
                break;
            }
        }
        let slot_wanted = signaling.app.writer.reserve_patiently().await.map_err(|_| STOPPING)?;
        let (signaling, socket) = (signaling.clone(), socket.clone());
        slot_wanted.submit(
            move |connection| read(connection, after),
            move |last| {
                let Ok(last) = last else {
                    return rooms::drop_slow(&socket);
                };
                for message in &last {
                    newest = Some(message.id);
                    send(&socket, packet::event("message", message));
                }
                join(&signaling, &socket, newest);
            },
        );
        return Ok(());
    }
    join(signaling, socket, newest);
    Ok(())
}

async fn ask<T: Send + 'static>(
    signaling: &Signaling,
    question: impl FnOnce(&rusqlite::Connection) -> StorageResult<T> + Send + 'static,
) -> Result<T, NotLetIn> {
    signaling.app.readers.ask(question).await.map_err(|error| {
        if !matches!(error, StorageError::Gone) {
            tracing::warn!(%error, "a client could not be let in");
        }
        BUSY
    })
}

/// Sends, or closes the connection when it does not read.
fn send(socket: &Arc<EngineSocket>, packet: Str) {
    if socket.emit(packet).is_err() {
        rooms::drop_slow(socket);
    }
}

/// Sends as fast as the client takes it; `false` when it does not.
async fn send_patiently(socket: &EngineSocket, packet: Str) -> bool {
    // Every step doubles up to the patience: a client with a full queue has some hundred packets to read first.
    let mut wait = Duration::from_millis(5);
    while socket.emit(packet.clone()).is_err() {
        if socket.is_closed() || wait > RESUME_PATIENCE {
            return false;
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    true
}

/// The connection may have closed while it was being let in; then nobody else takes it out of its room.
fn leave_if_gone(signaling: &Arc<Signaling>, socket: &Arc<EngineSocket>) {
    if socket.is_closed() {
        leave(signaling, socket);
    }
}

/// Takes a connection out of its room, and tells those who should know.
pub fn leave(signaling: &Arc<Signaling>, socket: &Arc<EngineSocket>) {
    let state = std::mem::take(&mut *socket.data.state());
    let State::Inside(who) = state else { return };
    match &*who {
        Who::Agent(agent) => {
            if signaling.rooms.leave_agent(agent.agent_id, socket) {
                signaling.announce_agents_online();
            }
        }
        Who::Visitor(visitor) => {
            if signaling.rooms.leave_visitor(visitor.session_id, socket) {
                let signaling = signaling.clone();
                let (session_id, room) = (visitor.session_id, visitor.room.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(OFFLINE_GRACE).await;
                    if !signaling.rooms.is_online(session_id) {
                        announce_visitor(&signaling, &room, false);
                    }
                });
            }
        }
    }
}

fn announce_visitor(signaling: &Signaling, room: &str, visitor_online: bool) {
    signaling.rooms.to_agents(
        None,
        &packet::event("presence", &VisitorOnline { room, visitor_online }),
    );
}
