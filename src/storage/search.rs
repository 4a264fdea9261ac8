//! Full-text search, kept behind the write path.
//!
//! Messages are indexed in small batches when the writer has nothing else to do; `search_indexed_up_to` remembers how
//! far, in the same transaction. A search asks the index and then reads the few rows after it, so a message is found
//! the moment it is stored.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};

use super::Result;
use super::sessions::Hit;
use crate::chat::Kind;
use crate::chat::text::folded;

/// Rows indexed in one go: a few milliseconds, so that a message that comes meanwhile hardly waits.
const BATCH: i64 = 200;

/// Rows after the index that a search reads itself; the index is never further behind for long.
const UNINDEXED_MAX: i64 = 2000;

/// Characters of a message around the words that were found.
const SNIPPET: usize = 120;

/// A row of the settings, there while words wait to be wiped.
const ERASED: &str = "search_erased";

const INDEXED_UP_TO: &str = "search_indexed_up_to";

fn indexed_up_to(connection: &Connection) -> Result<i64> {
    let mut rows = connection.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
    let value: Option<String> = rows.query_row([INDEXED_UP_TO], |row| row.get(0)).optional()?;
    Ok(value.and_then(|value| value.parse().ok()).unwrap_or(0))
}

/// Indexes the next batch; `true` while there is more. Call it outside a transaction, on the writing connection.
pub fn index_next(connection: &Connection) -> Result<bool> {
    let from = indexed_up_to(connection)?;
    let rows = {
        let mut rows = connection.prepare_cached(
            "SELECT m.id, m.kind, m.text, u.name, c.media, c.reason FROM messages m
             LEFT JOIN uploads u ON u.message_id = m.id LEFT JOIN calls c ON c.message_id = m.id
             WHERE m.id > ?1 ORDER BY m.id LIMIT ?2",
        )?;
        rows.query_map((from, BATCH), |row| Ok((row.get(0)?, Said::of(row, 1)?.to_be_found())))?
            .collect::<rusqlite::Result<Vec<(i64, String)>>>()?
    };
    let Some((last, _)) = rows.last() else { return Ok(false) };
    let transaction = connection.unchecked_transaction()?;
    {
        let mut insert = transaction.prepare_cached("INSERT INTO messages_search (rowid, text) VALUES (?1, ?2)")?;
        for (id, text) in &rows {
            if !text.is_empty() {
                insert.execute((id, folded(text)))?;
            }
        }
        transaction
            .prepare_cached("INSERT OR REPLACE INTO settings (name, value, changed_at) VALUES (?1, ?2, 0)")?
            .execute((INDEXED_UP_TO, last.to_string()))?;
    }
    transaction.commit()?;
    Ok(rows.len() as i64 == BATCH)
}

/// What people may type who look for a picture, a voice note, a file or a call, in the languages of the pages.
const WORDS_OF_KINDS: [(&str, &str); 4] = [
    ("image", "photo picture image foto fotoğraf resim görsel"),
    ("audio", "voice audio ses sesli"),
    ("file", "file document dosya belge"),
    ("call", "call arama görüşme çağrı"),
];

/// And who look for a call, by what it began with and how it ended.
const WORDS_OF_CALLS: [(&str, &str); 4] = [
    ("audio", "voice sesli"),
    ("video", "video görüntülü"),
    ("missed", "missed cevapsız"),
    ("busy", "missed cevapsız"),
];

/// What a message says: its text, and the name of what it carries.
struct Said<'a> {
    kind: &'a str,
    text: &'a str,
    name: &'a str,
    /// Of a call: what it began with, how it ended.
    call: [&'a str; 2],
}

impl<'a> Said<'a> {
    /// Reads kind, text, the upload's name, the call's media and reason, which begin at column `first`.
    fn of(row: &'a Row<'_>, first: usize) -> rusqlite::Result<Said<'a>> {
        let text = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str_or_null()?.unwrap_or_default());
        Ok(Said {
            kind: text(first)?,
            text: text(first + 1)?,
            name: text(first + 2)?,
            call: [text(first + 3)?, text(first + 4)?],
        })
    }

    /// All that finds it.
    fn to_be_found(&self) -> String {
        let kind = WORDS_OF_KINDS.iter().find(|(kind, _)| *kind == self.kind);
        // The name's parts are words, too: "IMG_2041.jpg" is found by 2041.
        let name = self.name.replace('_', " ");
        let mut found = format!("{} {name} {}", self.text, kind.map_or("", |(_, words)| words));
        for (what, words) in WORDS_OF_CALLS {
            if self.call.contains(&what) {
                found.push(' ');
                found.push_str(words);
            }
        }
        found.trim().to_owned()
    }

    /// What of it a list shows: the text where the words are in it, else the name.
    fn shown(&self, words: &[String]) -> &'a str {
        if self.name.is_empty() || has_all(self.text, words) {
            self.text
        } else {
            self.name
        }
    }
}

/// Takes a message's old words out of the index, when they are in it, and puts its new ones in. The old ones are gone for
/// good after the next idle moment, as those of [`forget_session`].
pub(super) fn reindex(connection: &Connection, message_id: i64) -> Result<()> {
    if message_id > indexed_up_to(connection)? {
        return Ok(());
    }
    let said: String = connection
        .prepare_cached(
            "SELECT m.kind, m.text, u.name, c.media, c.reason FROM messages m
             LEFT JOIN uploads u ON u.message_id = m.id LEFT JOIN calls c ON c.message_id = m.id WHERE m.id = ?1",
        )?
        .query_row([message_id], |row| Ok(Said::of(row, 0)?.to_be_found()))?;
    connection
        .prepare_cached("DELETE FROM messages_search WHERE rowid = ?1")?
        .execute([message_id])?;
    if !said.is_empty() {
        connection
            .prepare_cached("INSERT INTO messages_search (rowid, text) VALUES (?1, ?2)")?
            .execute((message_id, folded(&said)))?;
    }
    wipe_later(connection)
}

/// Takes a thread's messages out of the index. That only marks them: their words are gone when the index's parts are
/// merged into one, which takes a second for each million messages and waits for the next idle moment ([`wipe_erased`]).
pub(super) fn forget_session(connection: &Connection, chat_session_id: i64) -> Result<()> {
    connection.execute(
        "DELETE FROM messages_search WHERE rowid IN (SELECT id FROM messages WHERE chat_session_id = ?1 AND id <= ?2)",
        (chat_session_id, indexed_up_to(connection)?),
    )?;
    wipe_later(connection)
}

fn wipe_later(connection: &Connection) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO settings (name, value, changed_at) VALUES (?1, 'true', 0)",
        [ERASED],
    )?;
    Ok(())
}

/// Takes the words of what was erased out of the index for good. Call it as [`index_next`].
pub fn wipe_erased(connection: &Connection) -> Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let wanted = transaction
        .prepare_cached("DELETE FROM settings WHERE name = ?1")?
        .execute([ERASED])?;
    if wanted > 0 {
        transaction.execute("INSERT INTO messages_search (messages_search) VALUES ('optimize')", [])?;
    }
    Ok(transaction.commit()?)
}

/// The words of a query, folded.
fn words(query: &str) -> Vec<String> {
    folded(query)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Words as FTS5 wants them: each a quoted prefix, all of them wanted.
fn match_expression(words: &[String]) -> String {
    words
        .iter()
        .map(|word| format!("\"{word}\"*"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Hits that a search looks at, newest first; what lies further back needs a better word.
const HITS_READ: i64 = 5000;

/// Every word of the query begins a word of the text: what the index answers, for rows that are not in it yet.
fn has_all(text: &str, words: &[String]) -> bool {
    let text = folded(text);
    let begins = |word: &String| {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|of_text| of_text.starts_with(word.as_str()))
    };
    words.iter().all(begins)
}

/// Row ids of the chat sessions in which `query` is found, each with its newest hit, newest hit first.
pub fn sessions_with(connection: &Connection, query: &str) -> Result<Vec<(i64, Hit)>> {
    let words = words(query);
    let Some(first) = words.first() else {
        return Ok(Vec::new());
    };
    let mut hits: HashMap<i64, Hit> = HashMap::new();
    let mut newest = |session: i64, id: i64, said: &Said<'_>| {
        if hits.get(&session).is_none_or(|hit| hit.message_id < Some(id)) {
            let hit = Hit {
                message_id: Some(id),
                kind: Kind::parse(said.kind).filter(|kind| *kind != Kind::Text),
                text: around(said.shown(&words), first),
            };
            hits.insert(session, hit);
        }
    };
    let indexed = indexed_up_to(connection)?;
    let mut rows = connection.prepare_cached(
        "SELECT m.chat_session_id, m.id, m.kind, m.text, u.name, c.media, c.reason
         FROM messages m LEFT JOIN uploads u ON u.message_id = m.id LEFT JOIN calls c ON c.message_id = m.id
         WHERE m.id > ?1 ORDER BY m.id DESC LIMIT ?2",
    )?;
    let mut rows = rows.query((indexed, UNINDEXED_MAX))?;
    while let Some(row) = rows.next()? {
        let said = Said::of(row, 2)?;
        if has_all(&said.to_be_found(), &words) {
            newest(row.get(0)?, row.get(1)?, &said);
        }
    }
    let mut rows = connection.prepare_cached(
        "SELECT m.chat_session_id, m.id, m.kind, m.text, u.name, c.media, c.reason
         FROM messages_search f JOIN messages m ON m.id = f.rowid LEFT JOIN uploads u ON u.message_id = m.id
         LEFT JOIN calls c ON c.message_id = m.id
         WHERE messages_search MATCH ?1 ORDER BY f.rowid DESC LIMIT ?2",
    )?;
    let mut rows = rows.query((match_expression(&words), HITS_READ))?;
    while let Some(row) = rows.next()? {
        newest(row.get(0)?, row.get(1)?, &Said::of(row, 2)?);
    }
    let mut rows = connection
        .prepare_cached("SELECT id, name, coalesce(email, '') FROM chat_sessions ORDER BY id DESC LIMIT ?1")?;
    let mut rows = rows.query([NAMES_READ])?;
    let mut named = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, email) = (
            row.get_ref(1)?.as_str().unwrap_or_default(),
            row.get_ref(2)?.as_str().unwrap_or_default(),
        );
        if let Some(text) = [name, email].into_iter().find(|text| has_all(text, &words)) {
            named.push((row.get::<_, i64>(0)?, text.to_owned()));
        }
    }
    let mut found: Vec<(i64, Hit)> = hits.into_iter().collect();
    for (session, text) in named {
        if !found.iter().any(|(known, _)| *known == session) {
            let hit = Hit {
                message_id: None,
                kind: None,
                text,
            };
            found.push((session, hit));
        }
    }
    found.sort_by_key(|(session, hit)| std::cmp::Reverse((hit.message_id, *session)));
    Ok(found)
}

/// Names and addresses are few and short: reading the newest of them takes about a millisecond for each 2,000.
const NAMES_READ: i64 = 20_000;

/// The part of `text` around the first place where `word` (folded) is found, cut at characters.
fn around(text: &str, word: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= SNIPPET {
        return text.to_owned();
    }
    // Folding keeps one character for one almost always; a little off only moves the window.
    let at = folded(text)
        .find(word)
        .map_or(0, |byte| folded(text)[..byte].chars().count());
    let start = at.saturating_sub(SNIPPET / 3).min(characters.len() - SNIPPET);
    let window: String = characters[start..start + SNIPPET].iter().collect();
    let (before, after) = (
        if start > 0 { "…" } else { "" },
        if start + SNIPPET < characters.len() { "…" } else { "" },
    );
    format!("{before}{}{after}", window.trim())
}
