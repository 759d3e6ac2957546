//! `stddev` and `stdvar`: Welford's running variance; partial results joined by Chan's formula.

use super::Accumulator;
use crate::ast::Span;
use crate::column::{Column, for_each_bit};
use crate::error::QueryError;
use crate::notes::Notes;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Deviation,
    Variance,
}

#[derive(Clone, Copy, Debug, Default)]
struct Moment {
    count: f64,
    mean: f64,
    squares: f64,
}

/// `stddev` or `stdvar` of one group.
pub(crate) struct Moments {
    moments: Vec<Moment>,
    present: Vec<u64>,
    which: Which,
    span: Span,
}

impl Moments {
    /// No values at any step.
    pub(crate) fn new(steps: usize, which: Which, span: Span) -> Moments {
        Moments { moments: vec![Moment::default(); steps], present: vec![0; steps.div_ceil(64)], which, span }
    }
}

impl Accumulator for Moments {
    const STEP_BYTES: usize = 40;

    fn fold(&mut self, column: &Column, _: &str, notes: &mut Notes) -> Result<(), QueryError> {
        if column.has_histograms() {
            let op = if self.which == Which::Deviation { "stddev" } else { "stdvar" };
            notes.histogram_ignored_in_aggregation(self.span, op);
        }
        let moments = &mut self.moments;
        column.for_each_float(|i, v| {
            let m = &mut moments[i];
            m.count += 1.0;
            if m.count == 1.0 {
                m.mean = v;
                m.squares = if v.is_finite() { 0.0 } else { f64::NAN };
            } else {
                let delta = v - m.mean;
                m.mean += delta / m.count;
                m.squares += delta * (v - m.mean);
            }
        });
        self.present.iter_mut().zip(&column.present).for_each(|(p, c)| *p |= c);
        Ok(())
    }

    fn merge(&mut self, other: Moments, _: &mut Notes) -> Result<(), QueryError> {
        for (word, &bits) in other.present.iter().enumerate() {
            for_each_bit(bits, |bit| {
                let (a, b) = (&mut self.moments[word * 64 + bit], other.moments[word * 64 + bit]);
                if a.count == 0.0 {
                    *a = b;
                    return;
                }
                let (delta, count) = (b.mean - a.mean, a.count + b.count);
                a.mean += delta * b.count / count;
                a.squares += b.squares + delta * delta * a.count * b.count / count;
                a.count = count;
            });
            self.present[word] |= bits;
        }
        Ok(())
    }

    fn finish(self, _: &mut Notes) -> Result<Column, QueryError> {
        let variance = |m: Moment| m.squares / m.count;
        let values = match self.which {
            Which::Variance => self.moments.into_iter().map(variance).collect(),
            Which::Deviation => self.moments.into_iter().map(|m| variance(m).sqrt()).collect(),
        };
        Ok(Column { values, present: self.present, histograms: Vec::new() })
    }
}
