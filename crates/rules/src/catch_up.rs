//! After a restart: evaluations of recording rules that were missed meanwhile are done in order, so that what was recorded has no hole
//! where there is data.
//!
//! Which slot was the last is told by the recorded series themselves. Only recording rules are caught up: what an alert would have
//! done in the past must not be told as if it were now, and since when it is active is restored by itself.

use model::Matcher;
use model::labels::METRIC_NAME;
use model::value::is_stale;
use storage::{Samples, SelectError, SelectRequest, TimeRange};

use crate::environment::Environment;
use crate::group::Group;
use crate::rule::Rule;

/// The longest hole that is filled. What is older the storage would refuse, as it is behind what was scraped since.
pub(crate) const HOLE_MAX_MS: i64 = 50 * 60 * 1000;
/// Most slots that are evaluated for one group: a hole of 50 minutes at 5 seconds.
const SLOTS_MAX: usize = 600;
/// Series of a rule that are looked at: all of a rule are written together.
const SERIES_MAX: usize = 50;

/// The slots, in nanoseconds, that the group missed before `next_ns`, the first that it will be evaluated for.
pub(crate) fn missed(group: &Group, env: &Environment, next_ns: i64) -> Vec<i64> {
    let slots = group.slots();
    let offset_ms = group.query_offset(env).as_millis() as i64;
    let next_ms = next_ns.div_euclid(1_000_000);
    let range = TimeRange { min_ms: next_ms - offset_ms - HOLE_MAX_MS, max_ms: next_ms - offset_ms };
    let mut last_ms = None;
    for rule in group.rules.iter().filter(|rule| rule.alerting().is_none()) {
        match last_sample(rule, env, range) {
            Ok(found) => last_ms = last_ms.max(found),
            Err(error) => {
                tracing::warn!(group = %group.name, rule = %rule.name, %error, "cannot tell when a rule was last evaluated");
                return Vec::new();
            }
        }
    }
    let Some(last_ms) = last_ms else { return Vec::new() };
    // The slot of the last sample: slots have nanoseconds, samples milliseconds.
    let last_ns = slots.at_or_before((last_ms + offset_ms + 1).saturating_mul(1_000_000));
    let mut missed = Vec::new();
    let mut slot = slots.after(last_ns);
    while slot < next_ns && missed.len() < SLOTS_MAX {
        missed.push(slot);
        slot = slots.after(slot);
    }
    missed
}

/// When the rule last wrote something, in milliseconds; `None` if that is long ago or its series were ended.
fn last_sample(rule: &Rule, env: &Environment, range: TimeRange) -> Result<Option<i64>, SelectError> {
    let mut matchers = vec![Matcher::equal(METRIC_NAME, rule.name.as_str())];
    matchers.extend(rule.labels.iter().map(|(name, value)| Matcher::equal(name, value)));
    let view = env.data.view(range)?;
    let request = SelectRequest { cancel: env.cancel.clone(), ..SelectRequest::new(&matchers, range) };
    let set = view.select(&request)?;
    let mut last = None;
    for i in 0..set.len().min(SERIES_MAX) {
        let mut samples = Samples::default();
        set.read(i, range, &mut samples)?;
        if let (Some(t), Some(v)) = (samples.t.last(), samples.v.last())
            && !is_stale(*v)
        {
            last = last.max(Some(*t));
        }
    }
    Ok(last)
}

/// Evaluates the recording rules of a group for one missed slot.
pub(crate) fn evaluate(group: &Group, env: &Environment, slot_ns: i64, now_ms: i64) {
    group.evaluate_rules(env, slot_ns.div_euclid(1_000_000), now_ms, &|rule| rule.alerting().is_none());
    env.metrics.caught_up.inc();
}
