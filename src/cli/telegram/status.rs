//! `konusma telegram status`: asks Telegram and the database.

use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::House;
use crate::bot::desk::who_am_i;
use crate::bot::incoming::chat_of;
use crate::cli::say;
use crate::config::Config;
use crate::error::StartError;
use crate::http::admin::telegram::{FaultWords, Pinned, Queue, State};
use crate::storage::outbox::{self, Failed};
use crate::storage::telegram::{self, Bot, Candidate, Chat, Language, Test};
use crate::telegram::api::{Api, Fault, types};
use crate::telegram::pocket::Pocket;
use crate::telegram::trouble::{self, Trouble};

const PATIENCE: Duration = Duration::from_secs(10);

/// How it is, in the words of `/api/admin/telegram`.
#[derive(Serialize)]
struct Status {
    state: State,
    pinned: Pinned,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<Bot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat: Option<Chat>,
    candidates: Vec<Candidate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultWords>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<Test>,
    queue: Queue,
    failed: Vec<Failed>,
    /// A server serves this data at the moment.
    running: bool,
}

/// Prints it; the exit code says whether agents are told.
///
/// # Errors
/// One sentence about what is missing or wrong with the data.
pub(super) fn run(config: &Config, json: bool) -> Result<ExitCode, StartError> {
    let status = look(config)?;
    if json {
        let json = serde_json::to_string_pretty(&status).map_err(|error| StartError::Other(error.to_string()))?;
        say(&json);
    } else {
        for line in status.lines() {
            say(&line);
        }
    }
    Ok(match status.state {
        State::Ready => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn look(config: &Config) -> Result<Status, StartError> {
    let mut house = House::open(config)?;
    // Asking Telegram may take a while; a server may start meanwhile.
    let running = house.alone.take().is_none();
    let (setup, report) = house.ask(|connection| Ok((telegram::load(connection)?, outbox::report(connection)?)))?;
    let pocket = Pocket::new(config, &house.key, setup);
    let (token_pinned, chat_pinned) = pocket.pinned();
    let setup = pocket.setup();
    let mut status = Status {
        state: State::Off,
        pinned: Pinned {
            token: token_pinned,
            chat: chat_pinned,
        },
        bot: None,
        chat: None,
        candidates: setup.candidates.clone(),
        fault: None,
        test: setup.test.clone(),
        queue: Queue {
            waiting: report.waiting,
            oldest_at: report.oldest_at,
        },
        failed: report.failed,
        running,
    };
    let Some(token) = pocket.token() else {
        return Ok(status);
    };
    let api = Api::new(&pocket.api, token, house.runtime.handle().clone());
    status.chat = pocket.chat();
    match who_am_i(&api) {
        Ok(me) => {
            status.bot = Some(Bot {
                name: me.first_name,
                username: me.username,
            });
        }
        Err(fault) => {
            status.fail(&fault);
            return Ok(status);
        }
    }
    let Some(chat) = &status.chat else {
        status.state = State::Waiting;
        return Ok(status);
    };
    match api.call::<types::Chat>("getChat", &json!({"chat_id": chat.id}), PATIENCE) {
        Ok(found) => {
            status.chat = Some(chat_of(&found));
            status.state = State::Ready;
        }
        Err(fault) => status.fail(&fault),
    }
    Ok(status)
}

impl Status {
    fn fail(&mut self, fault: &Fault) {
        let trouble = match trouble::of(fault) {
            // Of a person it means that the bot was never started.
            Some(Trouble::Chat) if self.chat.as_ref().is_some_and(|chat| chat.id > 0) => Trouble::NotStarted,
            Some(trouble) => trouble,
            None => Trouble::Server,
        };
        let (title, fix) = trouble.words(Language::En);
        self.state = State::Fault;
        self.fault = Some(FaultWords {
            code: trouble.code(),
            title,
            fix,
        });
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(bot) = &self.bot {
            lines.push(format!("bot:     {} (@{})", bot.name, bot.username));
        }
        if let Some(chat) = &self.chat {
            lines.push(format!("chat:    {}", chat.title));
        }
        lines.push(match (self.state, &self.fault) {
            (_, Some(fault)) => format!("state:   {} {}", fault.title, fault.fix),
            (State::Ready, _) if !self.running => "state:   ready, but no server runs".to_owned(),
            (State::Ready, _) => "state:   ready".to_owned(),
            (State::Waiting, _) => {
                "state:   no chat yet; konusma telegram setup shows the link to press Start with".to_owned()
            }
            _ => "state:   off; connect a bot with: konusma telegram setup".to_owned(),
        });
        match &self.test {
            Some(Test { by: Some(by), .. }) => lines.push(format!("test:    {by} got it")),
            Some(_) => lines.push("test:    nobody has pressed its button".to_owned()),
            None => {}
        }
        lines.push(format!("waiting: {}", self.queue.waiting));
        lines.push(format!("failed:  {}", self.failed.len()));
        lines
    }
}
