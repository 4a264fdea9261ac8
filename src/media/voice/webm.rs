//! The sound of a WebM file, packet by packet, read once from its start to its end (RFC 9559).
//!
//! As in [`crate::media::look`], the walk steps into the elements that hold what is wanted and does not keep track of where
//! they end: recorders write segments and clusters of unknown size. No element's size is believed before its bytes are
//! there.

use std::io::{self, BufReader, ErrorKind, Read};

use super::NotConverted;
use super::ogg_opus::Packet;

const EBML: u32 = 0x1A45_DFA3;
const SEGMENT: u32 = 0x1853_8067;
const TRACKS: u32 = 0x1654_AE6B;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_NUMBER: u32 = 0xD7;
const CODEC_ID: u32 = 0x86;
const CODEC_PRIVATE: u32 = 0x63A2;
const CONTENT_ENCODINGS: u32 = 0x6D80;
const CLUSTER: u32 = 0x1F43_B675;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const SIMPLE_BLOCK: u32 = 0xA3;
const DISCARD_PADDING: u32 = 0x75A2;

/// `OpusHead` has 19 bytes, and a table when there are many channels; a codec's name has fewer.
const SMALL_BYTES_MAX: u64 = 64;
/// 48 frames of 1,275 bytes and what stands before them (RFC 6716 §3.2).
const PACKET_BYTES_MAX: u64 = 64 * 1024;
/// Of lacing, in a block's flags (RFC 9559 §10.3).
const LACED: u8 = 0b110;

/// A recording under way.
pub struct Recording<R> {
    file: BufReader<R>,
    track: Track,
    /// A block of a group, until what follows it in the group is known.
    held: Option<Packet>,
}

#[derive(Default)]
struct Track {
    number: Option<u64>,
    opus: bool,
    head: Option<Vec<u8>>,
    encoded: bool,
}

impl Track {
    fn is_ours(&self) -> bool {
        self.opus && self.number.is_some() && self.head.is_some() && !self.encoded
    }
}

impl<R: Read> Recording<R> {
    /// Reads up to the first cluster. The first track with Opus is the sound.
    pub fn begin(file: R) -> Result<Recording<R>, NotConverted> {
        let mut recording = Recording {
            file: BufReader::new(file),
            track: Track::default(),
            held: None,
        };
        if recording.header()?.map(|(id, _)| id) != Some(EBML) {
            return Err(NotConverted::NotOpus);
        }
        while let Some((id, size)) = recording.header()? {
            match id {
                EBML | SEGMENT | TRACKS => {}
                TRACK_ENTRY if recording.track.is_ours() => {}
                TRACK_ENTRY => recording.track = Track::default(),
                CLUSTER => break,
                _ if recording.track.is_ours() && id != CONTENT_ENCODINGS => recording.skip(size)?,
                TRACK_NUMBER => recording.track.number = Some(number(&recording.small(size)?)),
                CODEC_ID => recording.track.opus = recording.small(size)? == b"A_OPUS",
                CODEC_PRIVATE if recording.track.opus || size.is_some_and(|size| size <= SMALL_BYTES_MAX) => {
                    recording.track.head = Some(recording.small(size)?);
                }
                CONTENT_ENCODINGS => {
                    recording.track.encoded = true;
                    recording.skip(size)?;
                }
                _ => recording.skip(size)?,
            }
        }
        Ok(recording)
    }

    /// The track's `CodecPrivate`.
    pub fn head(&self) -> Result<&[u8], NotConverted> {
        let head = self.track.head.as_deref().filter(|_| self.track.is_ours());
        head.ok_or(NotConverted::NotOpus)
    }

    /// The next packet of the track; nothing at the end.
    pub fn packet(&mut self) -> Result<Option<Packet>, NotConverted> {
        loop {
            let Some((id, size)) = self.header()? else {
                return Ok(self.held.take());
            };
            let block = match id {
                EBML | SEGMENT | CLUSTER | BLOCK_GROUP => None,
                SIMPLE_BLOCK | BLOCK => self.block(size)?,
                DISCARD_PADDING => {
                    let ns = number(&self.small(size)?);
                    if let Some(held) = &mut self.held {
                        held.discard_ns = ns;
                    }
                    None
                }
                _ => {
                    self.skip(size)?;
                    None
                }
            };
            if let Some(block) = block
                && let Some(before) = self.held.replace(block)
            {
                return Ok(Some(before));
            }
        }
    }

    /// What is in a block of our track (RFC 9559 §10.1).
    fn block(&mut self, size: Option<u64>) -> Result<Option<Packet>, NotConverted> {
        let size = size.ok_or(NotConverted::Damaged)?;
        let Some((track, bytes)) = self.variable(false)? else {
            return Ok(None);
        };
        let left = size.checked_sub(bytes).ok_or(NotConverted::Damaged)?;
        if Some(track) != self.track.number {
            self.skip(Some(left))?;
            return Ok(None);
        }
        let left = left.checked_sub(3).ok_or(NotConverted::Damaged)?;
        if left > PACKET_BYTES_MAX {
            return Err(NotConverted::Damaged);
        }
        // Where the file ends within a block, that block is not there.
        let Some([_, _, flags]) = self.array()? else {
            return Ok(None);
        };
        if flags & LACED != 0 {
            return Err(NotConverted::NotOpus);
        }
        let bytes = self.bytes(left)?;
        let whole = bytes.len() as u64 == left && left > 0;
        Ok(whole.then_some(Packet { bytes, discard_ns: 0 }))
    }

    /// The next element's id, and its size if that is known; nothing at the end of the file.
    fn header(&mut self) -> Result<Option<(u32, Option<u64>)>, NotConverted> {
        let Some((id, _)) = self.variable(true)? else {
            return Ok(None);
        };
        let Some((size, bytes)) = self.variable(false)? else {
            return Ok(None);
        };
        let unknown = (1 << (7 * bytes)) - 1;
        let id = u32::try_from(id).map_err(|_| NotConverted::Damaged)?;
        Ok(Some((id, (size != unknown).then_some(size))))
    }

    /// A number whose leading zeros say how many bytes it has, and how many those are (RFC 8794 §4).
    fn variable(&mut self, with_marker: bool) -> Result<Option<(u64, u64)>, NotConverted> {
        let Some([first]) = self.array()? else {
            return Ok(None);
        };
        let more = u64::from(first.leading_zeros());
        if more >= if with_marker { 4 } else { 8 } {
            return Err(NotConverted::Damaged);
        }
        let rest = self.bytes(more)?;
        if rest.len() as u64 != more {
            return Ok(None);
        }
        let marker = 0x80_u8 >> more;
        let first = if with_marker { first } else { first & !marker };
        let value = rest
            .iter()
            .fold(u64::from(first), |value, byte| value << 8 | u64::from(*byte));
        Ok(Some((value, more + 1)))
    }

    /// The content of an element that has only some bytes.
    fn small(&mut self, size: Option<u64>) -> Result<Vec<u8>, NotConverted> {
        match size {
            Some(size) if size <= SMALL_BYTES_MAX => self.bytes(size),
            _ => Err(NotConverted::Damaged),
        }
    }

    fn skip(&mut self, size: Option<u64>) -> Result<(), NotConverted> {
        let size = size.ok_or(NotConverted::Damaged)?;
        io::copy(&mut (&mut self.file).take(size), &mut io::sink())
            .map(drop)
            .map_err(|error| NotConverted::Unreadable(error.kind()))
    }

    /// So many bytes, or fewer at the end of the file.
    fn bytes(&mut self, size: u64) -> Result<Vec<u8>, NotConverted> {
        let mut bytes = Vec::new();
        match (&mut self.file).take(size).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(NotConverted::Unreadable(error.kind())),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<Option<[u8; N]>, NotConverted> {
        let mut bytes = [0; N];
        match self.file.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(NotConverted::Unreadable(error.kind())),
        }
    }
}

/// Digits of a whole number; a negative one is beyond all that is meant here.
fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
