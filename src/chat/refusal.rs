//! Why an event of a client is refused: the stable codes of PROTOCOL, each with its sentence.

use crate::storage::messages::Refused;

/// A refusal; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not the shape the event asks for.
    Invalid,
    /// A text over its limit.
    TooLong,
    /// A message with neither text nor an upload.
    Empty,
    /// No such event.
    UnknownEvent,
    /// No such room, or not this visitor's.
    Room,
    /// `reply_to` names no message of the room.
    ReplyTo,
    /// `upload_id` names no upload of the sender's, or one that was sent before.
    Upload,
    /// The visitor was blocked.
    Blocked,
    /// No such call for this one, or it is over, or somebody else has it.
    Call,
    /// This one, or this chat, is in a call.
    InCall,
    /// The visitor who is called is not connected.
    Unreachable,
    /// The owner wants no calls, or none with pictures.
    Off,
    /// The other side of the call is not connected at the moment.
    Peer,
    /// Too many of these; the time says when the next may come.
    RateLimited {
        /// Milliseconds until it may.
        retry_after_ms: u64,
    },
    /// The server has too much to write at the moment.
    Busy,
    /// The disk or the database refused.
    Storage,
}

/// When to try again after [`Refusal::Busy`]: the queue of the writer empties in a fraction of this.
const BUSY_RETRY_AFTER_MS: u64 = 500;

impl Refusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::Invalid => "invalid",
            Refusal::TooLong => "too_long",
            Refusal::Empty => "empty",
            Refusal::UnknownEvent => "unknown_event",
            Refusal::Room => "room",
            Refusal::ReplyTo => "reply_to",
            Refusal::Upload => "upload",
            Refusal::Blocked => "blocked",
            Refusal::Call => "call",
            Refusal::InCall => "in_call",
            Refusal::Unreachable => "unreachable",
            Refusal::Off => "off",
            Refusal::Peer => "peer",
            Refusal::RateLimited { .. } => "rate_limited",
            Refusal::Busy => "busy",
            Refusal::Storage => "storage",
        }
    }

    /// One sentence for a developer; people read the client's own words for the code.
    pub fn sentence(self) -> &'static str {
        match self {
            Refusal::Invalid => "The data does not have the shape that this event asks for.",
            Refusal::TooLong => "The text has more than 4,000 characters.",
            Refusal::Empty => "The message has neither text nor an upload.",
            Refusal::UnknownEvent => "There is no such event.",
            Refusal::Room => "There is no such room for you.",
            Refusal::ReplyTo => "The message it answers is not in this room.",
            Refusal::Upload => "This is no upload of yours, or it was sent before.",
            Refusal::Blocked => "This chat no longer takes messages.",
            Refusal::Call => "There is no such call for you, or it is over, or somebody else has it.",
            Refusal::InCall => "You, or this chat, are in a call already.",
            Refusal::Unreachable => "The visitor is not connected.",
            Refusal::Off => "Calls of this kind are switched off.",
            Refusal::Peer => "The other side is not connected at the moment.",
            Refusal::RateLimited { .. } => "Too many in a short time.",
            Refusal::Busy => "The server is busy; try again in a moment.",
            Refusal::Storage => "The message could not be stored; try again.",
        }
    }

    /// When trying again is worth while.
    pub fn retry_after_ms(self) -> Option<u64> {
        match self {
            Refusal::RateLimited { retry_after_ms } => Some(retry_after_ms),
            Refusal::Busy => Some(BUSY_RETRY_AFTER_MS),
            _ => None,
        }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::ReplyTo => Refusal::ReplyTo,
            Refused::Upload => Refusal::Upload,
            Refused::Blocked => Refusal::Blocked,
            Refused::Room => Refusal::Room,
        }
    }
}

impl From<crate::call::Refused> for Refusal {
    fn from(refused: crate::call::Refused) -> Self {
        use crate::call::Refused;
        match refused {
            Refused::NoCall => Refusal::Call,
            Refused::InCall => Refusal::InCall,
            Refused::PeerGone => Refusal::Peer,
            Refused::Dialing | Refused::Full => Refusal::Busy,
        }
    }
}

impl From<crate::storage::calls::Refused> for Refusal {
    fn from(refused: crate::storage::calls::Refused) -> Self {
        use crate::storage::calls::Refused;
        match refused {
            Refused::Room => Refusal::Room,
            Refused::Blocked => Refusal::Blocked,
        }
    }
}

impl From<crate::storage::StorageError> for Refusal {
    fn from(error: crate::storage::StorageError) -> Self {
        match error {
            crate::storage::StorageError::Missing => Refusal::Room,
            passing if passing.is_passing() => Refusal::Busy,
            other => {
                tracing::error!(error = %other, "a client's event failed in the database");
                Refusal::Storage
            }
        }
    }
}
