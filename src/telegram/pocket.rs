//! What is known of the owner's Telegram, and whom to wake when there is something to tell. No I/O.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use data_encoding::BASE64;

use super::api::BotToken;
use super::trouble::Trouble;
use crate::auth::sealed;
use crate::auth::token::Token;
use crate::config::Config;
use crate::data_dir::SecretKey;
use crate::storage::telegram::{Bot, Chat, ChatKind, Language, Purpose, Setup};

/// Associated with the sealed token: it opens as nothing else.
const SEALED_AS: &str = "telegram token";

/// The owner's Telegram; shared by every request.
pub struct Pocket {
    /// `scheme://host[:port]` of the Bot API.
    pub api: String,
    pinned_token: Option<BotToken>,
    pinned_chat: Option<i64>,
    is_allowed: bool,
    key: [u8; 32],
    /// Agents can be told: a bot that works and a chat.
    on: AtomicBool,
    /// Changes with the token: threads that serve another one end.
    generation: AtomicU64,
    setup: RwLock<Arc<Setup>>,
    live: Mutex<Live>,
    bell: Bell,
    base_url: OnceLock<String>,
}

/// What the threads have found out since the start.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The bot, once Telegram has told of it.
    pub bot: Option<Bot>,
    /// The chat that the configuration names, once Telegram has told of it.
    pub pinned_chat: Option<Chat>,
    /// Why updates do not come.
    pub receiving: Option<Trouble>,
    /// Why notices do not go.
    pub sending: Option<Trouble>,
    /// Topics cannot be made.
    pub topics: Option<Trouble>,
    /// How often Telegram was there again.
    pub recoveries: u64,
    /// The last notice that went, ms UTC.
    pub delivered_at: Option<i64>,
    codes: HashMap<(i64, bool), (Token, i64)>,
}

impl Live {
    /// What is wrong, the worst first.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.receiving
            .as_ref()
            .or(self.sending.as_ref())
            .or(self.topics.as_ref())
    }
}

impl Pocket {
    /// As configured and stored.
    pub fn new(config: &Config, key: &SecretKey, setup: Setup) -> Pocket {
        let telegram = &config.telegram;
        let pocket = Pocket {
            api: telegram.api.clone(),
            pinned_token: telegram.token.clone(),
            pinned_chat: telegram.chat_id,
            is_allowed: !config.demo,
            key: key.derive("telegram token"),
            on: AtomicBool::new(false),
            generation: AtomicU64::new(0),
            setup: RwLock::new(Arc::new(Setup::default())),
            live: Mutex::new(Live::default()),
            bell: Bell::default(),
            base_url: OnceLock::new(),
        };
        pocket.replace(setup);
        pocket
    }

    /// Where people reach this server, known once it listens.
    pub fn set_base_url(&self, url: &str) {
        let _ = self.base_url.set(url.to_owned());
    }

    /// Where people reach this server.
    pub fn base_url(&self) -> &str {
        self.base_url.get().map_or("", String::as_str)
    }

    /// Can agents be told? A message asks this for every row it writes.
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Is everything there and works, as far as is known?
    pub fn is_ready(&self) -> bool {
        let live = self.live();
        self.is_on() && live.bot.is_some() && live.receiving.is_none() && live.sending.is_none()
    }

    /// The server stops: no thread goes on.
    pub fn close(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.bell.ring();
    }

    /// Which token's threads may run.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// How it is set up.
    pub fn setup(&self) -> Arc<Setup> {
        self.setup.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How it is set up now, after it was stored. One that is older than what is known changes nothing.
    pub fn replace(&self, setup: Setup) {
        let is_new_token = {
            let mut place = self.setup.write().unwrap_or_else(PoisonError::into_inner);
            if setup.revision < place.revision {
                return;
            }
            let changed = place.sealed_token != setup.sealed_token;
            *place = Arc::new(setup);
            changed
        };
        if is_new_token && self.pinned_token.is_none() {
            *self.live() = Live::default();
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        self.on
            .store(self.token().is_some() && self.chat().is_some(), Ordering::Relaxed);
        self.bell.ring();
    }

    /// What the threads have found out.
    pub fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration has the token; the chat.
    pub fn pinned(&self) -> (bool, bool) {
        (self.pinned_token.is_some(), self.pinned_chat.is_some())
    }

    /// May there be a bot at all? Not in the demo.
    pub fn is_allowed(&self) -> bool {
        self.is_allowed
    }

    /// The bot's token.
    pub fn token(&self) -> Option<BotToken> {
        if !self.is_allowed {
            return None;
        }
        if let Some(token) = &self.pinned_token {
            return Some(token.clone());
        }
        let sealed = BASE64.decode(self.setup().sealed_token.as_ref()?.as_bytes()).ok()?;
        let plain = sealed::open(&self.key, SEALED_AS, &sealed)?;
        BotToken::parse(std::str::from_utf8(&plain).ok()?)
    }

    /// A token as it is stored.
    pub fn seal(&self, token: &BotToken) -> String {
        BASE64.encode(&sealed::seal(&self.key, SEALED_AS, token.secret().as_bytes()))
    }

    /// Where agents are told.
    pub fn chat(&self) -> Option<Chat> {
        let Some(id) = self.pinned_chat else {
            return self.setup().chat.clone();
        };
        let known = self.live().pinned_chat.clone();
        Some(known.unwrap_or(Chat {
            id,
            title: id.to_string(),
            // Groups have negative ids; whether it is a forum, Telegram will say.
            kind: if id < 0 { ChatKind::Group } else { ChatKind::Private },
        }))
    }

    /// What the bot speaks.
    pub fn language(&self) -> Language {
        self.setup().choices.language
    }

    /// There is something to tell.
    pub fn wake(&self) {
        self.bell.ring();
    }

    /// Sleeps until there is something to tell that was not `heard` of, or for so long.
    pub fn sleep(&self, heard: &mut u64, longest: Duration) {
        self.bell.wait(heard, longest);
    }

    /// The code that an agent's link has, for as long as it is good: asking twice shows the same link.
    pub fn code(&self, agent_id: i64, purpose: Purpose, now: i64) -> Option<Token> {
        let live = self.live();
        let (token, expires_at) = live.codes.get(&(agent_id, purpose == Purpose::Setup))?;
        (*expires_at > now).then(|| token.clone())
    }

    /// Remembers it, after it was stored.
    pub fn remember_code(&self, agent_id: i64, purpose: Purpose, code: Token, now: i64) {
        // Renewed some time before it ends: who reads it may still need a minute.
        let until = now + purpose.lifetime_ms() * 9 / 10;
        self.live()
            .codes
            .insert((agent_id, purpose == Purpose::Setup), (code, until));
    }

    /// A code was used.
    pub fn forget_codes(&self) {
        self.live().codes.clear();
    }
}

/// Wakes all sleepers; a ring that one has not heard is kept for it.
#[derive(Default)]
struct Bell {
    rings: Mutex<u64>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    fn wait(&self, heard: &mut u64, longest: Duration) {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(rings, longest, |rings| *rings == *heard);
        *heard = *waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}
