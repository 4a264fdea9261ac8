//! The relay with another implementation's client: `turnutils_uclient` of Debian's coturn, over UDP and TCP. What it says
//! is part of every failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use konusma::turn::credentials::{Credentials, Role, mint};
use konusma::turn::probe::{Probe, ProbeError};
use konusma::turn::table::Quotas;
use konusma::turn::{Relay, TurnConfig};
use tokio::process::Command;
use tokio::time::timeout;

const SECRET: [u8; 32] = [7; 32];
const PATIENCE: Duration = Duration::from_secs(60);
const NEAR: &str = "127.0.0.1";

fn start(host: IpAddr) -> Relay {
    let mut config = TurnConfig::new(host, 0, SECRET);
    // One client plays many.
    config.quotas = Quotas {
        of_room: 500,
        of_address: 500,
        in_all: 1000,
    };
    Relay::start(config, |_| false).unwrap()
}

fn everywhere() -> Relay {
    start(Ipv4Addr::UNSPECIFIED.into())
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

fn good() -> Credentials {
    mint(&SECRET, "AbCdEf0123456789", Role::Visitor, now())
}

/// What the client said, and whether it was content. `flags` are its own, as on its command line.
async fn uclient(relay: &Relay, near: &str, credentials: &Credentials, flags: &str) -> (bool, String) {
    let mut command = Command::new("turnutils_uclient");
    command
        .args(["-u", &credentials.username, "-w", &credentials.credential])
        .args(["-p", &relay.port().to_string()])
        .args(flags.split_whitespace())
        .arg(near)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(PATIENCE, command.output())
        .await
        .unwrap_or_else(|_| panic!("turnutils_uclient {flags} does not end"))
        .expect("turnutils_uclient does not start: apt-get install coturn");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Everything that is sent comes back.
async fn no_loss(near: &str, flags: &str) {
    let relay = everywhere();
    let (content, said) = uclient(&relay, near, &good(), flags).await;
    let counters = relay.counters();
    assert!(content, "{flags}\n{counters:?}\n{said}");
    assert!(
        said.contains("Total lost packets 0 (0.000000%)"),
        "{flags}\n{counters:?}\n{said}"
    );
    assert!(counters.relayed_packets > 0, "{flags}\n{counters:?}\n{said}");
    assert_eq!(counters.malformed, 0, "{flags}\n{counters:?}\n{said}");
    relay.self_test().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_over_udp() {
    for flags in [
        "-y -c -n 200 -m 4 -l 100 -z 2",
        "-y -c -n 100 -m 2 -l 171 -z 2 -D",
        "-y -c -n 50 -m 10 -l 1200 -z 5 -g",
    ] {
        no_loss(NEAR, flags).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn indications_over_udp() {
    no_loss(NEAR, "-y -c -s -n 200 -m 4 -l 101 -z 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_over_tcp() {
    for flags in [
        "-t -y -c -n 200 -m 4 -l 100 -z 2",
        "-t -y -c -n 100 -m 2 -l 171 -z 2",
        "-t -y -c -n 50 -m 10 -l 1203 -z 5",
    ] {
        no_loss(NEAR, flags).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn indications_over_tcp() {
    no_loss(NEAR, "-t -y -c -s -n 200 -m 4 -l 101 -z 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ipv6_clients() {
    no_loss("::1", "-y -c -n 100 -m 2 -l 100 -z 2 -X").await;
    no_loss("::1", "-y -c -n 100 -m 2 -l 100 -z 2 -x").await;
    no_loss("::1", "-t -y -c -n 100 -m 2 -l 101 -z 2 -x").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_requests_than_needed() {
    no_loss(NEAR, "-y -c -G -n 50 -m 2 -l 100 -z 5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_expired_and_foreign_credentials() {
    let mut wrong = good();
    wrong.credential = "wrong".to_owned();
    let mut unsaid = good();
    unsaid.username = "somebody".to_owned();
    let expired = mint(&SECRET, "AbCdEf0123456789", Role::Visitor, now() - 3601);
    let foreign = mint(&[8; 32], "AbCdEf0123456789", Role::Visitor, now());
    for credentials in [wrong, unsaid, expired, foreign] {
        // It asks 32 times before it gives up, and does not say why: our own client does.
        for flags in ["-y -c -n 1", "-t -y -c -n 1"] {
            let relay = everywhere();
            let (content, said) = uclient(&relay, NEAR, &credentials, flags).await;
            assert!(
                !content && said.contains("Cannot complete Allocation"),
                "{flags}\n{said}"
            );
            let near = (Ipv4Addr::LOCALHOST, relay.port()).into();
            let mut probe = if flags.contains("-t") {
                Probe::over_tcp(near, credentials.clone()).await.unwrap()
            } else {
                Probe::over_udp(near, credentials.clone()).await.unwrap()
            };
            let refused = probe.allocate().await;
            assert!(matches!(refused, Err(ProbeError::Refused(401))), "{refused:?}");
            assert_eq!(relay.counters().made, 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_are_no_allocations() {
    for peer in [
        "::1",
        "::ffff:127.0.0.1",
        "127.0.0.2",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
    ] {
        for flags in ["-c -n 1", "-t -c -n 1", "-c -n 1 -s"] {
            let relay = everywhere();
            let flags = format!("{flags} -e {peer}");
            let (content, said) = uclient(&relay, NEAR, &good(), &flags).await;
            assert!(!content && said.contains("403"), "{flags} {peer}\n{said}");
            assert_eq!(relay.counters().relayed_packets, 0, "{flags} {peer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_the_relays_own_address_hears_nothing() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let port = server.local_addr().unwrap().port();
    let relay = everywhere();
    let attempt = async |flags: &str| {
        let flags = format!("{flags} -e 127.0.0.1 -r {port}");
        // It would wait for echoes for long: what matters is what it has sent by then.
        let _ = timeout(Duration::from_secs(6), uclient(&relay, NEAR, &good(), &flags)).await;
    };
    tokio::join!(attempt("-c -n 5 -s"), attempt("-c -n 5"), attempt("-t -c -n 5 -s"));
    let heard = server.recv(&mut [0; 1500]);
    assert_eq!(heard.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    assert!(relay.counters().made > 0, "it had got that far");
    assert_eq!(relay.counters().relayed_packets, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_negative_tests_send_breaks_nothing() {
    let attempt = async |flags: &str| {
        let relay = everywhere();
        let _ = timeout(Duration::from_secs(8), uclient(&relay, NEAR, &good(), flags)).await;
        let took = relay.self_test().await;
        assert!(took.is_ok(), "{flags}: {took:?}");
    };
    tokio::join!(
        attempt("-R -y -c -n 5"),
        attempt("-N -y -c -n 5"),
        attempt("-t -R -y -c -n 5"),
        attempt("-B -y -c -n 5 -m 4"),
        attempt("-O -y -c -n 1 -m 4"),
    );
}
