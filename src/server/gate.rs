//! How many connections there may be: as many as there are file descriptors for, less a few for everything else.
//!
//! When none is left, `accept` fails, and with it whatever wants to open a file: the database's readers, the log. So the
//! gate counts, and tells who comes too many that the server is full, instead of leaving them to wait. It counts streams
//! until they are closed: salvo's own limit would forget a connection that becomes a WebSocket.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use salvo::conn::tcp::{TcpAcceptor, TcpCoupler};
use salvo::conn::{Accepted, Acceptor, Holding};
use salvo::fuse::ArcFusePolicy;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// Descriptors for everything that is no visitor: the database and its five connections (15), log, lock, the runtime,
/// those who are being turned away, and some air.
const RESERVE: u64 = 100;

/// Descriptors for the relay: its TCP connections, its own sockets, those of its self-test.
const RELAY: u64 = crate::turn::relay::CONNECTIONS_MAX as u64 + 8;

/// Where the hard limit is "unlimited" Linux still gives no more than `fs.nr_open`, which is this by default.
const NR_OPEN: u64 = 1 << 20;

/// Too many that hear so at the same time; the others are just closed.
const TURNED_AWAY_AT_ONCE: usize = 32;

/// They have this long to say what they want, so that they are there for the answer.
const TURNING_AWAY: Duration = Duration::from_secs(1);

/// What a request is read with that will be refused whatever it says.
const REQUEST_BYTES: usize = 2048;

const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/problem+json\r\n\
    content-length: 146\r\n\
    x-content-type-options: nosniff\r\n\
    retry-after: 5\r\n\
    connection: close\r\n\
    \r\n\
    {\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"code\":\"busy\",\
    \"detail\":\"The server is full at the moment.\",\"retry_after_ms\":5000}";

/// A log line about the same trouble, at most this often.
const COMPLAINT: Duration = Duration::from_secs(10);

/// After `accept` failed: the reason is seldom gone at once.
const AFTER_A_FAILURE: Duration = Duration::from_millis(100);

/// Lets this process open as many files as its hard limit allows, and says how many that are. The soft limit of a login
/// shell, 1,024, is there for programs that use `select`.
pub fn raise_open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(NR_OPEN);
    if current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, wanted, "the limit of open files was not raised");
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(NR_OPEN)
}

/// Connections that fit into a limit of open files, beside those of the relay.
pub fn connections_within(open_files: u64, has_relay: bool) -> usize {
    let reserve = RESERVE + if has_relay { RELAY } else { 0 };
    let room = open_files.saturating_sub(reserve).max(open_files / 2);
    usize::try_from(room).map_or(Semaphore::MAX_PERMITS, |room| room.min(Semaphore::MAX_PERMITS))
}

/// Accepts connections while there is room.
pub struct Gate {
    listener: TcpAcceptor,
    room: Arc<Semaphore>,
    turning_away: Arc<Semaphore>,
    complained: Option<Instant>,
}

impl Gate {
    /// Opens the gate for at most `connections` at a time.
    pub fn new(listener: TcpAcceptor, connections: usize) -> Gate {
        Gate {
            listener,
            room: Arc::new(Semaphore::new(connections)),
            turning_away: Arc::new(Semaphore::new(TURNED_AWAY_AT_ONCE)),
            complained: None,
        }
    }

    /// Now and then one line, however many there would be: a full disk of logs helps nobody.
    fn may_complain(&mut self) -> bool {
        let due = self.complained.is_none_or(|last| last.elapsed() > COMPLAINT);
        if due {
            self.complained = Some(Instant::now());
        }
        due
    }

    fn turn_away<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(&self, mut stream: S) {
        let Ok(place) = self.turning_away.clone().try_acquire_owned() else {
            return;
        };
        tokio::spawn(async move {
            let answer = async {
                // Closing with something unread resets the connection, and the answer may be lost with it.
                let mut request = [0; REQUEST_BYTES];
                if stream.read(&mut request).await? == 0 {
                    return Ok(());
                }
                stream.write_all(FULL).await?;
                stream.shutdown().await
            };
            // Whoever does not listen has missed it.
            let _ = timeout(TURNING_AWAY, answer).await;
            drop(place);
        });
    }
}

type Inner = <TcpAcceptor as Acceptor>::Stream;

impl Acceptor for Gate {
    type Coupler = TcpCoupler<Counted>;
    type Stream = Counted;

    fn holdings(&self) -> &[Holding] {
        self.listener.holdings()
    }

    async fn accept(&mut self, fuse: Option<ArcFusePolicy>) -> io::Result<Accepted<Self::Coupler, Self::Stream>> {
        loop {
            let accepted = match self.listener.accept(fuse.clone()).await {
                Ok(accepted) => accepted,
                Err(error) => {
                    if self.may_complain() {
                        tracing::error!(%error, "a connection could not be accepted");
                    }
                    sleep(AFTER_A_FAILURE).await;
                    continue;
                }
            };
            match self.room.clone().try_acquire_owned() {
                Ok(place) => {
                    return Ok(accepted.map_into(|_| TcpCoupler::new(), |stream| Counted { stream, _place: place }));
                }
                Err(_) => {
                    if self.may_complain() {
                        tracing::warn!(
                            "as many connections as there may be: new ones are turned away; the limit of open files \
                             (ulimit -n, LimitNOFILE=) decides how many"
                        );
                    }
                    self.turn_away(accepted.stream);
                }
            }
        }
    }
}

/// A connection that has a place until it is closed.
pub struct Counted {
    stream: Inner,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpStream};

    #[test]
    fn the_answer_is_as_long_as_it_says_and_is_json() {
        let text = str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{}",
            body.len()
        );
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["status"], 503);
    }

    #[test]
    fn some_descriptors_are_kept_back_and_a_small_limit_still_lets_some_in() {
        assert_eq!(connections_within(1024, false), 924);
        assert_eq!(connections_within(60, true), 30);
        assert_eq!(connections_within(u64::MAX, true), Semaphore::MAX_PERMITS);
    }

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let lowered = Rlimit {
            current: current.map(|current| current.min(512)),
            maximum,
        };
        setrlimit(Resource::Nofile, lowered).unwrap();
        assert_eq!(raise_open_files(), maximum.unwrap_or(NR_OPEN));
    }

    async fn ask(address: std::net::SocketAddr) -> (TcpStream, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer).await.unwrap();
        (stream, String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    #[tokio::test]
    async fn one_too_many_is_told_so_and_a_closed_one_makes_room() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut gate = Gate::new(listener.try_into().unwrap(), 1);
        let _first = TcpStream::connect(address).await.unwrap();
        let mut first = gate.accept(None).await.unwrap();

        let (let_in, mut inside) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            let mut accepted = gate.accept(None).await.unwrap();
            accepted.stream.write_all(b"welcome").await.unwrap();
            let_in.send(()).await.unwrap();
        });
        for _ in 0..3 {
            let (_, answer) = ask(address).await;
            assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        }
        assert!(inside.try_recv().is_err());
        first.stream.shutdown().await.unwrap();
        drop(first);
        let (_, answer) = ask(address).await;
        assert_eq!(answer, "welcome");
        inside.recv().await.unwrap();
    }
}
