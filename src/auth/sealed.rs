//! Secrets that the database must keep but not show, such as a bot's token: sealed with a key that lies outside of it, so
//! that a copy of the database opens nothing.
//!
//! ChaCha20-Poly1305 (RFC 8439). What is kept is the nonce, the ciphertext and the tag. The nonce is random: 96 bits are
//! enough for some thousands of secrets under one key (NIST SP 800-38D allows 2^32 for nonces of this length).

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::token::random_bytes;

/// `plain` under seal. `name` says what it is: under another name it does not open, so that nobody who can write the
/// database can put one secret in another's place.
pub fn seal(key: &[u8; 32], name: &str, plain: &[u8]) -> Vec<u8> {
    let nonce = random_bytes::<NONCE_LEN>();
    let mut sealed = plain.to_vec();
    let done = cipher(key).and_then(|cipher| {
        let nonce = Nonce::assume_unique_for_key(nonce);
        cipher
            .seal_in_place_append_tag(nonce, Aad::from(name.as_bytes()), &mut sealed)
            .ok()
    });
    if done.is_none() {
        // A key of this length and less than 256 GB are never refused. What was kept instead would be the secret itself.
        return Vec::new();
    }
    [nonce.as_slice(), &sealed].concat()
}

/// What [`seal`] was given. Nothing when the key or the name is another one, or a byte was changed.
pub fn open(key: &[u8; 32], name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut opened = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = cipher(key)?
        .open_in_place(nonce, Aad::from(name.as_bytes()), &mut opened)
        .ok()?
        .len();
    opened.truncate(length);
    Some(opened)
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn what_is_sealed_opens_with_its_key_and_name_only() {
        for plain in [b"".as_slice(), b"12345678:secret", &[0xff; 5000]] {
            let sealed = seal(&KEY, "telegram token", plain);
            assert_eq!(open(&KEY, "telegram token", &sealed).unwrap(), plain);
            assert_eq!(open(&KEY, "telegram chat", &sealed), None);
            assert_eq!(open(&[8; 32], "telegram token", &sealed), None);
        }
    }

    #[test]
    fn a_changed_byte_is_noticed_and_nothing_short_is_a_fault() {
        let sealed = seal(&KEY, "name", b"secret");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&KEY, "name", &changed), None, "{at}");
            assert_eq!(open(&KEY, "name", &sealed[..at]), None, "{at}");
        }
    }

    #[test]
    fn the_same_twice_looks_different_and_shows_nothing() {
        let (a, b) = (seal(&KEY, "name", b"secret"), seal(&KEY, "name", b"secret"));
        assert_ne!(a, b);
        assert_eq!(a.len(), NONCE_LEN + 6 + 16);
        assert!(!a.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn the_cipher_is_rfc_8439s() {
        // Its example in §2.8.2.
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let key: [u8; 32] = std::array::from_fn(|n| 0x80 + n as u8);
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let mut bytes = plain.to_vec();
        let nonce = Nonce::assume_unique_for_key(hex("070000004041424344454647").try_into().unwrap());
        let aad = Aad::from(hex("50515253c0c1c2c3c4c5c6c7"));
        cipher(&key)
            .unwrap()
            .seal_in_place_append_tag(nonce, aad, &mut bytes)
            .unwrap();
        assert_eq!(bytes[..8], hex("d31a8d34648e60db")[..]);
        assert_eq!(bytes[plain.len()..], hex("1ae10b594f09e26a7e902ecbd0600691")[..]);
    }
}
