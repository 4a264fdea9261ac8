//! The configuration as people see it: each value with where it came from, secrets masked.

use std::fmt;

use super::{Config, Environment, KEYS, Key, LogLevel, Reader, Setting, Source, keys};

impl Config {
    pub(super) fn list(&self, reader: &Reader<'_>) -> Vec<Setting> {
        KEYS.iter()
            .map(|key| {
                let source = match key.name {
                    keys::DATA_DIR if self.demo => Source::Demo,
                    keys::HOST | keys::TURN_PORT if self.demo && reader.found(key.name).is_none() => Source::Demo,
                    _ => reader.found(key.name).map_or(Source::Default, |(_, source)| source),
                };
                Setting {
                    name: key.name,
                    value: self.shown(key),
                    source,
                }
            })
            .collect()
    }

    fn shown(&self, key: &Key) -> String {
        match key.name {
            keys::ENVIRONMENT => self.environment.to_string(),
            keys::HOST => self.host.to_string(),
            keys::PORT => self.port.to_string(),
            keys::DATA_DIR => self.data_dir.display().to_string(),
            keys::SECRET_KEY => self.secret_key.as_ref().map(|_| "(set)".to_owned()).unwrap_or_default(),
            keys::ALLOWED_ORIGINS => self.allowed_origins.join(","),
            keys::TRUSTED_PROXIES => self
                .trusted_proxies
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(","),
            keys::PUBLIC_URL => self.public_url.clone().unwrap_or_default(),
            keys::RATE_LIMITS => if self.rate_limits { "on" } else { "off" }.to_owned(),
            keys::LOG_LEVEL => self.log_level.to_string(),
            keys::WORKER_THREADS => self.worker_threads.to_string(),
            keys::TURN_PORT => self.calls.turn_port.to_string(),
            keys::PUBLIC_IP => {
                let ips = self.calls.public_ips.iter().map(ToString::to_string);
                ips.collect::<Vec<_>>().join(",")
            }
            keys::ICE_SERVERS => self
                .calls
                .ice_servers
                .as_ref()
                .map(|_| "(set)".to_owned())
                .unwrap_or_default(),
            keys::TELEGRAM_BOT_TOKEN => self
                .telegram
                .token
                .as_ref()
                .map(|_| "(set)".to_owned())
                .unwrap_or_default(),
            keys::TELEGRAM_ADMIN_CHAT_ID => self.telegram.chat_id.map(|id| id.to_string()).unwrap_or_default(),
            keys::TELEGRAM_API => self.telegram.api.clone(),
            keys::UPLOAD_MAX_MB => self.uploads.max_mb.to_string(),
            keys::UPLOAD_DAY_MB => self.uploads.day_mb.to_string(),
            keys::FREE_SPACE_MB => self.uploads.free_space_mb.to_string(),
            _ => String::new(),
        }
    }
}

impl fmt::Debug for Config {
    /// The listing, because it masks secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.listing.iter().map(|setting| (setting.name, &setting.value)))
            .finish()
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Production => "production",
            Self::Development => "development",
        })
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        })
    }
}
