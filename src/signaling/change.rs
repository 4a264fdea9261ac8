//! Changes of a thread that an agent wants: stored, then told in the order of commits.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Signaling;
use crate::clock::now_ms;
use crate::storage::sessions::{self, Change, Status, Thread};
use crate::storage::{Result, StorageError, agents, messages};

impl Signaling {
    /// Changes the thread that `find` names; closing and reopening leave a line in it. `by` says in whose name, and may
    /// write what belongs to the same transaction. `None`: the agent that it is to be given to cannot answer.
    ///
    /// Errors: [`StorageError::Missing`] when there is no such thread; nothing has changed then.
    pub async fn change_thread<F, B>(self: &Arc<Self>, find: F, wanted: Change, by: B) -> Result<Option<Thread>>
    where
        F: FnOnce(&Connection) -> Result<i64> + Send + 'static,
        B: FnOnce(&Connection) -> Result<Option<i64>> + Send + 'static,
    {
        let slot = self.app.writer.reserve_patiently().await?;
        let (answer, answered) = oneshot::channel();
        let (announcer, links) = (self.clone(), self.app.links);
        let blocks = wanted.blocked == Some(true);
        slot.submit(
            move |connection| {
                let id = find(connection)?;
                let by = by(connection)?;
                let closed = sessions::is_closed(connection, id)?.ok_or(StorageError::Missing)?;
                if let Some(Some(agent_id)) = wanted.assigned
                    && !agents::can_answer(connection, agent_id)?
                {
                    return Ok(None);
                }
                let now = now_ms();
                sessions::change(connection, id, &wanted, now)?;
                let line = match wanted.status {
                    Some(Status::Closed) if !closed => Some("closed"),
                    Some(Status::Open) if closed => Some("reopened"),
                    _ => None,
                };
                let line = line
                    .map(|words| messages::store_system_line(connection, id, words, by, now))
                    .transpose()?;
                Ok(Some((sessions::by_id(connection, links, id)?, line)))
            },
            // In the order of commits, as messages are: a client that knows the line knows all before it.
            move |changed| {
                let changed = changed.map(|changed| {
                    changed.map(|(mut thread, line)| {
                        thread.visitor_online = announcer.rooms.is_online(thread.id);
                        if let Some(line) = &line {
                            announcer.announce_line(thread.id, line);
                        }
                        announcer.announce_changed(&thread);
                        if blocks {
                            announcer.calls.cut(&thread.room);
                        }
                        thread
                    })
                });
                // Whoever asked may have gone; the change holds.
                let _ = answer.send(changed);
            },
        );
        answered.await.unwrap_or(Err(StorageError::Gone))
    }
}
