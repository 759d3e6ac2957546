//! Functions of ranges: windows slide over a selector's or a subquery's samples.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::histogram::{FloatHistogram, ResetHint};
use storage::{Figure, Projection, Samples, TimeRange};

use super::budget::Load;
use super::downsampled::{self, Reading};
use super::labels::{Head, METRIC_TYPE, Repeated};
use super::scalar::Scalars;
use super::select::{Wanted, find, without_markers};
use super::shared::Found;
use super::source::{Counting, Source, Vector, distinct};
use super::tally::{Counts, SAMPLE_BYTES, SharedOut};
use super::window::{Window, Windows};
use super::{Frame, Query, Work};
use crate::ast::{RangeMode, Span};
use crate::column::Column;
use crate::error::QueryError;
use crate::functions::evaluation::RangeKernel;
use crate::functions::extensions::keeps_name;
use crate::functions::histogram::strip_buckets;
use crate::functions::over_time;
use crate::plan::{RangeCall, RangeSource, Selector, Subquery, selector_range, subquery_grid};
use crate::value::{Points, Series};

/// Evaluates a function of a range. The projection is followed only where series stay distinct without being compared.
pub(crate) fn call<'a>(
    frame: &Frame<'a>,
    call: &'a RangeCall,
    projection: Option<Projection>,
) -> Result<Vector<'a>, QueryError> {
    let scalars = call.scalars.iter().map(|s| frame.scalar(s)).collect::<Result<Vec<_>, _>>()?;
    let vector = Box::new(Ranged {
        kernel: call.kernel,
        // These return samples as they were, so they stand for the same series.
        keeps_name: matches!(call.name, "first_over_time" | "last_over_time") || keeps_name(call.name),
        scalars,
        span: call.source_span,
        input: Input::new(frame, &call.source, projection, Some(call.name), call.source_span)?,
        frame: frame.clone(),
    });
    // Of `absent_over_time` only the steps without any series are left in the end: equal labels do no harm.
    if frame.query.features.delayed_name_removal || call.name == "absent_over_time" {
        return Ok(vector);
    }
    distinct(frame, vector, Repeated::Refuse)
}

struct Ranged<'a> {
    frame: Frame<'a>,
    kernel: RangeKernel,
    keeps_name: bool,
    scalars: Vec<Scalars>,
    span: Span,
    input: Input<'a>,
}

impl Source for Ranged<'_> {
    fn len(&self) -> usize {
        self.input.len()
    }

    fn head(&self, i: usize) -> Head {
        let head = self.input.head(i);
        if self.keeps_name { head } else { head.nameless(self.frame.query.features.delayed_name_removal) }
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        match self.input.reading() {
            Reading::Samples => self.evaluate(self.kernel, None, i, work, out),
            Reading::Figure(figure) => self.evaluate(over_time::sum, Some(figure), i, work, out),
            Reading::Mean => {
                self.evaluate(over_time::sum, Some(Figure::Sum), i, work, out)?;
                if !work.histograms.is_empty() {
                    return Ok(()); // evaluated as samples
                }
                let mut counts = work.column();
                let counted = self.evaluate(over_time::sum, Some(Figure::Count), i, work, &mut counts);
                downsampled::divide(out, &counts);
                work.give_back(counts);
                counted
            }
        }
    }

    fn distinct_without_name(&self) -> bool {
        self.input.distinct_without_name()
    }
}

impl Ranged<'_> {
    /// Computes a column with a kernel, over samples or a figure of them. Figures are of floats only: a series with
    /// histograms is always evaluated as samples.
    fn evaluate(
        &self,
        kernel: RangeKernel,
        figure: Option<Figure>,
        i: usize,
        work: &mut Work,
        out: &mut Column,
    ) -> Result<(), QueryError> {
        out.reset(self.frame.grid.steps);
        let never_falls = self.input.read(i, figure, work)?;
        if work.samples.t.is_empty() && work.histograms.is_empty() {
            return Ok(());
        }
        if figure.is_some() && !work.histograms.is_empty() {
            return self.evaluate(self.kernel, None, i, work, out);
        }
        let features = &self.frame.query.features;
        complete_starts(&mut work.samples, work.histograms.len(), features.use_start_timestamps);
        let typed = features.type_and_unit_labels;
        // Labels cost about as much as a window: they are asked for only where they may tell something.
        let labels = match self.input.one_name() {
            Some(_) if !typed => model::Labels::empty(),
            _ => self.input.head(i).labels,
        };
        let counting = Counting::new(&self.frame);
        let windows = Windows {
            t: &work.samples.t,
            v: &work.samples.v,
            never_falls,
            histograms: &work.histograms,
            starts: &work.samples.starts,
            histogram_starts: &work.samples.histogram_starts,
            grid: self.frame.grid,
            at: self.input.at(),
            offset_ms: self.input.offset_ms(),
            range_ms: self.input.range_ms(),
            mode: self.input.mode(),
            lookback_ms: self.frame.query.lookback_ms,
            scalars: &self.scalars,
            name: self.input.one_name().unwrap_or_else(|| labels.name()),
            metric_type: typed.then(|| labels.get(METRIC_TYPE)),
            span: self.span,
            reads: self.input.reads(),
            tally: &counting.local,
            stop: &self.frame.query.stop,
        };
        kernel(&windows, out, &mut work.notes)?;
        counting.tell(work);
        // Windows end early when the query was cancelled.
        self.frame.query.check()
    }
}

/// Makes the columns of start times as long as the others if some sample has one and they are wanted, or else empty.
fn complete_starts(samples: &mut Samples, histograms: usize, wanted: bool) {
    if !samples.has_starts() {
        return;
    }
    for (starts, len) in [(&mut samples.starts, samples.t.len()), (&mut samples.histogram_starts, histograms)]
    {
        if wanted && !starts.is_empty() {
            starts.resize(len, 0);
        } else {
            starts.clear();
        }
    }
}

/// Where a range's samples come from.
enum Input<'a> {
    Selector {
        query: &'a Query<'a>,
        selector: &'a Selector,
        range_ms: i64,
        read: TimeRange,
        found: Found,
        reading: Reading,
    },
    Subquery(Inner<'a>),
    /// A subquery without inner steps.
    Nothing {
        range_ms: i64,
    },
}

/// A subquery with its own steps; once it is done with, what it read is shared out over the steps around it.
struct Inner<'a> {
    subquery: &'a Subquery,
    frame: Frame<'a>,
    /// There until the end.
    vector: Option<Vector<'a>>,
    reads: SharedOut,
}

impl<'a> Inner<'a> {
    fn vector(&self) -> Option<&(dyn Source + 'a)> {
        self.vector.as_deref()
    }
}

impl Drop for Inner<'_> {
    fn drop(&mut self) {
        // Subqueries further in share theirs out first.
        self.vector = None;
        self.reads.add(self.frame.grid, &self.frame.tally);
    }
}

impl<'a> Input<'a> {
    fn new(
        frame: &Frame<'a>,
        source: &'a RangeSource,
        projection: Option<Projection>,
        function: Option<&str>,
        span: Span,
    ) -> Result<Input<'a>, QueryError> {
        match source {
            RangeSource::Selector { selector, range_ms } => {
                let query = frame.query;
                let read = selector_range(selector, Some(*range_ms), frame.grid, query.lookback_ms);
                let projection = projection.filter(|_| selector.has_one_name());
                // Whoever asks for the samples themselves gets those that are stored.
                let hint =
                    function.map(|name| downsampled::hint_of_range(selector, name, *range_ms, frame.grid));
                let found = find(frame, Wanted { selector, range: read, projection, hint, span })?;
                let reading = function.map_or(Reading::Samples, |name| Reading::of(name, &*found.set));
                if let Some(meter) = query.meter(selector.id) {
                    meter.series.fetch_add(found.set.len() as u64, Ordering::Relaxed);
                }
                Ok(Input::Selector { query, selector, range_ms: *range_ms, read, found, reading })
            }
            RangeSource::Subquery(subquery) => {
                match subquery_grid(subquery, frame.grid, frame.query.default_step_ms) {
                    Some(grid) => {
                        // One series alone would not fit: better said before memory is asked for.
                        frame.query.budget.would_fit(grid.steps as u64)?;
                        let inner = frame.within(grid);
                        let reads = SharedOut {
                            grid: frame.grid,
                            tally: Arc::clone(&frame.tally),
                            offset_ms: subquery.offset_ms,
                            range_ms: subquery.range_ms,
                        };
                        let vector = Some(inner.vector(&subquery.plan)?);
                        Ok(Input::Subquery(Inner { subquery, vector, frame: inner, reads }))
                    }
                    None => Ok(Input::Nothing { range_ms: subquery.range_ms }),
                }
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Input::Selector { found, .. } => found.set.len(),
            Input::Subquery(inner) => inner.vector().map_or(0, Source::len),
            Input::Nothing { .. } => 0,
        }
    }

    fn head(&self, i: usize) -> Head {
        match self {
            Input::Selector { found, .. } => Head::new(found.set.labels(i)),
            Input::Subquery(inner) => match inner.vector() {
                Some(vector) => vector.head(i),
                None => Head::new(model::Labels::empty()),
            },
            Input::Nothing { .. } => Head::new(model::Labels::empty()),
        }
    }

    /// Reads the samples of series `i` into `work.samples` (floats) and `work.histograms`, without staleness markers. Tells whether the floats
    /// are known never to fall.
    fn read(&self, i: usize, figure: Option<Figure>, work: &mut Work) -> Result<bool, QueryError> {
        work.samples.clear();
        work.histograms.clear();
        let mut never_falls = false;
        match self {
            Input::Selector { query, selector, read, found, .. } => {
                match query.meters.as_ref() {
                    None => {
                        found.read(i, *read, figure, work)?;
                    }
                    Some(meters) => {
                        let known = meters.time(selector.id, || found.read(i, *read, figure, work))?;
                        meters.node(selector.id).into_iter().for_each(|m| m.decoded(&work.samples, known));
                    }
                }
                work.charge(&query.budget)?;
                never_falls = without_markers(&mut work.samples);
                for (i, (t, h)) in work.samples.histograms.drain(..).enumerate() {
                    work.stop.check_at(i)?;
                    work.histograms.push((t, Arc::new(h.to_float())));
                }
                if selector.statistics_only {
                    strip_buckets(&mut work.histograms);
                }
            }
            Input::Subquery(inner) => {
                let (Some(vector), grid) = (inner.vector(), inner.frame.grid) else { return Ok(false) };
                let mut column = work.column();
                let computed = vector.column(i, work, &mut column);
                work.samples.clear();
                work.histograms.clear();
                computed?;
                let floats = column.float_count();
                work.samples.t.reserve_exact(floats);
                work.samples.v.reserve_exact(floats);
                for steps in work.stop.pieces(column.steps()) {
                    column.for_each_float_in(steps?, |step, v| work.samples.push(grid.time(step), v));
                }
                column.for_each_histogram(|step, h| work.histograms.push((grid.time(step), without_hint(h))));
                work.give_back(column);
            }
            Input::Nothing { .. } => {}
        }
        Ok(never_falls)
    }

    fn reading(&self) -> Reading {
        match self {
            Input::Selector { reading, .. } => *reading,
            Input::Subquery(_) | Input::Nothing { .. } => Reading::Samples,
        }
    }

    fn at(&self) -> Option<i64> {
        match self {
            Input::Selector { selector, .. } => selector.at,
            Input::Subquery(inner) => inner.subquery.at,
            Input::Nothing { .. } => None,
        }
    }

    fn offset_ms(&self) -> i64 {
        match self {
            Input::Selector { selector, .. } => selector.offset_ms,
            Input::Subquery(inner) => inner.subquery.offset_ms,
            Input::Nothing { .. } => 0,
        }
    }

    fn range_ms(&self) -> i64 {
        match self {
            Input::Selector { range_ms, .. } | Input::Nothing { range_ms } => *range_ms,
            Input::Subquery(inner) => inner.subquery.range_ms,
        }
    }

    fn mode(&self) -> RangeMode {
        match self {
            Input::Selector { selector, .. } => selector.mode,
            Input::Subquery(_) | Input::Nothing { .. } => RangeMode::Plain,
        }
    }

    /// Whether looking at new samples means reading them.
    fn reads(&self) -> bool {
        matches!(self, Input::Selector { .. })
    }

    fn one_name(&self) -> Option<&str> {
        match self {
            Input::Selector { selector, .. } => selector.one_name(),
            Input::Subquery(_) | Input::Nothing { .. } => None,
        }
    }

    fn distinct_without_name(&self) -> bool {
        match self {
            // Type and unit labels go with the name and may be all that tells two series apart.
            Input::Selector { selector, .. } => selector.has_one_name(),
            Input::Subquery(inner) => inner.vector().is_some_and(Source::distinct_without_name),
            Input::Nothing { .. } => true,
        }
    }
}

/// Forgets what is known about resets since the sample before: between a subquery's steps, samples are left out or repeated.
fn without_hint(h: &Arc<FloatHistogram>) -> Arc<FloatHistogram> {
    match h.reset_hint {
        ResetHint::Unknown | ResetHint::Gauge => Arc::clone(h),
        ResetHint::Reset | ResetHint::NotReset => {
            Arc::new(FloatHistogram { reset_hint: ResetHint::Unknown, ..(**h).clone() })
        }
    }
}

/// Evaluates a range as the value of a whole (instant) query.
pub(crate) fn matrix<'a>(frame: &Frame<'a>, source: &'a RangeSource) -> Result<Vec<Series>, QueryError> {
    let input = Input::new(frame, source, None, None, Span::default())?;
    let (mut work, mut result) = (Work::new(frame.query), Vec::new());
    let held = frame.query.budget.hold();
    for i in 0..input.len() {
        frame.query.check()?;
        input.read(i, None, &mut work)?;
        let (mut floats, mut histograms) = (Vec::new(), Vec::new());
        match &input {
            // All inner steps are the value, also those before the range of the one outer step: there are none.
            Input::Subquery(_) | Input::Nothing { .. } => {
                floats.extend(work.samples.t.iter().copied().zip(work.samples.v.iter().copied()));
                histograms.append(&mut work.histograms);
            }
            Input::Selector { .. } => {
                let mode = input.mode();
                if mode != RangeMode::Plain && !work.histograms.is_empty() {
                    let word = if mode == RangeMode::Anchored { "anchored" } else { "smoothed" };
                    return Err(QueryError::Execution(format!(
                        "{word} modifier is not supported with histograms"
                    )));
                }
                let counting = Counting::new(frame);
                let windows = Windows {
                    t: &work.samples.t,
                    v: &work.samples.v,
                    never_falls: false,
                    histograms: &work.histograms,
                    starts: &[],
                    histogram_starts: &[],
                    grid: frame.grid,
                    at: input.at(),
                    offset_ms: input.offset_ms(),
                    range_ms: input.range_ms(),
                    mode,
                    lookback_ms: frame.query.lookback_ms,
                    scalars: &[],
                    name: "",
                    metric_type: None,
                    span: Span::default(),
                    reads: true,
                    tally: &counting.local,
                    stop: &frame.query.stop,
                };
                windows.each(|w| {
                    histograms = w.histograms.to_vec();
                    floats = match mode {
                        RangeMode::Plain => w.t.iter().copied().zip(w.v.iter().copied()).collect(),
                        RangeMode::Anchored => with_boundaries(&w, false),
                        RangeMode::Smoothed => with_boundaries(&w, true),
                    };
                });
            }
        }
        if floats.is_empty() && histograms.is_empty() {
            continue;
        }
        let samples = (floats.len() + histograms.len()) as u64;
        held.take(Load { samples, bytes: SAMPLE_BYTES * samples })?;
        let mut labels = input.head(i);
        if labels.drop_name {
            labels.labels = super::labels::without_metadata(&labels.labels);
        }
        result.push(Series { labels: labels.labels, points: Points::Raw { floats, histograms } });
    }
    if let Input::Subquery(inner) = &input {
        frame.tally.add_at(0, Counts { read: 0, ..inner.frame.tally.total() });
    }
    Ok(result)
}

/// The samples strictly inside an `anchored` or `smoothed` range, with values at both its ends.
fn with_boundaries(w: &Window<'_>, smoothed: bool) -> Vec<(i64, f64)> {
    let (start, end) = (w.start_ms, w.end_ms);
    let mut last = w.t.len().saturating_sub(1);
    let first = w.t[..last].partition_point(|t| *t <= start).saturating_sub(1);
    if smoothed {
        last = w.t[..last].partition_point(|t| *t < end);
    }
    if w.t[last] <= start {
        return Vec::new();
    }
    let between = |i: usize, t: i64| {
        w.v[i] + (w.v[i + 1] - w.v[i]) * (t - w.t[i]) as f64 / (w.t[i + 1] - w.t[i]) as f64
    };
    let left = if smoothed && w.t[first] < start { between(first, start) } else { w.v[first] };
    let right = if smoothed && last > 0 && w.t[last] > end { between(last - 1, end) } else { w.v[last] };
    let inside = w.t.iter().copied().zip(w.v.iter().copied()).filter(|(t, _)| (start + 1..end).contains(t));
    std::iter::once((start, left)).chain(inside).chain([(end, right)]).collect()
}
