//! `konusma agent`: looks after agents' accounts. It opens the database without making one, and may do so while the
//! server runs.

use clap::{Arg, ArgAction, ArgMatches, Command as Clap};

use crate::config::Config;
use crate::error::StartError;

/// What to do, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make an account and print the one-time link for setting it up.
    Add {
        /// User name.
        username: String,
        /// The name visitors see; the user name when not given.
        name: Option<String>,
        /// May change settings and accounts.
        owner: bool,
    },
    /// Print the accounts.
    List {
        /// As JSON.
        json: bool,
    },
    /// Read a new password from the terminal or stdin.
    Password {
        /// User name.
        username: String,
    },
    /// Print a one-time link that sets a new password and a new authenticator.
    LoginLink {
        /// User name.
        username: String,
    },
    /// Sign the agent out everywhere and for good.
    Disable {
        /// User name.
        username: String,
    },
}

pub(super) fn clap() -> Clap {
    let name = || {
        Arg::new("username")
            .value_name("NAME")
            .required(true)
            .help("User name: 2 to 40 of a-z 0-9 . _ -")
    };
    Clap::new("agent")
        .about("Add people who answer, or help them back in")
        .after_help(
            "Examples:\n  konusma agent add ayse --name \"Ayşe Yılmaz\"\n  konusma agent login-link ayse\n  konusma agent list --json",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Clap::new("add")
                .about("Make an account and print the one-time link to set it up")
                .arg(name())
                .arg(Arg::new("name").long("name").value_name("DISPLAY").help("The name visitors see"))
                .arg(Arg::new("owner").long("owner").action(ArgAction::SetTrue).help("May change settings and accounts")),
        )
        .subcommand(
            Clap::new("list")
                .about("List the accounts")
                .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON")),
        )
        .subcommand(Clap::new("password").about("Set a new password, typed here or read from stdin").arg(name()))
        .subcommand(
            Clap::new("login-link")
                .about("Print a one-time link for somebody who lost the password or the phone")
                .arg(name()),
        )
        .subcommand(Clap::new("disable").about("Sign somebody out everywhere and for good").arg(name()))
}

pub(super) fn action(matches: &ArgMatches) -> Action {
    let Some((name, matches)) = matches.subcommand() else {
        return Action::List { json: false };
    };
    let username = || {
        matches
            .try_get_one::<String>("username")
            .ok()
            .flatten()
            .cloned()
            .unwrap_or_default()
    };
    match name {
        "add" => Action::Add {
            username: username(),
            name: matches.get_one("name").cloned(),
            owner: matches.get_flag("owner"),
        },
        "password" => Action::Password { username: username() },
        "login-link" => Action::LoginLink { username: username() },
        "disable" => Action::Disable { username: username() },
        _ => Action::List {
            json: matches.get_flag("json"),
        },
    }
}

/// Does it.
///
/// # Errors
/// One sentence about what is missing or wrong.
pub(super) fn run(_config: &Config, _action: Action) -> Result<(), StartError> {
    Err(StartError::Other("agent: not yet".to_owned()))
}
