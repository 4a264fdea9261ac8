//! The web client, inside the binary. `build.rs` puts it in `$OUT_DIR/web`: pages, hashed files under `assets/`, and
//! next to each compressible one its `.br` and `.gz`. Bytes are served from where the binary is mapped: they are never
//! copied, and what nobody asks for is never read from disk.

use std::borrow::Cow;
use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Files the build makes for the server, not for browsers.
const CSP: &str = "csp.json";
/// Half of a SHA-256 names a version well enough.
const ETAG_BYTES: usize = 16;
/// `esbuild` puts a content hash of this many capitals and digits before the extension.
const HASH_CHARS: usize = 8;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web/"]
struct Web;

/// One file as it is served.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its bytes, not encoded.
    pub body: &'static [u8],
    /// The same in Brotli, where the build made it.
    pub br: Option<&'static [u8]>,
    /// The same in gzip, where the build made it.
    pub gz: Option<&'static [u8]>,
    /// Value of `Content-Type`.
    pub mime: &'static str,
    /// Value of `ETag`: weak, because the three encodings share it (RFC 9110 §8.8.3.3).
    pub etag: String,
    /// Its name changes with its content, so that browsers may keep it for ever.
    pub immutable: bool,
}

/// The file at `path` (no slash at the start, as in `assets/visitor-ABCD1234.js`).
#[must_use]
pub fn find(path: &str) -> Option<Asset> {
    if path == CSP || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let file = Web::get(path)?;
    let etag = format!("W/\"{}\"", HEXLOWER.encode(&file.metadata.sha256_hash()[..ETAG_BYTES]));
    let body = bytes(file)?;
    // A tiny file can grow by encoding.
    let encoded = |ending| {
        Web::get(&format!("{path}.{ending}"))
            .and_then(bytes)
            .filter(|encoded| encoded.len() < body.len())
    };
    Some(Asset {
        body,
        br: encoded("br"),
        gz: encoded("gz"),
        mime: mime(path),
        etag,
        immutable: is_hashed(path),
    })
}

/// Every path that [`find`] knows.
pub fn paths() -> impl Iterator<Item = Cow<'static, str>> {
    Web::iter().filter(|path| path != CSP && !path.ends_with(".br") && !path.ends_with(".gz"))
}

/// Sources for `style-src` of style elements the build knows of, as in `'sha256-…'`. Usually none.
#[must_use]
pub fn style_hashes() -> &'static [String] {
    #[derive(serde::Deserialize)]
    struct Csp {
        style_hashes: Vec<String>,
    }
    static HASHES: OnceLock<Vec<String>> = OnceLock::new();
    HASHES.get_or_init(|| {
        let csp = Web::get(CSP)
            .and_then(bytes)
            .and_then(|json| serde_json::from_slice::<Csp>(json).ok());
        csp.map(|csp| csp.style_hashes).unwrap_or_default()
    })
}

/// The smallest representation that the client takes, and the value of `Content-Encoding` for it. `accept_encoding` is
/// the header's value (RFC 9110 §12.5.3), empty when there is none. The answer needs `Vary: Accept-Encoding`.
#[must_use]
pub fn negotiate(asset: &Asset, accept_encoding: &str) -> (&'static [u8], Option<&'static str>) {
    if let Some(br) = asset.br.filter(|_| accepts(accept_encoding, "br")) {
        return (br, Some("br"));
    }
    if let Some(gz) = asset.gz.filter(|_| accepts(accept_encoding, "gzip")) {
        return (gz, Some("gzip"));
    }
    (asset.body, None)
}

/// Named codings only: `*` is what download tools send, and they rarely decode.
fn accepts(accept_encoding: &str, coding: &str) -> bool {
    accept_encoding.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = parts.any(|parameter| {
            let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
            weight.and_then(|weight| weight.trim().parse::<f32>().ok()) == Some(0.0)
        });
        named && !refused
    })
}

/// The mapped bytes; with the feature `debug-embed` there are no others.
fn bytes(file: EmbeddedFile) -> Option<&'static [u8]> {
    match file.data {
        Cow::Borrowed(bytes) => Some(bytes),
        Cow::Owned(_) => None,
    }
}

/// `assets/name-HASH.ext`, as in the build.
fn is_hashed(path: &str) -> bool {
    let Some((stem, _)) = path.strip_prefix("assets/").and_then(|name| name.split_once('.')) else {
        return false;
    };
    stem.rsplit_once('-')
        .is_some_and(|(_, hash)| hash.len() >= HASH_CHARS && hash.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("mp3") => "audio/mpeg",
        Some("ogg" | "oga") => "audio/ogg",
        Some("wav") => "audio/wav",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_inside() {
        for page in ["visitor.html", "admin.html"] {
            let asset = find(page).unwrap_or_else(|| panic!("{page} is not in the build"));
            assert_eq!(asset.mime, "text/html; charset=utf-8");
            assert!(!asset.immutable);
        }
        assert!(find("none.html").is_none() && find("").is_none() && find("../Cargo.toml").is_none());
    }

    #[test]
    fn every_listed_file_is_found_and_nothing_that_is_for_the_server() {
        assert!(paths().count() > 2);
        for path in paths() {
            let asset = find(&path).unwrap_or_else(|| panic!("{path}"));
            assert_ne!(asset.mime, "application/octet-stream", "{path}");
            assert_eq!(asset.immutable, path.starts_with("assets/"), "{path}");
            for encoded in [asset.br, asset.gz].into_iter().flatten() {
                assert!(encoded.len() < asset.body.len(), "{path} grows by encoding");
            }
            assert!(find(&format!("{path}.br")).is_none() && find(&format!("{path}.gz")).is_none());
        }
        assert!(find(CSP).is_none());
    }

    #[test]
    fn a_client_gets_the_smallest_form_it_takes() {
        let asset = Asset {
            body: b"body",
            br: Some(b"b"),
            gz: Some(b"gz"),
            mime: "",
            etag: String::new(),
            immutable: false,
        };
        let chosen = |accept: &str| negotiate(&asset, accept).1;
        assert_eq!(negotiate(&asset, "gzip, deflate, br;q=0.9"), (&b"b"[..], Some("br")));
        assert_eq!(chosen("br; q=0, GZIP"), Some("gzip"));
        assert_eq!(chosen("br;q=0.000,gzip;Q=0"), None);
        assert_eq!(chosen("*"), None);
        assert_eq!(chosen(""), None);
        assert_eq!(
            negotiate(
                &Asset {
                    br: None,
                    ..asset.clone()
                },
                "br"
            ),
            (&b"body"[..], None)
        );
    }

    #[test]
    fn hashed_names_are_told_from_others() {
        assert!(is_hashed("assets/visitor-XK3PQ7ZA.js") && is_hashed("assets/a-b-XK3PQ7ZA.js.map"));
        assert!(
            !is_hashed("assets/visitor.js") && !is_hashed("visitor-XK3PQ7ZA.js") && !is_hashed("assets/a-short.js")
        );
    }
}
