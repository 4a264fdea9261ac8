//! Whatever comes in, the engine neither panics nor breaks its rules. Short with every test run; for as long as
//! `KONUSMA_FUZZ_SECONDS` says in `wild_packets_for_long`. What once broke it is kept in `tests/turn/corpus`, one packet
//! a line in hexadecimal, and replayed.

use std::time::Instant;

use super::*;
use crate::dice::Dice;
use crate::turn::packet::{Kind, channel_header};
use data_encoding::HEXLOWER_PERMISSIVE;
use proptest::prelude::*;
use stun_types::message::BINDING;

/// Two with allocations that may talk, one of another room, one stranger; and good packets to begin with.
struct World {
    scene: Scene,
    clients: [Client; 4],
    seeds: Vec<Vec<u8>>,
}

impl World {
    fn new() -> World {
        let mut scene = Scene::new();
        let on_tcp = Client {
            transport: Transport::Tcp(7),
            ..client(2)
        };
        let (one, of_one) = scene.allocated(client(1), "room");
        let (two, of_two) = scene.allocated(on_tcp, "room");
        let (three, _) = scene.allocated(udp("[2001:db8::3]:5000"), "other");
        assert_eq!((scene.bind(&one, 0x4000, of_two), scene.permit(&two, of_one)), (0, 0));
        let id = TransactionId::generate();
        let mut fingerprinted = request(BINDING, id, &[]);
        fingerprinted.add_fingerprint().unwrap();
        let transport = RequestedTransport::new(17);
        let seeds = vec![
            request(BINDING, id, &[]).finish(),
            fingerprinted.finish(),
            request(ALLOCATE, id, &[&transport]).finish(),
            scene.user(client(4), "room").allocate(),
            one.allocate(),
            one.request(REFRESH, &[&Lifetime::new(600)]),
            one.request_with_id(CREATE_PERMISSION, id, &[&XorPeerAddress::new(of_two, id)]),
            one.request_with_id(
                CHANNEL_BIND,
                id,
                &[&ChannelNumber::new(0x4000), &XorPeerAddress::new(of_two, id)],
            ),
            send_indication(of_two, b"data"),
            send_indication(of_one, b"odd data"),
            channel_data(0x4000, b"over a channel"),
            channel_data(0x4000, &[1; 1200]),
        ];
        World {
            clients: [one.from, two.from, three.from, client(4)],
            scene,
            seeds,
        }
    }

    /// Gives one packet, and looks at what came of it.
    fn step(&mut self, from: usize, bytes: &[u8]) {
        let from = self.clients[from % self.clients.len()];
        let had = self.scene.engine.serves(&from, self.scene.now);
        let before = self.scene.engine.counters();
        let Some(reply) = self.scene.give(&from, bytes) else {
            return;
        };
        let after = self.scene.engine.counters();
        if Kind::of(reply.bytes[0]) == Kind::Channel {
            let (number, length) = channel_header(&reply.bytes).unwrap();
            assert!(crate::turn::packet::CHANNELS.contains(&number) && length + 4 == reply.bytes.len());
        } else {
            assert!(Packet::parse(&reply.bytes).is_some(), "what goes out is well formed");
        }
        if after.relayed_packets > before.relayed_packets {
            assert!(had && reply.to != from, "only between allocations");
            assert!(
                self.clients[..2].contains(&from) && self.clients[..2].contains(&reply.to),
                "of one room"
            );
            return;
        }
        assert_eq!(reply.to, from, "an answer goes to who asked");
        let sealed = Packet::parse(&reply.bytes).unwrap().has_integrity();
        if !sealed && from.transport == Transport::Udp {
            let headers = if from.remote.is_ipv6() { 48 } else { 0 };
            assert!(
                reply.bytes.len() + headers <= 2 * (bytes.len() + headers),
                "never more than twice"
            );
        }
        if !had && self.scene.engine.serves(&from, self.scene.now) {
            assert!(sealed, "nothing for strangers");
        }
    }
}

/// How a packet is spoiled.
#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Repeat(usize, usize),
    /// The length in the header becomes right again, so that the rest is looked at.
    MakeLengthRight,
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len().max(1);
    match change {
        Change::Set(at, value) => bytes
            .iter_mut()
            .skip(at % length)
            .take(1)
            .for_each(|byte| *byte = *value),
        Change::Flip(at, bit) => bytes
            .iter_mut()
            .skip(at % length)
            .take(1)
            .for_each(|byte| *byte ^= 1 << (bit % 8)),
        Change::Cut(at) => bytes.truncate(at % length),
        Change::Insert(at, more) => {
            let at = (at % length).min(bytes.len());
            bytes.splice(at..at, more.iter().copied());
        }
        Change::Repeat(at, count) => {
            let at = (at % length).min(bytes.len());
            let piece: Vec<u8> = bytes[at..].iter().copied().take(count % 64).collect();
            bytes.splice(at..at, piece);
        }
        Change::MakeLengthRight => {
            bytes.resize(crate::turn::packet::padded(bytes.len()), 0);
            if let Some(body) = bytes.len().checked_sub(20) {
                bytes[2..4].copy_from_slice(&(body as u16).to_be_bytes());
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, value)| Change::Set(at, value)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, bit)| Change::Flip(at, bit)),
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), prop::collection::vec(any::<u8>(), 0..24)).prop_map(|(at, more)| Change::Insert(at, more)),
        (any::<usize>(), any::<usize>()).prop_map(|(at, count)| Change::Repeat(at, count)),
        Just(Change::MakeLengthRight),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spoiled_packets_break_nothing(
        steps in prop::collection::vec((0..4_usize, 0..12_usize, prop::collection::vec(change(), 0..5)), 1..40),
    ) {
        let mut world = World::new();
        for (from, seed, changes) in steps {
            let mut bytes = world.seeds[seed].clone();
            changes.iter().for_each(|change| apply(&mut bytes, change));
            world.step(from, &bytes);
        }
    }

    #[test]
    fn noise_breaks_nothing(packets in prop::collection::vec((0..4_usize, prop::collection::vec(any::<u8>(), 0..200)), 1..50)) {
        let mut world = World::new();
        for (from, bytes) in packets {
            world.step(from, &bytes);
        }
    }
}

#[test]
fn what_once_broke_it_does_so_no_more() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/turn/corpus");
    let mut packets = 0;
    for entry in corpus.read_dir().unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let bytes = HEXLOWER_PERMISSIVE.decode(line.trim().as_bytes()).unwrap();
            for from in 0..4 {
                World::new().step(from, &bytes);
            }
            packets += 1;
        }
    }
    assert!(packets > 20, "{packets}");
}

impl Dice {
    fn change(&mut self) -> Change {
        let at = self.roll(4096);
        match self.roll(8) {
            0 => Change::Cut(at),
            1 => Change::Insert(at, (0..self.roll(24)).map(|_| self.roll(256) as u8).collect()),
            2 => Change::Repeat(at, self.roll(64)),
            3 | 4 => Change::MakeLengthRight,
            5 => Change::Flip(at, self.roll(8) as u8),
            // Small numbers are types, lengths and families.
            6 => Change::Set(self.roll(64), self.roll(40) as u8),
            _ => Change::Set(at, self.roll(256) as u8),
        }
    }
}

#[test]
fn wild_packets_for_long() {
    let (mut dice, time) = Dice::for_long();
    let until = Instant::now() + time;
    let (mut steps, mut worlds) = (0_u64, 0_u64);
    while Instant::now() < until {
        let mut world = World::new();
        worlds += 1;
        for _ in 0..2000 {
            let mut bytes = world.seeds[dice.roll(world.seeds.len())].clone();
            for _ in 0..dice.roll(6) {
                let change = dice.change();
                apply(&mut bytes, &change);
            }
            let from = dice.roll(4);
            let step = std::panic::AssertUnwindSafe(|| world.step(from, &bytes));
            if std::panic::catch_unwind(step).is_err() {
                panic!(
                    "add to tests/turn/corpus (from {from}): {}",
                    HEXLOWER_PERMISSIVE.encode(&bytes)
                );
            }
            if dice.roll(500) == 0 {
                world.scene.pass(dice.roll(400) as u64);
                world.scene.engine.expire(world.scene.now);
            }
            steps += 1;
        }
    }
    println!("{steps} packets in {worlds} worlds");
}
