//! All metrics of one process.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use exposition::{Metric, MetricFamily, MetricValue};
use model::labels::is_legacy_metric_name;
use model::{Labels, MetricType};
use parking_lot::Mutex;

use crate::family::Instrument;
use crate::{Counter, Family, Gauge, Histogram, Summary};

/// All metrics of one process, or of one test. Clones share them.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<Inner>>);

type Collector = Arc<dyn Fn(&mut Vec<MetricFamily>) + Send + Sync>;

#[derive(Default)]
struct Inner {
    names: HashSet<String>,
    collectors: Vec<Collector>,
}

/// # Panics
/// All methods that take a metric name panic when the name is taken or is no classic metric name.
impl Registry {
    /// Returns an empty registry.
    pub fn new() -> Registry {
        Registry::default()
    }

    /// Registers a counter.
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        self.single(name, help, ())
    }

    /// Registers a gauge.
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.single(name, help, ())
    }

    /// Registers a histogram with upper bounds; +Inf is always there.
    pub fn histogram(&self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        self.single(name, help, bounds.into())
    }

    /// Registers a summary with quantiles (0 to 1) over the last ten minutes.
    pub fn summary(&self, name: &str, help: &str, quantiles: &[f64]) -> Summary {
        self.single(name, help, quantiles.into())
    }

    /// Registers a family of counters.
    pub fn counter_family(&self, name: &str, help: &str, label_names: &[&str]) -> Family<Counter> {
        self.family(name, help, label_names, ())
    }

    /// Registers a family of gauges.
    pub fn gauge_family(&self, name: &str, help: &str, label_names: &[&str]) -> Family<Gauge> {
        self.family(name, help, label_names, ())
    }

    /// Registers a family of histograms.
    pub fn histogram_family(
        &self,
        name: &str,
        help: &str,
        label_names: &[&str],
        bounds: &[f64],
    ) -> Family<Histogram> {
        self.family(name, help, label_names, bounds.into())
    }

    /// Registers a family of summaries.
    pub fn summary_family(
        &self,
        name: &str,
        help: &str,
        label_names: &[&str],
        quantiles: &[f64],
    ) -> Family<Summary> {
        self.family(name, help, label_names, quantiles.into())
    }

    /// Registers a gauge whose value is asked for at each gathering.
    pub fn gauge_fn(&self, name: &str, help: &str, value: impl Fn() -> f64 + Send + Sync + 'static) {
        self.computed(name, help, MetricType::Gauge, value);
    }

    /// Registers a counter whose value is asked for at each gathering.
    pub fn counter_fn(&self, name: &str, help: &str, value: impl Fn() -> f64 + Send + Sync + 'static) {
        self.computed(name, help, MetricType::Counter, value);
    }

    /// Registers a callback that adds whole families at each gathering; for numbers that are kept elsewhere.
    /// Families of one name from several callbacks are merged; their metrics must differ in labels.
    pub fn register(&self, collect: impl Fn(&mut Vec<MetricFamily>) + Send + Sync + 'static) {
        self.0.lock().collectors.push(Arc::new(collect));
    }

    /// Reads all metrics. Families are sorted by name and hold at least one metric; metrics are sorted by labels.
    pub fn gather(&self) -> Vec<MetricFamily> {
        // Collectors run without the lock: they may take their time, or register.
        let collectors = self.0.lock().collectors.clone();
        let mut found = Vec::new();
        for collect in collectors {
            collect(&mut found);
        }
        let mut by_name: BTreeMap<String, MetricFamily> = BTreeMap::new();
        for family in found.into_iter().filter(|f| !f.metrics.is_empty()) {
            match by_name.get_mut(&family.name) {
                Some(known) => known.metrics.extend(family.metrics),
                None => drop(by_name.insert(family.name.clone(), family)),
            }
        }
        let mut families: Vec<MetricFamily> = by_name.into_values().collect();
        for family in &mut families {
            family.metrics.sort_by(|a, b| a.labels.cmp(&b.labels));
            debug_assert!(
                family.metrics.windows(2).all(|w| w[0].labels != w[1].labels),
                "metric {} was collected twice with the same labels",
                family.name
            );
            family.metrics.dedup_by(|a, b| a.labels == b.labels);
        }
        families
    }

    fn single<M: Instrument>(&self, name: &str, help: &str, options: M::Options) -> M {
        self.family::<M>(name, help, &[], options).with(&[])
    }

    fn family<M: Instrument>(
        &self,
        name: &str,
        help: &str,
        label_names: &[&str],
        options: M::Options,
    ) -> Family<M> {
        self.claim(name);
        let family = Family::new(name, help, label_names, options);
        let members = family.clone();
        self.register(move |out| out.push(members.gather()));
        family
    }

    fn computed(
        &self,
        name: &str,
        help: &str,
        kind: MetricType,
        value: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        self.claim(name);
        let (name, help) = (name.to_owned(), help.to_owned());
        self.register(move |out| out.push(number(&name, &help, kind, [(Labels::empty(), value())])));
    }

    fn claim(&self, name: &str) {
        assert!(is_legacy_metric_name(name), "not a metric name: {name:?}");
        assert!(self.0.lock().names.insert(name.to_owned()), "metric {name} is registered twice");
    }
}

/// Builds a family of plain numbers, for collectors.
pub fn number(
    name: &str,
    help: &str,
    kind: MetricType,
    metrics: impl IntoIterator<Item = (Labels, f64)>,
) -> MetricFamily {
    let metrics = metrics.into_iter().map(|(labels, value)| Metric {
        labels,
        value: MetricValue::Number(value, None),
        timestamp_ms: None,
        start_ms: None,
        blank_labels: &[],
    });
    MetricFamily {
        name: name.to_owned(),
        help: help.to_owned(),
        kind,
        unit: String::new(),
        metrics: metrics.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(families: &[MetricFamily]) -> Vec<String> {
        let mut lines = Vec::new();
        for f in families {
            for m in &f.metrics {
                lines.push(format!("{} {}{} {:?}", f.kind.as_str(), f.name, m.labels, m.value));
            }
        }
        lines
    }

    #[test]
    fn gathers_sorted() {
        let registry = Registry::new();
        let requests = registry.counter_family("b_total", "B.", &["code", "handler"]);
        requests.with(&["500", "/"]).inc_by(2);
        requests.with(&["200", "/x"]).inc();
        requests.with(&["200", "/"]).add(0.5);
        requests.with(&["500", "/"]).inc();
        registry.gauge("a", "A.").set(7.0);
        registry.gauge_fn("c", "C.", || 3.0);
        registry.register(|out| {
            out.push(number("aa", "AA.", MetricType::Gauge, [(Labels::from_pairs([("x", "2")]), 2.0)]));
            out.push(number("aa", "AA.", MetricType::Gauge, [(Labels::from_pairs([("x", "1")]), 1.0)]));
        });
        registry.counter_family("empty_total", "Never touched.", &["x"]);
        assert_eq!(
            text(&registry.gather()),
            [
                r#"gauge a{} Number(7.0, None)"#,
                r#"gauge aa{x="1"} Number(1.0, None)"#,
                r#"gauge aa{x="2"} Number(2.0, None)"#,
                r#"counter b_total{code="200", handler="/"} Number(0.5, None)"#,
                r#"counter b_total{code="200", handler="/x"} Number(1.0, None)"#,
                r#"counter b_total{code="500", handler="/"} Number(3.0, None)"#,
                r#"gauge c{} Number(3.0, None)"#,
            ]
        );
        assert!(requests.remove(&["200", "/"]) && !requests.remove(&["200", "/"]));
        requests.retain(|values| values[0] == "500");
        assert_eq!(registry.gather()[2].metrics.len(), 1);
    }

    #[test]
    fn histograms_are_cumulative() {
        let registry = Registry::new();
        let h = registry.histogram("h", "H.", &[1.0, 2.0]);
        for v in [0.5, 1.0, 1.5, 9.0] {
            h.observe(v);
        }
        let want = MetricValue::Histogram {
            buckets: vec![(1.0, 2.0, None), (2.0, 3.0, None), (f64::INFINITY, 4.0, None)],
            sum: 12.0,
            count: 4.0,
            native: None,
        };
        assert_eq!(registry.gather()[0].metrics[0].value, want);
    }

    #[test]
    #[should_panic(expected = "metric x_total is registered twice")]
    fn a_name_is_registered_once() {
        let registry = Registry::new();
        registry.counter("x_total", "X.");
        registry.gauge("x_total", "X.");
    }

    #[test]
    fn counters_add_up_across_threads() {
        let registry = Registry::new();
        let family = registry.counter_family("n_total", "N.", &["k"]);
        std::thread::scope(|s| {
            for t in 0..4 {
                let family = &family;
                s.spawn(move || {
                    for i in 0..1000 {
                        family.with(&[if (i + t) % 2 == 0 { "a" } else { "b" }]).add(0.5);
                    }
                });
            }
        });
        assert_eq!(family.with(&["a"]).get() + family.with(&["b"]).get(), 2000.0);
    }
}
