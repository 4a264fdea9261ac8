//! The head of a PNG (W3C PNG 3): its header, and how much there is besides pixels.

use super::Refused;
use super::bytes::{Bytes, Stop};
use super::image::{Format, Found, Header, MAX_METADATA_BYTES};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

pub(super) fn walk(bytes: &mut Bytes<'_>) -> Found {
    if bytes.array(0)? != SIGNATURE || bytes.array(8)? != *b"\0\0\0\rIHDR" {
        return Ok(Err(Refused::ImageBroken));
    }
    let (width, height) = (bytes.u32(16)?, bytes.u32(20)?);
    let [depth, colour, ..] = bytes.array::<5>(24)?;
    let (mut at, mut metadata) = (8 + 12 + 13, 0u64);
    let (mut transparent, mut pixels, mut exif) = (false, false, None);
    loop {
        let size = match bytes.u32(at) {
            Ok(size) => size,
            // Its pixels' chunks are many; the rest is the decoder's to judge.
            Err(Stop::Spent) if pixels => break,
            Err(stop) => return Err(stop),
        };
        let kind: [u8; 4] = bytes.array(at + 4)?;
        match &kind {
            b"IEND" => break,
            b"IDAT" => pixels = true,
            b"PLTE" => {}
            // Frames of an animation: big, and not decoded.
            b"fdAT" | b"fcTL" => {}
            _ => {
                transparent |= &kind == b"tRNS";
                if &kind == b"eXIf" && exif.is_none() {
                    exif = Some((at + 8, size));
                }
                metadata += u64::from(size) + 12;
                if metadata > MAX_METADATA_BYTES {
                    return Ok(Err(Refused::ImageTooLarge));
                }
            }
        }
        at += u64::from(size) + 12;
    }
    if !pixels {
        return Ok(Err(Refused::ImageBroken));
    }
    let channels: u64 = match (colour, transparent) {
        (0, false) => 1,
        (0, true) | (4, _) => 2,
        (2 | 3, false) => 3,
        _ => 4,
    };
    // Small depths and palettes are spread out to bytes.
    let row = u64::from(width).saturating_mul(channels * if depth == 16 { 2 } else { 1 });
    Ok(Ok(Header {
        format: Format::Png,
        width,
        height,
        // And a few rows in flight.
        decode_bytes: row.saturating_mul(u64::from(height).saturating_add(4)),
        exif,
    }))
}
