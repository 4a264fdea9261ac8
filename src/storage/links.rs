//! One-time links: the owner's set-up, a new agent's, the way back in.

use rusqlite::{Connection, OptionalExtension};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::Result;
use super::agents::has_owner;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Make the owner's account.
    Owner,
    /// Set up an agent's account.
    Agent,
    /// New password and authenticator for somebody who has an account.
    Reset,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Purpose::Owner => "owner",
            Purpose::Agent => "agent",
            Purpose::Reset => "reset",
        }
    }
}

/// An unused link.
pub struct Link {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose account; `None`: the owner's, which is made by using it.
    pub agent_id: Option<i64>,
    /// Becomes the authenticator's secret when the link is used.
    pub totp_secret: Vec<u8>,
}

/// How long a link may wait: long enough for an evening, short enough to be forgotten safely.
pub const LIFETIME_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes a link; earlier ones for the same account end.
pub fn create(
    connection: &Connection,
    token_hash: &[u8; 32],
    purpose: Purpose,
    agent_id: Option<i64>,
    totp_secret: &[u8],
    now: i64,
) -> Result<()> {
    connection.execute(
        "DELETE FROM login_links WHERE agent_id IS ?1 OR expires_at <= ?2",
        (agent_id, now),
    )?;
    connection.execute(
        "INSERT INTO login_links (token_hash, purpose, agent_id, totp_secret, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            token_hash,
            purpose.as_str(),
            agent_id,
            totp_secret,
            now,
            now + LIFETIME_MS,
        ),
    )?;
    Ok(())
}

/// Which link is this? `None`: used, expired or never made.
pub fn find(connection: &Connection, token_hash: &[u8; 32], now: i64) -> Result<Option<Link>> {
    let mut rows = connection.prepare_cached(
        "SELECT purpose, agent_id, totp_secret FROM login_links WHERE token_hash = ?1 AND expires_at > ?2",
    )?;
    let link = rows
        .query_row((token_hash, now), |row| {
            let purpose = match row.get_ref(0)?.as_str()? {
                "owner" => Purpose::Owner,
                "agent" => Purpose::Agent,
                _ => Purpose::Reset,
            };
            Ok(Link {
                purpose,
                agent_id: row.get(1)?,
                totp_secret: row.get(2)?,
            })
        })
        .optional()?;
    // The owner's link makes the first owner, never a second one.
    let spent = link.as_ref().is_some_and(|link: &Link| link.purpose == Purpose::Owner) && has_owner(connection)?;
    Ok(link.filter(|_| !spent))
}

/// Uses it up; `false` when somebody was faster.
pub fn use_up(connection: &Connection, token_hash: &[u8; 32]) -> Result<bool> {
    Ok(connection.execute("DELETE FROM login_links WHERE token_hash = ?1", [token_hash])? == 1)
}
