//! One-time links: the owner's set-up, a new agent's, the way back in.

use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::{ToSchema, endpoint};
use salvo::{Response, Scribe};
use serde::{Deserialize, Serialize};

use crate::auth::token::{self, Token};
use crate::auth::{password, qr, recovery, totp, username};
use crate::chat::text;
use crate::clock::now_ms;
use crate::http::body::{ApiResult, Body, Json};
use crate::http::client::Client;
use crate::http::problem::ApiError;
use crate::http::signed_in::{Caller, Server, set_cookie};
use crate::limits::{Key, Limit};
use crate::signaling::Signaling;
use crate::storage::agents::{self, Role};
use crate::storage::links::{self, Purpose};
use crate::storage::{logins, settings};

/// A link as it stands behind `#setup=`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkToken {
    /// The secret of the link.
    pub token: String,
}

/// A QR code as one SVG path.
#[derive(Debug, Serialize, ToSchema)]
pub struct QrCode {
    /// Modules a side, without the quiet zone of 4.
    pub size: u32,
    /// SVG path data of the dark modules.
    pub path: String,
}

/// What an authenticator app needs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Authenticator {
    /// Base 32, for typing.
    pub secret: String,
    /// `otpauth://…`.
    pub uri: String,
    /// The same, for the camera.
    pub qr: QrCode,
}

/// What a link is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkInfo {
    /// Owner, agent or reset.
    pub purpose: Purpose,
    /// Fixed, when the account exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What visitors see, when the account exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As it is set now.
    pub business_name: String,
    /// What an authenticator app needs.
    pub totp: Authenticator,
}

fn used_up() -> ApiError {
    ApiError::new(
        StatusCode::GONE,
        "link",
        "This link was used, has expired, or never was one; ask for a new one.",
    )
}

fn check_limit(server: &Signaling, client: &Client) -> ApiResult<()> {
    server
        .app
        .limits
        .check(Limit::Code, Key::address(client.address))
        .map_err(ApiError::rate_limited)
}

/// Looks at a link without using it up.
#[endpoint(tags("set-up"))]
pub async fn look(server: Server, caller: Caller, body: Body<LinkToken>) -> ApiResult<Json<LinkInfo>> {
    let server = server.0;
    check_limit(&server, &caller.client)?;
    let token_hash = token::hash(&body.0.token);
    let (link, agent) = server
        .app
        .readers
        .ask(move |connection| {
            let Some(link) = links::find(connection, &token_hash, now_ms())? else {
                return Ok((None, None));
            };
            let agent = link
                .agent_id
                .map(|id| agents::by_id(connection, id))
                .transpose()?
                .flatten();
            Ok((Some(link), agent))
        })
        .await?;
    let link = link.ok_or_else(used_up)?;
    let business_name = server.app.settings().business_name.clone();
    let account = agent.as_ref().map_or("owner", |agent| &agent.username);
    let uri = totp::uri(&link.totp_secret, &business_name, account);
    let qr = qr::encode(&uri).ok_or_else(ApiError::internal)?;
    let authenticator = Authenticator {
        secret: totp::base32(&link.totp_secret),
        qr: QrCode {
            size: qr.size,
            path: qr.path,
        },
        uri,
    };
    Ok(Json(LinkInfo {
        purpose: link.purpose,
        username: agent.as_ref().map(|agent| agent.username.clone()),
        name: agent.map(|agent| agent.name),
        business_name,
        totp: authenticator,
    }))
}

/// Uses a link up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// The secret of the link.
    pub token: String,
    /// 2 to 40 of `a-z 0-9 . _ -`; as it is, when the account exists.
    pub username: String,
    /// What visitors see, 1 to 80 characters.
    pub name: String,
    /// Of the business; the owner's link only.
    pub business_name: Option<String>,
    /// 10 to 200 characters.
    pub password: String,
    /// What the authenticator app shows.
    pub code: String,
}

/// Ten single-use ways in for later.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Shown this once.
    pub recovery_codes: Vec<String>,
}

/// The answer of a finished set-up: recovery codes, and the login cookie beside them.
pub struct Finished {
    codes: Vec<String>,
    cookie: String,
}

impl Scribe for Finished {
    fn render(self, res: &mut Response) {
        Json(RecoveryCodes {
            recovery_codes: self.codes,
        })
        .render(res);
        super::sign_in::add_cookie(res, &self.cookie);
    }
}

impl salvo::oapi::EndpointOutRegister for Finished {
    fn register(components: &mut salvo::oapi::Components, operation: &mut salvo::oapi::Operation) {
        Json::<RecoveryCodes>::register(components, operation);
    }
}

enum Outcome {
    Ready(i64),
    LinkUsed,
    NameTaken,
}

/// Makes or renews an account and signs in.
#[endpoint(tags("set-up"))]
pub async fn finish(server: Server, caller: Caller, body: Body<Finish>) -> ApiResult<Finished> {
    let server = server.0;
    check_limit(&server, &caller.client)?;
    let given = body.0;
    let user = given.username.trim().to_lowercase();
    username::check(&user).map_err(|reason| ApiError::field("username", reason))?;
    let name = text::line(&given.name, text::NAME_MAX)
        .ok_or_else(|| ApiError::field("name", "The name must have 1 to 80 characters."))?;
    let business_name = given
        .business_name
        .map(|name| {
            text::line(&name, text::NAME_MAX)
                .ok_or_else(|| ApiError::field("business_name", "The name must have 1 to 80 characters."))
        })
        .transpose()?;
    password::check_strength(&given.password).map_err(|reason| ApiError::field("password", reason))?;

    let token_hash = token::hash(&given.token);
    let link = server
        .app
        .readers
        .ask(move |connection| links::find(connection, &token_hash, now_ms()))
        .await?;
    let link = link.ok_or_else(used_up)?;
    let step = totp::verify(&link.totp_secret, &given.code, now_ms(), None).ok_or_else(|| {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "code",
            "This is not the code that the authenticator app shows now.",
        )
    })?;
    let password_hash = server.app.passwords.hash(given.password).await?;

    let codes = recovery::codes();
    let code_hashes: Vec<[u8; 32]> = codes.iter().filter_map(|code| recovery::hash(code)).collect();
    let cookie = Token::new();
    let (cookie_hash, user_agent, address) = (cookie.hash(), caller.user_agent, caller.client.shortened());
    let mut new_settings = None;
    if link.purpose == Purpose::Owner
        && let Some(business_name) = business_name
    {
        new_settings = Some(settings::Settings {
            business_name,
            ..(*server.app.settings()).clone()
        });
    }
    let stored_settings = new_settings.clone();
    let outcome = server
        .app
        .writer
        .call(move |connection| {
            let now = now_ms();
            if !links::use_up(connection, &token_hash)? {
                return Ok(Outcome::LinkUsed);
            }
            let id = match link.agent_id {
                Some(id) => id,
                None => match agents::add(connection, &user, &name, Role::Owner, now)? {
                    Some(id) => id,
                    None => {
                        // The name is the only fault; the link must still work for another try.
                        links::create(connection, &token_hash, link.purpose, None, &link.totp_secret, now)?;
                        return Ok(Outcome::NameTaken);
                    }
                },
            };
            agents::set_up(
                connection,
                id,
                &name,
                &password_hash,
                (&link.totp_secret, step),
                &code_hashes,
            )?;
            if let Some(new) = &stored_settings {
                settings::save(connection, new, now)?;
            }
            logins::create(connection, &cookie_hash, id, (&user_agent, &address), now)?;
            Ok(Outcome::Ready(id))
        })
        .await?;
    match outcome {
        Outcome::Ready(agent_id) => {
            tracing::info!(agent_id, purpose = ?link.purpose, "an account was set up");
            if let Some(new) = new_settings {
                server.app.replace_settings(new);
            }
            server.end_stale_logins().await;
            Ok(Finished {
                codes,
                cookie: set_cookie(&caller.client, Some(cookie.text())),
            })
        }
        Outcome::LinkUsed => Err(used_up()),
        Outcome::NameTaken => Err(ApiError::field("username", "This user name is taken.")),
    }
}
