//! Logins that hold for a while.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use yaml::Secret;

use crate::alert::later;

/// The token of one integration; clones share it, so that all tries of a configuration use one login.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenCache(Arc<Mutex<Option<(Secret, Timestamp)>>>);

impl TokenCache {
    /// Returns the token if it still holds.
    pub(super) fn get(&self, now: Timestamp) -> Option<Secret> {
        self.0.lock().as_ref().filter(|(_, until)| now < *until).map(|(token, _)| token.clone())
    }

    /// Keeps a token for a while.
    pub(super) fn put(&self, token: Secret, now: Timestamp, lifetime: SignedDuration) {
        *self.0.lock() = Some((token, later(now, lifetime)));
    }

    /// Forgets it: the service does not take it any more.
    pub(super) fn clear(&self) {
        *self.0.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_until_its_end() {
        let (cache, start) = (TokenCache::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(cache.get(start), None);
        cache.clone().put(Secret::new("t"), start, SignedDuration::from_secs(60));
        let at = |s| cache.get(later(start, SignedDuration::from_secs(s))).map(|t| t.expose().to_owned());
        assert_eq!((at(59), at(60)), (Some("t".to_owned()), None));
        cache.clear();
        assert_eq!(cache.get(start), None);
    }
}
