//! From the bytes that name a series to the storage's reference, without looking at a label.
//!
//! A key is 128 bits of keyed hash; the bytes themselves are not kept, which would cost more than the series does in the
//! storage. With secrets drawn at start, two of ten million series share a key with a probability below 10⁻²⁴.
//!
//! Invariants: 1. An entry may outlive its series: the storage then says that it does not know the reference.
//! 2. No more than [`GENERATION_ENTRIES_MAX`] entries per generation and shard; what was not asked for since the last turn of
//! generations is forgotten at the next.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use parking_lot::Mutex;
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};
use storage::SeriesRef;

/// Shards, so that requests do not wait for each other.
const SHARDS: usize = 64;
/// Entries of one generation in one shard: 16 million series over all.
const GENERATION_ENTRIES_MAX: usize = 256 * 1024;
/// How long a generation lasts. Series that are written to at least this often stay known.
const GENERATION_MS: i64 = 30 * 60 * 1000;

/// The name of a series as 128 bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(u64, u64);

impl std::hash::Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

/// Keys are hashes already.
#[derive(Clone, Copy, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        debug_assert!(false, "only keys are hashed here, got {} bytes", bytes.len());
    }

    fn write_u64(&mut self, v: u64) {
        self.0 = v;
    }
}

impl BuildHasher for AsIs {
    type Hasher = AsIs;

    fn build_hasher(&self) -> AsIs {
        AsIs::default()
    }
}

type Generation = HashMap<Key, SeriesRef, AsIs>;

#[derive(Default)]
struct Shard {
    young: Generation,
    old: Generation,
    /// When `young` began, in milliseconds.
    since_ms: i64,
}

/// References of series that were written to lately.
pub struct Cache {
    secrets: [RapidSecrets; 2],
    shards: Box<[Mutex<Shard>]>,
}

impl Default for Cache {
    fn default() -> Cache {
        let random = || RapidSecrets::seed(RandomState::new().hash_one(0u8));
        Cache {
            secrets: [random(), random()],
            shards: (0..SHARDS).map(|_| Mutex::new(Shard::default())).collect(),
        }
    }
}

impl Cache {
    /// Makes the key of some bytes.
    #[inline]
    pub fn key(&self, bytes: &[u8]) -> Key {
        Key(rapidhash_v3_seeded(bytes, &self.secrets[0]), rapidhash_v3_seeded(bytes, &self.secrets[1]))
    }

    /// Finds a reference.
    #[inline]
    pub fn get(&self, key: Key) -> Option<SeriesRef> {
        let mut shard = self.shard(key).lock();
        if let Some(found) = shard.young.get(&key) {
            return Some(*found);
        }
        let found = shard.old.remove(&key)?;
        shard.young.insert(key, found);
        Some(found)
    }

    /// Notes a reference.
    pub fn insert(&self, key: Key, series: SeriesRef, now_ms: i64) {
        let mut shard = self.shard(key).lock();
        let full = shard.young.len() >= GENERATION_ENTRIES_MAX;
        if full || now_ms.saturating_sub(shard.since_ms) > GENERATION_MS {
            shard.old = std::mem::take(&mut shard.young);
            shard.since_ms = now_ms;
        }
        shard.young.insert(key, series);
    }

    fn shard(&self, key: Key) -> &Mutex<Shard> {
        // The map uses the low and the top bits of `key.0`; any bits of the other half are independent of it.
        &self.shards[key.1 as usize % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn keeps_what_is_asked_for_and_forgets_the_rest() {
        let cache = Cache::default();
        let series = |n| SeriesRef(NonZeroU64::new(n).unwrap());
        let keys: Vec<Key> = (0..2000u32).map(|n| cache.key(&n.to_le_bytes())).collect();
        for (i, key) in keys.iter().enumerate() {
            cache.insert(*key, series(i as u64 + 1), 0);
        }
        assert!(keys.iter().enumerate().all(|(i, k)| cache.get(*k) == Some(series(i as u64 + 1))));
        // Two turns of the generations, with one key in use: new keys turn each shard.
        for round in 1..=2 {
            for n in 0..20_000u32 {
                cache.insert(
                    cache.key(&[round, n as u8, (n >> 8) as u8]),
                    series(9),
                    i64::from(round) * (GENERATION_MS + 1),
                );
            }
            assert_eq!(cache.get(keys[0]), Some(series(1)));
        }
        assert!(keys[1..].iter().all(|k| cache.get(*k).is_none()));
    }
}
