//! `topk`, `bottomk`, `limitk`, `limit_ratio`: some of the series, with their own labels.
//!
//! At each step a group keeps a heap of what is chosen so far; a series that is nowhere chosen leaves nothing behind. The heaps
//! move their entries as Go's `container/heap` does, so that among equal values the same series are chosen.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use model::Labels;
use model::histogram::FloatHistogram;
use xxhash_rust::xxh64::xxh64;

use super::groups::{Groups, Key};
use super::param;
use crate::ast::{AggregateOp, Span};
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::budget::Load;
use crate::exec::labels::Head;
use crate::exec::long_sort;
use crate::exec::scalar::Scalars;
use crate::exec::source::{Held, Series, Vector, for_shards};
use crate::exec::stop::Stop;
use crate::functions::quantile::nan_first;
use crate::notes::Notes;
use crate::plan::Aggregation;

/// A value that was chosen.
#[derive(Clone, Debug)]
struct Pick {
    value: f64,
    histogram: Option<Arc<FloatHistogram>>,
    series: usize,
}

/// The rule by which series are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Largest,
    Smallest,
    First,
    Ratio,
}

/// One group: a heap per step.
struct Heaps(Vec<Vec<Pick>>);

struct Chooser<'a> {
    rule: Rule,
    params: &'a Scalars,
    span: Span,
}

/// Evaluates the aggregation.
pub(crate) fn select<'a>(
    frame: &Frame<'a>,
    aggregation: &'a Aggregation,
    key: &Key,
    span: Span,
) -> Result<Vector<'a>, QueryError> {
    let rule = match aggregation.op {
        AggregateOp::Topk => Rule::Largest,
        AggregateOp::Bottomk => Rule::Smallest,
        AggregateOp::LimitRatio => Rule::Ratio,
        _ => Rule::First,
    };
    let params = frame.scalar(param(aggregation)?)?;
    let nothing = match rule {
        Rule::Ratio => check_ratio(frame, &params, param(aggregation)?.span)?,
        Rule::Largest | Rule::Smallest | Rule::First => check_k(&params)?,
    };
    if nothing {
        return Held::vector(frame.query, Vec::new());
    }
    let source = frame.vector(&aggregation.input)?;
    let chooser = Chooser { rule, params: &params, span };
    let steps = frame.grid.steps;
    let mut all: Groups<Heaps> = Groups::default();
    // What a merge leaves out is given back at the end: it is no more than one shard's choices per thread.
    let held = frame.query.budget.hold();
    for_shards(
        frame,
        &*source,
        |range, work| {
            let mut groups: Groups<Heaps> = Groups::default();
            let mut column = work.column();
            for i in range {
                frame.query.check()?;
                source.column(i, work, &mut column)?;
                if !column.is_empty() {
                    // Most series are not chosen: their labels are made only if they decide something.
                    let decides = rule == Rule::Ratio || !key.is_everything();
                    let head = if decides { source.head(i) } else { Head::new(Labels::empty()) };
                    let heaps = groups.entry(key, &head, || Heaps(vec![Vec::new(); steps]));
                    let grown = chooser.offer(heaps, &column, i, &head.labels, &mut work.notes);
                    if grown > 0 {
                        held.take(of_picks(grown))?;
                    }
                }
            }
            work.give_back(column);
            Ok(groups)
        },
        |groups| {
            all.merge_with(groups, |a, b| {
                chooser.merge(a, b);
                Ok(())
            })
        },
    )?;
    let mut series: BTreeMap<usize, usize> = BTreeMap::new(); // series of the source to place in the output
    let mut out: Vec<Series> = Vec::new();
    for (_, heaps) in all.into_groups() {
        for (step, mut heap) in heaps.0.into_iter().enumerate() {
            chooser.order(&mut heap, &frame.query.stop)?;
            for (i, pick) in heap.into_iter().enumerate() {
                frame.query.stop.check_at(i)?;
                let place = match series.get(&pick.series) {
                    Some(place) => *place,
                    None => {
                        held.take(Load::bytes((steps * size_of::<f64>()) as u64))?;
                        out.push(Series { head: source.head(pick.series), column: Column::absent(steps) });
                        series.insert(pick.series, out.len() - 1);
                        out.len() - 1
                    }
                };
                match pick.histogram {
                    Some(h) => out[place].column.set_histogram(step, h),
                    None => out[place].column.set(step, pick.value),
                }
            }
        }
    }
    drop(held);
    Held::vector(frame.query, out)
}

/// So many choices, in memory.
fn of_picks(picks: u64) -> Load {
    Load { samples: picks, bytes: picks * size_of::<Pick>() as u64 }
}

/// Checks `k`. Tells whether nothing can be chosen.
fn check_k(params: &Scalars) -> Result<bool, QueryError> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2^63
    let values = params.values();
    // NaN takes no part in Go's comparison of the running maximum.
    if !values.iter().any(|v| *v >= 1.0 || v.is_nan()) {
        return Ok(true);
    }
    if values.iter().any(|v| v.is_nan()) {
        return Err(QueryError::execution("Parameter value is NaN"));
    }
    let text = |v: f64| model::number::format_g(v);
    if let Some(v) = values.iter().copied().find(|v| *v <= -LIMIT) {
        return Err(QueryError::Execution(format!("Scalar value {} underflows int64", text(v))));
    }
    if let Some(v) = values.iter().copied().find(|v| *v >= LIMIT) {
        return Err(QueryError::Execution(format!("Scalar value {} overflows int64", text(v))));
    }
    Ok(false)
}

/// Checks the ratio. Tells whether nothing can be chosen.
fn check_ratio(frame: &Frame<'_>, params: &Scalars, span: Span) -> Result<bool, QueryError> {
    let values = params.values();
    if values.iter().all(|v| *v == 0.0) {
        return Ok(true);
    }
    if values.iter().any(|v| v.is_nan()) {
        return Err(QueryError::execution("Ratio value is NaN"));
    }
    let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    frame.query.note(|notes| {
        for (beyond, v, cap) in [(most > 1.0, most, "1"), (least < -1.0, least, "-1")] {
            if beyond {
                let got = model::number::format_g(v);
                notes.warn(
                    span,
                    format!("ratio value should be between -1 and 1, got {got}, capping to {cap}"),
                );
            }
        }
    });
    Ok(false)
}

impl Chooser<'_> {
    /// Offers a series at all steps; returns how many choices there are more than before.
    fn offer(
        &self,
        heaps: &mut Heaps,
        column: &Column,
        series: usize,
        labels: &Labels,
        notes: &mut Notes,
    ) -> u64 {
        let mut grown = 0;
        match self.rule {
            Rule::Largest | Rule::Smallest => {
                if column.has_histograms() {
                    let op = if self.rule == Rule::Largest { "topk" } else { "bottomk" };
                    notes.histogram_ignored_in_aggregation(self.span, op);
                }
                column.for_each_float(|step, value| {
                    let pick = Pick { value, histogram: None, series };
                    grown += u64::from(self.add(&mut heaps.0[step], step, pick));
                });
            }
            Rule::First => each_value(column, series, |step, pick| {
                grown += u64::from(self.add(&mut heaps.0[step], step, pick));
            }),
            Rule::Ratio => {
                let offset = sample_offset(labels);
                each_value(column, series, |step, pick| {
                    let ratio = self.params.get(step).clamp(-1.0, 1.0);
                    if ratio >= 0.0 && offset < ratio || ratio < 0.0 && offset >= 1.0 + ratio {
                        push(&mut heaps.0[step], pick, self.less());
                        grown += 1;
                    }
                });
            }
        }
        grown
    }

    fn less(&self) -> fn(f64, f64) -> bool {
        match self.rule {
            Rule::Smallest => |a, b| a.is_nan() || a > b,
            Rule::Largest | Rule::First | Rule::Ratio => |a, b| a.is_nan() || a < b,
        }
    }

    /// Adds a choice if there is room or it is better than another; tells whether there was room.
    fn add(&self, heap: &mut Vec<Pick>, step: usize, pick: Pick) -> bool {
        let k = self.params.get(step) as i64;
        if k < 1 {
            return false;
        }
        if (heap.len() as u64) < k as u64 {
            push(heap, pick, self.less());
            return true;
        }
        let (root, v) = (heap[0].value, pick.value);
        let better = match self.rule {
            Rule::Largest => root < v || root.is_nan() && !v.is_nan(),
            Rule::Smallest => root > v || root.is_nan() && !v.is_nan(),
            Rule::First | Rule::Ratio => false,
        };
        if better {
            heap[0] = pick;
            sift_down(heap, self.less());
        }
        false
    }

    /// Offers another shard's choices, which come from later series, in the order of the series.
    fn merge(&self, mine: &mut Heaps, theirs: Heaps) {
        for (step, mut picks) in theirs.0.into_iter().enumerate() {
            picks.sort_by_key(|p| p.series);
            for pick in picks {
                match self.rule {
                    Rule::Ratio => push(&mut mine.0[step], pick, self.less()),
                    Rule::Largest | Rule::Smallest | Rule::First => {
                        self.add(&mut mine.0[step], step, pick);
                    }
                }
            }
        }
    }

    /// Orders a step's choices as an instant query shows them: best first, NaN last.
    fn order(&self, heap: &mut Vec<Pick>, stop: &Stop) -> Result<(), QueryError> {
        match self.rule {
            Rule::Largest => long_sort::sort_by(heap, stop, |a, b| nan_first(&b.value, &a.value)),
            Rule::Smallest => long_sort::sort_by(heap, stop, |a, b| {
                a.value
                    .is_nan()
                    .cmp(&b.value.is_nan())
                    .then(a.value.partial_cmp(&b.value).unwrap_or(Ordering::Equal))
            }),
            Rule::First | Rule::Ratio => Ok(()),
        }
    }
}

fn each_value(column: &Column, series: usize, mut f: impl FnMut(usize, Pick)) {
    column.for_each_float(|step, value| f(step, Pick { value, histogram: None, series }));
    column.for_each_histogram(|step, h| f(step, Pick { value: 0.0, histogram: Some(Arc::clone(h)), series }));
}

fn push(heap: &mut Vec<Pick>, pick: Pick, less: fn(f64, f64) -> bool) {
    heap.push(pick);
    let mut j = heap.len() - 1;
    while j > 0 {
        let parent = (j - 1) / 2;
        if !less(heap[j].value, heap[parent].value) {
            break;
        }
        heap.swap(j, parent);
        j = parent;
    }
}

fn sift_down(heap: &mut [Pick], less: fn(f64, f64) -> bool) {
    let mut i = 0;
    loop {
        let left = 2 * i + 1;
        if left >= heap.len() {
            return;
        }
        let right = left + 1;
        let child =
            if right < heap.len() && less(heap[right].value, heap[left].value) { right } else { left };
        if !less(heap[child].value, heap[i].value) {
            return;
        }
        heap.swap(i, child);
        i = child;
    }
}

/// Where a label set lies between 0 and 1, by its hash: the same in Prometheus's default build, whose label encoding this
/// repeats (length, bytes; lengths from 255 on as 255 and three bytes, low first).
fn sample_offset(labels: &Labels) -> f64 {
    let mut encoded = Vec::with_capacity(128);
    for text in labels.iter().flat_map(|(n, v)| [n, v]) {
        match text.len() {
            short @ 0..255 => encoded.push(short as u8),
            long => encoded.extend([255, long as u8, (long >> 8) as u8, (long >> 16) as u8]),
        }
        encoded.extend_from_slice(text.as_bytes());
    }
    xxh64(&encoded, 0) as f64 / u64::MAX as f64
}
