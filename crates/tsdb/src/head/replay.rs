//! Reading the log back at start.
//!
//! One thread reads, checks and decodes; workers, each with its own pages, fill series. Closed chunks come from
//! `chunks_head/`, so only samples behind them are decoded into chunks again. Damage ends the log where it is: see
//! [`crate::wal::repair`].

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crossbeam_channel::{Receiver, Sender, bounded};
use hashbrown::HashMap;
use model::{Exemplar, Labels, Metadata};
use storage::TimeRange;

use super::chunk_files::{ChunkFiles, FoundChunk, Mapped};
use super::pages::{PAGE_SERIES, Pages, Table, page_of};
use super::series::{ClosedChunk, Series, Waiting};
use super::{CutPolicy, Head, HeadOptions, ID_END, Needed};
use crate::db::{ReplayProgress, WalCompression};
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::tombstones::Tombstones;
use crate::wal::record::{HistogramSample, RecordSink, Sample, decode};
use crate::wal::{Log, Segment, SegmentReader, checkpoint, last_checkpoint, repair, repair_gap, segments};

/// Samples handed to a worker at once.
const BATCH_SAMPLES: usize = 4096;
/// Batches that wait for a worker.
const QUEUE: usize = 16;
/// Most workers.
const WORKERS_MAX: usize = 8;

/// What was found at start.
#[derive(Debug, Default)]
pub struct ReplayReport {
    /// Samples read from the log.
    pub samples: u64,
    /// Samples of series that the log does not tell.
    pub unknown_series: u64,
    /// Directories with samples that came out of order in Prometheus's time; they are not read.
    pub unread: Vec<PathBuf>,
    /// Damage that was repaired, in the order it was found.
    pub damage: Vec<FileError>,
}

/// Where a head and its log are.
pub struct Directories {
    /// The log.
    pub wal: DiskPath,
    /// The log of samples that came out of order, which Prometheus writes and nothing here reads yet.
    pub wbl: DiskPath,
    /// Closed chunks.
    pub chunks_head: DiskPath,
    /// Receives what is damaged.
    pub quarantine: DiskPath,
}

impl Directories {
    /// Returns those of a database.
    pub fn of(dir: impl Into<DiskPath>) -> Directories {
        let dir = dir.into();
        Directories {
            wal: dir.join("wal"),
            wbl: dir.join("wbl"),
            chunks_head: dir.join("chunks_head"),
            quarantine: dir.join("quarantine"),
        }
    }
}

/// How the log is written after start.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Compression of records.
    pub compression: WalCompression,
    /// Size of segments.
    pub segment_bytes: usize,
}

/// Opens the head in `dir`. Samples before `min_valid_t` are in blocks and left out.
///
/// # Errors
/// [`FileError`]. Damage is repaired and reported, not returned.
pub fn open(
    dir: impl Into<DiskPath>,
    options: HeadOptions,
    log_options: LogOptions,
    min_valid_t: i64,
    progress: &ReplayProgress,
) -> Result<(Arc<Head>, ReplayReport), FileError> {
    let dirs = Directories::of(dir);
    dirs.wal.create_dir_all()?;
    checkpoint::remove_unfinished(&dirs.wal)?;
    let mut report = ReplayReport::default();
    let mut found = Found { min_valid_t, chunks: HashMap::new(), out_of_order: false };
    let (files, damage) = ChunkFiles::open(&dirs.chunks_head, &dirs.quarantine, |chunk| found.add(chunk))?;
    report.damage.extend(damage);
    if has_content(&dirs.wbl)? {
        report.unread.push(dirs.wbl.path().to_owned());
    }
    if found.out_of_order {
        report.unread.push(dirs.chunks_head.path().to_owned());
    }
    let head = Head::new(options, files, dirs.wal.clone());
    head.min_valid_t.store(min_valid_t, Relaxed);
    head.truncated_t.store(min_valid_t, Relaxed);
    read_log(&head, &dirs, found, progress, &mut report)?;
    let log = Log::open(&dirs.wal, log_options.segment_bytes, log_options.compression)?;
    *head.log.lock() = Some(log);
    finish(&head)?;
    Ok((Arc::new(head), report))
}

/// Tells whether a directory has a file that is not empty.
fn has_content(dir: &DiskPath) -> Result<bool, FileError> {
    Ok(dir.list_if_there()?.iter().any(|e| e.is_dir || e.bytes > 0))
}

/// Closed chunks by the log's number of their series.
struct Found {
    min_valid_t: i64,
    chunks: HashMap<u64, Vec<(i64, ClosedChunk)>>,
    /// Whether there are chunks of samples that came out of order.
    out_of_order: bool,
}

impl Found {
    fn add(&mut self, chunk: FoundChunk) {
        self.out_of_order |= chunk.out_of_order;
        if chunk.out_of_order || chunk.max_t < self.min_valid_t || chunk.samples == 0 {
            return;
        }
        let list = self.chunks.entry(chunk.series).or_default();
        // A batch that was written twice, because the first time failed half-way, shows up twice.
        if list.last().is_none_or(|(_, last)| last.max_t < chunk.min_t) {
            list.push((chunk.min_t, ClosedChunk { max_t: chunk.max_t, place: chunk.place }));
        }
    }
}

/// What a worker gets.
enum Work {
    Floats(Vec<Sample>),
    Histograms(Vec<HistogramSample>),
    /// Tells when all before it is done.
    Settle(Sender<()>),
}

/// What a worker found.
#[derive(Clone, Copy)]
struct Filled {
    min_t: i64,
    max_t: i64,
    chunks: u64,
    unknown: u64,
    /// The largest number of a series that the log does not tell.
    unknown_id: u32,
}

impl Filled {
    /// Notes samples of series that the log does not tell, up to number `id`.
    fn miss(&mut self, id: u64, samples: u64) {
        self.unknown += samples;
        self.unknown_id = self.unknown_id.max(u32::try_from(id).unwrap_or(0));
    }
}

fn read_log(
    head: &Head,
    dirs: &Directories,
    found: Found,
    progress: &ReplayProgress,
    report: &mut ReplayReport,
) -> Result<(), FileError> {
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get()).min(WORKERS_MAX);
    std::thread::scope(|scope| {
        let mut queues = Vec::new();
        let mut threads = Vec::new();
        for _ in 0..workers {
            let (sender, receiver) = bounded(QUEUE);
            queues.push(sender);
            threads.push(scope.spawn(move || fill(head, &receiver)));
        }
        let mut reader = Replay {
            head,
            found: found.chunks,
            other_ids: HashMap::new(),
            next_high: ID_END,
            next_low: 1,
            last_segment: 0,
            stones: Tombstones::default(),
            floats: vec![Vec::new(); workers],
            histograms: vec![Vec::new(); workers],
            queues,
            samples: 0,
        };
        let result = read_segments(&mut reader, dirs, progress, report);
        reader.flush();
        let Replay { stones, queues, mut next_low, samples, found, .. } = reader;
        // A number whose series is lost is not used again while log or closed chunks have samples under it: they would
        // become the new series'.
        let lost = found.into_keys().filter_map(|id| u32::try_from(id).ok());
        let mut after_lost = |id: u32| {
            if id < ID_END - 1 {
                next_low = next_low.max(id + 1);
            }
        };
        lost.for_each(&mut after_lost);
        drop(queues);
        for thread in threads {
            match thread.join() {
                Ok(filled) => {
                    head.widen_times(filled.min_t, filled.max_t);
                    head.counters.chunks_created.fetch_add(filled.chunks, Relaxed);
                    report.unknown_series += filled.unknown;
                    after_lost(filled.unknown_id);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        report.samples = samples;
        *head.creating.lock() = next_low;
        *head.stones.write() = Arc::new(stones);
        result
    })
}

fn read_segments(
    reader: &mut Replay<'_>,
    dirs: &Directories,
    progress: &ReplayProgress,
    report: &mut ReplayReport,
) -> Result<(), FileError> {
    report.damage.extend(repair_gap(&dirs.wal, &dirs.quarantine)?);
    let all = segments(&dirs.wal)?;
    let mut from = 0;
    let checkpoint = last_checkpoint(&dirs.wal)?;
    reader.last_segment = all.last().map_or(0, |s| s.number);
    if let (Some(first), Some(last)) = (all.first(), all.last()) {
        progress.start(first.number as i64, last.number as i64);
    }
    if let Some((number, dir)) = checkpoint {
        from = number + 1;
        // What can be read of a damaged checkpoint stays; segments behind it are read all the same, as most of their
        // series are known.
        let quarantine = dirs.quarantine.join(dir.name());
        report.damage.extend(repair_gap(&dir, &quarantine)?);
        let parts = segments(&dir)?;
        report.damage.extend(read_until_damage(reader, &dir, parts, &quarantine, |reader, segment| {
            read_segment(reader, segment, progress)
        })?);
    }
    let needed = all.into_iter().filter(|s| s.number >= from).collect();
    report.damage.extend(read_until_damage(
        reader,
        &dirs.wal,
        needed,
        &dirs.quarantine,
        |reader, segment| {
            progress.at(segment.number as i64);
            read_segment(reader, segment, progress)
        },
    )?);
    Ok(())
}

/// Reads the segments of the log in `dir`. Damage ends it, is repaired and returned.
fn read_until_damage<'a>(
    reader: &mut Replay<'a>,
    dir: &DiskPath,
    segments: Vec<Segment>,
    quarantine: &DiskPath,
    mut read: impl FnMut(&mut Replay<'a>, &Segment) -> Result<(), FileError>,
) -> Result<Option<FileError>, FileError> {
    for segment in segments {
        if let Err(error) = read(reader, &segment) {
            let FileError::Corrupt(damage) = &error else { return Err(error) };
            repair(dir, damage, quarantine)?;
            return Ok(Some(error));
        }
    }
    Ok(None)
}

fn read_segment(
    reader: &mut Replay<'_>,
    segment: &Segment,
    progress: &ReplayProgress,
) -> Result<(), FileError> {
    let mut records = SegmentReader::open(&segment.path)?;
    let mut before = reader.samples;
    loop {
        let start = records.valid_end();
        let Some(record) = records.next_record()? else { return Ok(()) };
        decode(record, reader)
            .map_err(|e| FileError::corrupt(segment.path.path(), start, "record", "a decodable record", e))?;
        progress.add_samples(reader.samples - before);
        before = reader.samples;
    }
}

/// Sorts the contents of records by series.
struct Replay<'a> {
    head: &'a Head,
    found: HashMap<u64, Vec<(i64, ClosedChunk)>>,
    /// Numbers of the log that are another number here: a second number of the same labels, or one too large.
    other_ids: HashMap<u64, u32>,
    next_high: u32,
    next_low: u32,
    last_segment: u64,
    stones: Tombstones,
    floats: Vec<Vec<Sample>>,
    histograms: Vec<Vec<HistogramSample>>,
    queues: Vec<Sender<Work>>,
    samples: u64,
}

impl Replay<'_> {
    /// Returns our number for the log's; 0, which is no series, if it has none.
    #[inline]
    fn id(&self, series: u64) -> u32 {
        if !self.other_ids.is_empty()
            && let Some(id) = self.other_ids.get(&series)
        {
            return *id;
        }
        u32::try_from(series).unwrap_or(0)
    }

    #[inline]
    fn worker(&self, id: u32) -> usize {
        (id / PAGE_SERIES) as usize % self.queues.len()
    }

    fn send(&self, worker: usize, work: Work) {
        // A worker ends only when its queue does, unless it panics; joining it tells.
        if self.queues[worker].send(work).is_err() {
            tracing::error!(worker, "a replay worker is gone");
        }
    }

    fn send_floats(&mut self, worker: usize) {
        let batch = std::mem::replace(&mut self.floats[worker], Vec::with_capacity(BATCH_SAMPLES));
        if !batch.is_empty() {
            self.send(worker, Work::Floats(batch));
        }
    }

    fn send_histograms(&mut self, worker: usize) {
        let batch = std::mem::take(&mut self.histograms[worker]);
        if !batch.is_empty() {
            self.send(worker, Work::Histograms(batch));
        }
    }

    /// Waits until a worker has done all that it was given.
    fn settle(&mut self, worker: usize) {
        self.send_floats(worker);
        self.send_histograms(worker);
        let (done, wait) = bounded(1);
        self.send(worker, Work::Settle(done));
        if wait.recv().is_err() {
            tracing::error!(worker, "a replay worker is gone");
        }
    }

    fn flush(&mut self) {
        for worker in 0..self.queues.len() {
            self.send_floats(worker);
            self.send_histograms(worker);
        }
    }

    /// Sees to it that checkpoints keep the labels of a number that only the log uses.
    fn keep_number(&self, series: u64) {
        let needed = Needed { segment: self.last_segment, newest_t: i64::MAX };
        self.head.departed.lock().insert(series, needed);
    }

    /// Finds our number for a series of the log, creating the series if its labels are new.
    fn id_for(&mut self, series: u64, labels: &Labels) -> u32 {
        let hash = labels.hash();
        if let Some(id) = self.head.find(labels, hash) {
            if u64::from(id) != series {
                self.other_ids.insert(series, id);
                self.keep_number(series);
            }
            return id;
        }
        let free = |id: u32| self.head.pages.with(id, |_, _| ()).is_none();
        let id = match u32::try_from(series) {
            Ok(id) if id != 0 && free(id) => id,
            Ok(_) | Err(_) => {
                while !free(self.next_high) {
                    self.next_high += 1;
                }
                self.other_ids.insert(series, self.next_high);
                self.keep_number(series);
                self.next_high
            }
        };
        if id < ID_END {
            self.next_low = self.next_low.max(if id + 1 < ID_END { id + 1 } else { 1 });
        }
        self.head.insert(id, labels, hash);
        if let Some((created, _)) = self.head.pages.page_for(id).write().get_mut(id) {
            created.touched.store(false, Relaxed);
            created.logged = u64::from(id) == series;
        }
        id
    }
}

impl RecordSink for Replay<'_> {
    fn series(&mut self, series: u64, labels: &[(&str, &str)]) {
        let labels = Labels::from_pairs(labels.iter().copied());
        let id = self.id_for(series, &labels);
        let Some(found) = self.found.remove(&series) else { return };
        if u64::from(id) != series {
            // The series has samples under another number; those that were read must be in place first.
            self.settle(self.worker(id));
        }
        let files = self.head.files.mapped();
        let page = self.head.pages.page_for(id);
        let mut page = page.write();
        let Some((target, waiting)) = page.get_mut(id) else { return };
        for (min_t, chunk) in found {
            if insert_closed(target, waiting, &files, min_t, chunk) {
                self.head.widen_times(min_t, chunk.max_t);
                self.head.counters.chunks_created.fetch_add(1, Relaxed);
            }
        }
    }

    #[inline]
    fn sample(&mut self, sample: Sample) {
        self.samples += 1;
        let id = self.id(sample.series);
        let worker = self.worker(id);
        if !self.histograms[worker].is_empty() {
            self.send_histograms(worker);
        }
        self.floats[worker].push(Sample { series: u64::from(id), ..sample });
        if self.floats[worker].len() >= BATCH_SAMPLES {
            self.send_floats(worker);
        }
    }

    fn histogram(&mut self, sample: HistogramSample) {
        self.samples += 1;
        let id = self.id(sample.series);
        let worker = self.worker(id);
        self.send_floats(worker);
        self.histograms[worker].push(HistogramSample { series: u64::from(id), ..sample });
        if self.histograms[worker].len() >= BATCH_SAMPLES / 16 {
            self.send_histograms(worker);
        }
    }

    fn tombstone(&mut self, series: u64, range: TimeRange) {
        let id = self.id(series);
        if id != 0 && range.min_ms <= range.max_ms {
            self.stones.add(u64::from(id), range);
        }
    }

    fn exemplar(&mut self, series: u64, exemplar: Exemplar) {
        let id = self.id(series);
        if id != 0 {
            self.head.exemplars.lock().add(id, exemplar, || self.head.labels_of(id));
        }
    }

    fn metadata(&mut self, series: u64, metadata: Metadata) {
        let id = self.id(series);
        if id != 0 {
            self.head.metadata.lock().insert(id, Arc::new(metadata));
        }
    }
}

/// Puts a closed chunk in its place among those of a series, unless it overlaps them: then the samples are there.
///
/// The chunks of a series that was known by two numbers come in any order. What is in the log before the newest of them
/// is in one of them, as chunks are closed in the order of time.
fn insert_closed(
    target: &mut Series,
    waiting: &mut Waiting,
    files: &Mapped,
    min_t: i64,
    chunk: ClosedChunk,
) -> bool {
    if min_t > target.last_t() {
        target.close_open(waiting);
        target.closed.push(chunk);
        return true;
    }
    let at = target.closed.partition_point(|c| c.max_t < min_t);
    let Some(next) = target.closed.get(at) else { return false };
    let next_min_t = match next.place.key() {
        Some(key) => waiting.get(key).map(|w| w.min_t),
        None => files.chunk(next.place).ok().map(|c| c.min_t),
    };
    let fits = next_min_t.is_some_and(|next| chunk.max_t < next);
    if fits {
        target.closed.insert(at, chunk);
    }
    fits
}

/// A worker: fills the series of its pages.
fn fill(head: &Head, queue: &Receiver<Work>) -> Filled {
    let mut filled = Filled { min_t: i64::MAX, max_t: i64::MIN, chunks: 0, unknown: 0, unknown_id: 0 };
    let min_valid_t = head.min_valid_t.load(Relaxed);
    let policy = head.options.policy;
    let mut table = head.pages.table();
    for work in queue {
        match work {
            Work::Settle(done) => {
                if done.send(()).is_err() {
                    tracing::error!("the replay reader is gone");
                }
            }
            Work::Floats(samples) => {
                fill_floats(&head.pages, &mut table, &samples, policy, min_valid_t, &mut filled)
            }
            Work::Histograms(samples) => {
                for sample in samples.into_iter().filter(|s| s.t >= min_valid_t) {
                    let page = head.pages.page_for(sample.series as u32);
                    let mut page = page.write();
                    let Some((series, waiting)) = page.get_mut(sample.series as u32) else {
                        filled.miss(sample.series, 1);
                        continue;
                    };
                    if sample.t > series.last_t() {
                        let chunks = series.append_histogram(sample.t, &sample.h, policy, waiting);
                        filled.chunks += u64::from(chunks);
                        filled.min_t = filled.min_t.min(sample.t);
                        filled.max_t = filled.max_t.max(sample.t);
                    }
                }
            }
        }
    }
    filled
}

fn fill_floats(
    pages: &Pages,
    table: &mut Arc<Table>,
    samples: &[Sample],
    policy: CutPolicy,
    min_valid_t: i64,
    filled: &mut Filled,
) {
    let mut rest = samples;
    while let Some(first) = rest.first() {
        let number = first.series as u32 / PAGE_SERIES;
        let count = rest.iter().take_while(|s| s.series as u32 / PAGE_SERIES == number).count();
        let (here, later) = rest.split_at(count);
        rest = later;
        if page_of(table, first.series as u32).is_none() {
            *table = pages.table();
        }
        let Some(page) = page_of(table, first.series as u32) else {
            filled.miss(here.iter().map(|s| s.series).max().unwrap_or(0), count as u64);
            continue;
        };
        let mut page = page.write();
        for sample in here.iter().filter(|s| s.t >= min_valid_t) {
            let Some((series, waiting)) = page.get_mut(sample.series as u32) else {
                filled.miss(sample.series, 1);
                continue;
            };
            if sample.t > series.last_t() {
                filled.chunks += u64::from(series.append_float(sample.t, sample.v, policy, waiting));
                filled.min_t = filled.min_t.min(sample.t);
                filled.max_t = filled.max_t.max(sample.t);
            }
        }
    }
}

/// Builds what replay leaves out: index, labels the log does not have under our number; drops series without samples.
fn finish(head: &Head) -> Result<(), FileError> {
    let segment = head.with_log(|log| log.segment()).unwrap_or(0);
    let min_valid_t = head.min_valid_t.load(Relaxed);
    let mut renumbered = Vec::new();
    let mut waiting = 0;
    {
        let mut postings = head.postings.write();
        for (number, page) in head.pages.table().iter().enumerate() {
            let Some(page) = page else { continue };
            for (id, series) in page.read().iter(number) {
                postings.add(id, &series.labels);
                waiting += series.closed.iter().filter(|c| c.place.key().is_some()).count();
                if !series.logged {
                    renumbered.push(id);
                }
            }
        }
    }
    head.counters.waiting_chunks.store(waiting, Relaxed);
    head.log_series(&renumbered)?;
    // No sample under a second number is newer than the newest of all.
    head.departed.lock().values_mut().for_each(|needed| needed.newest_t = head.max_t());
    let newest = head.max_t();
    let oldest = head.min_t();
    head.collect_empty(segment);
    tracing::debug!(series = head.series(), oldest, newest, min_valid_t, "head is read");
    Ok(())
}
