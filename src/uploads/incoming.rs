//! A body as it comes over the network: not believed to come at all, nor to come slowly enough to be kept up with.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

/// A phone that has not sent a byte for this long has lost its line.
const PATIENCE: Duration = Duration::from_secs(20);

/// The whole may take this long, and as long as its bytes take at the pace below: who sends a byte now and then holds a
/// place that others need.
const PATIENCE_FOR_ALL: Duration = Duration::from_secs(60);

/// Slower than any line a picture was ever sent over: 128 kbit/s.
const PACE_BYTES_PER_S: u64 = 16 * 1024;

/// The rest of a refused body is read for so long: a browser hears of a refusal only when it could send its body.
const DRAIN_FOR: Duration = Duration::from_secs(10);

/// Gives a body's pieces, one at a time, and [`io::ErrorKind::TimedOut`] when they do not come. Clones share the body.
pub struct Incoming<S> {
    shared: Arc<Mutex<Shared<S>>>,
}

impl<S> Clone for Incoming<S> {
    fn clone(&self) -> Self {
        Incoming {
            shared: self.shared.clone(),
        }
    }
}

struct Shared<S> {
    body: S,
    began: Instant,
    received: u64,
    /// Bytes after which the next piece is refused.
    allowance: u64,
    /// Somebody has asked for the first piece.
    is_begun: bool,
    /// The last poll gave a piece.
    has_given: bool,
    /// Rings when the next piece is late.
    late: Pin<Box<Sleep>>,
    /// Rings when the server stops.
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
    is_stopped: bool,
}

impl<S: Stream<Item = io::Result<Bytes>> + Unpin + Send> Incoming<S> {
    /// Time begins now, and ends when `stop` is done: then with [`io::ErrorKind::Interrupted`].
    pub fn new(body: S, stop: impl Future<Output = ()> + Send + 'static) -> Incoming<S> {
        let began = Instant::now();
        let shared = Shared {
            body,
            began,
            received: 0,
            allowance: u64::MAX,
            is_begun: false,
            has_given: false,
            late: Box::pin(sleep_until(began + PATIENCE)),
            stop: Box::pin(stop),
            is_stopped: false,
        };
        Incoming {
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    /// From now on at most about `bytes` are given, then [`io::ErrorKind::InvalidData`]: `multer` keeps what stands
    /// around a file in memory, however much it is.
    pub fn allow(&self, bytes: u64) {
        self.shared().allowance = bytes;
    }

    /// Nobody has asked for anything yet: the client may still wait to be asked (`Expect: 100-continue`).
    pub fn is_untouched(&self) -> bool {
        !self.shared().is_begun
    }

    /// Reads what still comes, so that the client comes to read our answer.
    pub async fn drain(mut self) {
        self.allow(u64::MAX);
        let rest =
            async { while let Some(Ok(_)) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {} };
        // Whoever sends on after that meets a closed connection.
        let _ = tokio::time::timeout(DRAIN_FOR, rest).await;
    }

    fn shared(&self) -> MutexGuard<'_, Shared<S>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Stream<Item = io::Result<Bytes>> + Unpin + Send> Stream for Incoming<S> {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let shared = &mut *self.shared();
        shared.is_begun = true;
        // `multer` takes all there is before it looks at any: a fast sender would fill the memory.
        if std::mem::take(&mut shared.has_given) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if shared.is_stopped || shared.stop.as_mut().poll(cx).is_ready() {
            shared.is_stopped = true;
            return Poll::Ready(Some(Err(io::ErrorKind::Interrupted.into())));
        }
        if shared.allowance == 0 {
            let error = io::Error::new(io::ErrorKind::InvalidData, "too much stands around the file");
            return Poll::Ready(Some(Err(error)));
        }
        if let Poll::Ready(item) = Pin::new(&mut shared.body).poll_next(cx) {
            let Some(Ok(piece)) = &item else {
                return Poll::Ready(item);
            };
            shared.received += piece.len() as u64;
            shared.allowance = shared.allowance.saturating_sub(piece.len() as u64);
            shared.has_given = true;
            let now = Instant::now();
            let in_all = PATIENCE_FOR_ALL + Duration::from_secs(shared.received / PACE_BYTES_PER_S);
            shared.late.as_mut().reset((shared.began + in_all).min(now + PATIENCE));
            return Poll::Ready(item);
        }
        ready!(shared.late.as_mut().poll(cx));
        Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::stream;

    use super::*;

    async fn next<S>(incoming: &mut Incoming<S>) -> Option<io::Result<Bytes>>
    where
        S: Stream<Item = io::Result<Bytes>> + Unpin + Send,
    {
        std::future::poll_fn(|cx| Pin::new(&mut *incoming).poll_next(cx)).await
    }

    /// A byte after each pause, for ever.
    fn drip(pause: Duration) -> impl Stream<Item = io::Result<Bytes>> + Unpin + Send {
        Box::pin(stream::unfold((), move |()| async move {
            tokio::time::sleep(pause).await;
            Some((Ok(Bytes::from_static(b"x")), ()))
        }))
    }

    async fn until_late<S>(mut incoming: Incoming<S>) -> (Duration, usize)
    where
        S: Stream<Item = io::Result<Bytes>> + Unpin + Send,
    {
        let (began, mut pieces) = (Instant::now(), 0);
        loop {
            match next(&mut incoming).await {
                Some(Ok(_)) => pieces += 1,
                end => {
                    let late = matches!(&end, Some(Err(error)) if error.kind() == io::ErrorKind::TimedOut);
                    assert!(late, "{end:?}");
                    return (began.elapsed(), pieces);
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_stands_still_is_not_waited_for() {
        let (after, pieces) = until_late(Incoming::new(drip(Duration::from_secs(3600)), pending())).await;
        assert!((19..=21).contains(&after.as_secs()), "{after:?}");
        assert_eq!(pieces, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_drips_has_a_minute() {
        let (after, pieces) = until_late(Incoming::new(drip(Duration::from_secs(15)), pending())).await;
        assert!((59..=61).contains(&after.as_secs()), "{after:?}");
        assert!(pieces >= 3);
    }

    #[tokio::test]
    async fn what_is_not_allowed_is_not_read() {
        let pieces = std::iter::repeat_with(|| Ok(Bytes::from_static(b"12345678")));
        let mut incoming = Incoming::new(stream::iter(pieces), pending());
        incoming.allow(20);
        for _ in 0..3 {
            assert!(next(&mut incoming).await.unwrap().is_ok());
        }
        let refused = next(&mut incoming).await.unwrap().unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
        incoming.allow(1);
        assert!(next(&mut incoming).await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_the_server_ends_it() {
        let stop = crate::uploads::stop::Stop::default();
        let mut incoming = Incoming::new(drip(Duration::from_secs(1)), stop.told());
        assert!(next(&mut incoming).await.unwrap().is_ok());
        stop.now();
        for _ in 0..2 {
            let ended = next(&mut incoming).await.unwrap().unwrap_err();
            assert_eq!(ended.kind(), io::ErrorKind::Interrupted);
        }
    }

    #[tokio::test]
    async fn pieces_come_one_at_a_time_and_in_order() {
        let pieces = ["a", "b", "c"].map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
        let mut incoming = Incoming::new(stream::iter(pieces), pending());
        assert!(incoming.is_untouched());
        let context = &mut Context::from_waker(futures_util::task::noop_waker_ref());
        assert!(matches!(
            Pin::new(&mut incoming).poll_next(context),
            Poll::Ready(Some(Ok(_)))
        ));
        assert!(Pin::new(&mut incoming).poll_next(context).is_pending());
        assert!(!incoming.is_untouched());
        assert_eq!(next(&mut incoming).await.unwrap().unwrap(), "b");
        incoming.clone().drain().await;
        assert!(next(&mut incoming).await.is_none());
    }
}
