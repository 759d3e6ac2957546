//! Parts of a plan that occur more than once: see `plan::optimise::common` for what is kept of them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use storage::{Figure, Samples, SelectError, SeriesSet, TimeRange};

use super::labels::Head;
use super::source::{Series, Source, Vector, collect};
use super::tally::LocalTally;
use super::{Frame, Query, Work};
use crate::column::Column;
use crate::error::QueryError;
use crate::plan::Plan;

/// A whole vector that was computed once, and what that counted.
pub(crate) struct Kept {
    series: Vec<Series>,
    distinct: bool,
    counted: LocalTally,
}

/// The vector of a part whose whole result is kept.
pub(crate) fn result<'a>(frame: &Frame<'a>, plan: &'a Plan, number: usize) -> Result<Vector<'a>, QueryError> {
    let query = frame.query;
    let known = query.results.lock().expect("keeping results does not panic").get(&number).cloned();
    let kept = match known {
        Some(kept) => {
            if let Some(meter) = query.meter(plan.id) {
                meter.cache_hits.fetch_add(1, Ordering::Relaxed);
            }
            kept
        }
        None => {
            let part = query.occurrences.part(number).unwrap_or(plan);
            let inner = frame.on(frame.grid);
            let vector = inner.computed(part)?;
            let distinct = vector.distinct_without_name();
            let (series, held) = collect(&inner, vector)?;
            // It is there to the end of the query.
            held.forever();
            let kept = Arc::new(Kept { series, distinct, counted: inner.tally.snapshot() });
            query.results.lock().expect("keeping results does not panic").insert(number, Arc::clone(&kept));
            kept
        }
    };
    frame.tally.add(&kept.counted);
    Ok(Box::new(Again(kept)))
}

struct Again(Arc<Kept>);

impl Source for Again {
    fn len(&self) -> usize {
        self.0.series.len()
    }

    fn head(&self, i: usize) -> Head {
        self.0.series[i].head.clone()
    }

    fn column(&self, i: usize, _: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        out.clone_from(&self.0.series[i].column);
        Ok(())
    }

    fn distinct_without_name(&self) -> bool {
        self.0.distinct
    }
}

/// The vector of a part whose series are asked for side by side with those of its other occurrences.
pub(crate) fn column<'a>(frame: &Frame<'a>, plan: &'a Plan, number: usize) -> Result<Vector<'a>, QueryError> {
    let part = frame.query.occurrences.part(number).unwrap_or(plan);
    let inner = frame.computed(part)?;
    Ok(Box::new(SideBySide { frame: frame.clone(), id: plan.id, number, inner }))
}

struct SideBySide<'a> {
    frame: Frame<'a>,
    /// Of the plan's node.
    id: usize,
    number: usize,
    inner: Vector<'a>,
}

/// The column that was computed last of a part.
pub(crate) struct LastColumn {
    number: usize,
    series: usize,
    column: Column,
    counted: LocalTally,
}

impl Source for SideBySide<'_> {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn head(&self, i: usize) -> Head {
        self.inner.head(i)
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        let last = work.last_columns.iter().find(|l| l.number == self.number);
        if let Some(last) = last.filter(|l| l.series == i) {
            out.clone_from(&last.column);
            self.frame.tally.add(&last.counted);
            if let Some(meter) = self.frame.query.meter(self.id) {
                meter.cache_hits.fetch_add(1, Ordering::Relaxed);
            }
            return Ok(());
        }
        self.inner.column(i, work, out)?;
        let mut last = match work.last_columns.iter().position(|l| l.number == self.number) {
            Some(place) => work.last_columns.swap_remove(place),
            None => LastColumn {
                number: self.number,
                series: i,
                column: Column::default(),
                counted: LocalTally::default(),
            },
        };
        last.series = i;
        last.column.clone_from(out);
        last.counted.clone_from(&work.counted);
        work.last_columns.push(last);
        Ok(())
    }

    fn distinct_without_name(&self) -> bool {
        self.inner.distinct_without_name()
    }

    fn weight(&self) -> usize {
        self.inner.weight()
    }
}

/// The series that a selector found, alone or together with other selectors that look at the same series.
#[derive(Clone)]
pub(crate) struct Found {
    pub set: Arc<dyn SeriesSet>,
    /// The number of what is shared, and the times that all look at together.
    shared: Option<(usize, TimeRange)>,
}

/// The samples that were decoded last for several selectors.
pub(crate) struct LastSamples {
    number: usize,
    series: usize,
    samples: Samples,
    /// There were histograms or start times, which are not copied: from then on everyone reads for himself.
    useless: bool,
}

impl Found {
    /// What one selector found for itself.
    pub(crate) fn alone(set: Box<dyn SeriesSet>) -> Found {
        Found { set: Arc::from(set), shared: None }
    }

    /// What is found for several selectors: once, for all times that any of them looks at. Where old samples are stored at a lower
    /// resolution each has to say what it wants of them: then each finds its own.
    pub(crate) fn together(
        query: &Query<'_>,
        number: usize,
        whole: TimeRange,
        own: TimeRange,
        find: impl Fn(TimeRange) -> Result<Box<dyn SeriesSet>, QueryError>,
    ) -> Result<Found, QueryError> {
        let mut known = query.found.lock().expect("keeping selections does not panic");
        match known.get(&number) {
            Some(Some(found)) => Ok(found.clone()),
            Some(None) => Ok(Found::alone(find(own)?)),
            None => {
                let found = Found { set: Arc::from(find(whole)?), shared: Some((number, whole)) };
                let is_raw = found.set.resolution_ms().is_none();
                known.insert(number, is_raw.then(|| found.clone()));
                if is_raw { Ok(found) } else { Ok(Found::alone(find(own)?)) }
            }
        }
    }

    /// Reads the samples of a series within a range, or a figure of them, into `work.samples`. Tells whether they were there already.
    pub(crate) fn read(
        &self,
        i: usize,
        range: TimeRange,
        figure: Option<Figure>,
        work: &mut Work,
    ) -> Result<bool, SelectError> {
        work.samples.clear();
        let Some((number, whole)) = self.shared.filter(|_| figure.is_none()) else {
            match figure {
                None => self.set.read(i, range, &mut work.samples)?,
                Some(figure) => self.set.read_figure(i, range, figure, &mut work.samples)?,
            }
            return Ok(false);
        };
        let place = work.last_samples.iter().position(|l| l.number == number);
        let mut last = match place {
            Some(place) => work.last_samples.swap_remove(place),
            None => LastSamples { number, series: usize::MAX, samples: Samples::default(), useless: false },
        };
        if last.useless {
            work.last_samples.push(last);
            self.set.read(i, range, &mut work.samples)?;
            return Ok(false);
        }
        let known = last.series == i;
        if !known {
            last.samples.clear();
            // Not this series' until all of it is there.
            last.series = usize::MAX;
            self.set.read(i, whole, &mut last.samples)?;
            last.series = i;
        }
        let copied = last.samples.histograms.is_empty() && !last.samples.has_starts();
        if copied {
            let samples = &last.samples;
            let from = samples.t.partition_point(|t| *t < range.min_ms);
            let to = samples.t.partition_point(|t| *t <= range.max_ms);
            work.samples.t.extend_from_slice(&samples.t[from..to.max(from)]);
            work.samples.v.extend_from_slice(&samples.v[from..to.max(from)]);
        } else {
            last.useless = true;
            self.set.read(i, range, &mut work.samples)?;
        }
        work.last_samples.push(last);
        Ok(known && copied)
    }
}
