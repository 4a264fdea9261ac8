//! What every request goes through, in this order.

use std::sync::Arc;

use salvo::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use salvo::http::{Method, StatusCode};
use salvo::prelude::{CatchPanic, async_trait};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Service};

use super::client::Client;
use super::problem::ApiError;
use crate::assets;
use crate::limits::{Key, Limit};
use crate::signaling::Signaling;

/// Puts the hoops before every route.
pub fn add_to(service: Service, signaling: &Arc<Signaling>) -> Service {
    service
        // Everything below knows the server and the caller.
        .hoop(Acquaint(signaling.clone()))
        // On every answer, also those of the hoops below and of a panic.
        .hoop(SecurityHeaders::new())
        .hoop(CatchPanic::new())
        .hoop(PlainPaths)
        .hoop(LimitRequests)
        .hoop(CheckOrigin)
}

/// The server a request came to.
pub fn server(depot: &Depot) -> Result<Arc<Signaling>, ApiError> {
    depot
        .get_typed::<Arc<Signaling>>()
        .cloned()
        .map_err(|_| ApiError::internal())
}

/// The caller of a request.
pub fn client(depot: &Depot) -> Result<Client, ApiError> {
    depot.get_typed::<Client>().cloned().map_err(|_| ApiError::internal())
}

struct Acquaint(Arc<Signaling>);

#[async_trait]
impl Handler for Acquaint {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, _res: &mut Response, _ctrl: &mut FlowCtrl) {
        depot.insert_typed(Client::of(req, &self.0.app.config));
        depot.insert_typed(self.0.clone());
    }
}

struct SecurityHeaders {
    all: Vec<(HeaderName, HeaderValue)>,
}

impl SecurityHeaders {
    fn new() -> Self {
        // The emoji picker's shadow root has one style element; its hash is known at build time.
        let styles: String = assets::style_hashes().iter().map(|hash| format!(" '{hash}'")).collect();
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data: blob:; \
             media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        let mut all = vec![
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static(
                    "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), geolocation=(), payment=(), usb=()",
                ),
            ),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            ),
        ];
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            all.push((CONTENT_SECURITY_POLICY, policy));
        }
        SecurityHeaders { all }
    }
}

/// A year, as preload lists and scanners ask.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

#[async_trait]
impl Handler for SecurityHeaders {
    async fn handle(&self, _req: &mut Request, depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let headers = res.headers_mut();
        for (name, value) in &self.all {
            headers.insert(name, value.clone());
        }
        if depot.get_typed::<Client>().is_ok_and(|client| client.https) {
            headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
        }
    }
}

/// No address of ours has an encoded character or an empty segment. The router would decode and collapse them; the hoops
/// below look at the path as it came: here the two are made the same.
struct PlainPaths;

#[async_trait]
impl Handler for PlainPaths {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let path = req.uri().path();
        if path.contains("//") || path.contains('%') || !path.starts_with('/') {
            res.render(ApiError::not_found());
            ctrl.skip_rest();
        }
    }
}

/// The addresses of the Socket.IO route.
fn is_socket(path: &str) -> bool {
    path == "/socket.io" || path.starts_with("/socket.io/")
}

struct LimitRequests;

#[async_trait]
impl Handler for LimitRequests {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let (Ok(server), Ok(client)) = (server(depot), client(depot)) else {
            return;
        };
        let limit = match req.uri().path() {
            "/health" => Limit::Health,
            // Long polling asks often by design; opening is limited where it is handled, and every event by itself.
            path if is_socket(path) => return,
            _ => Limit::Request,
        };
        if let Err(wait) = server.app.limits.check(limit, Key::address(client.address)) {
            res.render(ApiError::rate_limited(wait));
            ctrl.skip_rest();
        }
    }
}

struct CheckOrigin;

#[async_trait]
impl Handler for CheckOrigin {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let (Ok(server), Ok(client)) = (server(depot), client(depot)) else {
            return;
        };
        let path = req.uri().path();
        // Pages and files may be linked to from anywhere; what talks may not.
        let talks = path.starts_with("/api/") || is_socket(path) || req.method() != Method::GET;
        if talks && !client.may_talk(req, &server.app.config) {
            res.render(ApiError::new(
                StatusCode::FORBIDDEN,
                "origin",
                "Pages of this origin may not talk to this server; the owner lists them in ALLOWED_ORIGINS.",
            ));
            ctrl.skip_rest();
        }
    }
}

/// Gives words to a status that came without (no such route, a panic).
pub struct Words;

#[async_trait]
impl Handler for Words {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        res.render(ApiError::of_status(res.status_code.unwrap_or(StatusCode::NOT_FOUND)));
        ctrl.skip_rest();
    }
}
