use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::media::samples::{self, file};

fn seen(bytes: &[u8]) -> Result<(&'static str, Option<i64>), Refused> {
    look(&mut file(bytes))
        .unwrap()
        .map(|found| (found.file_type.mime, found.duration_ms))
}

fn mime(bytes: &[u8]) -> &'static str {
    seen(bytes).unwrap().0
}

#[test]
fn programs_are_refused_whatever_they_are_called() {
    for program in [
        &b"MZ\x90\0\x03\0\0\0"[..],
        b"\x7fELF\x02\x01\x01",
        b"\xcf\xfa\xed\xfe\x07\0\0\x01",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        b"dex\n035\0",
        b"\0asm\x01\0\0\0",
        b"#!/bin/sh\necho\n",
        b"L\0\0\0\x01\x14\x02\0\0\0\0\0",
        b"!<arch>\ndebian-binary  ",
        b"\xed\xab\xee\xdb\x03\0",
        b"xar!\0\x1c",
        b"CWS\x0a\x99\x01\0\0\0\0",
        &samples::zip(&["a.txt", "META-INF/MANIFEST.MF"]),
        &samples::zip(&["AndroidManifest.xml", "classes.dex"]),
        &samples::zip(&["Payload/", "Payload/Game.app/"]),
        &samples::ole([0x84, 0x10, 0x0C, 0], "Property"),
    ] {
        assert_eq!(seen(program), Err(Refused::Program), "{program:?}");
    }
}

#[test]
fn documents_and_archives_are_told_apart() {
    for (bytes, expected) in [
        (b"%PDF-1.7\n%....<script>".to_vec(), "application/pdf"),
        (b"{\\rtf1 hello}".to_vec(), "application/rtf"),
        (
            samples::zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            samples::zip(&["xl/workbook.xml", "[Content_Types].xml"]),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            samples::zip_saying("application/vnd.oasis.opendocument.text"),
            "application/vnd.oasis.opendocument.text",
        ),
        (
            samples::zip_saying("application/vnd.oasis.opendocument.text-template"),
            "application/zip",
        ),
        (samples::zip_saying("application/epub+zip"), "application/epub+zip"),
        (samples::ole([0; 4], "WordDocument"), "application/msword"),
        (samples::ole([0; 4], "Workbook"), "application/vnd.ms-excel"),
        (
            samples::ole([0; 4], "PowerPoint Document"),
            "application/vnd.ms-powerpoint",
        ),
        (samples::zip(&["a.txt", "word/x"]), "application/zip"),
        (samples::zip(&[]), "application/zip"),
        (b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(), "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\0".to_vec(), "application/vnd.rar"),
        (b"PK\x03\x04".to_vec(), "application/zip"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "image/heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif".to_vec(), "image/avif"),
        (b"BM\x9a\0\0\0\0\0\0\0\x36\0".to_vec(), "image/bmp"),
        (b"II*\0\x08\0\0\0\x01\0\0\x01".to_vec(), "image/tiff"),
        // Macros run.
        (
            samples::zip(&["[Content_Types].xml", "word/a", "word/vbaProject.bin"]),
            "application/octet-stream",
        ),
        (samples::ole([0; 4], "__substg1.0_0037001E"), "application/octet-stream"),
        // Not at the start: a page that pretends.
        (b"<script>\0%PDF-1.7".to_vec(), "application/octet-stream"),
        (b"\0%PDF-1.7".to_vec(), "application/octet-stream"),
        (b"".to_vec(), "application/octet-stream"),
    ] {
        assert_eq!(mime(&bytes), expected, "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn text_is_plain_or_it_is_not_text() {
    for text in [
        "merhaba dünya",
        "BM and GIF89 are formats",
        "MZ-1234 no program",
        "BC, ID3, 1 < 2 and a<b, i <3 u",
        "GIFT",
        "\u{feff}ad;soyad\r\nAyşe;Yılmaz\r\n",
        "[InternetShortcut]\nURL=https://example.com",
    ] {
        assert_eq!(mime(text.as_bytes()), "text/plain", "{text}");
    }
    let utf16 = |text: &str| {
        [0xFEFF]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    assert_eq!(mime(&utf16("merhaba 🙂")), "text/plain");
    assert_eq!(mime(&utf16("x <script>alert(1)</script>")), "text/html");
    for (text, expected) in [
        ("<html>", "text/html"),
        ("  \n<!-- hi --><p>", "text/html"),
        ("\u{feff}<!DOCTYPE html>", "text/html"),
        ("hello <ScRiPt src=x>", "text/html"),
        ("see <iframe>", "text/html"),
        ("</p>", "text/html"),
        ("<b>bold</b>", "text/html"),
        ("<svg onload=alert(1)>", "image/svg+xml"),
        ("<?xml version='1.0'?><svg xmlns='x'/>", "image/svg+xml"),
        ("<?xml version='1.0'?><a/>", "application/xml"),
        ("<?php echo 1;", "application/xml"),
    ] {
        assert_eq!(mime(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(mime(format!("{} <script>", "a".repeat(50_000)).as_bytes()), "text/html");
    for not_text in [
        &b"caf\xe9"[..],
        b"a\0b",
        b"\x1b[31mred",
        b"half \xc4",
        b"\xff\xfea\0\x01\0",
        b"a\x7f",
    ] {
        assert_eq!(mime(not_text), "application/octet-stream", "{not_text:?}");
    }
    // Characters that lie across the borders of what is read at once, and a fault at the very end.
    let long = "ğ€🙂".repeat(60_000);
    assert_eq!(mime(long.as_bytes()), "text/plain");
    assert_eq!(mime(&utf16(&long)), "text/plain");
    assert_eq!(mime(&[long.as_bytes(), b"\0"].concat()), "application/octet-stream");
}

#[test]
fn recordings_have_a_length() {
    // 50 blocks of 60 ms, whatever the clusters.
    for a_cluster in [10, 50, 500] {
        assert_eq!(
            seen(&samples::recorded_webm(2, 50, a_cluster)),
            Ok(("audio/webm", Some(3000)))
        );
    }
    assert_eq!(seen(&samples::recorded_webm(1, 50, 50)), Ok(("video/webm", Some(3000))));
    // Half an hour and more: only the end of it is read.
    assert_eq!(
        seen(&samples::recorded_webm(2, 40_000, 500)),
        Ok(("audio/webm", Some(2_400_000)))
    );
    let said = samples::element(b"\x44\x89", &4_200f64.to_be_bytes());
    let mut webm = samples::recorded_webm(2, 5, 5);
    let at = webm.windows(4).position(|w| w == b"\x16\x54\xae\x6b").unwrap();
    webm.splice(at..at, samples::element(b"\x15\x49\xa9\x66", &said));
    assert_eq!(seen(&webm), Ok(("audio/webm", Some(4200))));

    for own_lengths in [true, false] {
        // 20 fragments of 50 samples of 1024 at 48 kHz.
        let expected = 20 * 50 * 1024 * 1000 / 48_000;
        assert_eq!(
            seen(&samples::fragmented_mp4(20, own_lengths)),
            Ok(("audio/mp4", Some(expected)))
        );
    }
    let (_, long) = seen(&samples::fragmented_mp4(3000, true)).unwrap();
    let expected = 3000 * 50 * 1024 * 1000 / 48_000;
    assert!((long.unwrap() - expected).abs() < expected / 50, "{long:?} {expected}");
    assert_eq!(
        seen(&samples::mp4(b"M4A ", b"soun", 1234)),
        Ok(("audio/mp4", Some(1234)))
    );
    assert_eq!(seen(&samples::mp4(b"isom", b"vide", 99)), Ok(("video/mp4", Some(99))));
    assert_eq!(
        seen(&samples::mp4(b"qt  ", b"vide", 99)),
        Ok(("video/quicktime", Some(99)))
    );
    assert_eq!(
        seen(&samples::mp4(b"isom", b"text", 99)).unwrap().0,
        "application/octet-stream"
    );

    let opus = [
        samples::page(true, 7, 0, &samples::opus_head(312)),
        samples::page(false, 7, 96_312, &[1; 600]),
    ];
    assert_eq!(seen(&opus.concat()), Ok(("audio/ogg", Some(2000))));
    let unended = [
        opus.concat(),
        samples::page(false, 7, u64::MAX, &[1; 600]),
        samples::page(false, 8, 5, &[1]),
    ];
    assert_eq!(seen(&unended.concat()), Ok(("audio/ogg", Some(2000))));
    let theora = [samples::page(true, 1, 0, b"\x80theora...."), opus.concat()];
    assert_eq!(seen(&theora.concat()).unwrap().0, "video/ogg");

    for len in [None, Some(0), Some(u32::MAX)] {
        assert_eq!(seen(&samples::wav(3, len)), Ok(("audio/wav", Some(3000))), "{len:?}");
    }
    // A second is 38.28 frames.
    assert_eq!(seen(&samples::mp3(383)), Ok(("audio/mpeg", Some(9981))));
    let tagged = [&b"ID3\x04\0\0\0\0\x02\0"[..], &[0; 256], &samples::mp3(383)].concat();
    assert_eq!(seen(&tagged), Ok(("audio/mpeg", Some(9981))));
    let mut vbr = samples::mp3(50);
    vbr[36..48].copy_from_slice(b"Xing\0\0\0\x01\0\0\x03\xe8");
    assert_eq!(seen(&vbr), Ok(("audio/mpeg", Some(1000 * 1152 * 1000 / 44_100))));
    let adts = [0xFF, 0xF1, 0x50, 0x80, 0x19, 0x1F, 0xFC]
        .iter()
        .copied()
        .chain([0; 193])
        .collect::<Vec<u8>>();
    assert_eq!(
        seen(&adts.repeat(1000)),
        Ok(("audio/aac", Some(1000 * 1024 * 1000 / 44_100)))
    );
    let rate_and_samples: u64 = 44_100 << 44 | 88_200;
    let flac = [
        &b"fLaC\0\0\0\x22"[..],
        &[0; 10],
        &rate_and_samples.to_be_bytes(),
        &[0; 50],
    ]
    .concat();
    assert_eq!(seen(&flac), Ok(("audio/flac", Some(2000))));
    assert_eq!(mime(b"#!AMR\n\x3c\x08\0\0\0\0\0"), "audio/amr");
}

#[test]
fn containers_that_lie_end_at_once() {
    let tiny = |bytes: &[u8], n: usize| bytes.repeat(n);
    let boxes = [
        samples::boxed(b"ftyp", b"isom"),
        tiny(&samples::boxed(b"free", b""), 1_000_000),
    ]
    .concat();
    let nested = [samples::boxed(b"ftyp", b"isom"), tiny(b"\xff\xff\xff\xffmoov", 200_000)].concat();
    let zero = [samples::boxed(b"ftyp", b"isom"), b"\0\0\0\0moov\0\0\0\x02trak".to_vec()].concat();
    let runs = [
        samples::fragmented_mp4(1, true),
        tiny(&samples::boxed(b"trun", &[0, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF]), 50_000),
    ];
    let elements = [samples::recorded_webm(2, 1, 1), tiny(b"\xec\x80", 3_000_000)].concat();
    let far = [
        samples::recorded_webm(2, 1, 1),
        b"\xec\x01\xff\xff\xff\xff\xff\xff\xfe".to_vec(),
    ]
    .concat();
    let pages = tiny(&samples::page(true, 1, 0, b"x"), 100_000);
    let chunks = [b"RIFF\0\0\0\0WAVE".to_vec(), tiny(b"junk\0\0\0\0", 100_000)].concat();
    let id3 = b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec();
    let syncs = tiny(&[0xFF, 0xFB], 500_000);
    let segments = [vec![0xFF, 0xD8], tiny(&[0xFF, 0xDB, 0, 2], 500_000)].concat();
    let padding = [vec![0xFF, 0xD8], vec![0xFF; 5_000_000]].concat();
    let blocks = [samples::gif(9, 9, 1)[..25].to_vec(), tiny(&[0x21, 0xF9, 0], 1_000_000)].concat();
    let names = samples::zip(&vec!["n"; 60_000]);
    for bytes in [
        boxes,
        nested,
        zero,
        runs.concat(),
        elements,
        far,
        pages,
        chunks,
        id3,
        syncs,
        segments,
        padding,
        blocks,
        names,
    ] {
        let mut file = file(&bytes);
        let start = samples::processor_time();
        let _ = look(&mut file).unwrap();
        let took = samples::processor_time() - start;
        // A tenth of it when built for release.
        assert!(took < Duration::from_millis(250), "{took:?} {:?}", &bytes[..16]);
    }
}

proptest! {
    #[test]
    fn no_bytes_break_it(start in 0usize..16, bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let starts: [&[u8]; 16] = [
            b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"GIF89a", b"RIFF\xff\0\0\0WEBP", b"\x1a\x45\xdf\xa3",
            b"OggS\0\x02", b"\0\0\0\x0cftypisom", b"RIFF\0\0\0\0WAVE", b"ID3\x04\0\0\0\0\0\0", b"\xff\xf1", b"PK\x03\x04",
            &ole::SIGNATURE, b"fLaC", b"\xff\xfe", b"PK\x05\x06",
        ];
        let _ = look(&mut file(&[starts[start], &bytes].concat())).unwrap();
    }

    #[test]
    fn no_damage_breaks_it(
        which in 0usize..12,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut bytes = match which {
            0 => samples::jpeg(20, 10),
            1 => samples::png_with_alpha(20, 10),
            2 => samples::gif(20, 10, 3),
            3 => samples::webp(20, 10),
            4 => samples::recorded_webm(2, 20, 5),
            5 => samples::fragmented_mp4(3, true),
            6 => samples::mp4(b"M4A ", b"soun", 5),
            7 => [samples::page(true, 7, 0, &samples::opus_head(3)), samples::page(false, 7, 9, &[1; 60])].concat(),
            8 => samples::zip(&["[Content_Types].xml", "word/document.xml"]),
            9 => samples::ole([0; 4], "Workbook"),
            10 => samples::mp3(5),
            _ => samples::wav(1, None),
        };
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = look(&mut file(&bytes)).unwrap();
    }
}
