//! What the loops have in common: the engine behind one lock, and the way to every client.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::client::{Client, Now, Transmit, Transport};
use super::engine::Engine;
use super::outbox::Outbox;
use super::udp::UdpPort;

/// The relay, as its loops see it.
pub(super) struct Shared {
    locked: Mutex<Locked>,
    pub(super) udp: Vec<Arc<UdpPort>>,
    started: Instant,
}

/// What is changed under the lock.
pub(super) struct Locked {
    pub(super) engine: Engine,
    /// TCP clients by the number of their connection.
    pub(super) outboxes: HashMap<u64, Arc<Outbox>>,
}

impl Shared {
    pub(super) fn new(engine: Engine, udp: Vec<Arc<UdpPort>>) -> Shared {
        Shared {
            locked: Mutex::new(Locked {
                engine,
                outboxes: HashMap::new(),
            }),
            udp,
            started: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            // Nothing is at the beginning of time.
            ms: self.started.elapsed().as_millis() as u64 + 1,
            unix_s: unix.as_secs() as i64,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Locked> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one packet and sends what comes of it.
    pub(super) fn receive(&self, locked: &mut Locked, from: &Client, packet: &mut [u8], now: Now) {
        let Locked { engine, outboxes } = locked;
        let Some(Transmit { to, bytes }) = engine.receive(from, packet, now) else {
            return;
        };
        match to.transport {
            Transport::Udp => self.send(to.remote, to.local, bytes),
            Transport::Tcp(connection) => {
                if let Some(outbox) = outboxes.get(&connection) {
                    outbox.push(bytes);
                }
            }
        }
    }

    fn send(&self, remote: SocketAddr, local: IpAddr, bytes: &[u8]) {
        let is_same_family = |port: &&Arc<UdpPort>| port.is_ipv4() == remote.is_ipv4();
        if let Some(port) = self.udp.iter().find(is_same_family) {
            port.send(remote, local, bytes);
        }
    }
}
