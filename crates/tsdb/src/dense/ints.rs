//! A column of integers: the first, then differences in units of their greatest common divisor.
//!
//! ```text
//! column:  first varint │ mode u8 │ unit uvarint │ blocks, or a single varint if all are equal
//! ```
//! The mode says how often differences were taken (0, 1, 2) and whether all of what is left is one value. Regular
//! timestamps, and counters that grow evenly, thus take a few bytes for thousands of samples.

use super::bits::{BLOCK, cost, put_block, take_block};
use crate::encoding::{Cursor, put_uvarint, put_varint};

const ORDER: u8 = 0x03;
const ALL_EQUAL: u8 = 0x10;

/// Appends a column; its length is not stored.
pub fn put(out: &mut Vec<u8>, values: &[i64]) {
    let Some((&first, rest)) = values.split_first() else { return };
    put_varint(out, first);
    if rest.is_empty() {
        return;
    }
    let unit = unit(first, rest);
    let mut by_order: [Vec<i64>; 3] = Default::default();
    by_order[0] = rest.iter().map(|v| divided(v.wrapping_sub(first), unit)).collect();
    for order in 1..3 {
        let below = &by_order[order - 1];
        let mut before = 0;
        let taken = below.iter().map(|v| v.wrapping_sub(std::mem::replace(&mut before, *v))).collect();
        by_order[order] = taken;
    }
    let all_equal = |column: &[i64]| column.iter().all(|v| *v == column[0]);
    if let Some(order) = (0..3).find(|o| all_equal(&by_order[*o])) {
        out.push(order as u8 | ALL_EQUAL);
        put_uvarint(out, unit);
        put_varint(out, by_order[order][0]);
        return;
    }
    let cheapest = (0..3).min_by_key(|o| column_cost(&by_order[*o])).unwrap_or(0);
    out.push(cheapest as u8);
    put_uvarint(out, unit);
    for block in by_order[cheapest].chunks(BLOCK) {
        put_block(out, block);
    }
}

/// Takes a column of `n` values and appends them; `None` for bytes that are none, and then `out` may have some of them.
pub fn take(cursor: &mut Cursor<'_>, n: usize, out: &mut Vec<i64>) -> Option<()> {
    if n == 0 {
        return Some(());
    }
    let first = cursor.varint()?;
    let start = out.len();
    if n == 1 {
        out.push(first);
        return Some(());
    }
    let mode = cursor.u8()?;
    let unit = cursor.uvarint()? as i64;
    if mode & !(ORDER | ALL_EQUAL) != 0 || mode & ORDER > 2 {
        return None;
    }
    out.resize(start + n, first);
    let rest = &mut out[start + 1..];
    if mode & ALL_EQUAL != 0 {
        rest.fill(cursor.varint()?);
    } else {
        for block in rest.chunks_mut(BLOCK) {
            take_block(cursor, block)?;
        }
    }
    match mode & ORDER {
        0 => rest.iter_mut().for_each(|v| *v = v.wrapping_mul(unit).wrapping_add(first)),
        1 => {
            let mut value = first;
            for v in rest {
                value = value.wrapping_add(v.wrapping_mul(unit));
                *v = value;
            }
        }
        _second_differences => {
            let (mut value, mut slope) = (first, 0i64);
            for v in rest {
                slope = slope.wrapping_add(v.wrapping_mul(unit));
                value = value.wrapping_add(slope);
                *v = value;
            }
        }
    }
    Some(())
}

fn column_cost(column: &[i64]) -> usize {
    let mut distances = [0u64; BLOCK];
    let mut bytes = 0;
    for block in column.chunks(BLOCK) {
        let least = block.iter().copied().min().unwrap_or(0);
        for (d, v) in distances.iter_mut().zip(block) {
            *d = v.wrapping_sub(least) as u64;
        }
        let least_bits = 65 - ((least << 1) ^ (least >> 63)).leading_zeros();
        bytes += cost(&distances[..block.len()]) + least_bits.div_ceil(7) as usize;
    }
    bytes
}

/// The greatest common divisor of all distances from the first; 1 where one of them does not fit.
fn unit(first: i64, rest: &[i64]) -> u64 {
    let mut unit = 0u64;
    for v in rest {
        let Some(distance) = v.checked_sub(first) else { return 1 };
        unit = gcd(unit, distance.unsigned_abs());
        if unit == 1 {
            return 1;
        }
    }
    if unit == 0 || unit > i64::MAX as u64 { 1 } else { unit }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn divided(distance: i64, unit: u64) -> i64 {
    if unit == 1 { distance } else { distance / unit as i64 }
}
