//! One job of the writer: what it does, and who is told.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;

use crate::storage::{Result, StorageError};

/// A job with its types forgotten.
pub(super) trait Job: Send {
    /// `true`: keep what it did.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers whoever asked.
    fn finish(self: Box<Self>, committed: std::result::Result<(), &rusqlite::Error>);
}

/// A job with its types.
struct Parts<T, F, D> {
    job: Option<F>,
    result: Option<Result<T>>,
    done: Option<D>,
}

/// `job` and what is called with its result.
pub(super) fn boxed<T, F, D>(job: F, done: D) -> Box<dyn Job>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    D: FnOnce(Result<T>) + Send + 'static,
{
    Box::new(Parts {
        job: Some(job),
        result: None,
        done: Some(done),
    })
}

impl<T, F, D> Job for Parts<T, F, D>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T> + Send,
    D: FnOnce(Result<T>) + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        let Some(job) = self.job.take() else { return false };
        // A bug in one job must not end the thread that everybody's messages depend on.
        let result = catch_unwind(AssertUnwindSafe(|| job(connection))).unwrap_or(Err(StorageError::Gone));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn finish(mut self: Box<Self>, committed: std::result::Result<(), &rusqlite::Error>) {
        let result = match (committed, self.result.take()) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StorageError::Gone),
            (Err(error), _) => Err(StorageError::Sqlite(copy_of(error))),
        };
        if let Some(done) = self.done.take()
            && catch_unwind(AssertUnwindSafe(|| done(result))).is_err()
        {
            tracing::error!("a callback of the writer panicked; the job itself is stored");
        }
    }
}

/// One failed commit is every job's error, and SQLite's errors cannot be cloned.
fn copy_of(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => rusqlite::Error::SqliteFailure(*code, text.clone()),
        other => rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
            Some(other.to_string()),
        ),
    }
}
