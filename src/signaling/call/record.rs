//! Writes calls down, one after the other, and tells their threads how they ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot::{self, Sender};

use crate::call::{Change, Ended};
use crate::clock::now_ms;
use crate::signaling::Signaling;
use crate::storage::{Result, StorageError, calls, sessions};

/// After the database refused: the reason is seldom gone at once.
const RETRY: Duration = Duration::from_millis(500);

/// What is to be written down.
#[derive(Debug)]
pub enum Record {
    /// A call has come further, at this time (ms UTC).
    Changed(Change, i64),
    /// It is over, since this time.
    Ended(Ended, i64),
    /// Those that run are still there.
    StillThere,
    /// Says when all before it is written.
    Flush(Sender<()>),
}

/// Writes until nobody sends any more. A call is bounded in what it has to tell, so the queue is in its length.
pub async fn keep_writing(signaling: std::sync::Weak<Signaling>, mut records: UnboundedReceiver<Record>) {
    while let Some(record) = records.recv().await {
        let Some(signaling) = signaling.upgrade() else { return };
        if let Record::Flush(done) = record {
            // Whoever asked may have lost patience.
            let _ = done.send(());
            continue;
        }
        loop {
            match write(&signaling, &record).await {
                Ok(()) => break,
                // The next start finds the row, and ends the call.
                Err(StorageError::Gone) => return,
                Err(error) => {
                    tracing::warn!(%error, "a call is not written down yet; trying again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

async fn write(signaling: &Arc<Signaling>, record: &Record) -> Result<()> {
    let writer = &signaling.app.writer;
    match record {
        Record::Changed(change, at) => {
            let (change, at) = (change.clone(), *at);
            writer
                .call(move |connection| calls::change(connection, &change, at))
                .await
        }
        Record::StillThere => {
            let now = now_ms();
            writer.call(move |connection| calls::still_there(connection, now)).await
        }
        Record::Ended(ended, at) => end(signaling, ended.clone(), *at).await,
        Record::Flush(_) => Ok(()),
    }
}

/// The line is told in the order of commits, as messages are: a client that knows it knows all before it.
async fn end(signaling: &Arc<Signaling>, ended: Ended, at: i64) -> Result<()> {
    tracing::info!(
        call = %ended.id, room = %ended.room, reason = ended.reason.as_str(), duration_ms = ended.duration_ms,
        "a call ended"
    );
    let links = signaling.app.links;
    let session_id = ended.session_id;
    let slot = signaling.app.writer.reserve_patiently().await?;
    let (answer, answered) = oneshot::channel();
    let announcer = signaling.clone();
    slot.submit(
        move |connection| {
            let Some(lines) = calls::end(connection, links, &ended, at)? else {
                return Ok(None);
            };
            Ok(Some((lines, sessions::by_id(connection, links, session_id)?)))
        },
        move |stored| {
            let result = stored.map(|stored| {
                let Some((lines, mut thread)) = stored else { return };
                for line in lines.reopened.iter().chain([&lines.call]) {
                    announcer.announce_line(session_id, line);
                }
                thread.visitor_online = announcer.rooms.is_online(session_id);
                announcer.announce_changed(&thread);
                announcer.app.pocket.wake();
            });
            // The writer's own task waits for it.
            let _ = answer.send(result);
        },
    );
    answered.await.unwrap_or(Err(StorageError::Gone))
}
