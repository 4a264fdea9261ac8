//! One-time codes that the bot sends: random, good for one sign-in, kept as a hash with its token.

use std::sync::Arc;

use rusqlite::Connection;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::auth::token::{Token, random_bytes};
use crate::bot::ask;
use crate::signaling::Signaling;
use crate::storage::{Result, logins, telegram};

/// Digits of a code.
const DIGITS: usize = 6;

/// Without the token, which nobody keeps, a hash of six digits would be guessed at once.
fn hash(challenge: &str, code: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(challenge)
        .chain_update([0])
        .chain_update(code)
        .finalize()
        .into()
}

fn random_code() -> String {
    // Of 64 bits a millionth is as likely as any other to one part in ten million millions.
    let number = u64::from_le_bytes(random_bytes()) % 10_u64.pow(DIGITS as u32);
    format!("{number:0DIGITS$}")
}

/// Sends a code to the agent's Telegram; `false`: there is none, or it did not arrive in time.
pub async fn send(server: &Arc<Signaling>, agent_id: i64, challenge: &Token) -> Result<bool> {
    if server.app.pocket.token().is_none() {
        return Ok(false);
    }
    let telegram_id = server
        .app
        .readers
        .ask(move |connection| telegram::of_agent(connection, agent_id))
        .await?;
    let Some(telegram_id) = telegram_id else {
        return Ok(false);
    };
    let code = random_code();
    let (token_hash, code_hash) = (challenge.hash(), hash(challenge.text(), &code));
    // Before it is sent: it may be typed before Telegram's answer is here.
    server
        .app
        .writer
        .call(move |connection| logins::set_code(connection, &token_hash, &code_hash))
        .await?;
    Ok(ask::send_code(server, telegram_id, &code).await)
}

/// Is this the code that was sent for this challenge?
pub fn is_sent(connection: &Connection, challenge: &str, code: &str) -> Result<bool> {
    let sent = logins::sent_code(connection, &crate::auth::token::hash(challenge))?;
    let typed: String = code.chars().filter(char::is_ascii_digit).collect();
    Ok(sent.is_some_and(|sent| bool::from(sent.ct_eq(&hash(challenge, &typed)))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::agents::{self, Role};
    use crate::storage::sample;

    #[test]
    fn a_code_has_six_digits_and_is_another_each_time() {
        let codes: std::collections::BTreeSet<String> = (0..100).map(|_| random_code()).collect();
        assert!(codes.len() > 95, "{codes:?}");
        assert!(
            codes
                .iter()
                .all(|code| code.len() == DIGITS && code.bytes().all(|digit| digit.is_ascii_digit()))
        );
    }

    #[test]
    fn only_the_code_that_was_sent_for_this_challenge_is_right() {
        let (_folder, connection, _) = sample::database();
        let mut challenges = Vec::new();
        for (name, code) in [("ayse", Some("012345")), ("can", Some("543210")), ("deniz", None)] {
            let agent = agents::add(&connection, name, name, Role::Agent, 0).unwrap().unwrap();
            let token = Token::new();
            logins::challenge(&connection, &token.hash(), agent, 1_000).unwrap();
            if let Some(code) = code {
                logins::set_code(&connection, &token.hash(), &hash(token.text(), code)).unwrap();
            }
            challenges.push(token);
        }
        let is_right = |of: usize, code| is_sent(&connection, challenges[of].text(), code).unwrap();
        assert!(is_right(0, "012345") && is_right(0, " 012 345 ") && is_right(1, "543210"));
        for (of, code) in [
            (0, "543210"),
            (0, "012346"),
            (0, "12345"),
            (0, ""),
            (2, ""),
            (2, "000000"),
        ] {
            assert!(!is_right(of, code), "{of} {code}");
        }
    }
}
