//! Which STUN and TURN servers browsers are told of, and whether our own works.
//!
//! [`relay`] is our own relay as the server runs it, with what its last test said.

pub mod relay;

use std::net::{IpAddr, Ipv4Addr};

use url::Host;

use crate::call::ice_server::IceServer;
use crate::clock::now_ms;
use crate::config::{Calls, Config, TurnPort};
use crate::data_dir::SecretKey;
use crate::turn::credentials::{LIFETIME_S, Role, mint};

pub use relay::OwnRelay;

/// Seconds that an answer is good for.
pub const TTL_S: i64 = LIFETIME_S;

/// What browsers are told.
pub struct Ice {
    /// Our own relay.
    pub relay: OwnRelay,
    /// Those of others, instead of our own.
    external: Option<Vec<IceServer>>,
    secret: [u8; 32],
    /// Where browsers find us, when that is not the host they already use.
    hosts: Vec<String>,
}

impl Ice {
    /// As configured; the relay is started later ([`OwnRelay::start`]).
    pub fn new(config: &Config, key: &SecretKey) -> Ice {
        let Calls {
            turn_port,
            public_ips,
            ice_servers,
        } = &config.calls;
        let port = match turn_port {
            TurnPort::Port(port) if ice_servers.is_none() => Some(*port),
            _ => None,
        };
        let hosts = if public_ips.is_empty() {
            config.public_url.as_deref().and_then(host_of_url).into_iter().collect()
        } else {
            public_ips.iter().map(in_url).collect()
        };
        let secret = key.derive("turn");
        Ice {
            relay: OwnRelay::new(relay_host(config), port, public_ips.clone(), secret),
            external: ice_servers.clone(),
            secret,
            hosts,
        }
    }

    /// Does the owner use somebody else's servers?
    pub fn is_external(&self) -> bool {
        self.external.is_some()
    }

    /// What anybody may know: how to find out one's own address. `host` is the `Host` of the request.
    pub fn for_stranger(&self, host: &str) -> Vec<IceServer> {
        match (&self.external, self.relay.port()) {
            (Some(external), _) => external.iter().filter(|server| server.is_public()).cloned().collect(),
            (None, Some(port)) => {
                let urls = self.urls(host, |host| vec![format!("stun:{host}:{port}")]);
                urls.map(IceServer::public).into_iter().collect()
            }
            (None, None) => Vec::new(),
        }
    }

    /// What a side of this room's call needs. `host` is the `Host` of the request.
    pub fn for_side(&self, room: &str, role: Role, host: &str) -> Vec<IceServer> {
        if let Some(external) = &self.external {
            return external.clone();
        }
        let mut servers = self.for_stranger(host);
        let turn = |port| {
            self.urls(host, |host| {
                ["udp", "tcp"]
                    .map(|transport| format!("turn:{host}:{port}?transport={transport}"))
                    .to_vec()
            })
        };
        if let Some(urls) = self.relay.port().and_then(turn) {
            let credentials = mint(&self.secret, room, role, now_ms() / 1000);
            servers.push(IceServer {
                urls,
                username: Some(credentials.username),
                credential: Some(credentials.credential),
            });
        }
        servers
    }

    /// None where the client's `Host` is no host: a URL that cannot be read would end a browser's call.
    fn urls(&self, host: &str, urls: impl Fn(&str) -> Vec<String>) -> Option<Vec<String>> {
        if self.hosts.is_empty() {
            let host = without_port(host);
            return Host::parse(host).is_ok().then(|| urls(host));
        }
        Some(self.hosts.iter().flat_map(|host| urls(host)).collect())
    }
}

/// Behind a proxy on the same machine the chat listens on loopback; calls do not go through that proxy.
fn relay_host(config: &Config) -> IpAddr {
    let is_public = config.public_url.is_some() || !config.calls.public_ips.is_empty();
    if config.host.is_loopback() && is_public && !config.demo {
        return Ipv4Addr::UNSPECIFIED.into();
    }
    config.host
}

/// The host of `scheme://host[:port]`.
fn host_of_url(url: &str) -> Option<String> {
    let (_, authority) = url.split_once("://")?;
    Some(without_port(authority).to_owned())
}

/// `host` of `host[:port]`; the brackets of an IPv6 address stay.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.is_empty() => host,
        _ => authority,
    }
}

/// As it stands in a URL.
fn in_url(ip: &IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_all_kinds() {
        for (authority, host) in [
            ("example.com", "example.com"),
            ("example.com:10000", "example.com"),
            ("127.0.0.1:1", "127.0.0.1"),
            ("[::1]:10000", "[::1]"),
            ("[::1]", "[::1]"),
            ("", ""),
        ] {
            assert_eq!(without_port(authority), host);
        }
        for host in ["a b", "a/b", "a?b", "a@b", "<script>", "", "[::1", "a:b"] {
            assert!(Host::parse(host).is_err(), "{host}");
        }
        assert_eq!(
            host_of_url("https://chat.example.com:8443").as_deref(),
            Some("chat.example.com")
        );
    }
}
