//! A series' name within a query, and what becomes of its metric name.

use hashbrown::HashMap;
use model::Labels;
use model::labels::METRIC_NAME;

use super::source::Series;
use super::stop::Stop;
use crate::error::QueryError;

/// Prometheus's words for two results with one label set.
pub(crate) const SAME_LABELSET: &str = "vector cannot contain metrics with the same labelset";

/// The label with a metric's type (`type-and-unit-labels`).
pub(crate) const METRIC_TYPE: &str = "__type__";
/// The label with a metric's unit (`type-and-unit-labels`).
const METRIC_UNIT: &str = "__unit__";

/// Labels of a series in the middle of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The labels.
    pub labels: Labels,
    /// The name is still among them and is dropped at the end of the query (`promql-delayed-name-removal`).
    pub drop_name: bool,
}

/// Tells whether a label describes the metric rather than the series: its name, type and unit.
pub(crate) fn is_metadata(name: &str) -> bool {
    matches!(name, METRIC_NAME | METRIC_TYPE | METRIC_UNIT)
}

/// Removes name, type and unit.
pub(crate) fn without_metadata(labels: &Labels) -> Labels {
    if labels.iter().any(|(n, _)| is_metadata(n)) {
        labels.filtered(|n| !is_metadata(n))
    } else {
        labels.clone()
    }
}

impl Head {
    /// A series with these labels.
    pub(crate) fn new(labels: Labels) -> Head {
        Head { labels, drop_name: false }
    }

    /// Drops the name now, or has it dropped at the end.
    pub(crate) fn nameless(self, delayed: bool) -> Head {
        if delayed {
            Head { drop_name: true, ..self }
        } else {
            Head { labels: without_metadata(&self.labels), drop_name: true }
        }
    }
}

/// What to do with series that have the same labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// Put them together; an error if two have values at one step.
    Join,
    /// An error, whenever both have values.
    Refuse,
}

/// Puts series with equal labels together, in the place of the first.
///
/// # Errors
/// [`SAME_LABELSET`], and what ends the query.
pub(crate) fn join_repeated(
    stop: &Stop,
    series: Vec<Series>,
    repeated: Repeated,
) -> Result<Vec<Series>, QueryError> {
    let mut places: HashMap<Labels, usize, foldhash::fast::RandomState> = HashMap::default();
    places.reserve(series.len());
    let mut joined: Vec<Series> = Vec::with_capacity(series.len());
    for (i, s) in series.into_iter().enumerate() {
        stop.check_at(i)?;
        match places.entry(s.head.labels.clone()) {
            hashbrown::hash_map::Entry::Vacant(place) => {
                place.insert(joined.len());
                joined.push(s);
            }
            hashbrown::hash_map::Entry::Occupied(place) => {
                let first = &mut joined[*place.get()];
                if repeated == Repeated::Refuse || !first.column.join(&s.column) {
                    return Err(QueryError::execution(SAME_LABELSET));
                }
            }
        }
    }
    Ok(joined)
}
