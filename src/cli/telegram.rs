//! `konusma telegram`: connects the owner's Telegram, and says how it is. It works beside the running server, through the
//! database, and without one: then the bot runs here, for as long as the command does.

mod setup;
mod status;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command as Clap};
use rusqlite::{Connection, TransactionBehavior};
use tokio::runtime::Runtime;

use crate::config::Config;
use crate::data_dir::{DataDir, Lock, SecretKey};
use crate::error::StartError;
use crate::storage;
use crate::storage::telegram::Language;
use crate::telegram::api::Fault;
use crate::telegram::trouble;

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Connect a bot and a chat, and try them.
    Setup,
    /// Print how it is.
    Status {
        /// As JSON.
        json: bool,
    },
}

pub(super) fn clap() -> Clap {
    Clap::new("telegram")
        .about("Connect Telegram, or see how it is")
        .after_help(
            "Examples:\n  konusma telegram setup\n  konusma telegram setup < token.txt\n  konusma telegram status --json",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Clap::new("setup")
                .about("Connect a bot: asks for its token (or reads it from stdin), waits for Start, sends a test message"),
        )
        .subcommand(
            Clap::new("status")
                .about("Say how it is; exit code 0 when agents are told, 1 otherwise")
                .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON")),
        )
}

pub(super) fn action(matches: &ArgMatches) -> Action {
    match matches.subcommand() {
        Some(("status", matches)) => Action::Status {
            json: matches.get_flag("json"),
        },
        _ => Action::Setup,
    }
}

/// Does it, on the database of `config.data_dir`.
///
/// # Errors
/// One sentence about what is missing or wrong.
pub(super) fn run(config: Config, action: Action) -> Result<ExitCode, StartError> {
    match action {
        Action::Setup => setup::run(config).map(|()| ExitCode::SUCCESS),
        Action::Status { json } => status::run(&config, json),
    }
}

/// The data that both work on.
struct House {
    data: DataDir,
    connection: Connection,
    path: PathBuf,
    /// Nobody else serves this data.
    alone: Option<Lock>,
    key: SecretKey,
    runtime: Runtime,
}

impl House {
    fn open(config: &Config) -> Result<House, StartError> {
        let data = DataDir::open(&config.data_dir, false)?;
        let alone = match data.lock() {
            Ok(lock) => Some(lock),
            Err(StartError::Locked { .. }) => None,
            Err(error) => return Err(error),
        };
        let key = key(config, &data, alone.is_some())?;
        let path = data.database();
        let connection = storage::open::open(&path, false)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| StartError::Other(format!("cannot start threads: {error}")))?;
        Ok(House {
            data,
            connection,
            path,
            alone,
            key,
            runtime,
        })
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> storage::Result<T>) -> Result<T, StartError> {
        question(&self.connection).map_err(|error| StartError::database(&self.path, error))
    }

    /// Everything of `work` or nothing, in the queue with the running server's own writes.
    fn change<T>(&mut self, work: impl FnOnce(&Connection) -> storage::Result<T>) -> Result<T, StartError> {
        let all = || -> storage::Result<T> {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        all().map_err(|error| StartError::database(&self.path, error))
    }
}

/// The key that the token is sealed with. One that the server does not have would make the token useless to it.
fn key(config: &Config, data: &DataDir, may_make: bool) -> Result<SecretKey, StartError> {
    if config.secret_key.is_none() && !may_make && !data.has_secret_key() {
        return Err(StartError::Other(
            "the running server has its SECRET_KEY from its environment; give this command the same one".to_owned(),
        ));
    }
    data.secret_key(config.secret_key.as_deref())
}

/// A fault in words, with what to do.
fn failed(fault: &Fault) -> StartError {
    StartError::Other(match trouble::of(fault) {
        Some(trouble) => {
            let (title, fix) = trouble.words(Language::En);
            format!("{title} {fix} ({fault})")
        }
        None => fault.to_string(),
    })
}
