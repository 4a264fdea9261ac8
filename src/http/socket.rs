//! Hands Socket.IO requests to the signaling.

use std::sync::{Arc, Mutex, PoisonError};

use engineioxide::service::EngineIoService;
use http_body_util::BodyExt;
use salvo::http::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_KEY};
use salvo::http::uri::Uri;
use salvo::http::{ReqBody, ResBody};
use salvo::hyper::upgrade::OnUpgrade;
use salvo::prelude::async_trait;
use salvo::{Depot, FlowCtrl, Handler, Request, Response};

use super::hoops;
use super::problem::ApiError;
use super::signed_in::cookie_hash;
use crate::limits::{Key, Limit};
use crate::signaling::Signaling;
use crate::signaling::engine::{self, Engine, Handshake};

/// The route's handler.
pub struct Mount {
    engine: EngineIoService<Engine>,
    hosts: Hosts,
}

/// Hosts that clients know us by: the same few words, kept by every connection.
#[derive(Default)]
struct Hosts(Mutex<Vec<Arc<str>>>);

/// A business has one or two.
const HOSTS_KEPT: usize = 8;

impl Hosts {
    fn shared(&self, host: &str) -> Arc<str> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hosts.iter().find(|known| &***known == host) {
            return known.clone();
        }
        let new: Arc<str> = host.into();
        if hosts.len() < HOSTS_KEPT {
            hosts.push(new.clone());
        }
        new
    }
}

impl Mount {
    /// An engine for this server.
    pub fn new(signaling: &Arc<Signaling>) -> Mount {
        Mount {
            engine: EngineIoService::with_config(Arc::new(Engine(signaling.clone())), engine::config()),
            hosts: Hosts::default(),
        }
    }
}

#[async_trait]
impl Handler for Mount {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let (Ok(server), Ok(client)) = (hoops::server(depot), hoops::client(depot)) else {
            return res.render(ApiError::internal());
        };
        let opens = !req
            .uri()
            .query()
            .unwrap_or_default()
            .split('&')
            .any(|pair| pair.starts_with("sid="));
        if opens && let Err(wait) = server.app.limits.check(Limit::Open, Key::address(client.address)) {
            return res.render(ApiError::rate_limited(wait));
        }
        // A page of an allowed, but other, origin may be a visitor, never the agent whose browser it runs in.
        let own_page = client.is_same_origin(req, &server.app.config).unwrap_or(true);
        let login = cookie_hash(req.headers(), &client).filter(|_| own_page);
        let handshake = Handshake {
            address: client.address,
            login,
            host: self.hosts.shared(&client.host),
        };
        let Some(request) = slim(req, handshake) else {
            return res.render(ApiError::internal());
        };
        match salvo::hyper::service::Service::call(&self.engine, request).await {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                res.status_code(parts.status);
                for (name, value) in &parts.headers {
                    res.headers_mut().insert(name, value.clone());
                }
                // Both transports answer with what only this client may see.
                res.headers_mut()
                    .insert("cache-control", HeaderValue::from_static("no-store"));
                res.replace_body(ResBody::Boxed(Box::pin(body.map_err(Into::into))));
            }
            Err(never) => match never {},
        }
    }
}

/// A copy of the request that shares no memory with it.
///
/// A connection keeps the head of its first request for its whole life; headers and URI that point into hyper's read
/// buffer would keep those 8 KB alive with it (measured: 4 KB a socket).
fn slim(req: &mut Request, handshake: Handshake) -> Option<salvo::hyper::Request<ReqBody>> {
    // Room for one: an empty map would make room for six at the first, 600 bytes for as long as the connection lives.
    let mut headers = HeaderMap::with_capacity(1);
    // The only header that Engine.IO looks at; hyper has done the rest of the upgrade.
    if let Some(key) = req.headers().get(SEC_WEBSOCKET_KEY) {
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_bytes(key.as_bytes()).ok()?);
    }
    let path_and_query = req.uri().path_and_query()?.as_str().to_owned();
    let mut request = salvo::hyper::Request::new(req.take_body());
    *request.method_mut() = req.method().clone();
    *request.uri_mut() = Uri::try_from(path_and_query).ok()?;
    *request.version_mut() = req.version();
    *request.headers_mut() = headers;
    if let Some(upgrade) = req.extensions_mut().remove::<OnUpgrade>() {
        request.extensions_mut().insert(upgrade);
    }
    request.extensions_mut().insert(handshake);
    Some(request)
}
