//! `histogram_quantile`, `histogram_quantiles`, `histogram_fraction` of classic buckets and native histograms.
//!
//! Series are grouped by all labels but `le` once; at each step those of a group that have a value are its buckets.

use hashbrown::HashMap;
use model::Labels;
use model::labels::BUCKET_LABEL;
use model::number::{format_g, parse_float, quote};

use super::{argument, text};
use crate::ast::Span;
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::labels::{Head, Repeated, join_repeated};
use crate::exec::scalar::Scalars;
use crate::exec::source::{Held, Series, Vector, collect};
use crate::functions::histogram;
use crate::functions::quantile::{Bucket, bucket_fraction, bucket_quantile};
use crate::notes::{Monotonicity, Notes, with_metric};
use crate::plan::{Call, Plan};

/// The buckets of one histogram over all steps, lowest bound first.
struct Classic {
    labels: Labels,
    /// Bound and index of the series.
    buckets: Vec<(f64, usize)>,
}

struct Input {
    series: Vec<Series>,
    classic: Vec<Classic>,
    span: Span,
}

impl Input {
    fn new<'a>(frame: &Frame<'a>, arg: &'a Plan, notes: &mut Notes) -> Result<Input, QueryError> {
        let series = collect(frame, frame.vector(arg)?)?;
        let delayed = frame.query.features.delayed_name_removal;
        let mut places: HashMap<Labels, usize, foldhash::fast::RandomState> = HashMap::default();
        let mut classic: Vec<Classic> = Vec::new();
        for (i, s) in series.iter().enumerate() {
            if s.column.has_histograms() {
                return histogram::unsupported("histogram_quantile() and histogram_fraction()");
            }
            let le = s.head.labels.get(BUCKET_LABEL);
            let Some(bound) = parse_float(le) else {
                let name = if delayed { s.head.labels.name() } else { "" };
                let text =
                    format!("bucket label \"le\" is missing or has a malformed value of {}", quote(le));
                notes.warn(arg.span, with_metric(text, name));
                continue;
            };
            let labels = s.head.labels.without(&[BUCKET_LABEL]);
            let place = *places.entry(labels).or_insert_with_key(|labels| {
                classic.push(Classic { labels: labels.clone(), buckets: Vec::new() });
                classic.len() - 1
            });
            classic[place].buckets.push((bound, i));
        }
        for histogram in &mut classic {
            histogram.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Ok(Input { series, classic, span: arg.span })
    }

    /// Computes a column per histogram: `f(step, buckets)`, with the buckets there are at the step.
    fn columns(
        &self,
        frame: &Frame<'_>,
        out: &mut Vec<Series>,
        head: impl Fn(&Labels) -> Head,
        mut f: impl FnMut(usize, &mut Vec<Bucket>, &Labels) -> f64,
    ) -> Result<(), QueryError> {
        let mut buckets = Vec::new();
        for classic in &self.classic {
            frame.query.check()?;
            let mut column = Column::absent(frame.grid.steps);
            for step in 0..frame.grid.steps {
                buckets.clear();
                let present = classic.buckets.iter().filter_map(|&(upper, i)| {
                    Some(Bucket { upper, count: self.series[i].column.get(step)? })
                });
                buckets.extend(present);
                if !buckets.is_empty() {
                    column.set(step, f(step, &mut buckets, &classic.labels));
                }
            }
            if !column.is_empty() {
                out.push(Series { head: head(&classic.labels), column });
            }
        }
        Ok(())
    }

    fn quantiles(
        &self,
        frame: &Frame<'_>,
        q: &Scalars,
        out: &mut Vec<Series>,
        head: impl Fn(&Labels) -> Head,
        notes: &mut Notes,
    ) -> Result<(), QueryError> {
        let delayed = frame.query.features.delayed_name_removal;
        self.columns(frame, out, head, |step, buckets, labels| {
            let (value, forced) = bucket_quantile(q.get(step), buckets);
            if let Some(forced) = forced {
                let t = frame.grid.time(step);
                let detail =
                    Monotonicity { t: (t, t), bucket: forced.bucket, diff_max: forced.diff_max, count: 1 };
                notes.forced_monotonicity(self.span, if delayed { labels.name() } else { "" }, detail);
            }
            value
        })
    }
}

fn note_bad_quantiles(q: &Scalars, span: Span, notes: &mut Notes) {
    for &q in q.values().iter().filter(|q| !(0.0..=1.0).contains(*q)) {
        notes.invalid_quantile(span, q);
    }
}

fn finish<'a>(frame: &Frame<'a>, out: Vec<Series>, notes: Notes) -> Result<Vector<'a>, QueryError> {
    frame.query.note(|n| n.merge(notes));
    let delayed = frame.query.features.delayed_name_removal;
    Held::vector(frame.query, if delayed { out } else { join_repeated(out, Repeated::Join)? })
}

/// Evaluates `histogram_quantile(q, v)`.
pub(super) fn quantile<'a>(frame: &Frame<'a>, call: &'a Call) -> Result<Vector<'a>, QueryError> {
    let (mut notes, mut out) = (Notes::default(), Vec::new());
    let delayed = frame.query.features.delayed_name_removal;
    let q = frame.scalar(argument(call, 0)?)?;
    note_bad_quantiles(&q, argument(call, 0)?.span, &mut notes);
    let input = Input::new(frame, argument(call, 1)?, &mut notes)?;
    let head = |labels: &Labels| Head::new(labels.clone()).nameless(delayed);
    input.quantiles(frame, &q, &mut out, head, &mut notes)?;
    finish(frame, out, notes)
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
    let input = Input::new(frame, argument(call, 0)?, &mut notes)?;
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
            input.quantiles(frame, &Scalars::Constant(value), &mut out, head, &mut notes)?;
            if let Scalars::Steps(steps) = q {
                for s in &mut out[first..] {
                    for (step, q) in steps.iter().enumerate().filter(|(_, q)| q.to_bits() != value.to_bits())
                    {
                        let _: &f64 = q;
                        s.column.unset(step);
                    }
                }
            }
        }
    }
    out.retain(|s| !s.column.is_empty());
    finish(frame, out, notes)
}

/// A float as OpenMetrics writes it: whole numbers keep a `.0`.
fn open_metrics_float(v: f64) -> String {
    let text = format_g(v);
    if v.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}

/// Evaluates `histogram_fraction(lower, upper, v)`.
pub(super) fn fraction<'a>(frame: &Frame<'a>, call: &'a Call) -> Result<Vector<'a>, QueryError> {
    let (mut notes, mut out) = (Notes::default(), Vec::new());
    let delayed = frame.query.features.delayed_name_removal;
    let (lower, upper) = (frame.scalar(argument(call, 0)?)?, frame.scalar(argument(call, 1)?)?);
    let input = Input::new(frame, argument(call, 2)?, &mut notes)?;
    let head = |labels: &Labels| Head::new(labels.clone()).nameless(delayed);
    input.columns(frame, &mut out, head, |step, buckets, _| {
        bucket_fraction(lower.get(step), upper.get(step), buckets)
    })?;
    finish(frame, out, notes)
}
