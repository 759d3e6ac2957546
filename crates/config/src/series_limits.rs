//! `storage.bongsu.series_limits`: bounds on the series of a job, a tenant, or whatever a label tells.
//!
//! ```yaml
//! storage:
//!   bongsu:
//!     series_limits:
//!       - label: job          # each job on its own
//!         max_series: 500000
//!       - label: tenant       # one value only
//!         value: trial
//!         max_series: 10000
//! ```
//! Over a bound new series are refused and known ones keep their samples. All bounds that concern a series hold.

use yaml::write::Map;
use yaml::{Fields, Read, Value};

/// Labels that can be bounded at a time: each costs a look at every new series.
const LIMITS_MAX: usize = 1000;

/// A bound on the series that carry a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesLimit {
    /// The label.
    pub label: String,
    /// The value it is about; `None` for each value on its own.
    pub value: Option<String>,
    /// Most series with one value.
    pub max_series: u64,
}

impl Read for SeriesLimit {
    fn read(value: &Value<'_>) -> Option<SeriesLimit> {
        value.fields(|f| {
            let (label, max_series) = (f.required::<String>("label"), f.required("max_series"));
            if label.as_ref().is_some_and(String::is_empty) {
                f.problem("label", "the label of a series limit must not be empty");
            }
            let given: Option<String> = f.optional("value");
            if given.as_ref().is_some_and(String::is_empty) {
                f.problem(
                    "value",
                    "a series limit cannot be about the empty value; leave it out to mean each value",
                );
            }
            Some(SeriesLimit { label: label?, value: given, max_series: max_series? })
        })
    }
}

/// Reads the list; a label and value may stand in it once.
pub(crate) fn read(f: &Fields<'_>) -> Vec<SeriesLimit> {
    let mut limits: Vec<SeriesLimit> = Vec::new();
    let items = f.get("series_limits").and_then(|v| v.items()).unwrap_or_default();
    if items.len() > LIMITS_MAX {
        f.problem(
            "series_limits",
            format!("{} series limits, of which {LIMITS_MAX} are allowed", items.len()),
        );
    }
    for item in items {
        let Some(limit) = SeriesLimit::read(&item) else { continue };
        if limits.iter().any(|l| l.label == limit.label && l.value == limit.value) {
            let whose = limit.value.as_deref().unwrap_or("each value");
            item.problem(format!("a second series limit for {whose} of label {:?}", limit.label));
        }
        limits.push(limit);
    }
    limits
}

pub(crate) fn to_yaml(limits: &[SeriesLimit]) -> Vec<Map> {
    limits
        .iter()
        .map(|limit| {
            let mut map = Map::new();
            map.put("label", limit.label.clone());
            if let Some(value) = &limit.value {
                map.put("value", value.clone());
            }
            map.put("max_series", limit.max_series);
            map
        })
        .collect()
}
