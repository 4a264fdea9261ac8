//! Who calls: address, scheme and origin, with as much trust as each deserves.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use salvo::Request;
use salvo::http::header::{HOST, ORIGIN};

use crate::config::Config;

/// The caller of a request.
#[derive(Debug, Clone)]
pub struct Client {
    /// The peer, or the right-most address in `X-Forwarded-For` that is no trusted proxy when the peer is one.
    pub address: IpAddr,
    /// The caller speaks HTTPS, to us or to a trusted proxy.
    pub https: bool,
    /// `Host`, in lower case: the authority the caller thinks we have.
    pub host: String,
}

impl Client {
    /// Reads it off a request.
    pub fn of(req: &Request, config: &Config) -> Client {
        let peer = peer(req);
        let trusted = |address: &IpAddr| config.trusted_proxies.iter().any(|net| net.contains(address));
        let behind_proxy = trusted(&peer);
        let address = if behind_proxy {
            let hops = req.headers().get_all("x-forwarded-for");
            let hops: Vec<&str> = hops.iter().filter_map(|value| value.to_str().ok()).collect();
            right_most_untrusted(&hops.join(","), trusted).unwrap_or(peer)
        } else {
            peer
        };
        let forwarded_https = behind_proxy
            && req
                .headers()
                .get("x-forwarded-proto")
                .is_some_and(|value| value.as_bytes() == b"https");
        let public_https = config
            .public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"));
        let host = req
            .headers()
            .get(HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Client {
            address,
            https: forwarded_https || public_https,
            host: host.to_ascii_lowercase(),
        }
    }

    /// Is the request's `Origin` ours? `None` when it has none.
    ///
    /// With a public address that one is, and this machine's own. Without, it is the `Host` the caller used: then a page
    /// whose name was pointed at us for the purpose passes, too, but without anybody's login, which goes by name.
    pub fn is_same_origin(&self, req: &Request, config: &Config) -> Option<bool> {
        let origin = origin(req)?;
        let named = origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(&self.host));
        Some(match config.public_url.as_deref() {
            Some(public) => origin == public || (named && is_loopback(&self.host)),
            None => named && !self.host.is_empty(),
        })
    }

    /// May a page of the request's `Origin` talk to us? A request without one comes from no page.
    pub fn may_talk(&self, req: &Request, config: &Config) -> bool {
        let listed = |origin: &str| {
            config
                .allowed_origins
                .iter()
                .any(|allowed| allowed == "*" || allowed == origin)
        };
        match self.is_same_origin(req, config) {
            None | Some(true) => true,
            Some(false) => origin(req).is_some_and(listed),
        }
    }

    /// The address with its personal part cut off, as agents see it.
    pub fn shortened(&self) -> String {
        match self.address {
            IpAddr::V4(v4) => {
                let [a, b, ..] = v4.octets();
                format!("{a}.{b}.x.x")
            }
            IpAddr::V6(v6) => {
                let [a, b, ..] = v6.segments();
                format!("{a:x}:{b:x}:…")
            }
        }
    }
}

/// Whoever opened the connection: a client, or a proxy.
pub fn peer(req: &Request) -> IpAddr {
    req.remote_addr()
        .as_ipv4()
        .map(|address| IpAddr::V4(*address.ip()))
        .or_else(|| req.remote_addr().as_ipv6().map(|address| IpAddr::V6(*address.ip())))
        .unwrap_or(IpAddr::from([0, 0, 0, 0]))
        .to_canonical()
}

/// `Host` names this machine itself, as over an SSH tunnel.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The `Origin` of a request; one that is no text is nobody's.
fn origin(req: &Request) -> Option<&str> {
    req.headers().get(ORIGIN).map(|value| value.to_str().unwrap_or("null"))
}

fn right_most_untrusted(forwarded_for: &str, trusted: impl Fn(&IpAddr) -> bool) -> Option<IpAddr> {
    for hop in forwarded_for.rsplit(',') {
        // What a proxy did not write as an address ends the chain we can believe.
        let address = address_of(hop.trim())?.to_canonical();
        if !trusted(&address) {
            return Some(address);
        }
    }
    None
}

/// A hop as proxies write it: an address, some with the port of the connection, some with IPv6 in brackets.
fn address_of(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    hop.parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| bare?.parse::<Ipv6Addr>().ok().map(IpAddr::V6))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_by_its_names() {
        for host in ["localhost", "localhost:10000", "127.0.0.1:80", "[::1]:10000", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "10.0.0.1",
            "[::2]:1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        let trusted = |address: &IpAddr| address.to_string().starts_with("10.");
        let of = |text: &str| right_most_untrusted(text, trusted).map(|address| address.to_string());
        assert_eq!(of("1.2.3.4"), Some("1.2.3.4".into()));
        assert_eq!(
            of("6.6.6.6, 1.2.3.4, 10.0.0.2"),
            Some("1.2.3.4".into()),
            "the left-most is the caller's own claim"
        );
        assert_eq!(of("10.0.0.1, 10.0.0.2"), None);
        assert_eq!(of("1.2.3.4, garbage, 10.0.0.2"), None);
        assert_eq!(of("::ffff:1.2.3.4"), Some("1.2.3.4".into()));
        for hop in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"] {
            assert_eq!(of(hop), Some("2001:db8::1".into()), "{hop}");
        }
        assert_eq!(of("6.6.6.6, 1.2.3.4:5678, 10.0.0.2:80"), Some("1.2.3.4".into()));
        for garbage in [
            "[1.2.3.4]",
            "1.2.3.4:",
            "[2001:db8::1",
            "2001:db8::1]",
            "[]",
            "unknown",
            "",
        ] {
            assert_eq!(of(garbage), None, "{garbage}");
        }
    }
}
