//! What a message is.

use std::sync::Arc;

use salvo::oapi::ToSchema;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::Upload;
use crate::call::CallLine;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sender {
    /// The visitor of the thread.
    Visitor,
    /// Somebody who answers.
    Agent,
    /// The server: closed, reopened.
    System,
}

impl Sender {
    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Sender::Visitor => "visitor",
            Sender::Agent => "agent",
            Sender::System => "system",
        }
    }

    /// The other way round; `None` for any other word.
    pub fn parse(word: &str) -> Option<Sender> {
        [Sender::Visitor, Sender::Agent, Sender::System]
            .into_iter()
            .find(|sender| sender.as_str() == word)
    }
}

/// What a message carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Plain text.
    Text,
    /// A picture that every browser shows.
    Image,
    /// Sound, such as a voice note.
    Audio,
    /// Anything else, to be downloaded.
    File,
    /// A call that is over.
    Call,
}

impl Kind {
    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Image => "image",
            Kind::Audio => "audio",
            Kind::File => "file",
            Kind::Call => "call",
        }
    }

    /// The other way round; `None` for any other word.
    pub fn parse(word: &str) -> Option<Kind> {
        [Kind::Text, Kind::Image, Kind::Audio, Kind::File, Kind::Call]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// How a message came, unless from a page of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// An agent wrote it to the bot.
    Telegram,
}

impl Via {
    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Via::Telegram => "telegram",
        }
    }

    /// The other way round; `None` for any other word.
    pub fn parse(word: &str) -> Option<Via> {
        (word == Via::Telegram.as_str()).then_some(Via::Telegram)
    }
}

/// A stored message as clients see it (PROTOCOL, event `message`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// Grows in the order of storing.
    pub id: i64,
    /// Public id of the thread.
    #[salvo(schema(value_type = String))]
    pub room: Arc<str>,
    /// The sender's own id of it: sending twice stores once.
    #[serde(serialize_with = "hyphenated")]
    #[salvo(schema(value_type = String))]
    pub client_id: Uuid,
    /// Who wrote it.
    pub from: Sender,
    /// Name of the agent who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What it carries.
    pub kind: Kind,
    /// The text, or the caption of an upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What came along, unless the kind is `text` or `call`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// The call, when the kind is `call`; then `from` is who called, and `author` the agent who did or answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<CallLine>,
    /// Id of the message of the same thread that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<i64>,
    /// When it was stored, ms UTC.
    pub at: i64,
    /// How it came, unless from a page of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// When its text was last changed, ms UTC; absent: it is the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<i64>,
}

impl Message {
    /// Bytes on the wire that one message has and another has not; the rest is about 200.
    pub fn varying_bytes(&self) -> usize {
        // An upload has its name, its type and two links of about 200 bytes.
        const UPLOAD: usize = 512;
        let upload = self.upload.as_ref().map_or(0, |upload| UPLOAD + upload.name.len());
        self.text.as_ref().map_or(0, String::len) + upload
    }
}

fn hyphenated<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

/// A message on its way into the database; its text has passed [`super::text::message`].
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Row id of the thread.
    pub chat_session_id: i64,
    /// The sender's own id of it.
    pub client_id: Uuid,
    /// Who wrote it.
    pub sender: Sender,
    /// Row id of the agent who did.
    pub agent_id: Option<i64>,
    /// The text, shared with the copy that is sent on; `None` only beside an upload.
    pub text: Option<Arc<str>>,
    /// Public id of an upload of the same sender that was not sent before.
    pub upload_id: Option<Arc<str>>,
    /// Id of the message of the same thread that it answers.
    pub reply_to: Option<i64>,
    /// How it came, unless from a page of ours.
    pub via: Option<Via>,
}
