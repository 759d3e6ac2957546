//! Native histograms on the wire: the same message in both versions.

use model::histogram::{FloatHistogram, Histogram, HistogramValue, ResetHint, Span};

use super::wire::{Reader, WireError, zigzag};

/// Buckets per side that are read; more make no sense and would only cost memory.
const BUCKETS_MAX: usize = 1 << 16;

/// A histogram sample.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramSample {
    /// Milliseconds.
    pub t: i64,
    /// When it started counting, in milliseconds; 0 if not told.
    pub start_ms: i64,
    /// The histogram, not validated.
    pub value: HistogramValue,
}

#[derive(Default)]
struct Side {
    spans: Vec<Span>,
    deltas: Vec<i64>,
    counts: Vec<f64>,
}

/// Reads a `Histogram` message.
///
/// # Errors
/// [`WireError`].
pub fn read(message: &[u8]) -> Result<HistogramSample, WireError> {
    let (mut negative, mut positive) = (Side::default(), Side::default());
    let mut float = FloatHistogram::default();
    let (mut count, mut zero_count, mut is_float) = (0u64, 0u64, false);
    let (mut t, mut start_ms) = (0i64, 0i64);
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => (count, is_float) = (field.varint()?, false),
            2 => (float.count, is_float) = (field.double()?, true),
            3 => float.sum = field.double()?,
            4 => float.schema = field.zigzag()? as i32,
            5 => float.zero_threshold = field.double()?,
            6 => zero_count = field.varint()?,
            7 => float.zero_count = field.double()?,
            8 => negative.spans.push(span(field.bytes()?)?),
            9 => field.varints(|v| negative.deltas.push(zigzag(v)))?,
            10 => field.doubles(&mut negative.counts)?,
            11 => positive.spans.push(span(field.bytes()?)?),
            12 => field.varints(|v| positive.deltas.push(zigzag(v)))?,
            13 => field.doubles(&mut positive.counts)?,
            14 => float.reset_hint = reset_hint(field.varint()?),
            15 => t = field.varint()? as i64,
            16 => field.doubles(&mut float.custom_values)?,
            17 => start_ms = field.varint()? as i64,
            _unknown => {}
        }
        let buckets = [&negative, &positive].map(|s| s.spans.len() + s.deltas.len() + s.counts.len());
        if buckets.iter().any(|n| *n > BUCKETS_MAX) {
            return Err(WireError::Type(field.number));
        }
    }
    let value = if is_float {
        float.positive_spans = positive.spans;
        float.positive_buckets = positive.counts;
        float.negative_spans = negative.spans;
        float.negative_buckets = negative.counts;
        HistogramValue::Float(float)
    } else {
        HistogramValue::Integer(Histogram {
            reset_hint: float.reset_hint,
            schema: float.schema,
            zero_threshold: float.zero_threshold,
            zero_count,
            count,
            sum: float.sum,
            positive_spans: positive.spans,
            positive_deltas: positive.deltas,
            negative_spans: negative.spans,
            negative_deltas: negative.deltas,
            custom_values: float.custom_values,
        })
    };
    Ok(HistogramSample { t, start_ms, value })
}

fn span(message: &[u8]) -> Result<Span, WireError> {
    let mut span = Span::default();
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => span.offset = field.zigzag()? as i32,
            2 => span.length = field.varint()? as u32,
            _unknown => {}
        }
    }
    Ok(span)
}

fn reset_hint(v: u64) -> ResetHint {
    match v {
        1 => ResetHint::Reset,
        2 => ResetHint::NotReset,
        3 => ResetHint::Gauge,
        _unspecified => ResetHint::Unknown,
    }
}
