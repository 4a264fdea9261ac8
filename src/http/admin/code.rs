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
