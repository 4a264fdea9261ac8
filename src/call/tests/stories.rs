//! One story for each way a call can go.

use super::{World, agent, visitor};
use crate::call::times::{CALLER_BACK_MS, CONNECT_MS, LONGEST_MS, RECONNECT_MS, RING_MS};
use crate::call::{Effect, Media, Reason, Refused, Saved, Side};

fn reasons(world: &World) -> Vec<(Reason, i64)> {
    let ended = world.ended();
    ended.iter().map(|ended| (ended.reason, ended.duration_ms)).collect()
}

#[test]
fn a_talk_of_a_minute() {
    let mut world = World::new();
    let id = world.call(1, visitor(1, 10), &[1, 2]).unwrap();
    assert_eq!(world.rang_at(), [[1, 2]]);
    assert_eq!(world.calls.other(&id, 10), Err(Refused::NoCall));
    world.pass(RING_MS - 1);
    world.accept(&id, &agent(2, 20)).unwrap();
    assert_eq!(world.accept(&id, &agent(1, 30)), Err(Refused::NoCall));
    assert_eq!(world.calls.other(&id, 10), Ok(20));
    assert_eq!(world.calls.other(&id, 20), Ok(10));
    assert_eq!(world.calls.other(&id, 30), Err(Refused::NoCall));
    world.pass(CONNECT_MS - 1);
    world.connected(&id, 20).unwrap();
    world.pass(60_000);
    world.connected(&id, 10).unwrap();
    world.hang_up(&id, 10, false).unwrap();
    assert_eq!(reasons(&world), [(Reason::Hangup, 60_000)]);
    assert_eq!((world.ended()[0].agent_id, world.ended()[0].answered), (Some(2), true));
    assert!(world.calls.is_empty() && !world.calls.lives("room 1"));
    assert_eq!(world.hang_up(&id, 20, false), Err(Refused::NoCall));
}

#[test]
fn nobody_answers() {
    let mut world = World::new();
    world.call(1, visitor(1, 10), &[]).unwrap();
    world.call(2, agent(1, 20), &[1]).unwrap();
    world.pass(RING_MS - 1);
    assert!(world.ended().is_empty() && world.calls.lives("room 1"));
    world.pass(1);
    assert_eq!(reasons(&world), [(Reason::Missed, 0), (Reason::Missed, 0)]);
}

#[test]
fn the_caller_gives_up_and_nobody_else_can() {
    let mut world = World::new();
    let id = world.call(1, visitor(1, 10), &[1]).unwrap();
    assert_eq!(world.hang_up(&id, 11, false), Err(Refused::NoCall));
    world.hang_up(&id, 10, false).unwrap();
    assert_eq!(reasons(&world), [(Reason::Missed, 0)]);
}

#[test]
fn it_is_declined_when_all_who_are_free_have_declined() {
    let mut world = World::new();
    let id = world.call(1, visitor(1, 10), &[1, 2]).unwrap();
    let decline = |world: &mut World, id: &str, by| world.calls.decline(world.now, id, &by, &[1, 2], &mut world.done);
    assert_eq!(decline(&mut world, &id, visitor(1, 11)), Err(Refused::NoCall));
    decline(&mut world, &id, agent(1, 20)).unwrap();
    assert!(world.ended().is_empty());
    assert!(world.calls.ringing_for(world.now, &agent(1, 22).person).is_empty());
    decline(&mut world, &id, agent(2, 21)).unwrap();
    assert_eq!(reasons(&world), [(Reason::Declined, 0)]);

    let id = world.call(1, agent(1, 20), &[1, 2]).unwrap();
    decline(&mut world, &id, visitor(1, 10)).unwrap();
    assert_eq!(world.ended().len(), 2);
}

#[test]
fn agents_in_calls_are_left_alone_until_they_are_free() {
    let mut world = World::new();
    let first = world.call(1, visitor(1, 10), &[1]).unwrap();
    world.accept(&first, &agent(1, 20)).unwrap();
    world.call(2, visitor(2, 11), &[1]).unwrap();
    assert_eq!(reasons(&world), [(Reason::Busy, 0)]);
    let third = world.call(3, visitor(3, 12), &[1, 2]).unwrap();
    assert_eq!(world.rang_at(), [[1], [2]]);
    assert_eq!(world.accept(&third, &agent(1, 21)), Err(Refused::InCall));
    assert_eq!(world.call(2, agent(1, 21), &[1]), Err(Refused::InCall));
    assert!(world.calls.ringing_for(world.now, &agent(1, 21).person).is_empty());
    world.hang_up(&first, 20, false).unwrap();
    assert_eq!(world.rang_at(), [[1], [2], [1]]);
    assert_eq!(world.calls.ringing_for(world.now, &agent(1, 21).person).len(), 1);
    world.accept(&third, &agent(1, 20)).unwrap();
}

#[test]
fn both_call_at_once_and_talk() {
    let mut world = World::new();
    let id = world.call(1, visitor(1, 10), &[1]).unwrap();
    assert_eq!(
        world.call(1, visitor(1, 11), &[1]),
        Err(Refused::InCall),
        "another tab of the caller"
    );
    assert_eq!(world.call(1, agent(1, 20), &[1]).unwrap(), id);
    assert_eq!(world.calls.other(&id, 10), Ok(20));
    assert!(matches!(&world.done[1], Effect::Accepted { by: Some(name), except: 20, .. } if &**name == "agent 1"));
    assert_eq!(world.call(1, agent(2, 21), &[1]), Err(Refused::InCall));
}

#[test]
fn a_caller_who_closes_the_tab_rings_on_for_a_moment() {
    let mut world = World::new();
    let id = world.call(1, visitor(1, 10), &[1]).unwrap();
    world.calls.gone(world.now, 10, &mut world.done);
    world.pass(CALLER_BACK_MS - 1);
    let back = world.calls.resume(&id, &visitor(1, 11), &mut world.done).unwrap();
    assert_eq!(
        (back.state, back.caller, back.peer_online),
        ("ringing", Side::Visitor, false)
    );
    world.pass(CALLER_BACK_MS);
    assert!(world.ended().is_empty());
    world.calls.gone(world.now, 11, &mut world.done);
    world.pass(CALLER_BACK_MS);
    assert_eq!(reasons(&world), [(Reason::Missed, 0)]);
}

#[test]
fn a_caller_who_is_away_for_a_moment_is_answered() {
    let mut world = World::new();
    let id = world.call(1, visitor(1, 10), &[1]).unwrap();
    world.calls.gone(world.now, 10, &mut world.done);
    world.accept(&id, &agent(1, 20)).unwrap();
    let told = |effect: &Effect<u32>| {
        matches!(
            effect,
            Effect::Peer {
                to: 20,
                online: false,
                ..
            }
        )
    };
    assert!(world.done.iter().any(told));
    world.pass(RECONNECT_MS - 1);
    world.calls.resume(&id, &visitor(1, 11), &mut world.done).unwrap();
    assert_eq!(world.calls.other(&id, 20), Ok(11));
}

#[test]
fn a_lost_connection_is_waited_for() {
    let mut world = World::new();
    let id = world.call(1, visitor(1, 10), &[1]).unwrap();
    world.accept(&id, &agent(1, 20)).unwrap();
    world.connected(&id, 10).unwrap();
    world.pass(5_000);
    world.calls.gone(world.now, 20, &mut world.done);
    let told = |world: &World, tab: u32, is: bool| matches!(world.done.last(), Some(Effect::Peer { to, online, .. }) if (*to, *online) == (tab, is));
    assert!(told(&world, 10, false));
    assert_eq!(world.calls.other(&id, 10), Err(Refused::PeerGone));
    world.pass(RECONNECT_MS - 1);
    for stranger in [agent(2, 30), visitor(2, 30)] {
        assert_eq!(
            world.calls.resume(&id, &stranger, &mut world.done),
            Err(Refused::NoCall)
        );
    }
    let back = world.calls.resume(&id, &agent(1, 21), &mut world.done).unwrap();
    assert_eq!((back.state, back.peer_online), ("connected", true));
    assert!(told(&world, 10, true));
    assert_eq!(world.calls.other(&id, 10), Ok(21));
    // The old connection was only thought to be there.
    world.calls.resume(&id, &visitor(1, 11), &mut world.done).unwrap();
    assert!(
        world
            .done
            .iter()
            .any(|done| matches!(done, Effect::Displaced { to: 10, .. }))
    );
    assert_eq!(world.calls.other(&id, 10), Err(Refused::NoCall));
    let talked = world.now - 1_000_000;
    world.calls.gone(world.now, 11, &mut world.done);
    world.pass(RECONNECT_MS);
    assert_eq!(reasons(&world), [(Reason::Lost, talked)], "what is lost is not counted");
}

#[test]
fn no_media_and_too_much_of_it() {
    let mut world = World::new();
    let answered = |world: &mut World| {
        let id = world.call(1, visitor(1, 10), &[1]).unwrap();
        world.accept(&id, &agent(1, 20)).unwrap();
        id
    };
    answered(&mut world);
    world.pass(CONNECT_MS);
    let id = answered(&mut world);
    world.hang_up(&id, 20, true).unwrap();
    let id = answered(&mut world);
    world.connected(&id, 20).unwrap();
    world.pass(LONGEST_MS);
    assert_eq!(
        reasons(&world),
        [(Reason::Failed, 0), (Reason::Failed, 0), (Reason::Hangup, LONGEST_MS)]
    );
}

#[test]
fn a_restart_goes_on_where_it_was() {
    let mut world = World::new();
    let saved = |n: i64, answered_at: Option<i64>, connected_at| Saved {
        id: format!("call {n}").into(),
        session_id: n,
        room: format!("room {n}").into(),
        caller: Side::Visitor,
        caller_name: "Ali".into(),
        agent_id: answered_at.map(|_| n),
        media: Media::Video,
        started_at: 990_000,
        answered_at,
        connected_at,
        seen_at: 999_000,
    };
    let now = world.now;
    let older = Saved {
        id: "call 0".into(),
        ..saved(3, Some(981_000), Some(982_000))
    };
    for saved in [
        saved(1, None, None),
        saved(2, Some(991_000), Some(992_000)),
        older,
        saved(3, Some(991_000), Some(992_000)),
    ] {
        world.calls.restore(now, saved, &mut world.done);
    }
    assert_eq!(
        reasons(&world),
        [(Reason::Lost, 8_000)],
        "of two in one room the older one is over"
    );
    assert_eq!(world.calls.ringing_for(now, &agent(9, 90).person).len(), 1);
    let wrong = world.calls.resume("call 2", &agent(1, 20), &mut world.done);
    assert_eq!(wrong, Err(Refused::NoCall));
    world.calls.resume("call 2", &agent(2, 20), &mut world.done).unwrap();
    world.calls.resume("call 2", &visitor(2, 21), &mut world.done).unwrap();
    assert_eq!(world.calls.other("call 2", 20), Ok(21));
    world.pass(RECONNECT_MS);
    let mut ended = reasons(&world);
    ended.sort_by_key(|(_, duration)| *duration);
    assert_eq!(
        ended,
        [(Reason::Missed, 0), (Reason::Lost, 7_000), (Reason::Lost, 8_000)]
    );
    assert_eq!(world.calls.len(), 1);
}

#[test]
fn an_erased_room_leaves_no_line() {
    let mut world = World::new();
    let id = world.call(1, visitor(1, 10), &[1]).unwrap();
    world.accept(&id, &agent(1, 20)).unwrap();
    world.calls.erase(world.now, "room 1", &mut world.done);
    assert!(world.ended().is_empty() && world.calls.is_empty());
    assert!(matches!(world.done.last(), Some(Effect::Erased(_))));
    assert!(world.call(2, agent(1, 20), &[1]).is_ok());
}
