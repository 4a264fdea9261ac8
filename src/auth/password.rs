//! Passwords: argon2id at rest, and a bound on how many are computed at once. Each computation takes 46 MiB and some tens
//! of milliseconds of a processor: without the bound, a burst of sign-ins would be a way to stop the server.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// OWASP Password Storage Cheat Sheet, argon2id, the first of its equivalent choices: 46 MiB of memory …
///
/// Not its 19 MiB with two passes: glibc keeps freed blocks below 32 MiB, and fragments them by their alignment. Measured
/// with 19 MiB: 99 MB resident after 6 sign-ins, 215 MB after 14. A block above 32 MiB is always mapped and given back:
/// 1.7 MB resident, before and after.
const MEMORY_KIB: u32 = 46 * 1024;
/// `DEFAULT_MMAP_THRESHOLD_MAX` of glibc on 64-bit machines.
const ALWAYS_GIVEN_BACK_KIB: u32 = 32 * 1024;
const _: () = assert!(MEMORY_KIB > ALWAYS_GIVEN_BACK_KIB);
/// … one pass …
const PASSES: u32 = 1;
/// … one lane.
const LANES: u32 = 1;
/// One at a time: 46 MiB are what a server of 512 MB can spare, and its only processor has visitors to serve too.
const RUNNING_MAX: usize = 1;
/// Waiting for their turn, about half a second altogether. Whoever comes after that hears `Busy`.
const WAITING_MAX: usize = 8;
/// Short ones fall to guessing; NIST SP 800-63B asks for 8, the second step makes 10 plenty.
const LENGTH_MIN: usize = 10;
/// Long enough for any sentence, short enough that hashing it costs nothing extra.
const LENGTH_MAX: usize = 200;
/// The hash of a random password nobody kept, with the parameters above.
const DUMMY: &str = "$argon2id$v=19$m=47104,t=1,p=1$nGcBSG8FSBDzA7nUPaoo1A$Dl8G7AXO0ZXZdRjVmsZA/8F1mm0M0sN5OEmMHLbL0cg";

/// Why a password was not hashed or checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many at once; worth another try in a second.
    #[error("too many passwords are being checked at the moment")]
    Busy,
    /// The computation failed: no memory, or the server is stopping.
    #[error("the password could not be processed")]
    Failed,
}

/// Computes passwords away from the threads that serve connections, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    /// Everybody in here, running or waiting.
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// Held by the computation itself, not by the request: a visitor who hangs up must not make room for another while the
/// processor is still at work.
struct Turn {
    _place: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Passwords {
    /// With nobody inside.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "made once, by name")]
    pub fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(RUNNING_MAX + WAITING_MAX)),
            running: Arc::new(Semaphore::new(RUNNING_MAX)),
        }
    }

    /// The PHC string (`$argon2id$…`) of a new password.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when the queue is full.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let turn = self.turn().await?;
        run(turn, move || hash_now(&password)).await?
    }

    /// Whether `password` is the one of `phc`. `None` (no such account) takes the same time and is never true, so that
    /// the time tells nobody which accounts exist. A damaged hash is no match.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when the queue is full.
    pub async fn verify(&self, phc: Option<String>, password: String) -> Result<bool, PasswordError> {
        let turn = self.turn().await?;
        run(turn, move || verify_now(phc.as_deref(), &password)).await
    }

    async fn turn(&self) -> Result<Turn, PasswordError> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| PasswordError::Busy)?;
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Failed)?;
        Ok(Turn {
            _place: place,
            _running: running,
        })
    }
}

async fn run<T: Send + 'static>(turn: Turn, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| PasswordError::Failed)
}

/// [`Passwords::hash`] on this thread, for the command line.
///
/// # Errors
/// [`PasswordError::Failed`] when there is not enough memory.
pub fn hash_now(password: &str) -> Result<String, PasswordError> {
    let hash = hasher()?
        .hash_password(password.as_bytes())
        .map_err(|_| PasswordError::Failed)?;
    Ok(hash.to_string())
}

fn verify_now(phc: Option<&str>, password: &str) -> bool {
    let matches = |phc: &str| {
        let Ok(hash) = PasswordHash::new(phc) else { return false };
        hasher().is_ok_and(|hasher| hasher.verify_password(password.as_bytes(), &hash).is_ok())
    };
    match phc {
        Some(phc) => matches(phc),
        None => {
            matches(DUMMY);
            false
        }
    }
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| PasswordError::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether a new password may be used.
///
/// # Errors
/// One sentence that says what to change.
pub fn check_strength(password: &str) -> Result<(), &'static str> {
    let length = password.chars().count();
    let mut letters = password.chars();
    let first = letters.next();
    if length < LENGTH_MIN {
        Err("The password needs at least 10 characters.")
    } else if length > LENGTH_MAX {
        Err("The password may have at most 200 characters.")
    } else if letters.all(|letter| Some(letter) == first) {
        Err("The password may not be one character repeated.")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn the_right_password_matches_and_no_other() {
        let passwords = Passwords::new();
        let phc = passwords.hash("doğru at pil zımba".into()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{phc}");
        assert!(!phc.contains("pil"));
        assert_eq!(
            passwords.verify(Some(phc.clone()), "doğru at pil zımba".into()).await,
            Ok(true)
        );
        assert_eq!(
            passwords.verify(Some(phc), "doğru at pil zimba".into()).await,
            Ok(false)
        );
        assert_eq!(
            passwords.verify(Some("$argon2id$broken".into()), String::new()).await,
            Ok(false)
        );
        assert_eq!(passwords.verify(None, "anything".into()).await, Ok(false));
    }

    #[test]
    fn an_unknown_account_costs_what_a_known_one_costs() {
        let dummy = PasswordHash::new(DUMMY).unwrap();
        let fresh = hash_now("x").unwrap();
        let fresh = PasswordHash::new(&fresh).unwrap();
        assert_eq!(
            (dummy.algorithm, dummy.version, &dummy.params),
            (fresh.algorithm, fresh.version, &fresh.params)
        );
        assert_eq!(dummy.hash.unwrap().len(), fresh.hash.unwrap().len());
    }

    #[tokio::test]
    async fn only_so_many_may_wait_and_the_rest_hear_busy() {
        let passwords = Passwords::new();
        let mut waiting: Vec<_> = (0..RUNNING_MAX + WAITING_MAX)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.verify(None, "guess".into()).await })
            })
            .collect();
        while passwords.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            passwords.verify(None, "one more".into()).await,
            Err(PasswordError::Busy)
        );
        for task in waiting.drain(..) {
            assert_eq!(task.await.unwrap(), Ok(false));
        }
    }

    #[tokio::test]
    async fn a_request_that_goes_away_keeps_its_place_until_the_computation_ends() {
        let passwords = Passwords::new();
        let turn = passwords.turn().await.unwrap();
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        let request = tokio::spawn(run(turn, move || blocked.recv()));
        tokio::task::yield_now().await;
        request.abort();
        let _ = request.await;
        assert_eq!(passwords.running.available_permits(), RUNNING_MAX - 1);
        drop(release);
        let all = passwords.running.acquire_many(RUNNING_MAX as u32);
        assert!(tokio::time::timeout(Duration::from_secs(10), all).await.is_ok());
    }

    #[test]
    fn weak_passwords_are_told_why() {
        assert!(check_strength("ğğğğğğğğğ1").is_ok());
        assert!(check_strength("123456789").unwrap_err().contains("at least 10"));
        assert!(check_strength("aaaaaaaaaaaa").unwrap_err().contains("repeated"));
        assert!(check_strength(&"ab".repeat(101)).unwrap_err().contains("at most 200"));
        assert!(check_strength("").is_err());
    }
}
