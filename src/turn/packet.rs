//! What stands in a packet, walked once and strictly: a message that breaks the format anywhere is no message (RFC 8489
//! §5, §6.3). What `stun-types` parses afterwards has passed here, so that it meets nothing it would warn about.

use stun_types::attribute::{Fingerprint, MessageIntegrity, MessageIntegritySha256, RawAttribute};
use stun_types::message::{Message, MessageClass, MessageType, Method, StunParseError, TransactionId};
use stun_types::prelude::{AttributeFromRaw, AttributeStaticType};

/// The header of a STUN message (RFC 8489 §5).
pub const HEADER_BYTES: usize = 20;
/// The header of an attribute (RFC 8489 §14), and of ChannelData (RFC 8656 §12.4).
pub const SHORT_HEADER_BYTES: usize = 4;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// The numbers of channels. RFC 8656 §12 keeps those from 0x5000 for others who might share the port; nobody shares ours,
/// and clients of RFC 5766 (coturn's is one) use them all.
pub const CHANNELS: std::ops::Range<u16> = 0x4000..0x8000;

/// What the first two bits say (RFC 8656 §12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A STUN message.
    Stun,
    /// ChannelData.
    Channel,
    /// Neither: not for us.
    Other,
}

impl Kind {
    /// Of a packet that begins with `first`.
    #[must_use]
    pub fn of(first: u8) -> Kind {
        match first {
            0x00..0x40 => Kind::Stun,
            0x40..0x80 => Kind::Channel,
            _ => Kind::Other,
        }
    }
}

/// Bytes rounded up to whole words: attributes are padded so, and ChannelData over TCP (RFC 8656 §12.5).
#[must_use]
pub fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(4)
}

/// The number and the data's length of a ChannelData header.
#[must_use]
pub fn channel_header(bytes: &[u8]) -> Option<(u16, usize)> {
    let [n1, n2, l1, l2, ..] = *bytes else {
        return None;
    };
    Some((u16::from_be_bytes([n1, n2]), usize::from(u16::from_be_bytes([l1, l2]))))
}

/// A whole STUN message.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    /// Attributes end here: at the integrity, which nothing that counts may follow (RFC 8489 §14.5), or at the end.
    end: usize,
    /// Where MESSAGE-INTEGRITY is.
    integrity: Option<usize>,
    fingerprint: bool,
}

/// An attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// Its type's number.
    pub number: u16,
    /// Where its value begins in the packet.
    pub offset: usize,
    /// Its value, without padding.
    pub value: &'a [u8],
    whole: &'a [u8],
}

impl Attribute<'_> {
    /// Its meaning. Errors: it is of another type, or says nonsense.
    pub fn read<A: for<'b> AttributeFromRaw<'b>>(&self) -> Result<A, StunParseError> {
        A::from_raw_ref(&RawAttribute::from_bytes(self.whole)?)
    }
}

impl<'a> Packet<'a> {
    /// `None`: this is no STUN message, or a broken one.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Packet<'a>> {
        let header = bytes.first_chunk::<HEADER_BYTES>()?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if header[0] & 0xc0 != 0 || header[4..8] != COOKIE || length + HEADER_BYTES != bytes.len() {
            return None;
        }
        let mut packet = Packet {
            bytes,
            end: bytes.len(),
            integrity: None,
            fingerprint: false,
        };
        let mut offset = HEADER_BYTES;
        while offset < bytes.len() {
            let (number, next) = attribute_at(bytes, offset)?;
            // The fingerprint is the last (RFC 8489 §14.7).
            if packet.fingerprint {
                return None;
            }
            if number == MessageIntegrity::TYPE.value() && packet.end == bytes.len() {
                packet.integrity = Some(offset);
                packet.end = offset;
            } else if number == MessageIntegritySha256::TYPE.value() && packet.end == bytes.len() {
                packet.end = offset;
            } else if number == Fingerprint::TYPE.value() {
                packet.fingerprint = true;
                packet.end = packet.end.min(offset);
                if !fingerprint_is_right(bytes, offset) {
                    return None;
                }
            }
            offset = next;
        }
        Some(packet)
    }

    /// The whole message.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Request, indication or an answer.
    #[must_use]
    pub fn class(&self) -> MessageClass {
        self.message_type().class()
    }

    /// What is asked for.
    #[must_use]
    pub fn method(&self) -> Method {
        self.message_type().method()
    }

    fn message_type(&self) -> MessageType {
        // Long enough, and the first bits are zero: `parse` has seen to that.
        MessageType::from_bytes(self.bytes).unwrap_or(MessageType::from_class_method(
            MessageClass::Indication,
            stun_types::message::BINDING,
        ))
    }

    /// The 96 bits that an answer repeats.
    #[must_use]
    pub fn transaction(&self) -> TransactionId {
        let mut id = [0; 16];
        id[4..].copy_from_slice(&self.bytes[8..HEADER_BYTES]);
        u128::from_be_bytes(id).into()
    }

    /// Has it a MESSAGE-INTEGRITY (RFC 8489 §14.5)? One with SHA-256 alone does not count: we never offered that.
    #[must_use]
    pub fn has_integrity(&self) -> bool {
        self.integrity.is_some()
    }

    /// Has it a FINGERPRINT? It is right, then.
    #[must_use]
    pub fn has_fingerprint(&self) -> bool {
        self.fingerprint
    }

    /// The message as `stun-types` knows it, to check its integrity.
    pub fn message(&self) -> Result<Message<'a>, StunParseError> {
        Message::from_bytes(self.bytes)
    }

    /// All that the integrity covers, in order.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> {
        let bytes = &self.bytes[..self.end];
        let mut offset = HEADER_BYTES;
        std::iter::from_fn(move || {
            let (number, next) = attribute_at(bytes, offset)?;
            let whole = &bytes[offset..next];
            let length = usize::from(u16::from_be_bytes([whole[2], whole[3]]));
            let attribute = Attribute {
                number,
                offset: offset + SHORT_HEADER_BYTES,
                value: &whole[SHORT_HEADER_BYTES..SHORT_HEADER_BYTES + length],
                whole,
            };
            offset = next;
            Some(attribute)
        })
    }

    /// The first of its type: later ones do not count (RFC 8489 §14).
    #[must_use]
    pub fn first(&self, number: u16) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| attribute.number == number)
    }

    /// The first of its type, read.
    pub fn read<A>(&self) -> Option<Result<A, StunParseError>>
    where
        A: for<'b> AttributeFromRaw<'b> + AttributeStaticType,
    {
        self.first(A::TYPE.value()).map(|attribute| attribute.read())
    }
}

/// The type of the attribute at `offset`, and where the next one begins. `None`: it is cut short, or there is none.
fn attribute_at(bytes: &[u8], offset: usize) -> Option<(u16, usize)> {
    let (number, length) = channel_header(bytes.get(offset..)?)?;
    let next = offset + SHORT_HEADER_BYTES + padded(length);
    (next <= bytes.len()).then_some((number, next))
}

fn fingerprint_is_right(bytes: &[u8], offset: usize) -> bool {
    let Ok(raw) = RawAttribute::from_bytes(&bytes[offset..]) else {
        return false;
    };
    // The length in the header includes the fingerprint, as it should: it is the last attribute.
    Fingerprint::from_raw_ref(&raw)
        .is_ok_and(|fingerprint| *fingerprint.fingerprint() == Fingerprint::compute(&[&bytes[..offset]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stun_types::attribute::Software;
    use stun_types::message::{BINDING, MessageWrite as _, MessageWriteExt as _, MessageWriteVec};

    fn binding() -> Vec<u8> {
        let mut message = Message::builder_request(BINDING, MessageWriteVec::new());
        message.add_attribute(&Software::new("odd").unwrap()).unwrap();
        message.add_fingerprint().unwrap();
        message.finish()
    }

    #[test]
    fn a_message_is_read() {
        let bytes = binding();
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!((packet.class(), packet.method()), (MessageClass::Request, BINDING));
        assert!(packet.has_fingerprint() && !packet.has_integrity());
        assert_eq!(packet.read::<Software>().unwrap().unwrap().software(), "odd");
        assert_eq!(packet.attributes().count(), 1);
        assert_eq!(packet.transaction(), packet.message().unwrap().transaction_id());
    }

    #[test]
    fn what_is_damaged_anywhere_is_no_message() {
        let whole = binding();
        for cut in 0..whole.len() {
            assert!(Packet::parse(&whole[..cut]).is_none(), "{cut}");
        }
        // Two bytes make the fingerprint another attribute, which is no damage.
        for index in (0..whole.len()).filter(|index| !(28..30).contains(index)) {
            let mut bytes = whole.clone();
            bytes[index] ^= 0x80;
            assert!(Packet::parse(&bytes).is_none(), "{index}");
        }
        let longer = [whole.as_slice(), &[0; 4]].concat();
        assert!(Packet::parse(&longer).is_none(), "bytes after the end");
    }

    #[test]
    fn what_follows_the_integrity_does_not_count() {
        let mut bytes = vec![
            0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        ];
        bytes.extend([0, 8, 0, 20]);
        bytes.extend([0; 20]);
        bytes.extend([0, 0x19, 0, 4, 17, 0, 0, 0]);
        bytes[3] = 32;
        let packet = Packet::parse(&bytes).unwrap();
        assert!(packet.has_integrity());
        assert_eq!(packet.attributes().count(), 0);
        bytes[21] = 0x1c;
        assert!(!Packet::parse(&bytes).unwrap().has_integrity(), "SHA-256 alone");
    }
}
