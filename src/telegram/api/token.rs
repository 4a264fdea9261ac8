//! A bot's token.

use std::fmt;
use std::sync::Arc;

/// `123456789:AAE…`, as BotFather gives it. It can be used, not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct BotToken {
    text: Arc<str>,
    bot_id: i64,
}

impl BotToken {
    /// Of what somebody pasted: digits, a colon, and at least 20 of `A-Za-z0-9_-`; spaces around it do not matter.
    pub fn parse(text: &str) -> Option<BotToken> {
        let text = text.trim();
        let (id, secret) = text.split_once(':')?;
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let sound = id.len() >= 3
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && (20..=200).contains(&secret.len())
            && secret.bytes().all(known);
        let bot_id = id.parse().ok()?;
        sound.then(|| BotToken {
            text: text.into(),
            bot_id,
        })
    }

    /// The bot's own id, which is no secret.
    pub fn bot_id(&self) -> i64 {
        self.bot_id
    }

    /// The whole token: for the address of a request, and for keeping it under seal. Nowhere else.
    pub fn secret(&self) -> &str {
        &self.text
    }

    /// `text` without this token, or the part of it that is secret.
    pub fn scrub(&self, text: &str) -> String {
        let secret = self.text.split_once(':').map_or(&*self.text, |(_, secret)| secret);
        text.replace(&*self.text, "…").replace(secret, "…")
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BotToken({}:…)", self.bot_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAE_x-0123456789abcdefghijklmnopqrs";

    #[test]
    fn a_token_is_digits_a_colon_and_a_long_secret() {
        let token = BotToken::parse(&format!(" 12345678:{SECRET}\n")).unwrap();
        assert_eq!(token.bot_id(), 12_345_678);
        assert_eq!(token.secret(), format!("12345678:{SECRET}"));
        for wrong in [
            "",
            ":",
            "12345678",
            "12345678:short",
            "12:AAE_x-0123456789abcdefghijklmnopqrs",
            "x2345678:AAE_x-0123456789abcdefghijklmnopqrs",
            "12345678:AAE_x-0123456789abcdefgh jklmnopqrs",
            "12345678:AAE_x-0123456789abcdefgh/../pqrs",
            "99999999999999999999:AAE_x-0123456789abcdefghijklmnopqrs",
            "12345678:ŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞŞ",
        ] {
            assert_eq!(BotToken::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = BotToken::parse(&format!("12345678:{SECRET}")).unwrap();
        assert_eq!(format!("{token:?}"), "BotToken(12345678:…)");
        assert_eq!(
            token.scrub(&format!("a 12345678:{SECRET} b {SECRET} c 12345678 d")),
            "a … b … c 12345678 d"
        );
    }
}
