//! What a reader finds, without copying the body.

use model::histogram::HistogramValue;
use model::{Exemplar, Labels, MetricType};
/// A series as it stands in the body. `key` identifies it between scrapes (same bytes, same series),
/// so a scrape cache needs no label parsing; labels are made only for series not seen before.
pub trait SeriesText {
    /// Bytes that name the series: for text formats, metric name and label part as written.
    fn key(&self) -> &[u8];
    /// Builds the labels.
    fn labels(&self) -> Labels;
}

/// One thing found in a body.
pub enum Entry<'a> {
    /// `# TYPE`.
    Type {
        /// Metric family.
        name: &'a str,
        /// Its type.
        kind: MetricType,
    },
    /// `# HELP`, unescaped.
    Help {
        /// Metric family.
        name: &'a str,
        /// The text.
        text: std::borrow::Cow<'a, str>,
    },
    /// `# UNIT`.
    Unit {
        /// Metric family.
        name: &'a str,
        /// The unit.
        unit: &'a str,
    },
    /// A float sample.
    Sample {
        /// Which series.
        series: &'a dyn SeriesText,
        /// Its value.
        value: f64,
        /// Milliseconds, if the target gave a time.
        timestamp_ms: Option<i64>,
        /// When the series started counting, if told.
        start_ms: Option<i64>,
        /// Exemplars of the sample.
        exemplars: &'a [Exemplar],
    },
    /// A native histogram.
    Histogram {
        /// Which series.
        series: &'a dyn SeriesText,
        /// Its value.
        value: HistogramValue,
        /// Milliseconds, if the target gave a time.
        timestamp_ms: Option<i64>,
        /// When the series started counting, if told.
        start_ms: Option<i64>,
        /// Exemplars of the sample.
        exemplars: &'a [Exemplar],
    },
}
