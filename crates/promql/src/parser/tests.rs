use model::value::is_stale;
use proptest::prelude::*;

use super::*;
use crate::ast::{DurationValue, ExprKind};

fn message<T: std::fmt::Debug>(result: Result<T, ParseErrors>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn selectors_of_requests() {
    let shown = |text| parse_selector(text).map(|ms| ms.iter().map(Matcher::to_string).collect::<Vec<_>>());
    assert_eq!(shown("up").unwrap(), [r#"__name__="up""#]);
    assert_eq!(shown(r#"{job=~"a|b", "x.y"!="z"}"#).unwrap(), [r#"job=~"a|b""#, r#""x.y"!="z""#]);
    assert_eq!(shown("{}").unwrap(), [""; 0]);
    assert_eq!(message(shown("up[5m]")), "1:3: parse error: unexpected \"[\"");
    assert_eq!(message(shown("")), "unknown position: parse error: unexpected end of input");
    assert_eq!(
        message(shown("{a=}")),
        "1:4: parse error: unexpected \"}\" in label matching, expected string"
    );
    assert_eq!(parse_selectors(&["a", "b{}"]).unwrap().len(), 2);
    assert_eq!(
        message(parse_selectors(&["a", "{"])),
        "1:2: parse error: unexpected end of input inside braces"
    );
}

#[test]
fn what_is_experimental_must_be_allowed() {
    for (query, want) in [
        ("mad_over_time(x[5m])", "1:1: parse error: function \"mad_over_time\" is not enabled"),
        (
            "limitk(2, x)",
            "1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
        ),
        ("rate(x[5m] anchored)", "1:6: parse error: anchored modifier is experimental and not enabled"),
        ("x smoothed", "1:1: parse error: smoothed modifier is experimental and not enabled"),
        ("a + fill(1) b", "1:1: parse error: binop fill modifiers are experimental and not enabled"),
    ] {
        assert_eq!(message(parse(query, &ParseOptions::default())), want, "{query}");
        assert!(parse(query, &ParseOptions::ALL).is_ok(), "{query}");
    }
    let without = ParseOptions { duration_expr: false, ..ParseOptions::default() };
    assert_eq!(
        message(parse("x[5m+1m]", &without)),
        "1:3: parse error: experimental duration expression is not enabled"
    );
    assert!(parse("x[5m+1m]", &ParseOptions::default()).is_ok());
}

#[test]
fn ranges_are_milliseconds_or_arithmetic() {
    for (query, want) in
        [("x[1.5]", Some(1500)), ("x[5m]", Some(300_000)), ("x[0.0004]", Some(0)), ("x[step()]", None)]
    {
        let ExprKind::Matrix(matrix) = parse(query, &ParseOptions::default()).unwrap().kind else {
            panic!("{query}")
        };
        match (matrix.range, want) {
            (DurationValue::Constant(ms), Some(want)) => assert_eq!(ms, want, "{query}"),
            (DurationValue::Expr(_), None) => {}
            (other, _) => panic!("{query}: {other:?}"),
        }
    }
}

#[test]
fn strings_that_are_no_utf8_are_read_all_the_same() {
    let kind = |query: &str| parse(query, &ParseOptions::default()).unwrap().kind;
    assert_eq!(kind(r#""a\xffb""#), ExprKind::Bytes(b"a\xffb".to_vec()));
    for (query, want) in [(r#""\xc3\xa9\101\u00e9""#, "éAé"), ("`\\n`", "\\n")] {
        assert_eq!(kind(query), ExprKind::String(want.to_owned()));
    }
}

#[test]
fn deep_and_long_queries_are_refused() {
    let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    let options = ParseOptions::default();
    assert!(parse(&nested(NESTING_MAX as usize - 1), &options).is_ok());
    for query in [
        nested(10_000),
        "-".repeat(10_000) + "a",
        "1".to_owned() + &"+1".repeat(10_000),
        "1".to_owned() + &"^1".repeat(10_000),
        "abs(".repeat(10_000),
        format!("x[{}1]", "(".repeat(10_000)),
        format!("x[1{}]", "+1".repeat(10_000)),
        format!("x[{}1]", "-".repeat(10_000)),
        "x".to_owned() + &"[5m:]".repeat(10_000),
    ] {
        let error = message(parse(&query, &options));
        let refused = ["nested more than 128 levels deep", "a chain of more than 400 operations"];
        assert!(refused.iter().any(|text| error.contains(text)), "{}: {error}", &query[..20]);
    }
    let long = format!("{{a=\"{}\"}}", "x".repeat(QUERY_BYTES_MAX));
    assert!(message(parse(&long, &options)).contains("at most 1048576 are read"));
}

#[test]
fn series_descriptions_expand() {
    let floats = |text: &str| -> Vec<String> {
        let shown = |value| match value {
            SequenceValue::Omitted => "_".to_owned(),
            SequenceValue::Float(v) if is_stale(v) => "stale".to_owned(),
            SequenceValue::Float(v) => v.to_string(),
            SequenceValue::Histogram { histogram, .. } => format!("h{}", histogram.count),
        };
        parse_series(text).unwrap().values.into_iter().map(shown).collect()
    };
    for (text, want) in [
        ("m", ""),
        ("m 1 2.5 -3 +4 1e2", "1 2.5 -3 4 100"),
        ("m 0+10x3", "0 10 20 30"),
        ("m 5-2x2 _ stale", "5 3 1 _ stale"),
        ("m -1-1x1", "-1 -2"),
        ("m 7x2 _x3", "7 7 7 _ _ _"),
        ("m 1x0", "1"),
        ("m Inf -Inf NaN", "inf -inf NaN"),
        ("m {{count:3}} {{count:1}}x1 {{count:1}}+{{count:2}}x2", "h3 h1 h1 h1 h3 h5"),
        ("m 1 ", "1"),
    ] {
        assert_eq!(floats(text).join(" "), want, "{text}");
    }
    let series = parse_series(r#"{"my.metric", a="b"} 1"#).unwrap();
    assert_eq!(series.labels.to_string(), r#"{__name__="my.metric", a="b"}"#);
}

#[test]
fn histograms_of_series_descriptions() {
    let text = "m {{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3 n_buckets:[4 5] n_offset:2 counter_reset_hint:gauge}}";
    let SequenceValue::Histogram { histogram, hint_is_set } = &parse_series(text).unwrap().values[0] else {
        panic!("no histogram")
    };
    assert!(hint_is_set);
    assert_eq!(histogram.schema, 1);
    assert_eq!(
        (histogram.sum, histogram.count, histogram.zero_count, histogram.zero_threshold),
        (-0.3, 3.1, 7.1, 0.05)
    );
    assert_eq!(histogram.positive_buckets, [5.1, 10.0, 7.0]);
    assert_eq!((histogram.positive_spans[0].offset, histogram.positive_spans[0].length), (-3, 3));
    assert_eq!((histogram.negative_spans[0].offset, histogram.negative_spans[0].length), (2, 2));
    assert_eq!(histogram.reset_hint, model::histogram::ResetHint::Gauge);
}

#[test]
fn faults_of_series_descriptions() {
    for (text, want) in [
        (
            "m 1 foo",
            "1:5: parse error: unexpected identifier \"foo\" in series values, expected number or \"stale\"",
        ),
        ("m 1+", "1:5: parse error: unexpected end of input in series values"),
        ("m{a=} 1", "1:5: parse error: unexpected \"}\" in label set, expected string"),
        ("m 1x-1", "1:5: parse error: unexpected <op:-> in series values"),
        ("m 1x99999999", "1:5: parse error: series has more than 1000000 values with 99999999 repetitions"),
        ("m {{sum:1 sum:2}}", "1:1: parse error: duplicate key \"sum\" in histogram"),
        ("m {{sum:1", "1:10: parse error: histogram description incomplete unexpected: '\u{fffd}'"),
    ] {
        assert_eq!(message(parse_series(text)), want, "{text}");
    }
}

proptest! {
    /// No text makes the parser panic, and whatever it reads it prints so that it reads it again.
    #[test]
    fn any_text(text in "\\PC*") {
        if let Ok(expr) = parse(&text, &ParseOptions::ALL) {
            let printed = expr.to_string();
            prop_assert_eq!(parse(&printed, &ParseOptions::ALL).unwrap().to_string(), printed);
        }
        parse_series(&text).ok();
        parse_selector(&text).ok();
    }

    /// The same for texts that look like queries.
    #[test]
    fn any_words(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "a", "sum", "by", "(", ")", "[", "]", "{", "}", "=", "\"s\"", "5m", "1", "-", "+", "*", "^", ":", "@", "offset",
            "on", "group_left", ",", "rate", "and", "==", "bool", "step", "start", "fill", "anchored", "x", "{{", "}}", "_", " ",
        ]), 0..30)) {
        let text = words.concat();
        if let Ok(expr) = parse(&text, &ParseOptions::ALL) {
            let printed = expr.to_string();
            prop_assert_eq!(parse(&printed, &ParseOptions::ALL).unwrap().to_string(), printed);
        }
        parse_series(&text).ok();
    }
}
