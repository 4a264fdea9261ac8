//! The web client: pages and their files, from inside the binary.

use salvo::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, VARY,
};
use salvo::http::{ResBody, StatusCode};
use salvo::prelude::async_trait;
use salvo::{Depot, FlowCtrl, Handler, Request, Response};

use super::problem::ApiError;
use crate::assets::{self, Asset};

/// Serves one embedded file under a fixed address.
#[derive(Clone, Copy)]
pub struct Page(pub &'static str);

#[async_trait]
impl Handler for Page {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        serve(req, res, assets::find(self.0));
    }
}

/// Serves `/assets/…`.
#[derive(Clone, Copy)]
pub struct Files;

#[async_trait]
impl Handler for Files {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let path = req.uri().path().trim_start_matches('/').to_owned();
        serve(req, res, assets::find(&path));
    }
}

fn serve(req: &Request, res: &mut Response, asset: Option<Asset>) {
    let Some(asset) = asset else {
        return res.render(ApiError::not_found());
    };
    let text = |name| {
        req.headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    // Pages change with the program: browsers ask each time, and mostly hear 304.
    let caching = if asset.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = res.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        headers.insert(ETAG, etag);
    }
    if text(IF_NONE_MATCH)
        .split(',')
        .any(|known| known.trim() == asset.etag || known.trim() == "*")
    {
        res.status_code(StatusCode::NOT_MODIFIED);
        return;
    }
    let (body, encoding) = assets::negotiate(&asset, text(ACCEPT_ENCODING));
    let headers = res.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.mime));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    res.status_code(StatusCode::OK);
    res.replace_body(ResBody::Once(bytes::Bytes::from_static(body)));
}
