//! Receivers of `alertmanager.yml` as Grafana's contact points.

use serde_json::{Map, Value, json};

use super::rules::uid;

/// What Grafana calls a kind of receiver, where it is not the name of its list without `_configs`.
const KINDS: [(&str, &str); 3] = [("msteams", "teams"), ("msteamsv2", "teams"), ("wechat", "wecom")];

/// All contact points: one for each integration of each receiver.
pub fn of(config: &Value) -> Vec<Value> {
    let receivers = config["receivers"].as_array().into_iter().flatten();
    receivers.flat_map(of_receiver).collect()
}

fn of_receiver(receiver: &Value) -> Vec<Value> {
    let name = receiver["name"].as_str().unwrap_or("");
    let lists = receiver.as_object().into_iter().flatten();
    let integrations =
        lists.filter_map(|(list, all)| Some((list.strip_suffix("_configs")?, all.as_array()?)));
    let one = |kind: &str, at: usize, settings: &Value| {
        let shown = KINDS.iter().find(|(ours, _)| *ours == kind).map_or(kind, |(_, grafanas)| *grafanas);
        let settings: Map<String, Value> =
            settings.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), masked(v))).collect();
        let resolved = settings.get("send_resolved").and_then(Value::as_bool).unwrap_or(true);
        json!({
            "uid": uid(&[name, kind, &at.to_string()]), "name": name, "type": shown, "settings": settings,
            "disableResolveMessage": !resolved, "provenance": "file",
        })
    };
    integrations.flat_map(|(kind, all)| all.iter().enumerate().map(move |(at, s)| one(kind, at, s))).collect()
}

/// What is hidden reads as in Grafana.
fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) if text == "<secret>" => "[REDACTED]".into(),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), masked(v))).collect()),
        Value::Array(list) => list.iter().map(masked).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}
