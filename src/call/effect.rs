//! What the rules want done: packets to send, rows to write. In the order they are to be done.

use std::sync::Arc;

use super::{Media, Reason, Side};

/// A call as whoever is called is told of it (PROTOCOL, `ring`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// Public id of the call.
    pub id: Arc<str>,
    /// Row id of the chat session.
    pub session_id: i64,
    /// Public id of the chat session.
    pub room: Arc<str>,
    /// Name of the caller.
    pub from: Arc<str>,
    /// Who called.
    pub caller: Side,
    /// What it is to begin with.
    pub media: Media,
    /// How long it goes on ringing, ms.
    pub ends_in_ms: i64,
}

/// A call that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Public id of the call.
    pub id: Arc<str>,
    /// Row id of the chat session.
    pub session_id: i64,
    /// Public id of the chat session.
    pub room: Arc<str>,
    /// Who called.
    pub caller: Side,
    /// The agent who called or answered.
    pub agent_id: Option<i64>,
    /// Somebody accepted.
    pub answered: bool,
    /// How it ended.
    pub reason: Reason,
    /// From the first media to the end, ms.
    pub duration_ms: i64,
}

/// What a call's row must know while it goes on, so that a restarted server can go on with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody accepted.
    Answered {
        /// Public id of the call.
        id: Arc<str>,
        /// The agent of the call.
        agent_id: Option<i64>,
    },
    /// The first media came through.
    Connected {
        /// Public id of the call.
        id: Arc<str>,
    },
}

/// One thing to do. `T` names a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect<T> {
    /// Ring at these agents' browsers.
    RingAgents(Ring, Vec<i64>),
    /// Ring at the visitor's tabs.
    RingVisitor(Ring),
    /// Tell both sides but this connection that it was accepted.
    Accepted {
        /// Public id of the call.
        id: Arc<str>,
        /// Row id of the chat session.
        session_id: i64,
        /// The agent who accepted.
        by: Option<Arc<str>>,
        /// Who knows already.
        except: T,
    },
    /// Tell the other browsers of this agent to stop ringing.
    Declined {
        /// Public id of the call.
        id: Arc<str>,
        /// Row id of the agent.
        agent_id: i64,
        /// Who knows already.
        except: T,
    },
    /// Tell this connection whether the other side is connected.
    Peer {
        /// Public id of the call.
        id: Arc<str>,
        /// Whom to tell.
        to: T,
        /// Is it?
        online: bool,
    },
    /// Tell this connection that its call goes on elsewhere.
    Displaced {
        /// Public id of the call.
        id: Arc<str>,
        /// Public id of the chat session.
        room: Arc<str>,
        /// Whom to tell.
        to: T,
    },
    /// Tell both sides and every agent that it is over, and write its line.
    Ended(Ended),
    /// Tell every agent that it is over; its thread was erased, so there is no line.
    Erased(Ended),
    /// Write it down.
    Store(Change),
}
