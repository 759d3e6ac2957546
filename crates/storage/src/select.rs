//! Reading: a consistent view, selections in it, and series by index.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::{Exemplar, Labels, Matcher};

use crate::changes::Changes;
use crate::error::SelectError;
use crate::hint::{Figure, SampleHint};
use crate::samples::Samples;

/// A range of time, both ends included, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// First millisecond.
    pub min_ms: i64,
    /// Last millisecond.
    pub max_ms: i64,
}

impl TimeRange {
    /// All of time.
    pub const ALL: TimeRange = TimeRange { min_ms: i64::MIN, max_ms: i64::MAX };

    /// Tells whether two ranges share a millisecond.
    pub fn overlaps(&self, other: TimeRange) -> bool {
        self.min_ms <= other.max_ms && other.min_ms <= self.max_ms
    }
}

/// A flag that asks running work to stop. Long loops look at it at least every few thousand samples.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks for the stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Tells whether the stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns [`SelectError::Cancelled`] once the stop was asked for.
    pub fn check(&self) -> Result<(), SelectError> {
        if self.is_cancelled() { Err(SelectError::Cancelled) } else { Ok(()) }
    }
}

/// The labels a reader will look at. A storage may leave out others, so two series may come back with equal labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Only these.
    Only(Vec<Arc<str>>),
    /// All but these.
    Without(Vec<Arc<str>>),
}

/// What to select.
#[derive(Clone, Debug)]
pub struct SelectRequest<'a> {
    /// All must pass. At least one must not match the empty string, unless all series are meant.
    pub matchers: &'a [Matcher],
    /// Samples outside are never read; series without samples inside may still be returned.
    pub range: TimeRange,
    /// Whether the series must be sorted by their labels.
    pub sorted: bool,
    /// Labels that will be looked at; `None` for all.
    pub projection: Option<Projection>,
    /// Most series to return; 0 for all. More give a warning.
    pub limit: usize,
    /// How samples will be looked at; `None` for a reader that wants all that is stored as it is.
    pub hint: Option<SampleHint>,
    /// Stops the selection.
    pub cancel: Cancel,
}

impl<'a> SelectRequest<'a> {
    /// A request for all labels of all matching series, unsorted.
    pub fn new(matchers: &'a [Matcher], range: TimeRange) -> SelectRequest<'a> {
        SelectRequest {
            matchers,
            range,
            sorted: false,
            projection: None,
            limit: 0,
            hint: None,
            cancel: Cancel::default(),
        }
    }
}

/// The series that a selection found. Reading is by index, so shards of it can be read from many threads.
pub trait SeriesSet: Send + Sync {
    /// Returns the number of series.
    fn len(&self) -> usize;

    /// Tells whether nothing was found.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the labels of series `i`, as far as the request's projection asks for them.
    fn labels(&self, i: usize) -> Labels;

    /// Appends the samples of series `i` within `range` to `out`, in time order. Cost: decoding of each chunk that overlaps.
    ///
    /// # Errors
    /// [`SelectError::Storage`] for damaged data. `out` may then hold some samples.
    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError>;

    /// Appends a figure of the samples of series `i` within `range` to `out`, so that the sum of what a window holds is
    /// that window's sum or count. A stored float sample gives its value or 1; a downsampled bucket gives the figure of
    /// the samples it was made of. Staleness markers give nothing. Histograms come as they are.
    ///
    /// # Errors
    /// As [`SeriesSet::read`].
    fn read_figure(
        &self,
        i: usize,
        range: TimeRange,
        figure: Figure,
        out: &mut Samples,
    ) -> Result<(), SelectError> {
        let first = out.t.len();
        self.read(i, range, out)?;
        figure.of_samples(out, first);
        Ok(())
    }

    /// Returns the coarsest resolution at which some of the samples are stored; `None` if all are as they came.
    fn resolution_ms(&self) -> Option<i64> {
        None
    }

    /// Returns what was not complete, in words for the user.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A question about label names or values.
#[derive(Clone, Debug)]
pub struct LabelQuery<'a> {
    /// Alternatives, each a list of matchers that must all pass; no alternatives means all series.
    pub matcher_sets: &'a [Vec<Matcher>],
    /// Only series with samples near this range need to be looked at.
    pub range: TimeRange,
    /// Most results; 0 for all.
    pub limit: usize,
    /// Stops the search.
    pub cancel: Cancel,
}

impl<'a> LabelQuery<'a> {
    /// A question about the series that pass one of the matcher sets, without a limit.
    pub fn new(matcher_sets: &'a [Vec<Matcher>], range: TimeRange) -> LabelQuery<'a> {
        LabelQuery { matcher_sets, range, limit: 0, cancel: Cancel::default() }
    }
}

/// A consistent view of a storage: it shows each commit whole or not at all, and does not change while it lives.
pub trait Select: Send + Sync {
    /// Finds series.
    ///
    /// # Errors
    /// [`SelectError`].
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError>;

    /// Returns label names, sorted, each once.
    ///
    /// # Errors
    /// [`SelectError`].
    fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError>;

    /// Returns the values of a label, sorted, each once.
    ///
    /// # Errors
    /// [`SelectError`].
    fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError>;

    /// Returns exemplars of series that pass one of the matcher sets, by series labels, oldest first.
    ///
    /// # Errors
    /// [`SelectError`].
    fn exemplars(
        &self,
        matcher_sets: &[Vec<Matcher>],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError>;
}

/// Something that can be read.
pub trait Queryable: Send + Sync {
    /// Takes a view for one query over `range`.
    ///
    /// # Errors
    /// [`SelectError::Storage`] where the data cannot be opened.
    fn view(&self, range: TimeRange) -> Result<Arc<dyn Select>, SelectError>;

    /// Returns where changes of the past are noted; `None` if this storage does not tell, so that no result of it may be kept.
    fn changes(&self) -> Option<Arc<Changes>> {
        None
    }
}
