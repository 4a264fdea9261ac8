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
    fn write(mut self: Box<Self>) -> io::Result<Box<Self>> {
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

/// Reads `body` into `file`: at most `max` bytes. Nothing is being written any more when this returns: the space of a file
/// that is refused is free before its sender hears of it.
pub async fn receive(body: impl Pieces, file: File, max: u64, space: &Space) -> Result<Received, NotReceived> {
    let mut writing = Writing::new(file);
    let size = write_all(body, &mut writing, max, space).await;
    let sink = writing.end().await;
    let (size, sink) = (size?, sink?);
    Ok(Received {
        file: sink.file,
        sha256: sink.hasher.finalize().into(),
        size,
    })
}

/// How many bytes there are.
async fn write_all(mut body: impl Pieces, writing: &mut Writing, max: u64, space: &Space) -> Result<u64, NotReceived> {
    let mut size: u64 = 0;
    let mut filling = Vec::with_capacity(PIECE);
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
                writing.begin(&mut filling).await?;
            }
        }
    }
    writing.begin(&mut filling).await?;
    Ok(size)
}

/// A piece is written while the next one comes.
enum Writing {
    Idle(Box<Sink>),
    Busy(JoinHandle<io::Result<Box<Sink>>>),
    /// A piece was not written; the file is closed.
    Failed,
}

impl Writing {
    fn new(file: File) -> Writing {
        Writing::Idle(Box::new(Sink {
            file,
            hasher: Hasher::new(),
            piece: Vec::with_capacity(PIECE),
            unsynced: 0,
        }))
    }

    /// Begins with this piece when the one before is written, and empties it.
    async fn begin(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        let mut sink = self.end().await?;
        std::mem::swap(&mut sink.piece, piece);
        *self = Writing::Busy(spawn_blocking(move || sink.write()));
        Ok(())
    }

    /// When the last piece is written.
    async fn end(&mut self) -> io::Result<Box<Sink>> {
        match std::mem::replace(self, Writing::Failed) {
            Writing::Idle(sink) => Ok(sink),
            Writing::Busy(task) => task.await.map_err(io::Error::other)?,
            Writing::Failed => Err(io::Error::other("an earlier piece could not be written")),
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
