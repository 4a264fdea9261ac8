//! Whatever comes in over `/call`, it is read or refused, nothing but well-formed signals is passed on, and no call is
//! stuck. Short with every test run; for as long as `KONUSMA_FUZZ_SECONDS` says in `wild_events_for_long`. What once broke
//! it is kept in `tests/call/corpus`, one packet a line, and replayed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Instant;

use super::events::{Event, SignalOut};
use crate::call::signal::SDP_MAX_BYTES;
use crate::call::times::LONGEST_MS;
use crate::call::{Caller, Calls, Dialed, Effect, NewCall, Person};
use crate::dice::Dice;
use crate::signaling::packet::{self, CALL, Packet};

const ONLINE: [i64; 2] = [1, 2];

/// Two visitors and two agents with two tabs each.
struct World {
    people: Vec<Caller<usize>>,
    calls: Calls<usize>,
    now: i64,
    /// Ids of the calls so far.
    ids: Vec<String>,
    ended: usize,
    passed_on: usize,
}

impl World {
    fn new() -> World {
        let visitor = |session_id| Person::Visitor { session_id };
        let agent = |id| Person::Agent {
            id,
            name: "Ayşe".into(),
        };
        let of_each = [visitor(1), visitor(2), agent(1), agent(2)];
        let people = of_each.into_iter().flat_map(|person| [person.clone(), person]);
        World {
            people: people.enumerate().map(|(tab, person)| Caller { person, tab }).collect(),
            calls: Calls::default(),
            now: 1_000_000,
            ids: Vec::new(),
            ended: 0,
            passed_on: 0,
        }
    }

    /// One packet, as `handle` takes it, without the sockets and the database.
    fn step(&mut self, from: usize, text: &str) {
        let by = self.people[from].clone();
        let mut effects = Vec::new();
        if let Ok(Packet::Event {
            namespace: CALL, data, ..
        }) = packet::decode(text)
            && let Ok((name, arguments)) = packet::arguments(data)
            && let Ok(event) = Event::parse(&name, &arguments)
        {
            self.handle(&by, event, &mut effects);
        }
        self.count(&effects);
        assert!(self.ended + self.calls.len() == self.ids.len(), "a call is lost");
    }

    fn handle(&mut self, by: &Caller<usize>, event: Event<'_>, effects: &mut Vec<Effect<usize>>) {
        let (calls, now) = (&mut self.calls, self.now);
        // What is refused changes nothing.
        match event {
            Event::Call(event) => {
                let session_id = match by.person {
                    Person::Visitor { session_id } => session_id,
                    Person::Agent { .. } => i64::from(event.room.is_some_and(|room| room.ends_with('2'))) + 1,
                };
                let id = format!("call{:012}", self.ids.len());
                let new = NewCall {
                    id: id.as_str().into(),
                    session_id,
                    room: format!("room{session_id}").into(),
                    caller: by.clone(),
                    media: event.media,
                };
                if let Ok(Dialed::New) = calls.dial(now, new, effects) {
                    calls.ring(now, &id, "Ali".into(), &ONLINE, effects);
                    self.ids.push(id);
                }
            }
            Event::Accept(event) => drop(calls.accept(now, &event.call_id, by, effects)),
            Event::Decline(event) => drop(calls.decline(now, &event.call_id, by, &ONLINE, effects)),
            Event::HangUp(event) => drop(calls.hang_up(now, &event.call_id, by.tab, event.failed, effects)),
            Event::Connected(event) => drop(calls.connected(now, &event.call_id, by.tab, effects)),
            Event::Resume(event) => drop(calls.resume(&event.call_id, by, effects)),
            Event::Signal(event) => {
                let Some((call_id, signal)) = event.signal() else {
                    return;
                };
                let Ok(other) = calls.other(&call_id, by.tab) else {
                    return;
                };
                assert_ne!(other, by.tab);
                let call_id = &*call_id;
                let out = packet::call_event(
                    "signal",
                    &SignalOut {
                        call_id,
                        signal: &signal,
                    },
                );
                self.passed_on += 1;
                look_at(&out);
            }
        }
    }

    fn count(&mut self, effects: &[Effect<usize>]) {
        let is_end = |effect: &&Effect<usize>| matches!(effect, Effect::Ended(_));
        self.ended += effects.iter().filter(is_end).count();
    }

    fn pass(&mut self, ms: i64) {
        self.now += ms;
        let mut effects = Vec::new();
        self.calls.expire(self.now, &mut effects);
        self.count(&effects);
    }
}

/// What the other side is sent: one event of ours with one object, and nothing that a terminal or a log would act on.
fn look_at(out: &str) {
    assert!(out.len() < 2 * SDP_MAX_BYTES + 4096 && !out.chars().any(char::is_control));
    let Ok(Packet::Event { data, ack: None, .. }) = packet::decode(out) else {
        panic!("no event: {out}");
    };
    let (name, arguments) = packet::arguments(data).unwrap();
    let object: serde_json::Value = serde_json::from_str(arguments[0].get()).unwrap();
    assert_eq!((name.as_str(), arguments.len()), ("signal", 1));
    let keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    let known = [
        ["call_id", "candidate"],
        ["call_id", "description"],
        ["call_id", "state"],
    ];
    assert!(known.contains(&[keys[0], keys[1]]) && keys.len() == 2, "{keys:?}");
}

const SEEDS: [&str; 14] = [
    r#"2/call,0["call",{"media":"audio"}]"#,
    r#"2/call,1["call",{"media":"video"}]"#,
    r#"2/call,2["call",{"media":"video","room":"room1"}]"#,
    r#"2/call,3["call",{"media":"audio","room":"room2"}]"#,
    r#"2/call,4["accept",{"call_id":"CALL"}]"#,
    r#"2/call,5["accept",{"call_id":"CALL"}]"#,
    r#"2/call,6["decline",{"call_id":"CALL"}]"#,
    r#"2/call,7["hangup",{"call_id":"CALL"}]"#,
    r#"2/call,8["hangup",{"call_id":"CALL","failed":true}]"#,
    r#"2/call,9["connected",{"call_id":"CALL"}]"#,
    r#"2/call,10["resume",{"call_id":"CALL"}]"#,
    r#"2/call,11["signal",{"call_id":"CALL","description":{"type":"offer","sdp":"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"}}]"#,
    r#"2/call,12["signal",{"call_id":"CALL","candidate":{"candidate":"candidate:1 1 udp 2122252543 192.0.2.7 54321 typ host generation 0","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"abcd"}}]"#,
    r#"2/call,13["signal",{"call_id":"CALL","state":{"audio":true,"video":false,"screen":false}}]"#,
];

/// Pieces that mean something to somebody who reads JSON or SDP.
const PIECES: [&str; 18] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "1e999",
    "\\u0000",
    "\\ud800",
    "\\r\\n",
    "\u{2028}",
    "ı",
    "CALL",
    "\"call_id\":\"CALL\",",
];

impl Dice {
    /// A packet of a client, spoiled in some places.
    fn packet(&mut self, ids: &[String]) -> String {
        let mut text = SEEDS[self.roll(SEEDS.len())].to_owned();
        for _ in 0..self.roll(4) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let (from, to) = (places[self.roll(places.len())], places[self.roll(places.len())]);
            match self.roll(5) {
                0 => text.insert_str(from, PIECES[self.roll(PIECES.len())]),
                1 => text.replace_range(from.min(to)..from.max(to), ""),
                2 => {
                    let piece = text[from.min(to)..from.max(to)].to_owned();
                    text.insert_str(from, &piece);
                }
                3 => drop(text.remove(from)),
                _ => text.insert_str(
                    from,
                    &char::from(self.roll(128) as u8).to_string().repeat(self.roll(50)),
                ),
            }
            if text.is_empty() {
                break;
            }
        }
        let back = self.roll(3);
        text.replace("CALL", ids.iter().rev().nth(back).map_or("none", String::as_str))
    }
}

fn wild(dice: &mut Dice, steps: usize) -> World {
    let mut world = World::new();
    for _ in 0..steps {
        let text = dice.packet(&world.ids);
        let from = dice.roll(world.people.len());
        if catch_unwind(AssertUnwindSafe(|| world.step(from, &text))).is_err() {
            panic!("add to tests/call/corpus (from {from}): {text}");
        }
        match dice.roll(60) {
            0 => world.pass(dice.roll(50_000) as i64),
            1 => {
                let tab = dice.roll(world.people.len());
                world.calls.gone(world.now, tab, &mut Vec::new());
            }
            _ => {}
        }
    }
    world.pass(LONGEST_MS);
    assert!(world.calls.is_empty() && world.ended == world.ids.len());
    world
}

#[test]
fn what_once_broke_it_does_so_no_more() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/call/corpus");
    let mut packets = 0;
    for entry in corpus.read_dir().unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let mut world = World::new();
            world.step(0, SEEDS[0]);
            world.step(4, &SEEDS[4].replace("CALL", &world.ids[0]));
            for from in 0..world.people.len() {
                world.step(from, &line.replace("CALL", &world.ids[0]));
            }
            packets += 1;
        }
    }
    assert!(packets > 20, "{packets}");
}

#[test]
fn wild_events_for_long() {
    let (mut dice, time) = Dice::for_long();
    let until = Instant::now() + time;
    let (mut worlds, mut calls, mut passed_on) = (0, 0, 0);
    while Instant::now() < until {
        let world = wild(&mut dice, 2000);
        worlds += 1;
        calls += world.ids.len();
        passed_on += world.passed_on;
    }
    println!(
        "{} packets, {calls} calls, {passed_on} signals passed on",
        worlds * 2000
    );
    assert!(calls > worlds * 10 && passed_on > worlds, "the seeds lead nowhere");
}
