//! Where packets arrive from Engine.IO, and what a connection is signed in as.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use std::time::Instant;

use engineioxide::config::EngineIoConfig;
use engineioxide::handler::EngineIoHandler;
use engineioxide::{DisconnectReason, Str};

use super::allowance::Allowance;
use super::call::place::Place;
use super::packet::{self, CALL, CHAT, Packet};
use super::{Signaling, call, chat, connect, rooms};
use crate::chat::Refusal;
use crate::limits::{Key, Limit};

/// A connection of a client.
pub type EngineSocket = engineioxide::Socket<Connection>;

/// The longest text, 4,000 characters of four bytes each escaped for JSON, is below this (PROTOCOL: 64 KiB).
const FRAME_MAX_BYTES: usize = 64 * 1024;

/// What one request of a polling client may carry, either way.
///
/// The engine cuts a longer answer in two and forgets the packet at the cut when the client changes to WebSocket between
/// them; all we ever have waiting for a client that reads fits into this.
const PAYLOAD_MAX_BYTES: u64 = 1024 * 1024;

/// Packets a connection may have waiting. A page of 100 resumed messages and a burst of acks fit many times;
/// a client that stops reading is closed after at most this much (`rooms::drop_slow`).
const QUEUE_LENGTH: usize = 1024;

/// Most frames are a short message; the buffer grows for the others, and every idle connection holds it.
const READ_BUFFER_BYTES: usize = 512;

/// Events of a connection that wait until it is in: what a phone has queued in a tunnel.
const EVENTS_KEPT: usize = 200;

/// What the HTTP side knows of a connection when it begins; kept for its whole life, so it is small.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// Of the client, behind trusted proxies.
    pub address: IpAddr,
    /// SHA-256 of the login cookie, when there was one.
    pub login: Option<[u8; 32]>,
    /// The host that the client knows us by, shared with its other connections.
    pub host: Arc<str>,
}

/// What a connection is signed in as.
#[derive(Debug)]
pub enum Who {
    /// A visitor.
    Visitor(Visitor),
    /// An agent.
    Agent(Agent),
}

/// A visitor's side of a thread.
#[derive(Debug)]
pub struct Visitor {
    /// Row id of the thread.
    pub session_id: i64,
    /// Public id of the thread.
    pub room: Arc<str>,
}

/// An agent's browser.
#[derive(Debug)]
pub struct Agent {
    /// Row id of the agent.
    pub agent_id: i64,
    /// Row id of the login.
    pub login_id: i64,
    /// What visitors see.
    pub name: String,
}

/// Where a connection stands towards `/chat`.
#[derive(Debug, Default)]
enum Phase {
    /// Has not asked, was refused, or left.
    #[default]
    Outside,
    /// Is being looked up.
    Connecting,
    /// May come in, and is being told what it missed. Its events wait: an ack that overtook a missed message would look
    /// to the client as if it had that message, too.
    CatchingUp(Arc<Who>, Vec<Str>),
    /// Is in.
    Inside(Arc<Who>),
}

/// What is to be done with an event.
enum Received {
    /// Handle it, as this one's.
    Now(Arc<Who>),
    /// It is kept until its connection is in.
    Later,
    /// Too many are kept already.
    TooMany,
    /// Its connection is not in, and not about to be.
    Never,
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    /// Counts entries and leavings, so that whoever let the connection in sees that it has left meanwhile.
    turn: Turn,
}

/// One entry of a connection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Turn(u32);

impl Turn {
    /// The one after it.
    pub fn next(self) -> Turn {
        Turn(self.0.wrapping_add(1))
    }
}

/// Our part of an Engine.IO socket.
#[derive(Debug, Default)]
pub struct Connection {
    state: Mutex<State>,
    /// What it is in `/call`.
    pub call: Place,
    /// Is looked at by [`super::newcomers`].
    pub is_watched: AtomicBool,
    /// Did not take a packet: gets nothing more, or it would have a hole below its newest message.
    dropped: AtomicBool,
    /// Binary attachments of a refused event that are still to come.
    attachments: AtomicUsize,
    allowance: Mutex<Allowance>,
    server: OnceLock<Weak<Signaling>>,
}

impl Connection {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive(&self, event: &Str) -> Received {
        match &mut self.state().phase {
            Phase::Inside(who) => Received::Now(who.clone()),
            Phase::CatchingUp(_, kept) if kept.len() < EVENTS_KEPT => {
                kept.push(event.clone());
                Received::Later
            }
            Phase::CatchingUp(..) => Received::TooMany,
            Phase::Outside | Phase::Connecting => Received::Never,
        }
    }

    fn is_inside(&self) -> bool {
        matches!(self.state().phase, Phase::Inside(_))
    }

    /// Has it neither asked nor been let in, anywhere?
    pub fn is_outside(&self) -> bool {
        matches!(self.state().phase, Phase::Outside) && self.call.is_outside()
    }

    /// It asks to be let in; `None` when it has asked before.
    fn begin(&self) -> Option<Turn> {
        let mut state = self.state();
        if !matches!(state.phase, Phase::Outside) {
            return None;
        }
        state.turn = state.turn.next();
        state.phase = Phase::Connecting;
        Some(state.turn)
    }

    /// It may come in as `who`; `false` when it has left meanwhile.
    pub fn admit(&self, turn: Turn, who: Arc<Who>) -> bool {
        let mut state = self.state();
        let current = state.turn == turn && matches!(state.phase, Phase::Connecting);
        if current {
            state.phase = Phase::CatchingUp(who, Vec::new());
        }
        current
    }

    /// It is refused; `false` when it has left meanwhile.
    pub fn refuse(&self, turn: Turn) -> bool {
        let mut state = self.state();
        let current = state.turn == turn;
        if current {
            state.phase = Phase::Outside;
        }
        current
    }

    /// Puts it into its room, unless it has left meanwhile: nobody can leave between the question and `join`.
    pub fn join<T>(&self, turn: Turn, join: impl FnOnce() -> T) -> Option<T> {
        let state = self.state();
        (state.turn == turn && matches!(state.phase, Phase::CatchingUp(..))).then(join)
    }

    /// It knows everything; answers the next of the events that were kept meanwhile. `None`: none is left, it is in.
    fn settle(&self, turn: Turn) -> Option<(Arc<Who>, Vec<Str>)> {
        let mut state = self.state();
        if state.turn != turn {
            return None;
        }
        let Phase::CatchingUp(who, kept) = &mut state.phase else {
            return None;
        };
        let who = who.clone();
        if kept.is_empty() {
            state.phase = Phase::Inside(who);
            return None;
        }
        Some((who, std::mem::take(kept)))
    }

    /// It leaves, whatever it was; `take_out` is called with who it was before anybody can come in again.
    pub fn leave<T>(&self, take_out: impl FnOnce(&Who) -> T) -> Option<T> {
        let mut state = self.state();
        state.turn = state.turn.next();
        match std::mem::take(&mut state.phase) {
            Phase::Inside(who) | Phase::CatchingUp(who, _) => Some(take_out(&who)),
            Phase::Outside | Phase::Connecting => None,
        }
    }

    /// May it be sent this much that it asked for? `Err` says in how many milliseconds.
    pub fn may_be_sent(&self, bytes: usize) -> Result<(), u64> {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        allowance.take(bytes, Instant::now())
    }

    /// Did it not take a packet?
    pub fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The server it belongs to.
    pub fn server(&self) -> Option<Arc<Signaling>> {
        self.server.get().and_then(Weak::upgrade)
    }
}

/// Lets a connection that has joined its room be heard: first what it said meanwhile, then what it says.
pub fn settle(signaling: &Arc<Signaling>, socket: &Arc<EngineSocket>, turn: Turn) {
    while let Some((who, kept)) = socket.data.settle(turn) {
        for event in kept {
            handle(signaling, socket, &who, &event);
        }
    }
}

fn handle(signaling: &Arc<Signaling>, socket: &Arc<EngineSocket>, who: &Arc<Who>, event: &Str) {
    let Ok(Packet::Event { ack, data, .. }) = packet::decode(event.as_str()) else {
        return;
    };
    match packet::arguments(data) {
        Ok((name, arguments)) => chat::on_event(signaling, socket, who, &name, &arguments, ack),
        Err(packet::Malformed) => socket.close(DisconnectReason::PacketParsingError),
    }
}

/// Has the client taken nearly all that was sent to it? Only who alone sends to the connection can rely on the answer.
pub fn is_nearly_empty(socket: &EngineSocket) -> bool {
    // The engine does not say how long the queue is, but it gives places in it.
    let free = QUEUE_LENGTH - QUEUE_LENGTH / 16;
    (0..free)
        .map(|_| socket.reserve().ok())
        .collect::<Option<Vec<_>>>()
        .is_some()
}

/// Sends a packet without waiting; `false` when the client does not take it, now or since an earlier one.
pub fn emit(socket: &EngineSocket, packet: Str) -> bool {
    if socket.data.is_dropped() {
        return false;
    }
    let taken = socket.emit(packet).is_ok();
    if !taken {
        socket.data.dropped.store(true, Ordering::Relaxed);
    }
    taken
}

/// Receives packets; clones share the server.
#[derive(Debug, Clone)]
pub struct Engine(pub Arc<Signaling>);

/// No namespace of anybody's is longer; the refusal repeats it.
const NAMESPACE_MAX_BYTES: usize = 64;

impl Engine {
    fn handle_call(&self, socket: &Arc<EngineSocket>, who: &Arc<Who>, ack: Option<u64>, data: &str) {
        match packet::arguments(data) {
            Ok((name, arguments)) => call::handle::on_event(&self.0, socket, who, &name, &arguments, ack),
            Err(packet::Malformed) => socket.close(DisconnectReason::PacketParsingError),
        }
    }

    fn refuse_namespace(&self, socket: &Arc<EngineSocket>, namespace: &str) {
        let address = socket
            .req_parts
            .extensions
            .get::<Handshake>()
            .map(|handshake| handshake.address);
        let allowed = namespace.len() <= NAMESPACE_MAX_BYTES
            && address.is_some_and(|address| self.0.app.limits.check(Limit::Connect, Key::address(address)).is_ok());
        if allowed {
            rooms::send(
                socket,
                packet::connect_error(namespace, "namespace", "There is no such namespace."),
            );
        } else {
            socket.close(DisconnectReason::PacketParsingError);
        }
    }
}

/// How Engine.IO is run (DESIGN §9).
pub fn config() -> EngineIoConfig {
    EngineIoConfig::builder()
        .req_path("/socket.io")
        .max_buffer_size(QUEUE_LENGTH)
        .max_payload(PAYLOAD_MAX_BYTES)
        .ws_max_message_size(FRAME_MAX_BYTES)
        .ws_max_frame_size(FRAME_MAX_BYTES)
        .ws_read_buffer_size(READ_BUFFER_BYTES)
        .build()
}

impl EngineIoHandler for Engine {
    type Data = Connection;

    fn on_connect(self: Arc<Self>, socket: Arc<EngineSocket>) {
        // Set once, here; nobody else can have.
        let _ = socket.data.server.set(Arc::downgrade(&self.0));
        self.0.newcomers.add(&socket);
    }

    fn on_disconnect(&self, socket: Arc<EngineSocket>, _reason: DisconnectReason) {
        connect::leave(&self.0, &socket);
        call::connect::leave(&self.0, &socket);
    }

    fn on_message(self: &Arc<Self>, text: Str, socket: Arc<EngineSocket>) {
        // WebSocket frames are limited where they are read; several packets of a polling client share one request.
        if text.len() > FRAME_MAX_BYTES {
            return socket.close(DisconnectReason::PacketParsingError);
        }
        match packet::decode(text.as_str()) {
            Ok(Packet::Event {
                namespace: CHAT, ack, ..
            }) => match (socket.data.receive(&text), ack) {
                (Received::Now(who), _) => handle(&self.0, &socket, &who, &text),
                (Received::TooMany, Some(ack)) => rooms::send(&socket, packet::ack_refused(CHAT, ack, Refusal::Busy)),
                (Received::Later | Received::TooMany | Received::Never, _) => {}
            },
            Ok(Packet::Event {
                namespace: CALL,
                ack,
                data,
            }) => {
                if let Some(who) = socket.data.call.who() {
                    self.handle_call(&socket, &who, ack, data);
                }
            }
            Ok(Packet::Connect { namespace: CHAT, auth }) => {
                tracing::debug!(sid = %socket.id, "asks to be let in");
                if let Some(turn) = socket.data.begin() {
                    tokio::spawn(connect::connect(self.0.clone(), socket.clone(), turn, auth.to_owned()));
                }
            }
            Ok(Packet::Connect { namespace: CALL, auth }) => {
                if let Some(turn) = socket.data.call.begin() {
                    tokio::spawn(call::connect::connect(
                        self.0.clone(),
                        socket.clone(),
                        turn,
                        auth.to_owned(),
                    ));
                }
            }
            Ok(Packet::Connect { namespace, .. }) => self.refuse_namespace(&socket, namespace),
            // It may come back, within the same patience.
            Ok(Packet::Disconnect { namespace: CHAT }) => {
                connect::leave(&self.0, &socket);
                self.0.newcomers.add(&socket);
            }
            Ok(Packet::Disconnect { namespace: CALL }) => {
                call::connect::leave(&self.0, &socket);
                self.0.newcomers.add(&socket);
            }
            Ok(Packet::Binary {
                namespace,
                ack,
                attachments,
            }) => {
                socket.data.attachments.fetch_add(attachments, Ordering::Relaxed);
                let inside = match namespace {
                    CHAT => socket.data.is_inside(),
                    CALL => socket.data.call.who().is_some(),
                    _ => false,
                };
                if let (true, Some(ack)) = (inside, ack) {
                    rooms::send(&socket, packet::ack_refused(namespace, ack, Refusal::Invalid));
                }
            }
            Ok(Packet::Disconnect { .. } | Packet::Event { .. } | Packet::Ack) => {}
            Err(packet::Malformed) => socket.close(DisconnectReason::PacketParsingError),
        }
    }

    fn on_binary(self: &Arc<Self>, _data: bytes::Bytes, socket: Arc<EngineSocket>) {
        // Those of an event that was refused are passed over; no event of ours has any.
        let expected = &socket.data.attachments;
        if expected
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_err()
        {
            socket.close(DisconnectReason::PacketParsingError);
        }
    }
}
