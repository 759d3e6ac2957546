//! XOR2 chunks: floats with times and values under one prefix, and optionally the time each series started counting.
//!
//! Read only: Prometheus 3.14 writes them if its configuration asks for it. Start times are skipped.
//!
//! ```text
//! samples u16 │ starts u8 │ t0 varint │ v0 64 bits │ [start] │ Δ1 uvarint │ v1 │ [start] │ then for each sample:
//! 0                     same step, same value
//! 10                    same step, value:  0 + mantissa │ 1 + window + mantissa
//! 110 + 13, 1110 + 20, 11110 + 64 bits of change of step, then value:
//!                       0 same │ 10 + mantissa │ 110 + window + mantissa │ 111 stale
//! 11111                 same step, stale
//! ```
//! Differences are taken to the last value that was not a staleness marker.
//! Format: Prometheus 3.14 `tsdb/docs/format/chunks.md`, `tsdb/chunkenc/xor2.go`.

use model::value::{STALE_NAN_BITS, is_stale};
use storage::{Samples, TimeRange};

use super::bits::BitReader;
use super::starts::Starts;
use super::{ChunkError, Encoding};

/// Bytes before the first sample: the count of samples, and where start times stand.
const HEADER_BYTES: usize = 3;

/// The value part of the decoder.
#[derive(Default)]
struct Value {
    /// The last value that was not a staleness marker.
    base: u64,
    leading: u32,
    trailing: u32,
}

impl Value {
    fn mantissa(&mut self, bits: &mut BitReader<'_>) -> u64 {
        self.base ^= bits.take(64 - self.leading - self.trailing) << self.trailing;
        self.base
    }

    /// `None` for a window wider than a value.
    fn new_window(&mut self, bits: &mut BitReader<'_>) -> Option<u64> {
        let leading = bits.take(5) as u32;
        let significant = match bits.take(6) as u32 {
            0 => 64,
            n => n,
        };
        self.leading = leading;
        self.trailing = 64u32.checked_sub(leading + significant)?;
        Some(self.mantissa(bits))
    }

    /// Takes a value behind a step that changed.
    fn take(&mut self, bits: &mut BitReader<'_>) -> Option<u64> {
        let ones = (!bits.peek()).leading_zeros().min(3);
        bits.skip((ones + 1).min(3));
        match ones {
            0 => Some(self.base),
            1 => Some(self.mantissa(bits)),
            2 => self.new_window(bits),
            3.. => Some(STALE_NAN_BITS),
        }
    }

    /// Takes a value that is known to be another one.
    fn take_changed(&mut self, bits: &mut BitReader<'_>) -> Option<u64> {
        if bits.take(1) == 0 { Some(self.mantissa(bits)) } else { self.new_window(bits) }
    }
}

/// Appends the samples of a chunk that lie in `range` to `out.t` and `out.v`.
///
/// # Errors
/// [`ChunkError`] for damaged bytes; `out` is then as before.
pub(super) fn decode(chunk: &[u8], range: TimeRange, out: &mut Samples) -> Result<(), ChunkError> {
    let start = out.t.len();
    let result = decode_range(chunk, range, out);
    if result.is_err() {
        out.t.truncate(start);
        out.v.truncate(start);
    }
    result
}

fn decode_range(chunk: &[u8], range: TimeRange, out: &mut Samples) -> Result<(), ChunkError> {
    let encoding = Encoding::Xor2;
    let samples = encoding.samples_in(chunk)?;
    let Some(&starts) = chunk.get(HEADER_BYTES - 1) else {
        return Err(ChunkError::TooShort { bytes: chunk.len() });
    };
    let starts = Starts::from_header(starts);
    let mut bits = BitReader::new(&chunk[HEADER_BYTES..]);
    let truncated = || ChunkError::Truncated { encoding, samples, bytes: chunk.len() };
    let (mut t, mut step) = (0i64, 0i64);
    let mut value = Value::default();
    for i in 0..samples {
        let window = || ChunkError::Window { sample: usize::from(i) };
        let v = match i {
            0 => {
                t = bits.take_varint().ok_or_else(truncated)?;
                let v = bits.take(64);
                value.base = if is_stale(f64::from_bits(v)) { 0 } else { v };
                v
            }
            1 => {
                step = bits.take_uvarint().ok_or_else(truncated)? as i64;
                value.take(&mut bits).ok_or_else(window)?
            }
            2.. => {
                let ones = (!bits.peek()).leading_zeros().min(5);
                bits.skip((ones + 1).min(5));
                let change = match ones {
                    2 => signed(bits.take(13), 13),
                    3 => signed(bits.take(20), 20),
                    4 => bits.take(64) as i64,
                    0 | 1 | 5.. => 0,
                };
                step = step.wrapping_add(change);
                match ones {
                    0 => value.base,
                    1 => value.take_changed(&mut bits).ok_or_else(window)?,
                    2..=4 => value.take(&mut bits).ok_or_else(window)?,
                    5.. => STALE_NAN_BITS,
                }
            }
        };
        starts.skip(i, &mut bits).ok_or_else(truncated)?;
        if bits.overrun() {
            return Err(truncated());
        }
        if i > 0 {
            let next = t.wrapping_add(step);
            if next <= t {
                return Err(ChunkError::NotIncreasing { encoding, sample: usize::from(i) });
            }
            t = next;
        }
        if t > range.max_ms {
            break;
        }
        if t >= range.min_ms {
            out.t.push(t);
            out.v.push(f64::from_bits(v));
        }
    }
    Ok(())
}

/// Reads a two's complement number of `n` bits, below 64.
fn signed(bits: u64, n: u32) -> i64 {
    (bits << (64 - n)) as i64 >> (64 - n)
}
