//! From contents to records. Each function appends one record to `buf`, and nothing for empty contents.

use model::histogram::HistogramValue;
use model::{Exemplar, Metadata, MetricType};
use storage::TimeRange;

use super::histogram::put_histogram;
use super::{HistogramSample, Sample, kind, start_marker};
use crate::encoding::{put_str, put_uvarint, put_varint};

/// Starts a record of series.
pub fn series_head(buf: &mut Vec<u8>) {
    buf.push(kind::SERIES);
}

/// Adds a series of `count` labels to a record of series.
pub fn series_entry<'a>(
    buf: &mut Vec<u8>,
    series: u64,
    count: usize,
    labels: impl Iterator<Item = (&'a str, &'a str)>,
) {
    buf.extend_from_slice(&series.to_be_bytes());
    put_labels(buf, count, labels);
}

fn put_labels<'a>(buf: &mut Vec<u8>, count: usize, labels: impl Iterator<Item = (&'a str, &'a str)>) {
    put_uvarint(buf, count as u64);
    for (name, value) in labels {
        put_str(buf, name);
        put_str(buf, value);
    }
}

/// Writes float samples; in the record of Prometheus 3.14 that keeps start times if some have one.
pub fn samples(buf: &mut Vec<u8>, samples: &[Sample]) {
    let Some(first) = samples.first() else { return };
    if samples.iter().any(|s| s.start_ms != 0) {
        return started_samples(buf, first, samples);
    }
    buf.reserve(17 + samples.len() * 12);
    buf.push(kind::SAMPLES);
    put_base(buf, first.series, first.t);
    for s in samples {
        put_varint(buf, s.series.wrapping_sub(first.series) as i64);
        put_varint(buf, s.t.wrapping_sub(first.t));
        buf.extend_from_slice(&s.v.to_bits().to_be_bytes());
    }
}

/// Float samples of which some have start times.
fn started_samples(buf: &mut Vec<u8>, first: &Sample, samples: &[Sample]) {
    buf.reserve(32 + samples.len() * 16);
    buf.push(kind::SAMPLES_V2);
    put_varint(buf, first.series as i64);
    put_varint(buf, first.t);
    put_varint(buf, first.start_ms);
    buf.extend_from_slice(&first.v.to_bits().to_be_bytes());
    for pair in samples.windows(2) {
        let [before, s] = pair else { continue };
        put_varint(buf, s.series.wrapping_sub(before.series) as i64);
        put_varint(buf, s.t.wrapping_sub(first.t));
        put_start(buf, s.start_ms, first.start_ms, before.start_ms);
        buf.extend_from_slice(&s.v.to_bits().to_be_bytes());
    }
}

/// Writes a start time as the difference to that of the record's first sample, or that it is the former sample's, or none.
fn put_start(buf: &mut Vec<u8>, start_ms: i64, first_ms: i64, before_ms: i64) {
    if start_ms == 0 {
        buf.push(start_marker::NONE);
    } else if start_ms == before_ms {
        buf.push(start_marker::AS_BEFORE);
    } else {
        buf.push(start_marker::TOLD);
        put_varint(buf, start_ms.wrapping_sub(first_ms));
    }
}

fn put_base(buf: &mut Vec<u8>, series: u64, t: i64) {
    buf.extend_from_slice(&series.to_be_bytes());
    buf.extend_from_slice(&t.to_be_bytes());
}

/// Returns the type of record that a histogram goes into; those with start times have records of their own.
fn histogram_kind(s: &HistogramSample) -> u8 {
    let custom = s.h.schema() == model::histogram::CUSTOM_BUCKETS_SCHEMA;
    if s.start_ms != 0 {
        return match s.h {
            HistogramValue::Integer(_) => kind::HISTOGRAMS_V2,
            HistogramValue::Float(_) => kind::FLOAT_HISTOGRAMS_V2,
        };
    }
    match (&s.h, custom) {
        (HistogramValue::Integer(_), false) => kind::HISTOGRAMS,
        (HistogramValue::Integer(_), true) => kind::CUSTOM_HISTOGRAMS,
        (HistogramValue::Float(_), false) => kind::FLOAT_HISTOGRAMS,
        (HistogramValue::Float(_), true) => kind::CUSTOM_FLOAT_HISTOGRAMS,
    }
}

/// Writes those of the histogram samples that go into a record of type `kind`.
pub fn histograms(buf: &mut Vec<u8>, kind: u8, samples: &[HistogramSample]) {
    let mut mine = samples.iter().filter(|s| histogram_kind(s) == kind).peekable();
    let Some(first) = mine.peek() else { return };
    let (series, t) = (first.series, first.t);
    buf.push(kind);
    if matches!(kind, kind::HISTOGRAMS_V2 | kind::FLOAT_HISTOGRAMS_V2) {
        return started_histograms(buf, mine);
    }
    put_base(buf, series, t);
    for s in mine {
        put_varint(buf, s.series.wrapping_sub(series) as i64);
        put_varint(buf, s.t.wrapping_sub(t));
        put_histogram(buf, &s.h);
    }
}

fn started_histograms<'a>(buf: &mut Vec<u8>, samples: impl Iterator<Item = &'a HistogramSample>) {
    let mut former: Option<(&HistogramSample, &HistogramSample)> = None;
    for s in samples {
        let first = match former {
            None => {
                put_varint(buf, s.series as i64);
                put_varint(buf, s.t);
                put_varint(buf, s.start_ms);
                s
            }
            Some((first, before)) => {
                put_varint(buf, s.series.wrapping_sub(before.series) as i64);
                put_varint(buf, s.t.wrapping_sub(first.t));
                put_start(buf, s.start_ms, first.start_ms, before.start_ms);
                first
            }
        };
        put_histogram(buf, &s.h);
        former = Some((first, s));
    }
}

/// The types of record that histograms go into, in the order in which they are written.
pub const HISTOGRAM_KINDS: [u8; 6] = [
    kind::HISTOGRAMS,
    kind::CUSTOM_HISTOGRAMS,
    kind::FLOAT_HISTOGRAMS,
    kind::CUSTOM_FLOAT_HISTOGRAMS,
    kind::HISTOGRAMS_V2,
    kind::FLOAT_HISTOGRAMS_V2,
];

/// Writes deletions.
pub fn tombstones(buf: &mut Vec<u8>, stones: &[(u64, TimeRange)]) {
    if stones.is_empty() {
        return;
    }
    buf.push(kind::TOMBSTONES);
    for (series, range) in stones {
        buf.extend_from_slice(&series.to_be_bytes());
        put_varint(buf, range.min_ms);
        put_varint(buf, range.max_ms);
    }
}

/// Writes markers: a series, and the place in `chunks_head/` of a chunk that holds its latest late samples.
pub fn chunk_markers(buf: &mut Vec<u8>, markers: impl Iterator<Item = (u64, u64)>) {
    let mut markers = markers.peekable();
    if markers.peek().is_none() {
        return;
    }
    buf.push(kind::MMAP_MARKERS);
    for (series, place) in markers {
        buf.extend_from_slice(&series.to_be_bytes());
        buf.extend_from_slice(&place.to_be_bytes());
    }
}

/// Writes exemplars; one without a timestamp counts as of time 0.
pub fn exemplars<'a>(buf: &mut Vec<u8>, exemplars: impl Iterator<Item = (u64, &'a Exemplar)>) {
    let mut base = None;
    for (series, exemplar) in exemplars {
        let t = exemplar.timestamp_ms.unwrap_or(0);
        let &mut (first_series, first_t) = base.get_or_insert_with(|| {
            buf.push(kind::EXEMPLARS);
            put_base(buf, series, t);
            (series, t)
        });
        put_varint(buf, series.wrapping_sub(first_series) as i64);
        put_varint(buf, t.wrapping_sub(first_t));
        buf.extend_from_slice(&exemplar.value.to_bits().to_be_bytes());
        put_labels(buf, exemplar.labels.len(), exemplar.labels.iter());
    }
}

/// Writes metadata.
pub fn metadata<'a>(buf: &mut Vec<u8>, entries: impl Iterator<Item = (u64, &'a Metadata)>) {
    let mut started = false;
    for (series, metadata) in entries {
        if !started {
            buf.push(kind::METADATA);
            started = true;
        }
        put_uvarint(buf, series);
        buf.push(metric_type_number(metadata.kind));
        put_uvarint(buf, 2);
        put_str(buf, "UNIT");
        put_str(buf, &metadata.unit);
        put_str(buf, "HELP");
        put_str(buf, &metadata.help);
    }
}

fn metric_type_number(kind: MetricType) -> u8 {
    match kind {
        MetricType::Unknown => 0,
        MetricType::Counter => 1,
        MetricType::Gauge => 2,
        MetricType::Histogram => 3,
        MetricType::GaugeHistogram => 4,
        MetricType::Summary => 5,
        MetricType::Info => 6,
        MetricType::StateSet => 7,
    }
}

/// Returns the metric type with this number.
pub(super) fn metric_type(number: u8) -> MetricType {
    match number {
        1 => MetricType::Counter,
        2 => MetricType::Gauge,
        3 => MetricType::Histogram,
        4 => MetricType::GaugeHistogram,
        5 => MetricType::Summary,
        6 => MetricType::Info,
        7 => MetricType::StateSet,
        0 | 8.. => MetricType::Unknown,
    }
}
