//! What a limit remembers of its keys: at most so many, and when more come, not those it has not heard of for longest.
//!
//! Two halves: what is used is in the recent one. When that is full it becomes the older one, and what was in there is
//! forgotten: those start anew, which harms nobody. No key ever waits for another's count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;

use super::Key;

/// Keys a limit remembers; about 50 bytes each, so one under attack holds half a megabyte.
pub(super) const KEYS_MAX: usize = 10_000;

/// The memory of one limiter; clones share it.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Halves>>);

/// For each key the time its next one would be expected (GCRA's theoretical arrival time).
#[derive(Default)]
struct Halves {
    recent: HashMap<Key, Nanos>,
    older: HashMap<Key, Nanos>,
}

impl Halves {
    fn remember(&mut self, key: &Key, arrival: Nanos) {
        if self.recent.len() >= KEYS_MAX / 2 {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key.clone(), arrival);
    }

    fn both(&mut self) -> [&mut HashMap<Key, Nanos>; 2] {
        [&mut self.recent, &mut self.older]
    }
}

impl Memory {
    /// Has this key a count?
    pub(super) fn knows(&self, key: &Key) -> bool {
        let halves = self.halves();
        halves.recent.contains_key(key) || halves.older.contains_key(key)
    }

    fn halves(&self) -> MutexGuard<'_, Halves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for Memory {
    type Key = Key;

    fn measure_and_replace<T, F, E>(&self, key: &Key, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut halves = self.halves();
        if let Some(arrival) = halves.recent.get_mut(key) {
            let (outcome, next) = decide(Some(*arrival))?;
            *arrival = next;
            return Ok(outcome);
        }
        let known = halves.older.remove(key);
        let decided = decide(known);
        // One that is refused is heard of, too: who goes on trying is not forgotten.
        let arrival = decided.as_ref().map_or(known, |(_, next)| Some(*next));
        if let Some(arrival) = arrival {
            halves.remember(key, arrival);
        }
        decided.map(|(outcome, _)| outcome)
    }
}

impl ShrinkableKeyedStateStore<Key> for Memory {
    fn retain_recent(&self, drop_below: Nanos) {
        for half in self.halves().both() {
            half.retain(|_, arrival| *arrival > drop_below);
        }
    }

    fn shrink_to_fit(&self) {
        for half in self.halves().both() {
            half.shrink_to_fit();
        }
    }

    fn len(&self) -> usize {
        self.halves().both().map(|half| half.len()).iter().sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
