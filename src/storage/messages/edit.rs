//! Changing what a message says, after it was stored.

use rusqlite::{Connection, OptionalExtension};

use super::{Result, by_id};
use crate::auth::file_link::FileLinks;
use crate::chat::{Kind, Message, Sender};
use crate::storage::search;

/// Gives a message another text (checked by `chat::text::message`), and the search its new words for its old ones.
/// `None` as text: what it carries has no caption any more. Answers the row id of its chat session and the message as
/// it is now.
///
/// `None`: there is nothing to tell. The message is gone, or says this already, or is none that a person wrote, or would
/// have neither text nor upload.
pub fn edit(
    connection: &Connection,
    links: FileLinks,
    message_id: i64,
    text: Option<&str>,
    now: i64,
) -> Result<Option<(i64, Message)>> {
    let session: Option<i64> = connection
        .prepare_cached(
            "UPDATE messages SET text = ?2, edited_at = ?3
             WHERE id = ?1 AND text IS NOT ?2 AND sender <> ?4 AND kind <> ?5 AND (?2 IS NOT NULL OR kind <> ?6)
             RETURNING chat_session_id",
        )?
        .query_row(
            (
                message_id,
                text,
                now,
                Sender::System.as_str(),
                Kind::Call.as_str(),
                Kind::Text.as_str(),
            ),
            |row| row.get(0),
        )
        .optional()?;
    let Some(session) = session else { return Ok(None) };
    search::reindex(connection, message_id)?;
    Ok(Some((session, by_id(connection, links, message_id)?)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::chat::Via;
    use crate::storage::messages::store_system_line;
    use crate::storage::sample;

    const LINKS: FileLinks = FileLinks::new([1; 32]);

    fn found(connection: &Connection, word: &str) -> usize {
        search::sessions_with(connection, word).unwrap().len()
    }

    /// Bytes of the index's parts that contain the word: what somebody finds who reads the file.
    fn traces(connection: &Connection, word: &str) -> i64 {
        connection
            .query_row(
                "SELECT count(*) FROM messages_search_data WHERE instr(block, CAST(?1 AS BLOB)) > 0",
                [word],
                |row| row.get(0),
            )
            .unwrap()
    }

    #[test]
    fn the_new_words_are_found_and_the_old_ones_are_gone() {
        let (_folder, connection, session) = sample::database();
        let id = sample::said(&connection, session, "the zebra is ready", 2_000);
        // Before the index has it, and after.
        for (index, old, new) in [(false, "zebra", "giraffe"), (true, "giraffe", "penguin")] {
            if index {
                while search::index_next(&connection).unwrap() {}
            }
            assert_eq!((found(&connection, old), found(&connection, new)), (1, 0));
            let text = format!("the {new} is ready");
            let (of, message) = edit(&connection, LINKS, id, Some(&text), 3_000).unwrap().unwrap();
            assert_eq!((of, message.id, message.at), (session, id, 2_000));
            assert_eq!(
                (message.text.as_deref(), message.edited_at),
                (Some(&*text), Some(3_000))
            );
            assert_eq!((found(&connection, old), found(&connection, new)), (0, 1));
        }
        search::wipe_erased(&connection).unwrap();
        assert_eq!((traces(&connection, "giraffe"), found(&connection, "penguin")), (0, 1));
        assert!(
            traces(&connection, "penguin") > 0,
            "or the look for traces sees nothing"
        );
        // Neither is a word left behind that a later message could be taken for.
        connection
            .execute(
                "INSERT INTO messages_search (messages_search) VALUES ('integrity-check')",
                [],
            )
            .unwrap();
    }

    #[test]
    fn what_changes_nothing_is_no_news() {
        let (_folder, connection, session) = sample::database();
        let id = sample::said(&connection, session, "hello", 2_000);
        let says = |id, text| edit(&connection, LINKS, id, text, 3_000).unwrap().is_some();
        assert!(!says(id, Some("hello")), "the same");
        assert!(!says(id + 1, Some("hello")), "gone");
        assert!(!says(id, None), "nothing would be left");
        let line = store_system_line(&connection, session, "closed", None, 2_000).unwrap();
        assert!(!says(line.id, Some("open")), "the server's own");
        let stored = by_id(&connection, LINKS, id).unwrap();
        assert_eq!(
            (stored.text.as_deref(), stored.edited_at, stored.via),
            (Some("hello"), None, None)
        );
    }

    #[test]
    fn how_it_came_is_kept_and_told() {
        let (_folder, connection, session) = sample::database();
        let new = crate::chat::NewMessage {
            sender: Sender::Agent,
            via: Some(Via::Telegram),
            ..sample::message(session, "hello")
        };
        let stored = super::super::store(&connection, &new, 2_000).unwrap().unwrap();
        let message = by_id(&connection, LINKS, stored.id).unwrap();
        let told = serde_json::json!(message);
        assert_eq!((told["via"].as_str(), told.get("edited_at")), (Some("telegram"), None));
    }
}
