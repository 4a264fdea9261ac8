//! A look at a file: its type by content, its length in time, and whether it may be taken at all.
//!
//! Neither the name nor what a browser said counts. A file that is several things at once is what its first bytes say,
//! and is served as that, or as nothing known.

mod bytes;
mod gif;
pub mod image;
mod jpeg;
mod matroska;
mod mp4;
mod ogg;
mod ole;
mod png;
mod program;
mod sound;
mod text;
mod webp;
mod zip;

pub use gif::Count as GifCount;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use serde::{Deserialize, Serialize};

use self::bytes::{Bytes, Stop, Walk};
use self::image::Format;
use self::text::Text;
use super::types::FileType;

/// What is read to tell the type: `infer` looks no further than this for what it is asked here.
const HEAD: usize = 4096;

/// What a file is.
#[derive(Debug)]
pub struct Found {
    /// Its row in the table.
    pub file_type: &'static FileType,
    /// How long it sounds or runs, when its container tells.
    pub duration_ms: Option<i64>,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// Something a computer would run.
    #[error("programs are not taken")]
    Program,
    /// It says that it is a picture, and is none.
    #[error("the picture cannot be read")]
    ImageBroken,
    /// Decoding it would take more memory than there is for it.
    #[error("the picture has too many pixels, frames or notes")]
    ImageTooLarge,
}

/// Looks at `file` from its start, whatever its position. Blocks; reads less than 1 MB, but text to its end.
///
/// # Errors
/// The file cannot be read.
pub fn look(file: &mut File) -> io::Result<Result<Found, Refused>> {
    let head = head(file)?;
    if program::is_program(&head) {
        return Ok(Err(Refused::Program));
    }
    if head.starts_with(&ole::SIGNATURE) {
        return Ok(match ole::walk(file)? {
            ole::Ole::Program => Err(Refused::Program),
            ole::Ole::Document(mime) => Ok(found(mime)),
            ole::Ole::Other => Ok(unknown()),
        });
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(match zip::walk(file)? {
            zip::Zip::Program => Err(Refused::Program),
            zip::Zip::Document(mime) => Ok(found(mime)),
            zip::Zip::Macros => Ok(unknown()),
            zip::Zip::Archive => Ok(found("application/zip")),
        });
    }
    if let Some(format) = image::format(&head) {
        return Ok(image::header(file, format)?.map(|_| found(mime_of(format))));
    }
    if let Some(found) = playable(file, &head)? {
        return Ok(Ok(found));
    }
    if let Some(mime) = marked(&head) {
        return Ok(Ok(found(mime)));
    }
    Ok(Ok(match text::of(file)? {
        Some(Text::Plain) => found("text/plain"),
        Some(Text::Html) => found("text/html"),
        Some(Text::Svg) => found("image/svg+xml"),
        Some(Text::Xml) => found("application/xml"),
        None => unknown(),
    }))
}

fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD];
    let mut len = 0;
    loop {
        match file.read_at(&mut head[len..], len as u64)? {
            0 => break,
            read => len += read,
        }
    }
    head.truncate(len);
    Ok(head)
}

fn found(mime: &str) -> Found {
    sounding(mime, None)
}

fn unknown() -> Found {
    Found {
        file_type: FileType::unknown(),
        duration_ms: None,
    }
}

fn sounding(mime: &str, duration_ms: Option<i64>) -> Found {
    Found {
        file_type: FileType::by_mime(mime).unwrap_or(FileType::unknown()),
        duration_ms,
    }
}

fn mime_of(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "image/jpeg",
        Format::Png => "image/png",
        Format::Gif => "image/gif",
        Format::WebP => "image/webp",
    }
}

/// Sound and video, with their length. Containers are looked into: a browser's recorder calls sound what `infer` calls
/// video.
fn playable(file: &File, head: &[u8]) -> io::Result<Option<Found>> {
    let mut bytes = Bytes::of(file)?;
    Ok(if head.starts_with(b"\x1a\x45\xdf\xa3") {
        let matroska = matroska::walk(file)?;
        match (matroska.webm, matroska.video, matroska.audio) {
            (_, false, false) => Some(unknown()),
            (true, false, true) => Some(sounding("audio/webm", matroska.duration_ms)),
            (true, true, _) => Some(sounding("video/webm", matroska.duration_ms)),
            (false, ..) => Some(sounding("video/x-matroska", matroska.duration_ms)),
        }
    } else if head.starts_with(b"OggS") {
        let ogg = ogg::walk(file)?;
        match (ogg.video, ogg.audio) {
            (true, _) => Some(sounding("video/ogg", ogg.duration_ms)),
            (false, true) => Some(sounding("audio/ogg", ogg.duration_ms)),
            (false, false) => Some(unknown()),
        }
    } else if let Some(brand) = head
        .get(4..8)
        .filter(|kind| *kind == b"ftyp")
        .and_then(|_| head.get(8..12))
    {
        Some(family(file, brand)?)
    } else if head.starts_with(b"RIFF") {
        match head.get(8..12) {
            Some(b"WAVE") => measured("audio/wav", sound::wav(&mut bytes))?.or(Some(unknown())),
            Some(b"AVI ") => Some(found("video/x-msvideo")),
            _ => Some(unknown()),
        }
    } else if head.starts_with(b"fLaC") {
        measured("audio/flac", sound::flac(&mut bytes))?
    } else if head.starts_with(b"ID3") || matches!(head, [0xFF, 0xE0..=0xFF, ..]) {
        match measured("audio/mpeg", sound::mp3(&mut bytes))? {
            Some(found) => Some(found),
            None => measured("audio/aac", sound::adts(&mut bytes))?,
        }
    } else {
        None
    })
}

/// A walk that did not end too early to be of this type.
fn measured(mime: &str, walk: Walk<Option<i64>>) -> io::Result<Option<Found>> {
    match walk {
        Ok(duration_ms) => Ok(Some(sounding(mime, duration_ms))),
        Err(Stop::Spent) => Ok(Some(found(mime))),
        Err(Stop::End) => Ok(None),
        Err(Stop::Io(error)) => Err(error),
    }
}

/// MP4 and its relatives, by their brand and what is in them.
fn family(file: &File, brand: &[u8]) -> io::Result<Found> {
    match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
            return Ok(found("image/heic"));
        }
        b"avif" | b"avis" => return Ok(found("image/avif")),
        _ => {}
    }
    let mp4 = mp4::walk(file)?;
    Ok(match (brand, mp4.video, mp4.audio) {
        (_, false, false) => unknown(),
        (b"qt  ", ..) => sounding("video/quicktime", mp4.duration_ms),
        ([b'3', b'g', ..], true, _) => sounding("video/3gpp", mp4.duration_ms),
        (_, true, _) => sounding("video/mp4", mp4.duration_ms),
        (_, false, true) => sounding("audio/mp4", mp4.duration_ms),
    })
}

/// Types that their first bytes are enough for.
fn marked(head: &[u8]) -> Option<&'static str> {
    // At the very start: `infer` would find it anywhere in the first 1024 bytes, behind a page with scripts.
    if head.starts_with(b"%PDF-") {
        return Some("application/pdf");
    }
    if head.starts_with(b"{\\rtf") {
        return Some("application/rtf");
    }
    // Two letters make a bitmap for `infer`, and the start of many a sentence.
    if !head.iter().copied().any(text::is_control) {
        return None;
    }
    match infer::get(head)?.mime_type() {
        "application/gzip" => Some("application/gzip"),
        "application/x-bzip2" => Some("application/x-bzip2"),
        "application/x-xz" => Some("application/x-xz"),
        "application/zstd" => Some("application/zstd"),
        "application/x-7z-compressed" => Some("application/x-7z-compressed"),
        "application/vnd.rar" => Some("application/vnd.rar"),
        "application/x-tar" => Some("application/x-tar"),
        "image/tiff" => Some("image/tiff"),
        "image/bmp" => Some("image/bmp"),
        "image/vnd.microsoft.icon" => Some("image/vnd.microsoft.icon"),
        "audio/amr" => Some("audio/amr"),
        "audio/midi" => Some("audio/midi"),
        "audio/x-aiff" => Some("audio/aiff"),
        "video/x-ms-wmv" => Some("video/x-ms-wmv"),
        "video/mpeg" => Some("video/mpeg"),
        "video/x-flv" => Some("video/x-flv"),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
