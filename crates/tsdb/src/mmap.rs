//! Files mapped into memory, read-only. The one place of unsafe code in the whole program.

#![allow(unsafe_code)] // one operation, see `Mmap::open`

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// A file's bytes as a slice. The file stays open for as long as this lives, even if it is unlinked meanwhile.
#[derive(Debug)]
pub struct Mmap(memmap2::Mmap);

impl Mmap {
    /// Maps a whole file as long as it is now.
    ///
    /// # Errors
    /// What the operating system answers.
    pub fn open(path: &Path) -> io::Result<Mmap> {
        let file = File::open(path)?;
        // SAFETY: the slice must not change while it is borrowed. We map finished files only: block files, which are
        // never written again after their directory got its final name (an index is mapped earlier once, by its writer,
        // which from then on only appends behind the mapped length), and full head chunk files, which are only unlinked.
        // A foreign program that truncates such a file breaks this, as it breaks Prometheus.
        unsafe { memmap2::Mmap::map(&file) }.map(Mmap)
    }
}

impl Deref for Mmap {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}
