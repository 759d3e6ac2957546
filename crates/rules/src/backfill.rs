//! The history of recording rules: what they would have recorded, had they been there.
//!
//! A rule is evaluated as a range query over whole windows, at the very times at which its group would have been evaluated, so
//! that what the server recorded since and what is filled in meet without a seam. Where a range query fails, each step is
//! evaluated alone: only those that would have failed in the server are left out. A series that vanishes ends with a staleness
//! marker, as it does when the server evaluates the rule.
//!
//! Invariants: 1. Rules that read what others of their group record come after these, and what these recorded was flushed before.
//! 2. An evaluation that would have failed in the server (too many series, two with the same labels) records nothing.
//! 3. At most one window of one rule is held.

use std::collections::{BTreeMap, BTreeSet};

use model::Labels;
use model::value::STALE_NAN;
use promql::{Point, QueryOptions, Value};
use storage::Cancel;

use crate::dependencies;
use crate::environment::Environment;
use crate::group::Group;
use crate::rule::{Rule, vector};

/// A window is as long as a block, so that each becomes one.
const WINDOW_MS: i64 = 2 * 3_600_000;

/// Where history goes.
pub trait History {
    /// Takes samples of a series, in the order of their time. They need not be visible yet.
    fn add(&mut self, labels: &Labels, points: &[(i64, Point)]);

    /// Makes everything visible that was added.
    ///
    /// # Errors
    /// Why it cannot be stored.
    fn flush(&mut self) -> Result<(), String>;
}

/// The times that are filled in, both ends included. Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Not before.
    pub start_ms: i64,
    /// Not after.
    pub end_ms: i64,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rules that were evaluated.
    pub rules: usize,
    /// Samples, staleness markers included.
    pub samples: u64,
    /// Evaluations that would have failed in the server: nothing was recorded for them.
    pub failed_evaluations: u64,
    /// Why the first of them failed.
    pub first_failure: Option<String>,
}

impl Summary {
    /// Adds what was done for another group.
    pub fn add(&mut self, more: Summary) {
        self.rules += more.rules;
        self.samples += more.samples;
        self.failed_evaluations += more.failed_evaluations;
        self.first_failure = self.first_failure.take().or(more.first_failure);
    }
}

/// Why filling in ended early. What was flushed before stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackfillError {
    /// It was told to end.
    #[error("backfilling was cancelled at group {group}, rule {rule}; what was recorded before stays")]
    Cancelled {
        /// Name of the group.
        group: String,
        /// Name of the rule.
        rule: String,
    },
    /// The results cannot be stored.
    #[error("cannot store what was recorded: {0}")]
    Store(String),
}

/// Fills in the history of those recording rules of a group that `wanted` chooses.
///
/// # Errors
/// [`BackfillError`].
pub fn backfill(
    group: &Group,
    env: &Environment,
    span: Span,
    wanted: &dyn Fn(&Rule) -> bool,
    cancel: &Cancel,
    history: &mut dyn History,
) -> Result<Summary, BackfillError> {
    let mut summary = Summary::default();
    let in_order = || (0..group.rules.len()).map(|i| vec![i]).collect();
    for batch in dependencies::batches(&group.rules).unwrap_or_else(in_order) {
        let rules = batch.iter().filter_map(|i| group.rules.get(*i));
        let rules: Vec<&Rule> = rules.filter(|rule| rule.alerting().is_none() && wanted(rule)).collect();
        summary.rules += rules.len();
        if rules.is_empty() {
            continue;
        }
        for window in windows(span) {
            for rule in &rules {
                let steps = steps(group, env, window);
                let recorded = by_range(group, rule, env, &steps, cancel)
                    .unwrap_or_else(|_one_step_failed| by_step(group, rule, env, &steps, cancel));
                if cancel.is_cancelled() {
                    let (group, rule) = (group.name.clone(), rule.name.clone());
                    return Err(BackfillError::Cancelled { group, rule });
                }
                recorded.add_to(history, &mut summary);
            }
            history.flush().map_err(BackfillError::Store)?;
        }
    }
    Ok(summary)
}

/// Cuts a span at multiples of a window's length.
fn windows(span: Span) -> impl Iterator<Item = Span> {
    let mut start_ms = span.start_ms;
    std::iter::from_fn(move || {
        if start_ms > span.end_ms {
            return None;
        }
        let next_ms = (start_ms.div_euclid(WINDOW_MS) + 1).saturating_mul(WINDOW_MS);
        let window = Span { start_ms, end_ms: (next_ms - 1).min(span.end_ms) };
        start_ms = next_ms;
        Some(window)
    })
}

/// The times of a window's evaluations.
#[derive(Clone, Debug)]
struct Steps {
    /// In order. The first may be before the window: it tells what was there.
    times: Vec<i64>,
    interval_ms: i64,
    /// What is before it is not recorded.
    from_ms: i64,
}

fn steps(group: &Group, env: &Environment, window: Span) -> Steps {
    let slots = group.slots();
    let offset_ms = group.query_offset(env).as_millis() as i64;
    let interval_ms = (slots.interval_ns() / 1_000_000).max(1);
    // Samples stand at their slot less the offset; slots count nanoseconds.
    let last_before_ns = slots.at_or_before((window.start_ms + offset_ms).saturating_mul(1_000_000) - 1);
    let before_ms = last_before_ns.div_euclid(1_000_000) - offset_ms;
    let times = (0..).map(|i| before_ms + i * interval_ms).take_while(|t| *t <= window.end_ms).collect();
    Steps { times, interval_ms, from_ms: window.start_ms }
}

/// What a rule recorded in a window.
#[derive(Debug)]
struct Recorded {
    /// Evaluations that worked.
    steps: Steps,
    /// The samples of each series, in order, of evaluations that worked.
    series: BTreeMap<Labels, Vec<(i64, Point)>>,
    failed: BTreeMap<i64, String>,
}

fn by_range(
    group: &Group,
    rule: &Rule,
    env: &Environment,
    steps: &Steps,
    cancel: &Cancel,
) -> Result<Recorded, String> {
    let (Some(&first), Some(&last)) = (steps.times.first(), steps.times.last()) else {
        return Ok(Recorded::new(steps));
    };
    let options = QueryOptions {
        text: rule.query.clone(),
        cancel: cancel.clone(),
        clock: Some(env.clock.clone()),
        ..QueryOptions::default()
    };
    let result = env.engine.range(env.data.clone(), &rule.expr, first, last, steps.interval_ms, &options);
    let Value::Matrix(found) = result.map_err(|error| error.to_string())?.value else {
        return Err("rule result is not a vector or scalar".to_owned());
    };
    let mut recorded = Recorded::new(steps);
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for one in found {
        let floats = one.points.floats().map(|(t, v)| (t, Point::Float(v)));
        let histograms = one.points.histograms().map(|(t, h)| (t, Point::Histogram(h.clone())));
        let points: Vec<(i64, Point)> = floats.chain(histograms).collect();
        if group.limit > 0 {
            points.iter().for_each(|(t, _)| *counts.entry(*t).or_default() += 1);
        }
        recorded.take(rule.recorded_labels(&one.labels), points);
    }
    for (t, count) in counts.into_iter().filter(|(_, count)| *count > group.limit) {
        recorded.failed.insert(t, format!("exceeded limit of {} with {count} series", group.limit));
    }
    recorded.forget_failed();
    Ok(recorded)
}

fn by_step(group: &Group, rule: &Rule, env: &Environment, steps: &Steps, cancel: &Cancel) -> Recorded {
    let mut recorded = Recorded::new(steps);
    for &t in steps.times.iter().take_while(|_| !cancel.is_cancelled()) {
        let found = vector(env, &rule.expr, rule.query.clone(), t);
        match found.and_then(|samples| rule.record(samples, group.limit)) {
            Ok(results) => {
                for (labels, point) in results {
                    recorded.series.entry(labels).or_default().push((t, point));
                }
            }
            Err(reason) => {
                recorded.failed.insert(t, reason);
            }
        }
    }
    recorded.forget_failed();
    recorded
}

impl Recorded {
    fn new(steps: &Steps) -> Recorded {
        Recorded { steps: steps.clone(), series: BTreeMap::new(), failed: BTreeMap::new() }
    }

    fn take(&mut self, labels: Labels, points: Vec<(i64, Point)>) {
        let all = self.series.entry(labels).or_default();
        let known: BTreeSet<i64> = all.iter().map(|(t, _)| *t).collect();
        for (t, _) in points.iter().filter(|(t, _)| known.contains(t)) {
            let reason = "vector contains metrics with the same labelset after applying rule labels";
            self.failed.insert(*t, reason.to_owned());
        }
        all.extend(points);
        all.sort_by_key(|(t, _)| *t);
    }

    fn forget_failed(&mut self) {
        let failed = &self.failed;
        if failed.is_empty() {
            return;
        }
        self.steps.times.retain(|t| !failed.contains_key(t));
        self.series.values_mut().for_each(|points| points.retain(|(t, _)| !failed.contains_key(t)));
    }

    /// Hands the samples on, and a marker for each series at the first evaluation that does not find it any more.
    fn add_to(self, history: &mut dyn History, summary: &mut Summary) {
        let mut failed = self.failed.into_iter().filter(|(t, _)| *t >= self.steps.from_ms).peekable();
        if let Some((_, reason)) = failed.peek() {
            summary.first_failure.get_or_insert_with(|| reason.clone());
        }
        summary.failed_evaluations += failed.count() as u64;
        for (labels, points) in self.series {
            let mut points = points.into_iter().peekable();
            let mut out = Vec::with_capacity(points.len() + 1);
            let mut was_there = false;
            for &t in &self.steps.times {
                let found = points.next_if(|(at, _)| *at == t);
                let is_there = found.is_some();
                let ended = (was_there && !is_there).then_some((t, Point::Float(STALE_NAN)));
                out.extend(found.or(ended).filter(|_| t >= self.steps.from_ms));
                was_there = is_there;
            }
            summary.samples += out.len() as u64;
            if !out.is_empty() {
                history.add(&labels, &out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
