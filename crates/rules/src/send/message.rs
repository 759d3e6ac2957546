//! Alerts as version 2 of the Alertmanager's API takes them.

use model::Labels;
use serde_json::{Map, Value, json};

use crate::environment::Notification;

/// The body of a request.
pub(super) fn body(alerts: &[Notification]) -> Vec<u8> {
    let alerts: Vec<Value> = alerts
        .iter()
        .map(|alert| {
            json!({
                "annotations": object(&alert.annotations),
                "endsAt": time(alert.ends_at_ms),
                "startsAt": time(alert.starts_at_ms),
                "generatorURL": alert.generator_url,
                "labels": object(&alert.labels),
            })
        })
        .collect();
    Value::Array(alerts).to_string().into_bytes()
}

fn object(labels: &Labels) -> Value {
    let pairs = labels.iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// RFC 3339 with milliseconds.
fn time(t_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(t_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_look_as_prometheus_writes_them() {
        let alert = Notification {
            labels: Labels::from_pairs([("alertname", "A"), ("x", "\"q\"")]),
            annotations: Labels::from_pairs([("summary", "한글")]),
            starts_at_ms: 1_353_755_652_007,
            ends_at_ms: 1_353_755_712_000,
            generator_url: "http://p/graph?g0.expr=up&g0.tab=1".to_owned(),
        };
        assert_eq!(
            String::from_utf8(body(&[alert])).unwrap(),
            r#"[{"annotations":{"summary":"한글"},"endsAt":"2012-11-24T11:15:12.000Z","startsAt":"2012-11-24T11:14:12.007Z","generatorURL":"http://p/graph?g0.expr=up&g0.tab=1","labels":{"alertname":"A","x":"\"q\""}}]"#
        );
    }
}
