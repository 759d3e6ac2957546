//! XOR chunks: float samples, after Facebook's Gorilla with millisecond steps.
//!
//! ```text
//! samples u16 │ t0 varint │ v0 64 bits │ Δ1 uvarint │ v1 xor │ (ΔΔ, v xor) …
//! ΔΔ:   0                → 0            10 + 14 bits, 110 + 17, 1110 + 20, 1111 + 64
//! xor:  0                → same value
//!       10 + mantissa    → as many leading and trailing zeros as last time
//!       11 + leading 5 + significant 6 (0 means 64) + mantissa
//! ```
//! Invariants: 1. Timestamps strictly increase.  2. The count in the header is the number of samples written.
//! Format: Prometheus 3.14 `tsdb/docs/format/chunks.md`, `tsdb/chunkenc/xor.go`.

mod decode;
mod read;

use storage::Samples;

use super::bits::{BitReader, BitWriter, fits};
use super::{ChunkError, Encoding, samples_in};
pub use decode::{decode, decode_two};

/// Bytes before the first sample: the count of samples.
pub const HEADER_BYTES: usize = 2;
/// The most bytes one sample can add: 4 + 64 bits of time, 13 + 64 of value.
pub const SAMPLE_BYTES_MAX: usize = 19;

/// "No mantissa window yet": no leading-zero count can be this.
const NO_WINDOW: u8 = 0xff;

/// The encoder of an XOR chunk that is being filled. It holds no bytes: each call gets the chunk's buffer.
///
/// 32 bytes; [`XorAppender::resume`] recovers it from the chunk's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XorAppender {
    t: i64,
    step: u64,
    value: u64,
    samples: u16,
    window: XorWindow,
    free: u8,
}

impl XorAppender {
    /// Starts a chunk in an empty buffer.
    pub fn start(chunk: &mut Vec<u8>) -> XorAppender {
        chunk.clear();
        chunk.extend_from_slice(&[0; HEADER_BYTES]);
        XorAppender { t: i64::MIN, step: 0, value: 0, samples: 0, window: XorWindow::default(), free: 0 }
    }

    /// Recovers the encoder of a chunk from its bytes. Cost: decoding the chunk.
    ///
    /// # Errors
    /// [`ChunkError`] if the bytes are not an XOR chunk.
    pub fn resume(chunk: &[u8]) -> Result<XorAppender, ChunkError> {
        let samples = samples_in(chunk)?;
        let mut ignored = Samples::default();
        let end = decode::decode_all(chunk, i64::MAX, &mut ignored)?;
        let bits = chunk.len() * 8 - HEADER_BYTES * 8 - end.bits;
        if bits > 8 {
            return Err(ChunkError::TrailingBytes { encoding: Encoding::Xor, bytes: bits / 8 });
        }
        Ok(XorAppender {
            t: end.t,
            step: end.step,
            value: end.value,
            samples,
            window: end.window,
            free: bits as u8,
        })
    }

    /// Returns the number of samples in the chunk.
    pub fn samples(&self) -> u16 {
        self.samples
    }

    /// Returns the last sample, or `None` in an empty chunk.
    pub fn last(&self) -> Option<(i64, f64)> {
        (self.samples > 0).then(|| (self.t, f64::from_bits(self.value)))
    }

    /// Returns the time between the last two samples; meaningless before there are two.
    pub fn step_ms(&self) -> i64 {
        self.step as i64
    }

    /// Tells whether the chunk cannot take another sample: its count is 16 bits wide.
    pub fn is_full(&self) -> bool {
        self.samples == u16::MAX
    }

    /// Adds a sample, which must be later than the last, to a chunk that is not full.
    #[inline]
    pub fn append(&mut self, chunk: &mut Vec<u8>, t: i64, v: f64) {
        debug_assert!(self.samples == 0 || t > self.t, "timestamps must strictly increase: {}, {t}", self.t);
        assert!(!self.is_full(), "the caller cuts a chunk before its count overflows");
        let value = v.to_bits();
        let step = t.wrapping_sub(self.t) as u64;
        let mut bits = BitWriter::resume(chunk, self.free);
        match self.samples {
            0 => {
                bits.put_varint(t);
                bits.put(value, 64);
            }
            1 => {
                bits.put_uvarint(step);
                self.window.write(&mut bits, self.value, value);
                self.step = step;
            }
            2.. => {
                put_step_change(&mut bits, step.wrapping_sub(self.step) as i64);
                self.window.write(&mut bits, self.value, value);
                self.step = step;
            }
        }
        self.free = bits.free();
        self.t = t;
        self.value = value;
        self.samples += 1;
        chunk[..HEADER_BYTES].copy_from_slice(&self.samples.to_be_bytes());
    }
}

fn put_step_change(bits: &mut BitWriter<'_>, dod: i64) {
    let low = |n: u32| dod as u64 & ((1 << n) - 1);
    match dod {
        0 => bits.put(0, 1),
        _ if fits(dod, 14) => bits.put(0b10 << 14 | low(14), 16),
        _ if fits(dod, 17) => bits.put(0b110 << 17 | low(17), 20),
        _ if fits(dod, 20) => bits.put(0b1110 << 20 | low(20), 24),
        _ => {
            bits.put(0b1111, 4);
            bits.put(dod as u64, 64);
        }
    }
}

/// The part of a value's bits that the last full XOR header announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XorWindow {
    leading: u8,
    trailing: u8,
}

impl Default for XorWindow {
    fn default() -> XorWindow {
        XorWindow { leading: NO_WINDOW, trailing: 0 }
    }
}

impl XorWindow {
    /// Writes `new` as its difference to `old`.
    #[inline]
    pub(crate) fn write(&mut self, bits: &mut BitWriter<'_>, old: u64, new: u64) {
        let delta = old ^ new;
        if delta == 0 {
            return bits.put(0, 1);
        }
        let leading = delta.leading_zeros().min(31) as u8; // 5 bits wide
        let trailing = delta.trailing_zeros() as u8;
        if self.leading != NO_WINDOW && leading >= self.leading && trailing >= self.trailing {
            bits.put(0b10, 2);
            bits.put(delta >> self.trailing, 64 - u32::from(self.leading + self.trailing));
        } else {
            *self = XorWindow { leading, trailing };
            let significant = 64 - u64::from(leading + trailing);
            bits.put(0b11 << 11 | u64::from(leading) << 6 | significant & 63, 13);
            bits.put(delta >> trailing, significant as u32);
        }
    }

    /// Reads the value that [`XorWindow::write`] wrote; `None` for a window wider than the value.
    #[inline(always)]
    pub(crate) fn read(&mut self, bits: &mut BitReader<'_>, old: u64) -> Option<u64> {
        let head = bits.peek();
        if head >> 63 == 0 {
            bits.skip(1);
            return Some(old);
        }
        // Whether a window is announced is hard to foresee, so both answers are computed and one is picked.
        let announced = head >> 62 == 0b11;
        let leading = (head >> 57 & 31) as u8;
        let significant = ((head >> 51) as u8).wrapping_sub(1) % 64 + 1; // 0 means 64
        let used = leading + significant;
        if announced && used > 64 {
            return None;
        }
        if !announced && self.leading == NO_WINDOW {
            self.leading = 0; // an appender resumed by the original writes full windows unannounced
        }
        self.leading = if announced { leading } else { self.leading };
        self.trailing = if announced { 64u8.wrapping_sub(used) } else { self.trailing };
        let control = if announced { 13 } else { 2 };
        let n = 64 - u32::from(self.leading + self.trailing);
        let mantissa = if n + control <= 57 {
            bits.skip(control + n);
            (head << control) >> (64 - n)
        } else {
            bits.skip(control);
            bits.take(n)
        };
        Some(old ^ mantissa << self.trailing)
    }
}
