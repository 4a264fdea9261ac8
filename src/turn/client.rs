//! Who sends to the relay, and over what.

use std::net::{IpAddr, SocketAddr};

/// What a client reached us by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// The connection with this number; no two ever have the same.
    Tcp(u64),
}

/// RFC 8656's five-tuple (§3.2): an allocation is known by it. Our own port is always the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    /// Over what.
    pub transport: Transport,
    /// Where it sends from.
    pub remote: SocketAddr,
    /// The address of ours that it sent to.
    pub local: IpAddr,
}

/// What time it is. The engine has no clock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a steady clock, from any beginning.
    pub ms: u64,
    /// Seconds since 1970: credentials expire by it.
    pub unix_s: i64,
}

/// Bytes to send.
#[derive(Debug, PartialEq, Eq)]
pub struct Transmit<'a> {
    /// To whom.
    pub to: Client,
    /// A STUN message or ChannelData; over TCP the latter is to be padded ([`super::packet::padded`]).
    pub bytes: &'a [u8],
}
