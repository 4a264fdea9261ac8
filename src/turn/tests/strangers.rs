//! Who has no credentials, or not the right ones.

use super::*;
use crate::turn::nonce::NONCE_CHARS;
use stun_types::attribute::Userhash;
use stun_types::message::BINDING;
use turn_types::message::CONNECT;

fn challenge(scene: &mut Scene, from: &Client, bytes: &[u8], code: u16) -> Reply {
    let reply = scene.give(from, bytes).unwrap();
    assert_eq!(reply.code(), code);
    let packet = Packet::parse(&reply.bytes).unwrap();
    assert_eq!(packet.read::<Realm>().unwrap().unwrap().realm(), REALM);
    let nonce = packet.read::<Nonce>().unwrap().unwrap();
    assert!(scene.engine.nonces.check(nonce.nonce(), from, scene.now.ms));
    assert!(!packet.has_integrity());
    reply
}

#[test]
fn anybody_learns_his_address_and_nobody_more_than_twice_what_he_sent() {
    let mut scene = Scene::new();
    for from in ["198.51.100.1:5000", "[2001:db8::5]:5000"] {
        let bytes = request(BINDING, TransactionId::generate(), &[]).finish();
        let reply = scene.give(&udp(from), &bytes).unwrap();
        assert_eq!(mapped(&reply), from.parse().unwrap());
        let headers = if from.starts_with('[') { 48 } else { 0 };
        assert!(reply.bytes.len() + headers <= 2 * (bytes.len() + headers));
    }
    for (method, attributes) in [(ALLOCATE, true), (ALLOCATE, false), (REFRESH, false), (CONNECT, false)] {
        for fingerprint in [false, true] {
            let transport = RequestedTransport::new(17);
            let attributes: &[&dyn AttributeWrite] = if attributes { &[&transport] } else { &[] };
            let mut message = request(method, TransactionId::generate(), attributes);
            if fingerprint {
                message.add_fingerprint().unwrap();
            }
            let bytes = message.finish();
            let reply = scene.give(&client(1), &bytes).unwrap();
            assert!(
                reply.bytes.len() <= 2 * bytes.len(),
                "{} for {}",
                reply.bytes.len(),
                bytes.len()
            );
            assert_eq!(Packet::parse(&reply.bytes).unwrap().has_fingerprint(), fingerprint);
            let small = !attributes_are_enough(bytes.len(), fingerprint);
            assert_eq!(reply.code(), if small { 400 } else { 401 });
        }
    }
}

/// A challenge has 56 bytes, with a fingerprint 64.
fn attributes_are_enough(length: usize, fingerprint: bool) -> bool {
    2 * length >= if fingerprint { 64 } else { 56 }
}

#[test]
fn who_has_no_or_wrong_credentials_is_challenged() {
    let mut scene = Scene::new();
    let from = client(1);
    let transport = RequestedTransport::new(17);
    let plain = request(ALLOCATE, TransactionId::generate(), &[&transport]).finish();
    challenge(&mut scene, &from, &plain, 401);

    let good = mint(&SECRET, "room", Role::Visitor, scene.now.unix_s);
    let mut wrong = vec![("foreign", mint(&[8; 32], "room", Role::Visitor, scene.now.unix_s))];
    wrong.push(("expired", mint(&SECRET, "room", Role::Visitor, scene.now.unix_s - 3600)));
    wrong.push(("too long", mint(&SECRET, "room", Role::Visitor, scene.now.unix_s + 301)));
    let mut other_room = good.clone();
    other_room.username = other_room.username.replace("room", "rooms");
    wrong.push(("another room's", other_room));
    let mut longer = good.clone();
    longer.username = format!("{}:room:v", scene.now.unix_s + 3601);
    wrong.push(("made longer", longer));
    for name in ["", "user", "1:room:x"] {
        let credentials = Credentials {
            username: name.to_owned(),
            credential: credentials::password(&SECRET, name),
            ttl_s: 0,
        };
        wrong.push(("no form", credentials));
    }
    for (what, credentials) in wrong {
        let user = scene.user_with(from, credentials);
        challenge(&mut scene, &from, &user.allocate(), 401);
        assert_eq!(scene.engine.counters().allocations, 0, "{what}");
    }
    let user = scene.user_with(from, good);
    assert_eq!(scene.give(&from, &user.allocate()).unwrap().code(), 0);
}

#[test]
fn a_changed_message_is_no_message_of_its_sender() {
    let mut scene = Scene::new();
    let user = scene.user(client(1), "room");
    let mut bytes = user.allocate();
    bytes[27] ^= 1;
    challenge(&mut scene, &user.from, &bytes, 401);
}

#[test]
fn an_old_nonce_is_stale_and_the_new_one_works() {
    let mut scene = Scene::new();
    let mut user = scene.user(client(1), "room");
    scene.pass(3599);
    user.credentials = mint(&SECRET, "room", Role::Visitor, scene.now.unix_s);
    user.key = credentials::integrity_key(&user.credentials.username, &user.credentials.credential);
    let reply = challenge(&mut scene, &user.from.clone(), &user.allocate(), 438);
    let packet = Packet::parse(&reply.bytes).unwrap();
    user.nonce = packet.read::<Nonce>().unwrap().unwrap().nonce().to_owned();
    assert_eq!(user.nonce.len(), NONCE_CHARS);
    assert_eq!(scene.give(&user.from, &user.allocate()).unwrap().code(), 0);
    // Another client's is no better.
    let other = scene.user(client(2), "room");
    user.nonce = other.nonce;
    challenge(&mut scene, &user.from.clone(), &user.allocate(), 438);
}

#[test]
fn what_is_missing_beside_the_integrity_is_a_bad_request() {
    let mut scene = Scene::new();
    let user = scene.user(client(1), "room");
    let (name, realm, nonce) = (
        Username::new(&user.credentials.username).unwrap(),
        Realm::new(REALM).unwrap(),
        Nonce::new(&user.nonce).unwrap(),
    );
    let hash = Userhash::new(Userhash::compute(&user.credentials.username, REALM));
    let rows: [&[&dyn AttributeWrite]; 4] = [
        &[&realm, &nonce],
        &[&name, &nonce],
        &[&name, &realm],
        &[&hash, &realm, &nonce],
    ];
    for attributes in rows {
        let mut message = request(ALLOCATE, TransactionId::generate(), attributes);
        message
            .add_message_integrity_with_key(&user.key, IntegrityAlgorithm::Sha1)
            .unwrap();
        assert_eq!(scene.give(&user.from, &message.finish()).unwrap().code(), 400);
    }
}

#[test]
fn integrity_by_sha_256_alone_is_none() {
    let mut scene = Scene::new();
    let user = scene.user(client(1), "room");
    let name = Username::new(&user.credentials.username).unwrap();
    let (realm, nonce) = (Realm::new(REALM).unwrap(), Nonce::new(&user.nonce).unwrap());
    let mut message = request(
        ALLOCATE,
        TransactionId::generate(),
        &[&RequestedTransport::new(17), &name, &realm, &nonce],
    );
    let key = stun_types::message::LongTermKeyCredentials::new(
        user.credentials.username.clone(),
        user.credentials.credential.clone(),
        REALM.to_owned(),
    )
    .make_key(IntegrityAlgorithm::Sha256);
    message
        .add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha256)
        .unwrap();
    challenge(&mut scene, &user.from, &message.finish(), 401);
}

#[test]
fn strangers_leave_no_memory_and_get_few_answers() {
    let mut scene = Scene::new();
    let bytes = request(ALLOCATE, TransactionId::generate(), &[&RequestedTransport::new(17)]).finish();
    let answered = (0..1000).filter(|_| scene.give(&client(1), &bytes).is_some()).count();
    assert_eq!(answered, 64);
    assert_eq!(scene.engine.counters().silenced, 936);
    for n in 0..20_000 {
        scene.give(&client(n), &bytes);
    }
    assert!(scene.engine.table.is_empty());
}
