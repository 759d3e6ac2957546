use std::time::Duration;

use model::relabel::NameScheme;

use super::{Kind, Options, RuleFile};

fn errors(text: &str, options: &Options) -> Vec<String> {
    match RuleFile::parse(text, options) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
    }
}

fn rule(lines: &str) -> String {
    format!("groups:\n- name: g\n  rules:\n  - {}\n", lines.replace('\n', "\n    "))
}

#[test]
fn reads_every_field() {
    let text = "
groups:
- name: g
  interval: 30s
  query_offset: 1m
  limit: 7
  labels: {team: sre, severity: low}
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
    labels: {severity: high}
  - alert: Down
    expr: |
      up == 0
    for: 5m
    keep_firing_for: 1h
    labels: {severity: page}
    annotations: {summary: '{{ $labels.job }} is down'}
- name: h
";
    let file = RuleFile::parse(text, &Options::default()).unwrap();
    assert_eq!((file.groups.len(), file.rule_count()), (2, 2));
    let group = &file.groups[0];
    assert_eq!(group.interval, Some(Duration::from_secs(30)));
    assert_eq!(group.query_offset, Some(Duration::from_secs(60)));
    assert_eq!(group.limit, 7);
    let merged = group.labels_of(&group.rules[0]);
    assert_eq!((merged["team"].as_str(), merged["severity"].as_str()), ("sre", "high"));
    assert_eq!(group.rules[0].name(), "job:up:sum");
    assert_eq!(group.rules[1].expr_text, "up == 0\n");
    let Kind::Alert { name, hold, keep_firing_for, annotations } = &group.rules[1].kind else {
        panic!("an alert was written")
    };
    assert_eq!((name.as_str(), hold.as_secs(), keep_firing_for.as_secs()), ("Down", 300, 3600));
    assert_eq!(annotations["summary"], "{{ $labels.job }} is down");
    assert_eq!((file.groups[1].interval, file.groups[1].rules.len()), (None, 0));
}

#[test]
fn empty_files_are_files_without_groups() {
    for text in ["", "\n# nothing\n", "groups:\n", "groups: []\n", "{}"] {
        let file = RuleFile::parse(text, &Options::default());
        assert_eq!(file.map(|f| f.groups.len()), Ok(0), "{text:?}");
    }
}

#[test]
fn mistakes_are_told_with_prometheus_words() {
    for (text, want) in [
        (
            rule("record: yolo\nexpr: rate(hi)"),
            r#"5:11: group "g", rule 1, "yolo": could not parse expression: 1:6: parse error: expected type range vector in call to function "rate", got instant vector"#,
        ),
        (
            rule("alert: hola\nexpr: 1\nannotation: {a: b}"),
            r#"6:5: groups[0].rules[0].annotation: unknown field "annotation" (did you mean "annotations"?)"#,
        ),
        (
            "groups:\n  - name: yolo\n  - name: yolo\n".to_owned(),
            r#"3:5: groupname: "yolo" is repeated in the same file"#,
        ),
        ("groups:\n- rules: []\n".to_owned(), "2:3: Groupname must not be empty"),
        (
            rule("record: hola\nexpr: 1\nlabels: {__name__: anything}"),
            r#"6:24: group "g", rule 1, "hola": invalid label name: __name__"#,
        ),
        (
            rule("record: strawberry{flavor=\"sweet\"}\nexpr: 1"),
            r#"4:13: group "g", rule 1, "strawberry{flavor=\"sweet\"}": braces present in the recording rule name; should it be in expr?: strawberry{flavor="sweet"}"#,
        ),
        (rule("expr: 1"), r#"4:5: group "g", rule 1, "": one of 'record' or 'alert' must be set"#),
        (rule("record: ylo"), r#"4:5: group "g", rule 1, "ylo": field 'expr' must be set in rule"#),
        (
            rule("record: ylo\nexpr: ''"),
            r#"5:11: group "g", rule 1, "ylo": field 'expr' must be set in rule"#,
        ),
        (
            rule("record: Hi\nalert: Hello\nexpr: 1"),
            r#"4:13: 5:12: group "g", rule 1, "Hello": only one of 'record' and 'alert' must be set"#,
        ),
        (
            rule("record: Hello\nexpr: 1\nfor: 1m"),
            r#"4:13: group "g", rule 1, "Hello": invalid field 'for' in recording rule"#,
        ),
        (
            rule("record: Hello\nexpr: 1\nkeep_firing_for: 1m"),
            r#"4:13: group "g", rule 1, "Hello": invalid field 'keep_firing_for' in recording rule"#,
        ),
        (
            rule("record: Hello\nexpr: 1\nannotations: {a: b}"),
            r#"4:13: group "g", rule 1, "Hello": invalid field 'annotations' in recording rule"#,
        ),
        (
            rule("alert: a\nexpr: 1\nlabels: {x: '{{'}\nannotations: {s: '{{ $labels.a }} {{ foo }}'}"),
            r#"6:17: group "g", rule 1, "a": label "x": template: __alert_a:1: unclosed action"#,
        ),
        (
            rule("alert: a\nexpr: 1\nannotations: {s: '{{ $labels.a }} {{ foo }}'}"),
            r#"6:22: group "g", rule 1, "a": annotation "s": template: __alert_a:1: function "foo" not defined"#,
        ),
        (
            rule("alert: a\nexpr: 1\nfor: 5"),
            r#"6:10: groups[0].rules[0].for: not a valid duration string: "5" (a unit is needed, such as "5s")"#,
        ),
    ] {
        assert_eq!(errors(&text, &Options::default()).first().map(String::as_str), Some(want), "{text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_order() {
    let text = "groups:\n- name: ''\n  rules:\n  - record: a\n    expr: sum(\n  - alert: b\n  bad: 1\n- name: x\n  limit: many\n";
    let found = errors(text, &Options::default());
    assert_eq!(found.len(), 5, "{found:#?}");
    let lines: Vec<&str> = found.iter().map(|e| e.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["2", "5", "6", "7", "9"]);
}

#[test]
fn names_follow_the_scheme() {
    let utf8 = rule("alert: hola\nexpr: 1\nlabels: {'a.b': c}\nannotations: {ins-tance: localhost}");
    assert_eq!(errors(&utf8, &Options::default()), Vec::<String>::new());
    let legacy = Options { names: NameScheme::Legacy, ..Options::default() };
    assert_eq!(
        errors(&utf8, &legacy),
        [
            r#"6:21: group "g", rule 1, "hola": invalid label name: a.b"#,
            r#"7:30: group "g", rule 1, "hola": invalid annotation name: ins-tance"#,
        ]
    );
    let recorded = rule("record: my.metric\nexpr: 1");
    assert_eq!(errors(&recorded, &Options::default()), Vec::<String>::new());
    assert_eq!(
        errors(&recorded, &legacy),
        [r#"4:13: group "g", rule 1, "my.metric": invalid recording rule name: my.metric"#]
    );
}

#[test]
fn unknown_fields_may_be_passed_over() {
    let text = "x: 1\ngroups:\n- name: g\n  partial_response_strategy: abort\n  rules:\n  - record: a\n    expr: 1\n    y: 2\n";
    assert_eq!(errors(text, &Options::default()).len(), 3);
    let lenient = Options { ignore_unknown_fields: true, ..Options::default() };
    assert_eq!(errors(text, &lenient), Vec::<String>::new());
}

#[test]
fn anchors_numbers_and_second_documents() {
    let text = "groups:\n- name: g\n  rules:\n  - &a\n    alert: A\n    expr: &e 1\n  - <<: *a\n    alert: B\n---\ngroups: 5\n";
    let file = RuleFile::parse(text, &Options::default()).unwrap();
    let names: Vec<&str> = file.groups[0].rules.iter().map(super::Rule::name).collect();
    assert_eq!(names, ["A", "B"]);
    assert_eq!(file.groups[0].rules[1].expr_text, "1");
    assert_eq!(file.warnings.len(), 1);
}

#[test]
fn hostile_files_end_in_errors() {
    for text in
        ["groups: 5", "groups: {a: b}", "- x", "groups:\n- name: [a]\n", "groups:\n- 7\n", "a: b: c", "\u{0}"]
    {
        assert!(!errors(text, &Options::default()).is_empty(), "{text:?}");
    }
}
