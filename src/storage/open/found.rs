//! What is at the database's path. Finding out changes nothing, so that whatever is refused stays as it was.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::{Access, access};

use super::{APPLICATION_ID, SCHEMA, VERSION, beside};
use crate::error::StartError;

/// What may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No file, or an empty one: a database may be made here.
    Nothing,
    /// A database of ours, of this version or an earlier one.
    Ours,
}

/// Looks at the path, and into the file when there is one.
///
/// Errors: [`StartError::DatabaseFile`], [`StartError::DatabaseForeign`], [`StartError::DatabaseNewer`],
/// [`StartError::DatabaseAltered`], [`StartError::Database`], [`StartError::Io`].
pub fn look(path: &Path) -> Result<Found, StartError> {
    if !is_file_with_content(path)? {
        return Ok(Found::Nothing);
    }
    let failed = |source| StartError::database(path, source);
    let connection = open_untouched(path).map_err(failed)?;
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let foreign = |what: &str| StartError::DatabaseForeign {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    let id = number("application_id").map_err(|source| match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => foreign("it is not an SQLite database"),
        _ => failed(source),
    })?;
    if id != APPLICATION_ID {
        return Err(foreign("it belongs to another program"));
    }
    let version = number("user_version").map_err(failed)?;
    if version > VERSION {
        return Err(StartError::DatabaseNewer {
            path: path.to_owned(),
            found: version,
            known: VERSION,
        });
    }
    let altered = if version < 1 {
        Some("it says no version".to_owned())
    } else if version == VERSION {
        difference(&connection).map_err(failed)?
    } else {
        None
    };
    match altered {
        Some(what) => Err(StartError::DatabaseAltered {
            path: path.to_owned(),
            what,
        }),
        None => Ok(Found::Ours),
    }
}

fn is_file_with_content(path: &Path) -> Result<bool, StartError> {
    let refused = |what: String| {
        Err(StartError::DatabaseFile {
            path: path.to_owned(),
            what,
        })
    };
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match path.read_link() {
                Ok(target) => refused(format!(
                    "is a link to {}, and nothing is there; bring that file back (is its disk mounted?), or remove the link",
                    target.display()
                )),
                Err(_) => Ok(false),
            };
        }
        Err(source) => return Err(StartError::io("read", path, source)),
    };
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { "a directory" } else { "no file" };
        return refused(format!(
            "is {kind}; move it away, or name another directory with --data-dir"
        ));
    }
    // SQLite would open such a file all the same, and fail at the first message.
    if let Err(error) = access(path, Access::READ_OK | Access::WRITE_OK) {
        return refused(format!(
            "cannot be written: {}; make it writable for this user: chmod u+rw {}",
            io::Error::from(error),
            path.display()
        ));
    }
    Ok(metadata.len() > 0)
}

/// Opens it for reading. With no write-ahead log beside it nobody has it open, and SQLite is told that nobody will: it
/// would otherwise make a log for its reading, and leave it there.
fn open_untouched(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if beside(&real, "-wal").exists() {
        return Connection::open_with_flags(path, flags);
    }
    let mut uri = "file:".to_owned();
    for byte in real.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            // Writing to a String cannot fail.
            _ => _ = write!(uri, "%{byte:02X}"),
        }
    }
    uri.push_str("?immutable=1");
    Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
}

/// The first object of the data model that the database has otherwise or not at all, in words. What it has besides is
/// its owner's: a view for a report is no reason not to start.
fn difference(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let fresh = Connection::open_in_memory()?;
    fresh.execute_batch(SCHEMA)?;
    let found: HashMap<String, String> = objects(connection)?.into_iter().collect();
    Ok(objects(&fresh)?
        .into_iter()
        .find_map(|(name, sql)| match found.get(&name) {
            Some(found) if *found == sql => None,
            Some(_) => Some(format!("its {name} has another form")),
            None => Some(format!("it has no {name}")),
        }))
}

/// Tables and indexes with what they are made by. The tables inside a virtual one are SQLite's affair.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut rows = connection.prepare(
        "SELECT name, sql FROM sqlite_schema AS this
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
           AND NOT EXISTS (SELECT 1 FROM sqlite_schema AS virtual
                           WHERE virtual.sql LIKE 'CREATE VIRTUAL%'
                             AND substr(this.name, 1, length(virtual.name) + 1) = virtual.name || '_')",
    )?;
    rows.query_map([], |row| Ok((row.get(0)?, essence(&row.get::<_, String>(1)?))))?
        .collect()
}

/// A statement without comments, white space and the quotes that SQLite puts around names it moves: a change of
/// these changes nothing.
fn essence(sql: &str) -> String {
    sql.lines()
        .filter_map(|line| line.split("--").next())
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace() && *c != '"')
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::open;
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A closed database of ours that `sql` has been done to, and its folder.
    fn changed(sql: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::Builder::new().prefix("100% ours? #1 ").tempdir().unwrap();
        let path = folder.path().join("data.sqlite3");
        open(&path, true).unwrap().execute_batch(sql).unwrap();
        assert_eq!(names(folder.path()), ["data.sqlite3"]);
        (folder, path)
    }

    #[test]
    fn looking_leaves_no_trace() {
        for sql in ["", "PRAGMA user_version = 1000", "PRAGMA application_id = 5"] {
            let (folder, path) = changed(sql);
            let before = std::fs::read(&path).unwrap();
            assert_eq!(look(&path).is_ok(), sql.is_empty(), "{sql}");
            assert_eq!(names(folder.path()), ["data.sqlite3"], "{sql}");
            assert_eq!(std::fs::read(&path).unwrap(), before, "{sql}");
        }
    }

    #[test]
    fn what_is_only_in_the_write_ahead_log_is_seen() {
        let (_folder, path) = changed("");
        let connection = open(&path, false).unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(look(&path), Err(StartError::DatabaseNewer { .. })));
    }

    #[test]
    fn a_database_of_another_form_is_refused_by_the_name_of_what_differs() {
        for (sql, name) in [
            ("ALTER TABLE chat_sessions DROP COLUMN time_zone", "its chat_sessions"),
            ("ALTER TABLE messages ADD COLUMN mood TEXT", "its messages"),
            ("DROP TABLE recovery_codes", "no recovery_codes"),
            ("DROP INDEX messages_of_session", "no messages_of_session"),
            ("DROP TABLE messages_search", "no messages_search"),
            ("PRAGMA user_version = 0", "no version"),
        ] {
            let (_folder, path) = changed(sql);
            let error = look(&path).unwrap_err();
            assert!(matches!(error, StartError::DatabaseAltered { .. }), "{error}");
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(name), "{sql}: {error}");
        }
    }

    #[test]
    fn words_that_change_nothing_and_an_owners_own_view_are_no_difference() {
        let (_folder, path) = changed("CREATE VIEW waiting AS SELECT room FROM chat_sessions; ANALYZE;");
        assert_eq!(look(&path).unwrap(), Found::Ours);
        assert_eq!(
            essence("CREATE TABLE \"t\" (\n  a INTEGER, -- an old remark\n  b TEXT\n)"),
            essence("CREATE TABLE t (a INTEGER, b TEXT)")
        );
        assert!(
            !SCHEMA
                .lines()
                .any(|line| line.split("--").next().unwrap().matches('\'').count() % 2 == 1)
        );
    }

    #[test]
    fn what_is_in_the_way_is_told_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.sqlite3");
        assert_eq!(look(&path).unwrap(), Found::Nothing);
        std::fs::write(&path, "").unwrap();
        assert_eq!(look(&path).unwrap(), Found::Nothing);

        let said = |words: &str| {
            let error = look(&path).unwrap_err();
            assert!(matches!(error, StartError::DatabaseFile { .. }), "{error}");
            assert_eq!(error.exit_code(), 2);
            let said = error.to_string();
            assert!(said.contains(words) && said.contains("data.sqlite3"), "{said}");
        };
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        said("is a directory");
        std::fs::remove_dir(&path).unwrap();
        std::os::unix::fs::symlink("/mnt/away/data.sqlite3", &path).unwrap();
        said("is a link to /mnt/away/data.sqlite3");
        assert!(open(&path, true).is_err());
        assert_eq!(names(folder.path()), ["data.sqlite3"]);
    }
}
