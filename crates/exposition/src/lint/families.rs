//! The metric families of a body, as far as advice needs them.

use std::collections::{BTreeMap, HashSet};

use model::labels::{BUCKET_LABEL, METRIC_NAME, QUANTILE_LABEL};
use model::{Labels, MetricType};

use crate::entry::Entry;
use crate::error::ParseError;
use crate::text::TextReader;

/// A metric family with at least one sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) kind: MetricType,
    pub(super) has_help: bool,
    /// Labels of each metric, without name and without the bound of a histogram's or summary's part. The parts of one
    /// histogram or summary are one metric.
    pub(super) metrics: Vec<Labels>,
    pub(super) samples: usize,
    /// The histograms or summaries among `metrics`, to find those of which a part came before.
    known: HashSet<Labels>,
}

/// Families by name.
#[derive(Debug, Default)]
pub(super) struct Families(BTreeMap<String, Family>);

impl Families {
    pub(super) fn read(body: &[u8]) -> Result<Families, ParseError> {
        let mut families = Families::default();
        let mut reader = TextReader::new(body);
        while reader.advance()? {
            match reader.entry() {
                Entry::Help { name, .. } => families.of(name).has_help = true,
                Entry::Type { name, kind } => families.of(name).kind = kind,
                Entry::Sample { series, .. } => families.add(&series.labels()?),
                // The text format has neither.
                Entry::Unit { .. } | Entry::Histogram { .. } => {}
            }
        }
        families.0.retain(|_, family| !family.metrics.is_empty());
        Ok(families)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Family> {
        self.0.values()
    }

    fn of(&mut self, name: &str) -> &mut Family {
        let family = self.0.entry(name.to_owned()).or_default();
        name.clone_into(&mut family.name);
        family
    }

    fn add(&mut self, labels: &Labels) {
        let name = self.family_name(labels.name()).to_owned();
        let family = self.of(&name);
        family.samples += 1;
        let bound = match family.kind {
            MetricType::Histogram => BUCKET_LABEL,
            MetricType::Summary => QUANTILE_LABEL,
            _simple => {
                family.metrics.push(labels.without_name());
                return;
            }
        };
        let labels = labels.without(&[METRIC_NAME, bound]);
        if family.known.insert(labels.clone()) {
            family.metrics.push(labels);
        }
    }

    /// Finds the histogram or summary that a sample is a part of; else the sample's name is the family's.
    fn family_name<'n>(&self, name: &'n str) -> &'n str {
        let is = |stem: &str, kinds: &[MetricType]| self.0.get(stem).is_some_and(|f| kinds.contains(&f.kind));
        let parts: [(&str, &[MetricType]); 3] = [
            ("_bucket", &[MetricType::Histogram]),
            ("_count", &[MetricType::Histogram, MetricType::Summary]),
            ("_sum", &[MetricType::Histogram, MetricType::Summary]),
        ];
        let stem = |(suffix, kinds): &(&str, &[MetricType])| {
            name.strip_suffix(suffix).filter(|stem| is(stem, kinds))
        };
        parts.iter().find_map(stem).unwrap_or(name)
    }
}
