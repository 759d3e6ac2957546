//! One series as columns.

use model::histogram::HistogramValue;

/// Samples of one series, in columns. Floats and histograms each increase strictly in time; no timestamp stands in both.
/// Staleness markers are samples like any other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Timestamps of the float samples.
    pub t: Vec<i64>,
    /// Values of the float samples; as long as `t`.
    pub v: Vec<f64>,
    /// Native histogram samples with their timestamps.
    pub histograms: Vec<(i64, HistogramValue)>,
}

impl Samples {
    /// Forgets all samples and keeps the allocations.
    pub fn clear(&mut self) {
        self.t.clear();
        self.v.clear();
        self.histograms.clear();
    }

    /// Adds a float sample, which must be later than all others.
    #[inline]
    pub fn push(&mut self, t: i64, v: f64) {
        debug_assert!(self.t.last().is_none_or(|&last| last < t), "timestamps must strictly increase");
        self.t.push(t);
        self.v.push(v);
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
