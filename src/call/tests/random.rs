//! Anything in any order: no call is ever stuck, none ends twice, nobody is in two.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::{World, agent, visitor};
use crate::call::times::{LONGEST_MS, RING_MS};
use crate::call::{Caller, Effect, Person};

#[derive(Debug, Clone)]
enum Step {
    Call { room: i64, by: usize },
    Accept { call: usize, by: usize },
    Decline { call: usize, by: usize },
    HangUp { call: usize, by: usize, failed: bool },
    Connected { call: usize, by: usize },
    Resume { call: usize, by: usize },
    Gone { by: usize },
    Erase { room: i64 },
    Pass { ms: i64 },
}

/// Three visitors and three agents with two tabs each.
fn people() -> Vec<Caller<u32>> {
    (1..=3)
        .flat_map(|n: i64| {
            let tab = n as u32 * 10;
            [
                visitor(n, tab),
                visitor(n, tab + 1),
                agent(n, tab + 2),
                agent(n, tab + 3),
            ]
        })
        .collect()
}

fn step() -> impl Strategy<Value = Step> {
    let (by, call, room) = (0..12_usize, 0..6_usize, 1..=3_i64);
    prop_oneof![
        4 => (room.clone(), by.clone()).prop_map(|(room, by)| Step::Call { room, by }),
        4 => (call.clone(), by.clone()).prop_map(|(call, by)| Step::Accept { call, by }),
        1 => (call.clone(), by.clone()).prop_map(|(call, by)| Step::Decline { call, by }),
        1 => (call.clone(), by.clone(), any::<bool>()).prop_map(|(call, by, failed)| Step::HangUp { call, by, failed }),
        2 => (call.clone(), by.clone()).prop_map(|(call, by)| Step::Connected { call, by }),
        2 => (call, by.clone()).prop_map(|(call, by)| Step::Resume { call, by }),
        2 => by.prop_map(|by| Step::Gone { by }),
        1 => room.prop_map(|room| Step::Erase { room }),
        2 => (0..RING_MS).prop_map(|ms| Step::Pass { ms }),
    ]
}

/// What is refused changes nothing; the checks below see whether that is so.
fn take(world: &mut World, people: &[Caller<u32>], ids: &mut Vec<Arc<str>>, step: &Step) {
    let online = [1, 2, 3];
    let now = world.now;
    let id = |back: usize| ids.iter().rev().nth(back).cloned().unwrap_or_else(|| "none".into());
    match *step {
        Step::Call { room, by } => {
            let caller = people[by].clone();
            let room = match caller.person {
                Person::Visitor { session_id } => session_id,
                Person::Agent { .. } => room,
            };
            if let Ok(id) = world.call(room, caller, &online)
                && !ids.contains(&id)
            {
                ids.push(id);
            }
        }
        Step::Accept { call, by } => drop(world.accept(&id(call), &people[by])),
        Step::Decline { call, by } => {
            let _ = world
                .calls
                .decline(now, &id(call), &people[by], &online, &mut world.done);
        }
        Step::HangUp { call, by, failed } => drop(world.hang_up(&id(call), people[by].tab, failed)),
        Step::Connected { call, by } => drop(world.connected(&id(call), people[by].tab)),
        Step::Resume { call, by } => drop(world.calls.resume(&id(call), &people[by], &mut world.done)),
        Step::Gone { by } => world.calls.gone(now, people[by].tab, &mut world.done),
        Step::Erase { room } => world.calls.erase(now, &format!("room {room}"), &mut world.done),
        Step::Pass { ms } => world.pass(ms),
    }
}

/// Signals go between two connections of one call, both ways or not at all, and a connection is in one call.
fn check_seats(world: &World, people: &[Caller<u32>], ids: &[Arc<str>]) {
    let side = |tab| people.iter().find(|one| one.tab == tab).map(|one| one.person.side());
    let mut talks: HashMap<u32, &str> = HashMap::new();
    for id in ids {
        for one in people {
            let Ok(other) = world.calls.other(id, one.tab) else {
                continue;
            };
            assert_eq!(world.calls.other(id, other), Ok(one.tab));
            assert_eq!(talks.insert(one.tab, id), None, "{} is in two calls", one.tab);
            assert_ne!(side(other), side(one.tab));
        }
    }
}

/// Every call ends once, and nothing is said of it afterwards.
fn check_ends(world: &World, ids: &[Arc<str>]) {
    let mut over: HashSet<&str> = HashSet::new();
    for effect in &world.done {
        let id = match effect {
            Effect::RingAgents(ring, _) | Effect::RingVisitor(ring) => &ring.id,
            Effect::Ended(ended) | Effect::Erased(ended) => {
                assert!(ended.duration_ms >= 0 && over.insert(&ended.id), "{ended:?}");
                continue;
            }
            Effect::Accepted { id, .. }
            | Effect::Declined { id, .. }
            | Effect::Peer { id, .. }
            | Effect::Displaced { id, .. } => id,
            Effect::Store(_) => continue,
        };
        assert!(!over.contains(&**id), "{id} is over: {effect:?}");
    }
    assert_eq!(over.len(), ids.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]
    #[test]
    fn no_call_is_ever_stuck(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut world, people, mut ids) = (World::new(), people(), Vec::new());
        for step in &steps {
            take(&mut world, &people, &mut ids, step);
            check_seats(&world, &people, &ids);
            let living = (1..=3).filter(|room| world.calls.lives(&format!("room {room}"))).count();
            prop_assert_eq!(living, world.calls.len());
        }
        // Whatever it was, it is over when its longest time is.
        world.pass(LONGEST_MS);
        prop_assert!(world.calls.is_empty());
        check_ends(&world, &ids);
        // And nothing of it stands in anybody's way.
        for (room, person) in [(1, 0), (2, 6), (3, 8)] {
            prop_assert!(world.call(room, people[person].clone(), &[1, 2, 3]).is_ok());
        }
    }
}
