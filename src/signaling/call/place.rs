//! What a connection is in `/call`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::signaling::allowance::Allowance;
use crate::signaling::engine::{Turn, Who};

/// A connection's place in `/call`.
#[derive(Debug, Default)]
pub struct Place(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    /// Counts entries and leavings, so that whoever looks the connection up sees that it has left meanwhile.
    turn: Turn,
    /// How much the other side of a call may have it sent.
    allowance: Allowance,
}

#[derive(Debug, Default)]
enum Phase {
    /// Has not asked, was refused, or left.
    #[default]
    Outside,
    /// Is being looked up.
    Connecting,
    /// Is in.
    Inside(Arc<Who>),
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has it neither asked nor been let in?
    pub fn is_outside(&self) -> bool {
        matches!(self.lock().phase, Phase::Outside)
    }

    /// What it is signed in as, when it is in.
    pub fn who(&self) -> Option<Arc<Who>> {
        match &self.lock().phase {
            Phase::Inside(who) => Some(who.clone()),
            Phase::Outside | Phase::Connecting => None,
        }
    }

    /// It asks to be let in; `None` when it has asked before.
    pub fn begin(&self) -> Option<Turn> {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Outside) {
            return None;
        }
        state.turn = state.turn.next();
        state.phase = Phase::Connecting;
        Some(state.turn)
    }

    /// It is in; `false` when it has left meanwhile.
    pub fn enter(&self, turn: Turn, who: Arc<Who>) -> bool {
        let mut state = self.lock();
        let current = state.turn == turn && matches!(state.phase, Phase::Connecting);
        if current {
            state.phase = Phase::Inside(who);
        }
        current
    }

    /// It is refused; `false` when it has left meanwhile.
    pub fn refuse(&self, turn: Turn) -> bool {
        let mut state = self.lock();
        let current = state.turn == turn;
        if current {
            state.phase = Phase::Outside;
        }
        current
    }

    /// May it be sent this much of the other side's? `Err` says in how many milliseconds.
    pub fn may_be_sent(&self, bytes: usize) -> Result<(), u64> {
        self.lock().allowance.take(bytes, Instant::now())
    }

    /// It leaves; who it was, when it was in.
    pub fn leave(&self) -> Option<Arc<Who>> {
        let mut state = self.lock();
        state.turn = state.turn.next();
        match std::mem::take(&mut state.phase) {
            Phase::Inside(who) => Some(who),
            Phase::Outside | Phase::Connecting => None,
        }
    }
}
