//! Logins (an agent's signed-in browser) and the challenges on the way to one.

use rusqlite::{Connection, OptionalExtension};

use super::{Result, agents, answer_links};

/// A browser that is not used for this long is signed out.
pub const IDLE_MS: i64 = 14 * 24 * 60 * 60 * 1000;

/// However much it is used, it signs in again after this.
pub const LIFETIME_MS: i64 = 60 * 24 * 60 * 60 * 1000;

/// `last_seen_at` is written at most this often: it orders a list, it is not a log.
pub const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;

/// How long the one-time code may take to be typed (DESIGN §8).
pub const CHALLENGE_MS: i64 = 10 * 60 * 1000;

/// How often a wrong code may be typed (DESIGN §8).
pub const CHALLENGE_TRIES: i64 = 5;

/// A login that an Answer link has made is for one call, not for a working day.
pub const ANSWER_LIFETIME_MS: i64 = 2 * 60 * 60 * 1000;

/// A login with its agent.
#[derive(Debug, Clone)]
pub struct Login {
    /// Row id.
    pub id: i64,
    /// Whose it is.
    pub agent: agents::Agent,
    /// When it was last used, ms UTC.
    pub last_seen_at: i64,
    /// It came by an Answer link: its agent is never an owner, and other logins are not its business.
    pub answers_only: bool,
}

/// Stores a login and answers its row id.
pub fn create(
    connection: &Connection,
    token_hash: &[u8; 32],
    agent_id: i64,
    browser: (&str, &str),
    now: i64,
) -> Result<i64> {
    connection.execute(
        "INSERT INTO logins (token_hash, agent_id, user_agent, address, created_at, last_seen_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
        (token_hash, agent_id, browser.0, browser.1, now, now + LIFETIME_MS),
    )?;
    Ok(connection.last_insert_rowid())
}

/// Stores a login of an Answer link.
pub fn create_to_answer(
    connection: &Connection,
    token_hash: &[u8; 32],
    agent_id: i64,
    browser: (&str, &str),
    now: i64,
) -> Result<i64> {
    let id = create(connection, token_hash, agent_id, browser, now)?;
    connection.execute(
        "UPDATE logins SET answers_only = 1, expires_at = ?2 WHERE id = ?1",
        (id, now + ANSWER_LIFETIME_MS),
    )?;
    Ok(id)
}

/// Whose cookie is this? `None`: signed out, expired, idle for too long, or the agent is disabled.
pub fn of_token(connection: &Connection, token_hash: &[u8; 32], now: i64) -> Result<Option<Login>> {
    let mut rows = connection.prepare_cached(
        "SELECT id, agent_id, last_seen_at, answers_only FROM logins
         WHERE token_hash = ?1 AND expires_at > ?2 AND last_seen_at > ?3",
    )?;
    let found: Option<(i64, i64, i64, bool)> = rows
        .query_row((token_hash, now, now - IDLE_MS), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((id, agent_id, last_seen_at, answers_only)) = found else {
        return Ok(None);
    };
    let agent = agents::by_id(connection, agent_id)?.filter(|agent| agent.disabled_at.is_none());
    Ok(agent.map(|mut agent| {
        if answers_only {
            agent.role = agents::Role::Agent;
        }
        Login {
            id,
            agent,
            last_seen_at,
            answers_only,
        }
    }))
}

/// The login is in use.
pub fn seen(connection: &Connection, id: i64, now: i64) -> Result<()> {
    connection.execute(
        "UPDATE logins SET last_seen_at = max(last_seen_at, ?2) WHERE id = ?1",
        (id, now),
    )?;
    Ok(())
}

/// One line of the list of an agent's logins.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Row id.
    pub id: i64,
    /// The browser's own description.
    pub user_agent: String,
    /// Shortened client address.
    pub address: String,
    /// When it signed in, ms UTC.
    pub created_at: i64,
    /// When it was last used, ms UTC.
    pub last_seen_at: i64,
}

/// Where is this agent signed in? Newest use first.
pub fn of_agent(connection: &Connection, agent_id: i64, now: i64) -> Result<Vec<Listed>> {
    let mut rows = connection.prepare_cached(
        "SELECT id, user_agent, address, created_at, last_seen_at FROM logins
         WHERE agent_id = ?1 AND expires_at > ?2 AND last_seen_at > ?3 ORDER BY last_seen_at DESC, id DESC",
    )?;
    let listed = rows
        .query_map((agent_id, now, now - IDLE_MS), |row| {
            Ok(Listed {
                id: row.get(0)?,
                user_agent: row.get(1)?,
                address: row.get(2)?,
                created_at: row.get(3)?,
                last_seen_at: row.get(4)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(listed)
}

/// Ends one login of an agent; `false` when it is not theirs or gone.
pub fn revoke(connection: &Connection, id: i64, agent_id: i64) -> Result<bool> {
    Ok(connection.execute("DELETE FROM logins WHERE id = ?1 AND agent_id = ?2", (id, agent_id))? == 1)
}

/// Ends all logins of an agent but one, and answers which.
pub fn revoke_others(connection: &Connection, keep: i64, agent_id: i64) -> Result<Vec<i64>> {
    let mut rows = connection.prepare("DELETE FROM logins WHERE agent_id = ?1 AND id <> ?2 RETURNING id")?;
    Ok(rows
        .query_map((agent_id, keep), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Which of these logins are still good? For live sockets, after another process changed the database.
pub fn still_good(connection: &Connection, ids: &[i64], now: i64) -> Result<Vec<i64>> {
    let mut good = connection.prepare_cached(
        "SELECT 1 FROM logins l JOIN agents a ON a.id = l.agent_id
         WHERE l.id = ?1 AND l.expires_at > ?2 AND l.last_seen_at > ?3 AND a.disabled_at IS NULL",
    )?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if good.exists((id, now, now - IDLE_MS))? {
            found.push(*id);
        }
    }
    Ok(found)
}

/// Opens the second step of a sign-in; an agent has one at a time.
pub fn challenge(connection: &Connection, token_hash: &[u8; 32], agent_id: i64, now: i64) -> Result<()> {
    connection.execute(
        "DELETE FROM challenges WHERE agent_id = ?1 OR expires_at <= ?2",
        (agent_id, now),
    )?;
    connection.execute(
        "INSERT INTO challenges (token_hash, agent_id, tries_left, expires_at) VALUES (?1, ?2, ?3, ?4)",
        (token_hash, agent_id, CHALLENGE_TRIES, now + CHALLENGE_MS),
    )?;
    Ok(())
}

/// Uses one try of a challenge: the agent and how many tries are left after it. `None`: unknown, expired, used up.
pub fn try_challenge(connection: &Connection, token_hash: &[u8; 32], now: i64) -> Result<Option<(agents::Agent, i64)>> {
    let mut rows = connection.prepare_cached(
        "UPDATE challenges SET tries_left = tries_left - 1
         WHERE token_hash = ?1 AND expires_at > ?2 AND tries_left > 0 RETURNING agent_id, tries_left",
    )?;
    let found: Option<(i64, i64)> = rows
        .query_row((token_hash, now), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((agent_id, tries_left)) = found else {
        return Ok(None);
    };
    let agent = agents::by_id(connection, agent_id)?.filter(|agent| agent.disabled_at.is_none());
    Ok(agent.map(|agent| (agent, tries_left)))
}

/// Whose challenge is this? `None`: unknown, expired or used up.
pub fn agent_of_challenge(connection: &Connection, token_hash: &[u8; 32], now: i64) -> Result<Option<i64>> {
    let mut rows = connection.prepare_cached(
        "SELECT agent_id FROM challenges WHERE token_hash = ?1 AND expires_at > ?2 AND tries_left > 0",
    )?;
    Ok(rows.query_row((token_hash, now), |row| row.get(0)).optional()?)
}

/// The code that is sent for this challenge; an earlier one is good no more.
pub fn set_code(connection: &Connection, token_hash: &[u8; 32], code_hash: &[u8; 32]) -> Result<()> {
    connection.execute(
        "UPDATE challenges SET code_hash = ?2 WHERE token_hash = ?1",
        (token_hash, code_hash),
    )?;
    Ok(())
}

/// The code that was sent for this challenge.
pub fn sent_code(connection: &Connection, token_hash: &[u8; 32]) -> Result<Option<[u8; 32]>> {
    let mut rows = connection.prepare_cached("SELECT code_hash FROM challenges WHERE token_hash = ?1")?;
    Ok(rows.query_row([token_hash], |row| row.get(0)).optional()?.flatten())
}

/// The challenge was met.
pub fn end_challenge(connection: &Connection, token_hash: &[u8; 32]) -> Result<()> {
    connection.execute("DELETE FROM challenges WHERE token_hash = ?1", [token_hash])?;
    Ok(())
}

/// Removes what has expired.
pub fn forget_expired(connection: &Connection, now: i64) -> Result<usize> {
    let logins = connection.execute(
        "DELETE FROM logins WHERE expires_at <= ?1 OR last_seen_at <= ?2",
        (now, now - IDLE_MS),
    )?;
    let challenges = connection.execute("DELETE FROM challenges WHERE expires_at <= ?1", [now])?;
    let links = connection.execute("DELETE FROM login_links WHERE expires_at <= ?1", [now])?;
    let answers = answer_links::forget_expired(connection, now)?;
    Ok(logins + challenges + links + answers)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::agents::{self, Role};
    use crate::storage::sample;

    const BROWSER: (&str, &str) = ("Firefox", "192.0.x.x");

    fn owner() -> (tempfile::TempDir, Connection, i64) {
        let (folder, connection, _) = sample::database();
        let owner = agents::add(&connection, "ayse", "Ayşe", Role::Owner, 0).unwrap();
        (folder, connection, owner.unwrap())
    }

    #[test]
    fn who_came_by_an_answer_link_is_an_agent_for_two_hours() {
        let (_folder, connection, owner) = owner();
        create(&connection, &[1; 32], owner, BROWSER, 1_000).unwrap();
        create_to_answer(&connection, &[2; 32], owner, BROWSER, 1_000).unwrap();
        let login = |token: u8, now| of_token(&connection, &[token; 32], now).unwrap();
        let last = 1_000 + ANSWER_LIFETIME_MS - 1;
        let whole = login(1, last).unwrap();
        assert_eq!((whole.agent.role, whole.answers_only), (Role::Owner, false));
        let answering = login(2, last).unwrap();
        assert_eq!(
            (answering.agent.id, answering.agent.role, answering.answers_only),
            (owner, Role::Agent, true)
        );
        assert!(login(2, last + 1).is_none() && login(1, last + 1).is_some());
        let ids = [whole.id, answering.id];
        assert_eq!(still_good(&connection, &ids, last + 1).unwrap(), [whole.id]);
        assert_eq!(forget_expired(&connection, last + 1).unwrap(), 1);
    }

    #[test]
    fn a_sent_code_is_of_one_challenge_and_the_last_one_counts() {
        let (_folder, connection, owner) = owner();
        let sent = |token: u8| sent_code(&connection, &[token; 32]).unwrap();
        challenge(&connection, &[1; 32], owner, 1_000).unwrap();
        assert_eq!(sent(1), None);
        set_code(&connection, &[1; 32], &[7; 32]).unwrap();
        set_code(&connection, &[1; 32], &[8; 32]).unwrap();
        assert_eq!(sent(1), Some([8; 32]));
        // A new sign-in ends the one before, with its code.
        challenge(&connection, &[2; 32], owner, 2_000).unwrap();
        assert_eq!((sent(1), sent(2)), (None, None));
        set_code(&connection, &[2; 32], &[9; 32]).unwrap();
        end_challenge(&connection, &[2; 32]).unwrap();
        assert_eq!(sent(2), None, "it is good once");
    }

    #[test]
    fn a_challenge_ends_by_time_and_by_tries() {
        let (_folder, connection, owner) = owner();
        challenge(&connection, &[1; 32], owner, 1_000).unwrap();
        let whose = |now| agent_of_challenge(&connection, &[1; 32], now).unwrap();
        assert_eq!(whose(1_000 + CHALLENGE_MS - 1), Some(owner));
        assert_eq!(whose(1_000 + CHALLENGE_MS), None);
        for left in (0..CHALLENGE_TRIES).rev() {
            assert_eq!(try_challenge(&connection, &[1; 32], 2_000).unwrap().unwrap().1, left);
        }
        assert!(try_challenge(&connection, &[1; 32], 2_000).unwrap().is_none());
        assert_eq!(whose(2_000), None);
    }
}
