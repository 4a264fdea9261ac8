//! The load: pairs of clients that send each other as much as comes through.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use konusma::turn::credentials::{Credentials, Role, mint};
use konusma::turn::probe::{Probe, ProbeError};

use super::servers::{SECRET, Server};

const CHANNEL: u16 = 0x4000;
const PAIRS: usize = 8;
/// Packets of one pair on their way: more than a burst, fewer than a socket's buffer holds.
const WINDOW: usize = 24;

pub struct Load<'a> {
    server: &'a Server,
    runtime: tokio::runtime::Runtime,
}

pub struct Rate {
    pub per_second: f64,
    pub per_core: f64,
    pub lost: f64,
}

impl<'a> Load<'a> {
    pub fn new(server: &'a Server) -> Load<'a> {
        Load {
            server,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    /// `idle` allocations that do nothing, and [`PAIRS`] that do.
    pub fn flood(&self, bytes: usize, idle: usize, time: Duration) -> Rate {
        for n in 0..idle {
            self.runtime.block_on(async {
                let credentials = credentials(&format!("idle{n}"), Role::Visitor);
                // Each from an address of its own: one address gets few challenges a second.
                let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 8, 0, 0)) + n as u32);
                let socket = UdpSocket::bind((address, 0)).unwrap();
                let mut probe = Probe::from_udp(socket, self.server.address, credentials).unwrap();
                // A machine that does other things besides may lose one.
                let allocated = probe.allocate().await;
                assert!(matches!(allocated, Ok(_) | Err(ProbeError::Timeout)), "{allocated:?}");
            });
        }
        let pairs: Vec<_> = (0..PAIRS).map(|n| self.pair(&format!("room{n}"))).collect();
        let packet = packet(bytes);
        let mut buffer = [0; 2048];
        let (mut sent, mut came) = (0_u64, 0_u64);
        let mut round = |time: Duration| {
            let (began, processor) = (Instant::now(), self.server.processor_seconds());
            (sent, came) = (0, 0);
            let mut open = [0_usize; PAIRS];
            while began.elapsed() < time {
                for ((one, other), open) in pairs.iter().zip(&mut open) {
                    for _ in *open..WINDOW {
                        one.send(&packet).unwrap();
                        sent += 1;
                        *open += 1;
                    }
                    let before = came;
                    while other.recv(&mut buffer).is_ok() {
                        came += 1;
                        *open = open.saturating_sub(1);
                    }
                    // What is lost must not close the window for ever.
                    if came == before && sent % 1024 == 0 {
                        *open = open.saturating_sub(1);
                    }
                }
            }
            std::thread::sleep(Duration::from_millis(50));
            let took = began.elapsed().as_secs_f64();
            for (_, other) in &pairs {
                while other.recv(&mut buffer).is_ok() {
                    came += 1;
                }
            }
            let used = self.server.processor_seconds() - processor;
            Rate {
                per_second: came as f64 / took,
                per_core: came as f64 / used,
                lost: (sent - came.min(sent)) as f64 / sent as f64,
            }
        };
        round(Duration::from_millis(300));
        round(time)
    }

    /// What the relay adds on the way from one client to the other, in microseconds: half and 99 of 100 packets.
    pub fn delay(&self, packets: usize) -> (f64, f64) {
        let (one, other) = self.pair("room");
        let relayed = times(packets, &one, &other, &packet(200));
        let (one, other) = (socket(), socket());
        one.connect(other.local_addr().unwrap()).unwrap();
        let direct = times(packets, &one, &other, &packet(200));
        (relayed.0 - direct.0, relayed.1 - direct.1)
    }

    /// Memory before and after as many strangers have asked for an allocation, each from an address of its own.
    pub fn strangers(&self, count: u32) -> (i64, i64) {
        let ask = [
            0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0x19, 0, 4, 17, 0, 0, 0,
        ];
        let from = |n: u32| {
            let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 16, 0, 0)) + n);
            let socket = UdpSocket::bind((address, 0)).unwrap();
            socket.send_to(&ask, self.server.address).unwrap();
        };
        (0..1000).for_each(from);
        std::thread::sleep(Duration::from_millis(300));
        let before = self.server.rss_kb();
        for n in 1000..1000 + count {
            from(n);
            // The server keeps up: this is about memory.
            if n % 64 == 0 {
                std::thread::sleep(Duration::from_micros(500));
            }
        }
        std::thread::sleep(Duration::from_millis(500));
        (before, self.server.rss_kb())
    }

    fn pair(&self, room: &str) -> (UdpSocket, UdpSocket) {
        self.runtime.block_on(async {
            let probe = |role| Probe::over_udp(self.server.address, credentials(room, role));
            let mut one = probe(Role::Visitor).await.unwrap();
            let mut other = probe(Role::Agent).await.unwrap();
            let (of_one, of_other) = (one.allocate().await.unwrap(), other.allocate().await.unwrap());
            one.bind(CHANNEL, of_other).await.unwrap();
            other.bind(CHANNEL, of_one).await.unwrap();
            (one.into_udp().unwrap(), other.into_udp().unwrap())
        })
    }
}

fn times(packets: usize, one: &UdpSocket, other: &UdpSocket, packet: &[u8]) -> (f64, f64) {
    let mut buffer = [0; 2048];
    let mut took: Vec<f64> = (0..packets)
        .map(|_| {
            let began = Instant::now();
            one.send(packet).unwrap();
            while other.recv(&mut buffer).is_err() {
                assert!(began.elapsed() < Duration::from_secs(2), "a packet is lost");
            }
            let took = began.elapsed().as_secs_f64() * 1e6;
            // As far apart as a call's packets are, but for the waiting.
            std::thread::sleep(Duration::from_micros(100));
            took
        })
        .collect();
    took.sort_by(f64::total_cmp);
    (took[packets / 2], took[packets * 99 / 100])
}

fn packet(bytes: usize) -> Vec<u8> {
    let mut packet = CHANNEL.to_be_bytes().to_vec();
    packet.extend((bytes as u16).to_be_bytes());
    packet.resize(4 + bytes, 1);
    packet
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn credentials(room: &str, role: Role) -> Credentials {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    mint(&SECRET, room, role, now as i64)
}

pub fn pin(process: u32, core: u32) {
    let status = Command::new("taskset")
        .args(["-a", "-pc", &core.to_string(), &process.to_string()])
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.expect("taskset (apt-get install util-linux)").success());
}

pub fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised);
}
