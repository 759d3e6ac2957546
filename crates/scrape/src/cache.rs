//! What a target exposed last time, so that a known series costs no label work.
//!
//! A series is recognised by a 128-bit hash of its bytes in the body (name and labels as written): the bytes themselves,
//! which would double the memory of a series, are not kept. Bodies keep their order from scrape to scrape, so an entry is
//! first looked for right behind the one found before; only where the order breaks is the table asked.
//!
//! Invariants: 1. `entries[i]` is in the table under its hash, for each i.  2. `entry.seen` and `entry.tracked` are never
//! later than `scrape`.  3. Entries are removed only between two scrapes.

use hashbrown::{HashSet, HashTable};
use storage::SeriesRef;

/// The number of a scrape within the life of a cache.
type ScrapeNumber = u32;

/// Entries that may come in addition to twice those of the last good scrape before a flush is forced.
const GROWTH_MIN: usize = 1000;

/// A series of the target, or one that relabelling drops.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u128,
    /// `None`: dropped.
    series: Option<SeriesRef>,
    /// Last scrape whose body had it.
    seen: ScrapeNumber,
    /// Last scrape after which it must be marked stale when it vanishes; 0 for never.
    tracked: ScrapeNumber,
    /// Whether the scrape before the one in `tracked` had tracked it too.
    tracked_twice: bool,
}

/// What is known of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Never seen, or forgotten.
    Unknown,
    /// Relabelling drops it.
    Dropped,
    /// A known series.
    Known {
        entry: EntryIndex,
        series: SeriesRef,
        /// The body had it before.
        repeated: bool,
    },
}

/// Names an entry until the end of the scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryIndex(u32);

/// All series of one target.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: Vec<Entry>,
    table: HashTable<u32>,
    /// Where the next series is expected.
    cursor: usize,
    scrape: ScrapeNumber,
    /// Entries seen in this scrape.
    seen: usize,
    /// Entries tracked by the scrape before, and how many of them this one has tracked again.
    tracked_before: usize,
    tracked_again: usize,
    tracked: usize,
    /// Entries after the last good scrape.
    good_len: usize,
}

impl Cache {
    /// Starts a scrape. Must be called before all else, and once per scrape.
    pub(crate) fn begin(&mut self) {
        self.scrape += 1;
        self.cursor = 0;
        (self.seen, self.tracked_again, self.tracked) = (0, 0, 0);
    }

    /// Looks a series up by its bytes.
    pub(crate) fn get(&mut self, key: &[u8]) -> (Lookup, SeriesHash) {
        let hash = SeriesHash::of(key);
        let expected = self.entries.get(self.cursor).is_some_and(|e| e.hash == hash.0);
        let index = if expected {
            self.cursor
        } else {
            match self.table.find(hash.table(), |&i| self.entries[i as usize].hash == hash.0) {
                Some(&i) => i as usize,
                None => return (Lookup::Unknown, hash),
            }
        };
        self.cursor = index + 1;
        let entry = &mut self.entries[index];
        let repeated = entry.seen == self.scrape;
        self.seen += usize::from(!repeated);
        entry.seen = self.scrape;
        let lookup = match entry.series {
            None => Lookup::Dropped,
            Some(series) => Lookup::Known { entry: EntryIndex(index as u32), series, repeated },
        };
        (lookup, hash)
    }

    /// Tells whether these bytes name the series that is expected next, one that is stored and not repeated.
    #[inline]
    pub(crate) fn expects(&self, key: &[u8]) -> bool {
        self.entries
            .get(self.cursor)
            .is_some_and(|e| e.series.is_some() && e.seen != self.scrape && e.hash == SeriesHash::of(key).0)
    }

    /// Returns the series that is expected next.
    pub(crate) fn expected(&self) -> Option<(EntryIndex, SeriesRef)> {
        let series = self.entries.get(self.cursor)?.series?;
        Some((EntryIndex(self.cursor as u32), series))
    }

    /// Notes that the series that was expected next was there.
    pub(crate) fn confirm(&mut self, entry: EntryIndex) {
        self.entries[entry.0 as usize].seen = self.scrape;
        self.seen += 1;
        self.cursor = entry.0 as usize + 1;
    }

    /// Remembers a series; `None` for one that relabelling drops.
    pub(crate) fn insert(&mut self, hash: SeriesHash, series: Option<SeriesRef>) -> EntryIndex {
        let index = self.entries.len() as u32;
        self.entries.push(Entry {
            hash: hash.0,
            series,
            seen: self.scrape,
            tracked: 0,
            tracked_twice: false,
        });
        let entries = &self.entries;
        self.table.insert_unique(hash.table(), index, |&i| SeriesHash(entries[i as usize].hash).table());
        self.seen += 1;
        self.cursor = self.entries.len();
        EntryIndex(index)
    }

    /// Points an entry to another series: the storage had evicted the old one.
    pub(crate) fn replace(&mut self, entry: EntryIndex, series: SeriesRef) {
        self.entries[entry.0 as usize].series = Some(series);
    }

    /// Notes that the series was stored by this scrape and must be marked when it vanishes.
    pub(crate) fn track(&mut self, entry: EntryIndex) {
        let entry = &mut self.entries[entry.0 as usize];
        if entry.tracked != self.scrape {
            entry.tracked_twice = entry.tracked != 0 && entry.tracked + 1 == self.scrape;
            entry.tracked = self.scrape;
            self.tracked_again += usize::from(entry.tracked_twice);
            self.tracked += 1;
        }
    }

    /// Forgets what this scrape tracked, because nothing of it is stored: all series of the scrape before are stale.
    pub(crate) fn untrack_all(&mut self) {
        for entry in self.entries.iter_mut().filter(|e| e.tracked == self.scrape) {
            entry.tracked = if entry.tracked_twice { self.scrape - 1 } else { 0 };
        }
        (self.tracked, self.tracked_again) = (0, 0);
    }

    /// Returns the series that the scrape before stored and this one did not.
    pub(crate) fn stale(&self) -> Vec<SeriesRef> {
        if self.tracked_again == self.tracked_before {
            return Vec::new();
        }
        // One series may be written in several ways: it is stale only if none of them was there.
        let alive: HashSet<SeriesRef> = match self.tracked {
            0 => HashSet::new(),
            _some => {
                self.entries.iter().filter(|e| e.tracked == self.scrape).filter_map(|e| e.series).collect()
            }
        };
        let vanished = self.entries.iter().filter(|e| e.tracked != 0 && e.tracked + 1 == self.scrape);
        vanished.filter_map(|e| e.series).filter(|s| !alive.contains(s)).collect()
    }

    /// Ends a scrape. After a `good` one, what it did not see is forgotten; after others only if the cache grew out of
    /// bounds. Returns whether such a flush was forced.
    pub(crate) fn end(&mut self, good: bool) -> bool {
        let forced = !good && self.entries.len() > self.good_len * 2 + GROWTH_MIN;
        if (good || forced) && self.seen < self.entries.len() {
            self.forget_unseen();
        }
        if good {
            self.good_len = self.entries.len();
        }
        self.tracked_before = self.tracked;
        forced
    }

    fn forget_unseen(&mut self) {
        let scrape = self.scrape;
        self.entries.retain(|e| e.seen == scrape);
        let entries = &self.entries;
        self.table.clear();
        for (i, entry) in entries.iter().enumerate() {
            let rehash = |&i: &u32| SeriesHash(entries[i as usize].hash).table();
            self.table.insert_unique(SeriesHash(entry.hash).table(), i as u32, rehash);
        }
        if self.entries.capacity() > 2 * self.entries.len() + GROWTH_MIN {
            self.entries.shrink_to_fit();
            let entries = &self.entries;
            self.table.shrink_to_fit(|&i| SeriesHash(entries[i as usize].hash).table());
        }
    }
}

/// The identity of a series within a target's bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeriesHash(u128);

impl SeriesHash {
    fn of(key: &[u8]) -> SeriesHash {
        SeriesHash(xxhash_rust::xxh3::xxh3_128(key))
    }

    fn table(self) -> u64 {
        self.0 as u64
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    const NONE: [u64; 0] = [];

    fn series(n: u64) -> SeriesRef {
        SeriesRef(NonZeroU64::new(n).unwrap())
    }

    /// Scrapes a body of keys; new ones get the number that follows their letter. Returns the stale series.
    fn scrape(cache: &mut Cache, keys: &[(&str, u64)], good: bool) -> Vec<u64> {
        cache.begin();
        for (key, n) in keys {
            let entry = match cache.get(key.as_bytes()) {
                (Lookup::Unknown, hash) => cache.insert(hash, Some(series(*n))),
                (Lookup::Known { entry, series: s, repeated }, _) => {
                    assert_eq!((s, repeated), (series(*n), false), "{key}");
                    entry
                }
                (Lookup::Dropped, _) => panic!("nothing is dropped"),
            };
            cache.track(entry);
        }
        let mut stale: Vec<u64> = cache.stale().into_iter().map(|s| s.0.get()).collect();
        stale.sort_unstable();
        cache.end(good);
        stale
    }

    #[test]
    fn what_vanishes_is_stale_once_and_forgotten() {
        let mut cache = Cache::default();
        assert_eq!(scrape(&mut cache, &[("a", 1), ("b", 2), ("c", 3)], true), NONE);
        assert_eq!(scrape(&mut cache, &[("c", 3), ("a", 1)], true), [2]);
        assert_eq!(cache.entries.len(), 2);
        assert_eq!(scrape(&mut cache, &[("a", 1), ("c", 3)], true), NONE);
        assert_eq!(scrape(&mut cache, &[], false), [1, 3]);
        assert_eq!(cache.entries.len(), 2, "an empty or failed scrape forgets nothing");
        assert_eq!(scrape(&mut cache, &[], false), NONE);
        assert_eq!(scrape(&mut cache, &[("a", 1)], true), NONE);
    }

    #[test]
    fn one_series_written_in_another_way_is_not_stale() {
        let mut cache = Cache::default();
        scrape(&mut cache, &[("a{x=\"1\",y=\"2\"}", 1), ("b", 2)], true);
        assert_eq!(scrape(&mut cache, &[("a{y=\"2\",x=\"1\"}", 1)], true), [2]);
    }

    #[test]
    fn a_failure_half_way_makes_all_former_series_stale() {
        let mut cache = Cache::default();
        scrape(&mut cache, &[("a", 1), ("b", 2)], true);
        cache.begin();
        let (Lookup::Known { entry, .. }, _) = cache.get(b"a") else { panic!("a is known") };
        cache.track(entry);
        cache.untrack_all();
        assert_eq!(cache.stale().len(), 2);
        cache.end(false);
        assert_eq!(scrape(&mut cache, &[], false), NONE);
    }

    #[test]
    fn repeats_and_drops_are_told() {
        let mut cache = Cache::default();
        cache.begin();
        let (_, hash) = cache.get(b"a");
        cache.insert(hash, Some(series(1)));
        assert!(matches!(cache.get(b"a").0, Lookup::Known { repeated: true, .. }));
        let (_, hash) = cache.get(b"gone");
        cache.insert(hash, None);
        assert_eq!(cache.get(b"gone").0, Lookup::Dropped);
    }

    #[test]
    fn a_cache_that_grows_while_scrapes_fail_is_flushed() {
        let mut cache = Cache::default();
        let mut forced = 0;
        for round in 0..5000u64 {
            cache.begin();
            let (_, hash) = cache.get(&round.to_le_bytes());
            cache.insert(hash, None);
            forced += usize::from(cache.end(false));
            assert!(cache.entries.len() <= 1001);
        }
        assert!(forced > 0);
    }
}
