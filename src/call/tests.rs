//! The rules, told as stories and driven at random.

mod random;
mod stories;

use std::sync::Arc;

use super::{Caller, Calls, Dialed, Effect, Ended, Media, NewCall, Person, Refused};

/// A small world: rooms 1, 2, 3 and agents 1, 2, 3.
struct World {
    calls: Calls<u32>,
    now: i64,
    done: Vec<Effect<u32>>,
    ids: u32,
}

fn visitor(room: i64, tab: u32) -> Caller<u32> {
    Caller {
        person: Person::Visitor { session_id: room },
        tab,
    }
}

fn agent(id: i64, tab: u32) -> Caller<u32> {
    Caller {
        person: Person::Agent {
            id,
            name: format!("agent {id}").into(),
        },
        tab,
    }
}

impl World {
    fn new() -> World {
        World {
            calls: Calls::default(),
            now: 1_000_000,
            done: Vec::new(),
            ids: 0,
        }
    }

    /// Dials and, when it is a new call, lets it ring at these agents.
    fn call(&mut self, room: i64, caller: Caller<u32>, online: &[i64]) -> Result<Arc<str>, Refused> {
        self.ids += 1;
        let id: Arc<str> = format!("call {}", self.ids).into();
        let new = NewCall {
            id: id.clone(),
            session_id: room,
            room: format!("room {room}").into(),
            caller,
            media: Media::Audio,
        };
        match self.calls.dial(self.now, new, &mut self.done)? {
            Dialed::New => {
                self.calls.ring(self.now, &id, "Ali".into(), online, &mut self.done);
                Ok(id)
            }
            Dialed::Joined { id, .. } => Ok(id),
        }
    }

    fn accept(&mut self, id: &str, by: &Caller<u32>) -> Result<Media, Refused> {
        self.calls.accept(self.now, id, by, &mut self.done)
    }

    fn hang_up(&mut self, id: &str, tab: u32, failed: bool) -> Result<(), Refused> {
        self.calls.hang_up(self.now, id, tab, failed, &mut self.done)
    }

    fn connected(&mut self, id: &str, tab: u32) -> Result<(), Refused> {
        self.calls.connected(self.now, id, tab, &mut self.done)
    }

    fn pass(&mut self, ms: i64) {
        self.now += ms;
        self.calls.expire(self.now, &mut self.done);
    }

    fn ended(&self) -> Vec<&Ended> {
        self.done
            .iter()
            .filter_map(|effect| match effect {
                Effect::Ended(ended) => Some(ended),
                _ => None,
            })
            .collect()
    }

    fn rang_at(&self) -> Vec<Vec<i64>> {
        self.done
            .iter()
            .filter_map(|effect| match effect {
                Effect::RingAgents(_, agents) => Some(agents.clone()),
                _ => None,
            })
            .collect()
    }
}
