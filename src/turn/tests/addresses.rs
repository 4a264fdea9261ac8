//! Which addresses stand for allocations, and that no other is ever a peer.

use super::*;
use stun_types::AddressFamily;
use turn_types::attribute::RequestedAddressFamily;

fn allocate(scene: &mut Scene, from: Client, family: Option<AddressFamily>) -> Result<SocketAddr, u16> {
    let user = scene.user(from, "room");
    let family = family.map(RequestedAddressFamily::new);
    let transport = RequestedTransport::new(17);
    let mut attributes: Vec<&dyn AttributeWrite> = vec![&transport];
    attributes.extend(family.iter().map(|family| family as &dyn AttributeWrite));
    let reply = scene.ask(&user, ALLOCATE, &attributes);
    match reply.code() {
        0 => Ok(relayed(&reply)),
        code => Err(code),
    }
}

#[test]
fn the_relayed_address_is_public_then_where_the_client_came_to_then_our_own() {
    let (four, six) = ("198.51.100.1:5000", "[2001:db8::5]:5000");
    /// Public ones, our own, who asks, for what, and what is given.
    type Case<'a> = (
        &'a [&'a str],
        &'a [&'a str],
        &'a str,
        Option<AddressFamily>,
        Result<&'a str, u16>,
    );
    let cases: &[Case<'_>] = &[
        (&[], &[], four, None, Ok("203.0.113.1")),
        (&["192.0.2.9"], &["10.0.0.1"], four, None, Ok("192.0.2.9")),
        (&["2001:db8::9"], &[], four, None, Ok("203.0.113.1")),
        (&[], &["10.0.0.1"], six, None, Ok("10.0.0.1")),
        (&["192.0.2.9"], &[], six, None, Ok("192.0.2.9")),
        (&[], &[], six, None, Ok("2001:db8::1")),
        (&[], &[], six, Some(AddressFamily::IPV6), Ok("2001:db8::1")),
        (&["2001:db8::9"], &[], six, Some(AddressFamily::IPV6), Ok("2001:db8::9")),
        (&[], &[], six, Some(AddressFamily::IPV4), Err(440)),
        (&[], &[], four, Some(AddressFamily::IPV6), Err(440)),
        (
            &[],
            &["2001:db8::7"],
            four,
            Some(AddressFamily::IPV6),
            Ok("2001:db8::7"),
        ),
    ];
    for (public, own, from, family, expected) in cases {
        let mut rules = rules();
        rules.public_ips = public.iter().map(|text| ip(text)).collect();
        rules.own_ips = own.iter().map(|text| ip(text)).collect();
        let mut scene = Scene::with(rules);
        let found = allocate(&mut scene, udp(from), *family).map(|relayed| relayed.ip());
        assert_eq!(found, expected.map(ip), "{public:?} {own:?} {from}");
    }
}

#[test]
fn what_stands_for_no_allocation_is_forbidden() {
    // A relay on loopback: the worst case, because its own address is one that must not be reached.
    let mut scene = Scene::new();
    let near = |port: u16| Client {
        local: ip("127.0.0.1"),
        ..udp(&format!("127.0.0.1:{port}"))
    };
    let (one, _) = scene.allocated(near(5001), "room");
    let (_, of_other) = scene.allocated(near(5002), "room");
    assert_eq!(scene.permit(&one, of_other), 0);
    for text in [
        "::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "127.0.0.2",
        "10.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "::",
        "255.255.255.255",
        "224.0.0.1",
        "192.168.1.1",
        "8.8.8.8",
        "fe80::1",
        "64:ff9b::7f00:1",
    ] {
        for port in [of_other.port(), 80] {
            let peer = SocketAddr::new(ip(text), port);
            assert_eq!(scene.permit(&one, peer), 403, "{peer}");
            assert_eq!(scene.bind(&one, 0x4000, peer), 403, "{peer}");
            assert_eq!(scene.give(&one.from, &send_indication(peer, b"word")), None, "{peer}");
        }
    }
    // Our own address on a port that is no allocation: the HTTP server's, the relay's, that of a client.
    for port in [0, 80, 3478, 10_000, 5001, 49_152, 65_535] {
        let peer = SocketAddr::new(of_other.ip(), port);
        if peer != of_other {
            assert_eq!(scene.bind(&one, 0x4000, peer), 403, "{peer}");
            assert_eq!(scene.give(&one.from, &send_indication(peer, b"word")), None, "{peer}");
        }
    }
}

#[test]
fn an_allocation_of_the_other_family_does_not_match() {
    let mut scene = Scene::new();
    let six = udp("[2001:db8::5]:5000");
    let of_six = allocate(&mut scene, six, Some(AddressFamily::IPV6)).unwrap();
    let (one, _) = scene.allocated(client(1), "room");
    assert_eq!(scene.permit(&one, of_six), 443);
    assert_eq!(scene.bind(&one, 0x4000, of_six), 443);
}

#[test]
fn one_forbidden_peer_spoils_the_request() {
    let mut scene = Scene::new();
    let (one, _) = scene.allocated(client(1), "room");
    let (_, of_other) = scene.allocated(client(2), "room");
    let id = TransactionId::generate();
    let peers = [of_other, "10.0.0.1:80".parse().unwrap()].map(|peer| XorPeerAddress::new(peer, id));
    let bytes = one.request_with_id(CREATE_PERMISSION, id, &[&peers[0], &peers[1]]);
    assert_eq!(scene.give(&one.from, &bytes).unwrap().code(), 403);
    assert!(scene.give(&one.from, &send_indication(of_other, b"word")).is_none());
}
