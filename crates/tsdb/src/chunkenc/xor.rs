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

use storage::{Samples, TimeRange};

use super::bits::{BitReader, BitWriter, fits, sign_extend};
use super::{ChunkError, Encoding, samples_in};

/// Bytes before the first sample: the count of samples.
pub const HEADER_BYTES: usize = 2;
/// The most bytes one sample can add: 4 + 64 bits of time, 13 + 64 of value.
pub const SAMPLE_BYTES_MAX: usize = 19;

/// "No mantissa window yet": no leading-zero count can be this.
const NO_WINDOW: u8 = 0xff;
/// A step in time that 65,535 times over cannot leave the range of `i64`.
const STEP_SAFE_MAX: u64 = 1 << 46;

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
        let end = decode_all(chunk, i64::MAX, &mut ignored)?;
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

/// Appends the samples of an XOR chunk that lie in `range` to `out.t` and `out.v`.
///
/// # Errors
/// [`ChunkError`] for damaged bytes; `out` is then as before.
pub fn decode(chunk: &[u8], range: TimeRange, out: &mut Samples) -> Result<(), ChunkError> {
    let start = out.t.len();
    decode_all(chunk, range.max_ms, out).inspect_err(|_| {
        out.t.truncate(start);
        out.v.truncate(start);
    })?;
    if out.t.get(start).is_some_and(|&first| first < range.min_ms) {
        let early = out.t[start..].partition_point(|&t| t < range.min_ms);
        out.t.drain(start..start + early);
        out.v.drain(start..start + early);
    }
    let late = out.t[start..].partition_point(|&t| t <= range.max_ms);
    out.t.truncate(start + late);
    out.v.truncate(start + late);
    Ok(())
}

/// Where decoding ended.
struct End {
    t: i64,
    step: u64,
    value: u64,
    window: XorWindow,
    /// Bits taken behind the header.
    bits: usize,
}

/// Appends all samples up to the first later than `t_max`, that one included.
fn decode_all(chunk: &[u8], t_max: i64, out: &mut Samples) -> Result<End, ChunkError> {
    let n = usize::from(samples_in(chunk)?);
    let mut reading = Reading::new(chunk);
    if n == 0 {
        return Ok(reading.end());
    }
    let start = out.t.len();
    out.t.resize(start + n, 0);
    out.v.resize(start + n, 0.0);
    let (ts, vs) = (&mut out.t[start..], &mut out.v[start..]);
    let begun = reading.begin(ts, vs, t_max)?;
    let done = reading.go_on(begun, ts, vs, t_max)?;
    if reading.bits.overrun() {
        return Err(reading.truncated(n));
    }
    if let Some(sample) = reading.disorder(&ts[..done]) {
        return Err(ChunkError::NotIncreasing { encoding: Encoding::Xor, sample });
    }
    out.t.truncate(start + done);
    out.v.truncate(start + done);
    Ok(reading.end())
}

/// A chunk that is being read: what the last sample was, and where the next begins.
struct Reading<'a> {
    bits: BitReader<'a>,
    t: i64,
    step: u64,
    /// One less than the longest step so far; a step back or none at all is the longest there is.
    step_max: u64,
    value: u64,
    window: XorWindow,
    chunk: &'a [u8],
}

impl<'a> Reading<'a> {
    /// Stands before the first sample of a chunk, whose header was read.
    fn new(chunk: &'a [u8]) -> Reading<'a> {
        let bits = BitReader::new(&chunk[HEADER_BYTES..]);
        Reading { bits, t: i64::MIN, step: 0, step_max: 0, value: 0, window: XorWindow::default(), chunk }
    }

    fn truncated(&self, samples: usize) -> ChunkError {
        let (samples, bytes) = (samples as u16, self.chunk.len());
        ChunkError::Truncated { encoding: Encoding::Xor, samples, bytes }
    }

    fn end(&self) -> End {
        let bits = self.bits.position();
        End { t: self.t, step: self.step, value: self.value, window: self.window, bits }
    }

    /// Reads the first samples, which are written in another way than the others: two, or one if there is no more up to `t_max`.
    fn begin(&mut self, ts: &mut [i64], vs: &mut [f64], t_max: i64) -> Result<usize, ChunkError> {
        self.t = self.bits.take_varint().ok_or_else(|| self.truncated(ts.len()))?;
        self.value = self.bits.take(64);
        (ts[0], vs[0]) = (self.t, f64::from_bits(self.value));
        if ts.len() == 1 || self.t > t_max {
            return Ok(1);
        }
        self.step = self.bits.take_uvarint().ok_or_else(|| self.truncated(ts.len()))?;
        self.step_max = self.step.wrapping_sub(1);
        self.t = self.t.wrapping_add(self.step as i64);
        self.value = self.window.read(&mut self.bits, self.value).ok_or(ChunkError::Window { sample: 1 })?;
        (ts[1], vs[1]) = (self.t, f64::from_bits(self.value));
        Ok(2)
    }

    /// Reads the samples from number `done` on up to the first later than `t_max`; returns how many there are then.
    fn go_on(
        &mut self,
        mut done: usize,
        ts: &mut [i64],
        vs: &mut [f64],
        t_max: i64,
    ) -> Result<usize, ChunkError> {
        let n = ts.len();
        let vs = &mut vs[..n];
        while done < n && self.t <= t_max {
            let run = Reading::run(self.bits.peek()).min(n - done);
            if run > 0 {
                self.repeat(&mut ts[done..done + run], &mut vs[done..done + run]);
                done += run;
                continue;
            }
            if !self.next() {
                return Err(ChunkError::Window { sample: done });
            }
            (ts[done], vs[done]) = (self.t, f64::from_bits(self.value));
            done += 1;
        }
        Ok(done)
    }

    /// How many samples with the same step and the same value begin what lies ahead: two zero bits each.
    #[inline(always)]
    fn run(ahead: u64) -> usize {
        (ahead.leading_zeros() as usize / 2).min(28)
    }

    #[inline(always)]
    fn repeat(&mut self, ts: &mut [i64], vs: &mut [f64]) {
        self.bits.skip(2 * ts.len() as u32);
        vs.fill(f64::from_bits(self.value));
        for t in ts {
            self.t = self.t.wrapping_add(self.step as i64);
            *t = self.t;
        }
    }

    /// Reads a sample. Tells whether its window of digits fits into a value.
    #[inline(always)]
    fn next(&mut self) -> bool {
        let mut head = self.bits.peek();
        // Whether a sample was late is hard to foresee, so the usual two answers are computed without a branch.
        let mut taken = 0;
        if head >> 62 == 0b11 {
            self.step = self.step.wrapping_add(take_step_change(&mut self.bits, head) as u64);
            head = self.bits.peek();
        } else {
            let changed = head >> 63;
            let change = sign_extend(head << 2 >> 50, 14) & (changed as i64).wrapping_neg();
            self.step = self.step.wrapping_add(change as u64);
            taken = 1 + 15 * changed as u32;
            head <<= taken;
        }
        self.step_max = self.step_max.max(self.step.wrapping_sub(1));
        self.t = self.t.wrapping_add(self.step as i64);
        if head >> 63 == 0 {
            self.bits.skip(taken + 1);
            return true;
        }
        // So is whether a window is announced.
        let window = &mut self.window;
        let announced = head >> 62 == 0b11;
        let leading = (head >> 57 & 31) as u8;
        let significant = ((head >> 51) as u8).wrapping_sub(1) % 64 + 1; // 0 means 64
        let used = leading + significant;
        if announced && used > 64 {
            return false;
        }
        if !announced && window.leading == NO_WINDOW {
            window.leading = 0; // an appender resumed by the original writes full windows unannounced
        }
        window.leading = if announced { leading } else { window.leading };
        window.trailing = if announced { 64u8.wrapping_sub(used) } else { window.trailing };
        let control = if announced { 13 } else { 2 };
        let n = 64 - u32::from(window.leading + window.trailing);
        // At least 57 bits were there, of which some are taken.
        let digits = if taken + control + n <= 57 {
            self.bits.skip(taken + control + n);
            (head << control) >> (64 - n)
        } else {
            self.bits.skip(taken + control);
            self.bits.take(n)
        };
        self.value ^= digits << window.trailing;
        true
    }

    /// The number of the first sample that is not later than the one before, if there is one among all that were read.
    fn disorder(&self, ts: &[i64]) -> Option<usize> {
        if self.step_max < STEP_SAFE_MAX && ts[0] <= ts[ts.len() - 1] {
            return None;
        }
        ts.windows(2).position(|pair| pair[0] >= pair[1]).map(|i| i + 1)
    }
}

/// Takes a change of step whose head, starting with a 1 bit, was peeked already.
#[inline(always)]
fn take_step_change(bits: &mut BitReader<'_>, head: u64) -> i64 {
    let (control, n) = match (!head).leading_zeros() {
        0 | 1 => (2, 14),
        2 => (3, 17),
        3 => (4, 20),
        4.. => {
            bits.skip(4);
            return bits.take(64) as i64;
        }
    };
    bits.skip(control + n);
    sign_extend((head << control) >> (64 - n), n)
}
