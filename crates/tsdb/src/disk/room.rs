//! Whether there is room to write, and what to do while there is none.
//!
//! The first write that fails for want of room makes the database read-only: samples are refused before anything is written,
//! queries go on. Each refusal looks whether there is room again, so it recovers by itself, and not in the last few bytes:
//! [`ROOM_BYTES`] must be free. Nothing that was acknowledged is touched.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::{DiskPath, Space};
use crate::error::FileError;

/// Bytes that must be free before samples are taken again; on small disks a smaller part of them.
const ROOM_BYTES: u64 = 16 << 20;
/// The part of a small disk that must be free.
const ROOM_PART: u64 = 64;

/// The state of a disk.
#[derive(Debug)]
pub struct Room {
    dir: DiskPath,
    full: AtomicBool,
    /// The write failed although there was room: a quota, of which the disk does not tell. Only trying tells.
    untold: AtomicBool,
    refused: AtomicU64,
}

impl Room {
    /// Watches the disk that a directory is on.
    pub fn new(dir: DiskPath) -> Room {
        Room { dir, full: AtomicBool::new(false), untold: AtomicBool::new(false), refused: AtomicU64::new(0) }
    }

    /// Tells whether writes failed for want of room, and nothing says that there is room again.
    pub fn is_full(&self) -> bool {
        self.full.load(Relaxed)
    }

    /// Returns how many writes were refused.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Refuses to begin a write while there is no room.
    ///
    /// # Errors
    /// [`FileError::NoRoom`].
    pub fn check(&self) -> Result<(), FileError> {
        if !self.is_full() || self.look() {
            return Ok(());
        }
        self.refused.fetch_add(1, Relaxed);
        let Space { free, total } = self.dir.space()?;
        Err(self.no_room("take samples", needed(total), free))
    }

    /// Refuses work that writes about so many bytes where fewer are free, or would leave too little for samples.
    ///
    /// # Errors
    /// [`FileError::NoRoom`].
    pub fn check_for(&self, what: &'static str, bytes: u64) -> Result<(), FileError> {
        let Space { free, total } = self.dir.space()?;
        let bytes = bytes.saturating_add(needed(total));
        if bytes <= free { Ok(()) } else { Err(self.no_room(what, bytes, free)) }
    }

    /// Notes how a write ended, and hands its result on.
    ///
    /// # Errors
    /// That of the write.
    pub fn note<T>(&self, result: Result<T, FileError>) -> Result<T, FileError> {
        match &result {
            Ok(_) => self.clear(),
            Err(error) if error.is_full() => {
                self.untold.store(self.has_room(), Relaxed);
                if !self.full.swap(true, Relaxed) {
                    tracing::error!(%error, "no room left on the disk: samples are refused, queries go on");
                }
            }
            Err(_) => {}
        }
        result
    }

    /// Looks whether there is room again, or whether only trying tells.
    pub fn look(&self) -> bool {
        if !self.is_full() || self.untold.load(Relaxed) {
            return true;
        }
        let room = self.has_room();
        if room {
            self.clear();
        }
        room
    }

    fn clear(&self) {
        if self.is_full() && self.full.swap(false, Relaxed) {
            tracing::info!("there is room on the disk again: samples are taken");
        }
    }

    /// A disk that does not tell counts as having room.
    fn has_room(&self) -> bool {
        self.dir.space().map_or(true, |space| space.free >= needed(space.total))
    }

    fn no_room(&self, what: &'static str, needed: u64, free: u64) -> FileError {
        FileError::NoRoom { path: self.dir.path().to_owned(), what, needed, free }
    }
}

fn needed(total: u64) -> u64 {
    ROOM_BYTES.min(total / ROOM_PART)
}
