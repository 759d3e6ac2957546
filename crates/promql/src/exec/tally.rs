//! Counting the samples that a query touches, as Prometheus's statistics do.
//!
//! Two counts are kept. *Seen*: what each step looks at, so that a sample in the windows of ten steps counts ten times.
//! *Read*: what had to be fetched, so that it counts once, at the first of those steps.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use model::histogram::FloatHistogram;

use crate::column::Grid;

/// Bytes of one float sample (time and value); histograms count as the floats that would fill their memory.
pub(crate) const SAMPLE_BYTES: u64 = 16;

/// How many float samples a histogram weighs as much as.
pub(crate) fn histogram_samples(h: &FloatHistogram) -> u64 {
    // The fixed part of Prometheus's structure, then spans (8 bytes), buckets and custom bounds (8 bytes each).
    let fixed = 168;
    let spans = 8 * (h.positive_spans.len() + h.negative_spans.len());
    let numbers = 8 * (h.positive_buckets.len() + h.negative_buckets.len() + h.custom_values.len());
    (fixed + spans + numbers + 8) as u64 / SAMPLE_BYTES
}

/// Samples seen and read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Counted anew for every step that looks at them.
    pub seen: u64,
    /// Counted at the first step that looks at them.
    pub read: u64,
}

impl Counts {
    /// Samples that one step looks at, all of them fetched for it.
    pub(crate) fn once(samples: u64) -> Counts {
        Counts { seen: samples, read: samples }
    }

    fn add(&mut self, other: Counts) {
        self.seen += other.seen;
        self.read += other.read;
    }
}

/// Samples counted by one worker, for the steps of one grid.
#[derive(Clone, Debug, Default)]
pub(crate) struct LocalTally {
    total: Counts,
    per_step: Option<Vec<Counts>>,
}

impl LocalTally {
    /// Counts samples of a step.
    #[inline]
    pub(crate) fn count(&mut self, step: usize, counts: Counts) {
        self.total.add(counts);
        if let Some(per_step) = &mut self.per_step {
            per_step[step].add(counts);
        }
    }

    /// Counts as many samples at each of some steps.
    pub(crate) fn count_all(&mut self, steps: Range<usize>, each: Counts) {
        let n = steps.len() as u64;
        self.total.add(Counts { seen: n * each.seen, read: n * each.read });
        if let Some(per_step) = &mut self.per_step {
            per_step[steps].iter_mut().for_each(|counts| counts.add(each));
        }
    }

    /// Counts one float that a step looks at.
    #[inline]
    pub(crate) fn count_float(&mut self, step: usize) {
        self.count(step, Counts::once(1));
    }
}

/// Samples counted by all workers, for the steps of one grid.
#[derive(Debug)]
pub(crate) struct Tally {
    state: Mutex<LocalTally>,
    steps: usize,
    per_step: bool,
}

impl Tally {
    /// A tally over a grid's steps.
    pub(crate) fn new(steps: usize, per_step: bool) -> Tally {
        let counts = per_step.then(|| vec![Counts::default(); steps]);
        let state = Mutex::new(LocalTally { total: Counts::default(), per_step: counts });
        Tally { state, steps, per_step }
    }

    /// A tally for a part that is evaluated on other steps.
    pub(crate) fn child(&self, steps: usize) -> Tally {
        Tally::new(steps, self.per_step)
    }

    /// A worker's own tally, to be handed to [`Tally::add`].
    pub(crate) fn local(&self) -> LocalTally {
        let per_step = self.per_step.then(|| vec![Counts::default(); self.steps]);
        LocalTally { total: Counts::default(), per_step }
    }

    /// Adds what a worker counted.
    pub(crate) fn add(&self, local: &LocalTally) {
        let mut state = self.state.lock().expect("counting does not panic");
        state.total.add(local.total);
        if let (Some(sum), Some(more)) = (&mut state.per_step, &local.per_step) {
            for (s, m) in sum.iter_mut().zip(more) {
                s.add(*m);
            }
        }
    }

    /// Adds samples to one step.
    pub(crate) fn add_at(&self, step: usize, counts: Counts) {
        self.state.lock().expect("counting does not panic").count(step, counts);
    }

    /// Adds what one evaluation for all steps counted: every step sees it, the first reads it.
    pub(crate) fn add_everywhere(&self, counts: Counts) {
        let mut state = self.state.lock().expect("counting does not panic");
        for step in 0..self.steps {
            let read = if step == 0 { counts.read } else { 0 };
            state.count(step, Counts { read, ..counts });
        }
    }

    /// All samples.
    pub(crate) fn total(&self) -> Counts {
        self.state.lock().expect("counting does not panic").total
    }

    /// Everything that was counted so far.
    pub(crate) fn snapshot(&self) -> LocalTally {
        self.state.lock().expect("counting does not panic").clone()
    }

    /// Samples by step, if they were counted so.
    pub(crate) fn per_step(&self) -> Option<Vec<Counts>> {
        self.state.lock().expect("counting does not panic").per_step.clone()
    }
}

/// How the samples that a subquery read are shared out over the steps of the query around it.
///
/// What an inner step read belongs to the first outer step whose window reaches it; inner steps in a gap between windows count for
/// nothing.
#[derive(Clone, Debug)]
pub(crate) struct SharedOut {
    /// The outer steps.
    pub grid: Grid,
    /// The outer tally.
    pub tally: Arc<Tally>,
    /// The subquery's offset.
    pub offset_ms: i64,
    /// Width of the windows.
    pub range_ms: i64,
}

impl SharedOut {
    /// Adds what was read at the steps of `inner`.
    pub(crate) fn add(&self, inner: Grid, tally: &Tally) {
        let outer = self.grid;
        let read = |read| Counts { seen: 0, read };
        if outer.steps <= 1 {
            self.tally.add_at(0, read(tally.total().read));
            return;
        }
        for (i, counts) in tally.per_step().into_iter().flatten().enumerate().filter(|(_, c)| c.read > 0) {
            let t = inner.time(i).saturating_add(self.offset_ms);
            let after = t.saturating_sub(outer.start_ms);
            let step = if after <= 0 { 0 } else { (after as u64).div_ceil(outer.step_ms as u64) as usize };
            let step = step.min(outer.steps - 1);
            if t > outer.time(step).saturating_sub(self.range_ms) {
                self.tally.add_at(step, read(counts.read));
            }
        }
    }
}
