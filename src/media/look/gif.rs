//! The blocks of a GIF (GIF89a): its screen, and how many frames of what size.

use super::Refused;
use super::bytes::{Bytes, Stop, Walk};
use super::image::{Format, Found, Header, MAX_METADATA_BYTES};

/// Frames of one animation; half a minute of the usual 15 a second.
pub const MAX_FRAMES: u32 = 500;
/// Pixels of all frames together: some two seconds of decoding.
pub const MAX_FRAME_PIXELS: u64 = 100_000_000;

pub(super) fn walk(bytes: &mut Bytes<'_>) -> Found {
    let [w0, w1, h0, h1, flags] = bytes.array(6)?;
    let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
    let pixels = u64::from(width) * u64::from(height);
    let header = Header {
        format: Format::Gif,
        width: u32::from(width),
        height: u32::from(height),
        // A frame's indices, twice when it is shrunk, and the first one's colours for the small picture.
        decode_bytes: pixels * 6,
        exif: None,
    };
    let mut count = Count::default();
    match blocks(bytes, 13 + colours(flags), &mut count) {
        // Past the allowance, or broken off: the rest is for the decoder, which counts again.
        Err(Stop::Spent) if count.frames > 0 => {}
        Ok(()) | Err(Stop::End) => {}
        Err(stop) => return Err(stop),
    }
    Ok(if count.too_much() {
        Err(Refused::ImageTooLarge)
    } else if count.frames == 0 {
        Err(Refused::ImageBroken)
    } else {
        Ok(header)
    })
}

/// What an animation amounts to.
#[derive(Debug, Default)]
pub struct Count {
    /// Frames so far.
    pub frames: u32,
    /// Their pixels.
    pub pixels: u64,
    /// Bytes of comments and extensions.
    pub metadata: u64,
}

impl Count {
    /// Whether it is more than is decoded.
    pub fn too_much(&self) -> bool {
        self.frames > MAX_FRAMES || self.pixels > MAX_FRAME_PIXELS || self.metadata > MAX_METADATA_BYTES
    }
}

/// Bytes of a colour table.
fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn blocks(bytes: &mut Bytes<'_>, mut at: u64, count: &mut Count) -> Walk<()> {
    while !count.too_much() {
        match bytes.array(at)? {
            [0x2C] => {
                let [w0, w1, h0, h1, flags] = bytes.array(at + 5)?;
                count.frames += 1;
                count.pixels += u64::from(u16::from_le_bytes([w0, w1])) * u64::from(u16::from_le_bytes([h0, h1]));
                at = sub_blocks(bytes, at + 10 + colours(flags) + 1, None)?;
            }
            [0x21] => at = sub_blocks(bytes, at + 2, Some(&mut count.metadata))?,
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// Where the sub-blocks from `at` on end.
fn sub_blocks(bytes: &mut Bytes<'_>, mut at: u64, mut total: Option<&mut u64>) -> Walk<u64> {
    loop {
        let [len] = bytes.array(at)?;
        at += 1 + u64::from(len);
        if let Some(total) = &mut total {
            **total += u64::from(len);
            if **total > MAX_METADATA_BYTES {
                return Ok(at);
            }
        }
        if len == 0 {
            return Ok(at);
        }
    }
}
