//! The loop for streams: one task for each connection, which reads and writes until either side has had enough.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval};

use super::client::{Client, Transport};
use super::framing::{Broken, Frames};
use super::outbox::Outbox;
use super::shared::Shared;
use crate::limits::Key;

/// A connection without an allocation is closed after this: its client has gone on without us.
const STRANGER_PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// An Allocate has less than 300 bytes.
const STRANGER_FRAME_BYTES_MAX: usize = 1500;
/// Connections from one address, or the /64 of an IPv6 one.
const OF_ADDRESS: usize = 64;
/// Unsent data that a client does not take for this long ends its connection.
#[cfg(target_os = "linux")]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that is silently gone is noticed.
const KEEPALIVE: Duration = Duration::from_secs(60);
const BACKLOG: i32 = 128;
/// When there are no descriptors left, somebody may have closed one by then.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes the port. Errors: it is taken, or this machine has no such address.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A restart must not wait for the last connections of the one before.
    socket.set_reuse_address(true)?;
    // Accepted connections inherit these (Linux).
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
    socket.set_tcp_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(TCP_USER_TIMEOUT))?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Who is connected: numbers for connections, and how many each address has.
pub(super) struct Door {
    most: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    all: usize,
    of_address: HashMap<Key, usize>,
}

/// A connection's leave to be, until it is dropped.
struct Pass {
    door: Arc<Door>,
    address: Key,
    number: u64,
}

impl Door {
    pub(super) fn new(most: usize) -> Door {
        Door {
            most,
            open: Mutex::default(),
        }
    }

    fn let_in(self: &Arc<Self>, remote: SocketAddr) -> Option<Pass> {
        let address = Key::address(remote.ip());
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= self.most || open.of_address.get(&address).is_some_and(|count| *count >= OF_ADDRESS) {
            return None;
        }
        open.last += 1;
        open.all += 1;
        *open.of_address.entry(address.clone()).or_default() += 1;
        Some(Pass {
            door: self.clone(),
            address,
            number: open.last,
        })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut open = self.door.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(count) = open.of_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.of_address.remove(&self.address);
            }
        }
    }
}

/// Accepts until it is aborted; the connections end with it.
pub(super) async fn accept(listener: TcpListener, door: Arc<Door>, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                if let Some(pass) = door.let_in(remote) {
                    connections.spawn(serve(stream, remote, pass, shared.clone()));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the relay cannot accept a TCP connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

/// What there is of a connection in the relay; dropped with it, however it ends.
struct Connection {
    client: Client,
    number: u64,
    shared: Arc<Shared>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let now = self.shared.now();
        let mut locked = self.shared.lock();
        locked.outboxes.remove(&self.number);
        locked.engine.closed(&self.client, now);
    }
}

async fn serve(mut stream: TcpStream, remote: SocketAddr, pass: Pass, shared: Arc<Shared>) {
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let connection = Connection {
        client: Client {
            transport: Transport::Tcp(pass.number),
            remote,
            local: local.ip(),
        },
        number: pass.number,
        shared,
    };
    let outbox = Arc::new(Outbox::default());
    connection
        .shared
        .lock()
        .outboxes
        .insert(connection.number, outbox.clone());
    let (reader, writer) = stream.split();
    // Both end for good reasons only: closed, broken, gone. Nobody needs to hear of it.
    tokio::select! {
        _ = read(reader, &connection) => {}
        _ = write(writer, &outbox) => {}
    }
}

async fn read(mut reader: ReadHalf<'_>, connection: &Connection) -> io::Result<()> {
    let mut frames = Frames::default();
    let mut is_served = false;
    let mut looks_in_vain = 0;
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look.tick().await;
    loop {
        tokio::select! {
            read = reader.read(frames.space()) => {
                match read? {
                    0 => return Ok(()),
                    bytes => frames.filled(bytes),
                }
                take(&mut frames, connection, &mut is_served).map_err(io::Error::other)?;
            }
            _ = look.tick() => {
                let now = connection.shared.now();
                is_served = connection.shared.lock().engine.serves(&connection.client, now);
                looks_in_vain = if is_served { 0 } else { looks_in_vain + 1 };
                if LOOK_EVERY * looks_in_vain >= STRANGER_PATIENCE {
                    return Ok(());
                }
            }
        }
    }
}

/// All whole frames that have come, under one lock.
fn take(frames: &mut Frames, connection: &Connection, is_served: &mut bool) -> Result<(), Broken> {
    let Connection { client, shared, .. } = connection;
    let now = shared.now();
    let mut locked = shared.lock();
    loop {
        let max_bytes = if *is_served {
            usize::MAX
        } else {
            STRANGER_FRAME_BYTES_MAX
        };
        let Some(frame) = frames.next(max_bytes)? else {
            return Ok(());
        };
        shared.receive(&mut locked, client, frame, now);
        if !*is_served {
            *is_served = locked.engine.serves(client, now);
        }
    }
}

async fn write(mut writer: WriteHalf<'_>, outbox: &Outbox) -> io::Result<()> {
    let mut taken = Vec::new();
    loop {
        outbox.take(&mut taken).await;
        writer.write_all(&taken).await?;
    }
}
