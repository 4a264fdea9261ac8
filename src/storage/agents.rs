//! Agents: who may answer, and what they sign in with.

use rusqlite::{Connection, OptionalExtension, Row};
use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

use super::{Result, StorageError};

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, settings too.
    Owner,
    /// Answer.
    Agent,
}

impl Role {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Agent => "agent",
        }
    }
}

/// An agent as the server knows it; secrets stay inside.
#[derive(Clone)]
pub struct Agent {
    /// Row id.
    pub id: i64,
    /// What they sign in with.
    pub username: String,
    /// What visitors see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// argon2id, PHC string; `None` until set up.
    pub password_hash: Option<String>,
    /// The authenticator's secret; `None` until set up.
    pub totp_secret: Option<Vec<u8>>,
    /// The last time step that was accepted.
    pub totp_last_step: i64,
    /// Since when, ms UTC.
    pub created_at: i64,
    /// Cannot sign in since, ms UTC.
    pub disabled_at: Option<i64>,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent")
            .field("id", &self.id)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

const SELECT: &str =
    "SELECT id, username, name, role = 'owner', password_hash, totp_secret, totp_last_step, created_at,
                      disabled_at FROM agents ";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Agent> {
    Ok(Agent {
        id: row.get(0)?,
        username: row.get(1)?,
        name: row.get(2)?,
        role: if row.get(3)? { Role::Owner } else { Role::Agent },
        password_hash: row.get(4)?,
        totp_secret: row.get(5)?,
        totp_last_step: row.get(6)?,
        created_at: row.get(7)?,
        disabled_at: row.get(8)?,
    })
}

/// Everybody, oldest first, the disabled too.
pub fn all(connection: &Connection) -> Result<Vec<Agent>> {
    let mut rows = connection.prepare_cached(&format!("{SELECT} ORDER BY id"))?;
    Ok(rows.query_map([], from_row)?.collect::<rusqlite::Result<_>>()?)
}

/// Who has this user name (letter case does not matter)?
pub fn by_username(connection: &Connection, username: &str) -> Result<Option<Agent>> {
    let mut rows = connection.prepare_cached(&format!("{SELECT} WHERE username = ?1"))?;
    Ok(rows.query_row([username], from_row).optional()?)
}

/// Who has this row id?
pub fn by_id(connection: &Connection, id: i64) -> Result<Option<Agent>> {
    let mut rows = connection.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
    Ok(rows.query_row([id], from_row).optional()?)
}

/// Can a thread be given to this agent?
pub fn can_answer(connection: &Connection, id: i64) -> Result<bool> {
    Ok(by_id(connection, id)?.is_some_and(|agent| agent.disabled_at.is_none()))
}

/// Is there an owner who can sign in?
pub fn has_owner(connection: &Connection) -> Result<bool> {
    let mut rows = connection.prepare_cached(
        "SELECT 1 FROM agents WHERE role = 'owner' AND disabled_at IS NULL AND password_hash IS NOT NULL",
    )?;
    Ok(rows.exists([])?)
}

/// Adds somebody who still has to be set up; `None` when the user name is taken.
pub fn add(connection: &Connection, username: &str, name: &str, role: Role, now: i64) -> Result<Option<i64>> {
    let added = connection.execute(
        "INSERT INTO agents (username, name, role, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (username) DO NOTHING",
        (username, name, role.as_str(), now),
    )?;
    Ok((added == 1).then(|| connection.last_insert_rowid()))
}

/// Gives an agent a password and an authenticator, with new recovery codes; old logins and codes end.
pub fn set_up(
    connection: &Connection,
    id: i64,
    name: &str,
    password_hash: &str,
    totp: (&[u8], i64),
    recovery_code_hashes: &[[u8; 32]],
) -> Result<()> {
    let changed = connection.execute(
        "UPDATE agents SET name = ?2, password_hash = ?3, totp_secret = ?4, totp_last_step = ?5 WHERE id = ?1",
        (id, name, password_hash, totp.0, totp.1),
    )?;
    if changed == 0 {
        return Err(StorageError::Missing);
    }
    connection.execute("DELETE FROM logins WHERE agent_id = ?1", [id])?;
    connection.execute("DELETE FROM challenges WHERE agent_id = ?1", [id])?;
    connection.execute("DELETE FROM recovery_codes WHERE agent_id = ?1", [id])?;
    for hash in recovery_code_hashes {
        connection.execute(
            "INSERT INTO recovery_codes (agent_id, code_hash) VALUES (?1, ?2)",
            (id, hash),
        )?;
    }
    Ok(())
}

/// A new password; every login of the agent ends.
pub fn set_password(connection: &Connection, id: i64, password_hash: &str) -> Result<()> {
    connection.execute(
        "UPDATE agents SET password_hash = ?2 WHERE id = ?1",
        (id, password_hash),
    )?;
    connection.execute("DELETE FROM logins WHERE agent_id = ?1", [id])?;
    Ok(())
}

/// Remembers the time step that was used; `false` when it or a later one was used before (a replay).
pub fn use_totp_step(connection: &Connection, id: i64, step: i64) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE agents SET totp_last_step = ?2 WHERE id = ?1 AND totp_last_step < ?2",
        (id, step),
    )?;
    Ok(changed == 1)
}

/// Uses up a recovery code; `false` when it is not one of the agent's unused ones.
pub fn use_recovery_code(connection: &Connection, id: i64, code_hash: &[u8; 32], now: i64) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE recovery_codes SET used_at = ?3 WHERE agent_id = ?1 AND code_hash = ?2 AND used_at IS NULL",
        (id, code_hash, now),
    )?;
    Ok(changed == 1)
}

/// How many recovery codes are left?
pub fn recovery_codes_left(connection: &Connection, id: i64) -> Result<i64> {
    let mut rows =
        connection.prepare_cached("SELECT count(*) FROM recovery_codes WHERE agent_id = ?1 AND used_at IS NULL")?;
    Ok(rows.query_row([id], |row| row.get(0))?)
}

/// Ends an agent's access: logins, links and sign-ins under way are gone at once.
pub fn disable(connection: &Connection, id: i64, now: i64) -> Result<()> {
    connection.execute(
        "UPDATE agents SET disabled_at = coalesce(disabled_at, ?2) WHERE id = ?1",
        (id, now),
    )?;
    connection.execute("DELETE FROM logins WHERE agent_id = ?1", [id])?;
    connection.execute("DELETE FROM challenges WHERE agent_id = ?1", [id])?;
    connection.execute("DELETE FROM login_links WHERE agent_id = ?1", [id])?;
    Ok(())
}
