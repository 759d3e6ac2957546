use model::histogram::{FloatHistogram, Span};
use model::{Labels, MetricType};

use super::*;
use crate::{Encoding, EscapingScheme, Format, Metric, MetricFamily, MetricValue, write};

fn exemplar(id: &str, value: f64, timestamp_ms: Option<i64>) -> Exemplar {
    Exemplar { labels: Labels::from_pairs([("id", id)]), value, timestamp_ms }
}

fn family(name: &str, kind: MetricType, value: MetricValue) -> MetricFamily {
    MetricFamily {
        name: name.into(),
        help: format!("help of {name}"),
        kind,
        unit: String::new(),
        metrics: vec![Metric {
            labels: Labels::from_pairs([("a", "b")]),
            value,
            timestamp_ms: None,
            start_ms: None,
            blank_labels: &[],
        }],
    }
}

fn body(families: &[MetricFamily]) -> Vec<u8> {
    write(families, Format { encoding: Encoding::Protobuf, escaping: EscapingScheme::AllowUtf8 })
}

fn histogram(native: bool) -> MetricFamily {
    let buckets =
        vec![(0.5, 2.0, Some(exemplar("x", 0.25, Some(5)))), (1.0, 3.0, Some(exemplar("y", 1.0, None)))];
    let native = native.then(|| {
        Box::new(FloatHistogram {
            schema: 3,
            zero_threshold: 0.25,
            zero_count: 1.0,
            positive_spans: vec![Span { offset: 0, length: 1 }, Span { offset: 2, length: 2 }],
            positive_buckets: vec![1.0, 0.0, 2.0],
            ..FloatHistogram::default()
        })
    });
    family("h", MetricType::Histogram, MetricValue::Histogram { buckets, sum: 7.5, count: 4.0, native })
}

#[test]
fn reads_simple_metrics() {
    let mut counter =
        family("c_total", MetricType::Counter, MetricValue::Number(5.0, Some(exemplar("t", 1.0, Some(7)))));
    counter.unit = "bytes".into();
    counter.metrics[0].start_ms = Some(1_234_567);
    counter.metrics[0].timestamp_ms = Some(99);
    let gauge = family("g", MetricType::Gauge, MetricValue::Number(f64::NAN, None));
    let untyped = family("u", MetricType::Unknown, MetricValue::Number(-1.5, None));
    let empty = MetricFamily { metrics: Vec::new(), ..gauge.clone() };
    let quantiles = vec![(0.5, 1.0), (1.0, 2.0)];
    let summary = family("s", MetricType::Summary, MetricValue::Summary { quantiles, sum: 3.0, count: 2.0 });
    let found =
        read(&body(&[empty, counter, gauge, untyped, summary]), BodyFormat::Protobuf, Options::default());
    assert_eq!(
        found,
        [
            "help c_total help of c_total",
            "unit c_total bytes",
            "type c_total counter",
            r#"{__name__="c_total", a="b"} 5 @99 ^1234567 #{id="t"} 1 @7"#,
            "help g help of g",
            "type g gauge",
            r#"{__name__="g", a="b"} NaN"#,
            "help u help of u",
            "type u unknown",
            r#"{__name__="u", a="b"} -1.5"#,
            "help s help of s",
            "type s summary",
            r#"{__name__="s_count", a="b"} 2"#,
            r#"{__name__="s_sum", a="b"} 3"#,
            r#"{__name__="s", a="b", quantile="0.5"} 1"#,
            r#"{__name__="s", a="b", quantile="1.0"} 2"#,
        ]
    );
}

const CLASSIC: [&str; 5] = [
    r#"{__name__="h_count", a="b"} 4"#,
    r#"{__name__="h_sum", a="b"} 7.5"#,
    r#"{__name__="h_bucket", a="b", le="0.5"} 2 #{id="x"} 0.25 @5"#,
    r#"{__name__="h_bucket", a="b", le="1.0"} 3 #{id="y"} 1"#,
    r#"{__name__="h_bucket", a="b", le="+Inf"} 4"#,
];
// Empty buckets and exemplars without a time are left out of native histograms.
const NATIVE: &str = r#"{__name__="h", a="b"} {count:4, sum:7.5, [-0.25,0.25]:1, (0.9170040432046711,1]:1, (1.2968395546510096,1.414213562373095]:2} #{id="x"} 0.25 @5"#;
const CONVERTED: &str =
    r#"{__name__="h", a="b"} {count:4, sum:7.5, [-Inf,0.5]:2, (0.5,1]:1, (1,+Inf]:1} #{id="x"} 0.25 @5"#;

#[test]
fn expands_histograms_as_asked() {
    let native = |options| read(&body(&[histogram(true)]), BodyFormat::Protobuf, options)[2..].to_vec();
    let classic = |options| read(&body(&[histogram(false)]), BodyFormat::Protobuf, options)[2..].to_vec();
    let plain = Options::default();
    let keep = Options { keep_classic: true, ..plain };
    let convert = Options { convert_classic: true, ..plain };
    let ignore = Options { ignore_native: true, ..plain };
    assert_eq!(classic(plain), CLASSIC);
    assert_eq!(classic(keep), CLASSIC);
    assert_eq!(classic(convert), [CONVERTED]);
    assert_eq!(classic(Options { keep_classic: true, ..convert }), [&CLASSIC[..], &[CONVERTED]].concat());
    assert_eq!(native(plain), [NATIVE]);
    assert_eq!(native(convert), [NATIVE]);
    assert_eq!(native(keep), [&[NATIVE], &CLASSIC[..]].concat());
    assert_eq!(native(Options { keep_classic: true, ..convert }), [&[NATIVE], &CLASSIC[..]].concat());
    assert_eq!(native(ignore), CLASSIC);
    assert_eq!(native(Options { convert_classic: true, ..ignore }), [CONVERTED]);
}

#[test]
fn several_metrics_of_a_family_follow_each_other() {
    let mut h = histogram(true);
    h.metrics
        .push(Metric { labels: Labels::from_pairs([("a", "c")]), ..histogram(false).metrics[0].clone() });
    let found = read(&body(&[h]), BodyFormat::Protobuf, Options::default());
    assert_eq!(found.len(), 2 + 1 + 5);
    assert_eq!(found[3], r#"{__name__="h_count", a="c"} 4"#);
}

#[test]
fn refuses_with_offset_and_reason() {
    let good = body(&[histogram(true)]);
    let mut cut = good.clone();
    cut.truncate(good.len() - 1);
    for (body, expected) in [
        (&[0x80u8][..], "byte 1: MetricFamily: ends inside a number"),
        (&[5, 1], "byte 1: MetricFamily: needs 5 bytes where 1 are left"),
        (&[2, 0x00, 0x00], "byte 2: MetricFamily: illegal field number 0"),
        (&[2, 0x0b, 0x00], "byte 2: MetricFamily: field 1 has the unusable wire type 3"),
        (&[2, 0x18, 9], "byte 3: MetricFamily: unknown metric type 9"),
        (&[2, 0x08, 9], "byte 3: MetricFamily: metric name cannot be a varint"),
        (&[3, 0x0a, 1, 0xff], "byte 4: invalid UTF-8 metric name: \"\u{fffd}\""),
        (&[2, 0x22, 0], "byte 3: MetricFamily: invalid metric name: "),
        (
            &cut,
            &format!(
                "byte {}: MetricFamily: needs {} bytes where {} are left",
                2,
                good.len() - 2,
                good.len() - 3
            ),
        ),
    ] {
        assert_eq!(read(body, BodyFormat::Protobuf, Options::default()), [expected], "{body:x?}");
    }
}

#[test]
fn refuses_spans_that_do_not_fit() {
    let mut h = histogram(true);
    if let MetricValue::Histogram { native: Some(native), .. } = &mut h.metrics[0].value {
        native.positive_buckets.pop();
    }
    let found = read(&body(&[h]), BodyFormat::Protobuf, Options::default());
    let error = found.last().unwrap();
    assert!(error.ends_with("histogram: \"h\": positive side: spans require 3 buckets, have 2"), "{error}");
}

#[test]
fn keys_differ_where_series_differ() {
    let found = body(&[histogram(true), histogram(false)]);
    let options = Options { keep_classic: true, ..Options::default() };
    let mut reader = Reader::new(&found, BodyFormat::Protobuf, options);
    let mut keys = std::collections::BTreeMap::new();
    while let Some(entry) = reader.next().unwrap() {
        if let Entry::Sample { series, .. } | Entry::Histogram { series, .. } = entry {
            let labels = series.labels().unwrap();
            assert_eq!(*keys.entry(series.key().to_vec()).or_insert_with(|| labels.clone()), labels);
        }
    }
    assert_eq!(keys.len(), 6);
}
