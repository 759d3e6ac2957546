//! XOR2 chunks: floats with times and values under one prefix, and optionally the time each series started counting.
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

use super::bits::{BitReader, BitWriter};
use super::starts::Starts;
use super::{ChunkError, Encoding, samples_in};

/// Bytes before the first sample: the count of samples, and where start times stand.
pub const HEADER_BYTES: usize = 3;
/// "No mantissa window yet": no leading-zero count can be this.
const NO_WINDOW: u32 = 0xff;

/// The value part of encoder and decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Value {
    /// The last value that was not a staleness marker.
    base: u64,
    leading: u32,
    trailing: u32,
}

impl Default for Value {
    fn default() -> Value {
        Value { base: 0, leading: NO_WINDOW, trailing: 0 }
    }
}

impl Value {
    fn mantissa(&mut self, bits: &mut BitReader<'_>) -> Option<u64> {
        // Before a window was told there is none to use again.
        let width = 64u32.checked_sub(self.leading + self.trailing).filter(|w| *w > 0)?;
        self.base ^= bits.take(width) << self.trailing;
        Some(self.base)
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
        self.mantissa(bits)
    }

    /// Takes a value behind a step that changed.
    fn take(&mut self, bits: &mut BitReader<'_>) -> Option<u64> {
        let ones = (!bits.peek()).leading_zeros().min(3);
        bits.skip((ones + 1).min(3));
        match ones {
            0 => Some(self.base),
            1 => self.mantissa(bits),
            2 => self.new_window(bits),
            3.. => Some(STALE_NAN_BITS),
        }
    }

    /// Takes a value that is known to be another one.
    fn take_changed(&mut self, bits: &mut BitReader<'_>) -> Option<u64> {
        if bits.take(1) == 0 { self.mantissa(bits) } else { self.new_window(bits) }
    }

    /// Writes a value that is another one, behind the prefix for "window as before" or "new window".
    fn put_changed(&mut self, bits: &mut BitWriter<'_>, value: u64, as_before: (u64, u32), new: (u64, u32)) {
        let delta = self.base ^ value;
        let (leading, trailing) = (delta.leading_zeros().min(31), delta.trailing_zeros());
        if self.leading != NO_WINDOW && leading >= self.leading && trailing >= self.trailing {
            bits.put(as_before.0, as_before.1);
            bits.put(delta >> self.trailing, 64 - self.leading - self.trailing);
        } else {
            (self.leading, self.trailing) = (leading, trailing);
            let significant = 64 - leading - trailing;
            bits.put(new.0, new.1);
            bits.put(u64::from(leading), 5);
            bits.put(u64::from(significant & 63), 6);
            bits.put(delta >> trailing, significant);
        }
        self.base = value;
    }

    /// Writes a value behind a step that changed.
    fn put(&mut self, bits: &mut BitWriter<'_>, value: u64) {
        if is_stale(f64::from_bits(value)) {
            bits.put(0b111, 3);
        } else if value == self.base {
            bits.put(0, 1);
        } else {
            self.put_changed(bits, value, (0b10, 2), (0b110, 3));
        }
    }
}

/// The encoder of an XOR2 chunk that is being filled. It holds no bytes: each call gets the chunk's buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Xor2Appender {
    t: i64,
    step: i64,
    /// The last value, be it a staleness marker.
    last: u64,
    value: Value,
    samples: u16,
    free: u8,
    starts: Starts,
}

impl Xor2Appender {
    /// Starts a chunk in an empty buffer.
    pub fn start(chunk: &mut Vec<u8>) -> Xor2Appender {
        chunk.clear();
        chunk.extend_from_slice(&[0; HEADER_BYTES]);
        Xor2Appender {
            t: i64::MIN,
            step: 0,
            last: 0,
            value: Value::default(),
            samples: 0,
            free: 0,
            starts: Starts::default(),
        }
    }

    /// Recovers the encoder of a chunk from its bytes. Cost: decoding the chunk.
    ///
    /// # Errors
    /// [`ChunkError`] if the bytes are not an XOR2 chunk.
    pub fn resume(chunk: &[u8]) -> Result<Xor2Appender, ChunkError> {
        let (mut appender, taken) = walk(chunk, |_, _, _| true)?;
        let rest = (chunk.len() - HEADER_BYTES) * 8 - taken;
        if rest > 8 {
            return Err(ChunkError::TrailingBytes { encoding: Encoding::Xor2, bytes: rest / 8 });
        }
        appender.free = rest as u8;
        Ok(appender)
    }

    /// Returns the number of samples in the chunk.
    pub fn samples(&self) -> u16 {
        self.samples
    }

    /// Returns the last sample, or `None` in an empty chunk.
    pub fn last(&self) -> Option<(i64, f64)> {
        (self.samples > 0).then(|| (self.t, f64::from_bits(self.last)))
    }

    /// Returns the last distance of two samples, in milliseconds; 0 before there are two.
    pub fn step_ms(&self) -> i64 {
        self.step
    }

    /// Tells whether the chunk cannot take another sample: its count is 16 bits wide.
    pub fn is_full(&self) -> bool {
        self.samples == u16::MAX
    }

    /// Adds a sample, which must be later than the last, to a chunk that is not full. A start of 0 is none.
    pub fn append(&mut self, chunk: &mut Vec<u8>, start_ms: i64, t: i64, v: f64) {
        debug_assert!(self.samples == 0 || t > self.t, "timestamps must strictly increase: {}, {t}", self.t);
        assert!(!self.is_full(), "the caller cuts a chunk before its count overflows");
        let value = v.to_bits();
        let mut bits = BitWriter::resume(chunk, self.free);
        let step = t.wrapping_sub(self.t);
        match self.samples {
            0 => {
                bits.put_varint(t);
                bits.put(value, 64);
                if !is_stale(v) {
                    self.value.base = value;
                }
            }
            1 => {
                bits.put_uvarint(step as u64);
                self.value.put(&mut bits, value);
                self.step = step;
            }
            2.. => {
                let change = step.wrapping_sub(self.step);
                self.put_joint(&mut bits, change, value);
                self.step = step;
            }
        }
        self.starts.put(self.samples, self.t, t, start_ms, &mut bits);
        self.free = bits.free();
        self.t = t;
        self.last = value;
        self.samples += 1;
        let [high, low] = self.samples.to_be_bytes();
        chunk[..HEADER_BYTES].copy_from_slice(&[high, low, self.starts.header()]);
    }

    /// Writes the change of step and the value.
    fn put_joint(&mut self, bits: &mut BitWriter<'_>, change: i64, value: u64) {
        if change == 0 {
            if is_stale(f64::from_bits(value)) {
                bits.put(0b11111, 5);
            } else if value == self.value.base {
                bits.put(0, 1);
            } else {
                bits.put(0b10, 2);
                self.value.put_changed(bits, value, (0, 1), (1, 1));
            }
            return;
        }
        if (-(1 << 12)..1 << 12).contains(&change) {
            bits.put(0b110 << 13 | change as u64 & 0x1fff, 16);
        } else if (-(1 << 19)..1 << 19).contains(&change) {
            bits.put(0b1110 << 20 | change as u64 & 0xf_ffff, 24);
        } else {
            bits.put(0b11110, 5);
            bits.put(change as u64, 64);
        }
        self.value.put(bits, value);
    }
}

/// Appends the samples of a chunk that lie in `range` to `out`, with their starts.
///
/// # Errors
/// [`ChunkError`] for damaged bytes; `out` is then as before.
pub(super) fn decode(chunk: &[u8], range: TimeRange, out: &mut Samples) -> Result<(), ChunkError> {
    let before = (out.t.len(), out.histograms.len());
    let result = walk(chunk, |start, t, v| {
        if t > range.max_ms {
            return false;
        }
        if t >= range.min_ms {
            // Not `push_started`: what stands in `out` may be of another part, which may be later.
            if start != 0 {
                out.starts.resize(out.t.len(), 0);
                out.starts.push(start);
            }
            out.t.push(t);
            out.v.push(v);
        }
        true
    });
    if result.is_err() {
        out.truncate(before.0, before.1);
    }
    result.map(|_| ())
}

/// Calls `each` with start, time and value of each sample until it returns false; returns the encoder as it stood then, and
/// the bits taken behind the header.
fn walk(
    chunk: &[u8],
    mut each: impl FnMut(i64, i64, f64) -> bool,
) -> Result<(Xor2Appender, usize), ChunkError> {
    let encoding = Encoding::Xor2;
    let samples = samples_in(chunk)?;
    let Some(&header) = chunk.get(HEADER_BYTES - 1) else {
        return Err(ChunkError::TooShort { bytes: chunk.len() });
    };
    let mut a = Xor2Appender::start(&mut Vec::new());
    a.starts = Starts::from_header(header);
    let mut bits = BitReader::new(&chunk[HEADER_BYTES..]);
    let truncated = || ChunkError::Truncated { encoding, samples, bytes: chunk.len() };
    for i in 0..samples {
        let window = || ChunkError::Window { sample: usize::from(i) };
        let mut t = a.t;
        a.last = match i {
            0 => {
                t = bits.take_varint().ok_or_else(truncated)?;
                let v = bits.take(64);
                if !is_stale(f64::from_bits(v)) {
                    a.value.base = v;
                }
                v
            }
            1 => {
                a.step = bits.take_uvarint().ok_or_else(truncated)? as i64;
                a.value.take(&mut bits).ok_or_else(window)?
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
                a.step = a.step.wrapping_add(change);
                match ones {
                    0 => a.value.base,
                    1 => a.value.take_changed(&mut bits).ok_or_else(window)?,
                    2..=4 => a.value.take(&mut bits).ok_or_else(window)?,
                    5.. => STALE_NAN_BITS,
                }
            }
        };
        if i > 0 {
            t = a.t.wrapping_add(a.step);
            if t <= a.t && !bits.overrun() {
                return Err(ChunkError::NotIncreasing { encoding, sample: usize::from(i) });
            }
        }
        let start = a.starts.take(i, a.t, t, &mut bits).ok_or_else(truncated)?;
        if bits.overrun() {
            return Err(truncated());
        }
        a.t = t;
        a.samples = i + 1;
        if !each(start, t, f64::from_bits(a.last)) {
            break;
        }
    }
    Ok((a, bits.position()))
}

/// Reads a two's complement number of `n` bits, below 64.
fn signed(bits: u64, n: u32) -> i64 {
    (bits << (64 - n)) as i64 >> (64 - n)
}
