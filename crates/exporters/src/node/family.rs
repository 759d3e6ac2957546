//! Metric families under construction.

use std::collections::{BTreeMap, HashSet};

use exposition::{Metric, MetricFamily, MetricValue};
use model::{Labels, MetricType};

/// Families by name; a name keeps the type and help of its first metric.
#[derive(Default)]
pub(super) struct Families(BTreeMap<String, MetricFamily>);

impl Families {
    /// Adds a metric.
    pub(super) fn add(
        &mut self,
        kind: MetricType,
        name: &str,
        help: &str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        let metric = Metric {
            labels: Labels::from_pairs(labels.iter().copied()),
            value: MetricValue::Number(value, None),
            timestamp_ms: None,
            start_ms: None,
            blank_labels: &[],
        };
        match self.0.get_mut(name) {
            Some(family) => family.metrics.push(metric),
            None => {
                let (help, unit) = (help.to_owned(), String::new());
                let family = MetricFamily { name: name.to_owned(), help, kind, unit, metrics: vec![metric] };
                self.0.insert(name.to_owned(), family);
            }
        }
    }

    /// Adds a gauge.
    pub(super) fn gauge(&mut self, name: &str, help: &str, labels: &[(&str, &str)], value: f64) {
        self.add(MetricType::Gauge, name, help, labels, value);
    }

    /// Adds a counter.
    pub(super) fn counter(&mut self, name: &str, help: &str, labels: &[(&str, &str)], value: f64) {
        self.add(MetricType::Counter, name, help, labels, value);
    }

    /// Adds a whole family. Where the name is taken by another type, or a metric by the same labels, what is known stays:
    /// files of others must not break the page.
    pub(super) fn add_family(&mut self, family: MetricFamily) {
        let Some(known) = self.0.get_mut(&family.name) else {
            self.0.insert(family.name.clone(), family);
            return;
        };
        if known.kind == family.kind {
            let taken: HashSet<Labels> = known.metrics.iter().map(|m| m.labels.clone()).collect();
            known.metrics.extend(family.metrics.into_iter().filter(|m| !taken.contains(&m.labels)));
        }
    }

    /// Adds all of another set.
    pub(super) fn extend(&mut self, other: Families) {
        other.0.into_values().for_each(|family| self.add_family(family));
    }

    /// Returns the families, sorted by name.
    pub(super) fn into_sorted(self) -> Vec<MetricFamily> {
        self.0.into_values().collect()
    }
}
