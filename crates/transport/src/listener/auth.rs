//! Basic auth against bcrypt hashes.
//!
//! A bcrypt check costs tens of milliseconds of CPU on purpose. So at most one runs at a time, on a blocking thread, and
//! results are kept: whoever asks every second pays once.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use yaml::Secret;

/// Results kept; the original keeps as many.
const CACHE_ENTRIES_MAX: usize = 100;
/// Checked in place of an unknown user's hash, so that time does not tell which users exist. Nobody is let in by it.
const NOBODYS_HASH: &str = "$2b$10$abcdefghijklmnopqrstuuXwj4kq6jX2uGvXbW4nqkHOkC0FYw0gC";

/// Checks passwords and remembers the results.
pub(super) struct Passwords {
    cache: Mutex<HashMap<Attempt, bool>>,
    one_at_a_time: Semaphore,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Attempt {
    user: String,
    hash: Secret,
    password: Secret,
}

impl Default for Passwords {
    fn default() -> Passwords {
        Passwords { cache: Mutex::default(), one_at_a_time: Semaphore::new(1) }
    }
}

impl Passwords {
    /// Tells whether the header names a user with the right password.
    pub(super) async fn check(
        &self,
        users: &BTreeMap<String, Secret>,
        authorization: Option<&HeaderValue>,
    ) -> bool {
        let Some((user, password)) = authorization.and_then(credentials) else { return false };
        let known = users.get(&user);
        let hash = known.cloned().unwrap_or_else(|| Secret::new(NOBODYS_HASH));
        let attempt = Attempt { user, hash, password };
        if let Some(result) = self.cache.lock().get(&attempt) {
            return *result;
        }
        let Ok(_permit) = self.one_at_a_time.acquire().await else { return false };
        // Somebody with the same password may have been checked while this one waited.
        if let Some(result) = self.cache.lock().get(&attempt) {
            return *result;
        }
        let tried = attempt.clone();
        let right = tokio::task::spawn_blocking(move || {
            bcrypt::verify(tried.password.expose(), tried.hash.expose()).unwrap_or(false)
        });
        let result = right.await.unwrap_or(false) && known.is_some();
        self.remember(attempt, result);
        result
    }

    fn remember(&self, attempt: Attempt, result: bool) {
        let mut cache = self.cache.lock();
        if cache.len() >= CACHE_ENTRIES_MAX {
            // Any entry will do, as in the original; the map's order is as good as random.
            if let Some(evicted) = cache.keys().next().cloned() {
                cache.remove(&evicted);
            }
        }
        cache.insert(attempt, result);
    }
}

/// Reads `Basic <base64 of user:password>`.
fn credentials(header: &HeaderValue) -> Option<(String, Secret)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), Secret::new(password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_credentials() {
        let read = |s: &str| {
            credentials(&HeaderValue::from_str(s).unwrap()).map(|(u, p)| (u, p.expose().to_owned()))
        };
        let pair = |u: &str, p: &str| Some((u.to_owned(), p.to_owned()));
        assert_eq!(read("Basic YWxpY2U6c2VjcmV0"), pair("alice", "secret"));
        assert_eq!(read("basic YWxpY2U6YTpi"), pair("alice", "a:b"));
        for bad in ["Bearer YWxpY2U6c2VjcmV0", "Basic", "Basic ???", "Basic YWxpY2U="] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_unknown_user_costs_as_much_as_a_known_one() {
        // An error here would mean that the hash is malformed and no work was done.
        assert_eq!(bcrypt::verify("x", NOBODYS_HASH).map_err(|e| e.to_string()), Ok(false));
    }

    #[tokio::test]
    async fn checks_and_remembers() {
        let passwords = Passwords::default();
        let hash = bcrypt::hash("secret", 4).unwrap();
        let users = BTreeMap::from([("alice".to_owned(), Secret::new(hash))]);
        let header = |user: &str, password: &str| {
            let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
            HeaderValue::from_str(&format!("Basic {encoded}")).unwrap()
        };
        for (user, password, want) in
            [("alice", "secret", true), ("alice", "wrong", false), ("bob", "secret", false)]
        {
            for _ in 0..2 {
                assert_eq!(passwords.check(&users, Some(&header(user, password))).await, want, "{user}");
            }
        }
        assert!(!passwords.check(&users, None).await);
        assert_eq!(passwords.cache.lock().len(), 3);
        for i in 0..200 {
            let attempt =
                Attempt { user: i.to_string(), hash: Secret::default(), password: Secret::default() };
            passwords.remember(attempt, false);
        }
        assert_eq!(passwords.cache.lock().len(), CACHE_ENTRIES_MAX);
    }
}
