//! Blocks in our own format: old data, denser than Prometheus can read, or downsampled.
//!
//! Such a block has the files of any other, but its chunks are in encodings of ours ([`crate::dense`],
//! [`crate::tiers`]). So that Prometheus and Thanos neither fail on it nor take it for what it is not, it stands in
//! `tiers/` below the database's directory, where they do not look, and its `meta.json` has a version that they refuse
//! by name should somebody move it.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::meta::{BlockMeta, ulid_texts};
use crate::disk::DiskPath;
use crate::error::FileError;

/// The directory of our own blocks, below the database's.
pub const TIERS_DIR: &str = "tiers";
/// The version of their `meta.json`, far from any that Prometheus will reach.
pub(super) const OWN_VERSION: u32 = 1000;

/// What makes a block ours: the section `bongsu` of its `meta.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnFormat {
    /// Length of the buckets that samples were brought together in; 0 for all samples, densely.
    #[serde(skip_serializing_if = "super::meta::is_zero_ms")]
    pub resolution_ms: i64,
    /// Blocks that series were moved from into this one: only half of the work is done while one of them is still there.
    #[serde(with = "ulid_texts", skip_serializing_if = "Vec::is_empty")]
    pub moved_from: Vec<Ulid>,
    /// Set for buckets that stand beside the samples they were made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<BesideSamples>,
}

/// What buckets stand for that do not replace samples. The samples are in blocks with the same sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BesideSamples {
    /// The mark of the rule that they were made for, see [`crate::tiers::Policy::mark_of`].
    pub rule: u64,
    /// Whether the samples are gone by that rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

impl BlockMeta {
    /// Returns the length of the buckets that samples were brought together in; 0 if they are as they came.
    pub fn resolution_ms(&self) -> i64 {
        self.own.as_ref().map_or(0, |own| own.resolution_ms)
    }

    /// Returns what the block's buckets stand for, if they do not replace samples.
    pub fn beside(&self) -> Option<BesideSamples> {
        self.own.as_ref().and_then(|own| own.beside)
    }

    /// Tells whether all samples are as they came.
    pub fn is_raw(&self) -> bool {
        self.resolution_ms() == 0
    }

    /// Makes this the description of a block in our own format.
    #[must_use]
    pub fn in_own_format(self, own: OwnFormat) -> BlockMeta {
        BlockMeta { version: OWN_VERSION, own: Some(own), ..self }
    }

    /// Returns the directory that the block's own directory is in, and makes sure it is there.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn home(&self, database: &DiskPath) -> Result<DiskPath, FileError> {
        if self.own.is_none() {
            return Ok(database.clone());
        }
        let tiers = database.join(TIERS_DIR);
        if !tiers.is_there() {
            tiers.create_dir_all()?;
            database.sync_dir()?;
        }
        Ok(tiers)
    }
}

/// Returns the directories that a database's blocks stand in.
pub fn homes(database: &DiskPath) -> Vec<DiskPath> {
    let tiers = database.join(TIERS_DIR);
    if tiers.is_there() { vec![database.clone(), tiers] } else { vec![database.clone()] }
}
