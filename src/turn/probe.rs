//! A TURN client of our own, as small as it can be: it asks one thing at a time and does not come again. The self-test,
//! the tests and the benchmark speak to the relay through it.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use stun_types::attribute::{ErrorCode, Nonce, Realm, Username};
use stun_types::message::{
    IntegrityAlgorithm, IntegrityKey, Message, MessageClass, MessageWriteVec, Method, TransactionId,
};
use stun_types::prelude::{AttributeWrite, MessageWrite as _, MessageWriteExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use turn_types::attribute::{ChannelNumber, Data, Lifetime, RequestedTransport, XorPeerAddress, XorRelayedAddress};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH, SEND};

use super::credentials::{self, Credentials};
use super::framing::{Broken, Frames};
use super::packet::{Kind, Packet, SHORT_HEADER_BYTES, padded};

/// On one machine an answer takes less than a millisecond.
const PATIENCE: Duration = Duration::from_secs(2);
const UDP: u8 = 17;

/// Why something did not work.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The network.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Nothing came.
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Timeout,
    /// The relay refused.
    #[error("refused with {0}")]
    Refused(u16),
    /// What came makes no sense.
    #[error("an answer that makes no sense")]
    Nonsense,
}

impl From<Broken> for ProbeError {
    fn from(_: Broken) -> Self {
        ProbeError::Nonsense
    }
}

enum Line {
    Udp(UdpSocket),
    Tcp(TcpStream, Box<Frames>),
}

/// What a request says, made with its id: addresses are veiled by it (RFC 8489 §14.2).
type Attributes<'a> = &'a (dyn Fn(TransactionId) -> Vec<Box<dyn AttributeWrite + Send>> + Sync);

/// A client with at most one allocation.
pub struct Probe {
    line: Line,
    credentials: Credentials,
    key: IntegrityKey,
    nonce: Option<String>,
}

impl Probe {
    /// Over UDP.
    ///
    /// # Errors
    /// [`ProbeError::Io`].
    pub async fn over_udp(relay: SocketAddr, credentials: Credentials) -> Result<Probe, ProbeError> {
        let any: SocketAddr = if relay.is_ipv4() {
            (Ipv4Addr::UNSPECIFIED, 0).into()
        } else {
            (Ipv6Addr::UNSPECIFIED, 0).into()
        };
        Probe::from_udp(std::net::UdpSocket::bind(any)?, relay, credentials)
    }

    /// Over a UDP socket that is bound to an address of the caller's choice.
    ///
    /// # Errors
    /// [`ProbeError::Io`].
    pub fn from_udp(
        socket: std::net::UdpSocket,
        relay: SocketAddr,
        credentials: Credentials,
    ) -> Result<Probe, ProbeError> {
        socket.connect(relay)?;
        socket.set_nonblocking(true)?;
        Ok(Probe::new(Line::Udp(UdpSocket::from_std(socket)?), credentials))
    }

    /// Over TCP.
    ///
    /// # Errors
    /// [`ProbeError::Io`], [`ProbeError::Timeout`].
    pub async fn over_tcp(relay: SocketAddr, credentials: Credentials) -> Result<Probe, ProbeError> {
        let stream = timeout(PATIENCE, TcpStream::connect(relay))
            .await
            .map_err(|_| ProbeError::Timeout)??;
        stream.set_nodelay(true)?;
        Ok(Probe::new(Line::Tcp(stream, Box::default()), credentials))
    }

    fn new(line: Line, credentials: Credentials) -> Probe {
        Probe {
            key: credentials::integrity_key(&credentials.username, &credentials.credential),
            line,
            credentials,
            nonce: None,
        }
    }

    /// Its socket, for who has no time for more than ChannelData; does not block. `None`: it speaks TCP.
    #[must_use]
    pub fn into_udp(self) -> Option<std::net::UdpSocket> {
        match self.line {
            Line::Udp(socket) => socket.into_std().ok(),
            Line::Tcp(..) => None,
        }
    }

    /// Allocates: the relayed address.
    ///
    /// # Errors
    /// What [`ProbeError`] knows, as for everything below.
    pub async fn allocate(&mut self) -> Result<SocketAddr, ProbeError> {
        let answer = self
            .ask(ALLOCATE, &|_| vec![Box::new(RequestedTransport::new(UDP))])
            .await?;
        let packet = Packet::parse(&answer).ok_or(ProbeError::Nonsense)?;
        match packet.read::<XorRelayedAddress>() {
            Some(Ok(relayed)) => Ok(relayed.addr(packet.transaction())),
            _ => Err(ProbeError::Nonsense),
        }
    }

    /// Permits a peer to send.
    pub async fn permit(&mut self, peer: SocketAddr) -> Result<(), ProbeError> {
        let attributes = |id| -> Vec<Box<dyn AttributeWrite + Send>> { vec![Box::new(XorPeerAddress::new(peer, id))] };
        self.ask(CREATE_PERMISSION, &attributes).await.map(drop)
    }

    /// Binds a channel ([`super::packet::CHANNELS`]) to a peer.
    pub async fn bind(&mut self, number: u16, peer: SocketAddr) -> Result<(), ProbeError> {
        let attributes = |id| -> Vec<Box<dyn AttributeWrite + Send>> {
            vec![
                Box::new(ChannelNumber::new(number)),
                Box::new(XorPeerAddress::new(peer, id)),
            ]
        };
        self.ask(CHANNEL_BIND, &attributes).await.map(drop)
    }

    /// Asks for so many seconds more; 0 ends the allocation.
    pub async fn refresh(&mut self, seconds: u32) -> Result<(), ProbeError> {
        let attributes = |_| -> Vec<Box<dyn AttributeWrite + Send>> { vec![Box::new(Lifetime::new(seconds))] };
        self.ask(REFRESH, &attributes).await.map(drop)
    }

    /// Sends data over a channel.
    pub async fn send(&mut self, number: u16, data: &[u8]) -> Result<(), ProbeError> {
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.extend((data.len() as u16).to_be_bytes());
        bytes.extend(data);
        self.write(bytes).await
    }

    /// Sends data in an indication.
    pub async fn indicate(&mut self, peer: SocketAddr, data: &[u8]) -> Result<(), ProbeError> {
        let mut message = Message::builder_indication(SEND, MessageWriteVec::new());
        let peer = XorPeerAddress::new(peer, message.transaction_id());
        let added = message
            .add_attribute(&peer)
            .and_then(|()| message.add_attribute(&Data::new(data)));
        added.map_err(|_| ProbeError::Nonsense)?;
        self.write(message.finish()).await
    }

    /// The next data that comes, whether over a channel or in an indication.
    pub async fn data(&mut self) -> Result<Vec<u8>, ProbeError> {
        loop {
            let bytes = self.read().await?;
            if bytes.first().is_some_and(|first| Kind::of(*first) == Kind::Channel) {
                return Ok(bytes[SHORT_HEADER_BYTES..].to_vec());
            }
            // 0x0013 is DATA.
            let indication = Packet::parse(&bytes).filter(|packet| packet.class() == MessageClass::Indication);
            if let Some(data) = indication.and_then(|packet| packet.first(0x0013)) {
                return Ok(data.value.to_vec());
            }
        }
    }

    /// Asks, and once more with the nonce that a challenge brings.
    async fn ask(&mut self, method: Method, attributes: Attributes<'_>) -> Result<Vec<u8>, ProbeError> {
        for is_last in [false, true] {
            let answer = self.ask_once(method, attributes).await?;
            let packet = Packet::parse(&answer).ok_or(ProbeError::Nonsense)?;
            if packet.class() == MessageClass::Success {
                return Ok(answer);
            }
            let code = match packet.read::<ErrorCode>() {
                Some(Ok(error)) => error.code(),
                _ => return Err(ProbeError::Nonsense),
            };
            match packet.read::<Nonce>() {
                Some(Ok(nonce)) if !is_last => self.nonce = Some(nonce.nonce().to_owned()),
                _ => return Err(ProbeError::Refused(code)),
            }
        }
        Err(ProbeError::Nonsense)
    }

    async fn ask_once(&mut self, method: Method, attributes: Attributes<'_>) -> Result<Vec<u8>, ProbeError> {
        let (id, bytes) = self.request(method, attributes).ok_or(ProbeError::Nonsense)?;
        self.write(bytes).await?;
        loop {
            let answer = self.read().await?;
            if Packet::parse(&answer).is_some_and(|packet| packet.transaction() == id) {
                return Ok(answer);
            }
        }
    }

    fn request(&self, method: Method, attributes: Attributes<'_>) -> Option<(TransactionId, Vec<u8>)> {
        let mut message = Message::builder_request(method, MessageWriteVec::new());
        let id = message.transaction_id();
        for attribute in attributes(id) {
            message.add_attribute(&*attribute).ok()?;
        }
        if let Some(nonce) = &self.nonce {
            message
                .add_attribute(&Username::new(&self.credentials.username).ok()?)
                .ok()?;
            message.add_attribute(&Realm::new(credentials::REALM).ok()?).ok()?;
            message.add_attribute(&Nonce::new(nonce).ok()?).ok()?;
            message
                .add_message_integrity_with_key(&self.key, IntegrityAlgorithm::Sha1)
                .ok()?;
        }
        Some((id, message.finish()))
    }

    async fn write(&mut self, mut bytes: Vec<u8>) -> Result<(), ProbeError> {
        match &mut self.line {
            Line::Udp(socket) => socket.send(&bytes).await.map(drop)?,
            Line::Tcp(stream, _) => {
                bytes.resize(padded(bytes.len()), 0);
                stream.write_all(&bytes).await?;
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<Vec<u8>, ProbeError> {
        timeout(PATIENCE, self.line.read())
            .await
            .map_err(|_| ProbeError::Timeout)?
    }
}

impl Line {
    async fn read(&mut self) -> Result<Vec<u8>, ProbeError> {
        match self {
            Line::Udp(socket) => {
                let mut buffer = vec![0; 65_536];
                let length = socket.recv(&mut buffer).await?;
                buffer.truncate(length);
                Ok(buffer)
            }
            Line::Tcp(stream, frames) => loop {
                if let Some(frame) = frames.next(usize::MAX)? {
                    return Ok(frame.to_vec());
                }
                match stream.read(frames.space()).await? {
                    0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                    bytes => frames.filled(bytes),
                }
            },
        }
    }
}
