//! What can go wrong before the server listens, or while a command runs. Each one says what happened, to which path or
//! value, and what to type next. (A request's errors are another family: `http::problem`.)

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a start or a command failed. `Display` is the sentence a person reads after `konusma: `.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Every fault of the configuration at once, one sentence each, so that nobody corrects them one start at a time.
    #[error("{}", list(.0))]
    Config(Vec<String>),

    /// The data directory cannot be made or written. `owner` is the user it belongs to, when that is the reason.
    #[error("cannot write to the data directory {}: {source}; {}", .path.display(), remedy(.owner.as_deref(), .path))]
    DataDirUnwritable {
        /// The data directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
        /// The user to run as, when the directory belongs to somebody else.
        owner: Option<String>,
    },

    /// The database belongs to another user; files we made beside it would lock that user out.
    #[error("{} belongs to the user {owner}; run this as that user: sudo -u {owner} konusma …", .path.display())]
    OtherUser {
        /// The file that belongs to another user.
        path: PathBuf,
        /// Its owner's name, or number where the name is not known.
        owner: String,
    },

    /// Another server owns the data directory.
    #[error("another konusma{} already uses {}; stop it first, or give this one its own directory with --data-dir",
        .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), .path.display())]
    Locked {
        /// The data directory.
        path: PathBuf,
        /// The first one's process id, when it could be read.
        pid: Option<u32>,
    },

    /// Something else listens there.
    #[error("port {} on {} is already in use; stop the other program, or choose another port: --port {}",
        .address.port(), .address.ip(), next_port(.address.port()))]
    PortTaken {
        /// Where we wanted to listen.
        address: SocketAddr,
    },

    /// Listening failed for another reason.
    #[error("cannot listen on {address}: {source}; {}", bind_remedy(.source))]
    Bind {
        /// Where we wanted to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },

    /// A newer version has written this database.
    #[error("{} was written by a newer konusma (its schema is version {found}, this program knows {known}); \
        install that version or a later one, or name another directory with --data-dir", .path.display())]
    DatabaseNewer {
        /// The database file.
        path: PathBuf,
        /// `PRAGMA user_version` of the file.
        found: i32,
        /// The newest version this program knows.
        known: i32,
    },

    /// The file is not one of ours.
    #[error("{} is not a konusma database ({what}); it has not been touched: move it away, or name another directory \
        with --data-dir", .path.display())]
    DatabaseForeign {
        /// The database file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },

    /// The file says it is of this program's version, but its tables are not this program's.
    #[error("{} was made by a build of konusma that was never released, or has been altered ({what}); it has not been \
        touched: use the build that made it, or name another directory with --data-dir", .path.display())]
    DatabaseAltered {
        /// The database file.
        path: PathBuf,
        /// The first difference.
        what: String,
    },

    /// What is at the database's path cannot be used as a file.
    #[error("the database {} {what}", .path.display())]
    DatabaseFile {
        /// The database file.
        path: PathBuf,
        /// What it is and what to do about it, from the verb on.
        what: String,
    },

    /// The server ran on a file that is no longer at its path.
    #[error("the database {} was removed or replaced while this server used it; what was written after that was \
        refused: bring the right file back before the next start", .path.display())]
    DatabaseGone {
        /// The database file.
        path: PathBuf,
    },

    /// The key file is not one line of a key.
    #[error("{} is damaged: it should be one line of 43 characters; bring it back from a backup, or move it away so that \
        a new one is made (everybody must then sign in again, and authenticator apps must be set up again)", .path.display())]
    SecretKeyDamaged {
        /// The key file.
        path: PathBuf,
    },

    /// SQLite could not open, read or write the file.
    #[error("cannot use the database {}: {reason}; check the disk's free space and the file's owner", .path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },

    /// A command that works on an existing database found none.
    #[error("there is no database at {}; name the right directory with --data-dir, or make one with: konusma serve",
        .path.display())]
    NoDatabase {
        /// Where it was looked for.
        path: PathBuf,
    },

    /// Any other file that could not be read or written.
    #[error("cannot {what} {}: {source}", .path.display())]
    Io {
        /// The verb: what was being done, as in "cannot *read* …".
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A sentence of its own, complete with what to do next.
    #[error("{0}")]
    Other(String),
}

impl StartError {
    /// The exit code of `serve`: 1 configuration, 2 data, 3 port taken.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Bind { .. } | Self::Other(_) => 1,
            Self::DataDirUnwritable { .. }
            | Self::OtherUser { .. }
            | Self::Locked { .. }
            | Self::DatabaseNewer { .. }
            | Self::DatabaseForeign { .. }
            | Self::DatabaseAltered { .. }
            | Self::DatabaseFile { .. }
            | Self::DatabaseGone { .. }
            | Self::SecretKeyDamaged { .. }
            | Self::Database { .. }
            | Self::NoDatabase { .. }
            | Self::Io { .. } => 2,
            Self::PortTaken { .. } => 3,
        }
    }

    /// [`StartError::Bind`] or, when that is what it is, [`StartError::PortTaken`].
    #[must_use]
    pub fn bind(address: SocketAddr, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::AddrInUse {
            Self::PortTaken { address }
        } else {
            Self::Bind { address, source }
        }
    }

    /// [`StartError::Database`], with what SQLite said.
    #[must_use]
    pub fn database(path: impl Into<PathBuf>, reason: impl std::fmt::Display) -> Self {
        Self::Database {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    /// [`StartError::Io`]; `what` is the verb, as in "cannot *read* …".
    #[must_use]
    pub fn io(what: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            what,
            path: path.into(),
            source,
        }
    }
}

/// One fault fits the line; several get one each.
fn list(faults: &[String]) -> String {
    match faults {
        [one] => format!("the configuration has a fault: {one}"),
        many => {
            let lines: String = many.iter().map(|fault| format!("\n  - {fault}")).collect();
            format!("the configuration has {} faults:{lines}", many.len())
        }
    }
}

fn remedy(owner: Option<&str>, path: &std::path::Path) -> String {
    match owner {
        Some(owner) => format!(
            "it belongs to the user {owner}: run this as that user (sudo -u {owner} konusma …), or give it away with: \
             sudo chown -R \"$(id -un)\" {}",
            path.display()
        ),
        None => "name a directory that this user may write with --data-dir".to_owned(),
    }
}

fn bind_remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need a privilege: choose a higher one with --port, and a reverse proxy in front"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address: choose one of its own with --host, or 0.0.0.0 for all"
        }
        _ => "check --host and --port",
    }
}

/// The example in the sentence must be a port somebody can type: after the last one comes ours.
fn next_port(port: u16) -> u16 {
    port.checked_add(1).unwrap_or(crate::config::DEFAULT_PORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_configuration_gets_its_line() {
        let error = StartError::Config(vec!["PORT is odd".into(), "SECRET_KEY is short".into()]);
        assert_eq!(
            error.to_string(),
            "the configuration has 2 faults:\n  - PORT is odd\n  - SECRET_KEY is short"
        );
        let error = StartError::Config(vec!["PORT is odd".into()]);
        assert_eq!(error.to_string(), "the configuration has a fault: PORT is odd");
    }

    #[test]
    fn a_taken_port_is_told_from_other_faults_and_has_its_own_exit_code() {
        let address = SocketAddr::from(([127, 0, 0, 1], 65535));
        let taken = StartError::bind(address, io::ErrorKind::AddrInUse.into());
        assert_eq!(taken.exit_code(), 3);
        assert_eq!(
            taken.to_string(),
            "port 65535 on 127.0.0.1 is already in use; stop the other program, or choose another port: --port 10000"
        );
        let denied = StartError::bind(address, io::ErrorKind::PermissionDenied.into());
        assert_eq!(denied.exit_code(), 1);
        assert!(denied.to_string().contains("127.0.0.1:65535"), "{denied}");
    }

    #[test]
    fn data_faults_name_the_path_and_the_user_to_run_as() {
        let error = StartError::DataDirUnwritable {
            path: "/srv/chat".into(),
            source: io::ErrorKind::PermissionDenied.into(),
            owner: Some("konusma".into()),
        };
        let said = error.to_string();
        assert!(
            said.contains("/srv/chat") && said.contains("sudo -u konusma konusma"),
            "{said}"
        );
        assert_eq!(error.exit_code(), 2);
        let locked = StartError::Locked {
            path: "/srv/chat".into(),
            pid: Some(41),
        };
        assert!(locked.to_string().contains("(process 41)"), "{locked}");
        assert_eq!(locked.exit_code(), 2);
    }
}
