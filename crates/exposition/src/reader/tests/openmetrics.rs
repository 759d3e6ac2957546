use super::*;

fn openmetrics(body: &str) -> Vec<String> {
    read(body.as_bytes(), BodyFormat::OpenMetrics, Options::default())
}

const BODY: &str = r#"# HELP go_gc_duration_seconds A summary \"of\" the GC
# TYPE go_gc_duration_seconds summary
# UNIT go_gc_duration_seconds seconds
go_gc_duration_seconds{quantile="0"} 4.9351e-05
go_gc_duration_seconds{quantile="0.25"} 7.424100000000001e-05
# TYPE hh histogram
hh_bucket{le="+Inf"} 1 # {aa="bb"} 4
hhh_bucket{le="1"} 1 # {id="histogram-bucket-test"} 4 1520879607.789
# TYPE foo counter
foo_total{a="b"} 17.0 1520879607.789 # {id="counter-test"} 5
foo_created{a="b"} 1520872607.123
foo_total{a="c"} 1e3
# TYPE ii info
ii{foo="bar"} 1
# TYPE ss stateset
ss{ss="foo"} 1
{"quoted.name","label x"="é"} NaN
# EOF
"#;

#[test]
fn reads_what_programs_send() {
    assert_eq!(
        openmetrics(BODY),
        [
            "help go_gc_duration_seconds A summary \"of\" the GC",
            "type go_gc_duration_seconds summary",
            "unit go_gc_duration_seconds seconds",
            r#"{__name__="go_gc_duration_seconds", quantile="0.0"} 4.9351e-05"#,
            r#"{__name__="go_gc_duration_seconds", quantile="0.25"} 7.424100000000001e-05"#,
            "type hh histogram",
            r#"{__name__="hh_bucket", le="+Inf"} 1 #{aa="bb"} 4"#,
            r#"{__name__="hhh_bucket", le="1.0"} 1 #{id="histogram-bucket-test"} 4 @1520879607789"#,
            "type foo counter",
            r#"{__name__="foo_total", a="b"} 17 @1520879607789 #{id="counter-test"} 5"#,
            r#"{__name__="foo_created", a="b"} 1.520872607123e+09"#,
            r#"{__name__="foo_total", a="c"} 1000"#,
            "type ii info",
            r#"{__name__="ii", foo="bar"} 1"#,
            "type ss stateset",
            r#"{__name__="ss", ss="foo"} 1"#,
            r#"{__name__="quoted.name", "label x"="é"} NaN"#,
        ]
    );
}

#[test]
fn takes_created_lines_as_start_times() {
    let options = Options { start_times: true, ..Options::default() };
    let body = r#"# TYPE c counter
c_total{a="1"} 1
c_total{a="2"} 2
c_created{a="1"} 100
c_created{a="2"} 200.5
# TYPE h histogram
h_bucket{le="1",x="y"} 1
h_bucket{le="+Inf",x="y"} 2
h_count{x="y"} 2
h_sum{x="y"} 3
h_created{x="y"} 300
# TYPE g gauge
g 1
g_created 5
# TYPE d counter
d_total 5
# EOF"#;
    let found = read(body.as_bytes(), BodyFormat::OpenMetrics, options);
    assert_eq!(
        found,
        [
            "type c counter",
            r#"{__name__="c_total", a="1"} 1 ^100000"#,
            r#"{__name__="c_total", a="2"} 2 ^200500"#,
            "type h histogram",
            r#"{__name__="h_bucket", le="1.0", x="y"} 1 ^300000"#,
            r#"{__name__="h_bucket", le="+Inf", x="y"} 2 ^300000"#,
            r#"{__name__="h_count", x="y"} 2 ^300000"#,
            r#"{__name__="h_sum", x="y"} 3 ^300000"#,
            "type g gauge",
            r#"{__name__="g"} 1"#,
            r#"{__name__="g_created"} 5"#,
            "type d counter",
            r#"{__name__="d_total"} 5"#,
        ]
    );
}

#[test]
fn reads_the_empty_body() {
    assert!(openmetrics("# EOF").is_empty());
    assert!(openmetrics("# EOF\n").is_empty());
}

#[test]
fn refuses_with_line_and_reason() {
    for (body, expected) in [
        ("", "line 1: data does not end with # EOF"),
        ("\n", r#"line 1: expected a valid start token, got "\n" while parsing: "\n""#),
        ("metric", r#"line 1: expected value after metric, got "" while parsing: "metric""#),
        ("metric 1", "line 1: data does not end with # EOF"),
        ("metric 1\n", "line 2: data does not end with # EOF"),
        ("metric_total 1 # {aa=\"bb\"} 4", "line 1: data does not end with # EOF"),
        (" a 1\n#EOF\n", r#"line 1: expected a valid start token, got " " while parsing: " ""#),
        ("9\n#EOF\n", r#"line 1: expected a valid start token, got "9" while parsing: "9""#),
        ("# TYPE u untyped\n", r#"line 1: invalid metric type "untyped""#),
        ("# TYPE c counter \n", r#"line 1: invalid metric type "counter ""#),
        ("#  TYPE c counter\n", r##"line 1: expected a valid start token, got "#" while parsing: "#""##),
        ("# TYPE \n", r##"line 1: expected metric name after TYPE, got "\n" while parsing: "# TYPE \n""##),
        ("# TYPE m\n", r##"line 1: expected text in TYPE, got "\n" while parsing: "# TYPE m\n""##),
        ("# UNIT metric suffix\n", r#"line 1: unit "suffix" not a suffix of metric "metric""#),
        ("# UNIT metricsuffix suffix\n", r#"line 1: unit "suffix" not a suffix of metric "metricsuffix""#),
        ("# UNIT m\n", r##"line 1: expected text in UNIT, got "\n" while parsing: "# UNIT m\n""##),
        ("# HELP m\n", r##"line 1: expected text in HELP, got "\n" while parsing: "# HELP m\n""##),
        ("a\t1\n", r#"line 1: expected value after metric, got "\t" while parsing: "a\t""#),
        ("a 1\t2\n", r#"line 1: invalid value "1\t2""#),
        ("a 1 2 \n", r#"line 1: expected next entry after timestamp, got " " while parsing: "a 1 2 ""#),
        ("a 1 2 #\n", r#"line 1: expected next entry after timestamp, got " " while parsing: "a 1 2 ""#),
        ("a 1 1z\n", r#"line 1: invalid timestamp "1z""#),
        ("# EOF\na 1", "line 1: unexpected data after # EOF"),
        ("# EOF\n\n", "line 1: unexpected data after # EOF"),
        ("# EOFa 1", "line 1: unexpected data after # EOF"),
        ("a 1 1 1\n", r#"line 1: expected next entry after timestamp, got " " while parsing: "a 1 1 ""#),
        ("a{,b=\"c\"} 1\n", r#"line 1: expected label name, got "," while parsing: "a{,""#),
        (
            "a{b=\"c\"d=\"e\"} 1\n",
            r#"line 1: expected comma or brace close, got "d" while parsing: "a{b=\"c\"d""#,
        ),
        ("a{b=\"c\",,d=\"e\"} 1\n", r#"line 1: expected label name, got "," while parsing: "a{b=\"c\",,""#),
        ("{A}0\n", r#"line 1: expected equal, got "}" while parsing: "{A}""#),
        ("foo 0x1p-3\n", r#"line 1: invalid value "0x1p-3""#),
        ("foo 0 1_2\n", r#"line 1: invalid timestamp "1_2""#),
        (
            "c_total 1 # {aa=bb}\n",
            r#"line 1: expected label value, got "b" while parsing: "c_total 1 # {aa=b""#,
        ),
        (
            "c_total 1 # {aa=\"bb\"}\n",
            r#"line 1: expected value after exemplar labels, got "\n" while parsing: "c_total 1 # {aa=\"bb\"}\n""#,
        ),
        ("c_total 1 # {bb}", r#"line 1: expected equal, got "}" while parsing: "c_total 1 # {bb}""#),
        ("c_total 1 # {aa=\"bb\"} true", r#"line 1: invalid exemplar value "true""#),
        ("{b=\"c\",} 1\n# EOF\n", r#"line 1: metric name not set while parsing: "{b=\"c\",}""#),
        ("a 1 NaN", r#"line 1: invalid timestamp "NaN""#),
        ("a 1 -Inf", r#"line 1: invalid timestamp "-Inf""#),
        ("h_bucket{le=\"+Inf\"} 1 # {aa=\"bb\"} 4 NaN", r#"line 1: invalid exemplar timestamp "NaN""#),
        ("#", r##"line 1: expected a valid start token, got "#" while parsing: "#""##),
        ("# H", r##"line 1: expected a valid start token, got "#" while parsing: "#""##),
    ] {
        assert_eq!(openmetrics(body).last().map(String::as_str), Some(expected), "{body:?}");
    }
}

#[test]
fn takes_known_series() {
    let mut reader = Reader::new(b"a 1\nb 2 3\nc 1\n# EOF", BodyFormat::OpenMetrics, Options::default());
    assert_eq!(reader.take_known(|k| k == b"a").map(|s| s.value), Some(1.0));
    assert_eq!(reader.take_known(|k| k == b"b"), None); // times are in seconds here
    assert!(matches!(reader.next(), Ok(Some(Entry::Sample { timestamp_ms: Some(3000), .. }))));
    assert_eq!(reader.take_known(|k| k == b"c").map(|s| s.value), Some(1.0));
    assert!(matches!(reader.next(), Ok(None)));
}
