//! `konusma agent`: looks after agents' accounts. It opens the database without making one, and may do so while the
//! server runs.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command as Clap};
use rusqlite::{Connection, TransactionBehavior};

use super::say;
use crate::auth::password::{check_strength, hash_now};
use crate::auth::token::Token;
use crate::auth::{self, totp};
use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::error::StartError;
use crate::storage;
use crate::storage::agents::{self, Agent, Role};
use crate::storage::links::{self, Purpose};

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

/// Does it, on the database of `config.data_dir`.
///
/// # Errors
/// One sentence about what is missing or wrong.
pub(super) fn run(config: &Config, action: Action) -> Result<(), StartError> {
    let data_dir = DataDir::open(&config.data_dir, false)?;
    let mut connection = storage::open::open(&data_dir.database(), false)?;
    let mut desk = Desk {
        connection: &mut connection,
        path: data_dir.database(),
        base_url: config.base_url(config.port),
    };
    for line in desk.perform(action, clock::now_ms(), ask_password)? {
        say(&line);
    }
    Ok(())
}

/// Where accounts are looked after.
struct Desk<'a> {
    connection: &'a mut Connection,
    path: PathBuf,
    base_url: String,
}

impl Desk<'_> {
    /// Does it and answers the lines to print.
    fn perform(
        &mut self,
        action: Action,
        now: i64,
        password: impl FnOnce(&str) -> Result<String, StartError>,
    ) -> Result<Vec<String>, StartError> {
        match action {
            Action::Add { username, name, owner } => self.add(&username, name.as_deref(), owner, now),
            Action::List { json } => self.list(json),
            Action::Password { username } => self.password(&username, password),
            Action::LoginLink { username } => self.login_link(&username, now),
            Action::Disable { username } => self.disable(&username, now),
        }
    }

    fn add(&mut self, username: &str, name: Option<&str>, owner: bool, now: i64) -> Result<Vec<String>, StartError> {
        let name = name.unwrap_or(username).trim();
        auth::username::check(username).map_err(sentence)?;
        auth::username::check_name(name).map_err(sentence)?;
        let role = if owner { Role::Owner } else { Role::Agent };
        let token = Token::new();
        let added = self.change(|transaction| {
            let Some(id) = agents::add(transaction, username, name, role, now)? else {
                return Ok(None);
            };
            links::create(
                transaction,
                &token.hash(),
                Purpose::Agent,
                Some(id),
                &totp::new_secret(),
                now,
            )?;
            Ok(Some(id))
        })?;
        match added {
            Some(_) => Ok(self.link(&token, &format!("{name} can set up the account {username}"))),
            None => Err(StartError::Other(format!(
                "the user name {username} is taken; konusma agent list shows all"
            ))),
        }
    }

    fn list(&self, json: bool) -> Result<Vec<String>, StartError> {
        let accounts = agents::all(self.connection).map_err(|error| self.failed(&error))?;
        let listed: Vec<_> = accounts.iter().map(Listed::of).collect();
        if json {
            let json = serde_json::to_string_pretty(&listed).map_err(|error| StartError::Other(error.to_string()))?;
            return Ok(vec![json]);
        }
        Ok(table(&listed))
    }

    fn password(
        &mut self,
        username: &str,
        password: impl FnOnce(&str) -> Result<String, StartError>,
    ) -> Result<Vec<String>, StartError> {
        let agent = self.active(username)?;
        if agent.totp_secret.is_none() {
            return Err(StartError::Other(format!(
                "{username} has no authenticator yet, so a password alone lets nobody in; make a link instead: \
                 konusma agent login-link {username}"
            )));
        }
        let password = password(username)?;
        check_strength(&password).map_err(sentence)?;
        let hash =
            hash_now(&password).map_err(|error| StartError::Other(format!("{error}; is there enough memory?")))?;
        self.change(|transaction| agents::set_password(transaction, agent.id, &hash))?;
        Ok(vec![format!(
            "{username} has a new password and is signed out everywhere"
        )])
    }

    fn login_link(&mut self, username: &str, now: i64) -> Result<Vec<String>, StartError> {
        let agent = self.active(username)?;
        let purpose = if agent.password_hash.is_some() {
            Purpose::Reset
        } else {
            Purpose::Agent
        };
        let token = Token::new();
        self.change(|transaction| {
            links::create(
                transaction,
                &token.hash(),
                purpose,
                Some(agent.id),
                &totp::new_secret(),
                now,
            )
        })?;
        Ok(self.link(
            &token,
            &format!("{} can choose a new password and set up the authenticator", agent.name),
        ))
    }

    fn disable(&mut self, username: &str, now: i64) -> Result<Vec<String>, StartError> {
        let agent = self.active(username)?;
        // Looking and changing in one transaction: two owners must not disable each other at once.
        let done = self.change(|transaction| {
            let others = agents::all(transaction)?;
            let mut others = others.iter().filter(|other| other.id != agent.id && usable(other));
            if usable(&agent) && agent.role == Role::Owner && !others.any(|other| other.role == Role::Owner) {
                return Ok(false);
            }
            agents::disable(transaction, agent.id, now)?;
            Ok(true)
        })?;
        if done {
            Ok(vec![format!(
                "{username} is signed out everywhere and cannot sign in any more"
            )])
        } else {
            Err(StartError::Other(format!(
                "{username} is the only owner; add another one first: konusma agent add NAME --owner"
            )))
        }
    }

    /// The account of that name, if it may still be used.
    fn active(&self, username: &str) -> Result<Agent, StartError> {
        let agent = agents::by_username(self.connection, username).map_err(|error| self.failed(&error))?;
        match agent {
            Some(agent) if agent.disabled_at.is_some() => Err(StartError::Other(format!("{username} is disabled"))),
            Some(agent) => Ok(agent),
            None => Err(StartError::Other(format!(
                "there is no {username}; konusma agent list shows all"
            ))),
        }
    }

    /// Everything of `work` or nothing, in the queue with the running server's own writes.
    fn change<T>(&mut self, work: impl FnOnce(&Connection) -> storage::Result<T>) -> Result<T, StartError> {
        let path = self.path.clone();
        let all = || -> storage::Result<T> {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        all().map_err(|error| StartError::database(path, error))
    }

    fn failed(&self, error: &storage::StorageError) -> StartError {
        StartError::database(&self.path, error)
    }

    /// The secret is in the fragment, which browsers send to nobody.
    fn link(&self, token: &Token, what: &str) -> Vec<String> {
        let hours = links::LIFETIME_MS / 3_600_000;
        vec![
            format!("{what} with this link (once, within {hours} hours):"),
            format!("{}/admin#setup={}", self.base_url, token.text()),
        ]
    }
}

/// One line of `agent list`.
#[derive(serde::Serialize)]
struct Listed<'a> {
    username: &'a str,
    name: &'a str,
    role: Role,
    /// Has a password and an authenticator.
    set_up: bool,
    /// ms UTC.
    created_at: i64,
    /// ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<i64>,
}

impl<'a> Listed<'a> {
    fn of(agent: &'a Agent) -> Self {
        Self {
            username: &agent.username,
            name: &agent.name,
            role: agent.role,
            set_up: agent.password_hash.is_some(),
            created_at: agent.created_at,
            disabled_at: agent.disabled_at,
        }
    }

    fn state(&self) -> &'static str {
        match (self.disabled_at, self.set_up) {
            (Some(_), _) => "disabled",
            (None, true) => "active",
            (None, false) => "not set up yet",
        }
    }
}

/// Can sign in.
fn usable(agent: &Agent) -> bool {
    agent.disabled_at.is_none() && agent.password_hash.is_some()
}

fn table(accounts: &[Listed<'_>]) -> Vec<String> {
    let width = |of: fn(&Listed<'_>) -> usize| accounts.iter().map(of).max().unwrap_or(0);
    let usernames = width(|account| account.username.chars().count());
    let names = width(|account| account.name.chars().count());
    accounts
        .iter()
        .map(|account| {
            let Listed {
                username, name, role, ..
            } = account;
            format!(
                "{username:usernames$}  {name:names$}  {:5}  {}",
                role.as_str(),
                account.state()
            )
        })
        .collect()
}

/// From the terminal, twice and unseen; else one line of stdin, for scripts.
fn ask_password(username: &str) -> Result<String, StartError> {
    let failed = |source| StartError::io("read the password from", "stdin", source);
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map_err(failed)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let password = rpassword::prompt_password(format!("New password for {username}: ")).map_err(failed)?;
    if rpassword::prompt_password("Once more: ").map_err(failed)? == password {
        Ok(password)
    } else {
        Err(StartError::Other(
            "the two passwords differ; nothing has been changed".to_owned(),
        ))
    }
}

fn sentence(text: &'static str) -> StartError {
    StartError::Other(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_763_836_200_000;

    struct Fixture {
        _directory: tempfile::TempDir,
        connection: Connection,
    }

    impl Fixture {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let connection = storage::open::open(&directory.path().join("data.sqlite3"), true).unwrap();
            Self {
                _directory: directory,
                connection,
            }
        }

        fn perform(&mut self, action: Action) -> Result<Vec<String>, String> {
            self.perform_with(action, "a new long password")
        }

        fn perform_with(&mut self, action: Action, password: &str) -> Result<Vec<String>, String> {
            let mut desk = Desk {
                connection: &mut self.connection,
                path: "data.sqlite3".into(),
                base_url: "https://chat.example.com".into(),
            };
            desk.perform(action, NOW, |_| Ok(password.to_owned()))
                .map_err(|error| error.to_string())
        }

        fn add(&mut self, username: &str, owner: bool) -> Result<Vec<String>, String> {
            self.perform(Action::Add {
                username: username.into(),
                name: None,
                owner,
            })
        }

        fn set_up(&mut self, username: &str) {
            let agent = self.agent(username);
            agents::set_up(&self.connection, agent.id, "Name", "$argon2id$old", (&[7; 20], 1), &[]).unwrap();
        }

        fn agent(&self, username: &str) -> Agent {
            agents::by_username(&self.connection, username).unwrap().unwrap()
        }

        fn purpose(&self, lines: &[String]) -> Purpose {
            let token = lines[1].strip_prefix("https://chat.example.com/admin#setup=").unwrap();
            links::find(&self.connection, &auth::token::hash(token), NOW + 1)
                .unwrap()
                .unwrap()
                .purpose
        }
    }

    fn name(username: &str) -> String {
        username.to_owned()
    }

    #[test]
    fn a_new_agent_gets_a_link_that_works() {
        let mut fixture = Fixture::new();
        let lines = fixture.add("ayse", false).unwrap();
        assert_eq!(fixture.purpose(&lines), Purpose::Agent);
        assert!(lines[0].contains("24 hours"), "{}", lines[0]);
        assert!(fixture.add("ayse", true).unwrap_err().contains("ayse is taken"));
        assert_eq!(
            fixture.agent("ayse").role,
            Role::Agent,
            "the second one changed nothing"
        );
        assert!(fixture.add("Ayşe Y", false).unwrap_err().contains("a-z"));
    }

    #[test]
    fn a_login_link_is_for_what_the_account_still_needs() {
        let mut fixture = Fixture::new();
        fixture.add("ayse", false).unwrap();
        let lines = fixture.perform(Action::LoginLink { username: name("ayse") }).unwrap();
        assert_eq!(fixture.purpose(&lines), Purpose::Agent);
        fixture.set_up("ayse");
        let lines = fixture.perform(Action::LoginLink { username: name("ayse") }).unwrap();
        assert_eq!(fixture.purpose(&lines), Purpose::Reset);
        assert!(
            fixture
                .perform(Action::LoginLink {
                    username: name("mehmet")
                })
                .unwrap_err()
                .contains("no mehmet")
        );
    }

    #[test]
    fn a_new_password_must_be_strong_and_needs_an_authenticator_beside_it() {
        let mut fixture = Fixture::new();
        fixture.add("ayse", false).unwrap();
        let password = || Action::Password { username: name("ayse") };
        assert!(
            fixture
                .perform(password())
                .unwrap_err()
                .contains("agent login-link ayse")
        );
        fixture.set_up("ayse");
        assert!(
            fixture
                .perform_with(password(), "short")
                .unwrap_err()
                .contains("at least 10")
        );
        assert_eq!(fixture.agent("ayse").password_hash.as_deref(), Some("$argon2id$old"));
        fixture.perform(password()).unwrap();
        assert!(
            fixture
                .agent("ayse")
                .password_hash
                .unwrap()
                .starts_with("$argon2id$v=19$")
        );
    }

    #[test]
    fn the_last_owner_cannot_be_disabled() {
        let mut fixture = Fixture::new();
        let disable = |username: &str| Action::Disable {
            username: name(username),
        };
        fixture.add("ayse", true).unwrap();
        fixture.set_up("ayse");
        fixture.add("mehmet", true).unwrap();
        assert!(
            fixture.perform(disable("ayse")).unwrap_err().contains("only owner"),
            "mehmet cannot sign in yet"
        );
        fixture.set_up("mehmet");
        fixture.perform(disable("ayse")).unwrap();
        assert_eq!(fixture.agent("ayse").disabled_at, Some(NOW));
        assert!(fixture.perform(disable("mehmet")).is_err());
        assert!(
            fixture
                .perform(Action::LoginLink { username: name("ayse") })
                .unwrap_err()
                .contains("disabled")
        );
    }

    #[test]
    fn the_list_shows_names_roles_and_states_but_no_secret() {
        let mut fixture = Fixture::new();
        fixture.add("ayse", true).unwrap();
        fixture.set_up("ayse");
        fixture.add("mehmet", false).unwrap();
        let lines = fixture.perform(Action::List { json: false }).unwrap();
        assert_eq!(
            lines,
            ["ayse    Name    owner  active", "mehmet  mehmet  agent  not set up yet"]
        );
        let json = fixture.perform(Action::List { json: true }).unwrap().concat();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json[0]["set_up"], true);
        assert_eq!(json[1]["role"], "agent");
        assert!(!json.to_string().contains("argon2") && json[0].get("disabled_at").is_none());
    }
}
