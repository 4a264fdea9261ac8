//! How much a connection may ask to be sent.
//!
//! Pages of history wait in the connection's queue until the client reads them, and the queue counts packets, not bytes.
//! A client that asks and does not read would hold megabytes for as long as it answers nothing, which is until its
//! heartbeat is missed; so asking is rationed by the bytes of the answers, faster than anybody scrolls.

use std::time::Instant;

/// What a connection may be sent at once: some ten pages of the longest texts, a hundred ordinary ones.
const BURST_BYTES: f64 = 768.0 * 1024.0;

/// What it earns with time.
const BYTES_A_SECOND: f64 = 64.0 * 1024.0;

/// A leaky bucket of bytes.
#[derive(Debug, Default)]
pub struct Allowance(Option<(Instant, f64)>);

impl Allowance {
    /// Takes `bytes` at `now`; `Err` says in how many milliseconds they may be taken.
    pub fn take(&mut self, bytes: usize, now: Instant) -> Result<(), u64> {
        let (since, spent) = self.0.unwrap_or((now, 0.0));
        let owed = (spent - now.duration_since(since).as_secs_f64() * BYTES_A_SECOND).max(0.0);
        let total = owed + bytes as f64;
        // A first page is never too large, whatever its size.
        if owed > 0.0 && total > BURST_BYTES {
            return Err(((total - BURST_BYTES).min(owed) / BYTES_A_SECOND * 1000.0).ceil() as u64);
        }
        self.0 = Some((now, total));
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_refused_is_allowed_when_it_said() {
        let (mut allowance, mut now) = (Allowance::default(), Instant::now());
        let page = 64 * 1024;
        let taken = (0..100).take_while(|_| allowance.take(page, now).is_ok()).count();
        assert_eq!(taken, 12, "768 KiB at once");
        let wait = allowance.take(page, now).unwrap_err();
        assert!((900..=1000).contains(&wait), "{wait}");
        now += Duration::from_millis(wait);
        assert_eq!(allowance.take(page, now), Ok(()));
        assert!(allowance.take(page, now).is_err());
    }

    #[test]
    fn a_page_larger_than_everything_comes_through_once_nothing_is_owed() {
        let (mut allowance, mut now) = (Allowance::default(), Instant::now());
        assert_eq!(allowance.take(10_000_000, now), Ok(()));
        let wait = allowance.take(10_000_000, now).unwrap_err();
        now += Duration::from_millis(wait);
        assert_eq!(allowance.take(10_000_000, now), Ok(()));
    }
}
