//! What clients ask for: an allocation, and changes to it (RFC 8656 §7 to §12). First who asks (RFC 8489 §9.2.4), then
//! whether every attribute is understood, then the request itself; the first thing wrong is the answer.

use std::net::IpAddr;

use stun_types::AddressFamily;
use stun_types::attribute::ErrorCode;
use stun_types::prelude::{AttributeFromRaw, AttributeStaticType};
use turn_types::attribute::{ChannelNumber, Lifetime, RequestedAddressFamily, XorPeerAddress};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH};

use super::allocation::{Full, Unbindable};
use super::answer::Refusal;
use super::client::{Client, Now};
use super::credentials::Username;
use super::engine::{Done, Engine, Outcome};
use super::packet::{CHANNELS, Packet};
use super::table::Place;

/// An allocation's life when nothing else is asked for (RFC 8656 §3.2).
pub const LIFETIME_S: u32 = 600;
/// The longest that one request gives (RFC 8656 §7.2).
pub const LIFETIME_MAX_S: u32 = 3600;
/// However often it is refreshed. No call lasts so long.
pub const LIFE_MAX_MS: u64 = 12 * 60 * 60 * 1000;
/// Peers that one CreatePermission names.
const PEERS_MAX: usize = 16;

/// Attributes below 0x8000 that we understand, whatever request they stand in: the sender may only add them where they
/// mean something, and where they mean nothing they harm nobody. DONT-FRAGMENT (0x001a) is kept as it is: data never
/// leaves the memory on its way to a peer. USERHASH, PASSWORD-ALGORITHM and the SHA-256 integrity are not among them.
const KNOWN: [u16; 17] = [
    0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x000c, 0x000d, 0x0012, 0x0013, 0x0014, 0x0015, 0x0016, 0x0017, 0x0018,
    0x0019, 0x001a, 0x0022,
];

/// May we go on after meeting this attribute (RFC 8489 §14)?
pub(super) fn is_known(number: u16) -> bool {
    number >= 0x8000 || KNOWN.contains(&number)
}

/// Those that must be understood, and are not.
pub(super) fn unknown_attributes(request: &Packet<'_>) -> Vec<u16> {
    let numbers = request.attributes().map(|attribute| attribute.number);
    let mut unknown: Vec<u16> = numbers.filter(|number| !is_known(*number)).take(64).collect();
    unknown.dedup();
    unknown
}

pub(super) const BAD_REQUEST: Refusal = Refusal::Code(ErrorCode::BAD_REQUEST);
pub(super) const MISMATCH: Refusal = Refusal::Code(ErrorCode::ALLOCATION_MISMATCH);
const FORBIDDEN: Refusal = Refusal::Code(ErrorCode::FORBIDDEN);
pub(super) const NO_CAPACITY: Refusal = Refusal::Code(ErrorCode::INSUFFICIENT_CAPACITY);

/// An attribute that may be missing, but not say nonsense.
pub(super) fn optional<A>(request: &Packet<'_>) -> Result<Option<A>, Refusal>
where
    A: for<'a> AttributeFromRaw<'a> + AttributeStaticType,
{
    request.read::<A>().transpose().map_err(|_| BAD_REQUEST)
}

pub(super) fn required<A>(request: &Packet<'_>) -> Result<A, Refusal>
where
    A: for<'a> AttributeFromRaw<'a> + AttributeStaticType,
{
    optional(request)?.ok_or(BAD_REQUEST)
}

/// Seconds that a request gives (RFC 8656 §7.2, §8.2).
pub(super) fn lifetime(wanted: Option<Lifetime>) -> u32 {
    wanted.map_or(LIFETIME_S, |wanted| wanted.seconds().clamp(LIFETIME_S, LIFETIME_MAX_S))
}

impl Engine {
    /// Anything but a Binding.
    pub(super) fn request(&mut self, from: &Client, request: &Packet<'_>, now: Now) -> Outcome {
        if ![ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND].contains(&request.method()) {
            return Outcome {
                done: Err(BAD_REQUEST),
                key: None,
            };
        }
        let (name, key) = match self.authenticate(from, request, now) {
            Ok(caller) => caller,
            Err(refusal) => {
                return Outcome {
                    done: Err(refusal),
                    key: None,
                };
            }
        };
        Outcome {
            done: self.authenticated(from, request, &name, now),
            key: Some(key),
        }
    }

    fn authenticated(&mut self, from: &Client, request: &Packet<'_>, name: &str, now: Now) -> Result<Done, Refusal> {
        let unknown = unknown_attributes(request);
        if !unknown.is_empty() {
            return Err(Refusal::Unknown(unknown));
        }
        let name = Username::parse(name).ok_or(BAD_REQUEST)?;
        let own = self.table.place_of(from, now.ms);
        if request.method() == ALLOCATE {
            return match own {
                Some(place) => self.allocate_again(place, request, &name),
                None => self.allocate(from, request, &name, now),
            };
        }
        let place = own.ok_or(MISMATCH)?;
        let allocation = self.table.get(place).ok_or(MISMATCH)?;
        if *allocation.username != *name.whole {
            return Err(Refusal::Code(ErrorCode::WRONG_CREDENTIALS));
        }
        match request.method() {
            REFRESH => self.refresh(place, request, &name, now),
            CREATE_PERMISSION => self.permit(place, request, now),
            _ => self.bind_channel(place, request, now),
        }
    }

    /// RFC 8656 §8. While the credentials are good, or the call goes on; never beyond twelve hours.
    fn refresh(&mut self, place: Place, request: &Packet<'_>, name: &Username<'_>, now: Now) -> Result<Done, Refusal> {
        let wanted: Option<Lifetime> = optional(request)?;
        let family: Option<RequestedAddressFamily> = optional(request)?;
        let allocation = self.table.get(place).ok_or(MISMATCH)?;
        if family.is_some_and(|family| (family.family() == AddressFamily::IPV4) != allocation.relayed.is_ipv4()) {
            return Err(Refusal::Code(ErrorCode::PEER_ADDRESS_FAMILY_MISMATCH));
        }
        if wanted.as_ref().is_some_and(|wanted| wanted.seconds() == 0) {
            self.end(place, now.ms);
            return Ok(Done::Refreshed(0));
        }
        let left_s = (allocation.since_ms + LIFE_MAX_MS).saturating_sub(now.ms) / 1000;
        if left_s == 0 || !(name.is_current(now.unix_s) || (self.lives)(name.room)) {
            return Err(FORBIDDEN);
        }
        let seconds = lifetime(wanted).min(u32::try_from(left_s).unwrap_or(LIFETIME_MAX_S));
        self.table.live_until(place, now.ms + u64::from(seconds) * 1000);
        Ok(Done::Refreshed(seconds))
    }

    /// RFC 8656 §10.2. The port does not count there: nothing but allocations is ever reached.
    fn permit(&mut self, place: Place, request: &Packet<'_>, now: Now) -> Result<Done, Refusal> {
        let mut peers = Vec::new();
        let is_peer = |number| number == XorPeerAddress::TYPE.value();
        for attribute in request.attributes().filter(|attribute| is_peer(attribute.number)) {
            let peer: XorPeerAddress = attribute.read().map_err(|_| BAD_REQUEST)?;
            if peers.len() == PEERS_MAX {
                return Err(NO_CAPACITY);
            }
            peers.push(peer.addr(request.transaction()).ip());
        }
        if peers.is_empty() {
            return Err(BAD_REQUEST);
        }
        for ip in &peers {
            self.check_peer(place, *ip)?;
        }
        let allocation = self.table.get_mut(place).ok_or(MISMATCH)?;
        allocation.permit(&peers, now.ms).map_err(|Full| NO_CAPACITY)?;
        Ok(Done::Installed)
    }

    /// RFC 8656 §12.2. Here the port counts: a channel leads to an allocation of the same room.
    fn bind_channel(&mut self, place: Place, request: &Packet<'_>, now: Now) -> Result<Done, Refusal> {
        let number = required::<ChannelNumber>(request)?.channel();
        let peer = required::<XorPeerAddress>(request)?.addr(request.transaction());
        if !CHANNELS.contains(&number) {
            return Err(BAD_REQUEST);
        }
        self.check_peer(place, peer.ip())?;
        let allocation = self.table.get(place).ok_or(MISMATCH)?;
        // The other side may have hung up: a binding that there is may be refreshed.
        let is_bound = allocation.peer_of(number, now.ms) == Some(peer);
        if !is_bound && self.reachable(place, peer, now.ms).is_none() {
            return Err(FORBIDDEN);
        }
        let allocation = self.table.get_mut(place).ok_or(MISMATCH)?;
        allocation.bind(number, peer, now.ms).map_err(|reason| match reason {
            Unbindable::Taken => BAD_REQUEST,
            Unbindable::Full => NO_CAPACITY,
        })?;
        Ok(Done::Installed)
    }

    /// Only addresses that stand for allocations are peers (403). An IPv4 address in the clothes of IPv6 is none: it is
    /// compared as it came.
    fn check_peer(&self, place: Place, ip: IpAddr) -> Result<(), Refusal> {
        if !self.table.has_ip(ip) {
            return Err(FORBIDDEN);
        }
        let own = self.table.get(place).ok_or(MISMATCH)?;
        if own.relayed.is_ipv4() != ip.is_ipv4() {
            return Err(Refusal::Code(ErrorCode::PEER_ADDRESS_FAMILY_MISMATCH));
        }
        Ok(())
    }
}
