//! A client of Telegram's Bot API (<https://core.telegram.org/bots/api>), or of a server that speaks it.
//!
//! It blocks: it is for threads of its own. The token is part of each address, so nothing of the HTTP client's own words
//! leaves this module: [`Fault`] says what went wrong in ours.

mod fault;
mod multipart;
mod token;
pub mod types;

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Handle;
use ureq::config::Config;
use ureq::http::{Response, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use super::resolver::NameResolver;

pub use fault::Fault;
pub use multipart::{FilePart, Source};
pub use token::BotToken;

/// Nearer than this, everybody connects within a second; a packet that was lost is sent again after one and three.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// 20 MB, the most that Telegram hands out, at 200 KB/s.
const DOWNLOAD_PATIENCE: Duration = Duration::from_secs(100);
/// A hundred updates with long texts have 2 MB.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Of a connection, for each direction. Files pass in such pieces.
const BUFFER_BYTES: usize = 16 * 1024;

/// A bot, as we speak for it. Clones share their connections.
#[derive(Clone)]
pub struct Api {
    agent: Agent,
    base: Arc<str>,
    token: BotToken,
}

impl Api {
    /// At `base`, which is `scheme://host[:port]`. Names are resolved on `runtime`, which must be another thread's.
    pub fn new(base: &str, token: BotToken, runtime: Handle) -> Api {
        let config = Config::builder()
            .http_status_as_error(false)
            // The token goes to the host it was meant for, and by no way round.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("konusma/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT_PATIENCE))
            .timeout_connect(Some(CONNECT_PATIENCE))
            .input_buffer_size(BUFFER_BYTES)
            .output_buffer_size(BUFFER_BYTES)
            .build();
        Api {
            agent: Agent::with_parts(config, DefaultConnector::default(), NameResolver::new(runtime)),
            base: base.trim_end_matches('/').into(),
            token,
        }
    }

    /// Whose token this is.
    pub fn bot_id(&self) -> i64 {
        self.token.bot_id()
    }

    /// Calls a method with a JSON object, and gives its `result` as `T`.
    ///
    /// # Errors
    /// [`Fault`]; also when there was no whole answer within `patience`. Whether a method that sends has sent is then not
    /// known. [`Fault::Garbage`] when it did, but its result is no `T`: ask for a [`Value`] where that matters.
    pub fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        body: &Value,
        patience: Duration,
    ) -> Result<T, Fault> {
        let once = || self.post(method, body, patience);
        let answer = match once() {
            // A connection that was kept may end as we use it. What only asks can ask again; what sends would send twice.
            Err(error) if matches!(method, "getUpdates" | "getMe") && fault::is_closed(&error) => once(),
            answer => answer,
        };
        self.result(answer.map_err(|error| fault::network(&error))?)
    }

    fn post(&self, method: &str, body: &Value, patience: Duration) -> Result<Response<Body>, ureq::Error> {
        self.agent
            .post(self.url(method))
            .config()
            .timeout_global(Some(patience))
            .build()
            .send_json(body)
    }

    /// Calls a method with a file, which is read from the disk as it is sent; `fields` are its other parameters.
    ///
    /// # Errors
    /// As for [`Api::call`]; [`Fault::Unreadable`] when the file cannot be read.
    pub fn upload<T: DeserializeOwned>(
        &self,
        method: &'static str,
        fields: &[(&str, String)],
        file: FilePart,
        patience: Duration,
    ) -> Result<T, Fault> {
        let form = multipart::form(fields, &file)?;
        let answer = self
            .agent
            .post(self.url(method))
            .config()
            .timeout_global(Some(patience))
            .build()
            .send(form);
        self.result(answer.map_err(|error| fault::network(&error))?)
    }

    /// The file at `file_path` (of [`types::File`]). Reading fails beyond `max_bytes`.
    ///
    /// # Errors
    /// [`Fault`]; a file that is known to be too large is [`Fault::Refused`] with 413.
    pub fn download(&self, file_path: &str, max_bytes: u64) -> Result<Download, Fault> {
        let path = escaped_path(file_path)
            .ok_or_else(|| Fault::refused(400, "the server named its file in a way that is no path"))?;
        let answer = self
            .agent
            .get(format!("{}/file/bot{}/{path}", self.base, self.token.secret()))
            .config()
            .timeout_global(Some(DOWNLOAD_PATIENCE))
            .build()
            .call()
            .map_err(|error| fault::network(&error))?;
        let status = answer.status().as_u16();
        if status != 200 {
            let said = fault::read(answer, ANSWER_BYTES_MAX)?;
            return Err(fault::of_file(status, &said, &self.token));
        }
        let body = answer.into_body();
        if body.content_length().is_some_and(|bytes| bytes > max_bytes) {
            return Err(Fault::refused(413, "the file is too large"));
        }
        Ok(Download {
            body: body.into_with_config().limit(u64::MAX).reader(),
            left: max_bytes,
        })
    }

    /// Ends what is under way, on every thread, and allows nothing new: for the end of the program.
    pub fn close(&self) {
        self.agent.clone().shutdown();
    }

    fn url(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.base, self.token.secret())
    }

    fn result<T: DeserializeOwned>(&self, answer: Response<Body>) -> Result<T, Fault> {
        let status = answer.status().as_u16();
        let wait = answer
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|wait| wait.to_str().ok()?.trim().parse().ok());
        let said = fault::read(answer, ANSWER_BYTES_MAX)?;
        fault::judge(status, wait, &said, &self.token)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &self.base)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// A file as it comes in.
pub struct Download {
    body: ureq::BodyReader<'static>,
    left: u64,
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(buffer).map_err(|error| fault::io(&error))?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"))?;
        Ok(read)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").finish_non_exhaustive()
    }
}

/// A path as it may stand in an address; nothing when it is empty, absolute, or leads elsewhere.
fn escaped_path(path: &str) -> Option<String> {
    let segment = |segment: &str| {
        let plain = !matches!(segment, "" | "." | "..") && !segment.contains(['\\', '\0']);
        plain.then(|| escaped(segment))
    };
    let segments: Option<Vec<String>> = path.split('/').map(segment).collect();
    Some(segments?.join("/"))
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn escaped(segment: &str) -> String {
    let mut escaped = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
