//! A TCP stream in its parts (RFC 8656 §3.7, §12.5): STUN messages, and ChannelData padded to whole words. A frame may
//! come in any number of pieces, and any number of frames at once.

use super::packet::{HEADER_BYTES, Kind, SHORT_HEADER_BYTES, channel_header, padded};

/// Room for a few packets; a call's are about 1,200 bytes.
const BUFFER_BYTES: usize = 4096;
/// The longest frame there is: a STUN header and all that its length can say, rounded up.
const BUFFER_BYTES_MAX: usize = HEADER_BYTES + 0x10000;

/// This stream speaks something else: there is no way back into step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no stream of STUN messages and ChannelData")]
pub struct Broken;

/// What has come and is not yet taken out.
pub struct Frames {
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            buffer: vec![0; BUFFER_BYTES],
            begin: 0,
            end: 0,
        }
    }
}

impl Frames {
    /// Where the next bytes go; never empty once all whole frames are taken out.
    pub fn space(&mut self) -> &mut [u8] {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        if self.end == self.buffer.len() {
            let length = (self.buffer.len() * 2).min(BUFFER_BYTES_MAX);
            self.buffer.resize(length, 0);
        }
        &mut self.buffer[self.end..]
    }

    /// So many bytes have been put into [`Frames::space`].
    pub fn filled(&mut self, bytes: usize) {
        self.end = (self.end + bytes).min(self.buffer.len());
    }

    /// The next whole frame, without its padding. Errors: what comes is no frame, or longer than `max_bytes`.
    pub fn next(&mut self, max_bytes: usize) -> Result<Option<&mut [u8]>, Broken> {
        let begin = self.begin;
        let Some(length) = frame_length(&self.buffer[begin..self.end])? else {
            return Ok(None);
        };
        if length > max_bytes {
            return Err(Broken);
        }
        if begin + padded(length) > self.end {
            return Ok(None);
        }
        self.begin += padded(length);
        Ok(Some(&mut self.buffer[begin..begin + length]))
    }
}

/// Bytes of the frame that begins here, without padding. `None`: too few bytes to tell.
fn frame_length(bytes: &[u8]) -> Result<Option<usize>, Broken> {
    let Some(first) = bytes.first() else {
        return Ok(None);
    };
    let kind = Kind::of(*first);
    if kind == Kind::Other {
        return Err(Broken);
    }
    let Some((_, length)) = channel_header(bytes) else {
        return Ok(None);
    };
    match kind {
        Kind::Channel => Ok(Some(SHORT_HEADER_BYTES + length)),
        _ if length.is_multiple_of(4) => Ok(Some(HEADER_BYTES + length)),
        _ => Err(Broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(channel: bool, length: usize) -> Vec<u8> {
        let mut bytes = if channel {
            vec![0x40, 1, 0, 0]
        } else {
            vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        };
        let length = if channel { length } else { length / 4 * 4 };
        bytes[2..4].copy_from_slice(&(length as u16).to_be_bytes());
        bytes.resize(bytes.len() + length, length as u8);
        bytes
    }

    fn take_all(frames: &mut Frames, out: &mut Vec<Vec<u8>>) {
        while let Some(frame) = frames.next(usize::MAX).unwrap() {
            out.push(frame.to_vec());
        }
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_whatever_the_pieces(
            sent in prop::collection::vec((any::<bool>(), prop_oneof![0..40_usize, 0..3000_usize, 0..65_536_usize]), 1..12),
            pieces in prop::collection::vec(1..5000_usize, 1..20),
        ) {
            let sent: Vec<_> = sent.into_iter().map(|(channel, length)| frame(channel, length)).collect();
            let mut stream = Vec::new();
            for frame in &sent {
                stream.extend(frame);
                stream.resize(padded(stream.len()), 0xee);
            }
            let (mut frames, mut got, mut rest) = (Frames::default(), Vec::new(), stream.as_slice());
            for piece in pieces.into_iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let space = frames.space();
                let length = piece.min(rest.len()).min(space.len());
                prop_assert!(length > 0);
                space[..length].copy_from_slice(&rest[..length]);
                frames.filled(length);
                rest = &rest[length..];
                take_all(&mut frames, &mut got);
            }
            prop_assert_eq!(got, sent);
        }

        #[test]
        fn any_bytes_are_frames_or_broken(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
            let mut frames = Frames::default();
            let space = frames.space();
            space[..bytes.len()].copy_from_slice(&bytes);
            frames.filled(bytes.len());
            while let Ok(Some(_)) = frames.next(1500) {}
        }
    }

    #[test]
    fn what_is_no_frame_or_too_long_breaks_the_stream() {
        for bytes in [&b"GET / HTTP/1.1\r\n"[..], &[0x80], &[0, 1, 0, 3], &[0x40, 0, 6, 0]] {
            let mut frames = Frames::default();
            frames.space()[..bytes.len()].copy_from_slice(bytes);
            frames.filled(bytes.len());
            assert_eq!(frames.next(1500), Err(Broken), "{bytes:?}");
        }
    }
}
