//! The agent behind a cookie, and the proof that a page of ours sent the request.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use salvo::http::StatusCode;
use salvo::http::header::HeaderMap;
use salvo::oapi::{Components, EndpointArgRegister, Operation, Parameter, ParameterIn, SecurityRequirement};
use salvo::{Depot, Request};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::client::Client;
use super::hoops;
use super::problem::ApiError;
use crate::auth::token;
use crate::clock::now_ms;
use crate::signaling::Signaling;
use crate::storage::agents::{Agent, Role};
use crate::storage::logins::{self, Login, SEEN_EVERY_MS};

/// Name of the login cookie on HTTPS (the prefix makes browsers insist on Secure, Path=/ and this host) and on HTTP.
const COOKIE: [&str; 2] = ["__Host-konusma", "konusma"];

fn cookie_name(client: &Client) -> &'static str {
    COOKIE[usize::from(!client.https)]
}

/// The `Set-Cookie` of a new login; `None` as token ends it.
pub fn set_cookie(client: &Client, token: Option<&str>) -> String {
    set_cookie_for(client, token, logins::LIFETIME_MS)
}

/// The same for a login of another length.
pub fn set_cookie_for(client: &Client, token: Option<&str>, lifetime_ms: i64) -> String {
    let (value, max_age) = token.map_or(("", 0), |token| (token, lifetime_ms / 1000));
    let secure = if client.https { "; Secure" } else { "" };
    let name = cookie_name(client);
    format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}")
}

/// SHA-256 of the login cookie in these headers.
pub fn cookie_hash(headers: &HeaderMap, client: &Client) -> Option<[u8; 32]> {
    let name = cookie_name(client);
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, value)| *known == name && !value.is_empty())
        .map(|(_, value)| token::hash(value))
}

/// An agent who may look. For what changes something, take [`Trusted`].
pub struct SignedIn {
    /// Row id of the login.
    pub login_id: i64,
    /// Who it is.
    pub agent: Agent,
    /// It came by an Answer link.
    pub answers_only: bool,
    /// Where.
    pub server: Arc<Signaling>,
    cookie_hash: [u8; 32],
}

impl SignedIn {
    pub(super) async fn of(req: &Request, depot: &Depot) -> Result<SignedIn, ApiError> {
        let server = hoops::server(depot)?;
        let signed_out = || ApiError::unauthorized("Sign in first, or again: there is no valid login.");
        let cookie_hash = cookie_hash(req.headers(), &hoops::client(depot)?).ok_or_else(signed_out)?;
        let now = now_ms();
        let login = server
            .app
            .readers
            .ask(move |connection| logins::of_token(connection, &cookie_hash, now))
            .await?;
        let Login {
            id: login_id,
            agent,
            last_seen_at,
            answers_only,
        } = login.ok_or_else(signed_out)?;
        if now - last_seen_at > SEEN_EVERY_MS {
            server
                .app
                .writer
                .call(move |connection| logins::seen(connection, login_id, now))
                .await?;
        }
        Ok(SignedIn {
            login_id,
            agent,
            answers_only,
            server,
            cookie_hash,
        })
    }

    /// The token that pages send back in `X-CSRF-Token`: bound to the login, so another login's does not help.
    pub fn csrf_token(&self) -> String {
        BASE64URL_NOPAD.encode(&self.csrf_mac())
    }

    fn csrf_mac(&self) -> Vec<u8> {
        match Hmac::<Sha256>::new_from_slice(&self.server.app.csrf_key) {
            Ok(mac) => mac.chain_update(self.cookie_hash).finalize().into_bytes().to_vec(),
            // HMAC takes keys of any length; an empty answer would match nothing.
            Err(_) => Vec::new(),
        }
    }

    /// 403 for whoever came by an Answer link: the account is not theirs to change.
    pub fn must_have_signed_in(&self) -> Result<(), ApiError> {
        if !self.answers_only {
            return Ok(());
        }
        Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "You came in by an Answer link; sign in with your password for this.",
        ))
    }

    /// 403 for whoever is not the owner.
    pub fn must_be_owner(&self) -> Result<(), ApiError> {
        if self.agent.role == Role::Owner {
            return Ok(());
        }
        Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Only the owner may change this.",
        ))
    }
}

/// An agent whose request certainly comes from a page of ours: CSRF token and origin are right.
pub struct Trusted(pub SignedIn);

impl Trusted {
    pub(super) async fn of(req: &Request, depot: &Depot) -> Result<Trusted, ApiError> {
        let signed_in = SignedIn::of(req, depot).await?;
        let refused = |detail| ApiError::new(StatusCode::BAD_REQUEST, "csrf", detail);
        let same_origin = hoops::client(depot)?.is_same_origin(req, &signed_in.server.app.config);
        if same_origin != Some(true) {
            return Err(refused("The request has no Origin header of this server's own pages."));
        }
        let sent = req
            .headers()
            .get("x-csrf-token")
            .and_then(|value| BASE64URL_NOPAD.decode(value.as_bytes()).ok());
        let expected = signed_in.csrf_mac();
        if !sent.is_some_and(|sent| !expected.is_empty() && bool::from(sent.ct_eq(&expected))) {
            return Err(refused(
                "The X-CSRF-Token header is missing or not of this login; get one from /api/csrf.",
            ));
        }
        Ok(Trusted(signed_in))
    }
}

/// Makes what has an `of` a parameter of handlers.
macro_rules! extractor {
    ($of:ty) => {
        impl<'ex> salvo::extract::Extractible<'ex> for $of {
            fn metadata() -> &'static salvo::extract::Metadata {
                $crate::http::body::no_metadata()
            }

            async fn extract(
                req: &'ex mut salvo::Request,
                depot: &'ex mut salvo::Depot,
            ) -> Result<Self, impl salvo::Writer + Send + std::fmt::Debug + 'static> {
                <$of>::of(req, depot).await
            }
        }
    };
}
pub(super) use extractor;

extractor!(SignedIn);
extractor!(Trusted);

impl EndpointArgRegister for SignedIn {
    fn register(_: &mut Components, operation: &mut Operation, _: &str) {
        operation
            .securities
            .get_or_insert_default()
            .push(SecurityRequirement::new::<_, _, String>("login", []));
    }
}

impl EndpointArgRegister for Trusted {
    fn register(components: &mut Components, operation: &mut Operation, arg: &str) {
        SignedIn::register(components, operation, arg);
        operation.parameters.insert(
            Parameter::new("X-CSRF-Token")
                .location(ParameterIn::Header)
                .required(true)
                .description("From GET /api/csrf; the Origin header must be ours, too"),
        );
    }
}

/// The server, for handlers that need nobody signed in.
pub struct Server(pub Arc<Signaling>);

impl Server {
    async fn of(_req: &Request, depot: &Depot) -> Result<Server, ApiError> {
        hoops::server(depot).map(Server)
    }
}

extractor!(Server);

impl EndpointArgRegister for Server {
    fn register(_: &mut Components, _: &mut Operation, _: &str) {}
}

/// The caller.
pub struct Caller {
    /// Address, scheme, host.
    pub client: Client,
    /// The browser's own description, shortened.
    pub user_agent: String,
}

/// A browser's description is below 300 characters; anything longer is somebody's joke.
const USER_AGENT_MAX: usize = 300;

impl Caller {
    async fn of(req: &Request, depot: &Depot) -> Result<Caller, ApiError> {
        let user_agent = req
            .headers()
            .get("user-agent")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Ok(Caller {
            client: hoops::client(depot)?,
            user_agent: user_agent.chars().take(USER_AGENT_MAX).collect(),
        })
    }
}

extractor!(Caller);

impl EndpointArgRegister for Caller {
    fn register(_: &mut Components, _: &mut Operation, _: &str) {}
}
