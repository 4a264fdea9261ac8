//! How Telegram is reached, and what of it is fixed from outside; the rest is set in `/admin`.

use super::values;
use crate::telegram::api::BotToken;

/// Telegram's own server.
pub const DEFAULT_API: &str = "https://api.telegram.org";

/// How Telegram is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telegram {
    /// The server of the Bot API, as `scheme://host[:port]`.
    pub api: String,
    /// The bot, when it is fixed. Never in the demo.
    pub token: Option<BotToken>,
    /// The admin chat, when it is fixed. Never in the demo.
    pub chat_id: Option<i64>,
}

/// The value is never repeated.
pub(super) fn token(text: &str) -> Result<BotToken, String> {
    BotToken::parse(text).ok_or_else(|| {
        "is no bot's token; @BotFather gives one that looks like 123456789:AA…, with digits, a colon and 20 characters \
         or more of A-Z a-z 0-9 _ -"
            .to_owned()
    })
}

pub(super) fn chat_id(text: &str) -> Result<i64, String> {
    text.parse().ok().filter(|id| *id != 0).ok_or_else(|| {
        format!("is {text:?}; it must be a chat's number, such as 123456789, or -1001234567890 for a group")
    })
}

pub(super) fn api(text: &str) -> Result<String, String> {
    values::origin(text).ok_or_else(|| {
        format!("is {text:?}; it must look like {DEFAULT_API} or http://127.0.0.1:8081, with nothing after the host and port")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_none_is_not_repeated() {
        let fault = token("12345:hunter2").unwrap_err();
        assert!(
            fault.starts_with("is no bot's token") && !fault.contains("hunter2"),
            "{fault}"
        );
        assert_eq!(
            token(" 12345678:AAE_x-0123456789abcdefghijklmnopqrs ")
                .unwrap()
                .bot_id(),
            12_345_678
        );
    }

    #[test]
    fn chats_have_numbers() {
        assert_eq!(chat_id("-1001234567890"), Ok(-1_001_234_567_890));
        assert_eq!(chat_id("5000000000"), Ok(5_000_000_000));
        for wrong in ["0", "@shop", "", "1.5", "99999999999999999999"] {
            assert!(chat_id(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_api_is_a_host_and_a_port() {
        assert_eq!(
            api("http://Bot.example.test:8081/"),
            Ok("http://bot.example.test:8081".to_owned())
        );
        assert_eq!(api(DEFAULT_API), Ok(DEFAULT_API.to_owned()));
        for wrong in [
            "api.telegram.org",
            "ftp://api.telegram.org",
            "https://api.telegram.org/bot1:x",
            "https://a:b@api.telegram.org",
        ] {
            assert!(api(wrong).is_err(), "{wrong}");
        }
    }
}
