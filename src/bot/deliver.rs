//! Brings notices to Telegram, one after the other, each visitor's in order, until each is told at least once.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, is_public};
use super::send::{self, Destination, PATIENCE};
use crate::auth::token::Token;
use crate::call::Media;
use crate::clock::now_ms;
use crate::storage::outbox::{self, About, Kind, Notice, Said};
use crate::storage::receipts::Receipts as Positions;
use crate::storage::telegram::{self, Chat, ChatKind, Notify, Place};
use crate::storage::{Result, StorageError, answer_links, calls};
use crate::telegram::api::Fault;
use crate::telegram::api::types::ForumTopic;
use crate::telegram::backoff::Backoff;
use crate::telegram::compose::{self, Part, Text, units};
use crate::telegram::quiet;
use crate::telegram::trouble::{self, Trouble};
use crate::telegram::words;

/// With something waiting, this often is looked whether it is due: clocks are set, too.
const LOOK: Duration = Duration::from_secs(1);
/// With nothing waiting; a ring of the bell comes first.
const REST: Duration = Duration::from_secs(30);

/// Between two looks.
const SETTLE: Duration = Duration::from_millis(30);
/// Between two attempts.
const LONGEST_MS: i64 = 60_000;

/// An agent who has the thread on the screen reads it within this, or is not there.
const ON_SCREEN_MS: i64 = 30_000;

/// Messages that are told in one.
const TOGETHER_MAX: usize = 50;
/// Their length: with its head it is one message in Telegram.
const TOGETHER_UNITS: usize = 3000;

/// One notice that Telegram answers with errors, while it works otherwise, is tried for some hours.
const GIVE_UP_MS: i64 = 6 * 3_600_000;
/// And this often at least: they can pass while nothing is tried.
const ATTEMPTS_MIN: i64 = 5;
/// Between its attempts.
const PAUSE_MAX_MS: i64 = 10 * 60_000;

/// A topic can vanish again while it is made; this often it is tried at once.
const DETOURS_MAX: usize = 4;

/// Why a notice did not go.
enum Failure {
    /// Nothing goes at the moment.
    Channel(Fault),
    /// This one does not.
    Notice(String),
    /// Ours.
    Storage(StorageError),
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Failure::Storage(error)
    }
}

/// What is told in one go.
struct Telling {
    /// Rows of the outbox.
    notices: Vec<i64>,
    /// Our message, the newest of them.
    message_id: Option<i64>,
    /// Goes before them, when it does not fit into the first: then the parts are the same whenever they are made.
    head: Option<Text>,
    parts: Vec<Part>,
    /// How many of the parts were sent by an earlier attempt.
    sent: usize,
    reply_to: Option<i64>,
    button: Option<Value>,
}

/// What Telegram has said of notices that it refused, one after the other.
struct Refusal {
    words: String,
    /// Whose the last one was.
    whose: Option<i64>,
    /// Of different visitors.
    visitors: u32,
}

/// The same refusal for so many visitors in a row is about the chat.
const REFUSED_VISITORS: u32 = 4;

/// The one that carries.
pub struct Carrier {
    desk: Arc<Desk>,
    rings: bool,
    /// Of the bell.
    heard: u64,
    backoff: Backoff,
    /// Those that are known.
    recoveries: u64,
    /// Of the last notices, when nothing went since.
    refusal: Option<Refusal>,
}

impl Carrier {
    /// Nothing has failed yet. `rings`: it tells of calls that ring, and nothing else; what takes minutes does not hold
    /// those up.
    pub fn new(desk: Arc<Desk>, rings: bool) -> Carrier {
        Carrier {
            desk,
            rings,
            heard: 0,
            backoff: Backoff::up_to(LONGEST_MS),
            recoveries: 0,
            refusal: None,
        }
    }

    /// Until the server stops, or serves another bot.
    pub fn run(mut self) {
        while self.desk.is_current() {
            match self.turn() {
                Ok(rest) if rest.is_zero() => {}
                Ok(rest) => {
                    self.desk.pocket().sleep(&mut self.heard, rest);
                    // A bell for every message of a busy day is one look.
                    std::thread::sleep(SETTLE);
                }
                Err(StorageError::Gone) => return,
                Err(error) => {
                    tracing::warn!(%error, "notices wait: the database does not answer");
                    std::thread::sleep(LOOK);
                }
            }
        }
    }

    /// One step; answers how long to rest.
    fn turn(&mut self) -> Result<Duration> {
        let now = now_ms();
        let Some(chat) = self.desk.pocket().chat() else {
            return Ok(REST);
        };
        let recoveries = self.desk.pocket().live().recoveries;
        if recoveries != self.recoveries {
            self.recoveries = recoveries;
            self.backoff.try_again();
        }
        if self.backoff.left(now) > 0 {
            let left = Duration::from_millis(self.backoff.left(now).unsigned_abs());
            // A bell says that there is more to tell, not that telling works again.
            std::thread::sleep(left.min(LOOK));
            return Ok(Duration::ZERO);
        }
        let next = if self.rings { outbox::next_call } else { outbox::next };
        let Some(notice) = self.desk.ask(move |connection| next(connection, now))? else {
            let due = if self.rings {
                None
            } else {
                self.desk.ask(outbox::next_due_at)?
            };
            return Ok(due.map_or(REST, |due| {
                Duration::from_millis((due - now).max(1).unsigned_abs()).min(LOOK)
            }));
        };
        let desk = self.desk.clone();
        // A call does not wait for a file to be sent.
        let telling = (!self.rings).then(|| desk.telling.lock().unwrap_or_else(PoisonError::into_inner));
        let told = self.tell(&notice, chat, now);
        drop(telling);
        match told {
            Ok(()) => {}
            Err(Failure::Storage(error)) => return Err(error),
            Err(Failure::Notice(error)) => self.refused(&notice, error, now)?,
            Err(Failure::Channel(fault)) => self.failed(&notice, fault, now)?,
        }
        Ok(Duration::ZERO)
    }

    /// Everything waits, unless it is only this one that does not go.
    fn failed(&mut self, notice: &Notice, fault: Fault, now: i64) -> Result<()> {
        if let Fault::TooMany { retry_after_s } = &fault {
            let wait = i64::try_from(*retry_after_s).unwrap_or(i64::MAX).clamp(1, 3600) * 1000;
            tracing::info!(wait_ms = wait, "telegram wants notices to wait");
            self.backoff.told(now, wait);
            return Ok(());
        }
        self.backoff.failed(now);
        let is_unexplained = matches!(fault, Fault::Server { .. } | Fault::Garbage { .. } | Fault::Network(_));
        if is_unexplained && self.desk.works() {
            // Telegram is there: the others are tried, too.
            return self.later(notice, &fault.to_string(), now);
        }
        let trouble = trouble::of(&fault);
        let before = std::mem::replace(&mut self.desk.pocket().live().sending, trouble);
        if before != trouble {
            tracing::warn!(%fault, "notices wait: telegram does not take them");
        }
        Ok(())
    }

    /// This one is tried again after a pause that grows, for some hours.
    fn later(&mut self, notice: &Notice, error: &str, now: i64) -> Result<()> {
        let (id, error) = (notice.id, error.to_owned());
        if now - notice.created_at > GIVE_UP_MS && notice.attempts >= ATTEMPTS_MIN {
            tracing::warn!(notice = id, %error, "a notice is given up");
            return self
                .desk
                .write(move |connection| outbox::give_up(connection, id, &error, now));
        }
        let pause = (1000_i64 << notice.attempts.clamp(0, 16)).min(PAUSE_MAX_MS);
        self.desk
            .write(move |connection| outbox::attempt_failed(connection, id, &error, now + pause))
    }

    /// Telegram refuses this one for good; unless it refuses everybody's with the same words.
    fn refused(&mut self, notice: &Notice, error: String, now: i64) -> Result<()> {
        let whose = notice.chat_session_id;
        let before = self.refusal.take().filter(|refusal| refusal.words == error);
        let visitors = before.map_or(1, |before| before.visitors + u32::from(before.whose != whose));
        self.refusal = Some(Refusal {
            words: error.clone(),
            whose,
            visitors,
        });
        if visitors >= REFUSED_VISITORS {
            self.desk.pocket().live().sending = Some(Trouble::Chat);
            self.backoff.failed(now);
            return self.later(notice, &error, now);
        }
        let id = notice.id;
        tracing::warn!(notice = id, kind = notice.kind.as_str(), %error, "a notice is given up");
        self.desk
            .write(move |connection| outbox::give_up(connection, id, &error, now))
    }

    fn tell(&mut self, notice: &Notice, mut chat: Chat, now: i64) -> std::result::Result<(), Failure> {
        let id = notice.id;
        if notice.expires_at <= now {
            if notice.kind == Kind::CallIncoming {
                return Ok(self.desk.write(move |connection| outbox::done(connection, &[id]))?);
            }
            return Err(Failure::Notice("it waited for a week".to_owned()));
        }
        for _ in 0..DETOURS_MAX {
            let told = match notice.chat_session_id {
                None => self.tell_of_us(notice, &chat, now),
                Some(session) => self.tell_of_visitor(notice, session, &chat, now),
            };
            let fault = match told {
                Err(Failure::Channel(fault)) => fault,
                told => return told,
            };
            match self.detour(&fault, notice.chat_session_id, &chat)? {
                Some(other) => chat = other,
                None if trouble::of(&fault).is_some() || matches!(fault, Fault::TooMany { .. }) => {
                    return Err(Failure::Channel(fault));
                }
                None => return Err(Failure::Notice(fault.to_string())),
            }
        }
        Err(Failure::Notice("telegram goes on refusing its topic".to_owned()))
    }

    /// What can be mended at once is: a topic that is gone or closed, a group that has moved. `None`: nothing can.
    fn detour(&self, fault: &Fault, session: Option<i64>, chat: &Chat) -> Result<Option<Chat>> {
        let Fault::Refused {
            description,
            migrate_to,
            ..
        } = fault
        else {
            return Ok(None);
        };
        if let Some(to) = *migrate_to {
            tracing::info!(from = chat.id, to, "the group has become a supergroup");
            self.desk.group_moved(chat.id, to)?;
            return Ok(self.desk.pocket().chat().filter(|moved| moved.id == to));
        }
        let Some(session) = session else { return Ok(None) };
        let description = description.to_lowercase();
        let chat_id = chat.id;
        if description.contains("topic_closed") {
            let place = self
                .desk
                .ask(move |connection| telegram::place(connection, session, chat_id))?;
            let Some(topic) = place.and_then(|place| place.topic_id) else {
                return Ok(None);
            };
            let body = json!({"chat_id": chat_id, "message_thread_id": topic});
            return Ok(self
                .desk
                .api
                .call::<Value>("reopenForumTopic", &body, PATIENCE)
                .is_ok()
                .then(|| chat.clone()));
        }
        let is_gone = ["thread not found", "topic_deleted", "topic_id_invalid"]
            .iter()
            .any(|words| description.contains(words));
        if is_gone {
            tracing::info!(session, "a topic was deleted; it is made again");
            self.desk
                .write(move |connection| telegram::forget_place(connection, session, chat_id))?;
            return Ok(Some(chat.clone()));
        }
        Ok(None)
    }

    /// What is about no visitor: a check, or the bot's own answer.
    fn tell_of_us(&mut self, notice: &Notice, chat: &Chat, now: i64) -> std::result::Result<(), Failure> {
        let language = self.desk.pocket().language();
        let text = |name: &str| notice.body[name].as_str().unwrap_or_default().to_owned();
        let (words, to) = if notice.kind == Kind::Word {
            let to = Destination {
                topic_id: notice.body["topic_id"].as_i64(),
                reply_to: notice.body["reply_to"].as_i64(),
                ..Destination::chat(chat.id)
            };
            (text("text"), to)
        } else {
            let words = if notice.body["ok"] == true {
                words::CHECK_IS_WELL.fill(language, &[&text("title")])
            } else {
                words::CHECK_FAILS.fill(language, &[&text("title"), &text("fix")])
            };
            let to = Destination {
                silent: self.is_silent(now, None),
                ..Destination::chat(chat.id)
            };
            (words, to)
        };
        match send::text(&self.desk.api, &to, &Text::plain(words)) {
            Ok(_) => self.worked(now),
            // Its topic is gone: there is nobody to answer any more.
            Err(Fault::Refused { code: 400, .. }) if notice.kind == Kind::Word && to.topic_id.is_some() => {}
            Err(fault) => return Err(Failure::Channel(fault)),
        }
        let id = notice.id;
        Ok(self.desk.write(move |connection| outbox::done(connection, &[id]))?)
    }

    fn tell_of_visitor(
        &mut self,
        notice: &Notice,
        session: i64,
        chat: &Chat,
        now: i64,
    ) -> std::result::Result<(), Failure> {
        let id = notice.id;
        let drop = |desk: &Desk| desk.write(move |connection| outbox::done(connection, &[id]));
        let about = self.desk.ask(move |connection| outbox::about(connection, session))?;
        let Some(about) = about.filter(|about| !about.blocked) else {
            return Ok(drop(&self.desk)?);
        };
        if self.is_seen(notice, &about) {
            return Ok(drop(&self.desk)?);
        }
        if self.is_on_screen(notice, session, now) {
            let until = notice.created_at + ON_SCREEN_MS;
            return Ok(self.desk.write(move |connection| outbox::hold(connection, id, until))?);
        }
        let place = self.place(&about, session, chat, now)?;
        let Some(mut telling) = self.telling(notice, &about, place.as_ref(), chat, now)? else {
            return Ok(drop(&self.desk)?);
        };
        let mut to = Destination {
            chat_id: chat.id,
            topic_id: place.and_then(|place| place.topic_id),
            reply_to: telling.reply_to,
            silent: self.is_silent(now, place.as_ref()),
            button: telling.button.take(),
        };
        let language = self.desk.pocket().language();
        let store = &self.desk.signaling.app.uploads.store;
        if let Some(head) = &telling.head {
            let head_id = send::text(&self.desk.api, &to, head).map_err(Failure::Channel)?;
            let (chat_id, topic_id) = (chat.id, to.topic_id);
            self.desk.write(move |connection| {
                telegram::set_place(connection, session, chat_id, topic_id)?;
                telegram::remember(connection, (chat_id, head_id), session, None)
            })?;
            to.reply_to = Some(head_id);
        }
        let parts = telling.parts.len();
        if telling.sent >= parts {
            // All of it was told: by now it has fewer parts, or none.
            let notices = telling.notices.clone();
            self.desk.write(move |connection| outbox::done(connection, &notices))?;
        }
        for (index, part) in telling.parts.iter().enumerate().skip(telling.sent) {
            let telegram_id = send::part(&self.desk.api, store, &to, part, language).map_err(Failure::Channel)?;
            let (chat_id, message_id, topic_id) = (chat.id, telling.message_id, to.topic_id);
            let (notices, rings) = (telling.notices.clone(), self.rings);
            self.desk.write(move |connection| {
                // A call that goes ahead of everything begins no thread: its head comes with the first message.
                if !rings {
                    telegram::set_place(connection, session, chat_id, topic_id)?;
                }
                telegram::remember(connection, (chat_id, telegram_id), session, message_id)?;
                if index + 1 == parts {
                    outbox::done(connection, &notices)
                } else {
                    outbox::part_sent(connection, id, index + 1)
                }
            })?;
            // One button, under the first.
            to.button = None;
        }
        if let Some(message_id) = telling.message_id {
            let delivered = Positions {
                agent_delivered: message_id,
                ..Positions::default()
            };
            let room = about.room.as_str().into();
            self.desk.signaling.receipts.report(session, &room, delivered);
        }
        self.worked(now);
        Ok(())
    }

    fn worked(&mut self, now: i64) {
        self.backoff.reset();
        self.refusal = None;
        let mut live = self.desk.pocket().live();
        live.sending = None;
        live.delivered_at = Some(now);
    }

    /// Somebody has seen it in the panel, and wants to be told only when nobody is there.
    fn is_seen(&self, notice: &Notice, about: &About) -> bool {
        let away = self.desk.pocket().setup().choices.notify == Notify::Away;
        match notice.kind {
            Kind::Message => away && notice.message_id.is_some_and(|id| id <= about.agent_read_up_to),
            Kind::Reminder => about.waiting_since.is_none(),
            _ => false,
        }
    }

    fn is_on_screen(&self, notice: &Notice, session: i64, now: i64) -> bool {
        let away = self.desk.pocket().setup().choices.notify == Notify::Away;
        away && matches!(notice.kind, Kind::Message | Kind::More)
            && now < notice.created_at + ON_SCREEN_MS
            && self.desk.signaling.rooms.is_open(session)
    }

    fn is_silent(&self, now: i64, place: Option<&Place>) -> bool {
        let setup = self.desk.pocket().setup();
        let is_muted = |until: Option<i64>| until.is_some_and(|until| until > now);
        setup
            .choices
            .quiet
            .as_ref()
            .is_some_and(|quiet| quiet::is_quiet(quiet, now))
            || is_muted(setup.muted_until)
            || place.is_some_and(|place| is_muted(place.muted_until))
    }

    /// Where the visitor's thread is; in a forum its topic is made first. `None`: it begins with what is told now.
    fn place(&self, about: &About, session: i64, chat: &Chat, now: i64) -> std::result::Result<Option<Place>, Failure> {
        let chat_id = chat.id;
        let place = self
            .desk
            .ask(move |connection| telegram::place(connection, session, chat_id))?;
        if chat.kind != ChatKind::Forum || self.rings {
            return Ok(place);
        }
        if let Some(place) = place.filter(|place| place.topic_id.is_some()) {
            // Made, but nothing was said in it yet: its head is missing.
            return if place.last_message.is_some() {
                Ok(Some(place))
            } else {
                self.begin_topic(about, session, chat_id, place, now)
            };
        }
        let body = json!({"chat_id": chat_id, "name": compose::topic_name(&about.name)});
        let topic = match self.desk.api.call::<ForumTopic>("createForumTopic", &body, PATIENCE) {
            Ok(topic) => topic.message_thread_id,
            Err(Fault::Refused {
                code: 400,
                description,
                migrate_to: None,
            }) if !description.to_lowercase().contains("chat not found") => {
                let words = description.to_lowercase();
                // Anything else is about this visitor's name.
                if ["rights", "admin", "forum"].iter().any(|word| words.contains(word)) {
                    let before = self.desk.pocket().live().topics.replace(Trouble::Topics);
                    if before.is_none() {
                        tracing::warn!(%description, "no topic can be made; replies make the threads");
                    }
                }
                return Ok(place);
            }
            Err(fault) => return Err(Failure::Channel(fault)),
        };
        self.desk.pocket().live().topics = None;
        self.desk
            .write(move |connection| telegram::set_place(connection, session, chat_id, Some(topic)))?;
        let place = Place {
            topic_id: Some(topic),
            ..Place::default()
        };
        self.begin_topic(about, session, chat_id, place, now)
    }

    /// The head of a topic is its first message.
    fn begin_topic(
        &self,
        about: &About,
        session: i64,
        chat_id: i64,
        place: Place,
        now: i64,
    ) -> std::result::Result<Option<Place>, Failure> {
        let to = Destination {
            topic_id: place.topic_id,
            silent: self.is_silent(now, Some(&place)),
            ..Destination::chat(chat_id)
        };
        let head = compose::head(about, self.desk.pocket().language()).linked(self.desk.thread_url(&about.room));
        let head_id = send::text(&self.desk.api, &to, &head).map_err(Failure::Channel)?;
        self.desk
            .write(move |connection| telegram::remember(connection, (chat_id, head_id), session, None))?;
        Ok(Some(place))
    }

    /// What is said, in which form. `None`: there is nothing to say any more.
    fn telling(
        &self,
        notice: &Notice,
        about: &About,
        place: Option<&Place>,
        chat: &Chat,
        now: i64,
    ) -> std::result::Result<Option<Telling>, Failure> {
        let language = self.desk.pocket().language();
        let in_topic = place.is_some_and(|place| place.topic_id.is_some());
        let (chat_id, session) = (chat.id, notice.chat_session_id.unwrap_or_default());
        let chain = if in_topic {
            None
        } else {
            // A call may have been told before the thread began.
            self.desk
                .ask(move |connection| telegram::last_message(connection, session, chat_id))?
        };
        let mut telling = Telling {
            notices: vec![notice.id],
            message_id: None,
            head: None,
            parts: Vec::new(),
            sent: notice.parts_sent,
            reply_to: chain,
            button: None,
        };
        let url = self.desk.thread_url(&about.room);
        let about_visitor = |sentence, others: &[&str]| {
            let text = compose::about_visitor(sentence, language, &about.name, others);
            Part::Text(text.linked(url.clone()))
        };
        match notice.kind {
            Kind::Message => {
                let said = self.said_together(notice, about, &mut telling)?;
                let Some(last) = said.last() else { return Ok(None) };
                telling.message_id = Some(last.id);
                if let Some(answered) = said.first().and_then(|said| said.reply_to) {
                    let chat_id = chat.id;
                    let answered = self
                        .desk
                        .ask(move |connection| telegram::telegram_id_of(connection, chat_id, answered))?;
                    telling.reply_to = answered.or(chain);
                }
                let head = place.is_none().then(|| compose::head(about, language));
                let named = !in_topic;
                telling.parts = compose::messages(&said, &about.name, named, head.clone(), url.clone());
                if head.is_some() && telling.parts.len() > 1 {
                    telling.parts = compose::messages(&said, &about.name, named, None, url.clone());
                    telling.head = head.map(|head| head.linked(url));
                }
            }
            Kind::More => {
                let count = notice.body["count"].as_i64().unwrap_or(1).to_string();
                let text = words::MORE.fill(language, &[&count]);
                telling.parts.push(Part::Text(if in_topic {
                    Text::plain(text)
                } else {
                    Text::bold(&about.name, &format!(": {text}")).linked(url.clone())
                }));
            }
            Kind::Reminder => {
                let minutes = (now - about.waiting_since.unwrap_or(now)) / 60_000;
                telling
                    .parts
                    .push(about_visitor(words::REMINDER, &[&minutes.max(1).to_string()]));
            }
            Kind::Rating => {
                let rating = notice.body["rating"].as_u64().unwrap_or_default().min(5) as usize;
                let stars = format!("{}{} {rating}/5", "★".repeat(rating), "☆".repeat(5 - rating));
                telling.parts.push(about_visitor(words::RATING, &[&stars]));
            }
            Kind::CallIncoming => {
                let Some(call) = self.running_call(notice)? else {
                    return Ok(None);
                };
                let sentence = if call == Media::Video {
                    words::CALLS_VIDEO
                } else {
                    words::CALLS_AUDIO
                };
                let mut text = compose::about_visitor(sentence, language, &about.name, &[]).linked(url.clone());
                if let Some(url) = self.answer_link(notice, chat, now)? {
                    if is_public(&url) {
                        telling.button = Some(json!({"text": words::ANSWER.of(language), "url": url}));
                    } else {
                        text.text.push('\n');
                        text.text.push_str(&words::ANSWER_AT.fill(language, &[&url]));
                    }
                }
                telling.parts.push(Part::Text(text));
            }
            Kind::CallMissed => telling.parts.push(about_visitor(words::MISSED, &[])),
            // About no visitor.
            Kind::Check | Kind::Word => return Ok(None),
        }
        Ok(Some(telling))
    }

    /// A message, with those that follow it at once, if all are only words.
    fn said_together(
        &self,
        notice: &Notice,
        about: &About,
        telling: &mut Telling,
    ) -> std::result::Result<Vec<Said>, Failure> {
        let Some(message_id) = notice.message_id else {
            return Ok(Vec::new());
        };
        let first = notice.clone();
        let (said, more) = self.desk.ask(move |connection| {
            let Some(said) = outbox::said(connection, message_id)? else {
                return Ok((None, Vec::new()));
            };
            let mut more = Vec::new();
            if said.attached.is_none() && first.parts_sent == 0 {
                for next in outbox::following(connection, &first, TOGETHER_MAX)? {
                    let said = match (next.kind, next.message_id) {
                        (Kind::Message, Some(id)) => outbox::said(connection, id)?,
                        _ => None,
                    };
                    match said {
                        Some(said) if said.attached.is_none() && said.reply_to.is_none() => more.push((next.id, said)),
                        _ => break,
                    }
                }
            }
            Ok((Some(said), more))
        })?;
        let Some(said) = said else { return Ok(Vec::new()) };
        let length = |said: &Said| said.text.as_deref().map_or(0, units) + 1;
        let away = self.desk.pocket().setup().choices.notify == Notify::Away;
        let mut all = length(&said);
        let mut together = vec![said];
        for (row, said) in more {
            all += length(&said);
            if all > TOGETHER_UNITS {
                break;
            }
            telling.notices.push(row);
            // Whoever has seen the second has seen the first.
            if !away || said.id > about.agent_read_up_to {
                together.push(said);
            }
        }
        Ok(together)
    }

    /// Does it still ring? With what?
    fn running_call(&self, notice: &Notice) -> Result<Option<Media>> {
        let Some(call_id) = notice.call_id.clone() else {
            return Ok(None);
        };
        let running = self.desk.ask(calls::running)?;
        let ringing = running
            .into_iter()
            .find(|call| *call.id == *call_id && call.answered_at.is_none());
        Ok(ringing.map(|call| call.media))
    }

    fn answer_link(&self, notice: &Notice, chat: &Chat, now: i64) -> Result<Option<String>> {
        let set_up_by = self.desk.pocket().setup().agent_id;
        let (chat_id, session) = (chat.id, notice.chat_session_id.unwrap_or_default());
        let call_id = notice.call_id.clone();
        let token = Token::new();
        let hash = token.hash();
        let made = self.desk.write(move |connection| {
            let Some((agent_id, _)) = telegram::answering(connection, chat_id, set_up_by)? else {
                return Ok(false);
            };
            answer_links::create(connection, &hash, agent_id, session, call_id.as_deref(), now)?;
            Ok(true)
        })?;
        Ok(made.then(|| self.desk.answer_url(&token)))
    }
}
