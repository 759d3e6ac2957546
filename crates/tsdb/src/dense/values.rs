//! A column of floats.
//!
//! ```text
//! constant:  0 │ value 8 bytes
//! decimals:  1 │ scale u8 │ integers │ exceptions uvarint │ (distance of positions uvarint │ value 8 bytes)…
//! bits:      2 │ integers: the floats' bits, in an order that neighbouring floats are neighbouring integers
//! ```
//! Exceptions are values that no decimal stands for, staleness markers above all; the integers go on as if they were not there.

use super::decimal::Scale;
use super::ints;
use crate::encoding::{Cursor, put_uvarint};

const CONSTANT: u8 = 0;
const DECIMALS: u8 = 1;
const BITS: u8 = 2;
/// With more exceptions than one in this many values, the bits themselves are smaller.
const EXCEPTIONS_PART: usize = 8;

/// Appends a column; its length is not stored.
pub(crate) fn put(out: &mut Vec<u8>, values: &[f64]) {
    let Some(first) = values.first() else { return };
    if values.iter().all(|v| v.to_bits() == first.to_bits()) {
        out.push(CONSTANT);
        out.extend_from_slice(&first.to_bits().to_le_bytes());
        return;
    }
    if !put_decimals(out, values) {
        out.push(BITS);
        let ordered: Vec<i64> = values.iter().map(|v| ordered(v.to_bits())).collect();
        ints::put(out, &ordered);
    }
}

fn put_decimals(out: &mut Vec<u8>, values: &[f64]) -> bool {
    let scale = Scale::choose(values);
    let mut integers = Vec::with_capacity(values.len());
    let mut exceptions = Vec::new();
    let mut last = values.iter().find_map(|v| scale.integer(*v)).unwrap_or(0);
    for (i, v) in values.iter().enumerate() {
        match scale.integer(*v) {
            Some(integer) => last = integer,
            None => exceptions.push((i, v.to_bits())),
        }
        integers.push(last);
    }
    if exceptions.len() > values.len() / EXCEPTIONS_PART {
        return false;
    }
    out.push(DECIMALS);
    out.push(scale.to_byte());
    ints::put(out, &integers);
    put_uvarint(out, exceptions.len() as u64);
    let mut before = 0;
    for (i, bits) in exceptions {
        put_uvarint(out, (i - before) as u64);
        out.extend_from_slice(&bits.to_le_bytes());
        before = i;
    }
    true
}

/// Takes a column of `n` values and appends them; `None` for bytes that are none, and then `out` may have some of them.
/// `scratch` is overwritten.
pub(crate) fn take(
    cursor: &mut Cursor<'_>,
    n: usize,
    out: &mut Vec<f64>,
    scratch: &mut Vec<i64>,
) -> Option<()> {
    let start = out.len();
    match cursor.u8()? {
        CONSTANT => out.resize(start + n, take_f64(cursor)?),
        DECIMALS => {
            let scale = Scale::from_byte(cursor.u8()?)?;
            scratch.clear();
            ints::take(cursor, n, scratch)?;
            scale.floats(scratch, out);
            let mut at = start;
            for _ in 0..cursor.uvarint()? {
                at = at.checked_add(usize::try_from(cursor.uvarint()?).ok()?)?;
                *out.get_mut(at)? = take_f64(cursor)?;
            }
        }
        BITS => {
            scratch.clear();
            ints::take(cursor, n, scratch)?;
            out.extend(scratch.iter().map(|i| f64::from_bits(unordered(*i))));
        }
        _unknown_kind => return None,
    }
    Some(())
}

fn take_f64(cursor: &mut Cursor<'_>) -> Option<f64> {
    let bytes = cursor.bytes(8)?.first_chunk::<8>()?;
    Some(f64::from_bits(u64::from_le_bytes(*bytes)))
}

/// Maps bits so that the integers are ordered as the floats are.
fn ordered(bits: u64) -> i64 {
    let signed = bits as i64;
    if signed < 0 { signed ^ i64::MAX } else { signed }
}

fn unordered(integer: i64) -> u64 {
    (if integer < 0 { integer ^ i64::MAX } else { integer }) as u64
}
