//! `meta.json`: what a block is and where it comes from. Prometheus 3.14 `tsdb/block.go`, `BlockMeta`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use storage::TimeRange;
use ulid::Ulid;

use super::own::{OWN_VERSION, OwnFormat};
use crate::disk::DiskPath;
use crate::error::FileError;

/// The file's name in a block.
const FILE_NAME: &str = "meta.json";
/// The version of the file.
const VERSION: u32 = 1;

/// Hint of a block with samples that came late: the log may have samples before its end.
pub const FROM_OUT_OF_ORDER: &str = "from-out-of-order";
/// Hint of a block of series that ended: the log may have samples of others before its end.
pub const FROM_STALE_SERIES: &str = "from-stale-series";
/// Hint of a block of chosen series, as the former.
const FROM_SELECTED_SERIES: &str = "from-selected-series";

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockMeta {
    /// Its identifier, and the name of its directory.
    #[serde(with = "ulid_text")]
    pub ulid: Ulid,
    /// First millisecond that belongs to it.
    #[serde(rename = "minTime")]
    pub min_time_ms: i64,
    /// First millisecond that does not belong to it any more.
    #[serde(rename = "maxTime")]
    pub max_time_ms: i64,
    /// Figures.
    #[serde(default)]
    pub stats: BlockStats,
    /// Ancestry.
    pub compaction: Compaction,
    /// Version of this file.
    pub version: u32,
    /// Set for a block in our own format.
    #[serde(rename = "bongsu", default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnFormat>,
}

/// Figures of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BlockStats {
    /// Samples of all kinds.
    #[serde(skip_serializing_if = "is_zero")]
    pub num_samples: u64,
    /// Samples of floats.
    #[serde(skip_serializing_if = "is_zero")]
    pub num_float_samples: u64,
    /// Samples of native histograms.
    #[serde(skip_serializing_if = "is_zero")]
    pub num_histogram_samples: u64,
    /// Series.
    #[serde(skip_serializing_if = "is_zero")]
    pub num_series: u64,
    /// Chunks.
    #[serde(skip_serializing_if = "is_zero")]
    pub num_chunks: u64,
    /// Deleted ranges.
    #[serde(skip_serializing_if = "is_zero")]
    pub num_tombstones: u64,
}

/// Where a block comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Compaction {
    /// 1 for a block cut from the head, more for one made of blocks.
    pub level: u32,
    /// The blocks cut from the head whose samples are in it.
    #[serde(with = "ulid_texts", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Ulid>,
    /// It has no samples and may go.
    #[serde(skip_serializing_if = "is_false")]
    pub deletable: bool,
    /// The blocks it was made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<BlockParent>,
    /// Compacting it failed; it is left alone.
    #[serde(skip_serializing_if = "is_false")]
    pub failed: bool,
    /// `from-out-of-order`, `from-stale-series`, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

/// A block that another was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockParent {
    /// Its identifier.
    #[serde(with = "ulid_text")]
    pub ulid: Ulid,
    /// First millisecond that belonged to it.
    #[serde(rename = "minTime")]
    pub min_time_ms: i64,
    /// First millisecond that did not belong to it any more.
    #[serde(rename = "maxTime")]
    pub max_time_ms: i64,
}

impl BlockMeta {
    /// Describes a new block: level 1, its own source.
    pub fn new(ulid: Ulid, min_time_ms: i64, max_time_ms: i64) -> BlockMeta {
        BlockMeta {
            ulid,
            min_time_ms,
            max_time_ms,
            stats: BlockStats::default(),
            compaction: Compaction { level: 1, sources: vec![ulid], ..Compaction::default() },
            version: VERSION,
            own: None,
        }
    }

    /// Reads a block's file. Returns its size too.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(dir: impl Into<DiskPath>) -> Result<(BlockMeta, u64), FileError> {
        let file = dir.into().join(FILE_NAME);
        let bytes = file.read()?;
        let path = file.path();
        let what = "block description";
        let meta: BlockMeta = serde_json::from_slice(&bytes)
            .map_err(|e| FileError::corrupt(path, 0, what, "a description in JSON", e))?;
        let expected = if meta.own.is_some() { OWN_VERSION } else { VERSION };
        if meta.version != expected {
            return Err(FileError::corrupt(path, 0, what, format!("version {expected}"), meta.version));
        }
        Ok((meta, bytes.len() as u64))
    }

    /// Writes a block's file, replacing the old one in one step. Returns its size.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn write(&self, dir: impl Into<DiskPath>) -> Result<u64, FileError> {
        let path = dir.into().join(FILE_NAME);
        let mut bytes = Vec::new();
        let tabs = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        self.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, tabs))
            .map_err(|e| FileError::Unwritable { path: path.path().to_owned(), reason: e.to_string() })?;
        path.replace(&bytes)?;
        Ok(bytes.len() as u64)
    }

    /// Returns the time range with both ends included; `None` if it is empty.
    pub fn range(&self) -> Option<TimeRange> {
        (self.min_time_ms < self.max_time_ms)
            .then(|| TimeRange { min_ms: self.min_time_ms, max_ms: self.max_time_ms - 1 })
    }

    /// Tells whether the block has only some of the series of its range: others of them may be in the head and the log.
    pub fn is_partial(&self) -> bool {
        let partial = |hint: &String| hint == FROM_STALE_SERIES || hint == FROM_SELECTED_SERIES;
        self.compaction.hints.iter().any(partial)
    }

    /// Tells whether the block was made of late samples alone.
    pub fn is_late(&self) -> bool {
        self.compaction.hints.iter().any(|hint| hint == FROM_OUT_OF_ORDER)
    }

    /// Marks the block as made of late samples alone.
    pub fn set_late(&mut self) {
        if !self.is_late() {
            self.compaction.hints.push(FROM_OUT_OF_ORDER.to_owned());
        }
    }

    /// Tells whether the end of the block says nothing about which samples of the log are in blocks.
    pub fn is_beside_the_head(&self) -> bool {
        self.is_partial() || self.is_late()
    }

    /// Tells whether the block may have samples in a range.
    pub fn overlaps(&self, range: TimeRange) -> bool {
        self.min_time_ms <= range.max_ms && range.min_ms < self.max_time_ms
    }
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

pub(super) fn is_zero_ms(n: &i64) -> bool {
    *n == 0
}

fn is_false(b: &bool) -> bool {
    !*b
}

mod ulid_text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(ulid: &Ulid, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(ulid)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Ulid, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(|e| serde::de::Error::custom(format!("ULID {text:?}: {e}")))
    }
}

pub(super) mod ulid_texts {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(ulids: &[Ulid], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(ulids.iter().map(Ulid::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Ulid>, D::Error> {
        let texts = Vec::<String>::deserialize(d)?;
        texts
            .iter()
            .map(|t| t.parse().map_err(|e| serde::de::Error::custom(format!("ULID {t:?}: {e}"))))
            .collect()
    }
}
