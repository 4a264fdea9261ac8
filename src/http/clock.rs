//! A clock that tests put forward, so that nobody waits for an hour to see what happens after one.

use salvo::oapi::{ToSchema, endpoint};
use salvo::{Request, Writer};
use serde::{Deserialize, Serialize};

use super::body::{ApiResult, Body, Json};
use super::client::peer;
use super::problem::ApiError;
use super::signed_in::{Caller, Server};
use crate::clock::{advance, now_ms};
use crate::config::Environment;

/// How far.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// Milliseconds, forward only.
    pub advance_ms: u32,
}

/// What time it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Time {
    /// ms UTC.
    pub now: i64,
}

/// Puts the server's clock forward. Only in development, from the same machine; to others there is nothing here.
#[endpoint(tags("operator"), operation_id = "advance_clock")]
pub async fn put_forward(
    server: Server,
    caller: Caller,
    req: &mut Request,
    body: Body<Advance>,
) -> ApiResult<Json<Time>> {
    let allowed = server.0.app.config.environment == Environment::Development
        && peer(req).is_loopback()
        && caller.client.address.is_loopback();
    if !allowed {
        return Err(ApiError::not_found());
    }
    advance(body.0.advance_ms);
    server.0.app.pocket.wake();
    tracing::warn!(advance_ms = body.0.advance_ms, "a test has put the clock forward");
    Ok(Json(Time { now: now_ms() }))
}
