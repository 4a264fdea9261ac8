//! The loop for datagrams: many with one system call, each answered from the address that it was sent to.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::client::{Client, Transport};
use super::shared::Shared;

/// Datagrams that one system call brings.
const BATCH: usize = 32;
/// The kernel may join up to 64 datagrams of one sender into one buffer. Pages that nothing is written to take no memory.
const BUFFER_BYTES: usize = 64 * 1024;
/// What waits in the kernel while we are busy: a tenth of a second at full load. It gives less where it may not give more.
const KERNEL_BUFFER_BYTES: usize = 1024 * 1024;
/// Batches in a row before others on this thread have their turn.
const TURN_BATCHES: usize = 8;
/// A socket that fails is tried again after this.
const PAUSE: Duration = Duration::from_millis(50);

/// Our port of one family.
pub(super) struct UdpPort {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl UdpPort {
    /// Takes the port. Errors: it is taken, or this machine has no such address.
    pub(super) fn bind(address: SocketAddr) -> io::Result<UdpPort> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&address.into())?;
        socket.set_nonblocking(true)?;
        let _ = socket.set_recv_buffer_size(KERNEL_BUFFER_BYTES);
        let _ = socket.set_send_buffer_size(KERNEL_BUFFER_BYTES);
        let state = UdpSocketState::new((&socket).into())?;
        // The library forbids fragments, as QUIC wants it. Data with a header of ours may be larger than a packet.
        #[cfg(target_os = "linux")]
        if address.is_ipv4() {
            let _ =
                rustix::net::sockopt::set_ip_mtu_discover(&socket, rustix::net::sockopt::Ipv4PathMtuDiscovery::WANT);
        }
        let socket = UdpSocket::from_std(socket.into())?;
        Ok(UdpPort {
            local: socket.local_addr()?,
            socket,
            state,
        })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(super) fn is_ipv4(&self) -> bool {
        self.local.is_ipv4()
    }

    /// Sends, or drops when the kernel has no room: so would any router on the way.
    pub(super) fn send(&self, destination: SocketAddr, source: IpAddr, contents: &[u8]) {
        let transmit = Transmit {
            destination,
            ecn: None,
            contents,
            segment_size: None,
            src_ip: self.local.ip().is_unspecified().then_some(source),
        };
        let _ = self.state.try_send((&self.socket).into(), &transmit);
    }

    /// Answers until it is aborted.
    pub(super) async fn run(self: Arc<Self>, shared: Arc<Shared>) {
        let mut buffers = vec![0_u8; BATCH * BUFFER_BYTES];
        let mut metas = [RecvMeta::default(); BATCH];
        let mut batches = 0;
        loop {
            let received = match self.socket.readable().await {
                Ok(()) => self.receive(&mut buffers, &mut metas),
                Err(error) => Err(error),
            };
            match received {
                Ok(count) => self.take(&shared, &mut buffers, &metas[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    tracing::warn!(%error, "the relay cannot read its UDP port");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            batches += 1;
            if batches == TURN_BATCHES {
                batches = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    fn receive(&self, buffers: &mut [u8], metas: &mut [RecvMeta; BATCH]) -> io::Result<usize> {
        let mut chunks = buffers.chunks_exact_mut(BUFFER_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
        self.socket.try_io(Interest::READABLE, || {
            self.state.recv((&self.socket).into(), &mut slices, metas)
        })
    }

    fn take(&self, shared: &Shared, buffers: &mut [u8], metas: &[RecvMeta]) {
        let now = shared.now();
        let mut locked = shared.lock();
        for (buffer, meta) in buffers.chunks_exact_mut(BUFFER_BYTES).zip(metas) {
            let client = Client {
                transport: Transport::Udp,
                remote: meta.addr,
                local: meta.dst_ip.unwrap_or(self.local.ip()),
            };
            for packet in buffer[..meta.len.min(BUFFER_BYTES)].chunks_mut(meta.stride.max(1)) {
                shared.receive(&mut locked, &client, packet, now);
            }
        }
    }
}
