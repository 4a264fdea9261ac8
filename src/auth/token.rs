//! Random tokens and names. A token is shown once to the person it is for; the database keeps only its hash, so that a
//! copy of the database opens nothing.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// 256 bits: beyond guessing at any rate, so that comparing hashes needs no salt and no slow function.
const TOKEN_BYTES: usize = 32;
/// 62^16 is 95 bits. A room is an address, not a secret, but it should not be guessable either.
const ROOM_CHARS: usize = 16;
const ROOM_ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A new secret token.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// 32 random bytes, base64url without padding (43 characters).
    #[must_use]
    #[allow(
        clippy::new_without_default,
        reason = "a default value that differs each time would surprise"
    )]
    pub fn new() -> Self {
        Self(BASE64URL_NOPAD.encode(&random_bytes::<TOKEN_BYTES>()))
    }

    /// One that somebody brings back.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text for the person it is for.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// SHA-256 of a token's text, as the database keeps it.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A new public id: 16 characters of `A-Za-z0-9`.
#[must_use]
pub fn random_public_id() -> String {
    // Bytes beyond the last whole multiple of 62 are thrown away: taking them too would favour the first letters.
    const USABLE: u8 = (256 / ROOM_ALPHABET.len() * ROOM_ALPHABET.len()) as u8;
    let mut room = String::with_capacity(ROOM_CHARS);
    while room.len() < ROOM_CHARS {
        let letters = random_bytes::<{ 2 * ROOM_CHARS }>()
            .into_iter()
            .filter(|&byte| byte < USABLE);
        let missing = ROOM_CHARS - room.len();
        room.extend(
            letters
                .take(missing)
                .map(|byte| char::from(ROOM_ALPHABET[usize::from(byte) % ROOM_ALPHABET.len()])),
        );
    }
    room
}

/// Bytes of the system's generator.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Never seen on a running system. Going on would hand out guessable tokens, and an error would only be a
        // promise that no caller could keep.
        tracing::error!(%error, "the system gives no random numbers");
        std::process::abort();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tokens_are_long_differ_and_are_kept_as_sha_256() {
        let (a, b) = (Token::new(), Token::new());
        assert_ne!(a.text(), b.text());
        assert_eq!(BASE64URL_NOPAD.decode(a.text().as_bytes()).unwrap().len(), 32);
        assert_eq!(a.hash(), hash(a.text()));
        assert_eq!(data_encoding::HEXLOWER.encode(&hash("abc"))[..16], *"ba7816bf8f01cfea");
        assert!(!format!("{a:?}").contains(a.text()));
    }

    #[test]
    fn rooms_have_sixteen_letters_or_digits_and_use_the_whole_alphabet() {
        let rooms: HashSet<_> = (0..200).map(|_| random_public_id()).collect();
        assert_eq!(rooms.len(), 200);
        assert!(
            rooms
                .iter()
                .all(|room| room.len() == 16 && room.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        );
        // 3,200 draws miss one given letter with a chance of 10^-23.
        let seen: HashSet<_> = rooms.iter().flat_map(|room| room.bytes()).collect();
        assert_eq!(seen.len(), ROOM_ALPHABET.len());
    }
}
