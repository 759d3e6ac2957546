//! `histogram_quantile`, `histogram_quantiles`, `histogram_fraction` of classic buckets and native histograms.
//!
//! Series of buckets are grouped by all labels but `le` once; at each step those of a group that have a value are its buckets.

use std::sync::Arc;

use hashbrown::HashMap;
use model::Labels;
use model::histogram::FloatHistogram;
use model::labels::BUCKET_LABEL;
use model::number::{format_g, parse_float, quote};

use super::{argument, streamed_histograms, text};
use crate::ast::Span;
use crate::column::{Column, Grid, for_each_bit};
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::budget::Hold;
use crate::exec::labels::{Head, Repeated, join_repeated};
use crate::exec::scalar::Scalars;
use crate::exec::source::{Held, Series, Vector, collect};
use crate::functions::native_quantile::{self, Origin};
use crate::functions::quantile::{Bucket, bucket_fraction, bucket_quantile};
use crate::notes::{Monotonicity, Notes, with_metric};
use crate::plan::{Call, Plan};

/// The buckets of one classic histogram over all steps, lowest bound first.
struct Classic {
    labels: Labels,
    /// Bound and index of the series.
    buckets: Vec<(f64, usize)>,
    /// Steps at which a native histogram has the same labels: neither is evaluated.
    conflicts: Vec<u64>,
}

struct Input<'f, 'a> {
    frame: &'f Frame<'a>,
    series: Vec<Series>,
    _held: Hold<'a>,
    classic: Vec<Classic>,
    /// Series with native histograms.
    native: Vec<usize>,
    span: Span,
}

/// A histogram at one step.
pub(super) enum Histogram<'h> {
    Classic(&'h mut Vec<Bucket>),
    Native(&'h FloatHistogram),
}

/// What is computed of a histogram.
pub(super) enum Function {
    Quantile(Scalars),
    Fraction(Scalars, Scalars),
}

/// Where a histogram was met, for notes.
pub(super) struct Place<'p> {
    pub grid: Grid,
    /// The metric's name; known only while names are kept to the end.
    pub metric: &'p str,
    /// Where the histograms were written.
    pub span: Span,
}

impl Function {
    /// The value at one step.
    pub(super) fn value(
        &self,
        step: usize,
        histogram: Histogram<'_>,
        place: &Place<'_>,
        notes: &mut Notes,
    ) -> f64 {
        let origin = || Origin { metric: place.metric, span: place.span };
        match (self, histogram) {
            (Function::Quantile(q), Histogram::Native(h)) => {
                native_quantile::quantile(q.get(step), h, origin(), notes)
            }
            (Function::Quantile(q), Histogram::Classic(buckets)) => {
                let (value, forced) = bucket_quantile(q.get(step), buckets);
                if let Some(forced) = forced {
                    let t = place.grid.time(step);
                    let (bucket, diff_max) = (forced.bucket, forced.diff_max);
                    let detail = Monotonicity { t: (t, t), bucket, diff_max, count: 1 };
                    notes.forced_monotonicity(place.span, place.metric, detail);
                }
                value
            }
            (Function::Fraction(lower, upper), Histogram::Native(h)) => {
                native_quantile::fraction(lower.get(step), upper.get(step), h, origin(), notes)
            }
            (Function::Fraction(lower, upper), Histogram::Classic(buckets)) => {
                bucket_fraction(lower.get(step), upper.get(step), buckets)
            }
        }
    }
}

impl<'f, 'a> Input<'f, 'a> {
    fn new(
        frame: &'f Frame<'a>,
        vector: Vector<'a>,
        span: Span,
        notes: &mut Notes,
    ) -> Result<Input<'f, 'a>, QueryError> {
        let (series, held) = collect(frame, vector)?;
        let mut input = Input { frame, series, _held: held, classic: Vec::new(), native: Vec::new(), span };
        let words = frame.grid.steps.div_ceil(64);
        let mut places: HashMap<Labels, usize, foldhash::fast::RandomState> = HashMap::default();
        for (i, s) in input.series.iter().enumerate() {
            frame.query.stop.check_at(i)?;
            if s.column.has_histograms() {
                input.native.push(i);
            }
            if s.column.float_count() == 0 {
                continue;
            }
            let le = s.head.labels.get(BUCKET_LABEL);
            let Some(bound) = parse_float(le) else {
                let text =
                    format!("bucket label \"le\" is missing or has a malformed value of {}", quote(le));
                notes.warn(span, with_metric(text, input.metric(&s.head.labels)));
                continue;
            };
            let labels = s.head.labels.without(&[BUCKET_LABEL]);
            let place = *places.entry(labels).or_insert_with_key(|labels| {
                let conflicts = vec![0; words];
                input.classic.push(Classic { labels: labels.clone(), buckets: Vec::new(), conflicts });
                input.classic.len() - 1
            });
            input.classic[place].buckets.push((bound, i));
        }
        for classic in &mut input.classic {
            classic.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        input.find_conflicts(&places, notes);
        Ok(input)
    }

    /// The metric's name for notes; known only while names are kept to the end.
    fn metric<'l>(&self, labels: &'l Labels) -> &'l str {
        if self.frame.query.features.delayed_name_removal { labels.name() } else { "" }
    }

    fn find_conflicts(
        &mut self,
        places: &HashMap<Labels, usize, foldhash::fast::RandomState>,
        notes: &mut Notes,
    ) {
        for &i in &self.native {
            let Some(&place) = places.get(&self.series[i].head.labels) else { continue };
            let mut conflicts = vec![0u64; self.frame.grid.steps.div_ceil(64)];
            for &(_, bucket) in &self.classic[place].buckets {
                conflicts.iter_mut().zip(&self.series[bucket].column.present).for_each(|(c, p)| *c |= p);
            }
            let mut any = false;
            for (step, h) in self.series[i].column.histograms.iter_mut().enumerate() {
                let conflict = conflicts[step / 64] >> (step % 64) & 1 != 0;
                if h.is_some() && conflict {
                    *h = None;
                    any = true;
                } else {
                    conflicts[step / 64] &= !(1 << (step % 64));
                }
            }
            if any {
                notes.mixed_classic_native(self.span, self.metric(&self.series[i].head.labels));
            }
            self.classic[place].conflicts = conflicts;
        }
    }

    /// Computes a column per histogram.
    fn columns(
        &self,
        function: &Function,
        out: &mut Vec<Series>,
        head: impl Fn(&Labels) -> Head,
        notes: &mut Notes,
    ) -> Result<(), QueryError> {
        let grid = self.frame.grid;
        for &i in &self.native {
            self.frame.query.check()?;
            let (labels, mut column) = (&self.series[i].head.labels, Column::absent(grid.steps));
            let place = Place { grid, metric: self.metric(labels), span: self.span };
            self.series[i].column.for_each_histogram(|step, h: &Arc<FloatHistogram>| {
                column.set(step, function.value(step, Histogram::Native(h), &place, notes));
            });
            if !column.is_empty() {
                out.push(Series { head: head(labels), column });
            }
        }
        let mut buckets = Vec::new();
        for classic in &self.classic {
            self.frame.query.check()?;
            let mut column = Column::absent(grid.steps);
            let place = Place { grid, metric: self.metric(&classic.labels), span: self.span };
            for step in 0..grid.steps {
                self.frame.query.stop.check_at(step)?;
                buckets.clear();
                let present = classic.buckets.iter().filter_map(|&(upper, i)| {
                    Some(Bucket { upper, count: self.series[i].column.get(step)? })
                });
                buckets.extend(present);
                if !buckets.is_empty() {
                    column.set(step, function.value(step, Histogram::Classic(&mut buckets), &place, notes));
                }
            }
            for (word, &bits) in classic.conflicts.iter().enumerate() {
                for_each_bit(bits, |bit| column.unset(word * 64 + bit));
            }
            if !column.is_empty() {
                out.push(Series { head: head(&classic.labels), column });
            }
        }
        Ok(())
    }

    fn finish(self, out: Vec<Series>, notes: Notes) -> Result<Vector<'a>, QueryError> {
        self.frame.query.note(|n| n.merge(notes));
        let delayed = self.frame.query.features.delayed_name_removal;
        Held::vector(
            self.frame.query,
            if delayed { out } else { join_repeated(&self.frame.query.stop, out, Repeated::Join)? },
        )
    }
}

fn note_bad_quantiles(q: &Scalars, span: Span, notes: &mut Notes) {
    for &q in q.values().iter().filter(|q| !(0.0..=1.0).contains(*q)) {
        notes.invalid_quantile(span, q);
    }
}

/// Evaluates a function: one histogram after another if the vector's labels allow it, otherwise all at once.
fn evaluate<'a>(frame: &Frame<'a>, function: Function, arg: &'a Plan) -> Result<Vector<'a>, QueryError> {
    let vector = frame.vector(arg)?;
    let (function, vector) = if frame.may_stream() {
        match streamed_histograms::evaluate(frame, function, vector, arg.span) {
            Ok(streamed) => return Ok(streamed),
            Err(refused) => refused,
        }
    } else {
        (function, vector)
    };
    let (mut notes, mut out) = (Notes::default(), Vec::new());
    let delayed = frame.query.features.delayed_name_removal;
    let input = Input::new(frame, vector, arg.span, &mut notes)?;
    input.columns(&function, &mut out, |labels| Head::new(labels.clone()).nameless(delayed), &mut notes)?;
    input.finish(out, notes)
}

/// Evaluates `histogram_quantile(q, v)`.
pub(super) fn quantile<'a>(frame: &Frame<'a>, call: &'a Call) -> Result<Vector<'a>, QueryError> {
    let q = frame.scalar(argument(call, 0)?)?;
    let mut notes = Notes::default();
    note_bad_quantiles(&q, argument(call, 0)?.span, &mut notes);
    frame.query.note(|n| n.merge(notes));
    evaluate(frame, Function::Quantile(q), argument(call, 1)?)
}

/// Evaluates `histogram_quantiles(v, label, q…)`: a series per histogram and quantile.
pub(super) fn quantiles<'a>(frame: &Frame<'a>, call: &'a Call) -> Result<Vector<'a>, QueryError> {
    let (mut notes, mut out) = (Notes::default(), Vec::new());
    let delayed = frame.query.features.delayed_name_removal;
    let label = text(call, 1)?;
    let mut all = Vec::new();
    for arg in &call.args[2..] {
        let q = frame.scalar(arg)?;
        note_bad_quantiles(&q, arg.span, &mut notes);
        all.push(q);
    }
    let vectors = argument(call, 0)?;
    let input = Input::new(frame, frame.vector(vectors)?, vectors.span, &mut notes)?;
    for q in &all {
        // The label is part of the series, so quantiles that change from step to step are series of their own.
        let mut values: Vec<f64> = q.values().to_vec();
        values.sort_by(f64::total_cmp);
        values.dedup_by(|a, b| a.to_bits() == b.to_bits());
        for &value in &values {
            let head = |labels: &Labels| {
                let head = Head::new(labels.clone()).nameless(delayed);
                Head { labels: head.labels.builder().set(label, open_metrics_float(value)).labels(), ..head }
            };
            let first = out.len();
            input.columns(&Function::Quantile(Scalars::Constant(value)), &mut out, head, &mut notes)?;
            for s in &mut out[first..] {
                for step in 0..frame.grid.steps {
                    if q.get(step).to_bits() != value.to_bits() {
                        s.column.unset(step);
                    }
                }
            }
        }
    }
    out.retain(|s| !s.column.is_empty());
    input.finish(out, notes)
}

/// A float as OpenMetrics writes it: whole numbers keep a `.0`.
fn open_metrics_float(v: f64) -> String {
    let text = format_g(v);
    if v.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}

/// Evaluates `histogram_fraction(lower, upper, v)`.
pub(super) fn fraction<'a>(frame: &Frame<'a>, call: &'a Call) -> Result<Vector<'a>, QueryError> {
    let (lower, upper) = (frame.scalar(argument(call, 0)?)?, frame.scalar(argument(call, 1)?)?);
    evaluate(frame, Function::Fraction(lower, upper), argument(call, 2)?)
}
