//! Sorts the contents of records by series, and hands samples to the workers.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crossbeam_channel::{Receiver, Sender, bounded};
use hashbrown::HashMap;
use model::{Exemplar, Labels, Metadata};
use storage::TimeRange;

use super::fill::Work;
use super::found::{Found, insert_closed};
use crate::head::image::Restored;
use crate::head::pages::PAGE_SERIES;
use crate::head::series::ClosedChunk;
use crate::head::symbols::Pair;
use crate::head::{Head, ID_END, Needed};
use crate::tombstones::Tombstones;
use crate::wal::record::{HistogramSample, RecordSink, Sample};

/// Series that are added to the index at once.
const LISTED_AT_ONCE: usize = 64 << 10;
/// Numbers up to this are remembered with the time their closed chunks cover: 32 MiB.
const COVERED_MAX: usize = 2 << 20;
/// Samples handed to a worker at once.
const BATCH_SAMPLES: usize = 1024;

/// Sorts the contents of records by series.
pub struct Sort<'a> {
    head: &'a Head,
    /// What is older is in blocks.
    min_valid_t: i64,
    found: HashMap<u64, Vec<(i64, ClosedChunk)>>,
    /// By number here: what time the closed chunks cover. What is in them need not go to a worker.
    closed: Vec<Covered>,
    /// Series with samples in the log that should be in closed chunks, but are before the first of them.
    uncovered: u64,
    /// Ordinary numbers of the log that are another number here: a second number of the same labels.
    other_low: HashMap<u64, u32>,
    /// The same of numbers that an intake gave, and of ones too large. Apart, because few samples have such numbers.
    other_high: HashMap<u64, u32>,
    /// The number for the next series whose own cannot be used.
    next_high: u32,
    next_low: u32,
    stones: Tombstones,
    floats: Vec<Vec<Sample>>,
    histograms: Vec<Vec<HistogramSample>>,
    queues: Vec<Sender<Work>>,
    /// Buffers that workers are done with.
    spare: Receiver<Vec<Sample>>,
    samples: u64,
    /// Whether records are read that were written since this start began.
    taken: bool,
    /// Series that the log does not have under their number here.
    renumbered: Vec<u32>,
    /// Whether the index holds the series that are there: new ones are added one by one then.
    indexed: bool,
}

/// The time that the closed chunks of a series cover. The log has all of it, in the same order, so its first sample of the
/// series is the first of the chunks; an earlier one tells that chunks are missing.
#[derive(Clone, Copy, Debug)]
struct Covered {
    /// The first sample; `i64::MIN` once one was read from the log.
    from: i64,
    /// The last sample.
    until: i64,
}

/// What is left when all is read.
#[derive(Debug)]
pub struct Sorted {
    /// Deletions.
    pub stones: Tombstones,
    /// A number behind all that are in use below [`ID_END`].
    pub next_low: u32,
    /// Samples read.
    pub samples: u64,
    /// Numbers of series that have closed chunks, but no labels.
    pub lost: Vec<u32>,
    /// Series that the log does not have under their number here.
    pub renumbered: Vec<u32>,
    /// Numbers of the log that are another number here.
    pub renamed: HashMap<u64, u32>,
}

impl<'a> Sort<'a> {
    /// Starts with closed chunks by the log's number of their series, and a queue for each worker.
    pub fn new(
        head: &'a Head,
        found: Found,
        queues: Vec<Sender<Work>>,
        spare: Receiver<Vec<Sample>>,
    ) -> Sort<'a> {
        Sort {
            head,
            min_valid_t: found.min_valid_t,
            found: found.chunks,
            closed: Vec::new(),
            uncovered: 0,
            other_low: HashMap::new(),
            other_high: HashMap::new(),
            // One less than there could be: lists of series hold the end of each run.
            next_high: u32::MAX - 1,
            next_low: 1,
            stones: Tombstones::default(),
            floats: vec![Vec::new(); queues.len()],
            histograms: vec![Vec::new(); queues.len()],
            queues,
            spare,
            samples: 0,
            taken: false,
            renumbered: Vec::new(),
            indexed: false,
        }
    }

    /// Takes over from an image, whose series are in the head.
    pub fn go_on(&mut self, restored: Restored) {
        let Restored { from: _, next_number, stones, renamed, last } = restored;
        self.next_low = next_number;
        self.stones = stones;
        for (id, until) in last {
            self.cover(id, Covered { from: i64::MIN, until });
        }
        for (number, id) in renamed {
            // A series that has the number as its own by now is meant by what follows in the log.
            if u32::try_from(number).is_ok_and(|own| self.head.pages.with(own, |_, _| ()).is_some()) {
                continue;
            }
            self.other_ids(number).insert(number, id);
        }
    }

    /// Notes what is there of a series, as far as that many are remembered.
    fn cover(&mut self, id: u32, covered: Covered) {
        let place = id as usize;
        if place < COVERED_MAX {
            if self.closed.len() <= place {
                self.closed.resize(place + 1, Covered { from: i64::MIN, until: i64::MIN });
            }
            self.closed[place] = covered;
        }
    }

    /// Returns how many samples were read.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Builds the index of all series that were read so far; later ones are added as they come.
    pub fn index_all(&mut self) {
        let mut listed: Vec<(u32, Box<[Pair]>)> = Vec::with_capacity(LISTED_AT_ONCE);
        for (number, page) in self.head.pages.table().iter() {
            let page = page.read();
            // Those without a record of their own are published with it.
            let logged = page.iter(number).filter(|(_, s)| s.logged);
            listed.extend(logged.map(|(id, series)| (id, page.labels(series).collect())));
            if listed.len() >= LISTED_AT_ONCE {
                self.head.list(&listed);
                listed.clear();
            }
        }
        self.head.list(&listed);
        self.indexed = true;
    }

    /// What comes from now on was taken since this start began: what is not newer than its series' last is late then.
    pub fn begin_taken(&mut self) {
        if !self.taken {
            self.flush();
            (0..self.queues.len()).for_each(|worker| self.send(worker, Work::Taken));
            self.taken = true;
        }
    }

    /// Hands out what is left and lets the workers end.
    pub fn end(mut self) -> Sorted {
        self.flush();
        let mut renamed = std::mem::take(&mut self.other_low);
        renamed.extend(std::mem::take(&mut self.other_high));
        Sorted {
            stones: self.stones,
            next_low: self.next_low,
            samples: self.samples,
            lost: self.found.into_keys().filter_map(|id| u32::try_from(id).ok()).collect(),
            renumbered: self.renumbered,
            renamed,
        }
    }

    /// Tells whether closed chunks lack samples that the log has.
    pub fn chunks_are_missing(&self) -> bool {
        self.uncovered > 0
    }

    /// Tells whether a sample is in a block or a closed chunk.
    #[inline]
    fn is_there(&mut self, id: u32, t: i64) -> bool {
        if self.taken {
            return false;
        }
        if t < self.min_valid_t {
            return true;
        }
        let Some(covered) = self.closed.get_mut(id as usize) else { return false };
        self.uncovered += u64::from(t < covered.from);
        covered.from = i64::MIN;
        t <= covered.until
    }

    /// Returns our number for the log's; 0, which is no series, if it has none.
    #[inline]
    pub fn id(&self, series: u64) -> u32 {
        let (others, own) = if series < u64::from(ID_END) {
            (&self.other_low, series as u32)
        } else {
            (&self.other_high, u32::try_from(series).unwrap_or(0))
        };
        if others.is_empty() { own } else { others.get(&series).copied().unwrap_or(own) }
    }

    fn other_ids(&mut self, series: u64) -> &mut HashMap<u64, u32> {
        if series < u64::from(ID_END) { &mut self.other_low } else { &mut self.other_high }
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
        if !self.floats[worker].is_empty() {
            let empty = self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH_SAMPLES));
            let batch = std::mem::replace(&mut self.floats[worker], empty);
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

    /// Notes that a number of the log is another one here, and sees to it that checkpoints keep its labels.
    fn rename(&mut self, series: u64, id: u32) {
        self.other_ids(series).insert(series, id);
        // Until when is known once all is read.
        self.head.departed.lock().insert(series, Needed { segment: u64::MAX, newest_t: i64::MAX });
    }

    /// Finds our number for a series of the log, creating the series if its labels are new.
    fn id_for(&mut self, series: u64, labels: &Labels) -> u32 {
        let hash = labels.hash();
        if let Some(id) = self.head.find(labels, hash) {
            if u64::from(id) != series {
                self.rename(series, id);
            } else {
                self.other_ids(series).remove(&series);
            }
            return id;
        }
        let free = |id: u32| self.head.pages.with(id, |_, _| ()).is_none();
        let id = match u32::try_from(series) {
            Ok(id) if id != 0 && free(id) => {
                self.other_ids(series).remove(&series);
                id
            }
            Ok(_) | Err(_) => {
                while !free(self.next_high) {
                    self.next_high -= 1;
                }
                let id = self.next_high;
                self.rename(series, id);
                id
            }
        };
        if id < ID_END {
            self.next_low = self.next_low.max(if id + 1 < ID_END { id + 1 } else { 1 });
        }
        self.head.insert(id, labels, hash);
        let own = u64::from(id) == series;
        if let Some((created, _)) = self.head.pages.page_for(id).write().get_mut(id) {
            created.idle_looks.store(1, Relaxed);
            created.logged = own;
        }
        if !own {
            self.renumbered.push(id);
        }
        if own && self.indexed {
            let pairs = self.head.pages.with(id, |series, page| page.labels(series).collect());
            pairs.into_iter().for_each(|pairs| self.head.list(&[(id, pairs)]));
        }
        id
    }
}

impl RecordSink for Sort<'_> {
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
        let closed = target.closed.len();
        let first = found.first().filter(|_| target.is_empty()).map_or(i64::MIN, |(min_t, _)| *min_t);
        let mut inserted = 0;
        for (min_t, chunk) in found {
            if insert_closed(target, waiting, &files, min_t, chunk) {
                inserted += 1;
                self.head.widen_times(min_t, chunk.max_t);
                self.head.counters.chunks_created.fetch_add(1, Relaxed);
            }
        }
        let until = target.closed.last().map_or(i64::MIN, |c| c.max_t);
        // Of a series with a second number some samples were read already.
        let from = if u64::from(id) == series { first } else { i64::MIN };
        // What was open before the first of them is closed now, and waits.
        self.head.counters.waiting_chunks.fetch_add(target.closed.len() - closed - inserted, Relaxed);
        drop(page);
        self.cover(id, Covered { from, until });
    }

    #[inline]
    fn sample(&mut self, sample: Sample) {
        self.samples += 1;
        let id = self.id(sample.series);
        if self.is_there(id, sample.t) {
            return;
        }
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
        if self.is_there(id, sample.t) {
            return;
        }
        let worker = self.worker(id);
        self.send_floats(worker);
        self.histograms[worker].push(HistogramSample { series: u64::from(id), ..sample });
        if self.histograms[worker].len() >= BATCH_SAMPLES / 16 {
            self.send_histograms(worker);
        }
    }

    fn tombstone(&mut self, series: u64, range: TimeRange) {
        let id = self.id(series);
        if id != 0 && range == TimeRange::ALL {
            // The series was evicted: what stands before this in the log is in a block.
            let worker = self.worker(id);
            self.send_floats(worker);
            self.send_histograms(worker);
            self.send(worker, Work::Forget(id));
        } else if id != 0 && range.min_ms <= range.max_ms {
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
