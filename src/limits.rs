//! Every rate limit in one table: who, how many at once, how many over time. `governor` keeps count.

mod memory;

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{Quota, RateLimiter};

use self::memory::Memory;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Any request for a page, a file or an API call, by address.
    Request,
    /// `GET /health`, by address.
    Health,
    /// `POST /api/session`, by address.
    NewSession,
    /// `GET /api/messages`, by thread.
    Messages,
    /// What a visitor says of himself, or of the chat, by thread: `PATCH /api/session`, `PUT /api/session/rating`.
    About,
    /// Opening an Engine.IO connection, by address.
    Open,
    /// Asking to be let into `/chat`, by address.
    Connect,
    /// `message` of a visitor, by thread.
    Message,
    /// `history` of a visitor, by thread.
    History,
    /// `typing` of a visitor, by thread.
    Typing,
    /// `read` of a visitor, by thread.
    Read,
    /// `message` of an agent.
    AgentMessage,
    /// `history` of an agent.
    AgentHistory,
    /// `typing` of an agent.
    AgentTyping,
    /// `read` of an agent.
    AgentRead,
    /// `open` of an agent.
    AgentOpen,
    /// `call` of a visitor, by thread.
    Call,
    /// Every other event of `/call` of a visitor, by thread.
    Signal,
    /// `call` of an agent.
    AgentCall,
    /// Every other event of `/call` of an agent.
    AgentSignal,
    /// `POST /api/uploads` of a visitor, by thread.
    Upload,
    /// Megabytes of visitors' uploads, by address: a new thread does not begin a new day.
    UploadMegabytes,
    /// `POST /api/uploads` of an agent.
    AgentUpload,
    /// A password, by address.
    Password,
    /// A password, by user name: somebody tries from many addresses.
    PasswordOfUser,
    /// A one-time code or a set-up link, by address.
    Code,
    /// A one-time code, by agent: somebody has the password.
    CodeOfAgent,
    /// Sending one by Telegram at a sign-in, by agent.
    SendCode,
    /// Sending one again, by agent.
    ResendCode,
}

/// One row of the table.
struct Row {
    limit: Limit,
    /// How many may come at once.
    burst: u32,
    /// Then one more after each of these.
    every: Duration,
}

const fn row(limit: Limit, burst: u32, every_ms: u64) -> Row {
    Row {
        limit,
        burst,
        every: Duration::from_millis(every_ms),
    }
}

/// All limits. A person never meets one; a script meets them within a second.
const TABLE: [Row; 29] = [
    // An office behind one address opens a dozen pages of a dozen files each.
    row(Limit::Request, 300, 50),
    // A monitor asks every few seconds; 60 rapid requests must meet a 429.
    row(Limit::Health, 30, 1000),
    row(Limit::NewSession, 10, 20_000),
    row(Limit::Messages, 20, 500),
    row(Limit::About, 10, 5000),
    row(Limit::Open, 60, 500),
    row(Limit::Connect, 60, 500),
    // A thought typed in short lines, or a queue that comes back after a tunnel.
    row(Limit::Message, 30, 1000),
    row(Limit::History, 15, 1000),
    row(Limit::Typing, 10, 1000),
    row(Limit::Read, 20, 250),
    row(Limit::AgentMessage, 60, 250),
    row(Limit::AgentHistory, 60, 200),
    row(Limit::AgentTyping, 20, 500),
    row(Limit::AgentRead, 60, 100),
    // Somebody who runs through the list with the arrow keys.
    row(Limit::AgentOpen, 60, 100),
    // Somebody who tries again and again to get through.
    row(Limit::Call, 6, 10_000),
    // Two sides of a video call tell each other some fifty candidates at once, and again when the network changes.
    row(Limit::Signal, 300, 50),
    row(Limit::AgentCall, 20, 2000),
    row(Limit::AgentSignal, 600, 25),
    row(Limit::Upload, 30, 2000),
    // 2,000 a day, eight visitors' worth, and room for the largest file that can be configured.
    row(Limit::UploadMegabytes, 2000, 43_200),
    row(Limit::AgentUpload, 60, 500),
    row(Limit::Password, 10, 30_000),
    // Far above what one address may try, so that nobody can lock another out alone; the code carries the rest.
    row(Limit::PasswordOfUser, 60, 5000),
    row(Limit::Code, 20, 15_000),
    // Three of a million codes are right at any time: at this pace a guess takes years.
    row(Limit::CodeOfAgent, 10, 120_000),
    // A phone that rings all night tells of a stolen password, but once is enough.
    row(Limit::SendCode, 5, 60_000),
    row(Limit::ResendCode, 1, 30_000),
];

/// The table is indexed by the limit: a row at another's place does not compile.
const _: () = {
    let mut index = 0;
    while index < TABLE.len() {
        assert!(TABLE[index].limit as usize == index);
        index += 1;
    }
};

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// An IPv4 address, or the /64 of an IPv6 one: a household gets a whole /64.
    Address(IpAddr),
    /// A thread, by row id.
    Session(i64),
    /// An agent, by row id.
    Agent(i64),
    /// A hash of a user name.
    User(u64),
}

impl Key {
    /// The key of a client's address.
    pub fn address(address: IpAddr) -> Key {
        Key::Address(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
            v4 => v4,
        })
    }

    /// The /48 of an IPv6 address: what a customer of a hoster gets, 65,536 households of its own.
    fn site(&self) -> Option<Key> {
        match self {
            Key::Address(IpAddr::V6(v6)) => {
                let [a, b, c, ..] = v6.segments();
                Some(Key::Address(IpAddr::from([a, b, c, 0, 0, 0, 0, 0])))
            }
            _ => None,
        }
    }
}

/// A whole IPv6 site may do as much as this many households.
const HOUSEHOLDS_OF_A_SITE: u32 = 8;

type Limiter = RateLimiter<Key, Memory, DefaultClock>;

/// What keeps a row of the table.
struct Counter {
    limiter: Limiter,
    /// The limiter's own.
    memory: Memory,
    sites: Limiter,
}

impl Counter {
    fn new(row: &Row) -> Counter {
        let memory = Memory::default();
        let limiter = |quota, memory| RateLimiter::new(quota, memory, DefaultClock::default());
        Counter {
            limiter: limiter(quota(row.burst, row.every), memory.clone()),
            memory,
            sites: limiter(
                quota(row.burst * HOUSEHOLDS_OF_A_SITE, row.every / HOUSEHOLDS_OF_A_SITE),
                Memory::default(),
            ),
        }
    }

    fn limiters(&self) -> [&Limiter; 2] {
        [&self.limiter, &self.sites]
    }
}

/// The limiters, one for each row of the table.
pub struct Limits {
    counters: Option<Vec<Counter>>,
    clock: DefaultClock,
    hasher: RandomState,
}

impl Limits {
    /// `on: false` lets everything through (load tests).
    pub fn new(on: bool) -> Limits {
        Limits {
            counters: on.then(|| TABLE.iter().map(Counter::new).collect()),
            clock: DefaultClock::default(),
            hasher: RandomState::new(),
        }
    }

    /// Counts one; `Err` says in how many milliseconds the next may come.
    pub fn check(&self, limit: Limit, key: Key) -> Result<(), u64> {
        self.check_many(limit, key, NonZeroU32::MIN)
    }

    /// Counts `many` at once, all or none; `Err` says in how many milliseconds they may come.
    pub fn check_many(&self, limit: Limit, key: Key, many: NonZeroU32) -> Result<(), u64> {
        let Some(counter) = self.counters.as_ref().and_then(|counters| counters.get(limit as usize)) else {
            return Ok(());
        };
        let now = self.clock.now();
        let take = |limiter: &Limiter, key: &Key| match limiter.check_key_n(key, many) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refused)) => Err((refused.wait_time_from(now).as_millis() as u64).max(1)),
            // More than the burst never passes.
            Err(_) => Err(u64::MAX),
        };
        let own = || take(&counter.limiter, &key);
        match key.site() {
            None => own(),
            // A household that has used up its share takes nothing from its neighbours'.
            Some(site) if counter.memory.knows(&key) => own().and_then(|()| take(&counter.sites, &site)),
            // A site that has used up its share gets no more places in the memory.
            Some(site) => take(&counter.sites, &site).and_then(|()| own()),
        }
    }

    /// The key of a user name, in the form it is looked up by.
    pub fn user(&self, name: &str) -> Key {
        Key::User(self.hasher.hash_one(name))
    }

    /// Forgets keys whose count has run out.
    pub fn prune(&self) {
        for limiter in self.limiters() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    /// Keys remembered now.
    pub fn keys(&self) -> usize {
        self.limiters().map(RateLimiter::len).sum()
    }

    fn limiters(&self) -> impl Iterator<Item = &Limiter> {
        self.counters.iter().flatten().flat_map(Counter::limiters)
    }
}

fn quota(burst: u32, every: Duration) -> Quota {
    Quota::with_period(every)
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_burst_passes_and_the_next_says_when() {
        let limits = Limits::new(true);
        let key = || Key::address("192.0.2.1".parse().unwrap());
        for n in 0..30 {
            assert_eq!(limits.check(Limit::Health, key()), Ok(()), "{n}");
        }
        let wait = limits.check(Limit::Health, key()).unwrap_err();
        assert!((1..=1000).contains(&wait), "{wait}");
        assert_eq!(
            limits.check(Limit::Health, Key::address("192.0.2.2".parse().unwrap())),
            Ok(())
        );
        assert_eq!(Limits::new(false).check(Limit::Health, key()), Ok(()));
    }

    #[test]
    fn many_at_once_are_taken_all_or_none() {
        let limits = Limits::new(true);
        let take = |n, many| limits.check_many(Limit::UploadMegabytes, address(n), NonZeroU32::new(many).unwrap());
        assert_eq!(take(1, 1500), Ok(()));
        // The missing thousand come one in 43 seconds: about twelve hours.
        let wait = take(1, 1500).unwrap_err();
        assert!((11..=13).contains(&(wait / 3_600_000)), "{wait}");
        assert_eq!(take(1, 500), Ok(()), "a refusal takes nothing");
        assert!(take(1, 1).is_err());
        assert_eq!(take(2, 1), Ok(()), "another address has its own");
        assert_eq!(take(3, 2001), Err(u64::MAX), "more than there ever are");
    }

    #[test]
    fn a_household_of_ipv6_is_one_and_mapped_ipv4_is_ipv4() {
        let key = |text: &str| Key::address(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }

    fn address(n: u32) -> Key {
        Key::address(IpAddr::from(n.to_be_bytes()))
    }

    fn household(site: u16, n: u16) -> Key {
        Key::address(IpAddr::from([0x2001, 0xdb8, site, n, 0, 0, 0, 1]))
    }

    #[test]
    fn a_crowd_refuses_nobody_new_and_lets_nobody_known_off() {
        let limits = Limits::new(true);
        let check = |n| limits.check(Limit::NewSession, address(n));
        let greedy = 0;
        while check(greedy).is_ok() {}
        for n in 1..=20_000 {
            assert_eq!(check(n), Ok(()), "{n}");
            if n % 1000 == 0 {
                assert!(check(greedy).is_err(), "its count was forgotten after {n} others");
            }
        }
        assert!(limits.keys() <= memory::KEYS_MAX, "{}", limits.keys());
        limits.prune();
    }

    #[test]
    fn one_ipv6_site_passes_for_some_households_and_leaves_room_for_everybody() {
        let limits = Limits::new(true);
        let check = |key| limits.check(Limit::NewSession, key);
        let passed = (0..=u16::MAX).filter(|n| check(household(1, *n)).is_ok()).count();
        // A slow machine gives it one or two of those that come over time.
        assert!((80..90).contains(&passed), "{passed}");
        assert!(limits.keys() < 100, "{}", limits.keys());
        assert_eq!(check(household(2, 0)), Ok(()));
        assert_eq!(check(address(1)), Ok(()));
    }

    #[test]
    fn a_greedy_household_takes_nothing_from_its_neighbours() {
        let limits = Limits::new(true);
        let check = |key| limits.check(Limit::NewSession, key);
        let passed = (0..1000).filter(|_| check(household(1, 0)).is_ok()).count();
        assert!((10..13).contains(&passed), "{passed}");
        for n in 1..=7 {
            for _ in 0..10 {
                assert_eq!(check(household(1, n)), Ok(()), "{n}");
            }
        }
    }
}
