//! Recovery codes: ten one-time ways in for the day the phone with the authenticator is lost. Written on paper and typed
//! by hand, so the alphabet is Crockford's base 32, which has no letters that look like digits.

use super::token;

/// How many codes an account gets.
pub const CODES: usize = 10;
/// 8 symbols of 5 bits: 40 bits, with five tries at a time and a limit on them.
const SYMBOLS: usize = 8;
/// Crockford's base 32, in lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// New codes, each `xxxx-xxxx`. Shown once; the database keeps their hashes.
#[must_use]
pub fn codes() -> Vec<String> {
    (0..CODES).map(|_| code(token::random_bytes())).collect()
}

fn code(random: [u8; SYMBOLS]) -> String {
    // 256 is a multiple of 32, so the remainder favours no symbol.
    let mut code: String = random
        .iter()
        .map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]))
        .collect();
    code.insert(SYMBOLS / 2, '-');
    code
}

/// The one spelling of what somebody typed: capitals, spaces, a missing hyphen, `O` for 0 and `I` or `l` for 1 are
/// forgiven. `None` when it cannot be a recovery code.
#[must_use]
pub fn normalise(typed: &str) -> Option<String> {
    let mut code = String::with_capacity(SYMBOLS + 1);
    for letter in typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        let symbol = match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        if !symbol.is_ascii() || !ALPHABET.contains(&(symbol as u8)) || code.len() == SYMBOLS {
            return None;
        }
        code.push(symbol);
    }
    if code.len() < SYMBOLS {
        return None;
    }
    code.insert(SYMBOLS / 2, '-');
    Some(code)
}

/// What the database keeps of a code: SHA-256 of its [normalised](normalise) spelling. `None` when `typed` cannot be one.
#[must_use]
pub fn hash(typed: &str) -> Option<[u8; 32]> {
    normalise(typed).map(|code| token::hash(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ten_different_codes_that_normalise_to_themselves() {
        let codes = codes();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), CODES);
        for code in &codes {
            assert_eq!(normalise(code).as_deref(), Some(code.as_str()));
        }
    }

    #[test]
    fn what_people_type_is_forgiven() {
        assert_eq!(normalise(" O1Lx-abcd ").as_deref(), Some("011x-abcd"));
        assert_eq!(normalise("01 1xABCD"), normalise("011x-abcd"));
        assert_eq!(hash("011X ABCD"), hash("011x-abcd"));
        for wrong in ["", "011x-abc", "011x-abcde", "011x-abcu", "123456", "011x-abcş"] {
            assert_eq!(normalise(wrong), None, "{wrong}");
            assert_eq!(hash(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_symbol_stands_for_five_bits() {
        assert_eq!(ALPHABET.iter().collect::<HashSet<_>>().len(), 32);
        assert_eq!(code([0, 31, 32, 255, 10, 18, 27, 1]), "0z0z-ajv1");
    }
}
