//! The one way to files: everything the database creates, writes, syncs, renames, removes and reads goes through a [`Disk`].
//!
//! A [`DiskPath`] is a path together with its disk, so code asks a path for what it needs and never names the disk. The
//! real one ([`RealDisk`]) costs one virtual call for each operation on a whole file or buffer; what is read by
//! reference is mapped memory. Tests have a simulated one that loses, tears and reorders what was not synced.
//!
//! Invariants: 1. No other module of this crate calls `std::fs` (tools, which work beside a database, excepted).
//! 2. A finished file is durable once its own [`DiskFile::sync`] and its directory's [`Disk::sync_dir`] have returned.

#[cfg(test)]
pub mod crashing;
mod file;
mod path;
mod real;
mod room;

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use file::{FileBytes, OpenFile, Sequential};
pub use path::DiskPath;
pub use real::RealDisk;
pub use room::Room;

use crate::mmap::Mmap;

/// A file system.
pub trait Disk: Debug + Send + Sync {
    /// Creates a file that must not exist and opens it for writing.
    fn create_new(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens a file for writing; a file that is there is emptied.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens a file that is there for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens a file for reading.
    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;
    /// Returns a whole file as it is now; later changes need not show.
    fn contents(&self, path: &Path) -> io::Result<Contents>;
    /// Tells what is at a path.
    fn entry(&self, path: &Path) -> io::Result<Entry>;
    /// Returns what a directory holds, without order. Names that are no UTF-8 are left out: this program writes none.
    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>>;
    /// Creates a directory and those above it.
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;
    /// Gives a file or directory another name, replacing a file that has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory with all in it.
    fn remove_dir_all(&self, dir: &Path) -> io::Result<()>;
    /// Gives a file a second name.
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Takes the lock that a file stands for; `None` if another process holds it. The file is created if it is missing.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Debug + Send + Sync>>>;
    /// Tells how much room the file system of a path has.
    fn space(&self, path: &Path) -> io::Result<Space>;
}

/// An open file.
pub trait DiskFile: Debug + Send + Sync {
    /// Writes all bytes from an offset on.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Reads from an offset on until the buffer is full or the file ends; returns how many bytes that were.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Cuts the file, or fills it up with zeros.
    fn set_len(&self, bytes: u64) -> io::Result<()>;
    /// Makes the contents durable.
    fn sync(&self) -> io::Result<()>;
}

/// The bytes of a file.
#[derive(Debug)]
pub enum Contents {
    /// Mapped.
    Mapped(Mmap),
    /// Copied.
    Copied(Box<[u8]>),
}

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The last part of its path.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Its length; 0 for a directory.
    pub bytes: u64,
}

/// Room of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that can still be written.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}
