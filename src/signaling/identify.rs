//! Who asks to be let into a namespace?

use std::sync::Arc;

use super::Signaling;
use super::engine::{EngineSocket, Handshake};
use super::events::Auth;
use crate::auth::token;
use crate::clock::now_ms;
use crate::limits::{Key, Limit};
use crate::storage::logins::Login;
use crate::storage::sessions::{Identity, of_token};
use crate::storage::{Result as StorageResult, StorageError, logins};

/// Why a CONNECT is refused: the stable code and a sentence.
pub struct NotLetIn(pub &'static str, pub &'static str);

const TOKEN: NotLetIn = NotLetIn("token", "The visitor's token is missing or unknown.");
const LOGIN: NotLetIn = NotLetIn("login", "An agent must sign in first.");
/// Not the shape that is asked for.
pub const INVALID: NotLetIn = NotLetIn("invalid", "The auth object does not have the shape that is asked for.");
/// Too many of them.
pub const LIMITED: NotLetIn = NotLetIn("rate_limited", "Too many connections in a short time.");
const BUSY: NotLetIn = NotLetIn("busy", "The server is busy; try again in a moment.");
/// It does not let anybody in any more.
pub const STOPPING: NotLetIn = NotLetIn("busy", "The server is stopping; try again in a moment.");

/// Tabs of one visitor; more is a script.
pub const SOCKETS_OF_A_VISITOR: usize = 50;

/// Who it is.
pub enum Identified {
    /// The visitor of a thread, by this token.
    Visitor(Identity, [u8; 32]),
    /// An agent's browser.
    Agent(Login),
}

/// What a CONNECT says.
pub struct Asked {
    /// Who says it.
    pub who: Identified,
    /// The newest message the client has.
    pub last_id: Option<i64>,
}

/// Reads the `auth` of a CONNECT and looks up whose it is.
pub async fn identify(signaling: &Signaling, socket: &EngineSocket, auth: &str) -> Result<Asked, NotLetIn> {
    let auth: Auth = match auth {
        "" => Auth::default(),
        json => serde_json::from_str(json).map_err(|_| INVALID)?,
    };
    let last_id = auth.last_id;
    if last_id.is_some_and(|id| id < 0) {
        return Err(INVALID);
    }
    let handshake = socket.req_parts.extensions.get::<Handshake>().ok_or(STOPPING)?;
    signaling
        .app
        .limits
        .check(Limit::Connect, Key::address(handshake.address))
        .map_err(|_| LIMITED)?;
    let who = match (auth.role.as_deref(), auth.token) {
        (None, Some(token)) => {
            let token_hash = token::hash(&token);
            let identity = of_this_token(signaling, token_hash).await?.ok_or(TOKEN)?;
            Identified::Visitor(identity, token_hash)
        }
        (None, None) => return Err(TOKEN),
        (Some("agent"), None) => {
            let cookie = handshake.login.ok_or(LOGIN)?;
            let login = ask(signaling, move |connection| {
                logins::of_token(connection, &cookie, now_ms())
            });
            Identified::Agent(login.await?.ok_or(LOGIN)?)
        }
        _ => return Err(INVALID),
    };
    Ok(Asked { who, last_id })
}

/// Whose token this is, as long as the person was not erased.
pub async fn of_this_token(signaling: &Signaling, token_hash: [u8; 32]) -> Result<Option<Identity>, NotLetIn> {
    ask(signaling, move |connection| of_token(connection, &token_hash)).await
}

/// Asks the database; a failure is told as "busy".
pub async fn ask<T: Send + 'static>(
    signaling: &Signaling,
    question: impl FnOnce(&rusqlite::Connection) -> StorageResult<T> + Send + 'static,
) -> Result<T, NotLetIn> {
    signaling.app.readers.ask(question).await.map_err(|error| {
        if !matches!(error, StorageError::Gone) {
            tracing::warn!(%error, "a client could not be let in");
        }
        BUSY
    })
}

/// The name by which the client knows this server, for links it is given over this connection.
pub fn host_of(socket: &EngineSocket) -> Arc<str> {
    let handshake = socket.req_parts.extensions.get::<Handshake>();
    handshake.map(|handshake| handshake.host.clone()).unwrap_or_default()
}
