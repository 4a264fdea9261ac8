//! What is in a zip, by the names in its directory.

use std::fs::File;
use std::io;

use super::bytes::{Bytes, Stop, Walk, tolerant};
use super::program;

/// A zip's comment is at most 64 KB, so the end of its directory is in here.
const TAIL: usize = 66 * 1024;

/// What a zip is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zip {
    /// A computer would run or install it.
    Program,
    /// A document, by its media type.
    Document(&'static str),
    /// A document with macros.
    Macros,
    /// Files.
    Archive,
}

/// Looks at the names in `file`, which begins like a zip.
pub fn walk(file: &File) -> io::Result<Zip> {
    let mut bytes = Bytes::of(file)?;
    // OpenDocument and EPUB begin with a file that says what they are, uncompressed.
    let first = match first_file(&mut bytes) {
        Err(Stop::Io(error)) => return Err(error),
        first => first.ok().flatten(),
    };
    let mut names = Names::default();
    // Broken, or more names than a look may read: what was found until then holds.
    tolerant(directory(&mut bytes, &mut names))?;
    Ok(if names.program {
        Zip::Program
    } else if names.macros {
        Zip::Macros
    } else if let Some(mime) = first.or(names.office.filter(|_| names.content_types)) {
        Zip::Document(mime)
    } else {
        Zip::Archive
    })
}

fn first_file(bytes: &mut Bytes<'_>) -> Walk<Option<&'static str>> {
    let (name, extra) = (bytes.u16_le(26)?, bytes.u16_le(28)?);
    if name != 8 || bytes.array(30)? != *b"mimetype" {
        return Ok(None);
    }
    let says = bytes.up_to(38 + u64::from(extra), 64)?;
    const KNOWN: [&str; 4] = [
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "application/epub+zip",
    ];
    // Templates and masters (`…text-template`) are left to be archives.
    Ok(KNOWN.into_iter().find(|mime| {
        says.strip_prefix(mime.as_bytes())
            .is_some_and(|rest| !rest.starts_with(b"-"))
    }))
}

#[derive(Default)]
struct Names {
    program: bool,
    macros: bool,
    content_types: bool,
    office: Option<&'static str>,
}

impl Names {
    fn add(&mut self, name: &[u8]) {
        self.program |= program::is_in_zip(name);
        self.macros |= name.ends_with(b"vbaProject.bin") || name.starts_with(b"Basic/");
        self.content_types |= name == b"[Content_Types].xml";
        if self.office.is_none() {
            self.office = match name {
                [b'w', b'o', b'r', b'd', b'/', ..] => {
                    Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
                }
                [b'x', b'l', b'/', ..] => Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                [b'p', b'p', b't', b'/', ..] => {
                    Some("application/vnd.openxmlformats-officedocument.presentationml.presentation")
                }
                _ => None,
            };
        }
    }
}

/// The names in the directory, as whoever opens it would read them: from the end of the file.
fn directory(bytes: &mut Bytes<'_>, names: &mut Names) -> Walk<()> {
    let start = bytes.len().saturating_sub(TAIL as u64);
    let tail = bytes.up_to(start, TAIL)?;
    let found = tail.windows(4).rposition(|window| window == b"PK\x05\x06");
    let end = start + found.ok_or(Stop::End)? as u64;
    let size = u64::from(bytes.u32_le(end + 12)?);
    // By its size, as it ends here whatever stands before the zip.
    let mut at = end.checked_sub(size).ok_or(Stop::End)?;
    while at < end {
        let head: [u8; 46] = bytes.array(at)?;
        if !head.starts_with(b"PK\x01\x02") {
            return Err(Stop::End);
        }
        let len = |i: usize| u64::from(u16::from_le_bytes([head[i], head[i + 1]]));
        let name = bytes.slice(at + 46, usize::from(u16::from_le_bytes([head[28], head[29]])))?;
        names.add(name);
        at += 46 + len(28) + len(30) + len(32);
    }
    Ok(())
}
