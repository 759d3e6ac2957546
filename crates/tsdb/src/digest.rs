//! A short name for a label set, so that the series of several parts of a database are told apart without their labels.
//!
//! 128 bits over all names and values. Two label sets with one digest do not occur: among a thousand million series the
//! chance is one in 10²⁰. Digests are compared within a process and never stored.

use xxhash_rust::xxh3::xxh3_128;

/// An odd number with its bits well mixed.
const MULTIPLIER: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// The digest of a label set whose pairs are added in the order of their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(u128);

impl Digest {
    /// Adds a pair, by the digests of its strings.
    #[inline]
    pub fn add(&mut self, name: u128, value: u128) {
        self.0 = (self.0.rotate_left(47) ^ name).wrapping_mul(MULTIPLIER);
        self.0 = (self.0.rotate_left(47) ^ value).wrapping_mul(MULTIPLIER);
    }

    /// Returns the digest as a number.
    pub fn number(self) -> u128 {
        self.0
    }
}

/// Returns the digest of a string.
pub fn of(string: &str) -> u128 {
    xxh3_128(string.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn digest(pairs: &[(&str, &str)]) -> u128 {
        let mut digest = Digest::default();
        pairs.iter().for_each(|(name, value)| digest.add(of(name), of(value)));
        digest.number()
    }

    #[test]
    fn pairs_are_told_apart() {
        let sets: [&[(&str, &str)]; 8] = [
            &[],
            &[("a", "b")],
            &[("b", "a")],
            &[("a", "b"), ("c", "d")],
            &[("a", "d"), ("c", "b")],
            &[("a", "bc"), ("d", "e")],
            &[("ab", "c"), ("d", "e")],
            &[("a", "b"), ("a", "b")],
        ];
        let mut seen = HashMap::new();
        for set in sets {
            assert_eq!(seen.insert(digest(set), set), None, "{set:?}");
            assert_eq!(digest(set), digest(set));
        }
    }

    #[test]
    fn similar_series_have_unlike_digests() {
        let mut digests: Vec<u128> = (0..100_000)
            .map(|i| {
                digest(&[("__name__", "m"), ("i", &(i % 317).to_string()), ("k", &(i / 317).to_string())])
            })
            .collect();
        digests.sort_unstable();
        assert!(digests.windows(2).all(|w| w[0] != w[1]));
        // Either half alone would do for this many.
        let mut halves: Vec<u64> = digests.iter().map(|d| *d as u64).collect();
        halves.sort_unstable();
        assert!(halves.windows(2).all(|w| w[0] != w[1]));
    }
}
