use super::{AlertData, FUNCTIONS, histogram, query_result};
use crate::value::{IntKind, STRINGS};
use crate::{Host, Limits, MissingKey, Template, Value};
use std::sync::Arc;

struct Answers(Vec<(Value, Value)>);

impl Host for Answers {
    fn query(&self, _query: &str) -> Result<Value, String> {
        Ok(query_result(self.0.clone()))
    }
    fn now_ms(&self) -> i64 {
        1_353_755_652_000
    }
    fn external_url(&self) -> &str {
        "http://testhost:9090/path/prefix"
    }
}

fn answers() -> Answers {
    let sample = |instance: &str, v: f64| {
        (
            Value::string_map([("__name__", "metric"), ("instance", instance), ("__value__", "a")]),
            Value::Float(v),
        )
    };
    Answers(vec![sample("b", 21.0), sample("a", 11.0)])
}

fn run(text: &str, data: &Value, host: &dyn Host, html: bool) -> Result<String, String> {
    let template = Template::parse("test", text, FUNCTIONS).map_err(|e| e.to_string())?;
    let limits = Limits::default();
    let result =
        if html { template.execute_html(data, host, limits) } else { template.execute(data, host, limits) };
    result.map_err(|e| e.to_string())
}

fn floats(values: &[f64]) -> Value {
    Value::List(&STRINGS, Arc::new(values.iter().copied().map(Value::Float).collect()))
}

fn ints(values: &[i64]) -> Value {
    Value::List(&STRINGS, Arc::new(values.iter().map(|n| Value::Int(*n, IntKind::Int64)).collect()))
}

fn uints(values: &[u64]) -> Value {
    Value::List(&STRINGS, Arc::new(values.iter().map(|n| Value::Uint(*n)).collect()))
}

/// The table of Prometheus's own test, `template/template_test.go`.
#[test]
fn expands_as_prometheus() {
    let none = Value::None;
    let strings = |items: &[&str]| Value::strings(items);
    let all = "{{ range . }}{{ humanize . }}:{{ humanize1024 . }}:{{ humanizeDuration . }}:{{humanizeTimestamp .}}:{{ end }}";
    let table: Vec<(&str, Value, &str)> = vec![
        ("plain text", none.clone(), "plain text"),
        ("{{ 1 }}", none.clone(), "1"),
        ("{{ \"<b>\" }}", none.clone(), "<b>"),
        ("{{define \"x\"}}{{.arg0}} {{.arg1}}{{end}}{{template \"x\" (args 1 \"2\")}}", none.clone(), "1 2"),
        ("{{ query \"1.5\" | first | value }}", none.clone(), "21"),
        ("{{ query \"metric{instance='a'}\" | first | label \"instance\" }}", none.clone(), "b"),
        ("{{ query \"metric{__value__='a'}\" | first | strvalue }}", none.clone(), "a"),
        ("{{ query \"metric\" | first | label \"foo\" }}", none.clone(), ""),
        ("{{ $x := query \"metric\" | first }}{{ $x.Labels.foo }}", none.clone(), ""),
        (
            "{{ range query \"metric\" | sortByLabel \"instance\" }}{{.Labels.instance}}:{{.Value}}: {{end}}",
            none.clone(),
            "a:11: b:21: ",
        ),
        ("{{ \"foo.example.com:12345\" | stripPort }}", none.clone(), "foo.example.com"),
        ("{{ .Foo }}", none.clone(), "<no value>"),
        ("{{ reReplaceAll \"(a)b\" \"x$1\" \"ab\" }}", none.clone(), "xa"),
        (
            "{{ range . }}{{ humanize . }}:{{ end }}",
            floats(&[0.0, 1.0, 1_234_567.0, 0.12]),
            "0:1:1.235M:120m:",
        ),
        (
            "{{ range . }}{{ humanize . }}:{{ end }}",
            strings(&["0.0", "1.0", "1234567.0", ".12"]),
            "0:1:1.235M:120m:",
        ),
        (
            "{{ range . }}{{ humanize . }}:{{ end }}",
            ints(&[0, -1, 1, 1_234_567, i64::MAX]),
            "0:-1:1:1.235M:9.223E:",
        ),
        (
            "{{ range . }}{{ humanize . }}:{{ end }}",
            uints(&[0, 1, 1_234_567, u64::MAX]),
            "0:1:1.235M:18.45E:",
        ),
        (
            "{{ range . }}{{ humanize1024 . }}:{{ end }}",
            floats(&[0.0, 1.0, 1_048_576.0, 0.12]),
            "0:1:1Mi:0.12:",
        ),
        (
            "{{ range . }}{{ humanize1024 . }}:{{ end }}",
            ints(&[0, -1, 1, 1_234_567, i64::MAX]),
            "0:-1:1:1.177Mi:8Ei:",
        ),
        (
            "{{ range . }}{{ humanize1024 . }}:{{ end }}",
            uints(&[0, 1, 1_234_567, u64::MAX]),
            "0:1:1.177Mi:16Ei:",
        ),
        (
            "{{ range . }}{{ humanizeDuration . }}:{{ end }}",
            floats(&[0.0, 1.0, 60.0, 3600.0, 86400.0, 90000.0, -183_845.0, 899.99]),
            "0s:1s:1m 0s:1h 0m 0s:1d 0h 0m 0s:1d 1h 0m 0s:-2d 3h 4m 5s:14m 59s:",
        ),
        (
            "{{ range . }}{{ humanizeDuration . }}:{{ end }}",
            floats(&[0.1, 0.0001, 0.12345, 60.1, 60.5, 1.2345, 12.345]),
            "100ms:100us:123.5ms:1m 0s:1m 0s:1.234s:12.35s:",
        ),
        (
            "{{ range . }}{{ humanizeDuration . }}:{{ end }}",
            ints(&[0, -1, 1, 1_234_567]),
            "0s:-1s:1s:14d 6h 56m 7s:",
        ),
        (
            all,
            floats(&[f64::INFINITY, f64::NEG_INFINITY, f64::NAN]),
            "+Inf:+Inf:+Inf:+Inf:-Inf:-Inf:-Inf:-Inf:NaN:NaN:NaN:NaN:",
        ),
        (all, strings(&["+Inf", "-Inf", "NaN"]), "+Inf:+Inf:+Inf:+Inf:-Inf:-Inf:-Inf:-Inf:NaN:NaN:NaN:NaN:"),
        (
            "{{ -0.22222 | humanizePercentage }}:{{ 0.0 | humanizePercentage }}:{{ 0.1234567 | humanizePercentage }}:{{ 1.23456 | humanizePercentage }}",
            none.clone(),
            "-22.22%:0%:12.35%:123.5%",
        ),
        (
            "{{ range . }}{{ humanizePercentage . }}:{{ end }}",
            ints(&[0, -1, 1, 1_234_567, i64::MAX]),
            "0%:-100%:100%:1.235e+08%:9.223e+20%:",
        ),
        (
            "{{ range . }}{{ humanizeTimestamp . }}:{{ end }}",
            ints(&[0, -1, 1, 1_234_567, 9_223_372_036]),
            "1970-01-01 00:00:00 +0000 UTC:1969-12-31 23:59:59 +0000 UTC:1970-01-01 00:00:01 +0000 UTC:1970-01-15 06:56:07 +0000 UTC:2262-04-11 23:47:16 +0000 UTC:",
        ),
        ("{{ 1435065584.128 | humanizeTimestamp }}", none.clone(), "2015-06-23 13:19:44.128 +0000 UTC"),
        ("{{ (\"1435065584.128\" | toTime).Format \"2006\" }}", none.clone(), "2015"),
        ("{{ (1800 | toDuration).String }} {{ \"1800\" | toDuration }}", none.clone(), "30m0s 30m0s"),
        ("{{ now }}", none.clone(), "1.353755652e+09"),
        ("{{ (now | toTime).Format \"Mon Jan 2 15:04:05 2006\" }}", none.clone(), "Sat Nov 24 11:14:12 2012"),
        (
            "{{ (\"-30m\" | parseDuration | toDuration | (now | toTime).Add).UnixMilli }}",
            none.clone(),
            "1353753852000",
        ),
        (
            "{{ \"aa bb CC\" | title }}{{ \"aa bb CC\" | toUpper }}{{ \"aA bB CC\" | toLower }}",
            none.clone(),
            "Aa Bb CCAA BB CCaa bb cc",
        ),
        ("{{ match \"a+\" \"aa\" }} {{ match \"a+\" \"b\" }}", none.clone(), "true false"),
        (
            "{{ graphLink \"up\" }} {{ tableLink \"up\" }}",
            none.clone(),
            "/graph?g0.expr=up&g0.tab=0 /graph?g0.expr=up&g0.tab=1",
        ),
        ("{{ pathPrefix }} {{ externalURL }}", none.clone(), "/path/prefix http://testhost:9090/path/prefix"),
        (
            "{{ printf \"%0.2f\" (parseDuration \"1h2m10ms\") }} {{ printf \"%0.2f\" (parseDuration \"-1h2m10ms\") }}",
            none.clone(),
            "3720.01 -3720.01",
        ),
        (
            "{{ \"foo.example.com:12345\" | stripDomain }} {{ \"a b\" | urlQueryEscape }}",
            none.clone(),
            "foo:12345 a+b",
        ),
        ("{{ . }}", histogram("{count:3, sum:10}"), "{count:3, sum:10}"),
    ];
    for (text, data, want) in table {
        assert_eq!(run(text, &data, &answers(), false).as_deref(), Ok(want), "{text}");
    }
    for (text, want) in [
        ("{{ \"<b>\" }}", "&lt;b&gt;"),
        ("{{ \"<b>\" | safeHtml }}", "<b>"),
        ("{{ .Foo }}", ""),
        ("{{ define \"a\" }}x{{ end }}{{ $name := \"a\"}}{{ tmpl $name . }}", "x"),
    ] {
        assert_eq!(run(text, &none, &answers(), true).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn complains_as_prometheus() {
    let empty = Answers(Vec::new());
    for (text, data, want) in [
        ("{{\u{a0}}}", Value::None, "template: test:1: unrecognized character in action: U+00A0"),
        ("{{", Value::None, "template: test:1: unclosed action"),
        (
            "{{ query \"missing\" | first }}",
            Value::None,
            "template: test:1:21: executing \"test\" at <first>: error calling first: first() called on vector with no elements",
        ),
        (
            "{{ (query \"missing\").banana }}",
            Value::None,
            "template: test:1:10: executing \"test\" at <\"missing\">: can't evaluate field banana in type template.queryResult",
        ),
        (
            "{{ humanize \"one\" }}",
            Value::None,
            "template: test:1:3: executing \"test\" at <humanize \"one\">: error calling humanize: strconv.ParseFloat: parsing \"one\": invalid syntax",
        ),
        (
            "{{ \"one\" | humanizePercentage }}",
            Value::None,
            "template: test:1:11: executing \"test\" at <humanizePercentage>: error calling humanizePercentage: strconv.ParseFloat: parsing \"one\": invalid syntax",
        ),
        (
            "{{ range . }}{{ humanizeTimestamp . }}:{{ end }}",
            ints(&[i64::MIN]),
            "template: test:1:16: executing \"test\" at <humanizeTimestamp .>: error calling humanizeTimestamp: -9.223372036854776e+18 cannot be represented as a nanoseconds timestamp since it overflows int64",
        ),
        ("{{ nothing }}", Value::None, "template: test:1: function \"nothing\" not defined"),
        (
            "{{ .Labels.a }}",
            Value::Float(1.0),
            "template: test:1:3: executing \"test\" at <.Labels.a>: can't evaluate field Labels in type float64",
        ),
        (
            "{{ reReplaceAll \"(\" \"\" \"\" }}",
            Value::None,
            "template: test:1:3: executing \"test\" at <reReplaceAll \"(\" \"\" \"\">: error calling reReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`",
        ),
    ] {
        // Go names the last field of a chain as the place.
        let want = want.replace(
            "test:1:3: executing \"test\" at <.Labels.a>",
            "test:1:10: executing \"test\" at <.Labels.a>",
        );
        assert_eq!(run(text, &data, &empty, false), Err(want), "{text}");
    }
    let strict =
        Template::parse("test", "{{ .Foo }}", FUNCTIONS).unwrap().with_missing_key(MissingKey::Error);
    assert_eq!(
        strict.execute(&Value::None, &empty, Limits::default()).unwrap_err().to_string(),
        "template: test:1:3: executing \"test\" at <.Foo>: nil data; no entry for key \"Foo\""
    );
}

#[test]
fn alerts_see_labels_and_value() {
    let data = AlertData {
        labels: Value::string_map([("instance", "a:80"), ("job", "j")]),
        external_labels: Value::string_map([("region", "kr")]),
        external_url: Value::string("http://x"),
        value: Value::Float(0.25),
    };
    let text = format!(
        "{}{{{{ $labels.instance }}}} {{{{ $value | humanizePercentage }}}} {{{{ $externalLabels.region }}}} {{{{ .ExternalURL }}}} {{{{ $labels.none }}}}|{{{{ $labels }}}}",
        AlertData::PREAMBLE
    );
    let out = run(&text, &data.into_value(), &answers(), false);
    assert_eq!(out.as_deref(), Ok("a:80 25% kr http://x |map[instance:a:80 job:j]"));
}
