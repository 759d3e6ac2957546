//! What belongs to a backup.

use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::digest::of_bytes;
use crate::error::BackupError;
use crate::store::Store;

/// Where manifests are.
pub(crate) const MANIFESTS: &str = "backups/";
const SUFFIX: &str = ".json";
const VERSION: u32 = 1;
/// More than a database of a hundred thousand blocks needs.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this description.
    pub version: u32,
    /// Its name: when it was made, so that names sort by time.
    pub name: String,
    /// Its files, by path.
    pub files: Vec<FileEntry>,
    /// SHA-256 of the above.
    checksum: String,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Where it belongs in the database's directory, with slashes.
    pub path: String,
    /// Where it is in the store.
    pub key: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 as hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// Makes a manifest.
    pub fn new(name: String, mut files: Vec<FileEntry>) -> Manifest {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut manifest = Manifest { version: VERSION, name, files, checksum: String::new() };
        manifest.checksum = manifest.sum();
        manifest
    }

    /// Returns the bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    fn sum(&self) -> String {
        let mut lines = format!("{}\n{}\n", self.version, self.name);
        for FileEntry { path, key, bytes, sha256 } in &self.files {
            lines.push_str(&format!("{path}\0{key}\0{bytes}\0{sha256}\n"));
        }
        of_bytes(lines.as_bytes()).sha256
    }

    /// Writes the manifest.
    pub(crate) fn write(&self, store: &dyn Store) -> Result<(), BackupError> {
        let refuse =
            |e: serde_json::Error| BackupError::Manifest { name: self.name.clone(), reason: e.to_string() };
        let bytes = serde_json::to_vec_pretty(self).map_err(refuse)?;
        store.put(&key_of(&self.name), &bytes)
    }

    /// Reads a manifest and checks it: its sum, and that no file leads out of the directory.
    ///
    /// # Errors
    /// [`BackupError::Manifest`], and what the store returns.
    pub fn read(store: &dyn Store, name: &str) -> Result<Manifest, BackupError> {
        let refuse = |reason: String| BackupError::Manifest { name: name.to_owned(), reason };
        let bytes = store.get(&key_of(name), MANIFEST_BYTES_MAX)?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|e| refuse(e.to_string()))?;
        if manifest.version != VERSION {
            return Err(refuse(format!("version {} of its description, not {VERSION}", manifest.version)));
        }
        let sum = manifest.sum();
        if sum != manifest.checksum {
            return Err(refuse(format!("expected checksum {}, found {sum}", manifest.checksum)));
        }
        for file in &manifest.files {
            if !is_inside(&file.path) {
                return Err(refuse(format!("path {:?} leads out of the directory", file.path)));
            }
        }
        Ok(manifest)
    }
}

/// Returns the names of the backups in a store, oldest first.
///
/// # Errors
/// What the store returns.
pub fn backups(store: &dyn Store) -> Result<Vec<String>, BackupError> {
    let name = |key: &str| Some(key.strip_prefix(MANIFESTS)?.strip_suffix(SUFFIX)?.to_owned());
    let mut names: Vec<String> =
        store.list(MANIFESTS)?.iter().filter_map(|object| name(&object.key)).collect();
    names.sort_unstable();
    Ok(names)
}

/// Returns where a manifest is.
pub(crate) fn key_of(name: &str) -> String {
    format!("{MANIFESTS}{name}{SUFFIX}")
}

/// Tells whether a relative path stays below where it starts.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
