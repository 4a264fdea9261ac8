//! What monitors and people at the machine ask.

use std::sync::atomic::Ordering;

use salvo::Writer;
use salvo::oapi::{ToSchema, endpoint};
use salvo::prelude::async_trait;
use salvo::{Depot, FlowCtrl, Handler, Request, Response};
use serde::Serialize;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

use super::body::{ApiResult, Json};
use super::problem::ApiError;
use super::signed_in::{Server, SignedIn};
use crate::app::VERSION;
use crate::clock::now_ms;
use crate::config::Environment;
use crate::ice::relay;
use crate::storage::settings;
use salvo::extract::Extractible;

/// `/health` when all is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `true`.
    pub ok: bool,
    /// `healthy`.
    pub status: &'static str,
    /// Of the program.
    pub version: &'static str,
    /// Since the start, ms.
    pub uptime_ms: u64,
    /// What does not work, but does not keep the chat from working.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Finding>,
}

/// `/health` when something is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct Unhealthy {
    ok: bool,
    status: &'static str,
    version: &'static str,
    findings: Vec<Finding>,
}

/// What a check has found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Finding {
    /// Stable.
    pub code: &'static str,
    /// What is wrong.
    pub title: &'static str,
    /// What to do.
    pub fix: &'static str,
}

const RELAY: Finding = Finding {
    code: "relay",
    title: "The relay for calls does not work; calls between some networks will not connect.",
    fix: "Settings, Calls, in the admin panel says why, and so does logs/app.log.",
};

const DATABASE_READ: Finding = Finding {
    code: "database_read",
    title: "The database does not answer.",
    fix: "Look into logs/app.log; check the disk and the owner of data.sqlite3.",
};

const DATABASE_WRITE: Finding = Finding {
    code: "database_write",
    title: "Nothing can be stored.",
    fix: "Look into logs/app.log; check the free space of the disk, then start again.",
};

const DATABASE_GONE: Finding = Finding {
    code: "database_gone",
    title: "The database's file was removed or replaced while the server ran; nothing is stored since.",
    fix: "Bring the right data.sqlite3 back, then start again.",
};

/// Does the server work? It reads the database and asks the writer for an empty transaction.
pub struct HealthCheck;

#[async_trait]
impl Handler for HealthCheck {
    async fn handle(&self, _req: &mut Request, depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let server = match super::hoops::server(depot) {
            Ok(server) => server,
            Err(error) => return res.render(error),
        };
        let mut findings = Vec::new();
        let read = server
            .app
            .readers
            .ask(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?))
            .await;
        if let Err(error) = read {
            tracing::error!(%error, "health: the database does not answer");
            findings.push(DATABASE_READ);
        }
        // An empty transaction tells that the writer lives; after one that failed, only a real one tells that it can.
        let failing = server.app.writer.counters().failing.load(Ordering::Relaxed);
        let stored = server
            .app
            .writer
            .call(move |connection| {
                if failing {
                    settings::probe(connection, now_ms())
                } else {
                    Ok(())
                }
            })
            .await;
        if let Err(error) = stored {
            if server.app.writer.has_lost_the_file() {
                // Said in the log once, when it was noticed.
                findings.push(DATABASE_GONE);
            } else {
                tracing::error!(%error, "health: nothing can be stored");
                findings.push(DATABASE_WRITE);
            }
        }
        if findings.is_empty() {
            let ice = &server.app.ice;
            let relay_failed = ice.relay.report(ice.is_external()).state == relay::Health::Failed;
            let warnings = relay_failed.then_some(RELAY).into_iter().collect();
            let uptime_ms = server.app.started.elapsed().as_millis() as u64;
            res.render(Json(Health {
                ok: true,
                status: "healthy",
                version: VERSION,
                uptime_ms,
                warnings,
            }));
        } else {
            res.render(Json(Unhealthy {
                ok: false,
                status: "unhealthy",
                version: VERSION,
                findings,
            }));
            res.status_code(salvo::http::StatusCode::SERVICE_UNAVAILABLE);
        }
    }
}

/// `/debug/memory`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Memory {
    /// Resident memory of the process, MB of 1024².
    pub rss_mb: f64,
    /// Rooms with a connected visitor.
    pub room_state_size: usize,
    /// Public ids of some of them.
    pub rooms: Vec<String>,
    /// Connected sockets of visitors.
    pub visitor_sockets: usize,
    /// Connected sockets of agents.
    pub agent_sockets: usize,
    /// Keys that the rate limits remember.
    pub limiter_keys: usize,
    /// Uploads on their way.
    pub uploads_running: usize,
    /// Calls that ring or talk.
    pub calls_running: usize,
    /// Places that calls take in the relay.
    pub relay_allocations: u64,
    /// Jobs waiting for the writer.
    pub writer_queue: usize,
    /// Transactions since the start.
    pub commits: u64,
    /// Jobs in them.
    pub committed_jobs: u64,
}

/// Rooms that are named in `/debug/memory`.
const ROOMS_NAMED: usize = 100;

/// Where the memory is. In production only for agents; to others there is nothing here.
#[endpoint(tags("operator"))]
pub async fn memory(server: Server, req: &mut Request, depot: &mut Depot) -> ApiResult<Json<Memory>> {
    let app = server.0.app.clone();
    if app.config.environment != Environment::Development && SignedIn::extract(req, depot).await.is_err() {
        return Err(ApiError::not_found());
    }
    let rss_bytes = tokio::task::spawn_blocking(resident_bytes).await.unwrap_or_default();
    let (rooms, room_state_size) = server.0.rooms.names(ROOMS_NAMED);
    let (visitor_sockets, agent_sockets) = server.0.rooms.sockets();
    let counters = app.writer.counters();
    Ok(Json(Memory {
        rss_mb: (rss_bytes as f64 / 1024.0 / 1024.0 * 100.0).round() / 100.0,
        room_state_size,
        rooms: rooms.iter().map(ToString::to_string).collect(),
        visitor_sockets,
        agent_sockets,
        limiter_keys: app.limits.keys(),
        uploads_running: app.uploads.turns.running(),
        calls_running: server.0.calls.running(),
        relay_allocations: app.ice.relay.report(false).allocations,
        writer_queue: app.writer.queue_length(),
        commits: counters.commits.load(Ordering::Relaxed),
        committed_jobs: counters.jobs.load(Ordering::Relaxed),
    }))
}

fn resident_bytes() -> u64 {
    let Ok(pid) = sysinfo::get_current_pid() else { return 0 };
    let Ok(mut system) = System::new() else { return 0 };
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        false,
        ProcessRefreshKind::nothing().with_memory(),
    );
    system.process(pid).map_or(0, sysinfo::Process::memory)
}
