//! The table of file types: what the owner allows by group, what a browser may be told, which extensions fit.

use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

/// A kind of file, as the owner's list of what is taken names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Pictures, made anew before anybody sees them.
    Images,
    /// Voice notes and other sound.
    Audio,
    /// Moving pictures.
    Video,
    /// PDF.
    Pdf,
    /// Office documents.
    Documents,
    /// Plain text.
    Text,
    /// Archives of other files.
    Archives,
    /// Anything else, unknown or active in a browser.
    Other,
}

use Group::{Archives, Audio, Documents, Images, Other, Pdf, Text, Video};

impl Group {
    /// All there are.
    pub const ALL: [Self; 8] = [Images, Audio, Video, Pdf, Documents, Text, Archives, Other];
    /// What is taken until the owner decides.
    pub const DEFAULT: &'static [Self] = &[Images, Audio, Video, Pdf, Documents, Text];
}

/// One type of file.
#[derive(Debug, PartialEq, Eq)]
pub struct FileType {
    /// Its media type, without parameters.
    pub mime: &'static str,
    /// Its kind.
    pub group: Group,
    /// Extensions that fit; the first is appended to a name that has none of them.
    pub extensions: &'static [&'static str],
    /// A browser may be told what it is: nothing in it runs.
    pub inert: bool,
    /// It may be shown in place.
    pub inline: bool,
}

/// Bytes that are nothing known.
const UNKNOWN: &str = "application/octet-stream";

/// Shown in place: our own pictures, and sound.
const SHOWN: (bool, bool) = (true, true);
/// Kept as a file, under its own type.
const KEPT: (bool, bool) = (true, false);
/// Kept as a file that no browser is told the type of.
const CLOSED: (bool, bool) = (false, false);

const fn row(
    mime: &'static str,
    group: Group,
    (inert, inline): (bool, bool),
    extensions: &'static [&'static str],
) -> FileType {
    FileType {
        mime,
        group,
        extensions,
        inert,
        inline,
    }
}

#[rustfmt::skip]
static TABLE: &[FileType] = &[
    row("image/jpeg", Images, SHOWN, &["jpg", "jpeg", "jpe", "jfif"]),
    row("image/png", Images, SHOWN, &["png"]),
    row("image/gif", Images, SHOWN, &["gif"]),
    // Never stored as such: it becomes JPEG or PNG.
    row("image/webp", Images, SHOWN, &["webp"]),

    row("audio/webm", Audio, SHOWN, &["webm", "weba"]),
    row("audio/ogg", Audio, SHOWN, &["ogg", "oga", "opus", "spx"]),
    row("audio/mp4", Audio, SHOWN, &["m4a", "mp4", "m4b", "m4r"]),
    row("audio/mpeg", Audio, SHOWN, &["mp3"]),
    row("audio/wav", Audio, SHOWN, &["wav"]),
    row("audio/flac", Audio, SHOWN, &["flac"]),
    row("audio/aac", Audio, SHOWN, &["aac"]),
    row("audio/amr", Audio, SHOWN, &["amr"]),
    row("audio/aiff", Audio, SHOWN, &["aiff", "aif"]),
    row("audio/midi", Audio, SHOWN, &["mid", "midi"]),

    row("video/mp4", Video, KEPT, &["mp4", "m4v"]),
    row("video/webm", Video, KEPT, &["webm"]),
    row("video/quicktime", Video, KEPT, &["mov", "qt"]),
    row("video/x-matroska", Video, KEPT, &["mkv", "mka"]),
    row("video/3gpp", Video, KEPT, &["3gp", "3g2"]),
    row("video/ogg", Video, KEPT, &["ogv", "ogg"]),
    row("video/x-msvideo", Video, KEPT, &["avi"]),
    row("video/x-ms-wmv", Video, KEPT, &["wmv", "wma", "asf"]),
    row("video/mpeg", Video, KEPT, &["mpg", "mpeg"]),
    row("video/x-flv", Video, KEPT, &["flv"]),

    row("application/pdf", Pdf, KEPT, &["pdf"]),

    row("application/msword", Documents, KEPT, &["doc", "dot"]),
    row("application/vnd.ms-excel", Documents, KEPT, &["xls", "xlt"]),
    row("application/vnd.ms-powerpoint", Documents, KEPT, &["ppt", "pps"]),
    row("application/vnd.openxmlformats-officedocument.wordprocessingml.document", Documents, KEPT, &["docx", "dotx"]),
    row("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Documents, KEPT, &["xlsx", "xltx"]),
    row("application/vnd.openxmlformats-officedocument.presentationml.presentation", Documents, KEPT, &["pptx", "ppsx"]),
    row("application/vnd.oasis.opendocument.text", Documents, KEPT, &["odt"]),
    row("application/vnd.oasis.opendocument.spreadsheet", Documents, KEPT, &["ods"]),
    row("application/vnd.oasis.opendocument.presentation", Documents, KEPT, &["odp"]),
    row("application/rtf", Documents, KEPT, &["rtf", "doc"]),
    row("application/epub+zip", Documents, KEPT, &["epub"]),

    // Only what opens as text or in a harmless program; `run.bat` becomes `run.bat.txt`.
    row("text/plain", Text, KEPT, &[
        "txt", "text", "csv", "tsv", "log", "md", "json", "srt", "vtt", "ics", "vcf", "yaml", "yml", "toml", "ini", "tex",
    ]),

    row("application/zip", Archives, KEPT, &["zip"]),
    row("application/x-tar", Archives, KEPT, &["tar"]),
    row("application/gzip", Archives, KEPT, &["gz", "tgz"]),
    row("application/x-bzip2", Archives, KEPT, &["bz2"]),
    row("application/x-xz", Archives, KEPT, &["xz"]),
    row("application/zstd", Archives, KEPT, &["zst"]),
    row("application/x-7z-compressed", Archives, KEPT, &["7z"]),
    row("application/vnd.rar", Archives, KEPT, &["rar"]),

    // Pictures that the server does not decode.
    row("image/heic", Other, CLOSED, &["heic", "heif"]),
    row("image/avif", Other, CLOSED, &["avif"]),
    row("image/bmp", Other, CLOSED, &["bmp"]),
    row("image/tiff", Other, CLOSED, &["tif", "tiff"]),
    row("image/vnd.microsoft.icon", Other, CLOSED, &["ico"]),
    // What a browser would run scripts in.
    row("text/html", Other, CLOSED, &["html", "htm"]),
    row("image/svg+xml", Other, CLOSED, &["svg"]),
    row("application/xml", Other, CLOSED, &["xml", "kml", "gpx", "rss", "xsd"]),
    row(UNKNOWN, Other, CLOSED, &["bin"]),
];

impl FileType {
    /// The row of a media type.
    #[must_use]
    pub fn by_mime(mime: &str) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.mime == mime)
    }

    /// The row of bytes that are nothing known: the table's last.
    #[must_use]
    pub fn unknown() -> &'static Self {
        &TABLE[TABLE.len() - 1]
    }

    /// Whether some type has this extension, in lower case.
    pub(super) fn is_extension(extension: &str) -> bool {
        TABLE.iter().any(|row| row.extensions.contains(&extension))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_once_and_only_harmless_groups_are_shown_in_place() {
        for (i, row) in TABLE.iter().enumerate() {
            assert!(
                std::ptr::eq(FileType::by_mime(row.mime).unwrap(), &raw const TABLE[i]),
                "{}",
                row.mime
            );
            assert!(!row.extensions.is_empty());
            assert!(!row.inline || matches!(row.group, Images | Audio), "{}", row.mime);
            assert!(row.inert == (row.group != Other), "{}", row.mime);
            assert!(
                row.extensions
                    .iter()
                    .all(|e| e.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
            );
        }
        assert_eq!(FileType::unknown().mime, UNKNOWN);
        for active in ["text/html", "image/svg+xml", "application/xml", UNKNOWN] {
            let row = FileType::by_mime(active).unwrap();
            assert!(row.group == Other && !row.inert && !row.inline, "{active}");
        }
        assert_eq!(FileType::by_mime("text/javascript"), None);
    }

    #[test]
    fn groups_are_lower_case_words() {
        assert_eq!(
            serde_json::to_string(&Group::ALL).unwrap(),
            r#"["images","audio","video","pdf","documents","text","archives","other"]"#
        );
        assert_eq!(Group::DEFAULT, &Group::ALL[..6]);
    }
}
