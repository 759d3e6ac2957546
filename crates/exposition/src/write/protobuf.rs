//! Delimited `io.prometheus.client.MetricFamily` messages.

use model::histogram::{FloatHistogram, Span};
use model::{Exemplar, MetricType};

use crate::family::{Metric, MetricFamily, MetricValue};
use crate::protobuf::wire::{put_bytes, put_double, put_integer, put_signed, put_varint};

pub(super) fn write_family(out: &mut Vec<u8>, family: &MetricFamily) {
    let mut message = Vec::new();
    put_bytes(&mut message, 1, family.name.as_bytes());
    if !family.help.is_empty() {
        put_bytes(&mut message, 2, family.help.as_bytes());
    }
    put_integer(&mut message, 3, type_number(family.kind));
    for metric in &family.metrics {
        put_bytes(&mut message, 4, &metric_message(metric, family.kind));
    }
    if !family.unit.is_empty() {
        put_bytes(&mut message, 5, family.unit.as_bytes());
    }
    put_varint(out, message.len() as u64);
    out.extend_from_slice(&message);
}

/// The nearest type that the format has.
fn type_number(kind: MetricType) -> u64 {
    match kind {
        MetricType::Counter => 0,
        MetricType::Gauge | MetricType::Info | MetricType::StateSet => 1,
        MetricType::Summary => 2,
        MetricType::Unknown => 3,
        MetricType::Histogram => 4,
        MetricType::GaugeHistogram => 5,
    }
}

fn metric_message(metric: &Metric, kind: MetricType) -> Vec<u8> {
    let mut out = Vec::new();
    put_labels(&mut out, metric.written_labels());
    let mut inner = Vec::new();
    match &metric.value {
        MetricValue::Number(value, exemplar) => {
            put_double(&mut inner, 1, *value);
            let field = match kind {
                MetricType::Counter => 3,
                MetricType::Gauge | MetricType::Info | MetricType::StateSet => 2,
                MetricType::Unknown | MetricType::Summary => 5,
                MetricType::Histogram | MetricType::GaugeHistogram => 5,
            };
            if field == 3 {
                put_exemplar(&mut inner, 2, exemplar.as_ref());
                put_time(&mut inner, 3, metric.start_ms);
            }
            put_bytes(&mut out, field, &inner);
        }
        MetricValue::Summary { quantiles, sum, count } => {
            put_integer(&mut inner, 1, *count as u64);
            put_double(&mut inner, 2, *sum);
            for (rank, value) in quantiles {
                let mut quantile = Vec::new();
                put_double(&mut quantile, 1, *rank);
                put_double(&mut quantile, 2, *value);
                put_bytes(&mut inner, 3, &quantile);
            }
            put_time(&mut inner, 4, metric.start_ms);
            put_bytes(&mut out, 4, &inner);
        }
        MetricValue::Histogram { buckets, sum, count, native } => {
            put_count(&mut inner, (1, 4), *count);
            put_double(&mut inner, 2, *sum);
            for (bound, cumulative, exemplar) in buckets {
                let mut bucket = Vec::new();
                put_count(&mut bucket, (1, 4), *cumulative);
                put_double(&mut bucket, 2, *bound);
                put_exemplar(&mut bucket, 3, exemplar.as_ref());
                put_bytes(&mut inner, 3, &bucket);
            }
            if let Some(native) = native {
                put_native(&mut inner, native, *count);
            }
            put_time(&mut inner, 15, metric.start_ms);
            put_bytes(&mut out, 7, &inner);
        }
    }
    if let Some(t) = metric.timestamp_ms {
        put_integer(&mut out, 6, t as u64);
    }
    out
}

fn put_labels<'a>(out: &mut Vec<u8>, labels: impl Iterator<Item = (&'a str, &'a str)>) {
    for (name, value) in labels {
        let mut pair = Vec::new();
        put_bytes(&mut pair, 1, name.as_bytes());
        put_bytes(&mut pair, 2, value.as_bytes());
        put_bytes(out, 1, &pair);
    }
}

fn is_integer(v: f64) -> bool {
    v >= 0.0 && v.fract() == 0.0 && v < i64::MAX as f64
}

/// Writes a count into the integer field, or the float field if it is no integer.
fn put_count(out: &mut Vec<u8>, (integer, float): (u64, u64), count: f64) {
    if is_integer(count) {
        put_integer(out, integer, count as u64);
    } else {
        put_double(out, float, count);
    }
}

fn put_native(out: &mut Vec<u8>, h: &FloatHistogram, count: f64) {
    let integers = is_integer(count)
        && is_integer(h.zero_count)
        && h.positive_buckets.iter().chain(&h.negative_buckets).all(|c| is_integer(*c));
    put_signed(out, 5, i64::from(h.schema));
    put_double(out, 6, h.zero_threshold);
    if integers {
        put_integer(out, 7, h.zero_count as u64);
    } else {
        // Readers take the histogram as a float one if either of these is greater than zero.
        put_double(out, 4, count);
        put_double(out, 8, h.zero_count);
    }
    put_side(out, 9, &h.negative_spans, &h.negative_buckets, integers);
    put_side(out, 12, &h.positive_spans, &h.positive_buckets, integers);
    if h.positive_spans.is_empty() && h.negative_spans.is_empty() {
        // A span without buckets tells that the histogram is a native one.
        put_bytes(out, 12, &[]);
    }
}

/// Writes spans, deltas and counts, whose fields follow each other.
fn put_side(out: &mut Vec<u8>, first_field: u64, spans: &[Span], counts: &[f64], integers: bool) {
    for span in spans {
        let mut message = Vec::new();
        put_signed(&mut message, 1, i64::from(span.offset));
        put_integer(&mut message, 2, u64::from(span.length));
        put_bytes(out, first_field, &message);
    }
    if integers {
        let (mut packed, mut previous) = (Vec::new(), 0i64);
        for count in counts {
            let delta = *count as i64 - previous;
            previous = *count as i64;
            put_varint(&mut packed, ((delta << 1) ^ (delta >> 63)) as u64);
        }
        if !packed.is_empty() {
            put_bytes(out, first_field + 1, &packed);
        }
    } else if !counts.is_empty() {
        let packed: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
        put_bytes(out, first_field + 2, &packed);
    }
}

fn put_exemplar(out: &mut Vec<u8>, field: u64, exemplar: Option<&Exemplar>) {
    let Some(exemplar) = exemplar else { return };
    let mut message = Vec::new();
    put_labels(&mut message, exemplar.labels.iter());
    put_double(&mut message, 2, exemplar.value);
    put_time(&mut message, 3, exemplar.timestamp_ms);
    put_bytes(out, field, &message);
}

fn put_time(out: &mut Vec<u8>, field: u64, t_ms: Option<i64>) {
    let Some(t_ms) = t_ms else { return };
    let mut message = Vec::new();
    put_integer(&mut message, 1, t_ms.div_euclid(1000) as u64);
    put_integer(&mut message, 2, t_ms.rem_euclid(1000) as u64 * 1_000_000);
    put_bytes(out, field, &message);
}
