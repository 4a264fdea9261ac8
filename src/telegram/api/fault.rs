//! What can go wrong with a request, told apart by what is to be done about it.

use std::io::{self, Read};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use ureq::http::Response;
use ureq::{Body, Timeout};

use super::BotToken;
use crate::telegram::resolver::Unresolved;

/// When a server wants us to wait and does not say how long.
const WAIT_S: u64 = 5;
/// Of a description that is kept.
const DESCRIPTION_CHARS: usize = 300;

/// Why there is no result. No text in it holds an address or a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Telegram does not know the token.
    #[error("Telegram does not know this token")]
    Token,
    /// Somebody else fetches this bot's updates: a webhook, or another program.
    #[error("{}", if *.webhook { "the bot's updates go to a webhook" } else { "another program fetches this bot's updates" })]
    Conflict {
        /// A webhook; `deleteWebhook` removes it.
        webhook: bool,
    },
    /// Too many requests.
    #[error("Telegram wants us to wait {retry_after_s} seconds")]
    TooMany {
        /// Not before so many seconds.
        retry_after_s: u64,
    },
    /// This request is refused, and would be again.
    #[error("refused by Telegram: {description}")]
    Refused {
        /// As HTTP has it.
        code: u16,
        /// The server's words.
        description: String,
        /// The chat has a new id: the group became a supergroup.
        migrate_to: Option<i64>,
    },
    /// The server has a fault of its own.
    #[error("Telegram has a fault of its own (status {status})")]
    Server {
        /// 500 or above.
        status: u16,
    },
    /// Whoever answered does not speak the Bot API: a captive portal, a proxy, another server.
    #[error("the answer is not Telegram's (status {status})")]
    Garbage {
        /// Of the answer.
        status: u16,
    },
    /// There was no answer, or no whole one.
    #[error("{0}")]
    Network(String),
    /// The file to be sent cannot be read.
    #[error("the file cannot be sent: {0}")]
    Unreadable(String),
}

impl Fault {
    pub(super) fn refused(code: u16, description: &str) -> Fault {
        Fault::Refused {
            code,
            description: description.to_owned(),
            migrate_to: None,
        }
    }
}

/// What every answer of a method has (<https://core.telegram.org/bots/api#making-requests>).
#[derive(Deserialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    migrate_to_chat_id: Option<i64>,
    retry_after: Option<u64>,
}

/// The whole body, when it has no more than `bytes_max`.
pub(super) fn read(answer: Response<Body>, bytes_max: u64) -> Result<Vec<u8>, Fault> {
    let mut said = Vec::new();
    let mut body = answer.into_body().into_with_config().limit(u64::MAX).reader();
    match (&mut body).take(bytes_max + 1).read_to_end(&mut said) {
        Err(error) => Err(Fault::Network(io(&error).to_string())),
        Ok(_) if said.len() as u64 > bytes_max => Err(Fault::Network("the answer is too long".to_owned())),
        Ok(_) => Ok(said),
    }
}

/// The result in a method's answer, or its fault. `wait` is the header `Retry-After`, in seconds.
pub(super) fn judge<T: DeserializeOwned>(
    status: u16,
    wait: Option<u64>,
    said: &[u8],
    token: &BotToken,
) -> Result<T, Fault> {
    let answer: Option<Answer<'_>> = serde_json::from_slice(said).ok();
    let Some(answer) = answer else {
        return Err(match status {
            429 => Fault::TooMany {
                retry_after_s: wait.unwrap_or(WAIT_S),
            },
            // A proxy in front of the API refuses large files in its own words.
            413 => Fault::refused(413, "the file is too large"),
            500.. => Fault::Server { status },
            _ => Fault::Garbage { status },
        });
    };
    if answer.ok {
        let result = answer.result.and_then(|result| serde_json::from_str(result.get()).ok());
        return result.ok_or(Fault::Garbage { status });
    }
    let description = spoken(answer.description.as_deref().unwrap_or("no reason given"), token);
    let parameters = answer.parameters.as_ref();
    Err(match answer.error_code.unwrap_or(status) {
        // Telegram says 404 of addresses whose token it cannot even read.
        401 | 404 => Fault::Token,
        409 => Fault::Conflict {
            webhook: description.contains("webhook"),
        },
        429 => Fault::TooMany {
            retry_after_s: parameters
                .and_then(|given| given.retry_after)
                .or(wait)
                .unwrap_or(WAIT_S),
        },
        status @ 500.. => Fault::Server { status },
        code @ 400..500 => Fault::Refused {
            code,
            description,
            migrate_to: parameters.and_then(|given| given.migrate_to_chat_id),
        },
        status => Fault::Garbage { status },
    })
}

/// Of a file that was not handed out. There 404 is about the file.
pub(super) fn of_file(status: u16, said: &[u8], token: &BotToken) -> Fault {
    match status {
        404 | 410 => Fault::refused(status, "the file is no longer there"),
        _ => match judge::<serde_json::Value>(status, None, said, token) {
            Err(fault) => fault,
            Ok(_) => Fault::Garbage { status },
        },
    }
}

/// A server's words as they can be shown: one line, not endless, without the token.
fn spoken(description: &str, token: &BotToken) -> String {
    let line = description.replace(char::is_control, " ");
    token.scrub(&line).chars().take(DESCRIPTION_CHARS).collect()
}

/// Did the other side end the connection, rather than refuse or keep silent?
pub(super) fn is_closed(error: &ureq::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error, ureq::Error::Io(error)
        if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
}

/// ureq's error in our words: its own may hold the address.
pub(super) fn network(error: &ureq::Error) -> Fault {
    Fault::Network(words(error))
}

fn words(error: &ureq::Error) -> String {
    let words = match error {
        ureq::Error::Timeout(Timeout::Resolve) => return Unresolved::NoAnswer.to_string(),
        ureq::Error::Timeout(Timeout::Connect) => "timed out: no connection",
        ureq::Error::Timeout(_) => "timed out: no answer",
        ureq::Error::HostNotFound => "cannot find the host",
        ureq::Error::Io(error) => return io_words(error),
        ureq::Error::Rustls(error) => return tls_words(error),
        ureq::Error::Tls(_) | ureq::Error::TlsRequired | ureq::Error::Pem(_) => "TLS: no secure connection",
        ureq::Error::Other(error) => match error.downcast_ref::<Unresolved>() {
            Some(unresolved) => return unresolved.to_string(),
            None => "no connection",
        },
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the address of the Bot API cannot be used",
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => "the answer is not HTTP",
        _ => "no connection",
    };
    words.to_owned()
}

fn io_words(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let inner = error.get_ref();
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls_words(error);
    }
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        return words(error);
    }
    let words = match error.kind() {
        Kind::ConnectionRefused => "connection refused",
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => "connection reset",
        Kind::UnexpectedEof => "the connection ended before the answer",
        Kind::TimedOut | Kind::WouldBlock => "timed out: no answer",
        Kind::NetworkUnreachable | Kind::NetworkDown => "the network cannot be reached",
        Kind::HostUnreachable => "the host cannot be reached",
        Kind::NotConnected => "no connection",
        // Of the certificate or the protocol: what is not about sockets is about TLS.
        Kind::InvalidData => "TLS: no secure connection",
        _ => "no connection",
    };
    words.to_owned()
}

fn tls_words(error: &rustls::Error) -> String {
    use rustls::CertificateError as Wrong;
    let words = match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            Wrong::Expired | Wrong::ExpiredContext { .. } => {
                "the server's certificate has expired; is this machine's clock right?"
            }
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet; is this machine's clock right?"
            }
            Wrong::UnknownIssuer => "nobody we trust has issued the server's certificate",
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                "the server's certificate is another host's"
            }
            _ => "the server's certificate is not valid",
        },
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS",
        _ => "no secure connection",
    };
    format!("TLS: {words}")
}

/// An error while reading, in our words.
pub(super) fn io(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), io_words(error))
}
