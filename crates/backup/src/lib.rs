//! Backups of a database's directory, to another directory or to a store that speaks S3.
//!
//! ```text
//! files/01ARZ…/index, files/01ARZ…/chunks/000001    what never changes, under the name it has in the database
//! files/01ARZ…/meta.json.4f2a…, files/wal/00000003.9c01…   what may change, with the beginning of its SHA-256 behind the name
//! backups/20261121T145000Z.json                     a backup: its files with sizes and SHA-256
//! ```
//! A block is uploaded once, however many backups contain it; an interrupted backup goes on where it stopped, because what
//! arrived is there under its final name.
//!
//! Main types: [`Source`] (what to back up), [`Store`] (where to), [`backup`], [`restore`], [`Manifest`].
//!
//! Invariants: 1. A file of a store has its final name only when it is complete.  2. A manifest is written last, after a
//! look that all its files are there.  3. A restored directory gets its name only when every file has been compared with
//! its SHA-256.  4. Pruning deletes manifests before files, and only files that no manifest names.
//!
//! Two backups to one place at the same time are safe; a prune beside a running backup is not, so `--keep` belongs to one
//! of them.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod digest;
mod download;
mod error;
mod manifest;
mod progress;
mod prune;
mod source;
mod store;
mod upload;
mod workers;

#[cfg(test)]
mod tests;

pub use download::{Restored, check, restore};
pub use error::BackupError;
pub use manifest::{FileEntry, Manifest, backups};
pub use progress::{Progress, Quiet};
pub use prune::{Pruned, prune};
pub use source::Source;
pub use store::{Directory, Object, S3, S3Options, Store, open};
pub use upload::{Backed, backup};
