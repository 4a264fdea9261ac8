//! Every event and ack of `/chat` (PROTOCOL). What clients send is strict: an unknown field is refused.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::chat::Sender;
use crate::storage::sessions::{Status, Thread};

/// `auth` of a CONNECT.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// A visitor's token.
    pub token: Option<String>,
    /// `agent`, with the login cookie of the handshake.
    pub role: Option<String>,
    /// The newest message the client has.
    pub last_id: Option<i64>,
}

/// `message` from a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageIn<'a> {
    /// A hyphenated UUID.
    #[serde(borrow)]
    pub client_id: Cow<'a, str>,
    /// At most 4,000 characters.
    #[serde(borrow)]
    pub text: Option<Cow<'a, str>>,
    /// Public id of an upload of the sender's.
    #[serde(borrow)]
    pub upload_id: Option<Cow<'a, str>>,
    /// Id of a message of the same room.
    pub reply_to: Option<i64>,
    /// Agents say which.
    #[serde(borrow)]
    pub room: Option<Cow<'a, str>>,
}

/// `history` from a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryIn {
    /// Only ids below.
    pub before: Option<i64>,
    /// Only ids above.
    pub after: Option<i64>,
    /// 1 to 100.
    pub limit: Option<i64>,
    /// Agents say which.
    pub room: Option<String>,
}

/// `typing` from a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypingIn {
    /// Began or stopped.
    pub on: bool,
    /// Agents say where.
    pub room: Option<String>,
}

/// `read` from a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadIn {
    /// The newest message that was read.
    pub up_to: i64,
    /// Agents say where.
    pub room: Option<String>,
}

/// `open` from an agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIn {
    /// The thread on the screen; `null`: none, or nobody looks.
    #[serde(deserialize_with = "Option::deserialize")]
    pub room: Option<String>,
}

/// Ack of `message`.
#[derive(Debug, Serialize)]
pub struct MessageAck {
    /// Id of the message, the same again for the same `client_id`.
    pub id: i64,
    /// When it was stored, ms UTC.
    pub at: i64,
}

/// An ack with nothing to add.
#[derive(Debug, Serialize)]
pub struct Done {}

/// `edited` to clients: what a message says now.
#[derive(Debug, Serialize)]
pub struct Edited<'a> {
    /// Which message.
    pub id: i64,
    /// Where.
    pub room: &'a str,
    /// Its text or caption; absent: what it carries has no caption any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    /// When, ms UTC.
    pub edited_at: i64,
}

/// `typing` to clients.
#[derive(Debug, Serialize)]
pub struct TypingOut<'a> {
    /// Where.
    pub room: &'a str,
    /// Who.
    pub from: Sender,
    /// The agent's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<&'a str>,
    /// Began or stopped.
    pub on: bool,
}

/// `receipt` to clients.
#[derive(Debug, Serialize)]
pub struct ReceiptOut<'a> {
    /// Where.
    pub room: &'a str,
    /// Whose receipts these are.
    pub by: Sender,
    /// Up to which message their device has it.
    pub delivered_up_to: i64,
    /// Up to which message they have read.
    pub read_up_to: i64,
}

/// `presence` of agents, to everybody.
#[derive(Debug, Serialize)]
pub struct AgentsOnline {
    /// How many different agents are connected.
    pub agents_online: usize,
}

/// `presence` of a visitor, to agents.
#[derive(Debug, Serialize)]
pub struct VisitorOnline<'a> {
    /// Whose.
    pub room: &'a str,
    /// Connected, or gone for some seconds.
    pub visitor_online: bool,
}

/// `session` to agents: the thread, whole.
#[derive(Debug, Serialize)]
pub struct SessionForAgents<'a> {
    /// `new` or `changed`.
    pub event: &'static str,
    /// As it is now.
    #[serde(flatten)]
    pub thread: &'a Thread,
}

/// `session` to agents: something came in, was delivered or read.
#[derive(Debug, Serialize)]
pub struct SessionUnread<'a> {
    /// Which.
    pub room: &'a str,
    /// Always `changed`.
    pub event: &'static str,
    /// Messages of the visitor that no agent has read; past 100 it stays there.
    pub unread: i64,
    /// Since when the visitor waits for an answer, ms UTC.
    pub waiting_since: Option<i64>,
    /// Up to which message.
    pub agent_read_up_to: i64,
}

/// `session` to its visitor.
#[derive(Debug, Serialize)]
pub struct SessionForVisitor<'a> {
    /// Which.
    pub room: &'a str,
    /// Open or closed.
    pub status: Status,
    /// What the visitor is called.
    pub name: &'a str,
}

/// `session` to everybody: it was erased.
#[derive(Debug, Serialize)]
pub struct SessionGone<'a> {
    /// Which.
    pub room: &'a str,
    /// Always `true`.
    pub deleted: bool,
}
