//! Where packets arrive from Engine.IO, and what a connection is signed in as.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engineioxide::config::EngineIoConfig;
use engineioxide::handler::EngineIoHandler;
use engineioxide::{DisconnectReason, Str};

use super::packet::{self, CHAT, Packet};
use super::{Signaling, chat, connect};

/// A connection of a client.
pub type EngineSocket = engineioxide::Socket<Connection>;

/// A client that has not asked for a namespace by then is only holding memory.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// The longest text, 4,000 characters of four bytes each escaped for JSON, is below this (PROTOCOL: 64 KiB).
const FRAME_MAX_BYTES: usize = 64 * 1024;

/// Packets a connection may have waiting. A page of 100 resumed messages and a burst of acks fit many times;
/// a client that stops reading is closed after at most this much (`rooms::drop_slow`).
const QUEUE_LENGTH: usize = 1024;

/// What the HTTP side knows of a connection when it begins; kept for its whole life, so it is small.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// Of the client, behind trusted proxies.
    pub address: IpAddr,
    /// SHA-256 of the login cookie, when there was one.
    pub login: Option<[u8; 32]>,
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

/// The state of a connection towards `/chat`.
#[derive(Debug, Default)]
pub enum State {
    /// Has not asked, was refused, or left.
    #[default]
    Outside,
    /// Is being looked up.
    Connecting,
    /// Is in.
    Inside(Arc<Who>),
}

/// Our part of an Engine.IO socket.
#[derive(Debug, Default)]
pub struct Connection(Mutex<State>);

impl Connection {
    /// The state now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn who(&self) -> Option<Arc<Who>> {
        match &*self.state() {
            State::Inside(who) => Some(who.clone()),
            _ => None,
        }
    }
}

/// Receives packets; clones share the server.
#[derive(Debug, Clone)]
pub struct Engine(pub Arc<Signaling>);

/// How Engine.IO is run (DESIGN §9).
pub fn config() -> EngineIoConfig {
    EngineIoConfig::builder()
        .req_path("/socket.io")
        .max_buffer_size(QUEUE_LENGTH)
        .max_payload(FRAME_MAX_BYTES as u64)
        .ws_max_message_size(FRAME_MAX_BYTES)
        .ws_max_frame_size(FRAME_MAX_BYTES)
        // Most frames are a short message; the buffer grows for the others and is held by every idle connection.
        .ws_read_buffer_size(1024)
        .build()
}

impl EngineIoHandler for Engine {
    type Data = Connection;

    fn on_connect(self: Arc<Self>, socket: Arc<EngineSocket>) {
        tokio::spawn(async move {
            tokio::time::sleep(CONNECT_TIMEOUT).await;
            if matches!(*socket.data.state(), State::Outside) {
                socket.close(DisconnectReason::TransportClose);
            }
        });
    }

    fn on_disconnect(&self, socket: Arc<EngineSocket>, _reason: DisconnectReason) {
        connect::leave(&self.0, &socket);
    }

    fn on_message(self: &Arc<Self>, text: Str, socket: Arc<EngineSocket>) {
        match packet::decode(text.as_str()) {
            Ok(Packet::Event {
                namespace: CHAT,
                ack,
                data,
            }) => {
                // An event before CONNECT was answered, or after leaving, has nobody to answer to.
                let Some(who) = socket.data.who() else { return };
                let Ok((name, arguments)) = packet::arguments(data) else {
                    return socket.close(DisconnectReason::PacketParsingError);
                };
                chat::on_event(&self.0, &socket, &who, &name, &arguments, ack);
            }
            Ok(Packet::Connect { namespace: CHAT, auth }) => {
                let mut state = socket.data.state();
                if matches!(*state, State::Outside) {
                    *state = State::Connecting;
                    drop(state);
                    tokio::spawn(connect::connect(self.0.clone(), socket.clone(), auth.to_owned()));
                }
            }
            Ok(Packet::Connect { namespace, .. }) => {
                let packet = packet::connect_error(namespace, "namespace", "There is no such namespace.");
                if socket.emit(packet).is_err() {
                    socket.close(DisconnectReason::TransportError);
                }
            }
            Ok(Packet::Disconnect { namespace: CHAT }) => connect::leave(&self.0, &socket),
            Ok(Packet::Disconnect { .. } | Packet::Event { .. } | Packet::Ack) => {}
            Err(packet::Malformed) => socket.close(DisconnectReason::PacketParsingError),
        }
    }

    fn on_binary(self: &Arc<Self>, _data: bytes::Bytes, socket: Arc<EngineSocket>) {
        // No event of ours has an attachment.
        socket.close(DisconnectReason::PacketParsingError);
    }
}
