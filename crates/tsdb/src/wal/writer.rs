//! Writing records.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Instant;

use super::compress::Compressor;
use super::{FRAGMENT_HEADER_BYTES, PAGE_BYTES, fragment, last_checkpoint, segment_name, segments};
use crate::db::WalCompression;
use crate::disk::{DiskPath, OpenFile, Room};
use crate::error::FileError;

/// Figures of a log.
#[derive(Debug, Default)]
pub struct LogCounters {
    /// Number of the segment being written.
    pub segment: AtomicU64,
    /// Flushes.
    pub flushes: AtomicU64,
    /// Pages completed.
    pub pages: AtomicU64,
    /// Bytes written.
    pub bytes: AtomicU64,
    /// Flushes that failed.
    pub failed: AtomicU64,
    /// Segments synced.
    pub syncs: AtomicU64,
    /// Nanoseconds spent in syncing.
    pub sync_ns: AtomicU64,
}

/// Up to where a log was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogEnd {
    /// The segment that is being written.
    pub segment: u64,
    /// Bytes of it that stand in the file.
    pub bytes: u64,
}

/// A log open for writing.
pub struct Log {
    dir: DiskPath,
    segment_bytes: u64,
    compressor: Compressor,
    file: OpenFile,
    segment: u64,
    /// Bytes of the segment that were written.
    written: u64,
    /// Fragments that follow them.
    pending: Vec<u8>,
    /// Whether the file may be longer than `written`, because a write failed half-way.
    ragged: bool,
    closed: bool,
    counters: Arc<LogCounters>,
    /// Says whether there is room to write.
    room: Option<Arc<Room>>,
    /// Threads that sync completed segments.
    syncing: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("dir", &self.dir).field("end", &self.end()).finish_non_exhaustive()
    }
}

impl Log {
    /// Opens the log in `dir` for writing, in a new segment behind the existing ones.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(
        dir: impl Into<DiskPath>,
        segment_bytes: usize,
        compression: WalCompression,
    ) -> Result<Log, FileError> {
        let dir = dir.into();
        dir.create_dir_all()?;
        let mut next = segments(&dir)?.last().map_or(0, |s| s.number + 1);
        if let Some((covered, _)) = last_checkpoint(&dir)? {
            next = next.max(covered + 1); // a segment that a checkpoint stands for is never read
        }
        Log::create(dir, next, segment_bytes, compression)
    }

    /// Opens the log in `dir` for writing, in segment `number`, which must not exist.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn create(
        dir: impl Into<DiskPath>,
        number: u64,
        segment_bytes: usize,
        compression: WalCompression,
    ) -> Result<Log, FileError> {
        let dir = dir.into();
        let file = dir.join(segment_name(number)).create_new()?;
        dir.sync_dir()?;
        let counters = LogCounters::default();
        counters.segment.store(number, Relaxed);
        Ok(Log {
            dir,
            segment_bytes: segment_bytes.next_multiple_of(PAGE_BYTES) as u64,
            compressor: Compressor::new(compression),
            file,
            segment: number,
            written: 0,
            pending: Vec::new(),
            ragged: false,
            closed: false,
            counters: Arc::new(counters),
            room: None,
            syncing: Vec::new(),
        })
    }

    /// From now on refuses to write while there is no room, and tells `room` how writes end.
    pub fn watch(&mut self, room: Arc<Room>) {
        self.room = Some(room);
    }

    /// Returns the directory.
    pub fn dir(&self) -> &DiskPath {
        &self.dir
    }

    /// Returns how a checkpoint of this log is to be written: compression and size of segments.
    pub fn checkpoint_settings(&self) -> (WalCompression, usize) {
        (self.compressor.kind(), self.segment_bytes as usize)
    }

    /// Returns the number of the segment being written.
    pub fn segment(&self) -> u64 {
        self.segment
    }

    /// Returns up to where the log was written: what stands before that is whole.
    pub fn end(&self) -> LogEnd {
        LogEnd { segment: self.segment, bytes: self.written }
    }

    /// Returns the figures.
    pub fn counters(&self) -> Arc<LogCounters> {
        self.counters.clone()
    }

    /// Adds a record, to be written by the next [`Log::flush`]. An empty record is left out.
    ///
    /// # Errors
    /// [`FileError::Io`] if a new segment is needed and cannot be had.
    pub fn push(&mut self, record: &[u8]) -> Result<(), FileError> {
        if record.is_empty() {
            return Ok(());
        }
        self.check_open()?;
        let (compression, len) = self.compressor.compress(record);
        self.make_room(len)?;
        let bytes = match compression {
            WalCompression::None => record,
            WalCompression::Snappy | WalCompression::Zstd => self.compressor.last(len),
        };
        put_fragments(&mut self.pending, self.written, flag(compression), bytes);
        Ok(())
    }

    /// As [`Log::push`], for a record that was compressed before.
    ///
    /// # Errors
    /// As [`Log::push`].
    pub fn push_packed(&mut self, compression: WalCompression, bytes: &[u8]) -> Result<(), FileError> {
        self.check_open()?;
        self.make_room(bytes.len())?;
        put_fragments(&mut self.pending, self.written, flag(compression), bytes);
        Ok(())
    }

    fn check_open(&self) -> Result<(), FileError> {
        if !self.closed {
            return Ok(());
        }
        let reason = "the log is closed".to_owned();
        Err(FileError::Unwritable { path: self.file.path().path().to_owned(), reason })
    }

    /// Starts a new segment if a record of this length does not fit in this one.
    fn make_room(&mut self, len: usize) -> Result<(), FileError> {
        if len as u64 > self.room() && self.position() > 0 { self.next_segment() } else { Ok(()) }
    }

    fn position(&self) -> u64 {
        self.written + self.pending.len() as u64
    }

    /// Returns how long a record may be to fit in this segment.
    fn room(&self) -> u64 {
        let (page, header) = (PAGE_BYTES as u64, FRAGMENT_HEADER_BYTES as u64);
        let left = self.segment_bytes.saturating_sub(self.position());
        let in_page = left % page;
        left / page * (page - header) + in_page.saturating_sub(header)
    }

    /// Writes what was pushed to the file.
    ///
    /// # Errors
    /// [`FileError::Io`]; what was pushed is forgotten then, and the file ends where it ended before.
    pub fn flush(&mut self) -> Result<(), FileError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let result = match self.room.clone() {
            Some(room) => room.check().and_then(|()| room.note(self.write_pending())),
            None => self.write_pending(),
        };
        if result.is_err() {
            self.counters.failed.fetch_add(1, Relaxed);
        }
        self.pending.clear();
        if self.pending.capacity() > 16 << 20 {
            self.pending = Vec::new(); // one huge batch must not be remembered for ever
        }
        result
    }

    fn write_pending(&mut self) -> Result<(), FileError> {
        if self.ragged {
            self.file.set_len(self.written)?;
            self.ragged = false;
        }
        if let Err(error) = self.file.write_all_at(&self.pending, self.written) {
            self.ragged = self.file.set_len(self.written).is_err();
            return Err(error);
        }
        let (before, after) = (self.written, self.position());
        self.written = after;
        let pages = after / PAGE_BYTES as u64 - before / PAGE_BYTES as u64;
        self.counters.flushes.fetch_add(1, Relaxed);
        self.counters.pages.fetch_add(pages, Relaxed);
        self.counters.bytes.fetch_add(after - before, Relaxed);
        Ok(())
    }

    /// Completes the segment and starts the next one. The old one is synced on a thread of its own.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn next_segment(&mut self) -> Result<(), FileError> {
        self.flush()?;
        // Readers take a short last page of a closed segment as padded; the original pads it, so we do.
        self.file.set_len(self.written.next_multiple_of(PAGE_BYTES as u64))?;
        // One that a former attempt left behind has nothing in it.
        let file = self.dir.join(segment_name(self.segment + 1)).create()?;
        let old = std::mem::replace(&mut self.file, file);
        self.segment += 1;
        self.written = 0;
        self.counters.segment.store(self.segment, Relaxed);
        let counters = self.counters.clone();
        let dir = self.dir.clone();
        let sync = move || sync(&old, &dir, &counters);
        match std::thread::Builder::new().name("tsdb-wal-sync".to_owned()).spawn(sync) {
            Ok(thread) => {
                self.syncing.retain(|t| !t.is_finished());
                self.syncing.push(thread);
            }
            Err(error) => {
                tracing::warn!(%error, "no thread to sync a log segment; the system writes it in its own time");
            }
        }
        Ok(())
    }

    /// Writes and syncs what is left, and waits until completed segments are synced. Nothing more can be pushed.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn close(&mut self) -> Result<(), FileError> {
        self.flush()?;
        let started = Instant::now();
        self.file.sync()?;
        self.dir.sync_dir()?;
        for thread in self.syncing.drain(..) {
            if thread.join().is_err() {
                tracing::error!("syncing a log segment ended in a panic");
            }
        }
        count_sync(&self.counters, started);
        self.closed = true;
        Ok(())
    }
}

fn sync(file: &OpenFile, dir: &DiskPath, counters: &LogCounters) {
    let started = Instant::now();
    if let Err(error) = file.sync().and_then(|()| dir.sync_dir()) {
        tracing::error!(%error, "cannot sync a log segment");
        return;
    }
    count_sync(counters, started);
}

fn count_sync(counters: &LogCounters, started: Instant) {
    counters.syncs.fetch_add(1, Relaxed);
    counters.sync_ns.fetch_add(started.elapsed().as_nanos() as u64, Relaxed);
}

/// Returns the bit of a fragment's type that names a compression.
fn flag(compression: WalCompression) -> u8 {
    match compression {
        WalCompression::None => 0,
        WalCompression::Snappy => fragment::SNAPPY,
        WalCompression::Zstd => fragment::ZSTD,
    }
}

/// Splits a record so that no fragment crosses a page. `written` bytes of the segment stand before `pending`.
fn put_fragments(pending: &mut Vec<u8>, written: u64, compression: u8, record: &[u8]) {
    let mut rest = record;
    let mut first = true;
    loop {
        let mut in_page = (written as usize + pending.len()) % PAGE_BYTES;
        if PAGE_BYTES - in_page < FRAGMENT_HEADER_BYTES {
            pending.resize(pending.len() + PAGE_BYTES - in_page, fragment::PAGE_END);
            in_page = 0;
        }
        let room = PAGE_BYTES - in_page - FRAGMENT_HEADER_BYTES;
        let (part, later) = rest.split_at(room.min(rest.len()));
        let kind = match (first, later.is_empty()) {
            (true, true) => fragment::FULL,
            (true, false) => fragment::FIRST,
            (false, true) => fragment::LAST,
            (false, false) => fragment::MIDDLE,
        };
        pending.push(kind | compression);
        pending.extend_from_slice(&(part.len() as u16).to_be_bytes());
        pending.extend_from_slice(&crate::encoding::crc32c(part).to_be_bytes());
        pending.extend_from_slice(part);
        rest = later;
        first = false;
        if rest.is_empty() {
            return;
        }
    }
}
