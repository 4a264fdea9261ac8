//! The relay over real sockets on this machine.

use std::net::Ipv4Addr;

use super::*;
use crate::turn::probe::{Probe, ProbeError};
use crate::turn::{Relay, TurnConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

fn start() -> (Relay, SocketAddr) {
    let relay = Relay::start(TurnConfig::new(Ipv4Addr::UNSPECIFIED.into(), 0, SECRET), |_| false).unwrap();
    let near = (Ipv4Addr::LOCALHOST, relay.port()).into();
    (relay, near)
}

fn now() -> i64 {
    crate::clock::now_ms() / 1000
}

fn good(role: Role) -> Credentials {
    mint(&SECRET, "room", role, now())
}

#[tokio::test]
async fn the_relay_tests_itself_and_stops() {
    let (relay, near) = start();
    let took = relay.self_test().await.unwrap();
    assert!(took.udp < std::time::Duration::from_secs(1), "{took}");
    let counters = relay.counters();
    assert_eq!(
        (counters.allocations, counters.made, counters.relayed_packets),
        (0, 4, 4)
    );
    relay.stop().await;
    assert!(TcpStream::connect(near).await.is_err());
    let (relay, _) = start();
    drop(relay);
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let (relay, _) = start();
    let config = TurnConfig::new(Ipv4Addr::UNSPECIFIED.into(), relay.port(), SECRET);
    let error = Relay::start(config, |_| false).err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn families_and_transports_meet() {
    let (relay, near) = start();
    let near_six: SocketAddr = format!("[::1]:{}", relay.port()).parse().unwrap();
    let mut udp_four = Probe::over_udp(near, good(Role::Visitor)).await.unwrap();
    let mut tcp_six = Probe::over_tcp(near_six, good(Role::Agent)).await.unwrap();
    let mut udp_six = Probe::over_udp(near_six, good(Role::Agent)).await.unwrap();
    let of_four = udp_four.allocate().await.unwrap();
    assert_eq!(of_four.ip(), ip("127.0.0.1"), "where the client came to");
    for six in [&mut tcp_six, &mut udp_six] {
        let of_six = six.allocate().await.unwrap();
        assert!(of_six.is_ipv4(), "browsers pair only one family: {of_six}");
        six.bind(0x4001, of_four).await.unwrap();
        udp_four.permit(of_six).await.unwrap();
        for length in [0, 1, 2, 3, 4, 5, 1200, 8000] {
            let data = vec![length as u8; length];
            six.send(0x4001, &data).await.unwrap();
            assert_eq!(udp_four.data().await.unwrap(), data);
            udp_four.indicate(of_six, &data).await.unwrap();
            assert_eq!(six.data().await.unwrap(), data);
        }
    }
    assert_eq!(relay.counters().allocations, 3);
    drop(tcp_six);
    let freed = async {
        while relay.counters().allocations != 2 {
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(5);
    tokio::time::timeout(patience, freed)
        .await
        .expect("a closed connection frees its allocation");
}

#[tokio::test]
async fn credentials_are_checked_over_both() {
    let (_relay, near) = start();
    let foreign = mint(&[8; 32], "room", Role::Visitor, now());
    let expired = mint(&SECRET, "room", Role::Visitor, now() - 3601);
    for credentials in [foreign, expired] {
        let mut udp = Probe::over_udp(near, credentials.clone()).await.unwrap();
        assert!(matches!(udp.allocate().await, Err(ProbeError::Refused(401))));
        let mut tcp = Probe::over_tcp(near, credentials).await.unwrap();
        assert!(matches!(tcp.allocate().await, Err(ProbeError::Refused(401))));
    }
}

#[tokio::test]
async fn a_datagram_from_outside_reaches_no_allocation() {
    let (relay, near) = start();
    let mut one = Probe::over_udp(near, good(Role::Visitor)).await.unwrap();
    let mut other = Probe::over_udp(near, good(Role::Agent)).await.unwrap();
    let (of_one, of_other) = (one.allocate().await.unwrap(), other.allocate().await.unwrap());
    one.permit(of_other).await.unwrap();
    let outside = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for _ in 0..10 {
        outside.send_to(b"from outside", of_one).await.unwrap();
    }
    // A server of ours on the relay's own address: nothing is ever sent to it.
    let inside = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    one.indicate(inside.local_addr().unwrap(), b"from the relay")
        .await
        .unwrap();
    assert!(matches!(
        one.bind(0x4000, inside.local_addr().unwrap()).await,
        Err(ProbeError::Refused(403))
    ));
    other.bind(0x4000, of_one).await.unwrap();
    other.send(0x4000, b"from the other side").await.unwrap();
    assert_eq!(one.data().await.unwrap(), b"from the other side");
    assert_eq!(relay.counters().relayed_packets, 1);
    assert_eq!(
        inside.try_recv(&mut [0; 64]).unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
}

#[tokio::test]
async fn a_stream_that_speaks_something_else_is_closed() {
    let (_relay, near) = start();
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0, 1, 0xff, 0xfc],
        &[0x40, 0, 0xff, 0xff],
    ] {
        let mut stream = TcpStream::connect(near).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        assert_eq!(stream.read(&mut [0; 64]).await.unwrap_or(0), 0, "{bytes:?}");
    }
}

#[tokio::test]
async fn who_does_not_read_loses_data_and_holds_up_nobody() {
    let (relay, near) = start();
    let mut fast = Probe::over_udp(near, good(Role::Visitor)).await.unwrap();
    let mut slow = Probe::over_tcp(near, good(Role::Agent)).await.unwrap();
    let (of_fast, of_slow) = (fast.allocate().await.unwrap(), slow.allocate().await.unwrap());
    fast.bind(0x4000, of_slow).await.unwrap();
    slow.bind(0x4000, of_fast).await.unwrap();
    for _ in 0..2000 {
        fast.send(0x4000, &[1; 1200]).await.unwrap();
        tokio::task::yield_now().await;
    }
    slow.send(0x4000, b"still here").await.unwrap();
    assert_eq!(fast.data().await.unwrap(), b"still here");
    assert!(relay.self_test().await.is_ok());
}
