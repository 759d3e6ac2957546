//! Where backups are kept.

mod aws_config;
mod connector;
mod directory;
mod s3;

use std::path::Path;

pub use directory::Directory;
pub use s3::{S3, S3Options};

use crate::digest::Digest;
use crate::error::BackupError;
use crate::progress::Progress;

/// An object of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its name, with slashes.
    pub key: String,
    /// Its length.
    pub bytes: u64,
}

/// A place for objects. An object is there whole or not at all.
///
/// All methods fail with [`BackupError`]; they may be called from several threads.
#[allow(clippy::missing_errors_doc, reason = "said above")]
pub trait Store: Send + Sync {
    /// Returns how the place is called.
    fn place(&self) -> String;
    /// Returns all objects whose names begin with `prefix`, which ends with a slash.
    fn list(&self, prefix: &str) -> Result<Vec<Object>, BackupError>;
    /// Writes a small object.
    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BackupError>;
    /// Writes a file as an object and returns what was written.
    fn put_file(&self, key: &str, file: &Path, progress: &dyn Progress) -> Result<Digest, BackupError>;
    /// Reads a small object, of at most `bytes_max`.
    fn get(&self, key: &str, bytes_max: u64) -> Result<Vec<u8>, BackupError>;
    /// Reads an object of this many bytes into a file, replacing it, and returns what was read.
    fn get_file(
        &self,
        key: &str,
        bytes: u64,
        to: &Path,
        progress: &dyn Progress,
    ) -> Result<Digest, BackupError>;
    /// Deletes an object; one that is not there is no error.
    fn delete(&self, key: &str) -> Result<(), BackupError>;
}

/// Opens the place that a user named: `s3://bucket/prefix`, or a directory.
///
/// # Errors
/// [`BackupError::Place`].
pub fn open(place: &str, options: &S3Options) -> Result<Box<dyn Store>, BackupError> {
    match place.strip_prefix("s3://") {
        Some(rest) => Ok(Box::new(S3::open(rest, options)?)),
        None if place.contains("://") => {
            let reason = "expected a directory or s3://bucket/prefix".to_owned();
            Err(BackupError::Place { place: place.to_owned(), reason })
        }
        None => Ok(Box::new(Directory::new(place))),
    }
}
