//! Reading and writing metrics: Prometheus text, OpenMetrics, Prometheus protobuf.
//!
//! Main types: [`Entry`] (what a reader finds next in a body), [`family::MetricFamily`] (what a writer prints).

pub mod entry;
pub mod family;

pub use entry::{Entry, SeriesText};
pub use family::{Metric, MetricFamily, MetricValue};
