//! The folder of uploads. A file's name is the SHA-256 of its bytes, so the same bytes are kept once, what is there never
//! changes, and anybody can verify it with `sha256sum`.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use data_encoding::HEXLOWER;

use crate::auth::token;
use crate::data_dir::{FILE_MODE, make_private_directory, sync_directory};
use crate::storage::uploads::Sha256;

/// Below the folder: what is not whole yet.
const UNFINISHED: &str = "tmp";

/// The folder.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
}

/// A file that is not whole yet; dropping it removes it.
#[derive(Debug)]
pub struct Temp {
    path: PathBuf,
}

impl Temp {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        // It has its final name, or is swept away at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Store {
    /// Opens or makes the folder. Nothing in it is on its way yet: what is unfinished is left from a crash, and removed.
    pub fn open(root: &Path) -> io::Result<Store> {
        let unfinished = root.join(UNFINISHED);
        match std::fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => make_private_directory(&unfinished)?,
        }
        Ok(Store { root: root.to_owned() })
    }

    /// A new file to write to, and to read again.
    pub fn unfinished(&self) -> io::Result<(Temp, File)> {
        let path = self.root.join(UNFINISHED).join(token::random_public_id());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&path)?;
        Ok((Temp { path }, file))
    }

    /// Where the file with these bytes is, or would be.
    pub fn path(&self, address: &Sha256) -> PathBuf {
        let name = HEXLOWER.encode(address);
        self.root.join(&name[..2]).join(&name[2..])
    }

    /// Gives a whole file, which is on disk, its final name, durably. Call it in a job of the writer, before the row that
    /// names it: there it cannot meet [`Store::remove`] of the same bytes.
    ///
    /// A file that is there already is replaced by the same bytes: whatever had happened to it is healed, and whoever
    /// reads it reads on.
    pub fn keep(&self, whole: &Temp, address: &Sha256) -> io::Result<()> {
        let path = self.path(address);
        let folder = path.parent().unwrap_or(&self.root);
        if !folder.is_dir() {
            make_private_directory(folder)?;
            sync_directory(&self.root)?;
        }
        std::fs::rename(&whole.path, &path)?;
        sync_directory(folder)
    }

    /// Removes a file that nothing names; one that is not there is no fault. Call it as [`Store::keep`].
    pub fn remove(&self, address: &Sha256) -> io::Result<()> {
        match std::fs::remove_file(self.path(address)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The files that were last changed before `before`. What does not look like ours is left alone.
    pub fn older_than(&self, before: SystemTime) -> io::Result<Vec<Sha256>> {
        let mut found = Vec::new();
        for folder in std::fs::read_dir(&self.root)? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() || folder.file_name() == UNFINISHED {
                continue;
            }
            for file in std::fs::read_dir(folder.path())? {
                let file = file?;
                let mut name = folder.file_name().into_encoded_bytes();
                name.extend(file.file_name().into_encoded_bytes());
                let Some(address) = HEXLOWER.decode(&name).ok().and_then(|bytes| bytes.try_into().ok()) else {
                    continue;
                };
                if file.metadata()?.modified()? < before {
                    found.push(address);
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::*;

    fn kept(store: &Store, bytes: &[u8], address: Sha256) {
        let (temp, mut file) = store.unfinished().unwrap();
        file.write_all(bytes).unwrap();
        store.keep(&temp, &address).unwrap();
    }

    fn names(store: &Store) -> usize {
        std::fs::read_dir(store.root.join(UNFINISHED)).unwrap().count()
    }

    #[test]
    fn the_same_bytes_are_kept_once_and_nothing_unfinished_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("uploads")).unwrap();
        kept(&store, b"hello", [0xab; 32]);
        kept(&store, b"hello", [0xab; 32]);
        drop(store.unfinished().unwrap());
        let path = store.path(&[0xab; 32]);
        assert!(path.ends_with(format!("ab/{}", "ab".repeat(31))), "{}", path.display());
        assert_eq!(std::fs::read(&path).unwrap(), b"hello");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            path.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(names(&store), 0);
        store.remove(&[0xab; 32]).unwrap();
        store.remove(&[0xab; 32]).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_was_damaged_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        kept(&store, b"hello", [1; 32]);
        std::fs::write(store.path(&[1; 32]), b"HELLO").unwrap();
        kept(&store, b"hello", [1; 32]);
        assert_eq!(std::fs::read(store.path(&[1; 32])).unwrap(), b"hello");
    }

    #[test]
    fn the_next_start_removes_what_a_crash_left() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        std::mem::forget(store.unfinished().unwrap().0);
        assert_eq!(names(&store), 1);
        assert_eq!(names(&Store::open(folder.path()).unwrap()), 0);
    }

    #[test]
    fn only_old_files_of_ours_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        kept(&store, b"hello", [2; 32]);
        std::fs::create_dir(folder.path().join("zz")).unwrap();
        std::fs::write(folder.path().join("zz/note.txt"), b"mine").unwrap();
        std::fs::write(folder.path().join("readme"), b"mine").unwrap();
        let now = SystemTime::now();
        assert_eq!(store.older_than(now + Duration::from_secs(5)).unwrap(), [[2; 32]]);
        assert!(store.older_than(now - Duration::from_secs(5)).unwrap().is_empty());
    }
}
