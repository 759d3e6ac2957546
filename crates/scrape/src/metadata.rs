//! What a target tells about its metrics besides samples: type, unit, help.

use hashbrown::HashMap;
use model::{Metadata, MetricType};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Scrapes for which the metadata of a vanished metric is kept, as in Prometheus.
const KEPT_SCRAPES: u32 = 10;
/// Metrics of one target whose metadata is kept: a lying target must not fill memory with help texts.
const METRICS_MAX: usize = 50_000;
/// Bytes of a help text that are kept.
const HELP_BYTES_MAX: usize = 4096;

/// The metadata of one target, by metric family.
#[derive(Debug, Default)]
pub struct MetadataStore {
    families: HashMap<String, Known>,
    /// Counts the scrapes that told anything new, see [`MetadataStore::begin`].
    scrape: u32,
    /// Digests of what the last scrape told, in its order.
    told: Vec<u64>,
    /// How much of that this scrape has told again, in the same order; `None` once it told something else.
    repeated: Option<usize>,
    /// Whether each family that is known was told of by the last scrape, as far as is known.
    complete: bool,
    /// Whether this scrape began as a repetition: which families it told of is not known.
    caught_up: bool,
}

/// What a line tells.
#[derive(Clone, Copy)]
enum Line<'a> {
    Type(MetricType),
    Help(&'a str),
    Unit(&'a str),
}

impl Line<'_> {
    fn digest(self, family: &str) -> u64 {
        let (kind, text) = match self {
            Line::Type(kind) => (0, kind.as_str()),
            Line::Help(text) => (1, text),
            Line::Unit(text) => (2, text),
        };
        xxh3_64_with_seed(text.as_bytes(), xxh3_64_with_seed(family.as_bytes(), kind))
    }
}

#[derive(Debug, Default)]
struct Known {
    metadata: Metadata,
    seen: u32,
    changed: u32,
}

impl MetadataStore {
    /// Starts a scrape. Nearly all repeat what the one before told, line by line: then nothing is looked up, and the scrape
    /// does not count. `every_line` asks for [`MetadataStore::current`] to be right about what changed.
    pub(crate) fn begin(&mut self, every_line: bool) {
        self.caught_up = false;
        self.repeated = (self.complete && !every_line).then_some(0);
        if self.repeated.is_none() {
            self.begin_counted();
        }
    }

    fn begin_counted(&mut self) {
        self.repeated = None;
        self.scrape += 1;
        self.told.clear();
    }

    /// Forgets metrics that have not been told of for a while.
    pub(crate) fn end(&mut self) {
        match self.repeated {
            Some(lines) if lines == self.told.len() => return,
            Some(lines) => self.catch_up(lines),
            None => {}
        }
        let scrape = self.scrape;
        let oldest = scrape.saturating_sub(KEPT_SCRAPES);
        self.families.retain(|_, known| known.seen >= oldest);
        let told_of_all = self.families.values().all(|known| known.seen == scrape);
        self.complete = !self.caught_up && told_of_all && self.families.len() < METRICS_MAX;
    }

    /// This scrape tells something else than the one before from this line on. The families of that one count as told of once
    /// more, be they in the lines so far or not.
    fn catch_up(&mut self, lines: usize) {
        let before = self.scrape;
        let mut told = std::mem::take(&mut self.told);
        self.begin_counted();
        told.truncate(lines);
        self.told = told;
        for known in self.families.values_mut().filter(|known| known.seen == before) {
            known.seen = self.scrape;
        }
        (self.complete, self.caught_up) = (false, true);
    }

    pub(crate) fn set_type(&mut self, family: &str, kind: MetricType) {
        self.tell(family, Line::Type(kind));
    }

    pub(crate) fn set_help(&mut self, family: &str, help: &str) {
        let mut end = help.len().min(HELP_BYTES_MAX);
        while !help.is_char_boundary(end) {
            end -= 1;
        }
        self.tell(family, Line::Help(&help[..end]));
    }

    pub(crate) fn set_unit(&mut self, family: &str, unit: &str) {
        self.tell(family, Line::Unit(unit));
    }

    fn tell(&mut self, family: &str, line: Line<'_>) {
        let digest = line.digest(family);
        if let Some(lines) = self.repeated {
            if self.told.get(lines) == Some(&digest) {
                self.repeated = Some(lines + 1);
                return;
            }
            self.catch_up(lines);
        }
        self.told.push(digest);
        self.change(family, |m| match line {
            Line::Type(kind) => std::mem::replace(&mut m.kind, kind) != kind,
            Line::Help(text) => replace_text(&mut m.help, text),
            Line::Unit(text) => replace_text(&mut m.unit, text),
        });
    }

    fn change(&mut self, family: &str, change: impl FnOnce(&mut Metadata) -> bool) {
        let scrape = self.scrape;
        if let Some(known) = self.families.get_mut(family) {
            known.seen = scrape;
            if change(&mut known.metadata) {
                known.changed = scrape;
            }
        } else if self.families.len() < METRICS_MAX {
            let mut known = Known { seen: scrape, changed: scrape, ..Known::default() };
            change(&mut known.metadata);
            self.families.insert(family.to_owned(), known);
        }
    }

    /// Returns a family's metadata and whether this scrape changed it.
    pub(crate) fn current(&self, family: &str) -> Option<(&Metadata, bool)> {
        self.families.get(family).map(|k| (&k.metadata, k.changed == self.scrape))
    }

    /// Returns the metadata of one family.
    pub fn get(&self, family: &str) -> Option<&Metadata> {
        self.families.get(family).map(|k| &k.metadata)
    }

    /// Returns all families with their metadata, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Metadata)> {
        self.families.iter().map(|(name, known)| (name.as_str(), &known.metadata))
    }

    /// Returns the number of families.
    pub fn len(&self) -> usize {
        self.families.len()
    }

    /// Tells whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    /// Returns the bytes of all texts.
    pub fn bytes(&self) -> usize {
        self.families
            .values()
            .map(|k| k.metadata.help.len() + k.metadata.unit.len() + k.metadata.kind.as_str().len())
            .sum()
    }
}

fn replace_text(slot: &mut String, text: &str) -> bool {
    let changed = slot != text;
    if changed {
        text.clone_into(slot);
    }
    changed
}

/// Tells whether a series belongs to the family whose metadata stood before it: metadata is optional, and broken
/// bodies put series of other metrics behind it.
pub(crate) fn is_of_family(metric: &str, family: &str, kind: MetricType) -> bool {
    let (suffixes, in_family): (&[&str], &[&str]) = match kind {
        MetricType::Counter => (&["_total"], &["_total"]),
        MetricType::Histogram => (&["_bucket", "_sum", "_count"], &[]),
        MetricType::GaugeHistogram => (&["_bucket", "_gsum", "_gcount"], &[]),
        MetricType::Summary => (&["_sum", "_count"], &[]),
        MetricType::Info => (&["_info"], &["_info"]),
        MetricType::Gauge | MetricType::StateSet | MetricType::Unknown => (&[], &[]),
    };
    let cut = |name: &str, suffixes: &[&str]| {
        suffixes.iter().find_map(|s| name.strip_suffix(s)).unwrap_or(name).len()
    };
    metric[..cut(metric, suffixes)] == family[..cut(family, in_family)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scrapes a body that tells the help of these metrics.
    fn scrape(store: &mut MetadataStore, lines: &[(&str, &str)], every_line: bool) {
        store.begin(every_line);
        for (family, help) in lines {
            store.set_type(family, MetricType::Gauge);
            store.set_help(family, help);
        }
        store.end();
    }

    fn known(store: &MetadataStore) -> Vec<(&str, &str)> {
        let mut all: Vec<_> = store.iter().map(|(name, m)| (name, m.help.as_str())).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn metadata_lives_ten_scrapes_longer_than_its_metric() {
        for every_line in [false, true] {
            let mut store = MetadataStore::default();
            scrape(&mut store, &[("m", "Help."), ("n", "Other.")], every_line);
            scrape(&mut store, &[("m", "Help."), ("n", "Other.")], every_line);
            assert_eq!(known(&store), [("m", "Help."), ("n", "Other.")]);
            // The scrape that first lacks it may count as one that told of it.
            for _ in 0..KEPT_SCRAPES {
                scrape(&mut store, &[("m", "Help.")], every_line);
                assert_eq!(store.len(), 2);
            }
            scrape(&mut store, &[("m", "Help.")], every_line);
            scrape(&mut store, &[("m", "Help.")], every_line);
            assert_eq!(known(&store), [("m", "Help.")]);
        }
    }

    #[test]
    fn what_changes_is_noticed_in_whatever_line() {
        let first = [("a", "1"), ("b", "2"), ("c", "3")];
        for changed in [
            &[("a", "x"), ("b", "2"), ("c", "3")][..],
            &[("a", "1"), ("b", "2"), ("c", "x")],
            &[("c", "3"), ("b", "2"), ("a", "1")],
            &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")],
            &[("a", "1"), ("a", "2"), ("b", "2"), ("c", "3")],
        ] {
            let mut store = MetadataStore::default();
            (0..3).for_each(|_| scrape(&mut store, &first, false));
            let mut plain = MetadataStore::default();
            (0..3).for_each(|_| scrape(&mut plain, &first, true));
            for round in 0..3 {
                scrape(&mut store, changed, false);
                scrape(&mut plain, changed, true);
                assert_eq!(known(&store), known(&plain), "{changed:?}, round {round}");
            }
        }
    }

    #[test]
    fn a_change_is_told_in_the_scrape_that_brings_it() {
        let mut store = MetadataStore::default();
        store.begin(true);
        store.set_help("m", "Help.");
        assert_eq!(store.current("m").map(|(m, changed)| (m.help.as_str(), changed)), Some(("Help.", true)));
        store.end();
        store.begin(true);
        store.set_help("m", "Help.");
        assert_eq!(store.current("m").map(|(_, changed)| changed), Some(false));
    }

    #[test]
    fn families_have_suffixes_by_type() {
        for (metric, family, kind, want) in [
            ("a_total", "a", MetricType::Counter, true),
            ("a_total", "a_total", MetricType::Counter, true),
            ("a_bucket", "a", MetricType::Histogram, true),
            ("a_bucket", "a", MetricType::Gauge, false),
            ("ab", "a", MetricType::Gauge, false),
            ("a", "a", MetricType::Summary, true),
            ("a_info", "a", MetricType::Info, true),
        ] {
            assert_eq!(is_of_family(metric, family, kind), want, "{metric} {family} {kind:?}");
        }
    }
}
