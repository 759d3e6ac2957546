//! `info`: adds labels of info metrics (`target_info` and the like) to the series with the same `instance` and `job`.
//!
//! Which info series is the current one may change from step to step: a series' values are spread over as many label
//! sets as there are combinations of info series over time.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use model::labels::METRIC_NAME;
use model::{Labels, LabelsBuilder, MatchOp, Matcher};

use super::argument;
use crate::ast::{RangeMode, Span};
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::downsampled;
use crate::exec::labels::{Head, Repeated, join_repeated};
use crate::exec::select::{Lookup, Take, Wanted, find};
use crate::exec::source::{Counting, Held, Series, Vector, collect};
use crate::exec::{Frame, Work};
use crate::plan::{Call, PlanKind, Selector, selector_range};

/// The labels that tell which target a series belongs to.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// The info metric that is used unless another is asked for.
pub(crate) const TARGET_INFO: &str = "target_info";

/// Evaluates `info(v, {…})`.
pub(super) fn info<'a>(frame: &Frame<'a>, call: &'a Call) -> Result<Vector<'a>, QueryError> {
    let (base, _held) = collect(frame, frame.vector(argument(call, 0)?)?)?;
    let PlanKind::Select(asked) = &argument(call, 1)?.kind else {
        return Err(QueryError::execution("the second argument of info() is not a selector"));
    };
    let (names, data): (Vec<Matcher>, Vec<Matcher>) =
        asked.matchers.iter().cloned().partition(|m| &*m.name == METRIC_NAME);
    let names = effective_names(names)?;
    let is_info = |labels: &Labels| names.iter().all(|m| m.matches(labels.name()));
    let infos = current_infos(frame, asked, &base, &names, &data, is_info)?;
    let mut out = Vec::new();
    for series in base {
        frame.query.check()?;
        if is_info(&series.head.labels) {
            out.push(series);
        } else {
            enrich(&series, &infos, &data, &mut out)?;
        }
    }
    Held::vector(frame.query, join_repeated(&frame.query.stop, out, Repeated::Join)?)
}

/// The matchers on the metric's name that select info metrics: as asked for; any `…_info` that is not excluded, if names are only
/// excluded; [`TARGET_INFO`] if nothing is said.
fn effective_names(mut names: Vec<Matcher>) -> Result<Vec<Matcher>, QueryError> {
    if names.is_empty() {
        names.push(Matcher::equal(METRIC_NAME, TARGET_INFO));
    } else if names.iter().all(Matcher::is_negative) {
        names.insert(0, matcher(MatchOp::Regex, METRIC_NAME, ".+_info")?);
    }
    Ok(names)
}

fn matcher(op: MatchOp, name: &str, value: &str) -> Result<Matcher, QueryError> {
    Matcher::new(op, name, value).map_err(|e| QueryError::Execution(e.to_string()))
}

/// Info series by metric name and identifying labels: the one that is current at each step.
struct Infos {
    series: Vec<Labels>,
    /// By name, then by identifying labels: an index into `series` per step.
    current: BTreeMap<String, HashMap<Labels, Vec<Option<usize>>>>,
}

fn identity(labels: &Labels) -> Labels {
    labels.keep(&IDENTIFYING)
}

fn current_infos(
    frame: &Frame<'_>,
    asked: &Selector,
    base: &[Series],
    names: &[Matcher],
    data: &[Matcher],
    is_info: impl Fn(&Labels) -> bool,
) -> Result<Infos, QueryError> {
    let mut infos = Infos { series: Vec::new(), current: BTreeMap::new() };
    let mut matchers = Vec::new();
    for label in IDENTIFYING {
        let of_series = base.iter().filter(|s| !is_info(&s.head.labels)).map(|s| s.head.labels.get(label));
        let values: BTreeSet<&str> = of_series.filter(|v| !v.is_empty()).collect();
        if !values.is_empty() {
            let pattern: Vec<String> = values.into_iter().map(quote_meta).collect();
            matchers.push(matcher(MatchOp::Regex, label, &pattern.join("|"))?);
        }
    }
    if matchers.is_empty() {
        return Ok(infos);
    }
    matchers.extend(data.iter().chain(names).cloned());
    let (offset_ms, at) = (asked.offset_ms, asked.at);
    let selector = Selector {
        matchers,
        offset_ms,
        at,
        mode: RangeMode::Plain,
        statistics_only: false,
        id: asked.id,
        shared: None,
    };
    let range = selector_range(&selector, None, frame.grid, frame.query.lookback_ms);
    let lookback_ms = frame.query.lookback_ms;
    let hint = downsampled::hint_of_lookup(&selector, Take::Timestamp, frame.grid, lookback_ms);
    let wanted =
        Wanted { selector: &selector, range, projection: None, hint: Some(hint), span: Span::default() };
    let found = find(frame, wanted)?.set;
    let lookup = Lookup {
        grid: frame.grid,
        at: selector.at,
        offset_ms: selector.offset_ms,
        lookback_ms: frame.query.lookback_ms,
        take: Take::Timestamp,
    };
    let (mut work, mut times) = (Work::new(frame.query), Vec::new());
    for i in 0..found.len() {
        frame.query.check()?;
        let labels = found.labels(i);
        work.samples.clear();
        found.read(i, range, &mut work.samples)?;
        if !work.samples.histograms.is_empty() {
            let text = format!("this should be an info metric, with float samples: {labels}");
            return Err(QueryError::Execution(text));
        }
        let mut column = Column::absent(frame.grid.steps);
        let counting = Counting::new(frame);
        lookup.floats(&work.samples, &mut column, &mut counting.local.borrow_mut(), &work.stop);
        drop(counting);
        infos.series.push(labels);
        times.push(column);
        infos.make_current(&times)?;
    }
    Ok(infos)
}

impl Infos {
    /// Makes the series that came last current wherever its sample is newer than that of the present one.
    fn make_current(&mut self, times: &[Column]) -> Result<(), QueryError> {
        let Some((column, earlier)) = times.split_last() else { return Ok(()) };
        let (index, labels) = (earlier.len(), &self.series[earlier.len()]);
        let by_identity = self.current.entry(labels.name().to_owned()).or_default();
        let current = by_identity.entry(identity(labels)).or_insert_with(|| vec![None; column.steps()]);
        let mut conflict = None;
        column.for_each_float(|step, t| match current[step] {
            Some(other) if earlier[other].values[step] > t => {}
            Some(other) if earlier[other].values[step] == t => conflict = conflict.or(Some((other, t))),
            _ => current[step] = Some(index),
        });
        match conflict {
            None => Ok(()),
            Some((other, t)) => {
                let t_ms = (t * 1000.0).round() as i64;
                Err(QueryError::Execution(format!(
                    "found duplicate series for info metric: existing {} @ {t_ms}, new {labels} @ {t_ms}",
                    self.series[other]
                )))
            }
        }
    }
}

/// Spreads a series over the label sets that it has with the info series of each step.
fn enrich(series: &Series, infos: &Infos, data: &[Matcher], out: &mut Vec<Series>) -> Result<(), QueryError> {
    let identity = identity(&series.head.labels);
    let of_series: Vec<&Vec<Option<usize>>> =
        infos.current.values().filter_map(|by_identity| by_identity.get(&identity)).collect();
    let optional = data.iter().all(Matcher::matches_empty);
    let mut places: HashMap<Vec<usize>, Option<usize>> = HashMap::new();
    for step in (0..series.column.steps()).filter(|&step| series.column.has_any(step)) {
        let matched: Vec<usize> = of_series.iter().filter_map(|current| current[step]).collect();
        let place = match places.get(&matched) {
            Some(place) => *place,
            None => {
                let place = if matched.is_empty() && !optional {
                    None
                } else {
                    let labels =
                        with_infos(&series.head.labels, matched.iter().map(|&i| &infos.series[i]), data)?;
                    let head = Head { labels, drop_name: series.head.drop_name };
                    out.push(Series { head, column: Column::absent(series.column.steps()) });
                    Some(out.len() - 1)
                };
                places.insert(matched, place);
                place
            }
        };
        let Some(place) = place else { continue };
        match series.column.histogram(step) {
            Some(h) => out[place].column.set_histogram(step, h.clone()),
            None => out[place].column.set(step, series.column.values[step]),
        }
    }
    Ok(())
}

/// Adds the info series' labels that were asked for and are not there already.
fn with_infos<'l>(
    base: &Labels,
    infos: impl Iterator<Item = &'l Labels>,
    data: &[Matcher],
) -> Result<Labels, QueryError> {
    let mut added = LabelsBuilder::default();
    for info in infos {
        for (name, value) in info.iter().filter(|(n, _)| *n != METRIC_NAME) {
            if !data.is_empty() && !data.iter().any(|m| *m.name == *name) {
                continue;
            }
            let there = added.get(name);
            if !there.is_empty() && there != value {
                return Err(QueryError::Execution(format!("conflicting label: {name}")));
            }
            if !base.has(name) {
                added.set(name, value);
            }
        }
    }
    let mut builder = base.builder();
    for (name, value) in added.labels().iter() {
        builder.set(name, value);
    }
    Ok(builder.labels())
}

/// Escapes what means something in a regular expression.
fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
