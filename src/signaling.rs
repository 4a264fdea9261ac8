//! Socket.IO, thin: what arrives is checked and handed to the writer; what is stored is sent on.
//!
//! - [`packet`] is the Socket.IO protocol (revision 5) as text;
//! - [`engine`] receives packets from Engine.IO and keeps what a connection is signed in as;
//! - [`events`] has every event and ack type of PROTOCOL;
//! - [`connect`] lets sockets into `/chat` and brings them up to date;
//! - [`identify`] finds out who asks to be let in;
//! - [`announce`] tells visitors and agents what was stored;
//! - [`chat`] handles the events of `/chat`, [`caller`] is who has sent one;
//! - [`call`] is `/call`, with files of its own;
//! - [`change`] changes a thread as an agent wants it;
//! - [`allowance`] is how much a connection may ask to be sent;
//! - [`newcomers`] are connections that have not asked to be let in yet;
//! - [`rooms`] is the in-memory room state: who is connected where;
//! - [`on_screen`] remembers which threads agents have before them;
//! - [`receipts`] collects "delivered" and "read" and stores and sends them a few times a second.

pub mod allowance;
pub mod announce;
pub mod call;
pub mod caller;
pub mod change;
pub mod chat;
pub mod connect;
pub mod engine;
pub mod events;
pub mod identify;
pub mod newcomers;
pub mod on_screen;
pub mod packet;
pub mod receipts;
pub mod rooms;

use std::sync::Arc;

use crate::app::App;
use crate::clock::now_ms;
use crate::storage::{StorageError, calls, logins};
use call::Desk;
use engineioxide::DisconnectReason;
use newcomers::Newcomers;
use receipts::Receipts;
use rooms::Rooms;
use tokio::sync::mpsc::unbounded_channel;

/// The live side of the server: who is connected, and how to reach them.
pub struct Signaling {
    /// What every request may need.
    pub app: Arc<App>,
    /// Who is connected where.
    pub rooms: Rooms,
    /// Who is connected to `/call`, and what rings and talks.
    pub calls: Desk,
    /// Who has not asked to be let in yet.
    pub newcomers: Newcomers,
    /// "Delivered" and "read" on their way to the database and the other side.
    pub receipts: Receipts,
}

impl std::fmt::Debug for Signaling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signaling").finish_non_exhaustive()
    }
}

impl Signaling {
    /// Nobody is connected yet.
    pub fn new(app: Arc<App>) -> Arc<Signaling> {
        let (records, written) = unbounded_channel();
        let signaling = Arc::new(Signaling {
            app,
            rooms: Rooms::default(),
            calls: Desk::new(records),
            newcomers: Newcomers::default(),
            receipts: Receipts::default(),
        });
        receipts::keep_flushing(&signaling);
        newcomers::keep_looking(&signaling);
        tokio::spawn(call::record::keep_writing(Arc::downgrade(&signaling), written));
        signaling
    }

    /// Goes on with the calls that an earlier run has left behind. Errors: the database does not answer.
    pub async fn restore_calls(&self) -> Result<(), StorageError> {
        let saved = self.app.readers.ask(calls::running).await?;
        if !saved.is_empty() {
            tracing::info!(
                calls = saved.len(),
                "calls of an earlier run wait for both sides to come back"
            );
            self.calls.restore(saved);
        }
        Ok(())
    }

    /// Ends every connection and stores what is on its way: the server stops. Calls go on, from browser to browser, and
    /// wait for the next start.
    pub async fn stop(self: &Arc<Self>) {
        receipts::flush(self).await;
        self.calls.stop().await;
        self.rooms.close_all();
        for socket in self.calls.sockets() {
            socket.close(DisconnectReason::ClosingServer);
        }
    }

    /// Ends live connections whose login no longer holds: after a change that may have ended some.
    pub async fn end_stale_logins(&self) {
        let mut live = self.rooms.live_logins();
        live.extend(self.calls.live_logins());
        if live.is_empty() {
            return;
        }
        let asked = live.clone();
        match self
            .app
            .readers
            .ask(move |connection| logins::still_good(connection, &asked, now_ms()))
            .await
        {
            Ok(good) => self.end_logins(|login| live.contains(&login) && !good.contains(&login)),
            Err(error) => tracing::warn!(%error, "live logins were not checked; the next check does it"),
        }
    }

    /// Ends the live connections of these logins.
    pub fn end_logins(&self, ended: impl Fn(i64) -> bool) {
        self.rooms.end_agents(&ended);
        self.calls.end_agents(&ended);
    }
}
