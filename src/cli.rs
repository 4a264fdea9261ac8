//! The command line. Settings' flags come from the table in [`crate::config`]; each subcommand has a file below `cli/`.

pub mod agent;
pub mod config;
pub mod media;
pub mod serve;
pub mod telegram;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command as Clap, ValueHint};

use crate::config::{Config, KEYS, Key, Layer};
use crate::data_dir::keep_new_files_private;
use crate::error::StartError;

/// Settings that make a difference to `agent`: where the data is, and the address its links begin with.
const AGENT_FLAGS: [&str; 4] = ["data-dir", "public-url", "host", "port"];
/// Settings that make a difference to `telegram`: where the data is, and what the server would be started with.
const TELEGRAM_FLAGS: [&str; 4] = ["data-dir", "secret-key", "telegram-admin-chat-id", "telegram-api"];
/// A mistyped command line is a fault of the configuration.
const USAGE_EXIT: u8 = 1;

/// What to do, with everything it needs.
#[derive(Debug)]
pub enum Command {
    /// Run the server.
    Serve(Config),
    /// Look after agents' accounts.
    Agent(Config, agent::Action),
    /// Connect Telegram, or see how it is.
    Telegram(Config, telegram::Action),
    /// Show the configuration.
    Config(Result<Config, StartError>, config::Action),
    /// Decode one picture, for the server.
    Media(media::Outputs),
}

/// Reads the arguments, and the environment and `.env` with them.
///
/// # Errors
/// The exit code, when there is nothing left to do: help and version have been printed, or a sentence about a fault.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, ExitCode> {
    let matches = clap()
        .try_get_matches_from(arguments)
        .map_err(|error| explain(&error))?;
    command(&matches).map_err(|error| failed(&error, error.exit_code()))
}

impl Command {
    /// Does it, says why when it cannot, and gives the process's exit code.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let (result, failure) = match self {
            Self::Serve(config) => {
                keep_new_files_private();
                warn(&config);
                (serve::run(config), None)
            }
            Self::Agent(config, action) => {
                keep_new_files_private();
                (agent::run(&config, action), Some(1))
            }
            Self::Telegram(config, action) => {
                keep_new_files_private();
                match telegram::run(config, action) {
                    Ok(code) => return code,
                    Err(error) => (Err(error), Some(1)),
                }
            }
            Self::Config(config, action) => (config::run(config, action), Some(1)),
            Self::Media(outputs) => return media::run(&outputs),
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            // Only `serve` tells kinds of failure apart; the others succeed or do not.
            Err(error) => failed(&error, failure.unwrap_or(error.exit_code())),
        }
    }
}

/// Help is what was asked for, also when nothing was; all else is a fault.
fn explain(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        say(text.trim_end());
        return ExitCode::SUCCESS;
    }
    complain(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    ExitCode::from(USAGE_EXIT)
}

fn command(matches: &ArgMatches) -> Result<Command, StartError> {
    let (name, matches) = matches
        .subcommand()
        .ok_or_else(|| StartError::Other("name a command; konusma --help lists them".to_owned()))?;
    match name {
        "config" => Ok(Command::Config(load(matches, false), config::action(matches))),
        crate::media::decoder::SUBCOMMAND => Ok(Command::Media(media::outputs(matches))),
        "telegram" => Ok(Command::Telegram(load(matches, false)?, telegram::action(matches))),
        "agent" => Ok(Command::Agent(load(matches, false)?, agent::action(matches))),
        _ => Ok(Command::Serve(load(matches, matches.get_flag("demo"))?)),
    }
}

fn load(matches: &ArgMatches, demo: bool) -> Result<Config, StartError> {
    let flags = flagged().filter_map(|key| {
        let value = matches.try_get_one::<String>(key.flag).ok()??;
        Some((key.name, value.as_str()))
    });
    Config::load(
        demo,
        &Layer::of(flags),
        &Layer::environment(std::env::vars_os()),
        &Layer::dotenv(Path::new("")),
    )
}

fn clap() -> Clap {
    Clap::new("konusma")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Konuşma: live chat for your website, in one program with its own database.")
        .after_help("Try it:          konusma serve --demo\nRun it:          konusma serve\nAdd a colleague: konusma agent add ayse --name \"Ayşe Yılmaz\"\nOn your phone:   konusma telegram setup")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Clap::new("serve")
                .about("Start the server")
                .after_help("Examples:\n  konusma serve\n  konusma serve --port 8080 --data-dir /var/lib/konusma\n  konusma serve --demo")
                .arg(Arg::new("demo").long("demo").action(ArgAction::SetTrue).help(
                    "Try it with sample chats and throw-away data, on this machine only (user demo, password demo, code demo)",
                ))
                .args(flagged().map(flag)),
        )
        .subcommand(agent::clap().args(flagged().map(|key| flag(key).global(true).hide(!AGENT_FLAGS.contains(&key.flag)))))
        .subcommand(
            telegram::clap()
                .args(flagged().map(|key| flag(key).global(true).hide(!TELEGRAM_FLAGS.contains(&key.flag)))),
        )
        .subcommand(config::clap().args(flagged().map(|key| flag(key).global(true))))
        .subcommand(media::clap())
}

/// The settings that a command line may have.
fn flagged() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| !key.flag.is_empty())
}

fn flag(key: &'static Key) -> Arg {
    let default = if key.default.is_empty() {
        String::new()
    } else {
        format!(", default {}", key.default)
    };
    let hint = if key.flag == "data-dir" {
        ValueHint::DirPath
    } else {
        ValueHint::Other
    };
    Arg::new(key.flag)
        .long(key.flag)
        .value_name("VALUE")
        .value_hint(hint)
        // Our own sentence says what an empty or odd value should be.
        .allow_hyphen_values(true)
        .help_heading("Settings (also as environment variables or in .env)")
        .help(format!("{} [{}{default}]", key.help, key.name))
}

/// One line on stdout. A reader who has gone away is no fault.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// One line on stderr.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "konusma: {line}");
}

fn warn(config: &Config) {
    for warning in &config.warnings {
        complain(&format!("warning: {warning}"));
    }
}

fn failed(error: &StartError, code: u8) -> ExitCode {
    complain(&error.to_string());
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        clap().debug_assert();
    }

    #[test]
    fn every_command_s_help_fits_a_screen_and_has_examples() {
        let mut clap = clap();
        clap.build();
        for command in clap.get_subcommands_mut() {
            let name = command.get_name().to_owned();
            let help = command.render_help().to_string();
            assert!(help.contains("Example"), "{name}:\n{help}");
            assert!(help.lines().count() < 60, "{name}:\n{help}");
        }
    }
}
