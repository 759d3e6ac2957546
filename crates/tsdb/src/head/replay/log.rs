//! The segments in their order: those of the past to their ends, then those that are being written.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::ScopedJoinHandle;

use crossbeam_channel::bounded;
use hashbrown::HashMap;

use super::ahead;
use super::fill::{self, Filled};
use super::found::Found;
use super::late::Late;
use super::sort::{Sort, Sorted};
use super::{Directories, ReplayReport};
use crate::db::ReplayProgress;
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::head::image::Restored;
use crate::head::intake::Stopped;
use crate::head::late::{self, LateChunk};
use crate::head::{Head, ID_END, Intake};
use crate::wal::record::decode;
use crate::wal::{LogEnd, Segment, SegmentReader, cut, fill_gaps, last_checkpoint, segment_name, segments};

/// Batches that wait for a worker.
const QUEUE: usize = 16;
/// Most workers.
const WORKERS_MAX: usize = 8;
/// Reading has caught up when fewer bytes than this came in meanwhile; the rest is read while writers wait.
const BEHIND_BYTES: u64 = 64 << 10;
/// Writers are stopped after so many rounds, even if they are so fast that reading never catches up.
const ROUNDS_MAX: usize = 100;

/// What reading came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The head has all, and the log.
    Whole,
    /// Closed chunks lack samples that the log has: all must be read again without them.
    ChunksMissing,
}

/// What is known before the log is read.
pub struct Past {
    /// Closed chunks in files.
    pub found: Found,
    /// What an image told: the head holds its series.
    pub restored: Option<Restored>,
    /// The segment that the intake began with.
    pub first_new: u64,
}

/// Reads the log into a head, which is empty but for what an image had, and hands it over to the head.
///
/// # Errors
/// [`FileError`]. Damage in segments of the past is cut out and reported.
pub fn read(
    head: &Arc<Head>,
    dirs: &Directories,
    past: Past,
    intake: &Intake,
    progress: &ReplayProgress,
    report: &mut ReplayReport,
) -> Result<Outcome, FileError> {
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get()).min(WORKERS_MAX);
    std::thread::scope(|scope| {
        let mut queues = Vec::new();
        let (give_back, spare) = bounded(QUEUE * WORKERS_MAX);
        let mut threads = Vec::new();
        for _ in 0..workers {
            let (sender, receiver) = bounded(QUEUE);
            queues.push(sender);
            let give_back = give_back.clone();
            threads.push(scope.spawn(move || fill::fill(head, &receiver, &give_back)));
        }
        let Past { mut found, restored, first_new } = past;
        let at = LogEnd { segment: first_new, bytes: 0 };
        let late = std::mem::take(&mut found.late);
        let from = restored.as_ref().map(|r| r.from);
        let mut sort = Sort::new(head, found, queues, spare);
        restored.into_iter().for_each(|r| sort.go_on(r));
        let mut reader = LogReader { head, sort, dirs, progress, from, at, lost_late: 0 };
        let result = read_until_caught_up(&mut reader, late, intake, report);
        let lost_late = reader.lost_late;
        let mut sorted = reader.sort.end();
        sorted.lost.push(lost_late);
        let filled = join(threads);
        let Some(stopped) = result? else { return Ok(Outcome::ChunksMissing) };
        hand_over(head, sorted, filled, stopped, report)?;
        Ok(Outcome::Whole)
    })
}

fn join(threads: Vec<ScopedJoinHandle<'_, Filled>>) -> Vec<Filled> {
    let results = threads.into_iter().map(ScopedJoinHandle::join);
    results.map(|filled| filled.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
}

/// Reads everything; when it returns, writers wait. `None` if closed chunks turned out to be incomplete.
fn read_until_caught_up<'i>(
    reader: &mut LogReader<'_>,
    late: HashMap<u64, Vec<LateChunk>>,
    intake: &'i Intake,
    report: &mut ReplayReport,
) -> Result<Option<Stopped<'i>>, FileError> {
    reader.read_past(report)?;
    if reader.sort.chunks_are_missing() {
        return Ok(None);
    }
    reader.read_late(late, report)?;
    let mut indexed = false;
    for _ in 0..ROUNDS_MAX {
        let behind = reader.read_up_to(intake.log_end())?;
        if behind < BEHIND_BYTES && indexed {
            break;
        }
        if !indexed {
            // Takes a while with many series, during which more comes in.
            reader.sort.index_all();
            indexed = true;
        }
    }
    let stopped = intake.stop();
    reader.read_up_to(stopped.log_end())?;
    Ok(Some(stopped))
}

/// Makes the head the owner of the log. Nothing is written meanwhile.
fn hand_over(
    head: &Arc<Head>,
    sorted: Sorted,
    filled: Vec<Filled>,
    stopped: Stopped<'_>,
    report: &mut ReplayReport,
) -> Result<(), FileError> {
    let Sorted { stones, mut next_low, samples, lost, renumbered, renamed } = sorted;
    // A number whose series is lost is not used again while log or closed chunks have samples under it: they would
    // become the new series'.
    let unknown = filled.iter().map(|f| f.unknown_id);
    for id in lost.into_iter().chain(unknown).filter(|id| *id < ID_END - 1) {
        next_low = next_low.max(id + 1);
    }
    let mut late = Late::default();
    for f in &filled {
        head.widen_times(f.min_t, f.max_t);
        head.counters.chunks_created.fetch_add(f.chunks, Relaxed);
        head.counters.waiting_chunks.fetch_add(f.closed, Relaxed);
        report.unknown_series += f.unknown;
    }
    report.samples = samples;
    head.creating.lock().start_at(next_low);
    *head.renamed.lock() = renamed;
    *head.stones.write() = Arc::new(stones);
    // No sample under a second number is newer than the newest of all, nor in a later segment than the last.
    let (segment, newest_t) = (stopped.log_end().segment, head.max_t());
    head.departed.lock().values_mut().for_each(|needed| {
        needed.segment = segment;
        needed.newest_t = newest_t;
    });
    stopped.hand_over(head);
    // Not under their own numbers in the log yet. Commits that come first know that, too.
    head.log_series(&renumbered)?;
    filled.into_iter().for_each(|f| late.add(f.late));
    late.take(head);
    Ok(())
}

/// Reads segments one after another.
struct LogReader<'a> {
    head: &'a Head,
    sort: Sort<'a>,
    dirs: &'a Directories,
    progress: &'a ReplayProgress,
    /// Where the segments of the past are read from, if not from their beginning.
    from: Option<LogEnd>,
    /// Up to where the segments that are being written were read.
    at: LogEnd,
    /// The largest number under which late samples of nobody are stored.
    lost_late: u32,
}

impl LogReader<'_> {
    /// Reads back what came late. All its series are in the segments that were there at start.
    fn read_late(
        &mut self,
        chunks: HashMap<u64, Vec<LateChunk>>,
        report: &mut ReplayReport,
    ) -> Result<(), FileError> {
        let late = late::read_back(self.head, chunks, |series| self.sort.id(series), &self.dirs.quarantine)?;
        self.progress.add_samples(late.samples);
        self.lost_late = late.unknown_id;
        report.unknown_series += late.unknown_series;
        report.damage.extend(late.damage);
        Ok(())
    }

    /// Reads the checkpoint and the segments that were there at start.
    fn read_past(&mut self, report: &mut ReplayReport) -> Result<(), FileError> {
        let dirs = self.dirs;
        let mut all = segments(&dirs.wal)?;
        all.retain(|s| s.number < self.at.segment);
        let checkpoint = last_checkpoint(&dirs.wal)?.filter(|_| self.from.is_none());
        if let Some(from) = self.from {
            all.retain(|s| s.number >= from.segment);
        }
        if let (Some(first), Some(last)) = (all.first(), all.last()) {
            self.progress.start(first.number as i64, last.number as i64);
        }
        if let Some((number, dir)) = checkpoint {
            all.retain(|s| s.number > number);
            // What can be read of a damaged checkpoint stays; segments behind it are read all the same, as most of
            // their series are known.
            let quarantine = dirs.quarantine.join(dir.name());
            report.damage.extend(fill_gaps(&dir)?);
            // Their numbers are their own, but then nothing is read from the middle.
            for segment in segments(&dir)? {
                self.read_or_cut(&segment, false, &quarantine, report)?;
            }
        }
        let newest = all.last().map(|s| s.number);
        for segment in all {
            self.progress.at(segment.number as i64);
            self.read_or_cut(&segment, newest == Some(segment.number), &dirs.quarantine, report)?;
        }
        Ok(())
    }

    /// Reads a segment. Damage costs what stands behind it there: that is set aside, and the next segments are read.
    fn read_or_cut(
        &mut self,
        segment: &Segment,
        newest: bool,
        quarantine: &DiskPath,
        report: &mut ReplayReport,
    ) -> Result<(), FileError> {
        let path = &segment.path;
        let from = self.from.filter(|from| from.segment == segment.number).map_or(0, |from| from.bytes);
        let Err(error) = ahead::records(path, from, |record, place| self.take(record, path, place)) else {
            return Ok(());
        };
        let FileError::Corrupt(damage) = &error else { return Err(error) };
        cut(&segment.path, damage, newest, quarantine)?;
        report.damage.push(error);
        Ok(())
    }

    /// Goes on reading what is being written, up to `end`. Returns how many bytes that were.
    fn read_up_to(&mut self, end: LogEnd) -> Result<u64, FileError> {
        let mut bytes = 0;
        while self.at.segment < end.segment {
            bytes += self.read_new(u64::MAX)?; // it is complete
            self.at = LogEnd { segment: self.at.segment + 1, bytes: 0 };
        }
        Ok(bytes + self.read_new(end.bytes)?)
    }

    fn read_new(&mut self, end: u64) -> Result<u64, FileError> {
        self.sort.begin_taken();
        let path = self.dirs.wal.join(segment_name(self.at.segment));
        let before = self.at.bytes;
        let mut records = SegmentReader::resume(&path, before, end)?;
        // Damage to what was written a moment ago ends the start: the next one repairs it as any other.
        self.read_records(&mut records)?;
        self.at.bytes = records.valid_end();
        Ok(self.at.bytes - before)
    }

    fn read_records(&mut self, records: &mut SegmentReader) -> Result<(), FileError> {
        let path = records.path().clone();
        loop {
            let place = records.valid_end();
            let Some(record) = records.next_record()? else { return Ok(()) };
            self.take(record, &path, place)?;
        }
    }

    fn take(&mut self, record: &[u8], path: &DiskPath, place: u64) -> Result<(), FileError> {
        let before = self.sort.samples();
        decode(record, &mut self.sort)
            .map_err(|e| FileError::corrupt(path.path(), place, "record", "a decodable record", e))?;
        self.progress.add_samples(self.sort.samples() - before);
        Ok(())
    }
}
