//! Counting the samples that a query touches, as Prometheus's statistics do.

use std::sync::Mutex;

use model::histogram::FloatHistogram;

/// Bytes of one float sample (time and value); histograms count as the floats that would fill their memory.
const SAMPLE_BYTES: usize = 16;

/// How many float samples a histogram weighs as much as.
pub(crate) fn histogram_samples(h: &FloatHistogram) -> u64 {
    // The fixed part of Prometheus's structure, then spans (8 bytes), buckets and custom bounds (8 bytes each).
    let fixed = 168;
    let spans = 8 * (h.positive_spans.len() + h.negative_spans.len());
    let numbers = 8 * (h.positive_buckets.len() + h.negative_buckets.len() + h.custom_values.len());
    ((fixed + spans + numbers + 8) / SAMPLE_BYTES) as u64
}

/// Samples counted by one worker, for the steps of one grid.
#[derive(Debug, Default)]
pub(crate) struct LocalTally {
    total: u64,
    per_step: Option<Vec<u64>>,
}

impl LocalTally {
    /// Counts samples of a step.
    #[inline]
    pub(crate) fn count(&mut self, step: usize, samples: u64) {
        self.total += samples;
        if let Some(per_step) = &mut self.per_step {
            per_step[step] += samples;
        }
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
        let counts = per_step.then(|| vec![0; steps]);
        Tally { state: Mutex::new(LocalTally { total: 0, per_step: counts }), steps, per_step }
    }

    /// A tally for a part that is evaluated on other steps.
    pub(crate) fn child(&self, steps: usize) -> Tally {
        Tally::new(steps, self.per_step)
    }

    /// A worker's own tally, to be handed to [`Tally::add`].
    pub(crate) fn local(&self) -> LocalTally {
        LocalTally { total: 0, per_step: self.per_step.then(|| vec![0; self.steps]) }
    }

    /// Adds what a worker counted.
    pub(crate) fn add(&self, local: LocalTally) {
        let mut state = self.state.lock().expect("counting does not panic");
        state.total += local.total;
        if let (Some(sum), Some(more)) = (&mut state.per_step, local.per_step) {
            for (s, m) in sum.iter_mut().zip(more) {
                *s += m;
            }
        }
    }

    /// Adds samples to one step.
    pub(crate) fn add_at(&self, step: usize, samples: u64) {
        self.state.lock().expect("counting does not panic").count(step, samples);
    }

    /// Adds samples to every step.
    pub(crate) fn add_everywhere(&self, samples: u64) {
        let mut state = self.state.lock().expect("counting does not panic");
        for step in 0..self.steps {
            state.count(step, samples);
        }
    }

    /// All samples.
    pub(crate) fn total(&self) -> u64 {
        self.state.lock().expect("counting does not panic").total
    }

    /// Samples by step, if they were counted so.
    pub(crate) fn per_step(&self) -> Option<Vec<u64>> {
        self.state.lock().expect("counting does not panic").per_step.clone()
    }
}
