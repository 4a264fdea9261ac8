//! Names that can be shown, and that say what a file is.

use unicode_normalization::UnicodeNormalization as _;

use super::types::FileType;

/// What fits on two lines, and what every file system takes with an extension and in any alphabet.
const MAX_CHARACTERS: usize = 200;
/// What remains of a name that was nothing but dots, controls and folders.
const NAMELESS: &str = "file";
/// Longer ones are words behind a dot.
const MAX_EXTENSION: usize = 16;

/// Extensions that make Windows, macOS or a Linux desktop run a file that is opened, or follow where it points. A file
/// of unknown kind may keep any other extension.
const ACTIVE: &[&str] = &[
    "action",
    "apk",
    "app",
    "appimage",
    "application",
    "appref-ms",
    "appx",
    "bat",
    "bash",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "csh",
    "deb",
    "desktop",
    "diagcab",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "exe",
    "gadget",
    "hta",
    "img",
    "inf",
    "ins",
    "iqy",
    "iso",
    "isp",
    "jar",
    "jnlp",
    "js",
    "jse",
    "ksh",
    "lib",
    "library-ms",
    "lnk",
    "mht",
    "mhtml",
    "mobileconfig",
    "msc",
    "msh",
    "msi",
    "msix",
    "msp",
    "mst",
    "osx",
    "out",
    "pif",
    "pkg",
    "ppam",
    "ppsm",
    "potm",
    "pptm",
    "prg",
    "ps1",
    "psc1",
    "psd1",
    "psm1",
    "py",
    "pyc",
    "pyw",
    "pyz",
    "rb",
    "reg",
    "rgs",
    "rpm",
    "run",
    "scf",
    "scpt",
    "scr",
    "sct",
    "service",
    "settingcontent-ms",
    "sh",
    "shb",
    "shs",
    "so",
    "svgz",
    "swf",
    "terminal",
    "theme",
    "tool",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "webloc",
    "website",
    "workflow",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "xbap",
    "xhtml",
    "xht",
    "xlam",
    "xll",
    "xlsm",
    "xltm",
    "xsl",
    "xslt",
    "zsh",
];

/// A name for a file of `file_type`: of what was `given` the last path component, without control and bidirectional
/// characters, at most 200 characters, with an extension that fits.
#[must_use]
pub fn fitted(given: Option<&str>, file_type: &FileType) -> String {
    let last = given.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !is_hidden(*c)).nfc().collect();
    // Spaces of all kinds are spaces; at the ends they and dots hide an extension from people and from Windows.
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = clean.trim_matches(['.', ' ']);
    let (stem, kept) = match clean.rsplit_once('.') {
        Some((stem, extension)) if fits(extension, file_type) => (stem, extension),
        _ => (clean, ""),
    };
    // `.jpg` alone is no name.
    let stem = stem.trim_end_matches(['.', ' ']);
    let stem = if stem.is_empty() { NAMELESS } else { stem };
    let extension = if kept.is_empty() { file_type.extensions[0] } else { kept };
    let room = MAX_CHARACTERS - 1 - extension.chars().count();
    let stem: String = stem.chars().take(room).collect();
    format!("{}.{extension}", stem.trim_end_matches(['.', ' ']))
}

fn fits(extension: &str, file_type: &FileType) -> bool {
    let lower = extension.to_ascii_lowercase();
    if file_type != FileType::unknown() {
        return file_type.extensions.contains(&lower.as_str());
    }
    // Unknown bytes may be a drawing of some program (`.dwg`), but not what we would know or somebody would run.
    (1..=MAX_EXTENSION).contains(&lower.len())
        && lower.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (!FileType::is_extension(&lower) || file_type.extensions.contains(&lower.as_str()))
        && !ACTIVE.contains(&lower.as_str())
}

/// What is not seen, or changes how the rest is seen: controls, marks of direction, joiners that join nothing here, and
/// what the file systems of others refuse.
fn is_hidden(character: char) -> bool {
    character.is_control() && !character.is_whitespace()
        || matches!(
            character,
            '\t' | '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
        || matches!(character, '<' | '>' | ':' | '"' | '|' | '?' | '*')
        || matches!(
            u32::from(character),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B | 0x200E..=0x200F
                | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFF | 0xE0000..=0xE0FFF
        )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(given: &str, mime: &str) -> String {
        fitted(Some(given), FileType::by_mime(mime).unwrap())
    }

    #[test]
    fn hostile_names_become_plain_ones() {
        for (given, mime, expected) in [
            ("photo.jpg", "image/jpeg", "photo.jpg"),
            ("Fiş Örneği 2.PDF", "application/pdf", "Fiş Örneği 2.PDF"),
            ("../../etc/passwd", "text/plain", "passwd.txt"),
            ("C:\\Users\\x\\note.txt", "text/plain", "note.txt"),
            ("run.bat", "text/plain", "run.bat.txt"),
            ("list.csv", "text/plain", "list.csv"),
            ("a\0b.png", "image/png", "ab.png"),
            ("a\r\nSet-Cookie: x.png", "image/png", "aSet-Cookie x.png"),
            ("gpj.\u{202e}exe.png", "image/png", "gpj.exe.png"),
            ("cod\u{202e}fdp.exe", "application/pdf", "codfdp.exe.pdf"),
            ("page.html", "image/png", "page.html.png"),
            ("page.png", "text/html", "page.png.html"),
            ("photo.jpg", "application/octet-stream", "photo.jpg.bin"),
            ("house.dwg", "application/octet-stream", "house.dwg"),
            ("x.exe", "application/octet-stream", "x.exe.bin"),
            ("x.EXE. . ", "application/octet-stream", "x.EXE.bin"),
            ("x.exe ", "application/octet-stream", "x.exe.bin"),
            ("x.e\u{200b}xe", "application/octet-stream", "x.exe.bin"),
            ("x.jar", "application/zip", "x.jar.zip"),
            ("book.docm", "application/octet-stream", "book.docm.bin"),
            ("noextension", "image/gif", "noextension.gif"),
            (".jpg", "image/jpeg", "jpg.jpg"),
            ("...", "image/jpeg", "file.jpg"),
            ("", "audio/webm", "file.webm"),
            ("/", "application/octet-stream", "file.bin"),
            ("voice.mp4", "audio/mp4", "voice.mp4"),
            ("a   \u{a0} b.txt", "text/plain", "a b.txt"),
            ("cafe\u{301}.txt", "text/plain", "café.txt"),
            (
                "<img src=x onerror=alert(1)>.png",
                "image/png",
                "img src=x onerror=alert(1).png",
            ),
        ] {
            assert_eq!(named(given, mime), expected, "{given:?}");
        }
        assert_eq!(fitted(None, FileType::unknown()), "file.bin");
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = named(&format!("{}.jpeg", "ğ".repeat(4096)), "image/jpeg");
        assert_eq!(name.chars().count(), MAX_CHARACTERS);
        assert!(name.ends_with("ğ.jpeg"));
        let name = named(&"x.".repeat(4096), "text/plain");
        assert!(
            name.ends_with("x.txt") && name.chars().count() <= MAX_CHARACTERS,
            "{name}"
        );
    }

    proptest! {
        #[test]
        fn any_name_is_safe_to_show_and_to_store(given in "\\PC{0,40}|(?s:.){0,300}", i in 0usize..8) {
            let mimes = [
                "image/jpeg", "text/plain", "application/octet-stream", "audio/webm", "text/html", "application/zip",
                "application/pdf", "video/mp4",
            ];
            let file_type = FileType::by_mime(mimes[i]).unwrap();
            let name = fitted(Some(&given), file_type);
            prop_assert!(name.chars().count() <= MAX_CHARACTERS);
            prop_assert!(!name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']));
            let unsafe_ones = ['/', '\\', '\0', '\r', '\n', '"', '\u{202e}'];
            prop_assert!(!name.contains(unsafe_ones));
            let (stem, extension) = name.rsplit_once('.').unwrap();
            prop_assert!(!stem.is_empty());
            prop_assert!(fits(extension, file_type));
            // What is stored stays as it is.
            prop_assert_eq!(fitted(Some(&name), file_type), name);
        }
    }
}
