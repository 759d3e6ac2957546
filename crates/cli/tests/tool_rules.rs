//! `check rules` and `test rules` come to promtool's verdict, and print what it prints.
#![allow(clippy::unwrap_used, reason = "a test")]

mod peer;

use peer::{ours, theirs};

const RULES: &str = "
groups:
- name: a
  rules:
  - alert: InstanceDown
    expr: up == 0
    for: 5m
    labels: {severity: page}
    annotations: {summary: '{{ $labels.instance }} of job {{ $labels.job }} is down: {{ printf \"%.2f\" $value }}'}
  - record: job:up:sum
    expr: sum by (job) (up)
- name: b
  interval: 5m
  rules:
  - record: double
    expr: job:up:sum * 2
";

const TESTS: &str = "
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
- name: first
  interval: 1m
  input_series:
  - {series: 'up{job=\"j\",instance=\"i\"}', values: '0x20'}
  - {series: 'up{job=\"j\",instance=\"k\"}', values: '1+0x10 _x5 1 stale'}
  alert_rule_test:
  - eval_time: 4m
    alertname: InstanceDown
  - eval_time: 10m
    alertname: InstanceDown
    exp_alerts:
    - exp_labels: {severity: page, instance: i, job: j}
      exp_annotations: {summary: 'i of job j is down: 0.00'}
  promql_expr_test:
  - {expr: double, eval_time: 5m, exp_samples: [{labels: 'double{job=\"j\"}', value: 2}]}
  - {expr: sum(up), eval_time: 3m, exp_samples: [{value: 1}]}
  - {expr: ALERTS, eval_time: 10m, exp_samples: [{labels: 'ALERTS{alertname=\"InstanceDown\",alertstate=\"firing\",instance=\"i\",job=\"j\",severity=\"page\"}', value: 1}]}
";

#[test]
fn unit_tests_come_to_promtools_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let wrong_value = TESTS.replace("value: 2}", "value: 0.125}");
    let wrong_alert = TESTS.replace("exp_labels: {severity: page,", "exp_labels: {severity: mail,");
    let no_alert = TESTS.replace("eval_time: 4m", "eval_time: 6m");
    for (name, text) in [
        ("rules.yml", RULES),
        ("pass.yml", TESTS),
        ("value.yml", &wrong_value),
        ("alert.yml", &wrong_alert),
        ("none.yml", &no_alert),
        ("unknown.yml", &TESTS.replace("rule_files:", "rule_fils:")),
        ("series.yml", &TESTS.replace("0x20", "0xx")),
        ("expr.yml", &TESTS.replace("expr: sum(up)", "expr: sum(up")),
        ("nowhere.yml", &TESTS.replace("rules.yml", "absent*.yml")),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    for (name, same_text) in [
        ("pass.yml", true),
        ("value.yml", true),
        ("alert.yml", true),
        ("none.yml", true),
        ("unknown.yml", false),
        ("series.yml", false),
        ("expr.yml", true),
        ("nowhere.yml", true),
        ("missing.yml", false),
    ] {
        let args = ["test", "rules", name];
        let (ours, theirs) = (ours(dir.path(), &args, ""), theirs(dir.path(), &args, ""));
        assert_eq!(ours.code, theirs.code, "{name}: {} / {}", ours.err, theirs.err);
        if same_text {
            // 2.42 says where it is before it begins.
            let theirs_out = theirs.out.replace(&format!("Unit Testing:  {name}\n"), "");
            assert_eq!((ours.out.trim(), ours.err.trim()), (theirs_out.trim(), theirs.err.trim()), "{name}");
        }
    }
    let chosen = ours(dir.path(), &["test", "rules", "--run=second", "value.yml"], "");
    assert_eq!(chosen.code, Some(0), "no test of that name: {}", chosen.err);
    let covered = ours(dir.path(), &["test", "rules", "--coverage", "pass.yml"], "");
    assert!(covered.out.contains("  COVERAGE: 3 of 3 rules are tested (100.0%)"), "{}", covered.out);
    let junit = dir.path().join("out.xml");
    ours(dir.path(), &["test", "--junit", &junit.to_string_lossy(), "rules", "pass.yml", "value.yml"], "");
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(xml.contains("<testsuite name=\"value.yml\" tests=\"1\" failures=\"1\""), "{xml}");
}

#[test]
fn rule_files_are_checked_as_by_promtool() {
    let dir = tempfile::tempdir().unwrap();
    let twice = "groups:\n- name: a\n  rules:\n  - {record: r, expr: 1, labels: {a: b}}\n  - {record: r, expr: 2, labels: {a: b}}\n";
    for (name, text) in [
        ("good.yml", RULES),
        ("twice.yml", twice),
        ("expr.yml", "groups:\n- name: a\n  rules:\n  - record: r\n    expr: sum(\n"),
        ("unknown.yml", "groups:\n- name: a\n  rules:\n  - record: r\n    expr: 1\n    severity: x\n"),
        (
            "template.yml",
            "groups:\n- name: a\n  rules:\n  - alert: r\n    expr: 1\n    labels: {a: '{{ foo }}'}\n",
        ),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    for (args, code, same_text) in [
        (&["good.yml"][..], 0, true),
        (&["twice.yml"], 0, true),
        (&["--lint-fatal", "twice.yml"], 3, true),
        (&["--lint=none", "twice.yml"], 0, true),
        (&["expr.yml"], 1, false),
        (&["unknown.yml"], 1, false),
        (&["template.yml"], 1, false),
        (&["good.yml", "expr.yml"], 1, false),
    ] {
        let args = [&["check", "rules"], args].concat();
        let (ours, theirs) = (ours(dir.path(), &args, ""), theirs(dir.path(), &args, ""));
        assert_eq!(
            (ours.code, theirs.code),
            (Some(code), Some(code)),
            "{args:?}: {} / {}",
            ours.err,
            theirs.err
        );
        if same_text {
            assert_eq!((ours.out, ours.err), (theirs.out, theirs.err), "{args:?}");
        }
    }
    let lenient = ours(dir.path(), &["check", "rules", "--ignore-unknown-fields", "unknown.yml"], "");
    assert_eq!(lenient.code, Some(0), "{}", lenient.err);
    let piped = ours(dir.path(), &["check", "rules"], RULES);
    assert_eq!(
        (piped.code, piped.out.as_str()),
        (Some(0), "Checking standard input\n  SUCCESS: 3 rules found\n\n")
    );
    let told = ours(dir.path(), &["check", "rules", "expr.yml"], "").err;
    assert!(
        told.contains(
            "expr.yml: 5:11: group \"a\", rule 1, \"r\": could not parse expression: 1:5: parse error"
        ),
        "{told}"
    );
}
