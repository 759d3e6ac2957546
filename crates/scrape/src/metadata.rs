//! What a target tells about its metrics besides samples: type, unit, help.

use std::collections::HashMap;

use model::{Metadata, MetricType};

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
    scrape: u32,
}

#[derive(Debug, Default)]
struct Known {
    metadata: Metadata,
    seen: u32,
    changed: u32,
}

impl MetadataStore {
    /// Starts a scrape.
    pub(crate) fn begin(&mut self) {
        self.scrape += 1;
    }

    /// Forgets metrics that have not been told of for a while.
    pub(crate) fn end(&mut self) {
        let oldest = self.scrape.saturating_sub(KEPT_SCRAPES);
        self.families.retain(|_, known| known.seen >= oldest);
    }

    pub(crate) fn set_type(&mut self, family: &str, kind: MetricType) {
        self.change(family, |m| std::mem::replace(&mut m.kind, kind) != kind);
    }

    pub(crate) fn set_help(&mut self, family: &str, help: &str) {
        let end = help.char_indices().nth(HELP_BYTES_MAX).map_or(help.len(), |(i, _)| i);
        self.change(family, |m| replace_text(&mut m.help, &help[..end]));
    }

    pub(crate) fn set_unit(&mut self, family: &str, unit: &str) {
        self.change(family, |m| replace_text(&mut m.unit, unit));
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

    #[test]
    fn metadata_lives_ten_scrapes_longer_than_its_metric() {
        let mut store = MetadataStore::default();
        store.begin();
        store.set_type("m", MetricType::Gauge);
        store.set_help("m", "Help.");
        assert_eq!(store.current("m").map(|(m, changed)| (m.kind, changed)), Some((MetricType::Gauge, true)));
        for _ in 0..KEPT_SCRAPES {
            store.end();
            store.begin();
        }
        assert_eq!(store.current("m").map(|(m, changed)| (m.help.as_str(), changed)), Some(("Help.", false)));
        store.end();
        assert_eq!(store.len(), 1);
        store.begin();
        store.end();
        assert!(store.is_empty());
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
