//! QR codes as one SVG path, so that the page needs no image, no inline style and no library.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// A QR code on a grid of `size` × `size` modules, quiet zone not included.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Qr {
    /// Modules a side: the SVG's view box is `0 0 size size`, and 4 more on each side for the quiet zone.
    pub size: u32,
    /// SVG path data of the dark modules.
    pub path: String,
}

/// The code of a text; `None` when the text is too long for any (about 2 KB).
#[must_use]
pub fn encode(text: &str) -> Option<Qr> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = u32::try_from(code.size()).ok()?;
    Some(Qr {
        size,
        path: path(&code),
    })
}

/// One rectangle a horizontal run of dark modules: a third of the length of one a module.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|&x| code.get_module(x, y)).count();
            if length > 0 {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            x += i32::try_from(length).unwrap_or(code.size()) + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_path_covers_exactly_the_dark_modules() {
        let text = "otpauth://totp/Konu%C5%9Fma:ayse?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Konu%C5%9Fma";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let qr = encode(text).unwrap();
        assert_eq!(qr.size as i32, code.size());
        let mut drawn = HashSet::new();
        for run in qr.path.split_terminator('z') {
            let (start, shape) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = start
                .split_once(' ')
                .map(|(x, y)| (x.parse::<i32>().unwrap(), y.parse::<i32>().unwrap()))
                .unwrap();
            let length: i32 = shape.split_once('v').unwrap().0.parse().unwrap();
            assert_eq!(shape, format!("{length}v1h-{length}"));
            for x in x..x + length {
                assert!(drawn.insert((x, y)), "{x},{y} twice");
            }
        }
        let dark: HashSet<_> = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|&(x, y)| code.get_module(x, y))
            .collect();
        assert_eq!(drawn, dark);
        assert!(
            qr.path.starts_with("M0 0h7v1h-7z"),
            "the finder pattern begins at the corner"
        );
    }

    #[test]
    fn what_no_code_can_hold_is_refused() {
        assert_eq!(encode(&"x".repeat(3000)), None);
    }
}
