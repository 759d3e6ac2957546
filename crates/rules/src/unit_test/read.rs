//! From YAML to tests.

use std::path::Path;
use std::time::Duration;

use model::Labels;
use yaml::{Fields, Problems, Value};

use super::{AlertTest, ExpectedSample, ExprTest, TestFile, TestGroup};

const EVALUATION_INTERVAL_DEFAULT: Duration = Duration::from_secs(60);

pub(super) fn read(text: &str, file: &str) -> Result<TestFile, Problems> {
    yaml::read_document(text, file, Path::new(""), read_file).map(|(file, _)| file)
}

fn read_file(value: &Value<'_>) -> Option<TestFile> {
    value.fields(|f| {
        let interval = f.optional("evaluation_interval").filter(|d: &Duration| !d.is_zero());
        let order: Vec<String> = f.or_default("group_eval_order");
        for (i, name) in order.iter().enumerate() {
            if order[..i].contains(name) {
                f.problem("group_eval_order", format!("group name repeated in evaluation order: {name}"));
            }
        }
        Some(TestFile {
            rule_files: f.or_default("rule_files"),
            evaluation_interval: interval.unwrap_or(EVALUATION_INTERVAL_DEFAULT),
            group_eval_order: order,
            tests: list(f, "tests", read_group),
            fuzzy_compare: f.or_default("fuzzy_compare"),
        })
    })
}

fn list<T>(f: &Fields<'_>, name: &'static str, read: impl Fn(&Value<'_>) -> Option<T>) -> Vec<T> {
    f.get(name).and_then(|v| v.items()).unwrap_or_default().iter().filter_map(read).collect()
}

fn read_group(value: &Value<'_>) -> Option<TestGroup> {
    value.fields(|f| {
        Some(TestGroup {
            name: f.or_default("name"),
            interval: f.optional("interval").filter(|d: &Duration| !d.is_zero()),
            input_series: list(f, "input_series", |v| {
                v.fields(|f| Some((f.or_default("series"), f.or_default("values"))))
            }),
            alert_rule_tests: list(f, "alert_rule_test", read_alert_test),
            promql_expr_tests: list(f, "promql_expr_test", read_expr_test),
            external_labels: f.or_default("external_labels"),
            external_url: f.or_default("external_url"),
            start_ms: f.get("start_timestamp").and_then(|v| read_time(&v)).unwrap_or(0),
        })
    })
}

/// Seconds since the epoch, or RFC 3339.
fn read_time(value: &Value<'_>) -> Option<i64> {
    let text = value.text()?;
    if let Some(seconds) = model::number::parse_float_in_range(text).filter(|s| s.is_finite()) {
        return Some((seconds * 1000.0).round() as i64);
    }
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => Some(time.as_millisecond()),
        Err(_) => {
            value.problem(format!("cannot parse {} to a valid timestamp", model::number::quote(text)));
            None
        }
    }
}

fn read_alert_test(value: &Value<'_>) -> Option<AlertTest> {
    value.fields(|f| {
        Some(AlertTest {
            eval_time: f.or_default("eval_time"),
            alertname: f.or_default("alertname"),
            exp_alerts: list(f, "exp_alerts", |v| {
                v.fields(|f| {
                    let labels: Labels = f.or_default("exp_labels");
                    Some((labels, f.or_default("exp_annotations")))
                })
            }),
        })
    })
}

fn read_expr_test(value: &Value<'_>) -> Option<ExprTest> {
    value.fields(|f| {
        Some(ExprTest {
            expr: f.or_default("expr"),
            eval_time: f.or_default("eval_time"),
            exp_samples: list(f, "exp_samples", |v| {
                v.fields(|f| {
                    Some(ExpectedSample {
                        labels: f.or_default("labels"),
                        value: f.or_default("value"),
                        histogram: f.or_default("histogram"),
                    })
                })
            }),
        })
    })
}
