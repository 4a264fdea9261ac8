//! Files for the tests, made here: none are kept.

use std::fs::File;
use std::io::{Cursor, Write as _};
use std::time::Duration;

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageFormat, RgbImage, RgbaImage};

/// A file with these bytes.
pub fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// What this thread has had of the processor: a busy machine makes no test slow. Where the system does not tell, no time
/// ever passes.
pub fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = stat.split(' ').next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(ns.unwrap_or(0))
}

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Red on the left, green on the right, darker towards the bottom.
fn two_sides(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let light = 255 - (y * 200 / height) as u8;
        if x < width / 2 {
            [light, 0, 0].into()
        } else {
            [0, light, 0].into()
        }
    })
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encoded(two_sides(width, height), ImageFormat::Jpeg)
}

pub fn grey_jpeg(width: u32, height: u32) -> Vec<u8> {
    encoded(GrayImage::from_pixel(width, height, [77].into()), ImageFormat::Jpeg)
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(two_sides(width, height), ImageFormat::Png)
}

/// Half of it can be seen through.
pub fn png_with_alpha(width: u32, height: u32) -> Vec<u8> {
    let image = RgbaImage::from_fn(width, height, |x, _| {
        [9, 99, 199, if x < width / 2 { 128 } else { 255 }].into()
    });
    encoded(image, ImageFormat::Png)
}

pub fn grey_png_with_alpha(width: u32, height: u32) -> Vec<u8> {
    encoded(
        GrayAlphaImage::from_pixel(width, height, [50, 100].into()),
        ImageFormat::Png,
    )
}

pub fn png_of_16_bits(width: u32, height: u32) -> Vec<u8> {
    let image = image::ImageBuffer::from_fn(width, height, |x, _| image::Rgba([0x1234u16, 0xFFFF, x as u16, 0x8000]));
    encoded(DynamicImage::ImageRgba16(image), ImageFormat::Png)
}

pub fn webp(width: u32, height: u32) -> Vec<u8> {
    encoded(two_sides(width, height), ImageFormat::WebP)
}

pub fn webp_with_alpha(width: u32, height: u32) -> Vec<u8> {
    encoded(
        RgbaImage::from_pixel(width, height, [1, 2, 3, 100].into()),
        ImageFormat::WebP,
    )
}

/// A GIF of frames that count up through a palette of four.
pub fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let palette = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &palette).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    for i in 0..frames {
        let pixels = vec![(i % 4) as u8; usize::from(width) * usize::from(height)];
        let mut frame = gif::Frame::from_indexed_pixels(width, height, pixels, None);
        frame.delay = i as u16;
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    bytes
}

/// A GIF that says it has so many frames of this size, and has no pixels.
pub fn gif_saying(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    let frame = [&[0x2C, 0, 0, 0, 0][..], &size, &[0, 2, 0]].concat();
    [
        b"GIF89a",
        &size[..],
        &[0x80, 0, 0],
        &[0; 6],
        &frame.repeat(frames),
        b";",
    ]
    .concat()
}

/// A camera's notes, with how it was held and a place.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPSLatitude 41.0082 SECRETPLACE");
    exif
}

/// A JPEG's segment.
pub fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &len[..], payload].concat()
}

/// Puts something behind the first two bytes.
pub fn behind_the_start(jpeg: &[u8], more: &[u8]) -> Vec<u8> {
    [&jpeg[..2], more, &jpeg[2..]].concat()
}

/// A PNG's chunk, with its check sum.
pub fn chunk(kind: &str, payload: &[u8]) -> Vec<u8> {
    let named = [kind.as_bytes(), payload].concat();
    let mut crc = u32::MAX;
    for byte in &named {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
        }
    }
    [&(payload.len() as u32).to_be_bytes(), &named[..], &(!crc).to_be_bytes()].concat()
}

/// Puts chunks behind the header.
pub fn behind_the_header(png: &[u8], more: &[u8]) -> Vec<u8> {
    [&png[..33], more, &png[33..]].concat()
}

/// A PNG that says it is this large, and has a few bytes of pixels.
pub fn png_saying(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([depth, colour, 0, 0, 0]);
    let chunks = [
        chunk("IHDR", &head),
        chunk("IDAT", b"x\x01\x03\0\0\0\0\x01"),
        chunk("IEND", b""),
    ];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

/// A JPEG by hand: `units` units of blocks, all grey but for their first coefficient. Its only codes are `0`: difference
/// of one bit, then end of block.
pub fn jpeg_by_hand(width: u16, height: u16, sampling: &[u8], progressive: bool, adobe: bool) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    if adobe {
        bytes.extend(segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"));
    }
    bytes.extend(segment(0xDB, &[&[0][..], &[8; 64]].concat()));
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.push(sampling.len() as u8);
    for (i, sampling) in sampling.iter().enumerate() {
        frame.extend([i as u8 + 1, *sampling, 0]);
    }
    bytes.extend(segment(if progressive { 0xC2 } else { 0xC0 }, &frame));
    // DC: `0` is a difference of one bit. AC: `0` ends the block.
    bytes.extend(segment(0xC4, &[&[0x00, 1][..], &[0; 15], &[1]].concat()));
    bytes.extend(segment(0xC4, &[&[0x10, 1][..], &[0; 15], &[0]].concat()));
    let mut scan = vec![sampling.len() as u8];
    for i in 0..sampling.len() {
        scan.extend([i as u8 + 1, 0]);
    }
    scan.extend([0, if progressive { 0 } else { 63 }, 0]);
    bytes.extend(segment(0xDA, &scan));
    let widest = sampling.iter().map(|s| usize::from(s >> 4)).max().unwrap();
    let highest = sampling.iter().map(|s| usize::from(s & 15)).max().unwrap();
    let blocks: usize = sampling.iter().map(|s| usize::from(s >> 4) * usize::from(s & 15)).sum();
    let units = usize::from(width).div_ceil(8 * widest) * usize::from(height).div_ceil(8 * highest);
    // A block is `01` (up by one), or `00` (down by one), and `0` where there is an end of block.
    let (mut bits, mut len) = (0u32, 0);
    for block in 0..units * blocks {
        let (code, code_len) = if progressive {
            (1 - block as u32 % 2, 2)
        } else {
            ((1 - block as u32 % 2) << 1, 3)
        };
        bits = bits << code_len | code;
        len += code_len;
        while len >= 8 {
            len -= 8;
            bytes.push((bits >> len) as u8);
            bits &= (1 << len) - 1;
        }
    }
    bytes.push((bits << (8 - len)) as u8);
    bytes.extend([0xFF, 0xD9]);
    bytes
}

/// An EBML element of known size.
pub fn element(id: &[u8], payload: &[u8]) -> Vec<u8> {
    let size = (payload.len() as u64 | 1 << 56).to_be_bytes();
    [id, &size[..], payload].concat()
}

/// What Chromium's recorder writes: unknown sizes, no duration. `blocks` of 60 ms, a cluster every `a_cluster`.
pub fn recorded_webm(track_type: u8, blocks: u32, a_cluster: u32) -> Vec<u8> {
    let mut bytes = element(b"\x1a\x45\xdf\xa3", &element(b"\x42\x82", b"webm"));
    bytes.extend(b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff");
    bytes.extend(element(
        b"\x15\x49\xa9\x66",
        &element(b"\x2a\xd7\xb1", &1_000_000u32.to_be_bytes()),
    ));
    let entry = [
        element(b"\xd7", &[1]),
        element(b"\x83", &[track_type]),
        element(b"\x86", b"A_OPUS"),
    ]
    .concat();
    bytes.extend(element(b"\x16\x54\xae\x6b", &element(b"\xae", &entry)));
    for block in 0..blocks {
        if block % a_cluster == 0 {
            bytes.extend(b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff");
            bytes.extend(element(b"\xe7", &u64::from(block * 60).to_be_bytes()));
        }
        let time = u16::try_from(block % a_cluster * 60).unwrap().to_be_bytes();
        bytes.extend(element(
            b"\xa3",
            &[&[0x81, time[0], time[1], 0x80][..], &[7; 200]].concat(),
        ));
    }
    bytes
}

/// An Ogg page.
pub fn page(first: bool, serial: u32, position: u64, packet: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(if first { 2 } else { 0 });
    page.extend(position.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend([0; 8]);
    let full = packet.len() / 255;
    page.push(full as u8 + 1);
    page.extend(vec![255; full]);
    page.push((packet.len() % 255) as u8);
    page.extend(packet);
    page
}

pub fn opus_head(pre_skip: u16) -> Vec<u8> {
    let skip = pre_skip.to_le_bytes();
    [b"OpusHead\x01\x01", &skip[..], &48_000u32.to_le_bytes(), &[0, 0, 0]].concat()
}

/// An MP4 box.
pub fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes(), &kind[..], payload].concat()
}

/// `mvhd` and `mdhd`.
fn timed(kind: &[u8; 4], timescale: u32, duration: u32) -> Vec<u8> {
    boxed(
        kind,
        &[
            &[0; 12][..],
            &timescale.to_be_bytes(),
            &duration.to_be_bytes(),
            &[0; 80],
        ]
        .concat(),
    )
}

fn track(handler: &[u8; 4], timescale: u32, duration: u32) -> Vec<u8> {
    let head = boxed(b"tkhd", &[&[0; 12][..], &1u32.to_be_bytes(), &[0; 68]].concat());
    let handler = boxed(b"hdlr", &[&[0; 8][..], handler, &[0; 13]].concat());
    let media = boxed(b"mdia", &[timed(b"mdhd", timescale, duration), handler].concat());
    boxed(b"trak", &[head, media].concat())
}

/// An MP4 with its length in its header.
pub fn mp4(brand: &[u8; 4], handler: &[u8; 4], ms: u32) -> Vec<u8> {
    let movie = [timed(b"mvhd", 1000, ms), track(handler, 44_100, 1)].concat();
    [
        boxed(b"ftyp", &[brand, &[0; 4][..]].concat()),
        boxed(b"mdat", &[1; 5000]),
        boxed(b"moov", &movie),
    ]
    .concat()
}

/// What Safari's recorder writes: fragments of 50 samples of 1024 at 48 kHz, with lengths of their own or the track's.
pub fn fragmented_mp4(fragments: u32, own_lengths: bool) -> Vec<u8> {
    let defaults = boxed(
        b"trex",
        &[[0; 4], 1u32.to_be_bytes(), 1u32.to_be_bytes(), 1024u32.to_be_bytes()].concat(),
    );
    let movie = [
        timed(b"mvhd", 1000, 0),
        track(b"soun", 48_000, 0),
        boxed(b"mvex", &defaults),
    ]
    .concat();
    let mut bytes = [boxed(b"ftyp", b"iso5\0\0\0\0"), boxed(b"moov", &movie)].concat();
    for i in 0..fragments {
        let start = boxed(b"tfdt", &[[0; 4], (i * 50 * 1024).to_be_bytes()].concat());
        let head = boxed(b"tfhd", &[[0, 2, 0, 0], 1u32.to_be_bytes()].concat());
        let run = if own_lengths {
            [
                &0x301u32.to_be_bytes()[..],
                &50u32.to_be_bytes(),
                &[0; 4],
                &[0, 0, 4, 0, 0, 0, 0, 99].repeat(50),
            ]
            .concat()
        } else {
            [0x200u32.to_be_bytes(), 50u32.to_be_bytes()].concat()
        };
        bytes.extend(boxed(
            b"moof",
            &boxed(b"traf", &[head, start, boxed(b"trun", &run)].concat()),
        ));
        bytes.extend(boxed(b"mdat", &[3; 4000]));
    }
    bytes
}

pub fn wav(seconds: u32, data_len: Option<u32>) -> Vec<u8> {
    let samples = vec![0; 16_000 * seconds as usize];
    let len = data_len.unwrap_or(samples.len() as u32).to_le_bytes();
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend([8000u32.to_le_bytes(), 16_000u32.to_le_bytes(), [2, 0, 16, 0]].concat());
    bytes.extend(b"LIST\x03\0\0\0abc\0data");
    [bytes, len.to_vec(), samples].concat()
}

/// MP3 of 128 kbit/s at 44.1 kHz, 1152 samples a frame.
pub fn mp3(frames: usize) -> Vec<u8> {
    [&[0xFF, 0xFB, 0x90, 0x00][..], &[0; 413]].concat().repeat(frames)
}

/// A zip of empty files.
pub fn zip(names: &[&str]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let len = (name.len() as u16).to_le_bytes();
        directory.extend(
            b"PK\x01\x02"
                .iter()
                .chain(&[0; 24])
                .chain(&len)
                .chain(&[0; 16])
                .chain(name.as_bytes()),
        );
        bytes.extend(
            b"PK\x03\x04"
                .iter()
                .chain(&[0; 22])
                .chain(&len)
                .chain(&[0; 2])
                .chain(name.as_bytes()),
        );
    }
    let size = (directory.len() as u32).to_le_bytes();
    let end = [b"PK\x05\x06\0\0\0\0\0\0\0\0", &size[..], &[0; 6]].concat();
    [bytes, directory, end].concat()
}

/// An OpenDocument or EPUB file, which says what it is.
pub fn zip_saying(mime: &str) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04"
        .iter()
        .chain(&[0; 22])
        .chain(&[8, 0, 0, 0])
        .copied()
        .collect::<Vec<u8>>();
    bytes.extend(b"mimetype");
    bytes.extend(mime.as_bytes());
    bytes.extend(zip(&["META-INF/manifest.xml"]));
    bytes
}

/// An old Office file with a class and one stream of this name.
pub fn ole(class: [u8; 4], stream: &str) -> Vec<u8> {
    let mut bytes = vec![0; 512 * 3];
    bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    bytes[30] = 9;
    // Sector 0 is the allocation table, sector 1 the directory.
    bytes[48] = 1;
    bytes[512..1024].fill(0xFF);
    let directory = 1024;
    bytes[directory + 80..directory + 84].copy_from_slice(&class);
    let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes[directory + 128..][..name.len()].copy_from_slice(&name);
    bytes[directory + 128 + 64] = name.len() as u8 + 2;
    bytes
}
