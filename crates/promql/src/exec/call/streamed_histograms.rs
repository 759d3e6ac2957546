//! Quantiles of classic histograms one histogram at a time: only its own buckets are in memory.
//!
//! Labels say which series belong together, before any value is looked at. What labels cannot say is whether a series with a bucket's label
//! holds native histograms, which would be results of their own; nobody writes such series, and when one comes after all the query
//! starts again with whole vectors ([`Query::give_up_streaming`]).
//!
//! [`Query::give_up_streaming`]: crate::exec::Query::give_up_streaming

use hashbrown::{HashMap, HashSet};
use model::Labels;
use model::labels::BUCKET_LABEL;
use model::number::{parse_float, quote};

use super::histograms::{Function, Histogram, Place};
use crate::ast::Span;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::labels::Head;
use crate::exec::source::{Source, Vector};
use crate::exec::{Frame, Work};
use crate::functions::quantile::Bucket;
use crate::notes::with_metric;

type Random = foldhash::fast::RandomState;

/// One result: the buckets of a classic histogram by bound, a series that may hold native histograms, or both under the same labels.
#[derive(Default)]
struct Group {
    labels: Labels,
    buckets: Vec<(f64, usize)>,
    native: Option<usize>,
}

struct Histograms<'a> {
    frame: Frame<'a>,
    function: Function,
    input: Vector<'a>,
    groups: Vec<Group>,
    span: Span,
}

/// Evaluates a function of histograms, or hands the vector back where results could have the same labels.
pub(super) fn evaluate<'a>(
    frame: &Frame<'a>,
    function: Function,
    input: Vector<'a>,
    span: Span,
) -> Result<Vector<'a>, (Function, Vector<'a>)> {
    let mut places: HashMap<Labels, usize, Random> = HashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for i in 0..input.len() {
        if frame.query.stop.check_at(i).is_err() {
            // Whoever goes on with the vector is told.
            return Err((function, input));
        }
        let labels = input.head(i).labels;
        let bound = parse_float(labels.get(BUCKET_LABEL));
        let labels = if bound.is_some() { labels.without(&[BUCKET_LABEL]) } else { labels };
        let place = *places.entry(labels).or_insert_with_key(|labels| {
            groups.push(Group { labels: labels.clone(), ..Group::default() });
            groups.len() - 1
        });
        match bound {
            Some(bound) => groups[place].buckets.push((bound, i)),
            None if groups[place].native.is_some() => return Err((function, input)),
            None => groups[place].native = Some(i),
        }
    }
    drop(places);
    let delayed = frame.query.features.delayed_name_removal;
    let mut results: HashSet<Labels, Random> = HashSet::default();
    for group in &mut groups {
        group.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        if !results.insert(Head::new(group.labels.clone()).nameless(delayed).labels) {
            return Err((function, input));
        }
    }
    Ok(Box::new(Histograms { frame: frame.clone(), function, input, groups, span }))
}

impl Histograms<'_> {
    fn classic(
        &self,
        group: &Group,
        columns: &[Column],
        place: &Place<'_>,
        work: &mut Work,
        out: &mut Column,
    ) -> Result<(), QueryError> {
        let mut buckets = Vec::with_capacity(columns.len());
        for step in 0..out.steps() {
            work.stop.check_at(step)?;
            buckets.clear();
            let bounds = group.buckets.iter().zip(columns);
            buckets.extend(
                bounds.filter_map(|((upper, _), c)| Some(Bucket { upper: *upper, count: c.get(step)? })),
            );
            if !buckets.is_empty() {
                let histogram = Histogram::Classic(&mut buckets);
                out.set(step, self.function.value(step, histogram, place, &mut work.notes));
            }
        }
        Ok(())
    }

    /// Adds the values of native histograms; where a step has a classic one too there is no result.
    fn native(
        &self,
        i: usize,
        place: &Place<'_>,
        work: &mut Work,
        out: &mut Column,
    ) -> Result<(), QueryError> {
        let mut column = work.column();
        self.input.column(i, work, &mut column)?;
        if column.float_count() > 0 {
            let head = self.input.head(i);
            let le = head.labels.get(BUCKET_LABEL);
            let text = format!("bucket label \"le\" is missing or has a malformed value of {}", quote(le));
            work.notes.warn(self.span, with_metric(text, place.metric));
        }
        let mut mixed = false;
        column.for_each_histogram(|step, h| {
            if out.has(step) {
                mixed = true;
                out.unset(step);
            } else {
                out.set(step, self.function.value(step, Histogram::Native(h), place, &mut work.notes));
            }
        });
        if mixed {
            work.notes.mixed_classic_native(self.span, place.metric);
        }
        work.give_back(column);
        Ok(())
    }
}

impl Source for Histograms<'_> {
    fn len(&self) -> usize {
        self.groups.len()
    }

    fn head(&self, i: usize) -> Head {
        Head::new(self.groups[i].labels.clone()).nameless(self.frame.query.features.delayed_name_removal)
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        let group = &self.groups[i];
        let delayed = self.frame.query.features.delayed_name_removal;
        let metric = if delayed { group.labels.name() } else { "" };
        let place = Place { grid: self.frame.grid, metric, span: self.span };
        out.reset(self.frame.grid.steps);
        let mut columns = Vec::with_capacity(group.buckets.len());
        for &(_, bucket) in &group.buckets {
            self.frame.query.check()?;
            let mut column = work.column();
            self.input.column(bucket, work, &mut column)?;
            if column.has_histograms() {
                return Err(self.frame.query.give_up_streaming());
            }
            columns.push(column);
        }
        self.classic(group, &columns, &place, work, out)?;
        columns.into_iter().for_each(|column| work.give_back(column));
        match group.native {
            Some(native) => self.native(native, &place, work, out),
            None => Ok(()),
        }
    }

    fn distinct_without_name(&self) -> bool {
        !self.frame.query.features.delayed_name_removal
    }

    fn weight(&self) -> usize {
        self.input.len() / self.groups.len().max(1)
    }
}
