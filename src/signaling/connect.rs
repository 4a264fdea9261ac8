//! Into `/chat` and out of it: who is it, what did they miss, who must hear of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::engine::{Agent, EngineSocket, Turn, Visitor, Who};
use super::events::{AgentsOnline, ReceiptOut, SessionForVisitor, VisitorOnline};
use super::identify::{
    Asked, Identified, LIMITED, NotLetIn, SOCKETS_OF_A_VISITOR, STOPPING, ask, identify, of_this_token,
};
use super::packet::{self, CHAT};
use super::{Signaling, engine, rooms};
use crate::chat::Sender;
use crate::storage::Result as StorageResult;
use crate::storage::logins::Login;
use crate::storage::messages::{Page, Range, after_in_all_sessions, page};
use crate::storage::receipts::Receipts;
use crate::storage::sessions::{Identity, Status};

/// Messages sent at a time to a client that catches up.
const RESUME_PAGE: usize = 100;

/// A client that catches up must take a page within this.
const RESUME_PATIENCE: Duration = Duration::from_secs(20);

/// A visitor who reloads the page is not reported as gone.
const OFFLINE_GRACE: Duration = Duration::from_secs(4);

/// Answers a CONNECT: lets the client in and brings it up to date, or refuses with a code.
pub async fn connect(signaling: Arc<Signaling>, socket: Arc<EngineSocket>, turn: Turn, auth: String) {
    if let Err(NotLetIn(code, message)) = let_in(&signaling, &socket, turn, &auth).await
        && socket.data.refuse(turn)
    {
        tracing::debug!(sid = %socket.id, code, "not let in");
        signaling.newcomers.add(&socket);
        rooms::send(&socket, packet::connect_error(CHAT, code, message));
    }
}

async fn let_in(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    turn: Turn,
    auth: &str,
) -> Result<(), NotLetIn> {
    let Asked { who, last_id } = identify(signaling, socket, auth).await?;
    match who {
        Identified::Visitor(identity, token_hash) => {
            let_visitor_in(signaling, socket, turn, identity, token_hash, last_id).await
        }
        Identified::Agent(login) => let_agent_in(signaling, socket, turn, login, last_id).await,
    }
}

async fn let_visitor_in(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    turn: Turn,
    identity: Identity,
    token_hash: [u8; 32],
    last_id: Option<i64>,
) -> Result<(), NotLetIn> {
    if signaling.rooms.sockets_of(identity.id) >= SOCKETS_OF_A_VISITOR {
        return Err(LIMITED);
    }
    let who = Arc::new(Who::Visitor(Visitor {
        session_id: identity.id,
        room: identity.room.clone(),
    }));
    if !socket.data.admit(turn, who) {
        tracing::debug!(sid = %socket.id, "left before it was let in");
        return Ok(());
    }
    tracing::debug!(sid = %socket.id, ?last_id, "let in");
    rooms::send(socket, packet::connected(CHAT, &socket.id.to_string()));

    let (session_id, links) = (identity.id, signaling.app.links);
    let read = move |connection: &rusqlite::Connection, after| {
        let range = Range {
            before: None,
            after: Some(after),
            limit: RESUME_PAGE,
        };
        page(connection, links, session_id, range)
    };
    catch_up(signaling, socket, last_id, read, move |signaling, socket, newest| {
        let joined = socket.data.join(turn, || {
            signaling.rooms.join_visitor(identity.id, &identity.room, socket)
        });
        let Some(is_news) = joined else { return };
        tracing::debug!(sid = %socket.id, "joined");
        if let Some(newest) = newest {
            let delivered = Receipts {
                visitor_delivered: newest,
                ..Receipts::default()
            };
            signaling.receipts.report(identity.id, &identity.room, delivered);
        }
        signaling.rooms.set_blocked(identity.id, identity.blocked);
        greet_visitor(signaling, socket, &identity);
        if is_news {
            announce_visitor(signaling, &identity.room, true);
        }
        engine::settle(signaling, socket, turn);
    })
    .await?;
    // The person may have been erased between the look-up and the joining; whoever erased saw no socket to end.
    if of_this_token(signaling, token_hash).await?.is_none() {
        signaling.rooms.end_visitors(session_id);
    }
    Ok(())
}

/// Tells a visitor how things are.
fn greet_visitor(signaling: &Signaling, socket: &Arc<EngineSocket>, identity: &Identity) {
    let status = if identity.closed { Status::Closed } else { Status::Open };
    let session = SessionForVisitor {
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
    rooms::send(socket, packet::event("session", &session));
    rooms::send(socket, packet::event("receipt", &receipt));
    rooms::send(socket, packet::event("presence", &presence));
}

async fn let_agent_in(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    turn: Turn,
    login: Login,
    last_id: Option<i64>,
) -> Result<(), NotLetIn> {
    let (agent_id, login_id) = (login.agent.id, login.id);
    let who = Arc::new(Who::Agent(Agent {
        agent_id,
        login_id,
        name: login.agent.name,
    }));
    if !socket.data.admit(turn, who) {
        tracing::debug!(sid = %socket.id, "left before it was let in");
        return Ok(());
    }
    tracing::debug!(sid = %socket.id, ?last_id, "let in");
    rooms::send(socket, packet::connected(CHAT, &socket.id.to_string()));

    let links = signaling.app.links;
    let read =
        move |connection: &rusqlite::Connection, after| after_in_all_sessions(connection, links, after, RESUME_PAGE);
    // A login that is revoked while this goes on is noticed by `server::check_logins`.
    catch_up(signaling, socket, last_id, read, move |signaling, socket, _| {
        let joined = socket
            .data
            .join(turn, || signaling.rooms.join_agent(agent_id, login_id, socket));
        let presence = AgentsOnline {
            agents_online: signaling.rooms.agents_online(),
        };
        match joined {
            Some(true) => signaling.announce_agents_online(),
            Some(false) => rooms::send(socket, packet::event("presence", &presence)),
            None => return,
        }
        engine::settle(signaling, socket, turn);
    })
    .await
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
    read: impl Fn(&rusqlite::Connection, i64) -> StorageResult<Page> + Copy + Send + 'static,
    join: impl FnOnce(&Arc<Signaling>, &Arc<EngineSocket>, Option<i64>) + Send + 'static,
) -> Result<(), NotLetIn> {
    let Some(mut after) = last_id else {
        join(signaling, socket, None);
        return Ok(());
    };
    let mut joining = join;
    loop {
        after = match send_missed(signaling, socket, after, read).await? {
            Some(after) => after,
            None => return Ok(()),
        };
        let newest = (after > last_id.unwrap_or(after)).then_some(after);
        let (answer, answered) = oneshot::channel();
        let slot = signaling.app.writer.reserve_patiently().await.map_err(|_| STOPPING)?;
        let (signaling, socket) = (signaling.clone(), socket.clone());
        slot.submit(
            move |connection| read(connection, after),
            move |last| {
                let back = match last {
                    // Others wrote more than a page since the last look: read on before joining.
                    Ok(last) if last.more => Some(joining),
                    Ok(Page { messages: last, .. }) => {
                        for message in &last {
                            rooms::send(&socket, packet::event("message", message));
                        }
                        joining(&signaling, &socket, last.last().map(|message| message.id).or(newest));
                        None
                    }
                    Err(_) => {
                        rooms::drop_slow(&socket);
                        None
                    }
                };
                let _ = answer.send(back);
            },
        );
        match answered.await {
            Ok(Some(again)) => joining = again,
            _ => return Ok(()),
        }
    }
}

/// Sends page after page until there is no more; answers the id of the last message sent. `None`: the client does not read.
async fn send_missed(
    signaling: &Signaling,
    socket: &Arc<EngineSocket>,
    mut after: i64,
    read: impl Fn(&rusqlite::Connection, i64) -> StorageResult<Page> + Copy + Send + 'static,
) -> Result<Option<i64>, NotLetIn> {
    loop {
        let Page { messages, more } = ask(signaling, move |connection| read(connection, after)).await?;
        for message in &messages {
            after = message.id;
            rooms::send(socket, packet::event("message", message));
        }
        if !has_read(socket).await {
            rooms::drop_slow(socket);
            return Ok(None);
        }
        if !more {
            return Ok(Some(after));
        }
    }
}

/// Waits until the client has taken nearly all that was sent to it; `false` when it does not in time.
///
/// So a client that resumes and does not read holds two pages of our memory, however much it has missed, and there is
/// room for the last page and the greeting, which the writer's answer cannot wait for.
async fn has_read(socket: &EngineSocket) -> bool {
    let mut wait = Duration::from_millis(5);
    while !engine::is_nearly_empty(socket) {
        if socket.is_closed() || wait > RESUME_PATIENCE {
            return false;
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    true
}

/// Takes a connection out of its room, and tells those who should know; `false` when it was in none.
pub fn leave(signaling: &Arc<Signaling>, socket: &Arc<EngineSocket>) -> bool {
    enum News {
        None,
        AgentGone,
        VisitorGone {
            session_id: i64,
            room: Arc<str>,
            going: u64,
        },
    }
    tracing::debug!(sid = %socket.id, "leaves");
    let left = socket.data.leave(|who| match who {
        Who::Agent(agent) => {
            if signaling.rooms.leave_agent(agent.agent_id, socket) {
                News::AgentGone
            } else {
                News::None
            }
        }
        Who::Visitor(Visitor { session_id, room }) => match signaling.rooms.leave_visitor(*session_id, socket) {
            Some(going) => News::VisitorGone {
                session_id: *session_id,
                room: room.clone(),
                going,
            },
            None => News::None,
        },
    });
    match left {
        None => return false,
        Some(News::None) => {}
        Some(News::AgentGone) => signaling.announce_agents_online(),
        Some(News::VisitorGone {
            session_id,
            room,
            going,
        }) => {
            let signaling = signaling.clone();
            tokio::spawn(async move {
                tokio::time::sleep(OFFLINE_GRACE).await;
                if signaling.rooms.is_gone(session_id, going) {
                    announce_visitor(&signaling, &room, false);
                }
            });
        }
    }
    true
}

fn announce_visitor(signaling: &Signaling, room: &str, visitor_online: bool) {
    signaling.rooms.to_agents(
        None,
        &packet::event("presence", &VisitorOnline { room, visitor_online }),
    );
}
