//! How calls find their way: the relay's port, the address it is reached at, or other servers.

use std::fmt;
use std::net::IpAddr;

use super::values::items;
use crate::call::ice_server::IceServer;

/// TURN's own port (RFC 8656 §4).
pub const DEFAULT_TURN_PORT: u16 = 3478;

/// Where the relay listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnPort {
    /// Nowhere.
    Off,
    /// On this port, UDP and TCP; 0 means any free one.
    Port(u16),
}

impl fmt::Display for TurnPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TurnPort::Off => f.write_str("off"),
            TurnPort::Port(port) => port.fmt(f),
        }
    }
}

/// How calls find their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    /// `KONUSMA_TURN_PORT`. Any free one in the demo, which may run beside something real.
    pub turn_port: TurnPort,
    /// What the world sees this machine as, when that is not its own address: at most one of each family.
    pub public_ips: Vec<IpAddr>,
    /// Other servers, instead of the relay.
    pub ice_servers: Option<Vec<IceServer>>,
}

pub(super) fn turn_port(text: &str) -> Result<TurnPort, String> {
    match text {
        "off" => Ok(TurnPort::Off),
        _ => text
            .parse()
            .map(TurnPort::Port)
            .map_err(|_| format!("is {text:?}; it must be a number from 0 to 65535, or off")),
    }
}

pub(super) fn public_ips(text: &str) -> Result<Vec<IpAddr>, String> {
    let mut ips: Vec<IpAddr> = Vec::new();
    for item in items(text) {
        let ip: IpAddr = item
            .parse()
            .map_err(|_| format!("has {item:?}; it must be the IP address that the world reaches this machine at"))?;
        if ip.is_unspecified() || ip.is_multicast() {
            return Err(format!("has {item}, which is no address of a machine"));
        }
        if ips.iter().any(|other| other.is_ipv4() == ip.is_ipv4()) {
            return Err("has two addresses of one family; one IPv4 and one IPv6 address are enough".to_owned());
        }
        ips.push(ip);
    }
    Ok(ips)
}
