//! Setting up the owner's Telegram, and how it is.

use std::sync::Arc;

use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::extract::PathParam;
use salvo::oapi::{ToSchema, endpoint};
use serde::{Deserialize, Serialize};

use crate::auth::token::Token;
use crate::bot::ask;
use crate::clock::now_ms;
use crate::http::body::{ApiResult, Body, Done, Json};
use crate::http::problem::ApiError;
use crate::http::signed_in::{SignedIn, Trusted};
use crate::signaling::Signaling;
use crate::storage::StorageError;
use crate::storage::agents::Role;
use crate::storage::outbox::{self, Failed};
use crate::storage::telegram::{self, Bot, Candidate, Chat, Choices, Purpose, Setup, Test};
use crate::telegram::api::{BotToken, Fault};
use crate::telegram::quiet;
use crate::telegram::trouble;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There is no token.
    Off,
    /// Telegram has not answered yet.
    Connecting,
    /// No chat is chosen.
    Waiting,
    /// Agents are told.
    Ready,
    /// Something is wrong.
    Fault,
}

/// What the configuration says, and nobody changes here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pinned {
    /// `TELEGRAM_BOT_TOKEN`.
    pub token: bool,
    /// `TELEGRAM_ADMIN_CHAT_ID`.
    pub chat: bool,
}

/// What is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultWords {
    /// Stable.
    pub code: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// What waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct Queue {
    /// How many notices.
    pub waiting: i64,
    /// Since when the oldest does, ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_at: Option<i64>,
}

/// The owner's Telegram.
#[derive(Debug, Serialize, ToSchema)]
pub struct Telegram {
    /// How it is.
    pub state: State,
    /// What the configuration says.
    pub pinned: Pinned,
    /// The bot, once Telegram has told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<Bot>,
    /// Makes the owner's own chat with the bot the one where agents are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_url: Option<String>,
    /// The same for a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_url: Option<String>,
    /// Chats to choose from.
    pub candidates: Vec<Candidate>,
    /// Where agents are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<Chat>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultWords>,
    /// The last test message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<Test>,
    /// What waits.
    pub queue: Queue,
    /// The last notice that went, ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<i64>,
    /// Notices that were given up, the newest first.
    pub failed: Vec<Failed>,
    /// What the owner chooses.
    pub settings: Choices,
    /// This agent's account is linked: sign-in codes go there.
    pub linked: bool,
}

async fn look(agent: &SignedIn) -> ApiResult<Json<Telegram>> {
    let server = &agent.server;
    let agent_id = agent.agent.id;
    let (report, linked) = server
        .app
        .readers
        .ask(move |connection| {
            let linked = telegram::of_agent(connection, agent_id)?.is_some();
            Ok((outbox::report(connection)?, linked))
        })
        .await?;
    let pocket = &server.app.pocket;
    let (setup, live) = (pocket.setup(), pocket.live().clone());
    let (has_token, chat) = (pocket.token().is_some(), pocket.chat());
    let trouble = live.trouble().filter(|_| has_token);
    let state = match (has_token, trouble, &live.bot, &chat) {
        (false, ..) => State::Off,
        (_, Some(trouble), ..) if *trouble != trouble::Trouble::Topics => State::Fault,
        (_, _, None, _) => State::Connecting,
        (_, _, _, None) => State::Waiting,
        _ => State::Ready,
    };
    let language = setup.choices.language;
    let fault = trouble.map(|trouble| {
        let (title, fix) = trouble.words(language);
        FaultWords {
            code: trouble.code(),
            title,
            fix,
        }
    });
    let is_owner = agent.agent.role == Role::Owner;
    let code = match &live.bot {
        Some(bot) if is_owner => Some((bot.username.clone(), code(server, agent_id, Purpose::Setup).await?)),
        _ => None,
    };
    let url = |way| {
        code.as_ref()
            .map(|(username, code): &(String, Token)| format!("https://t.me/{username}?{way}={}", code.text()))
    };
    let (token_pinned, chat_pinned) = pocket.pinned();
    Ok(Json(Telegram {
        state,
        pinned: Pinned {
            token: token_pinned && pocket.is_allowed(),
            chat: chat_pinned,
        },
        start_url: url("start"),
        group_url: url("startgroup"),
        bot: live.bot.filter(|_| has_token),
        candidates: setup.candidates.clone(),
        chat: chat.filter(|_| has_token),
        fault,
        test: setup.test.clone(),
        queue: Queue {
            waiting: report.waiting,
            oldest_at: report.oldest_at,
        },
        delivered_at: live.delivered_at,
        failed: report.failed,
        settings: setup.choices.clone(),
        linked,
    }))
}

/// The code of a link to the bot: the same until it is nearly over.
async fn code(server: &Arc<Signaling>, agent_id: i64, purpose: Purpose) -> Result<Token, StorageError> {
    let now = now_ms();
    if let Some(code) = server.app.pocket.code(agent_id, purpose, now) {
        return Ok(code);
    }
    let code = Token::new();
    let hash = code.hash();
    server
        .app
        .writer
        .call(move |connection| telegram::new_code(connection, &hash, purpose, agent_id, now))
        .await?;
    server.app.pocket.remember_code(agent_id, purpose, code.clone(), now);
    Ok(code)
}

/// Changes how it is set up.
async fn change(server: &Arc<Signaling>, how: impl FnOnce(&mut Setup) + Send + 'static) -> Result<(), StorageError> {
    let setup = server
        .app
        .writer
        .call(move |connection| telegram::change(connection, now_ms(), how))
        .await?;
    server.app.pocket.replace(setup);
    Ok(())
}

fn owner(agent: Trusted) -> ApiResult<SignedIn> {
    agent.0.must_be_owner()?;
    Ok(agent.0)
}

fn pinned() -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "pinned",
        "This is set by the configuration (TELEGRAM_BOT_TOKEN, TELEGRAM_ADMIN_CHAT_ID), and can only be changed there.",
    )
}

fn refused(fault: &Fault) -> ApiError {
    match fault {
        Fault::Token => ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "telegram_token",
            "Telegram does not know this token; copy it from @BotFather again.",
        ),
        Fault::Refused { description, .. } => ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "telegram_refused",
            format!("Telegram refused: {description}."),
        ),
        other => ApiError::new(
            StatusCode::BAD_GATEWAY,
            "telegram_network",
            format!("Telegram cannot be asked at the moment: {other}."),
        ),
    }
}

/// How it is.
#[endpoint(tags("telegram"), operation_id = "get_telegram")]
pub async fn get(agent: SignedIn) -> ApiResult<Json<Telegram>> {
    look(&agent).await
}

/// A bot's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// From @BotFather.
    pub token: String,
}

/// Takes a bot's token, after Telegram has said whose it is; the owner only.
#[endpoint(tags("telegram"), operation_id = "put_telegram_token")]
pub async fn put_token(agent: Trusted, body: Body<NewToken>) -> ApiResult<Json<Telegram>> {
    let agent = owner(agent)?;
    let pocket = &agent.server.app.pocket;
    if pocket.pinned().0 || !pocket.is_allowed() {
        return Err(pinned());
    }
    let token = BotToken::parse(&body.0.token).ok_or_else(|| refused(&Fault::Token))?;
    let me = ask::whose(&agent.server, token.clone())
        .await
        .map_err(|fault| refused(&fault))?;
    let is_same_bot = pocket.token().is_some_and(|known| known.bot_id() == token.bot_id());
    let (sealed, agent_id) = (pocket.seal(&token), agent.agent.id);
    let setup = agent
        .server
        .app
        .writer
        .call(move |connection| {
            let now = now_ms();
            if !is_same_bot {
                telegram::forget(connection, now)?;
            }
            telegram::change(connection, now, |setup| {
                setup.sealed_token = Some(sealed);
                setup.agent_id = setup.agent_id.or(Some(agent_id));
            })
        })
        .await?;
    pocket.replace(setup);
    tracing::info!(bot = %me.username, "a telegram bot was connected");
    pocket.live().bot = Some(Bot {
        name: me.first_name,
        username: me.username,
    });
    look(&agent).await
}

/// Forgets the bot and where its threads are; the owner only.
#[endpoint(tags("telegram"), operation_id = "delete_telegram")]
pub async fn forget(agent: Trusted) -> ApiResult<Json<Telegram>> {
    let agent = owner(agent)?;
    let pocket = &agent.server.app.pocket;
    if pocket.pinned().0 {
        return Err(pinned());
    }
    let setup = agent
        .server
        .app
        .writer
        .call(|connection| telegram::forget(connection, now_ms()))
        .await?;
    pocket.replace(setup);
    pocket.forget_codes();
    look(&agent).await
}

/// One of the chats to choose from.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenChat {
    /// Telegram's id.
    pub id: i64,
}

/// Chooses a chat that has turned up; the owner only.
#[endpoint(tags("telegram"), operation_id = "put_telegram_chat")]
pub async fn put_chat(agent: Trusted, body: Body<ChosenChat>) -> ApiResult<Json<Telegram>> {
    let agent = owner(agent)?;
    let (pocket, agent_id) = (&agent.server.app.pocket, agent.agent.id);
    if pocket.pinned().1 {
        return Err(pinned());
    }
    let setup = pocket.setup();
    let chosen = setup.candidates.iter().find(|candidate| candidate.chat.id == body.0.id);
    let chosen = chosen.cloned().ok_or_else(ApiError::not_found)?;
    change(&agent.server, move |setup| {
        setup.chat = Some(chosen.chat);
        setup.agent_id = Some(agent_id);
        setup.candidates.clear();
        setup.test = None;
    })
    .await?;
    pocket.live().sending = None;
    look(&agent).await
}

/// Chooses anew; the owner only.
#[endpoint(tags("telegram"), operation_id = "delete_telegram_chat")]
pub async fn delete_chat(agent: Trusted) -> ApiResult<Json<Telegram>> {
    let agent = owner(agent)?;
    if agent.server.app.pocket.pinned().1 {
        return Err(pinned());
    }
    change(&agent.server, |setup| {
        setup.chat = None;
        setup.test = None;
    })
    .await?;
    look(&agent).await
}

/// When agents are told, and in which language; the owner only.
#[endpoint(tags("telegram"), operation_id = "put_telegram_settings")]
pub async fn put_settings(agent: Trusted, body: Body<Choices>) -> ApiResult<Json<Telegram>> {
    let agent = owner(agent)?;
    let choices = body.0;
    if !choices.quiet.as_ref().is_none_or(quiet::is_right) {
        return Err(ApiError::field(
            "quiet",
            "Quiet hours need a time zone and two different times as HH:MM.",
        ));
    }
    change(&agent.server, move |setup| setup.choices = choices).await?;
    look(&agent).await
}

/// Sends a test message with a button; the owner only.
#[endpoint(tags("telegram"), operation_id = "test_telegram")]
pub async fn test(agent: Trusted) -> ApiResult<Json<Telegram>> {
    let agent = owner(agent)?;
    let sent_at = now_ms();
    // Before it is sent: its button may be pressed before Telegram's answer is here.
    let before = agent.server.app.pocket.setup().test.clone();
    let begun = Test {
        sent_at,
        confirmed_at: None,
        by: None,
    };
    change(&agent.server, move |setup| setup.test = Some(begun)).await?;
    let sent = ask::test(&agent.server).await;
    if !matches!(sent, Some(Ok(()))) {
        change(&agent.server, move |setup| setup.test = before).await?;
    }
    match sent {
        Some(Ok(())) => look(&agent).await,
        Some(Err(fault)) => Err(refused(&fault)),
        None => Err(ApiError::new(
            StatusCode::CONFLICT,
            "telegram_chat",
            "There is no chat yet: open the bot in Telegram and press Start.",
        )),
    }
}

/// Which notice; none: all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Row id.
    pub id: Option<i64>,
}

/// Tries again what was given up; the owner only.
#[endpoint(tags("telegram"), operation_id = "retry_telegram_notices")]
pub async fn retry(agent: Trusted, body: Body<Which>) -> ApiResult<Json<Telegram>> {
    let agent = owner(agent)?;
    let id = body.0.id;
    let retried = agent
        .server
        .app
        .writer
        .call(move |connection| outbox::retry(connection, id, now_ms()))
        .await?;
    if id.is_some() && retried == 0 {
        return Err(ApiError::not_found());
    }
    agent.server.app.pocket.wake();
    look(&agent).await
}

/// Forgets a notice that was given up; the owner only.
#[endpoint(tags("telegram"), operation_id = "delete_telegram_notice")]
pub async fn forget_failed(agent: Trusted, id: PathParam<i64>) -> ApiResult<Json<Telegram>> {
    let agent = owner(agent)?;
    let id = id.into_inner();
    let forgotten = agent
        .server
        .app
        .writer
        .call(move |connection| outbox::forget_failed(connection, id))
        .await?;
    if !forgotten {
        return Err(ApiError::not_found());
    }
    look(&agent).await
}

/// A link to the bot.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    /// Opens Telegram.
    pub url: String,
}

/// A link that makes the caller's account in Telegram known: sign-in codes go there.
#[endpoint(tags("telegram"), operation_id = "link_telegram")]
pub async fn link(agent: Trusted) -> ApiResult<Json<Link>> {
    let agent = agent.0;
    agent.must_have_signed_in()?;
    let username = agent
        .server
        .app
        .pocket
        .live()
        .bot
        .as_ref()
        .map(|bot| bot.username.clone());
    let username = username.ok_or_else(|| {
        ApiError::new(
            StatusCode::CONFLICT,
            "telegram_chat",
            "There is no Telegram bot yet; the owner can connect one.",
        )
    })?;
    let code = code(&agent.server, agent.agent.id, Purpose::Link).await?;
    Ok(Json(Link {
        url: format!("https://t.me/{username}?start={}", code.text()),
    }))
}

/// Forgets the caller's account in Telegram: codes come from the authenticator again.
#[endpoint(tags("telegram"), operation_id = "unlink_telegram")]
pub async fn unlink(agent: Trusted) -> ApiResult<Done> {
    let (agent, id) = (&agent.0, agent.0.agent.id);
    agent.must_have_signed_in()?;
    agent
        .server
        .app
        .writer
        .call(move |connection| telegram::link_agent(connection, id, None))
        .await?;
    Ok(Done)
}
