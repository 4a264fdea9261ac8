//! How many uploads are on their way: of one sender, from one address, and in all.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::limits::Key;

/// Of one visitor or agent (PROTOCOL).
const OF_SENDER: usize = 8;

/// From one address: two people of a household at their limit.
const OF_ADDRESS: usize = 16;

/// In all: each holds about 200 KB while it comes.
const IN_ALL: usize = 96;

/// Uploads on their way.
#[derive(Default)]
pub struct Turns {
    /// By sender and by address; only those that have one.
    counts: Mutex<HashMap<Key, usize>>,
}

/// Why there is no turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTurn {
    /// This sender, or this address, has its share.
    TooMany,
    /// Everybody together has.
    Busy,
}

/// Leave for one upload, until it is dropped.
pub struct Turn<'a> {
    turns: &'a Turns,
    sender: Key,
    address: Key,
}

impl Turns {
    /// Takes a turn, or says why there is none.
    pub fn take(&self, sender: Key, address: Key) -> Result<Turn<'_>, NoTurn> {
        let mut counts = self.counts();
        // Every upload counts twice, as its sender's and its address's.
        if counts.values().sum::<usize>() >= 2 * IN_ALL {
            return Err(NoTurn::Busy);
        }
        let has = |key, most| counts.get(key).is_some_and(|count| *count >= most);
        if has(&sender, OF_SENDER) || has(&address, OF_ADDRESS) {
            return Err(NoTurn::TooMany);
        }
        for key in [&sender, &address] {
            *counts.entry(key.clone()).or_default() += 1;
        }
        drop(counts);
        Ok(Turn {
            turns: self,
            sender,
            address,
        })
    }

    /// How many are on their way.
    pub fn running(&self) -> usize {
        self.counts().values().sum::<usize>() / 2
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Key, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut counts = self.turns.counts();
        for key in [&self.sender, &self.address] {
            if let Some(count) = counts.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn address(n: u8) -> Key {
        Key::address([192, 0, 2, n].into())
    }

    #[test]
    fn a_sender_an_address_and_everybody_have_their_share_and_get_it_back() {
        let turns = Turns::default();
        let of_one: Vec<_> = (0..OF_SENDER)
            .map(|_| turns.take(Key::Session(1), address(1)).unwrap())
            .collect();
        assert_eq!(turns.take(Key::Session(1), address(2)).err(), Some(NoTurn::TooMany));
        let _neighbour: Vec<_> = (0..OF_ADDRESS - OF_SENDER)
            .map(|_| turns.take(Key::Session(2), address(1)).unwrap())
            .collect();
        assert_eq!(turns.take(Key::Session(3), address(1)).err(), Some(NoTurn::TooMany));
        let mut others = Vec::new();
        for n in 10.. {
            match turns.take(Key::Session(n), address(n as u8)) {
                Ok(turn) => others.push(turn),
                Err(reason) => {
                    assert_eq!(reason, NoTurn::Busy);
                    break;
                }
            }
        }
        assert_eq!(turns.running(), IN_ALL);
        drop(of_one);
        assert!(turns.take(Key::Session(1), address(1)).is_ok());
        drop(others);
        assert_eq!(turns.counts().len(), 2, "those that have none are forgotten");
    }
}
