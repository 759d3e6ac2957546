//! Native histograms with float counts: differences of differences of time, XOR of all else.

use model::histogram::{FloatHistogram, HistogramValue, ResetHint, Span};
use model::value::{STALE_NAN, is_stale};

use super::Encoding;
use super::bits::{BitReader, BitWriter};
use super::layout::{Layout, buckets_in};
use super::native::sealed::Codec;
use super::native::{Native, NativeAppender, Side};
use super::xor::XorWindow;

/// The encoder of a chunk of histograms with float counts.
pub type FloatHistogramAppender = NativeAppender<FloatHistogram>;

/// The latest XOR windows.
#[derive(Clone, Debug, Default)]
pub struct State {
    count: XorWindow,
    zero_count: XorWindow,
    sum: XorWindow,
    positive: Vec<XorWindow>,
    negative: Vec<XorWindow>,
}

impl Native for FloatHistogram {}

fn put(bits: &mut BitWriter<'_>, window: &mut XorWindow, last: &mut f64, next: f64) {
    window.write(bits, last.to_bits(), next.to_bits());
    *last = next;
}

fn take(bits: &mut BitReader<'_>, window: &mut XorWindow, last: &mut f64) -> Option<()> {
    *last = f64::from_bits(window.read(bits, last.to_bits())?);
    Some(())
}

impl Codec for FloatHistogram {
    type State = State;
    type Count = f64;
    const ENCODING: Encoding = Encoding::FloatHistogram;
    const STARTED_ENCODING: Encoding = Encoding::FloatHistogramWithStarts;

    fn with_layout(layout: Layout) -> FloatHistogram {
        FloatHistogram {
            schema: layout.schema,
            zero_threshold: layout.zero_threshold,
            positive_buckets: vec![0.0; buckets_in(&layout.positive_spans) as usize],
            negative_buckets: vec![0.0; buckets_in(&layout.negative_spans) as usize],
            positive_spans: layout.positive_spans,
            negative_spans: layout.negative_spans,
            custom_values: layout.custom_values,
            ..FloatHistogram::default()
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

    fn counts(&self, side: Side) -> impl Iterator<Item = f64> + '_ {
        match side {
            Side::Positive => self.positive_buckets.iter().copied(),
            Side::Negative => self.negative_buckets.iter().copied(),
        }
    }

    fn set_buckets(&mut self, side: Side, spans: &[Span], counts: &[f64]) {
        match side {
            Side::Positive => {
                (self.positive_spans, self.positive_buckets) = (spans.to_vec(), counts.to_vec())
            }
            Side::Negative => {
                (self.negative_spans, self.negative_buckets) = (spans.to_vec(), counts.to_vec())
            }
        }
    }

    fn total_fell(&self, later: &FloatHistogram) -> bool {
        later.count < self.count
    }

    fn zero_fell(&self, later: &FloatHistogram) -> bool {
        later.zero_count < self.zero_count
    }

    fn heap_bytes(&self) -> usize {
        let words = self.positive_spans.len()
            + self.negative_spans.len()
            + self.positive_buckets.len()
            + self.negative_buckets.len()
            + self.custom_values.len();
        words * 8 + size_of::<(i64, HistogramValue)>()
    }

    fn put_first(&self, state: &mut State, bits: &mut BitWriter<'_>) {
        *state = State {
            positive: vec![XorWindow::default(); self.positive_buckets.len()],
            negative: vec![XorWindow::default(); self.negative_buckets.len()],
            ..State::default()
        };
        let totals = [self.count, self.zero_count, self.sum];
        for value in totals.iter().chain(&self.positive_buckets).chain(&self.negative_buckets) {
            bits.put(value.to_bits(), 64);
        }
    }

    fn put_next(&mut self, next: &FloatHistogram, state: &mut State, bits: &mut BitWriter<'_>) {
        put(bits, &mut state.count, &mut self.count, next.count);
        put(bits, &mut state.zero_count, &mut self.zero_count, next.zero_count);
        put(bits, &mut state.sum, &mut self.sum, next.sum);
        for (last, next, windows) in [
            (&mut self.positive_buckets, &next.positive_buckets, &mut state.positive),
            (&mut self.negative_buckets, &next.negative_buckets, &mut state.negative),
        ] {
            for ((last, &next), window) in last.iter_mut().zip(next).zip(windows) {
                put(bits, window, last, next);
            }
        }
    }

    fn take_first(&mut self, state: &mut State, bits: &mut BitReader<'_>) {
        for value in [&mut self.count, &mut self.zero_count, &mut self.sum]
            .into_iter()
            .chain(&mut self.positive_buckets)
            .chain(&mut self.negative_buckets)
        {
            *value = f64::from_bits(bits.take(64));
        }
        state.positive = vec![XorWindow::default(); self.positive_buckets.len()];
        state.negative = vec![XorWindow::default(); self.negative_buckets.len()];
    }

    fn take_next(&mut self, state: &mut State, bits: &mut BitReader<'_>) -> Option<()> {
        take(bits, &mut state.count, &mut self.count)?;
        take(bits, &mut state.zero_count, &mut self.zero_count)?;
        take(bits, &mut state.sum, &mut self.sum)?;
        if is_stale(self.sum) {
            return Some(());
        }
        for (buckets, windows) in [
            (&mut self.positive_buckets, &mut state.positive),
            (&mut self.negative_buckets, &mut state.negative),
        ] {
            for (bucket, window) in buckets.iter_mut().zip(windows) {
                take(bits, window, bucket)?;
            }
        }
        Some(())
    }

    fn output(&self, hint: ResetHint, reduce: bool) -> Option<HistogramValue> {
        let mut h = FloatHistogram { reset_hint: hint, ..self.clone() };
        if reduce {
            h.reduce_resolution(model::histogram::EXPONENTIAL_SCHEMA_MAX).ok()?;
        }
        Some(HistogramValue::Float(h))
    }

    fn stale() -> FloatHistogram {
        FloatHistogram { sum: STALE_NAN, ..FloatHistogram::default() }
    }
}
