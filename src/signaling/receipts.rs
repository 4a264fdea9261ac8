//! "Delivered" and "read": collected, then stored and sent on together.
//!
//! They need not be as durable as a message (a lost one comes again with the next), so they do not each cost a write:
//! everything of a tenth of a second is one job of the writer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::Signaling;
use super::events::{ReceiptOut, SessionUnread};
use super::packet;
use crate::chat::Sender;
use crate::storage::receipts::{Advanced, Receipts as Positions, advance as advance_receipts};

/// Ticks that turn blue a tenth of a second later look instant; forty messages a second then cost ten writes.
const COLLECT: Duration = Duration::from_millis(100);

/// What is waiting to be stored, by chat session.
#[derive(Default)]
pub struct Receipts {
    waiting: Mutex<HashMap<i64, (Arc<str>, Positions)>>,
    some: Notify,
}

impl Receipts {
    /// Adds what a side has received or read; positions of 0 say nothing but that the thread has news.
    pub fn report(&self, session_id: i64, room: &Arc<str>, reported: Positions) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, known) = waiting
            .entry(session_id)
            .or_insert_with(|| (room.clone(), Positions::default()));
        known.visitor_delivered = known.visitor_delivered.max(reported.visitor_delivered);
        known.visitor_read = known.visitor_read.max(reported.visitor_read);
        known.agent_delivered = known.agent_delivered.max(reported.agent_delivered);
        known.agent_read = known.agent_read.max(reported.agent_read);
        drop(waiting);
        self.some.notify_one();
    }

    fn take(&self) -> HashMap<i64, (Arc<str>, Positions)> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Stores and sends what was collected, as long as the runtime lives.
pub(super) fn keep_flushing(signaling: &Arc<Signaling>) {
    let signaling = signaling.clone();
    tokio::spawn(async move {
        loop {
            signaling.receipts.some.notified().await;
            tokio::time::sleep(COLLECT).await;
            flush(&signaling).await;
        }
    });
}

pub(super) async fn flush(signaling: &Arc<Signaling>) {
    let collected = signaling.receipts.take();
    if collected.is_empty() {
        return;
    }
    let Ok(slot) = signaling.app.writer.reserve_patiently().await else {
        return;
    };
    let announcer = signaling.clone();
    slot.submit(
        move |connection| {
            let mut moved = Vec::with_capacity(collected.len());
            for (session_id, (room, reported)) in collected {
                if let Some(advanced) = advance_receipts(connection, session_id, reported)? {
                    moved.push((session_id, room, advanced));
                }
            }
            Ok(moved)
        },
        // In the order of commits, as messages are: the number of unread ones must not be older than the last of them.
        move |stored| match stored {
            Ok(moved) => moved.iter().for_each(|(session_id, room, advanced)| {
                announce(&announcer, *session_id, room, advanced);
            }),
            Err(error) => tracing::warn!(%error, "receipts were not stored; the next ones say the same"),
        },
    );
}

fn announce(signaling: &Signaling, session_id: i64, room: &str, advanced: &Advanced) {
    let now = &advanced.now;
    if advanced.visitor_moved {
        let receipt = ReceiptOut {
            room,
            by: Sender::Visitor,
            delivered_up_to: now.visitor_delivered,
            read_up_to: now.visitor_read,
        };
        let packet = packet::event("receipt", &receipt);
        signaling.rooms.to_agents(None, &packet);
        signaling.rooms.to_visitors(session_id, None, &packet);
    }
    if advanced.agent_moved {
        let receipt = ReceiptOut {
            room,
            by: Sender::Agent,
            delivered_up_to: now.agent_delivered,
            read_up_to: now.agent_read,
        };
        let packet = packet::event("receipt", &receipt);
        signaling.rooms.to_visitors(session_id, None, &packet);
        // Every agent has every message; only what was read is news among them.
        if advanced.read {
            signaling.rooms.to_agents(None, &packet);
        }
    }
    let session = SessionUnread {
        room,
        event: "changed",
        unread: advanced.unread,
        waiting_since: advanced.waiting_since,
        agent_read_up_to: now.agent_read,
    };
    signaling.rooms.to_agents(None, &packet::event("session", &session));
}
