//! Open files, and the bytes of whole ones.

use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use super::{Contents, DiskFile, DiskPath};
use crate::error::FileError;

/// An open file that knows its path. Clones are the same file.
#[derive(Clone, Debug)]
pub struct OpenFile {
    file: Arc<dyn DiskFile>,
    path: DiskPath,
}

impl OpenFile {
    pub(super) fn new(file: Arc<dyn DiskFile>, path: &DiskPath) -> OpenFile {
        OpenFile { file, path: path.clone() }
    }

    /// Returns the path that it was opened by.
    pub fn path(&self) -> &DiskPath {
        &self.path
    }

    fn done<T>(&self, action: &'static str, result: io::Result<T>) -> Result<T, FileError> {
        result.map_err(|e| FileError::io(action, self.path.path(), e))
    }

    /// Writes all bytes from an offset on.
    ///
    /// # Errors
    /// [`FileError::Io`], as all below.
    pub fn write_all_at(&self, bytes: &[u8], offset: u64) -> Result<(), FileError> {
        self.done("write", self.file.write_all_at(bytes, offset))
    }

    /// Reads from an offset on until the buffer is full or the file ends; returns how many bytes that were.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, FileError> {
        self.done("read", self.file.read_at(buffer, offset))
    }

    /// Cuts the file, or fills it up with zeros.
    pub fn set_len(&self, bytes: u64) -> Result<(), FileError> {
        self.done("truncate", self.file.set_len(bytes))
    }

    /// Makes the contents durable.
    pub fn sync(&self) -> Result<(), FileError> {
        self.done("sync", self.file.sync())
    }

    /// Turns this into a writer from the beginning on that gathers this many bytes before each write.
    pub fn sequential(self, buffer_bytes: usize) -> Sequential {
        Sequential { file: self, buffer: Vec::with_capacity(buffer_bytes), buffer_bytes, written: 0 }
    }
}

/// Writes a file from its beginning to its end.
#[derive(Debug)]
pub struct Sequential {
    file: OpenFile,
    buffer: Vec<u8>,
    buffer_bytes: usize,
    /// Bytes that stand in the file.
    written: u64,
}

impl Sequential {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`FileError::Io`], as all below; the file is of no use then.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        if self.buffer.len() + bytes.len() > self.buffer_bytes {
            self.flush()?;
        }
        if bytes.len() >= self.buffer_bytes {
            self.file.write_all_at(bytes, self.written)?;
            self.written += bytes.len() as u64;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// Hands what was gathered to the file.
    pub fn flush(&mut self) -> Result<(), FileError> {
        self.file.write_all_at(&self.buffer, self.written)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Hands what was gathered to the file and makes it durable.
    pub fn sync(&mut self) -> Result<(), FileError> {
        self.flush()?;
        self.file.sync()
    }

    /// Returns the path.
    pub fn path(&self) -> &DiskPath {
        self.file.path()
    }
}

/// The bytes of a whole file. They stay for as long as this lives, even if the file is removed meanwhile.
#[derive(Debug)]
pub struct FileBytes {
    bytes: Contents,
    path: DiskPath,
}

impl FileBytes {
    pub(super) fn new(bytes: Contents, path: &DiskPath) -> FileBytes {
        FileBytes { bytes, path: path.clone() }
    }

    /// Returns the path that the file was opened by.
    pub fn path(&self) -> &Path {
        self.path.path()
    }
}

impl Deref for FileBytes {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Contents::Mapped(map) => map,
            Contents::Copied(bytes) => bytes,
        }
    }
}
