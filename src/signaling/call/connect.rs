//! Into `/call` and out of it.

use std::sync::Arc;

use crate::signaling::engine::{Agent, EngineSocket, Turn, Visitor, Who};
use crate::signaling::identify::{
    Asked, INVALID, Identified, LIMITED, NotLetIn, SOCKETS_OF_A_VISITOR, identify, of_this_token,
};
use crate::signaling::packet::{self, CALL};
use crate::signaling::{Signaling, rooms};

/// Answers a CONNECT: lets the client in and tells it what rings, or refuses with a code.
pub async fn connect(signaling: Arc<Signaling>, socket: Arc<EngineSocket>, turn: Turn, auth: String) {
    if let Err(NotLetIn(code, message)) = let_in(&signaling, &socket, turn, &auth).await
        && socket.data.call.refuse(turn)
    {
        tracing::debug!(sid = %socket.id, code, "not let into /call");
        signaling.newcomers.add(&socket);
        rooms::send(&socket, packet::connect_error(CALL, code, message));
    }
}

async fn let_in(
    signaling: &Arc<Signaling>,
    socket: &Arc<EngineSocket>,
    turn: Turn,
    auth: &str,
) -> Result<(), NotLetIn> {
    let Asked { who, last_id } = identify(signaling, socket, auth).await?;
    if last_id.is_some() {
        return Err(INVALID);
    }
    match who {
        Identified::Visitor(identity, token_hash) => {
            if signaling.calls.sockets_of(identity.id) >= SOCKETS_OF_A_VISITOR {
                return Err(LIMITED);
            }
            let session_id = identity.id;
            let visitor = Visitor {
                session_id,
                room: identity.room,
            };
            signaling.calls.join(socket, turn, Arc::new(Who::Visitor(visitor)));
            // Erased between the look-up and the joining: whoever erased saw no socket to end.
            if of_this_token(signaling, token_hash).await?.is_none() {
                signaling.calls.end_visitors(session_id);
            }
        }
        Identified::Agent(login) => {
            let agent = Agent {
                agent_id: login.agent.id,
                login_id: login.id,
                name: login.agent.name,
            };
            // A login that is revoked meanwhile is noticed by `server::check_logins`.
            signaling.calls.join(socket, turn, Arc::new(Who::Agent(agent)));
        }
    }
    Ok(())
}

/// Takes a connection out of `/call`; a call it is in waits for a while for it to come back.
pub fn leave(signaling: &Signaling, socket: &EngineSocket) {
    if let Some(who) = socket.data.call.leave() {
        signaling.calls.left(socket, &who);
    }
}
