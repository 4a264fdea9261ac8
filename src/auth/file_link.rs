//! Links to files: whoever holds one may fetch that file for a day or so, and nothing else.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A link is the same for all who ask within this time, so that browsers find the file in their cache.
const SAME_FOR_MS: i64 = 12 * 60 * 60 * 1000;

/// It lives for two to three of these: at least a day.
const LIVES_FOR: i64 = 3;

/// 128 bits of the MAC: beyond guessing, and the link stays short.
const SIGNATURE_BYTES: usize = 16;

/// Characters of a name in a link; the whole name is in `Content-Disposition`.
const SLUG_MAX: usize = 60;

/// Which form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is stored.
    Whole,
    /// The small copy of a picture.
    Thumb,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefused {
    /// We did not make it, or not for this file, variant or time.
    Signature,
    /// Its time is over.
    Expired,
}

/// Makes and checks links. Copies are the same.
#[derive(Clone, Copy)]
pub struct FileLinks {
    key: [u8; 32],
}

impl FileLinks {
    /// With a key of its own ([`crate::data_dir::SecretKey::derive`]).
    pub const fn new(key: [u8; 32]) -> FileLinks {
        FileLinks { key }
    }

    /// The path and query of a link to upload `id`, that begins to be valid at `now` (ms).
    pub fn url(&self, id: &str, name: &str, variant: Variant, now: i64) -> String {
        let expires = (now.div_euclid(SAME_FOR_MS) + LIVES_FOR) * SAME_FOR_MS;
        let signature = BASE64URL_NOPAD.encode(&self.signature(id, variant, expires));
        let thumb = if variant == Variant::Thumb { "&v=thumb" } else { "" };
        format!("/files/{id}/{}?exp={expires}&sig={signature}{thumb}", slug(name))
    }

    /// Is this link ours, and valid at `now` (ms)? The signature is judged first: only our own links hear of their time.
    pub fn check(
        &self,
        id: &str,
        variant: Variant,
        expires: i64,
        signature: &str,
        now: i64,
    ) -> Result<(), LinkRefused> {
        let given = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap_or_default();
        if !bool::from(given.as_slice().ct_eq(&self.signature(id, variant, expires))) {
            return Err(LinkRefused::Signature);
        }
        if expires <= now {
            Err(LinkRefused::Expired)
        } else {
            Ok(())
        }
    }

    fn signature(&self, id: &str, variant: Variant, expires: i64) -> [u8; SIGNATURE_BYTES] {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            // HMAC takes keys of any length; a random answer would match nothing.
            return super::token::random_bytes();
        };
        // An id has letters and digits only: nothing can be moved from one part to the next.
        let message = format!("{id}|{variant:?}|{expires}");
        let whole = mac.chain_update(message).finalize().into_bytes();
        std::array::from_fn(|index| whole[index])
    }
}

/// A name as it may stand in a path without any encoding: ASCII letters, digits, `.`, `-`, `_`; the end is kept, where
/// the extension is.
fn slug(name: &str) -> String {
    let plain: Vec<char> = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let kept: String = plain[plain.len().saturating_sub(SLUG_MAX)..].iter().collect();
    match kept.trim_start_matches(['.', '_']) {
        "" => "file".to_owned(),
        kept => kept.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: i64 = 1_763_836_200_000;

    fn parts(url: &str) -> (i64, String) {
        let (_, query) = url.split_once('?').unwrap();
        let of = |name: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap();
            pair.to_owned()
        };
        (of("exp=").parse().unwrap(), of("sig="))
    }

    #[test]
    fn a_link_opens_its_own_file_for_a_day_to_a_day_and_a_half() {
        let links = FileLinks::new([7; 32]);
        for variant in [Variant::Whole, Variant::Thumb] {
            let (expires, signature) = parts(&links.url("abc", "photo.jpg", variant, NOW));
            let check = |now| links.check("abc", variant, expires, &signature, now);
            assert_eq!(check(NOW), Ok(()));
            assert_eq!(check(NOW + 24 * 3_600_000), Ok(()));
            assert_eq!(check(NOW + 36 * 3_600_000), Err(LinkRefused::Expired));
        }
    }

    #[test]
    fn a_link_opens_nothing_else() {
        let links = FileLinks::new([7; 32]);
        let (expires, signature) = parts(&links.url("abc", "photo.jpg", Variant::Whole, NOW));
        let refused = |links: FileLinks, id, variant, expires, signature: &str| {
            assert_eq!(
                links.check(id, variant, expires, signature, NOW),
                Err(LinkRefused::Signature)
            );
        };
        refused(links, "abd", Variant::Whole, expires, &signature);
        refused(links, "abc", Variant::Thumb, expires, &signature);
        refused(links, "abc", Variant::Whole, expires + 1, &signature);
        refused(links, "abc", Variant::Whole, expires, &signature[1..]);
        refused(links, "abc", Variant::Whole, expires, "");
        refused(FileLinks::new([8; 32]), "abc", Variant::Whole, expires, &signature);
    }

    #[test]
    fn a_link_stays_the_same_for_a_while() {
        let links = FileLinks::new([7; 32]);
        let start = NOW.div_euclid(SAME_FOR_MS) * SAME_FOR_MS;
        let url = |now| links.url("abc", "photo.jpg", Variant::Whole, now);
        assert_eq!(url(start), url(start + SAME_FOR_MS - 1));
        assert_ne!(url(start), url(start + SAME_FOR_MS));
    }

    #[test]
    fn a_name_is_plain_in_a_path() {
        assert_eq!(slug("photo.jpg"), "photo.jpg");
        assert_eq!(slug("kırık parça (1).jpg"), "k_r_k_par_a__1_.jpg");
        assert_eq!(slug("../../etc/passwd"), "etc_passwd");
        assert_eq!(slug("%2e%2e/?#.png"), "2e_2e___.png");
        for name in ["", "..", "......", "日本"] {
            assert_eq!(slug(name), "file");
        }
        assert!(slug(&"x".repeat(4096)).len() <= SLUG_MAX);
    }
}
