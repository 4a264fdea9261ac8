//! What the head of a picture says, and whether it is safe to decode: nothing is decoded here.

use std::fs::File;
use std::io;

use super::Refused;
use super::bytes::{Bytes, Stop, Walk};
use super::{gif, jpeg, png, webp};

/// Memory one decoding may take. With the child's own 5 MB, and 2560 × 2560 pixels with their compressed copy at the end,
/// it stays below 56 MB, and server and child together below the 64 MB above idle that a small machine can spare. A
/// phone's 12 megapixels are 37 MB of it.
pub const MAX_DECODE_BYTES: u64 = 48 << 20;
/// Notes in a picture: places, previews, colour profiles, edit histories. Real ones are below 1 MB; all are dropped.
pub const MAX_METADATA_BYTES: u64 = 4 << 20;
/// The longer side of what is kept. Nothing that decodes in [`MAX_DECODE_BYTES`] is wider than this.
pub const MAX_SIDE: u32 = 65_535;

/// The kinds of picture that are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG, ITU T.81.
    Jpeg,
    /// PNG; of an animated one the first frame.
    Png,
    /// GIF, still or animated.
    Gif,
    /// WebP; of an animated one the first frame.
    WebP,
}

/// What the head of a picture says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its kind.
    pub format: Format,
    /// Pixels, as stored.
    pub width: u32,
    /// Pixels, as stored.
    pub height: u32,
    /// What decoding takes at its peak, without what the decoder keeps of the file.
    pub decode_bytes: u64,
    /// Where a note of a camera is (TIFF, as in EXIF), and its length.
    pub exif: Option<(u64, u32)>,
}

/// The kind of picture that begins with `head`.
pub fn format(head: &[u8]) -> Option<Format> {
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        _ => None,
    }
}

/// Walks the head of a picture.
///
/// # Errors
/// The file cannot be read.
pub fn header(file: &File, format: Format) -> io::Result<Result<Header, Refused>> {
    let mut bytes = Bytes::of(file)?;
    let walked = match format {
        Format::Jpeg => jpeg::walk(&mut bytes),
        Format::Png => png::walk(&mut bytes),
        Format::Gif => gif::walk(&mut bytes),
        Format::WebP => webp::walk(&mut bytes),
    };
    Ok(match walked {
        Err(Stop::Io(error)) => return Err(error),
        Err(Stop::End) => Err(Refused::ImageBroken),
        // So many small pieces are no picture's.
        Err(Stop::Spent) => Err(Refused::ImageTooLarge),
        Ok(Err(refused)) => Err(refused),
        Ok(Ok(header)) => check(header),
    })
}

/// A walk's findings.
pub(super) type Found = Walk<Result<Header, Refused>>;

fn check(header: Header) -> Result<Header, Refused> {
    if header.width == 0 || header.height == 0 {
        Err(Refused::ImageBroken)
    } else if header.width > MAX_SIDE || header.height > MAX_SIDE || header.decode_bytes > MAX_DECODE_BYTES {
        Err(Refused::ImageTooLarge)
    } else {
        Ok(header)
    }
}
