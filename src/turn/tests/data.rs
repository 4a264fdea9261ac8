//! Data from one allocation to another, and to nobody else.

use super::*;

/// What a data indication says: from whom, and what.
fn indication(reply: &Reply) -> (SocketAddr, Vec<u8>) {
    let packet = Packet::parse(&reply.bytes).unwrap();
    assert_eq!(packet.class(), MessageClass::Indication);
    assert_eq!(packet.method(), turn_types::message::DATA);
    let peer: XorPeerAddress = packet.read().unwrap().unwrap();
    (
        peer.addr(packet.transaction()),
        packet.first(0x0013).unwrap().value.to_vec(),
    )
}

#[test]
fn data_goes_both_ways_in_both_forms_at_every_length() {
    let mut scene = Scene::new();
    let (one, of_one) = scene.allocated(client(1), "room");
    let (other, of_other) = scene.allocated(client(2), "room");
    assert_eq!((scene.permit(&one, of_other), scene.permit(&other, of_one)), (0, 0));
    for length in (0..40).chain([1199, 1200, 1201, 60_000]) {
        let data: Vec<u8> = (0..length).map(|n| n as u8).collect();
        let reply = scene.give(&one.from, &send_indication(of_other, &data)).unwrap();
        assert_eq!(reply.to, other.from);
        assert_eq!(indication(&reply), (of_one, data));
        scene.pass(1);
    }
    assert_eq!(scene.bind(&one, 0x4001, of_other), 0);
    for length in (0..40).chain([1199, 1200, 1201, 60_000]) {
        let data: Vec<u8> = (0..length).map(|n| n as u8).collect();
        let over_channel = scene.give(&one.from, &channel_data(0x4001, &data)).unwrap();
        assert_eq!(indication(&over_channel), (of_one, data.clone()));
        let back = scene.give(&other.from, &send_indication(of_one, &data)).unwrap();
        assert_eq!((back.to, back.bytes), (one.from, channel_data(0x4001, &data)));
        scene.pass(1);
    }
    assert_eq!(scene.bind(&other, 0x4fff, of_one), 0);
    let mut padded = channel_data(0x4001, b"odd");
    padded.push(0);
    let reply = scene.give(&one.from, &padded).unwrap();
    assert_eq!(reply.bytes, channel_data(0x4fff, b"odd"));
}

#[test]
fn nothing_comes_without_a_permission_on_both_sides() {
    let mut scene = Scene::new();
    let (one, of_one) = scene.allocated(client(1), "room");
    let (other, of_other) = scene.allocated(client(2), "room");
    let word = send_indication(of_other, b"word");
    assert_eq!(scene.give(&one.from, &word), None);
    assert_eq!(scene.permit(&one, of_other), 0);
    assert_eq!(scene.give(&one.from, &word), None);
    assert_eq!(scene.permit(&other, of_one), 0);
    assert!(scene.give(&one.from, &word).is_some());
    scene.pass(300);
    assert_eq!(scene.give(&one.from, &word), None, "five minutes are over");
    assert_eq!(scene.engine.counters().undeliverable, 3);
}

#[test]
fn a_channel_ends_after_ten_minutes_and_keeps_its_permission_for_five() {
    let mut scene = Scene::new();
    let (one, of_one) = scene.allocated(client(1), "room");
    let (other, of_other) = scene.allocated(client(2), "room");
    for user in [&one, &other] {
        assert_eq!(scene.refresh(user, 3600).code(), 0);
    }
    assert_eq!(
        (scene.bind(&one, 0x4000, of_other), scene.bind(&other, 0x4000, of_one)),
        (0, 0)
    );
    let word = channel_data(0x4000, b"word");
    scene.pass(299);
    assert!(scene.give(&one.from, &word).is_some());
    scene.pass(1);
    assert_eq!(scene.give(&one.from, &word), None);
    assert_eq!(scene.permit(&other, of_one), 0);
    assert!(scene.give(&one.from, &word).is_some());
    scene.pass(299);
    assert!(scene.give(&one.from, &word).is_some());
    scene.pass(1);
    assert_eq!(scene.give(&one.from, &word), None);
}

#[test]
fn another_room_is_out_of_reach() {
    let mut scene = Scene::new();
    let (one, of_one) = scene.allocated(client(1), "room");
    let (other, of_other) = scene.allocated(client(2), "other");
    assert_eq!((scene.permit(&one, of_other), scene.permit(&other, of_one)), (0, 0));
    assert_eq!(scene.give(&one.from, &send_indication(of_other, b"word")), None);
    assert_eq!(scene.bind(&one, 0x4000, of_other), 403);
    assert_eq!(scene.bind(&one, 0x4000, of_one), 403, "and so is oneself");
}

#[test]
fn channels_say_what_is_wrong() {
    let mut scene = Scene::new();
    let (one, _) = scene.allocated(client(1), "room");
    let (_, of_other) = scene.allocated(client(2), "room");
    let (_, of_third) = scene.allocated(client(3), "room");
    for number in [0, 0x3fff, 0x8000, 0xffff] {
        assert_eq!(scene.bind(&one, number, of_other), 400, "{number:x}");
    }
    assert_eq!(scene.bind(&one, 0x4000, of_other), 0);
    assert_eq!(scene.bind(&one, 0x4000, of_third), 400);
    assert_eq!(scene.bind(&one, 0x4001, of_other), 400);
    assert_eq!(
        scene.ask(&one, CHANNEL_BIND, &[&ChannelNumber::new(0x4002)]).code(),
        400
    );
    assert_eq!(scene.ask(&one, CREATE_PERMISSION, &[]).code(), 400);
    let nowhere = SocketAddr::new(of_other.ip(), 10_000);
    assert_eq!(
        scene.bind(&one, 0x4003, nowhere),
        403,
        "our own address, but no allocation"
    );
    assert_eq!(scene.give(&one.from, &channel_data(0x4005, b"unbound")), None);
    assert_eq!(scene.give(&client(9), &channel_data(0x4000, b"a stranger")), None);
}

#[test]
fn one_allocation_sends_only_so_fast() {
    let mut slow = rules();
    slow.bytes_per_second = 10_000;
    let mut scene = Scene::with(slow);
    let (one, of_one) = scene.allocated(client(1), "room");
    let (other, of_other) = scene.allocated(client(2), "room");
    assert_eq!(
        (scene.bind(&one, 0x4000, of_other), scene.bind(&other, 0x4000, of_one)),
        (0, 0)
    );
    let word = channel_data(0x4000, &[1; 1000]);
    let passed = (0..50).filter(|_| scene.give(&one.from, &word).is_some()).count();
    assert_eq!((passed, scene.engine.counters().too_fast), (10, 40));
    assert!(scene.give(&other.from, &word).is_some(), "the other side has its own");
}

#[test]
fn a_closed_connection_frees_its_allocation() {
    let mut scene = Scene::new();
    let on_tcp = Client {
        transport: Transport::Tcp(1),
        ..client(1)
    };
    let (one, of_one) = scene.allocated(on_tcp, "room");
    let (other, of_other) = scene.allocated(client(2), "room");
    assert_eq!(
        (scene.bind(&one, 0x4000, of_other), scene.bind(&other, 0x4000, of_one)),
        (0, 0)
    );
    assert_eq!(
        scene.give(&other.from, &channel_data(0x4000, b"word")).unwrap().to,
        on_tcp
    );
    scene.engine.closed(&on_tcp, scene.now);
    assert_eq!(scene.give(&other.from, &channel_data(0x4000, b"word")), None);
    assert_eq!(scene.engine.counters().allocations, 1);
    assert_eq!(
        scene.bind(&other, 0x4000, of_one),
        0,
        "its binding may still be refreshed"
    );
}
