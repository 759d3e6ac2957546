//! Which series of two vectors belong together.

use std::sync::Arc;

use hashbrown::HashMap;
use model::Labels;
use model::labels::METRIC_NAME;

use crate::ast::VectorMatching;
use crate::exec::source::Series;

/// The labels that series are matched by.
pub(crate) fn match_labels(matching: &VectorMatching, labels: &Labels) -> Labels {
    let listed = |n: &str| matching.labels.iter().any(|l: &Arc<str>| **l == *n);
    if matching.on { labels.filtered(listed) } else { labels.filtered(|n| n != METRIC_NAME && !listed(n)) }
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
    pub(crate) fn new(matching: &VectorMatching, left: &[Series], right: &[Series]) -> Matched {
        let mut places: HashMap<Labels, usize, foldhash::fast::RandomState> = HashMap::default();
        let mut groups: Vec<MatchGroup> = Vec::new();
        let mut place = |series: &Series| {
            *places.entry(match_labels(matching, &series.head.labels)).or_insert_with(|| {
                groups.push(MatchGroup::default());
                groups.len() - 1
            })
        };
        let left: Vec<usize> = left.iter().map(&mut place).collect();
        let right: Vec<usize> = right.iter().map(&mut place).collect();
        left.iter().enumerate().for_each(|(i, &g)| groups[g].left.push(i));
        right.iter().enumerate().for_each(|(i, &g)| groups[g].right.push(i));
        Matched { groups, left, right }
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
pub(crate) fn mask(column: &mut crate::column::Column, keep: &[u64]) {
    column.present.iter_mut().zip(keep).for_each(|(p, k)| *p &= k);
    for (i, h) in column.histograms.iter_mut().enumerate() {
        if keep[i / 64] >> (i % 64) & 1 == 0 {
            *h = None;
        }
    }
}
