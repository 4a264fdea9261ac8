//! A database with a thread in it, for the unit tests of the nouns.

use rusqlite::Connection;
use tempfile::TempDir;

use super::messages;
use super::sessions::{self, NewSession};
use crate::auth::token;
use crate::chat::{NewMessage, Sender};

/// A new database, the folder it goes with, and the row id of its only thread, Ali's, made at 1,000 ms.
pub fn database() -> (TempDir, Connection, i64) {
    let folder = tempfile::tempdir().unwrap();
    let connection = super::open::open(&folder.path().join("data.sqlite3"), true).unwrap();
    let id = thread(&connection, "room000000000000");
    (folder, connection, id)
}

/// Another thread, with this public id.
pub fn thread(connection: &Connection, room: &str) -> i64 {
    let session = NewSession {
        room: room.to_owned(),
        token_hash: token::hash(room),
        name: "Ali".to_owned(),
        email: None,
        locale: None,
        time_zone: None,
        page_url: None,
        referrer: None,
        user_agent: None,
        address: None,
    };
    sessions::create(connection, &session, 1_000).unwrap()
}

/// A visitor's message that is not stored yet.
pub fn message(session: i64, text: &str) -> NewMessage {
    NewMessage {
        chat_session_id: session,
        client_id: uuid::Uuid::from_bytes(token::random_bytes()),
        sender: Sender::Visitor,
        agent_id: None,
        text: Some(text.into()),
        upload_id: None,
        reply_to: None,
        via: None,
    }
}

/// Stores what a visitor says and answers its id.
pub fn said(connection: &Connection, session: i64, text: &str, now: i64) -> i64 {
    messages::store(connection, &message(session, text), now)
        .unwrap()
        .unwrap()
        .id
}

/// Stores what an agent, whom nobody knows by name, answers.
pub fn answered(connection: &Connection, session: i64, text: &str, now: i64) -> i64 {
    let new = NewMessage {
        sender: Sender::Agent,
        ..message(session, text)
    };
    messages::store(connection, &new, now).unwrap().unwrap().id
}
