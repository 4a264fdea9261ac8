//! All calls, and what happens to them.
//!
//! Every call ends: each phase has a deadline, and so has each side whose connection is gone ([`Calls::expire`] asks for
//! all of them). Every call that was rung for ends with exactly one [`Effect::Ended`]. An agent is in one call at a time,
//! and so is a chat session.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use super::effect::{Change, Effect, Ended, Ring};
use super::one::{Call, Caller, Person, Phase, Seat};
use super::times::{CALLER_BACK_MS, CONNECT_MS, RECONNECT_MS, RING_MS};
use super::{Media, Reason, Side};

/// Calls at a time, those that ring included; more is somebody's script.
const CALLS_MAX: usize = 2_000;

/// Calls that one browser is told of when it comes in, or is free again: nobody answers more, and a connection has room for
/// about a thousand packets.
const RINGS_AT_ONCE: usize = 200;

/// Why nothing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such call for this person, or it is over, or somebody else has it.
    NoCall,
    /// This person, or this chat session, is in a call.
    InCall,
    /// The other side is not connected at the moment.
    PeerGone,
    /// The other side is calling this very moment: the same again in a moment joins its call.
    Dialing,
    /// There are too many calls.
    Full,
}

/// A call that somebody wants to begin.
#[derive(Debug)]
pub struct NewCall<T> {
    /// A new public id.
    pub id: Arc<str>,
    /// Row id of the chat session.
    pub session_id: i64,
    /// Public id of the chat session.
    pub room: Arc<str>,
    /// Who calls.
    pub caller: Caller<T>,
    /// What it is to begin with.
    pub media: Media,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialed {
    /// It is there, and rings after [`Calls::ring`].
    New,
    /// The other side was calling at the same moment: this is its call, and it is accepted.
    Joined {
        /// Public id of that call.
        id: Arc<str>,
        /// What that call began with.
        media: Media,
    },
}

/// Where a call stands that somebody takes up again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// `ringing`, `accepted` or `connected`.
    pub state: &'static str,
    /// What it began with.
    pub media: Media,
    /// Who called.
    pub caller: Side,
    /// The other side is connected.
    pub peer_online: bool,
}

/// A call that an earlier run of the server has left behind.
#[derive(Debug, Clone)]
pub struct Saved {
    /// Public id.
    pub id: Arc<str>,
    /// Row id of the chat session.
    pub session_id: i64,
    /// Public id of the chat session.
    pub room: Arc<str>,
    /// Who called.
    pub caller: Side,
    /// What others see.
    pub caller_name: Arc<str>,
    /// The agent who called or answered.
    pub agent_id: Option<i64>,
    /// What it began with.
    pub media: Media,
    /// When it began to ring, ms UTC.
    pub started_at: i64,
    /// When it was accepted, ms UTC.
    pub answered_at: Option<i64>,
    /// When the first media came, ms UTC.
    pub connected_at: Option<i64>,
    /// When that run was last known to be there, ms UTC.
    pub seen_at: i64,
}

/// All calls. `T` names a connection.
#[derive(Debug)]
pub struct Calls<T> {
    by_id: HashMap<Arc<str>, Call<T>>,
    by_room: HashMap<Arc<str>, Arc<str>>,
    /// The call each connection sits in.
    seats: HashMap<T, Arc<str>>,
    /// The call each agent is in.
    agents: HashMap<i64, Arc<str>>,
}

impl<T> Default for Calls<T> {
    fn default() -> Self {
        Calls {
            by_id: HashMap::new(),
            by_room: HashMap::new(),
            seats: HashMap::new(),
            agents: HashMap::new(),
        }
    }
}

impl<T: Copy + Eq + Hash> Calls<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Does this room's call go on? A look-up.
    pub fn lives(&self, room: &str) -> bool {
        self.by_room.contains_key(room)
    }

    /// Whose call is it?
    pub fn room(&self, id: &str) -> Option<Arc<str>> {
        self.by_id.get(id).map(|call| call.room.clone())
    }

    /// Begins a call, which rings when it is written down ([`Calls::ring`]), or joins the one the other side began.
    pub fn dial(&mut self, now: i64, new: NewCall<T>, effects: &mut Vec<Effect<T>>) -> Result<Dialed, Refused> {
        if let Some(running) = self.by_room.get(&new.room).and_then(|id| self.by_id.get(id)) {
            let (id, media) = (running.id.clone(), running.media);
            return match running.phase {
                Phase::Ringing { .. } if running.rings_at(&new.caller.person) => self
                    .accept(now, &id, &new.caller, effects)
                    .map(|_| Dialed::Joined { id, media }),
                Phase::Dialing { .. } if running.caller != new.caller.person.side() => Err(Refused::Dialing),
                _ => Err(Refused::InCall),
            };
        }
        let agent_id = match new.caller.person {
            Person::Agent { id, .. } => Some(id),
            Person::Visitor { .. } => None,
        };
        if agent_id.is_some_and(|id| self.agents.contains_key(&id)) || self.seats.contains_key(&new.caller.tab) {
            return Err(Refused::InCall);
        }
        if self.by_id.len() >= CALLS_MAX {
            return Err(Refused::Full);
        }
        let caller = new.caller.person.side();
        let seat = |side| (side == caller).then_some(Seat::Here(new.caller.tab));
        self.seats.insert(new.caller.tab, new.id.clone());
        self.add(Call {
            id: new.id,
            session_id: new.session_id,
            room: new.room,
            caller,
            caller_name: Arc::default(),
            media: new.media,
            phase: Phase::Dialing { until: now + RING_MS },
            visitor: seat(Side::Visitor),
            agent: seat(Side::Agent),
            agent_id,
            declined: BTreeSet::new(),
        });
        Ok(Dialed::New)
    }

    fn add(&mut self, call: Call<T>) {
        self.by_room.insert(call.room.clone(), call.id.clone());
        if let Some(agent_id) = call.agent_id {
            self.agents.insert(agent_id, call.id.clone());
        }
        self.by_id.insert(call.id.clone(), call);
    }

    /// It is written down: rings, with this name. `online` are the agents who are connected.
    pub fn ring(&mut self, now: i64, id: &str, name: Arc<str>, online: &[i64], effects: &mut Vec<Effect<T>>) {
        let free = self.free(online);
        let Some(call) = self.by_id.get_mut(id) else { return };
        if !matches!(call.phase, Phase::Dialing { .. }) {
            return;
        }
        call.caller_name = name;
        call.phase = Phase::Ringing { until: now + RING_MS };
        match call.caller {
            Side::Agent => effects.push(Effect::RingVisitor(call.ring(now))),
            // Nobody is there: it rings in the owner's pocket, and whoever comes in hears it.
            Side::Visitor if online.is_empty() => {}
            Side::Visitor if free.is_empty() => self.end(now, id, Reason::Busy, None, effects),
            Side::Visitor => effects.push(Effect::RingAgents(call.ring(now), free)),
        }
    }

    fn free(&self, online: &[i64]) -> Vec<i64> {
        let is_free = |agent: &i64| !self.agents.contains_key(agent);
        online.iter().copied().filter(is_free).collect()
    }

    /// It could not be written down; nobody has heard of it.
    pub fn forget_dialed(&mut self, id: &str) {
        if matches!(self.by_id.get(id).map(|call| call.phase), Some(Phase::Dialing { .. })) {
            self.remove(id);
        }
    }

    /// Somebody answers it; what it began with.
    pub fn accept(
        &mut self,
        now: i64,
        id: &str,
        by: &Caller<T>,
        effects: &mut Vec<Effect<T>>,
    ) -> Result<Media, Refused> {
        let call = self.by_id.get_mut(id).ok_or(Refused::NoCall)?;
        if !call.rings_at(&by.person) {
            return Err(Refused::NoCall);
        }
        if self.seats.contains_key(&by.tab) {
            return Err(Refused::InCall);
        }
        let name = match &by.person {
            Person::Agent { id: agent, .. } if self.agents.contains_key(agent) => return Err(Refused::InCall),
            Person::Agent { id: agent, name } => {
                self.agents.insert(*agent, call.id.clone());
                Some(name.clone())
            }
            Person::Visitor { .. } => None,
        };
        call.accept(now, by);
        // Not gone for good yet: whoever is in a call is waited for longer than whoever rings.
        let caller = call.caller;
        if let Some(Seat::Gone { since, until }) = call.seat_mut(caller) {
            *until = *since + RECONNECT_MS;
            effects.push(Effect::Peer {
                id: call.id.clone(),
                to: by.tab,
                online: false,
            });
        }
        self.seats.insert(by.tab, call.id.clone());
        effects.push(Effect::Accepted {
            id: call.id.clone(),
            session_id: call.session_id,
            by: name,
            except: by.tab,
        });
        effects.push(Effect::Store(Change::Answered {
            id: call.id.clone(),
            agent_id: call.agent_id,
        }));
        Ok(call.media)
    }

    /// Somebody does not want to answer. A visitor's call goes on ringing at the other agents, as long as there is one.
    pub fn decline(
        &mut self,
        now: i64,
        id: &str,
        by: &Caller<T>,
        online: &[i64],
        effects: &mut Vec<Effect<T>>,
    ) -> Result<(), Refused> {
        let free = self.free(online);
        let call = self.by_id.get_mut(id).ok_or(Refused::NoCall)?;
        if !call.rings_at(&by.person) {
            return Err(Refused::NoCall);
        }
        if let Person::Agent { id: agent_id, .. } = by.person {
            call.declined.insert(agent_id);
            effects.push(Effect::Declined {
                id: call.id.clone(),
                agent_id,
                except: by.tab,
            });
            if free.iter().any(|agent| !call.declined.contains(agent)) {
                return Ok(());
            }
        }
        self.end(now, id, Reason::Declined, None, effects);
        Ok(())
    }

    /// One of the two hangs up; `failed`: because no media comes through.
    pub fn hang_up(
        &mut self,
        now: i64,
        id: &str,
        tab: T,
        failed: bool,
        effects: &mut Vec<Effect<T>>,
    ) -> Result<(), Refused> {
        let call = self.by_id.get(id).ok_or(Refused::NoCall)?;
        call.side_of(tab).ok_or(Refused::NoCall)?;
        let reason = match call.phase {
            Phase::Dialing { .. } | Phase::Ringing { .. } => Reason::Missed,
            Phase::Accepted { .. } if failed => Reason::Failed,
            Phase::Connected { .. } if failed => Reason::Lost,
            Phase::Accepted { .. } | Phase::Connected { .. } => Reason::Hangup,
        };
        self.end(now, id, reason, None, effects);
        Ok(())
    }

    /// One of the two has media: the clock starts, once.
    pub fn connected(&mut self, now: i64, id: &str, tab: T, effects: &mut Vec<Effect<T>>) -> Result<(), Refused> {
        let call = self.by_id.get_mut(id).ok_or(Refused::NoCall)?;
        call.side_of(tab).ok_or(Refused::NoCall)?;
        match call.phase {
            Phase::Dialing { .. } | Phase::Ringing { .. } => return Err(Refused::NoCall),
            Phase::Connected { .. } => {}
            Phase::Accepted { .. } => {
                call.phase = Phase::Connected { at: now };
                effects.push(Effect::Store(Change::Connected { id: call.id.clone() }));
            }
        }
        Ok(())
    }

    /// Where a signal from `tab` goes.
    pub fn other(&self, id: &str, tab: T) -> Result<T, Refused> {
        let call = self.by_id.get(id).ok_or(Refused::NoCall)?;
        let side = call
            .side_of(tab)
            .filter(|_| call.is_answered())
            .ok_or(Refused::NoCall)?;
        let other = call.seat(side.other()).and_then(Seat::tab);
        other.ok_or(Refused::PeerGone)
    }

    /// Somebody takes up a place in a running call again, from a new connection.
    pub fn resume(&mut self, id: &str, by: &Caller<T>, effects: &mut Vec<Effect<T>>) -> Result<Resumed, Refused> {
        let call = self.by_id.get_mut(id).ok_or(Refused::NoCall)?;
        if !call.has(&by.person) {
            return Err(Refused::NoCall);
        }
        if self.seats.get(&by.tab).is_some_and(|other| *other != call.id) {
            return Err(Refused::InCall);
        }
        let side = by.person.side();
        let before = call.seat_mut(side).replace(Seat::Here(by.tab));
        if let Some(old) = before.and_then(Seat::tab).filter(|old| *old != by.tab) {
            self.seats.remove(&old);
            effects.push(Effect::Displaced {
                id: call.id.clone(),
                room: call.room.clone(),
                to: old,
            });
        }
        self.seats.insert(by.tab, call.id.clone());
        let peer = call.seat(side.other()).and_then(Seat::tab);
        if let Some(to) = peer {
            effects.push(Effect::Peer {
                id: call.id.clone(),
                to,
                online: true,
            });
        }
        Ok(Resumed {
            state: match call.phase {
                Phase::Dialing { .. } | Phase::Ringing { .. } => "ringing",
                Phase::Accepted { .. } => "accepted",
                Phase::Connected { .. } => "connected",
            },
            media: call.media,
            caller: call.caller,
            peer_online: peer.is_some(),
        })
    }

    /// A connection is gone; its side may come back.
    pub fn gone(&mut self, now: i64, tab: T, effects: &mut Vec<Effect<T>>) {
        let Some(id) = self.seats.remove(&tab) else { return };
        let Some(call) = self.by_id.get_mut(&id) else { return };
        let Some(side) = call.side_of(tab) else { return };
        let patience = if call.is_answered() {
            RECONNECT_MS
        } else {
            CALLER_BACK_MS
        };
        *call.seat_mut(side) = Some(Seat::Gone {
            since: now,
            until: now + patience,
        });
        if let Some(to) = call.seat(side.other()).and_then(Seat::tab) {
            effects.push(Effect::Peer { id, to, online: false });
        }
    }

    /// What rings for somebody who has just connected.
    pub fn ringing_for(&self, now: i64, person: &Person) -> Vec<Ring> {
        let rings = |call: &&Call<T>| {
            call.rings_at(person)
                && match person {
                    Person::Visitor { .. } => true,
                    Person::Agent { id, .. } => !self.agents.contains_key(id) && !call.declined.contains(id),
                }
        };
        let rings = self.by_id.values().filter(rings).take(RINGS_AT_ONCE);
        rings.map(|call| call.ring(now)).collect()
    }

    /// Ends what has waited long enough. Ask at least once a second.
    pub fn expire(&mut self, now: i64, effects: &mut Vec<Effect<T>>) {
        let over: Vec<_> = self
            .by_id
            .values()
            .filter_map(|call| {
                let (reason, lost) = match (call.lost(now), call.phase) {
                    (Some(_), Phase::Dialing { .. } | Phase::Ringing { .. }) => (Reason::Missed, None),
                    (Some(since), _) => (Reason::Lost, Some(since)),
                    (None, _) if call.deadline() > now => return None,
                    (None, Phase::Dialing { .. } | Phase::Ringing { .. }) => (Reason::Missed, None),
                    (None, Phase::Accepted { .. }) => (Reason::Failed, None),
                    (None, Phase::Connected { .. }) => (Reason::Hangup, None),
                };
                Some((call.id.clone(), reason, lost))
            })
            .collect();
        for (id, reason, lost) in over {
            self.end(now, &id, reason, lost, effects);
        }
    }

    /// The visitor was blocked: it is over.
    pub fn cut(&mut self, now: i64, room: &str, effects: &mut Vec<Effect<T>>) {
        if let Some(id) = self.by_room.get(room).cloned() {
            self.end(now, &id, Reason::Hangup, None, effects);
        }
    }

    /// The chat session was erased: its call ends, and leaves no line.
    pub fn erase(&mut self, now: i64, room: &str, effects: &mut Vec<Effect<T>>) {
        let Some(id) = self.by_room.get(room).cloned() else {
            return;
        };
        if let Some(call) = self.remove(&id) {
            effects.push(Effect::Erased(over(&call, now, Reason::Failed, None)));
            self.ring_the_freed(now, call.agent_id, effects);
        }
    }

    /// Goes on with a call of an earlier run; both sides have to come back. Oldest first: of two that cannot both be, the
    /// older one's end was not written down.
    pub fn restore(&mut self, now: i64, saved: Saved, effects: &mut Vec<Effect<T>>) {
        let of_agent = saved.agent_id.and_then(|agent| self.agents.get(&agent)).cloned();
        for older in [self.by_room.get(&saved.room).cloned(), of_agent].into_iter().flatten() {
            let answered = self.by_id.get(&older).is_some_and(Call::is_answered);
            let reason = if answered { Reason::Lost } else { Reason::Missed };
            self.end(now, &older, reason, Some(saved.started_at), effects);
        }
        let gone = Seat::Gone {
            since: saved.seen_at,
            until: now + RECONNECT_MS,
        };
        let answered = saved.answered_at.is_some();
        let seat = |side| (answered || side == saved.caller).then_some(gone);
        let (visitor, agent) = (seat(Side::Visitor), seat(Side::Agent));
        let phase = match (saved.connected_at, answered) {
            (Some(at), _) => Phase::Connected { at },
            (None, true) => Phase::Accepted {
                until: now + CONNECT_MS,
            },
            (None, false) => Phase::Ringing {
                until: saved.started_at.min(now) + RING_MS,
            },
        };
        self.add(Call {
            id: saved.id,
            session_id: saved.session_id,
            room: saved.room,
            caller: saved.caller,
            caller_name: saved.caller_name,
            media: saved.media,
            phase,
            visitor,
            agent,
            agent_id: saved.agent_id,
            declined: BTreeSet::new(),
        });
    }

    /// `lost`: since when the side that did not come back was gone.
    fn end(&mut self, now: i64, id: &str, reason: Reason, lost: Option<i64>, effects: &mut Vec<Effect<T>>) {
        let Some(call) = self.remove(id) else { return };
        effects.push(Effect::Ended(over(&call, now, reason, lost)));
        self.ring_the_freed(now, call.agent_id, effects);
    }

    /// An agent who was in a call can answer those that ring now.
    fn ring_the_freed(&self, now: i64, agent: Option<i64>, effects: &mut Vec<Effect<T>>) {
        let Some(agent) = agent else { return };
        let waits = |call: &&Call<T>| {
            call.caller == Side::Visitor
                && matches!(call.phase, Phase::Ringing { .. })
                && !call.declined.contains(&agent)
        };
        for call in self.by_id.values().filter(waits).take(RINGS_AT_ONCE) {
            effects.push(Effect::RingAgents(call.ring(now), vec![agent]));
        }
    }

    fn remove(&mut self, id: &str) -> Option<Call<T>> {
        let call = self.by_id.remove(id)?;
        self.by_room.remove(&call.room);
        for tab in [call.visitor, call.agent].into_iter().flatten().filter_map(Seat::tab) {
            self.seats.remove(&tab);
        }
        if let Some(agent_id) = call.agent_id {
            self.agents.remove(&agent_id);
        }
        Some(call)
    }
}

fn over<T: Copy + Eq>(call: &Call<T>, now: i64, reason: Reason, lost: Option<i64>) -> Ended {
    let duration_ms = match call.phase {
        // What was lost was no talk any more.
        Phase::Connected { at } => (lost.unwrap_or(now) - at).max(0),
        _ => 0,
    };
    Ended {
        id: call.id.clone(),
        session_id: call.session_id,
        room: call.room.clone(),
        caller: call.caller,
        agent_id: call.agent_id,
        answered: call.is_answered(),
        reason,
        duration_ms,
    }
}
