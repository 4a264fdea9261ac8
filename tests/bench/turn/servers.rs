//! The relay in a process of its own, or coturn; both on one core.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use konusma::turn::table::Quotas;
use konusma::turn::{Relay, TurnConfig};

/// Text, because coturn takes it as an argument.
pub const SECRET: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Konusma,
    Coturn,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Konusma => "konusma",
            Kind::Coturn => "coturn",
        }
    }
}

pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn start(kind: Kind) -> Server {
        let probe = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = probe.local_addr().unwrap();
        drop(probe);
        let port = address.port().to_string();
        let mut command = match kind {
            Kind::Konusma => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.args(["relay", &port]);
                command
            }
            Kind::Coturn => {
                let mut command = Command::new("turnserver");
                command.args([
                    "-n",
                    "--no-cli",
                    "--no-tls",
                    "--no-dtls",
                    "-m",
                    "1",
                    "--use-auth-secret",
                ]);
                command.args(["--static-auth-secret", std::str::from_utf8(&SECRET).unwrap()]);
                command.args([
                    "--realm",
                    "konusma",
                    "--listening-ip",
                    "127.0.0.1",
                    "--relay-ip",
                    "127.0.0.1",
                ]);
                command.args(["--min-port", "20000", "--max-port", "60000", "--allow-loopback-peers"]);
                command.args([
                    "--pidfile",
                    "/dev/null",
                    "--log-file",
                    "/dev/null",
                    "--listening-port",
                    &port,
                ]);
                command
            }
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start (apt-get install coturn): {error}", kind.name()));
        super::load::pin(child.id(), 0);
        let server = Server { child, address };
        server.wait();
        server
    }

    /// Until a Binding is answered.
    fn wait(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let binding = [
            0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        ];
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            let _ = socket.send_to(&binding, self.address);
            if socket.recv(&mut [0; 1500]).is_ok() {
                return;
            }
        }
        panic!("no answer from {}", self.address);
    }

    /// Processor time it has used.
    pub fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        // Linux counts in hundredths, wherever this runs.
        ticks / 100.0
    }

    /// Resident memory.
    pub fn rss_kb(&self) -> i64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim_end_matches("kB").trim().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other side of [`Kind::Konusma`]: as the server runs it, but for the limits of one client.
pub fn run_relay(port: u16) {
    super::load::raise_open_files();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut config = TurnConfig::new(Ipv4Addr::LOCALHOST.into(), port, SECRET);
        config.bytes_per_second = u32::MAX;
        config.quotas = Quotas {
            of_room: 100_000,
            of_address: 100_000,
            in_all: 100_000,
        };
        let _relay = Relay::start(config, |_| false).unwrap();
        std::future::pending::<()>().await;
    });
}
