//! The only place with SQL: one file a noun, one thread that writes, a few connections that read.
//!
//! - [`open`] opens or creates the database file, checks whose it is and migrates it;
//! - [`opened_file`] notices when that file is removed or replaced;
//! - [`writer`] is the one thread that writes: group commit, durable before anybody hears "ok";
//! - [`readers`] is the pool of read-only connections;
//! - [`sessions`], [`messages`], [`receipts`], [`agents`], [`logins`], [`links`], [`answer_links`], [`settings`], [`uploads`], [`calls`],
//!   [`outbox`], [`telegram`], [`search`] are the nouns; their functions take a connection and are named as the question they answer.

pub mod agents;
pub mod answer_links;
pub mod calls;
pub mod checks;
pub mod idle;
pub mod late;
pub mod links;
pub mod logins;
pub mod messages;
pub mod open;
pub mod opened_file;
pub mod outbox;
pub mod ratings;
pub mod readers;
pub mod receipts;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod sample;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod telegram;
pub mod uploads;
pub mod writer;

pub use readers::Readers;
pub use writer::Writer;

/// Why a question to the database was not answered.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// SQLite said no; nothing of the job was stored.
    #[error("the database refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The queue of the writer is full; nothing was stored, trying again is right.
    #[error("the writer is busy")]
    Busy,
    /// The server is stopping, or the job panicked; nothing was stored.
    #[error("the writer did not run the job")]
    Gone,
    /// The pool had no free connection in time.
    #[error("no reader was free: {0}")]
    Pool(#[from] r2d2::Error),
    /// The chat session, agent, login or message that was named does not exist (any more).
    #[error("there is no such row")]
    Missing,
}

impl StorageError {
    /// `true` where the same request may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            StorageError::Busy | StorageError::Pool(_) => true,
            StorageError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => matches!(
                error.code,
                rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked
            ),
            _ => false,
        }
    }
}

/// What the jobs and questions of this module return.
pub type Result<T> = std::result::Result<T, StorageError>;
