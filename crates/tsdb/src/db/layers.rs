//! Which blocks of a view are read, where buckets stand beside the samples that they were made of.
//!
//! Buckets of a rule have the same sources as the block of samples that they were made of, so blocks are compared by their
//! sources. For each stretch of time a reader gets the coarsest buckets that give the results that all samples give, or else the
//! samples, or else the finest buckets that are left.
//!
//! Invariants: 1. Of a series that is in a block of samples and in buckets made of it only one is read. 2. Buckets that do
//! not stand for all of a block of samples that is there (it was merged since) are not read. 3. Coarser buckets whose samples are
//! gone are merged only as far as finer ones of the same rule are, so either stand for whole blocks of the other.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use storage::SampleHint;
use ulid::Ulid;

use crate::block::BlockMeta;

/// A block that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its place in the list.
    pub block: usize,
    /// Blocks, by their places, that are not asked for a series that this one has.
    pub hides: Vec<usize>,
}

/// Blocks and how they stand to each other.
pub struct Layers<'a> {
    metas: &'a [BlockMeta],
    /// Sorted sources of each.
    sources: Vec<Vec<Ulid>>,
    /// Blocks of samples by their sources.
    raw: HashMap<Ulid, Vec<usize>>,
}

/// How buckets beside samples stand to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They were made of this block of samples as it is.
    For(usize),
    /// Samples that they were made of are in a block that has others as well.
    Outdated,
    /// The samples are gone.
    Independent,
}

impl<'a> Layers<'a> {
    /// Compares blocks.
    pub fn of(metas: &'a [BlockMeta]) -> Layers<'a> {
        let sorted = |meta: &BlockMeta| {
            let mut sources = meta.compaction.sources.clone();
            sources.sort_unstable();
            sources
        };
        let sources: Vec<Vec<Ulid>> = metas.iter().map(sorted).collect();
        let mut raw: HashMap<Ulid, Vec<usize>> = HashMap::new();
        for (i, meta) in metas.iter().enumerate() {
            if meta.beside().is_none() && meta.is_raw() {
                sources[i].iter().for_each(|source| raw.entry(*source).or_default().push(i));
            }
        }
        Layers { metas, sources, raw }
    }

    /// Tells how buckets stand to samples.
    pub fn standing(&self, buckets: usize) -> Standing {
        let of = self.sources[buckets].iter().filter_map(|source| self.raw.get(source));
        let mut touched = of.flatten().copied().peekable();
        let none = touched.peek().is_none();
        match touched.find(|i| self.sources[*i] == self.sources[buckets]) {
            Some(samples) => Standing::For(samples),
            None if none || self.is_alone(buckets) => Standing::Independent,
            None => Standing::Outdated,
        }
    }

    /// Tells whether two blocks have a source in common.
    pub fn touch(&self, one: usize, other: usize) -> bool {
        self.sources[one].iter().any(|source| self.sources[other].binary_search(source).is_ok())
    }

    fn is_alone(&self, buckets: usize) -> bool {
        self.metas[buckets].beside().is_some_and(|beside| beside.alone)
    }

    fn resolution_ms(&self, i: usize) -> i64 {
        self.metas[i].resolution_ms()
    }

    fn is_answered(&self, i: usize, hint: Option<&SampleHint>) -> bool {
        hint.is_some_and(|hint| hint.is_answered_by(self.resolution_ms(i)))
    }

    /// Chooses what is read for a hint, in the order of the list.
    pub fn choose(&self, hint: Option<&SampleHint>) -> Vec<Chosen> {
        let mut chosen: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        // Of each rule: buckets that stand for a block of samples, and those whose samples are gone.
        let mut tied: BTreeMap<(u64, usize), Vec<usize>> = BTreeMap::new();
        let mut independent: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (i, meta) in self.metas.iter().enumerate() {
            let Some(beside) = meta.beside() else {
                chosen.entry(i).or_default();
                continue;
            };
            match self.standing(i) {
                Standing::For(samples) => tied.entry((beside.rule, samples)).or_default().push(i),
                Standing::Outdated => {}
                Standing::Independent => independent.entry(beside.rule).or_default().push(i),
            }
        }
        for ((_, samples), buckets) in tied {
            let answering = buckets.iter().copied().filter(|i| self.is_answered(*i, hint));
            if let Some(best) = answering.max_by_key(|i| self.resolution_ms(*i)) {
                chosen.entry(best).or_default().push(samples);
            } else if let Some(finest) = buckets.iter().copied().min_by_key(|i| self.resolution_ms(*i))
                && self.is_alone(finest)
            {
                // Of some series the samples are gone.
                chosen.entry(finest).or_default();
                chosen.entry(samples).or_default().push(finest);
            }
        }
        for buckets in independent.into_values() {
            for (root, members) in self.units(&buckets) {
                chosen.extend(self.of_unit(root, &members, hint).into_iter().map(|i| (i, Vec::new())));
            }
        }
        chosen.into_iter().map(|(block, hides)| Chosen { block, hides }).collect()
    }

    /// Returns the blocks that are read of a unit: the coarsest that answer and together stand for all of it, or its root.
    fn of_unit(&self, root: usize, members: &[usize], hint: Option<&SampleHint>) -> Vec<usize> {
        let mut by_resolution: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for member in members.iter().filter(|i| self.is_answered(**i, hint)) {
            by_resolution.entry(self.resolution_ms(*member)).or_default().push(*member);
        }
        let covers = |blocks: &Vec<usize>| {
            let all: HashSet<Ulid> = blocks.iter().flat_map(|i| self.sources[*i].iter().copied()).collect();
            all.len() == self.sources[root].len() // they have none besides
        };
        by_resolution.into_values().rev().find(covers).unwrap_or_else(|| vec![root])
    }

    /// Groups buckets of one rule whose samples are gone: each block that no finer one stands for, with the coarser ones that stand
    /// for parts of it.
    fn units(&self, buckets: &[usize]) -> BTreeMap<usize, Vec<usize>> {
        let mut sorted = buckets.to_vec();
        sorted.sort_by_key(|i| (self.resolution_ms(*i), *i));
        let mut units: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for i in sorted {
            let is_part = |root: &&usize| {
                let (part, whole) = (&self.sources[i], &self.sources[**root]);
                self.resolution_ms(**root) < self.resolution_ms(i)
                    && part.iter().all(|source| whole.binary_search(source).is_ok())
            };
            // The smallest: it is the one with equal sources if there is one.
            match units.keys().filter(is_part).min_by_key(|root| self.sources[**root].len()).copied() {
                Some(root) => units.entry(root).or_default().push(i),
                None => {
                    units.insert(i, Vec::new());
                }
            }
        }
        units
    }

    /// Returns buckets whose samples are gone and that may be merged into one. `plan` chooses among blocks that are free to be
    /// merged, by their places in what it is given.
    pub fn mergeable(&self, plan: impl Fn(&[BlockMeta]) -> Vec<usize>) -> Vec<usize> {
        let mut by_rule: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (i, meta) in self.metas.iter().enumerate() {
            if let Some(beside) = meta.beside()
                && self.standing(i) == Standing::Independent
            {
                by_rule.entry(beside.rule).or_default().push(i);
            }
        }
        for buckets in by_rule.into_values() {
            let units = self.units(&buckets);
            for members in units.values() {
                let mut by_resolution: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
                for i in members {
                    by_resolution.entry(self.resolution_ms(*i)).or_default().push(*i);
                }
                if let Some(several) = by_resolution.into_values().find(|alike| alike.len() > 1) {
                    return several;
                }
            }
            let mut free: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
            for root in units.into_keys() {
                free.entry(self.resolution_ms(root)).or_default().push(root);
            }
            for alike in free.into_values() {
                let metas: Vec<BlockMeta> = alike.iter().map(|i| self.metas[*i].clone()).collect();
                let chosen = plan(&metas);
                if !chosen.is_empty() {
                    return chosen.into_iter().map(|k| alike[k]).collect();
                }
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
