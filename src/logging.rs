//! Logs for people: one line an event, on stderr and in `logs/app.log`. No message text and no secret belongs in a log.
//!
//! Lines go through a bounded queue to one thread of their own. Whoever logs never waits: when a disk or a pipe is stuck,
//! lines are dropped and counted.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use rolling_file::{BasicRollingFileAppender, RollingConditionBasic};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{ChronoUtc, FormatTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

use crate::config::LogLevel;
use crate::error::StartError;

const FILE: &str = "app.log";
/// A file that every editor opens, and with the kept ones 60 MB at most.
const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
const FILES_KEPT: usize = 5;
/// A second of a busy server at `debug`. The queue's slots are allocated at once, 32 bytes each.
const QUEUED_LINES_MAX: usize = 1024;
const TIME: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";
/// Length of a time, and of the level's column after it and a space.
const TIME_CHARS: usize = 24;
const LEVEL_CHARS: usize = 5;

/// Keep it until the end of the program: dropping it writes what is still queued.
pub struct LogGuard {
    _worker: WorkerGuard,
    dropped: ErrorCounter,
}

impl LogGuard {
    /// Lines that were not written because the queue was full.
    #[must_use]
    pub fn dropped_lines(&self) -> usize {
        self.dropped.dropped_lines()
    }
}

/// Starts logging for the whole process: to stderr and, when given, to files in `logs`.
///
/// # Errors
/// When the log file cannot be opened, or logging has been started before.
pub fn start(level: LogLevel, logs: Option<&Path>) -> Result<LogGuard, StartError> {
    let file = match logs {
        Some(logs) => Some(open(&logs.join(FILE), FILE_BYTES_MAX)?),
        None => None,
    };
    let (writer, worker) = queue(Sink {
        file,
        terminal: Some(Stderr::new()),
    });
    let dropped = writer.error_counter();
    tracing::subscriber::set_global_default(subscriber(level, writer))
        .map_err(|_| StartError::Other("logging has been started twice".to_owned()))?;
    Ok(LogGuard {
        _worker: worker,
        dropped,
    })
}

fn open(path: &Path, max_bytes: u64) -> Result<BasicRollingFileAppender, StartError> {
    let condition = RollingConditionBasic::new().max_size(max_bytes);
    BasicRollingFileAppender::new(path, condition, FILES_KEPT)
        .map_err(|source| StartError::io("write the log", path, source))
}

fn queue(sink: Sink) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUED_LINES_MAX)
        .thread_name("log")
        .finish(sink)
}

fn subscriber(level: LogLevel, writer: NonBlocking) -> impl Subscriber + Send + Sync {
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer)
        .event_format(Line::new());
    tracing_subscriber::registry().with(wanted(level)).with(lines)
}

/// Our own events at the chosen level. Libraries' only when something is wrong: what they say otherwise is about
/// themselves, and may hold addresses and headers.
fn wanted(level: LogLevel) -> Targets {
    let (ours, others) = match level {
        LogLevel::Error => (LevelFilter::ERROR, LevelFilter::ERROR),
        LogLevel::Warn => (LevelFilter::WARN, LevelFilter::WARN),
        LogLevel::Info => (LevelFilter::INFO, LevelFilter::WARN),
        LogLevel::Debug => (LevelFilter::DEBUG, LevelFilter::WARN),
    };
    Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), ours)
        // It warns of every malformed packet, and anybody may send those: the relay counts them instead.
        .with_target("stun_types", LevelFilter::OFF)
        // What does not resolve is told in our words, once; these tell of every attempt and of lines in files not ours.
        .with_target("hickory_net", LevelFilter::OFF)
        .with_target("hickory_resolver", LevelFilter::OFF)
        .with_default(others)
}

/// `2026-01-31T12:00:00.000Z INFO  http::login signed in agent=ayse`
struct Line {
    time: ChronoUtc,
}

impl Line {
    fn new() -> Self {
        Self {
            time: ChronoUtc::new(TIME.to_owned()),
        }
    }
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        self.time.format_time(&mut writer)?;
        let metadata = event.metadata();
        let (level, target) = (metadata.level().as_str(), short_target(metadata.target()));
        write!(writer, " {level:LEVEL_CHARS$} {target}")?;
        let mut fields = Fields {
            writer: &mut writer,
            result: Ok(()),
        };
        event.record(&mut fields);
        fields.result?;
        writer.write_char('\n')
    }
}

/// `konusma::http::login` is `http::login`: every line is ours.
fn short_target(target: &str) -> &str {
    target
        .strip_prefix(concat!(env!("CARGO_CRATE_NAME"), "::"))
        .unwrap_or(target)
}

struct Fields<'a, 'b> {
    writer: &'a mut Writer<'b>,
    result: fmt::Result,
}

impl Fields<'_, '_> {
    fn write(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let name = field.name();
        self.result = self.result.and_then(|()| {
            if name == "message" {
                self.writer.write_char(' ')?
            } else {
                write!(self.writer, " {name}=")?
            }
            OneLine(self.writer).write_fmt(value)
        });
    }
}

impl Visit for Fields<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        // Quotes only where the value's end would be unclear.
        if field.name() == "message" || !(value.is_empty() || value.contains([' ', '"', '='])) {
            self.write(field, format_args!("{value}"));
        } else {
            self.write(field, format_args!("{value:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write(field, format_args!("{value:?}"));
    }
}

/// Escapes what would break the line or command a terminal: fields may hold what strangers sent.
struct OneLine<'a, 'b>(&'a mut Writer<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if letter.is_control() {
                write!(self.0, "{}", letter.escape_default())?;
            } else {
                self.0.write_char(letter)?;
            }
        }
        Ok(())
    }
}

/// Where the log thread writes: each call is one whole line.
struct Sink {
    file: Option<BasicRollingFileAppender>,
    terminal: Option<Stderr>,
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // One that fails must not keep the line from the other, and there is nowhere to say so.
        if let Some(terminal) = &mut self.terminal {
            let _ = terminal.write(line);
        }
        if let Some(file) = &mut self.file {
            let _ = file.write(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.flush(),
            None => Ok(()),
        }
    }
}

struct Stderr {
    colours: bool,
}

impl Stderr {
    fn new() -> Self {
        // https://no-color.org
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            colours: wanted && io::stderr().is_terminal(),
        }
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let mut stderr = io::stderr().lock();
        if self.colours {
            stderr.write_all(&coloured(line))
        } else {
            stderr.write_all(line)
        }
    }
}

/// The time dim, the level in its colour. Works on the finished line, so that each event is formatted once.
fn coloured(line: &[u8]) -> Vec<u8> {
    let level = line
        .get(TIME_CHARS + 1..TIME_CHARS + 1 + LEVEL_CHARS)
        .unwrap_or_default();
    let colour: &[u8] = match level {
        b"ERROR" => b"\x1b[31m",
        b"WARN " => b"\x1b[33m",
        b"INFO " => b"\x1b[32m",
        _ => b"\x1b[36m",
    };
    let (time, rest) = line.split_at(TIME_CHARS.min(line.len()));
    let (level, rest) = rest.split_at((LEVEL_CHARS + 1).min(rest.len()));
    [b"\x1b[2m", time, b"\x1b[0m", colour, level, b"\x1b[0m", rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the file holds after `log` ran.
    fn logged(level: LogLevel, max_bytes: u64, log: impl FnOnce()) -> (tempfile::TempDir, String) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        let (writer, worker) = queue(Sink {
            file: Some(open(&path, max_bytes).unwrap()),
            terminal: None,
        });
        tracing::subscriber::with_default(subscriber(level, writer), log);
        drop(worker);
        let text = std::fs::read_to_string(path).unwrap();
        (directory, text)
    }

    #[test]
    fn an_event_is_one_readable_line() {
        let (_directory, text) = logged(LogLevel::Info, FILE_BYTES_MAX, || {
            tracing::info!(agent = "ayse", n = 3, note = "two words", agent_display = %"x\ny\x1b[31m", "signed in");
        });
        let (time, rest) = text.split_at(TIME_CHARS);
        assert!(
            time.ends_with('Z') && time.as_bytes()[10] == b'T' && time.as_bytes()[19] == b'.',
            "{time}"
        );
        assert_eq!(
            rest,
            " INFO  logging::tests signed in agent=ayse n=3 note=\"two words\" agent_display=x\\ny\\u{1b}[31m\n"
        );
    }

    #[test]
    fn libraries_are_heard_only_when_something_is_wrong() {
        let (_directory, text) = logged(LogLevel::Debug, FILE_BYTES_MAX, || {
            tracing::debug!("ours");
            tracing::trace!("too much");
            tracing::info!(target: "hyper::proto", "noise");
            tracing::warn!(target: "hyper::proto", "trouble");
        });
        let said: Vec<_> = text.lines().map(|line| &line[TIME_CHARS + 1..]).collect();
        assert_eq!(said, ["DEBUG logging::tests ours", "WARN  hyper::proto trouble"]);
    }

    #[test]
    fn files_are_rotated_and_the_oldest_go() {
        let (directory, _) = logged(LogLevel::Info, 100, || {
            for number in 0..50 {
                tracing::info!(number, "a line that fills a small file soon");
            }
        });
        let mut names: Vec<_> = directory
            .path()
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "app.log",
                "app.log.1",
                "app.log.2",
                "app.log.3",
                "app.log.4",
                "app.log.5"
            ]
        );
    }

    #[test]
    fn colours_surround_time_and_level_only() {
        let line = b"2026-01-31T12:00:00.000Z WARN  http slow\n";
        assert_eq!(
            String::from_utf8(coloured(line)).unwrap(),
            "\x1b[2m2026-01-31T12:00:00.000Z\x1b[0m\x1b[33m WARN \x1b[0m http slow\n"
        );
        assert!(coloured(b"short").len() > 5, "no panic on a line that is not ours");
    }
}
