//! `/status/self_metrics`: the own metrics as JSON, in protobuf's mapping of the client model.
//!
//! In that mapping 64-bit integers are texts, and numbers that JSON has no word for are `"NaN"` and `"Infinity"`.

use std::sync::Arc;

use axum::extract::State;
use exposition::{Metric, MetricFamily, MetricValue};
use model::{MetricType, Regex};
use serde_json::{Map, Value, json};

use crate::answer::{self, Answer};
use crate::error::ApiError;
use crate::form::Form;
use crate::router::App;

/// All families, or those whose whole name matches `metric_name_pattern`.
pub async fn list(State(app): State<Arc<App>>, form: Form) -> Answer {
    let filter = match form.value("metric_name_pattern") {
        "" => None,
        pattern => Some(
            Regex::anchored(pattern)
                .map_err(|e| ApiError::bad_data(format!("invalid metric_name_pattern: {e}")))?,
        ),
    };
    let families = app.parts.registry.gather();
    let wanted = families.iter().filter(|f| filter.as_ref().is_none_or(|regex| regex.is_match(&f.name)));
    answer::data(&wanted.map(family).collect::<Vec<_>>())
}

fn family(family: &MetricFamily) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), family.name.as_str().into());
    out.insert("help".into(), family.help.as_str().into());
    out.insert("type".into(), type_name(family.kind).into());
    out.insert("metric".into(), family.metrics.iter().map(|m| metric(m, family.kind)).collect());
    Value::Object(out)
}

/// Types that the client model lacks are untyped there.
fn type_name(kind: MetricType) -> &'static str {
    match kind {
        MetricType::Counter => "COUNTER",
        MetricType::Gauge => "GAUGE",
        MetricType::Summary => "SUMMARY",
        MetricType::Histogram => "HISTOGRAM",
        MetricType::GaugeHistogram => "GAUGE_HISTOGRAM",
        MetricType::Unknown | MetricType::Info | MetricType::StateSet => "UNTYPED",
    }
}

fn metric(metric: &Metric, kind: MetricType) -> Value {
    let mut out = Map::new();
    if !metric.labels.is_empty() {
        let pairs = metric.labels.iter().map(|(name, value)| json!({ "name": name, "value": value }));
        out.insert("label".into(), pairs.collect());
    }
    let (field, value) = match &metric.value {
        MetricValue::Number(v, _) => {
            let field = match type_name(kind) {
                "COUNTER" => "counter",
                "GAUGE" => "gauge",
                _other => "untyped",
            };
            (field, json!({ "value": number(*v) }))
        }
        MetricValue::Summary { quantiles, sum, count } => {
            let quantiles: Vec<Value> = quantiles
                .iter()
                .map(|(q, v)| json!({ "quantile": number(*q), "value": number(*v) }))
                .collect();
            let mut summary = json!({ "sampleCount": integer(*count), "sampleSum": number(*sum) });
            set_unless_empty(&mut summary, "quantile", quantiles);
            ("summary", summary)
        }
        MetricValue::Histogram { buckets, sum, count, .. } => {
            let buckets: Vec<Value> = buckets
                .iter()
                .map(|(bound, n, _)| json!({ "cumulativeCount": integer(*n), "upperBound": number(*bound) }))
                .collect();
            let mut histogram = json!({ "sampleCount": integer(*count), "sampleSum": number(*sum) });
            set_unless_empty(&mut histogram, "bucket", buckets);
            ("histogram", histogram)
        }
    };
    out.insert(field.into(), value);
    if let Some(t) = metric.timestamp_ms {
        out.insert("timestampMs".into(), t.to_string().into());
    }
    Value::Object(out)
}

fn set_unless_empty(object: &mut Value, name: &str, list: Vec<Value>) {
    if let (Some(object), false) = (object.as_object_mut(), list.is_empty()) {
        object.insert(name.into(), list.into());
    }
}

/// A count as text.
fn integer(n: f64) -> String {
    format!("{n:.0}")
}

/// A float: whole numbers are written without a point.
fn number(v: f64) -> Value {
    /// Below this, every whole number is a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match v {
        v if v.is_nan() => "NaN".into(),
        v if v == f64::INFINITY => "Infinity".into(),
        v if v == f64::NEG_INFINITY => "-Infinity".into(),
        v if v.fract() == 0.0 && v.abs() < EXACT => (v as i64).into(),
        v => v.into(),
    }
}

#[cfg(test)]
mod tests {
    use model::Labels;

    use super::*;

    fn shown(kind: MetricType, value: MetricValue) -> String {
        let labels = Labels::from_pairs([("a", "b")]);
        let metric = Metric { labels, value, timestamp_ms: None, start_ms: None, blank_labels: &[] };
        let of = MetricFamily {
            name: "m".into(),
            help: "H.".into(),
            kind,
            unit: String::new(),
            metrics: vec![metric],
        };
        family(&of).to_string()
    }

    #[test]
    fn families_look_as_protobuf_s_json() {
        let start = |kind: &str| {
            format!(
                r#"{{"name":"m","help":"H.","type":"{kind}","metric":[{{"label":[{{"name":"a","value":"b"}}],"#
            )
        };
        for (kind, value, want) in [
            (MetricType::Counter, MetricValue::Number(3.0, None), r#"COUNTER|"counter":{"value":3}}]}"#),
            (MetricType::Gauge, MetricValue::Number(f64::NAN, None), r#"GAUGE|"gauge":{"value":"NaN"}}]}"#),
            (MetricType::Info, MetricValue::Number(0.25, None), r#"UNTYPED|"untyped":{"value":0.25}}]}"#),
            (
                MetricType::Summary,
                MetricValue::Summary { quantiles: vec![(0.5, f64::INFINITY)], sum: 1.5, count: 2.0 },
                r#"SUMMARY|"summary":{"sampleCount":"2","sampleSum":1.5,"quantile":[{"quantile":0.5,"value":"Infinity"}]}}]}"#,
            ),
            (
                MetricType::Histogram,
                MetricValue::Histogram {
                    buckets: vec![(1.0, 2.0, None)],
                    sum: 4.0,
                    count: 3.0,
                    native: None,
                },
                r#"HISTOGRAM|"histogram":{"sampleCount":"3","sampleSum":4,"bucket":[{"cumulativeCount":"2","upperBound":1}]}}]}"#,
            ),
        ] {
            let (word, rest) = want.split_once('|').unwrap();
            assert_eq!(shown(kind, value), start(word) + rest);
        }
    }
}
