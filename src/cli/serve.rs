//! `konusma serve`: opens, migrates, listens, says so in a line.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::say;
use crate::app::VERSION;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::error::StartError;
use crate::server::{self, Ready};
use crate::storage::open;
use crate::{demo, logging};

/// Reading the database is short; more threads than this would only wait for its four readers.
const BLOCKING_THREADS: usize = 8;

/// A thread that has nothing to read gives its memory back.
const BLOCKING_KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Runs the server until it is told to stop.
///
/// # Errors
/// Everything that [`StartError`] knows.
pub fn run(config: Config) -> Result<(), StartError> {
    // The port first: when it is taken, nothing else has been touched.
    let listening = server::listen(&config)?;
    let data = DataDir::open(&config.data_dir, true)?;
    // Then the database: one that is refused gets no lock, log or key beside it.
    open::look(&data.database())?;
    let is_demo = config.demo;
    let served = serve(config, &data, listening);
    if is_demo {
        demo::throw_away(data.path());
    }
    served
}

fn serve(config: Config, data: &DataDir, listening: server::Listening) -> Result<(), StartError> {
    let _lock = data.lock()?;
    let _log = logging::start(config.log_level, Some(&data.logs()?))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.worker_threads)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_keep_alive(BLOCKING_KEEP_ALIVE)
        .enable_all()
        .build()
        .map_err(|error| StartError::Other(format!("cannot start threads: {error}")))?;
    let is_demo = config.demo;
    runtime.block_on(async {
        let stop = asked_to_stop()?;
        server::run(config, data, listening, |ready| tell(&ready, data, is_demo), stop).await
    })
}

fn tell(ready: &Ready, data: &DataDir, is_demo: bool) {
    let Ready { url, setup_link } = ready;
    say(&format!(
        "konusma {VERSION} is ready: {url} (admin: {url}/admin, data: {})",
        data.path().display()
    ));
    if let Some(link) = setup_link {
        say(&format!(
            "first start: open {link} to create the owner's account (valid 24 hours)"
        ));
    }
    if is_demo {
        say("demo: sign in with user name demo, password demo, code demo; everything is thrown away at the end");
    }
}

/// Done at the first SIGTERM or SIGINT.
fn asked_to_stop() -> Result<impl Future<Output = ()>, StartError> {
    let failed = |error| StartError::Other(format!("cannot wait for signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
