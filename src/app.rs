//! What every request may need, built in one place.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use crate::auth::file_link::FileLinks;
use crate::auth::password::Passwords;
use crate::config::Config;
use crate::data_dir::{DataDir, SecretKey};
use crate::error::StartError;
use crate::ice::Ice;
use crate::limits::Limits;
use crate::storage::settings::Settings;
use crate::storage::writer::Running;
use crate::storage::{self, Readers, Writer, telegram};
use crate::telegram::pocket::Pocket;
use crate::uploads::Uploads;

/// The product's name and version, as `/health` and the ready line say it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Shared by every request.
pub struct App {
    /// How it was started.
    pub config: Config,
    /// The one that writes.
    pub writer: Writer,
    /// Those that read.
    pub readers: Readers,
    /// How often who may do what.
    pub limits: Limits,
    /// Hashing, a few at a time.
    pub passwords: Passwords,
    /// Files that people send.
    pub uploads: Uploads,
    /// Signs links to them.
    pub links: FileLinks,
    /// Which servers calls find their way by.
    pub ice: Ice,
    /// The owner's Telegram.
    pub pocket: Pocket,
    /// Signs CSRF tokens.
    pub csrf_key: [u8; 32],
    /// Since when it runs.
    pub started: Instant,
    settings: RwLock<Arc<Settings>>,
}

impl App {
    /// Opens the database and starts the writer's thread. Call it inside a tokio runtime, while holding the lock of the
    /// data directory.
    ///
    /// Errors: as [`storage::open::open`] and [`Uploads::open`], and when there is no thread to be had.
    pub fn start(config: Config, data: &DataDir, key: &SecretKey) -> Result<(Arc<App>, Running), StartError> {
        let database = &data.database();
        let connection = storage::open::open(database, true)?;
        let uploads = Uploads::open(&config, data)?;
        let failed = |error: storage::StorageError| StartError::Database {
            path: database.to_owned(),
            reason: error.to_string(),
        };
        let settings = storage::settings::load(&connection).map_err(failed)?;
        let pocket = Pocket::new(&config, key, telegram::load(&connection).map_err(failed)?);
        let (writer, running) = Writer::start(connection, storage::idle::work())
            .map_err(|error| StartError::Other(format!("cannot start a thread: {error}")))?;
        let readers = Readers::open(database).map_err(failed)?;
        let app = App {
            limits: Limits::new(config.rate_limits),
            passwords: Passwords::new(),
            uploads,
            links: FileLinks::new(key.derive("file links")),
            ice: Ice::new(&config, key),
            pocket,
            csrf_key: key.derive("csrf"),
            started: Instant::now(),
            settings: RwLock::new(Arc::new(settings)),
            config,
            writer,
            readers,
        };
        Ok((Arc::new(app), running))
    }

    /// What the owner has set.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the owner has set just now, after it was stored.
    pub fn replace_settings(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }
}
