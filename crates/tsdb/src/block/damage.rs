//! Chunks of a block that turned out to be damaged.
//!
//! Checksums of chunks are verified when they are read. The query that finds damage fails and says where it is; from then on
//! the chunk is left out, so that the rest of the block is served, and each answer that may lack it carries a warning: what is
//! incomplete never looks complete. The block's files are not touched.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hashbrown::HashSet;
use parking_lot::RwLock;

use crate::chunks::ChunkRef;
use crate::disk::DiskPath;
use crate::error::FileError;

/// What is known of a block's damage.
#[derive(Debug, Default)]
pub struct Damage {
    /// Readable without the lock: nearly always 0.
    count: AtomicUsize,
    chunks: RwLock<HashSet<ChunkRef>>,
}

impl Damage {
    /// Tells whether a chunk is known to be damaged.
    #[inline]
    pub fn leaves_out(&self, chunk: ChunkRef) -> bool {
        self.count.load(Relaxed) > 0 && self.chunks.read().contains(&chunk)
    }

    /// Notes that a chunk could not be read, if the bytes are to blame; hands the error on.
    pub fn found(&self, chunk: ChunkRef, error: FileError) -> FileError {
        if error.is_corruption() && self.chunks.write().insert(chunk) {
            self.count.fetch_add(1, Relaxed);
            tracing::error!(%error, "a damaged chunk is left out from now on");
        }
        error
    }

    /// Returns how many chunks are known to be damaged.
    pub fn chunks(&self) -> usize {
        self.count.load(Relaxed)
    }

    /// Returns what answers say if any chunk is damaged, or so many series are, see [`crate::index`].
    pub fn warning(&self, block: &DiskPath, series: usize) -> Option<String> {
        let dir = block.display();
        match (self.chunks(), series) {
            (0, 0) => None,
            (chunks, 0) => Some(format!("block {dir} is damaged: samples of {chunks} chunks are left out")),
            (0, series) => Some(format!("block {dir} is damaged: {series} series are left out")),
            (chunks, series) => Some(format!(
                "block {dir} is damaged: {series} series and samples of {chunks} chunks are left out"
            )),
        }
    }
}
