//! One update: from whom it is, what it wants, and that it is taken once.
//!
//! What an update does and that it was taken are one transaction: after a crash it is done once or comes again.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::json;

use super::desk::Desk;
use super::send::{self, Destination};
use super::{commands, pass_on};
use crate::auth::token;
use crate::clock::now_ms;
use crate::storage::outbox::{self, Kind, NewNotice};
use crate::storage::telegram::{self, CANDIDATES_MAX, Candidate, Chat, ChatKind, Purpose, Setup};
use crate::storage::{Result, StorageError};
use crate::telegram::api::Fault;
use crate::telegram::api::types::{CallbackQuery, Chat as ApiChat, ChatMemberUpdated, Message, Update, User};
use crate::telegram::compose::Text;
use crate::telegram::words::{self, Words};

/// The button of the test message.
pub const GOT_IT: &str = "got_it";

/// One update at work.
pub struct Incoming<'a> {
    /// The bot.
    pub desk: &'a Arc<Desk>,
    /// Its number.
    pub update_id: i64,
}

/// A chat as it is kept.
pub fn chat_of(chat: &ApiChat) -> Chat {
    let kind = match chat.kind.as_str() {
        "private" => ChatKind::Private,
        _ if chat.is_forum => ChatKind::Forum,
        _ => ChatKind::Group,
    };
    let person = [chat.first_name.as_deref(), chat.last_name.as_deref()];
    let name = person.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Chat {
        id: chat.id,
        title: chat.title.clone().filter(|title| !title.is_empty()).unwrap_or(name),
        kind,
    }
}

/// What people call this person.
pub fn name_of(user: &User) -> String {
    let names = [Some(user.first_name.as_str()), user.last_name.as_deref()];
    names
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

/// In the same transaction as what an update does. Errors: it was taken before; nothing is done then.
pub fn take(connection: &Connection, bot_id: i64, update_id: i64) -> Result<()> {
    if telegram::take_update(connection, bot_id, update_id, now_ms())? {
        Ok(())
    } else {
        Err(StorageError::Busy)
    }
}

impl<'a> Incoming<'a> {
    /// This update of this bot.
    pub fn new(desk: &'a Arc<Desk>, update_id: i64) -> Incoming<'a> {
        Incoming { desk, update_id }
    }

    /// It is done with.
    pub fn taken(&self) -> Result<()> {
        let (bot_id, update_id) = (self.desk.bot_id, self.update_id);
        self.desk.write(move |connection| take(connection, bot_id, update_id))
    }

    /// Changes how Telegram is set up because of this update.
    fn set_up(&self, how: impl FnOnce(&mut Setup) + Send + 'static) -> Result<()> {
        let (bot_id, update_id) = (self.desk.bot_id, self.update_id);
        self.desk
            .set_up(move |connection| take(connection, bot_id, update_id), how)
    }

    /// It is done with, and why nothing came of it is said: as surely as anything else is told.
    pub fn refuse(&self, message: &Message, words: Words) -> Result<()> {
        let (bot_id, update_id) = (self.desk.bot_id, self.update_id);
        let body = json!({
            "text": words.of(self.desk.pocket().language()),
            "reply_to": message.message_id,
            "topic_id": message.message_thread_id.filter(|_| message.is_topic_message),
        });
        self.desk.write(move |connection| {
            take(connection, bot_id, update_id)?;
            let new = NewNotice {
                body: Some(&body),
                ..NewNotice::of(Kind::Word)
            };
            outbox::tell(connection, &new, now_ms()).map(|_| ())
        })?;
        self.desk.pocket().wake();
        Ok(())
    }

    /// Does what it wants. A fault: it is not taken yet, and comes again, unless this is the last try.
    pub fn handle(&self, update: Update, is_last_try: bool) -> Result<Option<Fault>> {
        if let Some(message) = update.message {
            return self.said(&message, is_last_try);
        }
        if let Some(query) = update.callback_query {
            self.pressed(&query)?;
        } else if let Some(member) = update.my_chat_member {
            self.placed(&member)?;
        } else if let Some(message) = update.edited_message.filter(|message| self.is_ours(message)) {
            pass_on::edit(self, &message)?;
        } else {
            self.taken()?;
        }
        Ok(None)
    }

    /// Is it said by a person, in the chat where agents are told?
    fn is_ours(&self, message: &Message) -> bool {
        let chat = self.desk.pocket().chat();
        // Anonymous administrators speak in the name of their group.
        let is_anonymous = message
            .sender_chat
            .as_ref()
            .is_some_and(|chat| chat.id == message.chat.id);
        let is_person = message.from.as_ref().is_some_and(|from| !from.is_bot) && message.sender_chat.is_none();
        chat.is_some_and(|chat| chat.id == message.chat.id) && (is_person || is_anonymous)
    }

    fn said(&self, message: &Message, is_last_try: bool) -> Result<Option<Fault>> {
        let text = message.text.as_deref().unwrap_or_default();
        let is_person = message.from.as_ref().is_some_and(|from| !from.is_bot);
        let command = commands::parse(text, &self.username());
        if let Some(start) = command.filter(|command| command.name == "start" && is_person) {
            self.started(message, start.rest)?;
            return Ok(None);
        }
        let is_admin_chat = self.desk.pocket().chat().is_some_and(|chat| chat.id == message.chat.id);
        if let Some(to) = message.migrate_to_chat_id.filter(|_| is_admin_chat) {
            self.desk.group_moved(message.chat.id, to)?;
        }
        let is_for_us = !commands::is_for_another_bot(text, &self.username());
        if !is_for_us || !self.is_ours(message) || message.is_service() {
            self.taken()?;
            return Ok(None);
        }
        self.look_at_chat(&message.chat)?;
        pass_on::said(self, message, is_last_try)
    }

    /// What stands behind `t.me/`.
    pub fn username(&self) -> String {
        let live = self.desk.pocket().live();
        live.bot.as_ref().map(|bot| bot.username.clone()).unwrap_or_default()
    }

    /// A group gets topics, or another title.
    fn look_at_chat(&self, chat: &ApiChat) -> Result<()> {
        let now = chat_of(chat);
        let pocket = self.desk.pocket();
        if pocket.chat().is_none_or(|known| known == now) {
            return Ok(());
        }
        if pocket.pinned().1 {
            pocket.live().pinned_chat = Some(now);
            return Ok(());
        }
        self.desk.set_up(|_| Ok(()), move |setup| setup.chat = Some(now))
    }

    /// `/start`, with the code of a link or without.
    fn started(&self, message: &Message, code: &str) -> Result<()> {
        let (bot_id, update_id, now) = (self.desk.bot_id, self.update_id, now_ms());
        let chat = chat_of(&message.chat);
        let from = message.from.as_ref().map(|from| from.id);
        let language = self.desk.pocket().language();
        if code.is_empty() {
            let known = self.desk.pocket().chat();
            if known.is_some_and(|known| known.id == chat.id) {
                self.taken()?;
                self.answer(message, words::HELP);
            } else if self.desk.pocket().pinned().1 || self.desk.pocket().setup().chat.is_some() {
                // A stranger; there is nothing here for them.
                self.taken()?;
            } else {
                self.suggest(chat)?;
                self.answer(message, words::CONFIRM);
            }
            return Ok(());
        }
        let hash = token::hash(code);
        let (is_private, pinned) = (chat.kind == ChatKind::Private, self.desk.pocket().pinned().1);
        let (used, setup) = self.desk.write(move |connection| {
            take(connection, bot_id, update_id)?;
            let used = telegram::use_code(connection, &hash, now)?;
            let Some((purpose, agent_id)) = used else {
                return Ok((None, None));
            };
            // The link that chooses the chat may have been passed on: it makes nobody else the one whom codes go to.
            let is_known = telegram::of_agent(connection, agent_id)?.is_some();
            if is_private && (purpose == Purpose::Link || !is_known) {
                telegram::link_agent(connection, agent_id, from)?;
            }
            let setup = match purpose {
                Purpose::Link => None,
                Purpose::Setup => Some(telegram::change(connection, now, |setup| {
                    if !pinned {
                        setup.chat = Some(chat);
                    }
                    setup.agent_id = Some(agent_id);
                    setup.candidates.clear();
                    setup.test = None;
                })?),
            };
            Ok((Some(purpose), setup))
        })?;
        if used.is_some() {
            self.desk.pocket().forget_codes();
        }
        if let Some(setup) = setup {
            tracing::info!(chat = message.chat.id, "agents are told in this chat from now on");
            self.desk.pocket().replace(setup);
            self.desk.pocket().live().sending = None;
        }
        let words = match used {
            Some(Purpose::Setup) => words::CONNECTED,
            Some(Purpose::Link) if is_private => words::LINKED,
            Some(Purpose::Link) => words::IN_PRIVATE,
            // A stranger; there is nothing here for them.
            None if self
                .desk
                .pocket()
                .chat()
                .is_some_and(|known| known.id != message.chat.id) =>
            {
                return Ok(());
            }
            None => words::OLD_CODE,
        };
        self.say(message, &Text::plain(words.of(language)));
        Ok(())
    }

    /// The owner may choose this chat.
    fn suggest(&self, chat: Chat) -> Result<()> {
        let candidate = Candidate { chat, at: now_ms() };
        self.set_up(move |setup| {
            // Those who come first stay: strangers do not push the owner out.
            setup.candidates.retain(|other| other.chat.id != candidate.chat.id);
            if setup.candidates.len() < CANDIDATES_MAX {
                setup.candidates.push(candidate);
            }
        })
    }

    /// The bot's own place in a chat is another one.
    fn placed(&self, member: &ChatMemberUpdated) -> Result<()> {
        let pocket = self.desk.pocket();
        let chat = chat_of(&member.chat);
        let is_in = member.new_chat_member.is_in();
        let known = pocket.chat();
        if known.is_some_and(|known| known.id == chat.id) {
            if is_in {
                // What was wrong may be right now; the next notice finds out.
                let mut live = pocket.live();
                live.sending = None;
                live.topics = None;
            }
            pocket.wake();
            return self.taken();
        }
        let has_chat = pocket.pinned().1 || pocket.setup().chat.is_some();
        if chat.kind == ChatKind::Private || has_chat {
            return self.taken();
        }
        if is_in {
            return self.suggest(chat);
        }
        self.set_up(move |setup| setup.candidates.retain(|other| other.chat.id != chat.id))
    }

    /// A button: the only one that says something to us is that of the test message.
    fn pressed(&self, query: &CallbackQuery) -> Result<()> {
        let chat = self.desk.pocket().chat();
        let message = query.message.as_ref();
        let is_ours = message.is_some_and(|message| chat.is_some_and(|chat| chat.id == message.chat.id));
        if !is_ours || query.data.as_deref() != Some(GOT_IT) {
            self.taken()?;
            self.desk
                .call_in_passing("answerCallbackQuery", &json!({"callback_query_id": query.id}));
            return Ok(());
        }
        let (by, now) = (name_of(&query.from), now_ms());
        self.set_up(move |setup| {
            if let Some(test) = setup.test.as_mut().filter(|test| test.confirmed_at.is_none()) {
                test.confirmed_at = Some(now);
                test.by = Some(by);
            }
        })?;
        let language = self.desk.pocket().language();
        let thanks = json!({"callback_query_id": query.id, "text": words::THANKS.of(language)});
        self.desk.call_in_passing("answerCallbackQuery", &thanks);
        if let Some(message) = message {
            let body = json!({"chat_id": message.chat.id, "message_id": message.message_id,
                              "reply_markup": {"inline_keyboard": []}});
            self.desk.call_in_passing("editMessageReplyMarkup", &body);
        }
        Ok(())
    }

    /// Answers a message, in its topic.
    pub fn answer(&self, message: &Message, words: Words) {
        self.say(message, &Text::plain(words.of(self.desk.pocket().language())));
    }

    /// The same with words of its own.
    pub fn say(&self, message: &Message, text: &Text) {
        self.say_with(message, text, None);
    }

    /// The same with a button.
    pub fn say_with(&self, message: &Message, text: &Text, button: Option<serde_json::Value>) {
        let to = Destination {
            topic_id: message.message_thread_id.filter(|_| message.is_topic_message),
            reply_to: Some(message.message_id),
            button,
            ..Destination::chat(message.chat.id)
        };
        if let Err(fault) = send::text(&self.desk.api, &to, text) {
            tracing::info!(%fault, "telegram did not take an answer of the bot's own");
        }
    }
}
