//! Making a database: whole or not at all. It is built under another name and takes its own when it is on disk, so a
//! full disk, a kill or a power cut on the way leaves nothing that the next start would have to explain.

use std::fs::{OpenOptions, remove_file};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{APPLICATION_ID, SCHEMA, VERSION, beside};
use crate::data_dir::{FILE_MODE, put_in_place};
use crate::error::StartError;

/// What SQLite keeps beside a database.
const COMPANIONS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Makes an empty database of ours at `path`, where there is nothing or an empty file.
///
/// Errors: [`StartError::Database`], [`StartError::Io`].
pub fn fresh(path: &Path) -> Result<(), StartError> {
    // An empty file behind a link: the new one must stand there, and the link stay.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let new = beside(path, ".new");
    let remove_leftovers = || {
        let _ = remove_file(&new);
        for companion in COMPANIONS {
            let _ = remove_file(beside(&new, companion));
            // A log without its database says nothing, but SQLite would put its pages into the new one.
            let _ = remove_file(beside(path, companion));
        }
    };
    remove_leftovers();
    make(path, &new).inspect_err(|_| remove_leftovers())
}

fn make(path: &Path, new: &Path) -> Result<(), StartError> {
    let io = |source| StartError::io("make the database", path, source);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        // SQLite gives its other files the same mode.
        .mode(FILE_MODE)
        .open(new)
        .map_err(io)?;
    fill(new).map_err(|source| StartError::database(path, source))?;
    put_in_place(new, path).map_err(io)
}

fn fill(new: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(new, flags)?;
    // Nothing is lost when this fails: no journal on disk, and one sync at the end.
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::open;
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_an_earlier_try_left_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.sqlite3");
        std::fs::write(&path, "").unwrap();
        for left in ["data.sqlite3.new", "data.sqlite3.new-journal", "data.sqlite3.new-wal"] {
            std::fs::write(folder.path().join(left), "half of something").unwrap();
        }
        drop(open(&path, true).unwrap());
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, FILE_MODE);
        drop(open(&path, false).unwrap());
    }

    #[test]
    fn the_log_of_a_removed_database_does_not_get_into_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.sqlite3");
        let connection = open(&path, true).unwrap();
        connection
            .execute_batch("INSERT INTO settings VALUES ('left', '1', 1)")
            .unwrap();
        let log = std::fs::read(beside(&path, "-wal")).unwrap();
        drop(connection);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(beside(&path, "-wal"), log).unwrap();
        let count = |connection: &Connection| -> i64 {
            connection
                .query_row("SELECT COUNT(*) FROM settings", [], |row| row.get(0))
                .unwrap()
        };
        assert_eq!(count(&open(&path, true).unwrap()), 0);
    }

    #[test]
    fn a_link_to_an_empty_file_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, path) = (folder.path().join("real"), folder.path().join("data.sqlite3"));
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &path).unwrap();
        drop(open(&path, true).unwrap());
        assert!(path.is_symlink() && real.metadata().unwrap().len() > 0);
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.sqlite3");
        // A directory that is not empty can neither be removed nor be written as a file.
        std::fs::create_dir_all(folder.path().join("data.sqlite3.new/x")).unwrap();
        assert!(matches!(fresh(&path), Err(StartError::Io { .. })));
        assert!(!path.exists());
    }
}
