//! Removes files that nothing names any more: of people who were erased, of uploads that were never sent, of a crash
//! between a file and its row.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::store::Store;
use crate::storage::uploads::{Sha256, forget_unsent, is_named};
use crate::storage::{Readers, StorageError, Writer};

/// An upload that no message names is kept this long: whoever is offline meanwhile can still send it.
pub const UNSENT_MS: i64 = 24 * 60 * 60 * 1000;

/// A file without a row is left alone this long while the server runs: its row may be on its way.
pub const ORPHAN_GRACE: Duration = Duration::from_secs(60 * 60);

/// Files looked at in one job of the writer.
const BATCH: usize = 100;

/// Removes those of these files that nothing names. Call it after what named them is gone for good, that is committed.
///
/// Errors: those of the writer; what is left is found by [`orphans`].
pub async fn files(writer: &Writer, store: &Arc<Store>, addresses: Vec<Sha256>) -> Result<usize, StorageError> {
    let mut removed = 0;
    for batch in addresses.chunks(BATCH) {
        let (batch, store) = (batch.to_vec(), store.clone());
        removed += writer
            .call(move |connection| {
                let mut removed = 0;
                for address in &batch {
                    if is_named(connection, address)? {
                        continue;
                    }
                    match store.remove(address) {
                        Ok(()) => removed += 1,
                        Err(error) => {
                            tracing::warn!(file = %store.path(address).display(), %error, "could not be removed");
                        }
                    }
                }
                Ok(removed)
            })
            .await?;
    }
    Ok(removed)
}

/// Removes uploads that came before `before` (ms) and were never sent; answers how many files went.
pub async fn unsent(writer: &Writer, store: &Arc<Store>, before: i64) -> Result<usize, StorageError> {
    let addresses = writer.call(move |connection| forget_unsent(connection, before)).await?;
    files(writer, store, addresses).await
}

/// Removes files that have no row and are older than `grace`; answers how many.
pub async fn orphans(
    writer: &Writer,
    readers: &Readers,
    store: &Arc<Store>,
    grace: Duration,
) -> Result<usize, StorageError> {
    let before = SystemTime::now() - grace;
    let listing = store.clone();
    let listed = tokio::task::spawn_blocking(move || listing.older_than(before)).await;
    let found = match listed {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the folder of uploads could not be read");
            return Ok(0);
        }
        Err(_) => return Ok(0),
    };
    let mut nameless = Vec::new();
    for batch in found.chunks(BATCH) {
        let batch = batch.to_vec();
        let question = move |connection: &rusqlite::Connection| {
            let mut nameless = Vec::new();
            for address in batch {
                if !is_named(connection, &address)? {
                    nameless.push(address);
                }
            }
            Ok(nameless)
        };
        nameless.extend(readers.ask(question).await?);
    }
    files(writer, store, nameless).await
}
