//! Which group a series belongs to.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;
use model::Labels;
use model::labels::METRIC_NAME;
use storage::Projection;

use super::Accumulator;
use crate::ast::Grouping;
use crate::error::QueryError;
use crate::exec::labels::Head;
use crate::notes::Notes;

/// `by` or `without`, ready to be asked about labels.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    without: bool,
    names: Vec<Arc<str>>,
    hasher: foldhash::fast::FixedState,
}

impl Key {
    /// From what was written.
    pub(crate) fn new(grouping: &Grouping) -> Key {
        let mut names = grouping.labels.clone();
        if grouping.without {
            names.push(Arc::from(METRIC_NAME));
        }
        Key { without: grouping.without, names, hasher: foldhash::fast::FixedState::default() }
    }

    /// Tells whether a label is part of the group's labels.
    #[inline]
    pub(crate) fn keeps(&self, name: &str) -> bool {
        self.names.iter().any(|n| **n == *name) != self.without
    }

    /// Tells whether all series are in one group.
    pub(crate) fn is_everything(&self) -> bool {
        !self.without && self.names.is_empty()
    }

    /// The labels that grouping looks at, and the metric name, which notes tell.
    pub(crate) fn projection(&self) -> Projection {
        let named = self.names.iter().filter(|n| &***n != METRIC_NAME).cloned();
        if self.without {
            Projection::Without(named.collect())
        } else {
            Projection::Only(named.chain([Arc::from(METRIC_NAME)]).collect())
        }
    }

    fn pairs<'l>(&'l self, labels: &'l Labels) -> impl Iterator<Item = (&'l str, &'l str)> {
        labels.iter().filter(|(n, _)| self.keeps(n))
    }

    /// The group's labels.
    pub(crate) fn labels(&self, labels: &Labels) -> Labels {
        if self.is_everything() { Labels::empty() } else { labels.filtered(|n| self.keeps(n)) }
    }

    fn hash<'l>(&self, pairs: impl Iterator<Item = (&'l str, &'l str)>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for (n, v) in pairs {
            hasher.write(n.as_bytes());
            hasher.write_u8(0xff);
            hasher.write(v.as_bytes());
            hasher.write_u8(0xff);
        }
        hasher.finish()
    }
}

struct Group<A> {
    hash: u64,
    head: Head,
    accumulator: A,
}

/// Groups in the order in which they came.
pub(crate) struct Groups<A> {
    table: HashTable<usize>,
    groups: Vec<Group<A>>,
}

impl<A> Default for Groups<A> {
    fn default() -> Groups<A> {
        Groups { table: HashTable::new(), groups: Vec::new() }
    }
}

impl<A> Groups<A> {
    /// Number of groups.
    pub(crate) fn len(&self) -> usize {
        self.groups.len()
    }

    /// The group of a series, made if need be. No label set is built for a group that is there already.
    pub(crate) fn entry(&mut self, key: &Key, head: &Head, new: impl FnOnce() -> A) -> &mut A {
        let hash = if key.is_everything() { 0 } else { key.hash(key.pairs(&head.labels)) };
        let groups = &self.groups;
        let found =
            self.table.find(hash, |&i| key.pairs(&head.labels).eq(groups[i].head.labels.iter())).copied();
        let index = found.unwrap_or_else(|| {
            let head = Head { labels: key.labels(&head.labels), drop_name: false };
            self.insert(hash, head, new())
        });
        let group = &mut self.groups[index];
        group.head.drop_name |= head.drop_name;
        &mut group.accumulator
    }

    fn insert(&mut self, hash: u64, head: Head, accumulator: A) -> usize {
        let index = self.groups.len();
        self.groups.push(Group { hash, head, accumulator });
        let groups = &self.groups;
        self.table.insert_unique(hash, index, |&i| groups[i].hash);
        index
    }

    /// Takes over the groups of later series.
    pub(crate) fn merge_with(
        &mut self,
        other: Groups<A>,
        mut merge: impl FnMut(&mut A, A) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        for group in other.groups {
            let groups = &self.groups;
            let found = self.table.find(group.hash, |&i| groups[i].head.labels == group.head.labels).copied();
            match found {
                Some(i) => {
                    self.groups[i].head.drop_name |= group.head.drop_name;
                    merge(&mut self.groups[i].accumulator, group.accumulator)?;
                }
                None => {
                    self.insert(group.hash, group.head, group.accumulator);
                }
            }
        }
        Ok(())
    }

    /// All groups in order.
    pub(crate) fn into_groups(self) -> impl Iterator<Item = (Head, A)> {
        self.groups.into_iter().map(|g| (g.head, g.accumulator))
    }
}

impl<A: Accumulator> Groups<A> {
    /// Takes over the groups of later series.
    pub(crate) fn merge(&mut self, other: Groups<A>, notes: &mut Notes) -> Result<(), QueryError> {
        self.merge_with(other, |a, b| a.merge(b, notes))
    }
}
