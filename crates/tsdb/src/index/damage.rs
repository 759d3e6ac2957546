//! Parts of an index that turn out to be damaged when they are read.
//!
//! Each part has a checksum of its own. A list of series can be found again: the entries of all series say what labels they
//! have, so they are walked through once, and the answer is complete. A damaged entry cannot: the query that finds it fails and
//! says where it is; from then on the series is left out, with a warning, and the rest is served. Nothing that rewrites a block
//! leaves it out silently: that fails. The file is not touched.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hashbrown::{HashMap, HashSet};
use parking_lot::{Mutex, RwLock};

use super::SERIES_ALIGN;
use super::reader::IndexReader;
use super::series::take_labels;
use crate::encoding::{Cursor, crc32c};
use crate::error::FileError;
use crate::postings::Postings;

/// What is known of an index's damage.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// Readable without the lock: nearly always 0.
    lost_count: AtomicUsize,
    lost: RwLock<HashSet<u32>>,
    /// Lists found again, by the offset of the damaged one.
    rebuilt: Mutex<HashMap<u64, Rebuilt>>,
}

/// A list that was found again.
#[derive(Debug)]
struct Rebuilt {
    series: Arc<[u32]>,
    /// What is wrong with the one in the file.
    error: FileError,
}

impl Damage {
    /// Notes that a series' entry cannot be read; hands the error on.
    pub(super) fn lost(&self, series: u32, error: FileError) -> FileError {
        if error.is_corruption() && self.lost.write().insert(series) {
            self.lost_count.fetch_add(1, Relaxed);
            tracing::error!(%error, "a damaged series is left out from now on");
        }
        error
    }

    /// Tells whether a series' entry is known to be damaged.
    #[inline]
    pub(super) fn leaves_out(&self, series: u32) -> bool {
        self.lost_count() > 0 && self.lost.read().contains(&series)
    }

    /// Returns how many entries are known to be damaged.
    #[inline]
    pub(super) fn lost_count(&self) -> usize {
        self.lost_count.load(Relaxed)
    }
}

impl IndexReader {
    /// Returns the list at an offset. One that is damaged is found again from the entries of all series: those of which
    /// `belongs` is true, given the symbols of name and value, for one of their labels; all for the list of all.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub(super) fn list_at(
        &self,
        offset: u64,
        label: Option<(&str, &str)>,
    ) -> Result<Postings<'_>, FileError> {
        let error = match self.postings_at(offset) {
            Err(error) if error.is_corruption() => error,
            answer => return answer,
        };
        let mut rebuilt = self.damage.rebuilt.lock();
        if let Some(found) = rebuilt.get(&offset) {
            return Ok(Postings::Owned(found.series.to_vec()));
        }
        tracing::error!(%error, "a damaged list of series is found again from the series");
        let pair = match label {
            Some((name, value)) => self.symbol(name).zip(self.symbol(value)).map(Some),
            None => Some(None),
        };
        let mut list = Vec::new();
        if let Some(pair) = pair {
            self.walk(|series, entry| {
                let mut found = pair.is_none();
                let whole =
                    take_labels(&mut Cursor::new(entry), |name, value| found |= pair == Some((name, value)));
                if found && whole.is_some() {
                    list.push(series);
                }
            });
        }
        rebuilt.insert(offset, Rebuilt { series: list.as_slice().into(), error });
        Ok(Postings::Owned(list))
    }

    /// Returns what is wrong with the lists that were found to be damaged so far.
    pub fn damaged_lists(&self) -> Vec<FileError> {
        self.damage.rebuilt.lock().values().map(|list| list.error.clone()).collect()
    }

    /// Visits the entries of all series, in their order. Behind a damaged one the walk goes on with the next that has its
    /// checksum.
    fn walk(&self, mut visit: impl FnMut(u32, &[u8])) {
        let (start, end) = self.series_range();
        let align = SERIES_ALIGN as usize;
        let mut at = start.next_multiple_of(align);
        while at < end {
            let mut cursor = Cursor::at(self.bytes_of_file(), at);
            let entry = cursor.uvarint32().filter(|length| *length > 0).and_then(|length| {
                let entry = cursor.bytes(length as usize)?;
                (cursor.be32()? == crc32c(entry)).then_some(entry)
            });
            match entry {
                Some(entry) => {
                    if let Ok(series) = u32::try_from(at / align) {
                        visit(series, entry);
                    }
                    at = cursor.position().next_multiple_of(align);
                }
                None => at += align,
            }
        }
    }
}
