//! The database's file: is it still the one that was opened?
//!
//! A file that is removed or replaced lives on for whoever has it open. SQLite would go on storing into it, everybody
//! would hear "ok", and at the end all of it would be gone.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, ffi};

/// Device and inode: what a file is, whatever its name.
type Identity = (u64, u64);

/// The file a connection has opened.
pub struct OpenedFile {
    path: PathBuf,
    /// `None`: not known, as in memory.
    opened: Option<Identity>,
    gone: AtomicBool,
}

impl OpenedFile {
    /// The file of `connection`. Ask right after opening.
    pub fn of(connection: &Connection) -> OpenedFile {
        let path = PathBuf::from(connection.path().unwrap_or_default());
        OpenedFile {
            opened: identity(&path).ok(),
            path,
            gone: AtomicBool::new(false),
        }
    }

    /// Looks whether the file is where it was opened. Once gone, it stays gone: what came between is in neither file.
    pub fn is_gone(&self) -> bool {
        if self.was_gone() {
            return true;
        }
        let found = match identity(&self.path) {
            Ok(found) => Some(found),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => None,
            // A folder that may not be looked into at the moment says nothing about the file.
            Err(_) => return false,
        };
        let gone = self.opened.is_some() && found != self.opened;
        if gone && !self.gone.swap(true, Ordering::Relaxed) {
            tracing::error!(
                path = %self.path.display(),
                "the database was removed or replaced while it was in use; nothing more is stored. Bring the right file \
                 back and start again"
            );
        }
        gone
    }

    /// What the last look said.
    pub fn was_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// The error of whoever wants to write then; SQLite's own, which it knows for rollback journals only.
    pub fn error() -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_READONLY_DBMOVED), None)
    }
}

fn identity(path: &Path) -> io::Result<Identity> {
    path.metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::open::open;

    #[test]
    fn a_removed_a_moved_and_a_replaced_file_are_gone_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.sqlite3");
        let other = folder.path().join("other");
        for replaced in [false, true] {
            let connection = open(&path, true).unwrap();
            let file = OpenedFile::of(&connection);
            assert!(!file.is_gone() && !file.was_gone());
            if replaced {
                std::fs::write(&other, "").unwrap();
                std::fs::rename(&other, &path).unwrap();
            } else {
                std::fs::rename(&path, &other).unwrap();
            }
            assert!(file.is_gone() && file.was_gone());
            if !replaced {
                std::fs::rename(&other, &path).unwrap();
                assert!(file.is_gone(), "what was refused meanwhile is not in it");
            }
        }
    }

    #[test]
    fn memory_is_never_gone() {
        assert!(!OpenedFile::of(&Connection::open_in_memory().unwrap()).is_gone());
    }
}
