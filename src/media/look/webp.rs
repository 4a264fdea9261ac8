//! The chunks of a WebP (RFC 9649): its size, and what of alpha, animation and notes it has.

use super::Refused;
use super::bytes::{Bytes, Stop};
use super::image::{Format, Found, Header, MAX_METADATA_BYTES};

pub(super) fn walk(bytes: &mut Bytes<'_>) -> Found {
    let end = (u64::from(bytes.u32_le(4)?) + 8).min(bytes.len());
    // A compressed picture is read whole.
    let (mut at, mut metadata, mut compressed) = (12, 0u64, 0);
    let (mut shape, mut exif, mut pixels) = (None, None, false);
    while at + 8 <= end {
        let kind = match bytes.array(at) {
            Ok(kind) => kind,
            // An animation's many frames; only the first is decoded.
            Err(Stop::Spent) if pixels => break,
            Err(stop) => return Err(stop),
        };
        let size = u64::from(bytes.u32_le(at + 4)?);
        let payload = at + 8;
        if matches!(&kind, b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF") {
            compressed = size.max(compressed);
        }
        match &kind {
            b"VP8X" if at == 12 => {
                let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = bytes.array(payload)?;
                let side = |b: [u8; 3]| u32::from_le_bytes([b[0], b[1], b[2], 0]) + 1;
                // The canvas, a frame with its alpha, and the result.
                let cost = if flags & 2 != 0 { 14 } else { 12 };
                shape = Some((side([w0, w1, w2]), side([h0, h1, h2]), cost));
            }
            b"VP8 " => {
                pixels = true;
                if shape.is_none() {
                    let [_, _, _, s0, s1, s2, w0, w1, h0, h1] = bytes.array(payload)?;
                    if [s0, s1, s2] != [0x9D, 0x01, 0x2A] {
                        return Ok(Err(Refused::ImageBroken));
                    }
                    let side = |b| u32::from(u16::from_le_bytes(b) & 0x3FFF);
                    // Luma and chroma at 1.5 bytes a pixel, then RGB.
                    shape = Some((side([w0, w1]), side([h0, h1]), 5));
                }
            }
            b"VP8L" => {
                pixels = true;
                if shape.is_none() {
                    let [signature] = bytes.array(payload)?;
                    let bits = bytes.u32_le(payload + 1)?;
                    if signature != 0x2F {
                        return Ok(Err(Refused::ImageBroken));
                    }
                    // RGBA, then RGB, and the transforms' own.
                    shape = Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 8));
                }
            }
            b"ANMF" => pixels = true,
            b"ALPH" | b"ANIM" => {}
            _ => {
                if &kind == b"EXIF" && exif.is_none() {
                    exif = Some((payload, u32::try_from(size).unwrap_or(u32::MAX)));
                }
                metadata += size + 8;
                if metadata > MAX_METADATA_BYTES {
                    return Ok(Err(Refused::ImageTooLarge));
                }
            }
        }
        at = payload + size + size % 2;
    }
    let Some((width, height, cost)) = shape.filter(|_| pixels) else {
        return Ok(Err(Refused::ImageBroken));
    };
    Ok(Ok(Header {
        format: Format::WebP,
        width,
        height,
        decode_bytes: u64::from(width) * u64::from(height) * cost + compressed,
        exif,
    }))
}
