use model::histogram::{CUSTOM_BUCKETS_SCHEMA, Histogram, HistogramValue, ResetHint, Span};
use storage::memory::MemoryStorage;
use storage::{Appendable, Samples, TimeRange};
use tsdb::chunkenc::{self, Encoding};
use tsdb::encoding::{Cursor, crc32c};

use super::*;
use crate::put;
use crate::receive::histogram;
use crate::receive::wire::{Reader, Value};

fn histogram(count: u64) -> HistogramValue {
    HistogramValue::Integer(Histogram {
        reset_hint: ResetHint::NotReset,
        schema: CUSTOM_BUCKETS_SCHEMA,
        count,
        sum: 1.5,
        positive_spans: vec![Span { offset: 1, length: 2 }],
        positive_deltas: vec![3, count as i64 - 6], // 3, and the rest
        custom_values: vec![1.0, 2.0, 3.0],
        ..Histogram::default()
    })
}

/// Two series of floats with `samples` samples each, and one of histograms.
fn data(samples: i64) -> MemoryStorage {
    let storage = MemoryStorage::default();
    let mut batch = storage.appender();
    for i in ["1", "2"] {
        let series = batch.resolve(&Labels::from_pairs([("__name__", "a"), ("i", i)])).unwrap();
        for t in 0..samples {
            batch.sample(series, t * 1000, t as f64 / 2.0).unwrap();
        }
    }
    let series = batch.resolve(&Labels::from_pairs([("__name__", "h"), ("region", "own")])).unwrap();
    batch.histogram(series, 1000, histogram(5)).unwrap();
    batch.histogram(series, 2000, histogram(6)).unwrap();
    batch.commit().unwrap();
    storage
}

/// First and last millisecond, and matchers: kind, name, value.
type Question<'a> = (i64, i64, &'a [(u64, &'a str, &'a str)]);

/// Encodes a request as readers do.
fn request(queries: &[Question<'_>], accepted: &[u64]) -> Vec<u8> {
    let mut out = Vec::new();
    for (min_ms, max_ms, matchers) in queries {
        put::message(&mut out, 1, |out| {
            put::int(out, 1, *min_ms);
            put::int(out, 2, *max_ms);
            for (kind, name, value) in *matchers {
                put::message(out, 3, |out| {
                    put::uint(out, 1, *kind);
                    put::text(out, 2, name);
                    put::text(out, 3, value);
                });
            }
            put::message(out, 4, |out| put::int(out, 1, 15_000)); // hints
        });
    }
    for kind in accepted {
        put::required_uint(&mut out, 2, *kind);
    }
    snap::raw::Encoder::new().compress_vec(&out).unwrap()
}

#[test]
fn requests_are_understood() {
    let body = request(&[(5, 9, &[(0, "a", "b"), (3, "c", "d.*")]), (-1, 0, &[])], &[7, 1, 0]);
    let read = Request::decode(&body).unwrap();
    assert!(read.streamed, "the first kind that is known counts");
    assert_eq!(read.queries[0].range, TimeRange { min_ms: 5, max_ms: 9 });
    let matchers: Vec<String> = read.queries[0].matchers.iter().map(ToString::to_string).collect();
    assert_eq!(matchers, [r#"a="b""#, r#"c!~"d.*""#]);
    assert_eq!(read.queries[1], Query { range: TimeRange { min_ms: -1, max_ms: 0 }, matchers: vec![] });
    for (accepted, streamed) in [(&[][..], false), (&[0], false), (&[0, 1], false), (&[1], true)] {
        assert_eq!(Request::decode(&request(&[], accepted)).unwrap().streamed, streamed);
    }
}

#[test]
fn bad_requests_say_what_is_wrong() {
    for (body, want) in [
        (b"no snappy".to_vec(), "cannot decompress"),
        (snap::raw::Encoder::new().compress_vec(&[0xff]).unwrap(), "cannot read the request"),
        (request(&[(0, 1, &[(9, "a", "b")])], &[]), "invalid matcher type 9"),
        (request(&[(0, 1, &[(2, "a", "(")])], &[]), "bad matcher"),
        (request(&[], &[5]), "does not support any of the requested response types: [5]"),
    ] {
        let error = Request::decode(&body).unwrap_err();
        assert!(error.is_bad_request() && error.to_string().contains(want), "{error}");
    }
}

/// A series of an answer.
#[derive(Debug, PartialEq)]
struct Told {
    labels: Labels,
    samples: Samples,
}

fn labels_of(field: &[u8]) -> (String, String) {
    let mut reader = Reader::new(field);
    let mut next = || String::from_utf8(reader.field().unwrap().unwrap().bytes().unwrap().to_vec()).unwrap();
    (next(), next())
}

fn decode_samples(body: &[u8]) -> Vec<Vec<Told>> {
    let message = snap::raw::Decoder::new().decompress_vec(body).unwrap();
    let mut results = Vec::new();
    let mut reader = Reader::new(&message);
    while let Some(result) = reader.field().unwrap() {
        let mut all = Vec::new();
        let mut series = Reader::new(result.bytes().unwrap());
        while let Some(one) = series.field().unwrap() {
            let (mut labels, mut samples) = (Vec::new(), Samples::default());
            let mut fields = Reader::new(one.bytes().unwrap());
            while let Some(field) = fields.field().unwrap() {
                let inner = field.bytes().unwrap();
                match field.number {
                    1 => labels.push(labels_of(inner)),
                    2 => {
                        let (mut v, mut t) = (0.0, 0);
                        let mut sample = Reader::new(inner);
                        while let Some(field) = sample.field().unwrap() {
                            match field.value {
                                Value::Varint(n) => t = n.cast_signed(),
                                _ => v = field.double().unwrap(),
                            }
                        }
                        samples.push(t, v);
                    }
                    4 => {
                        let read = histogram::read(inner).unwrap();
                        samples.push_histogram(0, read.t, read.value);
                    }
                    other => panic!("field {other}"),
                }
            }
            all.push(Told { labels: Labels::from_pairs(labels), samples });
        }
        results.push(all);
    }
    results
}

/// Reads frames; returns for each its query, labels and samples.
fn decode_frame(frame: &[u8]) -> (u64, Told) {
    let mut cursor = Cursor::new(frame);
    let length = cursor.uvarint().unwrap();
    let sum = cursor.be32().unwrap();
    let message = cursor.bytes(length as usize).unwrap();
    assert!(cursor.is_empty());
    assert_eq!(crc32c(message), sum);
    let (mut index, mut labels, mut samples) = (0, Vec::new(), Samples::default());
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field().unwrap() {
        if field.number == 2 {
            index = field.varint().unwrap();
            continue;
        }
        let mut series = Reader::new(field.bytes().unwrap());
        while let Some(field) = series.field().unwrap() {
            let inner = field.bytes().unwrap();
            if field.number == 1 {
                labels.push(labels_of(inner));
                continue;
            }
            let (mut encoding, mut data) = (Encoding::Xor, &[][..]);
            let mut chunk = Reader::new(inner);
            while let Some(field) = chunk.field().unwrap() {
                match field.number {
                    3 => encoding = Encoding::from_u8(field.varint().unwrap() as u8).unwrap(),
                    4 => data = field.bytes().unwrap(),
                    _times => {}
                }
            }
            chunkenc::decode(encoding, data, TimeRange::ALL, &mut samples).unwrap();
        }
    }
    (index, Told { labels: Labels::from_pairs(labels), samples })
}

fn external() -> Labels {
    Labels::from_pairs([("region", "kr-1")])
}

const EVERYTHING: &[(u64, &str, &str)] = &[(2, "__name__", ".+")];

#[test]
fn both_answers_tell_the_same() {
    let (storage, external, cancel) = (data(500), external(), Cancel::default());
    let source = Source { data: &storage, external_labels: &external, cancel: &cancel };
    let queries: &[Question<'_>] = &[
        (0, 1_000_000, EVERYTHING),
        (100_000, 200_000, &[(0, "i", "2"), (0, "region", "kr-1")]),
        (0, 1_000_000, &[(0, "region", "elsewhere")]),
    ];
    let request = Request::decode(&request(queries, &[])).unwrap();
    let whole = decode_samples(&samples(&source, &request, 0).unwrap());
    let text = |told: &Told| (told.labels.to_string(), told.samples.t.len(), told.samples.histograms.len());
    let seen: Vec<Vec<_>> = whole.iter().map(|result| result.iter().map(text).collect()).collect();
    let series = |i: u32, n| (format!("{{__name__=\"a\", i=\"{i}\", region=\"kr-1\"}}"), n, 0);
    let own = ("{__name__=\"h\", region=\"own\"}".to_owned(), 0, 2);
    assert_eq!(seen, [vec![series(1, 500), series(2, 500), own], vec![series(2, 101)], vec![]]);
    assert_eq!(whole[0][2].samples.histograms[0], (1000, histogram(5)));

    for frame_bytes in [0, 200, 1_000, 1 << 20] {
        let mut streamed: Vec<Vec<Told>> = whole.iter().map(|_| Vec::new()).collect();
        let mut frames = 0;
        chunks(&source, &request, frame_bytes, &mut |frame| {
            let (index, told) = decode_frame(frame);
            let result = &mut streamed[index as usize];
            match result.last_mut().filter(|last| last.labels == told.labels) {
                Some(last) => {
                    last.samples.t.extend(told.samples.t);
                    last.samples.v.extend(told.samples.v);
                    last.samples.histograms.extend(told.samples.histograms);
                }
                None => result.push(told),
            }
            frames += 1;
            Ok(())
        })
        .unwrap();
        // A frame a series and query at least; with no room, a frame a chunk of 120 samples.
        assert!((4..=12).contains(&frames), "{frames} frames of {frame_bytes} bytes");
        assert!(frame_bytes != 0 || frames == 12, "{frames}");
        assert!(frame_bytes < 1 << 20 || frames == 4, "{frames}");
        for (whole, streamed) in whole.iter().flatten().zip(streamed.iter().flatten()) {
            assert_eq!(whole.labels, streamed.labels);
            assert_eq!((&whole.samples.t, &whole.samples.v), (&streamed.samples.t, &streamed.samples.v));
            assert_eq!(whole.samples.histograms.len(), streamed.samples.histograms.len());
        }
        assert_eq!(
            whole.iter().map(Vec::len).collect::<Vec<_>>(),
            streamed.iter().map(Vec::len).collect::<Vec<_>>()
        );
    }
}

#[test]
fn bounds_and_departures_end_the_work() {
    let (storage, external, cancel) = (data(50), Labels::empty(), Cancel::default());
    let source = Source { data: &storage, external_labels: &external, cancel: &cancel };
    let request = Request::decode(&request(&[(0, 1_000_000, EVERYTHING)], &[])).unwrap();
    samples(&source, &request, 102).unwrap();
    let error = samples(&source, &request, 101).unwrap_err();
    assert_eq!(error.to_string(), "exceeded sample limit (101)");
    assert!(error.is_bad_request());
    let gone = chunks(&source, &request, 100, &mut |_| Err(ReadError::Gone)).unwrap_err();
    assert!(matches!(gone, ReadError::Gone) && !gone.is_bad_request());
    cancel.cancel();
    let error = samples(&source, &request, 0).unwrap_err();
    assert!(matches!(error, ReadError::Select(_)), "{error}");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_request_or_an_error(bytes: Vec<u8>) {
        Request::decode(&bytes).ok();
        let body = snap::raw::Encoder::new().compress_vec(&bytes).unwrap();
        Request::decode(&body).ok();
    }
}
