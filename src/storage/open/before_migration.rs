//! The copy that is made before the data model changes: whoever regrets an upgrade puts it back and starts the version
//! from before.

use std::fs::remove_file;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::data_dir::{make_private_directory, put_in_place};
use crate::error::StartError;

/// Copies the database into `backups/before-version-N.sqlite3` beside it and checks the copy. Errors: what SQLite or the
/// system says, with the path; nothing has changed then.
pub fn keep_copy(connection: &Connection, database: &Path, reaches: i32) -> Result<PathBuf, StartError> {
    let folder = database.with_file_name("backups");
    let copy = folder.join(format!("before-version-{reaches}.sqlite3"));
    let unfinished = folder.join(format!("before-version-{reaches}.new"));
    let io = |source| StartError::io("make the copy before the upgrade", &copy, source);
    make_private_directory(&folder).map_err(io)?;
    // Left from a start that did not get further.
    let _ = remove_file(&unfinished);
    let made = write(connection, &unfinished);
    if let Err(source) = made {
        let _ = remove_file(&unfinished);
        return Err(StartError::database(&copy, source));
    }
    put_in_place(&unfinished, &copy).map_err(io)?;
    Ok(copy)
}

fn write(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    connection.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
    let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let verdict: String = copy.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            Some(format!("the copy of it is damaged: {verdict}")),
        ))
    }
}
