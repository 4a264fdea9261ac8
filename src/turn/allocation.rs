//! One allocation: whose it is, how long it lives, who may send to it (RFC 8656 §3.2, §9, §12).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use stun_types::message::TransactionId;

use super::client::Client;

/// A permission's life (RFC 8656 §9).
pub const PERMISSION_MS: u64 = 300_000;
/// A channel's life (RFC 8656 §12).
pub const CHANNEL_MS: u64 = 600_000;
/// A channel that has ended is not given to another peer this soon (RFC 8656 §12.1): late data would reach the wrong one.
const CHANNEL_REST_MS: u64 = 300_000;
/// Addresses one may have permissions for: all are our own, and we have a few.
const PERMISSIONS_MAX: usize = 16;
/// Channels one may have: a browser binds one for each relayed candidate of the other side.
const CHANNELS_MAX: usize = 32;

/// Neither more permissions nor more channels are given (508).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// Why a channel cannot be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unbindable {
    /// The number belongs to another peer, or the peer to another number (400).
    Taken,
    /// There are too many (508).
    Full,
}

/// A binding of a channel's number to a peer.
#[derive(Debug, Clone, Copy)]
struct Channel {
    number: u16,
    peer: SocketAddr,
    until_ms: u64,
}

/// An allocation.
pub struct Allocation {
    /// Whose.
    pub client: Client,
    /// Who began it; nobody else may change it (441).
    pub username: Box<str>,
    /// Whose call it serves. Others' allocations are out of its reach.
    pub room: Arc<str>,
    /// The address that stands for it.
    pub relayed: SocketAddr,
    /// The Allocate that made it: when that comes again, so does its answer.
    pub transaction: TransactionId,
    /// What that answer said.
    pub first_lifetime_s: u32,
    /// When it was made.
    pub since_ms: u64,
    /// When it ends, unless refreshed.
    pub until_ms: u64,
    /// When the next byte would be expected, if it sent at exactly the rate it may (microseconds).
    paced_us: u64,
    permissions: Vec<(IpAddr, u64)>,
    channels: Vec<Channel>,
}

impl Allocation {
    /// A new one, which nobody may send to yet.
    #[must_use]
    pub fn new(client: Client, username: &str, room: Arc<str>, relayed: SocketAddr, now_ms: u64) -> Allocation {
        Allocation {
            client,
            username: username.into(),
            room,
            relayed,
            transaction: TransactionId::from(0),
            first_lifetime_s: 0,
            since_ms: now_ms,
            until_ms: now_ms,
            paced_us: 0,
            permissions: Vec::new(),
            channels: Vec::new(),
        }
    }

    /// May data come from, and go to, this address?
    #[must_use]
    pub fn permits(&self, ip: IpAddr, now_ms: u64) -> bool {
        self.permissions
            .iter()
            .any(|(permitted, until_ms)| *permitted == ip && now_ms < *until_ms)
    }

    /// Installs or refreshes permissions, all or none (RFC 8656 §10.2).
    pub fn permit(&mut self, ips: &[IpAddr], now_ms: u64) -> Result<(), Full> {
        self.permissions.retain(|(_, until_ms)| now_ms < *until_ms);
        let is_new = |ip: &&IpAddr| !self.permissions.iter().any(|(known, _)| known == *ip);
        if self.permissions.len() + ips.iter().filter(is_new).count() > PERMISSIONS_MAX {
            return Err(Full);
        }
        let until_ms = now_ms + PERMISSION_MS;
        for ip in ips {
            match self.permissions.iter_mut().find(|(known, _)| known == ip) {
                Some((_, until)) => *until = until_ms,
                None => self.permissions.push((*ip, until_ms)),
            }
        }
        Ok(())
    }

    /// Binds a channel or refreshes it, and its permission with it (RFC 8656 §12.2).
    pub fn bind(&mut self, number: u16, peer: SocketAddr, now_ms: u64) -> Result<(), Unbindable> {
        self.channels
            .retain(|channel| now_ms < channel.until_ms + CHANNEL_REST_MS);
        let clash = |channel: &Channel| (channel.number == number) != (channel.peer == peer);
        if self.channels.iter().any(clash) {
            return Err(Unbindable::Taken);
        }
        let known = self.channels.iter().position(|channel| channel.number == number);
        if known.is_none() && self.channels.len() >= CHANNELS_MAX {
            return Err(Unbindable::Full);
        }
        self.permit(&[peer.ip()], now_ms).map_err(|Full| Unbindable::Full)?;
        let channel = Channel {
            number,
            peer,
            until_ms: now_ms + CHANNEL_MS,
        };
        match known {
            Some(index) => self.channels[index] = channel,
            None => self.channels.push(channel),
        }
        Ok(())
    }

    /// Whom a channel leads to.
    #[must_use]
    pub fn peer_of(&self, number: u16, now_ms: u64) -> Option<SocketAddr> {
        let found = self.channels.iter().find(|channel| channel.number == number)?;
        (now_ms < found.until_ms).then_some(found.peer)
    }

    /// The channel that leads to a peer.
    #[must_use]
    pub fn channel_to(&self, peer: SocketAddr, now_ms: u64) -> Option<u16> {
        let found = self.channels.iter().find(|channel| channel.peer == peer)?;
        (now_ms < found.until_ms).then_some(found.number)
    }

    /// Counts `bytes` against what it may send: `per_second`, and a second's worth at once.
    pub fn may_send(&mut self, bytes: usize, per_second: u32, now_ms: u64) -> bool {
        // In microseconds, so that small packets do not round to nothing.
        let now = now_ms * 1000;
        let cost = bytes as u64 * 1_000_000 / u64::from(per_second.max(1));
        let next = self.paced_us.max(now) + cost;
        if next > now + 1_000_000 {
            return false;
        }
        self.paced_us = next;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::turn::client::Transport;

    fn allocation() -> Allocation {
        let client = Client {
            transport: Transport::Udp,
            remote: "198.51.100.1:5000".parse().unwrap(),
            local: [192, 0, 2, 1].into(),
        };
        Allocation::new(client, "1:room:v", "room".into(), peer(50_000), 0)
    }

    fn peer(port: u16) -> SocketAddr {
        ([192, 0, 2, 1], port).into()
    }

    #[test]
    fn permissions_last_five_minutes_and_are_few() {
        let mut one = allocation();
        let ip = |n: u8| IpAddr::from([192, 0, 2, n]);
        one.permit(&[ip(1)], 0).unwrap();
        assert!(one.permits(ip(1), PERMISSION_MS - 1) && !one.permits(ip(1), PERMISSION_MS));
        assert!(!one.permits(ip(2), 0));
        one.permit(&[ip(1)], 1000).unwrap();
        assert!(one.permits(ip(1), PERMISSION_MS));
        let many: Vec<_> = (2..30).map(ip).collect();
        assert_eq!(one.permit(&many, 1000), Err(Full));
        assert!(!one.permits(ip(2), 1000), "all or none");
    }

    #[test]
    fn a_channel_is_one_peers_and_a_peer_has_one() {
        let mut one = allocation();
        one.bind(0x4000, peer(50_001), 0).unwrap();
        assert_eq!(one.bind(0x4000, peer(50_002), 0), Err(Unbindable::Taken));
        assert_eq!(one.bind(0x4001, peer(50_001), 0), Err(Unbindable::Taken));
        one.bind(0x4000, peer(50_001), 1000).unwrap();
        assert_eq!(one.peer_of(0x4000, CHANNEL_MS), Some(peer(50_001)));
        assert_eq!(one.peer_of(0x4000, CHANNEL_MS + 1000), None);
        assert_eq!(one.channel_to(peer(50_001), CHANNEL_MS), Some(0x4000));
        let rested = CHANNEL_MS + 1000 + CHANNEL_REST_MS;
        assert_eq!(one.bind(0x4000, peer(50_002), rested - 1), Err(Unbindable::Taken));
        one.bind(0x4000, peer(50_002), rested).unwrap();
        for number in 1..CHANNELS_MAX as u16 {
            one.bind(0x4000 + number, peer(50_100 + number), rested).unwrap();
        }
        assert_eq!(one.bind(0x4fff, peer(51_000), rested), Err(Unbindable::Full));
    }

    #[test]
    fn nobody_sends_more_than_a_seconds_worth_at_once() {
        let mut one = allocation();
        let sent = (0..100).filter(|_| one.may_send(100, 1000, 50_000)).count();
        assert_eq!(sent, 10);
        assert!(one.may_send(100, 1000, 50_100) && !one.may_send(100, 1000, 50_100));
    }
}
