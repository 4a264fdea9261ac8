//! Does the relay work? Two clients of our own, each with an allocation, send each other a word and its echo.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::credentials::{Role, mint};
use super::probe::{Probe, ProbeError};
use crate::auth::token::random_public_id;

/// No call has a name like this: public ids have no dash.
const ROOM: &str = "self-test-";
const CHANNEL: u16 = 0x4000;
/// Odd, so that padding is tried too.
const WORD: &[u8] = b"konusma";

/// How long a word and its echo took, each once through the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundTrips {
    /// Over UDP.
    pub udp: Duration,
    /// Over TCP.
    pub tcp: Duration,
}

/// What does not work, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("the relay does not work over {transport}: {step}: {reason}")]
pub struct Fault {
    transport: &'static str,
    step: &'static str,
    reason: ProbeError,
}

/// Tries the relay at `relay`, over UDP and TCP; takes a few milliseconds, or at most some seconds.
///
/// # Errors
/// The first step that failed, and why.
pub async fn self_test(relay: SocketAddr, secret: &[u8; 32], now_unix_s: i64) -> Result<RoundTrips, Fault> {
    // A room of its own: what a test that failed has left behind in the relay takes no place of this one's.
    let room = format!("{ROOM}{}", random_public_id());
    let credentials = |role| mint(secret, &room, role, now_unix_s);
    let (visitor, agent) = (credentials(Role::Visitor), credentials(Role::Agent));
    let fault = |transport| {
        move |(step, reason)| Fault {
            transport,
            step,
            reason,
        }
    };
    let udp = async {
        let one = Probe::over_udp(relay, visitor.clone()).await.map_err(at("connect"))?;
        let other = Probe::over_udp(relay, agent.clone()).await.map_err(at("connect"))?;
        echo(one, other).await
    };
    let udp = udp.await.map_err(fault("UDP"))?;
    let tcp = async {
        let one = Probe::over_tcp(relay, visitor).await.map_err(at("connect"))?;
        let other = Probe::over_tcp(relay, agent).await.map_err(at("connect"))?;
        echo(one, other).await
    };
    let tcp = tcp.await.map_err(fault("TCP"))?;
    Ok(RoundTrips { udp, tcp })
}

fn at(step: &'static str) -> impl Fn(ProbeError) -> (&'static str, ProbeError) {
    move |reason| (step, reason)
}

async fn echo(mut one: Probe, mut other: Probe) -> Result<Duration, (&'static str, ProbeError)> {
    let of_one = one.allocate().await.map_err(at("allocate"))?;
    let of_other = other.allocate().await.map_err(at("allocate"))?;
    one.bind(CHANNEL, of_other).await.map_err(at("bind a channel"))?;
    other.permit(of_one).await.map_err(at("permit the other side"))?;
    let began = Instant::now();
    one.send(CHANNEL, WORD).await.map_err(at("send"))?;
    let heard = other.data().await.map_err(at("hear the word"))?;
    other.indicate(of_one, &heard).await.map_err(at("echo"))?;
    let echo = one.data().await.map_err(at("hear the echo"))?;
    let took = began.elapsed();
    if echo != WORD {
        return Err(("hear the echo", ProbeError::Nonsense));
    }
    one.refresh(0).await.map_err(at("end the allocation"))?;
    other.refresh(0).await.map_err(at("end the allocation"))?;
    Ok(took)
}

impl fmt::Display for RoundTrips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UDP {} µs, TCP {} µs", self.udp.as_micros(), self.tcp.as_micros())
    }
}
