//! Native histograms with integer counts: differences of differences of time, counts and buckets, XOR of the sum.

use model::histogram::{Histogram, HistogramValue, ResetHint, Span};
use model::value::{STALE_NAN, is_stale};

use super::Encoding;
use super::bits::{BitReader, BitWriter};
use super::layout::{Layout, buckets_in};
use super::native::sealed::Codec;
use super::native::{Native, NativeAppender, Side};
use super::varbit::{put_int, put_uint, take_int, take_uint};
use super::xor::XorWindow;

/// The encoder of a chunk of histograms with integer counts.
pub type HistogramAppender = NativeAppender<Histogram>;

/// The latest differences.
#[derive(Clone, Debug, Default)]
pub struct State {
    count: i64,
    zero_count: i64,
    positive: Vec<i64>,
    negative: Vec<i64>,
    sum: XorWindow,
}

impl Native for Histogram {}

impl Codec for Histogram {
    type State = State;
    type Count = i64;
    const ENCODING: Encoding = Encoding::Histogram;
    const STARTED_ENCODING: Encoding = Encoding::HistogramWithStarts;

    fn with_layout(layout: Layout) -> Histogram {
        Histogram {
            schema: layout.schema,
            zero_threshold: layout.zero_threshold,
            positive_deltas: vec![0; buckets_in(&layout.positive_spans) as usize],
            negative_deltas: vec![0; buckets_in(&layout.negative_spans) as usize],
            positive_spans: layout.positive_spans,
            negative_spans: layout.negative_spans,
            custom_values: layout.custom_values,
            ..Histogram::default()
        }
    }

    fn reset_hint(&self) -> ResetHint {
        self.reset_hint
    }

    fn schema(&self) -> i32 {
        self.schema
    }

    fn zero_threshold(&self) -> f64 {
        self.zero_threshold
    }

    fn sum(&self) -> f64 {
        self.sum
    }

    fn spans(&self, side: Side) -> &[Span] {
        match side {
            Side::Positive => &self.positive_spans,
            Side::Negative => &self.negative_spans,
        }
    }

    fn custom_values(&self) -> &[f64] {
        &self.custom_values
    }

    fn counts(&self, side: Side) -> impl Iterator<Item = i64> + '_ {
        let deltas = match side {
            Side::Positive => &self.positive_deltas,
            Side::Negative => &self.negative_deltas,
        };
        deltas.iter().scan(0i64, |count, delta| {
            *count = count.wrapping_add(*delta);
            Some(*count)
        })
    }

    fn set_buckets(&mut self, side: Side, spans: &[Span], counts: &[i64]) {
        let mut former = 0i64;
        let deltas = counts.iter().map(|&count| {
            let delta = count.wrapping_sub(former);
            former = count;
            delta
        });
        match side {
            Side::Positive => {
                (self.positive_spans, self.positive_deltas) = (spans.to_vec(), deltas.collect())
            }
            Side::Negative => {
                (self.negative_spans, self.negative_deltas) = (spans.to_vec(), deltas.collect())
            }
        }
    }

    fn total_fell(&self, later: &Histogram) -> bool {
        later.count < self.count
    }

    fn zero_fell(&self, later: &Histogram) -> bool {
        later.zero_count < self.zero_count
    }

    fn heap_bytes(&self) -> usize {
        let words = self.positive_spans.len()
            + self.negative_spans.len()
            + self.positive_deltas.len()
            + self.negative_deltas.len()
            + self.custom_values.len();
        words * 8 + size_of::<(i64, HistogramValue)>()
    }

    fn put_first(&self, state: &mut State, bits: &mut BitWriter<'_>) {
        *state = State {
            positive: vec![0; self.positive_deltas.len()],
            negative: vec![0; self.negative_deltas.len()],
            ..State::default()
        };
        put_uint(bits, self.count);
        put_uint(bits, self.zero_count);
        bits.put(self.sum.to_bits(), 64);
        for &delta in self.positive_deltas.iter().chain(&self.negative_deltas) {
            put_int(bits, delta);
        }
    }

    fn put_next(&mut self, next: &Histogram, state: &mut State, bits: &mut BitWriter<'_>) {
        let count = next.count.wrapping_sub(self.count) as i64;
        let zero_count = next.zero_count.wrapping_sub(self.zero_count) as i64;
        if is_stale(next.sum) {
            put_int(bits, 0);
            put_int(bits, 0);
        } else {
            put_int(bits, count.wrapping_sub(state.count));
            put_int(bits, zero_count.wrapping_sub(state.zero_count));
        }
        state.sum.write(bits, self.sum.to_bits(), next.sum.to_bits());
        for (last, next, step) in [
            (&mut self.positive_deltas, &next.positive_deltas, &mut state.positive),
            (&mut self.negative_deltas, &next.negative_deltas, &mut state.negative),
        ] {
            for ((last, &next), step) in last.iter_mut().zip(next).zip(step) {
                let delta = next.wrapping_sub(*last);
                put_int(bits, delta.wrapping_sub(*step));
                (*last, *step) = (next, delta);
            }
        }
        (state.count, state.zero_count) = (count, zero_count);
        (self.count, self.zero_count, self.sum) = (next.count, next.zero_count, next.sum);
    }

    fn take_first(&mut self, state: &mut State, bits: &mut BitReader<'_>) {
        self.count = take_uint(bits);
        self.zero_count = take_uint(bits);
        self.sum = f64::from_bits(bits.take(64));
        for delta in self.positive_deltas.iter_mut().chain(&mut self.negative_deltas) {
            *delta = take_int(bits);
        }
        state.positive = vec![0; self.positive_deltas.len()];
        state.negative = vec![0; self.negative_deltas.len()];
    }

    fn take_next(&mut self, state: &mut State, bits: &mut BitReader<'_>) -> Option<()> {
        state.count = state.count.wrapping_add(take_int(bits));
        state.zero_count = state.zero_count.wrapping_add(take_int(bits));
        self.count = self.count.wrapping_add(state.count as u64);
        self.zero_count = self.zero_count.wrapping_add(state.zero_count as u64);
        self.sum = f64::from_bits(state.sum.read(bits, self.sum.to_bits())?);
        if is_stale(self.sum) {
            return Some(());
        }
        for (deltas, steps) in [
            (&mut self.positive_deltas, &mut state.positive),
            (&mut self.negative_deltas, &mut state.negative),
        ] {
            for (delta, step) in deltas.iter_mut().zip(steps) {
                *step = step.wrapping_add(take_int(bits));
                *delta = delta.wrapping_add(*step);
            }
        }
        Some(())
    }

    fn output(&self, hint: ResetHint, reduce: bool) -> Option<HistogramValue> {
        let mut h = Histogram { reset_hint: hint, ..self.clone() };
        if reduce {
            for side in [Side::Positive, Side::Negative] {
                // Merged buckets are added up.
                self.counts(side).try_fold(0i64, |sum, count| sum.checked_add(count.checked_abs()?))?;
            }
            h.reduce_resolution(model::histogram::EXPONENTIAL_SCHEMA_MAX).ok()?;
        }
        Some(HistogramValue::Integer(h))
    }

    fn stale() -> Histogram {
        Histogram { sum: STALE_NAN, ..Histogram::default() }
    }
}
