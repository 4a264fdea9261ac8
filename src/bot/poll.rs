//! Takes what people write to the bot: one poller, one update after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{Desk, who_am_i};
use super::incoming::Incoming;
use crate::clock::now_ms;
use crate::storage::telegram::{self, Bot, Language};
use crate::storage::{Result, StorageError};
use crate::telegram::api::Fault;
use crate::telegram::api::types::{Chat as ApiChat, Read, Updates};
use crate::telegram::backoff::Backoff;
use crate::telegram::trouble;
use crate::telegram::words;

/// Seconds that Telegram keeps a request for updates open.
const LONG_POLL_S: u64 = 25;
/// Updates in one answer: strangers can make each of them long.
const AT_ONCE: u32 = 20;
/// What the network may take on top.
const POLL_PATIENCE: Duration = Duration::from_secs(LONG_POLL_S + 10);
const PATIENCE: Duration = Duration::from_secs(15);
/// While Telegram works a file is asked for again for so long; what comes behind it waits.
const STUCK: Duration = Duration::from_secs(60);
/// How often a waiting thread looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(500);
/// An owner who mends what was wrong sees it here; asking every few seconds costs nobody anything.
const LONGEST_MS: i64 = 8_000;
/// The kinds of updates that are wanted.
const ALLOWED: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

/// The one that listens.
pub struct Poller {
    desk: Arc<Desk>,
    backoff: Backoff,
    /// Telegram has said who the bot is.
    is_connected: bool,
    /// What the list of commands is written in.
    commands_in: Option<Language>,
    /// An update that cannot be done yet, and since when.
    stuck: Option<(i64, Instant)>,
}

impl Poller {
    /// Nothing has failed yet.
    pub fn new(desk: Arc<Desk>) -> Poller {
        Poller {
            desk,
            backoff: Backoff::up_to(LONGEST_MS),
            is_connected: false,
            commands_in: None,
            stuck: None,
        }
    }

    /// Until the server stops, or serves another bot.
    pub fn run(mut self) {
        while self.desk.is_current() {
            let left = self.backoff.left(now_ms());
            if left > 0 {
                std::thread::sleep(Duration::from_millis(left.unsigned_abs()).min(LOOK));
                continue;
            }
            let done = if self.is_connected { self.poll() } else { self.connect() };
            match done {
                Ok(Ok(())) => {
                    let was_failing = self.backoff.failures() > 0;
                    self.backoff.reset();
                    if self.desk.is_current() {
                        let mut live = self.desk.pocket().live();
                        live.receiving = None;
                        // What kept updates away has kept notices, too.
                        live.recoveries += u64::from(was_failing);
                    }
                }
                Ok(Err(fault)) => self.failed(&fault),
                Err(StorageError::Gone) => return,
                Err(error) => {
                    tracing::warn!(%error, "telegram's updates wait: the database does not answer");
                    std::thread::sleep(LOOK);
                }
            }
        }
    }

    fn failed(&mut self, fault: &Fault) {
        if !self.desk.is_current() {
            return;
        }
        match fault {
            Fault::Conflict { webhook: true } => {
                tracing::info!("the bot had a webhook; it is taken away, because updates are asked for");
                self.desk.call_in_passing("deleteWebhook", &json!({}));
                self.backoff.failed(now_ms());
                return;
            }
            Fault::TooMany { retry_after_s } => {
                let wait = i64::try_from(*retry_after_s).unwrap_or(i64::MAX).clamp(1, 3600) * 1000;
                self.backoff.told(now_ms(), wait);
                return;
            }
            // It may be only this file.
            _ if self.stuck.is_some() && self.desk.works() => {
                self.backoff.failed(now_ms());
                return;
            }
            _ => {}
        }
        let trouble = trouble::of(fault);
        let before = std::mem::replace(&mut self.desk.pocket().live().receiving, trouble);
        if before != trouble {
            tracing::warn!(%fault, "telegram's updates do not come");
        }
        self.backoff.failed(now_ms());
    }

    /// Who is the bot, and where does it tell?
    fn connect(&mut self) -> Result<std::result::Result<(), Fault>> {
        let me = match who_am_i(&self.desk.api) {
            Ok(me) => me,
            Err(fault) => return Ok(Err(fault)),
        };
        let (bot_id, now) = (self.desk.bot_id, now_ms());
        self.desk
            .write(move |connection| telegram::now_of_bot(connection, bot_id, now))?;
        let pocket = self.desk.pocket();
        if let (Some(chat), (_, true)) = (pocket.chat(), pocket.pinned()) {
            match self
                .desk
                .api
                .call::<ApiChat>("getChat", &json!({"chat_id": chat.id}), PATIENCE)
            {
                Ok(found) => pocket.live().pinned_chat = Some(super::incoming::chat_of(&found)),
                Err(fault) => match trouble::of(&fault) {
                    // A chat that is not there is no reason not to listen: it may be started now.
                    Some(trouble) if matches!(fault, Fault::Refused { .. }) => {
                        let is_person = chat.id > 0;
                        pocket.live().sending = Some(if is_person {
                            trouble::Trouble::NotStarted
                        } else {
                            trouble
                        });
                    }
                    _ => return Ok(Err(fault)),
                },
            }
        }
        tracing::info!(bot = %me.username, "telegram knows the bot");
        if self.desk.is_current() {
            pocket.live().bot = Some(Bot {
                name: me.first_name,
                username: me.username,
            });
            pocket.wake();
        }
        self.is_connected = true;
        Ok(Ok(()))
    }

    /// What people see who type a slash.
    fn list_commands(&mut self) {
        let language = self.desk.pocket().language();
        if self.commands_in.replace(language) == Some(language) {
            return;
        }
        let commands: Vec<Value> = words::COMMANDS
            .iter()
            .map(|(command, does)| json!({"command": command, "description": does.of(language)}))
            .collect();
        self.desk
            .call_in_passing("setMyCommands", &json!({"commands": commands}));
    }

    fn poll(&mut self) -> Result<std::result::Result<(), Fault>> {
        self.list_commands();
        let (bot_id, now) = (self.desk.bot_id, now_ms());
        let next = self
            .desk
            .ask(move |connection| telegram::next_update(connection, bot_id, now))?;
        // After a failure at once: that it works again is news.
        let timeout = if self.backoff.failures() > 0 { 0 } else { LONG_POLL_S };
        let mut body = json!({"timeout": timeout, "limit": AT_ONCE, "allowed_updates": ALLOWED});
        if let Some(next) = next {
            body["offset"] = json!(next);
        }
        let updates: Updates = match self.desk.api.call("getUpdates", &body, POLL_PATIENCE) {
            Ok(updates) => updates,
            Err(fault) => return Ok(Err(fault)),
        };
        for read in Read::all(&updates) {
            if !self.desk.is_current() {
                break;
            }
            let (update_id, now) = (read.update_id(), now_ms());
            let next = self
                .desk
                .ask(move |connection| telegram::next_update(connection, bot_id, now))?;
            // Telegram may send one again.
            if next.is_some_and(|next| update_id < next) {
                continue;
            }
            let incoming = Incoming::new(&self.desk, update_id);
            match read {
                Read::Update(update) => {
                    let since = self.stuck.filter(|(id, _)| *id == update_id).map(|(_, since)| since);
                    let is_last_try = since.is_some_and(|since| since.elapsed() > STUCK) && self.desk.works();
                    if let Some(fault) = incoming.handle(*update, is_last_try)? {
                        self.stuck = Some((update_id, since.unwrap_or_else(Instant::now)));
                        tracing::info!(%fault, "an answer from telegram waits for its file");
                        return Ok(Err(fault));
                    }
                    self.stuck = None;
                }
                Read::Unknown { .. } => {
                    tracing::warn!(update_id, "an update cannot be read; it is left out");
                    incoming.taken()?;
                }
            }
        }
        Ok(Ok(()))
    }
}
