//! Reading the samples of an XOR chunk one after another, fast.
//!
//! What a sample takes depends on bits that are hard to foresee (whether a window is announced, whether a value changed), so the usual answers
//! are computed without a branch and one is picked. What hardly ever changes within a chunk is a branch: whether the step is the same, and
//! whether there are many digits. Two chunks read in turn ([`go_on_together`]) keep a processor busier than one after the other, since each sample
//! waits for the one before to say where it begins.
//!
//! Invariant: reading never fails and never leaves the chunk; what was wrong is asked for afterwards.

use super::{HEADER_BYTES, NO_WINDOW, XorWindow};
use crate::chunkenc::bits::{BitReader, sign_extend};
use crate::chunkenc::{ChunkError, Encoding};

/// Digits that are always among the bits that were looked at for the head of a value.
const NEAR_DIGITS_MAX: u32 = 28;
/// Below so many bits a sample, most samples repeat the one before, and runs of them are read at once.
const RUNS_BITS_MAX: usize = 4;
/// A step in time that 65,535 times over cannot leave the range of `i64`.
const STEP_SAFE_MAX: u64 = 1 << 46;
/// The [`Reading::trailing`] of no window: as a shift it counts as none.
const NONE_YET: u32 = 64;

/// A chunk that is being read: what the last sample was, and where the next begins.
#[derive(Clone)]
pub(super) struct Reading<'a> {
    bits: BitReader<'a>,
    pub(super) t: i64,
    pub(super) step: u64,
    /// One less than the longest step so far; a step back or none at all is the longest there is.
    step_max: u64,
    pub(super) value: u64,
    /// Digits in the window that was announced last, and zeros behind them.
    digits: u32,
    trailing: u32,
    /// Whether a window did not fit into a value.
    is_damaged: bool,
    chunk: &'a [u8],
}

impl<'a> Reading<'a> {
    /// Stands before the first sample of a chunk, whose header was read.
    pub(super) fn new(chunk: &'a [u8]) -> Reading<'a> {
        let bits = BitReader::new(&chunk[HEADER_BYTES..]);
        Reading {
            bits,
            t: i64::MIN,
            step: 0,
            step_max: 0,
            value: 0,
            // An appender resumed by the original writes full windows unannounced.
            digits: 64,
            trailing: NONE_YET,
            is_damaged: false,
            chunk,
        }
    }

    /// Reads the first samples, which are written in another way than the others: two, or one if there is no more up to `t_max`.
    ///
    /// # Errors
    /// [`ChunkError::Truncated`].
    pub(super) fn begin(&mut self, ts: &mut [i64], vs: &mut [f64], t_max: i64) -> Result<usize, ChunkError> {
        self.t = self.bits.take_varint().ok_or_else(|| self.truncated(ts.len()))?;
        self.value = self.bits.take(64);
        (ts[0], vs[0]) = (self.t, self.float());
        if ts.len() == 1 || self.t > t_max {
            return Ok(1);
        }
        self.step = self.bits.take_uvarint().ok_or_else(|| self.truncated(ts.len()))?;
        self.step_max = self.step.wrapping_sub(1);
        self.t = self.t.wrapping_add(self.step as i64);
        self.read_value(self.bits.peek(), 0);
        (ts[1], vs[1]) = (self.t, self.float());
        Ok(2)
    }

    /// Reads the samples from number `done` on up to the first later than `t_max`; returns how many there are then.
    pub(super) fn go_on(&mut self, done: usize, ts: &mut [i64], vs: &mut [f64], t_max: i64) -> usize {
        if self.t > t_max {
            return done;
        }
        if self.mostly_repeats(ts.len()) {
            return self.runs(done, ts, vs, t_max);
        }
        let end = ts.len().min(done.saturating_add(self.until(t_max)));
        let mut done = done + self.regular(&mut ts[done..end], &mut vs[done..end]);
        while done < ts.len() && self.t <= t_max {
            self.next();
            (ts[done], vs[done]) = (self.t, self.float());
            done += 1;
        }
        done
    }

    /// Tells whether most samples take the two bits of those that are as the one before.
    pub(super) fn mostly_repeats(&self, samples: usize) -> bool {
        self.chunk.len() * 8 <= RUNS_BITS_MAX * samples
    }

    /// How many samples it takes to come past `t_max`, which was not reached yet, if they all have the same step.
    fn until(&self, t_max: i64) -> usize {
        let left = t_max.wrapping_sub(self.t) as u64;
        left.checked_div(self.step).map_or(usize::MAX, |steps| steps.saturating_add(1) as usize)
    }

    /// Reads samples for as long as their step is the same; returns how many.
    fn regular(&mut self, ts: &mut [i64], vs: &mut [f64]) -> usize {
        // A copy may live in registers.
        let mut reading = self.clone();
        let mut done = vs.len();
        for (i, v) in vs.iter_mut().enumerate() {
            let head = reading.bits.peek();
            if head >> 63 != 0 {
                done = i;
                break;
            }
            reading.read_value(head << 1, 1);
            *v = reading.float();
        }
        reading.count_up(&mut ts[..done]);
        *self = reading;
        done
    }

    /// Reads samples most of which are as the one before.
    fn runs(&mut self, mut done: usize, ts: &mut [i64], vs: &mut [f64], t_max: i64) -> usize {
        let n = ts.len();
        while done < n && self.t <= t_max {
            // Two zero bits each.
            let run = (self.bits.peek().leading_zeros() as usize / 2).min(28).min(n - done);
            if run > 0 {
                self.bits.skip(2 * run as u32);
                vs[done..done + run].fill(self.float());
                self.count_up(&mut ts[done..done + run]);
                done += run;
                continue;
            }
            self.next();
            (ts[done], vs[done]) = (self.t, self.float());
            done += 1;
        }
        done
    }

    /// The times of samples that have the same step.
    #[inline(always)]
    fn count_up(&mut self, ts: &mut [i64]) {
        for t in ts {
            self.t = self.t.wrapping_add(self.step as i64);
            *t = self.t;
        }
    }

    /// Reads a sample, whatever its step.
    #[inline(always)]
    fn next(&mut self) {
        let mut head = self.bits.peek();
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
        self.read_value(head, taken);
    }

    /// Reads a value whose head is on top of `head`, `taken` bits (16 at most) ahead.
    #[inline(always)]
    fn read_value(&mut self, head: u64, taken: u32) {
        let differs = head >> 63;
        let announced = head >> 62 == 0b11;
        let leading = (head >> 57 & 31) as u32;
        let significant = ((head >> 51) as u32).wrapping_sub(1) % 64 + 1; // 0 means 64
        let trailing = 64u32.wrapping_sub(leading + significant);
        self.is_damaged |= announced && trailing >= 64;
        self.digits = if announced { significant } else { self.digits };
        self.trailing = if announced { trailing } else { self.trailing };
        let control = if announced { 13 } else { 1 + differs as u32 };
        self.bits.skip(taken + control);
        let digits = if self.digits <= NEAR_DIGITS_MAX {
            (head << control) >> (64 - self.digits)
        } else {
            self.bits.look(self.digits)
        };
        // All ones where the value is another one, else zero.
        let mask = differs.wrapping_neg();
        self.bits.skip(self.digits & mask as u32);
        self.value ^= (digits & mask) << (self.trailing % 64);
    }

    #[inline(always)]
    fn float(&self) -> f64 {
        f64::from_bits(self.value)
    }

    /// The window of digits that was announced last.
    pub(super) fn window(&self) -> XorWindow {
        if self.trailing == NONE_YET {
            return XorWindow { leading: NO_WINDOW, trailing: 0 };
        }
        XorWindow { leading: (64 - self.digits - self.trailing) as u8, trailing: self.trailing as u8 }
    }

    /// Bits taken behind the header.
    pub(super) fn position(&self) -> usize {
        self.bits.position()
    }

    /// Tells whether what was read is what was written: all of it was there, windows fit, and times increase.
    pub(super) fn is_sound(&self, ts: &[i64]) -> bool {
        !self.is_damaged && !self.bits.overrun() && self.disorder(ts).is_none()
    }

    /// Says what was wrong with the chunk whose samples, or the first of them, are in `ts`.
    ///
    /// # Errors
    /// Unless it is sound.
    pub(super) fn judge(&self, samples: usize, ts: &[i64]) -> Result<(), ChunkError> {
        if self.is_damaged {
            return Err(ChunkError::Window { sample: Reading::new(self.chunk).first_damage(ts.len()) });
        }
        if self.bits.overrun() {
            return Err(self.truncated(samples));
        }
        match self.disorder(ts) {
            Some(sample) => Err(ChunkError::NotIncreasing { encoding: Encoding::Xor, sample }),
            None => Ok(()),
        }
    }

    /// The number of the first sample whose window does not fit.
    fn first_damage(mut self, samples: usize) -> usize {
        let mut sample = match self.begin(&mut [0; 2], &mut [0.0; 2], i64::MAX) {
            Ok(read) => read - 1,
            Err(_) => return 0,
        };
        while !self.is_damaged && sample + 1 < samples {
            self.next();
            sample += 1;
        }
        sample
    }

    fn truncated(&self, samples: usize) -> ChunkError {
        let (samples, bytes) = (samples as u16, self.chunk.len());
        ChunkError::Truncated { encoding: Encoding::Xor, samples, bytes }
    }

    /// The number of the first sample that is not later than the one before, if there is one among all that were read.
    fn disorder(&self, ts: &[i64]) -> Option<usize> {
        if self.step_max < STEP_SAFE_MAX && ts[0] <= ts[ts.len() - 1] {
            return None;
        }
        ts.windows(2).position(|pair| pair[0] >= pair[1]).map(|i| i + 1)
    }
}

/// Where the samples of a chunk go.
pub(super) struct Columns<'c> {
    pub(super) ts: &'c mut [i64],
    pub(super) vs: &'c mut [f64],
}

/// Reads all samples from number 2 on of two chunks that have so many.
pub(super) fn go_on_together(
    a: &mut Reading<'_>,
    b: &mut Reading<'_>,
    of_a: &mut Columns<'_>,
    of_b: &mut Columns<'_>,
) {
    let both = of_a.ts.len().min(of_b.ts.len());
    // Copies may live in registers, and lengths that are seen to be equal need no checks.
    let (mut x, mut y) = (a.clone(), b.clone());
    let (ts, us) = (&mut of_a.ts[2..both], &mut of_b.ts[2..both]);
    let (vs, ws) = (&mut of_a.vs[2..both], &mut of_b.vs[2..both]);
    let mut done = vs.len();
    for (i, (v, w)) in vs.iter_mut().zip(ws.iter_mut()).enumerate() {
        let (head, other) = (x.bits.peek(), y.bits.peek());
        if (head | other) >> 63 != 0 {
            done = i;
            break;
        }
        x.read_value(head << 1, 1);
        y.read_value(other << 1, 1);
        (*v, *w) = (x.float(), y.float());
    }
    x.count_up(&mut ts[..done]);
    y.count_up(&mut us[..done]);
    let times = ts[done..].iter_mut().zip(&mut us[done..]);
    for ((t, u), (v, w)) in times.zip(vs[done..].iter_mut().zip(&mut ws[done..])) {
        x.next();
        y.next();
        (*t, *v, *u, *w) = (x.t, x.float(), y.t, y.float());
    }
    (*a, *b) = (x, y);
    a.go_on(both, of_a.ts, of_a.vs, i64::MAX);
    b.go_on(both, of_b.ts, of_b.vs, i64::MAX);
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
