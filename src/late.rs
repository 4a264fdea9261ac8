//! The task that looks for visitors who wait too long (`storage::late` says what is done then, each once a wait).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};

use crate::clock::{jumps, now_ms};
use crate::signaling::Signaling;
use crate::storage::late::{Late, due, escalate};
use crate::storage::{StorageError, sessions};

/// Nobody notices five seconds after five minutes; a look is a search in an index that is empty most of the time.
const LOOK: Duration = Duration::from_secs(5);

/// Looks, as long as the server lives.
pub async fn keep_looking(signaling: Arc<Signaling>) {
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut jumps = jumps();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = jumps.changed() => {}
        }
        if let Err(error) = look(&signaling).await {
            tracing::warn!(%error, "visitors who wait were not looked at; the next look does it");
        }
    }
}

async fn look(signaling: &Arc<Signaling>) -> Result<(), StorageError> {
    let late = Late {
        now: now_ms(),
        after_ms: signaling.app.settings().late_after_ms,
        is_told: signaling.app.pocket.is_on(),
    };
    let found = signaling
        .app
        .readers
        .ask(move |connection| due(connection, late))
        .await?;
    let links = signaling.app.links;
    for session_id in found {
        let slot = signaling.app.writer.reserve_patiently().await?;
        let (answer, answered) = oneshot::channel();
        let announcer = signaling.clone();
        slot.submit(
            move |connection| {
                let Some(line) = escalate(connection, session_id, late)?.flatten() else {
                    return Ok(None);
                };
                Ok(Some((line, sessions::by_id(connection, links, session_id)?)))
            },
            // In the order of commits, as messages are.
            move |done| {
                let done = done.map(|told| {
                    // There may be a reminder, whether or not there is a line.
                    announcer.app.pocket.wake();
                    let Some((line, mut thread)) = told else { return };
                    announcer.announce_line(session_id, &line);
                    thread.visitor_online = announcer.rooms.is_online(session_id);
                    announcer.announce_changed(&thread);
                    tracing::info!(room = %thread.room, "nobody answers; the visitor was told");
                });
                // The task may have ended: the server stops.
                let _ = answer.send(done);
            },
        );
        answered.await.unwrap_or(Err(StorageError::Gone))?;
    }
    Ok(())
}
