//! Arithmetic and comparisons between vectors.
//!
//! Matching is a question of each step: series with the same match labels may take turns. So series are grouped by match
//! labels once, and within a group presence bits say who meets whom.

use hashbrown::HashMap;
use model::Labels;

use super::matching::{Labeling, MatchGroup, Matched, any_bits, match_labels};
use super::narrow::{Narrow, side};
use super::pair::{Pairing, Side};
use super::streamed::{self, Streamed};
use crate::ast::{Cardinality, Span, VectorMatching};
use crate::column::Column;
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::labels::{Head, Repeated, join_repeated};
use crate::exec::source::{Held, Series, Vector, collect};
use crate::notes::Notes;
use crate::plan::Operation;

/// Evaluates an operation between two vectors: series by series where their labels show that this cannot go wrong, otherwise with both
/// vectors in memory.
pub(crate) fn evaluate<'a>(
    frame: &Frame<'a>,
    operation: &'a Operation,
    matching: &'a VectorMatching,
    span: Span,
) -> Result<Vector<'a>, QueryError> {
    let pairing = Pairing { op: operation.op, return_bool: operation.return_bool, span };
    let labeling = Labeling::new(frame, operation, matching);
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let many = if swapped { &operation.right } else { &operation.left };
    let narrow = Narrow::of_join(frame, matching, many);
    let is_narrow = narrow.many.is_some() || narrow.one.is_some();
    let many_is_narrow = narrow.many.is_some() && matching.cardinality != Cardinality::OneToOne;
    // Left before right, as everywhere.
    let (many, one) = if swapped {
        let one = side(frame, &operation.left, narrow.one)?;
        (side(frame, &operation.right, narrow.many)?, one)
    } else {
        let many = side(frame, &operation.left, narrow.many)?;
        (many, side(frame, &operation.right, narrow.one)?)
    };
    let joined = streamed::join(frame, pairing, labeling, many, one, many_is_narrow)?;
    let ((many, _many_held), (one, _one_held)) = match joined {
        Streamed::Vector(vector) => return Ok(vector),
        Streamed::Refused(..) if many_is_narrow => return Err(frame.query.give_up_streaming()),
        Streamed::Refused(many, one) => (collect(frame, many)?, collect(frame, one)?),
    };
    let words = frame.grid.steps.div_ceil(64);
    let join = Join { frame, pairing, matching, labeling, swapped, words };
    let mut notes = Notes::default();
    let series = join.run(many, one, &mut notes);
    frame.query.note(|n| n.merge(notes));
    let series = series.map_err(|error| match error {
        // Its text tells all labels.
        QueryError::Execution(_) if is_narrow => frame.query.give_up_streaming(),
        error => error,
    });
    Held::vector(frame.query, series?)
}

struct Join<'j, 'a> {
    frame: &'j Frame<'a>,
    pairing: Pairing,
    matching: &'j VectorMatching,
    labeling: Labeling<'j>,
    /// The "many" side is the right one; below, "many" and "one" stand in place of left and right.
    swapped: bool,
    words: usize,
}

/// Within one match group: at which steps which result labels were matched already.
#[derive(Default)]
struct Seen {
    /// One-to-one: one result per group and step.
    any: Vec<u64>,
    /// Otherwise one per labels.
    by_labels: HashMap<Labels, Vec<u64>, foldhash::fast::RandomState>,
}

impl Join<'_, '_> {
    fn run(&self, many: Vec<Series>, one: Vec<Series>, notes: &mut Notes) -> Result<Vec<Series>, QueryError> {
        let (fill_left, fill_right) = (self.matching.fill_left, self.matching.fill_right);
        let fills = fill_left.is_some() || fill_right.is_some();
        // With `group_right` Prometheus turns the sides around but not the values: `fill_left` stays with the many side.
        let (fill_many, fill_one) = (fill_left, fill_right);
        let (many_any, one_any) = (any_bits(self.words, many.iter()), any_bits(self.words, one.iter()));
        // Where one whole side is empty nothing is looked at, not even whether the other's labels are unique.
        let active: Vec<u64> =
            many_any.iter().zip(&one_any).map(|(a, b)| if fills { a | b } else { a & b }).collect();
        let matched = Matched::new(self.frame, self.matching, &many, &one)?;
        let bits = |series: &[Series]| series.iter().map(|s| s.column.any_bits()).collect::<Vec<_>>();
        let (many_bits, one_bits) = (bits(&many), bits(&one));
        self.check_one_side(&matched.groups, &one, &one_bits, &active)?;
        let mut out = Vec::new();
        let mut seen: Vec<Seen> = Vec::new();
        seen.resize_with(matched.groups.len(), Seen::default);
        // In the order of the "many" side, so that an instant query shows it.
        for (m, &g) in matched.left.iter().enumerate() {
            self.frame.query.check()?;
            let mut unmatched = many_bits[m].clone();
            for (i, &o) in matched.groups[g].right.iter().enumerate() {
                self.frame.query.stop.check_at(i)?;
                let both = and(&many_bits[m], &one_bits[o]);
                unmatched.iter_mut().zip(&both).for_each(|(u, b)| *u &= !b);
                let sides = (Side::Series(&many[m].column), Side::Series(&one[o].column));
                self.pair(
                    sides,
                    (&many[m].head.labels, &one[o].head.labels),
                    both,
                    &mut seen[g],
                    &mut out,
                    notes,
                )?;
            }
            if let Some(fill) = fill_one {
                let labels = match_labels(self.matching, &many[m].head.labels);
                let sides = (Side::Series(&many[m].column), Side::Fill(fill));
                self.pair(sides, (&many[m].head.labels, &labels), unmatched, &mut seen[g], &mut out, notes)?;
            }
        }
        if let Some(fill) = fill_many {
            for (o, &g) in matched.right.iter().enumerate() {
                self.frame.query.check()?;
                let mut unmatched = one_bits[o].clone();
                for &m in &matched.groups[g].left {
                    unmatched.iter_mut().zip(&many_bits[m]).for_each(|(u, b)| *u &= !b);
                }
                let labels = match_labels(self.matching, &one[o].head.labels);
                let sides = (Side::Fill(fill), Side::Series(&one[o].column));
                self.pair(sides, (&labels, &one[o].head.labels), unmatched, &mut seen[g], &mut out, notes)?;
            }
        }
        if self.frame.query.features.delayed_name_removal && self.frame.grid.steps == 1 {
            return Ok(out);
        }
        join_repeated(&self.frame.query.stop, out, Repeated::Join)
    }

    /// Fails if two series of the "one" side have the same match labels at one step.
    fn check_one_side(
        &self,
        groups: &[MatchGroup],
        one: &[Series],
        bits: &[Vec<u64>],
        active: &[u64],
    ) -> Result<(), QueryError> {
        for group in groups.iter().filter(|g| g.right.len() > 1) {
            let mut taken = vec![0; self.words];
            for (n, &o) in group.right.iter().enumerate() {
                self.frame.query.stop.check_at(n)?;
                let clash = and(&and(&taken, &bits[o]), active);
                if let Some((word, &clashing)) = clash.iter().enumerate().find(|(_, w)| **w != 0) {
                    let step = word * 64 + clashing.trailing_zeros() as usize;
                    let other = group.right[..n].iter().find(|&&p| one[p].column.has_any(step)).unwrap_or(&o);
                    return Err(self.duplicate(&one[o].head.labels, &one[*other].head.labels));
                }
                taken.iter_mut().zip(&bits[o]).for_each(|(t, b)| *t |= b);
            }
        }
        Ok(())
    }

    fn duplicate(&self, a: &Labels, b: &Labels) -> QueryError {
        let side = if self.swapped { "left" } else { "right" };
        let group = match_labels(self.matching, a);
        let mut texts = [a.to_string(), b.to_string()];
        texts.sort();
        let [first, second] = texts;
        QueryError::Execution(format!(
            "found duplicate series for the match group {group} on the {side} hand-side of the operation: \
             [{first}, {second}];many-to-many matching not allowed: matching labels must be unique on one side"
        ))
    }

    /// Computes the result of a "many" and a "one" series at the steps of `bits`.
    fn pair(
        &self,
        (many, one): (Side<'_>, Side<'_>),
        (many_labels, one_labels): (&Labels, &Labels),
        mut bits: Vec<u64>,
        seen: &mut Seen,
        out: &mut Vec<Series>,
        notes: &mut Notes,
    ) -> Result<(), QueryError> {
        if bits.iter().all(|w| *w == 0) {
            return Ok(());
        }
        let (left, right) = if self.swapped { (one, many) } else { (many, one) };
        let mut column = Column::absent(self.frame.grid.steps);
        self.pairing.compute(left, right, &mut bits, &mut column, (notes, &self.frame.query.stop))?;
        let labels = self.labeling.result(many_labels, one_labels);
        self.note_matched(seen, &labels, &bits)?;
        if !column.is_empty() {
            out.push(Series { head: Head { labels, drop_name: self.labeling.return_bool }, column });
        }
        Ok(())
    }

    fn note_matched(&self, seen: &mut Seen, labels: &Labels, bits: &[u64]) -> Result<(), QueryError> {
        let one_to_one = self.matching.cardinality == Cardinality::OneToOne;
        let taken = if one_to_one {
            seen.any.resize(self.words, 0);
            &mut seen.any
        } else {
            seen.by_labels.entry(labels.clone()).or_insert_with(|| vec![0; self.words])
        };
        if taken.iter().zip(bits).any(|(t, b)| t & b != 0) {
            return Err(QueryError::execution(if one_to_one {
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
            } else {
                "multiple matches for labels: grouping labels must ensure unique matches"
            }));
        }
        taken.iter_mut().zip(bits).for_each(|(t, b)| *t |= b);
        Ok(())
    }
}

fn and(a: &[u64], b: &[u64]) -> Vec<u64> {
    a.iter().zip(b).map(|(a, b)| a & b).collect()
}
