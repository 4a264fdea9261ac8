//! The rules' state and who is connected to `/call`, behind one lock: effects are sent in the order in which they happen.
//!
//! Sending never waits ([`rooms::send_and_drop_later`]). A connection that does not take a packet is dropped by a task of its own:
//! dropping it takes this lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use engineioxide::Str;
use engineioxide::sid::Sid;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use super::events::{AcceptedOut, DeclinedOut, EndedOut, PeerOut, RingOut, SignalOut};
use super::record::Record;
use crate::call::signal::Signal;
use crate::call::{Caller, Calls, Effect, Ended, Person, Reason, Refused, Ring, Saved};
use crate::chat::Refusal;
use crate::clock::now_ms;
use crate::signaling::engine::{EngineSocket, Turn, Who};
use crate::signaling::packet::{self, CALL};
use crate::signaling::rooms;

/// How often time-outs are looked at while there are calls.
const TICK: Duration = Duration::from_millis(250);

/// A stopping server waits so long for the disk.
const FLUSH_PATIENCE: Duration = Duration::from_secs(2);

/// How often running calls are marked as still there.
const STILL_THERE_EVERY: Duration = Duration::from_secs(15);

/// Who is connected, and what rings and talks.
pub struct Desk {
    state: Mutex<State>,
    /// Rings when there is a call and there was none.
    begun: Notify,
    records: UnboundedSender<Record>,
    /// Time that never goes back, nor forward by more than it does: calls are not ended by a clock that is set.
    started: (Instant, i64),
}

#[derive(Default)]
struct State {
    calls: Calls<Sid>,
    sockets: HashMap<Sid, Arc<EngineSocket>>,
    visitors: HashMap<i64, Vec<Sid>>,
    agents: Vec<AgentTab>,
    /// What clients want from now on is refused: it would not be on disk.
    is_stopping: bool,
}

struct AgentTab {
    agent_id: i64,
    login_id: i64,
    sid: Sid,
}

/// What somebody is in the rules.
pub fn person(who: &Who) -> Person {
    match who {
        Who::Visitor(visitor) => Person::Visitor {
            session_id: visitor.session_id,
        },
        Who::Agent(agent) => Person::Agent {
            id: agent.agent_id,
            name: agent.name.as_str().into(),
        },
    }
}

/// What somebody at a connection is in the rules.
pub fn caller(who: &Who, socket: &EngineSocket) -> Caller<Sid> {
    Caller {
        person: person(who),
        tab: socket.id,
    }
}

impl Desk {
    /// Nobody is there. What is to be written down goes to `records`.
    pub fn new(records: UnboundedSender<Record>) -> Desk {
        Desk {
            state: Mutex::default(),
            begun: Notify::new(),
            records,
            started: (Instant::now(), now_ms()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The rules finish what they begin; a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        let (instant, unix_ms) = self.started;
        unix_ms + instant.elapsed().as_millis() as i64
    }

    /// Does something to the calls, and what follows from it. `online` are the agents who are connected.
    pub fn act<R>(&self, act: impl FnOnce(&mut Calls<Sid>, i64, &[i64], &mut Vec<Effect<Sid>>) -> R) -> R {
        self.act_in(|state, now, online, effects| act(&mut state.calls, now, online, effects))
    }

    fn act_in<R>(&self, act: impl FnOnce(&mut State, i64, &[i64], &mut Vec<Effect<Sid>>) -> R) -> R {
        let mut state = self.lock();
        let had_none = state.calls.is_empty();
        let mut effects = Vec::new();
        let online = state.online();
        let result = act(&mut state, self.now(), &online, &mut effects);
        for effect in effects {
            self.perform(&state, effect);
        }
        if had_none && !state.calls.is_empty() {
            self.begun.notify_one();
        }
        result
    }

    /// The same for what a client wants, unless it has left meanwhile: at its connection nobody would sit.
    pub fn act_at<R>(
        &self,
        tab: Sid,
        act: impl FnOnce(&mut Calls<Sid>, i64, &[i64], &mut Vec<Effect<Sid>>) -> Result<R, Refused>,
    ) -> Result<R, Refused> {
        self.act_in(|state, now, online, effects| match state.sockets.contains_key(&tab) {
            _ if state.is_stopping => Err(Refused::Full),
            true => act(&mut state.calls, now, online, effects),
            false => Err(Refused::NoCall),
        })
    }

    fn perform(&self, state: &State, effect: Effect<Sid>) {
        match effect {
            Effect::RingAgents(ring, ids) => {
                let packet = ring_packet(&ring);
                state.to_agents(&packet, |agent| ids.contains(&agent.agent_id));
            }
            Effect::RingVisitor(ring) => state.to_visitors(ring.session_id, &ring_packet(&ring), None),
            Effect::Accepted {
                id,
                session_id,
                by,
                except,
            } => {
                let accepted = AcceptedOut {
                    call_id: &id,
                    by: by.as_deref(),
                };
                let packet = packet::call_event("accepted", &accepted);
                state.to_visitors(session_id, &packet, Some(except));
                state.to_agents(&packet, |agent| agent.sid != except);
            }
            Effect::Declined { id, agent_id, except } => {
                let packet = packet::call_event("declined", &DeclinedOut { call_id: &id });
                state.to_agents(&packet, |agent| agent.agent_id == agent_id && agent.sid != except);
            }
            Effect::Peer { id, to, online } => {
                state.to(to, packet::call_event("peer", &PeerOut { call_id: &id, online }));
            }
            Effect::Displaced { id, room, to } => {
                let ended = EndedOut {
                    call_id: &id,
                    room: &room,
                    reason: Reason::Lost,
                    duration_ms: 0,
                };
                state.to(to, packet::call_event("ended", &ended));
            }
            Effect::Ended(ended) => {
                state.announce_end(&ended);
                self.write(Record::Ended(ended, now_ms()));
            }
            Effect::Erased(ended) => state.announce_end(&ended),
            Effect::Store(change) => self.write(Record::Changed(change, now_ms())),
        }
    }

    fn write(&self, record: Record) {
        // Refused only when the server has stopped.
        let _ = self.records.send(record);
    }

    /// Lets a connection in, and tells it what rings for it; nothing when it has left meanwhile.
    pub fn join(&self, socket: &Arc<EngineSocket>, turn: Turn, who: Arc<Who>) {
        let mut state = self.lock();
        if !socket.data.call.enter(turn, who.clone()) {
            return;
        }
        state.sockets.insert(socket.id, socket.clone());
        match &*who {
            Who::Visitor(visitor) => state.visitors.entry(visitor.session_id).or_default().push(socket.id),
            Who::Agent(agent) => state.agents.push(AgentTab {
                agent_id: agent.agent_id,
                login_id: agent.login_id,
                sid: socket.id,
            }),
        }
        rooms::send_and_drop_later(socket, packet::connected(CALL, &socket.id.to_string()));
        for ring in state.calls.ringing_for(self.now(), &person(&who)) {
            rooms::send_and_drop_later(socket, ring_packet(&ring));
        }
    }

    /// A connection is gone.
    pub fn left(&self, socket: &EngineSocket, who: &Who) {
        self.act_in(|state, now, _, effects| {
            state.sockets.remove(&socket.id);
            match who {
                Who::Visitor(visitor) => state.forget_visitor(visitor.session_id, socket.id),
                Who::Agent(_) => state.agents.retain(|agent| agent.sid != socket.id),
            }
            state.calls.gone(now, socket.id, effects);
        });
    }

    /// Hands a signal to the other side of a call.
    pub fn signal(&self, call_id: &str, from: &EngineSocket, signal: &Signal<'_>) -> Result<(), Refusal> {
        let state = self.lock();
        let other = state.calls.other(call_id, from.id)?;
        let socket = state.sockets.get(&other).ok_or(Refused::PeerGone)?;
        let packet = packet::call_event("signal", &SignalOut { call_id, signal });
        // What a browser that does not read has waiting is bounded in bytes, too.
        socket
            .data
            .call
            .may_be_sent(packet.len())
            .map_err(|retry_after_ms| Refusal::RateLimited { retry_after_ms })?;
        rooms::send_and_drop_later(socket, packet);
        Ok(())
    }

    /// Does this room's call go on? A look-up, for the relay.
    pub fn lives(&self, room: &str) -> bool {
        self.lock().calls.lives(room)
    }

    /// How many calls there are, those that ring included.
    pub fn running(&self) -> usize {
        self.lock().calls.len()
    }

    /// Is a tab of this thread's visitor connected?
    pub fn is_online(&self, session_id: i64) -> bool {
        self.lock().visitors.contains_key(&session_id)
    }

    /// How many tabs of this thread's visitor are connected?
    pub fn sockets_of(&self, session_id: i64) -> usize {
        self.lock().visitors.get(&session_id).map_or(0, Vec::len)
    }

    /// The logins that have a live connection.
    pub fn live_logins(&self) -> Vec<i64> {
        self.lock().agents.iter().map(|agent| agent.login_id).collect()
    }

    /// Goes on with the calls of an earlier run.
    pub fn restore(&self, saved: Vec<Saved>) {
        self.act(|calls, now, _, effects| {
            saved.into_iter().for_each(|saved| calls.restore(now, saved, effects));
        });
    }

    /// The visitor of this room was blocked.
    pub fn cut(&self, room: &str) {
        self.act(|calls, now, _, effects| calls.cut(now, room, effects));
    }

    /// This thread was erased: its call ends, and its visitor's connections do.
    pub fn erase(&self, session_id: i64, room: &str) {
        self.act(|calls, now, _, effects| calls.erase(now, room, effects));
        self.end_visitors(session_id);
    }

    /// Ends the connections of a thread's visitor: its token no longer holds.
    pub fn end_visitors(&self, session_id: i64) {
        let sockets = {
            let state = self.lock();
            let sids = state.visitors.get(&session_id).map_or(&[][..], Vec::as_slice);
            state.sockets_of(sids.iter().copied())
        };
        sockets.iter().for_each(rooms::end);
    }

    /// Ends the connections of agents whose login `ended`.
    pub fn end_agents(&self, ended: impl Fn(i64) -> bool) {
        let sockets = {
            let state = self.lock();
            let agents = state.agents.iter().filter(|agent| ended(agent.login_id));
            state.sockets_of(agents.map(|agent| agent.sid))
        };
        sockets.iter().for_each(rooms::end);
    }

    /// Every connection.
    pub fn sockets(&self) -> Vec<Arc<EngineSocket>> {
        self.lock().sockets.values().cloned().collect()
    }

    /// The server stops. Done when everything that has happened is on disk, or it takes too long.
    pub async fn stop(&self) {
        self.lock().is_stopping = true;
        let (done, written) = oneshot::channel();
        self.write(Record::StillThere);
        self.write(Record::Flush(done));
        if timeout(FLUSH_PATIENCE, written).await.is_err() {
            tracing::warn!("what happened to calls in the last moments is not on disk");
        }
    }

    /// Ends what has waited long enough, for ever.
    pub async fn keep_time(&self) {
        let mut seen = Instant::now();
        loop {
            if self.running() == 0 {
                self.begun.notified().await;
            }
            tokio::time::sleep(TICK).await;
            self.act(|calls, now, _, effects| calls.expire(now, effects));
            if seen.elapsed() >= STILL_THERE_EVERY {
                seen = Instant::now();
                self.write(Record::StillThere);
            }
        }
    }
}

impl State {
    /// Row ids of the agents who are connected, each once.
    fn online(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.agents.iter().map(|agent| agent.agent_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn sockets_of(&self, sids: impl Iterator<Item = Sid>) -> Vec<Arc<EngineSocket>> {
        sids.filter_map(|sid| self.sockets.get(&sid).cloned()).collect()
    }

    fn forget_visitor(&mut self, session_id: i64, sid: Sid) {
        if let Some(sids) = self.visitors.get_mut(&session_id) {
            sids.retain(|other| *other != sid);
            if sids.is_empty() {
                self.visitors.remove(&session_id);
            }
        }
    }

    fn to(&self, sid: Sid, packet: Str) {
        if let Some(socket) = self.sockets.get(&sid) {
            rooms::send_and_drop_later(socket, packet);
        }
    }

    fn to_visitors(&self, session_id: i64, packet: &Str, except: Option<Sid>) {
        for sid in self.visitors.get(&session_id).into_iter().flatten() {
            if Some(*sid) != except {
                self.to(*sid, packet.clone());
            }
        }
    }

    fn to_agents(&self, packet: &Str, which: impl Fn(&AgentTab) -> bool) {
        for agent in self.agents.iter().filter(|agent| which(agent)) {
            self.to(agent.sid, packet.clone());
        }
    }

    fn announce_end(&self, ended: &Ended) {
        let out = EndedOut {
            call_id: &ended.id,
            room: &ended.room,
            reason: ended.reason,
            duration_ms: ended.duration_ms,
        };
        let packet = packet::call_event("ended", &out);
        self.to_visitors(ended.session_id, &packet, None);
        self.to_agents(&packet, |_| true);
    }
}

fn ring_packet(ring: &Ring) -> Str {
    packet::call_event(
        "ring",
        &RingOut {
            call_id: &ring.id,
            room: &ring.room,
            from: &ring.from,
            caller: ring.caller,
            media: ring.media,
            ends_in_ms: ring.ends_in_ms,
        },
    )
}
