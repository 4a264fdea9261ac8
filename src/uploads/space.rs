//! Free space: uploads are refused while there is still room for messages.

use std::io;
use std::path::PathBuf;

/// The disk of the uploads, and how much of it they leave free.
pub struct Space {
    folder: PathBuf,
    floor_bytes: u64,
}

impl Space {
    /// `floor_bytes` stay free; 0: the disk may be filled.
    pub fn new(folder: PathBuf, floor_bytes: u64) -> Space {
        Space { folder, floor_bytes }
    }

    /// Would `bytes` more leave the floor? A disk that does not say how full it is has room: writing will tell.
    pub fn has_room_for(&self, bytes: u64) -> bool {
        match rustix::fs::statvfs(&self.folder) {
            Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize) >= self.floor_bytes.saturating_add(bytes),
            Err(error) => {
                tracing::warn!(folder = %self.folder.display(), %error, "the free space of the disk is not known");
                true
            }
        }
    }
}

/// Is this what a full disk, or a user's full share of it, says?
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
