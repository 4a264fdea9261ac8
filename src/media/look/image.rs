//! What the head of a picture says, and whether it is safe to decode: nothing is decoded here.

use std::fs::File;
use std::io;

use super::Refused;
use super::bytes::{Bytes, Stop, Walk};
use super::{gif, jpeg, png, webp};

/// Memory one decoding may take. With the 7 MB of the process itself it stays below 56 MB (measured for the largest of
/// each format), and server and child together below the 64 MB above idle that a small machine can spare. A phone's 12
/// megapixels are 37 MB of it, so that 11 MB are left for the file.
pub const MAX_DECODE_BYTES: u64 = 48_500_000;
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::media::samples::{self, file};

    fn judged(bytes: &[u8]) -> Result<Header, Refused> {
        let file = file(bytes);
        let start = samples::processor_time();
        let header = header(&file, format(bytes).unwrap()).unwrap();
        let took = samples::processor_time() - start;
        assert!(took < Duration::from_millis(20), "{took:?}");
        header
    }

    #[test]
    fn what_phones_and_screens_make_is_taken() {
        for bytes in [
            samples::jpeg_by_hand(4032, 3024, &[0x22, 0x11, 0x11], false, false),
            samples::jpeg_by_hand(4032, 3024, &[0x11, 0x11, 0x11], false, false),
            samples::jpeg_by_hand(3264, 2448, &[0x22, 0x11, 0x11], true, false),
            samples::png_saying(3840, 2160, 8, 6),
            samples::png_saying(4032, 3024, 8, 2),
            samples::gif_saying(2000, 2000, 25),
            samples::gif_saying(400, 400, 500),
        ] {
            judged(&bytes).unwrap();
        }
        let header = judged(&samples::jpeg_by_hand(4032, 3024, &[0x22, 0x11, 0x11], false, false)).unwrap();
        assert_eq!((header.width, header.height), (4032, 3024));
        assert!((36_500_000..38_000_000).contains(&header.decode_bytes), "{header:?}");
    }

    #[test]
    fn what_would_take_too_much_memory_is_refused_before_it_does() {
        let mut bombs = vec![
            samples::png_saying(50_000, 50_000, 8, 2),
            samples::png_saying(u32::MAX, u32::MAX, 16, 6),
            samples::png_saying(4032, 3024, 16, 6),
            samples::png_saying(100_000, 1, 8, 2),
            // Coefficients of all pixels at once.
            samples::jpeg_by_hand(4032, 3024, &[0x11, 0x11, 0x11], true, false),
            samples::gif_saying(1, 1, 501),
            samples::gif_saying(2000, 2000, 26),
        ];
        let mut jpeg = samples::jpeg_by_hand(16, 16, &[0x11], false, false);
        let at = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        jpeg[at + 5..at + 9].fill(0xFF);
        bombs.push(jpeg);
        let mut screen = samples::gif(1, 1, 1);
        screen[6..10].fill(0xFF);
        bombs.push(screen);
        // Canvas of 16384 × 16384.
        bombs.push(b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0VP8 \0\0\0\0".to_vec());
        // Components in scans of their own.
        let mut jpeg = samples::jpeg_by_hand(4032, 3024, &[0x11, 0x11, 0x11], false, false);
        let at = jpeg.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap();
        jpeg[at + 4] = 1;
        bombs.push(jpeg);
        for bytes in bombs {
            assert_eq!(judged(&bytes), Err(Refused::ImageTooLarge), "{:?}", &bytes[..40]);
        }
    }

    #[test]
    fn notes_of_megabytes_are_refused_and_a_video_behind_the_end_is_not() {
        let large = vec![7; 50 << 20];
        let segments = samples::segment(0xE5, &[7; 65_000]).repeat(800);
        let gif = samples::gif(9, 9, 1);
        for bytes in [
            samples::behind_the_header(&samples::png(9, 9), &samples::chunk("zTXt", &large[..5 << 20])),
            samples::behind_the_start(&samples::jpeg(9, 9), &segments),
            [
                &gif[..25],
                &[0x21, 0xFE],
                &[&[255][..], &[7; 255]].concat().repeat(17_000),
                &[0],
                &gif[25..],
            ]
            .concat(),
        ] {
            assert_eq!(judged(&bytes), Err(Refused::ImageTooLarge));
        }
        judged(&[&samples::jpeg(9, 9)[..], &large[..10 << 20]].concat()).unwrap();
        judged(&samples::behind_the_start(
            &samples::jpeg(9, 9),
            &segments[..65_004 * 10],
        ))
        .unwrap();
    }

    #[test]
    fn what_makes_no_sense_is_broken() {
        let jpeg = samples::jpeg(9, 9);
        for bytes in [
            samples::png_saying(0, 5, 8, 2),
            samples::png_saying(5, 5, 8, 2)[..60].to_vec(),
            b"\xff\xd8\xff\xd9".to_vec(),
            b"\xff\xd8\xff\xe0\0\x01".to_vec(),
            jpeg[..100].to_vec(),
            samples::gif(9, 9, 0),
            b"GIF89a".to_vec(),
            b"RIFF\x04\0\0\0WEBP".to_vec(),
        ] {
            assert_eq!(judged(&bytes), Err(Refused::ImageBroken), "{bytes:?}");
        }
    }
}
