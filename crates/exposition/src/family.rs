//! Metric families in memory: what our own registry and the exporters produce, and what the writers print.

use model::histogram::FloatHistogram;
use model::{Exemplar, Labels, MetricType};

/// All metrics of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFamily {
    /// Name as in the classic text format (counters end in `_total`).
    pub name: String,
    /// Help text, unescaped.
    pub help: String,
    /// Type.
    pub kind: MetricType,
    /// Unit, or `""`.
    pub unit: String,
    /// The metrics; labels without the name.
    pub metrics: Vec<Metric>,
}

/// One metric of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Labels without the metric name.
    pub labels: Labels,
    /// Its value.
    pub value: MetricValue,
    /// Milliseconds since the epoch, if it is not "now".
    pub timestamp_ms: Option<i64>,
    /// When it started counting.
    pub start_ms: Option<i64>,
    /// Names of labels to be written with an empty value, which [`Labels`] cannot hold: they keep a reader that honors
    /// labels from adding its own.
    pub blank_labels: &'static [&'static str],
}

impl Metric {
    /// Returns the labels as they are written, blank ones last.
    pub(crate) fn written_labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().chain(self.blank_labels.iter().map(|name| (*name, "")))
    }
}

/// The value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricValue {
    /// A counter, gauge, info or untyped number, with its exemplar.
    Number(f64, Option<Exemplar>),
    /// Classic histogram: `(upper bound, cumulative count, exemplar)`, increasing, with or without +Inf.
    Histogram {
        /// Cumulative buckets.
        buckets: Vec<(f64, f64, Option<Exemplar>)>,
        /// Sum of observations.
        sum: f64,
        /// Number of observations.
        count: f64,
        /// The native side, if there is one.
        native: Option<Box<FloatHistogram>>,
    },
    /// Summary: `(quantile, value)`.
    Summary {
        /// Quantiles.
        quantiles: Vec<(f64, f64)>,
        /// Sum of observations.
        sum: f64,
        /// Number of observations.
        count: f64,
    },
}
