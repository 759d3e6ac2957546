//! `smoothed` instant selectors: values between the samples around each step.

use std::sync::Arc;

use super::select::Lookup;
use super::stop::Stop;
use super::tally::{Counts, LocalTally, histogram_samples};
use super::window::TimedHistogram;
use crate::ast::Span;
use crate::column::Column;
use crate::functions::interpolation::{Between, between_floats, between_histograms};
use crate::notes::Notes;

/// One series without staleness markers.
pub(super) struct Smoothed<'a> {
    pub t: &'a [i64],
    pub v: &'a [f64],
    pub histograms: &'a [TimedHistogram],
    pub span: Span,
    pub name: &'a str,
}

impl Smoothed<'_> {
    /// Computes all steps. Without a later sample the last value is carried on; without an earlier one there is none.
    pub(super) fn evaluate(
        &self,
        lookup: &Lookup,
        out: &mut Column,
        tally: &mut LocalTally,
        (notes, stop): (&mut Notes, &Stop),
    ) {
        for step in stop.pieces_before(out.steps()).flatten() {
            let at = lookup.reference(step);
            let (from, to) = (at.saturating_sub(lookup.lookback_ms), at.saturating_add(lookup.lookback_ms));
            let inside = |times: &dyn Fn(i64) -> usize| (times(from), times(to));
            let floats = inside(&|limit| self.t.partition_point(|t| *t <= limit));
            let histograms = inside(&|limit| self.histograms.partition_point(|(t, _)| *t <= limit));
            match (floats.0 < floats.1, histograms.0 < histograms.1) {
                (false, false) => {}
                (true, true) => notes.mixed_range(self.span, self.name),
                (true, false) => {
                    let (t, v) = (&self.t[floats.0..floats.1], &self.v[floats.0..floats.1]);
                    let next = t.partition_point(|t| *t < at);
                    let value = match (next.checked_sub(1), t.get(next)) {
                        (_, Some(t)) if *t == at => v[next],
                        (Some(i), Some(_)) => between_floats((t[i], v[i]), (t[next], v[next]), at, false),
                        (Some(i), None) => v[i],
                        (None, _) => continue,
                    };
                    out.set(step, value);
                    tally.count_float(step);
                }
                (false, true) => {
                    let all = &self.histograms[histograms.0..histograms.1];
                    if let Some(h) = self.histogram(all, at, notes) {
                        tally.count(step, Counts::once(histogram_samples(&h)));
                        out.set_histogram(step, h);
                    }
                }
            }
        }
    }

    fn histogram(
        &self,
        all: &[TimedHistogram],
        at: i64,
        notes: &mut Notes,
    ) -> Option<Arc<model::histogram::FloatHistogram>> {
        use model::histogram::ResetHint::{Gauge, Unknown};
        let next = all.partition_point(|(t, _)| *t < at);
        match (next.checked_sub(1), all.get(next)) {
            (_, Some((t, h))) if *t == at => Some(Arc::clone(h)),
            (Some(i), Some(b)) => {
                let a = &all[i];
                // A counter unless both say otherwise.
                let counter = a.1.reset_hint != Gauge || b.1.reset_hint != Gauge;
                let between = Between { at, counter, span: self.span, name: self.name };
                between_histograms(a, b, between, notes).map(Arc::new)
            }
            (Some(i), None) => {
                let h = (*all[i].1).clone();
                Some(Arc::new(model::histogram::FloatHistogram { reset_hint: Unknown, ..h }))
            }
            (None, _) => None,
        }
    }
}
