//! Engine.IO 4 and Socket.IO 5 text packets over a WebSocket, by hand: a client library would cost the generator
//! more than the server spends, and then the figures would be the library's.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Room for several hundred acks a read.
const READ_BYTES: usize = 16 * 1024;

pub struct Wire {
    stream: TcpStream,
    inbox: Vec<u8>,
    /// Where the next unread frame begins in `inbox`.
    at: usize,
    outbox: Vec<u8>,
}

impl Wire {
    /// Connects, upgrades, and joins `/chat` with `auth` (JSON). `headers` are whole lines with their line ends.
    pub async fn chat(server: SocketAddr, auth: &str, headers: &str) -> io::Result<Self> {
        let mut wire = Self::open(server, headers).await?;
        wire.wait_for(|packet| packet.starts_with(b"0")).await?;
        wire.queue(format!("40/chat,{auth}").as_bytes());
        wire.flush().await?;
        let answer = wire.wait_for(|packet| packet.starts_with(b"4")).await?;
        if answer.starts_with(b"40/chat,") {
            return Ok(wire);
        }
        Err(io::Error::other(format!(
            "CONNECT refused: {}",
            String::from_utf8_lossy(&answer)
        )))
    }

    async fn open(server: SocketAddr, headers: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let mut wire = Self {
            stream,
            inbox: Vec::new(),
            at: 0,
            outbox: Vec::new(),
        };
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        wire.stream.write_all(request.as_bytes()).await?;
        loop {
            wire.fill().await?;
            if let Some(end) = wire.inbox.windows(4).position(|w| w == b"\r\n\r\n") {
                if !wire.inbox.starts_with(b"HTTP/1.1 101") {
                    return Err(io::Error::other(String::from_utf8_lossy(&wire.inbox).into_owned()));
                }
                wire.at = end + 4;
                return Ok(wire);
            }
        }
    }

    /// The first packet that fits; those before it are dropped.
    async fn wait_for(&mut self, fits: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
        loop {
            while let Some(range) = self.packet()? {
                if fits(&self.inbox[range.clone()]) {
                    return Ok(self.inbox[range].to_vec());
                }
            }
            self.fill().await?;
        }
    }

    /// The next whole text packet that has been read, as a range of [`Self::bytes`]. Answers the server's pings itself.
    pub fn packet(&mut self) -> io::Result<Option<Range<usize>>> {
        loop {
            let unread = &self.inbox[self.at..];
            let Some((header, length)) = frame(unread) else {
                return Ok(None);
            };
            if unread.len() < header + length {
                return Ok(None);
            }
            let opcode = unread[0] & 0x0f;
            let body = self.at + header..self.at + header + length;
            self.at = body.end;
            match opcode {
                1 if self.inbox[body.clone()] == *b"2" => self.queue(b"3"),
                1 => return Ok(Some(body)),
                8 => return Err(io::Error::other("the server closed the socket")),
                _ => {}
            }
        }
    }

    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.inbox[range]
    }

    /// Reads what is there, at least one byte.
    pub async fn fill(&mut self) -> io::Result<()> {
        self.inbox.drain(..self.at);
        self.at = 0;
        self.inbox.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.inbox).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Adds a text frame to what the next [`Self::flush`] sends.
    pub fn queue(&mut self, packet: &[u8]) {
        self.outbox.push(0x81);
        match packet.len() {
            short @ 0..=125 => self.outbox.push(0x80 | short as u8),
            long => {
                self.outbox.push(0x80 | 126);
                self.outbox.extend_from_slice(&(long as u16).to_be_bytes());
            }
        }
        // A masking key of zero leaves the bytes as they are: the server unmasks all the same, the generator saves a pass.
        self.outbox.extend_from_slice(&[0; 4]);
        self.outbox.extend_from_slice(packet);
    }

    pub async fn flush(&mut self) -> io::Result<()> {
        if !self.outbox.is_empty() {
            self.stream.write_all(&self.outbox).await?;
            self.outbox.clear();
        }
        Ok(())
    }
}

/// Lengths of a server frame's header and body, once the header is there (RFC 6455, section 5.2; servers never mask).
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    match bytes.get(1)? & 0x7f {
        126 => Some((4, u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?).into())),
        127 => Some((
            10,
            usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?,
        )),
        short => Some((2, short.into())),
    }
}
