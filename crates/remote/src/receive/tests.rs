//! Whole requests against a storage that remembers what it was told.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use model::histogram::HistogramValue;
use model::{Exemplar, Labels, Metadata};
use parking_lot::Mutex;
use storage::{Append, AppendError, Appendable, CommitSummary, SeriesRef};
use telemetry::Registry;

use super::*;

const NOW: i64 = 1_700_000_000_000;

/// Remembers committed samples as text. References become unknown when `epoch` changes.
#[derive(Default)]
struct Recorder(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    series: BTreeMap<u64, Labels>,
    resolved: usize,
    stored: Vec<String>,
}

struct Batch<'a> {
    to: &'a Recorder,
    pending: Vec<String>,
}

impl Appendable for Recorder {
    fn appender(&self) -> Box<dyn Append + '_> {
        Box::new(Batch { to: self, pending: Vec::new() })
    }
}

impl Batch<'_> {
    fn labels(&self, series: SeriesRef) -> Result<Labels, AppendError> {
        self.to.0.lock().series.get(&series.0.get()).cloned().ok_or(AppendError::UnknownSeries)
    }
}

impl Append for Batch<'_> {
    fn resolve(&mut self, labels: &Labels) -> Result<SeriesRef, AppendError> {
        if labels.get("new") == "no" {
            return Err(AppendError::SeriesLimit { reason: "full".to_owned() });
        }
        let mut inner = self.to.0.lock();
        inner.resolved += 1;
        let n = inner.resolved as u64;
        inner.series.insert(n, labels.clone());
        Ok(SeriesRef(NonZeroU64::new(n).unwrap()))
    }

    fn sample(&mut self, series: SeriesRef, t: i64, v: f64) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        match v {
            -1.0 => Err(AppendError::OutOfOrder),
            -2.0 => Err(AppendError::Storage(Arc::new(std::io::Error::other("disk full")))),
            _ => {
                self.pending.push(format!("{labels} {v}@{t}"));
                Ok(())
            }
        }
    }

    fn histogram(&mut self, series: SeriesRef, t: i64, h: HistogramValue) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        h.validate().map_err(|e| AppendError::InvalidHistogram { reason: e.to_string() })?;
        self.pending.push(format!("{labels} schema {} count {}@{t}", h.schema(), h.to_float().count));
        Ok(())
    }

    fn start_zero(
        &mut self,
        series: SeriesRef,
        _t: i64,
        start_ms: i64,
        _histogram: Option<&HistogramValue>,
    ) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        self.pending.push(format!("{labels} start@{start_ms}"));
        Ok(())
    }

    fn exemplar(&mut self, series: SeriesRef, exemplar: &Exemplar) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        self.pending.push(format!("{labels} exemplar {} {}", exemplar.labels, exemplar.value));
        Ok(())
    }

    fn metadata(&mut self, series: SeriesRef, metadata: &Metadata) -> Result<(), AppendError> {
        let labels = self.labels(series)?;
        self.pending.push(format!(
            "{labels} {} {:?} {:?}",
            metadata.kind.as_str(),
            metadata.unit,
            metadata.help
        ));
        Ok(())
    }

    fn refuse_out_of_order(&mut self) {}

    fn commit(self: Box<Self>) -> Result<CommitSummary, AppendError> {
        let samples = self.pending.len() as u64;
        self.to.0.lock().stored.extend(self.pending);
        Ok(CommitSummary { samples, dropped: 0 })
    }

    fn rollback(self: Box<Self>) {}
}

/// Writes protobuf, only as far as these tests need.
#[derive(Default, Clone)]
struct Proto(Vec<u8>);

impl Proto {
    fn raw_varint(mut self, mut v: u64) -> Proto {
        while v >= 0x80 {
            self.0.push(v as u8 | 0x80);
            v >>= 7;
        }
        self.0.push(v as u8);
        self
    }
    fn int(self, field: u32, v: i64) -> Proto {
        self.raw_varint(u64::from(field) << 3).raw_varint(v as u64)
    }
    fn double(self, field: u32, v: f64) -> Proto {
        let mut p = self.raw_varint(u64::from(field) << 3 | 1);
        p.0.extend(v.to_le_bytes());
        p
    }
    fn bytes(self, field: u32, b: &[u8]) -> Proto {
        let mut p = self.raw_varint(u64::from(field) << 3 | 2).raw_varint(b.len() as u64);
        p.0.extend(b);
        p
    }
    fn packed(self, field: u32, numbers: &[u64]) -> Proto {
        let list = numbers.iter().fold(Proto::default(), |p, n| p.raw_varint(*n));
        self.bytes(field, &list.0)
    }
    fn label(self, name: &str, value: &str) -> Proto {
        self.bytes(1, &Proto::default().bytes(1, name.as_bytes()).bytes(2, value.as_bytes()).0)
    }
    fn sample(self, v: f64, t: i64) -> Proto {
        self.bytes(2, &Proto::default().double(1, v).int(2, t).0)
    }
}

fn v1(series: &[Proto]) -> Proto {
    series.iter().fold(Proto::default(), |p, s| p.bytes(1, &s.0))
}

fn v2(symbols: &[&str], series: &[Proto]) -> Proto {
    let table = symbols.iter().fold(Proto::default(), |p, s| p.bytes(4, s.as_bytes()));
    series.iter().fold(table, |p, s| p.bytes(5, &s.0))
}

struct Fixture {
    storage: Arc<Recorder>,
    receiver: Receiver,
}

impl Fixture {
    fn new(options: Options) -> Fixture {
        let storage = Arc::new(Recorder::default());
        let receiver = Receiver::new(storage.clone(), options, &Registry::new());
        Fixture { storage, receiver }
    }

    fn write(&self, message: Message, body: Proto) -> Result<Outcome, WriteError> {
        let compressed = snap::raw::Encoder::new().compress_vec(&body.0).unwrap();
        self.receiver.write(message, &compressed, NOW)
    }

    fn stored(&self) -> Vec<String> {
        std::mem::take(&mut self.storage.0.lock().stored)
    }
}

fn up(job: &str) -> Proto {
    Proto::default().label("__name__", "up").label("job", job)
}

#[test]
fn a_known_series_is_resolved_once() {
    let f = Fixture::new(Options::default());
    for t in 1..=3 {
        let outcome = f.write(Message::V1, v1(&[up("a").sample(1.0, t), up("b").sample(2.0, t)])).unwrap();
        assert_eq!(outcome.written, Written { samples: 2, ..Written::default() });
    }
    assert_eq!(f.storage.0.lock().resolved, 2);
    let a = r#"{__name__="up", job="a"}"#;
    assert_eq!(f.stored()[..1], [format!("{a} 1@1")]);
    // The storage evicts the series: both are resolved anew and nothing is lost.
    f.storage.0.lock().series.clear();
    f.write(Message::V1, v1(&[up("a").sample(5.0, 9).sample(6.0, 10)])).unwrap();
    assert_eq!(f.stored(), [format!("{a} 5@9"), format!("{a} 6@10")]);
    assert_eq!(f.storage.0.lock().resolved, 3);
}

#[test]
fn labels_may_stand_in_any_order_and_place() {
    let f = Fixture::new(Options::default());
    let series = Proto::default().label("z", "1").sample(1.0, 1).label("__name__", "m").label("empty", "");
    f.write(Message::V1, v1(&[series])).unwrap();
    assert_eq!(f.stored(), [r#"{__name__="m", z="1"} 1@1"#]);
}

#[test]
fn version_one_skips_invalid_series_and_reports_bad_samples() {
    let f = Fixture::new(Options::default());
    let nameless = Proto::default().label("a", "b").sample(1.0, 1);
    let twice = up("a").label("job", "b").sample(1.0, 1);
    let outcome = f.write(Message::V1, v1(&[nameless, twice, up("a").sample(1.0, 1)])).unwrap();
    assert_eq!((outcome.refused_count, outcome.written.samples), (0, 1));
    assert_eq!(f.receiver.invalid_labels.get(), 2.0);

    let late = NOW + 11 * 60 * 1000;
    let outcome =
        f.write(Message::V1, v1(&[up("a").sample(-1.0, 1).sample(1.0, late), up("b").sample(3.0, 1)]));
    let outcome = outcome.unwrap();
    assert_eq!(outcome.refused, ["out of order sample", "out of bounds: timestamp is too far in the future"]);
    assert_eq!(f.stored().last().unwrap(), r#"{__name__="up", job="b"} 3@1"#);
}

#[test]
fn a_failing_storage_stores_nothing() {
    let f = Fixture::new(Options::default());
    let error = f.write(Message::V1, v1(&[up("a").sample(1.0, 1), up("b").sample(-2.0, 1)])).unwrap_err();
    assert_eq!(error.to_string(), "cannot store: disk full");
    assert_eq!(f.stored(), [""; 0]);
}

#[test]
fn malformed_bodies_store_nothing() {
    let f = Fixture::new(Options::default());
    let good = v1(&[up("a").sample(1.0, 1)]);
    let mut cut = good.clone();
    cut.0.extend([0x0a, 0x7f]);
    let wrong_type = v1(&[up("a").sample(1.0, 1), Proto::default().int(1, 5)]);
    for (body, want) in [
        (cut, "unexpected end of message"),
        (wrong_type, "wrong wire type for field 1"),
        (Proto(vec![0xff; 11]), "number does not fit 64 bits"),
        (Proto(vec![0x0b]), "illegal tag 11"),
    ] {
        let error = f.write(Message::V1, body).unwrap_err().to_string();
        assert_eq!(error, format!("cannot decode remote write request: {want}"));
    }
    assert!(matches!(f.receiver.write(Message::V1, b"no snappy", NOW), Err(WriteError::Malformed(_))));
    let bomb = Proto::default().raw_varint(1 << 30).0;
    assert!(matches!(
        f.receiver.write(Message::V1, &bomb, NOW),
        Err(WriteError::TooLarge { bytes: 0x4000_0000, .. })
    ));
    assert_eq!(f.stored(), [""; 0]);
}

#[test]
fn version_two_writes_everything_of_a_series() {
    let f = Fixture::new(Options { start_zero: true, metadata: true, ..Options::default() });
    let symbols = ["", "__name__", "h", "trace_id", "x", "helps", "seconds"];
    let histogram = Proto::default().int(1, 3).double(3, 1.5).int(4, 18).int(6, 3).int(15, 20).int(17, 5);
    let exemplar = Proto::default().packed(1, &[3, 4]).double(2, 0.5).int(3, 19);
    let series = Proto::default()
        .packed(1, &[1, 2])
        .bytes(2, &Proto::default().double(1, 7.0).int(2, 10).int(3, 4).0)
        .bytes(3, &histogram.0)
        .bytes(4, &exemplar.0)
        .bytes(5, &Proto::default().int(1, 3).int(3, 5).int(4, 6).0);
    let outcome = f.write(Message::V2, v2(&symbols, &[series])).unwrap();
    assert_eq!(outcome.written, Written { samples: 1, histograms: 1, exemplars: 1 });
    let h = r#"{__name__="h"}"#;
    assert_eq!(
        f.stored(),
        [
            format!("{h} start@4"),
            format!("{h} 7@10"),
            format!("{h} start@5"),
            format!("{h} schema 8 count 3@20"),
            format!(r#"{h} exemplar {{trace_id="x"}} 0.5"#),
            format!(r#"{h} histogram "seconds" "helps""#),
        ]
    );
}

#[test]
fn version_two_reports_what_it_refuses_and_stores_the_rest() {
    let f = Fixture::new(Options::default());
    let symbols = ["", "__name__", "m", "new", "no"];
    let of = |references: &[u64]| Proto::default().packed(1, references);
    let bad_histogram = Proto::default().int(1, 9).int(6, 3).int(15, 20);
    let series = [
        of(&[1, 2, 3]).sample(1.0, 1),
        of(&[1, 99]).sample(1.0, 1),
        of(&[3, 4]).sample(1.0, 1),
        of(&[1, 2, 1, 2]).sample(1.0, 1),
        of(&[1, 2]),
        of(&[1, 2]).sample(1.0, 1).bytes(5, &Proto::default().int(3, 77).0),
        of(&[1, 2, 3, 4]).sample(1.0, 1),
        of(&[1, 2]).sample(-1.0, 1).sample(8.0, 2).bytes(3, &bad_histogram.0),
    ];
    let outcome = f.write(Message::V2, v2(&symbols, &series)).unwrap();
    assert_eq!(outcome.written, Written { samples: 1, ..Written::default() });
    let m = r#"{__name__="m"}"#;
    let histogram = outcome.refused.last().unwrap();
    assert!(histogram.ends_with(&format!("for series {m}")), "{histogram}");
    assert_eq!(
        outcome.refused[..8],
        [
            "parsing labels for series: invalid labelRefs length 3".to_owned(),
            "parsing labels for series: labelRefs 1 (name) = 99 (value) outside of symbols table (size 5)"
                .to_owned(),
            r#"invalid metric name or labels, got {new="no"}"#.to_owned(),
            format!("invalid labels for series, labels {m}, duplicated label __name__"),
            format!("TimeSeries must contain at least one sample or histogram for series {m}"),
            "parsing metadata for series [1 2]: metadata help_ref 77 outside of symbols table (size 5)"
                .to_owned(),
            r#"new series refused: full for series {__name__="m", new="no"}"#.to_owned(),
            format!("out of order sample for series {m}"),
        ]
    );
    assert_eq!((outcome.refused.len(), outcome.refused_count), (9, 9));
    assert_eq!(f.stored(), [format!("{m} 8@2")]);
}
