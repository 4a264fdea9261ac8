//! What remains of a call: its line in the thread.

use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

/// One side of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The visitor.
    Visitor,
    /// Somebody who answers.
    Agent,
}

impl Side {
    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Visitor => "visitor",
            Side::Agent => "agent",
        }
    }

    /// The other way round; `None` for any other word.
    pub fn parse(word: &str) -> Option<Side> {
        [Side::Visitor, Side::Agent]
            .into_iter()
            .find(|side| side.as_str() == word)
    }

    /// The one who is not this one.
    pub fn other(self) -> Side {
        match self {
            Side::Visitor => Side::Agent,
            Side::Agent => Side::Visitor,
        }
    }
}

/// What a call began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// Voices.
    Audio,
    /// Pictures, too.
    Video,
}

impl Media {
    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Media::Audio => "audio",
            Media::Video => "video",
        }
    }

    /// The other way round; `None` for any other word.
    pub fn parse(word: &str) -> Option<Media> {
        [Media::Audio, Media::Video]
            .into_iter()
            .find(|media| media.as_str() == word)
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// Somebody hung up.
    Hangup,
    /// Whoever was called did not want to.
    Declined,
    /// Nobody answered, or the caller gave up.
    Missed,
    /// Everybody who could answer was in another call.
    Busy,
    /// It was accepted, but no media came through.
    Failed,
    /// A side lost its connection and did not come back.
    Lost,
}

impl Reason {
    const ALL: [Reason; 6] = [
        Reason::Hangup,
        Reason::Declined,
        Reason::Missed,
        Reason::Busy,
        Reason::Failed,
        Reason::Lost,
    ];

    /// The word in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Hangup => "hangup",
            Reason::Declined => "declined",
            Reason::Missed => "missed",
            Reason::Busy => "busy",
            Reason::Failed => "failed",
            Reason::Lost => "lost",
        }
    }

    /// The other way round; `None` for any other word.
    pub fn parse(word: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// A call as a message tells it (PROTOCOL, `call`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallLine {
    /// Public id of the call.
    pub id: String,
    /// Who called.
    pub caller: Side,
    /// What it began with.
    pub media: Media,
    /// How it ended.
    pub reason: Reason,
    /// From the first media to the end, ms; 0 when there was none.
    pub duration_ms: i64,
}
