//! One step of an alerting rule: from the series that its expression found to the new state of its alerts.
//!
//! Source: Prometheus 3.14 `rules/alerting.go`.
//!
//! Invariants: 1. Alerts of a rule differ in their labels.  2. A step that fails changes nothing, but for one over the limit, which
//! forgets all alerts, as in Prometheus.

use std::collections::{BTreeMap, BTreeSet};

use model::Labels;
use model::labels::METRIC_NAME;

use crate::alert::{Alert, AlertState};
use crate::environment::Change;

/// Name of the series that tell which alerts there are.
pub const ALERTS: &str = "ALERTS";
/// Name of the series that tell since when.
pub const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";
/// Label that names an alert's rule.
pub const ALERT_NAME: &str = "alertname";
/// Label that tells how far an alert has come.
const ALERT_STATE: &str = "alertstate";

/// How long an alert that ceased is kept and told, so that nobody misses that.
const RESOLVED_RETENTION_MS: i64 = 15 * 60 * 1000;

/// What decides about a rule's alerts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) name: &'a str,
    /// The rule's labels as written.
    pub(crate) labels: &'a Labels,
    pub(crate) hold_ms: i64,
    pub(crate) keep_firing_for_ms: i64,
    /// Most alerts; 0 for any number.
    pub(crate) limit: usize,
}

/// An alert that the expression found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) labels: Labels,
    pub(crate) annotations: Labels,
    pub(crate) value: f64,
}

/// What came of a step.
#[derive(Debug, Default)]
pub(crate) struct Stepped {
    /// The series to write, with their values.
    pub(crate) series: Vec<(Labels, f64)>,
    /// Alerts that came to another state.
    pub(crate) changes: Vec<Change>,
}

/// Takes what was found at `t_ms` into the alerts.
pub(crate) fn step(
    active: &mut BTreeMap<Labels, Alert>,
    found: Vec<Found>,
    t_ms: i64,
    terms: Terms<'_>,
) -> Result<Stepped, String> {
    let mut present = BTreeSet::new();
    for one in &found {
        if !present.insert(one.labels.clone()) {
            return Err(
                "vector contains metrics with the same labelset after applying alert labels".to_owned()
            );
        }
    }
    for one in found {
        match active.get_mut(&one.labels) {
            Some(known) if known.state != AlertState::Inactive => {
                known.value = one.value;
                known.annotations = one.annotations;
            }
            Some(_) | None => {
                let alert = Alert::pending(one.labels.clone(), one.annotations, one.value, t_ms);
                active.insert(one.labels, alert);
            }
        }
    }
    let Stepped { mut series, mut changes } = Stepped::default();
    let mut count = 0;
    active.retain(|labels, alert| {
        let begins = alert.state == AlertState::Pending && alert.active_at_ms == t_ms;
        let before = if begins { AlertState::Inactive } else { alert.state };
        let goes_on = advance(alert, present.contains(labels), t_ms, terms);
        let state = if goes_on == Progress::Forgotten { AlertState::Inactive } else { alert.state };
        if state != before {
            changes.push(Change { labels: labels.clone(), state, value: alert.value });
        }
        if goes_on == Progress::Active {
            count += 1;
            series.push((state_series(alert, terms), 1.0));
            series.push((since_series(alert, terms), alert.active_at_ms.div_euclid(1000) as f64));
        }
        goes_on != Progress::Forgotten
    });
    if terms.limit > 0 && count > terms.limit {
        active.clear();
        return Err(format!("exceeded limit of {} with {count} alerts", terms.limit));
    }
    Ok(Stepped { series, changes })
}

#[derive(PartialEq)]
enum Progress {
    /// Pending or firing.
    Active,
    /// Resolved, and still told.
    Resolved,
    Forgotten,
}

fn advance(alert: &mut Alert, present: bool, t_ms: i64, terms: Terms<'_>) -> Progress {
    if present {
        alert.keep_firing_since_ms = None;
    } else {
        let mut keeps_firing = false;
        if alert.state == AlertState::Firing && terms.keep_firing_for_ms > 0 {
            let since = *alert.keep_firing_since_ms.get_or_insert(t_ms);
            keeps_firing = t_ms - since < terms.keep_firing_for_ms;
        }
        let told_enough = alert.resolved_at_ms.is_some_and(|at| t_ms - at > RESOLVED_RETENTION_MS);
        if alert.state == AlertState::Pending || told_enough {
            return Progress::Forgotten;
        }
        if !keeps_firing {
            if alert.state != AlertState::Inactive {
                alert.state = AlertState::Inactive;
                alert.resolved_at_ms = Some(t_ms);
            }
            return Progress::Resolved;
        }
    }
    let held_ms = t_ms - alert.active_at_ms;
    match alert.state {
        AlertState::Pending if held_ms >= terms.hold_ms => {
            alert.state = AlertState::Firing;
            alert.fired_at_ms = Some(t_ms);
        }
        // The rule was changed to hold longer.
        AlertState::Firing if held_ms < terms.hold_ms => {
            alert.state = AlertState::Pending;
            alert.fired_at_ms = None;
            alert.last_sent_ms = None;
            alert.keep_firing_since_ms = None;
        }
        AlertState::Unknown | AlertState::Inactive | AlertState::Pending | AlertState::Firing => {}
    }
    Progress::Active
}

fn state_series(alert: &Alert, terms: Terms<'_>) -> Labels {
    let mut labels = series_base(alert, terms);
    labels.set(METRIC_NAME, ALERTS).set(ALERT_STATE, alert.state.as_str());
    labels.labels()
}

fn since_series(alert: &Alert, terms: Terms<'_>) -> Labels {
    let mut labels = series_base(alert, terms);
    labels.set(METRIC_NAME, ALERTS_FOR_STATE);
    labels.labels()
}

fn series_base(alert: &Alert, terms: Terms<'_>) -> model::LabelsBuilder {
    let mut labels = terms.labels.builder();
    for (name, value) in alert.labels.iter() {
        labels.set(name, value);
    }
    labels.set(ALERT_NAME, terms.name);
    labels
}

#[cfg(test)]
mod tests;
