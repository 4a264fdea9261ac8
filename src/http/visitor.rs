//! What a visitor's page asks over HTTP.

pub mod about;

use salvo::http::header::AUTHORIZATION;
use salvo::oapi::{Components, EndpointArgRegister, Operation, SecurityRequirement, ToParameters, ToSchema, endpoint};
use salvo::{Depot, Request, Writer};
use serde::{Deserialize, Serialize};

use super::body::{ApiResult, Body, Created, Json, Query};
use super::hoops;
use super::problem::ApiError;
use super::signed_in::{Caller, Server, extractor};
use crate::app::VERSION;
use crate::auth::token::{self, Token};
use crate::chat::text;
use crate::clock::now_ms;
use crate::limits::{Key, Limit};
use crate::media::types::Group;
use crate::storage::messages::{Page, Range, page};
use crate::storage::sessions::{self, Identity, NewSession};
use crate::storage::settings::{CallsAllowed, Greeting, Hours};

/// What may be sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadRules {
    /// Of one file.
    pub max_bytes: u64,
    /// Kinds of files; none: nobody can send any.
    pub types: Vec<Group>,
}

/// What the page shows before the first message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Info {
    /// Shown at the head of the chat.
    pub business_name: String,
    /// The owner's own words, or empty.
    pub greeting: Greeting,
    /// `#rrggbb`, or the product's own.
    pub accent: Option<String>,
    /// How many agents are here now.
    pub agents_online: usize,
    /// What an answer usually takes, ms; unknown before the first.
    pub typical_reply_ms: Option<i64>,
    /// When somebody answers; unknown: always.
    pub hours: Option<Hours>,
    /// What may be sent.
    pub uploads: UploadRules,
    /// Which calls there may be.
    pub calls: CallsAllowed,
    /// Agents are told on their phones: a call is worth a try when none of them is here.
    pub pocket: bool,
    /// Of the program.
    pub version: &'static str,
}

/// What the page shows before the first message.
#[endpoint(tags("visitor"))]
pub async fn info(server: Server) -> ApiResult<Json<Info>> {
    let server = server.0;
    let typical_reply_ms = server.app.readers.ask(sessions::typical_reply_ms).await?;
    let settings = server.app.settings();
    Ok(Json(Info {
        business_name: settings.business_name.clone(),
        greeting: settings.greeting.clone(),
        accent: settings.accent.clone(),
        agents_online: server.rooms.agents_online(),
        typical_reply_ms,
        hours: settings.hours.clone(),
        uploads: UploadRules {
            max_bytes: server.app.uploads.max_bytes,
            types: settings.upload_types.clone(),
        },
        calls: settings.calls,
        pocket: server.app.pocket.is_ready(),
        version: VERSION,
    }))
}

/// A visitor introduces himself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVisitor {
    /// 1 to 80 characters.
    pub name: String,
    /// How to reach the visitor later.
    pub email: Option<String>,
    /// BCP 47 tag of the browser.
    pub locale: Option<String>,
    /// IANA name of the browser's time zone.
    pub time_zone: Option<String>,
    /// Where the chat begins.
    pub page_url: Option<String>,
    /// Where the visitor came from.
    pub referrer: Option<String>,
}

/// The visitor's thread.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitorSession {
    /// Public id.
    pub room: String,
    /// Proves later that it is the same visitor; the server keeps only a hash.
    pub token: String,
    /// The name as it was stored.
    pub name: String,
}

/// BCP 47: 35 characters are room for every registered combination (RFC 5646, 4.4.1).
const LOCALE_MAX: usize = 35;

/// Agents open these: nothing but http and https is kept.
fn web_address(field: &'static str, given: Option<String>) -> ApiResult<Option<String>> {
    given
        .map(|url| {
            text::page_url(&url).ok_or_else(|| ApiError::field(field, "This must be an address of http or https."))
        })
        .transpose()
}

/// Begins a thread.
#[endpoint(tags("visitor"))]
pub async fn begin(server: Server, caller: Caller, body: Body<NewVisitor>) -> ApiResult<Created<VisitorSession>> {
    let server = server.0;
    let limited = server
        .app
        .limits
        .check(Limit::NewSession, Key::address(caller.client.address));
    limited.map_err(ApiError::rate_limited)?;
    let given = body.0;
    let name = text::line(&given.name, text::NAME_MAX)
        .ok_or_else(|| ApiError::field("name", "The name must have 1 to 80 characters."))?;
    let optional = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    let email = optional(given.email)
        .map(|email| text::email(&email).ok_or_else(|| ApiError::field("email", "This is no e-mail address.")))
        .transpose()?;
    let locale = optional(given.locale)
        .map(|tag| {
            let plain = tag.len() <= LOCALE_MAX && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if plain {
                Ok(tag)
            } else {
                Err(ApiError::field("locale", "The language must be a BCP 47 tag."))
            }
        })
        .transpose()?;
    let page_url = web_address("page_url", optional(given.page_url))?;
    let referrer = web_address("referrer", optional(given.referrer))?;
    let token = Token::new();
    let new = NewSession {
        room: token::random_public_id(),
        token_hash: token.hash(),
        name: name.clone(),
        email,
        locale,
        // Told by the browser, perhaps an odd one: not a reason to refuse a person.
        time_zone: given.time_zone.filter(|name| text::is_time_zone_name(name)),
        page_url,
        referrer,
        user_agent: Some(caller.user_agent).filter(|text| !text.is_empty()),
        address: Some(caller.client.shortened()),
    };
    let room = new.room.clone();
    let links = server.app.links;
    let thread = server
        .app
        .writer
        .call(move |connection| {
            let id = sessions::create(connection, &new, now_ms())?;
            sessions::by_id(connection, links, id)
        })
        .await?;
    tracing::info!(room = %room, "a visitor began a chat");
    server.announce_new(&thread);
    Ok(Created(VisitorSession {
        room,
        token: token.text().to_owned(),
        name,
    }))
}

/// The visitor behind `Authorization: Bearer …`.
pub struct Visitor(pub Identity);

impl Visitor {
    /// 401: nobody's token.
    pub(super) fn unknown() -> ApiError {
        ApiError::unauthorized("The visitor's token is missing or unknown.")
    }

    /// Whose token does the request carry? 401 when it is nobody's.
    pub(super) async fn of(req: &Request, depot: &Depot) -> Result<Visitor, ApiError> {
        let unknown = Visitor::unknown;
        let header = req
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        // The name of the scheme has no letter case (RFC 9110, 11.1).
        let (scheme, token) = header.split_once(' ').ok_or_else(unknown)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unknown());
        }
        let token_hash = token::hash(token.trim());
        let server = hoops::server(depot)?;
        let identity = server
            .app
            .readers
            .ask(move |connection| sessions::of_token(connection, &token_hash))
            .await?;
        identity.map(Visitor).ok_or_else(unknown)
    }
}

extractor!(Visitor);

impl EndpointArgRegister for Visitor {
    fn register(_: &mut Components, operation: &mut Operation, _: &str) {
        operation
            .securities
            .get_or_insert_default()
            .push(SecurityRequirement::new::<_, _, String>("visitor", []));
    }
}

/// A page of the visitor's messages.
#[endpoint(tags("visitor"))]
pub async fn messages(server: Server, visitor: Visitor, query: Query<PageQuery>) -> ApiResult<Json<Page>> {
    let (server, session) = (server.0, visitor.0);
    server
        .app
        .limits
        .check(Limit::Messages, Key::Session(session.id))
        .map_err(ApiError::rate_limited)?;
    let range = query.0.range()?;
    let links = server.app.links;
    Ok(Json(
        server
            .app
            .readers
            .ask(move |connection| page(connection, links, session.id, range))
            .await?,
    ))
}

/// Messages in a page when the caller does not say, and at most.
const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

/// Which page of a thread.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub struct PageQuery {
    /// Only ids below.
    before: Option<i64>,
    /// Only ids above; the page then starts at the oldest of them.
    after: Option<i64>,
    /// 1 to 100.
    limit: Option<i64>,
}

impl PageQuery {
    /// The bounds, checked.
    pub(super) fn range(&self) -> ApiResult<Range> {
        let PageQuery { before, after, limit } = *self;
        let limit = limit.unwrap_or(PAGE);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(ApiError::field("limit", "The limit must be 1 to 100."));
        }
        for (name, id) in [("before", before), ("after", after)] {
            if id.is_some_and(|id| id < 0) {
                return Err(ApiError::field(name, "An id is never negative."));
            }
        }
        Ok(Range {
            before,
            after,
            limit: limit as usize,
        })
    }
}
