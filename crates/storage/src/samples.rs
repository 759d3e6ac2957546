//! One series as columns.

use model::histogram::HistogramValue;

/// Samples of one series, in columns. Floats and histograms each increase strictly in time; no timestamp stands in both.
/// Staleness markers are samples like any other.
///
/// *Start times* say when a counter began to count; 0 means that nobody told. Nearly no sample has one, so the columns of
/// start times are as short as they can be: they end with the last sample that has one, and are empty where none has.
/// Whoever reads only times and values may ignore them; whoever takes samples out of the middle must keep them in step.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Timestamps of the float samples.
    pub t: Vec<i64>,
    /// Values of the float samples; as long as `t`.
    pub v: Vec<f64>,
    /// Start times of the first float samples, at most as many as `t`; those missing are 0.
    pub starts: Vec<i64>,
    /// Native histogram samples with their timestamps.
    pub histograms: Vec<(i64, HistogramValue)>,
    /// Start times of the first histogram samples, at most as many as `histograms`; those missing are 0.
    pub histogram_starts: Vec<i64>,
}

impl Samples {
    /// Forgets all samples and keeps the allocations.
    pub fn clear(&mut self) {
        self.t.clear();
        self.v.clear();
        self.starts.clear();
        self.histograms.clear();
        self.histogram_starts.clear();
    }

    /// Adds a float sample, which must be later than all others.
    #[inline]
    pub fn push(&mut self, t: i64, v: f64) {
        debug_assert!(self.t.last().is_none_or(|&last| last < t), "timestamps must strictly increase");
        self.t.push(t);
        self.v.push(v);
    }

    /// Adds a float sample with its start time (0 for none), which must be later than all others.
    #[inline]
    pub fn push_started(&mut self, start_ms: i64, t: i64, v: f64) {
        set_start(&mut self.starts, self.t.len(), start_ms);
        self.push(t, v);
    }

    /// Adds a histogram with its start time (0 for none), which must be later than all others.
    pub fn push_histogram(&mut self, start_ms: i64, t: i64, h: HistogramValue) {
        set_start(&mut self.histogram_starts, self.histograms.len(), start_ms);
        self.histograms.push((t, h));
    }

    /// Returns the start time of float sample `i`; 0 for none.
    #[inline]
    pub fn start(&self, i: usize) -> i64 {
        self.starts.get(i).copied().unwrap_or(0)
    }

    /// Returns the start time of histogram `i`; 0 for none.
    #[inline]
    pub fn histogram_start(&self, i: usize) -> i64 {
        self.histogram_starts.get(i).copied().unwrap_or(0)
    }

    /// Tells whether some sample may have a start time.
    pub fn has_starts(&self) -> bool {
        !self.starts.is_empty() || !self.histogram_starts.is_empty()
    }

    /// Keeps only the first `floats` float samples and the first `histograms` histograms.
    pub fn truncate(&mut self, floats: usize, histograms: usize) {
        self.t.truncate(floats);
        self.v.truncate(floats);
        self.starts.truncate(floats);
        self.histograms.truncate(histograms);
        self.histogram_starts.truncate(histograms);
    }

    /// Takes out all samples from float number `floats` and histogram number `histograms` on.
    #[must_use]
    pub fn split_off(&mut self, floats: usize, histograms: usize) -> Samples {
        let starts_from = |starts: &mut Vec<i64>, at: usize| {
            if at < starts.len() { starts.split_off(at) } else { Vec::new() }
        };
        Samples {
            t: self.t.split_off(floats),
            v: self.v.split_off(floats),
            starts: starts_from(&mut self.starts, floats),
            histograms: self.histograms.split_off(histograms),
            histogram_starts: starts_from(&mut self.histogram_starts, histograms),
        }
    }

    /// Removes the float samples of these indexes.
    pub fn remove_floats(&mut self, range: std::ops::Range<usize>) {
        let ends = self.starts.len();
        self.starts.drain(range.start.min(ends)..range.end.min(ends));
        self.t.drain(range.clone());
        self.v.drain(range);
    }

    /// Keeps those of the histograms from number `from` on that pass.
    pub fn retain_histograms(&mut self, from: usize, mut keep: impl FnMut(i64, &HistogramValue) -> bool) {
        if self.histogram_starts.len() > from {
            let mut kept = from;
            for i in from..self.histogram_starts.len() {
                let (t, h) = &self.histograms[i];
                if keep(*t, h) {
                    self.histogram_starts[kept] = self.histogram_starts[i];
                    kept += 1;
                }
            }
            self.histogram_starts.truncate(kept);
        }
        let mut i = 0;
        self.histograms.retain(|(t, h)| {
            i += 1;
            i <= from || keep(*t, h)
        });
    }

    /// Returns the number of samples, histograms included.
    pub fn len(&self) -> usize {
        self.t.len() + self.histograms.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Notes the start time of the sample that gets index `i`.
#[inline]
fn set_start(starts: &mut Vec<i64>, i: usize, start_ms: i64) {
    if start_ms != 0 {
        starts.resize(i, 0);
        starts.push(start_ms);
    }
}

/// Start times that are not there are 0. NaNs are unequal, as everywhere.
impl PartialEq for Samples {
    fn eq(&self, other: &Samples) -> bool {
        let same = |a: &[i64], b: &[i64]| {
            let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
            short == &long[..short.len()] && long[short.len()..].iter().all(|start| *start == 0)
        };
        self.t == other.t
            && self.v == other.v
            && self.histograms == other.histograms
            && same(&self.starts, &other.starts)
            && same(&self.histogram_starts, &other.histogram_starts)
    }
}

#[cfg(test)]
mod tests;
