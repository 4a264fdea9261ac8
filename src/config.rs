//! Flags, environment, `.env` and defaults, in this order of precedence, into one validated [`Config`]. Reading is apart
//! from judging: [`Config::load`] is a function of its arguments, and reports every fault it finds in one error.

mod calls;
mod keys;
mod layers;
mod shown;
mod telegram;
mod values;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use crate::call::ice_server::IceServer;
use crate::error::StartError;
use calls::DEFAULT_TURN_PORT;

pub use calls::{Calls, TurnPort};
pub use keys::{KEYS, Key};
pub use layers::{Layer, Source};
pub use telegram::Telegram;

/// The port when nobody chooses one.
pub const DEFAULT_PORT: u16 = 10_000;

/// More threads than this contend more than they help: storage has one writer.
const DEFAULT_WORKER_THREADS_MAX: usize = 4;

/// A phone's photo has up to 12 MB, a minute of its video about 60.
const UPLOAD_MAX_MB: u64 = 25;

/// Ten of the largest.
const UPLOAD_DAY_MB: u64 = 250;

/// Messages need some kilobytes a day; a backup of them as much as the database.
const FREE_SPACE_MB: u64 = 256;

/// Who runs this: the owner of a business, or a developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Everything on its safe side.
    Production,
    /// What a developer needs may be loosened.
    Development,
}

/// How much is logged: this and everything above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// What went wrong but was handled.
    Warn,
    /// What an owner wants to know of a day.
    Info,
    /// What a developer wants to know of a minute.
    Debug,
}

/// How much people may send, in megabytes (1,048,576 bytes) as the owner writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadLimits {
    /// One file.
    pub max_mb: u64,
    /// One visitor in 24 hours; 0: no limit.
    pub day_mb: u64,
    /// What uploads leave free on the disk; 0: nothing.
    pub free_space_mb: u64,
}

/// The validated configuration of a run.
#[derive(Clone)]
pub struct Config {
    /// `KONUSMA_ENV`.
    pub environment: Environment,
    /// `serve --demo`: throw-away data, loopback only, an account everybody knows.
    pub demo: bool,
    /// Address to listen on. Loopback in the demo.
    pub host: IpAddr,
    /// Port to listen on; 0 means any free one.
    pub port: u16,
    /// The data directory, as given: relative to the working directory. In the demo a new, unguessable name that no
    /// directory has yet, so that removing it at the end can never remove somebody's data.
    pub data_dir: PathBuf,
    /// At least 32 characters, when set.
    pub secret_key: Option<String>,
    /// Origins besides our own that may use the chat, as browsers write them; `*` (development only) means any.
    pub allowed_origins: Vec<String>,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The address people type, as `scheme://host[:port]` with no slash at the end.
    pub public_url: Option<String>,
    /// Whether limits apply.
    pub rate_limits: bool,
    /// How much is logged.
    pub log_level: LogLevel,
    /// Threads of the runtime, at least 1.
    pub worker_threads: usize,
    /// How much people may send.
    pub uploads: UploadLimits,
    /// How calls find their way.
    pub calls: Calls,
    /// How Telegram is reached, and what of it is fixed.
    pub telegram: Telegram,
    /// Sentences about what was probably meant otherwise, but is no fault.
    pub warnings: Vec<String>,
    listing: Vec<Setting>,
}

/// One line of `konusma config`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Setting {
    /// Its environment name.
    pub name: &'static str,
    /// The effective value as it can be shown: secrets are masked, empty means not set.
    pub value: String,
    /// Where the value came from.
    #[serde(serialize_with = "as_text")]
    pub source: Source,
}

fn as_text<S: serde::Serializer>(source: &Source, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(source)
}

impl Config {
    /// Validates what flags, environment and `.env` say, in this order of precedence; defaults fill the rest.
    ///
    /// # Errors
    /// [`StartError::Config`] with every fault of every setting.
    pub fn load(demo: bool, flags: &Layer, environment: &Layer, dotenv: &Layer) -> Result<Self, StartError> {
        let mut reader = Reader::new(
            demo,
            [
                (Source::Flag, flags),
                (Source::Environment, environment),
                (Source::DotEnv, dotenv),
            ],
        );
        // Other settings depend on it, so it comes first.
        let environment = reader
            .read(keys::ENVIRONMENT, values::environment)
            .unwrap_or(Environment::Production);
        let host = reader.read(keys::HOST, values::host);
        let port = reader.read(keys::PORT, values::port);
        let data_dir = reader.read(keys::DATA_DIR, |text| Ok(PathBuf::from(text)));
        let secret_key = reader.read(keys::SECRET_KEY, values::secret_key);
        let allowed_origins = reader.read(keys::ALLOWED_ORIGINS, |text| values::origins(text, environment));
        let trusted_proxies = reader.read(keys::TRUSTED_PROXIES, values::networks);
        let public_url = reader.read(keys::PUBLIC_URL, values::public_url);
        let rate_limits = reader.read(keys::RATE_LIMITS, |text| {
            rate_limits(text, demo || environment == Environment::Development)
        });
        let log_level = reader.read(keys::LOG_LEVEL, values::log_level);
        let worker_threads = reader.read(keys::WORKER_THREADS, values::worker_threads);

        let upload_max = reader.read(keys::UPLOAD_MAX_MB, values::upload_max_mb);
        let upload_day = reader.read(keys::UPLOAD_DAY_MB, values::megabytes);
        let free_space = reader.read(keys::FREE_SPACE_MB, values::megabytes);

        let turn_port = reader.read(keys::TURN_PORT, calls::turn_port);
        let public_ips = reader.read(keys::PUBLIC_IP, calls::public_ips);
        let ice_servers = reader.read(keys::ICE_SERVERS, IceServer::list);

        let bot_token = reader.read(keys::TELEGRAM_BOT_TOKEN, telegram::token);
        let admin_chat_id = reader.read(keys::TELEGRAM_ADMIN_CHAT_ID, telegram::chat_id);
        let telegram_api = reader.read(keys::TELEGRAM_API, telegram::api);

        let mut config = Self {
            environment,
            demo,
            host: host.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
            port: port.unwrap_or(DEFAULT_PORT),
            data_dir: data_dir.unwrap_or_else(|| PathBuf::from("./konusma-data")),
            secret_key,
            allowed_origins: allowed_origins.unwrap_or_default(),
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            public_url,
            rate_limits: rate_limits.unwrap_or(true),
            log_level: log_level.unwrap_or(LogLevel::Info),
            worker_threads: worker_threads.unwrap_or_else(default_worker_threads),
            uploads: UploadLimits {
                max_mb: upload_max.unwrap_or(UPLOAD_MAX_MB),
                day_mb: upload_day.unwrap_or(UPLOAD_DAY_MB),
                free_space_mb: free_space.unwrap_or(FREE_SPACE_MB),
            },
            calls: Calls {
                turn_port: turn_port.unwrap_or(TurnPort::Port(if demo { 0 } else { DEFAULT_TURN_PORT })),
                public_ips: public_ips.unwrap_or_default(),
                ice_servers,
            },
            telegram: Telegram {
                api: telegram_api.unwrap_or_else(|| telegram::DEFAULT_API.to_owned()),
                token: bot_token,
                chat_id: admin_chat_id,
            },
            warnings: reader.warnings(),
            listing: Vec::new(),
        };
        if demo {
            config.confine_demo(host, &mut reader);
        }
        if config.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
            config.warnings.push(
                "KONUSMA_TRUSTED_PROXIES trusts every address: anybody can pretend to come from anywhere; name the proxy's own address".to_owned(),
            );
        }
        if !reader.faults.is_empty() {
            return Err(StartError::Config(reader.faults));
        }
        config.listing = config.list(&reader);
        Ok(config)
    }

    /// Every setting with its effective value, masked when secret, and where that came from, in the order of [`KEYS`].
    #[must_use]
    pub fn listing(&self) -> &[Setting] {
        &self.listing
    }

    /// Where people reach the server, as `scheme://host[:port]`: the public address, or else the one it listens on, with
    /// this `port` (the setting may be 0).
    #[must_use]
    pub fn base_url(&self, port: u16) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        let host = match self.host {
            // "Every address of this machine" is none that a browser can open.
            IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            host => host,
        };
        format!("http://{}", SocketAddr::new(host, port))
    }

    /// The demo's account is known to everybody: only this machine may reach it, and no real data may be near it.
    fn confine_demo(&mut self, host: Option<IpAddr>, reader: &mut Reader<'_>) {
        self.host = host.unwrap_or(Ipv4Addr::LOCALHOST.into());
        if !self.host.is_loopback() {
            reader.faults.push(format!(
                "KONUSMA_HOST is {}, but the demo's password is known to everybody and stays on this machine; leave it out, or use 127.0.0.1",
                self.host
            ));
        }
        // Only a flag was meant for this very run; a directory from the environment holds somebody's real data.
        let parent = match reader.found(keys::DATA_DIR) {
            Some((directory, Source::Flag)) => PathBuf::from(directory),
            _ => std::env::temp_dir(),
        };
        self.data_dir = parent.join(format!("konusma-demo-{}", crate::auth::token::random_public_id()));
        // Its visitors are made up: nobody's pocket should hear of them.
        self.telegram.token = None;
        self.telegram.chat_id = None;
    }
}

fn rate_limits(text: &str, may_be_off: bool) -> Result<bool, String> {
    let on = values::on_off(text)?;
    if on || may_be_off {
        Ok(on)
    } else {
        Err("is off, which is only for load tests: set KONUSMA_ENV=development too, or use --demo".to_owned())
    }
}

fn default_worker_threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(DEFAULT_WORKER_THREADS_MAX)
}

/// Looks settings up in the layers and collects what is wrong with them.
struct Reader<'a> {
    demo: bool,
    layers: [(Source, &'a Layer); 3],
    faults: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(demo: bool, layers: [(Source, &'a Layer); 3]) -> Self {
        let faults = layers
            .iter()
            .flat_map(|(_, layer)| layer.faults.iter().cloned())
            .collect();
        Self { demo, layers, faults }
    }

    fn found(&self, name: &str) -> Option<(&'a str, Source)> {
        self.layers
            .iter()
            .find_map(|&(source, layer)| layer.get(name).map(|value| (value, source)))
    }

    /// The setting's value, or `None` when it is not set or faulty. A fault begins with where the person wrote it.
    fn read<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (text, source) = self.found(name)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(fault) => {
                let place = match source {
                    Source::Flag => keys::key(name).map_or_else(|| name.to_owned(), |key| format!("--{}", key.flag)),
                    Source::DotEnv => format!("{name} in .env"),
                    Source::Environment | Source::Default | Source::Demo => name.to_owned(),
                };
                self.faults.push(format!("{place} {fault}"));
                None
            }
        }
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<_> = self
            .layers
            .iter()
            .flat_map(|(source, layer)| {
                layer.unknown().map(move |name| {
                    format!("{name} ({source}) is no setting and does nothing; konusma config lists the settings")
                })
            })
            .collect();
        if self.demo
            && matches!(
                self.found(keys::DATA_DIR),
                Some((_, Source::Environment | Source::DotEnv))
            )
        {
            warnings.push("KONUSMA_DATA_DIR is not used: the demo keeps its data in a temporary directory".to_owned());
        }
        if self.demo && self.found(keys::TELEGRAM_BOT_TOKEN).is_some() {
            warnings.push("TELEGRAM_BOT_TOKEN is not used: the demo tells nobody of its visitors".to_owned());
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(values: &[(&str, &str)]) -> Layer {
        Layer::of(values.iter().copied())
    }

    fn load(
        flags: &[(&str, &str)],
        environment: &[(&str, &str)],
        dotenv: &[(&str, &str)],
    ) -> Result<Config, StartError> {
        Config::load(false, &layer(flags), &layer(environment), &layer(dotenv))
    }

    fn demo(flags: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<Config, StartError> {
        Config::load(true, &layer(flags), &layer(environment), &Layer::default())
    }

    fn faults(result: Result<Config, StartError>) -> Vec<String> {
        match result {
            Err(StartError::Config(faults)) => faults,
            other => panic!("expected faults, got {other:?}"),
        }
    }

    #[test]
    fn nothing_set_gives_the_defaults_of_the_table() {
        let config = load(&[], &[], &[]).unwrap();
        for (setting, key) in config.listing().iter().zip(KEYS) {
            assert_eq!((setting.name, setting.source), (key.name, Source::Default));
            if key.name != keys::WORKER_THREADS {
                assert_eq!(setting.value, key.default, "{}", key.name);
            }
        }
        assert!((1..=DEFAULT_WORKER_THREADS_MAX).contains(&config.worker_threads));
        assert!(config.warnings.is_empty());
    }

    #[test]
    fn every_key_reaches_the_configuration() {
        // Flags that do not exist come in by the environment.
        // A key that the table has and `load` forgot would keep its default here.
        for key in KEYS {
            let mut values = vec![(keys::ENVIRONMENT, "development")];
            let example = if key.name == keys::RATE_LIMITS {
                "off"
            } else {
                key.example
            };
            values.retain(|(name, _)| *name != key.name);
            values.push((key.name, example));
            let (flags, environment, source) = match key.flag {
                "" => (vec![], values, Source::Environment),
                _ => (values, vec![], Source::Flag),
            };
            let config = load(&flags, &environment, &[]).unwrap_or_else(|error| panic!("{}: {error}", key.name));
            let setting = config
                .listing()
                .iter()
                .find(|setting| setting.name == key.name)
                .unwrap();
            assert_eq!(setting.source, source, "{}", key.name);
            assert_ne!(setting.value, key.default, "{}", key.name);
            assert!(!setting.value.is_empty(), "{}", key.name);
        }
    }

    #[test]
    fn flags_come_before_the_environment_and_that_before_the_file() {
        let values = |port| [(keys::PORT, port)];
        let port = |config: Config| (config.port, config.listing()[0].source);
        assert_eq!(
            port(load(&values("1"), &values("2"), &values("3")).unwrap()),
            (1, Source::Flag)
        );
        assert_eq!(
            port(load(&[], &values("2"), &values("3")).unwrap()),
            (2, Source::Environment)
        );
        assert_eq!(port(load(&[], &values(""), &values("3")).unwrap()), (3, Source::DotEnv));
    }

    #[test]
    fn all_faults_come_together_and_say_where() {
        let faults = faults(load(
            &[(keys::PORT, "http")],
            &[(keys::SECRET_KEY, "short"), (keys::RATE_LIMITS, "off")],
            &[(keys::HOST, "everywhere")],
        ));
        assert_eq!(faults.len(), 4, "{faults:?}");
        for start in [
            "--port is \"http\"",
            "SECRET_KEY has 5",
            "KONUSMA_RATE_LIMITS is off",
            "KONUSMA_HOST in .env is",
        ] {
            assert!(
                faults.iter().any(|fault| fault.starts_with(start)),
                "{start}: {faults:?}"
            );
        }
    }

    #[test]
    fn limits_may_be_off_only_for_developers_and_the_demo() {
        let off = (keys::RATE_LIMITS, "off");
        assert!(load(&[off], &[], &[]).is_err());
        assert!(
            !load(&[off, (keys::ENVIRONMENT, "development")], &[], &[])
                .unwrap()
                .rate_limits
        );
        assert!(!demo(&[off], &[]).unwrap().rate_limits);
    }

    #[test]
    fn the_demo_stays_on_this_machine_and_away_from_real_data() {
        let config = demo(&[], &[(keys::DATA_DIR, "/var/lib/konusma")]).unwrap();
        assert!(config.host.is_loopback() && config.demo);
        assert!(
            config.data_dir.starts_with(std::env::temp_dir()),
            "{:?}",
            config.data_dir
        );
        assert!(!config.data_dir.exists());
        assert_eq!(config.warnings.len(), 1);
        let again = demo(&[(keys::DATA_DIR, "/srv")], &[]).unwrap();
        assert_eq!(again.data_dir.parent(), Some(std::path::Path::new("/srv")));
        assert_ne!(again.data_dir.file_name(), config.data_dir.file_name());
        assert!(faults(demo(&[(keys::HOST, "0.0.0.0")], &[]))[0].contains("demo"));
        let bot = [
            (
                keys::TELEGRAM_BOT_TOKEN,
                keys::key(keys::TELEGRAM_BOT_TOKEN).unwrap().example,
            ),
            (keys::TELEGRAM_ADMIN_CHAT_ID, "5"),
        ];
        let deaf = demo(&[], &bot).unwrap();
        assert_eq!((deaf.telegram.token, deaf.telegram.chat_id), (None, None));
        assert!(deaf.warnings[0].starts_with("TELEGRAM_BOT_TOKEN is not used"));
        assert!(demo(&[(keys::HOST, "::1")], &[]).is_ok());
    }

    #[test]
    fn links_begin_with_an_address_a_browser_can_open() {
        let base = |values: &[(&str, &str)]| load(values, &[], &[]).unwrap().base_url(8080);
        assert_eq!(base(&[]), "http://127.0.0.1:8080");
        assert_eq!(base(&[(keys::HOST, "::")]), "http://[::1]:8080");
        assert_eq!(base(&[(keys::HOST, "10.0.0.2")]), "http://10.0.0.2:8080");
        assert_eq!(
            base(&[(keys::PUBLIC_URL, "https://chat.example.com/")]),
            "https://chat.example.com"
        );
    }

    #[test]
    fn secrets_are_shown_nowhere() {
        let secret = "correct-horse-battery-staple-0123456789";
        let config = load(&[], &[(keys::SECRET_KEY, secret)], &[]).unwrap();
        assert_eq!(config.secret_key.as_deref(), Some(secret));
        assert!(!format!("{config:?}").contains(secret));
        assert!(config.listing().iter().all(|setting| !setting.value.contains("horse")));

        let secret = "AAE_x-0123456789abcdefghijklmnopqrs";
        let token = format!("12345678:{secret}");
        let config = load(&[], &[(keys::TELEGRAM_BOT_TOKEN, &token)], &[]).unwrap();
        assert_eq!(config.telegram.token.as_ref().unwrap().secret(), token);
        assert!(!format!("{config:?} {:?} {:?}", config.telegram, config.listing()).contains(secret));
        let faults = faults(load(&[], &[(keys::TELEGRAM_BOT_TOKEN, &format!("{token}!"))], &[]));
        assert!(
            !faults[0].contains(secret) && faults[0].starts_with("TELEGRAM_BOT_TOKEN is no"),
            "{faults:?}"
        );
    }

    #[test]
    fn misspelt_settings_are_warned_about() {
        let config = load(&[], &[("KONUSMA_PROT", "1")], &[]).unwrap();
        assert!(
            config.warnings[0].contains("KONUSMA_PROT (environment)"),
            "{:?}",
            config.warnings
        );
        assert_eq!(
            load(&[], &[(keys::TRUSTED_PROXIES, "0.0.0.0/0")], &[])
                .unwrap()
                .warnings
                .len(),
            1
        );
    }
}
