//! Reading, reporting and writing, each from text to text.

use std::path::Path;
use std::time::Duration;

use crate::read::Read;
use crate::scalar::Resolved;
use crate::write::{Map, Out};
use crate::{ByteSize, Context, Fields, Link, Node, Report, Secret, Value, parse, relabel_rules};

/// Reads a document with `read` and returns the problems as lines.
fn problems<T>(text: &str, read: impl Fn(&Fields<'_>) -> Option<T>) -> String {
    let report = Report::new("f.yml");
    if let Some(node) = parse(text, &report) {
        let root = Value::root(&node, Context { report: &report, directory: Path::new("/etc/x") });
        root.fields(&read);
    }
    report.finish().err().map(|p| p.to_string()).unwrap_or_default()
}

/// Reads one field of a document that has no mistake.
fn one<T: Read>(text: &str) -> T {
    let report = Report::new("f.yml");
    let node = parse(text, &report).unwrap();
    let root = Value::root(&node, Context { report: &report, directory: Path::new("/etc/x") });
    let value = root.fields(|f| f.required("v")).unwrap_or_else(|| panic!("{text}: {:?}", report));
    report.finish().unwrap();
    value
}

fn tree(text: &str) -> Result<Node, String> {
    let report = Report::new("f.yml");
    let node = parse(text, &report);
    report.finish().map_err(|p| p.to_string())?;
    Ok(node.unwrap())
}

#[test]
fn scalars_resolve_as_in_yaml_1_1() {
    let plain = |text: &str| crate::node::Scalar { text: text.to_owned(), plain: true }.resolve();
    for (text, expected) in [
        ("", Resolved::Null),
        ("~", Resolved::Null),
        ("Null", Resolved::Null),
        ("yes", Resolved::Bool(true)),
        ("On", Resolved::Bool(true)),
        ("OFF", Resolved::Bool(false)),
        ("n", Resolved::Bool(false)),
        ("tRue", Resolved::Text),
        ("12", Resolved::Integer(12)),
        ("-12", Resolved::Integer(-12)),
        ("+1_000", Resolved::Integer(1000)),
        ("010", Resolved::Integer(8)),
        ("0o10", Resolved::Integer(8)),
        ("0x1F", Resolved::Integer(31)),
        ("0b11", Resolved::Integer(3)),
        ("18446744073709551615", Resolved::Integer(u64::MAX.into())),
        ("1e3", Resolved::Float(1000.0)),
        (".5", Resolved::Float(0.5)),
        ("-.inf", Resolved::Float(f64::NEG_INFINITY)),
        ("1.2.3", Resolved::Text),
        ("1-2", Resolved::Text),
        ("5m", Resolved::Text),
        ("inf", Resolved::Text),
        ("infinity", Resolved::Text),
        ("--1", Resolved::Text),
        ("0x", Resolved::Text),
        ("-", Resolved::Text),
        (".", Resolved::Text),
    ] {
        assert_eq!(plain(text), expected, "{text:?}");
    }
}

#[test]
fn values_are_read_by_type() {
    assert_eq!(one::<String>("v: 15"), "15");
    assert_eq!(one::<String>("v: true"), "true");
    assert!(one::<bool>("v: yes"));
    assert_eq!(one::<u64>("v: 1e3"), 1000);
    assert_eq!(one::<i64>("v: -0x10"), -16);
    assert_eq!(one::<f64>("v: 3"), 3.0);
    assert_eq!(one::<Duration>("v: 1m30s"), Duration::from_secs(90));
    assert_eq!(one::<Duration>("v: 0"), Duration::ZERO);
    assert_eq!(one::<Vec<String>>("v: [a, 1]"), ["a", "1"]);
    assert_eq!(one::<std::path::PathBuf>("v: ../a/./b"), Path::new("/etc/a/b"));
    assert_eq!(one::<std::path::PathBuf>("v: /a"), Path::new("/a"));
    assert_eq!(one::<String>("v: !!str 15"), "15");
}

#[test]
fn sizes_are_powers_of_1024() {
    for (text, bytes, printed) in [
        ("0", 0, "0B"),
        ("512B", 512, "512B"),
        ("10MB", 10 << 20, "10MiB"),
        ("10MiB", 10 << 20, "10MiB"),
        ("1.5KB", 1536, "1KiB512B"),
        ("1GB1KB", (1 << 30) + 1024, "1GiB1KiB"),
    ] {
        let size = one::<ByteSize>(&format!("v: {text}"));
        assert_eq!((size.0, size.to_string().as_str()), (bytes, printed), "{text}");
    }
    for bad in ["100", "MB", "1XB", "1 MB", "-1MB", "", "99999PB"] {
        ByteSize::parse(bad).unwrap_err();
    }
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let text = "\
interval: 15
on: maybe
count: -1
list: a
map: [x]
url: //nowhere
scheme: htps
lables: {}
zzz: 1
nested:
- {}
- inner:
    colour: 7
";
    let told = problems(text, |f| {
        f.optional::<Duration>("interval");
        f.optional::<bool>("on");
        f.optional::<u64>("count");
        f.optional::<Vec<String>>("list");
        f.optional::<model::Labels>("map");
        f.optional::<Link>("url");
        f.get("scheme").and_then(|v| v.one_of(&[("http", 1), ("https", 2)]));
        f.optional::<model::Labels>("labels");
        f.required::<String>("job_name");
        for item in f.get("nested")?.items()? {
            item.fields(|f| f.get("inner")?.fields(|f| f.optional::<u64>("color")));
        }
        Some(())
    });
    let expected = [
        "f.yml:1:1: missing required field \"job_name\"",
        "f.yml:1:11: interval: not a valid duration string: \"15\" (a unit is needed, such as \"15s\")",
        "f.yml:2:5: on: expected true or false, got a string \"maybe\"",
        "f.yml:3:8: count: -1 is out of range, allowed is 0 to 18446744073709551615",
        "f.yml:4:7: list: expected a list, got a string \"a\"",
        "f.yml:5:6: map: expected a mapping, got a list",
        "f.yml:6:6: url: not a valid URL: relative URL without a base: \"//nowhere\" (an absolute URL is needed, such as http://host:port/path)",
        "f.yml:7:9: scheme: \"htps\" is not one of http, https (did you mean \"https\"?)",
        "f.yml:8:1: lables: unknown field \"lables\" (did you mean \"labels\"?)",
        "f.yml:9:1: zzz: unknown field \"zzz\"",
        "f.yml:13:5: nested[1].inner.colour: unknown field \"colour\" (did you mean \"color\"?)",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn spelling_hints_see_through_dashes_and_case() {
    let told = problems("scrapeInterval: 1\nmetrics-path: 2\nx: 3\n", |f| {
        f.get("scrape_interval");
        f.get("metrics_path");
        Some(())
    });
    assert!(told.contains("did you mean \"scrape_interval\"?"), "{told}");
    assert!(told.contains("did you mean \"metrics_path\"?"), "{told}");
    assert!(told.ends_with("x: unknown field \"x\""), "{told}");
}

#[test]
fn syntax_errors_have_a_place() {
    for (text, starts) in [
        ("a: [1, 2", "f.yml:"),
        ("a:\n\t- b\n", "f.yml:2:"),
        ("a: *nowhere\n", "f.yml:1:4: yaml: "),
        ("a: 1\n b: 2\n", "f.yml:2:"),
    ] {
        let told = tree(text).unwrap_err();
        assert!(told.starts_with(starts) && told.lines().count() == 1, "{text:?}: {told}");
    }
}

#[test]
fn duplicate_keys_are_told_once_each() {
    assert_eq!(
        tree("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n").unwrap_err(),
        "f.yml:4:3: key \"c\" is set more than once\nf.yml:5:1: key \"a\" is set more than once"
    );
}

#[test]
fn aliases_and_merges_are_resolved() {
    let shared = tree("base: &b {a: 1, c: 2}\nv:\n  <<: *b\n  a: 3\nw: *b\n").unwrap();
    let plain = tree("base: {a: 1, c: 2}\nv:\n  a: 3\n  c: 2\nw: {a: 1, c: 2}\n").unwrap();
    assert_eq!(shape(&shared), shape(&plain));
    let several = tree("v:\n  <<: [{a: 1}, {a: 2, b: 2}]\n").unwrap();
    assert_eq!(shape(&several), shape(&tree("v: {a: 1, b: 2}").unwrap()));
    assert!(tree("v:\n  <<: 1\n").unwrap_err().contains("map merge requires"));
}

/// The tree without positions.
fn shape(node: &Node) -> String {
    match &node.kind {
        crate::Kind::Scalar(s) => s.text.clone(),
        crate::Kind::Sequence(items) => {
            format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(","))
        }
        crate::Kind::Mapping(entries) => {
            let pairs: Vec<_> = entries.iter().map(|e| format!("{}={}", e.key, shape(&e.value))).collect();
            format!("{{{}}}", pairs.join(","))
        }
    }
}

#[test]
fn depth_and_aliases_are_bounded() {
    tree(&"[".repeat(100_000)).unwrap_err();
    assert!(tree(&"- ".repeat(5000)).unwrap_err().contains("nested deeper"));
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..10 {
        let refs = vec![format!("*a{}", i - 1); 10].join(", ");
        laughs.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
    }
    assert!(tree(&laughs).unwrap_err().contains("aliases stand for more than"));
    assert!(tree("a: &a [*a]\n").unwrap_err().contains("anchor contains itself"));
}

#[test]
fn an_empty_text_is_null_and_a_second_document_is_warned_about() {
    for text in ["", "\n", "# nothing\n", "---\n"] {
        assert!(tree(text).unwrap().is_null(), "{text:?}");
    }
    let report = Report::new("f.yml");
    assert_eq!(shape(&parse("a: 1\n---\nb: 2\n", &report).unwrap()), "{a=1}");
    assert_eq!(report.finish().unwrap().len(), 1);
}

#[test]
fn secrets_are_never_shown() {
    let told = problems("password: [hunter2]\nurl: 'http://u:hunter2@[x'\n", |f| {
        f.optional::<Secret>("password");
        f.optional::<Link>("url");
        Some(())
    });
    assert_eq!(told.lines().count(), 2);
    assert!(!told.contains("hunter2"), "{told}");
    assert_eq!(format!("{:?} {}", Secret::new("hunter2"), Secret::new("hunter2")), "<secret> <secret>");
    assert_eq!(Link::parse("http://u:hunter2@h:1/p").unwrap().to_string(), "http://u:xxxxx@h:1/p");
    for unusual in ["http:/u:hunter2@h", "http:\\\\u:hunter2@h", "http://u:hun@ter2@h", " http://u:hunter2@h"]
    {
        if let Ok(link) = Link::parse(unusual) {
            assert!(!format!("{link} {link:?}").contains("ter2"), "{link}");
        }
    }
    assert_eq!(Link::parse("http://h:1").unwrap().to_string(), "http://h:1");
}

#[test]
fn relabel_rules_are_checked_field_by_field() {
    let check = |rule: &str| {
        problems(&format!("r:\n- {rule}\n"), |f| {
            Some(relabel_rules(f, "r", model::relabel::NameScheme::Utf8, "target relabeling rule"))
        })
    };
    assert_eq!(check("{source_labels: [a], regex: 'x(.*)', target_label: b}"), "");
    assert_eq!(check("{action: LabelDrop, regex: a}"), "");
    for (rule, expected) in [
        ("", "f.yml:2:3: r[0]: empty or null target relabeling rule"),
        ("{action: relabel}", "\"relabel\" is not one of replace, keep, drop"),
        ("{regex: '(', target_label: a}", "r[0].regex: error parsing regexp: missing closing ): "),
        ("{action: hashmod, target_label: a}", "requires non-zero modulus"),
        ("{action: replace}", "relabel configuration for replace action requires 'target_label' value"),
        ("{action: labeldrop, regex: a, separator: b}", "requires only 'regex', and no other fields"),
        ("{modulus: -1, action: keep}", "r[0].modulus: -1 is out of range"),
        ("{source_labels: [''], action: keep}", "\"\" is not a valid label name"),
        ("{source_lables: [a], action: keep}", "did you mean \"source_labels\"?"),
    ] {
        let told = check(rule);
        assert!(told.contains(expected), "{rule}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn writing_has_the_layout_of_yaml_v2() {
    let mut target = Map::new();
    target
        .put("targets", vec!["a:1", "b"])
        .put("labels", &model::Labels::from_pairs([("x", "1"), ("z", "é")]));
    let mut job = Map::new();
    job.put("job_name", "j").put("honor_labels", true).put("limit", 0u64).put_if_set("none", "");
    job.put("labels", Out::Flow(vec!["a".into(), "b,c".into()])).put("static_configs", vec![target]);
    job.put("empty", Map::new()).put("key", "l1\nl2\n");
    let mut root = Map::new();
    root.put("jobs", vec![job]);
    let expected = "\
jobs:
- job_name: j
  honor_labels: true
  limit: 0
  labels: [a, 'b,c']
  static_configs:
  - targets:
    - a:1
    - b
    labels:
      x: \"1\"
      z: é
  empty: {}
  key: |
    l1
    l2
";
    assert_eq!(crate::write::to_string(&root), expected);
}

#[test]
fn written_text_reads_back() {
    for text in [
        "",
        "a",
        "5",
        "true",
        "~",
        "a: b",
        "a:b",
        ":8080",
        "- a",
        "-a",
        "#a",
        "a #b",
        "a#b",
        "'q'",
        "\"q\"",
        "[x]",
        "x[0]",
        "{{ $x }}",
        "*a",
        "(.*)",
        "$1",
        ";",
        "%",
        "@a",
        "`",
        "a\nb",
        "a\nb\n",
        "a\n\nb\n\n",
        "\na",
        " a",
        "a ",
        "\ta",
        "a\u{7}b",
        "---",
        "--- x",
        "...",
        "<<",
        "?",
        "? a",
        "!x",
        "&x",
        "|",
        ">",
        ",",
        "é",
        "\u{2028}",
        "1.5",
        "0x10",
        ".*;.*",
    ] {
        let mut map = Map::new();
        map.put("v", text).put("f", Out::Flow(vec![text.into()])).put("l", vec![text]);
        let written = crate::write::to_string(&map);
        assert_eq!(
            shape(&tree(&written).unwrap()),
            format!("{{v={text},f=[{text}],l=[{text}]}}"),
            "{written}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[ a-c0:\\-?\\[\\]{}&*!|>'\"%@`#,\n\t<~.]{0,80}") {
        let report = Report::new("f.yml");
        let node = parse(&text, &report);
        proptest::prop_assert_eq!(node.is_none(), report.problem_count() > 0 && node.is_none());
    }

    #[test]
    fn any_text_is_written_so_that_it_reads_back(text in "\\PC{0,20}|[ -~\n\t]{0,20}") {
        let mut map = Map::new();
        map.put("v", text.as_str()).put("f", Out::Flow(vec![text.as_str().into()]));
        let written = crate::write::to_string(&map);
        proptest::prop_assert_eq!(shape(&tree(&written).unwrap()), format!("{{v={text},f=[{text}]}}"), "{}", written);
    }
}
