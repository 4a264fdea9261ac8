//! What begins with a slash.

use serde_json::json;

use super::desk::is_public;
use super::incoming::{Incoming, take};
use crate::auth::token::Token;
use crate::clock::now_ms;
use crate::health;
use crate::storage::sessions::{self, Change, Status};
use crate::storage::{Result, StorageError, answer_links, outbox, telegram};
use crate::telegram::api::types::Message;
use crate::telegram::compose::{self, Text};
use crate::telegram::words::{self, Words};

/// A command, and what follows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Without the slash, in lower case.
    pub name: String,
    /// The rest of the line.
    pub rest: &'a str,
}

/// Reads `/name rest` and `/name@bot rest`; `None`: it is none, or another bot's.
pub fn parse<'a>(text: &'a str, username: &str) -> Option<Command<'a>> {
    let text = text.strip_prefix('/')?;
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (name, bot) = word.split_once('@').unwrap_or((word, username));
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && bot.eq_ignore_ascii_case(username)).then(|| Command {
        name: name.to_ascii_lowercase(),
        rest: rest.trim(),
    })
}

/// `/close@another_bot` is no answer to a visitor either.
pub fn is_for_another_bot(text: &str, username: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    word.strip_prefix('/')
        .and_then(|word| word.split_once('@'))
        .is_some_and(|(_, bot)| !bot.eq_ignore_ascii_case(username))
}

/// Minutes that `/mute` means by itself.
const MUTE_MINUTES: i64 = 60;
/// A week.
const MUTE_MAX_MINUTES: i64 = 7 * 24 * 60;

/// Does it. `session`: the visitor it is about.
pub fn run(incoming: &Incoming<'_>, message: &Message, command: &Command<'_>, session: Option<i64>) -> Result<()> {
    match (command.name.as_str(), session) {
        ("close", Some(session)) => close(incoming, message, session),
        ("block", Some(session)) => block(incoming, message, session),
        ("call", Some(session)) => call(incoming, message, session),
        ("close" | "block" | "call", None) => incoming.refuse(message, words::WHOSE),
        ("mute", session) => mute(incoming, message, command.rest, session),
        ("status", _) => status(incoming, message),
        // Unknown ones, too: a mistyped command is never an answer to a visitor.
        _ => incoming.refuse(message, words::HELP),
    }
}

fn name_of(incoming: &Incoming<'_>, session: i64) -> Result<Option<outbox::About>> {
    incoming.desk.ask(move |connection| outbox::about(connection, session))
}

/// Changes the visitor's thread and says so.
fn change(incoming: &Incoming<'_>, message: &Message, session: i64, wanted: Change, words: Words) -> Result<()> {
    let desk = incoming.desk;
    let (bot_id, update_id) = (desk.bot_id, incoming.update_id);
    let (from, set_up_by) = (
        message.from.as_ref().map_or(0, |from| from.id),
        desk.pocket().setup().agent_id,
    );
    let changed = desk.runtime.block_on(desk.signaling.change_thread(
        move |_| Ok(session),
        wanted,
        move |connection| {
            take(connection, bot_id, update_id)?;
            let answering = telegram::answering(connection, from, set_up_by)?;
            Ok(answering.map(|(id, _)| id))
        },
    ));
    match changed {
        Ok(Some(thread)) => {
            let language = desk.pocket().language();
            incoming.say(message, &compose::about_visitor(words, language, &thread.name, &[]));
            Ok(())
        }
        Ok(None) | Err(StorageError::Missing) => incoming.refuse(message, words::GONE),
        Err(error) => Err(error),
    }
}

fn close(incoming: &Incoming<'_>, message: &Message, session: i64) -> Result<()> {
    let links = incoming.desk.signaling.app.links;
    let thread = incoming
        .desk
        .ask(move |connection| sessions::by_id(connection, links, session))?;
    let words = match thread.status {
        Status::Open => words::CLOSED,
        Status::Closed => words::CLOSED_ALREADY,
    };
    let wanted = Change {
        status: Some(Status::Closed),
        ..Change::default()
    };
    change(incoming, message, session, wanted, words)
}

fn block(incoming: &Incoming<'_>, message: &Message, session: i64) -> Result<()> {
    let blocked = name_of(incoming, session)?.is_some_and(|about| about.blocked);
    let wanted = Change {
        blocked: Some(!blocked),
        ..Change::default()
    };
    let words = if blocked { words::UNBLOCKED } else { words::BLOCKED };
    change(incoming, message, session, wanted, words)
}

fn call(incoming: &Incoming<'_>, message: &Message, session: i64) -> Result<()> {
    let desk = incoming.desk;
    let (bot_id, update_id, now) = (desk.bot_id, incoming.update_id, now_ms());
    let (from, set_up_by) = (
        message.from.as_ref().map_or(0, |from| from.id),
        desk.pocket().setup().agent_id,
    );
    let token = Token::new();
    let hash = token.hash();
    let about = desk.write(move |connection| {
        take(connection, bot_id, update_id)?;
        let Some((agent_id, _)) = telegram::answering(connection, from, set_up_by)? else {
            return Ok(None);
        };
        let about = outbox::about(connection, session)?;
        if about.is_some() {
            answer_links::create(connection, &hash, agent_id, session, None, now)?;
        }
        Ok(about)
    })?;
    let Some(about) = about else {
        incoming.answer(message, words::GONE);
        return Ok(());
    };
    let language = desk.pocket().language();
    let mut text = compose::about_visitor(words::CALL_READY, language, &about.name, &[]);
    let url = desk.answer_url(&token);
    if is_public(&url) {
        let button = json!({"text": words::CALL_NOW.of(language), "url": url});
        incoming.say_with(message, &text, Some(button));
    } else {
        text.text.push('\n');
        text.text.push_str(&url);
        incoming.say(message, &text);
    }
    Ok(())
}

fn mute(incoming: &Incoming<'_>, message: &Message, rest: &str, session: Option<i64>) -> Result<()> {
    let minutes = match rest {
        "" => Some(MUTE_MINUTES),
        "off" | "0" => Some(0),
        number => number
            .parse()
            .ok()
            .filter(|minutes| (1..=MUTE_MAX_MINUTES).contains(minutes)),
    };
    let Some(minutes) = minutes else {
        return incoming.refuse(message, words::MUTE_HOW);
    };
    let until = (minutes > 0).then(|| now_ms() + minutes * 60_000);
    let (bot_id, update_id, chat_id) = (incoming.desk.bot_id, incoming.update_id, message.chat.id);
    match session {
        Some(session) => incoming.desk.write(move |connection| {
            take(connection, bot_id, update_id)?;
            telegram::mute(connection, session, chat_id, until)
        })?,
        None => incoming.desk.set_up(
            move |connection| take(connection, bot_id, update_id),
            move |setup| setup.muted_until = until,
        )?,
    }
    let language = incoming.desk.pocket().language();
    let text = match until {
        Some(_) => words::MUTED.fill(language, &[&minutes.to_string()]),
        None => words::UNMUTED.of(language).to_owned(),
    };
    incoming.say(message, &Text::plain(text));
    Ok(())
}

fn status(incoming: &Incoming<'_>, message: &Message) -> Result<()> {
    incoming.taken()?;
    let desk = incoming.desk;
    let (open, waiting, queue) = desk.ask(|connection| {
        Ok((
            sessions::counts(connection, 0)?.open,
            sessions::waiting(connection)?,
            outbox::report(connection)?.waiting,
        ))
    })?;
    let rooms = &desk.signaling.rooms;
    let (_, visitors) = rooms.names(0);
    let language = desk.pocket().language();
    let numbers = [
        open.to_string(),
        waiting.to_string(),
        rooms.agents_online().to_string(),
        visitors.to_string(),
        queue.to_string(),
    ];
    let mut text = words::STATUS.fill(language, &numbers.each_ref().map(String::as_str));
    let examined = desk.runtime.block_on(health::examine(&desk.signaling));
    let failing: Vec<_> = examined
        .all()
        .filter(|(_, state)| *state == health::State::Fails)
        .map(|(check, _)| words::CHECK_FAILS.fill(language, &[check.title.of(language), check.fix.of(language)]))
        .collect();
    text.push('\n');
    if failing.is_empty() {
        text.push_str(words::ALL_WELL.of(language));
    } else {
        text.push_str(&failing.join("\n"));
    }
    incoming.say(message, &Text::plain(text));
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_ours_or_nobodys() {
        let of = |text| parse(text, "shop_bot").map(|command| (command.name, command.rest));
        assert_eq!(of("/close").unwrap(), ("close".to_owned(), ""));
        assert_eq!(of("/Mute@Shop_Bot  30 ").unwrap(), ("mute".to_owned(), "30"));
        assert_eq!(of("/start\nabc").unwrap(), ("start".to_owned(), "abc"));
        for none in ["/close@other_bot", "close", "/", "/ close", "/a/b", "1/2"] {
            assert!(of(none).is_none(), "{none}");
        }
        assert!(is_for_another_bot("/close@other_bot now", "shop_bot"));
        assert!(!is_for_another_bot("/close@shop_bot", "shop_bot") && !is_for_another_bot("a@b", "shop_bot"));
    }
}
