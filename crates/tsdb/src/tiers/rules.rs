//! Rules by selector, and what they mean for a block of some age.
//!
//! Of several rules that name a series the first counts; a series that none names follows the global retention.
//! Age is the distance from the end of the newest block to the end of the block in question, as for the global retention:
//! a database that gets no samples loses none.

use model::Matcher;
use storage::{Cancel, SelectError};
use xxhash_rust::xxh3::xxh3_64;

use crate::select::{IndexRead, series_matching};

/// What becomes of old samples.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Blocks this old are written densely; 0 for never.
    pub dense_after_ms: i64,
    /// Retention and resolution by selector; the first that names a series counts.
    pub rules: Vec<Rule>,
}

/// What becomes of the series that a selector names.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The selector as it was written, to tell people which rule is meant.
    pub selector: String,
    /// All must pass.
    pub matchers: Vec<Matcher>,
    /// How long samples are kept; `None` as long as all others, 0 for ever.
    pub keep_ms: Option<i64>,
    /// From when on only buckets are kept, and from when on only longer ones: by rising age.
    pub downsample: Vec<Downsample>,
    /// Buckets that stand beside the samples from the start, by rising length; not together with `downsample`.
    pub beside: Vec<Beside>,
}

/// Buckets that stand beside the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Length of the buckets, a multiple of the one before.
    pub resolution_ms: i64,
    /// How long they are kept; 0 for ever.
    pub keep_ms: i64,
}

impl Beside {
    /// Tells whether buckets this old go.
    pub fn goes_at(&self, age_ms: i64) -> bool {
        self.keep_ms > 0 && age_ms >= self.keep_ms
    }
}

/// Which buckets replace the samples, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downsample {
    /// Length of the buckets.
    pub resolution_ms: i64,
    /// Age at which they replace the samples.
    pub after_ms: i64,
}

/// What becomes of a series in a block of some age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is.
    Stay,
    /// Its samples are brought together in buckets of this length.
    Downsample(i64),
    /// It goes because buckets stand for it; what cannot be brought together stays.
    LeaveToBuckets,
    /// It goes.
    Go,
}

/// The fates of a block's series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fates {
    /// One for each rule.
    pub by_rule: Vec<Fate>,
    /// For series that no rule names.
    pub others: Fate,
}

impl Policy {
    /// Returns the fates of series in a block of this age, under this global retention (0 for none).
    pub fn fates(&self, age_ms: i64, retention_ms: i64) -> Fates {
        let beyond = |keep_ms: i64| keep_ms > 0 && age_ms >= keep_ms;
        let of_rule = |rule: &Rule| {
            if beyond(rule.keep_ms.unwrap_or(retention_ms)) {
                let outlived = rule.beside.iter().any(|beside| !beside.goes_at(age_ms));
                return if outlived { Fate::LeaveToBuckets } else { Fate::Go };
            }
            match rule.downsample.iter().rfind(|d| age_ms >= d.after_ms) {
                Some(d) => Fate::Downsample(d.resolution_ms),
                None => Fate::Stay,
            }
        };
        Fates {
            by_rule: self.rules.iter().map(of_rule).collect(),
            others: if beyond(retention_ms) { Fate::Go } else { Fate::Stay },
        }
    }

    /// Returns the longest block that may be made of data that ends at this age: data that still waits for a rule is kept
    /// in blocks of at most a tenth of that rule's age, so that the rule is late by no more than that.
    pub fn block_ms_max(&self, age_ms: i64) -> i64 {
        let kept = self.rules.iter().filter_map(|rule| rule.keep_ms);
        let downsampled = self.rules.iter().flat_map(|rule| &rule.downsample).map(|d| d.after_ms);
        let beside = self.rules.iter().flat_map(|rule| &rule.beside).map(|b| b.keep_ms);
        let all = kept.chain(downsampled).chain(beside).chain([self.dense_after_ms]);
        all.filter(|a| *a > age_ms).map(|a| a / 10).min().unwrap_or(i64::MAX)
    }

    /// Returns a name for what a rule says about which series it names, so that copies made for it are told from those that were
    /// made for another. Never 0.
    pub fn mark_of(&self, rule: usize) -> u64 {
        let selectors: Vec<&str> = self.rules.iter().take(rule + 1).map(|r| r.selector.as_str()).collect();
        xxh3_64(selectors.join("\0").as_bytes()).max(1)
    }

    /// Returns the rule with this mark.
    pub fn marked(&self, mark: u64) -> Option<&Rule> {
        (0..self.rules.len()).find(|i| self.mark_of(*i) == mark).map(|i| &self.rules[i])
    }

    /// Tells whether buckets of this length that were made for the rule with this mark go at this age. Those of a rule that is no
    /// more are kept as long as any rule keeps such buckets, or as long as all others.
    pub fn buckets_go(&self, mark: u64, resolution_ms: i64, age_ms: i64, retention_ms: i64) -> bool {
        let of = |rule: &Rule| rule.beside.iter().copied().find(|b| b.resolution_ms == resolution_ms);
        if let Some(beside) = self.marked(mark).and_then(of) {
            return beside.goes_at(age_ms);
        }
        let mut others = self.rules.iter().filter_map(of).peekable();
        match others.peek() {
            Some(_) => others.all(|beside| beside.goes_at(age_ms)),
            None => retention_ms > 0 && age_ms >= retention_ms,
        }
    }
}

impl Fates {
    /// Tells whether nothing happens to any series.
    pub fn all_stay(&self) -> bool {
        self.others == Fate::Stay && self.by_rule.iter().all(|f| *f == Fate::Stay)
    }

    /// Tells whether every series goes.
    pub fn all_go(&self) -> bool {
        self.others == Fate::Go && self.by_rule.iter().all(|f| *f == Fate::Go)
    }
}

/// Tells which rule each series of an index follows: sorted lists of series, one for each rule.
///
/// # Errors
/// [`SelectError`].
pub fn series_by_rule(index: &dyn IndexRead, rules: &[Rule]) -> Result<Vec<Vec<u32>>, SelectError> {
    let mut taken: Vec<u32> = Vec::new();
    let mut lists = Vec::with_capacity(rules.len());
    for rule in rules {
        let mut found = series_matching(index, &rule.matchers, &Cancel::default())?;
        found.retain(|series| taken.binary_search(series).is_err());
        taken.extend_from_slice(&found);
        taken.sort_unstable();
        lists.push(found);
    }
    Ok(lists)
}
