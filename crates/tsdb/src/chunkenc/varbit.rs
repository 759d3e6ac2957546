//! Integers in 1, 5, 9, 13, 17, 24, 32, 64 or 72 bits: as many 1 bits as there are smaller sizes, a 0 bit, the number.
//!
//! Format: Prometheus 3.14 `tsdb/chunkenc/varbit.go`.

use super::bits::{BitReader, BitWriter, fits, sign_extend};

/// Bits of the number behind 1, 2, … leading ones; behind 0 of them there is none, and behind 8 stand all 64.
const SIZES: [u32; 7] = [3, 6, 9, 12, 18, 25, 56];

/// Writes a signed number.
pub(crate) fn put_int(bits: &mut BitWriter<'_>, value: i64) {
    put(bits, value as u64, |n| fits(value, n));
}

/// Writes an unsigned number.
pub(crate) fn put_uint(bits: &mut BitWriter<'_>, value: u64) {
    put(bits, value, |n| value >> n == 0);
}

fn put(bits: &mut BitWriter<'_>, value: u64, fits: impl Fn(u32) -> bool) {
    if value == 0 {
        return bits.put(0, 1);
    }
    for (ones, n) in (1u32..).zip(SIZES) {
        if fits(n) {
            let prefix = (1u64 << (ones + 1)) - 2;
            return bits.put(prefix << n | value & ((1 << n) - 1), ones + 1 + n);
        }
    }
    bits.put(0xff, 8);
    bits.put(value, 64);
}

/// Reads a signed number.
#[inline]
pub(crate) fn take_int(bits: &mut BitReader<'_>) -> i64 {
    match take(bits) {
        (0, _) => 0,
        (64, value) => value as i64,
        (n, value) => sign_extend(value, n),
    }
}

/// Reads an unsigned number.
#[inline]
pub(crate) fn take_uint(bits: &mut BitReader<'_>) -> u64 {
    take(bits).1
}

/// Returns the width and the number.
#[inline(always)]
fn take(bits: &mut BitReader<'_>) -> (u32, u64) {
    let head = bits.peek();
    if head >> 63 == 0 {
        bits.skip(1);
        return (0, 0);
    }
    let ones = (!head).leading_zeros();
    match SIZES.get(ones as usize - 1) {
        Some(&n) if n < 56 => {
            bits.skip(ones + 1 + n);
            (n, (head << (ones + 1)) >> (64 - n))
        }
        Some(&n) => {
            bits.skip(ones + 1);
            (n, bits.take(n))
        }
        None => {
            bits.skip(8);
            (64, bits.take(64))
        }
    }
}
