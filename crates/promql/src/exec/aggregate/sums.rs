//! `sum` and `avg`, compensated.

use super::Accumulator;
use super::histograms::Histograms;
use crate::ast::Span;
use crate::column::{Column, for_each_bit};
use crate::error::QueryError;
use crate::kahan;
use crate::notes::Notes;

/// `sum` of one group.
pub(crate) struct Total {
    sums: Vec<f64>,
    lost: Vec<f64>,
    present: Vec<u64>,
    histograms: Histograms,
}

impl Total {
    /// No values at any step.
    pub(crate) fn new(steps: usize, span: Span) -> Total {
        let histograms = Histograms::new(false, span);
        Total {
            sums: vec![0.0; steps],
            lost: vec![0.0; steps],
            present: vec![0; steps.div_ceil(64)],
            histograms,
        }
    }

    fn add_word(&mut self, word: usize, bits: u64, values: &[f64]) {
        let base = word * 64;
        if bits == !0 {
            let (sums, lost) = (&mut self.sums[base..base + 64], &mut self.lost[base..base + 64]);
            for ((s, c), v) in sums.iter_mut().zip(lost).zip(&values[base..base + 64]) {
                (*s, *c) = kahan::add_finite(*v, *s, *c);
            }
        } else {
            for_each_bit(bits, |bit| {
                let i = base + bit;
                (self.sums[i], self.lost[i]) = kahan::add_finite(values[i], self.sums[i], self.lost[i]);
            });
        }
    }
}

impl Accumulator for Total {
    const STEP_BYTES: usize = 16;

    fn fold(&mut self, column: &Column, name: &str, notes: &mut Notes) -> Result<(), QueryError> {
        self.histograms.fold(column, name, notes);
        for (word, &bits) in column.present.iter().enumerate() {
            self.add_word(word, bits, &column.values);
            self.present[word] |= bits;
        }
        Ok(())
    }

    fn merge(&mut self, other: Total, notes: &mut Notes) -> Result<(), QueryError> {
        for (word, &bits) in other.present.iter().enumerate() {
            self.add_word(word, bits, &other.sums);
            for_each_bit(bits, |bit| {
                let i = word * 64 + bit;
                self.lost[i] += other.lost[i];
            });
            self.present[word] |= bits;
        }
        self.histograms.merge(other.histograms, notes);
        Ok(())
    }

    fn finish(mut self, notes: &mut Notes) -> Result<Column, QueryError> {
        self.sums.iter_mut().zip(&self.lost).for_each(|(s, c)| *s = kahan::total(*s, *c));
        let mut out = Column { values: self.sums, present: self.present, histograms: Vec::new() };
        self.histograms.finish(&mut out, notes);
        Ok(out)
    }
}

/// `avg` of one group.
pub(crate) struct Average {
    means: Vec<kahan::Mean>,
    present: Vec<u64>,
    histograms: Histograms,
}

impl Average {
    /// No values at any step.
    pub(crate) fn new(steps: usize, span: Span) -> Average {
        let histograms = Histograms::new(true, span);
        Average {
            means: vec![kahan::Mean::default(); steps],
            present: vec![0; steps.div_ceil(64)],
            histograms,
        }
    }
}

impl Accumulator for Average {
    const STEP_BYTES: usize = size_of::<kahan::Mean>();

    fn fold(&mut self, column: &Column, name: &str, notes: &mut Notes) -> Result<(), QueryError> {
        self.histograms.fold(column, name, notes);
        let (means, present) = (&mut self.means, &self.present);
        column.for_each_float(|i, v| {
            if present[i / 64] >> (i % 64) & 1 == 0 {
                means[i] = kahan::Mean::of(v);
            } else {
                means[i].add(v);
            }
        });
        self.present.iter_mut().zip(&column.present).for_each(|(p, c)| *p |= c);
        Ok(())
    }

    fn merge(&mut self, other: Average, notes: &mut Notes) -> Result<(), QueryError> {
        for (word, &bits) in other.present.iter().enumerate() {
            let mine = self.present[word];
            for_each_bit(bits, |bit| {
                let i = word * 64 + bit;
                if mine >> bit & 1 == 0 {
                    self.means[i] = other.means[i];
                } else {
                    self.means[i].merge(other.means[i]);
                }
            });
            self.present[word] |= bits;
        }
        self.histograms.merge(other.histograms, notes);
        Ok(())
    }

    fn finish(self, notes: &mut Notes) -> Result<Column, QueryError> {
        let values = self.means.into_iter().map(kahan::Mean::result).collect();
        let mut out = Column { values, present: self.present, histograms: Vec::new() };
        self.histograms.finish(&mut out, notes);
        Ok(out)
    }
}
