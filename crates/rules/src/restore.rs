//! After a restart: `for` goes on where it was, told by the `ALERTS_FOR_STATE` series.
//!
//! Source: Prometheus 3.14 `rules/group.go` (`RestoreForState`).

use std::collections::HashMap;

use model::labels::METRIC_NAME;
use model::value::is_stale;
use model::{Labels, Matcher};
use storage::{Samples, SelectError, SelectRequest, TimeRange};

use crate::alerting::{ALERT_NAME, ALERTS_FOR_STATE};
use crate::environment::Environment;
use crate::group::Group;
use crate::rule::Rule;

/// What the last sample of an alert's series tells. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Last {
    /// When it was written: the server was up until about then.
    written_ms: i64,
    /// Since when the condition held.
    active_at_ms: i64,
}

/// Restores all alerts of a group at `now_ms`. Afterwards the group writes its `ALERTS` series.
pub(crate) fn restore(group: &Group, env: &Environment, now_ms: i64) {
    let began = env.clock.now();
    for rule in &group.rules {
        let Some(alerting) = rule.alerting() else { continue };
        let hold_ms = alerting.hold.as_millis() as i64;
        let grace_ms = env.for_grace_period.as_millis() as i64;
        // A rule that holds for less than the grace period would only be made to wait longer.
        if hold_ms >= grace_ms {
            match last_samples(rule, env, now_ms) {
                Ok(last) => apply(rule, &last, hold_ms, grace_ms, now_ms),
                // There is no second chance: the rule starts anew, and fires in the end.
                Err(error) => {
                    tracing::error!(alert = %rule.name, %error, "cannot restore since when alerts are active");
                }
            }
        }
        rule.state().restored = true;
    }
    let took = env.clock.now().saturating_sub(began).as_secs_f64();
    env.metrics.last_restore_duration.with(&[&group.key()]).set(took);
}

fn apply(rule: &Rule, last: &HashMap<Labels, Last>, hold_ms: i64, grace_ms: i64, now_ms: i64) {
    for alert in rule.state().active.values_mut() {
        if let Some(last) = last.get(&alert.labels) {
            alert.active_at_ms = restored(*last, hold_ms, grace_ms, now_ms);
        }
    }
}

/// Since when an alert counts as active.
fn restored(last: Last, hold_ms: i64, grace_ms: i64, now_ms: i64) -> i64 {
    let pending_ms = last.written_ms - last.active_at_ms;
    let remaining_ms = hold_ms - pending_ms;
    if remaining_ms <= 0 {
        // It was firing: it fires again at once.
        last.active_at_ms
    } else if remaining_ms < grace_ms {
        // It fires when the grace period is over.
        now_ms + grace_ms - hold_ms
    } else {
        // The outage does not count.
        last.active_at_ms + (now_ms - last.written_ms)
    }
}

fn last_samples(rule: &Rule, env: &Environment, now_ms: i64) -> Result<HashMap<Labels, Last>, SelectError> {
    let range = TimeRange { min_ms: now_ms - env.outage_tolerance.as_millis() as i64, max_ms: now_ms };
    let mut matchers =
        vec![Matcher::equal(METRIC_NAME, ALERTS_FOR_STATE), Matcher::equal(ALERT_NAME, rule.name.as_str())];
    // Labels that are templates have another value in each alert.
    let fixed = rule.labels.iter().filter(|(name, value)| *name != ALERT_NAME && !value.contains("{{"));
    matchers.extend(fixed.map(|(name, value)| Matcher::equal(name, value)));
    let view = env.data.view(range)?;
    let request = SelectRequest { cancel: env.cancel.clone(), ..SelectRequest::new(&matchers, range) };
    let set = view.select(&request)?;
    let mut found = HashMap::new();
    for i in 0..set.len() {
        let mut samples = Samples::default();
        set.read(i, range, &mut samples)?;
        let (Some(t), Some(v)) = (samples.t.last(), samples.v.last()) else { continue };
        if is_stale(*v) || !v.is_finite() {
            continue; // it was not active any more
        }
        // Whole seconds, as Prometheus counts here.
        let last =
            Last { written_ms: t.div_euclid(1000) * 1000, active_at_ms: (*v as i64).saturating_mul(1000) };
        found.insert(set.labels(i).without_name(), last);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    /// The cases of Prometheus's `TestForStateRestore`: `for` of 30 minutes, grace of 10, restart at minute 100.
    #[test]
    fn active_times_after_a_restart() {
        for (written, active_at, want) in [
            (95, 60, 60),            // had fired already
            (95, 65, 65),            // was just firing
            (95, 70, 100 + 10 - 30), // five minutes remained: the grace period is longer
            (95, 80, 85),            // fifteen remained: goes on where it was
            (60, 60, 100),           // had just begun
        ] {
            let last = Last { written_ms: written * MINUTE, active_at_ms: active_at * MINUTE };
            let found = restored(last, 30 * MINUTE, 10 * MINUTE, 100 * MINUTE);
            assert_eq!(found, want * MINUTE, "written {written}, active {active_at}");
        }
    }
}
