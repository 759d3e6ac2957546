//! Instant selectors: at each step the newest sample of the last few minutes.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::histogram::HistogramValue;
use model::value::is_stale;
use storage::{Needs, Projection, SampleHint, Samples, SelectRequest, SeriesSet, TimeRange};

use super::downsampled;
use super::labels::Head;
use super::shared::Found;
use super::smoothed::Smoothed;
use super::source::{Counting, Source, Vector};
use super::stop::{Stop, UNITS_BETWEEN_LOOKS};
use super::tally::{Counts, LocalTally, histogram_samples};
use super::window::TimedHistogram;
use super::{Frame, Query, Work};
use crate::ast::{RangeMode, Span};
use crate::column::{Column, Grid};
use crate::error::QueryError;
use crate::functions::histogram::strip_buckets;
use crate::plan::{Selector, selector_range};

/// What is taken from the sample that a step sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Take {
    /// Its value.
    Value,
    /// Its time in seconds.
    Timestamp,
    /// When its series began to count, in seconds; 0 if nobody told.
    Start,
}

/// What a selector asks a storage for.
pub(crate) struct Wanted<'s> {
    pub selector: &'s Selector,
    /// Samples outside are not looked at.
    pub range: TimeRange,
    /// Labels that are looked at; with it some series may come with equal labels.
    pub projection: Option<Projection>,
    /// How samples are looked at.
    pub hint: Option<SampleHint>,
    /// Where the selector stands, for notes.
    pub span: Span,
}

/// Finds the series of a selector; those that it looks at together with others once for all of them.
pub(crate) fn find(frame: &Frame<'_>, wanted: Wanted<'_>) -> Result<Found, QueryError> {
    let query = frame.query;
    let Some(number) = wanted.selector.shared.filter(|_| wanted.projection.is_none()) else {
        return Ok(Found::alone(search(query, wanted)?));
    };
    let others = query.occurrences.selectors(number).iter();
    let all = others.map(|(s, width)| selector_range(s, *width, frame.grid, query.lookback_ms));
    let whole = all.fold(wanted.range, |a, b| TimeRange {
        min_ms: a.min_ms.min(b.min_ms),
        max_ms: a.max_ms.max(b.max_ms),
    });
    let Wanted { selector, range: own, hint, span, .. } = wanted;
    // Each occurrence looks at them in its own way.
    let hint = hint.map(|hint| SampleHint { needs: Needs::Everything, ..hint });
    Found::together(query, number, whole, own, |range| {
        search(query, Wanted { selector, range, projection: None, hint, span })
    })
}

fn search(query: &Query<'_>, wanted: Wanted<'_>) -> Result<Box<dyn SeriesSet>, QueryError> {
    let Wanted { selector, range, projection, hint, span } = wanted;
    let request = SelectRequest {
        cancel: query.stop.cancel().clone(),
        projection,
        hint,
        ..SelectRequest::new(&selector.matchers, range)
    };
    let found = query.view.select(&request)?;
    query.series.fetch_add(found.len() as u64, Ordering::Relaxed);
    downsampled::tell(query, selector, span, &*found, hint.as_ref());
    let warnings = found.warnings();
    if !warnings.is_empty() {
        query.note(|notes| warnings.into_iter().for_each(|w| notes.storage_warning(w)));
    }
    Ok(found)
}

/// The vector of an instant selector.
pub(crate) fn select<'a>(
    frame: &Frame<'a>,
    selector: &'a Selector,
    span: Span,
    take: Take,
    projection: Option<Projection>,
) -> Result<Vector<'a>, QueryError> {
    let range = selector_range(selector, None, frame.grid, frame.query.lookback_ms);
    let hint = downsampled::hint_of_lookup(selector, take, frame.grid, frame.query.lookback_ms);
    let found = find(frame, Wanted { selector, range, projection, hint: Some(hint), span })?;
    Ok(Box::new(Selected { frame: frame.clone(), selector, span, take, range, found }))
}

struct Selected<'a> {
    frame: Frame<'a>,
    selector: &'a Selector,
    span: Span,
    take: Take,
    range: TimeRange,
    found: Found,
}

impl Source for Selected<'_> {
    fn len(&self) -> usize {
        self.found.set.len()
    }

    fn head(&self, i: usize) -> Head {
        Head::new(self.found.set.labels(i))
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        let counting = Counting::new(&self.frame);
        self.compute(i, &counting, work, out)?;
        counting.tell(work);
        // Steps end early when the query shall end.
        if self.frame.grid.steps > UNITS_BETWEEN_LOOKS { work.stop.check() } else { Ok(()) }
    }

    fn distinct_without_name(&self) -> bool {
        self.selector.has_one_name() && !self.frame.query.features.type_and_unit_labels
    }
}

impl Selected<'_> {
    fn compute(
        &self,
        i: usize,
        counting: &Counting<'_>,
        work: &mut Work,
        out: &mut Column,
    ) -> Result<(), QueryError> {
        out.reset(self.frame.grid.steps);
        let known = self.found.read(i, self.range, None, work)?;
        work.charge(&self.frame.query.budget)?;
        let samples = &mut work.samples;
        if let Some(meter) = self.frame.query.meter(self.selector.id) {
            meter.decoded(samples, known);
        }
        let tally = &mut counting.local.borrow_mut();
        let lookup = Lookup {
            grid: self.frame.grid,
            at: self.selector.at,
            offset_ms: self.selector.offset_ms,
            lookback_ms: self.frame.query.lookback_ms,
            take: self.take,
        };
        let smoothed = self.selector.mode == RangeMode::Smoothed && self.take == Take::Value;
        if samples.histograms.is_empty() && !smoothed {
            lookup.floats(samples, out, tally, &work.stop);
            return Ok(());
        }
        if smoothed {
            without_markers(samples);
        }
        work.histograms.clear();
        for (i, (t, h)) in samples.histograms.drain(..).enumerate() {
            work.stop.check_at(i)?;
            work.histograms.push((t, Arc::new(h.to_float())));
        }
        if self.selector.statistics_only {
            strip_buckets(&mut work.histograms);
        }
        if smoothed {
            let labels = self.found.set.labels(i);
            let series = Smoothed {
                t: &samples.t,
                v: &samples.v,
                histograms: &work.histograms,
                span: self.span,
                name: labels.name(),
            };
            series.evaluate(&lookup, out, tally, (&mut work.notes, &work.stop));
        } else {
            lookup.mixed(samples, &work.histograms, out, tally, &work.stop);
        }
        Ok(())
    }
}

/// How samples are looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup {
    pub grid: Grid,
    pub at: Option<i64>,
    pub offset_ms: i64,
    pub lookback_ms: i64,
    pub take: Take,
}

impl Lookup {
    /// The time a step looks at.
    #[inline]
    pub(super) fn reference(&self, step: usize) -> i64 {
        self.at.unwrap_or_else(|| self.grid.time(step)).saturating_sub(self.offset_ms)
    }

    /// Looks up floats: one pass over steps and samples together.
    pub(crate) fn floats(&self, samples: &Samples, out: &mut Column, tally: &mut LocalTally, stop: &Stop) {
        let mut next = 0;
        for steps in stop.pieces_before(self.grid.steps) {
            next = self.floats_at(steps, next, samples, out, tally);
        }
    }

    /// Looks up floats at some steps, from a sample on that the first of them does not look behind; returns that of the next steps.
    fn floats_at(
        &self,
        steps: Range<usize>,
        mut next: usize,
        samples: &Samples,
        out: &mut Column,
        tally: &mut LocalTally,
    ) -> usize {
        let t = &samples.t[..];
        let v = &samples.v[..t.len()];
        for step in steps {
            let reference = self.reference(step);
            while next < t.len() && t[next] <= reference {
                next += 1;
            }
            // Not older than or exactly as old as the lookback.
            if next > 0 && t[next - 1] > reference.saturating_sub(self.lookback_ms) && !is_stale(v[next - 1])
            {
                let value = match self.take {
                    Take::Value => v[next - 1],
                    Take::Timestamp => t[next - 1] as f64 / 1000.0,
                    Take::Start => samples.start(next - 1) as f64 / 1000.0,
                };
                out.set(step, value);
                tally.count_float(step);
            }
        }
        next
    }

    /// Looks up floats and histograms.
    fn mixed(
        &self,
        floats: &Samples,
        histograms: &[TimedHistogram],
        out: &mut Column,
        tally: &mut LocalTally,
        stop: &Stop,
    ) {
        let (mut next, mut next_histogram) = (0, 0);
        for step in stop.pieces_before(self.grid.steps).flatten() {
            let reference = self.reference(step);
            let oldest = reference.saturating_sub(self.lookback_ms);
            while next < floats.t.len() && floats.t[next] <= reference {
                next += 1;
            }
            while next_histogram < histograms.len() && histograms[next_histogram].0 <= reference {
                next_histogram += 1;
            }
            let float = next.checked_sub(1).map(|i| floats.t[i]).filter(|t| *t > oldest);
            let histogram = next_histogram.checked_sub(1).map(|i| histograms[i].0).filter(|t| *t > oldest);
            if float > histogram {
                let (t, v) = (floats.t[next - 1], floats.v[next - 1]);
                if !is_stale(v) {
                    out.set(
                        step,
                        match self.take {
                            Take::Value => v,
                            Take::Timestamp => t as f64 / 1000.0,
                            Take::Start => floats.start(next - 1) as f64 / 1000.0,
                        },
                    );
                    tally.count_float(step);
                }
            } else if let Some(t) = histogram {
                let h = &histograms[next_histogram - 1].1;
                if h.is_stale() {
                    continue;
                }
                match self.take {
                    Take::Value => {
                        tally.count(step, Counts::once(histogram_samples(h)));
                        out.set_histogram(step, Arc::clone(h));
                    }
                    // These are floats, whatever the sample is.
                    Take::Timestamp => {
                        tally.count_float(step);
                        out.set(step, t as f64 / 1000.0);
                    }
                    Take::Start => {
                        tally.count_float(step);
                        out.set(step, floats.histogram_start(next_histogram - 1) as f64 / 1000.0);
                    }
                }
            }
        }
    }
}

/// Removes staleness markers, for functions that look at ranges. Tells whether values are known never to fall.
pub(crate) fn without_markers(samples: &mut Samples) -> bool {
    // Looking first is cheaper than moving: most series have none.
    const STRETCH: usize = 64;
    // A marker is not a number, and no number is less or more than that: values that only grow have none among them.
    let growing = grown(&samples.v, STRETCH);
    let has_marker = |stretch: &[f64]| stretch.iter().fold(false, |any, v| any | is_stale(*v));
    let stretch = samples.v[growing..].chunks(STRETCH).position(has_marker);
    let first = stretch.and_then(|s| {
        let from = growing + s * STRETCH;
        samples.v[from..].iter().position(|v| is_stale(*v)).map(|i| from + i)
    });
    let never_falls = growing == samples.v.len();
    if let Some(first) = first {
        let mut kept = first;
        for i in first + 1..samples.v.len() {
            if !is_stale(samples.v[i]) {
                samples.v[kept] = samples.v[i];
                samples.t[kept] = samples.t[i];
                if kept < samples.starts.len() {
                    samples.starts[kept] = samples.start(i);
                }
                kept += 1;
            }
        }
        samples.truncate(kept, samples.histograms.len());
    }
    samples.retain_histograms(0, |_, h: &HistogramValue| !h.is_stale());
    never_falls
}

/// How many of the first values are surely none less than the one before: all of them, or whole stretches.
fn grown(values: &[f64], stretch: usize) -> usize {
    if values.len() < 2 {
        return 0;
    }
    let (before, after) = (&values[..values.len() - 1], &values[1..]);
    let pairs = before.chunks(stretch).zip(after.chunks(stretch));
    let falls = |(before, after): (&[f64], &[f64])| {
        before.iter().zip(after).fold(false, |any, (a, b)| any | (a > b) | a.is_nan() | b.is_nan())
    };
    pairs.map(falls).position(|falls| falls).map_or(values.len(), |i| i * stretch)
}
