//! From the text of a setting to its value. Each function returns the value, or the end of a sentence that begins with
//! the setting's name: what is wrong with it and what it should look like.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use url::Url;

use super::{Environment, LogLevel};

type Parsed<T> = Result<T, String>;

/// Threads beyond this serve nobody: the writer is one thread, and a small server has few processors.
const WORKER_THREADS_MAX: usize = 64;
/// 32 characters of even a weak alphabet are beyond guessing (OWASP asks for 64 bits of entropy at least).
const SECRET_KEY_MIN_CHARS: usize = 32;

pub(super) fn environment(text: &str) -> Parsed<Environment> {
    match text {
        "production" => Ok(Environment::Production),
        "development" => Ok(Environment::Development),
        _ => Err(format!("is {text:?}; it must be production or development")),
    }
}

pub(super) fn host(text: &str) -> Parsed<IpAddr> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    // People copy `[::1]` out of addresses.
    text.trim_start_matches('[').trim_end_matches(']').parse().map_err(|_| {
        format!("is {text:?}; it must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all")
    })
}

pub(super) fn port(text: &str) -> Parsed<u16> {
    text.parse()
        .map_err(|_| format!("is {text:?}; it must be a number from 0 to 65535"))
}

/// The value is never repeated: errors end in logs and in support mails.
pub(super) fn secret_key(text: &str) -> Parsed<String> {
    let length = text.chars().count();
    if length >= SECRET_KEY_MIN_CHARS {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "has {length} characters; it needs {SECRET_KEY_MIN_CHARS} or more, for example from: openssl rand -base64 32"
        ))
    }
}

/// Origins as a browser writes them: lower case, IDNA, no default port. `*` stands for any site, in development only.
pub(super) fn origins(text: &str, environment: Environment) -> Parsed<Vec<String>> {
    items(text)
        .map(|item| match item {
            "*" if environment == Environment::Development => Ok("*".to_owned()),
            "*" => Err("has *, which would let every website use this chat in its visitors' names; name each one, as in \
                https://www.example.com"
                .to_owned()),
            _ => origin(item).ok_or_else(|| format!("has {item:?}; each must look like https://www.example.com, with a port if needed and nothing after it")),
        })
        .collect()
}

pub(super) fn origin(text: &str) -> Option<String> {
    let url = web_address(text)?;
    (url.path() == "/").then(|| url.origin().ascii_serialization())
}

pub(super) fn public_url(text: &str) -> Parsed<String> {
    origin(text).ok_or_else(|| {
        format!("is {text:?}; it must look like https://chat.example.com, with nothing after the host and port")
    })
}

/// An http or https address with a plain host and neither user, query nor fragment.
fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.contains('*'))
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(url)
}

/// Networks (`10.0.0.0/8`) and plain addresses.
pub(super) fn networks(text: &str) -> Parsed<Vec<IpNet>> {
    items(text)
        .map(|item| {
            item.parse::<IpNet>()
                .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
                .map(|network| network.trunc())
                .map_err(|_| {
                    format!("has {item:?}; each must be an address or a network, such as 127.0.0.1 or 10.0.0.0/8")
                })
        })
        .collect()
}

pub(super) fn on_off(text: &str) -> Parsed<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("is {text:?}; it must be on or off")),
    }
}

pub(super) fn log_level(text: &str) -> Parsed<LogLevel> {
    match text {
        "error" => Ok(LogLevel::Error),
        "warn" => Ok(LogLevel::Warn),
        "info" => Ok(LogLevel::Info),
        "debug" => Ok(LogLevel::Debug),
        _ => Err(format!("is {text:?}; it must be error, warn, info or debug")),
    }
}

pub(super) fn worker_threads(text: &str) -> Parsed<usize> {
    text.parse()
        .ok()
        .filter(|threads| (1..=WORKER_THREADS_MAX).contains(threads))
        .ok_or_else(|| format!("is {text:?}; it must be a number from 1 to {WORKER_THREADS_MAX}"))
}

/// One file is at most a gigabyte: the body of one request.
const UPLOAD_MAX_MB_MAX: u64 = 1024;

pub(super) fn upload_max_mb(text: &str) -> Parsed<u64> {
    text.parse()
        .ok()
        .filter(|size| (1..=UPLOAD_MAX_MB_MAX).contains(size))
        .ok_or_else(|| format!("is {text:?}; it must be a number of megabytes from 1 to {UPLOAD_MAX_MB_MAX}"))
}

/// A petabyte: beyond it somebody has counted in bytes.
const MEGABYTES_MAX: u64 = 1024 * 1024 * 1024;

pub(super) fn megabytes(text: &str) -> Parsed<u64> {
    text.parse()
        .ok()
        .filter(|size| *size <= MEGABYTES_MAX)
        .ok_or_else(|| format!("is {text:?}; it must be a number of megabytes, or 0 for no limit"))
}

/// A trailing comma is no fault.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_come_out_as_browsers_write_them() {
        let production = Environment::Production;
        assert_eq!(
            origins(
                "https://Www.Example.com:443/, http://localhost:8080,https://konuşma.example,",
                production
            ),
            Ok(vec![
                "https://www.example.com".into(),
                "http://localhost:8080".into(),
                "https://xn--konuma-zjb.example".into()
            ])
        );
        for wrong in [
            "www.example.com",
            "https://example.com/shop",
            "https://u:p@example.com",
            "ftp://example.com",
            "https://*.example.com",
            "https://example.com?x",
            "null",
        ] {
            assert!(origins(wrong, production).is_err(), "{wrong}");
        }
    }

    #[test]
    fn any_origin_is_for_developers() {
        assert_eq!(origins("*", Environment::Development), Ok(vec!["*".into()]));
        assert!(
            origins("*", Environment::Production)
                .unwrap_err()
                .contains("every website")
        );
    }

    #[test]
    fn the_public_address_has_no_end_slash_and_no_path() {
        assert_eq!(
            public_url("https://Chat.example.com/"),
            Ok("https://chat.example.com".into())
        );
        assert_eq!(public_url("http://10.0.0.2:8080"), Ok("http://10.0.0.2:8080".into()));
        assert!(public_url("https://example.com/chat").is_err());
        assert!(public_url("chat.example.com").is_err());
    }

    #[test]
    fn proxies_may_be_addresses_or_networks() {
        let networks = networks("127.0.0.1, 10.1.2.3/8 ,fd00::/8").unwrap();
        let shown: Vec<_> = networks.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]);
        assert!(super::networks("proxy.local").unwrap_err().contains("proxy.local"));
    }

    #[test]
    fn a_short_secret_is_refused_without_repeating_it() {
        let fault = secret_key("hunter2").unwrap_err();
        assert!(fault.contains("7 characters") && !fault.contains("hunter2"), "{fault}");
        assert!(secret_key(&"ş".repeat(32)).is_ok());
    }

    #[test]
    fn numbers_have_their_range() {
        assert_eq!(port("0"), Ok(0));
        assert!(port("65536").is_err() && port("-1").is_err() && port("").is_err());
        assert_eq!(worker_threads("64"), Ok(64));
        assert!(worker_threads("0").is_err() && worker_threads("65").is_err());
        assert_eq!(host("localhost"), Ok(IpAddr::from([127, 0, 0, 1])));
        assert!(host("[::1]").is_ok() && host("example.com").is_err());
    }
}
