//! What a query did, node by node of its plan.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::duration::format_ms;

use crate::ast::{Cardinality, Span};
use crate::exec::meter::Meters;
use crate::exec::tally::SAMPLE_BYTES;
use crate::notes::line_and_column;
use crate::plan::{Plan, PlanKind, RangeSource, Selector, Subquery};
use crate::value::Value;

/// A node of the plan that was run, with what it touched and cost. The plan is the one that ran: after folding, sharing and pushing
/// down, so it may have fewer nodes than the expression, or other matchers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explained {
    /// What kind of node it is, in one word: `selector`, `rangeSelector`, `subquery`, `call`, `aggregate`, `binary`, `negate`, `number`,
    /// `string`, `once` (worked out at the first step only), `cached` (some steps, as many as `cache_hits` tells, were kept from a former query).
    pub kind: &'static str,
    /// The function, operator or metric, and what else tells the node from others of its kind.
    pub detail: String,
    /// The part of the query's text that it stands for; empty where the text is not known.
    pub expr: String,
    /// Line and column of that part, from 1.
    pub position: (usize, usize),
    /// Series it offered to the node above.
    pub series: u64,
    /// Samples decoded by a selector, values computed by any other node.
    pub samples: u64,
    /// Bytes that these took, one series after another.
    pub bytes: u64,
    /// How often a cache had the result.
    pub cache_hits: u64,
    /// Time spent here and below, over all threads; zero where the query had no clock.
    pub time: Duration,
    /// Time spent here alone.
    pub self_time: Duration,
    /// The storage tier that answered, where there is more than one.
    pub tier: Option<String>,
    /// The nodes below, in the order of evaluation.
    pub children: Vec<Explained>,
}

impl Explained {
    /// A query of whose steps some were kept from a former one; `below` is how the others were evaluated, if there were any.
    pub(crate) fn kept(
        text: &str,
        value: &Value,
        steps_reused: usize,
        below: Option<Explained>,
    ) -> Explained {
        let (series, samples) = match value {
            Value::Matrix(series) => (
                series.len(),
                series.iter().map(|s| s.points.floats().count() + s.points.histograms().count()).sum(),
            ),
            Value::Vector(samples) => (samples.len(), samples.len()),
            Value::Scalar { .. } | Value::String { .. } => (0, 1),
        };
        let time = below.as_ref().map_or(Duration::ZERO, |below| below.time);
        Explained {
            kind: "cached",
            detail: "range cache".to_owned(),
            expr: text.to_owned(),
            position: (1, 1),
            series: series as u64,
            samples: samples as u64,
            bytes: SAMPLE_BYTES * samples as u64,
            cache_hits: steps_reused as u64,
            time,
            children: below.into_iter().collect(),
            ..Explained::default()
        }
    }
}

/// Builds the tree of a plan that ran.
pub(crate) fn explain(plan: &Plan, meters: &Meters, text: &str) -> Explained {
    let mut children: Vec<Explained> = match &plan.kind {
        PlanKind::RangeCall(call) => call
            .scalars
            .iter()
            .map(|p| explain(p, meters, text))
            .chain([range(&call.source, call.source_span, meters, text)])
            .collect(),
        PlanKind::Range(source) => match &**source {
            RangeSource::Selector { .. } => Vec::new(),
            RangeSource::Subquery(s) => vec![explain(&s.plan, meters, text)],
        },
        _ => plan.children().into_iter().map(|p| explain(p, meters, text)).collect(),
    };
    let (kind, detail) = match &plan.kind {
        PlanKind::Number(v) => ("number", model::number::format_g(*v)),
        PlanKind::Text(text) => ("string", model::number::quote(text)),
        PlanKind::Select(selector) => ("selector", of_selector(selector)),
        PlanKind::Range(source) => of_range(source),
        PlanKind::RangeCall(call) => ("call", call.name.to_owned()),
        PlanKind::Call(call) => ("call", call.name.to_owned()),
        PlanKind::Aggregate(a) => ("aggregate", of_aggregate(a)),
        PlanKind::Binary(b) => ("binary", of_binary(b)),
        PlanKind::Negate(_) => ("negate", "-".to_owned()),
        PlanKind::Once(_) => ("once", String::new()),
    };
    let mut node = measured(plan.id, plan.span, meters, text);
    (node.kind, node.detail) = (kind, detail);
    node.children.append(&mut children);
    with_self_time(node)
}

fn range(source: &RangeSource, span: Span, meters: &Meters, text: &str) -> Explained {
    let mut node = measured(source.id(), span, meters, text);
    (node.kind, node.detail) = of_range(source);
    if let RangeSource::Subquery(s) = source {
        let below = explain(&s.plan, meters, text);
        // Nothing of its own happens here.
        (node.series, node.samples, node.bytes, node.time) =
            (below.series, below.samples, below.bytes, below.time);
        node.children.push(below);
    }
    with_self_time(node)
}

fn measured(id: usize, span: Span, meters: &Meters, text: &str) -> Explained {
    let mut node = Explained {
        expr: text.get(span.start as usize..span.end as usize).unwrap_or_default().to_owned(),
        position: line_and_column(text, span).unwrap_or((1, 1)),
        ..Explained::default()
    };
    if let Some(meter) = meters.node(id) {
        (node.series, node.samples, node.bytes, node.cache_hits) = meter.counts();
        node.time = meter.time();
        let resolution_ms = meter.resolution_ms.load(Ordering::Relaxed) as i64;
        node.tier = (resolution_ms > 0).then(|| format!("raw and buckets of {}", format_ms(resolution_ms)));
    }
    node
}

fn with_self_time(mut node: Explained) -> Explained {
    let below: Duration = node.children.iter().map(|c| c.time).sum();
    node.self_time = node.time.saturating_sub(below);
    node
}

fn of_range(source: &RangeSource) -> (&'static str, String) {
    match source {
        RangeSource::Selector { selector, range_ms } => {
            ("rangeSelector", format!("{}[{}]", of_selector(selector), format_ms(*range_ms)))
        }
        RangeSource::Subquery(s) => ("subquery", of_subquery(s)),
    }
}

fn of_selector(selector: &Selector) -> String {
    let matchers: Vec<String> = selector.matchers.iter().map(ToString::to_string).collect();
    format!("{{{}}}{}", matchers.join(","), of_times(selector.at, selector.offset_ms))
}

fn of_subquery(s: &Subquery) -> String {
    let step = if s.step_ms > 0 { format_ms(s.step_ms) } else { String::new() };
    format!("[{}:{step}]{}", format_ms(s.range_ms), of_times(s.at, s.offset_ms))
}

fn of_times(at: Option<i64>, offset_ms: i64) -> String {
    let at = at.map_or(String::new(), |t| format!(" @ {}.{:03}", t.div_euclid(1000), t.rem_euclid(1000)));
    let offset = match offset_ms {
        0 => String::new(),
        ms => format!(" offset {}", format_ms(ms)),
    };
    at + &offset
}

fn of_aggregate(a: &crate::plan::Aggregation) -> String {
    let labels: Vec<&str> = a.grouping.labels.iter().map(|l| &**l).collect();
    match (a.grouping.without, labels.is_empty()) {
        (false, true) => a.op.as_str().to_owned(),
        (without, _) => {
            format!("{} {} ({})", a.op.as_str(), if without { "without" } else { "by" }, labels.join(", "))
        }
    }
}

fn of_binary(b: &crate::plan::Operation) -> String {
    let mut text = b.op.as_str().to_owned();
    let Some(matching) = &b.matching else { return text };
    let list = |labels: &[Arc<str>]| labels.join(", ");
    if matching.on || !matching.labels.is_empty() {
        let word = if matching.on { "on" } else { "ignoring" };
        text.push_str(&format!(" {word} ({})", list(&matching.labels)));
    }
    match matching.cardinality {
        Cardinality::ManyToOne => text.push_str(&format!(" group_left ({})", list(&matching.include))),
        Cardinality::OneToMany => text.push_str(&format!(" group_right ({})", list(&matching.include))),
        Cardinality::OneToOne | Cardinality::ManyToMany => {}
    }
    text
}
