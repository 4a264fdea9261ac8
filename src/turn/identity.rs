//! Who asks (RFC 8489 §9.2.4): nobody is remembered before he has shown that he knows his password.

use stun_types::attribute::{ErrorCode, Nonce, Realm, Username as UsernameAttribute};
use stun_types::message::IntegrityKey;
use turn_types::message::ALLOCATE;

use super::answer::Refusal;
use super::client::{Client, Now};
use super::credentials::{self, Username};
use super::engine::Engine;
use super::packet::Packet;
use super::requests::{BAD_REQUEST, required};

impl Engine {
    /// Who asks: his user name, and the key that seals the answer. An expired name is refused where it would begin
    /// something; who has an allocation may go on with it.
    pub(super) fn authenticate(
        &mut self,
        from: &Client,
        request: &Packet<'_>,
        now: Now,
    ) -> Result<(String, IntegrityKey), Refusal> {
        if !request.has_integrity() {
            return Err(self.challenge(ErrorCode::UNAUTHORIZED, from, now));
        }
        // A USERHASH instead of the name is not for us: we never offered to know it (RFC 8489 §9.2.4).
        let username: UsernameAttribute = required(request)?;
        let nonce: Nonce = required(request)?;
        let _: Realm = required(request)?;
        if !self.nonces.check(nonce.nonce(), from, now.ms) {
            return Err(self.challenge(ErrorCode::STALE_NONCE, from, now));
        }
        let name = Username::parse(username.username());
        let may_begin = |name: &Username<'_>| request.method() != ALLOCATE || name.is_current(now.unix_s);
        let Some(name) = name.filter(may_begin) else {
            return Err(self.challenge(ErrorCode::UNAUTHORIZED, from, now));
        };
        let password = credentials::password(&self.rules.secret, name.whole);
        let key = credentials::integrity_key(name.whole, &password);
        let message = request.message().map_err(|_| BAD_REQUEST)?;
        if message.validate_integrity_with_key(&key).is_err() {
            return Err(self.challenge(ErrorCode::UNAUTHORIZED, from, now));
        }
        Ok((name.whole.to_owned(), key))
    }

    fn challenge(&mut self, code: u16, from: &Client, now: Now) -> Refusal {
        if !self.challenges.take(from.remote.ip(), now.ms) {
            return Refusal::Silence;
        }
        Refusal::Challenge {
            code,
            nonce: self.nonces.make(from, now.ms),
        }
    }
}
