//! Writing: one batch, one commit.

use model::histogram::HistogramValue;
use model::{Exemplar, Labels, Metadata};

use crate::error::AppendError;

/// A storage's short name for a series, valid until the storage evicts the series. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesRef(pub std::num::NonZeroU64);

/// What a commit did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitSummary {
    /// Float and histogram samples that are now stored.
    pub samples: u64,
    /// Samples refused only at commit time, because another batch stored a later or different one meanwhile.
    pub dropped: u64,
}

/// One batch of writes. Nothing is visible to readers before [`Append::commit`], and then all of it at once.
/// Dropping a batch without committing discards it.
///
/// The usual path of a known series is one call, `sample(series, t, v)`: no label is looked at. A caller keeps the
/// [`SeriesRef`] it got from [`Append::resolve`] and resolves anew when told [`AppendError::UnknownSeries`].
pub trait Append: Send {
    /// Finds the series with these labels, or creates it as part of this batch.
    ///
    /// # Errors
    /// [`AppendError::InvalidLabels`] (empty set, duplicate names), [`AppendError::SeriesLimit`] where a bound forbids a new series.
    fn resolve(&mut self, labels: &Labels) -> Result<SeriesRef, AppendError>;

    /// Adds a float sample. The value may be the staleness marker, which a histogram series accepts too.
    ///
    /// # Errors
    /// [`AppendError::UnknownSeries`], [`AppendError::OutOfOrder`], [`AppendError::TooOld`],
    /// [`AppendError::OutOfBounds`], [`AppendError::DuplicateTimestamp`]. The batch goes on without the sample.
    fn sample(&mut self, series: SeriesRef, t: i64, v: f64) -> Result<(), AppendError>;

    /// Adds a native histogram sample.
    ///
    /// # Errors
    /// As [`Append::sample`], and [`AppendError::InvalidHistogram`].
    fn histogram(&mut self, series: SeriesRef, t: i64, h: HistogramValue) -> Result<(), AppendError>;

    /// Adds a float sample that says when its series began to count; 0 for "not told". A storage that keeps no start
    /// times stores the sample without.
    ///
    /// # Errors
    /// As [`Append::sample`].
    fn sample_started(
        &mut self,
        series: SeriesRef,
        start_ms: i64,
        t: i64,
        v: f64,
    ) -> Result<(), AppendError> {
        let _not_kept = start_ms;
        self.sample(series, t, v)
    }

    /// Adds a native histogram sample that says when its series began to count; see [`Append::sample_started`].
    ///
    /// # Errors
    /// As [`Append::histogram`].
    fn histogram_started(
        &mut self,
        series: SeriesRef,
        start_ms: i64,
        t: i64,
        h: HistogramValue,
    ) -> Result<(), AppendError> {
        let _not_kept = start_ms;
        self.histogram(series, t, h)
    }

    /// Adds a zero sample at the time the series started counting, before the sample at `t`.
    ///
    /// # Errors
    /// [`AppendError::OutOfOrder`] where the series has newer samples already (not worth a report).
    fn start_zero(
        &mut self,
        series: SeriesRef,
        t: i64,
        start_ms: i64,
        histogram: Option<&HistogramValue>,
    ) -> Result<(), AppendError>;

    /// Adds an exemplar; `exemplar.timestamp_ms` must be set.
    ///
    /// # Errors
    /// [`AppendError::UnknownSeries`], [`AppendError::ExemplarOutOfOrder`], [`AppendError::ExemplarLabelsTooLong`],
    /// [`AppendError::ExemplarsDisabled`]. An exact repeat of the last exemplar is accepted and not stored.
    fn exemplar(&mut self, series: SeriesRef, exemplar: &Exemplar) -> Result<(), AppendError>;

    /// Notes the metadata of a series' metric.
    ///
    /// # Errors
    /// [`AppendError::UnknownSeries`].
    fn metadata(&mut self, series: SeriesRef, metadata: &Metadata) -> Result<(), AppendError>;

    /// Makes this batch refuse samples that are older than the newest of their series, even inside the out-of-order window.
    fn refuse_out_of_order(&mut self);

    /// Makes the batch durable as configured, then visible.
    ///
    /// # Errors
    /// [`AppendError::Storage`]: the log could not be written; nothing of the batch is visible.
    fn commit(self: Box<Self>) -> Result<CommitSummary, AppendError>;

    /// Discards the batch.
    fn rollback(self: Box<Self>);
}

/// Something that takes batches of writes.
pub trait Appendable: Send + Sync {
    /// Starts a batch.
    fn appender(&self) -> Box<dyn Append + '_>;
}
