//! Opening the database file: whose it is, which version it has, and the settings every connection gets.

mod before_migration;
mod create;
mod found;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use crate::data_dir::Lock;
use crate::error::StartError;

pub use found::{Found, look};

/// `PRAGMA application_id` of our files: "Konu". A file with another id is somebody else's.
pub const APPLICATION_ID: i32 = 0x4b6f_6e75;

/// The data model as a fresh install creates it.
const SCHEMA: &str = include_str!("../../schema.sql");

/// Changes after version 1, in order; the version of a database is 1 + the number of these it has had.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0002_uploads", include_str!("migrations/0002_uploads.sql")),
    ("0003_calls", include_str!("migrations/0003_calls.sql")),
    ("0004_telegram", include_str!("migrations/0004_telegram.sql")),
];

/// The version this program writes and the newest it can read.
pub const VERSION: i32 = 1 + MIGRATIONS.len() as i32;

/// How long a connection waits for another process's lock (`konusma agent` beside a running server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Truncate the WAL to this size after a checkpoint, so that one busy hour does not keep the disk for ever.
const JOURNAL_SIZE_LIMIT_BYTES: i64 = 16 * 1024 * 1024;

/// The WAL is written back when it has this many pages of 4 KiB (SQLite's default is 1,000): under load the same few pages
/// are written again and again, and a checkpoint writes each once, however often it was. As large as the limit above.
const CHECKPOINT_PAGES: i64 = JOURNAL_SIZE_LIMIT_BYTES / 4096;

/// Page cache of the writing connection; readers get a quarter. Small on purpose: the budget is 12 MB for all.
const WRITER_CACHE_KIB: i64 = 2048;
const READER_CACHE_KIB: i64 = 512;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The one that writes.
    Write,
    /// One of the pool.
    Read,
}

/// Opens the database at `path` for writing, creates it when `create` is set and there is none, and migrates it. Only
/// whoever holds the lock of the data directory may set `create`.
///
/// Errors: [`StartError::NoDatabase`], those of [`look`], [`StartError::Database`]. A refused file is left exactly as it
/// was.
pub fn open(path: &Path, create: bool) -> Result<Connection, StartError> {
    match look(path)? {
        Found::Ours => {}
        Found::Nothing if create => create::fresh(path)?,
        Found::Nothing => return Err(StartError::NoDatabase { path: path.to_owned() }),
    }
    let failed = |source: rusqlite::Error| StartError::database(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    // What may not be written SQLite opens for reading, without a word.
    if connection.is_readonly(MAIN_DB).map_err(failed)? {
        return Err(StartError::database(path, "it can only be read"));
    }
    configure(&connection, Purpose::Write).map_err(failed)?;
    migrate(&mut connection, path, create)?;
    Ok(connection)
}

/// The file that SQLite, or we, keep beside a database: its name with something after it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The pragmas of every connection (DESIGN §5). `busy_timeout` comes first: the others may already need the lock.
pub fn configure(connection: &Connection, purpose: Purpose) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(if purpose == Purpose::Write { 64 } else { 32 });
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    match purpose {
        Purpose::Write => {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "secure_delete", "FAST")?;
            connection.pragma_update(None, "journal_size_limit", JOURNAL_SIZE_LIMIT_BYTES)?;
            connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
            connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        }
        Purpose::Read => {
            connection.pragma_update(None, "query_only", true)?;
            connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        }
    }
    Ok(())
}

/// Brings an older database up to date. `is_locked`: the caller holds the lock of the data directory. Otherwise it is
/// taken meanwhile: a server that runs must not have its tables changed, nor two programs change them at once.
fn migrate(connection: &mut Connection, path: &Path, is_locked: bool) -> Result<(), StartError> {
    let failed = |source: rusqlite::Error| StartError::database(path, source);
    let version: i32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(failed)?;
    if version == VERSION {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _lock = if is_locked {
        None
    } else {
        Some(Lock::take(folder.unwrap_or(Path::new(".")))?)
    };
    let copy = before_migration::keep_copy(connection, path, VERSION)?;
    tracing::info!(from = version, to = VERSION, copy = %copy.display(), "changing the data model; a copy is kept");
    apply(connection, version).map_err(failed)
}

fn apply(connection: &mut Connection, version: i32) -> rusqlite::Result<()> {
    for (done, (name, sql)) in MIGRATIONS.iter().enumerate() {
        let reaches = done as i32 + 2;
        if reaches <= version {
            continue;
        }
        tracing::info!(migration = name, version = reaches, "changing the data model");
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", reaches)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn schema_of(connection: &Connection) -> Vec<Vec<String>> {
        let mut rows = connection
            .prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name")
            .unwrap();
        rows.query_map([], |row| row.get::<_, String>(0))
            .unwrap()
            .map(|sql| parts(&sql.unwrap()))
            .collect()
    }

    /// The columns and constraints of a statement in one order, without comments: a column that came later stands last.
    fn parts(sql: &str) -> Vec<String> {
        let code: String = sql
            .lines()
            .map(|line| line.split("--").next().unwrap().to_owned() + " ")
            .collect();
        let words = code.split_whitespace().collect::<Vec<_>>().join(" ");
        let (mut depth, mut parts) = (0, vec![String::new()]);
        for c in words.chars() {
            let is_outer = match c {
                '(' => {
                    depth += 1;
                    depth == 1
                }
                ')' => {
                    depth -= 1;
                    depth == 0
                }
                ',' => depth == 1,
                _ => false,
            };
            if is_outer {
                parts.push(String::new());
            } else {
                parts.last_mut().unwrap().push(c);
            }
        }
        let mut parts: Vec<_> = parts.iter().map(|part| part.trim().to_owned()).collect();
        parts.sort();
        parts
    }

    #[test]
    fn a_fresh_database_is_durable_strict_and_ours() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join("data.sqlite3"), true).unwrap();
        let text = |pragma: &str| -> String { connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap() };
        let number = |pragma: &str| -> i64 { connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap() };
        assert_eq!(text("journal_mode"), "wal");
        assert_eq!(number("synchronous"), 2, "FULL");
        assert_eq!(number("foreign_keys"), 1);
        assert_eq!(number("trusted_schema"), 0);
        assert_eq!(number("cell_size_check"), 1);
        assert_eq!(number("secure_delete"), 2, "FAST");
        assert_eq!(number("application_id"), i64::from(APPLICATION_ID));
        assert_eq!(number("user_version"), i64::from(VERSION));
    }

    #[test]
    fn migrating_version_one_ends_at_the_schema() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = open(&folder.path().join("fresh.sqlite3"), true).unwrap();
        let old = folder.path().join("old.sqlite3");
        {
            let connection = Connection::open(&old).unwrap();
            // Version 1 had no uploads, calls and notices, and no Telegram.
            connection.execute_batch(SCHEMA).unwrap();
            connection
                .execute_batch(
                    "DROP TABLE telegram_codes; DROP TABLE telegram_messages; DROP TABLE telegram_threads;
                     DROP TABLE answer_links; DROP TABLE outbox; DROP TABLE calls; DROP TABLE uploads;
                     DROP INDEX agents_by_telegram; ALTER TABLE agents DROP COLUMN telegram_id;
                     ALTER TABLE logins DROP COLUMN answers_only; ALTER TABLE challenges DROP COLUMN code_hash;
                     DROP INDEX chat_sessions_waiting;
                     ALTER TABLE chat_sessions DROP COLUMN rating; ALTER TABLE chat_sessions DROP COLUMN rated_at;
                     ALTER TABLE chat_sessions DROP COLUMN reminded_at;
                     ALTER TABLE chat_sessions DROP COLUMN late_told_at;
                     ALTER TABLE messages DROP COLUMN via; ALTER TABLE messages DROP COLUMN edited_at",
                )
                .unwrap();
            connection
                .execute_batch(
                    "INSERT INTO settings VALUES ('kept', '1', 0);
                     INSERT INTO chat_sessions (room, token_hash, name, created_at, active_at, waiting_since)
                       VALUES ('room', X'00', 'Ali', 1, 1, 1)",
                )
                .unwrap();
            connection
                .pragma_update(None, "application_id", APPLICATION_ID)
                .unwrap();
            connection.pragma_update(None, "user_version", 1).unwrap();
        }
        let changed = open(&old, false).unwrap();
        assert_eq!(schema_of(&changed), schema_of(&fresh));
        let copy = Connection::open(folder.path().join(format!("backups/before-version-{VERSION}.sqlite3"))).unwrap();
        for database in [&changed, &copy] {
            let kept: String = database
                .query_row("SELECT value FROM settings WHERE name = 'kept'", [], |row| row.get(0))
                .unwrap();
            assert_eq!(kept, "1");
        }
        let late = crate::storage::late::Late {
            now: i64::MAX,
            after_ms: 1,
            is_told: true,
        };
        let due = crate::storage::late::due(&changed, late).unwrap();
        assert!(
            due.is_empty(),
            "who waited before that was invented gets no reminder of it"
        );
        let version =
            |of: &Connection| -> i32 { of.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap() };
        assert_eq!((version(&copy), version(&changed)), (1, VERSION));
    }

    #[test]
    fn a_foreign_a_newer_and_a_missing_file_are_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.sqlite3");
        assert!(matches!(open(&path, false), Err(StartError::NoDatabase { .. })));
        assert!(!path.exists());

        std::fs::write(&path, "These are the accounts of 2019. Not a database.".repeat(30)).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(open(&path, true), Err(StartError::DatabaseForeign { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), before);

        std::fs::remove_file(&path).unwrap();
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE theirs (a)")
            .unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(open(&path, true), Err(StartError::DatabaseForeign { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), before);

        std::fs::remove_file(&path).unwrap();
        open(&path, true)
            .unwrap()
            .pragma_update(None, "user_version", VERSION + 1)
            .unwrap();
        assert!(matches!(
            open(&path, true),
            Err(StartError::DatabaseNewer { found, known, .. }) if found == VERSION + 1 && known == VERSION
        ));
    }
}
