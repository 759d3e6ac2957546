use super::*;
use crate::Labels;

fn rule(action: &str) -> Fields {
    Fields { action: Action::from_word(action).unwrap(), ..Fields::default() }
}

fn source(mut fields: Fields, labels: &[&str]) -> Fields {
    fields.source_labels = Some(labels.iter().map(|s| s.to_string()).collect());
    fields
}

fn with(mut fields: Fields, regex: &str, target: &str, replacement: &str) -> Fields {
    let set = |slot: &mut Option<String>, text: &str| *slot = (!text.is_empty()).then(|| text.to_owned());
    set(&mut fields.regex, regex);
    set(&mut fields.target_label, target);
    set(&mut fields.replacement, replacement);
    fields
}

fn run(pairs: &[(&str, &str)], rules: Vec<Fields>) -> Option<String> {
    let mut labels = Labels::from_pairs(pairs.iter().copied()).builder();
    let rules: Vec<Config> = rules.into_iter().map(|r| Config::new(r, NameScheme::Utf8).unwrap()).collect();
    apply_all(&rules, &mut labels).then(|| labels.labels().to_string())
}

#[test]
fn each_action_does_as_prometheus() {
    let abc = [("a", "foo"), ("b", "bar"), ("c", "baz")];
    let cases: Vec<(Vec<Fields>, Option<&str>)> = vec![
        (
            vec![with(source(rule("replace"), &["a"]), "f(.*)", "d", "ch${1}-ch${1}")],
            Some(r#"{a="foo", b="bar", c="baz", d="choo-choo"}"#),
        ),
        (
            vec![with(source(rule("replace"), &["a", "b"]), "f(.*);(.*)r", "a", "b${1}${2}m")],
            Some(r#"{a="boobam", b="bar", c="baz"}"#),
        ),
        (vec![with(source(rule("replace"), &["a"]), "no", "a", "x")], Some(r#"{a="foo", b="bar", c="baz"}"#)),
        (vec![with(source(rule("replace"), &["nope"]), "", "a", "")], Some(r#"{b="bar", c="baz"}"#)),
        (
            vec![with(source(rule("replace"), &["a"]), "(f).*", "${1}_x", "$1")],
            Some(r#"{a="foo", b="bar", c="baz", f_x="f"}"#),
        ),
        (vec![with(rule("replace"), "", "z", "fixed")], Some(r#"{a="foo", b="bar", c="baz", z="fixed"}"#)),
        (vec![with(source(rule("drop"), &["a"]), ".*o.*", "", "")], None),
        (vec![with(source(rule("drop"), &["a"]), "o", "", "")], Some(r#"{a="foo", b="bar", c="baz"}"#)),
        (vec![with(source(rule("keep"), &["a"]), "no-match", "", "")], None),
        (vec![with(source(rule("keep"), &["a"]), "f.*", "", "")], Some(r#"{a="foo", b="bar", c="baz"}"#)),
        (
            vec![with(rule("labelmap"), "([ab])", "", "x_${1}")],
            Some(r#"{a="foo", b="bar", c="baz", x_a="foo", x_b="bar"}"#),
        ),
        (vec![with(rule("labeldrop"), "[ab]", "", "")], Some(r#"{c="baz"}"#)),
        (vec![with(rule("labelkeep"), "[ab]", "", "")], Some(r#"{a="foo", b="bar"}"#)),
        (vec![with(source(rule("uppercase"), &["a"]), "", "a", "")], Some(r#"{a="FOO", b="bar", c="baz"}"#)),
        (vec![with(source(rule("keepequal"), &["a"]), "", "b", "")], None),
        (vec![with(source(rule("dropequal"), &["a"]), "", "b", "")], Some(r#"{a="foo", b="bar", c="baz"}"#)),
    ];
    for (rules, want) in cases {
        assert_eq!(run(&abc, rules.clone()).as_deref(), want, "{rules:?}");
    }
    assert_eq!(
        run(&[("a", "x"), ("b", "x")], vec![with(source(rule("dropequal"), &["a"]), "", "b", "")]),
        None
    );
}

#[test]
fn hashmod_picks_prometheus_shards() {
    let mut fields = with(source(rule("hashmod"), &["c"]), "", "d", "");
    fields.modulus = Some(1000);
    assert_eq!(run(&[("c", "baz")], vec![fields.clone()]).as_deref(), Some(r#"{c="baz", d="976"}"#));
    assert_eq!(run(&[("c", "foo\nbar")], vec![fields]).as_deref(), Some("{c=\"foo\\nbar\", d=\"734\"}"));
}

#[test]
fn refuses_with_prometheus_words() {
    let mut keepequal = with(source(rule("keepequal"), &["a"]), "x", "b", "");
    keepequal.separator = Some(",".into());
    for (fields, scheme, want) in [
        (
            rule("replace"),
            NameScheme::Utf8,
            "relabel configuration for replace action requires 'target_label' value",
        ),
        (rule("hashmod"), NameScheme::Utf8, "relabel configuration for hashmod requires non-zero modulus"),
        (
            with(rule("replace"), "(", "a", ""),
            NameScheme::Utf8,
            "error parsing regexp: missing closing ): `(`",
        ),
        (
            with(rule("replace"), "", "0a", ""),
            NameScheme::Legacy,
            r#""0a" is invalid 'target_label' for replace action"#,
        ),
        (
            with(rule("replace"), "", "${1", ""),
            NameScheme::Legacy,
            r#""${1" is invalid 'target_label' for replace action"#,
        ),
        (
            with(rule("lowercase"), "", "a", "x"),
            NameScheme::Utf8,
            "'replacement' can not be set for lowercase action",
        ),
        (
            with(rule("labelmap"), "", "", "a-b"),
            NameScheme::Legacy,
            r#""a-b" is invalid 'replacement' for labelmap action"#,
        ),
        (
            keepequal,
            NameScheme::Utf8,
            "keepequal action requires only 'source_labels' and `target_label`, and no other fields",
        ),
        (
            source(rule("labeldrop"), &["a"]),
            NameScheme::Utf8,
            "labeldrop action requires only 'regex', and no other fields",
        ),
    ] {
        assert_eq!(Config::new(fields.clone(), scheme).unwrap_err().to_string(), want, "{fields:?}");
    }
    assert!(Config::new(with(rule("replace"), "", "a_${1}b$2", ""), NameScheme::Legacy).is_ok());
}
