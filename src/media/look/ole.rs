//! The compound files of old Office programs (MS-CFB), by the names of their streams.

use std::fs::File;
use std::io;

use super::bytes::{Bytes, Stop, Walk};

/// What such a file begins with.
pub const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// Sectors of the directory that are read: 512 entries, more than a document of these has at its top.
const MAX_SECTORS: u32 = 128;

/// What a compound file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ole {
    /// An installer.
    Program,
    /// A document, by its media type.
    Document(&'static str),
    /// Something else: mail, databases, drawings.
    Other,
}

/// Looks at the directory of `file`, which begins with [`SIGNATURE`].
pub fn walk(file: &File) -> io::Result<Ole> {
    match directory(&mut Bytes::of(file)?) {
        Err(Stop::Io(error)) => Err(error),
        Err(_) => Ok(Ole::Other),
        Ok(found) => Ok(found),
    }
}

fn directory(bytes: &mut Bytes<'_>) -> Walk<Ole> {
    let shift = bytes.u16_le(30)?;
    if !matches!(shift, 9 | 12) {
        return Err(Stop::End);
    }
    let mut sector = bytes.u32_le(48)?;
    let mut first = true;
    for _ in 0..MAX_SECTORS {
        let start = (u64::from(sector) + 1) << shift;
        for entry in 0..(1u64 << shift) / 128 {
            let entry: [u8; 128] = bytes.array(start + entry * 128)?;
            // The class of Windows Installer's files: packages, patches and transforms.
            if first && matches!(entry[80..84], [0x82 | 0x84 | 0x86, 0x10, 0x0C, 0]) {
                return Ok(Ole::Program);
            }
            first = false;
            if let Some(mime) = document(&entry) {
                return Ok(Ole::Document(mime));
            }
        }
        sector = next(bytes, sector, shift)?;
    }
    Ok(Ole::Other)
}

/// The document that has a stream of this entry's name.
fn document(entry: &[u8; 128]) -> Option<&'static str> {
    let len = usize::from(u16::from_le_bytes([entry[64], entry[65]])).checked_sub(2)?;
    let name: String = entry
        .get(..len.min(64))?
        .iter()
        .step_by(2)
        .map(|b| char::from(*b))
        .collect();
    match name.as_str() {
        "WordDocument" => Some("application/msword"),
        "Workbook" | "Book" => Some("application/vnd.ms-excel"),
        "PowerPoint Document" => Some("application/vnd.ms-powerpoint"),
        _ => None,
    }
}

/// The sector that follows: from the allocation table, whose first 109 sectors the header names.
fn next(bytes: &mut Bytes<'_>, sector: u32, shift: u16) -> Walk<u32> {
    let a_sector = 1u32 << (shift - 2);
    let table = sector / a_sector;
    if table >= 109 {
        return Err(Stop::End);
    }
    let table = bytes.u32_le(76 + 4 * u64::from(table))?;
    let next = bytes.u32_le(((u64::from(table) + 1) << shift) + 4 * u64::from(sector % a_sector))?;
    // From here on: no sector, end of chain.
    if next >= 0xFFFF_FFFA { Err(Stop::End) } else { Ok(next) }
}
