use super::*;

fn text(body: &str) -> Vec<String> {
    read(body.as_bytes(), BodyFormat::Text, Options::default())
}

#[test]
fn reads_what_programs_send() {
    let body = r#"# HELP go_gc_duration_seconds A summary of the GC invocation durations.
# 	TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0"} 4.9351e-05
go_gc_duration_seconds{quantile="0.25",} 7.424100000000001e-05
go_gc_duration_seconds{ quantile="0.9", a="b"} 8.3835e-05
go_gc_duration_seconds { quantile="2.0", a="b" } 8.3835e-05
go_gc_duration_seconds_count 99
some:aggregate:rate5m{a_b="c"}	1

# Hrandom comment starting with prefix of HELP
#
wind_speed{A="2",c="3"} 12345
# comment with escaped \n newline
# HELP nohelp1
# HELP nohelp2 
# HELP nohelp3  two spaces and \\ and \n and \"
go_goroutines 33 	123123
_metric_starting_with_underscore 1
testmetric{_label_starting_with_underscore="foo"} 1
testmetric{label="\"bar\""} 1
testmetric{le="10"} 1
# TYPE h histogram
h_bucket{le="1"} 5
h_bucket{le="+Inf"}5
null_byte_metric{a="abc"} -Inf
nan NaN
a{b="x" c="y"} 1
multi{a="line
feed"} 2
last 1e3"#;
    let expected = [
        "help go_gc_duration_seconds A summary of the GC invocation durations.",
        "type go_gc_duration_seconds summary",
        r#"{__name__="go_gc_duration_seconds", quantile="0.0"} 4.9351e-05"#,
        r#"{__name__="go_gc_duration_seconds", quantile="0.25"} 7.424100000000001e-05"#,
        r#"{__name__="go_gc_duration_seconds", a="b", quantile="0.9"} 8.3835e-05"#,
        r#"{__name__="go_gc_duration_seconds", a="b", quantile="2.0"} 8.3835e-05"#,
        r#"{__name__="go_gc_duration_seconds_count"} 99"#,
        r#"{__name__="some:aggregate:rate5m", a_b="c"} 1"#,
        r#"{A="2", __name__="wind_speed", c="3"} 12345"#,
        "help nohelp1 ",
        "help nohelp2 ",
        "help nohelp3  two spaces and \\ and \n and \\\"",
        r#"{__name__="go_goroutines"} 33 @123123"#,
        r#"{__name__="_metric_starting_with_underscore"} 1"#,
        r#"{__name__="testmetric", _label_starting_with_underscore="foo"} 1"#,
        r#"{__name__="testmetric", label="\"bar\""} 1"#,
        r#"{__name__="testmetric", le="10"} 1"#,
        "type h histogram",
        r#"{__name__="h_bucket", le="1.0"} 5"#,
        r#"{__name__="h_bucket", le="+Inf"} 5"#,
        r#"{__name__="null_byte_metric", a="abc"} -Inf"#,
        r#"{__name__="nan"} NaN"#,
        r#"{__name__="a", b="x", c="y"} 1"#,
        r#"{__name__="multi", a="line\nfeed"} 2"#,
        r#"{__name__="last"} 1000"#,
    ];
    let found = text(body);
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "entry {i}");
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn reads_utf8_names() {
    let body = r#"# HELP "go.gc" text
# TYPE "go.gc" counter
{"go.gc",quantile="0"} 1
{"http.status",q="0.9",a="b"} 2
{ q="0.9", "http.status", "spaced label"="x" , } 3
{"escaped \"name\"", "a\\b"="c\nd"} 4
{"花火"} 5
"#;
    assert_eq!(
        text(body),
        [
            "help go.gc text",
            "type go.gc counter",
            r#"{__name__="go.gc", quantile="0"} 1"#,
            r#"{__name__="http.status", a="b", q="0.9"} 2"#,
            r#"{__name__="http.status", q="0.9", "spaced label"="x"} 3"#,
            r#"{__name__="escaped \"name\"", "a\\b"="c\nd"} 4"#,
            r#"{__name__="花火"} 5"#,
        ]
    );
}

#[test]
fn refuses_with_line_and_reason() {
    for (body, expected) in [
        ("a", r#"line 1: expected value after metric, got "" while parsing: "a""#),
        ("ok 1\na{b='c'} 1\n", r#"line 2: expected label value, got "'" while parsing: "a{b='""#),
        ("a{b=\n", r#"line 1: expected label value, got "\n" while parsing: "a{b=\n""#),
        (r#"{"a", "b = "c"}"#, r#"line 1: expected equal, got "c" while parsing: "{\"a\", \"b = \"c""#),
        (r#"{"a",b\nc="d"} 1"#, r#"line 1: expected equal, got "\\" while parsing: "{\"a\",b\\""#),
        ("a true\n", r#"line 1: invalid value "true""#),
        (
            "something_weird{problem=\"",
            r#"line 1: expected label value, got "\"" while parsing: "something_weird{problem=\"""#,
        ),
        (
            "empty_label_name{=\"\"} 0",
            r#"line 1: expected label name, got "=" while parsing: "empty_label_name{=""#,
        ),
        ("{A}0", r#"line 1: expected equal, got "}" while parsing: "{A}""#),
        ("foo 1_2\n", r#"line 1: invalid value "1_2""#),
        ("foo 0x1p-3\n", r#"line 1: invalid value "0x1p-3""#),
        ("foo 1\r\n", r#"line 1: invalid value "1\r""#),
        ("foo 0 1_2\n", r#"line 1: expected next entry after timestamp, got "_" while parsing: "foo 0 1_""#),
        ("foo 0 -1\n", r#"line 1: expected timestamp or new record, got "-" while parsing: "foo 0 -""#),
        ("foo 0 99999999999999999999\n", r#"line 1: invalid timestamp "99999999999999999999""#),
        (r#"{a="ok"} 1"#, r#"line 1: metric name not set while parsing: "{a=\"ok\"}""#),
        (r#"a{"b"} 1"#, r#"line 1: metric name already set while parsing: "a{\"b\"""#),
        (
            "# TYPE #\n#EOF\n",
            r##"line 1: expected metric name after TYPE, got "#" while parsing: "# TYPE #""##,
        ),
        (
            "\n\n# HELP #\n#EOF\n",
            r##"line 3: expected metric name after HELP, got "#" while parsing: "# HELP #""##,
        ),
        ("# TYPE a gauges\n", r#"line 1: invalid metric type "gauges""#),
        ("# TYPE a gauge \n", r#"line 1: invalid metric type "gauge ""#),
        ("9 1\n", r#"line 1: expected a valid start token, got "9" while parsing: "9""#),
        ("a{b=\u{0}\"ssss\"} 1\n", r#"line 1: expected label value, got "\x00" while parsing: "a{b=\x00""#),
        ("a{b\u{0}=\"hiih\"}	1", r#"line 1: expected equal, got "\x00" while parsing: "a{b\x00""#),
        ("a\u{0}{b=\"ddd\"} 1", r#"line 1: expected value after metric, got "\x00" while parsing: "a\x00""#),
        (
            "a 0 1\u{0}",
            r#"line 1: expected next entry after timestamp, got "\x00" while parsing: "a 0 1\x00""#,
        ),
    ] {
        assert_eq!(text(body).last().map(String::as_str), Some(expected), "{body:?}");
    }
    for (body, expected) in [
        (
            &b"a{\xff=\"foo\"} 1\n"[..],
            "line 1: expected label name, got \"\u{fffd}\" while parsing: \"a{\u{fffd}\"",
        ),
        (&b"a{b=\"\xff\"} 1\n"[..], "line 1: invalid UTF-8 label value: \"\u{fffd}\""),
        (&b"# HELP a \xff\n"[..], "line 1: invalid UTF-8 help text: \"\u{fffd}\""),
    ] {
        let found = read(body, BodyFormat::Text, Options::default());
        assert_eq!(found, [expected]);
    }
}

#[test]
fn keeps_zero_bytes_in_values() {
    assert_eq!(text("a{b=\"\u{0}ss\"} 1\n"), [r#"{__name__="a", b="\x00ss"} 1"#]);
}

#[test]
fn refuses_duplicate_labels() {
    let mut reader = Reader::new(b"ok 1\nx{a=\"1\",a=\"1\"} 1", BodyFormat::Text, Options::default());
    reader.next().unwrap();
    let Some(Entry::Sample { series, .. }) = reader.next().unwrap() else { panic!("a sample stands there") };
    let error = series.labels().unwrap_err();
    assert_eq!(error.to_string(), r#"line 2: label name "a" is not unique: invalid sample"#);
}

/// Takes the next line if it is of this series.
fn take(reader: &mut Reader<'_>, key: &[u8]) -> Option<crate::KnownSample> {
    reader.take_known(|k| k == key)
}

#[test]
fn takes_known_series_without_looking_at_labels() {
    let body = b"# TYPE a gauge\na{b=\"c\"} 1.5\na{b=\"d\"} 2 100\na{b=\"e\"}  3\na 4\nab 5\nx 0x\n";
    let mut reader = Reader::new(body, BodyFormat::Text, Options::default());
    assert_eq!(take(&mut reader, b"a{b=\"c\"}"), None); // the TYPE line stands before it
    reader.next().unwrap();
    let known = |value, timestamp_ms| Some(crate::KnownSample { value, timestamp_ms });
    assert_eq!(take(&mut reader, b"a{b=\"c\"}"), known(1.5, None));
    assert_eq!(take(&mut reader, b"a{b=\"e\"}"), None);
    assert_eq!(take(&mut reader, b"a{b=\"d\"}"), known(2.0, Some(100)));
    assert_eq!(take(&mut reader, b"a{b=\"e\"}"), None); // two blanks: not the plain form
    assert!(matches!(reader.next(), Ok(Some(Entry::Sample { value: 3.0, .. }))));
    assert_eq!(take(&mut reader, b"a"), known(4.0, None));
    assert_eq!(take(&mut reader, b"a"), None); // `ab` is another series
    assert_eq!(take(&mut reader, b"ab"), known(5.0, None));
    assert_eq!(take(&mut reader, b"x"), None);
    assert!(reader.next().is_err());
}

#[test]
fn known_keys_do_not_change_what_is_read() {
    // Lines that could be mistaken for others, read with every key they hold as known.
    let body = "a{b=\"} 1\nx 2\"} 3\na{b=\"x\"} 4\nx 2 7\na{b=\"} 1 # {\"} 5\nx{} 6\nx 2\n{\"x\"} 8\n";
    let expected = text(body);
    let keys: Vec<Vec<u8>> = {
        let mut reader = Reader::new(body.as_bytes(), BodyFormat::Text, Options::default());
        let mut keys = Vec::new();
        while let Some(entry) = reader.next().unwrap() {
            if let Entry::Sample { series, .. } = entry {
                keys.push(series.key().to_vec());
            }
        }
        keys
    };
    let mut reader = Reader::new(body.as_bytes(), BodyFormat::Text, Options::default());
    let mut found = Vec::new();
    loop {
        let taken = reader.take_known(|key| keys.iter().any(|k| k == key));
        if let Some(sample) = taken {
            found.push(model::number::format_g(sample.value));
        } else if let Some(entry) = reader.next().unwrap() {
            found.push(print(&entry));
        } else {
            break;
        }
    }
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            expected.ends_with(found) || expected.contains(&format!(" {found} @")),
            "{found}: {expected}"
        );
    }
}
