//! How long to wait after a failure.

use crate::auth::token::random_bytes;

/// After the first failure, ms.
const FIRST_MS: i64 = 1_000;

/// Counts failures in a row.
#[derive(Debug)]
pub struct Backoff {
    longest: i64,
    failures: u32,
    until: i64,
    /// What was chosen: a clock that is set back does not make it longer.
    whole: i64,
    is_told: bool,
}

impl Backoff {
    /// No wait that is chosen here is longer than this, ms.
    pub fn up_to(longest: i64) -> Backoff {
        Backoff {
            longest,
            failures: 0,
            until: 0,
            whole: 0,
            is_told: false,
        }
    }

    /// It worked.
    pub fn reset(&mut self) {
        *self = Backoff::up_to(self.longest);
    }

    /// It may work again: nothing is waited for but what somebody has asked for.
    pub fn try_again(&mut self) {
        if !self.is_told {
            self.reset();
        }
    }

    /// It failed at this time (ms): the wait doubles, with jitter, so that many who failed together do not come together.
    pub fn failed(&mut self, now: i64) {
        let whole = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.is_told = false;
        self.failures = self.failures.saturating_add(1);
        self.whole = whole / 2 + random_below(whole / 2 + 1);
        self.until = now + self.whole;
    }

    /// Somebody said how long to wait: not a moment less.
    pub fn told(&mut self, now: i64, wait_ms: i64) {
        self.is_told = true;
        self.whole = wait_ms + random_below(wait_ms / 20 + 50);
        self.until = now + self.whole;
    }

    /// How long still, ms; 0: not at all.
    pub fn left(&self, now: i64) -> i64 {
        (self.until - now).clamp(0, self.whole)
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

fn random_below(limit: i64) -> i64 {
    let random = u32::from_le_bytes(random_bytes::<4>());
    i64::from(random) % limit.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_a_minute_and_is_never_less_than_half() {
        let mut backoff = Backoff::up_to(60_000);
        for whole in [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] {
            backoff.failed(5);
            assert!(
                (whole / 2..=whole).contains(&backoff.left(5)),
                "{whole}: {}",
                backoff.left(5)
            );
        }
        assert_eq!(backoff.failures(), 8);
        backoff.told(5, 30_000);
        assert!((30_000..32_000).contains(&backoff.left(5)));
        assert!(backoff.left(-100_000) < 32_000, "a clock that is set back");
        backoff.try_again();
        assert!(backoff.left(5) >= 30_000, "what was asked for is kept");
        assert_eq!(backoff.left(100_000), 0);
        backoff.reset();
        assert_eq!(backoff.left(0), 0);
    }
}
