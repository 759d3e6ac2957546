//! Blocks of integers, each in as many bits as most of them need.
//!
//! ```text
//! block:       width u8, plus 128 if there are exceptions │ least varint │ low bits │ exceptions
//! exceptions:  count - 1 u8 │ width of the high bits u8 │ positions u8… │ high bits
//! ```
//! A value is stored as its distance from the block's least one. Those few that need more bits than the others have their
//! upper bits among the exceptions. Bits are packed from the lowest bit of the first byte upwards.

use crate::encoding::{Cursor, put_varint};

/// Values of a block, but for the last one of a column.
pub const BLOCK: usize = 128;
const HAS_EXCEPTIONS: u8 = 0x80;
/// Space for a block of 64-bit values, and for a wide read behind the last one.
const BUFFER_BYTES: usize = BLOCK * 8 + 16;

/// Returns how many bytes [`put_block`] needs for these values, without the least one.
pub fn cost(distances: &[u64]) -> usize {
    choose(distances).1
}

/// Chooses the width of the low bits; returns it with the bytes that the block then takes.
fn choose(distances: &[u64]) -> (u32, usize) {
    let mut by_width = [0usize; 65];
    for d in distances {
        by_width[width(*d) as usize] += 1;
    }
    let widest = (0..=64).rev().find(|w| by_width[*w] > 0).unwrap_or(0);
    let mut best = (widest as u32, (widest * distances.len()).div_ceil(8));
    let mut exceptions = 0;
    for low in (0..widest).rev() {
        exceptions += by_width[low + 1];
        let high_bytes = (exceptions * (widest - low)).div_ceil(8);
        let bytes = (low * distances.len()).div_ceil(8) + 2 + exceptions + high_bytes;
        if bytes < best.1 {
            best = (low as u32, bytes);
        }
    }
    (best.0, best.1 + 1)
}

/// Bits that a value needs.
fn width(value: u64) -> u32 {
    64 - value.leading_zeros()
}

/// Appends a block of at most [`BLOCK`] values.
pub fn put_block(out: &mut Vec<u8>, values: &[i64]) {
    debug_assert!(values.len() <= BLOCK, "a block has at most {BLOCK} values");
    let least = values.iter().copied().min().unwrap_or(0);
    let mut distances = [0u64; BLOCK];
    for (d, v) in distances.iter_mut().zip(values) {
        *d = v.wrapping_sub(least) as u64;
    }
    let distances = &distances[..values.len()];
    let (low, _) = choose(distances);
    let exceptions: Vec<usize> = (0..distances.len()).filter(|i| width(distances[*i]) > low).collect();
    let flag = if exceptions.is_empty() { 0 } else { HAS_EXCEPTIONS };
    out.push(low as u8 | flag);
    put_varint(out, least);
    pack(out, distances.iter().map(|d| d & mask(low)), low);
    if !exceptions.is_empty() {
        let high = exceptions.iter().map(|i| width(distances[*i]) - low).max().unwrap_or(0);
        out.push((exceptions.len() - 1) as u8);
        out.push(high as u8);
        out.extend(exceptions.iter().map(|i| *i as u8));
        // An exception exists, so `low` is less than 64.
        pack(out, exceptions.iter().map(|i| distances[*i] >> low), high);
    }
}

/// Takes a block of `out.len()` values, at most [`BLOCK`]; `None` for bytes that are none.
pub fn take_block(cursor: &mut Cursor<'_>, out: &mut [i64]) -> Option<()> {
    if out.len() > BLOCK {
        return None;
    }
    let head = cursor.u8()?;
    let low = u32::from(head & !HAS_EXCEPTIONS);
    let least = cursor.varint()?;
    let mut unpacked = [0u64; BLOCK];
    unpack(cursor, low, &mut unpacked[..out.len()])?;
    if head & HAS_EXCEPTIONS != 0 {
        let count = usize::from(cursor.u8()?) + 1;
        let high = u32::from(cursor.u8()?);
        if count > out.len() || low + high > 64 {
            return None;
        }
        let positions = cursor.bytes(count)?;
        let mut highs = [0u64; BLOCK];
        unpack(cursor, high, &mut highs[..count])?;
        for (position, high) in positions.iter().zip(highs) {
            // Without high bits there is nothing to shift, and a shift by 64 would be one too far.
            let shifted = high.checked_shl(low).unwrap_or(0);
            *unpacked[..out.len()].get_mut(usize::from(*position))? |= shifted;
        }
    }
    for (o, u) in out.iter_mut().zip(unpacked) {
        *o = least.wrapping_add(u as i64);
    }
    Some(())
}

fn mask(width: u32) -> u64 {
    if width == 0 { 0 } else { u64::MAX >> (64 - width) }
}

/// Appends values of `width` bits each.
fn pack(out: &mut Vec<u8>, values: impl Iterator<Item = u64>, width: u32) {
    let (mut held, mut bits) = (0u128, 0);
    for value in values {
        held |= u128::from(value) << bits;
        bits += width;
        while bits >= 8 {
            out.push(held as u8);
            held >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        out.push(held as u8);
    }
}

/// Takes `out.len()` values of `width` bits.
fn unpack(cursor: &mut Cursor<'_>, width: u32, out: &mut [u64]) -> Option<()> {
    if width > 64 {
        return None;
    }
    let bytes = cursor.bytes((width as usize * out.len()).div_ceil(8))?;
    if width == 0 {
        out.fill(0);
        return Some(());
    }
    // From here on a wide read never reaches behind the end.
    let mut buffer = [0u8; BUFFER_BYTES];
    buffer.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let mask = mask(width);
    let mut bit = 0usize;
    for o in out.iter_mut() {
        let (byte, shift) = (bit / 8, bit % 8);
        let wide = u64::from_le_bytes(*buffer.get(byte..)?.first_chunk::<8>()?);
        let mut value = wide >> shift;
        if width > 56 && shift > 0 {
            value |= u64::from(buffer[byte + 8]) << (64 - shift);
        }
        *o = value & mask;
        bit += width as usize;
    }
    Some(())
}
