//! The table of jobs, on UTC.

use std::pin::Pin;
use std::sync::Arc;

use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::clock::now_ms;
use crate::error::StartError;
use crate::signaling::Signaling;
use crate::storage::{StorageError, logins, outbox, sessions};
use crate::uploads::collect;

type Work = fn(Arc<Signaling>) -> Pin<Box<dyn Future<Output = Result<(), StorageError>> + Send>>;

/// One row of the table.
struct Row {
    name: &'static str,
    /// Seconds, minutes, hours, day, month, weekday.
    cron: &'static str,
    work: Work,
}

/// All jobs. Minutes differ, so that they do not meet each other or everybody else's cron.
const JOBS: [Row; 5] = [
    Row {
        name: "forget rate-limit keys",
        cron: "20 */5 * * * *",
        work: |server| Box::pin(forget_keys(server)),
    },
    Row {
        name: "test the relay for calls",
        cron: "0 41 * * * *",
        work: |server| Box::pin(test_relay(server)),
    },
    Row {
        name: "forget what expired",
        cron: "0 17 * * * *",
        work: |server| Box::pin(forget_expired(server)),
    },
    Row {
        name: "remove files that nothing names",
        cron: "0 29 * * * *",
        work: |server| Box::pin(remove_files(server)),
    },
    Row {
        name: "tidy the database",
        cron: "0 41 3 * * *",
        work: |server| Box::pin(tidy(server)),
    },
];

/// A thread in which nobody wrote anything is kept this long.
const EMPTY_THREAD_MS: i64 = 24 * 60 * 60 * 1000;

/// The running scheduler.
pub struct Jobs(JobScheduler);

impl Jobs {
    /// Starts no further job.
    pub async fn stop(mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::warn!(%error, "the scheduler did not stop");
        }
    }
}

/// Starts the jobs. Errors: a row of the table that is no schedule.
pub async fn start(signaling: &Arc<Signaling>) -> Result<Jobs, StartError> {
    let started = async {
        let scheduler = JobScheduler::new().await?;
        for Row { name, cron, work } in JOBS {
            let signaling = signaling.clone();
            let job = Job::new_async(cron, move |_, _| {
                let running = work(signaling.clone());
                Box::pin(async move {
                    match running.await {
                        Ok(()) => tracing::debug!(job = name, "done"),
                        Err(error) => tracing::warn!(job = name, %error, "failed; it comes again"),
                    }
                })
            })?;
            scheduler.add(job).await?;
        }
        scheduler.start().await?;
        Ok::<_, JobSchedulerError>(Jobs(scheduler))
    };
    started
        .await
        .map_err(|error| StartError::Other(format!("cannot start the scheduler: {error}")))
}

async fn forget_keys(server: Arc<Signaling>) -> Result<(), StorageError> {
    server.app.limits.prune();
    Ok(())
}

async fn test_relay(server: Arc<Signaling>) -> Result<(), StorageError> {
    server.app.ice.relay.check().await;
    Ok(())
}

async fn forget_expired(server: Arc<Signaling>) -> Result<(), StorageError> {
    let now = now_ms();
    let is_told = server.app.pocket.token().is_some();
    let gone = server
        .app
        .writer
        .call(move |connection| {
            if is_told {
                outbox::forget_expired(connection, now)?;
            } else {
                // Nobody is there to be told, and nobody failed.
                outbox::forget_all(connection)?;
            }
            logins::forget_expired(connection, now)
        })
        .await?;
    let empty = forget_empty_threads(&server, now - EMPTY_THREAD_MS).await?;
    if gone + empty > 0 {
        tracing::info!(logins_and_links = gone, empty_threads = empty, "forgot what expired");
    }
    Ok(())
}

/// Forgets threads in which nobody wrote and whose visitor is gone, and tells the agents; answers how many.
async fn forget_empty_threads(server: &Signaling, before: i64) -> Result<usize, StorageError> {
    let candidates = server
        .app
        .readers
        .ask(move |connection| sessions::empty_since(connection, before))
        .await?;
    let mut forgotten = 0;
    for (id, room) in candidates {
        if server.rooms.is_online(id) {
            continue;
        }
        if server
            .app
            .writer
            .call(move |connection| sessions::forget_if_empty(connection, id))
            .await?
        {
            server.announce_erased(id, &room);
            forgotten += 1;
        }
    }
    Ok(forgotten)
}

/// Uploads that were never sent, and files that a crash or a failure left without a row.
async fn remove_files(server: Arc<Signaling>) -> Result<(), StorageError> {
    let (writer, store) = (&server.app.writer, &server.app.uploads.store);
    let unsent = collect::unsent(writer, store, now_ms() - collect::UNSENT_MS).await?;
    let orphans = collect::orphans(writer, &server.app.readers, store, collect::ORPHAN_GRACE).await?;
    if unsent + orphans > 0 {
        tracing::info!(unsent, orphans, "removed files that nothing names");
    }
    Ok(())
}

async fn tidy(server: Arc<Signaling>) -> Result<(), StorageError> {
    server
        .app
        .writer
        .call(|connection| Ok(connection.execute_batch("PRAGMA optimize")?))
        .await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_schedule_and_has_its_own_name() {
        for row in &JOBS {
            assert!(
                Job::new_async(row.cron, |_, _| Box::pin(async {})).is_ok(),
                "{}",
                row.name
            );
            assert_eq!(JOBS.iter().filter(|other| other.name == row.name).count(), 1);
        }
    }
}
