//! From labels to series number, without a string being built or kept.
//!
//! A table entry is eight bytes: half of the hash and the number. Whether the labels are really equal is asked of the
//! series itself.

use hashbrown::HashTable;
use parking_lot::RwLock;

/// Tables; each has its own lock and grows on its own.
const SHARDS: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    id: u32,
}

/// The tables.
#[derive(Debug, Default)]
pub struct ByLabels {
    shards: [RwLock<HashTable<Entry>>; SHARDS],
}

fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl ByLabels {
    fn shard(&self, hash: u64) -> &RwLock<HashTable<Entry>> {
        &self.shards[(hash >> 60) as usize % SHARDS]
    }

    /// Returns the series with this hash of its labels for which `same` says yes.
    pub fn find(&self, hash: u64, mut same: impl FnMut(u32) -> bool) -> Option<u32> {
        let half = hash as u32;
        self.shard(hash).read().find(spread(half), |e| e.hash == half && same(e.id)).map(|e| e.id)
    }

    /// Adds a series.
    pub fn insert(&self, hash: u64, id: u32) {
        let half = hash as u32;
        let entry = Entry { hash: half, id };
        self.shard(hash).write().insert_unique(spread(half), entry, |e| spread(e.hash));
    }

    /// Removes series, which must be sorted.
    pub fn remove(&self, ids: &[u32]) {
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.retain(|e| ids.binary_search(&e.id).is_err());
            if shard.capacity() > 4 * shard.len() + 64 {
                shard.shrink_to_fit(|e| spread(e.hash));
            }
        }
    }

    /// Returns the number of tables.
    pub fn shards(&self) -> usize {
        SHARDS
    }

    /// Calls `visit` with half of the hash and the number of each series in a table.
    pub fn visit(&self, shard: usize, mut visit: impl FnMut(u32, u32)) {
        self.shards[shard].read().iter().for_each(|e| visit(e.hash, e.id));
    }

    /// Fills a table with what [`ByLabels::visit`] handed out.
    pub fn restore(&self, shard: usize, entries: &[(u32, u32)]) {
        let mut table = self.shards[shard].write();
        table.reserve(entries.len(), |e| spread(e.hash));
        for &(hash, id) in entries {
            table.insert_unique(spread(hash), Entry { hash, id }, |e| spread(e.hash));
        }
    }

    /// Returns the bytes of the tables.
    pub fn heap_bytes(&self) -> usize {
        self.shards.iter().map(|s| s.read().allocation_size()).sum()
    }
}
