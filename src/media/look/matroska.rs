//! Matroska and WebM (RFC 9559): is there a picture, and how long is it.
//!
//! `MediaRecorder` writes segments and clusters of unknown size and no duration, so the last block's time is what is
//! left. The walk goes from element to element and steps into those that hold what is wanted, without keeping track of
//! where they end: it never goes back, and unknown sizes need no care.

use std::io;

use super::bytes::{Bytes, Stop, Walk, milliseconds, tolerant};

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1F43_B675;
const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
const EBML: u32 = 0x1A45_DFA3;
const TRACK_ENTRY: u32 = 0xAE;
const BLOCK_GROUP: u32 = 0xA0;
const DOC_TYPE: u32 = 0x4282;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const DURATION: u32 = 0x4489;
const TRACK_TYPE: u32 = 0x83;
const TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK: u32 = 0xA1;

/// How far from the end the last cluster is looked for, when there are more blocks than a look may visit. Chromium
/// begins one every 30 seconds at the latest, 240 KB of speech at 64 kbit/s.
const TAIL: usize = 256 * 1024;

/// What such a file is.
#[derive(Debug, Default)]
pub struct Matroska {
    /// It says that it is WebM.
    pub webm: bool,
    /// It has a video track.
    pub video: bool,
    /// It has a sound track.
    pub audio: bool,
    /// As it says, or up to its last block.
    pub duration_ms: Option<i64>,
}

#[derive(Default)]
struct State {
    found: Matroska,
    /// Nanoseconds a tick; 0 for the usual million.
    scale: u64,
    declared: Option<f64>,
    cluster: u64,
    last: u64,
    before: u64,
}

/// Walks through `file`, whose first bytes are EBML's.
pub fn walk(file: &std::fs::File) -> io::Result<Matroska> {
    let mut state = State::default();
    let mut bytes = Bytes::of(file)?;
    match state.elements(&mut bytes, 0) {
        Err(Stop::Spent) => tolerant(state.tail(file))?,
        other => tolerant(other)?,
    }
    let scale = if state.scale == 0 { 1_000_000 } else { state.scale };
    let ticks = match state.declared {
        Some(ticks) if (1.0..1e15).contains(&ticks) => ticks as u64,
        // The last block lasts as long as the one before it did.
        _ => state.last.saturating_add(state.last.saturating_sub(state.before)),
    };
    state.found.duration_ms = milliseconds(ticks.saturating_mul(scale), 1_000_000_000);
    Ok(state.found)
}

impl State {
    fn elements(&mut self, bytes: &mut Bytes<'_>, mut at: u64) -> Walk<()> {
        loop {
            let (id, size, payload) = header(bytes, at)?;
            at = match id {
                EBML | SEGMENT | INFO | TRACKS | TRACK_ENTRY | BLOCK_GROUP => payload,
                // All that is wanted stands before the first of them, if the length is told.
                CLUSTER if self.declared.is_some() => return Ok(()),
                CLUSTER => payload,
                _ => {
                    self.element(bytes, id, size.unwrap_or(0), payload)?;
                    payload.checked_add(size.ok_or(Stop::End)?).ok_or(Stop::End)?
                }
            };
        }
    }

    fn element(&mut self, bytes: &mut Bytes<'_>, id: u32, size: u64, payload: u64) -> Walk<()> {
        match id {
            DOC_TYPE => self.found.webm = size == 4 && bytes.array(payload)? == *b"webm",
            TIMESTAMP_SCALE => self.scale = number(bytes, payload, size)?,
            DURATION => {
                self.declared = match size {
                    4 => Some(f64::from(f32::from_be_bytes(bytes.array(payload)?))),
                    8 => Some(f64::from_be_bytes(bytes.array(payload)?)),
                    _ => None,
                }
                .filter(|ticks| *ticks >= 1.0);
            }
            TRACK_TYPE => match number(bytes, payload, size)? {
                1 => self.found.video = true,
                2 => self.found.audio = true,
                _ => {}
            },
            TIMESTAMP => self.cluster = number(bytes, payload, size)?,
            SIMPLE_BLOCK | BLOCK => {
                let (_, track) = variable(bytes, payload, false)?;
                let offset = i64::from(i16::from_be_bytes(bytes.array(payload + track)?));
                let time = self.cluster.saturating_add_signed(offset);
                if time > self.last {
                    self.before = self.last;
                    self.last = time;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Goes on with the last cluster of the file.
    fn tail(&mut self, file: &std::fs::File) -> Walk<()> {
        let mut bytes = Bytes::of(file)?;
        let start = bytes.len().saturating_sub(TAIL as u64);
        let tail = bytes.up_to(start, TAIL)?;
        let last = tail.windows(4).rposition(|window| window == CLUSTER.to_be_bytes());
        self.elements(&mut bytes, start + last.ok_or(Stop::End)? as u64)
    }
}

/// An element's id, its size if known, and where its payload is.
fn header(bytes: &mut Bytes<'_>, at: u64) -> Walk<(u32, Option<u64>, u64)> {
    let (id, id_len) = variable(bytes, at, true)?;
    let (size, size_len) = variable(bytes, at + id_len, false)?;
    let unknown = (1 << (7 * size_len)) - 1;
    Ok((
        u32::try_from(id).map_err(|_| Stop::End)?,
        (size != unknown).then_some(size),
        at + id_len + size_len,
    ))
}

/// A number whose leading zeros say how many bytes it has, and how many those are.
fn variable(bytes: &mut Bytes<'_>, at: u64, with_marker: bool) -> Walk<(u64, u64)> {
    let [first] = bytes.array(at)?;
    let len = first.leading_zeros() as usize + 1;
    if len > if with_marker { 4 } else { 8 } {
        return Err(Stop::End);
    }
    let value = number(bytes, at, len as u64)?;
    let marker = 1 << (7 * len);
    Ok((if with_marker { value } else { value & (marker - 1) }, len as u64))
}

fn number(bytes: &mut Bytes<'_>, at: u64, len: u64) -> Walk<u64> {
    if len > 8 {
        return Err(Stop::End);
    }
    let digits = bytes.slice(at, usize::try_from(len).map_err(|_| Stop::End)?)?;
    Ok(digits.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}
