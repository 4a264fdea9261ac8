//! Who may use the relay: whoever has a user name with an expiry and our HMAC of it as the password (the draft "A REST API
//! for access to TURN services"). Nothing is stored: the password of any user name can be computed.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use stun_types::message::{IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials};

/// What the relay calls itself. Short: it is part of the answer to strangers, which may not be large.
pub const REALM: &str = "konusma";
/// Seconds that credentials are good for.
pub const LIFETIME_S: i64 = 3600;
/// A clock that is set back must not refuse what it has just given.
const CLOCK_STEP_S: i64 = 300;
/// Ours have about thirty.
const USERNAME_BYTES_MAX: usize = 128;
/// SHA-1's block.
const BLOCK_BYTES: usize = 64;

/// Which side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The visitor.
    Visitor,
    /// The agent.
    Agent,
}

/// What a browser needs to use the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `expiry:room:role`, the expiry in seconds since 1970, the role `v` or `a`.
    pub username: String,
    /// The password, as `RTCIceServer.credential` has it.
    pub credential: String,
    /// Seconds that they may begin an allocation for.
    pub ttl_s: i64,
}

/// Credentials for one side of a room's call, good for an hour from `now_unix_s` (seconds since 1970). The secret is
/// [`crate::data_dir::SecretKey::derive`]`("turn")`. A room is a public id: letters and digits.
#[must_use]
pub fn mint(secret: &[u8; 32], room: &str, role: Role, now_unix_s: i64) -> Credentials {
    let role = match role {
        Role::Visitor => 'v',
        Role::Agent => 'a',
    };
    let username = format!("{}:{room}:{role}", now_unix_s.saturating_add(LIFETIME_S));
    let credential = password(secret, &username);
    Credentials {
        username,
        credential,
        ttl_s: LIFETIME_S,
    }
}

/// The password of a user name: base64 of HMAC-SHA1.
#[must_use]
pub fn password(secret: &[u8; 32], username: &str) -> String {
    // HMAC fills a short key with zeros up to its block (RFC 2104 §2); doing it here leaves no length to get wrong.
    let mut block = [0; BLOCK_BYTES];
    block[..secret.len()].copy_from_slice(secret);
    let mut mac = Hmac::<Sha1>::new(&block.into());
    mac.update(username.as_bytes());
    BASE64.encode(&mac.finalize().into_bytes())
}

/// The key of a user's MESSAGE-INTEGRITY: MD5 of `username:realm:password` (RFC 8489 §9.2.2).
#[must_use]
pub fn integrity_key(username: &str, password: &str) -> IntegrityKey {
    LongTermKeyCredentials::new(username.to_owned(), password.to_owned(), REALM.to_owned())
        .make_key(IntegrityAlgorithm::Sha1)
}

/// A user name in its parts. Whether it is ours only the integrity can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Username<'a> {
    /// As it came.
    pub whole: &'a str,
    /// Seconds since 1970.
    pub expires_unix_s: i64,
    /// Whose call.
    pub room: &'a str,
}

impl<'a> Username<'a> {
    /// `None`: it is not of our form.
    #[must_use]
    pub fn parse(whole: &'a str) -> Option<Username<'a>> {
        let (expiry, rest) = whole.split_once(':')?;
        let (room, role) = rest.split_once(':')?;
        let is_room = !room.is_empty()
            && room
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if whole.len() > USERNAME_BYTES_MAX || !is_room || !matches!(role, "v" | "a") {
            return None;
        }
        let digits = expiry.bytes().all(|byte| byte.is_ascii_digit());
        Some(Username {
            whole,
            expires_unix_s: expiry.parse().ok().filter(|_| digits)?,
            room,
        })
    }

    /// May it begin an allocation at this time (seconds since 1970)? Nothing we minted lasts longer than an hour.
    #[must_use]
    pub fn is_current(&self, now_unix_s: i64) -> bool {
        let left = self.expires_unix_s.saturating_sub(now_unix_s);
        (1..=LIFETIME_S + CLOCK_STEP_S).contains(&left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_763_836_200;

    #[test]
    fn credentials_are_good_for_an_hour() {
        let minted = mint(&[7; 32], "AbCdEf0123456789", Role::Visitor, NOW);
        assert_eq!(minted.username, "1763839800:AbCdEf0123456789:v");
        let username = Username::parse(&minted.username).unwrap();
        assert_eq!(username.room, "AbCdEf0123456789");
        assert!(username.is_current(NOW) && username.is_current(NOW + 3599));
        assert!(!username.is_current(NOW + 3600) && !username.is_current(NOW - 301));
        assert_eq!(minted.credential, password(&[7; 32], &minted.username));
        assert_ne!(
            minted.credential,
            mint(&[8; 32], "AbCdEf0123456789", Role::Visitor, NOW).credential
        );
    }

    #[test]
    fn a_password_is_what_other_implementations_compute() {
        // RFC 2202 §3, test case 1: a 20-byte key, which zeros make as long as ours.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let expected = data_encoding::HEXLOWER
            .decode(b"b617318655057264e28bc0b6fb378c8ef146be00")
            .unwrap();
        assert_eq!(password(&key, "Hi There"), BASE64.encode(&expected));
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            ":",
            "::",
            "1:room:",
            "1:room:x",
            "1::v",
            ":room:v",
            "-1:room:v",
            "+1:room:v",
            "1:ro:om:v",
            "1:ro om:v",
            "99999999999999999999:room:v",
            "x:room:v",
            "1:room:v:",
            "1:oda\u{131}:v",
        ] {
            assert_eq!(Username::parse(name), None, "{name}");
        }
        assert_eq!(Username::parse(&format!("1:{}:v", "x".repeat(200))), None);
        assert!(!Username::parse("9223372036854775807:room:v").unwrap().is_current(-1));
    }
}
