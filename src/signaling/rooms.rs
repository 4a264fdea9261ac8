//! The in-memory room state: who is connected where. It can always be rebuilt from the connections.
//!
//! Sending never waits: each connection has a bounded queue, and one whose queue is full is closed. Its client
//! reconnects and resumes by the last id it has; nobody else notices.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engineioxide::sid::Sid;
use engineioxide::{DisconnectReason, Str};

use super::engine::{self, EngineSocket};
use super::on_screen::OnScreen;
use super::packet::{self, CALL, CHAT};
use super::{call, connect};

/// Who is connected where.
#[derive(Default)]
pub struct Rooms(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    by_session: HashMap<i64, Room>,
    by_name: HashMap<Arc<str>, i64>,
    agents: Vec<AgentSocket>,
    on_screen: OnScreen<Sid>,
    /// Threads whose visitor has just gone, and which going it was: a reload is back before it is news.
    leaving: HashMap<i64, u64>,
    goings: u64,
}

struct Room {
    name: Arc<str>,
    sockets: Vec<Arc<EngineSocket>>,
    blocked: bool,
}

struct AgentSocket {
    agent_id: i64,
    login_id: i64,
    socket: Arc<EngineSocket>,
}

/// Which sides of a thread a message was handed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Delivered {
    /// A socket of the visitor has it.
    pub to_visitor: bool,
    /// A socket of an agent has it.
    pub to_agent: bool,
}

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change below is a single push or remove; a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A visitor's socket comes in; `true` when that is news: none was there, and none has just gone.
    pub fn join_visitor(&self, session_id: i64, name: &Arc<str>, socket: &Arc<EngineSocket>) -> bool {
        let mut inner = self.lock();
        inner.by_name.insert(name.clone(), session_id);
        let was_leaving = inner.leaving.remove(&session_id).is_some();
        let room = inner.by_session.entry(session_id).or_insert_with(|| Room {
            name: name.clone(),
            sockets: Vec::new(),
            blocked: false,
        });
        room.sockets.push(socket.clone());
        room.sockets.len() == 1 && !was_leaving
    }

    /// A visitor's socket is gone. When it was the last of its thread: which going this is, for [`Rooms::is_gone`].
    pub fn leave_visitor(&self, session_id: i64, socket: &EngineSocket) -> Option<u64> {
        let mut inner = self.lock();
        let room = inner.by_session.get_mut(&session_id)?;
        room.sockets.retain(|other| other.id != socket.id);
        if !room.sockets.is_empty() {
            return None;
        }
        let name = room.name.clone();
        inner.by_session.remove(&session_id);
        inner.by_name.remove(&name);
        inner.goings += 1;
        let going = inner.goings;
        inner.leaving.insert(session_id, going);
        Some(going)
    }

    /// Asked some seconds after a going: `true`, once, when the visitor has not come back since.
    pub fn is_gone(&self, session_id: i64, going: u64) -> bool {
        let mut inner = self.lock();
        let gone = inner.leaving.get(&session_id) == Some(&going);
        if gone {
            inner.leaving.remove(&session_id);
        }
        gone
    }

    /// An agent's socket comes in; `true` when that agent had none.
    pub fn join_agent(&self, agent_id: i64, login_id: i64, socket: &Arc<EngineSocket>) -> bool {
        let mut inner = self.lock();
        let first = !inner.agents.iter().any(|agent| agent.agent_id == agent_id);
        inner.on_screen.enter(socket.id);
        inner.agents.push(AgentSocket {
            agent_id,
            login_id,
            socket: socket.clone(),
        });
        first
    }

    /// An agent's socket is gone; `true` when that agent has none left.
    pub fn leave_agent(&self, agent_id: i64, socket: &EngineSocket) -> bool {
        let mut inner = self.lock();
        let before = inner.agents.len();
        inner.agents.retain(|agent| agent.socket.id != socket.id);
        inner.on_screen.leave(&socket.id);
        inner.agents.len() < before && !inner.agents.iter().any(|agent| agent.agent_id == agent_id)
    }

    /// The page behind this agent's socket shows no thread any more, or another, which [`Rooms::opened`] tells with the
    /// number that this answers.
    pub fn turn_away(&self, socket: &EngineSocket) -> u64 {
        self.lock().on_screen.turn_away(&socket.id)
    }

    /// It shows this thread.
    pub fn opened(&self, socket: &EngineSocket, choice: u64, session_id: i64) {
        self.lock().on_screen.found(&socket.id, choice, session_id);
    }

    /// Has any agent this thread on a visible page?
    pub fn is_open(&self, session_id: i64) -> bool {
        self.lock().on_screen.shows(session_id)
    }

    /// How many different agents are connected?
    pub fn agents_online(&self) -> usize {
        self.lock()
            .agents
            .iter()
            .map(|agent| agent.agent_id)
            .collect::<HashSet<_>>()
            .len()
    }

    /// Remembers for connected visitors whether they are blocked.
    pub fn set_blocked(&self, session_id: i64, blocked: bool) {
        if let Some(room) = self.lock().by_session.get_mut(&session_id) {
            room.blocked = blocked;
        }
    }

    /// Is this thread's visitor blocked?
    pub fn is_blocked(&self, session_id: i64) -> bool {
        self.lock().by_session.get(&session_id).is_some_and(|room| room.blocked)
    }

    /// How many sockets of this thread's visitor are connected?
    pub fn sockets_of(&self, session_id: i64) -> usize {
        self.lock()
            .by_session
            .get(&session_id)
            .map_or(0, |room| room.sockets.len())
    }

    /// Is this thread's visitor connected, or gone for a moment only? Whoever reloads the page is not away: nobody would
    /// be told that he is back.
    pub fn is_online(&self, session_id: i64) -> bool {
        let inner = self.lock();
        inner.by_session.contains_key(&session_id) || inner.leaving.contains_key(&session_id)
    }

    /// The row id of a room whose visitor is connected.
    pub fn session_of(&self, name: &str) -> Option<i64> {
        self.lock().by_name.get(name).copied()
    }

    /// Public ids of the rooms with a connected visitor, at most `limit`, and how many there are.
    pub fn names(&self, limit: usize) -> (Vec<Arc<str>>, usize) {
        let inner = self.lock();
        (
            inner
                .by_session
                .values()
                .take(limit)
                .map(|room| room.name.clone())
                .collect(),
            inner.by_session.len(),
        )
    }

    /// How many sockets are connected: visitors', agents'.
    pub fn sockets(&self) -> (usize, usize) {
        let inner = self.lock();
        (
            inner.by_session.values().map(|room| room.sockets.len()).sum(),
            inner.agents.len(),
        )
    }

    /// The logins that have a live socket.
    pub fn live_logins(&self) -> Vec<i64> {
        self.lock()
            .agents
            .iter()
            .map(|agent| agent.login_id)
            .collect::<HashSet<_>>()
            .into_iter()
            .collect()
    }

    /// Sends a message to every socket of the thread and to the agents, but not to its sender's own.
    pub fn deliver(&self, session_id: i64, except: Option<&EngineSocket>, packet: &Str) -> Delivered {
        let except = except.map(|socket| socket.id);
        let mut sending = Sending::new(packet);
        let mut delivered = Delivered::default();
        {
            let inner = self.lock();
            let sockets = inner.by_session.get(&session_id).map_or(&[][..], |room| &room.sockets);
            for socket in sockets.iter().filter(|socket| Some(socket.id) != except) {
                delivered.to_visitor |= sending.to(socket);
            }
            for agent in inner.agents.iter().filter(|agent| Some(agent.socket.id) != except) {
                delivered.to_agent |= sending.to(&agent.socket);
            }
        }
        sending.close_the_slow();
        delivered
    }

    /// Sends to the visitor's sockets of a thread; `true` when one took it.
    pub fn to_visitors(&self, session_id: i64, except: Option<&EngineSocket>, packet: &Str) -> bool {
        let mut sending = Sending::new(packet);
        let mut taken = false;
        if let Some(room) = self.lock().by_session.get(&session_id) {
            for socket in room
                .sockets
                .iter()
                .filter(|socket| except.is_none_or(|except| except.id != socket.id))
            {
                taken |= sending.to(socket);
            }
        }
        sending.close_the_slow();
        taken
    }

    /// Sends to the agents.
    pub fn to_agents(&self, except: Option<&EngineSocket>, packet: &Str) {
        let mut sending = Sending::new(packet);
        for agent in &self.lock().agents {
            if except.is_none_or(|except| except.id != agent.socket.id) {
                sending.to(&agent.socket);
            }
        }
        sending.close_the_slow();
    }

    /// Sends to everybody.
    pub fn to_everybody(&self, packet: &Str) {
        let mut sending = Sending::new(packet);
        {
            let inner = self.lock();
            for socket in inner.by_session.values().flat_map(|room| &room.sockets) {
                sending.to(socket);
            }
            for agent in &inner.agents {
                sending.to(&agent.socket);
            }
        }
        sending.close_the_slow();
    }

    /// Ends the connections of a thread's visitor: its token no longer holds.
    pub fn end_visitors(&self, session_id: i64) {
        let sockets = self
            .lock()
            .by_session
            .get(&session_id)
            .map(|room| room.sockets.clone())
            .unwrap_or_default();
        sockets.iter().for_each(end);
    }

    /// Ends the connections of agents whose login `ended`.
    pub fn end_agents(&self, ended: impl Fn(i64) -> bool) {
        let sockets: Vec<_> = {
            let inner = self.lock();
            inner
                .agents
                .iter()
                .filter(|agent| ended(agent.login_id))
                .map(|agent| agent.socket.clone())
                .collect()
        };
        sockets.iter().for_each(end);
    }

    /// Closes every connection: the server stops. Clients come back by themselves.
    pub fn close_all(&self) {
        let sockets: Vec<_> = {
            let inner = self.lock();
            let visitors = inner.by_session.values().flat_map(|room| room.sockets.iter().cloned());
            visitors
                .chain(inner.agents.iter().map(|agent| agent.socket.clone()))
                .collect()
        };
        for socket in sockets {
            socket.close(DisconnectReason::ClosingServer);
        }
    }
}

/// Ends a connection for good: the Socket.IO DISCONNECT tells the client not to come back by itself.
pub fn end(socket: &Arc<EngineSocket>) {
    engine::emit(socket, packet::disconnected(CHAT));
    if !socket.data.call.is_outside() {
        engine::emit(socket, packet::disconnected(CALL));
    }
    take_out(socket);
    socket.close(DisconnectReason::TransportClose);
}

fn take_out(socket: &Arc<EngineSocket>) -> bool {
    socket.data.server().is_some_and(|signaling| {
        call::connect::leave(&signaling, socket);
        connect::leave(&signaling, socket)
    })
}

/// Sends one packet to one connection, or drops the connection when it does not read.
pub fn send(socket: &Arc<EngineSocket>, packet: Str) {
    if !engine::emit(socket, packet) {
        drop_slow(socket);
    }
}

/// The same for whoever holds a lock that dropping would take.
pub fn send_and_drop_later(socket: &Arc<EngineSocket>, packet: Str) {
    if !engine::emit(socket, packet) {
        let socket = socket.clone();
        tokio::spawn(async move { drop_slow(&socket) });
    }
}

/// One packet on its way to several sockets.
struct Sending<'a> {
    packet: &'a Str,
    slow: Vec<Arc<EngineSocket>>,
}

impl<'a> Sending<'a> {
    fn new(packet: &'a Str) -> Self {
        Sending {
            packet,
            slow: Vec::new(),
        }
    }

    fn to(&mut self, socket: &Arc<EngineSocket>) -> bool {
        let taken = engine::emit(socket, self.packet.clone());
        if !taken {
            self.slow.push(socket.clone());
        }
        taken
    }

    /// Outside the lock: closing tells the engine, which calls back.
    fn close_the_slow(self) {
        for socket in self.slow {
            drop_slow(&socket);
        }
    }
}

/// Ends a connection that does not take what it is sent.
///
/// It leaves its room now: the engine reports the end of a connection only when its last write is done, which for a
/// peer that does not read is when TCP gives up (`server::TCP_USER_TIMEOUT`).
pub fn drop_slow(socket: &Arc<EngineSocket>) {
    if take_out(socket) {
        tracing::info!(sid = %socket.id, "a connection that does not read is closed");
    }
    socket.close(DisconnectReason::TransportError);
}
