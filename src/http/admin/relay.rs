//! How the relay for calls is.

use salvo::Writer;
use salvo::oapi::endpoint;

use crate::http::body::{ApiResult, Json};
use crate::http::signed_in::{SignedIn, Trusted};
use crate::ice::Ice;
use crate::ice::relay::Report;

fn report(ice: &Ice) -> Json<Report> {
    Json(ice.relay.report(ice.is_external()))
}

/// What its last test said; it is tested at the start and every hour.
#[endpoint(tags("calls"), operation_id = "get_relay")]
pub async fn get(agent: SignedIn) -> ApiResult<Json<Report>> {
    Ok(report(&agent.server.app.ice))
}

/// Tests it now: two allocations and an echo between them, over UDP and TCP.
#[endpoint(tags("calls"), operation_id = "test_relay")]
pub async fn test(agent: Trusted) -> ApiResult<Json<Report>> {
    let ice = &agent.0.server.app.ice;
    ice.relay.check().await;
    Ok(report(ice))
}
