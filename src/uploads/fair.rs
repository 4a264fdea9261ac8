//! Fair turns at something that is done one at a time: each caller has a line of its own and stands with one of it in the
//! common line, so whoever brings a hundred waits for a hundred, and everybody else for one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{Mutex as Line, OwnedMutexGuard};

use crate::limits::Key;

/// The callers' lines; only of those who stand in one.
#[derive(Default)]
pub struct Fair {
    lines: Mutex<HashMap<Key, Weak<Line<()>>>>,
}

impl Fair {
    /// Waits until nobody of this caller's own stands before it. The turn ends when the guard is dropped.
    pub async fn turn(&self, caller: Key) -> OwnedMutexGuard<()> {
        let line = self.line(caller);
        line.lock_owned().await
    }

    fn line(&self, caller: Key) -> Arc<Line<()>> {
        let mut lines = self.lines();
        lines.retain(|_, line| line.strong_count() > 0);
        if let Some(line) = lines.get(&caller).and_then(Weak::upgrade) {
            return line;
        }
        let line = Arc::default();
        lines.insert(caller, Arc::downgrade(&line));
        line
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Key, Weak<Line<()>>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_of_each_caller_at_a_time_and_nobody_is_remembered() {
        let fair = Fair::default();
        let key = |n| Key::Session(n);
        let first = fair.turn(key(1)).await;
        let other = fair.turn(key(2)).await;
        let waits = tokio::time::timeout(Duration::from_secs(1), fair.turn(key(1))).await;
        assert!(waits.is_err(), "the second of a caller has a turn beside the first");
        drop(first);
        let second = fair.turn(key(1)).await;
        drop((second, other));
        let _last = fair.turn(key(3)).await;
        assert_eq!(fair.lines().len(), 1);
    }
}
