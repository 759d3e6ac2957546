//! The labels of a series in a few bytes: as they differ from those of the first series of its page.
//!
//! Series of one page are mostly of one target, so most of their labels are the same, pair by pair and in the same order.
//!
//! ```text
//! labels  step …
//! step    kind, 2 bits │ n, 6 bits │ what the kind says
//! kind 0  n labels as in the model, from where it stands
//! kind 1  the name as in the model, n times, each with a value of its own      uvarint each
//! kind 2  n labels that the model does not have                                uvarint name, uvarint value, each
//! kind 3  n labels of the model are left out
//! ```
//! Invariants: 1. Whoever reads has the model that was written against.  2. Steps are as written by [`PackedLabels::new`]:
//! they do not reach beyond the model.

use super::symbols::Pair;
use crate::encoding::{Cursor, put_uvarint};

const COPY: u8 = 0;
const NEW_VALUES: u8 = 1;
const NEW_PAIRS: u8 = 2;
const SKIP: u8 = 3;
/// The largest n of a step.
const STEP_MAX: usize = 63;

/// Labels of a series.
#[derive(Debug, Default)]
pub struct PackedLabels(Box<[u8]>);

/// What becomes of a label.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Copy,
    NewValue(u32),
    NewPair(Pair),
    Skip,
}

impl Step {
    fn kind(self) -> u8 {
        match self {
            Step::Copy => COPY,
            Step::NewValue(_) => NEW_VALUES,
            Step::NewPair(_) => NEW_PAIRS,
            Step::Skip => SKIP,
        }
    }
}

impl PackedLabels {
    /// Packs labels.
    pub fn new(labels: &[Pair], model: &[Pair]) -> PackedLabels {
        let steps = steps(labels, model);
        let mut bytes = Vec::with_capacity(16);
        for same in steps.chunk_by(|a, b| a.kind() == b.kind()) {
            for some in same.chunks(STEP_MAX) {
                bytes.push(some[0].kind() << 6 | some.len() as u8);
                for step in some {
                    match step {
                        Step::Copy | Step::Skip => {}
                        Step::NewValue(value) => put_uvarint(&mut bytes, u64::from(*value)),
                        Step::NewPair(pair) => {
                            put_uvarint(&mut bytes, u64::from(pair.name));
                            put_uvarint(&mut bytes, u64::from(pair.value));
                        }
                    }
                }
            }
        }
        PackedLabels(bytes.into())
    }

    /// Takes bytes as [`PackedLabels::bytes`] returned them.
    pub fn from_bytes(bytes: &[u8]) -> PackedLabels {
        PackedLabels(bytes.into())
    }

    /// Returns the bytes that the labels are packed in.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the labels in the order they were packed in.
    pub fn iter<'a>(&'a self, model: &'a [Pair]) -> Iter<'a> {
        Iter { bytes: Cursor::new(&self.0), model: model.iter(), kind: COPY, left: 0 }
    }
}

/// Finds what becomes of each label, and of each label of the model. Both are in the order of their names' strings.
fn steps(labels: &[Pair], model: &[Pair]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(labels.len() + 4);
    let mut rest = model;
    for label in labels {
        match rest.iter().position(|m| m.name == label.name) {
            None => steps.push(Step::NewPair(*label)),
            Some(at) => {
                steps.extend(std::iter::repeat_n(Step::Skip, at));
                steps.push(if rest[at].value == label.value {
                    Step::Copy
                } else {
                    Step::NewValue(label.value)
                });
                rest = &rest[at + 1..];
            }
        }
    }
    steps
}

/// Labels, unpacked as they are asked for.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    bytes: Cursor<'a>,
    model: std::slice::Iter<'a, Pair>,
    kind: u8,
    left: u8,
}

impl Iterator for Iter<'_> {
    type Item = Pair;

    #[inline]
    fn next(&mut self) -> Option<Pair> {
        while self.left == 0 {
            let step = self.bytes.u8()?;
            (self.kind, self.left) = (step >> 6, step & STEP_MAX as u8);
            if self.kind == SKIP {
                self.model.nth(usize::from(self.left).checked_sub(1)?);
                self.left = 0;
            }
        }
        self.left -= 1;
        match self.kind {
            COPY => self.model.next().copied(),
            NEW_VALUES => Some(Pair { name: self.model.next()?.name, value: self.bytes.uvarint32()? }),
            _new_pairs => Some(Pair { name: self.bytes.uvarint32()?, value: self.bytes.uvarint32()? }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Labels as a head has them: names in the order of their strings, here of their numbers.
    fn labels() -> impl Strategy<Value = Vec<Pair>> {
        prop::collection::btree_map(0u32..90, 0u32..4, 0..80).prop_map(|m: BTreeMap<u32, u32>| {
            m.into_iter().map(|(name, value)| Pair { name, value }).collect()
        })
    }

    proptest! {
        #[test]
        fn labels_come_back(labels in labels(), model in labels()) {
            let packed = PackedLabels::new(&labels, &model);
            prop_assert_eq!(packed.iter(&model).collect::<Vec<_>>(), labels);
        }
    }

    #[test]
    fn neighbours_take_a_few_bytes() {
        let model: Vec<Pair> = (0..12).map(|n| Pair { name: n, value: 1000 + n }).collect();
        let same = PackedLabels::new(&model, &model);
        assert_eq!(same.0.len(), 1);
        // Another metric and another mode.
        let mut other = model.clone();
        (other[0].value, other[7].value) = (70_000, 200);
        assert_eq!(PackedLabels::new(&other, &model).0.len(), 4 + 1 + 3 + 1);
        // The model itself, against nothing.
        assert!(PackedLabels::new(&model, &[]).0.len() <= 1 + 12 * 3);
    }
}
