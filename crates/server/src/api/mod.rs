//! `/api/v1`: one file per family of endpoints; their one list is in [`crate::router`].

pub mod active_queries;
pub mod admin;
pub mod backfill;
pub mod backtest;
pub mod exemplars;
pub mod features;
pub mod metadata;
pub mod notifications;
pub mod openapi;
pub mod parse;
pub mod query;
pub mod read;
pub mod rules;
pub mod search;
pub mod self_metrics;
pub mod series;
pub mod status;
pub mod targets;
pub mod tsdb;
pub mod write;

use model::Labels;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A label set as a JSON object.
pub(crate) struct LabelsJson<'a>(pub(crate) &'a Labels);

impl Serialize for LabelsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Prints milliseconds as RFC 3339 in UTC; `None` is Go's zero time.
pub(crate) fn rfc3339(t_ms: Option<i64>) -> String {
    match t_ms.map(jiff::Timestamp::from_millisecond) {
        Some(Ok(t)) => t.to_string(),
        Some(Err(_)) | None => "0001-01-01T00:00:00Z".to_owned(),
    }
}
