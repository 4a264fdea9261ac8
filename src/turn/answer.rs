//! Answers to requests, written into one buffer that is used again.

use stun_types::attribute::{ErrorCode, Nonce, Realm, UnknownAttributes};
use stun_types::message::{
    IntegrityAlgorithm, IntegrityKey, Message, MessageClass, MessageType, MessageWriteMutSlice, StunWriteError,
};
use stun_types::prelude::{AttributeWrite, MessageWrite as _, MessageWriteExt as _};

use super::credentials::REALM;
use super::packet::Packet;

/// Unknown attributes that one answer names (RFC 8489 §14.12): more would make it larger than it may be.
const UNKNOWN_MAX: usize = 8;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// An error code, and nothing else to say.
    Code(u16),
    /// 401 or 438: what to come again with (RFC 8489 §9.2.4).
    Challenge {
        /// Which.
        code: u16,
        /// To use next.
        nonce: String,
    },
    /// 420: attributes that must be understood, and are not (RFC 8489 §6.3.1).
    Unknown(Vec<u16>),
    /// Not a word: who asks has had his share.
    Silence,
}

/// An answer that is being written.
pub struct Answer<'b> {
    write: MessageWriteMutSlice<'b>,
    written: Result<(), StunWriteError>,
}

impl<'b> Answer<'b> {
    /// A success.
    pub fn success(request: &Packet<'_>, buffer: &'b mut [u8]) -> Answer<'b> {
        Answer::new(MessageClass::Success, request, buffer)
    }

    /// A refusal. Reasons are left out: nobody reads them, and the answer to a stranger may not be large.
    pub fn error(request: &Packet<'_>, refusal: &Refusal, buffer: &'b mut [u8]) -> Answer<'b> {
        let mut answer = Answer::new(MessageClass::Error, request, buffer);
        let code = match refusal {
            Refusal::Code(code) | Refusal::Challenge { code, .. } => *code,
            Refusal::Unknown(_) => ErrorCode::UNKNOWN_ATTRIBUTE,
            Refusal::Silence => ErrorCode::SERVER_ERROR,
        };
        answer.add_made(ErrorCode::new(code, ""));
        match refusal {
            Refusal::Challenge { nonce, .. } => {
                answer.add_made(Realm::new(REALM));
                answer.add_made(Nonce::new(nonce));
            }
            Refusal::Unknown(numbers) => {
                let some: Vec<_> = numbers
                    .iter()
                    .take(UNKNOWN_MAX)
                    .map(|number| (*number).into())
                    .collect();
                answer.add(&UnknownAttributes::new(&some));
            }
            Refusal::Code(_) | Refusal::Silence => {}
        }
        answer
    }

    fn new(class: MessageClass, request: &Packet<'_>, buffer: &'b mut [u8]) -> Answer<'b> {
        let kind = MessageType::from_class_method(class, request.method());
        Answer {
            write: Message::builder(kind, request.transaction(), MessageWriteMutSlice::new(buffer)),
            written: Ok(()),
        }
    }

    /// Adds an attribute.
    pub fn add(&mut self, attribute: &dyn AttributeWrite) {
        if self.written.is_ok() {
            self.written = self.write.add_attribute(attribute);
        }
    }

    fn add_made<A: AttributeWrite>(&mut self, made: Result<A, StunWriteError>) {
        match made {
            Ok(attribute) => self.add(&attribute),
            Err(error) => self.written = Err(error),
        }
    }

    /// Its length, when it is whole: with the integrity of who asked, and with a fingerprint if the request has one.
    pub fn finish(mut self, request: &Packet<'_>, key: Option<&IntegrityKey>) -> Option<usize> {
        self.written.ok()?;
        if let Some(key) = key {
            self.write
                .add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1)
                .ok()?;
        }
        if request.has_fingerprint() {
            self.write.add_fingerprint().ok()?;
        }
        Some(self.write.finish())
    }
}
