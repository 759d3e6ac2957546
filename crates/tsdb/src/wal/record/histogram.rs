//! Native histograms inside records. Integer and float histograms differ in how counts are written.

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, FloatHistogram, Histogram, HistogramValue, ResetHint, Span};

use super::take::{take_count, take_f64};
use crate::encoding::{Cursor, put_uvarint, put_varint};

fn put_f64(buf: &mut Vec<u8>, v: f64) {
    buf.extend_from_slice(&v.to_bits().to_be_bytes());
}

fn hint_number(hint: ResetHint) -> u8 {
    match hint {
        ResetHint::Unknown => 0,
        ResetHint::Reset => 1,
        ResetHint::NotReset => 2,
        ResetHint::Gauge => 3,
    }
}

fn hint(number: u8) -> ResetHint {
    match number {
        1 => ResetHint::Reset,
        2 => ResetHint::NotReset,
        3 => ResetHint::Gauge,
        0 | 4.. => ResetHint::Unknown,
    }
}

fn put_spans(buf: &mut Vec<u8>, spans: &[Span]) {
    put_uvarint(buf, spans.len() as u64);
    for span in spans {
        put_varint(buf, i64::from(span.offset));
        put_uvarint(buf, u64::from(span.length));
    }
}

/// Appends a histogram.
pub fn put_histogram(buf: &mut Vec<u8>, h: &HistogramValue) {
    match h {
        HistogramValue::Integer(h) => {
            buf.push(hint_number(h.reset_hint));
            put_varint(buf, i64::from(h.schema));
            put_f64(buf, h.zero_threshold);
            put_uvarint(buf, h.zero_count);
            put_uvarint(buf, h.count);
            put_f64(buf, h.sum);
            put_spans(buf, &h.positive_spans);
            put_spans(buf, &h.negative_spans);
            put_deltas(buf, &h.positive_deltas);
            put_deltas(buf, &h.negative_deltas);
            put_custom(buf, h.schema, &h.custom_values);
        }
        HistogramValue::Float(h) => {
            buf.push(hint_number(h.reset_hint));
            put_varint(buf, i64::from(h.schema));
            put_f64(buf, h.zero_threshold);
            put_f64(buf, h.zero_count);
            put_f64(buf, h.count);
            put_f64(buf, h.sum);
            put_spans(buf, &h.positive_spans);
            put_spans(buf, &h.negative_spans);
            put_floats(buf, &h.positive_buckets);
            put_floats(buf, &h.negative_buckets);
            put_custom(buf, h.schema, &h.custom_values);
        }
    }
}

fn put_deltas(buf: &mut Vec<u8>, deltas: &[i64]) {
    put_uvarint(buf, deltas.len() as u64);
    for delta in deltas {
        put_varint(buf, *delta);
    }
}

fn put_floats(buf: &mut Vec<u8>, values: &[f64]) {
    put_uvarint(buf, values.len() as u64);
    for value in values {
        put_f64(buf, *value);
    }
}

fn put_custom(buf: &mut Vec<u8>, schema: i32, values: &[f64]) {
    if schema == CUSTOM_BUCKETS_SCHEMA {
        put_floats(buf, values);
    }
}

fn take_spans(c: &mut Cursor<'_>) -> Option<Vec<Span>> {
    let count = take_count(c, 2)?;
    (0..count)
        .map(|_| {
            let offset = i32::try_from(c.varint()?).ok()?;
            let length = u32::try_from(c.uvarint()?).ok()?;
            Some(Span { offset, length })
        })
        .collect()
}

fn take_deltas(c: &mut Cursor<'_>) -> Option<Vec<i64>> {
    let count = take_count(c, 1)?;
    (0..count).map(|_| c.varint()).collect()
}

fn take_floats(c: &mut Cursor<'_>) -> Option<Vec<f64>> {
    let count = take_count(c, 8)?;
    (0..count).map(|_| take_f64(c)).collect()
}

fn take_custom(c: &mut Cursor<'_>, schema: i32) -> Option<Vec<f64>> {
    if schema == CUSTOM_BUCKETS_SCHEMA { take_floats(c) } else { Some(Vec::new()) }
}

/// Takes a histogram with integer counts.
pub fn take_integer(c: &mut Cursor<'_>) -> Option<HistogramValue> {
    let mut h = Histogram {
        reset_hint: hint(c.u8()?),
        schema: i32::try_from(c.varint()?).ok()?,
        zero_threshold: take_f64(c)?,
        zero_count: c.uvarint()?,
        count: c.uvarint()?,
        sum: take_f64(c)?,
        positive_spans: take_spans(c)?,
        negative_spans: take_spans(c)?,
        positive_deltas: take_deltas(c)?,
        negative_deltas: take_deltas(c)?,
        custom_values: Vec::new(),
    };
    h.custom_values = take_custom(c, h.schema)?;
    Some(HistogramValue::Integer(h))
}

/// Takes a histogram with float counts.
pub fn take_float(c: &mut Cursor<'_>) -> Option<HistogramValue> {
    let mut h = FloatHistogram {
        reset_hint: hint(c.u8()?),
        schema: i32::try_from(c.varint()?).ok()?,
        zero_threshold: take_f64(c)?,
        zero_count: take_f64(c)?,
        count: take_f64(c)?,
        sum: take_f64(c)?,
        positive_spans: take_spans(c)?,
        negative_spans: take_spans(c)?,
        positive_buckets: take_floats(c)?,
        negative_buckets: take_floats(c)?,
        custom_values: Vec::new(),
    };
    h.custom_values = take_custom(c, h.schema)?;
    Some(HistogramValue::Float(h))
}
