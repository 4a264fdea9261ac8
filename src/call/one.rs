//! One call.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::times::{CONNECT_MS, LONGEST_MS};
use super::{Media, Ring, Side};

/// Who somebody is, in calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// The visitor of a chat session.
    Visitor {
        /// Row id of the chat session.
        session_id: i64,
    },
    /// An agent.
    Agent {
        /// Row id.
        id: i64,
        /// What visitors see.
        name: Arc<str>,
    },
}

impl Person {
    /// The side this person is on.
    pub fn side(&self) -> Side {
        match self {
            Person::Visitor { .. } => Side::Visitor,
            Person::Agent { .. } => Side::Agent,
        }
    }
}

/// Somebody at one of their connections.
#[derive(Debug, Clone)]
pub struct Caller<T> {
    /// Who.
    pub person: Person,
    /// Where.
    pub tab: T,
}

/// A side's place in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat<T> {
    /// At this connection.
    Here(T),
    /// Its connection is gone.
    Gone {
        /// Since when.
        since: i64,
        /// Until when it is waited for.
        until: i64,
    },
}

impl<T: Copy> Seat<T> {
    pub(super) fn tab(self) -> Option<T> {
        match self {
            Seat::Here(tab) => Some(tab),
            Seat::Gone { .. } => None,
        }
    }
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is being written down; nobody hears it yet.
    Dialing { until: i64 },
    /// It rings.
    Ringing { until: i64 },
    /// Somebody accepted; the two browsers look for a way.
    Accepted { until: i64 },
    /// Media came through.
    Connected { at: i64 },
}

/// One call.
#[derive(Debug)]
pub(super) struct Call<T> {
    pub(super) id: Arc<str>,
    pub(super) session_id: i64,
    pub(super) room: Arc<str>,
    pub(super) caller: Side,
    pub(super) caller_name: Arc<str>,
    pub(super) media: Media,
    pub(super) phase: Phase,
    /// The visitor's place; `None` while it rings there.
    pub(super) visitor: Option<Seat<T>>,
    /// The agent's place; `None` while it rings there.
    pub(super) agent: Option<Seat<T>>,
    /// The agent who called or answered.
    pub(super) agent_id: Option<i64>,
    /// Agents who do not want to answer.
    pub(super) declined: BTreeSet<i64>,
}

impl<T: Copy + Eq> Call<T> {
    pub(super) fn seat(&self, side: Side) -> Option<Seat<T>> {
        match side {
            Side::Visitor => self.visitor,
            Side::Agent => self.agent,
        }
    }

    pub(super) fn seat_mut(&mut self, side: Side) -> &mut Option<Seat<T>> {
        match side {
            Side::Visitor => &mut self.visitor,
            Side::Agent => &mut self.agent,
        }
    }

    /// The side that sits at this connection.
    pub(super) fn side_of(&self, tab: T) -> Option<Side> {
        [Side::Visitor, Side::Agent]
            .into_iter()
            .find(|side| self.seat(*side).and_then(Seat::tab) == Some(tab))
    }

    /// Is this one of the two who talk, or called?
    pub(super) fn has(&self, person: &Person) -> bool {
        match person {
            Person::Visitor { session_id } => *session_id == self.session_id && self.visitor.is_some(),
            Person::Agent { id, .. } => self.agent_id == Some(*id) && self.agent.is_some(),
        }
    }

    /// Could this person answer it now?
    pub(super) fn rings_at(&self, person: &Person) -> bool {
        matches!(self.phase, Phase::Ringing { .. })
            && person.side() != self.caller
            && match person {
                Person::Visitor { session_id } => *session_id == self.session_id,
                Person::Agent { .. } => true,
            }
    }

    pub(super) fn is_answered(&self) -> bool {
        matches!(self.phase, Phase::Accepted { .. } | Phase::Connected { .. })
    }

    pub(super) fn ring(&self, now: i64) -> Ring {
        let until = match self.phase {
            Phase::Ringing { until } => until,
            _ => now,
        };
        Ring {
            id: self.id.clone(),
            session_id: self.session_id,
            room: self.room.clone(),
            from: self.caller_name.clone(),
            caller: self.caller,
            media: self.media,
            ends_in_ms: (until - now).max(0),
        }
    }

    /// Gives the one who accepts a place, and begins to wait for media.
    pub(super) fn accept(&mut self, now: i64, by: &Caller<T>) {
        *self.seat_mut(by.person.side()) = Some(Seat::Here(by.tab));
        if let Person::Agent { id, .. } = by.person {
            self.agent_id = Some(id);
        }
        self.phase = Phase::Accepted {
            until: now + CONNECT_MS,
        };
    }

    /// When its phase is over by itself.
    pub(super) fn deadline(&self) -> i64 {
        match self.phase {
            Phase::Dialing { until } | Phase::Ringing { until } | Phase::Accepted { until } => until,
            Phase::Connected { at } => at + LONGEST_MS,
        }
    }

    /// Since when a side is gone that was waited for in vain.
    pub(super) fn lost(&self, now: i64) -> Option<i64> {
        [self.visitor, self.agent]
            .into_iter()
            .filter_map(|seat| match seat {
                Some(Seat::Gone { since, until }) if until <= now => Some(since),
                _ => None,
            })
            .min()
    }
}
