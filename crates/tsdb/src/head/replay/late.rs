//! Samples that were taken while the log was read and are not newer than what it told of their series.
//!
//! They are judged once all is read, as any that come then: late, or refused. Until they are in the log of late samples a crash
//! loses them, as the next start cannot tell them from samples that it has.

use std::num::NonZeroU64;

use storage::{Append, AppendError, SeriesRef};

use crate::head::Head;
use crate::wal::record::{HistogramSample, Sample};

/// Samples that wait, of one worker: 8 MiB of floats.
const WAITING_MAX: usize = 256 << 10;

/// Samples that wait to be judged. Their series are ours.
#[derive(Debug, Default)]
pub struct Late {
    floats: Vec<Sample>,
    histograms: Vec<HistogramSample>,
    /// How many there was no room for.
    dropped: u64,
}

impl Late {
    /// Keeps a float.
    pub fn float(&mut self, sample: Sample) {
        if self.has_room() {
            self.floats.push(sample);
        }
    }

    /// Keeps a histogram.
    pub fn histogram(&mut self, sample: HistogramSample) {
        if self.has_room() {
            self.histograms.push(sample);
        }
    }

    fn has_room(&mut self) -> bool {
        let has_room = self.floats.len() + self.histograms.len() < WAITING_MAX;
        self.dropped += u64::from(!has_room);
        has_room
    }

    /// Adds those of another worker.
    pub fn add(&mut self, other: Late) {
        self.floats.extend(other.floats);
        self.histograms.extend(other.histograms);
        self.dropped += other.dropped;
    }

    /// Gives the samples to a head that has read its log.
    pub fn take(self, head: &Head) {
        if self.dropped > 0 {
            tracing::warn!(
                samples = self.dropped,
                "late samples dropped: too many came while the log was read"
            );
        }
        if self.floats.is_empty() && self.histograms.is_empty() {
            return;
        }
        let mut batch = Box::new(head.batch());
        let of = |number: u64| NonZeroU64::new(number).map(SeriesRef).ok_or(AppendError::UnknownSeries);
        let mut refused = 0_u64;
        for s in self.floats {
            let stored = of(s.series).and_then(|series| batch.sample_started(series, s.start_ms, s.t, s.v));
            refused += u64::from(stored.is_err());
        }
        for s in self.histograms {
            refused += u64::from(
                of(s.series)
                    .and_then(|series| batch.histogram_started(series, s.start_ms, s.t, s.h))
                    .is_err(),
            );
        }
        if refused > 0 {
            tracing::info!(samples = refused, "samples that came while the log was read are out of order");
        }
        if let Err(error) = batch.commit() {
            tracing::error!(%error, "late samples that came while the log was read could not be stored");
        }
    }
}
