//! What the bot's threads share: the server, the Bot API, and a way to the database from a thread of their own.

use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::auth::token::Token;
use crate::clock::now_ms;
use crate::signaling::Signaling;
use crate::storage::Result;
use crate::storage::telegram::{self, Setup};
use crate::telegram::api::Api;
use crate::telegram::pocket::Pocket;

/// Telegram answers this at once, or is not there.
const PROBE_PATIENCE: Duration = Duration::from_secs(10);

/// One bot at work.
pub struct Desk {
    /// The server.
    pub signaling: Arc<Signaling>,
    /// The Bot API, with the token of this bot.
    pub api: Api,
    /// The bot's user id.
    pub bot_id: i64,
    /// Where the database is asked.
    pub runtime: Handle,
    /// Held while a notice is sent and written down: whoever does not know a message waits for it.
    pub telling: Mutex<()>,
    /// Of the token: with another one this desk is closed.
    pub generation: u64,
}

/// `getMe`, as far as it matters.
#[derive(Debug, Deserialize)]
pub struct Me {
    /// Its user id.
    pub id: i64,
    /// What people see.
    pub first_name: String,
    /// What stands behind `t.me/`.
    #[serde(default)]
    pub username: String,
}

/// Asks Telegram who the bot is.
pub fn who_am_i(api: &Api) -> std::result::Result<Me, crate::telegram::api::Fault> {
    api.call("getMe", &json!({}), PROBE_PATIENCE)
}

/// Telegram takes only addresses of the world for links and buttons.
pub fn is_public(url: &str) -> bool {
    url.starts_with("https://")
}

/// Whoever does not know a message waits so long for one that is being sent.
const TELLING_PATIENCE: Duration = Duration::from_secs(3);

impl Desk {
    /// Until what is being sent is written down, or for some seconds: a large file takes minutes.
    pub fn wait_for_telling(&self) {
        let began = Instant::now();
        while began.elapsed() < TELLING_PATIENCE && matches!(self.telling.try_lock(), Err(TryLockError::WouldBlock)) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What is known of the owner's Telegram.
    pub fn pocket(&self) -> &Pocket {
        &self.signaling.app.pocket
    }

    /// Does the server still serve this bot?
    pub fn is_current(&self) -> bool {
        self.pocket().generation() == self.generation
    }

    /// Does Telegram answer at all?
    pub fn works(&self) -> bool {
        who_am_i(&self.api).is_ok()
    }

    /// Asks the database.
    pub fn ask<T, F>(&self, question: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.runtime.block_on(self.signaling.app.readers.ask(question))
    }

    /// Writes to the database; done means on disk.
    pub fn write<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.runtime.block_on(self.signaling.app.writer.call(job))
    }

    /// Changes how Telegram is set up, with what else belongs to the same transaction.
    pub fn set_up<A>(&self, also: A, how: impl FnOnce(&mut Setup) + Send + 'static) -> Result<()>
    where
        A: FnOnce(&Connection) -> Result<()> + Send + 'static,
    {
        let setup = self.write(move |connection| {
            also(connection)?;
            telegram::change(connection, now_ms(), how)
        })?;
        self.pocket().replace(setup);
        Ok(())
    }

    /// The group has another id now.
    pub fn group_moved(&self, from: i64, to: i64) -> Result<()> {
        self.set_up(
            move |connection| telegram::moved(connection, from, to),
            move |setup| {
                if let Some(chat) = setup.chat.as_mut().filter(|chat| chat.id == from) {
                    chat.id = to;
                }
            },
        )?;
        if let Some(chat) = self.pocket().live().pinned_chat.as_mut().filter(|chat| chat.id == from) {
            chat.id = to;
        }
        Ok(())
    }

    /// Where a one-time link leads: the secret is behind the `#`, which browsers keep to themselves.
    pub fn answer_url(&self, token: &Token) -> String {
        format!("{}/admin#answer={}", self.pocket().base_url(), token.text())
    }

    /// Where a visitor's thread is in the panel; `None` where Telegram would not take the address.
    pub fn thread_url(&self, room: &str) -> Option<String> {
        let url = format!("{}/admin#/{room}", self.pocket().base_url());
        is_public(&url).then_some(url)
    }

    /// Says something, if Telegram listens: nobody waits for it.
    pub fn call_in_passing(&self, method: &'static str, body: &Value) {
        if let Err(fault) = self.api.call::<Value>(method, body, PROBE_PATIENCE) {
            tracing::info!(%fault, method, "telegram did not take a word in passing");
        }
    }
}
