//! From records to contents.

use model::histogram::HistogramValue;
use model::{Exemplar, Labels, Metadata};
use storage::TimeRange;

use super::encode::metric_type;
use super::histogram::{take_float, take_integer};
use super::take::{take_count, take_f64, take_str};
use super::{HistogramSample, RecordError, RecordSink, Sample, kind, start_marker};
use crate::encoding::Cursor;

/// Fewest bytes of a label: two lengths.
const LABEL_BYTES_MIN: usize = 2;
/// Bytes of a marker: series and place.
const MARKER_BYTES: usize = 16;

/// Hands the contents of a record to `sink`. Unknown types are skipped.
///
/// # Errors
/// [`RecordError`]; what stands before the damage was handed out.
pub fn decode<S: RecordSink>(record: &[u8], sink: &mut S) -> Result<(), RecordError> {
    let mut c = Cursor::new(record);
    let Some(kind) = c.u8() else { return Ok(()) };
    let done = match kind {
        kind::SERIES => series(&mut c, sink),
        kind::SAMPLES => samples(&mut c, sink),
        kind::SAMPLES_V2 => v2(&mut c, |c, series, t, start_ms| {
            sink.sample(Sample { series, t, v: take_f64(c)?, start_ms });
            Some(())
        }),
        kind::TOMBSTONES => tombstones(&mut c, sink),
        kind::EXEMPLARS => exemplars(&mut c, sink),
        kind::METADATA => metadata(&mut c, sink),
        kind::HISTOGRAMS | kind::CUSTOM_HISTOGRAMS => histograms(&mut c, sink, take_integer),
        kind::FLOAT_HISTOGRAMS | kind::CUSTOM_FLOAT_HISTOGRAMS => histograms(&mut c, sink, take_float),
        kind::HISTOGRAMS_V2 => v2(&mut c, |c, series, t, start_ms| {
            sink.histogram(HistogramSample { series, t, h: take_integer(c)?, start_ms });
            Some(())
        }),
        kind::FLOAT_HISTOGRAMS_V2 => v2(&mut c, |c, series, t, start_ms| {
            sink.histogram(HistogramSample { series, t, h: take_float(c)?, start_ms });
            Some(())
        }),
        kind::MMAP_MARKERS => chunk_markers(&mut c, sink),
        // Of a later version.
        0 | 14.. => Some(()),
    };
    done.ok_or(RecordError { kind, bytes: record.len(), left: c.remaining() })
}

fn series(c: &mut Cursor<'_>, sink: &mut impl RecordSink) -> Option<()> {
    let mut labels = Vec::new();
    while !c.is_empty() {
        let series = c.be64()?;
        take_labels(c, &mut labels)?;
        sink.series(series, &labels);
    }
    Some(())
}

fn take_labels<'a>(c: &mut Cursor<'a>, labels: &mut Vec<(&'a str, &'a str)>) -> Option<()> {
    labels.clear();
    let count = take_count(c, LABEL_BYTES_MIN)?;
    for _ in 0..count {
        labels.push((take_str(c)?, take_str(c)?));
    }
    Some(())
}

fn samples(c: &mut Cursor<'_>, sink: &mut impl RecordSink) -> Option<()> {
    if c.is_empty() {
        return Some(());
    }
    let (first_series, first_t) = (c.be64()?, c.be64()? as i64);
    while !c.is_empty() {
        let series = first_series.wrapping_add(c.varint()? as u64);
        let t = first_t.wrapping_add(c.varint()?);
        sink.sample(Sample { series, t, v: take_f64(c)?, start_ms: 0 });
    }
    Some(())
}

fn histograms(
    c: &mut Cursor<'_>,
    sink: &mut impl RecordSink,
    take: fn(&mut Cursor<'_>) -> Option<HistogramValue>,
) -> Option<()> {
    if c.is_empty() {
        return Some(());
    }
    let (first_series, first_t) = (c.be64()?, c.be64()? as i64);
    while !c.is_empty() {
        let series = first_series.wrapping_add(c.varint()? as u64);
        let t = first_t.wrapping_add(c.varint()?);
        sink.histogram(HistogramSample { series, t, h: take(c)?, start_ms: 0 });
    }
    Some(())
}

/// Records with start times. `value` gets series, time and start.
fn v2<'a>(
    c: &mut Cursor<'a>,
    mut value: impl FnMut(&mut Cursor<'a>, u64, i64, i64) -> Option<()>,
) -> Option<()> {
    if c.is_empty() {
        return Some(());
    }
    let mut series = c.varint()? as u64;
    let first_t = c.varint()?;
    let first_start = c.varint()?;
    value(c, series, first_t, first_start)?;
    let mut start = first_start;
    while !c.is_empty() {
        series = series.wrapping_add(c.varint()? as u64);
        let t = first_t.wrapping_add(c.varint()?);
        start = match c.u8()? {
            start_marker::NONE => 0,
            start_marker::AS_BEFORE => start,
            _told => first_start.wrapping_add(c.varint()?),
        };
        value(c, series, t, start)?;
    }
    Some(())
}

fn tombstones(c: &mut Cursor<'_>, sink: &mut impl RecordSink) -> Option<()> {
    while !c.is_empty() {
        let series = c.be64()?;
        sink.tombstone(series, TimeRange { min_ms: c.varint()?, max_ms: c.varint()? });
    }
    Some(())
}

fn chunk_markers(c: &mut Cursor<'_>, sink: &mut impl RecordSink) -> Option<()> {
    let mut markers = Vec::with_capacity(c.remaining() / MARKER_BYTES);
    while !c.is_empty() {
        markers.push((c.be64()?, c.be64()?));
    }
    sink.chunk_markers(&markers);
    Some(())
}

fn exemplars(c: &mut Cursor<'_>, sink: &mut impl RecordSink) -> Option<()> {
    if c.is_empty() {
        return Some(());
    }
    let (first_series, first_t) = (c.be64()?, c.be64()? as i64);
    let mut labels = Vec::new();
    while !c.is_empty() {
        let series = first_series.wrapping_add(c.varint()? as u64);
        let t = first_t.wrapping_add(c.varint()?);
        let value = take_f64(c)?;
        take_labels(c, &mut labels)?;
        let labels = Labels::from_pairs(labels.iter().copied());
        sink.exemplar(series, Exemplar { labels, value, timestamp_ms: Some(t) });
    }
    Some(())
}

fn metadata(c: &mut Cursor<'_>, sink: &mut impl RecordSink) -> Option<()> {
    while !c.is_empty() {
        let series = c.uvarint()?;
        let mut metadata = Metadata { kind: metric_type(c.u8()?), ..Metadata::default() };
        for _ in 0..take_count(c, LABEL_BYTES_MIN)? {
            match (take_str(c)?, take_str(c)?) {
                ("UNIT", unit) => metadata.unit = unit.to_owned(),
                ("HELP", help) => metadata.help = help.to_owned(),
                _of_a_later_version => {}
            }
        }
        sink.metadata(series, metadata);
    }
    Some(())
}
