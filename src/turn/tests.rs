//! The engine as a whole: requests are built with `stun-types`, time is the test's own.

mod addresses;
mod codes;
mod data;
mod loops;
mod strangers;
mod wild;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stun_types::attribute::{ErrorCode, Nonce, Realm, Username, XorMappedAddress};
use stun_types::message::{
    IntegrityAlgorithm, IntegrityKey, Message, MessageClass, MessageWriteVec, Method, TransactionId,
};
use stun_types::prelude::{AttributeWrite, MessageWrite as _, MessageWriteExt as _};
use turn_types::attribute::{ChannelNumber, Data, Lifetime, RequestedTransport, XorPeerAddress, XorRelayedAddress};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH, SEND};

use super::client::{Client, Now, Transport};
use super::credentials::{self, Credentials, REALM, Role, mint};
use super::engine::{Engine, Rules};
use super::packet::Packet;
use super::table::Quotas;

pub(super) const SECRET: [u8; 32] = [7; 32];
pub(super) const BEGIN: Now = Now {
    ms: 1000,
    unix_s: 1_763_836_200,
};
/// Where clients reach the relay.
pub(super) const LOCAL: [u8; 4] = [203, 0, 113, 1];

/// A relay, a clock, and a call that goes on or not.
pub(super) struct Scene {
    pub(super) engine: Engine,
    pub(super) now: Now,
    pub(super) call: Arc<AtomicBool>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) to: Client,
    pub(super) bytes: Vec<u8>,
}

impl Reply {
    /// The error's number; 0: success.
    pub(super) fn code(&self) -> u16 {
        let packet = Packet::parse(&self.bytes).unwrap();
        match packet.class() {
            MessageClass::Success => 0,
            MessageClass::Error => packet.read::<ErrorCode>().unwrap().unwrap().code(),
            class => panic!("{class:?}"),
        }
    }
}

pub(super) fn rules() -> Rules {
    Rules {
        secret: SECRET,
        quotas: Quotas::default(),
        bytes_per_second: 1_000_000,
        public_ips: Vec::new(),
        own_ips: Vec::new(),
    }
}

pub(super) fn udp(remote: &str) -> Client {
    let remote: SocketAddr = remote.parse().unwrap();
    Client {
        transport: Transport::Udp,
        local: match remote {
            SocketAddr::V4(_) => LOCAL.into(),
            SocketAddr::V6(_) => "2001:db8::1".parse().unwrap(),
        },
        remote,
    }
}

/// The n-th of many clients.
pub(super) fn client(n: u16) -> Client {
    udp(&format!("198.51.{}.{}:5000", n >> 8, n & 0xff))
}

impl Scene {
    pub(super) fn new() -> Scene {
        Scene::with(rules())
    }

    pub(super) fn with(rules: Rules) -> Scene {
        let call = Arc::new(AtomicBool::new(false));
        let lives = call.clone();
        Scene {
            engine: Engine::new(rules, Box::new(move |_| lives.load(Ordering::Relaxed)), [3; 84]),
            now: BEGIN,
            call,
        }
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now.ms += seconds * 1000;
        self.now.unix_s += seconds as i64;
    }

    pub(super) fn give(&mut self, from: &Client, bytes: &[u8]) -> Option<Reply> {
        let mut packet = bytes.to_vec();
        let sent = self.engine.receive(from, &mut packet, self.now)?;
        Some(Reply {
            to: sent.to,
            bytes: sent.bytes.to_vec(),
        })
    }

    /// A user with credentials of this moment.
    pub(super) fn user(&mut self, from: Client, room: &str) -> User {
        let credentials = mint(&SECRET, room, Role::Visitor, self.now.unix_s);
        self.user_with(from, credentials)
    }

    pub(super) fn user_with(&mut self, from: Client, credentials: Credentials) -> User {
        let nonce = self.engine.nonces.make(&from, self.now.ms);
        User {
            from,
            key: credentials::integrity_key(&credentials.username, &credentials.credential),
            credentials,
            nonce,
        }
    }

    /// A user who has an allocation, and its address.
    pub(super) fn allocated(&mut self, from: Client, room: &str) -> (User, SocketAddr) {
        let user = self.user(from, room);
        let reply = self.give(&from, &user.allocate()).unwrap();
        assert_eq!(reply.code(), 0);
        (user, relayed(&reply))
    }

    pub(super) fn ask(&mut self, user: &User, method: Method, attributes: &[&dyn AttributeWrite]) -> Reply {
        self.give(&user.from, &user.request(method, attributes)).unwrap()
    }

    pub(super) fn permit(&mut self, user: &User, peer: SocketAddr) -> u16 {
        let id = TransactionId::generate();
        let bytes = user.request_with_id(CREATE_PERMISSION, id, &[&XorPeerAddress::new(peer, id)]);
        self.give(&user.from, &bytes).unwrap().code()
    }

    pub(super) fn bind(&mut self, user: &User, number: u16, peer: SocketAddr) -> u16 {
        let id = TransactionId::generate();
        let attributes: [&dyn AttributeWrite; 2] = [&ChannelNumber::new(number), &XorPeerAddress::new(peer, id)];
        let bytes = user.request_with_id(CHANNEL_BIND, id, &attributes);
        self.give(&user.from, &bytes).unwrap().code()
    }

    pub(super) fn refresh(&mut self, user: &User, seconds: u32) -> Reply {
        self.ask(user, REFRESH, &[&Lifetime::new(seconds)])
    }
}

/// Somebody with credentials and a nonce.
#[derive(Clone)]
pub(super) struct User {
    pub(super) from: Client,
    pub(super) credentials: Credentials,
    pub(super) key: IntegrityKey,
    pub(super) nonce: String,
}

impl User {
    pub(super) fn allocate(&self) -> Vec<u8> {
        self.request(ALLOCATE, &[&RequestedTransport::new(17)])
    }

    pub(super) fn request(&self, method: Method, attributes: &[&dyn AttributeWrite]) -> Vec<u8> {
        self.request_with_id(method, TransactionId::generate(), attributes)
    }

    pub(super) fn request_with_id(
        &self,
        method: Method,
        id: TransactionId,
        attributes: &[&dyn AttributeWrite],
    ) -> Vec<u8> {
        let mut message = request(method, id, attributes);
        message
            .add_attribute(&Username::new(&self.credentials.username).unwrap())
            .unwrap();
        message.add_attribute(&Realm::new(REALM).unwrap()).unwrap();
        message.add_attribute(&Nonce::new(&self.nonce).unwrap()).unwrap();
        message
            .add_message_integrity_with_key(&self.key, IntegrityAlgorithm::Sha1)
            .unwrap();
        message.finish()
    }
}

pub(super) fn request(method: Method, id: TransactionId, attributes: &[&dyn AttributeWrite]) -> MessageWriteVec {
    let kind = stun_types::message::MessageType::from_class_method(MessageClass::Request, method);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    for attribute in attributes {
        message.add_attribute(*attribute).unwrap();
    }
    message
}

pub(super) fn send_indication(peer: SocketAddr, data: &[u8]) -> Vec<u8> {
    let mut message = Message::builder_indication(SEND, MessageWriteVec::new());
    let peer = XorPeerAddress::new(peer, message.transaction_id());
    message.add_attribute(&peer).unwrap();
    message.add_attribute(&Data::new(data)).unwrap();
    message.finish()
}

pub(super) fn channel_data(number: u16, data: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &(data.len() as u16).to_be_bytes(), data].concat()
}

pub(super) fn relayed(reply: &Reply) -> SocketAddr {
    let packet = Packet::parse(&reply.bytes).unwrap();
    let relayed = packet.read::<XorRelayedAddress>().unwrap().unwrap();
    relayed.addr(packet.transaction())
}

pub(super) fn mapped(reply: &Reply) -> SocketAddr {
    let packet = Packet::parse(&reply.bytes).unwrap();
    let mapped = packet.read::<XorMappedAddress>().unwrap().unwrap();
    mapped.addr(packet.transaction())
}

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
