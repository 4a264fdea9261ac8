//! `GET /v1/api/ice-servers`: which STUN and TURN servers a browser may use. The path is the earlier system's.

use salvo::oapi::{Components, EndpointArgRegister, Operation, SecurityRequirement, ToSchema, endpoint};
use salvo::{Depot, Request, Writer};
use serde::Serialize;

use super::body::{ApiResult, Json};
use super::hoops;
use super::problem::ApiError;
use super::signed_in::{Server, SignedIn, extractor};
use super::visitor::Visitor;
use crate::call::ice_server::IceServer;
use crate::ice::TTL_S;
use crate::turn::credentials::Role;

/// Who asks.
pub enum Asker {
    /// Anybody.
    Stranger,
    /// The visitor of this room.
    Visitor(String),
    /// An agent, by row id.
    Agent(i64),
}

impl Asker {
    async fn of(req: &Request, depot: &Depot) -> Result<Asker, ApiError> {
        if req.headers().contains_key("authorization") {
            let visitor = Visitor::of(req, depot).await?.0;
            // Nothing of ours is for a blocked one to use.
            return Ok(if visitor.blocked {
                Asker::Stranger
            } else {
                Asker::Visitor(visitor.room.to_string())
            });
        }
        match SignedIn::of(req, depot).await {
            Ok(agent) => Ok(Asker::Agent(agent.agent.id)),
            Err(error) if error.is_unauthorized() => Ok(Asker::Stranger),
            Err(error) => Err(error),
        }
    }
}

extractor!(Asker);

impl EndpointArgRegister for Asker {
    fn register(_: &mut Components, operation: &mut Operation, _: &str) {
        let securities = operation.securities.get_or_insert_default();
        securities.push(SecurityRequirement::default());
        for scheme in ["visitor", "login"] {
            securities.push(SecurityRequirement::new::<_, _, String>(scheme, []));
        }
    }
}

/// What `RTCPeerConnection` takes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IceServers {
    /// STUN for anybody, TURN for visitors and agents; empty when the relay is switched off.
    pub ice_servers: Vec<IceServer>,
    /// Seconds that the answer is good for.
    pub ttl: i64,
}

/// Servers by which calls find their way. A call's own come with the ack of `call` and `accept`; these are for a test of
/// the connection.
#[endpoint(tags("calls"))]
pub async fn servers(server: Server, asker: Asker, depot: &mut Depot) -> ApiResult<Json<IceServers>> {
    let host = hoops::client(depot)?.host;
    let ice = &server.0.app.ice;
    let ice_servers = match asker {
        Asker::Stranger => ice.for_stranger(&host),
        Asker::Visitor(room) => ice.for_side(&room, Role::Visitor, &host),
        // No room has this name: public ids have no dash.
        Asker::Agent(id) => ice.for_side(&format!("agent-{id}"), Role::Agent, &host),
    };
    Ok(Json(IceServers {
        ice_servers,
        ttl: TTL_S,
    }))
}
