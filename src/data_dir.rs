//! The data directory: where it is, whether we may use it, who owns it, and the key that is kept in it.

mod lock;
mod owner;
mod secret_key;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::StartError;

pub use lock::Lock;
pub use secret_key::SecretKey;

const DATABASE: &str = "data.sqlite3";
const LOGS: &str = "logs";
const UPLOADS: &str = "uploads";
/// Only its user: it holds people's conversations.
const DIRECTORY_MODE: u32 = 0o700;
/// As [`DIRECTORY_MODE`]; every file that is made here says it, whatever the umask.
pub(crate) const FILE_MODE: u32 = 0o600;

/// A data directory that exists and can be written.
#[derive(Debug, Clone)]
pub struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// Opens the directory. With `create` it is made when missing (its own user only); without, a missing one is
    /// [`StartError::NoDatabase`].
    ///
    /// # Errors
    /// One that names the path and, when the directory or the database belongs to another user, that user.
    pub fn open(path: &Path, create: bool) -> Result<Self, StartError> {
        if create {
            make_directory(path)?;
        } else if !path.join(DATABASE).exists() && !hidden_from_us(path) {
            return Err(StartError::NoDatabase {
                path: path.join(DATABASE),
            });
        }
        probe(path)?;
        let data_dir = Self { path: path.to_owned() };
        data_dir.refuse_another_users_database()?;
        Ok(data_dir)
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The directory of files that people sent; it may not exist yet.
    #[must_use]
    pub fn uploads(&self) -> PathBuf {
        self.path.join(UPLOADS)
    }

    /// The directory of log files, made if missing.
    ///
    /// # Errors
    /// [`StartError::DataDirUnwritable`].
    pub fn logs(&self) -> Result<PathBuf, StartError> {
        let logs = self.path.join(LOGS);
        make_directory(&logs)?;
        Ok(logs)
    }

    /// Claims the directory for this process until the [`Lock`] is dropped, or the process ends in whatever way.
    ///
    /// # Errors
    /// [`StartError::Locked`] with the other process's id.
    pub fn lock(&self) -> Result<Lock, StartError> {
        Lock::take(&self.path)
    }

    /// Has a first start without a configured key made one?
    #[must_use]
    pub fn has_secret_key(&self) -> bool {
        SecretKey::is_in(&self.path)
    }

    /// The configured key, or else the one in `secret.key`, made on the first start. Call it while holding the lock.
    ///
    /// # Errors
    /// [`StartError::Io`], or [`StartError::SecretKeyDamaged`].
    pub fn secret_key(&self, configured: Option<&str>) -> Result<SecretKey, StartError> {
        match configured {
            Some(text) => Ok(SecretKey::from_text(text)),
            None => SecretKey::load_or_make(&self.path),
        }
    }

    /// A root user may write anywhere, but the write-ahead log it would leave beside another user's database would lock
    /// that user's server out.
    fn refuse_another_users_database(&self) -> Result<(), StartError> {
        match owner::other_owner(&self.database()) {
            Some(owner) => Err(StartError::OtherUser {
                path: self.database(),
                owner,
            }),
            None => Ok(()),
        }
    }
}

/// From here on, files this process makes are for its own user only. Call it before anything makes one.
pub fn keep_new_files_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Makes the entries of a directory durable: a new or renamed file is only safe once its directory is on disk too.
///
/// # Errors
/// What the system said.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Gives a file that was written beside its place the name it is for, whole or not at all: its bytes are on disk before,
/// and its name after.
///
/// # Errors
/// What the system said; then the place is as it was, unless only its durability failed.
pub fn put_in_place(written: &Path, path: &Path) -> io::Result<()> {
    File::open(written)?.sync_all()?;
    std::fs::rename(written, path)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_directory(directory.unwrap_or(Path::new(".")))
}

/// Makes a directory, and those above it, for its own user only; one that is there stays as it is.
///
/// # Errors
/// What the system said.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)
}

fn make_directory(path: &Path) -> Result<(), StartError> {
    make_private_directory(path).map_err(|source| unwritable(path, source))
}

/// Asks the file system instead of judging permission bits: read-only mounts, ACLs and full disks count too.
fn probe(path: &Path) -> Result<(), StartError> {
    let name = path.join(format!(".konusma-probe-{}", std::process::id()));
    let made = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&name);
    made.and_then(|_| std::fs::remove_file(&name))
        .map_err(|source| unwritable(path, source))
}

/// Whether "it does not exist" only means that we may not look.
fn hidden_from_us(path: &Path) -> bool {
    path.join(DATABASE).try_exists().is_err()
}

fn unwritable(path: &Path, source: io::Error) -> StartError {
    let denied = source.kind() == io::ErrorKind::PermissionDenied;
    let owner = if denied {
        owner::other_owner(owner::nearest_existing(path))
    } else {
        None
    };
    StartError::DataDirUnwritable {
        path: path.to_owned(),
        source,
        owner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_new_directory_is_made_for_its_user_only() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let data_dir = DataDir::open(&path, true).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&data_dir.logs().unwrap()), 0o700);
        assert_eq!(data_dir.database(), path.join("data.sqlite3"));
        let left: Vec<_> = path
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["logs"], "the probe is gone");
    }

    #[test]
    fn without_create_a_database_must_be_there() {
        let parent = tempfile::tempdir().unwrap();
        let missing = DataDir::open(&parent.path().join("none"), false).unwrap_err();
        assert!(
            matches!(&missing, StartError::NoDatabase { path } if path.ends_with("none/data.sqlite3")),
            "{missing}"
        );
        assert!(!parent.path().join("none").exists());
        assert!(DataDir::open(parent.path(), false).is_err());
        std::fs::write(parent.path().join(DATABASE), "").unwrap();
        assert!(DataDir::open(parent.path(), false).is_ok());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = DataDir::open(&file, true).unwrap_err();
        assert!(matches!(error, StartError::DataDirUnwritable { .. }), "{error}");
        assert!(error.to_string().contains(file.to_str().unwrap()));
    }

    #[test]
    fn another_users_database_is_refused_by_name_even_to_root() {
        let parent = tempfile::tempdir().unwrap();
        let database = parent.path().join(DATABASE);
        std::fs::write(&database, "").unwrap();
        // Only root may give a file away; others meet the same rule through permissions.
        if std::os::unix::fs::chown(&database, Some(12_345), None).is_err() {
            return;
        }
        for create in [true, false] {
            let error = DataDir::open(parent.path(), create).unwrap_err();
            assert!(
                matches!(&error, StartError::OtherUser { owner, .. } if owner == "12345"),
                "{error}"
            );
        }
    }
}
