//! The bot: notices out, answers in. Threads of their own, because the Bot API's client blocks.
//!
//! - [`desk`] is what they share;
//! - [`deliver`] brings the outbox to Telegram, [`send`] one message of it;
//! - [`poll`] asks for updates, [`incoming`] takes one, [`pass_on`] gives it to the visitor, [`commands`] are those with
//!   a slash;
//! - [`ask`] is what requests want of Telegram at once: a token tried, a code sent.

pub mod ask;
pub mod commands;
pub mod deliver;
pub mod desk;
pub mod incoming;
pub mod pass_on;
pub mod poll;
pub mod send;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{MissedTickBehavior, interval};

use self::deliver::Carrier;
use self::desk::Desk;
use self::poll::Poller;
use crate::signaling::Signaling;
use crate::storage::telegram;
use crate::telegram::api::Api;

/// `konusma telegram setup` writes into the database beside the running server; it is looked for this often.
const LOOK: Duration = Duration::from_secs(1);

/// Serves the bot there is, and the next one when the token changes. Ends with the runtime.
pub async fn serve(signaling: Arc<Signaling>) {
    let pocket = &signaling.app.pocket;
    if !pocket.is_allowed() {
        return;
    }
    let mut serving = None;
    let mut desk: Option<Arc<Desk>> = None;
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match signaling.app.readers.ask(telegram::load).await {
            Ok(setup) if setup != *pocket.setup() => pocket.replace(setup),
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "how telegram is set up cannot be read; looking again"),
        }
        let generation = pocket.generation();
        if serving == Some(generation) {
            continue;
        }
        serving = Some(generation);
        if let Some(old) = desk.take() {
            // Its question for updates would stay open for half a minute.
            old.api.close();
        }
        if let Some(token) = pocket.token() {
            let new = Arc::new(Desk {
                bot_id: token.bot_id(),
                api: Api::new(&pocket.api, token, Handle::current()),
                signaling: signaling.clone(),
                runtime: Handle::current(),
                telling: Mutex::default(),
                generation,
            });
            start(&new);
            desk = Some(new);
        }
    }
}

fn start(desk: &Arc<Desk>) {
    keep(desk, "telegram-in", |desk| Poller::new(desk).run());
    keep(desk, "telegram-out", |desk| Carrier::new(desk, false).run());
    keep(desk, "telegram-rings", |desk| Carrier::new(desk, true).run());
}

/// A thread that goes on after a bug, as long as this bot is served.
fn keep(desk: &Arc<Desk>, name: &'static str, work: fn(Arc<Desk>)) {
    let desk = desk.clone();
    let started = thread(name).spawn(move || {
        while desk.is_current() {
            let work_on = desk.clone();
            if catch_unwind(AssertUnwindSafe(move || work(work_on))).is_ok() {
                return;
            }
            tracing::error!(thread = name, "a bug in what serves telegram; it begins anew");
            std::thread::sleep(LOOK);
        }
    });
    if let Err(error) = started {
        tracing::error!(%error, "there is no thread for telegram");
    }
}

fn thread(name: &str) -> std::thread::Builder {
    std::thread::Builder::new().name(name.to_owned())
}
