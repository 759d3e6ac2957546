//! `min`, `max`, `count`, `group`.

use super::Accumulator;
use crate::ast::Span;
use crate::column::{Column, for_each_bit};
use crate::error::QueryError;
use crate::notes::Notes;

/// Which extreme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Min,
    Max,
}

/// `min` or `max` of one group. NaN loses against every number.
pub(crate) struct Extreme {
    best: Column,
    which: Which,
    span: Span,
}

impl Extreme {
    /// No values at any step.
    pub(crate) fn new(steps: usize, which: Which, span: Span) -> Extreme {
        // NaN stands where nothing came yet: every value replaces it.
        let mut best = Column::absent(steps);
        best.values.fill(f64::NAN);
        Extreme { best, which, span }
    }

    fn add(&mut self, column: &Column) {
        let best = &mut self.best.values;
        match self.which {
            Which::Min => column.for_each_float(|i, v| {
                if best[i] > v || best[i].is_nan() {
                    best[i] = v;
                }
            }),
            Which::Max => column.for_each_float(|i, v| {
                if best[i] < v || best[i].is_nan() {
                    best[i] = v;
                }
            }),
        }
        self.best.present.iter_mut().zip(&column.present).for_each(|(p, c)| *p |= c);
    }
}

impl Accumulator for Extreme {
    const STEP_BYTES: usize = 8;

    fn fold(&mut self, column: &Column, _: &str, notes: &mut Notes) -> Result<(), QueryError> {
        if column.has_histograms() {
            notes.histogram_ignored_in_aggregation(
                self.span,
                if self.which == Which::Min { "min" } else { "max" },
            );
        }
        self.add(column);
        Ok(())
    }

    fn merge(&mut self, other: Extreme, _: &mut Notes) -> Result<(), QueryError> {
        self.add(&other.best);
        Ok(())
    }

    fn finish(self, _: &mut Notes) -> Result<Column, QueryError> {
        Ok(self.best)
    }
}

/// `count` of one group.
pub(crate) struct Count {
    counts: Vec<u64>,
}

impl Count {
    /// No values at any step.
    pub(crate) fn new(steps: usize) -> Count {
        Count { counts: vec![0; steps] }
    }

    /// Counts one more at each of some steps.
    pub(crate) fn add(&mut self, steps: &[usize]) {
        steps.iter().for_each(|step| self.counts[*step] += 1);
    }
}

impl Accumulator for Count {
    const STEP_BYTES: usize = 8;

    fn fold(&mut self, column: &Column, _: &str, _: &mut Notes) -> Result<(), QueryError> {
        for (word, &bits) in column.any_bits().iter().enumerate() {
            for_each_bit(bits, |bit| self.counts[word * 64 + bit] += 1);
        }
        Ok(())
    }

    fn merge(&mut self, other: Count, _: &mut Notes) -> Result<(), QueryError> {
        self.counts.iter_mut().zip(other.counts).for_each(|(a, b)| *a += b);
        Ok(())
    }

    fn finish(self, _: &mut Notes) -> Result<Column, QueryError> {
        let mut out = Column::absent(self.counts.len());
        for (i, &n) in self.counts.iter().enumerate().filter(|(_, n)| **n > 0) {
            out.set(i, n as f64);
        }
        Ok(out)
    }
}

/// `group` of one group: 1 where there is anything.
pub(crate) struct Present {
    bits: Vec<u64>,
    steps: usize,
}

impl Present {
    /// No values at any step.
    pub(crate) fn new(steps: usize) -> Present {
        Present { bits: vec![0; steps.div_ceil(64)], steps }
    }
}

impl Accumulator for Present {
    const STEP_BYTES: usize = 1;

    fn fold(&mut self, column: &Column, _: &str, _: &mut Notes) -> Result<(), QueryError> {
        self.bits.iter_mut().zip(column.any_bits()).for_each(|(a, b)| *a |= b);
        Ok(())
    }

    fn merge(&mut self, other: Present, _: &mut Notes) -> Result<(), QueryError> {
        self.bits.iter_mut().zip(other.bits).for_each(|(a, b)| *a |= b);
        Ok(())
    }

    fn finish(self, _: &mut Notes) -> Result<Column, QueryError> {
        Ok(Column { values: vec![1.0; self.steps], present: self.bits, histograms: Vec::new() })
    }
}
