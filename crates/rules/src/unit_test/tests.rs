use std::path::PathBuf;

use super::{Options, TestFile, coverage, run};
use crate::file::{self, RuleFile};

const RULES: &str = r#"
groups:
- name: a
  rules:
  - alert: InstanceDown
    expr: up == 0
    for: 5m
    labels: {severity: page}
    annotations: {summary: "{{ $labels.instance }} of {{ $externalLabels.dc }} is down"}
  - record: job:up:count
    expr: count by (job) (up)
  - record: unused
    expr: vector(time())
  - record: double
    expr: job:up:count * 2
"#;

fn failures(test: &str) -> Vec<String> {
    failures_of(test, RULES)
}

fn failures_of(test: &str, rules: &str) -> Vec<String> {
    let file = TestFile::parse(test, "t.yml").unwrap();
    let rules = RuleFile::parse(rules, &file::Options::default()).unwrap();
    let rules = [(PathBuf::from("r.yml"), rules)];
    file.tests.iter().flat_map(|group| run(&file, group, &rules, &Options::default()).failures).collect()
}

const INPUT: &str = r#"
tests:
- interval: 1m
  external_labels: {dc: x}
  input_series:
  - series: up{job="j",instance="i"}
    values: 0x10
  - series: up{job="j",instance="k"}
    values: 1+0x4 _x3 1 stale
"#;

#[test]
fn alerts_and_expressions_pass() {
    let test = format!(
        r#"{INPUT}
  alert_rule_test:
  - eval_time: 10m
    alertname: InstanceDown
    exp_alerts:
    - exp_labels: {{severity: page, instance: i, job: j}}
      exp_annotations: {{summary: i of x is down}}
  - eval_time: 4m
    alertname: InstanceDown
  promql_expr_test:
  - expr: job:up:count
    eval_time: 4m
    exp_samples: [{{labels: 'job:up:count{{job="j"}}', value: 2}}]
  - expr: double > 100
    eval_time: 4m
  - expr: 1 + 1
    eval_time: 0s
    exp_samples: [{{value: 2}}]
  - expr: ALERTS
    eval_time: 10m
    exp_samples:
    - {{labels: 'ALERTS{{alertname="InstanceDown",alertstate="firing",instance="i",job="j",severity="page"}}', value: 1}}
"#
    );
    assert_eq!(failures(&test), Vec::<String>::new());
}

#[test]
fn failures_print_as_promtools() {
    let test = format!(
        r#"{INPUT}
  name: mine
  alert_rule_test:
  - eval_time: 10m
    alertname: InstanceDown
    exp_alerts:
    - exp_labels: {{severity: page}}
  promql_expr_test:
  - expr: up
    eval_time: 4m
    exp_samples: [{{labels: 'up{{job="j"}}', value: 0.25}}]
  - expr: up{{job="none"}}
    eval_time: 4m
    exp_samples: [{{labels: up, value: 12}}]
  - expr: sum(
    eval_time: 4m
"#
    );
    let found = failures(&test);
    assert_eq!(
        found[0],
        "    name: mine,\n    alertname: InstanceDown, time: 10m, \n        \
         exp:[\n            0:\n              Labels:{alertname=\"InstanceDown\", severity=\"page\"}\n              Annotations:{}\n            ], \n        \
         got:[\n            0:\n              Labels:{alertname=\"InstanceDown\", instance=\"i\", job=\"j\", severity=\"page\"}\n              Annotations:{summary=\"i of x is down\"}\n            ]"
    );
    assert_eq!(
        found[1],
        "    expr: \"up\", time: 4m,\n        exp: {__name__=\"up\", job=\"j\"} 2.5E-01\n        \
         got: {__name__=\"up\", instance=\"i\", job=\"j\"} 0E+00, {__name__=\"up\", instance=\"k\", job=\"j\"} 1E+00"
    );
    assert_eq!(
        found[2],
        "    expr: \"up{job=\\\"none\\\"}\", time: 4m,\n        exp: {__name__=\"up\"} 1.2E+01\n        got: nil"
    );
    assert!(found[3].starts_with("    expr: \"sum(\", time: 4m, err: 1:5: parse error:"), "{}", found[3]);
}

#[test]
fn rules_that_fail_end_a_test() {
    let rules = "groups:\n- name: g\n  rules:\n  - record: a\n    expr: up * on () up\n";
    let test = format!("{INPUT}\n  promql_expr_test:\n  - expr: up\n    eval_time: 1m\n");
    let found = failures_of(&test, rules);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("    rule: a, time: 0s, err: found duplicate series for the match group"),
        "{found:?}"
    );
}

#[test]
fn values_may_differ_in_the_last_bit_if_asked() {
    let test = |fuzzy: bool| {
        format!(
            "fuzzy_compare: {fuzzy}\ntests:\n- interval: 1m\n  promql_expr_test:\n  - expr: vector(0.1) + 0.2\n    eval_time: 0s\n    exp_samples: [{{labels: '{{}}', value: 0.3}}]\n"
        )
    };
    assert_eq!(failures(&test(true)), Vec::<String>::new());
    assert_eq!(failures(&test(false)).len(), 1);
}

#[test]
fn tests_start_when_they_say() {
    let test = |start: &str| {
        format!(
            "tests:\n- interval: 1m\n  start_timestamp: {start}\n  input_series: [{{series: m, values: 0+1x5}}]\n  promql_expr_test:\n  - expr: time() + m\n    eval_time: 2m\n    exp_samples: [{{value: 1609459322}}]\n"
        )
    };
    for start in ["1609459200", "\"2021-01-01T00:00:00Z\""] {
        assert_eq!(failures(&test(start)), Vec::<String>::new(), "{start}");
    }
    assert!(TestFile::parse(&test("yesterday"), "t.yml").is_err());
}

#[test]
fn histograms_are_compared() {
    let test = "tests:\n- interval: 1m\n  input_series: [{series: h, values: '{{schema:1 sum:5 count:4 buckets:[1 2 1]}}x3'}]\n  promql_expr_test:\n  - expr: h\n    eval_time: 1m\n    exp_samples: [{labels: h, histogram: '{{schema:1 sum:5 count:4 buckets:[1 2 1]}}'}]\n  - expr: h\n    eval_time: 1m\n    exp_samples: [{labels: h, histogram: '{{schema:1 sum:6 count:4 buckets:[1 2 1]}}'}]\n";
    assert_eq!(failures(test).len(), 1);
}

#[test]
fn mistakes_of_the_file_are_told() {
    for (text, want) in [
        ("tests:\n- intervall: 1m\n", "unknown field \"intervall\" (did you mean \"interval\"?)"),
        ("group_eval_order: [a, a]\n", "group name repeated in evaluation order: a"),
        ("evaluation_interval: 5\n", "not a valid duration string"),
    ] {
        let problems = TestFile::parse(text, "t.yml").unwrap_err().to_string();
        assert!(problems.contains(want), "{problems}");
    }
    let nameless = "tests:\n- alert_rule_test: [{eval_time: 1m}]\n  name: n\n";
    assert_eq!(
        failures(nameless),
        [
            "an item under alert_rule_test misses required attribute alertname at eval_time 1m (in TestGroup n)"
        ]
    );
    let series = "tests:\n- input_series: [{series: 'm{', values: 1}]\n";
    assert!(failures(series)[0].contains("parse error"));
}

#[test]
fn coverage_follows_what_tested_rules_read() {
    let test = "tests:\n- alert_rule_test: [{eval_time: 1m, alertname: InstanceDown}]\n  promql_expr_test: [{expr: double, eval_time: 1m}]\n";
    let file = TestFile::parse(test, "t.yml").unwrap();
    let rules = RuleFile::parse(RULES, &file::Options::default()).unwrap();
    let found = coverage(&file, &[(PathBuf::from("r.yml"), rules)], &promql::ParseOptions::default());
    assert_eq!(found.rules, 4);
    assert_eq!(found.untested, [["r.yml".to_owned(), "a".to_owned(), "unused".to_owned()]]);
}
