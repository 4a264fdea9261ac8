use super::*;
use crate::turn::client::Transport;

fn client(n: u32) -> Client {
    Client {
        transport: Transport::Udp,
        remote: ((n + 0x0a00_0000).to_be_bytes(), 5000).into(),
        local: [192, 0, 2, 1].into(),
    }
}

fn add(table: &mut Table, n: u32, even: bool, now_ms: u64) -> Result<SocketAddr, NoPlace> {
    let room = format!("room{n}");
    let (place, port) = table.free_place(&room, &client(n), even, now_ms)?;
    let relayed = SocketAddr::from(([192, 0, 2, 1], port));
    let allocation = Allocation::new(client(n), "u", room.as_str().into(), relayed, now_ms);
    table.insert(place, allocation, now_ms + 1000);
    Ok(relayed)
}

const MANY: Quotas = Quotas {
    of_room: 16,
    of_address: 64,
    in_all: 100_000,
};

#[test]
fn every_port_is_given_once_and_names_its_allocation() {
    let mut table = Table::new(MANY, [1, 2, 3, 4]);
    let mut ports = BTreeSet::new();
    for n in 0..u32::from(PORTS) {
        let relayed = add(&mut table, n, false, 0).unwrap();
        assert!(relayed.port() >= PORTS_BEGIN && ports.insert(relayed.port()));
        let place = table.place_at(relayed, 0).unwrap();
        assert_eq!(table.get(place).unwrap().client, client(n));
        assert_eq!(table.place_of(&client(n), 0), Some(place));
    }
    assert_eq!(add(&mut table, 99_999, false, 0), Err(NoPlace::Capacity));
    assert_eq!(table.place_at("192.0.2.2:50000".parse().unwrap(), 0), None);
    assert_eq!(table.place_at("192.0.2.1:80".parse().unwrap(), 0), None);
}

#[test]
fn one_that_has_ended_is_found_no_more_and_its_port_rests() {
    let mut table = Table::new(MANY, [9; 4]);
    let relayed = add(&mut table, 1, false, 0).unwrap();
    assert!(table.has_ip(relayed.ip()));
    assert!(table.place_at(relayed, 999).is_some());
    assert_eq!(table.place_at(relayed, 1000), None, "before anybody swept");
    assert_eq!(table.place_of(&client(1), 1000), None);
    assert_eq!((table.expire(999), table.expire(1000)), (0, 1));
    assert!(table.is_empty() && !table.has_ip(relayed.ip()));
    assert!(table.ends.is_empty() && table.of_room.is_empty() && table.of_address.is_empty());
    assert_ne!(add(&mut table, 2, false, 2000).unwrap(), relayed);
    assert_eq!(add(&mut table, 3, false, 1000 + PORT_REST_MS).unwrap(), relayed);
    assert_eq!(table.places.len(), 2);
}

#[test]
fn an_even_port_is_found_and_the_odd_one_is_kept() {
    for seed in 0..8 {
        let mut table = Table::new(MANY, [seed, seed, seed, seed]);
        for n in 0..10 {
            assert_eq!(add(&mut table, n, true, 0).unwrap().port() % 2, 0);
        }
        let places = table.places.len();
        for n in 10..places as u32 {
            assert_eq!(add(&mut table, n, false, 0).unwrap().port() % 2, 1);
        }
        assert_eq!((table.places.len(), table.rested.len()), (places, 0));
    }
}

#[test]
fn a_room_an_address_and_all_have_their_share() {
    let quotas = Quotas {
        of_room: 1,
        of_address: 2,
        in_all: 4,
    };
    let mut table = Table::new(quotas, [5; 4]);
    add(&mut table, 1, false, 0).unwrap();
    assert_eq!(table.free_place("room1", &client(2), false, 0), Err(NoPlace::Quota));
    let same_address = |port| Client {
        remote: SocketAddr::new(client(1).remote.ip(), port),
        ..client(1)
    };
    let (place, port) = table.free_place("other", &same_address(1), false, 0).unwrap();
    let relayed = ([192, 0, 2, 1], port).into();
    table.insert(
        place,
        Allocation::new(same_address(1), "u", "other".into(), relayed, 0),
        10,
    );
    assert_eq!(
        table.free_place("third", &same_address(2), false, 0),
        Err(NoPlace::Quota)
    );
    add(&mut table, 2, false, 0).unwrap();
    add(&mut table, 3, false, 0).unwrap();
    assert_eq!(add(&mut table, 4, false, 0), Err(NoPlace::Capacity));
    table.remove(place, 0);
    add(&mut table, 4, false, 0).unwrap();
}
