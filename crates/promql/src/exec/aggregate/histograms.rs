//! Native histograms in `sum` and `avg`.

use std::sync::Arc;

use model::histogram::{Combined, FloatHistogram, IncompatibleHistograms};

use crate::ast::Span;
use crate::column::Column;
use crate::functions::histogram::{Step, Total, note_bounds};
use crate::notes::Notes;

enum Slot {
    Total(Box<Total>),
    /// Exponential and custom buckets met: there is no result.
    Incompatible,
}

/// The histograms of one group by step.
pub(super) struct Histograms {
    slots: Vec<Option<Slot>>,
    mean: bool,
    span: Span,
    /// Name of the metric that came last.
    name: String,
}

impl Histograms {
    /// None at any step; costs nothing until some come.
    pub(super) fn new(mean: bool, span: Span) -> Histograms {
        Histograms { slots: Vec::new(), mean, span, name: String::new() }
    }

    /// Adds a series' histograms.
    pub(super) fn fold(&mut self, column: &Column, name: &str, notes: &mut Notes) {
        if column.histograms.is_empty() {
            return;
        }
        self.slots.resize_with(column.steps(), || None);
        name.clone_into(&mut self.name);
        column.for_each_histogram(|step, h| self.add(step, h, notes));
    }

    fn add(&mut self, step: usize, h: &FloatHistogram, notes: &mut Notes) {
        let combined = match &mut self.slots[step] {
            Some(Slot::Total(total)) if self.mean => total.add_to_mean(h),
            Some(Slot::Total(total)) => total.add(h),
            Some(Slot::Incompatible) => return,
            empty => {
                *empty = Some(Slot::Total(Box::new(Total::of(h))));
                return;
            }
        };
        self.note(step, combined, notes);
    }

    fn note(&mut self, step: usize, combined: Result<Combined, IncompatibleHistograms>, notes: &mut Notes) {
        match combined {
            Ok(combined) => note_bounds(combined, Step::Aggregation, self.span, notes),
            Err(IncompatibleHistograms) => {
                notes.mixed_schemas(self.span, &self.name);
                self.slots[step] = Some(Slot::Incompatible);
            }
        }
    }

    /// Adds the histograms of later series.
    pub(super) fn merge(&mut self, other: Histograms, notes: &mut Notes) {
        if other.slots.is_empty() {
            return;
        }
        self.slots.resize_with(other.slots.len(), || None);
        self.name = other.name;
        for (step, theirs) in other.slots.into_iter().enumerate() {
            let combined = match (&mut self.slots[step], theirs) {
                (_, None) | (Some(Slot::Incompatible), _) => continue,
                (mine, Some(Slot::Incompatible)) => {
                    *mine = Some(Slot::Incompatible);
                    continue;
                }
                (Some(Slot::Total(mine)), Some(Slot::Total(theirs))) => mine.merge(*theirs, self.mean),
                (mine, theirs) => {
                    *mine = theirs;
                    continue;
                }
            };
            self.note(step, combined, notes);
        }
    }

    /// Puts the results beside the floats; where a step has both, it has no result.
    pub(super) fn finish(self, out: &mut Column, notes: &mut Notes) {
        for (step, slot) in self.slots.into_iter().enumerate() {
            let Some(slot) = slot else { continue };
            if out.has(step) {
                notes.mixed_aggregation(self.span);
                out.unset(step);
            } else if let Slot::Total(total) = slot {
                if total.has_collision() {
                    notes.reset_collision(self.span, Step::Aggregation.word());
                }
                let h = if self.mean { total.mean() } else { total.sum.histogram() };
                out.set_histogram(step, Arc::new(h));
            }
        }
    }
}
