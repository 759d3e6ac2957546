use jiff::tz::TimeZone;
use serde_json::json;

use super::adhoc::narrowed;
use super::interpolate::{Place, fill, references};
use super::options::{VariableQuery, choose, custom, intervals, natural, of_strings, parse_query};
use super::*;

fn lookup(name: &str, path: Option<&str>) -> Option<Meaning> {
    let many = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        Some(Meaning { texts: values.clone(), values, is_list: true, multi: true, verbatim: false })
    };
    match (name, path) {
        ("one", None) => Some(Meaning::one("a.b")),
        ("multi_one", None) => Some(Meaning { multi: true, ..Meaning::one("a.b") }),
        ("many", None) => many(&["a.b", "c'd"]),
        ("all", None) => Some(Meaning { verbatim: true, ..Meaning::one(".*") }),
        ("quote", None) => Some(Meaning::one("a\"b\\c")),
        ("one", Some("text")) => Some(Meaning::one("Text")),
        ("when", None) => Some(Meaning::one("1700000000000")),
        _other => None,
    }
}

#[test]
fn references_become_values() {
    let cases = [
        (Place::PromQl, "up{a=\"$one\"}", "up{a=\"a.b\"}"),
        (Place::PromQl, "up{a=~\"$multi_one\"}", "up{a=~\"a\\\\.b\"}"),
        (Place::PromQl, "up{a=~\"$many\"}", "up{a=~\"(a\\\\.b|c\\\\'d)\"}"),
        (Place::PromQl, "up{a=~\"$all\"}", "up{a=~\".*\"}"),
        (Place::PromQl, "x{a=\"$quote\"}", "x{a=\"a\\\"b\\\\c\"}"),
        (Place::Plain, "$many [[one]] ${one}", "{a.b,c'd} a.b a.b"),
        (Place::People, "$many $unknown $$one ${one.text}", "a.b + c'd $unknown $a.b Text"),
        (Place::Sql, "IN ($many)", "IN ('a.b','c''d')"),
        (Place::Plain, "${many:csv} ${many:pipe} ${many:regex}", "a.b,c'd a.b|c'd (a\\.b|c'd)"),
        (Place::Plain, "${many:json} ${many:queryparam}", "[\"a.b\",\"c'd\"] var-many=a.b&var-many=c%27d"),
        (Place::Plain, "${when:date:YYYY-MM} ${when:date:seconds}", "2023-11 1700000000"),
        (Place::Plain, "${", "${"),
        (Place::Plain, "50$ [[", "50$ [["),
    ];
    for (place, text, want) in cases {
        assert_eq!(fill(text, place, &TimeZone::UTC, &lookup), want, "{text}");
    }
    let names: Vec<String> = references("$a ${b:csv} [[c]] ${d.x} $").into_iter().collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[test]
fn variable_queries_are_understood() {
    let cases = [
        ("label_values(job)", VariableQuery::LabelValues(String::new(), "job".to_owned())),
        (
            "label_values(up{a=\"x,y\"}, instance)",
            VariableQuery::LabelValues("up{a=\"x,y\"}".to_owned(), "instance".to_owned()),
        ),
        ("label_values(\"이름\")", VariableQuery::LabelValues(String::new(), "이름".to_owned())),
        ("label_names()", VariableQuery::LabelNames(String::new())),
        ("metrics(node_.*)", VariableQuery::Metrics("node_.*".to_owned())),
        ("query_result(topk(5, up))", VariableQuery::QueryResult("topk(5, up)".to_owned())),
        ("up{job=\"a\"}", VariableQuery::Series("up{job=\"a\"}".to_owned())),
    ];
    for (text, want) in cases {
        assert_eq!(parse_query(text), want, "{text}");
    }
}

#[test]
fn choices_are_picked_ordered_and_chosen() {
    let strings: Vec<String> = ["n10", "n2", "m1", "n2"].map(str::to_owned).to_vec();
    let values = |pattern: &str, order: i64| -> Vec<String> {
        of_strings(&strings, pattern, order).into_iter().map(|choice| choice.value).collect()
    };
    assert_eq!(values("", 0), ["n10", "n2", "m1"]);
    assert_eq!(values("n.*", 3), ["n2", "n10"]);
    assert_eq!(values("/n(\\d+)/", 4), ["10", "2"]);
    assert_eq!(values("", 8), ["n10", "n2", "m1"]);
    assert_eq!(natural("a2b", "a10b"), std::cmp::Ordering::Less);
    let found = custom("a, b : c, d\\,e");
    assert_eq!(found.iter().map(|c| c.value.as_str()).collect::<Vec<_>>(), ["a", "c", "d,e"]);
    assert_eq!(intervals(&json!({"query": "1m,x,5m", "auto": true, "name": "i"})).len(), 3);
    let doc = |multi: bool, all: bool| json!({"multi": multi, "includeAll": all});
    let chosen = |wanted: &[&str], doc: &Value, keep: bool| {
        choose(&found, &wanted.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>(), doc, keep)
    };
    let cases: [(&[&str], Value, bool, &[&str]); 6] = [
        (&["c"], doc(false, false), false, &["c"]),
        (&["b"], doc(false, false), false, &["c"]),
        (&["$__all"], doc(true, true), false, &["$__all"]),
        (&["$__all"], doc(true, false), false, &["a"]),
        (&["gone"], doc(false, false), false, &["a"]),
        (&["gone"], doc(false, false), true, &["gone"]),
    ];
    for (wanted, doc, keep, want) in cases {
        assert_eq!(chosen(wanted, &doc, keep), want, "{wanted:?} {doc}");
    }
}

#[test]
fn each_variable_follows_those_it_mentions() {
    let doc = |name: &str, query: &str| json!({"name": name, "type": "query", "query": query});
    let docs = [
        doc("c", "label_values(up{a=\"$b\"}, x)"),
        doc("b", "x($a)"),
        doc("a", "x"),
        doc("p", "$q"),
        doc("q", "$p"),
    ];
    let order = resolution_order(&Variable::all(&docs, &Wanted::new()));
    let place = |index: usize| order.iter().position(|at| *at == index).unwrap();
    assert!(place(2) < place(1) && place(1) < place(0));
    assert_eq!(order.len(), 5);
}

#[test]
fn filters_reach_every_selector() {
    let filter = |key: &str, operator: &str, value: &str| Filter {
        key: key.to_owned(),
        operator: operator.to_owned(),
        value: value.to_owned(),
    };
    let cases = [
        ("up", "up{a=\"x\"}"),
        (
            "sum by (up) (rate(x{b=\"}\",}[5m] offset 1m)) / 2",
            "sum by (up) (rate(x{b=\"}\",a=\"x\"}[5m] offset 1m)) / 2",
        ),
        ("{__name__=\"y\"} # up", "{__name__=\"y\",a=\"x\"} # up"),
        ("a and on(b) c @ 5", "a{a=\"x\"} and on(b) c{a=\"x\"} @ 5"),
        ("x{", "x{a=\"x\"}"),
    ];
    for (expr, want) in cases {
        assert_eq!(narrowed(expr, &[filter("a", "=", "x")]), want, "{expr}");
    }
    assert_eq!(narrowed("up", &[]), "up");
    assert_eq!(narrowed("up", &[filter("a b", "evil", "\"")]), "up{\"a b\"=\"\\\"\"}");
}

#[test]
fn steps_are_round_and_bounded() {
    let hour = 3_600_000.0;
    for (span, points, least, want) in [
        (hour, 1000.0, 15_000.0, 15_000.0),
        (24.0 * hour, 800.0, 15_000.0, 120_000.0),
        (hour, 100.0, 1000.0, 30_000.0),
    ] {
        assert_eq!(interval::of(span, points, least), want);
    }
    assert!(interval::safe(30.0 * 24.0 * hour, 1000.0, 1000.0) >= 30.0 * 24.0 * hour / 11_000.0);
    for (text, want) in
        [("1h30m", Some(5_400_000.0)), ("250ms", Some(250.0)), ("", None), ("5", None), ("x", None)]
    {
        assert_eq!(interval::parse(text), want, "{text}");
    }
    for (ms, want) in [(90_000.0, "90s"), (120_000.0, "2m"), (1.0, "1ms"), (86_400_000.0, "1d")] {
        assert_eq!(interval::format(ms), want);
    }
}
