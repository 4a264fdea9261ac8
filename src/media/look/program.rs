//! What a computer would run.

use super::text::is_control;

/// Whether a file that begins with `head` is a program, an installer, or a shortcut to one.
pub fn is_program(head: &[u8]) -> bool {
    const STARTS: [&[u8]; 17] = [
        b"\x7fELF",
        b"\0asm",
        b"#!",
        b"dex\n",
        b"dey\n",
        // Mach-O, of both widths and byte orders, and of several; Java classes begin like the last.
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xca\xfe\xba\xbe",
        b"BC\xc0\xde",
        // A Windows shortcut.
        b"L\0\0\0\x01\x14\x02\0",
        // Packages: Debian, RPM, macOS, Chrome.
        b"!<arch>\ndebian",
        b"\xed\xab\xee\xdb",
        b"xar!",
        b"Cr24",
        // Compiled help of Windows, which runs scripts.
        b"ITSF",
    ];
    // Speech of old phones begins like a script.
    if head.starts_with(b"#!AMR\n") {
        return false;
    }
    STARTS.iter().any(|start| head.starts_with(start))
        // DOS and Windows programs; a text that begins with these letters is none.
        || (head.starts_with(b"MZ") || head.starts_with(b"ZM")) && head.iter().any(|byte| is_control(*byte))
        // Flash: its version follows.
        || matches!(head, [b'F' | b'C' | b'Z', b'W', b'S', 1..=0x40, ..]) && head.len() > 8 && head.contains(&0)
}

/// Whether a zip with these names in it is one: Java, Android, Windows or iOS would install or run it.
pub fn is_in_zip(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 5] = [
        b"META-INF/MANIFEST.MF",
        b"AndroidManifest.xml",
        b"classes.dex",
        b"AppxManifest.xml",
        b"extension.vsixmanifest",
    ];
    NAMES.iter().any(|program| name.eq_ignore_ascii_case(program))
        || name.starts_with(b"Payload/") && name.ends_with(b".app/")
}
