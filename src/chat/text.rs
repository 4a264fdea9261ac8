//! What people type, before it is stored: trimmed, limited, without what could deceive a reader.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Refusal;

/// Limits of PROTOCOL, in characters (Unicode scalar values).
pub const MESSAGE_MAX: usize = 4000;
/// A visitor's or an agent's name.
pub const NAME_MAX: usize = 80;
/// An e-mail address (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX: usize = 254;
/// A page address; browsers show less, servers log no more.
pub const URL_MAX: usize = 2000;

/// The text of a message: white space around it is cut, control characters but tab and line feed are dropped.
///
/// Errors: [`Refusal::Empty`], [`Refusal::TooLong`].
pub fn message(text: &str) -> Result<String, Refusal> {
    // The limit holds for what was sent: a client that counts must come to the same answer.
    if text.chars().count() > MESSAGE_MAX {
        return Err(Refusal::TooLong);
    }
    let clean: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let clean = clean.trim();
    if clean.is_empty() {
        return Err(Refusal::Empty);
    }
    Ok(clean.to_owned())
}

/// One line such as a name: runs of white space become one space; control and direction-changing characters are
/// dropped (they could make a name read as another's). `None` when nothing is left or more than `max` characters are.
pub fn line(text: &str, max: usize) -> Option<String> {
    let clean: String = text
        .chars()
        .filter(|c| !is_deceiving(*c))
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    (!clean.is_empty() && clean.chars().count() <= max).then_some(clean)
}

/// Controls (but white space, which becomes a space) and Unicode's bidirectional overrides and isolates (UAX #9).
fn is_deceiving(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// An e-mail address that a person could have: something, `@`, something with a dot. The proof is a letter that arrives.
pub fn email(text: &str) -> Option<String> {
    let text = line(text, EMAIL_MAX)?;
    let (local, domain) = text.rsplit_once('@')?;
    let plausible = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !text.contains(char::is_whitespace);
    plausible.then_some(text)
}

/// A page address of http or https, as agents see it and may open it.
pub fn page_url(text: &str) -> Option<String> {
    let text = line(text, URL_MAX)?;
    let lower = text.get(..8).unwrap_or(&text).to_ascii_lowercase();
    (lower.starts_with("http://") || lower.starts_with("https://")).then_some(text)
}

/// A name of the form that IANA's time zones have. Which of them exist, browsers know.
pub fn is_time_zone_name(name: &str) -> bool {
    (1..=60).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
}

/// Text as the search sees it: lower case by Turkish and common rules at once (`İ`, `I`, `ı` and `i` are one letter),
/// compatibility forms (NFKD) without their diacritics.
pub fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ı' { 'i' } else { c })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_trimmed_counted_in_characters_and_never_empty() {
        assert_eq!(message("  selam\r\ndünya\u{0}\u{7} \n").unwrap(), "selam\ndünya");
        assert_eq!(message(" \n\t\u{0} "), Err(Refusal::Empty));
        assert_eq!(message(&"ğ".repeat(MESSAGE_MAX)).unwrap().chars().count(), MESSAGE_MAX);
        assert_eq!(message(&"a".repeat(MESSAGE_MAX + 1)), Err(Refusal::TooLong));
    }

    #[test]
    fn a_name_cannot_deceive() {
        assert_eq!(line(" Ayşe \n Yıldız ", NAME_MAX).unwrap(), "Ayşe Yıldız");
        assert_eq!(line("admin\u{202e}nimda", NAME_MAX).unwrap(), "adminnimda");
        assert_eq!(line("\u{202e}\u{200f}", NAME_MAX), None);
        assert_eq!(line(&"a".repeat(81), NAME_MAX), None);
    }

    #[test]
    fn addresses() {
        assert_eq!(email(" ayse@example.com ").unwrap(), "ayse@example.com");
        for wrong in [
            "ayse",
            "@example.com",
            "ayse@example",
            "a b@example.com",
            "ayse@.com",
            "ayse@example.",
        ] {
            assert_eq!(email(wrong), None, "{wrong}");
        }
        assert!(page_url("https://example.com/ürün?x=1").is_some());
        assert!(page_url("HTTPS://EXAMPLE.COM").is_some());
        for wrong in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/relative",
            "ftp://example.com",
        ] {
            assert_eq!(page_url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn turkish_letters_fold_together() {
        assert_eq!(folded("IĞDIR İstanbul ılık"), folded("ığdır istanbul ILIK"));
        assert_eq!(folded("IŞIK Çığ Öğün"), "isik cig ogun");
    }
}
