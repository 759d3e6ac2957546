//! The log of late samples, `wbl/`: samples as they came, and markers where they became chunks.

use parking_lot::{Mutex, MutexGuard};

use super::LateBatch;
use crate::db::WalCompression;
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::head::chunk_files::Place;
use crate::wal::record::encode;
use crate::wal::{Log, LogCounters, checkpoint, segments};
use std::sync::Arc;

/// The log, which is created once there is something to write.
pub struct LateLog {
    dir: DiskPath,
    segment_bytes: usize,
    compression: WalCompression,
    open: Mutex<State>,
}

#[derive(Default)]
struct State {
    log: Option<Log>,
    closed: bool,
}

/// The log, held: no late sample comes and no list becomes a chunk meanwhile.
pub struct HeldLog<'a> {
    log: &'a LateLog,
    state: MutexGuard<'a, State>,
}

impl std::fmt::Debug for LateLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LateLog").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl LateLog {
    pub(super) fn new(dir: DiskPath, segment_bytes: usize, compression: WalCompression) -> LateLog {
        LateLog { dir, segment_bytes, compression, open: Mutex::default() }
    }

    /// Returns the directory.
    pub fn dir(&self) -> &DiskPath {
        &self.dir
    }

    /// Holds the log. Taken behind the log of ordered samples, and before series are changed.
    pub fn hold(&self) -> HeldLog<'_> {
        HeldLog { log: self, state: self.open.lock() }
    }

    /// Returns the figures, if the log was written to.
    pub fn counters(&self) -> Option<Arc<LogCounters>> {
        self.open.lock().log.as_ref().map(Log::counters)
    }

    /// Returns the size of the log's files; what cannot be read counts as nothing.
    pub fn bytes(&self) -> u64 {
        let files = self.dir.list_if_there().unwrap_or_default();
        files.iter().map(|f| f.bytes).sum()
    }

    /// Deletes the segments up to number `through`: what they hold is in blocks.
    pub(super) fn truncate(&self, through: u64) -> Result<(), FileError> {
        checkpoint::delete_before(&self.dir, through)
    }

    /// Syncs and gives up the log. Late samples cannot be committed any more.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn close(&self) -> Result<(), FileError> {
        let mut state = self.open.lock();
        state.closed = true;
        state.log.as_mut().map_or(Ok(()), Log::close)
    }
}

impl HeldLog<'_> {
    /// Writes late samples.
    ///
    /// # Errors
    /// [`FileError`]; then none of them is in the log.
    pub fn write_samples(&mut self, batch: &LateBatch) -> Result<(), FileError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut records = vec![Vec::new()];
        encode::samples(&mut records[0], &batch.floats);
        for kind in encode::HISTOGRAM_KINDS {
            let mut record = Vec::new();
            encode::histograms(&mut record, kind, &batch.histograms);
            records.push(record);
        }
        self.write(&records)
    }

    /// Writes that lists of series are in chunks.
    ///
    /// # Errors
    /// [`FileError`].
    pub(super) fn write_markers(&mut self, markers: &[(u64, Place)]) -> Result<(), FileError> {
        let mut record = Vec::new();
        encode::chunk_markers(&mut record, markers.iter().map(|(series, place)| (*series, place.number())));
        self.write(&[record])
    }

    fn write(&mut self, records: &[Vec<u8>]) -> Result<(), FileError> {
        if self.state.closed {
            let reason = "the log is closed".to_owned();
            return Err(FileError::Unwritable { path: self.log.dir.path().to_owned(), reason });
        }
        let log = match &mut self.state.log {
            Some(log) => log,
            none => none.insert(Log::open(&self.log.dir, self.log.segment_bytes, self.log.compression)?),
        };
        for record in records {
            log.push(record)?;
        }
        log.flush()
    }

    /// Ends the segment that is being written. Returns the number of the last one that is complete, if there is one.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub(super) fn end_segment(&mut self) -> Result<Option<u64>, FileError> {
        match &mut self.state.log {
            Some(log) => {
                log.next_segment()?;
                Ok(log.segment().checked_sub(1))
            }
            None => Ok(segments(&self.log.dir)?.last().map(|s| s.number)),
        }
    }
}
