//! The relay without I/O: a packet comes in from somebody at some time, and at most one goes out.

use std::net::IpAddr;

use stun_types::attribute::XorMappedAddress;
use stun_types::message::{BINDING, IntegrityKey, MessageClass};

use super::answer::{Answer, Refusal};
use super::challenges::Challenges;
use super::client::{Client, Now, Transmit, Transport};
use super::counters::Counters;
use super::nonce::Nonces;
use super::packet::{Kind, Packet};
use super::table::{Place, Quotas, Table};

/// Is a room's call still going on? Asked while the relay is locked: it may only look something up.
pub type Lives = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// The longest that can come out: a Data indication with all that a STUN message can hold.
const BUFFER_BYTES: usize = 20 + 0xffff + 3;
/// An answer over UDP to somebody unknown is at most so many times as long as what was asked.
const AMPLIFICATION_MAX: usize = 2;
/// Headers that a datagram has besides: they count for both ways (IPv6 40 bytes, UDP 8). Only the answer to the shortest
/// Binding over IPv6 (20 bytes, answered by 44) needs them to stay within.
const DATAGRAM_HEADERS_V6: usize = 48;

/// What the engine goes by.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The key that passwords are made with: [`crate::data_dir::SecretKey::derive`]`("turn")`.
    pub secret: [u8; 32],
    /// How many allocations there may be.
    pub quotas: Quotas,
    /// Bytes a second that one allocation may send.
    pub bytes_per_second: u32,
    /// Relayed addresses are on these, the first of its family; otherwise on the one that the client reached us at.
    pub public_ips: Vec<IpAddr>,
    /// This machine's own, for a family that is in neither.
    pub own_ips: Vec<IpAddr>,
}

/// The relay.
pub struct Engine {
    pub(super) rules: Rules,
    pub(super) lives: Lives,
    pub(super) nonces: Nonces,
    pub(super) challenges: Challenges,
    pub(super) table: Table,
    pub(super) counters: Counters,
    pub(super) buffer: Vec<u8>,
    /// Indications need an id each; nobody answers them, so the next number is as good as a random one.
    pub(super) indication: u128,
}

/// What a request comes to: the answer, or why not, and whose key seals it.
pub(super) struct Outcome {
    pub(super) done: Result<Done, Refusal>,
    pub(super) key: Option<IntegrityKey>,
}

/// What was asked for and is done: what the answer says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// STUN Binding.
    Seen,
    /// Allocate. `no_second`: one of the other family was asked for besides, and there is none.
    Allocated { place: Place, no_second: bool },
    /// Refresh: seconds that it lives.
    Refreshed(u32),
    /// CreatePermission, ChannelBind.
    Installed,
}

impl Engine {
    /// A relay with no allocations. `random` is 84 bytes that nobody knows: nonces and the order of ports come from them.
    #[must_use]
    pub fn new(rules: Rules, lives: Lives, random: [u8; 84]) -> Engine {
        let (nonce_key, rest) = random.split_at(64);
        let part = |begin: usize| -> [u8; 4] { std::array::from_fn(|index| rest[begin + index]) };
        let id = (0..4).fold(0, |id, n| id << 32 | u128::from(u32::from_be_bytes(part(4 * n))));
        Engine {
            nonces: Nonces::new(std::array::from_fn(|index| nonce_key[index])),
            challenges: Challenges::default(),
            table: Table::new(rules.quotas, part(16)),
            counters: Counters::default(),
            // Zeroed pages take no memory until they are written.
            buffer: vec![0; BUFFER_BYTES],
            indication: id,
            rules,
            lives,
        }
    }

    /// Takes one packet: a datagram, or what [`super::framing`] cut out of a stream. What goes out may stand in
    /// `packet`, whose bytes are changed then.
    pub fn receive<'b>(&'b mut self, from: &Client, packet: &'b mut [u8], now: Now) -> Option<Transmit<'b>> {
        match Kind::of(*packet.first()?) {
            Kind::Channel => self.channel_data(from, packet, now.ms),
            Kind::Stun => self.message(from, packet, now),
            Kind::Other => {
                self.counters.malformed += 1;
                None
            }
        }
    }

    /// Ends what is over. Once a second is enough: nothing that has ended is used meanwhile.
    pub fn expire(&mut self, now: Now) {
        self.counters.ended += self.table.expire(now.ms) as u64;
    }

    /// A TCP connection is closed: its allocation ends with it (RFC 8656 §3.1).
    pub fn closed(&mut self, client: &Client, now: Now) {
        if let Some(place) = self.table.place_of(client, now.ms) {
            self.end(place, now.ms);
        }
    }

    /// Has this client an allocation?
    #[must_use]
    pub fn serves(&self, client: &Client, now: Now) -> bool {
        self.table.place_of(client, now.ms).is_some()
    }

    /// What has happened since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            allocations: self.table.len() as u64,
            ..self.counters
        }
    }

    pub(super) fn end(&mut self, place: Place, now_ms: u64) {
        self.table.remove(place, now_ms);
        self.counters.ended += 1;
    }

    fn message<'b>(&'b mut self, from: &Client, packet: &'b mut [u8], now: Now) -> Option<Transmit<'b>> {
        let Some(message) = Packet::parse(packet) else {
            self.counters.malformed += 1;
            return None;
        };
        match message.class() {
            MessageClass::Request => {
                let outcome = if message.method() == BINDING {
                    binding(&message)
                } else {
                    self.request(from, &message, now)
                };
                self.answer(from, &message, &outcome)
            }
            MessageClass::Indication => {
                let (peer, data) = self.send_indication(&message)?;
                self.send(from, peer, packet, data, now.ms)
            }
            // We ask nobody anything.
            MessageClass::Success | MessageClass::Error => None,
        }
    }

    fn answer(&mut self, from: &Client, request: &Packet<'_>, outcome: &Outcome) -> Option<Transmit<'_>> {
        if let Err(refusal) = &outcome.done {
            if *refusal == Refusal::Silence {
                self.counters.silenced += 1;
                return None;
            }
            self.counters.refused += 1;
        }
        let key = outcome.key.as_ref();
        let length = match &outcome.done {
            Ok(done) => self.write_success(from, request, *done)?.finish(request, key)?,
            Err(refusal) => Answer::error(request, refusal, &mut self.buffer).finish(request, key)?,
        };
        let length = if key.is_none() && !is_proportionate(from, request, length) {
            // Too short a question for that: what is missing in it is all there is to say.
            let bad = Refusal::Code(stun_types::attribute::ErrorCode::BAD_REQUEST);
            Answer::error(request, &bad, &mut self.buffer).finish(request, None)?
        } else {
            length
        };
        Some(Transmit {
            to: *from,
            bytes: &self.buffer[..length],
        })
    }

    fn write_success<'b>(&'b mut self, from: &Client, request: &Packet<'_>, done: Done) -> Option<Answer<'b>> {
        let mapped = XorMappedAddress::new(from.remote, request.transaction());
        let allocation = match done {
            Done::Allocated { place, .. } => Some(self.table.get(place)?),
            _ => None,
        };
        let mut answer = Answer::success(request, &mut self.buffer);
        match (done, allocation) {
            (Done::Seen, _) => answer.add(&mapped),
            (Done::Allocated { no_second, .. }, Some(allocation)) => {
                super::allocating::describe(allocation, no_second, request, &mut answer);
                answer.add(&mapped);
            }
            (Done::Refreshed(seconds), _) => answer.add(&turn_types::attribute::Lifetime::new(seconds)),
            _ => {}
        }
        Some(answer)
    }
}

/// Who am I to you? Answered to anybody (RFC 8489 §12).
fn binding(request: &Packet<'_>) -> Outcome {
    let unknown = super::requests::unknown_attributes(request);
    Outcome {
        done: if unknown.is_empty() {
            Ok(Done::Seen)
        } else {
            Err(Refusal::Unknown(unknown))
        },
        key: None,
    }
}

/// Nobody can make us send a third party much more than he sends us. TCP's handshake has shown who asks.
fn is_proportionate(from: &Client, request: &Packet<'_>, length: usize) -> bool {
    let headers = if from.remote.is_ipv6() { DATAGRAM_HEADERS_V6 } else { 0 };
    from.transport != Transport::Udp
        || length <= request.bytes().len() * AMPLIFICATION_MAX
        || request.method() == BINDING && length + headers <= (request.bytes().len() + headers) * AMPLIFICATION_MAX
}
