//! Whoever has sent an event: what they are signed in as, and how they are answered.

use std::sync::Arc;

use engineioxide::Str;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::engine::{EngineSocket, Visitor, Who};
use super::{Signaling, packet, rooms};
use crate::chat::Refusal;
use crate::limits::{Key, Limit};

/// Whom to answer, and how.
#[derive(Clone)]
pub struct Caller {
    /// The server.
    pub signaling: Arc<Signaling>,
    /// Their connection.
    pub socket: Arc<EngineSocket>,
    /// What it is signed in as.
    pub who: Arc<Who>,
    /// Where they said it.
    pub namespace: &'static str,
    /// What the ack must carry; `None`: none is wanted.
    pub ack: Option<u64>,
}

impl Caller {
    /// Whoever has sent an event over this connection.
    pub fn new(
        signaling: &Arc<Signaling>,
        socket: &Arc<EngineSocket>,
        who: &Arc<Who>,
        namespace: &'static str,
        ack: Option<u64>,
    ) -> Caller {
        Caller {
            signaling: signaling.clone(),
            socket: socket.clone(),
            who: who.clone(),
            namespace,
            ack,
        }
    }

    /// Acks, with the fields of `data`.
    pub fn ok(&self, data: &impl Serialize) {
        if let Some(id) = self.ack {
            self.send(packet::ack_ok(self.namespace, id, data));
        }
    }

    /// Acks that nothing happened, and why.
    pub fn refuse(&self, refusal: Refusal) {
        if let Some(id) = self.ack {
            self.send(packet::ack_refused(self.namespace, id, refusal));
        }
    }

    /// A connection that does not take it is dropped by a task of its own: dropping it takes locks that the caller may hold.
    fn send(&self, packet: Str) {
        rooms::send_and_drop_later(&self.socket, packet);
    }

    /// Counts one more of these.
    pub fn check(&self, visitors: Limit, agents: Limit) -> Result<(), Refusal> {
        let (limit, key) = match &*self.who {
            Who::Visitor(visitor) => (visitors, Key::Session(visitor.session_id)),
            Who::Agent(agent) => (agents, Key::Agent(agent.agent_id)),
        };
        let limits = &self.signaling.app.limits;
        limits
            .check(limit, key)
            .map_err(|retry_after_ms| Refusal::RateLimited { retry_after_ms })
    }
}

/// The one argument that every event has: an object.
pub fn parse<'a, T: Deserialize<'a>>(arguments: &[&'a RawValue]) -> Result<T, Refusal> {
    match arguments {
        [only] => of_object(only).map_err(|_| Refusal::Invalid),
        _ => Err(Refusal::Invalid),
    }
}

/// Reads an object. Serde would take a list of a struct's values in their order for the struct, too.
fn of_object<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Result<T, serde_json::Error> {
    if json.get().starts_with('{') {
        serde_json::from_str(json.get())
    } else {
        Err(serde::de::Error::custom("no object"))
    }
}

/// For a field that is an object, or absent.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    let json: &RawValue = Deserialize::deserialize(field)?;
    of_object(json).map(Some).map_err(serde::de::Error::custom)
}

/// A visitor's room is the token's; naming another is refused, not corrected.
pub fn own_room(visitor: &Visitor, named: Option<&str>) -> Result<(), Refusal> {
    if named.is_none_or(|named| named == &*visitor.room) {
        Ok(())
    } else {
        Err(Refusal::Room)
    }
}
