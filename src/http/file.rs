//! `GET /files/{id}/{name}`: a file on its way out, to whoever holds its link.

use salvo::fs::NamedFile;
use salvo::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH, IF_RANGE, RANGE,
};
use salvo::http::{Method, StatusCode};
use salvo::oapi::extract::PathParam;
use salvo::oapi::{ToParameters, endpoint};
use salvo::{Request, Response, Writer};
use serde::Deserialize;

use super::body::{ApiResult, Query};
use super::problem::ApiError;
use super::signed_in::Server;
use crate::auth::file_link::{LinkRefused, Variant};
use crate::clock::now_ms;
use crate::media::types::FileType;
use crate::storage::uploads::{self, File};

/// What makes a link.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub struct LinkQuery {
    /// Until when it is valid, ms UTC.
    exp: i64,
    /// Proves that we made it.
    sig: String,
    /// `thumb`: the small copy of a picture.
    v: Option<String>,
}

/// Whatever a file holds, nothing in it may run, load or be framed (belt and braces: it is nosniff and mostly an
/// attachment, too).
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Read at once: what a client that does not read on holds of our memory.
const PIECE_BYTES: u64 = 32 * 1024;

/// A file by its signed link. Ranges and conditions as RFC 9110 has them; the name in the path is for people.
#[endpoint(tags("files"))]
pub async fn fetch(
    server: Server,
    id: PathParam<String>,
    #[allow(unused_variables, reason = "describes the path")] name: PathParam<String>,
    query: Query<LinkQuery>,
    req: &mut Request,
    res: &mut Response,
) -> ApiResult<()> {
    let (app, id, link) = (&server.0.app, id.into_inner(), query.0);
    let variant = match link.v.as_deref() {
        None => Variant::Whole,
        Some("thumb") => Variant::Thumb,
        Some(_) => return Err(ApiError::not_found()),
    };
    let now = now_ms();
    app.links
        .check(&id, variant, link.exp, &link.sig, now)
        .map_err(|refused| match refused {
            LinkRefused::Signature => ApiError::new(
                StatusCode::FORBIDDEN,
                "link",
                "This link was not made by this server, or is not whole.",
            ),
            LinkRefused::Expired => ApiError::new(
                StatusCode::GONE,
                "link",
                "This link has expired; the messages have a new one.",
            ),
        })?;
    let question = move |connection: &rusqlite::Connection| uploads::file(connection, &id, variant);
    let Some(file) = app.readers.ask(question).await? else {
        return Err(ApiError::not_found());
    };
    let path = app.uploads.store.path(&file.sha256);
    let etag = format!("\"{}\"", data_encoding::HEXLOWER.encode(&file.sha256));
    describe(res, &file, &etag, (link.exp - now) / 1000);

    if req.headers().get(IF_NONE_MATCH).is_some_and(|tags| names(tags, &etag)) {
        res.status_code(StatusCode::NOT_MODIFIED);
        return Ok(());
    }
    // The part is asked of another version of the file: the answer is the whole (RFC 9110, 13.1.5).
    let mut part = HeaderMap::new();
    if let Some(range) = req.headers().get(RANGE).and_then(one_part)
        && req
            .headers()
            .get(IF_RANGE)
            .is_none_or(|tag| tag.as_bytes() == etag.as_bytes())
    {
        part.insert(RANGE, range);
    }
    let opened = NamedFile::builder(&path)
        .content_type(
            content_type(&file.mime)
                .parse()
                .unwrap_or(mime::APPLICATION_OCTET_STREAM),
        )
        .buffer_size(PIECE_BYTES)
        .preload_threshold(PIECE_BYTES)
        .use_etag(false)
        .use_last_modified(false)
        .build()
        .await;
    match opened {
        Ok(mut opened) => {
            opened.disable_content_disposition();
            let method = if req.method() == Method::HEAD {
                Method::HEAD
            } else {
                Method::GET
            };
            opened.send_with_method(&method, &part, res).await;
            Ok(())
        }
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "a file that a message names cannot be read");
            Err(ApiError::not_found())
        }
    }
}

fn describe(res: &mut Response, file: &File, etag: &str, valid_for_s: i64) {
    let cache = format!("private, max-age={valid_for_s}, immutable");
    let disposition = disposition(&file.name, is_shown_in_place(&file.mime));
    let headers = res.headers_mut();
    for (name, value) in [
        (ETAG, etag),
        (CACHE_CONTROL, &cache),
        (CONTENT_DISPOSITION, &disposition),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
}

/// What a browser is told: the type where it cannot do anything with it but what we want, else "bytes".
fn content_type(mime: &str) -> &str {
    match FileType::by_mime(mime) {
        Some(known) if known.mime == "text/plain" => "text/plain; charset=utf-8",
        Some(known) if known.inert => known.mime,
        _ => "application/octet-stream",
    }
}

fn is_shown_in_place(mime: &str) -> bool {
    FileType::by_mime(mime).is_some_and(|known| known.inline)
}

/// Does an `If-None-Match` name this tag? Weak comparison (RFC 9110, 13.1.2).
fn names(tags: &HeaderValue, etag: &str) -> bool {
    let tags = tags.to_str().unwrap_or_default();
    tags.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// The one part that a `Range` asks for, within numbers that a file can have. `None`: there are several, or it is none;
/// such a field is ignored (RFC 9110, 14.2).
fn one_part(range: &HeaderValue) -> Option<HeaderValue> {
    let (unit, part) = range.to_str().ok()?.split_once('=')?;
    let (first, last) = part.trim().split_once('-')?;
    if !unit.eq_ignore_ascii_case("bytes") || (first.is_empty() && last.is_empty()) {
        return None;
    }
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than fit: beyond the end of every file.
        digits.then(|| text.parse::<i64>().unwrap_or(i64::MAX - 1))
    };
    let part = match (first, last) {
        ("", last) => format!("-{}", number(last)?),
        (first, "") => format!("{}-", number(first)?),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            format!("{first}-{last}")
        }
    };
    HeaderValue::try_from(format!("bytes={part}")).ok()
}

/// `Content-Disposition` (RFC 6266): the name in ASCII for old programs, and as it is (RFC 8187).
fn disposition(name: &str, in_place: bool) -> String {
    let kind = if in_place { "inline" } else { "attachment" };
    let ascii: String = name
        .chars()
        .map(|c| {
            let plain = (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%');
            if plain { c } else { '_' }
        })
        .collect();
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        // attr-char of RFC 8187, 3.2.1.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_its_quotes() {
        assert_eq!(
            disposition("photo.jpg", true),
            "inline; filename=\"photo.jpg\"; filename*=UTF-8''photo.jpg"
        );
        assert_eq!(
            disposition("kırık \"parça\"; a=b.pdf", false),
            "attachment; filename=\"k_r_k _par_a_; a=b.pdf\"; \
             filename*=UTF-8''k%C4%B1r%C4%B1k%20%22par%C3%A7a%22%3B%20a%3Db.pdf"
        );
        let hostile = disposition("a\r\nSet-Cookie: x=1\u{0}\u{202e}%22.txt", false);
        assert!(HeaderValue::from_str(&hostile).is_ok(), "{hostile}");
        assert!(hostile.is_ascii() && !hostile.contains(['\r', '\n', '\0']));
    }

    #[test]
    fn only_inert_types_are_named() {
        for (mime, told) in [
            ("image/jpeg", "image/jpeg"),
            ("audio/webm", "audio/webm"),
            ("application/pdf", "application/pdf"),
            ("text/plain", "text/plain; charset=utf-8"),
            ("text/html", "application/octet-stream"),
            ("image/svg+xml", "application/octet-stream"),
            ("application/xml", "application/octet-stream"),
            ("nonsense", "application/octet-stream"),
        ] {
            assert_eq!(content_type(mime), told, "{mime}");
        }
        assert!(is_shown_in_place("image/png") && is_shown_in_place("audio/ogg"));
        for mime in [
            "application/pdf",
            "text/plain",
            "image/svg+xml",
            "text/html",
            "video/mp4",
        ] {
            assert!(!is_shown_in_place(mime), "{mime}");
        }
    }

    #[test]
    fn a_range_is_one_part_or_none() {
        let of = |range: &'static str| {
            one_part(&HeaderValue::from_static(range)).map(|part| part.to_str().unwrap_or_default().to_owned())
        };
        assert_eq!(of("bytes=0-4").as_deref(), Some("bytes=0-4"));
        assert_eq!(of("Bytes=7-").as_deref(), Some("bytes=7-"));
        assert_eq!(of("bytes=-5").as_deref(), Some("bytes=-5"));
        assert_eq!(
            of("bytes=0-99999999999999999999").as_deref(),
            Some("bytes=0-9223372036854775806")
        );
        for ignored in [
            "bytes=5-2",
            "bytes=abc",
            "bytes=-",
            "bytes=1-2,4-5",
            "items=0-1",
            "bytes=+1-2",
            "bytes",
            "",
        ] {
            assert_eq!(of(ignored), None, "{ignored}");
        }
    }

    #[test]
    fn a_tag_is_known_in_a_list_and_when_weak() {
        let names = |tags: &'static str| names(&HeaderValue::from_static(tags), "\"ab\"");
        assert!(names("\"ab\"") && names("\"x\", W/\"ab\"") && names("*"));
        assert!(!names("\"a\"") && !names("ab") && !names(""));
    }
}
