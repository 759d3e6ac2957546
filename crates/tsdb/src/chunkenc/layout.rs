//! What all histograms of a chunk share and its first sample writes: zero threshold, schema, spans, custom bounds.
//!
//! Format: Prometheus 3.14 `tsdb/chunkenc/histogram_meta.go`.

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, Span};

use super::bits::{BitReader, BitWriter};
use super::error::ChunkError;
use super::varbit::{put_int, put_uint, take_int, take_uint};

/// The lowest and highest exponential schema that a chunk may name; those above 8 are merged down when read.
const SCHEMAS_KNOWN: std::ops::RangeInclusive<i64> = -9..=52;
/// Bucket indexes lie within ± this, so that their neighbours are numbers of 32 bits too.
const INDEX_MAX: i64 = i32::MAX as i64 - 1;
/// The most custom bounds written as thousandths: what fits into 25 bits, less the 0 that says "64 bits follow".
const THOUSANDTHS_MAX: f64 = 33_554_430.0;

/// The shared part of a chunk's histograms.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Layout {
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) positive_spans: Vec<Span>,
    pub(crate) negative_spans: Vec<Span>,
    pub(crate) custom_values: Vec<f64>,
}

/// Writes the layout.
pub(crate) fn put_layout(
    bits: &mut BitWriter<'_>,
    schema: i32,
    zero_threshold: f64,
    spans: [&[Span]; 2],
    custom_values: &[f64],
) {
    put_zero_threshold(bits, zero_threshold);
    put_int(bits, i64::from(schema));
    for spans in spans {
        put_uint(bits, spans.len() as u64);
        for span in spans {
            put_uint(bits, u64::from(span.length));
            put_int(bits, i64::from(span.offset));
        }
    }
    if schema == CUSTOM_BUCKETS_SCHEMA {
        put_uint(bits, custom_values.len() as u64);
        for &bound in custom_values {
            put_custom_bound(bits, bound);
        }
    }
}

/// Reads the layout. Behind the end of the chunk it stops early; the caller sees the overrun.
///
/// # Errors
/// [`ChunkError::UnknownSchema`], [`ChunkError::Layout`] for more buckets than the chunk has bits.
pub(crate) fn take_layout(bits: &mut BitReader<'_>) -> Result<Layout, ChunkError> {
    let zero_threshold = take_zero_threshold(bits);
    let schema = take_int(bits);
    if !SCHEMAS_KNOWN.contains(&schema) && schema != i64::from(CUSTOM_BUCKETS_SCHEMA) {
        return Err(ChunkError::UnknownSchema { schema });
    }
    let positive_spans = take_spans(bits)?;
    let negative_spans = take_spans(bits)?;
    let buckets = buckets_in(&positive_spans) + buckets_in(&negative_spans);
    if buckets > bits.remaining() as u64 {
        return Err(ChunkError::Layout { what: "number of buckets", value: buckets });
    }
    let mut custom_values = Vec::new();
    if schema == i64::from(CUSTOM_BUCKETS_SCHEMA) {
        let count = take_uint(bits);
        for _ in 0..count {
            if bits.overrun() {
                break;
            }
            custom_values.push(take_custom_bound(bits));
        }
    }
    Ok(Layout { schema: schema as i32, zero_threshold, positive_spans, negative_spans, custom_values })
}

fn take_spans(bits: &mut BitReader<'_>) -> Result<Vec<Span>, ChunkError> {
    let mut spans = Vec::new();
    let mut index = 0i64;
    let count = take_uint(bits);
    for _ in 0..count {
        if bits.overrun() {
            break;
        }
        let (length, offset) = (take_uint(bits), take_int(bits));
        let too_wide = |what, value| ChunkError::Layout { what, value };
        let span = Span {
            length: u32::try_from(length).map_err(|_| too_wide("span length", length))?,
            offset: i32::try_from(offset).map_err(|_| too_wide("span offset", offset as u64))?,
        };
        for part in [i64::from(span.offset), i64::from(span.length)] {
            index += part;
            if index.abs() > INDEX_MAX {
                return Err(too_wide("bucket index", index as u64));
            }
        }
        spans.push(span);
    }
    Ok(spans)
}

/// Returns the number of buckets that spans cover.
pub(crate) fn buckets_in(spans: &[Span]) -> u64 {
    spans.iter().map(|s| u64::from(s.length)).sum()
}

/// Powers of two from 2⁻²⁴³ to 2¹⁰ take one byte, as does 0; others a byte 255 and 64 bits.
fn put_zero_threshold(bits: &mut BitWriter<'_>, threshold: f64) {
    if threshold == 0.0 {
        return bits.put(0, 8);
    }
    let raw = threshold.to_bits();
    let (sign_and_exponent, mantissa) = (raw >> 52, raw & ((1 << 52) - 1));
    let code = sign_and_exponent as i64 - 1023 + 244; // 2⁻²⁴³ is 1
    if mantissa == 0 && (1..=254).contains(&code) {
        bits.put(code as u64, 8);
    } else {
        bits.put(255, 8);
        bits.put(raw, 64);
    }
}

fn take_zero_threshold(bits: &mut BitReader<'_>) -> f64 {
    match bits.take(8) {
        0 => 0.0,
        255 => f64::from_bits(bits.take(64)),
        code => f64::from_bits((code + 1023 - 244) << 52),
    }
}

/// Thousandths up to 33554.43 take up to 32 bits; others a 0 bit and 64 bits.
fn put_custom_bound(bits: &mut BitWriter<'_>, bound: f64) {
    let thousandths = bound * 1000.0;
    let whole = (thousandths.round() as u64) as f64 / 1000.0 == bound;
    if (0.0..=THOUSANDTHS_MAX).contains(&thousandths) && whole {
        put_uint(bits, thousandths.round() as u64 + 1);
    } else {
        bits.put(0, 1);
        bits.put(bound.to_bits(), 64);
    }
}

fn take_custom_bound(bits: &mut BitReader<'_>) -> f64 {
    match take_uint(bits) {
        0 => f64::from_bits(bits.take(64)),
        n => (n - 1) as f64 / 1000.0,
    }
}
