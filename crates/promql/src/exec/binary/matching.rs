//! Which series of two vectors belong together.

use std::sync::Arc;

use hashbrown::HashMap;
use model::Labels;
use model::labels::METRIC_NAME;

use super::changes_metric;
use crate::ast::{Cardinality, VectorMatching};
use crate::error::QueryError;
use crate::exec::Frame;
use crate::exec::labels::is_metadata;
use crate::exec::source::Series;
use crate::plan::Operation;

/// The labels that series are matched by.
pub(crate) fn match_labels(matching: &VectorMatching, labels: &Labels) -> Labels {
    let listed = |n: &str| matching.labels.iter().any(|l: &Arc<str>| **l == *n);
    if matching.on { labels.filtered(listed) } else { labels.filtered(|n| n != METRIC_NAME && !listed(n)) }
}

/// The labels of an operation's results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labeling<'m> {
    pub matching: &'m VectorMatching,
    drops_name: bool,
    keeps_name: bool,
    /// The name is looked at again at the end of the query.
    pub return_bool: bool,
}

impl<'m> Labeling<'m> {
    /// How the results of an operation are labelled.
    pub(crate) fn new(
        frame: &Frame<'_>,
        operation: &Operation,
        matching: &'m VectorMatching,
    ) -> Labeling<'m> {
        let keeps_name = operation.keeps_name;
        let return_bool = operation.return_bool && !keeps_name;
        let changes = changes_metric(operation.op) && !keeps_name;
        let drops_name = changes || return_bool && !frame.query.features.delayed_name_removal;
        Labeling { matching, drops_name, keeps_name, return_bool }
    }

    /// Tells whether no result has a metric name.
    pub(crate) fn gives_no_names(&self) -> bool {
        self.drops_name && !self.matching.include.iter().any(|name| is_metadata(name))
    }

    /// Tells whether the names of the "many" side go.
    pub(crate) fn drops_names(&self) -> bool {
        self.drops_name
    }

    /// The labels of what a "many" and a "one" series give together.
    pub(crate) fn result(&self, many: &Labels, one: &Labels) -> Labels {
        let matching = self.matching;
        let one_to_one = matching.cardinality == Cardinality::OneToOne;
        let kept = many.filtered(|n| {
            let listed = || matching.labels.iter().any(|l| **l == *n);
            !(self.drops_name && is_metadata(n))
                && (!one_to_one || listed() == matching.on || self.keeps_name && n == METRIC_NAME)
        });
        if matching.include.is_empty() {
            return kept;
        }
        let mut builder = kept.builder();
        for name in &matching.include {
            builder.set(&**name, one.get(name));
        }
        builder.labels()
    }
}

/// Series of both sides with the same match labels, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct MatchGroup {
    pub left: Vec<usize>,
    pub right: Vec<usize>,
}

/// The groups of two vectors, in the order in which they first occur, left side first.
pub(crate) struct Matched {
    pub groups: Vec<MatchGroup>,
    /// Each left series' group.
    pub left: Vec<usize>,
    /// Each right series' group.
    pub right: Vec<usize>,
}

impl Matched {
    /// Matches two vectors.
    ///
    /// # Errors
    /// What ends the query.
    pub(crate) fn new(
        frame: &Frame<'_>,
        matching: &VectorMatching,
        left: &[Series],
        right: &[Series],
    ) -> Result<Matched, QueryError> {
        let mut places: HashMap<Labels, usize, foldhash::fast::RandomState> = HashMap::default();
        let mut groups: Vec<MatchGroup> = Vec::new();
        let mut place = |(i, series): (usize, &Series)| {
            frame.query.stop.check_at(i)?;
            Ok(*places.entry(match_labels(matching, &series.head.labels)).or_insert_with(|| {
                groups.push(MatchGroup::default());
                groups.len() - 1
            }))
        };
        let left: Vec<usize> = left.iter().enumerate().map(&mut place).collect::<Result<_, QueryError>>()?;
        let right: Vec<usize> =
            right.iter().enumerate().map(&mut place).collect::<Result<_, QueryError>>()?;
        left.iter().enumerate().for_each(|(i, &g)| groups[g].left.push(i));
        right.iter().enumerate().for_each(|(i, &g)| groups[g].right.push(i));
        Ok(Matched { groups, left, right })
    }
}

/// The steps at which any of some series has a value.
pub(crate) fn any_bits<'s>(words: usize, series: impl Iterator<Item = &'s Series>) -> Vec<u64> {
    let mut bits = vec![0; words];
    for s in series {
        bits.iter_mut().zip(s.column.any_bits()).for_each(|(a, b)| *a |= b);
    }
    bits
}

/// Takes values away from a column at all steps whose bit is not set.
pub(crate) fn mask(column: &mut crate::column::Column, keep: impl Iterator<Item = u64>) {
    let mut histograms = column.histograms.chunks_mut(64);
    for (present, keep) in column.present.iter_mut().zip(keep) {
        *present &= keep;
        for (bit, h) in histograms.next().into_iter().flatten().enumerate() {
            if keep >> bit & 1 == 0 {
                *h = None;
            }
        }
    }
}
