//! Protobuf's wire format, writing: fields appended to a buffer.
//!
//! As proto3 has it, numbers that are zero and texts that are empty are left out; [`bytes`] and [`message`] always write.

use model::Labels;
use model::histogram::{HistogramValue, ResetHint, Span};

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;

/// Appends a variable-length integer.
pub fn uvarint(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

/// Compresses a message as its readers expect it.
///
/// # Errors
/// A message of more than 4 GiB.
pub fn compress(message: &[u8]) -> Result<Vec<u8>, snap::Error> {
    snap::raw::Encoder::new().compress_vec(message)
}

fn tag(out: &mut Vec<u8>, field: u32, kind: u64) {
    uvarint(out, u64::from(field) << 3 | kind);
}

fn zigzag(v: i64) -> u64 {
    (v << 1 ^ v >> 63).cast_unsigned()
}

/// Appends an unsigned integer, an enum or a boolean.
pub fn uint(out: &mut Vec<u8>, field: u32, v: u64) {
    if v != 0 {
        required_uint(out, field, v);
    }
}

/// Appends an unsigned integer, zero too: one of alternatives says which by being there.
pub fn required_uint(out: &mut Vec<u8>, field: u32, v: u64) {
    tag(out, field, VARINT);
    uvarint(out, v);
}

/// Appends a signed integer.
pub fn int(out: &mut Vec<u8>, field: u32, v: i64) {
    uint(out, field, v.cast_unsigned());
}

/// Appends a signed integer in zigzag coding.
pub fn sint(out: &mut Vec<u8>, field: u32, v: i64) {
    uint(out, field, zigzag(v));
}

/// Appends a float; only positive zero is left out.
pub fn double(out: &mut Vec<u8>, field: u32, v: f64) {
    if v.to_bits() != 0 {
        required_double(out, field, v);
    }
}

/// Appends a float, zero too.
pub fn required_double(out: &mut Vec<u8>, field: u32, v: f64) {
    tag(out, field, FIXED64);
    out.extend_from_slice(&v.to_le_bytes());
}

/// Appends a text.
pub fn text(out: &mut Vec<u8>, field: u32, v: &str) {
    if !v.is_empty() {
        bytes(out, field, v.as_bytes());
    }
}

/// Appends bytes behind their length.
pub fn bytes(out: &mut Vec<u8>, field: u32, v: &[u8]) {
    tag(out, field, BYTES);
    uvarint(out, v.len() as u64);
    out.extend_from_slice(v);
}

/// Appends a message that `body` writes, behind its length.
pub fn message(out: &mut Vec<u8>, field: u32, body: impl FnOnce(&mut Vec<u8>)) {
    tag(out, field, BYTES);
    let start = out.len();
    body(out);
    let mut length = Vec::with_capacity(10);
    uvarint(&mut length, (out.len() - start) as u64);
    out.splice(start..start, length);
}

/// Appends labels as repeated messages of name and value.
pub fn labels(out: &mut Vec<u8>, field: u32, labels: &Labels) {
    for (name, value) in labels {
        message(out, field, |out| {
            text(out, 1, name);
            text(out, 2, value);
        });
    }
}

/// Appends the fields of a native histogram and its time: the same message in remote write 1.0, 2.0 and remote read.
pub fn histogram(out: &mut Vec<u8>, t: i64, h: &HistogramValue) {
    match h {
        HistogramValue::Integer(h) => {
            required_uint(out, 1, h.count);
            double(out, 3, h.sum);
            sint(out, 4, i64::from(h.schema));
            double(out, 5, h.zero_threshold);
            required_uint(out, 6, h.zero_count);
            spans(out, 8, &h.negative_spans);
            packed(out, 9, &h.negative_deltas, |out, v| uvarint(out, zigzag(*v)));
            spans(out, 11, &h.positive_spans);
            packed(out, 12, &h.positive_deltas, |out, v| uvarint(out, zigzag(*v)));
            uint(out, 14, reset_hint(h.reset_hint));
            int(out, 15, t);
            packed(out, 16, &h.custom_values, |out, v| out.extend_from_slice(&v.to_le_bytes()));
        }
        HistogramValue::Float(h) => {
            required_double(out, 2, h.count);
            double(out, 3, h.sum);
            sint(out, 4, i64::from(h.schema));
            double(out, 5, h.zero_threshold);
            required_double(out, 7, h.zero_count);
            spans(out, 8, &h.negative_spans);
            packed(out, 10, &h.negative_buckets, |out, v| out.extend_from_slice(&v.to_le_bytes()));
            spans(out, 11, &h.positive_spans);
            packed(out, 13, &h.positive_buckets, |out, v| out.extend_from_slice(&v.to_le_bytes()));
            uint(out, 14, reset_hint(h.reset_hint));
            int(out, 15, t);
            packed(out, 16, &h.custom_values, |out, v| out.extend_from_slice(&v.to_le_bytes()));
        }
    }
}

fn spans(out: &mut Vec<u8>, field: u32, spans: &[Span]) {
    for span in spans {
        message(out, field, |out| {
            sint(out, 1, i64::from(span.offset));
            uint(out, 2, u64::from(span.length));
        });
    }
}

fn packed<T>(out: &mut Vec<u8>, field: u32, values: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
    if !values.is_empty() {
        message(out, field, |out| values.iter().for_each(|v| put(out, v)));
    }
}

fn reset_hint(hint: ResetHint) -> u64 {
    match hint {
        ResetHint::Unknown => 0,
        ResetHint::Reset => 1,
        ResetHint::NotReset => 2,
        ResetHint::Gauge => 3,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::receive::wire::{Reader, Value};

    #[test]
    fn zeros_are_left_out_where_nothing_asks_for_them() {
        let mut out = Vec::new();
        uint(&mut out, 1, 0);
        int(&mut out, 1, 0);
        sint(&mut out, 1, 0);
        double(&mut out, 1, 0.0);
        text(&mut out, 1, "");
        assert!(out.is_empty());
        required_uint(&mut out, 1, 0);
        message(&mut out, 2, |_| {});
        assert_eq!(out, [0x08, 0, 0x12, 0]);
        out.clear();
        double(&mut out, 1, -0.0);
        assert_eq!(out.len(), 9);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(u in 1u64.., i in 1i64.., s in any::<i64>(), d: f64, b: Vec<u8>, field in 1u32..1000) {
            let mut out = Vec::new();
            uint(&mut out, field, u);
            int(&mut out, field, -i);
            required_uint(&mut out, field, zigzag(s));
            required_double(&mut out, field, d);
            message(&mut out, field, |out| bytes(out, 7, &b));
            let mut reader = Reader::new(&out);
            let mut next = || reader.field().unwrap().unwrap();
            for want in [Value::Varint(u), Value::Varint((-i).cast_unsigned())] {
                let read = next();
                prop_assert_eq!((read.number, read.value), (field, want));
            }
            prop_assert_eq!(next().zigzag(), Ok(s));
            prop_assert_eq!(next().double().map(f64::to_bits), Ok(d.to_bits()));
            let inner = next().bytes().unwrap();
            let read = Reader::new(inner).field().unwrap().unwrap();
            prop_assert_eq!(read.bytes(), Ok(&b[..]));
            prop_assert!(reader.rest().is_empty());
        }
    }
}
