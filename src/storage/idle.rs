//! What the writer's thread does when nobody wants to write.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::search;
use super::writer::IdleWork;

/// The WAL is written back and cut when nothing was written for this long.
const QUIET: Duration = Duration::from_secs(5);

/// Indexes what was written, then, in quiet, writes the WAL back into the file.
pub fn work() -> IdleWork {
    let mut changes_seen = 0;
    let mut changed_at = Instant::now();
    let mut checkpointed = true;
    Box::new(move |connection: &Connection| {
        match search::index_next(connection) {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the search index did not move on; it tries again"),
        }
        if let Err(error) = search::wipe_erased(connection) {
            tracing::warn!(%error, "erased words are still in the search index; they are wiped at the next try");
        }
        let changes = connection.total_changes();
        if changes != changes_seen {
            (changes_seen, changed_at, checkpointed) = (changes, Instant::now(), false);
        } else if !checkpointed && changed_at.elapsed() > QUIET {
            checkpointed = true;
            // Busy readers make it partial; the next quiet moment does the rest.
            let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            if let Err(error) = done {
                tracing::warn!(%error, "the WAL was not written back; the next quiet moment does it");
            }
        }
        false
    })
}
