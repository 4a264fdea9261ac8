//! Every error that a request can meet (RFC 8656 §7 to §12, RFC 8489 §9.2.4).

use super::*;
use crate::turn::requests::{LIFE_MAX_MS, LIFETIME_MAX_S, LIFETIME_S};
use stun_types::AddressFamily;
use stun_types::attribute::{RawAttribute, UnknownAttributes, Userhash};
use stun_types::message::BINDING;
use turn_types::attribute::{
    AdditionalAddressFamily, AddressErrorCode, DontFragment, EvenPort, RequestedAddressFamily, ReservationToken,
};

const TRANSPORT: u8 = 17;

fn lifetime(reply: &Reply) -> u32 {
    let packet = Packet::parse(&reply.bytes).unwrap();
    packet.read::<Lifetime>().unwrap().unwrap().seconds()
}

#[test]
fn allocate_says_what_is_wrong() {
    let transport = RequestedTransport::new(TRANSPORT);
    let tcp = RequestedTransport::new(6);
    let four = RequestedAddressFamily::new(AddressFamily::IPV4);
    let six = RequestedAddressFamily::new(AddressFamily::IPV6);
    let too = AdditionalAddressFamily::new(AddressFamily::IPV6);
    let too_four = RawAttribute::new(0x8000.into(), &[1, 0, 0, 0]);
    let (even, pair, token) = (EvenPort::new(false), EvenPort::new(true), ReservationToken::new(1));
    let fragment = DontFragment::new();
    let unknown = RawAttribute::new(0x7001.into(), &[1, 2, 3]);
    let optional = RawAttribute::new(0x8fff.into(), &[1]);
    let family_5 = RawAttribute::new(0x0017.into(), &[5, 0, 0, 0]);
    let short = RawAttribute::new(0x0019.into(), &[17]);
    let userhash = Userhash::new([1; 32]);
    let password_algorithm = RawAttribute::new(0x001d.into(), &[0, 1, 0, 0]);
    let rows: &[(&str, u16, &[&dyn AttributeWrite])] = &[
        ("no transport", 400, &[]),
        ("a short transport", 400, &[&short]),
        ("TCP to the peer", 442, &[&tcp]),
        ("as browsers do", 0, &[&transport]),
        ("IPv4", 0, &[&transport, &four]),
        ("IPv6, which there is none of", 440, &[&transport, &six]),
        ("a family nobody knows", 400, &[&transport, &family_5]),
        ("both families, in both ways", 400, &[&transport, &four, &too]),
        ("IPv4 besides", 400, &[&transport, &too_four]),
        ("an even port", 0, &[&transport, &even]),
        ("and the next one", 508, &[&transport, &pair]),
        ("a reservation", 508, &[&transport, &token]),
        ("a reservation of an even port", 400, &[&transport, &token, &even]),
        ("no fragments", 0, &[&transport, &fragment]),
        ("what must be understood", 420, &[&transport, &unknown]),
        ("what need not be", 0, &[&transport, &optional]),
        ("a hashed name besides", 420, &[&transport, &userhash]),
        ("a password algorithm", 420, &[&transport, &password_algorithm]),
    ];
    for (n, (what, code, attributes)) in rows.iter().enumerate() {
        let mut scene = Scene::new();
        let user = scene.user(client(n as u16), "room");
        let reply = scene.ask(&user, ALLOCATE, attributes);
        assert_eq!(reply.code(), *code, "{what}");
        assert_eq!(reply.to, user.from);
        let packet = Packet::parse(&reply.bytes).unwrap();
        let message = packet.message().unwrap();
        assert!(message.validate_integrity_with_key(&user.key).is_ok(), "{what}: sealed");
        assert_eq!(scene.engine.counters().allocations, u64::from(*code == 0), "{what}");
    }
}

#[test]
fn unknown_attributes_are_named() {
    let mut scene = Scene::new();
    let user = scene.user(client(1), "room");
    let unknown = [0x7001_u16, 0x7002].map(|number| RawAttribute::new(number.into(), &[]));
    let reply = scene.ask(&user, ALLOCATE, &[&unknown[0], &unknown[1]]);
    let packet = Packet::parse(&reply.bytes).unwrap();
    let named = packet.read::<UnknownAttributes>().unwrap().unwrap();
    assert!(named.has_attribute(0x7001.into()) && named.has_attribute(0x7002.into()));
    let binding = request(BINDING, TransactionId::generate(), &[&unknown[0]]).finish();
    assert_eq!(scene.give(&client(2), &binding).unwrap().code(), 420);
}

#[test]
fn an_even_port_is_even_and_a_second_family_is_refused_in_the_answer() {
    let mut scene = Scene::new();
    let transport = RequestedTransport::new(TRANSPORT);
    for n in 0..6 {
        let user = scene.user(client(n), &format!("room{n}"));
        let reply = scene.ask(&user, ALLOCATE, &[&transport, &EvenPort::new(false)]);
        assert_eq!(relayed(&reply).port() % 2, 0);
    }
    let user = scene.user(client(9), "room");
    let reply = scene.ask(
        &user,
        ALLOCATE,
        &[&transport, &AdditionalAddressFamily::new(AddressFamily::IPV6)],
    );
    let packet = Packet::parse(&reply.bytes).unwrap();
    let error = packet.read::<AddressErrorCode>().unwrap().unwrap();
    assert_eq!((error.family(), error.error().code()), (AddressFamily::IPV6, 440));
}

#[test]
fn a_lifetime_is_ten_minutes_to_an_hour() {
    let rows = [
        (None, LIFETIME_S),
        (Some(0), 600),
        (Some(1), 600),
        (Some(777), 777),
        (Some(u32::MAX), LIFETIME_MAX_S),
    ];
    for (n, (wanted, given)) in rows.into_iter().enumerate() {
        let mut scene = Scene::new();
        let user = scene.user(client(n as u16), "room");
        let transport = RequestedTransport::new(TRANSPORT);
        let wanted = wanted.map(Lifetime::new);
        let mut attributes: Vec<&dyn AttributeWrite> = vec![&transport];
        attributes.extend(wanted.iter().map(|wanted| wanted as &dyn AttributeWrite));
        let reply = scene.ask(&user, ALLOCATE, &attributes);
        assert_eq!(lifetime(&reply), given);
        scene.pass(u64::from(given) - 1);
        assert!(scene.engine.serves(&user.from, scene.now));
        scene.pass(1);
        assert!(!scene.engine.serves(&user.from, scene.now));
        scene.engine.expire(scene.now);
        assert_eq!(scene.engine.counters().allocations, 0);
    }
}

#[test]
fn an_allocate_that_comes_again_is_answered_the_same_and_another_one_is_refused() {
    let mut scene = Scene::new();
    let user = scene.user(client(1), "room");
    let bytes = user.allocate();
    let first = scene.give(&user.from, &bytes).unwrap();
    scene.pass(3);
    assert_eq!(scene.give(&user.from, &bytes).unwrap(), first);
    assert_eq!(scene.give(&user.from, &user.allocate()).unwrap().code(), 437);
    assert_eq!(scene.engine.counters().made, 1);
    // The same bytes from elsewhere are somebody else's.
    assert_eq!(scene.give(&client(2), &bytes).unwrap().code(), 438);
}

#[test]
fn without_an_allocation_there_is_nothing_to_change() {
    let mut scene = Scene::new();
    let (_, peer) = scene.allocated(client(1), "room");
    let user = scene.user(client(2), "room");
    assert_eq!(scene.refresh(&user, 600).code(), 437);
    assert_eq!(scene.permit(&user, peer), 437);
    assert_eq!(scene.bind(&user, 0x4000, peer), 437);
}

#[test]
fn an_allocation_obeys_only_who_made_it() {
    let mut scene = Scene::new();
    let (user, _) = scene.allocated(client(1), "room");
    let other = scene.user(user.from, "other");
    let agent = mint(&SECRET, "room", Role::Agent, scene.now.unix_s);
    let agent = scene.user_with(user.from, agent);
    for somebody in [&other, &agent] {
        assert_eq!(scene.refresh(somebody, 0).code(), 441);
        assert_eq!(scene.permit(somebody, "203.0.113.1:50000".parse().unwrap()), 441);
        assert_eq!(scene.give(&somebody.from, &somebody.allocate()).unwrap().code(), 437);
    }
    assert_eq!(scene.refresh(&user, 0).code(), 0);
    assert_eq!(scene.engine.counters().allocations, 0);
}

#[test]
fn a_refresh_is_granted_while_the_credentials_are_good_or_the_call_lives() {
    let mut scene = Scene::new();
    let (mut user, _) = scene.allocated(client(1), "room");
    let renew = |scene: &mut Scene, user: &mut User| {
        user.nonce = scene.engine.nonces.make(&user.from, scene.now.ms);
        scene.refresh(user, 3600)
    };
    scene.pass(599);
    assert_eq!(lifetime(&renew(&mut scene, &mut user)), 3600);
    scene.pass(3001);
    assert_eq!(
        renew(&mut scene, &mut user).code(),
        403,
        "the hour is over, and there is no call"
    );
    scene.call.store(true, Ordering::Relaxed);
    assert_eq!(renew(&mut scene, &mut user).code(), 0);
    let mut granted = 3600;
    while granted == 3600 {
        scene.pass(3000);
        granted = lifetime(&renew(&mut scene, &mut user));
    }
    assert!(granted < 3600, "no longer than twelve hours in all");
    scene.pass(u64::from(granted) - 1);
    assert!(scene.now.ms - BEGIN.ms < LIFE_MAX_MS);
    assert!(scene.engine.serves(&user.from, scene.now));
    assert!(matches!(renew(&mut scene, &mut user).code(), 0));
    scene.pass(1);
    assert!(!scene.engine.serves(&user.from, scene.now));
}

#[test]
fn quotas_are_for_rooms_addresses_and_all() {
    let mut few = rules();
    few.quotas = Quotas {
        of_room: 2,
        of_address: 3,
        in_all: 5,
    };
    let mut scene = Scene::with(few);
    let allocate = |scene: &mut Scene, from: &str, room: &str| {
        let user = scene.user(udp(from), room);
        scene.give(&user.from, &user.allocate()).unwrap().code()
    };
    assert_eq!(allocate(&mut scene, "198.51.100.1:1", "a"), 0);
    assert_eq!(allocate(&mut scene, "198.51.100.2:1", "a"), 0);
    assert_eq!(allocate(&mut scene, "198.51.100.3:1", "a"), 486, "of the room");
    assert_eq!(allocate(&mut scene, "198.51.100.1:2", "b"), 0);
    assert_eq!(allocate(&mut scene, "198.51.100.1:3", "b"), 0);
    assert_eq!(allocate(&mut scene, "198.51.100.1:4", "c"), 486, "of the address");
    assert_eq!(allocate(&mut scene, "198.51.100.4:1", "c"), 0);
    assert_eq!(allocate(&mut scene, "198.51.100.5:1", "d"), 508, "of all");
    scene.pass(600);
    scene.engine.expire(scene.now);
    assert_eq!(allocate(&mut scene, "198.51.100.1:4", "a"), 0);
}
