//! Making an allocation (RFC 8656 §7.2).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use stun_types::AddressFamily;
use stun_types::attribute::ErrorCode;
use turn_types::attribute::{
    AdditionalAddressFamily, AddressErrorCode, EvenPort, Lifetime, RequestedAddressFamily, RequestedTransport,
    ReservationToken, XorRelayedAddress,
};

use super::allocation::Allocation;
use super::answer::{Answer, Refusal};
use super::client::{Client, Now};
use super::credentials::Username;
use super::engine::{Done, Engine};
use super::packet::Packet;
use super::requests::{BAD_REQUEST, MISMATCH, NO_CAPACITY, lifetime, optional, required};
use super::table::{NoPlace, Place};

/// UDP, as RFC 8656 §18.7 numbers it.
const UDP: u8 = 17;

/// What the answer to an Allocate says (RFC 8656 §7.3). The same whenever the same Allocate comes again.
pub(super) fn describe(allocation: &Allocation, no_second: bool, request: &Packet<'_>, answer: &mut Answer<'_>) {
    answer.add(&XorRelayedAddress::new(allocation.relayed, request.transaction()));
    answer.add(&Lifetime::new(allocation.first_lifetime_s));
    if no_second && let Ok(code) = ErrorCode::new(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED, "") {
        answer.add(&AddressErrorCode::new(AddressFamily::IPV6, code));
    }
}

impl Engine {
    /// The same Allocate again, its answer was lost; or another one, for which the five-tuple is not free.
    pub(super) fn allocate_again(
        &self,
        place: Place,
        request: &Packet<'_>,
        name: &Username<'_>,
    ) -> Result<Done, Refusal> {
        let allocation = self.table.get(place).ok_or(MISMATCH)?;
        if allocation.transaction != request.transaction() || *allocation.username != *name.whole {
            return Err(MISMATCH);
        }
        Ok(Done::Allocated {
            place,
            no_second: optional::<AdditionalAddressFamily>(request)?.is_some(),
        })
    }

    pub(super) fn allocate(
        &mut self,
        from: &Client,
        request: &Packet<'_>,
        name: &Username<'_>,
        now: Now,
    ) -> Result<Done, Refusal> {
        if required::<RequestedTransport>(request)?.protocol() != UDP {
            return Err(Refusal::Code(ErrorCode::UNSUPPORTED_TRANSPORT_PROTOCOL));
        }
        let even: Option<EvenPort> = optional(request)?;
        let family: Option<RequestedAddressFamily> = optional(request)?;
        let additional: Option<AdditionalAddressFamily> = optional(request)?;
        let reservation: Option<ReservationToken> = optional(request)?;
        let lifetime_s = lifetime(optional(request)?);
        if additional
            .as_ref()
            .is_some_and(|additional| family.is_some() || even.is_some() || additional.family() == AddressFamily::IPV4)
            || reservation.is_some() && (even.is_some() || family.is_some() || additional.is_some())
        {
            return Err(BAD_REQUEST);
        }
        // We keep no second port for anybody: nobody sends RTCP apart any more.
        if reservation.is_some() || even.as_ref().is_some_and(EvenPort::requested) {
            return Err(NO_CAPACITY);
        }
        let ip = self
            .relayed_ip(from.local, family.map(|family| family.family()))
            .ok_or(Refusal::Code(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED))?;
        let (place, port) = self
            .table
            .free_place(name.room, from, even.is_some(), now.ms)
            .map_err(|reason| match reason {
                NoPlace::Quota => Refusal::Code(ErrorCode::ALLOCATION_QUOTA_REACHED),
                NoPlace::Capacity => NO_CAPACITY,
            })?;
        let relayed = SocketAddr::new(ip, port);
        let mut allocation = Allocation::new(*from, name.whole, Arc::from(name.room), relayed, now.ms);
        allocation.transaction = request.transaction();
        allocation.first_lifetime_s = lifetime_s;
        self.table
            .insert(place, allocation, now.ms + u64::from(lifetime_s) * 1000);
        self.counters.made += 1;
        Ok(Done::Allocated {
            place,
            no_second: additional.is_some(),
        })
    }

    /// The address that stands for an allocation. Without a wish it is IPv4 (RFC 8656 §7.2), whatever the client came by:
    /// browsers pair only candidates of one family. A server without any IPv4 gives what it has.
    fn relayed_ip(&self, local: IpAddr, wanted: Option<AddressFamily>) -> Option<IpAddr> {
        let is = |v4: bool| move |ip: &&IpAddr| ip.is_ipv4() == v4;
        let of = |v4: bool| {
            let public = self.rules.public_ips.iter().find(is(v4));
            let own = || self.rules.own_ips.iter().find(is(v4));
            let found = public.or_else(|| Some(&local).filter(is(v4))).or_else(own);
            found.copied()
        };
        match wanted {
            Some(AddressFamily::IPV4) => of(true),
            Some(AddressFamily::IPV6) => of(false),
            None => of(true).or_else(|| of(false)),
        }
    }
}
