//! Metric families under construction.

use std::collections::BTreeMap;

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

    /// Adds all of another set. Collectors do not share names.
    pub(super) fn extend(&mut self, other: Families) {
        self.0.extend(other.0);
    }

    /// Returns the families, sorted by name.
    pub(super) fn into_sorted(self) -> Vec<MetricFamily> {
        self.0.into_values().collect()
    }
}
