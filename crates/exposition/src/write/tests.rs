//! Bodies as written, and as read back.

use model::histogram::{FloatHistogram, HistogramValue, Span};
use model::{Exemplar, Labels, MetricType};
use proptest::prelude::*;

use super::*;
use crate::{BodyFormat, Entry, EscapingScheme, Metric, MetricValue, Options, Reader};

fn metric(labels: &[(&str, &str)], value: MetricValue) -> Metric {
    Metric {
        labels: Labels::from_pairs(labels.iter().copied()),
        value,
        timestamp_ms: None,
        start_ms: None,
        blank_labels: &[],
    }
}

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    MetricFamily { name: name.into(), help: help.into(), kind, unit: String::new(), metrics }
}

fn families() -> Vec<MetricFamily> {
    let exemplar =
        Exemplar { labels: Labels::from_pairs([("trace_id", "a\"b")]), value: 0.5, timestamp_ms: Some(1500) };
    let mut counter = family(
        "requests_total",
        "All \"requests\", even \\ and\nmore.",
        MetricType::Counter,
        vec![
            metric(
                &[("code", "200"), ("path", "/a\"b\\c\nd")],
                MetricValue::Number(1e6, Some(exemplar.clone())),
            ),
            metric(&[], MetricValue::Number(f64::NAN, None)),
        ],
    );
    counter.metrics[0].start_ms = Some(1_000_500);
    counter.metrics[0].timestamp_ms = Some(2_000_250);
    let mut gauge = family(
        "temperature_celsius",
        "",
        MetricType::Gauge,
        vec![metric(&[], MetricValue::Number(-1.5, None))],
    );
    gauge.unit = "celsius".into();
    let utf8 = family(
        "http.status",
        "Names of today.",
        MetricType::Unknown,
        vec![
            metric(&[("service.name", "é")], MetricValue::Number(f64::INFINITY, None)),
            metric(&[], MetricValue::Number(0.0, None)),
        ],
    );
    let histogram = family(
        "latency_seconds",
        "How long.",
        MetricType::Histogram,
        vec![metric(
            &[("a", "b")],
            MetricValue::Histogram {
                buckets: vec![(0.5, 1.0, None), (1.0, 3.0, Some(exemplar))],
                sum: 2.25,
                count: 4.0,
                native: None,
            },
        )],
    );
    let summary = family(
        "size_bytes",
        "How much.",
        MetricType::Summary,
        vec![metric(
            &[],
            MetricValue::Summary { quantiles: vec![(0.5, 10.0), (1.0, 20.0)], sum: 30.0, count: 2.0 },
        )],
    );
    vec![counter, gauge, utf8, histogram, summary]
}

fn written(encoding: Encoding, escaping: EscapingScheme) -> String {
    String::from_utf8(write(&families(), Format { encoding, escaping })).unwrap()
}

#[test]
fn text() {
    let expected = r#"# HELP requests_total All "requests", even \\ and\nmore.
# TYPE requests_total counter
requests_total{code="200",path="/a\"b\\c\nd"} 1e+06 2000250
requests_total NaN
# TYPE temperature_celsius gauge
temperature_celsius -1.5
# HELP "http.status" Names of today.
# TYPE "http.status" untyped
{"http.status","service.name"="é"} +Inf
{"http.status"} 0
# HELP latency_seconds How long.
# TYPE latency_seconds histogram
latency_seconds_bucket{a="b",le="0.5"} 1
latency_seconds_bucket{a="b",le="1"} 3
latency_seconds_bucket{a="b",le="+Inf"} 4
latency_seconds_sum{a="b"} 2.25
latency_seconds_count{a="b"} 4
# HELP size_bytes How much.
# TYPE size_bytes summary
size_bytes{quantile="0.5"} 10
size_bytes{quantile="1"} 20
size_bytes_sum 30
size_bytes_count 2
"#;
    assert_eq!(written(Encoding::Text, EscapingScheme::AllowUtf8), expected);
}

#[test]
fn openmetrics() {
    let expected = r#"# HELP requests All \"requests\", even \\ and\nmore.
# TYPE requests counter
requests_total{code="200",path="/a\"b\\c\nd"} 1e+06 2000.25 # {trace_id="a\"b"} 0.5 1.5
requests_created{code="200",path="/a\"b\\c\nd"} 1000.5
requests_total NaN
# TYPE temperature_celsius gauge
# UNIT temperature_celsius celsius
temperature_celsius -1.5
# HELP "http.status" Names of today.
# TYPE "http.status" unknown
{"http.status","service.name"="é"} +Inf
{"http.status"} 0.0
# HELP latency_seconds How long.
# TYPE latency_seconds histogram
latency_seconds_bucket{a="b",le="0.5"} 1
latency_seconds_bucket{a="b",le="1.0"} 3 # {trace_id="a\"b"} 0.5 1.5
latency_seconds_bucket{a="b",le="+Inf"} 4
latency_seconds_sum{a="b"} 2.25
latency_seconds_count{a="b"} 4
# HELP size_bytes How much.
# TYPE size_bytes summary
size_bytes{quantile="0.5"} 10.0
size_bytes{quantile="1.0"} 20.0
size_bytes_sum 30.0
size_bytes_count 2
# EOF
"#;
    assert_eq!(written(Encoding::OpenMetrics1, EscapingScheme::AllowUtf8), expected);
}

#[test]
fn names_are_escaped_as_asked() {
    let body = written(Encoding::Text, EscapingScheme::Underscores);
    assert!(body.contains("http_status{service_name=\"é\"} +Inf\n"), "{body}");
    let body = written(Encoding::OpenMetrics1, EscapingScheme::Values);
    assert!(body.contains("U__http_2e_status{U__service_2e_name=\"é\"} +Inf\n"), "{body}");
    assert!(body.contains("size_bytes_count 2\n"), "names that are fine stay: {body}");
}

/// Samples by labels, whatever the format.
fn samples(body: &[u8], format: BodyFormat) -> Vec<(String, u64)> {
    let options = Options { start_times: true, ..Options::default() };
    let mut reader = Reader::new(body, format, options);
    let mut found = Vec::new();
    while let Some(entry) = reader.next().unwrap() {
        if let Entry::Sample { series, value, .. } = entry {
            found.push((series.labels().unwrap().to_string(), value.to_bits()));
        }
    }
    found.sort();
    found
}

#[test]
fn all_formats_say_the_same() {
    let families = families();
    let read = |encoding, format| {
        samples(&write(&families, Format { encoding, escaping: EscapingScheme::AllowUtf8 }), format)
    };
    let text = read(Encoding::Text, BodyFormat::Text);
    assert_eq!(text.len(), 14);
    assert_eq!(read(Encoding::OpenMetrics1, BodyFormat::OpenMetrics), text);
    assert_eq!(read(Encoding::OpenMetrics0, BodyFormat::OpenMetrics), text);
    assert_eq!(read(Encoding::Protobuf, BodyFormat::Protobuf), text);
}

#[test]
fn blank_labels_are_told_and_read_in_all_formats() {
    let mut told = metric(&[("a", "b")], MetricValue::Number(1.0, None));
    told.blank_labels = &["instance"];
    let family = family("m", "", MetricType::Gauge, vec![told]);
    for (encoding, format) in [
        (Encoding::Text, BodyFormat::Text),
        (Encoding::OpenMetrics1, BodyFormat::OpenMetrics),
        (Encoding::Protobuf, BodyFormat::Protobuf),
    ] {
        let body = write([&family], Format { encoding, escaping: EscapingScheme::AllowUtf8 });
        let mut reader = Reader::new(&body, format, Options::default());
        let mut found = Vec::new();
        while let Some(entry) = reader.next().unwrap() {
            if let Entry::Sample { series, .. } = entry {
                let labels = series.labels().unwrap().to_string();
                found.push((labels, series.blank_labels().join(",")));
            }
        }
        assert_eq!(found, [(r#"{__name__="m", a="b"}"#.to_owned(), "instance".to_owned())], "{format:?}");
    }
}

#[test]
fn native_histograms_round_trip() {
    for counts in [vec![1.0, 3.0, 2.0], vec![1.5, 3.0, 2.25]] {
        let total: f64 = counts.iter().sum();
        let native = FloatHistogram {
            schema: -2,
            zero_threshold: 0.001,
            count: total + 1.0,
            zero_count: 1.0,
            sum: 7.0,
            positive_spans: vec![Span { offset: -3, length: 1 }, Span { offset: 4, length: 1 }],
            positive_buckets: counts[..2].to_vec(),
            negative_spans: vec![Span { offset: 2, length: 1 }],
            negative_buckets: counts[2..].to_vec(),
            ..FloatHistogram::default()
        };
        let value = MetricValue::Histogram {
            buckets: Vec::new(),
            sum: native.sum,
            count: native.count,
            native: Some(Box::new(native.clone())),
        };
        let family = family("h", "", MetricType::Histogram, vec![metric(&[], value)]);
        let format = Format { encoding: Encoding::Protobuf, escaping: EscapingScheme::AllowUtf8 };
        let body = write([&family], format);
        let mut reader = Reader::new(&body, BodyFormat::Protobuf, Options::default());
        let mut found = None;
        while let Some(entry) = reader.next().unwrap() {
            if let Entry::Histogram { value, .. } = entry {
                found = Some(value);
            }
        }
        let found = found.unwrap();
        assert_eq!(matches!(found, HistogramValue::Integer(_)), total.fract() == 0.0);
        assert_eq!(found.to_float(), native);
    }
}

fn any_label() -> impl Strategy<Value = (String, String)> {
    ("[a-zA-Z_.é ]{1,6}", "\\PC{0,8}|[\\\\\"\n{}, =]{0,6}")
        .prop_map(|(name, value)| (format!("l{name}"), value))
}

proptest! {
    #[test]
    fn whatever_is_written_can_be_read(
        name in "[a-z][a-z.: \"\\\\é]{0,8}",
        help in "\\PC{0,10}",
        labels in prop::collection::vec(any_label(), 0..4),
        bits: u64,
    ) {
        let value = f64::from_bits(bits);
        let value = if value.is_nan() { model::value::NORMAL_NAN } else { value };
        let labels = Labels::from_pairs(labels);
        let metric = Metric { labels: labels.clone(), value: MetricValue::Number(value, None), timestamp_ms: None, start_ms: None, blank_labels: &[] };
        let family = family(&name, &help, MetricType::Gauge, vec![metric]);
        let expected = labels.builder().set("__name__", name.as_str()).labels().to_string();
        for (encoding, format) in [
            (Encoding::Text, BodyFormat::Text),
            (Encoding::OpenMetrics1, BodyFormat::OpenMetrics),
            (Encoding::Protobuf, BodyFormat::Protobuf),
        ] {
            let body = write([&family], Format { encoding, escaping: EscapingScheme::AllowUtf8 });
            prop_assert_eq!(samples(&body, format), [(expected.clone(), value.to_bits())], "{:?}", String::from_utf8_lossy(&body));
        }
    }
}
