//! All allocations. Looking one up takes the same time however many there are.
//!
//! The port of a relayed address is no port of the machine: it names a place in the table, in an order that differs from
//! start to start.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::allocation::Allocation;
use super::client::Client;
use crate::limits::Key;

/// The dynamic ports, as RFC 8656 §7.2 wants them: browsers take no candidate below 1024.
const PORTS_BEGIN: u16 = 49_152;
const PORTS: u16 = 16_384;
/// A port is not given again this soon (RFC 8656 §8 names two minutes): late packets would reach the wrong one.
const PORT_REST_MS: u64 = 120_000;

/// How many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// For one room: two sides, and each once more while it changes networks.
    pub of_room: u32,
    /// From one address, or the /64 of an IPv6 one: an office calls from one.
    pub of_address: u32,
    /// In all. Each takes about 500 bytes.
    pub in_all: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            // A browser with two networks allocates on both, over UDP and TCP.
            of_room: 16,
            of_address: 64,
            in_all: 4096,
        }
    }
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// The room, or the address, has its share (486).
    Quota,
    /// Everybody together has (508).
    Capacity,
}

/// A place, which is a port of a relayed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u16);

/// The allocations.
pub struct Table {
    quotas: Quotas,
    /// Odd, so that `place * factor + shift` meets every port once.
    factor: u16,
    shift: u16,
    places: Vec<Option<Box<Allocation>>>,
    /// Free again, in order of time, with the time.
    rested: VecDeque<(Place, u64)>,
    by_client: HashMap<Client, Place>,
    /// By when they end.
    ends: BTreeSet<(u64, Place)>,
    of_room: HashMap<Arc<str>, u32>,
    of_address: HashMap<Key, u32>,
    of_ip: HashMap<IpAddr, u32>,
}

impl Table {
    /// An empty one; `random` decides about the order of ports.
    #[must_use]
    pub fn new(quotas: Quotas, random: [u8; 4]) -> Table {
        let [a, b, c, d] = random;
        Table {
            quotas,
            factor: u16::from_be_bytes([a, b]) | 1,
            shift: u16::from_be_bytes([c, d]),
            places: Vec::new(),
            rested: VecDeque::new(),
            by_client: HashMap::new(),
            ends: BTreeSet::new(),
            of_room: HashMap::new(),
            of_address: HashMap::new(),
            of_ip: HashMap::new(),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_client.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_client.is_empty()
    }

    /// The place of a client's allocation.
    #[must_use]
    pub fn place_of(&self, client: &Client, now_ms: u64) -> Option<Place> {
        let place = *self.by_client.get(client)?;
        (now_ms < self.get(place)?.until_ms).then_some(place)
    }

    /// The place of a relayed address, if it stands for an allocation.
    #[must_use]
    pub fn place_at(&self, relayed: SocketAddr, now_ms: u64) -> Option<Place> {
        let port = relayed.port().checked_sub(PORTS_BEGIN)?;
        let place = Place(port.wrapping_sub(self.shift).wrapping_mul(inverse(self.factor)) % PORTS);
        let found = self.get(place)?;
        (found.relayed == relayed && now_ms < found.until_ms).then_some(place)
    }

    /// Does any allocation have a relayed address with this IP address?
    #[must_use]
    pub fn has_ip(&self, ip: IpAddr) -> bool {
        self.of_ip.contains_key(&ip)
    }

    /// What is at a place.
    #[must_use]
    pub fn get(&self, place: Place) -> Option<&Allocation> {
        self.places.get(usize::from(place.0))?.as_deref()
    }

    /// What is at a place, to change it. Its end is changed by [`Table::live_until`] alone.
    pub fn get_mut(&mut self, place: Place) -> Option<&mut Allocation> {
        self.places.get_mut(usize::from(place.0))?.as_deref_mut()
    }

    /// A place for one more of this room and client: its port. `even`: an even one.
    pub fn free_place(
        &mut self,
        room: &str,
        client: &Client,
        even: bool,
        now_ms: u64,
    ) -> Result<(Place, u16), NoPlace> {
        let address = Key::address(client.remote.ip());
        if self.len() >= self.quotas.in_all {
            return Err(NoPlace::Capacity);
        }
        if self
            .of_room
            .get(room)
            .is_some_and(|count| *count >= self.quotas.of_room)
            || self
                .of_address
                .get(&address)
                .is_some_and(|count| *count >= self.quotas.of_address)
        {
            return Err(NoPlace::Quota);
        }
        // Two that have rested, then two new ones, of whose ports one is even: the factor is odd.
        for index in 0..4 {
            let Some(place) = self.candidate(index, now_ms) else {
                break;
            };
            let port = self.port(place);
            if !even || port.is_multiple_of(2) {
                return Ok((place, port));
            }
        }
        Err(NoPlace::Capacity)
    }

    /// Puts one at a place that [`Table::free_place`] has just named, until `until_ms`.
    pub fn insert(&mut self, place: Place, mut allocation: Allocation, until_ms: u64) {
        allocation.until_ms = until_ms;
        if let Some(index) = self.rested.iter().take(2).position(|(free, _)| *free == place) {
            self.rested.remove(index);
        }
        while self.places.len() <= usize::from(place.0) {
            let passed_over = Place(self.places.len() as u16);
            self.places.push(None);
            if passed_over != place {
                self.rested.push_front((passed_over, 0));
            }
        }
        *self.of_room.entry(allocation.room.clone()).or_default() += 1;
        *self
            .of_address
            .entry(Key::address(allocation.client.remote.ip()))
            .or_default() += 1;
        *self.of_ip.entry(allocation.relayed.ip()).or_default() += 1;
        self.by_client.insert(allocation.client, place);
        self.ends.insert((until_ms, place));
        self.places[usize::from(place.0)] = Some(Box::new(allocation));
    }

    /// Changes its end.
    pub fn live_until(&mut self, place: Place, until_ms: u64) {
        let Some(allocation) = self.get_mut(place) else {
            return;
        };
        let before = std::mem::replace(&mut allocation.until_ms, until_ms);
        self.ends.remove(&(before, place));
        self.ends.insert((until_ms, place));
    }

    /// Ends one.
    pub fn remove(&mut self, place: Place, now_ms: u64) {
        let Some(gone) = self.places.get_mut(usize::from(place.0)).and_then(Option::take) else {
            return;
        };
        self.by_client.remove(&gone.client);
        self.ends.remove(&(gone.until_ms, place));
        less(&mut self.of_room, &gone.room);
        less(&mut self.of_address, &Key::address(gone.client.remote.ip()));
        less(&mut self.of_ip, &gone.relayed.ip());
        self.rested.push_back((place, now_ms));
    }

    /// Ends those whose time is over; how many.
    pub fn expire(&mut self, now_ms: u64) -> usize {
        let mut ended = 0;
        while let Some((until_ms, place)) = self.ends.first().copied().filter(|(until_ms, _)| *until_ms <= now_ms) {
            self.ends.remove(&(until_ms, place));
            self.remove(place, now_ms);
            ended += 1;
        }
        ended
    }

    fn port(&self, place: Place) -> u16 {
        PORTS_BEGIN + place.0.wrapping_mul(self.factor).wrapping_add(self.shift) % PORTS
    }

    /// The places that may be given now, by order: up to two that have rested, then new ones.
    fn candidate(&self, index: usize, now_ms: u64) -> Option<Place> {
        let has_rested = |(_, since_ms): &&(Place, u64)| *since_ms == 0 || since_ms + PORT_REST_MS <= now_ms;
        let rested = self.rested.iter().take(2).filter(has_rested).count();
        if let Some((place, _)) = self.rested.iter().take(2).filter(has_rested).nth(index) {
            return Some(*place);
        }
        let next = self.places.len() + index - rested;
        (next < usize::from(PORTS)).then_some(Place(next as u16))
    }
}

/// Of an odd number, modulo 2^16 (Newton's iteration doubles the right bits).
fn inverse(odd: u16) -> u16 {
    let mut inverse = odd;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2_u16.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse
}

/// Those that have none are forgotten.
fn less<K: Eq + Hash>(counts: &mut HashMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests;
