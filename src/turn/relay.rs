//! The relay as the server runs it: listens on its port, and stops.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::interval;

use super::counters::Counters;
use super::engine::{Engine, Rules};
use super::self_test::{Fault, RoundTrips, self_test};
use super::shared::Shared;
use super::table::Quotas;
use super::tcp::{self, Door};
use super::udp::UdpPort;
use crate::auth::token::random_bytes;

/// 20 Mbit/s: several times what a video call with a shared screen sends.
pub const BYTES_PER_SECOND: u32 = 2_500_000;
/// TCP connections at once; each takes a file descriptor and about 8 KB.
pub const CONNECTIONS_MAX: usize = 512;
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// A port for both UDP and TCP is found within a few tries, when any will do.
const PORT_TRIES: usize = 16;

/// What the relay is started with.
#[derive(Debug, Clone)]
pub struct TurnConfig {
    /// Where to listen; `0.0.0.0` and `::` both mean every address of both families, as far as there are any.
    pub host: IpAddr,
    /// 3478 is TURN's own (RFC 8656 §4). 0: any that is free (tests).
    pub port: u16,
    /// What the world sees this machine as, when that is not its own address: at most one of each family.
    pub public_ips: Vec<IpAddr>,
    /// [`crate::data_dir::SecretKey::derive`]`("turn")`.
    pub secret: [u8; 32],
    /// How many allocations there may be.
    pub quotas: Quotas,
    /// What one allocation may send.
    pub bytes_per_second: u32,
    /// TCP connections at once.
    pub connections: usize,
}

impl TurnConfig {
    /// With the usual limits.
    #[must_use]
    pub fn new(host: IpAddr, port: u16, secret: [u8; 32]) -> TurnConfig {
        TurnConfig {
            host,
            port,
            public_ips: Vec::new(),
            secret,
            quotas: Quotas::default(),
            bytes_per_second: BYTES_PER_SECOND,
            connections: CONNECTIONS_MAX,
        }
    }
}

/// A relay that listens. It ends when it is dropped, or by [`Relay::stop`].
pub struct Relay {
    shared: Arc<Shared>,
    secret: [u8; 32],
    /// Where a client on this machine finds it.
    near: SocketAddr,
    tasks: JoinSet<()>,
}

impl Relay {
    /// Takes the port and begins to answer. `lives` says whether a room's call still goes on; it is asked while the relay
    /// is locked, so it may only look something up. Call it inside a Tokio runtime.
    ///
    /// # Errors
    /// The port is taken, or the machine does not have that address.
    pub fn start(config: TurnConfig, lives: impl Fn(&str) -> bool + Send + Sync + 'static) -> io::Result<Relay> {
        let (udp, tcp) = bind_all(config.host, config.port)?;
        let port = udp.first().map_or(config.port, |udp| udp.local().port());
        let near = SocketAddr::new(near(&udp), port);
        let rules = Rules {
            secret: config.secret,
            quotas: config.quotas,
            bytes_per_second: config.bytes_per_second,
            public_ips: config.public_ips,
            own_ips: own_ips(),
        };
        let engine = Engine::new(rules, Box::new(lives), random_bytes());
        let shared = Arc::new(Shared::new(engine, udp));
        let mut tasks = JoinSet::new();
        for udp in &shared.udp {
            tasks.spawn(udp.clone().run(shared.clone()));
        }
        let door = Arc::new(Door::new(config.connections));
        for listener in tcp {
            tasks.spawn(tcp::accept(listener, door.clone(), shared.clone()));
        }
        tasks.spawn(sweep(shared.clone()));
        Ok(Relay {
            shared,
            secret: config.secret,
            near,
            tasks,
        })
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.near.port()
    }

    /// What it has done so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.lock().engine.counters()
    }

    /// Asks itself over loopback whether it works: two allocations and an echo between them, over UDP and over TCP.
    ///
    /// # Errors
    /// A sentence that says what did not work.
    pub async fn self_test(&self) -> Result<RoundTrips, Fault> {
        self_test(self.near, &self.secret, self.shared.now().unix_s).await
    }

    /// Stops listening and closes every connection.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

type Ports = (Vec<Arc<UdpPort>>, Vec<TcpListener>);

fn bind_all(host: IpAddr, port: u16) -> io::Result<Ports> {
    let mut bound = bind_both(host, port);
    for _ in 1..PORT_TRIES {
        if port != 0 || bound.is_ok() {
            break;
        }
        bound = bind_both(host, port);
    }
    bound
}

/// UDP and TCP on the same port of every address.
fn bind_both(host: IpAddr, mut port: u16) -> io::Result<Ports> {
    let hosts = if host.is_unspecified() {
        vec![IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from(Ipv6Addr::UNSPECIFIED)]
    } else {
        vec![host]
    };
    let (mut udp, mut tcp, mut missing) = (Vec::new(), Vec::new(), None);
    for host in hosts {
        match UdpPort::bind(SocketAddr::new(host, port)) {
            Ok(bound) => {
                port = bound.local().port();
                udp.push(Arc::new(bound));
                tcp.push(tcp::bind(SocketAddr::new(host, port))?);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // This machine has only the other family.
            Err(error) => missing = Some(error),
        }
    }
    match missing {
        Some(error) if udp.is_empty() => Err(error),
        _ => Ok((udp, tcp)),
    }
}

fn near(udp: &[Arc<UdpPort>]) -> IpAddr {
    match udp.first().map(|udp| udp.local().ip()) {
        Some(IpAddr::V6(ip)) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        Some(ip) if !ip.is_unspecified() => ip,
        _ => Ipv4Addr::LOCALHOST.into(),
    }
}

/// The addresses this machine would go out by, one of each family. Connecting a UDP socket sends nothing; the
/// destinations are kept for documentation (RFC 5737, RFC 3849).
fn own_ips() -> Vec<IpAddr> {
    let toward = |destination: SocketAddr, unspecified: IpAddr| -> io::Result<IpAddr> {
        let socket = UdpSocket::bind(SocketAddr::new(unspecified, 0))?;
        socket.connect(destination)?;
        Ok(socket.local_addr()?.ip())
    };
    let v4 = toward(([192, 0, 2, 1], 9).into(), Ipv4Addr::UNSPECIFIED.into());
    let v6 = toward(
        ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9).into(),
        Ipv6Addr::UNSPECIFIED.into(),
    );
    [v4, v6].into_iter().flatten().collect()
}

async fn sweep(shared: Arc<Shared>) {
    let mut tick = interval(SWEEP_EVERY);
    loop {
        tick.tick().await;
        let now = shared.now();
        shared.lock().engine.expire(now);
    }
}
