//! One-time Answer links: they open a visitor's thread signed in.

use salvo::http::StatusCode;
use salvo::oapi::{Components, EndpointOutRegister, Operation, ToSchema, endpoint};
use salvo::{Depot, Request, Response, Scribe, Writer};
use serde::{Deserialize, Serialize};

use super::sign_in::add_cookie;
use crate::auth::token::{self, Token};
use crate::clock::now_ms;
use crate::http::body::{ApiResult, Body, Json};
use crate::http::problem::ApiError;
use crate::http::signed_in::{Caller, Server, SignedIn, set_cookie_for};
use crate::limits::{Key, Limit};
use crate::storage::{answer_links, logins, outbox};
use salvo::extract::Extractible;

/// What stands behind `#answer=`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkToken {
    /// The secret of the link.
    pub token: String,
}

/// What the link opens.
#[derive(Debug, Serialize, ToSchema)]
pub struct Opened {
    /// Public id of the thread.
    pub room: String,
    /// The visitor's name.
    pub name: String,
    /// The call that rang.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
}

/// [`Opened`] with the cookie of a new login, unless there is one.
pub struct Answered(Opened, Option<String>);

impl Scribe for Answered {
    fn render(self, res: &mut Response) {
        Json(self.0).render(res);
        if let Some(cookie) = self.1 {
            add_cookie(res, &cookie);
        }
    }
}

impl EndpointOutRegister for Answered {
    fn register(components: &mut Components, operation: &mut Operation) {
        Json::<Opened>::register(components, operation);
    }
}

/// Uses a link up. Whoever is signed in already stays so; everybody else is for two hours, as an agent.
#[endpoint(tags("sign-in"))]
pub async fn answer(
    server: Server,
    caller: Caller,
    body: Body<LinkToken>,
    req: &mut Request,
    depot: &mut Depot,
) -> ApiResult<Answered> {
    let app = &server.0.app;
    let limited = app.limits.check(Limit::Code, Key::address(caller.client.address));
    limited.map_err(ApiError::rate_limited)?;
    let is_signed_in = SignedIn::extract(req, depot).await.is_ok();
    let token_hash = token::hash(&body.0.token);
    let cookie = Token::new();
    let (cookie_hash, user_agent, address) = (cookie.hash(), caller.user_agent, caller.client.shortened());
    let opened = app
        .writer
        .call(move |connection| {
            let now = now_ms();
            let Some(link) = answer_links::use_up(connection, &token_hash, now)? else {
                return Ok(None);
            };
            let Some(about) = outbox::about(connection, link.chat_session_id)? else {
                return Ok(None);
            };
            if !is_signed_in {
                let browser = (user_agent.as_str(), address.as_str());
                logins::create_to_answer(connection, &cookie_hash, link.agent_id, browser, now)?;
                tracing::info!(agent_id = link.agent_id, "an agent came in by an Answer link");
            }
            Ok(Some(Opened {
                room: about.room,
                name: about.name,
                call_id: link.call_id,
            }))
        })
        .await?;
    let opened = opened.ok_or_else(|| {
        ApiError::new(
            StatusCode::GONE,
            "link",
            "This link was used, has expired, or never was one; sign in instead.",
        )
    })?;
    let cookie =
        (!is_signed_in).then(|| set_cookie_for(&caller.client, Some(cookie.text()), logins::ANSWER_LIFETIME_MS));
    Ok(Answered(opened, cookie))
}
