//! A picture made anew: decoded, turned upright, shrunk, and written without anything but its pixels.
//!
//! The order is one of memory: what was decoded is shrunk in place and then turned, so that at no time there are two
//! large pictures.

mod animation;
mod essential;
mod raster;

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek as _, Write as _};
use std::os::unix::fs::FileExt as _;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::error::ImageError;
use image::metadata::Orientation;
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageEncoder as _, Limits};
use serde::{Deserialize, Serialize};

use self::raster::Raster;
use super::look::Refused;
use super::look::image::{self as head, Format, Header, MAX_DECODE_BYTES};

/// The longer side of what is kept: sharp on a large screen, and small enough for a phone's line.
const SIDE: u32 = 2560;
/// Bytes of pixels of what is written as PNG: the encoder keeps all of its compressed copy, which may be as large. Only
/// a square with alpha is larger at [`SIDE`]; it ends at 2397 × 2397.
const LOSSLESS_MAX_BYTES: u64 = 23_000_000;
/// The longer side of what a list of messages shows.
const THUMB_SIDE: u32 = 480;
/// The quality of a JPEG that people look at.
const QUALITY: u8 = 85;
/// The quality of a small one, next to which the large one is a tap away.
const THUMB_QUALITY: u8 = 75;
/// A camera's notes are read this far; the way it was held is among the first of them.
const EXIF_MAX: u32 = 64 * 1024;

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// `image/jpeg`, `image/png` or `image/gif`.
    pub mime: String,
    /// Of the picture, in pixels, upright.
    pub width: u32,
    /// Of the picture, in pixels, upright.
    pub height: u32,
    /// `image/jpeg` or `image/png`.
    pub thumb_mime: String,
}

/// Why no picture was made.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The picture's fault.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Ours: a file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// What the decoding process says at its end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The files are written.
    Made(Picture),
    /// The picture's fault.
    Refused(Refused),
    /// Ours; for the log.
    Failed(String),
}

impl From<Result<Picture, Failure>> for Answer {
    fn from(result: Result<Picture, Failure>) -> Self {
        match result {
            Ok(picture) => Self::Made(picture),
            Err(Failure::Refused(refused)) => Self::Refused(refused),
            Err(Failure::Io(error)) => Self::Failed(error.to_string()),
        }
    }
}

/// Reads a picture from `input` and writes it anew to `image_out`, and a small one to `thumb_out`. Trusts nothing that
/// was found out about it before.
///
/// # Errors
/// The picture is refused, or a file cannot be read or written.
pub fn make_anew(input: &mut File, image_out: &mut File, thumb_out: &mut File) -> Result<Picture, Failure> {
    let mut start = [0; 16];
    let len = input.read_at(&mut start, 0)?;
    let format = head::format(&start[..len]).ok_or(Refused::ImageBroken)?;
    let header = head::header(input, format)??;
    let (mime, mut raster) = if format == Format::Gif {
        ("image/gif", animation::make_anew(input, image_out, SIDE)?)
    } else {
        let mut raster = decode(input, &header)?;
        raster.shrink(SIDE);
        raster.drop_opaque_alpha();
        let lossless = format == Format::Png || raster.channels.is_multiple_of(2);
        if lossless {
            raster.shrink(lossless_side(&raster));
        }
        let raster = raster.upright(orientation(input, &header)?);
        (write(&raster, image_out, lossless, QUALITY)?, raster)
    };
    let (width, height) = (raster.width, raster.height);
    raster.shrink(THUMB_SIDE);
    raster.drop_opaque_alpha();
    let thumb_mime = write(&raster, thumb_out, raster.channels.is_multiple_of(2), THUMB_QUALITY)?;
    Ok(Picture {
        mime: mime.to_owned(),
        width,
        height,
        thumb_mime: thumb_mime.to_owned(),
    })
}

/// The longer side at which [`LOSSLESS_MAX_BYTES`] are not exceeded.
fn lossless_side(raster: &Raster) -> u32 {
    let bytes = raster.pixels.len() as u64;
    let longer = u64::from(raster.width.max(raster.height));
    if bytes <= LOSSLESS_MAX_BYTES {
        return SIDE;
    }
    u32::try_from((longer * longer * LOSSLESS_MAX_BYTES / bytes).isqrt()).unwrap_or(SIDE)
}

fn decode(input: &mut File, header: &Header) -> Result<Raster, Failure> {
    input.rewind()?;
    let raster = match header.format {
        Format::Jpeg => {
            let left = MAX_DECODE_BYTES.saturating_sub(header.decode_bytes);
            pixels(JpegDecoder::new(essential::Jpeg::new(input, left)), header)
        }
        Format::Png => {
            // The decoder only reads on.
            let picture = essential::Png::new(input)?;
            pixels(
                PngDecoder::with_limits(Forwards(BufReader::new(picture)), limits()),
                header,
            )
        }
        _ => pixels(WebPDecoder::new(BufReader::with_capacity(64 * 1024, input)), header),
    };
    raster.map_err(|error| match error {
        ImageError::Limits(_) => Refused::ImageTooLarge.into(),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Refused::ImageTooLarge.into(),
        _ => Refused::ImageBroken.into(),
    })
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    limits
}

/// A reader that cannot go back, for a decoder that asks for one that can and never does.
struct Forwards<R>(R);

impl<R: std::io::Read> std::io::Read for Forwards<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: std::io::BufRead> std::io::BufRead for Forwards<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl<R> std::io::Seek for Forwards<R> {
    fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

fn pixels(decoder: image::ImageResult<impl ImageDecoder>, header: &Header) -> image::ImageResult<Raster> {
    let mut decoder = decoder?;
    let too_large = || {
        ImageError::Limits(image::error::LimitError::from_kind(
            image::error::LimitErrorKind::DimensionError,
        ))
    };
    // The decoder sees the picture that was judged, and no other.
    if decoder.dimensions() != (header.width, header.height) || decoder.total_bytes() > MAX_DECODE_BYTES {
        return Err(too_large());
    }
    decoder.set_limits(limits())?;
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    let mut pixels = vec![0; usize::try_from(decoder.total_bytes()).map_err(|_| too_large())?];
    decoder.read_image(&mut pixels)?;
    let channels = usize::from(colour.channel_count());
    Ok(match colour {
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => {
            Raster::from_16_bits(width, height, channels, pixels)
        }
        _ => Raster {
            width,
            height,
            channels,
            pixels,
        },
    })
}

fn orientation(input: &File, header: &Header) -> std::io::Result<Orientation> {
    let Some((at, len)) = header.exif else {
        return Ok(Orientation::NoTransforms);
    };
    let mut exif = vec![0; len.min(EXIF_MAX) as usize];
    let read = input.read_at(&mut exif, at)?;
    exif.truncate(read);
    // Some write it into WebP as it is in JPEG.
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif);
    Ok(Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms))
}

/// Writes a PNG or a JPEG, and says which.
fn write(raster: &Raster, out: &mut File, lossless: bool, quality: u8) -> Result<&'static str, Failure> {
    let colour = match raster.channels {
        1 => ExtendedColorType::L8,
        2 => ExtendedColorType::La8,
        3 => ExtendedColorType::Rgb8,
        _ => ExtendedColorType::Rgba8,
    };
    let (width, height) = (raster.width, raster.height);
    let mut out = BufWriter::new(out);
    let (mime, written) = if lossless {
        // Others wait, and a photo gains little by more.
        let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Level(2), FilterType::Adaptive);
        ("image/png", encoder.write_image(&raster.pixels, width, height, colour))
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut out, quality);
        ("image/jpeg", encoder.encode(&raster.pixels, width, height, colour))
    };
    written.map_err(|error| match error {
        ImageError::IoError(error) => error,
        other => std::io::Error::other(other),
    })?;
    out.flush()?;
    Ok(mime)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
