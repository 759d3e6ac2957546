//! `route`, with everything below it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::SignedDuration;
use yaml::{Fields, Value};

use super::matchers::{self, Names};
use crate::matchers::{Syntax, is_valid_name};
use crate::route::escalation::{self, Step};
use crate::route::{GroupBy, RouteConfig};
use crate::times::NamedIntervals;

const MATCHERS: Names = Names { matchers: "matchers", equal: "match", regex: "match_re" };

/// What routes may name.
pub(super) struct Context<'a> {
    pub(super) receivers: &'a [&'a str],
    pub(super) intervals: &'a BTreeMap<String, NamedIntervals>,
    pub(super) syntax: Syntax,
}

/// Reads the root, which every alert takes that takes no other.
pub(super) fn read_root(value: &Value<'_>, context: &Context<'_>) -> Option<RouteConfig> {
    let root = read(value, context)?;
    let quiet = !root.mute_time_intervals.is_empty();
    for (wrong, message) in [
        (root.receiver.is_none(), "root route must specify a default receiver"),
        (!root.matchers.0.is_empty(), "root route must not have any matchers"),
        (quiet, "root route must not have any mute time intervals"),
        (!root.active_time_intervals.is_empty(), "root route must not have any active time intervals"),
        (root.continues, "cannot have continue in root route"),
    ] {
        if wrong {
            value.problem(message);
        }
    }
    Some(root)
}

fn read(value: &Value<'_>, context: &Context<'_>) -> Option<RouteConfig> {
    value.fields(|f| {
        let children = f.get("routes").and_then(|v| v.items()).unwrap_or_default();
        Some(RouteConfig {
            receiver: receiver(f, context),
            group_by: group_by(f, context.syntax),
            matchers: matchers::read(f, MATCHERS, context.syntax),
            continues: f.or_default("continue"),
            group_wait: f.optional::<Duration>("group_wait").and_then(signed),
            group_interval: interval(f, "group_interval"),
            repeat_interval: interval(f, "repeat_interval"),
            mute_time_intervals: intervals(f, "mute_time_intervals", context),
            active_time_intervals: intervals(f, "active_time_intervals", context),
            labels: labels(f, context.syntax),
            escalation: escalation(f, context),
            routes: children.iter().filter_map(|child| read(child, context)).collect(),
        })
    })
}

fn receiver(f: &Fields<'_>, context: &Context<'_>) -> Option<String> {
    let name: String = f.optional("receiver")?;
    if name.is_empty() {
        return None;
    }
    if !context.receivers.contains(&name.as_str()) {
        f.problem("receiver", format!("undefined receiver {name:?} used in route"));
    }
    Some(name)
}

fn group_by(f: &Fields<'_>, syntax: Syntax) -> Option<GroupBy> {
    let list = f.get("group_by")?;
    let items = list.items()?;
    let (mut all, mut names) = (false, BTreeSet::new());
    for item in &items {
        if item.text() == Some("...") {
            all = true;
        } else if let Some(name) = matchers::label_name(item, syntax, "group_by list")
            && !names.insert(name.clone())
        {
            item.problem(format!("duplicated label {name:?} in group_by"));
        }
    }
    if all && !names.is_empty() {
        list.problem("cannot have wildcard group_by (`...`) and other labels at the same time");
    }
    Some(if all { GroupBy::All } else { GroupBy::Labels(names) })
}

fn interval(f: &Fields<'_>, field: &'static str) -> Option<SignedDuration> {
    let duration: Duration = f.optional(field)?;
    if duration.is_zero() {
        f.problem(field, format!("{field} cannot be zero"));
    }
    signed(duration)
}

fn signed(duration: Duration) -> Option<SignedDuration> {
    SignedDuration::try_from(duration).ok()
}

fn intervals(f: &Fields<'_>, field: &'static str, context: &Context<'_>) -> Vec<String> {
    let names: Vec<String> = f.or_default(field);
    for name in names.iter().filter(|name| !context.intervals.contains_key(*name)) {
        f.problem(field, format!("undefined time interval {name:?} used in route"));
    }
    names
}

/// Reads who is told besides if nobody answers, from a label of the route.
fn escalation(f: &Fields<'_>, context: &Context<'_>) -> Option<Vec<Step>> {
    let entries = f.get("labels").and_then(|v| v.entries()).unwrap_or_default();
    let (_, value) = entries.into_iter().find(|(name, _)| *name == escalation::LABEL)?;
    match escalation::parse(value.text()?) {
        Ok(steps) => {
            for step in steps.iter().filter(|step| !context.receivers.contains(&step.receiver.as_str())) {
                value.problem(format!(
                    "undefined receiver {:?} used in {}",
                    step.receiver,
                    escalation::LABEL
                ));
            }
            Some(steps)
        }
        Err(error) => {
            value.problem(error);
            None
        }
    }
}

fn labels(f: &Fields<'_>, syntax: Syntax) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for (name, value) in f.get("labels").and_then(|v| v.entries()).unwrap_or_default() {
        if !is_valid_name(name, syntax) {
            value.problem(format!("invalid label name {name:?} in route labels"));
        }
        if let Some(text) = value.text() {
            labels.insert(name.to_owned(), text.to_owned());
        }
    }
    labels
}
