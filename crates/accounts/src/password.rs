//! Passwords: hashed with Argon2id, few at a time, away from the async threads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use aws_lc_rs::rand;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::error::{AccountError, Result};
use crate::secret;

/// Passwords hashed at the same time: each takes 19 MiB and tens of milliseconds, on purpose.
pub const AT_ONCE_MAX: usize = 2;
/// Fewest characters of a password that somebody chooses.
pub const LENGTH_MIN: usize = 8;
/// Most bytes of a password: nobody types more, and hashing reads them all.
pub const LENGTH_MAX: usize = 1024;
/// Right passwords remembered, so that tools which send one with every request are not slow.
const REMEMBERED_MAX: usize = 1_000;
/// How long one is remembered.
const REMEMBERED_MS: i64 = 5 * 60_000;
/// Checked in place of an unknown login's hash, so that time does not tell which logins exist.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords.
pub struct Passwords {
    turns: Semaphore,
    /// Digests of hash and password that matched, with when that is forgotten.
    remembered: Mutex<HashMap<String, i64>>,
    /// Hashes that checks computed.
    computed: AtomicU64,
}

impl Default for Passwords {
    fn default() -> Passwords {
        Passwords {
            turns: Semaphore::new(AT_ONCE_MAX),
            remembered: Mutex::default(),
            computed: AtomicU64::default(),
        }
    }
}

impl Passwords {
    /// Hashes a password for the catalog.
    ///
    /// # Errors
    /// No randomness, or no memory for the hash.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let _turn = self.turns.acquire().await.map_err(|e| AccountError::Hash(e.to_string()))?;
        let password = password.to_owned();
        blocking(move || {
            let mut salt = [0u8; 16];
            rand::fill(&mut salt).map_err(|_| AccountError::Random)?;
            let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|h| h.to_string()).map_err(|e| AccountError::Hash(e.to_string()))
        })
        .await?
    }

    /// How many hashes checks have computed since the start: what logins cost.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Tells whether a password has this hash; an empty hash is that of nobody, and costs as much.
    ///
    /// # Errors
    /// The work could not be done.
    pub async fn check(&self, hash: &str, password: &str, now_ms: i64) -> Result<bool> {
        let key = secret::hash(&format!("{hash}\n{password}"));
        if self.remembered.lock().get(&key).is_some_and(|until| *until > now_ms) {
            return Ok(true);
        }
        let _turn = self.turns.acquire().await.map_err(|e| AccountError::Hash(e.to_string()))?;
        let known = !hash.is_empty();
        let hash = if known { hash } else { NOBODYS_HASH }.to_owned();
        let password = password.to_owned();
        self.computed.fetch_add(1, Ordering::Relaxed);
        let right = blocking(move || {
            password.len() <= LENGTH_MAX
                && PasswordVerifier::<str>::verify_password(&Argon2::default(), password.as_bytes(), &hash)
                    .is_ok()
        })
        .await?;
        if right && known {
            let mut remembered = self.remembered.lock();
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
            remembered.insert(key, now_ms + REMEMBERED_MS);
        }
        Ok(right && known)
    }
}

/// Refuses a password that somebody chose badly.
///
/// # Errors
/// Too short or too long.
pub fn acceptable(password: &str) -> Result<()> {
    if password.chars().count() < LENGTH_MIN {
        let reason = format!("password is too short: at least {LENGTH_MIN} characters are needed");
        return Err(AccountError::Invalid(reason));
    }
    if password.len() > LENGTH_MAX {
        return Err(AccountError::Invalid(format!("password is longer than {LENGTH_MAX} bytes")));
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| AccountError::Hash(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_checked_against_its_hash() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (given, want) in [("correct horse", true), ("correct horse ", false), ("", false)] {
            assert_eq!(passwords.check(&hash, given, 0).await.unwrap(), want, "{given}");
        }
        // Remembered for five minutes, under this hash only.
        assert!(passwords.check(&hash, "correct horse", REMEMBERED_MS - 1).await.unwrap());
        assert!(!passwords.check("", "correct horse", 0).await.unwrap());
        assert_ne!(hash, passwords.hash("correct horse").await.unwrap());
    }

    #[test]
    fn nobodys_hash_costs_the_usual_work() {
        // An error about the hash itself would mean that no work was done.
        let result = PasswordVerifier::<str>::verify_password(&Argon2::default(), b"x", NOBODYS_HASH);
        assert_eq!(result, Err(argon2::password_hash::Error::PasswordInvalid));
    }

    #[test]
    fn bad_choices_are_refused() {
        for (password, fine) in [("1234567", false), ("12345678", true), ("비밀번호는여덟자", true)] {
            assert_eq!(acceptable(password).is_ok(), fine, "{password}");
        }
        assert!(acceptable(&"x".repeat(LENGTH_MAX + 1)).is_err());
    }
}
