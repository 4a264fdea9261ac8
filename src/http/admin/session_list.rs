//! The list of threads.

use salvo::Writer;
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use serde::{Deserialize, Serialize};

use crate::http::body::{ApiResult, Json, Query};
use crate::http::problem::ApiError;
use crate::http::signed_in::SignedIn;
use crate::storage::sessions::{self, Counts, Cursor, Filter, Thread};

/// Threads in a page when the caller does not say, and at most.
const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

/// What people type into a search field; more is no search.
const QUERY_MAX: usize = 200;

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Threads {
    /// Newest activity first.
    pub sessions: Vec<Thread>,
    /// Where the next page begins; `null`: this is the last.
    pub next: Option<String>,
    /// How many there are in each filter.
    pub counts: Counts,
}

/// Which threads.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub struct ListQuery {
    /// `open` (when absent), `mine`, `closed` or `all`.
    status: Option<String>,
    /// Words to find in messages, names and e-mail addresses.
    q: Option<String>,
    /// `next` of the page before.
    before: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// Threads by newest activity, or those in which `q` is found.
#[endpoint(tags("threads"), operation_id = "list_sessions")]
pub async fn list(agent: SignedIn, query: Query<ListQuery>) -> ApiResult<Json<Threads>> {
    let ListQuery {
        status,
        q,
        before,
        limit,
    } = query.0;
    let agent_id = agent.agent.id;
    let filter = match status.as_deref() {
        None | Some("open") => Filter::Open,
        Some("mine") => Filter::Mine(agent_id),
        Some("closed") => Filter::Closed,
        Some("all") => Filter::All,
        Some(_) => {
            return Err(ApiError::field(
                "status",
                "The status must be open, mine, closed or all.",
            ));
        }
    };
    let limit = limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(ApiError::field("limit", "The limit must be 1 to 100."));
    }
    let limit = limit as usize;
    let before = before
        .map(|text| cursor(&text).ok_or_else(|| ApiError::field("before", "This is no cursor of this list.")))
        .transpose()?;
    let query = q.map(|query| query.trim().to_owned()).filter(|query| !query.is_empty());
    if query.as_ref().is_some_and(|query| query.chars().count() > QUERY_MAX) {
        return Err(ApiError::field("q", "The search must have at most 200 characters."));
    }
    let searching = query.is_some();
    let links = agent.server.app.links;
    let (mut sessions, counts) = agent
        .server
        .app
        .readers
        .ask(move |connection| {
            let threads = match query {
                Some(query) => sessions::matching(connection, links, &query, filter, limit)?,
                None => sessions::list(connection, links, filter, before, limit + 1)?,
            };
            Ok((threads, sessions::counts(connection, agent_id)?))
        })
        .await?;
    // A search shows its best page only; typing on makes it smaller.
    let more = !searching && sessions.len() > limit;
    sessions.truncate(limit);
    let next = sessions
        .last()
        .filter(|_| more)
        .map(|last| format!("{}.{}", last.active_at, last.id));
    for thread in &mut sessions {
        thread.visitor_online = agent.server.rooms.is_online(thread.id);
    }
    Ok(Json(Threads { sessions, next, counts }))
}

fn cursor(text: &str) -> Option<Cursor> {
    let (active_at, id) = text.split_once('.')?;
    Some((active_at.parse().ok()?, id.parse().ok()?))
}
