//! How often strangers are answered with a challenge (401, 438), by address. The table has a fixed size: whoever comes,
//! however many, the memory stays the same.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;

use crate::limits::Key;

/// 128 KB in all. Two addresses that meet in one place share its allowance; nobody can tell which do.
const PLACES: usize = 16_384;
/// An office behind one address begins a call each: two challenges a person.
const BURST: u64 = 64;
/// Then one more after each of these.
const EVERY_MS: u64 = 100;

/// Counts challenges.
pub struct Challenges {
    /// For each place the time its next one would be expected (GCRA's theoretical arrival time).
    arrivals: Vec<u64>,
    hasher: RandomState,
}

impl Default for Challenges {
    fn default() -> Self {
        Self {
            arrivals: vec![0; PLACES],
            hasher: RandomState::new(),
        }
    }
}

impl Challenges {
    /// Counts one. `false`: this address, or the /64 of an IPv6 one, has had its share.
    pub fn take(&mut self, address: IpAddr, now_ms: u64) -> bool {
        let place = self.hasher.hash_one(Key::address(address)) as usize % PLACES;
        let Some(arrival) = self.arrivals.get_mut(place) else {
            return false;
        };
        let next = (*arrival).max(now_ms) + EVERY_MS;
        if next > now_ms + BURST * EVERY_MS {
            return false;
        }
        *arrival = next;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_ten_a_second() {
        let mut challenges = Challenges::default();
        let mut take = |address: &str, now| challenges.take(address.parse().unwrap(), now);
        let passed = (0..1000).filter(|_| take("192.0.2.1", 5000)).count();
        assert_eq!(passed, BURST as usize);
        assert!(take("192.0.2.1", 5100) && !take("192.0.2.1", 5100));
        for host in 0..BURST {
            assert!(take(&format!("2001:db8::{host:x}"), 5000));
        }
        assert!(!take("2001:db8::ffff:1", 5000), "a household is one");
        assert!(take("2001:db8:0:1::1", 5000));
    }

    #[test]
    fn a_crowd_takes_no_more_memory() {
        let mut challenges = Challenges::default();
        for n in 0..200_000_u32 {
            challenges.take(IpAddr::from(n.to_be_bytes()), 0);
        }
        assert_eq!(
            (challenges.arrivals.len(), challenges.arrivals.capacity()),
            (PLACES, PLACES)
        );
    }
}
