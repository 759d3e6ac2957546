use super::*;

fn advice(body: &str) -> Vec<String> {
    lint(body.as_bytes()).unwrap().into_iter().map(|p| format!("{} {}", p.metric, p.text)).collect()
}

#[test]
fn every_rule_speaks() {
    for (body, expected) in [
        ("# HELP x_bytes text\n# TYPE x_bytes gauge\nx_bytes 10\n", vec![]),
        ("# TYPE x_bytes gauge\nx_bytes 10\n", vec!["x_bytes no help text"]),
        // Metadata without samples are no metric.
        ("# TYPE xMinutes counter\n", vec![]),
        (
            "# HELP x_milliamperes t\nx_milliamperes 1\n",
            vec!["x_milliamperes use base unit \"amperes\" instead of \"milliamperes\""],
        ),
        ("# HELP x_bits t\nx_bits 1\n", vec!["x_bits use base unit \"bytes\" instead of \"bits\""]),
        (
            "# HELP x_gigabytes_total t\n# TYPE x_gigabytes_total counter\nx_gigabytes_total 1\n",
            vec!["x_gigabytes_total use base unit \"bytes\" instead of \"gigabytes\""],
        ),
        ("# HELP thermometers_degrees t\nthermometers_degrees 1\n", vec![]),
        ("# HELP c t\n# TYPE c counter\nc 1\n", vec!["c counter metrics should have \"_total\" suffix"]),
        (
            "# HELP c_total t\n# TYPE c_total gauge\nc_total 1\n",
            vec!["c_total non-counter metrics should not have \"_total\" suffix"],
        ),
        (
            "# HELP c_timestamp_seconds t\n# TYPE c_timestamp_seconds histogram\nc_timestamp_seconds_count 1\n",
            vec!["c_timestamp_seconds non-gauge metrics should not have \"_timestamp_seconds\" suffix"],
        ),
        (
            "# HELP x_bucket t\n# TYPE x_bucket gauge\nx_bucket 1\n",
            vec!["x_bucket non-histogram metrics should not have \"_bucket\" suffix"],
        ),
        (
            "# HELP x_count t\n# TYPE x_count gauge\nx_count 1\n",
            vec!["x_count non-histogram and non-summary metrics should not have \"_count\" suffix"],
        ),
        (
            "# HELP x_sum t\n# TYPE x_sum gauge\nx_sum 1\n",
            vec!["x_sum non-histogram and non-summary metrics should not have \"_sum\" suffix"],
        ),
        (
            "# HELP x t\n# TYPE x gauge\nx{le=\"1\"} 1\n",
            vec!["x non-histogram metrics should not have \"le\" label"],
        ),
        (
            "# HELP x t\n# TYPE x gauge\nx{quantile=\"1\"} 1\n",
            vec!["x non-summary metrics should not have \"quantile\" label"],
        ),
        (
            "# HELP x_gauge t\n# TYPE x_gauge gauge\nx_gauge 1\n",
            vec!["x_gauge metric name should not include type 'gauge'"],
        ),
        ("# HELP x_gauge t\nx_gauge 1\n", vec![]),
        ("# HELP a:b t\na:b 1\n", vec!["a:b metric names should not contain ':'"]),
        (
            "# HELP aB t\naB{cD=\"1\"} 1\n",
            vec![
                "aB label names should be written in 'snake_case' not 'camelCase'",
                "aB metric names should be written in 'snake_case' not 'camelCase'",
            ],
        ),
        ("# HELP x_ms t\nx_ms 1\n", vec!["x_ms metric names should not contain abbreviated units"]),
        ("# HELP ms_x t\nms_x 1\n", vec![]),
        ("# HELP x t\nx{a=\"1\"} 1\nx{a=\"2\"} 1\nx{a=\"1\"} 2\n", vec!["x metric not unique"]),
    ] {
        assert_eq!(advice(body), expected, "{body}");
    }
}

#[test]
fn histograms_and_summaries_are_one_metric_each() {
    let body = "# HELP h t\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n\
                # HELP s t\n# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1\n# HELP g t\ng 1\n";
    assert_eq!(advice(body), Vec::<String>::new());
    let count = |metric: &str, samples| Cardinality { metric: metric.to_owned(), samples };
    assert_eq!(cardinality(body.as_bytes()).unwrap(), [count("h", 4), count("s", 3), count("g", 1)]);
}

#[test]
fn a_broken_body_gives_no_advice() {
    assert_eq!(lint(b"x_ms 1\nx{\n").unwrap_err().place, crate::Place::Line(2));
}
