//! What time it is, as the database and the wire have it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// The process has one.
static CLOCK: Clock = Clock::new();

struct Clock {
    /// How far tests have put it forward, ms; 0 wherever people chat.
    ahead_ms: AtomicI64,
    /// Told of it, so that nobody sleeps through the time that is skipped.
    jumps: LazyLock<watch::Sender<()>>,
}

impl Clock {
    const fn new() -> Clock {
        Clock {
            ahead_ms: AtomicI64::new(0),
            jumps: LazyLock::new(|| watch::Sender::new(())),
        }
    }

    fn now_ms(&self) -> i64 {
        let real = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as i64);
        real + self.ahead_ms.load(Ordering::Relaxed)
    }

    fn advance(&self, ms: u32) {
        self.ahead_ms.fetch_add(i64::from(ms), Ordering::Relaxed);
        self.jumps.send_replace(());
    }
}

/// Milliseconds since 1970, UTC.
pub fn now_ms() -> i64 {
    CLOCK.now_ms()
}

/// Puts the clock forward for the rest of the process; a tool of tests. What counts on `Instant` does not notice.
pub fn advance(ms: u32) {
    CLOCK.advance(ms);
}

/// Changes with each [`advance`]: whoever waits for a time waits for this, too.
pub fn jumps() -> watch::Receiver<()> {
    CLOCK.jumps.subscribe()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_hour_is_skipped_and_told() {
        const HOUR_MS: u32 = 3_600_000;
        let clock = Clock::new();
        let (mut told, before) = (clock.jumps.subscribe(), clock.now_ms());
        assert!(!told.has_changed().unwrap_or(true));
        clock.advance(HOUR_MS);
        let skipped = clock.now_ms() - before;
        assert!((0..60_000).contains(&(skipped - i64::from(HOUR_MS))), "{skipped}");
        assert!(told.changed().await.is_ok());
    }
}
