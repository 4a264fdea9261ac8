//! Names into addresses without the C library: linked statically, that one would want its NSS plug-ins beside it, and the
//! program must run where nothing else is installed.
//!
//! In this order: literal addresses, `localhost` (RFC 6761 §6.3), `/etc/hosts`, the name servers of `/etc/resolv.conf`. Both
//! files are read anew for each lookup: at the start of a machine the network is often configured after us.

use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hickory_resolver::config::{ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;
use hickory_resolver::{Hosts, TokioResolver};
use tokio::runtime::Handle;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

const RESOLV_CONF: &str = "/etc/resolv.conf";
const HOSTS: &str = "/etc/hosts";

/// How long an answer with an IPv4 address waits for the other one (RFC 8305 §3 says 50 ms; a far resolver is slower).
const RESOLUTION_DELAY: Duration = Duration::from_millis(250);
/// ureq asks before each request, even when it has a connection. Some servers answer with a life of 0.
const KEPT_AT_LEAST: Duration = Duration::from_secs(30);
const KEPT_AT_MOST: Duration = Duration::from_secs(600);
/// Of one host.
const ADDRESSES_MAX: usize = 16;

/// Why a name has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// There is no file that names the name servers.
    #[error("cannot find the host: this machine has no /etc/resolv.conf, so no name server is known")]
    NoResolvConf,
    /// There is such a file, but it cannot be read or names no server.
    #[error("cannot find the host: /etc/resolv.conf names no name server that can be used")]
    NoNameServer,
    /// The name servers say that there is no such host.
    #[error("cannot find the host: the name servers know no such name")]
    NoSuchHost,
    /// They did not answer, or only that something failed.
    #[error("cannot find the host: no answer from the name servers in /etc/resolv.conf")]
    NoAnswer,
}

/// Resolves for one HTTP client. The lookups run on `runtime`; whoever asks waits for them on a thread of its own.
pub struct NameResolver {
    runtime: Handle,
    source: Source,
    /// A client asks for one host.
    last: Mutex<Option<Known>>,
}

/// Where names and name servers come from.
#[derive(Clone)]
struct Source {
    resolv_conf: PathBuf,
    hosts: PathBuf,
    /// Instead of the file's, in tests: a file cannot say a port.
    #[cfg(test)]
    name_server: Option<SocketAddr>,
}

struct Known {
    host: String,
    addresses: Vec<IpAddr>,
    until: Instant,
}

impl NameResolver {
    /// With the machine's own files.
    pub fn new(runtime: Handle) -> NameResolver {
        let source = Source {
            resolv_conf: RESOLV_CONF.into(),
            hosts: HOSTS.into(),
            #[cfg(test)]
            name_server: None,
        };
        NameResolver::with(runtime, source)
    }

    fn with(runtime: Handle, source: Source) -> NameResolver {
        NameResolver {
            runtime,
            source,
            last: Mutex::new(None),
        }
    }

    /// The addresses of `host`, IPv4 first. At least one.
    ///
    /// # Errors
    /// [`Unresolved`]; also when `patience` ends first.
    pub fn addresses(&self, host: &str, patience: Option<Duration>) -> Result<Vec<IpAddr>, Unresolved> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Some(here) = without_asking(host) {
            return Ok(here);
        }
        let stale = match self.known(host) {
            Some((addresses, true)) => return Ok(addresses),
            Some((addresses, false)) => Some(addresses),
            None => None,
        };
        match self.ask(host, patience) {
            Ok((addresses, until)) => {
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known {
                    host: host.to_owned(),
                    addresses: addresses.clone(),
                    until,
                });
                Ok(addresses)
            }
            // An address of this morning is a better guess than none (RFC 8767), and a name server that is down must not
            // cut off a connection that is open.
            Err(error) => stale.filter(|_| error != Unresolved::NoSuchHost).ok_or(error),
        }
    }

    /// What was learned of this host, and whether that is still fresh.
    fn known(&self, host: &str) -> Option<(Vec<IpAddr>, bool)> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref().filter(|known| known.host == host)?;
        Some((known.addresses.clone(), Instant::now() < known.until))
    }

    fn ask(&self, host: &str, patience: Option<Duration>) -> Result<(Vec<IpAddr>, Instant), Unresolved> {
        let (answer, answered) = mpsc::sync_channel(1);
        let (source, host) = (self.source.clone(), host.to_owned());
        let lookup = self.runtime.spawn(async move {
            // Nobody waits any more: nothing to do about it.
            let _ = answer.send(look_up(&source, &host).await);
        });
        let result = match patience {
            Some(patience) => answered.recv_timeout(patience),
            None => answered.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        lookup.abort();
        result.unwrap_or(Err(Unresolved::NoAnswer))
    }
}

impl Resolver for NameResolver {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let port = match (uri.port_u16(), uri.scheme_str()) {
            (Some(port), _) => port,
            (None, Some("http")) => 80,
            (None, _) => 443,
        };
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let patience = timeout.not_zero().map(|left| *left);
        let found = self
            .addresses(host, patience)
            .map_err(|error| ureq::Error::Other(Box::new(error)))?;
        let mut sockets = self.empty();
        for ip in found.into_iter().take(ADDRESSES_MAX) {
            sockets.push(SocketAddr::new(ip, port));
        }
        Ok(sockets)
    }
}

impl fmt::Debug for NameResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameResolver").finish_non_exhaustive()
    }
}

fn without_asking(host: &str) -> Option<Vec<IpAddr>> {
    if let Ok(ip) = host.parse() {
        return Some(vec![ip]);
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    (name == "localhost" || name.ends_with(".localhost"))
        .then(|| vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)])
}

async fn look_up(source: &Source, host: &str) -> Result<(Vec<IpAddr>, Instant), Unresolved> {
    // A name with a label of more than 63 bytes, for one.
    let name = Name::from_utf8(host).map_err(|_| Unresolved::NoSuchHost)?;
    let listed = source.listed(&name);
    if !listed.is_empty() {
        return Ok((listed, Instant::now() + KEPT_AT_LEAST));
    }
    let (config, mut options) = source.name_servers()?;
    options.use_hosts_file = ResolveHosts::Never;
    // The resolver lives for this lookup only.
    options.cache_size = 8;
    let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        .with_options(options)
        .build()
        .map_err(|error| reason(&error))?;
    let (v4, v6) = (
        resolver.lookup(name.clone(), RecordType::A),
        resolver.lookup(name, RecordType::AAAA),
    );
    tokio::pin!(v4, v6);
    // A name server that keeps silent about AAAA must not hold up those who have IPv4; one that fails for A may still know
    // the other.
    let mut other = None;
    let first = tokio::select! {
        first = &mut v4 => first,
        second = &mut v6 => {
            other = Some(second);
            v4.await
        }
    };
    let other = match other {
        Some(other) => Some(other),
        None if first.is_ok() => tokio::time::timeout(RESOLUTION_DELAY, v6).await.ok(),
        None => Some(v6.await),
    };
    let answers: Vec<&Lookup> = [Some(&first), other.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|answer| answer.as_ref().ok())
        .collect();
    let addresses: Vec<IpAddr> = answers.iter().flat_map(|answer| ips(answer)).collect();
    if addresses.is_empty() {
        return Err(first.err().map_or(Unresolved::NoSuchHost, |error| reason(&error)));
    }
    let now = Instant::now();
    let ends = answers.iter().map(|answer| answer.valid_until()).min().unwrap_or(now);
    Ok((addresses, ends.clamp(now + KEPT_AT_LEAST, now + KEPT_AT_MOST)))
}

fn ips(answer: &Lookup) -> impl Iterator<Item = IpAddr> {
    answer.answers().iter().filter_map(|record| record.data.ip_addr())
}

fn reason(error: &NetError) -> Unresolved {
    if error.is_no_records_found() {
        Unresolved::NoSuchHost
    } else {
        Unresolved::NoAnswer
    }
}

impl Source {
    /// What `/etc/hosts` says of a name. No such file, or one that cannot be read, says nothing.
    fn listed(&self, name: &Name) -> Vec<IpAddr> {
        let mut hosts = Hosts::default();
        if let Ok(file) = fs::File::open(&self.hosts)
            && let Err(error) = hosts.read_hosts_conf(file)
        {
            tracing::debug!(%error, "cannot read {}", self.hosts.display());
        }
        [RecordType::A, RecordType::AAAA]
            .into_iter()
            .filter_map(|kind| hosts.lookup_static_host(&Query::query(name.clone(), kind)))
            .flat_map(|lookup| ips(&lookup).collect::<Vec<_>>())
            .collect()
    }

    fn name_servers(&self) -> Result<(ResolverConfig, ResolverOpts), Unresolved> {
        #[cfg(test)]
        if let Some(server) = self.name_server {
            return Ok(tests::asking(server));
        }
        let text = fs::read(&self.resolv_conf).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Unresolved::NoResolvConf,
            _ => Unresolved::NoNameServer,
        })?;
        parse_resolv_conf(text).map_err(|_| Unresolved::NoNameServer)
    }
}

#[cfg(test)]
mod tests;
