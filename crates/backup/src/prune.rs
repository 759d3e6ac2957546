//! Deleting old backups.

use std::collections::HashSet;

use crate::error::BackupError;
use crate::manifest::{Manifest, backups, key_of};
use crate::store::Store;
use crate::upload::FILES;
use crate::workers::each;

/// What a prune deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Backups, oldest first.
    pub backups: Vec<String>,
    /// Files that no other backup has.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Keeps the newest `keep` backups, at least one, and deletes the others with all files that only they have; also files that no
/// backup has, which interrupted backups leave.
///
/// # Errors
/// [`BackupError`], also for a backup to be kept that cannot be read: then no file is deleted.
pub fn prune(store: &dyn Store, keep: usize) -> Result<Pruned, BackupError> {
    let names = backups(store)?;
    let (old, kept) = names.split_at(names.len().saturating_sub(keep.max(1)));
    let mut used = HashSet::new();
    for name in kept {
        used.extend(Manifest::read(store, name)?.files.into_iter().map(|file| file.key));
    }
    // From here on nothing names what is deleted next.
    for name in old {
        store.delete(&key_of(name))?;
    }
    let mut surplus = store.list(FILES)?;
    surplus.retain(|object| !used.contains(&object.key));
    each(&surplus, |object| store.delete(&object.key))?;
    Ok(Pruned {
        backups: old.to_vec(),
        files: surplus.len(),
        bytes: surplus.iter().map(|object| object.bytes).sum(),
    })
}
