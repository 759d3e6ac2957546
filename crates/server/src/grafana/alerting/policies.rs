//! Routes and time intervals of `alertmanager.yml` as Grafana's notification policies and mute timings.

use alerting::matchers::{Syntax, parse_one};
use serde_json::{Map, Value, json};

/// Deepest route that is shown.
const DEPTH_MAX: usize = 50;
/// Fields that both have, under one name.
const SAME: [&str; 8] = [
    "receiver",
    "group_by",
    "continue",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "mute_time_intervals",
    "active_time_intervals",
];

/// The tree of policies.
pub fn tree(config: &Value) -> Value {
    let mut tree = policy(&config["route"], 0);
    tree["provenance"] = "file".into();
    tree
}

fn policy(route: &Value, depth: usize) -> Value {
    let mut shown = Map::new();
    for name in SAME {
        if !route[name].is_null() {
            shown.insert(name.to_owned(), route[name].clone());
        }
    }
    let matchers = matchers(route);
    if !matchers.is_empty() {
        shown.insert("object_matchers".to_owned(), matchers.into());
    }
    let routes = route["routes"].as_array().filter(|routes| !routes.is_empty() && depth < DEPTH_MAX);
    if let Some(routes) = routes {
        let below: Vec<Value> = routes.iter().map(|route| policy(route, depth + 1)).collect();
        shown.insert("routes".to_owned(), below.into());
    }
    Value::Object(shown)
}

/// Matchers in all their spellings, as name, operator and value.
fn matchers(route: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for (list, operator) in [("match", "="), ("match_re", "=~")] {
        for (name, value) in route[list].as_object().into_iter().flatten() {
            all.push(json!([name, operator, text(value)]));
        }
    }
    for matcher in route["matchers"].as_array().into_iter().flatten() {
        if let Ok(parsed) = parse_one(&text(matcher), Syntax::default()) {
            let matcher = parsed.value;
            all.push(json!([matcher.name(), matcher.op().as_str(), matcher.value()]));
        }
    }
    all
}

/// Time intervals, under both of their names.
pub fn mute_timings(config: &Value) -> Vec<Value> {
    let lists = ["time_intervals", "mute_time_intervals"];
    let all = lists.into_iter().flat_map(|list| config[list].as_array().into_iter().flatten());
    all.map(|interval| {
        json!({
            "name": interval["name"], "time_intervals": interval["time_intervals"], "provenance": "file", "version": "",
        })
    })
    .collect()
}
