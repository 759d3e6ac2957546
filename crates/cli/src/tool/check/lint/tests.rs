//! One family each, and what is wrong with it. Whole bodies are compared with promtool in `tests/tool_check.rs`.

use super::*;

#[test]
fn each_habit_has_its_words() {
    use MetricType::{Counter, Gauge, Histogram, Summary, Unknown};
    let label = |name: &str| Labels::from_pairs([(name, "x")]);
    for (name, kind, labels, want) in [
        ("a_seconds", Gauge, Labels::empty(), ""),
        ("a_seconds", Counter, Labels::empty(), "counter metrics should have \"_total\" suffix"),
        ("a_total", Gauge, Labels::empty(), "non-counter metrics should not have \"_total\" suffix"),
        ("a_total", Unknown, label("le"), ""),
        ("a_milliseconds", Gauge, Labels::empty(), "use base unit \"seconds\" instead of \"milliseconds\""),
        ("thermometers", Gauge, Labels::empty(), ""),
        ("a_bucket", Gauge, Labels::empty(), "non-histogram metrics should not have \"_bucket\" suffix"),
        (
            "a_sum",
            Gauge,
            Labels::empty(),
            "non-histogram and non-summary metrics should not have \"_sum\" suffix",
        ),
        ("a_count", Summary, Labels::empty(), ""),
        ("a", Gauge, label("le"), "non-histogram metrics should not have \"le\" label"),
        ("a", Histogram, label("quantile"), "non-summary metrics should not have \"quantile\" label"),
        ("a_gauge", Gauge, Labels::empty(), "metric name should not include type 'gauge'"),
        ("a_gauge", Summary, Labels::empty(), ""),
        ("a:b", Gauge, Labels::empty(), "metric names should not contain ':'"),
        ("aB", Gauge, Labels::empty(), "metric names should be written in 'snake_case' not 'camelCase'"),
        ("a", Gauge, label("someLabel"), "label names should be written in 'snake_case' not 'camelCase'"),
        ("a_ms_max", Gauge, Labels::empty(), "metric names should not contain abbreviated units"),
    ] {
        let mut family = Family::new(name);
        family.kind = kind;
        family.help = Some("help".to_owned());
        family.metrics.insert(labels, 0);
        let families = [family];
        let found: Vec<String> = problems(&families).into_iter().map(|(_, problem)| problem).collect();
        assert_eq!(found.join("\n"), want, "{name}");
    }
    assert_eq!(problems(&[Family::new("a")]), [("a", "no help text".to_owned())]);
}
