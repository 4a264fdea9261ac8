//! The pool of read-only connections.

use std::path::Path;
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};

use super::open::{Purpose, configure};
use super::{Result, StorageError};

/// Two cores are the usual machine; more readers would only hold memory.
const CONNECTIONS: u32 = 4;

/// Past this the caller hears `busy` and may try again.
const WAIT_FOR_A_CONNECTION: Duration = Duration::from_secs(3);

/// The handle to the pool; clones share it.
#[derive(Clone)]
pub struct Readers(r2d2::Pool<SqliteConnectionManager>);

impl Readers {
    /// Opens the pool on an existing database. Connections are made when first needed.
    ///
    /// Errors: when the file cannot be opened.
    pub fn open(database: &Path) -> Result<Readers> {
        let manager = SqliteConnectionManager::file(database)
            .with_flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .with_init(|connection| configure(connection, Purpose::Read));
        let pool = r2d2::Pool::builder()
            .max_size(CONNECTIONS)
            .min_idle(Some(1))
            .connection_timeout(WAIT_FOR_A_CONNECTION)
            // A connection of ours fails only with the whole file; asking before every use would cost a statement.
            .test_on_check_out(false)
            .build(manager)?;
        Ok(Readers(pool))
    }

    /// Asks a question on a thread that may block.
    pub async fn ask<T, F>(&self, question: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let pool = self.0.clone();
        tokio::task::spawn_blocking(move || question(&*pool.get()?))
            .await
            .unwrap_or(Err(StorageError::Gone))
    }
}
