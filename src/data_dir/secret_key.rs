//! The key that everything signed or sealed depends on. One key, and a derived one for each purpose, so that a value made
//! for one purpose means nothing for another.

use std::fmt;
use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::{FILE_MODE, put_in_place};
use crate::auth::token::random_bytes;
use crate::error::StartError;

const NAME: &str = "secret.key";
/// SHA-256's block.
const BLOCK_BYTES: usize = 64;

/// 256 bits nobody else knows.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// A key from the configuration, of any length.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The key for one purpose (HMAC-SHA256 of its name). The same purpose always gives the same key.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        // HMAC fills a short key with zeros up to its block (RFC 2104 §2); doing it here leaves no length to get wrong.
        let mut block = [0; BLOCK_BYTES];
        block[..self.0.len()].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    pub(super) fn is_in(directory: &Path) -> bool {
        directory.join(NAME).exists()
    }

    pub(super) fn load_or_make(directory: &Path) -> Result<Self, StartError> {
        let path = directory.join(NAME);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let key = decode(&text).ok_or_else(|| damaged(&path))?;
                keep_private(&path).map_err(|source| StartError::io("make private", &path, source))?;
                Ok(key)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self(random_bytes());
                write(directory, &path, &key).map_err(|source| StartError::io("write", &path, source))?;
                Ok(key)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(damaged(&path)),
            Err(source) => Err(StartError::io("read", &path, source)),
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

fn decode(text: &str) -> Option<SecretKey> {
    let bytes = BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok()?;
    bytes.try_into().ok().map(SecretKey)
}

/// Whole or not at all, whatever happens meanwhile: a half-written key would look like a damaged one for ever.
fn write(directory: &Path, path: &Path, key: &SecretKey) -> io::Result<()> {
    let temporary = directory.join(format!("{NAME}.new"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&temporary)?;
    writeln!(file, "{}", BASE64URL_NOPAD.encode(&key.0))?;
    put_in_place(&temporary, path)
}

/// A copy from a backup may have come with wider permissions.
fn keep_private(path: &Path) -> io::Result<()> {
    if path.metadata()?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(FILE_MODE))
}

fn damaged(path: &Path) -> StartError {
    StartError::SecretKeyDamaged { path: path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let first = SecretKey::load_or_make(directory.path()).unwrap();
        let path = directory.path().join(NAME);
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let second = SecretKey::load_or_make(directory.path()).unwrap();
        assert_eq!(first.derive("test"), second.derive("test"));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            directory.path().read_dir().unwrap().count(),
            1,
            "no temporary file is left"
        );
        let other = tempfile::tempdir().unwrap();
        assert_ne!(
            SecretKey::load_or_make(other.path()).unwrap().derive("test"),
            first.derive("test")
        );
    }

    #[test]
    fn a_damaged_key_is_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        for damage in [&b"short\n"[..], b"", b"\xff\xfe"] {
            std::fs::write(&path, damage).unwrap();
            let error = SecretKey::load_or_make(directory.path()).unwrap_err();
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
            assert_eq!(error.exit_code(), 2);
            assert_eq!(std::fs::read(&path).unwrap(), damage);
        }
    }

    #[test]
    fn every_purpose_has_its_own_key() {
        let key = SecretKey::from_text("0123456789abcdef0123456789abcdef");
        assert_ne!(key.derive("csrf"), key.derive("totp"));
        assert_eq!(
            key.derive("csrf"),
            SecretKey::from_text("0123456789abcdef0123456789abcdef").derive("csrf")
        );
        assert!(!format!("{key:?}").contains("0123"));
        // RFC 4231 test case 1 has a 20-byte key; zero padding makes it this one.
        let mut bytes = [0; 32];
        bytes[..20].fill(0x0b);
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(
            data_encoding::HEXLOWER.encode(&SecretKey(bytes).derive("Hi There")),
            expected
        );
    }
}
