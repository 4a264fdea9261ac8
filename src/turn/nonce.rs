//! Nonces without memory (RFC 8489 §9.2, §18.2): what a nonce says can be computed again from who brings it and when.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::client::{Client, Transport};

/// A nonce is good for one to two of these (RFC 8489 §9.2 wants an hour at most).
const PERIOD_MS: u64 = 30 * 60 * 1000;
/// 72 bits. The smallest Allocate has 28 bytes, its challenge with this nonce 56: never more than twice the request.
const MAC_BYTES: usize = 9;
/// Characters of a nonce.
pub const NONCE_CHARS: usize = 12;

/// Makes and checks nonces.
pub struct Nonces {
    /// As long as SHA-256's block, so that there is no length to get wrong.
    key: [u8; 64],
}

impl Nonces {
    /// With a key of its own, that nobody else has.
    #[must_use]
    pub fn new(key: [u8; 64]) -> Nonces {
        Nonces { key }
    }

    /// The nonce for a client at `now_ms` (any steady clock).
    #[must_use]
    pub fn make(&self, client: &Client, now_ms: u64) -> String {
        BASE64URL_NOPAD.encode(&self.mac(client, now_ms / PERIOD_MS))
    }

    /// Is this one ours, for this client, and not too old?
    #[must_use]
    pub fn check(&self, nonce: &str, client: &Client, now_ms: u64) -> bool {
        let mut given = [0; MAC_BYTES];
        if nonce.len() != NONCE_CHARS || BASE64URL_NOPAD.decode_mut(nonce.as_bytes(), &mut given).is_err() {
            return false;
        }
        let period = now_ms / PERIOD_MS;
        let is = |period| bool::from(self.mac(client, period).ct_eq(&given));
        is(period) || period > 0 && is(period - 1)
    }

    fn mac(&self, client: &Client, period: u64) -> [u8; MAC_BYTES] {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        mac.update(&period.to_be_bytes());
        let (transport, connection) = match client.transport {
            Transport::Udp => (0, 0),
            Transport::Tcp(connection) => (1, connection),
        };
        mac.update(&[transport]);
        mac.update(&connection.to_be_bytes());
        match client.remote.ip() {
            std::net::IpAddr::V4(ip) => mac.update(&ip.octets()),
            std::net::IpAddr::V6(ip) => mac.update(&ip.octets()),
        }
        mac.update(&client.remote.port().to_be_bytes());
        let whole = mac.finalize().into_bytes();
        std::array::from_fn(|index| whole[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(remote: &str) -> Client {
        Client {
            transport: Transport::Udp,
            remote: remote.parse().unwrap(),
            local: [192, 0, 2, 1].into(),
        }
    }

    #[test]
    fn a_nonce_is_good_for_its_client_and_its_time() {
        let nonces = Nonces::new([7; 64]);
        let one = client("198.51.100.1:5000");
        let begin = 5 * PERIOD_MS;
        let nonce = nonces.make(&one, begin);
        assert_eq!(nonce.len(), NONCE_CHARS);
        assert!(nonces.check(&nonce, &one, begin + 2 * PERIOD_MS - 1));
        assert!(!nonces.check(&nonce, &one, begin + 2 * PERIOD_MS));
        assert!(!nonces.check(&nonce, &client("198.51.100.1:5001"), begin));
        assert!(!nonces.check(&nonce, &client("198.51.100.2:5000"), begin));
        assert!(!Nonces::new([8; 64]).check(&nonce, &one, begin));
        let on_tcp = Client {
            transport: Transport::Tcp(1),
            ..one
        };
        assert!(!nonces.check(&nonce, &on_tcp, begin));
        for wrong in ["", "short", "AAAAAAAAAAAA", "ünicode-text", "AAAAAAAAAAAAAAAA"] {
            assert!(!nonces.check(wrong, &one, begin), "{wrong}");
        }
    }
}
