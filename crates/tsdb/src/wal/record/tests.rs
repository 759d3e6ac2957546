use model::Labels;
use model::histogram::{FloatHistogram, Histogram, HistogramValue, ResetHint, Span};
use proptest::prelude::*;

use super::*;
use model::MetricType;

/// Everything a record held, in order.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    series: Vec<(u64, Vec<(String, String)>)>,
    samples: Vec<Sample>,
    histograms: Vec<HistogramSample>,
    stones: Vec<(u64, TimeRange)>,
    exemplars: Vec<(u64, Exemplar)>,
    metadata: Vec<(u64, Metadata)>,
    markers: Vec<(u64, u64)>,
}

impl RecordSink for Seen {
    fn series(&mut self, series: u64, labels: &[(&str, &str)]) {
        self.series.push((series, labels.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect()));
    }
    fn sample(&mut self, sample: Sample) {
        self.samples.push(sample);
    }
    fn histogram(&mut self, sample: HistogramSample) {
        self.histograms.push(sample);
    }
    fn tombstone(&mut self, series: u64, range: TimeRange) {
        self.stones.push((series, range));
    }
    fn exemplar(&mut self, series: u64, exemplar: Exemplar) {
        self.exemplars.push((series, exemplar));
    }
    fn metadata(&mut self, series: u64, metadata: Metadata) {
        self.metadata.push((series, metadata));
    }
    fn chunk_markers(&mut self, markers: &[(u64, u64)]) {
        self.markers.extend(markers);
    }
}

#[test]
fn markers_have_known_bytes() {
    let mut record = Vec::new();
    encode::chunk_markers(&mut record, std::iter::empty());
    assert!(record.is_empty());
    encode::chunk_markers(&mut record, [(7, 1 << 32 | 8), (300, 2 << 32)].into_iter());
    let bytes = [
        &[5][..], // type
        &[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 8],
        &[0, 0, 0, 0, 0, 0, 1, 44, 0, 0, 0, 2, 0, 0, 0, 0],
    ];
    assert_eq!(record, bytes.concat());
    assert_eq!(read(&record).markers, [(7, 1 << 32 | 8), (300, 2 << 32)]);
    assert!(decode(&record[..20], &mut Seen::default()).is_err());
}

fn read(record: &[u8]) -> Seen {
    let mut seen = Seen::default();
    decode(record, &mut seen).unwrap();
    seen
}

#[test]
fn series_have_known_bytes() {
    let mut record = Vec::new();
    encode::series_head(&mut record);
    encode::series_entry(&mut record, 100, 1, [("abc", "def")].into_iter());
    encode::series_entry(&mut record, 1, 0, std::iter::empty());
    let bytes = [
        &[1][..], // type
        &[0, 0, 0, 0, 0, 0, 0, 100, 1, 3, b'a', b'b', b'c', 3, b'd', b'e', b'f'],
        &[0, 0, 0, 0, 0, 0, 0, 1, 0],
    ];
    assert_eq!(record, bytes.concat());
    let pair = vec![("abc".to_owned(), "def".to_owned())];
    assert_eq!(read(&record).series, [(100, pair), (1, Vec::new())]);
}

#[test]
fn samples_have_known_bytes() {
    let samples =
        [(7, 1000, 1.0), (6, 1064, -2.0)].map(|(series, t, v)| Sample { series, t, v, start_ms: 0 });
    let mut record = Vec::new();
    encode::samples(&mut record, &samples);
    let bytes = [
        &[2][..],
        &[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 3, 0xe8],
        &[0, 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
        &[1, 0x80, 1, 0xc0, 0, 0, 0, 0, 0, 0, 0],
    ];
    assert_eq!(record, bytes.concat());
    assert_eq!(read(&record).samples, samples);
}

#[test]
fn samples_with_start_times_are_read() {
    // As `Encoder.samplesV2`: (ref, t, st, v), then differences with a marker: none, same, explicit.
    let mut record = vec![kind::SAMPLES_V2];
    let mut put = |values: &[i64], marker: Option<u8>, st: Option<i64>, v: f64| {
        for value in values {
            crate::encoding::put_varint(&mut record, *value);
        }
        record.extend(marker);
        if let Some(st) = st {
            crate::encoding::put_varint(&mut record, st);
        }
        record.extend_from_slice(&v.to_bits().to_be_bytes());
    };
    put(&[5, 1000, 900], None, None, 1.0);
    put(&[1, 15], Some(0), None, 2.0);
    put(&[1, 15], Some(1), None, 3.0);
    put(&[-2, 30], Some(2), Some(-5), 4.0);
    let expected = [(5, 1000, 1.0, 900), (6, 1015, 2.0, 0), (7, 1015, 3.0, 0), (5, 1030, 4.0, 895)];
    assert_eq!(
        read(&record).samples,
        expected.map(|(series, t, v, start_ms)| Sample { series, t, v, start_ms })
    );
}

#[test]
fn samples_with_start_times_have_known_bytes() {
    let samples = [(5, 1000, 1.0, 900), (6, 1015, 2.0, 900), (7, 1015, 3.0, 0), (5, 1030, 4.0, 895)]
        .map(|(series, t, v, start_ms)| Sample { series, t, v, start_ms });
    let mut record = Vec::new();
    encode::samples(&mut record, &samples);
    let bytes = [
        &[11, 10, 0xd0, 0x0f, 0x88, 0x0e, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0][..],
        &[2, 30, 1, 0x40, 0, 0, 0, 0, 0, 0, 0],     // the same as before
        &[2, 30, 0, 0x40, 8, 0, 0, 0, 0, 0, 0],     // none
        &[3, 60, 2, 9, 0x40, 16, 0, 0, 0, 0, 0, 0], // five before the first
    ];
    assert_eq!(record, bytes.concat());
    assert_eq!(read(&record).samples, samples);
}

fn histograms() -> Vec<HistogramSample> {
    let spans = vec![Span { offset: -3, length: 2 }, Span { offset: 1, length: 1 }];
    let integer = Histogram {
        reset_hint: ResetHint::Gauge,
        schema: 3,
        zero_threshold: 1e-128,
        zero_count: 2,
        count: 9,
        sum: 18.4,
        positive_spans: spans.clone(),
        positive_deltas: vec![1, 1, -1],
        negative_spans: vec![Span { offset: 0, length: 1 }],
        negative_deltas: vec![3],
        custom_values: Vec::new(),
    };
    let float = FloatHistogram { custom_values: Vec::new(), ..integer.to_float() };
    let custom = Histogram {
        schema: -53,
        zero_count: 0,
        zero_threshold: 0.0,
        negative_spans: Vec::new(),
        negative_deltas: Vec::new(),
        custom_values: vec![0.5, 1.0, 2.5],
        positive_spans: vec![Span { offset: 0, length: 3 }],
        ..integer.clone()
    };
    let values = [
        HistogramValue::Float(custom.to_float()),
        HistogramValue::Integer(integer),
        HistogramValue::Integer(custom),
        HistogramValue::Float(float),
    ];
    (1..).zip(values).map(|(series, h)| HistogramSample { series, t: 77, h, start_ms: 0 }).collect()
}

#[test]
fn each_kind_of_histogram_has_its_record() {
    // Those with start times go together, with custom buckets or without.
    let started = histograms().into_iter().zip([500, 400, 400, 300]);
    let started = started.map(|(s, start_ms)| HistogramSample { t: s.t + start_ms, start_ms, ..s });
    let all: Vec<HistogramSample> = histograms().into_iter().chain(started).collect();
    let mut order = Vec::new();
    for kind in encode::HISTOGRAM_KINDS {
        let mut record = Vec::new();
        encode::histograms(&mut record, kind, &all);
        assert_eq!(record[0], kind);
        order.extend(read(&record).histograms);
    }
    let expected: Vec<_> = [1, 2, 3, 0, 5, 6, 4, 7].map(|i: usize| all[i].clone()).into();
    assert_eq!(order, expected);
}

#[test]
fn the_rest_round_trips() {
    let exemplar = |v: f64, t| Exemplar {
        labels: Labels::from_pairs([("trace_id", "abc")]),
        value: v,
        timestamp_ms: Some(t),
    };
    let exemplars = [(9, exemplar(1.5, 10)), (3, exemplar(2.5, 5))];
    let metadata = [
        (1, Metadata { kind: MetricType::Counter, unit: "seconds".into(), help: "Helps.".into() }),
        (300, Metadata { kind: MetricType::StateSet, ..Metadata::default() }),
    ];
    let stones = [(4, TimeRange { min_ms: -5, max_ms: 12 }), (5, TimeRange::ALL)];
    let mut seen = Seen::default();
    for write in [
        &|r: &mut Vec<u8>| encode::exemplars(r, exemplars.iter().map(|(s, e)| (*s, e))),
        &|r: &mut Vec<u8>| encode::metadata(r, metadata.iter().map(|(s, m)| (*s, m))),
        &|r: &mut Vec<u8>| encode::tombstones(r, &stones),
    ] as [&dyn Fn(&mut Vec<u8>); 3]
    {
        let mut record = Vec::new();
        write(&mut record);
        decode(&record, &mut seen).unwrap();
    }
    assert_eq!(seen.exemplars, exemplars);
    assert_eq!(seen.metadata, metadata);
    assert_eq!(seen.stones, stones);
}

#[test]
fn unknown_types_are_skipped() {
    assert_eq!(read(&[200, 1, 2, 3]), Seen::default());
    assert_eq!(read(&[]), Seen::default());
}

proptest! {
    #[test]
    fn no_bytes_panic(record in proptest::collection::vec(any::<u8>(), 0..300), kind in 0u8..16) {
        let mut record = record;
        record.insert(0, kind);
        let _any = decode(&record, &mut Seen::default());
    }
}
