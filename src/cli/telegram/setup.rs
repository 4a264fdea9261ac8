//! `konusma telegram setup`: from a token to a test message that somebody has seen.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;

use super::{House, failed};
use crate::app::App;
use crate::auth::token::Token;
use crate::bot;
use crate::bot::desk::{Me, who_am_i};
use crate::bot::incoming::GOT_IT;
use crate::bot::send::{self, Destination};
use crate::cli::{complain, say};
use crate::clock::now_ms;
use crate::config::Config;
use crate::error::StartError;
use crate::signaling::Signaling;
use crate::storage::agents::{self, Role};
use crate::storage::telegram::{self, Chat, ChatKind, Language, Purpose, Setup, Test};
use crate::storage::writer::Running;
use crate::telegram::api::{Api, BotToken};
use crate::telegram::compose::Text;
use crate::telegram::pocket::Pocket;
use crate::telegram::words;

/// How long somebody may look for the phone.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// How often the database is looked at.
const LOOK: Duration = Duration::from_millis(300);

/// Asks, waits and tells.
///
/// # Errors
/// One sentence about what is missing or wrong.
pub(super) fn run(config: Config) -> Result<(), StartError> {
    let mut house = House::open(&config)?;
    let owner = owner(&house)?;
    let pocket = Pocket::new(&config, &house.key, house.ask(telegram::load)?);
    let stored = pocket.setup().sealed_token.is_some();
    let token = match &config.telegram.token {
        Some(token) => token.clone(),
        None => typed(pocket.token())?,
    };
    let api = Api::new(&config.telegram.api, token.clone(), house.runtime.handle().clone());
    let me = who_am_i(&api).map_err(|fault| failed(&fault))?;
    say(&format!("the bot is {} (@{})", me.first_name, me.username));

    // A bot that the configuration named until now is not known here; its chat and threads may well be this one's.
    let known = Pocket::new(&config, &house.key, (*pocket.setup()).clone());
    let is_another = stored && known.token().is_none_or(|known| known.bot_id() != token.bot_id());
    keep(&mut house, &pocket.seal(&token), is_another, owner)?;

    let engine = match house.alone {
        Some(_) => Some(Engine::start(config.clone(), &house)?),
        None => None,
    };
    let told = tell(&mut house, &config, engine.as_ref(), &api, &me, owner);
    if let Some(engine) = engine {
        engine.stop(&house);
    }
    told
}

fn tell(
    house: &mut House,
    config: &Config,
    engine: Option<&Engine>,
    api: &Api,
    me: &Me,
    owner: i64,
) -> Result<(), StartError> {
    let chat = match Pocket::new(config, &house.key, house.ask(telegram::load)?).chat() {
        Some(chat) => chat,
        None => wait_for_start(house, engine, me, owner)?,
    };
    say(&format!("agents are told in: {}", described(&chat)));
    let sent_at = try_it(house, api, &chat)?;
    say("a test message was sent; press its button, “I got it” (“Aldım”)");
    let confirmed = house.wait(engine, |setup| {
        let test = setup.test.as_ref().filter(|test| test.sent_at == sent_at)?;
        test.confirmed_at.map(|_| test.by.clone().unwrap_or_default())
    })?;
    match confirmed {
        Some(by) => {
            say(&format!("{by} got it: Telegram is ready"));
            Ok(())
        }
        None => Err(StartError::Other(
            "nobody has pressed the button; agents are told in that chat nevertheless, and konusma telegram setup tries it again"
                .to_owned(),
        )),
    }
}

/// In whose name the set-up is made, and answers of people whom nobody knows are given.
fn owner(house: &House) -> Result<i64, StartError> {
    let everybody = house.ask(agents::all)?;
    let mut owners = everybody
        .iter()
        .filter(|agent| agent.role == Role::Owner && agent.disabled_at.is_none() && agent.password_hash.is_some());
    owners.next().map(|owner| owner.id).ok_or_else(|| {
        StartError::Other(
            "there is no owner yet who could be told; open the link that konusma serve prints at its first start"
                .to_owned(),
        )
    })
}

/// From the terminal, unseen; else one line of stdin, for scripts. Nothing keeps the one that is there.
fn typed(known: Option<BotToken>) -> Result<BotToken, StartError> {
    let failed = |source| StartError::io("read the token from", "stdin", source);
    let text = if io::stdin().is_terminal() {
        let keep = if known.is_some() {
            " (Enter keeps the one that is there)"
        } else {
            ""
        };
        rpassword::prompt_password(format!("Token of the bot, from @BotFather{keep}: ")).map_err(failed)?
    } else {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map_err(failed)?;
        line
    };
    match (text.trim(), known) {
        ("", Some(known)) => Ok(known),
        (text, _) => BotToken::parse(text).ok_or_else(|| {
            StartError::Other(
                "that is no bot's token; @BotFather gives one that looks like 123456789:AA…, when asked with /newbot"
                    .to_owned(),
            )
        }),
    }
}

fn keep(house: &mut House, sealed: &str, is_another: bool, owner: i64) -> Result<(), StartError> {
    house.change(|connection| {
        let now = now_ms();
        if is_another {
            telegram::forget(connection, now)?;
        }
        telegram::change(connection, now, |setup| {
            setup.sealed_token = Some(sealed.to_owned());
            setup.agent_id = setup.agent_id.or(Some(owner));
        })
        .map(drop)
    })
}

fn wait_for_start(house: &mut House, engine: Option<&Engine>, me: &Me, owner: i64) -> Result<Chat, StartError> {
    let code = Token::new();
    let hash = code.hash();
    house.change(|connection| telegram::new_code(connection, &hash, Purpose::Setup, owner, now_ms()))?;
    let link = |way: &str| format!("https://t.me/{}?{way}={}", me.username, code.text());
    say("open one of these in Telegram and press Start (once, within 24 hours):");
    say(&format!("  for yourself: {}", link("start")));
    say(&format!("  for a group:  {}", link("startgroup")));
    let mut seen = Vec::new();
    let chat = house.wait(engine, |setup| {
        for candidate in &setup.candidates {
            if !seen.contains(&candidate.chat.id) {
                seen.push(candidate.chat.id);
                say(&format!(
                    "{} has turned up without a link; if that is you, open the link, or choose it in /admin → Settings → Telegram",
                    described(&candidate.chat)
                ));
            }
        }
        setup.chat.clone()
    })?;
    chat.ok_or_else(|| {
        StartError::Other(
            "nobody has pressed Start; the links stay good for 24 hours while the server runs: konusma telegram status \
             says how it is"
                .to_owned(),
        )
    })
}

/// Sends the test message, and answers when, ms UTC.
fn try_it(house: &mut House, api: &Api, chat: &Chat) -> Result<i64, StartError> {
    let sent_at = now_ms();
    // Before it is sent: its button may be pressed before Telegram's answer is here.
    let (before, language) = house.change(|connection| {
        let before = telegram::load(connection)?;
        let test = Test {
            sent_at,
            confirmed_at: None,
            by: None,
        };
        telegram::change(connection, sent_at, |setup| setup.test = Some(test))?;
        Ok((before.test, before.choices.language))
    })?;
    let to = Destination {
        button: Some(json!({"text": words::GOT_IT.of(language), "callback_data": GOT_IT})),
        ..Destination::chat(chat.id)
    };
    match send::text(api, &to, &Text::plain(words::TEST.of(language))) {
        Ok(_) => Ok(sent_at),
        Err(fault) => {
            house.change(|connection| telegram::change(connection, now_ms(), |setup| setup.test = before))?;
            Err(failed(&fault))
        }
    }
}

fn described(chat: &Chat) -> String {
    let kind = match chat.kind {
        ChatKind::Private => "private chat",
        ChatKind::Group => "group",
        ChatKind::Forum => "group with topics",
    };
    format!("{} ({kind})", chat.title)
}

impl House {
    /// Waits until something is found in how Telegram is set up, which the bot writes; nothing when patience ends.
    fn wait<T>(
        &self,
        engine: Option<&Engine>,
        mut found: impl FnMut(&Setup) -> Option<T>,
    ) -> Result<Option<T>, StartError> {
        let until = Instant::now() + PATIENCE;
        let mut said = None;
        loop {
            if let Some(found) = found(&self.ask(telegram::load)?) {
                return Ok(Some(found));
            }
            let trouble = engine.and_then(|engine| engine.app.pocket.live().trouble().copied());
            if let Some(trouble) = trouble.filter(|trouble| said != Some(*trouble)) {
                let (title, fix) = trouble.words(Language::En);
                complain(&format!("{title} {fix}"));
            }
            said = trouble.or(said);
            if Instant::now() >= until {
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
    }
}

/// The bot, without a server around it.
struct Engine {
    app: Arc<App>,
    signaling: Arc<Signaling>,
    writing: Running,
    serving: JoinHandle<()>,
}

impl Engine {
    fn start(config: Config, house: &House) -> Result<Engine, StartError> {
        let _inside = house.runtime.enter();
        let url = config.base_url(config.port);
        let (app, writing) = App::start(config, &house.data, &house.key)?;
        let signaling = Signaling::new(app.clone());
        app.pocket.set_base_url(&url);
        let serving = house.runtime.spawn(bot::serve(signaling.clone()));
        Ok(Engine {
            app,
            signaling,
            writing,
            serving,
        })
    }

    /// Ends it, with everything on disk.
    fn stop(self, house: &House) {
        self.serving.abort();
        self.app.pocket.close();
        house.runtime.block_on(async {
            self.signaling.stop().await;
            self.app.writer.stop().await;
            self.writing.ended().await
        });
    }
}
