//! Signing in: a password, then a one-time code.

use salvo::Writer;
use salvo::http::header::{HeaderValue, SET_COOKIE};
use salvo::oapi::{Components, EndpointOutRegister, Operation, ToSchema, endpoint};
use salvo::{Response, Scribe};
use serde::{Deserialize, Serialize};

use super::code;
use crate::auth::token::{self, Token};
use crate::auth::{recovery, totp};
use crate::clock::now_ms;
use crate::http::body::{ApiResult, Body, Done, Json};
use crate::http::problem::ApiError;
use crate::http::signed_in::{Caller, Server, Trusted, set_cookie};
use crate::limits::{Key, Limit};
use crate::storage::{agents, logins};
use salvo::http::StatusCode;

/// The first step.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Letter case does not matter.
    pub username: String,
    /// As it was set.
    pub password: String,
}

/// Where the one-time code comes from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A message of the bot's.
    Telegram,
    /// An authenticator app.
    Totp,
    /// The demo: everybody knows it.
    Demo,
}

/// What the second step needs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Challenge {
    /// Goes back with the code; good for ten minutes and five tries.
    pub challenge: String,
    /// Where the code comes from.
    pub channel: Channel,
}

/// No user name or password of ours is longer; hashing more would be work for nothing.
const CREDENTIAL_MAX_BYTES: usize = 1000;

/// The one-time code of the demo.
const DEMO_CODE: &str = "demo";

fn wrong_credentials() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "credentials",
        "The user name or the password is not right.",
    )
}

/// Checks the password and asks for the code.
#[endpoint(tags("sign-in"))]
pub async fn login(server: Server, caller: Caller, body: Body<Credentials>) -> ApiResult<Json<Challenge>> {
    let app = &server.0.app;
    let Credentials { username, password } = body.0;
    let username = username.trim().to_lowercase();
    let limited = app
        .limits
        .check(Limit::Password, Key::address(caller.client.address))
        .and_then(|()| app.limits.check(Limit::PasswordOfUser, app.limits.user(&username)));
    limited.map_err(ApiError::rate_limited)?;
    if username.len() > CREDENTIAL_MAX_BYTES || password.len() > CREDENTIAL_MAX_BYTES {
        return Err(wrong_credentials());
    }
    let agent = app
        .readers
        .ask(move |connection| agents::by_username(connection, &username))
        .await?;
    let agent = agent.filter(|agent| agent.disabled_at.is_none());
    // Somebody who is not there takes as long as a wrong password.
    let password_hash = agent.as_ref().and_then(|agent| agent.password_hash.clone());
    let right = app.passwords.verify(password_hash, password).await?;
    let Some(agent) = agent.filter(|_| right) else {
        tracing::warn!(address = %caller.client.address, "a sign-in failed: wrong user name or password");
        return Err(wrong_credentials());
    };
    let challenge = Token::new();
    let token_hash = challenge.hash();
    app.writer
        .call(move |connection| logins::challenge(connection, &token_hash, agent.id, now_ms()))
        .await?;
    let may_send = app.limits.check(Limit::SendCode, Key::Agent(agent.id)).is_ok();
    // The wait before it is sent again begins now.
    let _ = app.limits.check(Limit::ResendCode, Key::Agent(agent.id));
    let channel = if app.config.demo {
        Channel::Demo
    } else if may_send && code::send(&server.0, agent.id, &challenge).await? {
        Channel::Telegram
    } else {
        Channel::Totp
    };
    Ok(Json(Challenge {
        challenge: challenge.text().to_owned(),
        channel,
    }))
}

/// A sign-in whose code did not come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// From the first step.
    pub challenge: String,
}

/// Where the code comes from now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentAgain {
    /// The authenticator, when Telegram cannot be reached.
    pub channel: Channel,
}

/// Sends a new code by Telegram; the one before is good no more.
#[endpoint(tags("sign-in"))]
pub async fn resend(server: Server, caller: Caller, body: Body<Again>) -> ApiResult<Json<SentAgain>> {
    let server = server.0;
    let app = &server.app;
    let limited = app.limits.check(Limit::Code, Key::address(caller.client.address));
    limited.map_err(ApiError::rate_limited)?;
    let challenge = Token::from_text(&body.0.challenge);
    let token_hash = challenge.hash();
    let agent_id = app
        .readers
        .ask(move |connection| logins::agent_of_challenge(connection, &token_hash, now_ms()))
        .await?
        .ok_or_else(expired)?;
    let limited = app.limits.check(Limit::ResendCode, Key::Agent(agent_id));
    limited.map_err(ApiError::rate_limited)?;
    let is_sent = code::send(&server, agent_id, &challenge).await?;
    let channel = if is_sent { Channel::Telegram } else { Channel::Totp };
    Ok(Json(SentAgain { channel }))
}

fn expired() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "challenge",
        "This sign-in has expired or was tried too often; start again with the password.",
    )
}

/// The second step.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// From the first step.
    pub challenge: String,
    /// Six digits, or a recovery code.
    pub code: String,
}

/// 204 and the login cookie.
pub struct SignedInNow(String);

impl Scribe for SignedInNow {
    fn render(self, res: &mut Response) {
        Done.render(res);
        add_cookie(res, &self.0);
    }
}

impl EndpointOutRegister for SignedInNow {
    fn register(components: &mut Components, operation: &mut Operation) {
        Done::register(components, operation);
    }
}

/// Puts a `Set-Cookie` into an answer.
pub fn add_cookie(res: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        res.headers_mut().append(SET_COOKIE, value);
    }
}

enum Outcome {
    In(i64),
    Wrong(i64),
    Expired,
    TooOften(u64),
}

/// Checks the code and signs in.
#[endpoint(tags("sign-in"))]
pub async fn otp(server: Server, caller: Caller, body: Body<Code>) -> ApiResult<SignedInNow> {
    let server = server.0;
    let limited = server
        .app
        .limits
        .check(Limit::Code, Key::address(caller.client.address));
    limited.map_err(ApiError::rate_limited)?;
    let Code { challenge, code } = body.0;
    let (challenge_hash, demo) = (token::hash(&challenge), server.app.config.demo);
    let cookie = Token::new();
    let (cookie_hash, user_agent, address) = (cookie.hash(), caller.user_agent, caller.client.shortened());
    let app = server.app.clone();
    let outcome = server
        .app
        .writer
        .call(move |connection| {
            let now = now_ms();
            // Trying and checking are one transaction: two guesses at once are two tries.
            let Some((agent, tries_left)) = logins::try_challenge(connection, &challenge_hash, now)? else {
                return Ok(Outcome::Expired);
            };
            if let Err(wait) = app.limits.check(Limit::CodeOfAgent, Key::Agent(agent.id)) {
                return Ok(Outcome::TooOften(wait));
            }
            let is_sent = code::is_sent(connection, &challenge, &code)?;
            if !is_sent && !is_right(connection, &agent, &code, demo, now)? {
                return Ok(Outcome::Wrong(tries_left));
            }
            logins::end_challenge(connection, &challenge_hash)?;
            logins::create(connection, &cookie_hash, agent.id, (&user_agent, &address), now)?;
            Ok(Outcome::In(agent.id))
        })
        .await?;
    match outcome {
        Outcome::In(agent_id) => {
            tracing::info!(agent_id, "an agent signed in");
            Ok(SignedInNow(set_cookie(&caller.client, Some(cookie.text()))))
        }
        Outcome::Wrong(tries_left) => {
            tracing::warn!(address = %caller.client.address, "a sign-in failed: wrong one-time code");
            Err(ApiError::wrong_code(tries_left))
        }
        Outcome::TooOften(wait) => Err(ApiError::rate_limited(wait)),
        Outcome::Expired => Err(expired()),
    }
}

/// Checks a code and uses it up: a time step or a recovery code is good once.
fn is_right(
    connection: &rusqlite::Connection,
    agent: &agents::Agent,
    code: &str,
    demo: bool,
    now: i64,
) -> crate::storage::Result<bool> {
    if demo && code.trim().eq_ignore_ascii_case(DEMO_CODE) {
        return Ok(true);
    }
    if let Some(secret) = &agent.totp_secret
        && let Some(step) = totp::verify(secret, code, now, Some(agent.totp_last_step))
    {
        return agents::use_totp_step(connection, agent.id, step);
    }
    match recovery::hash(code) {
        Some(hash) => agents::use_recovery_code(connection, agent.id, &hash, now),
        None => Ok(false),
    }
}

/// Ends this login.
#[endpoint(tags("sign-in"))]
pub async fn logout(caller: Caller, agent: Trusted) -> ApiResult<SignedInNow> {
    let (server, login_id, agent_id) = (agent.0.server.clone(), agent.0.login_id, agent.0.agent.id);
    server
        .app
        .writer
        .call(move |connection| logins::revoke(connection, login_id, agent_id))
        .await?;
    server.end_logins(|ended| ended == login_id);
    Ok(SignedInNow(set_cookie(&caller.client, None)))
}
