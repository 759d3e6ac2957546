//! Workers: each fills the series of its pages.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crossbeam_channel::{Receiver, Sender};

use super::by_page::ByPage;
use super::late::Late;
use crate::head::pages::{PAGE_SERIES, Pages, Table, page_of};
use crate::head::{CutPolicy, Head};
use crate::wal::record::{HistogramSample, Sample};

/// What a worker gets.
pub enum Work {
    /// Floats of series of the worker's pages.
    Floats(Vec<Sample>),
    /// Histograms of such series.
    Histograms(Vec<HistogramSample>),
    /// Tells when all before it is done.
    Settle(Sender<()>),
    /// A series was evicted: its samples so far are in a block.
    Forget(u32),
    /// All that follows was taken since this start began.
    Taken,
}

/// What a worker found.
#[derive(Debug)]
pub struct Filled {
    /// Oldest sample.
    pub min_t: i64,
    /// Newest sample.
    pub max_t: i64,
    /// Chunks started.
    pub chunks: u64,
    /// Chunks closed; they wait to be written.
    pub closed: usize,
    /// Samples of series that the log does not tell.
    pub unknown: u64,
    /// The largest number of such a series.
    pub unknown_id: u32,
    /// Whether what comes was taken since this start began.
    taken: bool,
    /// Samples that are not newer than their series' last, of those.
    pub late: Late,
}

impl Filled {
    /// Notes samples of series that the log does not tell, up to number `id`.
    fn miss(&mut self, id: u64, samples: u64) {
        self.unknown += samples;
        self.unknown_id = self.unknown_id.max(u32::try_from(id).unwrap_or(0));
    }
}

/// A worker: fills the series of its pages.
///
/// `spare` takes the buffers of floats back: memory that was used before is in the processor's cache, and known to the kernel.
pub fn fill(head: &Head, queue: &Receiver<Work>, spare: &Sender<Vec<Sample>>) -> Filled {
    let mut filled = Filled {
        min_t: i64::MAX,
        max_t: i64::MIN,
        chunks: 0,
        closed: 0,
        unknown: 0,
        unknown_id: 0,
        taken: false,
        late: Late::default(),
    };
    let min_valid_t = head.min_valid_t.load(Relaxed);
    let policy = head.options.policy;
    let mut table = head.pages.table();
    let mut by_page = ByPage::default();
    let mut add = |samples: &[Sample], filled: &mut Filled| {
        fill_floats(&head.pages, &mut table, samples, policy, min_valid_t, filled);
    };
    for work in queue {
        match work {
            Work::Settle(done) => {
                by_page.take_all(|samples| add(samples, &mut filled));
                if done.send(()).is_err() {
                    tracing::error!("the replay reader is gone");
                }
            }
            Work::Taken => {
                by_page.take_all(|samples| add(samples, &mut filled));
                filled.taken = true;
            }
            Work::Forget(id) => {
                by_page.take_page_of(id, |samples| add(samples, &mut filled));
                forget(head, id);
            }
            Work::Floats(mut samples) => {
                by_page.add(&samples, |samples| add(samples, &mut filled));
                samples.clear();
                spare.try_send(samples).ok(); // one too many is dropped
            }
            Work::Histograms(samples) => {
                for sample in samples {
                    by_page.take_page_of(sample.series as u32, |samples| add(samples, &mut filled));
                    let page = head.pages.page_for(sample.series as u32);
                    let mut page = page.write();
                    let Some((series, waiting)) = page.get_mut(sample.series as u32) else {
                        filled.miss(sample.series, 1);
                        continue;
                    };
                    if sample.t > series.last_t() && sample.t >= min_valid_t {
                        let closed = series.closed.len();
                        let chunks =
                            series.append_histogram(sample.start_ms, sample.t, &sample.h, policy, waiting);
                        filled.closed += series.closed.len() - closed;
                        filled.chunks += u64::from(chunks);
                        filled.min_t = filled.min_t.min(sample.t);
                        filled.max_t = filled.max_t.max(sample.t);
                    } else if filled.taken && sample.t != series.last_t() {
                        filled.late.histogram(sample);
                    }
                }
            }
        }
    }
    by_page.take_all(|samples| add(samples, &mut filled));
    filled
}

/// Drops all samples of a series.
fn forget(head: &Head, id: u32) {
    let page = head.pages.page_for(id);
    let mut page = page.write();
    let Some((series, waiting)) = page.get_mut(id) else { return };
    let mut waited = Vec::new();
    let dropped = series.truncate_before(i64::MAX, |place| waited.extend(place.key()));
    waited.into_iter().for_each(|key| waiting.remove(key));
    head.counters.chunks_removed.fetch_add(dropped as u64, Relaxed);
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
        for sample in here {
            let Some((series, waiting)) = page.get_mut(sample.series as u32) else {
                filled.miss(sample.series, 1);
                continue;
            };
            if sample.t > series.last_t() && sample.t >= min_valid_t {
                let closed = series.closed.len();
                filled.chunks +=
                    u64::from(series.append_float(sample.start_ms, sample.t, sample.v, policy, waiting));
                filled.closed += series.closed.len() - closed;
                filled.min_t = filled.min_t.min(sample.t);
                filled.max_t = filled.max_t.max(sample.t);
            } else if filled.taken && sample.t != series.last_t() {
                filled.late.float(*sample);
            }
        }
    }
}
