//! Telegram: how it is set up, where each visitor's thread is in it, and which message there is which of ours.

use rusqlite::{Connection, OptionalExtension};
use salvo::oapi::ToSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Result;

/// The bot, as Telegram knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bot {
    /// What people see.
    pub name: String,
    /// What stands behind `t.me/`.
    pub username: String,
}

/// What a chat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChatKind {
    /// One person and the bot.
    Private,
    /// A group: replies make threads.
    Group,
    /// A group with topics: one for each visitor.
    Forum,
}

/// A chat of Telegram's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Chat {
    /// Telegram's id: negative for groups.
    pub id: i64,
    /// The group's title, or the person's name.
    pub title: String,
    /// What it is.
    pub kind: ChatKind,
}

/// A chat that has turned up, and that the owner may choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// Which.
    #[serde(flatten)]
    pub chat: Chat,
    /// When, ms UTC.
    pub at: i64,
}

/// The last test message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Test {
    /// When it was sent, ms UTC.
    pub sent_at: i64,
    /// When somebody pressed its button, ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<i64>,
    /// Who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// When agents are told of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// While none has the thread on the screen.
    #[default]
    Away,
    /// Of all.
    Always,
}

/// Told without a sound between these, in the time zone of the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`; before `from`: the next morning.
    pub to: String,
    /// IANA name.
    pub time_zone: String,
}

/// What the bot speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Turkish.
    #[default]
    Tr,
    /// English.
    En,
}

/// What the owner chooses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// When agents are told.
    #[serde(default)]
    pub notify: Notify,
    /// `null`: never quiet.
    #[serde(default)]
    pub quiet: Option<Quiet>,
    /// What the bot speaks.
    #[serde(default)]
    pub language: Language,
}

/// How Telegram is set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Grows with every change: of two that are read at the same time the later one holds.
    #[serde(default)]
    pub revision: u64,
    /// The bot's token, sealed with this server's key; `None`: there is none, or the configuration has it.
    #[serde(default)]
    pub sealed_token: Option<String>,
    /// Where agents are told; `None`: not chosen yet, or the configuration says it.
    #[serde(default)]
    pub chat: Option<Chat>,
    /// The agent who chose it: answers of people whom nobody knows are given in their name.
    #[serde(default)]
    pub agent_id: Option<i64>,
    /// Chats to choose from.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// What the owner chooses.
    #[serde(default)]
    pub choices: Choices,
    /// The last test message.
    #[serde(default)]
    pub test: Option<Test>,
    /// Told without a sound until then, ms UTC.
    #[serde(default)]
    pub muted_until: Option<i64>,
}

/// Chats to choose from that are kept.
pub const CANDIDATES_MAX: usize = 10;

const SETUP: &str = "telegram";
const OFFSET: &str = "telegram_offset";
const BOT: &str = "telegram_bot";

fn value<T: DeserializeOwned>(connection: &Connection, name: &str) -> Result<Option<T>> {
    let mut rows = connection.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
    let text: Option<String> = rows.query_row([name], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn set_value<T: Serialize>(connection: &Connection, name: &str, value: &T, now: i64) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO settings (name, value, changed_at) VALUES (?1, ?2, ?3)")?
        .execute((name, serde_json::json!(value).to_string(), now))?;
    Ok(())
}

/// How it is set up.
pub fn load(connection: &Connection) -> Result<Setup> {
    Ok(value(connection, SETUP)?.unwrap_or_default())
}

/// Changes how it is set up, and answers it.
pub fn change(connection: &Connection, now: i64, how: impl FnOnce(&mut Setup)) -> Result<Setup> {
    let mut setup = load(connection)?;
    how(&mut setup);
    setup.revision += 1;
    set_value(connection, SETUP, &setup, now)?;
    Ok(setup)
}

/// Forgets a bot and everything that was done with it, but for what the owner chose.
pub fn forget(connection: &Connection, now: i64) -> Result<Setup> {
    connection.execute_batch(
        "DELETE FROM telegram_threads; DELETE FROM telegram_messages; DELETE FROM telegram_codes; DELETE FROM outbox;
         UPDATE agents SET telegram_id = NULL; DELETE FROM settings WHERE name = 'telegram_offset'",
    )?;
    change(connection, now, |setup| {
        *setup = Setup {
            revision: setup.revision,
            choices: std::mem::take(&mut setup.choices),
            ..Setup::default()
        };
    })
}

/// Another bot than before numbers its messages anew: what is known of the other's is forgotten.
pub fn now_of_bot(connection: &Connection, bot_id: i64, now: i64) -> Result<()> {
    let before: Option<i64> = value(connection, BOT)?;
    if before.is_some_and(|before| before != bot_id) {
        connection.execute_batch(
            "DELETE FROM telegram_threads; DELETE FROM telegram_messages; UPDATE agents SET telegram_id = NULL",
        )?;
    }
    if before != Some(bot_id) {
        set_value(connection, BOT, &bot_id, now)?;
    }
    Ok(())
}

/// How far a bot's updates were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// The bot's user id.
    pub bot_id: i64,
    /// The update that comes next.
    pub next: i64,
    /// When the last one was taken, ms UTC.
    pub at: i64,
}

/// After a week without updates Telegram begins to number anew ("Update", `update_id`).
const NUMBERED_ANEW_MS: i64 = 6 * 24 * 3_600_000;

/// The update that comes next for this bot; `None`: whichever there is.
pub fn next_update(connection: &Connection, bot_id: i64, now: i64) -> Result<Option<i64>> {
    let offset: Option<Offset> = value(connection, OFFSET)?;
    Ok(offset
        .filter(|offset| offset.bot_id == bot_id && now - offset.at < NUMBERED_ANEW_MS)
        .map(|offset| offset.next))
}

/// An update was taken; `false`: it was before, and nothing is to be done.
pub fn take_update(connection: &Connection, bot_id: i64, update_id: i64, now: i64) -> Result<bool> {
    if next_update(connection, bot_id, now)?.is_some_and(|next| update_id < next) {
        return Ok(false);
    }
    let offset = Offset {
        bot_id,
        next: update_id + 1,
        at: now,
    };
    set_value(connection, OFFSET, &offset, now)?;
    Ok(true)
}

/// Where a visitor's thread is in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// `message_thread_id`; `None`: replies make the thread.
    pub topic_id: Option<i64>,
    /// Told without a sound until then, ms UTC.
    pub muted_until: Option<i64>,
    /// The newest message there about this visitor.
    pub last_message: Option<i64>,
}

/// Where is this visitor's thread? `None`: nowhere yet.
pub fn place(connection: &Connection, chat_session_id: i64, chat_id: i64) -> Result<Option<Place>> {
    let mut rows = connection.prepare_cached(
        "SELECT topic_id, muted_until FROM telegram_threads WHERE chat_session_id = ?1 AND chat_id = ?2",
    )?;
    let place = rows
        .query_row((chat_session_id, chat_id), |row| {
            Ok(Place {
                topic_id: row.get(0)?,
                muted_until: row.get(1)?,
                last_message: None,
            })
        })
        .optional()?;
    let last_message = last_message(connection, chat_session_id, chat_id)?;
    Ok(place.map(|place| Place { last_message, ..place }))
}

/// The newest message in a chat about this visitor.
pub fn last_message(connection: &Connection, chat_session_id: i64, chat_id: i64) -> Result<Option<i64>> {
    let mut rows = connection
        .prepare_cached("SELECT max(telegram_id) FROM telegram_messages WHERE chat_session_id = ?1 AND chat_id = ?2")?;
    Ok(rows.query_row((chat_session_id, chat_id), |row| row.get(0))?)
}

/// It is here now.
pub fn set_place(connection: &Connection, chat_session_id: i64, chat_id: i64, topic_id: Option<i64>) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO telegram_threads (chat_session_id, chat_id, topic_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (chat_session_id, chat_id) DO UPDATE SET topic_id = excluded.topic_id",
        )?
        .execute((chat_session_id, chat_id, topic_id))?;
    Ok(())
}

/// Its topic is gone.
pub fn forget_place(connection: &Connection, chat_session_id: i64, chat_id: i64) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM telegram_threads WHERE chat_session_id = ?1 AND chat_id = ?2")?
        .execute((chat_session_id, chat_id))?;
    Ok(())
}

/// This visitor's messages are told without a sound until then; `None`: with one.
pub fn mute(connection: &Connection, chat_session_id: i64, chat_id: i64, until: Option<i64>) -> Result<()> {
    connection
        .prepare_cached("UPDATE telegram_threads SET muted_until = ?3 WHERE chat_session_id = ?1 AND chat_id = ?2")?
        .execute((chat_session_id, chat_id, until))?;
    Ok(())
}

/// A group has become a supergroup: it has another id, and its messages have, too.
pub fn moved(connection: &Connection, from: i64, to: i64) -> Result<()> {
    connection.execute(
        "UPDATE OR REPLACE telegram_threads SET chat_id = ?2 WHERE chat_id = ?1",
        (from, to),
    )?;
    connection.execute("DELETE FROM telegram_messages WHERE chat_id = ?1", [from])?;
    Ok(())
}

/// A message in Telegram is about this visitor, and is this message of ours.
pub fn remember(
    connection: &Connection,
    (chat_id, telegram_id): (i64, i64),
    chat_session_id: i64,
    message_id: Option<i64>,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO telegram_messages (chat_id, telegram_id, chat_session_id, message_id)
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((chat_id, telegram_id, chat_session_id, message_id))?;
    Ok(())
}

/// What a message in Telegram is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Row id of the thread.
    pub chat_session_id: i64,
    /// Id of our message.
    pub message_id: Option<i64>,
}

/// Whom is this message in Telegram about?
pub fn known(connection: &Connection, chat_id: i64, telegram_id: i64) -> Result<Option<Known>> {
    let mut rows = connection.prepare_cached(
        "SELECT chat_session_id, message_id FROM telegram_messages WHERE chat_id = ?1 AND telegram_id = ?2",
    )?;
    Ok(rows
        .query_row((chat_id, telegram_id), |row| {
            Ok(Known {
                chat_session_id: row.get(0)?,
                message_id: row.get(1)?,
            })
        })
        .optional()?)
}

/// Whose topic is this?
pub fn of_topic(connection: &Connection, chat_id: i64, topic_id: i64) -> Result<Option<i64>> {
    let mut rows = connection
        .prepare_cached("SELECT chat_session_id FROM telegram_threads WHERE chat_id = ?1 AND topic_id = ?2")?;
    Ok(rows.query_row((chat_id, topic_id), |row| row.get(0)).optional()?)
}

/// The message there that is this one of ours.
pub fn telegram_id_of(connection: &Connection, chat_id: i64, message_id: i64) -> Result<Option<i64>> {
    let mut rows = connection
        .prepare_cached("SELECT max(telegram_id) FROM telegram_messages WHERE message_id = ?1 AND chat_id = ?2")?;
    Ok(rows.query_row((message_id, chat_id), |row| row.get(0))?)
}

/// The newest message of this visitor that agents were told of, by id.
pub fn newest_told(connection: &Connection, chat_session_id: i64, chat_id: i64) -> Result<Option<i64>> {
    let mut rows = connection.prepare_cached(
        "SELECT max(t.message_id) FROM telegram_messages t JOIN messages m ON m.id = t.message_id
         WHERE t.chat_session_id = ?1 AND t.chat_id = ?2 AND m.sender = 'visitor'",
    )?;
    Ok(rows.query_row((chat_session_id, chat_id), |row| row.get(0))?)
}

/// What a code behind `?start=` is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Tell agents in this chat.
    Setup,
    /// This person is that agent.
    Link,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Purpose::Setup => "setup",
            Purpose::Link => "link",
        }
    }

    /// How long a code may wait, ms.
    pub fn lifetime_ms(self) -> i64 {
        match self {
            Purpose::Setup => 24 * 3_600_000,
            Purpose::Link => 10 * 60_000,
        }
    }
}

/// Keeps a code; the agent's earlier ones for the same purpose end.
pub fn new_code(connection: &Connection, hash: &[u8; 32], purpose: Purpose, agent_id: i64, now: i64) -> Result<()> {
    connection.execute(
        "DELETE FROM telegram_codes WHERE expires_at <= ?1 OR (agent_id = ?2 AND purpose = ?3)",
        (now, agent_id, purpose.as_str()),
    )?;
    connection.execute(
        "INSERT INTO telegram_codes (code_hash, purpose, agent_id, expires_at) VALUES (?1, ?2, ?3, ?4)",
        (hash, purpose.as_str(), agent_id, now + purpose.lifetime_ms()),
    )?;
    Ok(())
}

/// Uses a code up: what it was for, and whose it was.
pub fn use_code(connection: &Connection, hash: &[u8; 32], now: i64) -> Result<Option<(Purpose, i64)>> {
    let mut rows = connection.prepare_cached(
        "DELETE FROM telegram_codes WHERE code_hash = ?1 AND expires_at > ?2 AND EXISTS (SELECT 1 FROM agents a
           WHERE a.id = agent_id AND a.disabled_at IS NULL AND (purpose = 'link' OR a.role = 'owner'))
         RETURNING purpose = 'setup', agent_id",
    )?;
    Ok(rows
        .query_row((hash, now), |row| {
            let purpose = if row.get(0)? { Purpose::Setup } else { Purpose::Link };
            Ok((purpose, row.get(1)?))
        })
        .optional()?)
}

/// This agent is that person in Telegram; `None`: nobody.
pub fn link_agent(connection: &Connection, agent_id: i64, telegram_id: Option<i64>) -> Result<()> {
    connection.execute(
        "UPDATE agents SET telegram_id = NULL WHERE telegram_id = ?1",
        [telegram_id],
    )?;
    connection.execute(
        "UPDATE agents SET telegram_id = ?2 WHERE id = ?1",
        (agent_id, telegram_id),
    )?;
    Ok(())
}

/// The account of this agent in Telegram.
pub fn of_agent(connection: &Connection, agent_id: i64) -> Result<Option<i64>> {
    let mut rows = connection.prepare_cached("SELECT telegram_id FROM agents WHERE id = ?1")?;
    Ok(rows.query_row([agent_id], |row| row.get(0)).optional()?.flatten())
}

/// Who answers: the agent who is this person, else the one who set Telegram up, else the first owner. Row id and name.
///
/// `None`: nobody can, or this person may not any more.
pub fn answering(connection: &Connection, telegram_id: i64, set_up_by: Option<i64>) -> Result<Option<(i64, String)>> {
    let is_disabled = connection
        .prepare_cached("SELECT 1 FROM agents WHERE telegram_id = ?1 AND disabled_at IS NOT NULL")?
        .exists([telegram_id])?;
    if is_disabled {
        return Ok(None);
    }
    let mut rows = connection.prepare_cached(
        "SELECT id, name FROM agents WHERE disabled_at IS NULL AND (telegram_id = ?1 OR id = ?2 OR role = 'owner')
         ORDER BY coalesce(telegram_id = ?1, 0) DESC, coalesce(id = ?2, 0) DESC, id LIMIT 1",
    )?;
    Ok(rows
        .query_row((telegram_id, set_up_by), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::agents::{self, Role};
    use crate::storage::sample;

    #[test]
    fn an_update_is_taken_once_until_telegram_numbers_anew() {
        let (_folder, connection, _) = sample::database();
        assert_eq!(next_update(&connection, 7, 0).unwrap(), None);
        assert!(take_update(&connection, 7, 100, 1_000).unwrap());
        assert!(!take_update(&connection, 7, 100, 1_000).unwrap());
        assert!(!take_update(&connection, 7, 99, 1_000).unwrap());
        assert_eq!(next_update(&connection, 7, 1_000).unwrap(), Some(101));
        assert_eq!(
            next_update(&connection, 8, 1_000).unwrap(),
            None,
            "another bot has its own numbers"
        );
        assert!(take_update(&connection, 7, 5, 1_000 + NUMBERED_ANEW_MS).unwrap());
    }

    #[test]
    fn who_answers_is_who_is_known_else_who_set_it_up_else_the_owner() {
        let (_folder, connection, _) = sample::database();
        let add = |name: &str, role| agents::add(&connection, name, name, role, 0).unwrap().unwrap();
        let (ayse, owner, mehmet) = (
            add("ayse", Role::Agent),
            add("sahip", Role::Owner),
            add("mehmet", Role::Agent),
        );
        let who = |telegram, set_up_by| answering(&connection, telegram, set_up_by).unwrap().unwrap().0;
        link_agent(&connection, ayse, Some(42)).unwrap();
        assert_eq!(
            (who(42, Some(mehmet)), who(43, Some(mehmet)), who(43, None)),
            (ayse, mehmet, owner)
        );
        // One person is one agent.
        link_agent(&connection, mehmet, Some(42)).unwrap();
        assert_eq!((who(42, None), of_agent(&connection, ayse).unwrap()), (mehmet, None));
        connection
            .execute("UPDATE agents SET disabled_at = 1 WHERE id = ?1", [mehmet])
            .unwrap();
        assert_eq!(
            answering(&connection, 42, Some(owner)).unwrap(),
            None,
            "who was sent away does not come back"
        );
    }

    #[test]
    fn a_code_is_used_once_and_for_what_it_is() {
        let (_folder, connection, _) = sample::database();
        let agent = agents::add(&connection, "ayse", "Ayşe", Role::Owner, 0)
            .unwrap()
            .unwrap();
        new_code(&connection, &[1; 32], Purpose::Setup, agent, 0).unwrap();
        new_code(&connection, &[2; 32], Purpose::Link, agent, 0).unwrap();
        assert_eq!(
            use_code(&connection, &[2; 32], Purpose::Link.lifetime_ms()).unwrap(),
            None
        );
        assert_eq!(
            use_code(&connection, &[1; 32], 5).unwrap(),
            Some((Purpose::Setup, agent))
        );
        assert_eq!(use_code(&connection, &[1; 32], 5).unwrap(), None);
        new_code(&connection, &[3; 32], Purpose::Link, agent, 0).unwrap();
        new_code(&connection, &[4; 32], Purpose::Link, agent, 0).unwrap();
        assert_eq!(use_code(&connection, &[3; 32], 5).unwrap(), None, "a newer one ends it");
    }

    #[test]
    fn forgetting_keeps_only_what_the_owner_chose() {
        let (_folder, connection, session) = sample::database();
        change(&connection, 0, |setup| {
            setup.sealed_token = Some("x".to_owned());
            setup.choices.notify = Notify::Always;
        })
        .unwrap();
        set_place(&connection, session, -1, Some(5)).unwrap();
        remember(&connection, (-1, 9), session, None).unwrap();
        assert_eq!(of_topic(&connection, -1, 5).unwrap(), Some(session));
        let before = load(&connection).unwrap().revision;
        let setup = forget(&connection, 1).unwrap();
        assert_eq!(
            (setup.sealed_token.clone(), setup.choices.notify),
            (None, Notify::Always)
        );
        assert!(setup.revision > before && load(&connection).unwrap() == setup);
        assert_eq!(known(&connection, -1, 9).unwrap(), None);
        assert_eq!(place(&connection, session, -1).unwrap(), None);
    }
}
