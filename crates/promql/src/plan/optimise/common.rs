//! Parts that occur more than once in an expression are worked out once.
//!
//! Three kinds, by what is kept of the first to serve the others:
//! - *results*: aggregations, and parts with one value for all steps, are small: the whole vector is kept;
//! - *columns*: selectors and functions of them whose series are asked for side by side, as in `a / (a + b)`: the last column is kept;
//! - *samples*: selectors with the same matchers under different functions side by side, as in
//!   `max_over_time(x[5m]) - min_over_time(x[1h])`: the series are found once, and the last one's samples are kept.
//!
//! "Side by side" means below the same operations between vectors, with nothing between that runs through one whole vector first.
//! All occurrences are evaluated as the last one was written, since notes tell the last place.

use std::collections::HashMap;
use std::fmt::Write;

use crate::ast::{BinaryOp, ValueType};
use crate::functions::evaluation::Evaluation;
use crate::plan::{Call, Plan, PlanKind, RangeSource, Selector};

/// What is kept of a part that occurs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// The whole vector; the number is the part's among those that are kept so.
    Result(usize),
    /// The last column.
    Column(usize),
}

/// Which pass over series a part belongs to.
#[derive(Clone, Copy)]
struct Place {
    /// Parts with the same steps.
    steps: usize,
    /// Parts whose series are asked for side by side.
    stream: usize,
}

/// Numbers places in the order in which the plan is walked: the same in both walks.
#[derive(Default)]
struct Places(usize);

impl Places {
    fn next(&mut self) -> usize {
        self.0 += 1;
        self.0
    }
}

/// Marks what occurs more than once.
pub(super) fn mark(plan: &mut Plan) {
    // The search compares every part with every other by its text.
    const NODES_MAX: usize = 2_000;
    if nodes(plan) > NODES_MAX {
        return;
    }
    let mut counts = HashMap::new();
    let place = Place { steps: 0, stream: 0 };
    count(plan, place, &mut Places::default(), &mut counts);
    counts.retain(|_, n| *n > 1);
    if !counts.is_empty() {
        let mut numbers = HashMap::new();
        assign(plan, place, &mut Places::default(), &counts, &mut numbers);
    }
}

fn nodes(plan: &Plan) -> usize {
    1 + plan.children().into_iter().map(nodes).sum::<usize>()
}

/// What a part's number makes of it.
type Numbered = fn(usize) -> Shared;

/// How a part can be kept, with a key that equal parts share.
fn key(plan: &Plan, place: Place) -> Option<(String, Numbered)> {
    let (kind, of): (_, Numbered) = match &plan.kind {
        PlanKind::Aggregate(_) => ("result", Shared::Result),
        PlanKind::Once(_) if plan.value_type() == ValueType::Vector => ("result", Shared::Result),
        _ if is_column(plan) => ("column", Shared::Column),
        _ => return None,
    };
    let at = if kind == "result" { place.steps } else { place.stream };
    let mut text = format!("{kind} {at} ");
    describe(plan, &mut text);
    Some((text, of))
}

/// Selectors, functions of their ranges, and changes of each value of these.
fn is_column(plan: &Plan) -> bool {
    match &plan.kind {
        PlanKind::Select(_) => true,
        PlanKind::RangeCall(call) => matches!(call.source, RangeSource::Selector { .. }),
        PlanKind::Negate(inner) => is_column(inner),
        PlanKind::Call(call) => is_map(call) && call.args.first().is_some_and(is_column),
        PlanKind::Binary(b) => match (b.left.value_type(), b.right.value_type()) {
            (ValueType::Vector, ValueType::Scalar) => is_column(&b.left),
            (ValueType::Scalar, ValueType::Vector) => is_column(&b.right),
            _ => false,
        },
        _ => false,
    }
}

/// Tells whether nobody above a plan needs more labels of its series than they look at: a selector of one metric, or a function of its
/// ranges, under changes of each value. Its series stay distinct without their names, so that labels are never compared on the way.
pub(crate) fn projects(plan: &Plan) -> bool {
    selector_below(plan).is_some_and(Selector::has_one_name)
}

/// The selector below changes of each value and functions of ranges, if there is nothing else.
pub(crate) fn selector_below(plan: &Plan) -> Option<&Selector> {
    if !is_column(plan) {
        return None;
    }
    match &plan.kind {
        PlanKind::Negate(inner) => selector_below(inner),
        PlanKind::Call(call) => call.args.first().and_then(selector_below),
        PlanKind::Binary(b) if b.left.value_type() == ValueType::Vector => selector_below(&b.left),
        PlanKind::Binary(b) => selector_below(&b.right),
        _ => selector_of(plan),
    }
}

fn is_map(call: &Call) -> bool {
    use Evaluation::*;
    matches!(call.evaluation, Float(_) | Clamp | ClampMin | ClampMax | Round) && !call.args.is_empty()
}

fn selection(selector: &Selector, place: Place) -> String {
    let mut text = format!("samples {} ", place.stream);
    describe_selector(selector, &mut text);
    text
}

/// The place of each part below, in the order of [`Plan::children`].
fn below(plan: &Plan, place: Place, places: &mut Places) -> Vec<Place> {
    let apart = |places: &mut Places| Place { stream: places.next(), ..place };
    let streams = match &plan.kind {
        PlanKind::Negate(_) => true,
        PlanKind::Call(call) => is_map(call),
        PlanKind::Binary(_) => true,
        _ => false,
    };
    let children = plan.children();
    match &plan.kind {
        PlanKind::Once(_) => vec![Place { steps: places.next(), stream: places.next() }],
        PlanKind::RangeCall(call) => {
            let mut all: Vec<Place> = call.scalars.iter().map(|_| apart(places)).collect();
            if call.source.plan().is_some() {
                all.push(Place { steps: places.next(), stream: places.next() });
            }
            all
        }
        PlanKind::Range(_) => vec![Place { steps: places.next(), stream: places.next() }; children.len()],
        // Sets look at one whole side first.
        PlanKind::Binary(b) if matches!(b.op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless) => {
            vec![place, apart(places)]
        }
        _ if streams => children
            .iter()
            .map(|c| if c.value_type() == ValueType::Vector { place } else { apart(places) })
            .collect(),
        _ => children.iter().map(|_| apart(places)).collect(),
    }
}

fn count(plan: &Plan, place: Place, places: &mut Places, counts: &mut HashMap<String, usize>) {
    if let Some((key, _)) = key(plan, place) {
        *counts.entry(key).or_default() += 1;
    }
    if let Some(selector) = selector_of(plan) {
        *counts.entry(selection(selector, place)).or_default() += 1;
    }
    let below = below(plan, place, places);
    for (child, place) in plan.children().into_iter().zip(below) {
        count(child, place, places, counts);
    }
}

/// The selector that a node itself reads.
fn selector_of(plan: &Plan) -> Option<&Selector> {
    match &plan.kind {
        PlanKind::Select(selector) => Some(selector),
        PlanKind::RangeCall(call) => match &call.source {
            RangeSource::Selector { selector, .. } => Some(selector),
            RangeSource::Subquery(_) => None,
        },
        _ => None,
    }
}

fn assign(
    plan: &mut Plan,
    place: Place,
    places: &mut Places,
    counts: &HashMap<String, usize>,
    numbers: &mut HashMap<String, usize>,
) {
    let mut number = |key: String| {
        let next = numbers.len();
        counts.contains_key(&key).then(|| *numbers.entry(key).or_insert(next))
    };
    plan.shared = key(plan, place).and_then(|(key, of)| number(key).map(of));
    let samples = selector_of(plan).and_then(|s| number(selection(s, place)));
    match &mut plan.kind {
        PlanKind::Select(selector) => selector.shared = samples,
        PlanKind::RangeCall(call) => {
            if let RangeSource::Selector { selector, .. } = &mut call.source {
                selector.shared = samples;
            }
        }
        _ => {}
    }
    let below = below(plan, place, places);
    for (child, place) in plan.children_mut().into_iter().zip(below) {
        assign(child, place, places, counts, numbers);
    }
}

/// Writes down everything that a part's value depends on; places in the text are not among it.
fn describe(plan: &Plan, out: &mut String) {
    // Writing to a string cannot fail.
    let mut put = |text: std::fmt::Arguments<'_>| out.write_fmt(text).unwrap_or_default();
    match &plan.kind {
        PlanKind::Number(v) => put(format_args!("#{:x}", v.to_bits())),
        PlanKind::Text(text) => put(format_args!("{text:?}")),
        PlanKind::Select(selector) => describe_selector(selector, out),
        PlanKind::Range(source) => describe_source(source, out),
        PlanKind::RangeCall(call) => {
            put(format_args!("{}[", call.name));
            describe_source(&call.source, out);
            out.push(']');
        }
        PlanKind::Call(call) => put(format_args!("{}", call.name)),
        PlanKind::Aggregate(a) => {
            put(format_args!("{:?} {} {:?}", a.op, a.grouping.without, a.grouping.labels));
        }
        PlanKind::Binary(b) => {
            put(format_args!("{:?} {} {} {:?}", b.op, b.return_bool, b.keeps_name, b.matching));
        }
        PlanKind::Negate(_) => out.push('-'),
        PlanKind::Once(_) => out.push('1'),
    }
    out.push('(');
    for child in plan.children() {
        describe(child, out);
        out.push(',');
    }
    out.push(')');
}

fn describe_source(source: &RangeSource, out: &mut String) {
    match source {
        RangeSource::Selector { selector, range_ms } => {
            describe_selector(selector, out);
            out.push_str(&format!(" {range_ms}"));
        }
        RangeSource::Subquery(s) => {
            out.push_str(&format!("sub {} {} {} {:?}", s.range_ms, s.step_ms, s.offset_ms, s.at));
        }
    }
}

fn describe_selector(s: &Selector, out: &mut String) {
    out.push('{');
    for m in &s.matchers {
        out.push_str(&format!("{m},"));
    }
    out.push_str(&format!("}} {} {:?} {:?} {}", s.offset_ms, s.at, s.mode, s.statistics_only));
}

/// Where shared parts stand in a plan.
#[derive(Debug, Default)]
pub(crate) struct Occurrences<'p> {
    /// The last occurrence of each part.
    parts: HashMap<usize, &'p Plan>,
    /// All selectors that share samples, with the widths of their ranges.
    selectors: HashMap<usize, Vec<(&'p Selector, Option<i64>)>>,
}

impl<'p> Occurrences<'p> {
    /// Looks through a plan that was marked.
    pub(crate) fn of(plan: &'p Plan) -> Occurrences<'p> {
        let mut found = Occurrences::default();
        found.add(plan);
        found
    }

    /// The occurrence that stands for all.
    pub(crate) fn part(&self, number: usize) -> Option<&'p Plan> {
        self.parts.get(&number).copied()
    }

    /// The selectors that share their samples.
    pub(crate) fn selectors(&self, number: usize) -> &[(&'p Selector, Option<i64>)] {
        self.selectors.get(&number).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, plan: &'p Plan) {
        if let Some(Shared::Result(n) | Shared::Column(n)) = plan.shared {
            self.parts.insert(n, plan);
        }
        let range = match &plan.kind {
            PlanKind::RangeCall(call) => match &call.source {
                RangeSource::Selector { range_ms, .. } => Some(*range_ms),
                RangeSource::Subquery(_) => None,
            },
            _ => None,
        };
        if let Some(selector) = selector_of(plan)
            && let Some(n) = selector.shared
        {
            self.selectors.entry(n).or_default().push((selector, range));
        }
        plan.children().into_iter().for_each(|child| self.add(child));
    }
}
