use std::io::Read as _;

use image::{DynamicImage, GenericImageView as _};
use proptest::prelude::*;

use super::*;
use crate::media::samples::{self, file};

fn contents(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

fn made(bytes: &[u8]) -> Result<(Picture, Vec<u8>, Vec<u8>), Failure> {
    let (mut image, mut thumb) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    let picture = make_anew(&mut file(bytes), &mut image, &mut thumb)?;
    Ok((picture, contents(&mut image), contents(&mut thumb)))
}

fn refused(bytes: &[u8]) -> Refused {
    match made(bytes) {
        Err(Failure::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

fn opened(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

fn near(image: &DynamicImage, x: u32, y: u32, colour: [u8; 3]) -> bool {
    image
        .get_pixel(x, y)
        .0
        .iter()
        .zip(colour)
        .all(|(a, b)| a.abs_diff(b) < 12)
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn each_kind_becomes_what_it_should() {
    for (bytes, mime, thumb_mime) in [
        (samples::jpeg(500, 100), "image/jpeg", "image/jpeg"),
        (samples::grey_jpeg(500, 100), "image/jpeg", "image/jpeg"),
        (samples::png(500, 100), "image/png", "image/jpeg"),
        (samples::png_with_alpha(500, 100), "image/png", "image/png"),
        (samples::grey_png_with_alpha(500, 100), "image/png", "image/png"),
        (samples::png_of_16_bits(500, 100), "image/png", "image/png"),
        (samples::webp(500, 100), "image/jpeg", "image/jpeg"),
        (samples::webp_with_alpha(500, 100), "image/png", "image/png"),
        (samples::gif(500, 100, 3), "image/gif", "image/jpeg"),
        (
            samples::jpeg_by_hand(500, 100, &[0x22, 0x11, 0x11], false, false),
            "image/jpeg",
            "image/jpeg",
        ),
        (
            samples::jpeg_by_hand(500, 100, &[0x11, 0x11, 0x11], true, false),
            "image/jpeg",
            "image/jpeg",
        ),
        (
            samples::jpeg_by_hand(500, 100, &[0x11, 0x11, 0x11, 0x11], false, true),
            "image/jpeg",
            "image/jpeg",
        ),
    ] {
        let (picture, image, thumb) = made(&bytes).unwrap();
        assert_eq!((picture.width, picture.height), (500, 100));
        assert_eq!((&*picture.mime, &*picture.thumb_mime), (mime, thumb_mime));
        assert_eq!(opened_size(&image, mime), (500, 100));
        assert_eq!(opened_size(&thumb, thumb_mime), (480, 96));
    }
}

fn opened_size(bytes: &[u8], mime: &str) -> (u32, u32) {
    if mime == "image/gif" {
        let decoder = gif::Decoder::new(bytes).unwrap();
        return (decoder.width().into(), decoder.height().into());
    }
    let format = image::ImageFormat::from_mime_type(mime).unwrap();
    image::load_from_memory_with_format(bytes, format).unwrap().dimensions()
}

#[test]
fn colours_and_alpha_stay() {
    let (_, image, thumb) = made(&samples::jpeg(600, 300)).unwrap();
    for (image, right) in [(opened(&image), 599), (opened(&thumb), 479)] {
        assert!(near(&image, 0, 0, [255, 0, 0]) && near(&image, right, 0, [0, 255, 0]));
    }
    let (_, image, thumb) = made(&samples::png_with_alpha(600, 300)).unwrap();
    for image in [opened(&image), opened(&thumb)] {
        assert_eq!(image.get_pixel(0, 0).0, [9, 99, 199, 128]);
        assert_eq!(image.get_pixel(image.width() - 1, 0).0, [9, 99, 199, 255]);
    }
    let (_, image, _) = made(&samples::png_of_16_bits(60, 30)).unwrap();
    assert_eq!(opened(&image).get_pixel(59, 0).0, [0x12, 255, 0, 0x80]);
    // A palette whose second colour is seen through.
    let mut head = [2u32.to_be_bytes(), 1u32.to_be_bytes()].concat();
    head.extend([8, 3, 0, 0, 0]);
    let pixels = b"\x78\x01\x01\x03\0\xfc\xff\0\0\x01\0\x05\0\x02";
    let chunks = [
        samples::chunk("IHDR", &head),
        samples::chunk("PLTE", &[10, 20, 30, 40, 50, 60]),
        samples::chunk("tRNS", &[255, 0]),
        samples::chunk("IDAT", pixels),
        samples::chunk("IEND", b""),
    ];
    let (_, image, _) = made(&[&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()).unwrap();
    assert_eq!(opened(&image).get_pixel(0, 0).0, [10, 20, 30, 255]);
    assert_eq!(opened(&image).get_pixel(1, 0).0[3], 0);
}

#[test]
fn every_way_to_hold_a_camera_ends_upright_in_every_format() {
    let notes = |jpeg: &[u8], o| {
        samples::behind_the_start(
            jpeg,
            &samples::segment(0xE1, &[b"Exif\0\0", &samples::exif(o)[..]].concat()),
        )
    };
    for orientation in 1..=8 {
        let mut expected = opened(&samples::png(64, 32));
        expected.apply_orientation(Orientation::from_exif(orientation).unwrap());
        let png = samples::behind_the_header(
            &samples::png(64, 32),
            &samples::chunk("eXIf", &samples::exif(orientation)),
        );
        let webp = webp_with_exif(orientation);
        for bytes in [notes(&samples::jpeg(64, 32), orientation), png, webp] {
            let (picture, image, thumb) = made(&bytes).unwrap();
            assert_eq!((picture.width, picture.height), expected.dimensions());
            for image in [opened(&image), opened(&thumb)] {
                for (x, y) in [
                    (2, 2),
                    (expected.width() - 3, expected.height() - 3),
                    (expected.width() - 3, 2),
                ] {
                    let [r, g, b, _] = expected.get_pixel(x, y).0;
                    assert!(
                        near(&image, x, y, [r, g, b]),
                        "{orientation} {x} {y} {:?}",
                        image.get_pixel(x, y)
                    );
                }
            }
        }
    }
}

fn webp_with_exif(orientation: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut bytes);
    encoder.set_exif_metadata(samples::exif(orientation)).unwrap();
    opened(&samples::png(64, 32)).write_with_encoder(encoder).unwrap();
    bytes.into_inner()
}

#[test]
fn no_note_survives() {
    let secret = b"SECRETPLACE";
    let jpeg = samples::behind_the_start(
        &samples::jpeg(30, 20),
        &[
            samples::segment(0xE1, &[b"Exif\0\0", &samples::exif(1)[..]].concat()),
            samples::segment(0xE2, b"ICC_PROFILE\0\x01\x01SECRETPLACE"),
            samples::segment(0xED, secret),
            samples::segment(0xFE, secret),
        ]
        .concat(),
    );
    let png = samples::behind_the_header(
        &samples::png_with_alpha(30, 20),
        &[
            samples::chunk("eXIf", &samples::exif(1)),
            samples::chunk("tEXt", b"a\0SECRETPLACE"),
        ]
        .concat(),
    );
    let mut gif = samples::gif(30, 20, 2);
    let comment = [&[0x21, 0xFE, 11][..], secret, &[0]].concat();
    gif.splice(25..25, comment);
    for bytes in [jpeg, png, webp_with_exif(6), gif] {
        let bytes = [&bytes[..], b"<script>alert('SECRETPLACE')</script>"].concat();
        assert!(holds(&bytes, secret));
        let (_, image, thumb) = made(&bytes).unwrap();
        for out in [image, thumb] {
            for word in [&secret[..], b"script", b"Exif", b"eXIf", b"EXIF", b"ICC", b"GPS"] {
                assert!(!holds(&out, word), "{}", word.escape_ascii());
            }
        }
    }
}

#[test]
fn what_is_large_is_shrunk_and_what_is_thin_stays_visible() {
    for (bytes, size, thumb_size) in [
        (
            samples::jpeg_by_hand(3000, 150, &[0x22, 0x11, 0x11], false, false),
            (2560, 128),
            (480, 24),
        ),
        (samples::png(1, 10_000), (1, 2560), (1, 480)),
        (
            samples::jpeg_by_hand(60_000, 2, &[0x11], false, false),
            (2560, 1),
            (480, 1),
        ),
        (samples::png(20, 10), (20, 10), (20, 10)),
        (samples::gif(3000, 30, 2), (2560, 26), (480, 5)),
    ] {
        let (picture, image, thumb) = made(&bytes).unwrap();
        assert_eq!((picture.width, picture.height), size);
        assert_eq!(opened_size(&image, &picture.mime), size);
        assert_eq!(opened_size(&thumb, &picture.thumb_mime), thumb_size);
    }
}

#[test]
fn a_large_square_with_alpha_leaves_room_for_its_compressed_copy() {
    let of = |width, height| Raster {
        width,
        height,
        channels: 4,
        pixels: vec![0; width as usize * height as usize * 4],
    };
    assert_eq!(lossless_side(&of(2560, 1440)), SIDE);
    assert_eq!(lossless_side(&of(2560, 1920)), SIDE);
    assert_eq!(lossless_side(&of(2560, 2560)), 2397);
}

#[test]
fn an_animation_keeps_its_frames_their_times_and_its_loop() {
    for (width, frames) in [(40, 1), (40, 7), (5120, 3)] {
        let (_, image, _) = made(&samples::gif(width, 10, frames)).unwrap();
        let mut decoder = gif::Decoder::new(&image[..]).unwrap();
        assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
        for i in 0..frames {
            let frame = decoder.read_next_frame().unwrap().unwrap();
            assert_eq!((usize::from(frame.delay), frame.width), (i, width.min(2560)));
            assert!(frame.buffer.iter().all(|pixel| usize::from(*pixel) == i % 4));
        }
        assert!(decoder.read_next_frame().unwrap().is_none());
    }
    assert_eq!(refused(&samples::gif(1, 1, 501)), Refused::ImageTooLarge);
    assert_eq!(refused(&samples::gif_saying(1000, 1001, 100)), Refused::ImageTooLarge);
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    let jpeg = samples::jpeg(64, 64);
    let png = samples::png(64, 64);
    let webp = samples::webp(64, 64);
    for broken in [
        b"".to_vec(),
        b"\xff\xd8\xff".to_vec(),
        b"<svg/>".to_vec(),
        jpeg[..jpeg.len() - 2].to_vec(),
        jpeg[..200].to_vec(),
        png[..png.len() - 40].to_vec(),
        webp[..webp.len() / 2].to_vec(),
        samples::png_saying(100, 100, 8, 2),
        samples::png_saying(0, 100, 8, 2),
        b"GIF89a<script>alert(1)</script>".to_vec(),
    ] {
        assert_eq!(
            refused(&broken),
            Refused::ImageBroken,
            "{:?}",
            &broken[..broken.len().min(30)]
        );
    }
    assert_eq!(
        refused(&samples::png_saying(50_000, 50_000, 8, 2)),
        Refused::ImageTooLarge
    );
    // Compressed data counts, as the decoder holds it; what follows the end does not.
    let scan_of = |len: usize| {
        let mut bytes = samples::jpeg_by_hand(16, 16, &[0x11], false, false);
        bytes.truncate(bytes.len() - 2);
        [bytes, vec![0x55; len], vec![0xFF, 0xD9]].concat()
    };
    assert_eq!(refused(&scan_of(48 << 20)), Refused::ImageTooLarge);
    assert!(made(&[scan_of(10), vec![0x55; 10 << 20]].concat()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn no_damage_breaks_it(
        which in 0usize..7,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = match which {
            0 => samples::jpeg(40, 20),
            1 => samples::jpeg_by_hand(40, 20, &[0x22, 0x11, 0x11], true, false),
            2 => samples::png_with_alpha(20, 10),
            3 => samples::gif(20, 10, 3),
            4 => samples::webp(20, 10),
            5 => samples::jpeg_by_hand(40, 20, &[0x11, 0x11, 0x11, 0x11], false, true),
            _ => samples::png_of_16_bits(8, 8),
        };
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok((picture, image, thumb)) = made(&bytes) {
            prop_assert_eq!(opened_size(&image, &picture.mime), (picture.width, picture.height));
            prop_assert!(opened_size(&thumb, &picture.thumb_mime).0 <= 480);
        }
    }
}
