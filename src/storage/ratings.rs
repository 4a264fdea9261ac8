//! What visitors thought of it, once their chat was closed.

use rusqlite::{Connection, OptionalExtension};

use super::outbox::{self, Kind, NewNotice};
use super::{Result, StorageError};

/// 1 to 5; 5 is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating(i64);

impl Rating {
    /// `None` for any other number.
    pub fn new(rating: i64) -> Option<Rating> {
        (1..=5).contains(&rating).then_some(Rating(rating))
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rated {
    /// It is kept.
    Changed,
    /// It was said before.
    Known,
    /// Nobody has closed this chat yet.
    StillOpen,
}

/// Keeps a rating in its thread, in the place of an earlier one, and, when agents can be told (`tell`), writes the notice.
///
/// Errors: [`StorageError::Missing`] when the thread is gone.
pub fn rate(connection: &Connection, chat_session_id: i64, rating: Rating, tell: bool, now: i64) -> Result<Rated> {
    // A thread that was opened again has the line that once closed it.
    let mut thread = connection.prepare_cached(
        "SELECT rating, status = 'closed' OR EXISTS (SELECT 1 FROM messages
           WHERE chat_session_id = s.id AND sender = 'system' AND text = 'closed')
         FROM chat_sessions s WHERE id = ?1",
    )?;
    let (known, was_closed) = thread
        .query_row([chat_session_id], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, bool>(1)?))
        })
        .optional()?
        .ok_or(StorageError::Missing)?;
    if !was_closed {
        return Ok(Rated::StillOpen);
    }
    if known == Some(rating.0) {
        return Ok(Rated::Known);
    }
    connection
        .prepare_cached("UPDATE chat_sessions SET rating = ?2, rated_at = ?3 WHERE id = ?1")?
        .execute((chat_session_id, rating.0, now))?;
    if !tell {
        return Ok(Rated::Changed);
    }
    // One that nobody was told yet is no news any more.
    let told_once = format!("{}:{chat_session_id}", Kind::Rating.as_str());
    outbox::take_back(connection, Kind::Rating, &chat_session_id.to_string())?;
    let new = NewNotice {
        chat_session_id: Some(chat_session_id),
        body: Some(&serde_json::json!({ "rating": rating.0 })),
        told_once: Some(&told_once),
        ..NewNotice::of(Kind::Rating)
    };
    outbox::tell(connection, &new, now)?;
    Ok(Rated::Changed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::auth::file_link::FileLinks;
    use crate::storage::sessions::{self, Change, Status};
    use crate::storage::{messages, sample};

    fn told(connection: &Connection) -> Vec<String> {
        let mut rows = connection
            .prepare("SELECT kind || ' ' || body FROM outbox ORDER BY id")
            .unwrap();
        rows.query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    fn set(connection: &Connection, session: i64, status: Status) {
        let change = Change {
            status: Some(status),
            ..Change::default()
        };
        sessions::change(connection, session, &change, 3_000).unwrap();
    }

    #[test]
    fn a_chat_is_rated_when_it_was_closed_and_the_last_rating_is_told() {
        let (_folder, connection, session) = sample::database();
        let rate = |rating| rate(&connection, session, Rating::new(rating).unwrap(), true, 4_000).unwrap();
        sample::said(&connection, session, "closed", 2_000);
        assert_eq!(
            rate(5),
            Rated::StillOpen,
            "a visitor who writes the word closes nothing"
        );
        set(&connection, session, Status::Closed);
        messages::store_system_line(&connection, session, "closed", None, 3_000).unwrap();
        assert_eq!(rate(2), Rated::Changed);
        assert_eq!(told(&connection), ["rating {\"rating\":2}"]);
        assert_eq!(rate(2), Rated::Known);
        set(&connection, session, Status::Open);
        assert_eq!(rate(4), Rated::Changed, "it was closed once");
        assert_eq!(told(&connection), ["rating {\"rating\":4}"]);
        let told = told(&connection);
        super::rate(&connection, session, Rating(1), false, 5_000).unwrap();
        assert_eq!(self::told(&connection), told, "nobody is there to be told");
        assert_eq!(rate(4), Rated::Changed);
        let thread = sessions::by_id(&connection, FileLinks::new([1; 32]), session).unwrap();
        assert_eq!(thread.rating, Some(4));
    }

    #[test]
    fn a_rating_is_one_to_five_and_of_a_thread_that_is_there() {
        assert!(Rating::new(0).is_none() && Rating::new(6).is_none() && Rating::new(1).is_some());
        let (_folder, connection, session) = sample::database();
        let rated = rate(&connection, session + 1, Rating(3), true, 4_000);
        assert!(matches!(rated, Err(StorageError::Missing)));
    }
}
