//! What was deleted: for each series a list of intervals, kept in a file until compaction drops the samples.
//!
//! ```text
//! magic 01 30 ba 30 │ version 1 │ (series uvarint │ first varint │ last varint)… │ CRC-32C of the entries
//! ```
//! Invariant: intervals of a series are sorted, do not overlap, and do not touch.
//! Format: Prometheus 3.14 `tsdb/docs/format/tombstones.md`.

use std::collections::BTreeMap;

use storage::{Samples, TimeRange};

use crate::disk::DiskPath;
use crate::encoding::{Cursor, crc32c, put_uvarint, put_varint};
use crate::error::FileError;

/// The file's name in a block.
pub const FILE_NAME: &str = "tombstones";
const MAGIC: [u8; 4] = [0x01, 0x30, 0xba, 0x30];
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 5;

/// Deleted ranges of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<TimeRange>);

impl Intervals {
    /// Adds a range, merging it with those it overlaps or touches.
    pub fn add(&mut self, range: TimeRange) {
        let before = |r: &TimeRange| r.max_ms < range.min_ms.saturating_sub(1);
        let first = self.0.partition_point(before);
        let end = self.0.partition_point(|r| r.min_ms <= range.max_ms.saturating_add(1));
        if first >= end {
            self.0.insert(first, range);
            return;
        }
        let merged = TimeRange {
            min_ms: self.0[first].min_ms.min(range.min_ms),
            max_ms: self.0[end - 1].max_ms.max(range.max_ms),
        };
        self.0.splice(first..end, [merged]);
    }

    /// Returns the ranges in order.
    pub fn ranges(&self) -> &[TimeRange] {
        &self.0
    }

    /// Tells whether a timestamp is deleted.
    pub fn contains(&self, t: i64) -> bool {
        let next = self.0.partition_point(|r| r.max_ms < t);
        self.0.get(next).is_some_and(|r| r.min_ms <= t)
    }

    /// Tells whether a whole range is deleted.
    pub fn covers(&self, range: TimeRange) -> bool {
        let next = self.0.partition_point(|r| r.max_ms < range.min_ms);
        self.0.get(next).is_some_and(|r| r.min_ms <= range.min_ms && range.max_ms <= r.max_ms)
    }

    /// Removes the deleted samples among those from index `floats` and `histograms` on.
    pub fn remove_from(&self, samples: &mut Samples, floats: usize, histograms: usize) {
        for range in &self.0 {
            let span = |times: &[i64]| {
                (times.partition_point(|&t| t < range.min_ms), times.partition_point(|&t| t <= range.max_ms))
            };
            let (from, to) = span(&samples.t[floats..]);
            samples.remove_floats(floats + from..floats + to);
        }
        if samples.histograms.len() > histograms {
            samples.retain_histograms(histograms, |t, _| !self.contains(t));
        }
    }
}

/// Deleted ranges by series number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tombstones(BTreeMap<u64, Intervals>);

impl Tombstones {
    /// Adds a range of a series.
    pub fn add(&mut self, series: u64, range: TimeRange) {
        self.0.entry(series).or_default().add(range);
    }

    /// Returns the deleted ranges of a series.
    pub fn get(&self, series: u64) -> Option<&Intervals> {
        self.0.get(&series)
    }

    /// Returns all series with their ranges, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Intervals)> {
        self.0.iter().map(|(series, intervals)| (*series, intervals))
    }

    /// Returns the number of ranges.
    pub fn total(&self) -> u64 {
        self.0.values().map(|i| i.0.len() as u64).sum()
    }

    /// Tells whether nothing is deleted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets ranges that end before `t`.
    pub fn truncate_before(&mut self, t: i64) {
        self.0.retain(|_, intervals| {
            intervals.0.retain(|r| r.max_ms >= t);
            !intervals.0.is_empty()
        });
    }

    /// Forgets series that do not pass.
    pub fn retain_series(&mut self, mut keep: impl FnMut(u64) -> bool) {
        self.0.retain(|series, _| keep(*series));
    }

    /// Reads the file of a block; no file means no tombstones. Returns its size too.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(dir: impl Into<DiskPath>) -> Result<(Tombstones, u64), FileError> {
        let path = dir.into().join(FILE_NAME);
        let Some(bytes) = path.read_if_there()? else { return Ok((Tombstones::default(), 0)) };
        let corrupt = |offset: usize, expected: String, found: String| {
            FileError::corrupt(path.path(), offset as u64, "tombstones", expected, found)
        };
        let Some((header, sum)) = bytes.split_first_chunk::<HEADER_BYTES>().and_then(|(header, rest)| {
            let (_, sum) = rest.split_last_chunk::<4>()?;
            Some((header, u32::from_be_bytes(*sum)))
        }) else {
            return Err(corrupt(0, format!("{} bytes or more", HEADER_BYTES + 4), bytes.len().to_string()));
        };
        if header[..4] != MAGIC || header[4] != VERSION {
            return Err(corrupt(0, format!("{MAGIC:02x?}, version {VERSION}"), format!("{header:02x?}")));
        }
        let entries = &bytes[HEADER_BYTES..bytes.len() - 4];
        let computed = crc32c(entries);
        if sum != computed {
            return Err(corrupt(bytes.len() - 4, format!("checksum {sum:08x}"), format!("{computed:08x}")));
        }
        let mut tombstones = Tombstones::default();
        let mut cursor = Cursor::new(entries);
        while !cursor.is_empty() {
            let at = HEADER_BYTES + cursor.position();
            let (Some(series), Some(min_ms), Some(max_ms)) =
                (cursor.uvarint(), cursor.varint(), cursor.varint())
            else {
                return Err(corrupt(at, "a series and two times".to_owned(), "the end".to_owned()));
            };
            if min_ms > max_ms {
                return Err(corrupt(at, format!("a last time from {min_ms} on"), max_ms.to_string()));
            }
            tombstones.add(series, TimeRange { min_ms, max_ms });
        }
        Ok((tombstones, bytes.len() as u64))
    }

    /// Writes the file of a block, replacing the old one in one step. Returns its size.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn write(&self, dir: impl Into<DiskPath>) -> Result<u64, FileError> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        for (series, intervals) in self.iter() {
            for range in intervals.ranges() {
                put_uvarint(&mut bytes, series);
                put_varint(&mut bytes, range.min_ms);
                put_varint(&mut bytes, range.max_ms);
            }
        }
        let sum = crc32c(&bytes[HEADER_BYTES..]);
        bytes.extend_from_slice(&sum.to_be_bytes());
        dir.into().join(FILE_NAME).replace(&bytes)?;
        Ok(bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests;
