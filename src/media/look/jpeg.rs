//! The head of a JPEG (ITU T.81, annex B): segments up to the first scan.

use super::Refused;
use super::bytes::Bytes;
use super::image::{Format, Found, Header, MAX_METADATA_BYTES};

/// What a camera's notes begin with.
const EXIF: &[u8; 6] = b"Exif\0\0";

pub(super) fn walk(bytes: &mut Bytes<'_>) -> Found {
    let (mut at, mut metadata) = (2, 0);
    let (mut frame, mut exif) = (None, None);
    loop {
        let [start, marker] = bytes.array(at)?;
        if start != 0xFF {
            return Ok(Err(Refused::ImageBroken));
        }
        if marker == 0xFF {
            // Padding.
            at += 1;
            continue;
        }
        if matches!(marker, 0x01 | 0xD0..=0xD7) {
            at += 2;
            continue;
        }
        let len = u32::from(u16::from_be_bytes(bytes.array(at + 2)?));
        if len < 2 || marker == 0xD9 || marker == 0xD8 {
            return Ok(Err(Refused::ImageBroken));
        }
        let payload = at + 4;
        match marker {
            0xC0..=0xC2 if frame.is_none() => {
                let [_, h1, h0, w1, w0, components] = bytes.array(payload)?;
                let sampling = bytes.slice(payload + 6, 3 * usize::from(components))?;
                let sampling = sampling
                    .chunks_exact(3)
                    .map(|c| (u64::from(c[1] >> 4), u64::from(c[1] & 0xF)));
                frame = Some(Frame {
                    width: u32::from(u16::from_be_bytes([w1, w0])),
                    height: u32::from(u16::from_be_bytes([h1, h0])),
                    progressive: marker == 0xC2,
                    sampling: sampling.collect(),
                });
            }
            // A second frame, and the lossless, hierarchical and arithmetic kinds that nobody decodes.
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => return Ok(Err(Refused::ImageBroken)),
            0xE0..=0xEF | 0xFE => {
                metadata += u64::from(len);
                if metadata > MAX_METADATA_BYTES {
                    return Ok(Err(Refused::ImageTooLarge));
                }
                if marker == 0xE1 && exif.is_none() && len > 8 && bytes.array(payload)? == *EXIF {
                    exif = Some((payload + 6, len - 8));
                }
            }
            0xDA => {
                let [components] = bytes.array(payload)?;
                return Ok(match frame {
                    Some(frame) => Ok(frame.header(usize::from(components), exif)),
                    None => Err(Refused::ImageBroken),
                });
            }
            _ => {}
        }
        at += 2 + u64::from(len);
    }
}

struct Frame {
    width: u32,
    height: u32,
    progressive: bool,
    sampling: Vec<(u64, u64)>,
}

impl Frame {
    fn header(&self, components_in_first_scan: usize, exif: Option<(u64, u32)>) -> Header {
        let widest = self.sampling.iter().map(|(h, _)| *h).max().unwrap_or(1).max(1);
        let highest = self.sampling.iter().map(|(_, v)| *v).max().unwrap_or(1).max(1);
        let columns = u64::from(self.width).div_ceil(8 * widest);
        let rows = u64::from(self.height).div_ceil(8 * highest);
        let blocks_a_unit: u64 = self.sampling.iter().map(|(h, v)| h * v).sum();
        const COEFFICIENTS_BYTES: u64 = 64 * 2;
        let row_of_units = columns * blocks_a_unit * COEFFICIENTS_BYTES;
        // Components in scans of their own wait for each other, as in progressive pictures: all coefficients are kept.
        let kept = self.progressive || components_in_first_scan < self.sampling.len();
        let coefficients = if kept { rows * row_of_units } else { 0 };
        let channels = if self.sampling.len() == 1 { 1 } else { 3 };
        let pixels = u64::from(self.width) * u64::from(self.height);
        // Next to them one row of units, and its upsampled copy.
        let upsampled = columns * widest * 8 * highest * 8 * 2 * self.sampling.len() as u64;
        Header {
            format: Format::Jpeg,
            width: self.width,
            height: self.height,
            decode_bytes: pixels * channels + coefficients + row_of_units + upsampled,
            exif,
        }
    }
}
