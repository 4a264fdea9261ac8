//! With a name server of a few lines (RFC 1035 §4.1).

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig};
use tokio::runtime::{Builder, Runtime};

use super::*;

const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));
const A: u16 = 1;
const AAAA: u16 = 28;

/// What a name server does with a question.
#[derive(Clone, Copy)]
enum Says {
    Address(IpAddr),
    NoSuchName,
    Failure,
    Nothing,
}

struct NameServer {
    at: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl NameServer {
    /// It says what `says` does of a name and a record type; addresses live for `ttl_s`.
    fn start(ttl_s: u32, says: impl Fn(&str, u16) -> Says + Send + 'static) -> NameServer {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (at, asked) = (socket.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counter = asked.clone();
        thread::spawn(move || {
            let mut packet = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                counter.fetch_add(1, Ordering::Relaxed);
                let (question, name) = question(&packet[..length]);
                let kind = u16::from_be_bytes([question[question.len() - 4], question[question.len() - 3]]);
                let (code, address) = match says(&name, kind) {
                    Says::Nothing => continue,
                    Says::NoSuchName => (3, None),
                    Says::Failure => (2, None),
                    Says::Address(ip) => (0, Some(ip)),
                };
                let mut answer = packet[..2].to_vec();
                answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(address.is_some()), 0, 0, 0, 0]);
                answer.extend(question);
                if let Some(ip) = address {
                    let bytes = match ip {
                        IpAddr::V4(ip) => ip.octets().to_vec(),
                        IpAddr::V6(ip) => ip.octets().to_vec(),
                    };
                    answer.extend([0xc0, 12]);
                    answer.extend(kind.to_be_bytes());
                    answer.extend([0, 1]);
                    answer.extend(ttl_s.to_be_bytes());
                    answer.extend((bytes.len() as u16).to_be_bytes());
                    answer.extend(bytes);
                }
                socket.send_to(&answer, from).unwrap();
            }
        });
        NameServer { at, asked }
    }
}

/// The bytes of a packet's question, and the name in it.
fn question(packet: &[u8]) -> (&[u8], String) {
    let (mut at, mut labels) = (12, Vec::new());
    while packet[at] != 0 {
        let length = usize::from(packet[at]);
        labels.push(String::from_utf8_lossy(&packet[at + 1..=at + length]).to_ascii_lowercase());
        at += length + 1;
    }
    (&packet[12..at + 5], labels.join("."))
}

/// What [`Source::name_servers`] gives for one server at a port of its own. Its patience is short.
pub(super) fn asking(server: SocketAddr) -> (ResolverConfig, ResolverOpts) {
    let mut connection = ConnectionConfig::udp();
    connection.port = server.port();
    let server = NameServerConfig::new(server.ip(), true, vec![connection]);
    let mut options = ResolverOpts::default();
    options.timeout = Duration::from_millis(500);
    options.attempts = 1;
    (ResolverConfig::from_parts(None, Vec::new(), vec![server]), options)
}

struct Machine {
    directory: tempfile::TempDir,
    runtime: Runtime,
}

impl Machine {
    fn new() -> Machine {
        Machine {
            directory: tempfile::tempdir().unwrap(),
            runtime: Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    fn with_hosts(self, hosts: &str) -> Machine {
        fs::write(self.directory.path().join("hosts"), hosts).unwrap();
        self
    }

    fn with_resolv_conf(self, text: &str) -> Machine {
        fs::write(self.directory.path().join("resolv.conf"), text).unwrap();
        self
    }

    fn resolver(&self, name_server: Option<SocketAddr>) -> NameResolver {
        let source = Source {
            resolv_conf: self.directory.path().join("resolv.conf"),
            hosts: self.directory.path().join("hosts"),
            name_server,
        };
        NameResolver::with(self.runtime.handle().clone(), source)
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn addresses_and_localhost_ask_nobody() {
    let machine = Machine::new();
    let resolver = machine.resolver(None);
    let of = |host| resolver.addresses(host, PATIENCE).unwrap();
    assert_eq!(of("192.0.2.7"), [ip("192.0.2.7")]);
    assert_eq!(of("[2001:db8::1]"), [ip("2001:db8::1")]);
    assert_eq!(of("localhost"), [ip("127.0.0.1"), ip("::1")]);
    assert_eq!(of("Bot.LocalHost."), [ip("127.0.0.1"), ip("::1")]);
}

#[test]
fn the_hosts_file_comes_first_and_needs_no_name_server() {
    let machine = Machine::new().with_hosts("# ours\n127.0.0.1 localhost\n192.0.2.9\tbot.example.test bot # here\n");
    let resolver = machine.resolver(None);
    let listed = resolver.addresses("Bot.example.test", PATIENCE);
    assert_eq!(listed, Ok(vec![ip("192.0.2.9")]));
    assert_eq!(
        resolver.addresses("other.example.test", PATIENCE),
        Err(Unresolved::NoResolvConf)
    );
}

#[test]
fn a_file_that_names_no_server_is_said_in_words() {
    let machine = Machine::new().with_resolv_conf("# nothing yet\n");
    let fault = machine.resolver(None).addresses("bot.example.test", PATIENCE);
    assert_eq!(fault, Err(Unresolved::NoNameServer));
}

#[test]
fn the_name_server_of_the_file_is_asked() {
    // Nobody answers at this address (RFC 5737), so that only patience ends it.
    let machine = Machine::new().with_resolv_conf("nameserver 192.0.2.53\n");
    let fault = machine
        .resolver(None)
        .addresses("bot.example.test", Some(Duration::from_millis(200)));
    assert_eq!(fault, Err(Unresolved::NoAnswer));
}

#[test]
fn both_families_are_asked_for_and_the_answer_is_kept() {
    let server = NameServer::start(0, |name, kind| match (name, kind) {
        ("bot.example.test", A) => Says::Address(ip("192.0.2.1")),
        ("bot.example.test", AAAA) => Says::Address(ip("2001:db8::1")),
        _ => Says::NoSuchName,
    });
    let machine = Machine::new();
    let resolver = machine.resolver(Some(server.at));
    for _ in 0..3 {
        assert_eq!(
            resolver.addresses("bot.example.test", PATIENCE),
            Ok(vec![ip("192.0.2.1"), ip("2001:db8::1")])
        );
    }
    assert_eq!(server.asked.load(Ordering::Relaxed), 2);
    assert_eq!(
        resolver.addresses("gone.example.test", PATIENCE),
        Err(Unresolved::NoSuchHost)
    );
}

#[test]
fn one_family_is_enough() {
    let machine = Machine::new();
    let says = |v4, v6| NameServer::start(60, move |_, kind| if kind == A { v4 } else { v6 });
    let of = |server: NameServer| {
        machine
            .resolver(Some(server.at))
            .addresses("bot.example.test", PATIENCE)
    };
    let four = Says::Address(ip("192.0.2.1"));
    let six = Says::Address(ip("2001:db8::1"));
    for other in [Says::NoSuchName, Says::Failure, Says::Nothing] {
        assert_eq!(of(says(four, other)), Ok(vec![ip("192.0.2.1")]));
        assert_eq!(of(says(other, six)), Ok(vec![ip("2001:db8::1")]));
    }
    assert_eq!(of(says(Says::Failure, Says::Failure)), Err(Unresolved::NoAnswer));
    assert_eq!(of(says(Says::Nothing, Says::Nothing)), Err(Unresolved::NoAnswer));
}

#[test]
fn an_old_address_is_better_than_none() {
    let up = Arc::new(AtomicUsize::new(1));
    let seen = up.clone();
    let server = NameServer::start(60, move |_, kind| match (seen.load(Ordering::Relaxed), kind) {
        (1, A) => Says::Address(ip("192.0.2.1")),
        (2, _) => Says::NoSuchName,
        _ => Says::Failure,
    });
    let machine = Machine::new();
    let resolver = machine.resolver(Some(server.at));
    let of = || resolver.addresses("bot.example.test", PATIENCE);
    assert_eq!(of(), Ok(vec![ip("192.0.2.1")]));
    let old = || resolver.last.lock().unwrap().as_mut().unwrap().until = Instant::now();
    old();
    up.store(0, Ordering::Relaxed);
    assert_eq!(of(), Ok(vec![ip("192.0.2.1")]));
    up.store(2, Ordering::Relaxed);
    assert_eq!(of(), Err(Unresolved::NoSuchHost));
}

#[test]
fn a_runtime_that_has_ended_answers_nothing_and_does_no_harm() {
    let machine = Machine::new();
    let resolver = machine.resolver(None);
    drop(machine);
    assert_eq!(
        resolver.addresses("bot.example.test", PATIENCE),
        Err(Unresolved::NoAnswer)
    );
}
