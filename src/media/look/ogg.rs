//! Ogg (RFC 3533): what its streams hold, and how long it sounds.

use std::io;

use super::bytes::{Bytes, Stop, Walk, milliseconds, tolerant};

/// A page is at most 65,307 bytes, so the last one begins in here.
const TAIL: usize = 66 * 1024;
/// Streams whose first page is looked at.
const MAX_STREAMS: usize = 16;

/// What such a file is.
#[derive(Debug, Default)]
pub struct Ogg {
    /// It has moving pictures.
    pub video: bool,
    /// It has sound of a known kind.
    pub audio: bool,
    /// By the last page's position.
    pub duration_ms: Option<i64>,
}

/// The sound stream that is measured.
struct Sound {
    serial: [u8; 4],
    rate: u64,
    pre_skip: u64,
}

/// Walks through `file`, whose first bytes are a page's.
pub fn walk(file: &std::fs::File) -> io::Result<Ogg> {
    let mut ogg = Ogg::default();
    let mut sound = None;
    let mut bytes = Bytes::of(file)?;
    tolerant(first_pages(&mut bytes, &mut ogg, &mut sound))?;
    if let Some(sound) = sound {
        ogg.audio = true;
        match last_position(&mut bytes, &sound) {
            Err(Stop::Io(error)) => return Err(error),
            Err(_) => {}
            Ok(position) => ogg.duration_ms = milliseconds(position.saturating_sub(sound.pre_skip), sound.rate),
        }
    }
    Ok(ogg)
}

fn first_pages(bytes: &mut Bytes<'_>, ogg: &mut Ogg, sound: &mut Option<Sound>) -> Walk<()> {
    let mut at = 0;
    for _ in 0..MAX_STREAMS {
        let head: [u8; 27] = bytes.array(at)?;
        const FIRST_OF_STREAM: u8 = 2;
        if !head.starts_with(b"OggS") || head[5] & FIRST_OF_STREAM == 0 {
            return Ok(());
        }
        let segments = usize::from(head[26]);
        let size: u64 = bytes.slice(at + 27, segments)?.iter().map(|len| u64::from(*len)).sum();
        let packet = at + 27 + segments as u64;
        let serial = [head[14], head[15], head[16], head[17]];
        let start = bytes.up_to(packet, 48)?.to_vec();
        if start.starts_with(b"\x80theora") || start.starts_with(b"\x01video") || start.starts_with(b"BBCD") {
            ogg.video = true;
        } else if sound.is_none() {
            *sound = sound_of(&start).map(|(rate, pre_skip)| Sound { serial, rate, pre_skip });
        }
        at = packet + size;
    }
    Ok(())
}

/// Positions a second, and how many are not heard.
fn sound_of(packet: &[u8]) -> Option<(u64, u64)> {
    let little = |at: usize| Some(u32::from_le_bytes(packet.get(at..at + 4)?.try_into().ok()?));
    if packet.starts_with(b"OpusHead") {
        // RFC 7845: positions always count 48 kHz.
        Some((48_000, u64::from(little(10)? & 0xFFFF)))
    } else if packet.starts_with(b"\x01vorbis") {
        Some((u64::from(little(12)?), 0))
    } else if packet.starts_with(b"Speex   ") {
        Some((u64::from(little(36)?), 0))
    } else if packet.starts_with(b"\x7fFLAC") {
        let rate = packet.get(27..30)?;
        Some((
            u64::from(rate[0]) << 12 | u64::from(rate[1]) << 4 | u64::from(rate[2]) >> 4,
            0,
        ))
    } else {
        None
    }
}

fn last_position(bytes: &mut Bytes<'_>, sound: &Sound) -> Walk<u64> {
    let start = bytes.len().saturating_sub(TAIL as u64);
    let tail = bytes.up_to(start, TAIL)?;
    tail.windows(18)
        .rev()
        .filter(|page| page.starts_with(b"OggS") && page[14..18] == sound.serial)
        .filter_map(|page| Some(u64::from_le_bytes(page[6..14].try_into().ok()?)))
        // All ones: no packet ends on this page.
        .find(|position| *position != u64::MAX)
        .ok_or(Stop::End)
}
