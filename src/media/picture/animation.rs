//! GIF to GIF, frame by frame, with the palettes it has: only one frame is in memory.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek as _, Write as _};
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DecodingError, EncodingError, Frame, MemoryLimit};

use super::Failure;
use super::raster::{Raster, fitted};
use crate::media::look::image::MAX_DECODE_BYTES;
use crate::media::look::{GifCount, Refused};

/// How the frames' places and pixels map to a smaller screen: every pixel is one of the large picture's, the same one
/// for all frames, so that what lies on top of each other still does.
#[derive(Clone, Copy)]
struct Scale {
    small: u32,
    large: u32,
}

impl Scale {
    fn source(self, small: u32) -> u32 {
        ((u64::from(small) * 2 + 1) * u64::from(self.large) / (u64::from(self.small) * 2)) as u32
    }

    /// The pixels of the small screen that come from `from..from + len`.
    fn covered(self, from: u16, len: u16) -> std::ops::Range<u32> {
        let end = (u32::from(from) + u32::from(len)).min(self.large);
        let first = |edge: u32| {
            let mut small = (u64::from(edge) * u64::from(self.small) / u64::from(self.large)) as u32;
            while small < self.small && self.source(small) < edge {
                small += 1;
            }
            small
        };
        first(u32::from(from))..first(end)
    }
}

/// Writes `input` anew, at most `side` pixels wide and high, and gives its first frame.
pub fn make_anew(input: &mut File, image_out: &mut File, side: u32) -> Result<Raster, Failure> {
    input.rewind()?;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(
        NonZeroU64::new(MAX_DECODE_BYTES / 4).unwrap_or(NonZeroU64::MIN),
    ));
    let mut decoder = options
        .read_info(BufReader::with_capacity(64 * 1024, input))
        .map_err(|error| broken(&error))?;
    let (large_width, large_height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    let (width, height) = fitted(large_width, large_height, side);
    let scales = [
        Scale {
            small: width,
            large: large_width,
        },
        Scale {
            small: height,
            large: large_height,
        },
    ];
    let global = decoder.global_palette().unwrap_or_default().to_vec();
    let mut out = BufWriter::new(image_out);
    let side_of = |length: u32| u16::try_from(length).map_err(|_| Refused::ImageTooLarge);
    let mut encoder = gif::Encoder::new(&mut out, side_of(width)?, side_of(height)?, &global).map_err(unwritten)?;
    encoder.set_repeat(decoder.repeat()).map_err(unwritten)?;
    let (mut count, mut first) = (GifCount::default(), None);
    loop {
        let frame = match decoder.read_next_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(error) if first.is_none() => return Err(broken(&error)),
            // What broke off shows as far as it goes, as in browsers.
            Err(_) => break,
        };
        count.frames += 1;
        count.pixels += u64::from(frame.width) * u64::from(frame.height);
        if count.too_much() {
            return Err(Refused::ImageTooLarge.into());
        }
        let Some(small) = shrunk(frame, scales) else { continue };
        if small.palette.is_none() && global.is_empty() {
            return Err(Refused::ImageBroken.into());
        }
        if first.is_none() {
            first = Some(painted(&small, &global, width, height));
        }
        encoder.write_frame(&small).map_err(unwritten)?;
    }
    let first = first.ok_or(Refused::ImageBroken)?;
    drop(encoder);
    out.flush()?;
    Ok(first)
}

/// The frame on the small screen; `None` when nothing of it is left there.
fn shrunk(frame: &Frame<'_>, [across, down]: [Scale; 2]) -> Option<Frame<'static>> {
    let columns = across.covered(frame.left, frame.width);
    let rows = down.covered(frame.top, frame.height);
    let mut small = Frame {
        delay: frame.delay,
        dispose: frame.dispose,
        transparent: frame.transparent,
        left: u16::try_from(columns.start).ok()?,
        top: u16::try_from(rows.start).ok()?,
        width: u16::try_from(columns.len()).ok()?,
        height: u16::try_from(rows.len()).ok()?,
        palette: frame.palette.clone(),
        ..Frame::default()
    };
    if columns.is_empty() || rows.is_empty() {
        return None;
    }
    let mut buffer = Vec::with_capacity(columns.len() * rows.len());
    for y in rows {
        let row = usize::from(frame.width) * (down.source(y) as usize - usize::from(frame.top));
        for x in columns.clone() {
            buffer.push(
                *frame
                    .buffer
                    .get(row + across.source(x) as usize - usize::from(frame.left))?,
            );
        }
    }
    small.buffer = Cow::Owned(buffer);
    Some(small)
}

/// The frame alone on its screen, in colour.
fn painted(frame: &Frame<'_>, global: &[u8], width: u32, height: u32) -> Raster {
    let palette = frame.palette.as_deref().unwrap_or(global);
    let mut pixels = vec![0; width as usize * height as usize * 4];
    let across = usize::from(frame.width);
    for (y, row) in frame.buffer.chunks_exact(across).enumerate() {
        let start = ((y + usize::from(frame.top)) * width as usize + usize::from(frame.left)) * 4;
        for (index, pixel) in row.iter().zip(pixels[start..start + across * 4].chunks_exact_mut(4)) {
            let colour = usize::from(*index) * 3;
            if let (Some(colour), false) = (palette.get(colour..colour + 3), frame.transparent == Some(*index)) {
                pixel[..3].copy_from_slice(colour);
                pixel[3] = 255;
            }
        }
    }
    Raster {
        width,
        height,
        channels: 4,
        pixels,
    }
}

fn broken(error: &DecodingError) -> Failure {
    match error {
        DecodingError::MemoryLimit => Refused::ImageTooLarge.into(),
        _ => Refused::ImageBroken.into(),
    }
}

fn unwritten(error: EncodingError) -> Failure {
    match error {
        EncodingError::Io(error) => error.into(),
        _ => Refused::ImageBroken.into(),
    }
}
