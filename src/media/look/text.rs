//! Is it plain text, and is it really plain?

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// How much of a text is searched for markup. Browsers look at 1.5 KB at most.
const MARKUP_SEARCH: usize = 64 * 1024;
const CHUNK: usize = 64 * 1024;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// Nothing but words.
    Plain,
    /// A browser might run what is in it.
    Html,
    /// The same, as a drawing.
    Svg,
    /// The same, as XML.
    Xml,
}

/// What the text in `file` is; `None` if it is none: text is UTF-8, or UTF-16 with its mark, without control characters.
/// Reads it all, a chunk at a time, as far as it is text.
pub fn of(file: &File) -> io::Result<Option<Text>> {
    let mut chunk = vec![0; CHUNK];
    let (mut at, mut kept) = (0, 0);
    let mut encoding = Encoding::Utf8;
    let mut start = String::new();
    loop {
        let read = file.read_at(&mut chunk[kept..], at)?;
        let end = kept + read;
        let mut bytes = &chunk[..end];
        if at == 0 {
            (encoding, bytes) = Encoding::of(bytes);
        }
        let Some((text, rest)) = encoding.decode(bytes) else {
            return Ok(None);
        };
        if text.bytes().any(is_control) {
            return Ok(None);
        }
        if start.is_empty() {
            start.push_str(text.get(..text.floor_char_boundary(MARKUP_SEARCH)).unwrap_or_default());
        }
        if read == 0 {
            // Half a character at the end is none.
            return Ok((rest == 0 && !start.is_empty()).then(|| markup(&start)));
        }
        at += read as u64;
        chunk.copy_within(end - rest..end, 0);
        kept = rest;
    }
}

/// C0 controls but tab, line feed, form feed and carriage return; and delete.
pub fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | 0x0C | b'\r') || byte == 0x7F
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
}

impl Encoding {
    /// By the mark at the start, which is taken off.
    fn of(bytes: &[u8]) -> (Self, &[u8]) {
        match bytes {
            [0xEF, 0xBB, 0xBF, rest @ ..] => (Self::Utf8, rest),
            [0xFE, 0xFF, rest @ ..] => (Self::Utf16(u16::from_be_bytes), rest),
            [0xFF, 0xFE, rest @ ..] => (Self::Utf16(u16::from_le_bytes), rest),
            _ => (Self::Utf8, bytes),
        }
    }

    /// The text in `bytes`, and how many bytes at the end are the start of a character.
    fn decode(self, bytes: &[u8]) -> Option<(std::borrow::Cow<'_, str>, usize)> {
        match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Some((text.into(), 0)),
                Err(error) if error.error_len().is_none() => {
                    let (whole, rest) = bytes.split_at(error.valid_up_to());
                    Some((std::str::from_utf8(whole).ok()?.into(), rest.len()))
                }
                Err(_) => None,
            },
            Self::Utf16(unit) => {
                let mut units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
                let mut rest = bytes.len() % 2;
                if units.last().is_some_and(|last| (0xD800..0xDC00).contains(last)) {
                    units.pop();
                    rest += 2;
                }
                Some((String::from_utf16(&units).ok()?.into(), rest))
            }
        }
    }
}

/// Markup, if anything in the start of a text looks like it: rather one harmless note too many kept from being shown as
/// plain than one page too few.
fn markup(start: &str) -> Text {
    let start = start.to_ascii_lowercase();
    let has = |tag: &str| start.contains(tag);
    const HTML: [&str; 18] = [
        "<!doctype",
        "<html",
        "<head>",
        "<body",
        "<script",
        "<iframe",
        "<style",
        "<title",
        "<meta",
        "<link",
        "<object",
        "<embed",
        "<form",
        "<img",
        "<base",
        "<frame",
        "<math",
        "<a href",
    ];
    if has("<svg") {
        Text::Svg
    } else if HTML.iter().any(|tag| has(tag)) {
        Text::Html
    } else if has("<?xml") || has("<xsl") || has("<!entity") || start.trim_start().starts_with("<?") {
        Text::Xml
    } else if tag_first(start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')) {
        Text::Html
    } else {
        Text::Plain
    }
}

/// A tag or a comment is the first thing: `<p`, `</p`, `<!--`.
fn tag_first(start: &str) -> bool {
    let mut characters = start.chars();
    characters.next() == Some('<')
        && characters
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || "!/?".contains(c))
}
