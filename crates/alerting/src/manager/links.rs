//! Links back to rules, each kept once: all alerts of a rule bring the same one, and it is longer than most of their labels.
//!
//! Invariant: at most as many links are kept that no alert has any more as there are alerts, and a thousand.

use std::sync::Arc;

use hashbrown::HashSet;

/// Links that nobody has, beyond one for each alert, until they are looked for.
const UNUSED_MAX: usize = 1000;

/// All links.
#[derive(Debug, Default)]
pub(super) struct Links(HashSet<Arc<str>>);

impl Links {
    /// Returns the known copy of a link. `alerts` is how many alerts there are.
    pub(super) fn shared(&mut self, link: Arc<str>, alerts: usize) -> Arc<str> {
        if let Some(known) = self.0.get(&link) {
            return Arc::clone(known);
        }
        if self.0.len() > 2 * alerts + UNUSED_MAX {
            self.forget_unused();
        }
        self.0.insert(Arc::clone(&link));
        link
    }

    /// Forgets links that no alert has.
    pub(super) fn forget_unused(&mut self) {
        self.0.retain(|link| Arc::strong_count(link) > 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_kept_once_and_as_long_as_somebody_has_it() {
        let mut links = Links::default();
        let first = links.shared("http://a".into(), 1);
        assert!(Arc::ptr_eq(&first, &links.shared("http://a".into(), 1)));
        links.forget_unused();
        assert_eq!(links.0.len(), 1);
        drop(first);
        for n in 0..10 * UNUSED_MAX {
            drop(links.shared(format!("http://{n}").into(), 1));
        }
        assert!(links.0.len() <= UNUSED_MAX + 3, "{}", links.0.len());
        links.forget_unused();
        assert_eq!(links.0.len(), 0);
    }
}
