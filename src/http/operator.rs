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
use crate::config::Environment;
use crate::health::{Finding, Severity, examine};
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

/// Does the server work?
pub struct HealthCheck;

#[async_trait]
impl Handler for HealthCheck {
    async fn handle(&self, _req: &mut Request, depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let server = match super::hoops::server(depot) {
            Ok(server) => server,
            Err(error) => return res.render(error),
        };
        let examined = examine(&server).await;
        let found = |severity| examined.failing(severity).map(Finding::of).collect::<Vec<_>>();
        let findings = found(Severity::Failure);
        if findings.is_empty() {
            res.render(Json(Health {
                ok: true,
                status: "healthy",
                version: VERSION,
                uptime_ms: server.app.started.elapsed().as_millis() as u64,
                warnings: found(Severity::Warning),
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
