//! A body on its way to disk: a little of it in memory at any time, hashed as it goes.

use std::fs::File;
use std::io::{self, Write as _};

use bytes::Bytes;
use sha2::{Digest, Sha256 as Hasher};
use tokio::task::{JoinHandle, spawn_blocking};

use super::space::Space;
use crate::storage::uploads::Sha256;

/// Written at once: large enough that the way to another thread costs little, small enough to have two for each upload.
const PIECE: usize = 64 * 1024;

/// Written back as it comes: a message's own sync must not wait for a whole file.
const SYNC_EVERY_BYTES: usize = 2 * 1024 * 1024;

/// Free space is asked for after each of these.
const LOOK_EVERY_BYTES: u64 = 4 * 1024 * 1024;

/// What was received, on its way to being kept.
pub struct Received {
    /// To be read again.
    pub file: File,
    /// Of all bytes.
    pub sha256: Sha256,
    /// How many there are.
    pub size: u64,
}

/// Why it was not received.
#[derive(Debug)]
pub enum NotReceived {
    /// More bytes than allowed.
    TooLarge,
    /// It stood still, or came too slowly.
    TooSlow,
    /// The server stops.
    Stopped,
    /// It ended early, or is no multipart body.
    Broken(String),
    /// The disk is full, or would be below its floor.
    NoSpace,
    /// The disk failed.
    Io(io::Error),
}

impl From<io::Error> for NotReceived {
    fn from(error: io::Error) -> Self {
        if super::space::is_full(&error) {
            NotReceived::NoSpace
        } else {
            NotReceived::Io(error)
        }
    }
}

/// What is being written: goes to a thread that may block and comes back.
struct Sink {
    file: File,
    hasher: Hasher,
    piece: Vec<u8>,
    /// Bytes that are not on disk yet.
    unsynced: usize,
}

impl Sink {
    fn write(mut self) -> io::Result<Sink> {
        self.file.write_all(&self.piece)?;
        self.hasher.update(&self.piece);
        self.unsynced += self.piece.len();
        if self.unsynced >= SYNC_EVERY_BYTES {
            self.file.sync_data()?;
            self.unsynced = 0;
        }
        self.piece.clear();
        Ok(self)
    }
}

/// A body that comes piece by piece.
pub trait Pieces: Send {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, NotReceived>> + Send;
}

/// Reads `body` into `file`: at most `max` bytes.
pub async fn receive(mut body: impl Pieces, file: File, max: u64, space: &Space) -> Result<Received, NotReceived> {
    let mut size: u64 = 0;
    let mut filling = Vec::with_capacity(PIECE);
    let mut sink = Writing::Idle(Sink {
        file,
        hasher: Hasher::new(),
        piece: Vec::with_capacity(PIECE),
        unsynced: 0,
    });
    let mut looked_at: u64 = 0;
    loop {
        let Some(piece) = body.next().await? else { break };
        size += piece.len() as u64;
        if size > max {
            return Err(NotReceived::TooLarge);
        }
        if size >= looked_at {
            if !space.has_room_for(PIECE as u64) {
                return Err(NotReceived::NoSpace);
            }
            looked_at = size + LOOK_EVERY_BYTES;
        }
        for part in piece.chunks(PIECE) {
            filling.extend_from_slice(part);
            if filling.len() >= PIECE {
                let mut ready = sink.ready().await?;
                std::mem::swap(&mut ready.piece, &mut filling);
                sink = Writing::Busy(spawn_blocking(move || ready.write()));
            }
        }
    }
    let mut ready = sink.ready().await?;
    ready.piece = filling;
    let Sink { file, hasher, .. } = Writing::Busy(spawn_blocking(move || ready.write())).ready().await?;
    Ok(Received {
        file,
        sha256: hasher.finalize().into(),
        size,
    })
}

/// A piece is written while the next one comes.
enum Writing {
    Idle(Sink),
    Busy(JoinHandle<io::Result<Sink>>),
}

impl Writing {
    async fn ready(self) -> io::Result<Sink> {
        match self {
            Writing::Idle(sink) => Ok(sink),
            Writing::Busy(task) => task.await.map_err(io::Error::other)?,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::io::{Read as _, Seek as _};

    use super::*;

    /// Last first.
    struct List(Vec<Bytes>);

    impl Pieces for List {
        async fn next(&mut self) -> Result<Option<Bytes>, NotReceived> {
            Ok(self.0.pop())
        }
    }

    async fn received(pieces: &[&[u8]], max: u64, floor: u64) -> Result<Received, NotReceived> {
        let folder = tempfile::tempdir().unwrap();
        let space = Space::new(folder.path().to_owned(), floor);
        let pieces = pieces.iter().rev().map(|piece| Bytes::copy_from_slice(piece)).collect();
        receive(List(pieces), tempfile::tempfile().unwrap(), max, &space).await
    }

    #[tokio::test]
    async fn all_pieces_are_written_in_order_and_hashed() {
        let large: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
        let pieces: [&[u8]; 4] = [b"a", &large, b"", b"z"];
        let all = pieces.concat();
        let mut received = received(&pieces, all.len() as u64, 0).await.unwrap();
        let mut read = Vec::new();
        received.file.rewind().unwrap();
        received.file.read_to_end(&mut read).unwrap();
        assert_eq!(read, all);
        assert_eq!(received.size, all.len() as u64);
        assert_eq!(received.sha256, <[u8; 32]>::from(Hasher::digest(&all)));
    }

    #[tokio::test]
    async fn a_byte_too_many_and_a_floor_too_high_are_refused() {
        assert!(matches!(
            received(&[b"123", b"45"], 4, 0).await,
            Err(NotReceived::TooLarge)
        ));
        assert!(matches!(
            received(&[b"1"], 4, u64::MAX).await,
            Err(NotReceived::NoSpace)
        ));
        assert_eq!(received(&[], 4, 0).await.unwrap().size, 0);
    }
}
