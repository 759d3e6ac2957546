//! `and`, `or`, `unless`: step by step, by match labels.
//!
//! Of one side only the presence of its values is looked at, as bits by match labels; the other side passes through series by series.
//! `or` gives both sides, so its left side is kept.

use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;
use model::Labels;

use super::matching::{mask, match_labels};
use super::narrow::{Narrow, side};
use crate::ast::{BinaryOp, VectorMatching};
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::labels::{Head, Repeated};
use crate::exec::source::{Held, Source, Vector, collect, distinct, for_shards};
use crate::exec::{Frame, Work};
use crate::plan::Operation;

/// Evaluates a set operation.
pub(crate) fn evaluate<'a>(
    frame: &Frame<'a>,
    operation: &'a Operation,
    matching: &'a VectorMatching,
) -> Result<Vector<'a>, QueryError> {
    let narrow = match operation.op {
        BinaryOp::And | BinaryOp::Unless => Narrow::of_set(frame, matching),
        // All labels say whether two results are one series.
        _ => Narrow::default(),
    };
    let left = side(frame, &operation.left, narrow.many)?;
    let right = side(frame, &operation.right, narrow.one)?;
    match operation.op {
        BinaryOp::And | BinaryOp::Unless => {
            let keep = if operation.op == BinaryOp::And { Keep::Present } else { Keep::Absent };
            let presence = Presence::of(frame, matching, &*right)?;
            Ok(Box::new(Masked::new(frame, matching, left, presence, keep)?))
        }
        _ => {
            let (series, held) = collect(frame, left)?;
            drop(held);
            let left = Held::vector(frame.query, series)?;
            let presence = Presence::of(frame, matching, &*left)?;
            let right: Vector<'a> = Box::new(Masked::new(frame, matching, right, presence, Keep::Absent)?);
            let both: Vector<'a> = Box::new(Both { left, right });
            // With delayed name removal an instant query looks for repetitions only at its end.
            if frame.query.features.delayed_name_removal && frame.grid.steps == 1 {
                return Ok(both);
            }
            distinct(frame, both, Repeated::Join)
        }
    }
}

/// At which steps a side has a value, by match labels.
struct Presence {
    places: HashMap<Labels, usize, foldhash::fast::RandomState>,
    bits: Vec<u64>,
    words: usize,
}

impl Presence {
    fn of(frame: &Frame<'_>, matching: &VectorMatching, side: &dyn Source) -> Result<Presence, QueryError> {
        let words = frame.grid.steps.div_ceil(64);
        let mut places: HashMap<Labels, usize, foldhash::fast::RandomState> = HashMap::default();
        let mut place_of = Vec::with_capacity(side.len());
        for i in 0..side.len() {
            frame.query.stop.check_at(i)?;
            let next = places.len();
            place_of.push(*places.entry(match_labels(matching, &side.head(i).labels)).or_insert(next));
        }
        let shared: Vec<AtomicU64> = (0..places.len() * words).map(|_| AtomicU64::new(0)).collect();
        for_shards(
            frame,
            side,
            |range, work| {
                let mut column = work.column();
                for i in range {
                    frame.query.check()?;
                    side.column(i, work, &mut column)?;
                    let of_place = &shared[place_of[i] * words..][..words];
                    for (word, bits) in of_place.iter().zip(column.any_bits()).filter(|(_, bits)| *bits != 0)
                    {
                        word.fetch_or(bits, Ordering::Relaxed);
                    }
                }
                work.give_back(column);
                Ok(())
            },
            |()| Ok(()),
        )?;
        Ok(Presence { places, bits: shared.into_iter().map(AtomicU64::into_inner).collect(), words })
    }
}

/// Which steps pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Present,
    Absent,
}

/// A side of which only some steps are left.
struct Masked<'a> {
    input: Vector<'a>,
    presence: Presence,
    /// Where each series finds its bits; `None` if the other side has nothing with its match labels.
    places: Vec<Option<usize>>,
    keep: Keep,
}

impl<'a> Masked<'a> {
    fn new(
        frame: &Frame<'_>,
        matching: &VectorMatching,
        input: Vector<'a>,
        presence: Presence,
        keep: Keep,
    ) -> Result<Masked<'a>, QueryError> {
        let mut places = Vec::with_capacity(input.len());
        for i in 0..input.len() {
            frame.query.stop.check_at(i)?;
            places.push(presence.places.get(&match_labels(matching, &input.head(i).labels)).copied());
        }
        Ok(Masked { input, places, presence, keep })
    }
}

impl Source for Masked<'_> {
    fn len(&self) -> usize {
        self.input.len()
    }

    fn head(&self, i: usize) -> Head {
        self.input.head(i)
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        self.input.column(i, work, out)?;
        let words = self.presence.words;
        match (self.places[i], self.keep) {
            (None, Keep::Absent) => {}
            (None, Keep::Present) => out.reset(out.steps()),
            (Some(place), keep) => {
                let flip = if keep == Keep::Absent { !0 } else { 0 };
                mask(out, self.presence.bits[place * words..][..words].iter().map(|bits| bits ^ flip));
            }
        }
        Ok(())
    }

    fn distinct_without_name(&self) -> bool {
        self.input.distinct_without_name()
    }

    fn weight(&self) -> usize {
        self.input.weight()
    }
}

/// One vector after another.
struct Both<'a> {
    left: Vector<'a>,
    right: Vector<'a>,
}

impl Source for Both<'_> {
    fn len(&self) -> usize {
        self.left.len() + self.right.len()
    }

    fn head(&self, i: usize) -> Head {
        match i.checked_sub(self.left.len()) {
            None => self.left.head(i),
            Some(i) => self.right.head(i),
        }
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        match i.checked_sub(self.left.len()) {
            None => self.left.column(i, work, out),
            Some(i) => self.right.column(i, work, out),
        }
    }

    fn distinct_without_name(&self) -> bool {
        false
    }
}
