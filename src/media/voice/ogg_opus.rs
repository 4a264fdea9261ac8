//! Opus packets into Ogg pages (RFC 7845).

use ogg::writing::{PacketWriteEndInfo, PacketWriter};

use super::NotConverted;

/// Ogg tells streams of one file apart by it; there is only one.
const SERIAL: u32 = 1;
/// RFC 7845 §3 wants pages that are not longer, so that players find their place.
const PAGE_SAMPLES: u64 = 48_000;
/// Of a packet: 120 ms (RFC 6716 §3.2.5). All of Ogg Opus counts in samples of 48 kHz.
const PACKET_SAMPLES_MAX: u64 = 5760;
const NANOSECONDS_A_SECOND: u64 = 1_000_000_000;

/// One packet, and what of it should not be heard.
#[derive(Debug)]
pub struct Packet {
    /// As the encoder made it.
    pub bytes: Vec<u8>,
    /// Nanoseconds at its end that are only padding.
    pub discard_ns: u64,
}

/// Writes one stream.
pub struct Writer {
    pages: PacketWriter<'static, Vec<u8>>,
    /// It waits for the next: the last one is written differently.
    held: Option<Packet>,
    /// Samples up to and with the held packet.
    samples: u64,
    /// Samples up to the end of the last page.
    page_began: u64,
}

impl Writer {
    /// With `head`, an `OpusHead` (RFC 7845 §5.1) of one or two channels, which is also what Matroska keeps as
    /// `CodecPrivate`.
    pub fn begin(head: &[u8]) -> Result<Writer, NotConverted> {
        let sound = head.len() == 19
            && head.starts_with(b"OpusHead")
            // Versions up to 15 are compatible (§5.1); channel mapping family 0 has one stream and no table.
            && head[8] < 16
            && matches!(head[9], 1 | 2)
            && head[18] == 0;
        if !sound {
            return Err(NotConverted::NotOpus);
        }
        let mut writer = Writer {
            pages: PacketWriter::new(Vec::new()),
            held: None,
            samples: 0,
            page_began: 0,
        };
        writer.write(head.to_vec(), PacketWriteEndInfo::EndPage, 0)?;
        writer.write(tags(), PacketWriteEndInfo::EndPage, 0)?;
        Ok(writer)
    }

    /// The next packet.
    pub fn packet(&mut self, packet: Packet) -> Result<(), NotConverted> {
        let samples = samples(&packet.bytes).ok_or(NotConverted::Damaged)?;
        if let Some(held) = self.held.replace(packet) {
            let end = if self.samples - self.page_began + samples > PAGE_SAMPLES {
                self.page_began = self.samples;
                PacketWriteEndInfo::EndPage
            } else {
                PacketWriteEndInfo::NormalPacket
            };
            self.write(held.bytes, end, self.samples)?;
        }
        self.samples += samples;
        Ok(())
    }

    /// The file.
    pub fn end(mut self) -> Result<Vec<u8>, NotConverted> {
        let last = self.held.take().ok_or(NotConverted::NotOpus)?;
        // A last position below the sum says that the end is padding (§4.4).
        let discarded = u128::from(last.discard_ns) * u128::from(PAGE_SAMPLES) / u128::from(NANOSECONDS_A_SECOND);
        let discarded = u64::try_from(discarded).unwrap_or(u64::MAX).min(PACKET_SAMPLES_MAX);
        let position = self.samples.saturating_sub(discarded);
        self.write(last.bytes, PacketWriteEndInfo::EndStream, position)?;
        Ok(self.pages.into_inner())
    }

    fn write(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo, position: u64) -> Result<(), NotConverted> {
        // Writing into memory does not fail.
        self.pages
            .write_packet(packet, SERIAL, end, position)
            .map_err(|error| NotConverted::Unreadable(error.kind()))
    }
}

/// `OpusTags` with our name and nothing about anybody (RFC 7845 §5.2).
fn tags() -> Vec<u8> {
    let vendor = env!("CARGO_PKG_NAME").as_bytes();
    let length = (vendor.len() as u32).to_le_bytes();
    [b"OpusTags".as_slice(), &length, vendor, &0_u32.to_le_bytes()].concat()
}

/// How many samples a packet has, by its first bytes (RFC 6716 §3.1). Nothing when it has none, or too many.
fn samples(packet: &[u8]) -> Option<u64> {
    let (&first, rest) = packet.split_first()?;
    let configuration = first >> 3;
    let frame: u64 = match configuration {
        // SILK: 10, 20, 40, 60 ms.
        0..12 => [480, 960, 1920, 2880][usize::from(configuration % 4)],
        // Hybrid: 10, 20 ms.
        12..16 => [480, 960][usize::from(configuration % 2)],
        // CELT: 2.5, 5, 10, 20 ms.
        _ => [120, 240, 480, 960][usize::from(configuration % 4)],
    };
    let frames = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(rest.first()? & 0x3f),
    };
    let samples = frame * frames;
    (1..=PACKET_SAMPLES_MAX).contains(&samples).then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_says_how_long_it_is() {
        let of = |bytes: &[u8]| samples(bytes);
        assert_eq!(of(&[0xf8, 0]), Some(960), "CELT, full band, 20 ms");
        assert_eq!(of(&[0xfc]), Some(960), "the same in stereo");
        assert_eq!(of(&[0x18]), Some(2880), "SILK, narrow band, 60 ms");
        assert_eq!(of(&[0x60]), Some(480), "hybrid, 10 ms");
        assert_eq!(of(&[0xe1]), Some(240), "two of 2.5 ms");
        assert_eq!(of(&[0xfb, 0x06]), Some(5760), "six of 20 ms");
        assert_eq!(of(&[0xfb, 0x07]), None, "more than 120 ms");
        assert_eq!(of(&[0xfb, 0x40]), None, "no frames");
        assert_eq!(of(&[0xfb]), None, "cut off");
        assert_eq!(of(&[]), None);
    }
}
