//! From the bytes of whole chunks to columns.

use storage::{Samples, TimeRange};

use super::XorWindow;
use super::read::{Columns, Reading, go_on_together};
use crate::chunkenc::{ChunkError, samples_in};

/// Most samples of two chunks that are decoded at once: a query looks only between chunks whether it shall end.
const TOGETHER_MAX: usize = 1 << 16;
/// A chunk of fewer samples is not worth the trouble.
const TOGETHER_MIN: usize = 4;

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
    keep_range(range, start, out);
    Ok(())
}

/// As [`decode`] for one XOR chunk and then another, in about two thirds of the time. Tells whether it was done: not if the chunks are
/// too short or too long for it, if anything is wrong with them, or if the second does not begin after the first ends. Then `out` is as before,
/// and each is to be decoded by itself.
#[must_use]
pub fn decode_two(first: &[u8], second: &[u8], range: TimeRange, out: &mut Samples) -> bool {
    let (Ok(n), Ok(m)) = (samples_in(first), samples_in(second)) else { return false };
    let (n, m) = (usize::from(n), usize::from(m));
    let (mut a, mut b) = (Reading::new(first), Reading::new(second));
    let unfit = n.min(m) < TOGETHER_MIN || n + m > TOGETHER_MAX;
    if unfit || a.mostly_repeats(n) || b.mostly_repeats(m) {
        return false;
    }
    let start = out.t.len();
    out.t.resize(start + n + m, 0);
    out.v.resize(start + n + m, 0.0);
    let (ts, us) = out.t[start..].split_at_mut(n);
    let (vs, ws) = out.v[start..].split_at_mut(n);
    let begun = a.begin(ts, vs, i64::MAX).is_ok() && b.begin(us, ws, i64::MAX).is_ok();
    let sound = begun && {
        go_on_together(&mut a, &mut b, &mut Columns { ts, vs }, &mut Columns { ts: us, vs: ws });
        a.is_sound(ts) && b.is_sound(us) && ts[n - 1] < us[0]
    };
    if sound {
        keep_range(range, start, out);
    } else {
        out.t.truncate(start);
        out.v.truncate(start);
    }
    sound
}

/// Keeps what lies in `range` of the samples from number `start` on.
fn keep_range(range: TimeRange, start: usize, out: &mut Samples) {
    if out.t.get(start).is_some_and(|&first| first < range.min_ms) {
        let early = out.t[start..].partition_point(|&t| t < range.min_ms);
        out.t.drain(start..start + early);
        out.v.drain(start..start + early);
    }
    if out.t.last().is_some_and(|&last| last > range.max_ms) {
        let late = start + out.t[start..].partition_point(|&t| t <= range.max_ms);
        out.t.truncate(late);
        out.v.truncate(late);
    }
}

/// Where decoding ended.
pub(super) struct End {
    pub(super) t: i64,
    pub(super) step: u64,
    pub(super) value: u64,
    pub(super) window: XorWindow,
    /// Bits taken behind the header.
    pub(super) bits: usize,
}

/// Appends all samples up to the first later than `t_max`, that one included.
pub(super) fn decode_all(chunk: &[u8], t_max: i64, out: &mut Samples) -> Result<End, ChunkError> {
    let n = usize::from(samples_in(chunk)?);
    let mut reading = Reading::new(chunk);
    if n > 0 {
        let start = out.t.len();
        out.t.resize(start + n, 0);
        out.v.resize(start + n, 0.0);
        let (ts, vs) = (&mut out.t[start..], &mut out.v[start..]);
        let begun = reading.begin(ts, vs, t_max)?;
        let done = reading.go_on(begun, ts, vs, t_max);
        reading.judge(n, &ts[..done])?;
        out.t.truncate(start + done);
        out.v.truncate(start + done);
    }
    let (t, step, value, window) = (reading.t, reading.step, reading.value, reading.window());
    Ok(End { t, step, value, window, bits: reading.position() })
}
