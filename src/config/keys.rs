//! The table of settings. Command line, environment, `.env`, help, `konusma config`, `packaging/.env.example` and the
//! README's table all follow from it.

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Its name in the environment and in `.env`.
    pub name: &'static str,
    /// Its flag on the command line, without the dashes. Empty: it has none, because every user of a machine can read the
    /// command lines of all its programs.
    pub flag: &'static str,
    /// The value when nobody sets it, in words where it is computed. Empty: not set.
    pub default: &'static str,
    /// What it does: one sentence, no full stop.
    pub help: &'static str,
    /// Shown masked.
    pub secret: bool,
    /// A value somebody could really use.
    pub example: &'static str,
}

macro_rules! names {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => { $($(#[$doc])* pub const $constant: &str = $name;)* };
}

names! {
    /// `production` or `development`.
    ENVIRONMENT = "KONUSMA_ENV";
    /// The address to listen on.
    HOST = "KONUSMA_HOST";
    /// The port to listen on.
    PORT = "PORT";
    /// Where the database and everything else is kept.
    DATA_DIR = "KONUSMA_DATA_DIR";
    /// The key that other keys are derived from.
    SECRET_KEY = "SECRET_KEY";
    /// The websites that may use the chat.
    ALLOWED_ORIGINS = "ALLOWED_ORIGINS";
    /// The reverse proxies that are believed.
    TRUSTED_PROXIES = "KONUSMA_TRUSTED_PROXIES";
    /// The address people type.
    PUBLIC_URL = "KONUSMA_PUBLIC_URL";
    /// Limits on or off.
    RATE_LIMITS = "KONUSMA_RATE_LIMITS";
    /// How large one file may be.
    UPLOAD_MAX_MB = "KONUSMA_UPLOAD_MAX_MB";
    /// How much a visitor may send in a day.
    UPLOAD_DAY_MB = "KONUSMA_UPLOAD_DAY_MB";
    /// What uploads leave free on the disk.
    FREE_SPACE_MB = "KONUSMA_FREE_SPACE_MB";
    /// The relay's port, or `off`.
    TURN_PORT = "KONUSMA_TURN_PORT";
    /// Where the world reaches this machine.
    PUBLIC_IP = "KONUSMA_PUBLIC_IP";
    /// Other STUN and TURN servers.
    ICE_SERVERS = "KONUSMA_ICE_SERVERS";
    /// The bot that tells of visitors.
    TELEGRAM_BOT_TOKEN = "TELEGRAM_BOT_TOKEN";
    /// The chat it tells.
    TELEGRAM_ADMIN_CHAT_ID = "TELEGRAM_ADMIN_CHAT_ID";
    /// The server of the Bot API.
    TELEGRAM_API = "KONUSMA_TELEGRAM_API";
    /// How much is logged.
    LOG_LEVEL = "KONUSMA_LOG_LEVEL";
    /// Threads that serve connections.
    WORKER_THREADS = "KONUSMA_WORKER_THREADS";
}

/// Every setting, in the order people read them.
pub const KEYS: &[Key] = &[
    Key {
        name: PORT,
        flag: "port",
        default: "10000",
        help: "Port to listen on; 0 takes any free one",
        secret: false,
        example: "8080",
    },
    Key {
        name: HOST,
        flag: "host",
        default: "0.0.0.0",
        help: "Address to listen on; 127.0.0.1 behind a proxy on the same machine, and with --demo",
        secret: false,
        example: "127.0.0.1",
    },
    Key {
        name: DATA_DIR,
        flag: "data-dir",
        default: "./konusma-data",
        help: "Directory of the database, logs and keys; made when it does not exist",
        secret: false,
        example: "/var/lib/konusma",
    },
    Key {
        name: PUBLIC_URL,
        flag: "public-url",
        default: "",
        help: "Where people reach this server; begins its links, and is allowed to use the chat",
        secret: false,
        example: "https://chat.example.com",
    },
    Key {
        name: ALLOWED_ORIGINS,
        flag: "allowed-origins",
        default: "",
        help: "Other websites that may use the chat, with commas",
        secret: false,
        example: "https://www.example.com,https://shop.example.com",
    },
    Key {
        name: TRUSTED_PROXIES,
        flag: "trusted-proxies",
        default: "",
        help: "Proxies whose X-Forwarded headers are believed: addresses or networks, with commas",
        secret: false,
        example: "127.0.0.1,10.0.0.0/8",
    },
    Key {
        name: SECRET_KEY,
        flag: "secret-key",
        default: "",
        help: "Key for signatures, 32 characters or more; without it one is made in the data directory",
        secret: true,
        example: "c2VjcmV0LWtleS1vZi0zMi1vci1tb3JlLWNoYXJhY3RlcnM",
    },
    Key {
        name: ENVIRONMENT,
        flag: "env",
        default: "production",
        help: "production, or development (loosens what only a developer needs)",
        secret: false,
        example: "development",
    },
    Key {
        name: RATE_LIMITS,
        flag: "rate-limits",
        default: "on",
        help: "on or off; off only in development or with --demo, for load tests",
        secret: false,
        example: "on",
    },
    Key {
        name: UPLOAD_MAX_MB,
        flag: "upload-max-mb",
        default: "25",
        help: "Largest file that can be sent, in megabytes, 1 to 1024",
        secret: false,
        example: "50",
    },
    Key {
        name: UPLOAD_DAY_MB,
        flag: "upload-day-mb",
        default: "250",
        help: "What one visitor can send in 24 hours, in megabytes; 0 for no limit",
        secret: false,
        example: "100",
    },
    Key {
        name: FREE_SPACE_MB,
        flag: "free-space-mb",
        default: "256",
        help: "Free space that uploads leave on the disk, in megabytes; 0 lets them fill it",
        secret: false,
        example: "1024",
    },
    Key {
        name: TURN_PORT,
        flag: "turn-port",
        default: "3478",
        help: "Port of the relay for calls, UDP and TCP; 0 takes any free one, off switches it off",
        secret: false,
        example: "off",
    },
    Key {
        name: PUBLIC_IP,
        flag: "public-ip",
        default: "",
        help: "Address that the world reaches this machine at, when it is not its own (1:1 NAT); IPv4, IPv6 or both with a comma",
        secret: false,
        example: "203.0.113.7",
    },
    Key {
        name: ICE_SERVERS,
        flag: "ice-servers",
        default: "",
        help: "Other STUN and TURN servers instead of the relay: a JSON array as RTCPeerConnection takes it",
        secret: true,
        example: r#"[{"urls":["turn:turn.example.com:3478"],"username":"user","credential":"password"}]"#,
    },
    Key {
        name: TELEGRAM_BOT_TOKEN,
        flag: "",
        default: "",
        help: "Token of your Telegram bot, from @BotFather; it can be set in /admin instead",
        secret: true,
        example: "123456789:AAExample-of-a-token-from-BotFather-1",
    },
    Key {
        name: TELEGRAM_ADMIN_CHAT_ID,
        flag: "telegram-admin-chat-id",
        default: "",
        help: "Number of the Telegram chat or group that is told of visitors; the bot finds it when you press Start",
        secret: false,
        example: "-1001234567890",
    },
    Key {
        name: TELEGRAM_API,
        flag: "telegram-api",
        default: "https://api.telegram.org",
        help: "Server of Telegram's Bot API, when it is one of your own",
        secret: false,
        example: "http://127.0.0.1:8081",
    },
    Key {
        name: LOG_LEVEL,
        flag: "log-level",
        default: "info",
        help: "error, warn, info or debug",
        secret: false,
        example: "debug",
    },
    Key {
        name: WORKER_THREADS,
        flag: "worker-threads",
        default: "one for each processor, at most 4",
        help: "Threads that serve connections, 1 to 64",
        secret: false,
        example: "2",
    },
];

/// The key of that environment name.
#[must_use]
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_flags_follow_one_rule_and_are_unique() {
        let flags: BTreeSet<_> = KEYS.iter().map(|key| key.flag).collect();
        assert_eq!(flags.len(), KEYS.len());
        for key in KEYS {
            let expected = key.name.trim_start_matches("KONUSMA_").to_lowercase().replace('_', "-");
            assert!(
                key.flag == expected || key.flag.is_empty() && key.secret,
                "{}",
                key.name
            );
            assert!(!key.help.ends_with('.') && !key.example.is_empty(), "{}", key.name);
        }
    }

    #[test]
    fn the_example_file_documents_every_key_once_with_its_help_and_default() {
        let file = include_str!("../../packaging/.env.example");
        for key in KEYS {
            let lines: Vec<_> = file
                .lines()
                .filter(|line| line.trim_start_matches("# ").starts_with(&format!("{}=", key.name)))
                .collect();
            assert_eq!(
                lines,
                [format!("# {}={}", key.name, key.example)],
                "{} in packaging/.env.example",
                key.name
            );
            assert!(
                file.contains(&format!("# {}.", key.help)),
                "{}'s help in packaging/.env.example",
                key.name
            );
            let default = if key.default.is_empty() { "not set" } else { key.default };
            assert!(
                file.contains(&format!("# Default: {default}\n# {}=", key.name)),
                "{}'s default",
                key.name
            );
        }
        let documented = file.lines().filter(|line| line.contains('=')).count();
        assert_eq!(
            documented,
            KEYS.len(),
            "packaging/.env.example has a line that is no setting"
        );
    }

    #[test]
    fn the_readme_has_one_row_for_every_key() {
        let readme = include_str!("../../README.md");
        for key in KEYS {
            let default = if key.default.is_empty() { "–" } else { key.default };
            let flag = match key.flag {
                "" => "–".to_owned(),
                flag => format!("`--{flag}`"),
            };
            let row = format!("| `{}` | {flag} | {default} | {} |", key.name, key.help);
            assert!(readme.contains(&row), "README.md lacks: {row}");
        }
    }
}
