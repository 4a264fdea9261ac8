//! One-time codes of authenticator apps (RFC 6238): SHA-1, six digits, thirty seconds, because that is all that every
//! app understands.

use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Totp};

use super::token;

/// RFC 4226 §4: 160 bits recommended.
pub const SECRET_BYTES: usize = 20;
/// RFC 6238 §5.2's recommended step.
const STEP_SECONDS: u64 = 30;
/// One step either way: phones' clocks differ, and people type slowly.
const SKEW_STEPS: u16 = 1;
/// Stands in the app's list where a business has no name yet.
const FALLBACK_ISSUER: &str = "Konuşma";

/// A new random secret.
#[must_use]
pub fn new_secret() -> [u8; SECRET_BYTES] {
    token::random_bytes()
}

/// Checks a code against a secret at `now_ms`. Returns the time step it belongs to, which the caller must keep and pass
/// as `last_step` from then on: a code of that step or an earlier one is refused, because it may have been seen
/// (RFC 6238 §5.2). Spaces in the code are ignored.
#[must_use]
pub fn verify(secret: &[u8], code: &str, now_ms: i64, last_step: Option<i64>) -> Option<i64> {
    let digits: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let seconds = u64::try_from(now_ms).ok()? / 1000;
    let step = i64::try_from(generator(secret)?.check(&digits, seconds)?).ok()?;
    (last_step.is_none_or(|last| step > last)).then_some(step)
}

/// The `otpauth://` address that a QR code carries to the app.
#[must_use]
pub fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    // A colon separates issuer from account and may be in neither.
    let plain = |text: &str, fallback: &str| match text.replace(':', " ").trim() {
        "" => fallback.to_owned(),
        text => text.to_owned(),
    };
    let (issuer, account) = (plain(issuer, FALLBACK_ISSUER), plain(account, "agent"));
    let totp = builder(secret)
        .with_issuer(Some(issuer))
        .with_account_name(account)
        .build_noncompliant();
    totp.to_url().unwrap_or_default()
}

/// The secret as people type it where they cannot scan: base 32 without padding.
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

fn builder(secret: &[u8]) -> Builder {
    Builder::new()
        .with_secret(secret)
        .with_digits(6)
        .with_step_duration(STEP_SECONDS)
        .with_skew(SKEW_STEPS)
}

/// `None` when the secret is shorter than the RFC allows.
fn generator(secret: &[u8]) -> Option<Totp> {
    builder(secret).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B; six digits are the last six of its eight.
    const RFC_SECRET: &[u8] = b"12345678901234567890";
    const RFC_VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn the_rfc_s_test_vectors() {
        for (seconds, code) in RFC_VECTORS {
            assert_eq!(
                verify(RFC_SECRET, code, seconds * 1000, None),
                Some(seconds / 30),
                "{seconds}"
            );
        }
    }

    #[test]
    fn one_step_of_skew_either_way_and_no_more() {
        let at = |step: i64| verify(RFC_SECRET, "287082", step * 30_000, None);
        assert_eq!([at(0), at(1), at(2), at(3)], [Some(1), Some(1), Some(1), None]);
        assert_eq!(verify(RFC_SECRET, "287082", -1, None), None);
    }

    #[test]
    fn a_code_works_once() {
        let verify = |last| verify(RFC_SECRET, "287 082", 59_000, last);
        assert_eq!(verify(Some(0)), Some(1));
        assert_eq!(verify(Some(1)), None);
        assert_eq!(verify(Some(2)), None);
    }

    #[test]
    fn other_text_is_no_code() {
        for wrong in ["", "28708", "2870822", "+87082", "２８７０８２", "abcdef", "000000"] {
            assert_eq!(verify(RFC_SECRET, wrong, 59_000, None), None, "{wrong}");
        }
    }

    #[test]
    fn the_address_carries_issuer_account_and_secret() {
        assert_eq!(base32(RFC_SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            uri(RFC_SECRET, "Çiçek: Kadıköy", "ayşe"),
            "otpauth://totp/%C3%87i%C3%A7ek%20%20Kad%C4%B1k%C3%B6y:ay%C5%9Fe?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=%C3%87i%C3%A7ek%20%20Kad%C4%B1k%C3%B6y"
        );
        assert!(uri(RFC_SECRET, " ", "ayse").starts_with("otpauth://totp/Konu%C5%9Fma:ayse?"));
    }
}
