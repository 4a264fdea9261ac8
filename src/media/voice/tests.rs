//! The result is read by the `ogg` crate, which checks the checksums, and by [`crate::media::look`].

use ogg::reading::PacketReader;
use proptest::prelude::*;

use super::*;
use crate::media::samples;
use crate::media::samples::{element, opus_head};

/// A frame of 20 ms with `n` in it.
fn frame(n: u32) -> Vec<u8> {
    [&[0xf8][..], &n.to_be_bytes(), &[0; 40]].concat()
}

fn simple_block(track: u8, at_ms: u16, flags: u8, packet: &[u8]) -> Vec<u8> {
    let time = at_ms.to_be_bytes();
    element(
        b"\xa3",
        &[&[0x80 | track, time[0], time[1], flags][..], packet].concat(),
    )
}

fn track(number: u8, kind: u8, codec: &[u8], private: &[u8], more: &[u8]) -> Vec<u8> {
    let entry = [
        element(b"\xd7", &[number]),
        element(b"\x83", &[kind]),
        element(b"\x86", codec),
        element(b"\x63\xa2", private),
        more.to_vec(),
    ];
    element(b"\xae", &entry.concat())
}

/// As Chromium's recorder writes it, with these tracks and these blocks in a cluster each.
fn recording(tracks: &[Vec<u8>], clusters: &[Vec<u8>]) -> Vec<u8> {
    const UNKNOWN: &[u8] = b"\x01\xff\xff\xff\xff\xff\xff\xff";
    let mut bytes = element(b"\x1a\x45\xdf\xa3", &element(b"\x42\x82", b"webm"));
    bytes.extend([b"\x18\x53\x80\x67", UNKNOWN].concat());
    bytes.extend(element(b"\x15\x49\xa9\x66", &element(b"\x4d\x80", b"Chrome")));
    bytes.extend(element(b"\x16\x54\xae\x6b", &tracks.concat()));
    for (index, blocks) in clusters.iter().enumerate() {
        bytes.extend([b"\x1f\x43\xb6\x75", UNKNOWN].concat());
        bytes.extend(element(b"\xe7", &(index as u64 * 1000).to_be_bytes()));
        bytes.extend(blocks);
    }
    bytes
}

fn opus() -> Vec<u8> {
    track(1, 2, b"A_OPUS", &opus_head(312), &[])
}

/// 50 frames a cluster.
fn spoken(seconds: u32) -> Vec<u8> {
    let second = |second: u32| {
        let blocks = (0..50).map(|n| simple_block(1, n as u16 * 20, 0x80, &frame(second * 50 + n)));
        blocks.collect::<Vec<_>>().concat()
    };
    recording(&[opus()], &(0..seconds).map(second).collect::<Vec<_>>())
}

fn converted(webm: &[u8]) -> Result<Vec<u8>, NotConverted> {
    ogg_opus(&mut &webm[..])
}

struct Read {
    packets: Vec<Vec<u8>>,
    positions: Vec<u64>,
    ended: bool,
}

fn read(ogg: &[u8]) -> Read {
    let mut reader = PacketReader::new(std::io::Cursor::new(ogg));
    let mut read = Read {
        packets: Vec::new(),
        positions: Vec::new(),
        ended: false,
    };
    while let Some(packet) = reader.read_packet().unwrap() {
        assert!(!read.ended);
        assert_eq!(packet.first_in_stream(), read.packets.is_empty());
        if packet.last_in_page() {
            read.positions.push(packet.absgp_page());
        }
        read.ended = packet.last_in_stream();
        read.packets.push(packet.data);
    }
    read
}

#[test]
fn a_recording_becomes_ogg_with_the_same_packets() {
    let webm = spoken(3);
    let ogg = converted(&webm).unwrap();
    assert!(ogg.len() < webm.len());
    let read = read(&ogg);
    assert_eq!(read.packets[0], opus_head(312));
    assert_eq!(read.packets[1], b"OpusTags\x07\0\0\0konusma\0\0\0\0");
    assert_eq!(read.packets[2..], (0..150).map(frame).collect::<Vec<_>>()[..]);
    // The heads have pages of their own; then a page a second, each with the samples up to its end.
    assert_eq!(read.positions, [0, 0, 48_000, 96_000, 144_000]);
    assert!(read.ended);
    let found = crate::media::look(&mut samples::file(&ogg)).unwrap().unwrap();
    assert_eq!(found.file_type.mime, "audio/ogg");
    // Without the 312 samples before the beginning.
    assert_eq!(found.duration_ms, Some(2993));
}

#[test]
fn only_the_sound_of_the_first_opus_track_is_taken() {
    let tracks = [
        track(1, 1, b"V_VP8", &[7; 500], &[]),
        track(2, 2, b"A_OPUS", &opus_head(0), &[]),
        track(3, 2, b"A_OPUS", &opus_head(1), &[]),
    ];
    let blocks = [
        simple_block(1, 0, 0x80, &[1; 90_000]),
        simple_block(2, 0, 0x80, &frame(1)),
        simple_block(3, 0, 0x80, &frame(2)),
        simple_block(2, 20, 0x80, &frame(3)),
    ];
    let read = read(&converted(&recording(&tracks, &[blocks.concat()])).unwrap());
    assert_eq!(read.packets[0], opus_head(0));
    assert_eq!(read.packets[2..], [frame(1), frame(3)]);
}

#[test]
fn padding_at_the_end_is_not_heard() {
    let group = |n, padding_ns: u32| {
        let block = [&[0x81, 0, 0, 0][..], &frame(n)].concat();
        let padding = element(b"\x75\xa2", &padding_ns.to_be_bytes());
        element(b"\xa0", &[element(b"\xa1", &block), padding].concat())
    };
    let webm = recording(&[opus()], &[[group(1, 0), group(2, 10_000_000)].concat()]);
    assert_eq!(read(&converted(&webm).unwrap()).positions, [0, 0, 1920 - 480]);
}

#[test]
fn a_recording_that_was_cut_off_gives_what_is_there() {
    let webm = spoken(2);
    let whole = read(&converted(&webm).unwrap()).packets.len();
    let cut = read(&converted(&webm[..webm.len() - 20]).unwrap());
    assert_eq!(cut.packets.len(), whole - 1);
    assert!(cut.ended);
}

#[test]
fn what_recorders_do_not_write_is_not_converted() {
    let with = |track: Vec<u8>, block: Vec<u8>| converted(&recording(&[track], &[block]));
    let block = || simple_block(1, 0, 0x80, &frame(1));
    assert!(with(opus(), block()).is_ok());
    let of = |head: &[u8]| with(track(1, 2, b"A_OPUS", head, &[]), block());
    let mut surround = opus_head(312);
    surround[18] = 1;
    let mut six = opus_head(312);
    six[9] = 6;
    for head in [&[][..], &opus_head(312)[..18], &surround, &six, &[0; 19]] {
        assert_eq!(of(head), Err(NotConverted::NotOpus), "{head:?}");
    }
    let vorbis = track(1, 2, b"A_VORBIS", &[0; 3000], &[]);
    assert_eq!(with(vorbis, block()), Err(NotConverted::NotOpus));
    let compressed = track(1, 2, b"A_OPUS", &opus_head(312), &element(b"\x6d\x80", &[]));
    assert_eq!(with(compressed, block()), Err(NotConverted::NotOpus));
    let laced = simple_block(1, 0, 0x82, &frame(1));
    assert_eq!(with(opus(), laced), Err(NotConverted::NotOpus));
    assert_eq!(with(opus(), vec![]), Err(NotConverted::NotOpus));
    let endless = simple_block(1, 0, 0x80, &[0xfb, 0x3f]);
    assert_eq!(with(opus(), endless), Err(NotConverted::Damaged));
    for other in [&b""[..], b"OggS", b"\x1a\x45", b"RIFF\0\0\0\0WAVE"] {
        assert!(converted(other).is_err(), "{other:?}");
    }
}

#[test]
fn a_size_that_is_not_there_costs_nothing() {
    // An element of 2^55 bytes in the head, and one as a block.
    let huge = [&b"\xec"[..], &(1_u64 << 56 | 1 << 55).to_be_bytes(), &[0; 50]].concat();
    assert_eq!(
        converted(&recording(&[huge.clone(), opus()], &[])),
        Err(NotConverted::NotOpus)
    );
    let webm = recording(&[opus()], &[[simple_block(1, 0, 0x80, &frame(1)), huge].concat()]);
    assert_eq!(read(&converted(&webm).unwrap()).packets.len(), 3);
}

#[test]
fn a_file_that_is_too_large_is_not_read_on() {
    // Small elements without meaning, for ever.
    let mut endless = std::io::Read::chain(std::io::Cursor::new(spoken(1)), std::io::repeat(0xec));
    assert_eq!(ogg_opus(&mut endless), Err(NotConverted::TooLarge));
}

proptest! {
    #[test]
    fn a_damaged_recording_harms_nobody(
        changes in prop::collection::vec((0..6000_usize, any::<u8>()), 1..20),
        cut in 0..6000_usize,
    ) {
        let mut webm = spoken(2);
        for (at, byte) in changes {
            let at = at % webm.len();
            webm[at] = byte;
        }
        webm.truncate(webm.len().saturating_sub(cut));
        if let Ok(ogg) = converted(&webm) {
            prop_assert!(ogg.len() <= webm.len() + 300);
            let all = read(&ogg);
            prop_assert!(all.ended && all.packets.len() >= 3);
        }
    }

    #[test]
    fn any_bytes_harm_nobody(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let webm = [&b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff"[..], &bytes].concat();
        let _ = converted(&webm);
    }
}
