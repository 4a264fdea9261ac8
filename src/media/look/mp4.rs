//! MP4 and its family (ISO 14496-12): is there a picture, and how long is it.
//!
//! As in [`super::matroska`], the walk steps into the boxes that hold what is wanted and never goes back.

use std::io;

use super::bytes::{Bytes, Stop, Walk, milliseconds, tolerant};

/// Samples of one run whose lengths are added up; a fragment of voice has some fifty.
const MAX_SAMPLES: u32 = 4096;
/// Tracks that are kept in mind.
const MAX_TRACKS: usize = 32;

/// What such a file is.
#[derive(Debug, Default)]
pub struct Mp4 {
    /// It has a video track.
    pub video: bool,
    /// It has a sound track.
    pub audio: bool,
    /// As its header says, or the sum of its fragments.
    pub duration_ms: Option<i64>,
}

#[derive(Default)]
struct Track {
    id: u32,
    timescale: u64,
    duration: u64,
    /// How long a sample is where a fragment does not say.
    default_sample: u64,
    /// Where the fragments seen so far end.
    fragments_end: u64,
}

#[derive(Default)]
struct State {
    found: Mp4,
    tracks: Vec<Track>,
    /// Of the track that the fragment belongs to, in `tracks`.
    current: usize,
    fragment_sample: u64,
    /// Ticks, and ticks a second, of the whole.
    movie: (u64, u64),
}

/// Walks through `file`, which is of this family.
pub fn walk(file: &std::fs::File) -> io::Result<Mp4> {
    let mut bytes = Bytes::of(file)?;
    let mut state = State::default();
    let mut at = 0;
    let walked = state.boxes(&mut bytes, &mut at);
    let spent = matches!(walked, Err(Stop::Spent));
    tolerant(walked)?;
    let fragments = state
        .tracks
        .iter()
        .filter_map(|t| milliseconds(t.fragments_end, t.timescale))
        .max();
    state.found.duration_ms = match fragments {
        // More fragments than a look may visit: the rest will be as long for its size.
        Some(ms) if spent && at > 0 => i64::try_from(i128::from(ms) * i128::from(bytes.len()) / i128::from(at)).ok(),
        Some(ms) => Some(ms),
        None => milliseconds(state.movie.0, state.movie.1).or_else(|| {
            state
                .tracks
                .iter()
                .filter_map(|t| milliseconds(t.duration, t.timescale))
                .max()
        }),
    };
    Ok(state.found)
}

impl State {
    fn boxes(&mut self, bytes: &mut Bytes<'_>, at: &mut u64) -> Walk<()> {
        loop {
            let head: [u8; 8] = bytes.array(*at)?;
            let kind = [head[4], head[5], head[6], head[7]];
            let (size, head_len) = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
                // To the end of the file.
                0 => (bytes.len() - *at, 8),
                1 => (bytes.u64(*at + 8)?, 16),
                size => (u64::from(size), 8),
            };
            if size < head_len {
                return Err(Stop::End);
            }
            let payload = *at + head_len;
            let next = at.checked_add(size).ok_or(Stop::End)?;
            *at = match &kind {
                b"moov" | b"mdia" | b"mvex" | b"moof" | b"traf" => payload,
                b"trak" => {
                    if self.tracks.len() == MAX_TRACKS {
                        return Err(Stop::End);
                    }
                    self.current = self.tracks.len();
                    self.tracks.push(Track::default());
                    payload
                }
                _ => {
                    self.fields(bytes, &kind, payload)?;
                    next
                }
            };
        }
    }

    fn fields(&mut self, bytes: &mut Bytes<'_>, kind: &[u8; 4], at: u64) -> Walk<()> {
        match kind {
            b"mvhd" => self.movie = times(bytes, at)?,
            b"mehd" if self.movie.0 == 0 => {
                let long = bytes.array::<1>(at)? == [1];
                self.movie.0 = if long {
                    bytes.u64(at + 4)?
                } else {
                    u64::from(bytes.u32(at + 4)?)
                };
            }
            b"tkhd" => {
                let long = bytes.array::<1>(at)? == [1];
                let id = bytes.u32(at + if long { 20 } else { 12 })?;
                if let Some(track) = self.tracks.get_mut(self.current) {
                    track.id = id;
                }
            }
            b"mdhd" => {
                let (duration, timescale) = times(bytes, at)?;
                if let Some(track) = self.tracks.get_mut(self.current) {
                    (track.duration, track.timescale) = (duration, timescale);
                }
            }
            b"hdlr" => match &bytes.array(at + 8)? {
                b"vide" => self.found.video = true,
                b"soun" => self.found.audio = true,
                _ => {}
            },
            b"trex" => {
                let (id, sample) = (bytes.u32(at + 4)?, bytes.u32(at + 12)?);
                if let Some(track) = self.tracks.iter_mut().find(|track| track.id == id) {
                    track.default_sample = u64::from(sample);
                }
            }
            b"tfhd" => self.fragment_head(bytes, at)?,
            b"tfdt" => {
                let long = bytes.array::<1>(at)? == [1];
                let start = if long {
                    bytes.u64(at + 4)?
                } else {
                    u64::from(bytes.u32(at + 4)?)
                };
                if let Some(track) = self.tracks.get_mut(self.current) {
                    track.fragments_end = track.fragments_end.max(start);
                }
            }
            b"trun" => self.run(bytes, at)?,
            _ => {}
        }
        Ok(())
    }

    fn fragment_head(&mut self, bytes: &mut Bytes<'_>, at: u64) -> Walk<()> {
        let (flags, id) = (bytes.u32(at)?, bytes.u32(at + 4)?);
        self.current = self.tracks.iter().position(|track| track.id == id).ok_or(Stop::End)?;
        self.fragment_sample = self.tracks[self.current].default_sample;
        if flags & 0x08 != 0 {
            let before = if flags & 0x01 != 0 { 8 } else { 0 } + if flags & 0x02 != 0 { 4 } else { 0 };
            self.fragment_sample = u64::from(bytes.u32(at + 8 + before)?);
        }
        Ok(())
    }

    fn run(&mut self, bytes: &mut Bytes<'_>, at: u64) -> Walk<()> {
        let (flags, count) = (bytes.u32(at)?, bytes.u32(at + 4)?);
        let length = if flags & 0x100 == 0 {
            self.fragment_sample.saturating_mul(u64::from(count))
        } else {
            let first = at + 8 + if flags & 0x01 != 0 { 4 } else { 0 } + if flags & 0x04 != 0 { 4 } else { 0 };
            let record = 4 + 4 * u64::from((flags & 0xE00).count_ones());
            let mut length = 0;
            for i in 0..count.min(MAX_SAMPLES) {
                length += u64::from(bytes.u32(first + u64::from(i) * record)?);
            }
            length
        };
        if let Some(track) = self.tracks.get_mut(self.current) {
            track.fragments_end = track.fragments_end.saturating_add(length);
        }
        Ok(())
    }
}

/// Length and ticks a second, of `mvhd` and `mdhd`, which begin alike.
fn times(bytes: &mut Bytes<'_>, at: u64) -> Walk<(u64, u64)> {
    if bytes.array::<1>(at)? == [1] {
        Ok((bytes.u64(at + 24)?, u64::from(bytes.u32(at + 20)?)))
    } else {
        let duration = bytes.u32(at + 16)?;
        // All ones: not known.
        let duration = if duration == u32::MAX { 0 } else { u64::from(duration) };
        Ok((duration, u64::from(bytes.u32(at + 12)?)))
    }
}
