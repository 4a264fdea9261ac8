//! Our own relay as the server runs it: started, tested, stopped.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use salvo::oapi::ToSchema;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::clock::now_ms;
use crate::turn::{Relay, TurnConfig};

/// Our own relay, where there is one.
pub struct OwnRelay {
    host: IpAddr,
    /// `None`: it is switched off.
    wanted: Option<u16>,
    public_ips: Vec<IpAddr>,
    secret: [u8; 32],
    state: RwLock<State>,
    /// One test at a time: several would take each other's places in the relay.
    testing: Mutex<()>,
}

#[derive(Default)]
struct State {
    running: Option<Arc<Relay>>,
    outcome: Option<Outcome>,
}

/// What the last test said.
#[derive(Debug, Clone)]
struct Outcome {
    at: i64,
    /// When its test began; `None`: there was nothing to test.
    began: Option<Instant>,
    /// A sentence, when it does not work.
    fault: Option<String>,
}

/// How the relay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// It relays.
    Ok,
    /// It does not.
    Failed,
    /// It is switched off.
    Off,
    /// The owner lists other servers instead.
    External,
    /// Its first test is under way.
    Untested,
}

/// How the relay is, with what an owner needs to know (`GET /api/admin/relay`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Report {
    /// In a word.
    pub state: Health,
    /// The port it listens on, UDP and TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// When it was last tested, ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<i64>,
    /// What does not work, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Places taken by calls now.
    pub allocations: u64,
}

impl OwnRelay {
    /// Not started yet; `wanted` is its port, 0 any that is free.
    pub fn new(host: IpAddr, wanted: Option<u16>, public_ips: Vec<IpAddr>, secret: [u8; 32]) -> OwnRelay {
        OwnRelay {
            host,
            wanted,
            public_ips,
            secret,
            state: RwLock::default(),
            testing: Mutex::const_new(()),
        }
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes its port, when it is wanted. A chat without a relay is better than none: a port that is taken is told, and is
    /// what the check says from then on. `lives`: does this room's call go on? (A look-up.)
    pub fn start(&self, lives: impl Fn(&str) -> bool + Send + Sync + 'static) {
        let Some(port) = self.wanted else { return };
        let mut config = TurnConfig::new(self.host, port, self.secret);
        config.public_ips.clone_from(&self.public_ips);
        match Relay::start(config, lives) {
            Ok(relay) => {
                tracing::info!(port = relay.port(), "the relay for calls listens, UDP and TCP");
                self.write(|state| state.running = Some(Arc::new(relay)));
            }
            Err(error) => {
                let fault = not_started(port, &error);
                tracing::warn!(port, %error, "{fault}");
                self.write(|state| state.outcome = Some(Outcome::now(Some(fault))));
            }
        }
    }

    /// The port it listens on.
    pub fn port(&self) -> Option<u16> {
        self.read(|state| state.running.as_ref().map(|relay| relay.port()))
    }

    /// Tries it out: two allocations and an echo, over UDP and TCP. Who asks while a test waits its turn shares it.
    pub async fn check(&self) {
        let asked = Instant::now();
        let _turn = self.testing.lock().await;
        let is_answered = |outcome: &Outcome| outcome.began.is_some_and(|began| began >= asked);
        if self.read(|state| state.outcome.as_ref().is_some_and(is_answered)) {
            return;
        }
        let Some(relay) = self.read(|state| state.running.clone()) else {
            return;
        };
        let began = Instant::now();
        let fault = match relay.self_test().await {
            Ok(round_trips) => {
                tracing::debug!(?round_trips, "the relay works");
                None
            }
            Err(fault) => {
                tracing::warn!(%fault, "calls that need the relay will not connect");
                Some(format!("{fault}."))
            }
        };
        let outcome = Outcome {
            began: Some(began),
            ..Outcome::now(fault)
        };
        self.write(|state| state.outcome = Some(outcome));
    }

    /// How it is. `is_external`: the owner lists other servers.
    pub fn report(&self, is_external: bool) -> Report {
        let (running, outcome) = self.read(|state| (state.running.clone(), state.outcome.clone()));
        let state = match (&outcome, self.wanted) {
            _ if is_external => Health::External,
            (_, None) => Health::Off,
            (None, Some(_)) => Health::Untested,
            (Some(outcome), Some(_)) if outcome.fault.is_none() => Health::Ok,
            (Some(_), Some(_)) => Health::Failed,
        };
        Report {
            state,
            port: running.as_ref().map(|relay| relay.port()),
            checked_at: outcome.as_ref().map(|outcome| outcome.at),
            fault: outcome.and_then(|outcome| outcome.fault),
            allocations: running.map_or(0, |relay| relay.counters().allocations),
        }
    }

    /// Stops listening.
    pub async fn stop(&self) {
        let running = self.write(|state| state.running.take());
        // A test that is under way holds it a moment longer, and drops it.
        if let Some(relay) = running.and_then(Arc::into_inner) {
            relay.stop().await;
        }
    }
}

impl Outcome {
    fn now(fault: Option<String>) -> Outcome {
        Outcome {
            at: now_ms(),
            began: None,
            fault,
        }
    }
}

fn not_started(port: u16, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::AddrInUse {
        format!(
            "Port {port} is taken by another program, so there is no relay: calls between some networks will not connect. Stop that program, or choose another port with KONUSMA_TURN_PORT."
        )
    } else {
        format!("The relay cannot listen on port {port}: {error}. Calls between some networks will not connect.")
    }
}
