//! The blocks of a directory: found, opened, replaced and removed.
//!
//! Invariant: the list is sorted by time and replaced as a whole, so a reader's copy stays as it is.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use ulid::Ulid;

use crate::block::{Block, BlockMeta, DELETED_SUFFIX, TEMPORARY_SUFFIX, TIERS_DIR, homes};
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::quarantine::set_aside;

/// The blocks.
#[derive(Debug)]
pub struct BlockList {
    dir: DiskPath,
    blocks: ArcSwap<Vec<Arc<Block>>>,
    changing: Mutex<()>,
    reloads: AtomicU64,
    reloads_failed: AtomicU64,
}

impl BlockList {
    /// Opens all blocks of a directory and removes what was left unfinished. A damaged block goes to `quarantine`.
    /// Returns the damage too.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn open(dir: &DiskPath, quarantine: &DiskPath) -> Result<(BlockList, Vec<FileError>), FileError> {
        let mut found = Vec::new();
        let mut damage = Vec::new();
        let mut entries = Vec::new();
        for home in homes(dir) {
            entries.extend(home.list()?.into_iter().filter(|e| e.is_dir).map(|e| home.join(e.name)));
        }
        for path in entries {
            let name = &path.name();
            let unfinished = [TEMPORARY_SUFFIX, DELETED_SUFFIX, ".tmp"].iter().any(|s| name.ends_with(s));
            let stem = name.split('.').next().unwrap_or("");
            if stem.parse::<Ulid>().is_err() {
                continue;
            }
            if unfinished {
                path.remove_dir_all()?;
            } else if name == stem {
                match Block::open(&path) {
                    Ok(block) => found.push(Arc::new(block)),
                    Err(error) if is_damage(&error) => {
                        set_aside(&path, quarantine, name)?;
                        damage.push(error);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        let list = BlockList {
            dir: dir.clone(),
            blocks: ArcSwap::default(),
            changing: Mutex::new(()),
            reloads: AtomicU64::new(1), // this is the first
            reloads_failed: AtomicU64::new(0),
        };
        list.replace(found);
        list.remove_superseded()?;
        Ok((list, damage))
    }

    /// Returns the blocks as they are now, oldest first.
    pub fn get(&self) -> Arc<Vec<Arc<Block>>> {
        self.blocks.load_full()
    }

    /// Returns descriptions of the blocks, oldest first.
    pub fn metas(&self) -> Vec<BlockMeta> {
        self.blocks.load().iter().map(|b| b.meta()).collect()
    }

    /// Returns the end of the newest block that the head was cut into: all samples before it are in blocks.
    pub fn max_time_ms(&self) -> Option<i64> {
        let metas = self.blocks.load();
        let cut = metas.iter().map(|b| b.meta()).filter(|m| !m.is_beside_the_head());
        cut.map(|m| m.max_time_ms).max()
    }

    /// Returns the size of all blocks.
    pub fn bytes(&self) -> u64 {
        self.blocks.load().iter().map(|b| b.bytes()).sum()
    }

    /// Returns how often the list was loaded anew, and how often that failed.
    pub fn reloads(&self) -> (u64, u64) {
        (self.reloads.load(Relaxed), self.reloads_failed.load(Relaxed))
    }

    fn replace(&self, mut blocks: Vec<Arc<Block>>) {
        blocks.sort_by_key(|b| {
            let meta = b.meta();
            (meta.min_time_ms, meta.max_time_ms, meta.ulid)
        });
        self.blocks.store(Arc::new(blocks));
    }

    /// Adds a block that was written and takes others out in the same step, then removes their directories.
    ///
    /// # Errors
    /// [`FileError`]; the list is as before if the new block cannot be opened.
    pub fn exchange(&self, new: Option<Ulid>, old: &[Ulid]) -> Result<(), FileError> {
        self.exchange_all(new.as_slice(), old)
    }

    /// As [`BlockList::exchange`], with several new blocks.
    ///
    /// # Errors
    /// [`FileError`]; the list is as before if a new block cannot be opened.
    pub fn exchange_all(&self, new: &[Ulid], old: &[Ulid]) -> Result<(), FileError> {
        self.reloads.fetch_add(1, Relaxed);
        self.exchange_uncounted(new, old).inspect_err(|_| {
            self.reloads_failed.fetch_add(1, Relaxed);
        })
    }

    fn exchange_uncounted(&self, new: &[Ulid], old: &[Ulid]) -> Result<(), FileError> {
        let _changing = self.changing.lock();
        let mut blocks = Vec::clone(&self.blocks.load());
        for ulid in new {
            let name = ulid.to_string();
            let own = self.dir.join(TIERS_DIR).join(&name);
            blocks.push(Arc::new(Block::open(if own.is_there() { own } else { self.dir.join(name) })?));
        }
        let mut removed = Vec::new();
        blocks.retain(|b| {
            let stays = !old.contains(&b.meta().ulid);
            if !stays {
                removed.push(b.dir().clone());
            }
            stays
        });
        self.replace(blocks);
        removed.iter().try_for_each(remove_block)
    }

    /// Removes blocks that others were made of: a crash came between writing and removing.
    fn remove_superseded(&self) -> Result<(), FileError> {
        let metas = self.metas();
        let parents: HashSet<Ulid> =
            metas.iter().flat_map(|m| m.compaction.parents.iter().map(|p| p.ulid)).collect();
        let superseded = |m: &BlockMeta| parents.contains(&m.ulid) || m.compaction.deletable;
        // Series moved out of a block that is still there, without a successor: half of the work.
        let there: HashSet<Ulid> = metas.iter().filter(|m| !superseded(m)).map(|m| m.ulid).collect();
        let half =
            |m: &BlockMeta| m.own.iter().flat_map(|own| &own.moved_from).any(|from| there.contains(from));
        let old: Vec<Ulid> = metas.iter().filter(|m| superseded(m) || half(m)).map(|m| m.ulid).collect();
        if old.is_empty() { Ok(()) } else { self.exchange_uncounted(&[], &old) }
    }
}

/// Removes a block's directory so that a crash in between leaves nothing that looks like a block.
fn remove_block(dir: &DiskPath) -> Result<(), FileError> {
    let going = dir.with_suffix(DELETED_SUFFIX);
    dir.rename_to(&going)?;
    going.remove_dir_all()
}

/// A file that is missing from a block is damage as much as wrong bytes are.
fn is_damage(error: &FileError) -> bool {
    error.is_corruption() || error.is_not_found()
}
