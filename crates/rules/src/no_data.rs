//! An alert whose series is gone: has the trouble ended, or is there only nobody left to tell?
//!
//! Prometheus resolves it in both cases. Here a rule may say what a vanished series means, in annotations that Prometheus takes for
//! ordinary ones:
//!
//! | annotation | meaning |
//! |---|---|
//! | `bongsu_no_data: resolve` | as in Prometheus |
//! | `bongsu_no_data: keep`, `keep 6h` | the alert keeps firing while there is no data, a day at most if no time is given |
//! | `bongsu_no_data: notify`, `notify 6h` | it keeps firing, and a second alert with the label `no_data="true"` says why |
//! | `bongsu_resolved: 'back at {{ $value }}'` | when the alert resolves, the text with the value that the series has then |
//!
//! To tell the cases apart the *subject* of the expression is looked at: what is compared, without the comparison. It is evaluated
//! only when a firing alert is no longer found.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use model::Labels;
use promql::Sample;
use promql::ast::{BinaryOp, Expr, ExprKind, ValueType};

use crate::alert::{Alert, AlertState};
use crate::alerting::{ALERT_NAME, Found};
use crate::environment::Environment;
use crate::rule::{Alerting, Rule, vector};

/// The annotation that says what a vanished series means.
pub const NO_DATA: &str = "bongsu_no_data";
/// The annotation that is expanded anew when the alert resolves.
pub const RESOLVED: &str = "bongsu_resolved";
/// The label of alerts that say that there is no data; its value is `true`.
pub const LABEL: &str = "no_data";
/// How long an alert is kept without data if the rule does not say.
const KEEP_FOR: Duration = Duration::from_secs(24 * 3600);

/// What a vanished series means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoData {
    /// The trouble has ended.
    #[default]
    Resolve,
    /// The alert keeps firing for this time.
    Keep(Duration),
    /// It keeps firing for this time, and a second alert tells that there is no data.
    Notify(Duration),
}

/// What a rule asks for.
#[derive(Debug)]
pub(crate) struct Missing {
    policy: NoData,
    /// Whether resolved alerts tell the value that they came back to.
    tells_value: bool,
    pub(crate) subject: Expr,
    pub(crate) text: Arc<str>,
}

impl Missing {
    /// Reads what the annotations of a rule ask for; `None` if nothing, or if the expression has no subject.
    pub(crate) fn of<'a>(annotations: impl Fn(&str) -> Option<&'a str>, expr: &Expr) -> Option<Missing> {
        // What cannot be understood was a mistake of the file already.
        let policy = annotations(NO_DATA).and_then(|text| parse(text).ok()).unwrap_or_default();
        let tells_value = annotations(RESOLVED).is_some();
        if policy == NoData::Resolve && !tells_value {
            return None;
        }
        let subject = subject(expr)?;
        Some(Missing { policy, tells_value, text: Arc::from(subject.to_string()), subject })
    }
}

/// Reads a policy.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<NoData, String> {
    let (word, time) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let time = match time.trim() {
        "" => KEEP_FOR,
        time => model::duration::parse(time)
            .map_err(|_| format!("{NO_DATA}: {time:?} is not a duration such as 6h"))?,
    };
    match word {
        "resolve" => Ok(NoData::Resolve),
        "keep" => Ok(NoData::Keep(time)),
        "notify" => Ok(NoData::Notify(time)),
        other => Err(format!("{NO_DATA}: {other:?} is none of resolve, keep and notify")),
    }
}

/// Returns what an expression compares, or itself if it compares nothing. `None` where a series that is not there says nothing about
/// the data, such as `absent(up)` or `count(up == 0)`.
pub fn subject(expr: &Expr) -> Option<Expr> {
    match &expr.kind {
        ExprKind::Paren(inner) => subject(inner),
        ExprKind::Binary(b) if b.op.is_comparison() && !b.return_bool => {
            let side = if b.left.value_type() == ValueType::Vector { &b.left } else { &b.right };
            subject(side)
        }
        ExprKind::Binary(b) if matches!(b.op, BinaryOp::And | BinaryOp::Unless) => subject(&b.left),
        ExprKind::Binary(b) if b.op == BinaryOp::Or => {
            let mut either = b.clone();
            (either.left, either.right) = (subject(&b.left)?, subject(&b.right)?);
            Some(Expr { kind: ExprKind::Binary(either), span: expr.span })
        }
        _other => (!chooses(expr)).then(|| expr.clone()),
    }
}

/// Tells whether an expression leaves out series by their values, somewhere in it.
fn chooses(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number { .. }
        | ExprKind::String(_)
        | ExprKind::Bytes(_)
        | ExprKind::Vector(_)
        | ExprKind::Matrix(_) => false,
        ExprKind::Subquery(subquery) => chooses(&subquery.expr),
        ExprKind::Call(call) => call.function.name.starts_with("absent") || call.args.iter().any(chooses),
        ExprKind::Aggregate(aggregate) => {
            chooses(&aggregate.expr) || aggregate.param.as_ref().is_some_and(chooses)
        }
        ExprKind::Binary(b) => {
            (b.op.is_comparison() && !b.return_bool) || b.op.is_set() || chooses(&b.left) || chooses(&b.right)
        }
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => chooses(expr),
    }
}

/// Adds to what a rule found those of its alerts that are to be kept although nothing was found of them, and notes in those that
/// recovered what their value is. The data is looked at `offset_ms` earlier.
pub(crate) fn account_for_missing(
    rule: &Rule,
    alerting: &Alerting,
    env: &Environment,
    (t_ms, offset_ms): (i64, i64),
    found: &mut Vec<Found>,
) {
    let Some(missing) = &alerting.missing else { return };
    let gone = gone(&mut rule.state().active, found);
    if gone.is_empty() {
        return;
    }
    let samples = match vector(env, &missing.subject, Arc::clone(&missing.text), t_ms - offset_ms) {
        Ok(samples) => samples,
        Err(error) => {
            tracing::warn!(rule = %rule.name, query = %missing.text, %error, "cannot tell whether alerts recovered or have no data");
            return;
        }
    };
    // Texts are expanded, which may query, before the alerts are locked.
    let fates = fates(rule, alerting, env, gone, &samples, t_ms);
    settle(&rule.name, missing, &mut rule.state().active, fates, t_ms, found);
}

/// As [`account_for_missing`], for alerts that are gone through again: `active` are those of the past, and `samples` returns what the
/// subject was at `t_ms`.
///
/// # Errors
/// A subject that cannot be evaluated.
pub(crate) fn account_in_past(
    rule: &Rule,
    alerting: &Alerting,
    env: &Environment,
    (active, t_ms): (&mut BTreeMap<Labels, Alert>, i64),
    found: &mut Vec<Found>,
    samples: impl FnOnce(&Missing) -> Result<Vec<Sample>, String>,
) -> Result<(), String> {
    let Some(missing) = &alerting.missing else { return Ok(()) };
    let gone = gone(active, found);
    if !gone.is_empty() {
        let fates = fates(rule, alerting, env, gone, &samples(missing)?, t_ms);
        settle(&rule.name, missing, active, fates, t_ms, found);
    }
    Ok(())
}

/// Returns the alerts that fire and were not found, and forgets about the others that they had no data.
fn gone(active: &mut BTreeMap<Labels, Alert>, found: &[Found]) -> Vec<Labels> {
    let present: std::collections::HashSet<&Labels> = found.iter().map(|one| &one.labels).collect();
    let mut gone = Vec::new();
    for (labels, alert) in active {
        if present.contains(labels) {
            alert.no_data_since_ms = None;
        } else if alert.state == AlertState::Firing && labels.get(LABEL) != "true" {
            gone.push(labels.clone());
        }
    }
    gone
}

/// Why an alert was not found.
enum Fate {
    /// The trouble has ended; the text of the resolved message, if the rule has one.
    Recovered(Option<String>),
    /// Its series is gone.
    Missing,
}

fn fates(
    rule: &Rule,
    alerting: &Alerting,
    env: &Environment,
    gone: Vec<Labels>,
    samples: &[Sample],
    t_ms: i64,
) -> Vec<(Labels, Fate)> {
    let mut index = Index::new(samples);
    let tells_value = alerting.missing.as_ref().is_some_and(|missing| missing.tells_value);
    let fate = |labels: Labels| {
        let own = labels.filtered(|name| name != ALERT_NAME && !rule.labels.has(name));
        let fate = index.find(&own).map_or(Fate::Missing, |sample| {
            let text =
                || rule.found(alerting, sample.clone(), env, t_ms).annotations.get(RESOLVED).to_owned();
            Fate::Recovered(tells_value.then(text))
        });
        (labels, fate)
    };
    gone.into_iter().map(fate).collect()
}

/// Notes what became of alerts, and adds those to what was found that are to be kept.
fn settle(
    name: &str,
    missing: &Missing,
    active: &mut BTreeMap<Labels, Alert>,
    fates: Vec<(Labels, Fate)>,
    t_ms: i64,
    found: &mut Vec<Found>,
) {
    for (labels, fate) in fates {
        let Some(alert) = active.get_mut(&labels) else { continue };
        match fate {
            Fate::Recovered(None) => {}
            Fate::Recovered(Some(text)) => {
                alert.no_data_since_ms = None;
                let mut annotations = alert.annotations.builder();
                annotations.set(RESOLVED, text.as_str());
                alert.annotations = annotations.labels();
            }
            Fate::Missing => found.extend(kept(name, missing, alert, t_ms)),
        }
    }
}

/// The alert as it was, if it is to be kept, and the one that says that there is no data.
fn kept(name: &str, missing: &Missing, alert: &mut Alert, t_ms: i64) -> Vec<Found> {
    let (time, notify) = match missing.policy {
        NoData::Resolve => return Vec::new(),
        NoData::Keep(time) => (time, false),
        NoData::Notify(time) => (time, true),
    };
    let since_ms = *alert.no_data_since_ms.get_or_insert(t_ms);
    if i128::from(t_ms) - i128::from(since_ms) >= time.as_millis() as i128 {
        return Vec::new();
    }
    let as_it_was =
        Found { labels: alert.labels.clone(), annotations: alert.annotations.clone(), value: alert.value };
    if !notify {
        return vec![as_it_was];
    }
    let mut second = alert.labels.builder();
    second.set(LABEL, "true");
    let summary =
        format!("No data for {name}: whether it still holds is not known, so the alert stays open.");
    let second = Found {
        labels: second.labels(),
        annotations: Labels::from_pairs([("summary", summary.as_str())]),
        value: alert.value,
    };
    vec![as_it_was, second]
}

/// Samples by those of their labels that alerts have: a comparison with `on (…)` keeps fewer than its subject.
struct Index<'a> {
    samples: &'a [Sample],
    by_names: HashMap<Vec<String>, HashMap<Labels, usize>>,
}

impl<'a> Index<'a> {
    fn new(samples: &'a [Sample]) -> Index<'a> {
        Index { samples, by_names: HashMap::new() }
    }

    /// Finds a sample that has all these labels.
    fn find(&mut self, labels: &Labels) -> Option<&'a Sample> {
        let names: Vec<String> = labels.iter().map(|(name, _)| name.to_owned()).collect();
        let samples = self.samples;
        let by_labels = self.by_names.entry(names).or_insert_with_key(|names| {
            samples.iter().enumerate().map(|(i, sample)| (sample.labels.keep(names), i)).collect()
        });
        by_labels.get(labels).and_then(|i| samples.get(*i))
    }
}

#[cfg(test)]
mod tests;
