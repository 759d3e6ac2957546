//! What a metric is: its type, unit and help text.

/// The type of a metric, as exposition formats name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum MetricType {
    /// Only goes up, except at a reset.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Classic or native histogram of events.
    Histogram,
    /// Histogram of current states.
    GaugeHistogram,
    /// Quantiles computed by the client.
    Summary,
    /// Constant 1 with facts in labels.
    Info,
    /// One series per state, 0 or 1.
    StateSet,
    /// Not told.
    #[default]
    Unknown,
}

impl MetricType {
    /// Returns the name used in the HTTP API and in OpenMetrics (`unknown`, not `untyped`).
    pub fn as_str(self) -> &'static str {
        match self {
            MetricType::Counter => "counter",
            MetricType::Gauge => "gauge",
            MetricType::Histogram => "histogram",
            MetricType::GaugeHistogram => "gaugehistogram",
            MetricType::Summary => "summary",
            MetricType::Info => "info",
            MetricType::StateSet => "stateset",
            MetricType::Unknown => "unknown",
        }
    }
}

/// What is told about a metric besides its samples.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Metadata {
    /// The type.
    pub kind: MetricType,
    /// The unit, or `""`.
    pub unit: String,
    /// The help text, or `""`.
    pub help: String,
}
