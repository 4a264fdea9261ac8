//! An agent's own account: who am I, where am I signed in.

use salvo::Writer;
use salvo::oapi::extract::PathParam;
use salvo::oapi::{ToSchema, endpoint};
use serde::Serialize;

use crate::clock::now_ms;
use crate::http::body::{ApiResult, Done, Json};
use crate::http::problem::ApiError;
use crate::http::signed_in::{SignedIn, Trusted};
use crate::storage::agents::{self, Role};
use crate::storage::logins;

/// The token for `X-CSRF-Token`.
#[derive(Debug, Serialize, ToSchema)]
pub struct CsrfToken {
    /// Good as long as the login.
    pub token: String,
}

/// The token that every change needs.
#[endpoint(tags("sign-in"))]
pub async fn csrf(agent: SignedIn) -> ApiResult<Json<CsrfToken>> {
    Ok(Json(CsrfToken {
        token: agent.csrf_token(),
    }))
}

/// A colleague.
#[derive(Debug, Serialize, ToSchema)]
pub struct Colleague {
    /// Row id.
    pub id: i64,
    /// What visitors see.
    pub name: String,
}

/// The agent behind the cookie.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Row id.
    pub id: i64,
    /// What they sign in with.
    pub username: String,
    /// What visitors see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Row id of this login.
    pub login_id: i64,
    /// Of the business.
    pub business_name: String,
    /// Unused ones.
    pub recovery_codes_left: i64,
    /// Throw-away data, known password.
    pub demo: bool,
    /// Everybody who can be given a thread.
    pub agents: Vec<Colleague>,
}

/// Who am I?
#[endpoint(tags("account"))]
pub async fn me(agent: SignedIn) -> ApiResult<Json<Me>> {
    let (app, id) = (&agent.server.app, agent.agent.id);
    let (recovery_codes_left, all) = app
        .readers
        .ask(move |connection| Ok((agents::recovery_codes_left(connection, id)?, agents::all(connection)?)))
        .await?;
    let colleagues = all
        .into_iter()
        .filter(|agent| agent.disabled_at.is_none() && agent.password_hash.is_some());
    Ok(Json(Me {
        id,
        username: agent.agent.username.clone(),
        name: agent.agent.name.clone(),
        role: agent.agent.role,
        login_id: agent.login_id,
        business_name: app.settings().business_name.clone(),
        recovery_codes_left,
        demo: app.config.demo,
        agents: colleagues
            .map(|agent| Colleague {
                id: agent.id,
                name: agent.name,
            })
            .collect(),
    }))
}

/// A browser this agent is signed in with.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginInfo {
    /// Row id.
    pub id: i64,
    /// This one.
    pub current: bool,
    /// The browser's own description.
    pub user_agent: String,
    /// Shortened.
    pub address: String,
    /// When it signed in, ms UTC.
    pub created_at: i64,
    /// When it was last used, ms UTC.
    pub last_seen_at: i64,
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Logins {
    /// Newest use first.
    pub logins: Vec<LoginInfo>,
}

/// Where am I signed in?
#[endpoint(tags("account"), operation_id = "list_logins")]
pub async fn list(agent: SignedIn) -> ApiResult<Json<Logins>> {
    agent.must_have_signed_in()?;
    let agent_id = agent.agent.id;
    let all = agent
        .server
        .app
        .readers
        .ask(move |connection| logins::of_agent(connection, agent_id, now_ms()))
        .await?;
    let logins = all.into_iter().map(|login| LoginInfo {
        current: login.id == agent.login_id,
        id: login.id,
        user_agent: login.user_agent,
        address: login.address,
        created_at: login.created_at,
        last_seen_at: login.last_seen_at,
    });
    Ok(Json(Logins {
        logins: logins.collect(),
    }))
}

/// Ends one of my logins; its live connections end with it.
#[endpoint(tags("account"), operation_id = "revoke_login")]
pub async fn revoke(agent: Trusted, id: PathParam<i64>) -> ApiResult<Done> {
    let (agent, login_id) = (agent.0, id.into_inner());
    agent.must_have_signed_in()?;
    let agent_id = agent.agent.id;
    let revoked = agent
        .server
        .app
        .writer
        .call(move |connection| logins::revoke(connection, login_id, agent_id))
        .await?;
    if !revoked {
        return Err(ApiError::not_found());
    }
    agent.server.end_logins(|ended| ended == login_id);
    Ok(Done)
}

/// Ends all my logins but this one.
#[endpoint(tags("account"), operation_id = "revoke_other_logins")]
pub async fn revoke_others(agent: Trusted) -> ApiResult<Done> {
    let agent = agent.0;
    agent.must_have_signed_in()?;
    let (agent_id, keep) = (agent.agent.id, agent.login_id);
    let revoked = agent
        .server
        .app
        .writer
        .call(move |connection| logins::revoke_others(connection, keep, agent_id))
        .await?;
    agent.server.end_logins(|ended| revoked.contains(&ended));
    Ok(Done)
}
