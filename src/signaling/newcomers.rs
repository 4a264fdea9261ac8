//! Connections that have not asked to be let in yet: those that never do only hold memory, and are closed.
//!
//! One task looks at all of them, a few bytes each; a task for each would cost more than the wait is worth.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use engineioxide::DisconnectReason;

use super::Signaling;
use super::engine::EngineSocket;

/// Longer than a slow phone needs for its second request.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often they are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Newcomers, oldest first.
#[derive(Default)]
pub struct Newcomers(Mutex<VecDeque<(Instant, Weak<EngineSocket>)>>);

impl Newcomers {
    /// One more. Who comes and goes is here once, and counts from the first time.
    pub fn add(&self, socket: &Arc<EngineSocket>) {
        if socket.data.is_watched.swap(true, Ordering::Relaxed) {
            return;
        }
        let newcomer = (Instant::now(), Arc::downgrade(socket));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(newcomer);
    }

    /// Those whose time is up.
    fn due(&self) -> Vec<Arc<EngineSocket>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        while waiting.front().is_some_and(|(came, _)| came.elapsed() >= PATIENCE) {
            due.extend(waiting.pop_front().and_then(|(_, socket)| socket.upgrade()));
        }
        if waiting.is_empty() {
            waiting.shrink_to_fit();
        }
        due
    }
}

/// Closes those who never ask, as long as the runtime lives.
pub(super) fn keep_looking(signaling: &Arc<Signaling>) {
    let signaling = signaling.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            for socket in signaling.newcomers.due() {
                socket.data.is_watched.store(false, Ordering::Relaxed);
                if socket.data.is_outside() {
                    socket.close(DisconnectReason::TransportClose);
                }
            }
        }
    });
}
