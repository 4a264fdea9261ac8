//! How long plain sound files are: WAV, FLAC, MP3, AAC in ADTS.

use super::bytes::{Bytes, Stop, Walk, milliseconds};

/// Chunks of a WAV file before its samples.
const MAX_CHUNKS: u32 = 64;
/// ADTS frames whose lengths are looked at; the rest will be alike.
const ADTS_FRAMES: u64 = 500;
/// How far behind its tag an MP3's first frame is looked for: some encoders leave padding.
const MP3_SEARCH: usize = 4096;

/// WAV: the samples' bytes by the bytes a second.
pub fn wav(bytes: &mut Bytes<'_>) -> Walk<Option<i64>> {
    let (mut at, mut rate) = (12, 0);
    for _ in 0..MAX_CHUNKS {
        let kind: [u8; 4] = bytes.array(at)?;
        let size = u64::from(bytes.u32_le(at + 4)?);
        match &kind {
            b"fmt " => rate = u64::from(bytes.u32_le(at + 16)?),
            b"data" => {
                // A recorder that did not come back to fill it in leaves 0 or all ones.
                let there = bytes.len().saturating_sub(at + 8);
                let size = if size == 0 { there } else { size.min(there) };
                return Ok(milliseconds(size, rate));
            }
            _ => {}
        }
        at += 8 + size + size % 2;
    }
    Ok(None)
}

/// FLAC (RFC 9639): its first block says how many samples there are.
pub fn flac(bytes: &mut Bytes<'_>) -> Walk<Option<i64>> {
    let packed = bytes.u64(8 + 10)?;
    let rate = packed >> 44;
    let samples = packed & 0xF_FFFF_FFFF;
    Ok(milliseconds(samples, rate))
}

/// An MPEG audio frame's header.
struct Frame {
    /// Bits a second.
    bitrate: u64,
    rate: u64,
    samples: u64,
    len: u64,
    /// Between the header and a Xing or Info tag.
    side_info: u64,
}

fn frame(head: [u8; 4]) -> Option<Frame> {
    const V1_L3: [u64; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const V2_L3: [u64; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    const LAYER_3: u8 = 1;
    if head[0] != 0xFF || head[1] & 0xE0 != 0xE0 || head[1] >> 1 & 3 != LAYER_3 {
        return None;
    }
    let version = head[1] >> 3 & 3; // 0: 2.5, 2: 2, 3: 1
    let first = version == 3;
    let kbits = *if first { V1_L3 } else { V2_L3 }.get(usize::from(head[2] >> 4))?;
    let rate = *[44_100, 48_000, 32_000].get(usize::from(head[2] >> 2 & 3))?
        / match version {
            3 => 1,
            2 => 2,
            0 => 4,
            _ => return None,
        };
    let mono = head[3] >> 6 == 3;
    let samples = if first { 1152 } else { 576 };
    let bitrate = kbits * 1000;
    (kbits > 0).then(|| Frame {
        bitrate,
        rate,
        samples,
        len: samples / 8 * bitrate / rate + u64::from(head[2] >> 1 & 1),
        side_info: match (first, mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        },
    })
}

/// MP3: the count of frames that Xing, Info or VBRI tell, or its size by its first frame's bit rate. `Err(End)` when no
/// two frames follow each other: it is no MP3.
pub fn mp3(bytes: &mut Bytes<'_>) -> Walk<Option<i64>> {
    let mut start = 0;
    if bytes.array(0)? == *b"ID3" {
        let size: [u8; 4] = bytes.array(6)?;
        start = 10 + size.iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7F));
    }
    let search = if start == 0 { 1 } else { MP3_SEARCH };
    for at in start..start + search as u64 {
        let Some(first) = frame(bytes.array(at)?) else { continue };
        let next = at + first.len;
        if next + 4 <= bytes.len() && frame(bytes.array(next)?).is_none() {
            continue;
        }
        let xing = at + 4 + first.side_info;
        let frames = match &bytes.array(xing)? {
            b"Xing" | b"Info" if bytes.u32(xing + 4)? & 1 == 1 => Some(bytes.u32(xing + 8)?),
            _ if bytes.array(at + 36)? == *b"VBRI" => Some(bytes.u32(at + 36 + 14)?),
            _ => None,
        };
        return Ok(match frames {
            Some(frames) if frames > 0 => milliseconds(u64::from(frames) * first.samples, first.rate),
            _ => milliseconds((bytes.len() - at).saturating_mul(8), first.bitrate),
        });
    }
    Err(Stop::End)
}

/// AAC in ADTS: the mean length of its first frames, by its size. `Err(End)` when it is none.
pub fn adts(bytes: &mut Bytes<'_>) -> Walk<Option<i64>> {
    const RATES: [u64; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ];
    let (mut at, mut frames, mut rate) = (0, 0, 0);
    while frames < ADTS_FRAMES && at + 7 <= bytes.len() {
        let head: [u8; 7] = bytes.array(at)?;
        let len = u64::from(head[3] & 3) << 11 | u64::from(head[4]) << 3 | u64::from(head[5]) >> 5;
        if head[0] != 0xFF || head[1] & 0xF6 != 0xF0 || len < 7 {
            break;
        }
        rate = *RATES.get(usize::from(head[2] >> 2 & 0xF)).ok_or(Stop::End)?;
        frames += 1;
        at += len;
    }
    if frames < 2 {
        return Err(Stop::End);
    }
    let all = (bytes.len() as u128 * u128::from(frames) / u128::from(at.max(1))).min(1 << 40) as u64;
    Ok(milliseconds(all * 1024, rate))
}
