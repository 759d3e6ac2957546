//! Narrowing answers: what no parameter of a request can narrow.

use model::MatchOp;
use serde_json::{Value, json};

use super::Visible;

impl Visible {
    fn sees_object(&self, labels: &Value) -> bool {
        self.sees(|name| labels.get(name).and_then(Value::as_str).unwrap_or(""))
    }

    /// Tells whether a silence only touches what is seen: for each matcher of ours it names one value that ours allows.
    fn covers(&self, silence: &Value) -> bool {
        let matchers = silence["matchers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let exact = |name: &str| {
            matchers.iter().find_map(|m| {
                let is_exact = m["isRegex"] != json!(true) && m["isEqual"] != json!(false);
                (is_exact && m["name"] == name).then(|| m["value"].as_str()).flatten()
            })
        };
        self.0.iter().any(|list| {
            list.iter().all(|m| match (m.op, exact(&m.name)) {
                (_, Some(value)) => m.matches(value),
                (MatchOp::Equal | MatchOp::NotEqual | MatchOp::Regex | MatchOp::NotRegex, None) => false,
            })
        })
    }
}

/// Keeps the alerts of `/api/v1/alerts` that are seen.
pub fn alerts(visible: &Visible, answer: &mut Value) {
    if let Some(alerts) = answer["data"]["alerts"].as_array_mut() {
        alerts.retain(|alert| visible.sees_object(&alert["labels"]));
    }
}

/// Keeps the alerts of `/api/v2/alerts` that are seen.
pub fn routed_alerts(visible: &Visible, answer: &mut Value) {
    if let Some(alerts) = answer.as_array_mut() {
        alerts.retain(|alert| visible.sees_object(&alert["labels"]));
    }
}

/// Keeps the alerts of `/api/v2/alerts/groups` that are seen; groups without alerts go.
pub fn alert_groups(visible: &Visible, answer: &mut Value) {
    let Some(groups) = answer.as_array_mut() else { return };
    for group in groups.iter_mut() {
        routed_alerts(visible, &mut group["alerts"]);
    }
    groups.retain(|group| group["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty()));
}

/// Keeps the rules of `/api/v1/rules` that carry labels that are seen, or have alerts that are; groups without rules go.
pub fn rules(visible: &Visible, answer: &mut Value) {
    let Some(groups) = answer["data"]["groups"].as_array_mut() else { return };
    for group in groups.iter_mut() {
        let Some(rules) = group["rules"].as_array_mut() else { continue };
        for rule in rules.iter_mut() {
            if let Some(alerts) = rule["alerts"].as_array_mut() {
                alerts.retain(|alert| visible.sees_object(&alert["labels"]));
            }
        }
        rules.retain(|rule| {
            visible.sees_object(&rule["labels"]) || rule["alerts"].as_array().is_some_and(|a| !a.is_empty())
        });
    }
    groups.retain(|group| group["rules"].as_array().is_some_and(|rules| !rules.is_empty()));
}

/// Keeps the targets of `/api/v1/targets` that are seen.
pub fn targets(visible: &Visible, answer: &mut Value) {
    if let Some(targets) = answer["data"]["activeTargets"].as_array_mut() {
        targets.retain(|target| visible.sees_object(&target["labels"]));
    }
    if let Some(dropped) = answer["data"]["droppedTargets"].as_array_mut() {
        dropped.clear();
    }
}

/// Keeps the silences of `/api/v2/silences` that only touch what is seen.
pub fn silences(visible: &Visible, answer: &mut Value) {
    if let Some(silences) = answer.as_array_mut() {
        silences.retain(|silence| visible.covers(silence));
    }
}

/// Tells whether somebody may make, see or end a silence.
pub fn may_silence(visible: &Visible, silence: &Value) -> bool {
    visible.covers(silence)
}
