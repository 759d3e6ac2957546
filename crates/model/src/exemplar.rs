//! Exemplars: one event that went into a sample, usually with a trace id.

use crate::Labels;

/// One event that went into a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Labels of the event, such as `trace_id`.
    pub labels: Labels,
    /// The event's value.
    pub value: f64,
    /// Milliseconds since the epoch, if the target told it.
    pub timestamp_ms: Option<i64>,
}
