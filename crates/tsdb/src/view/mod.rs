//! Several sources of samples, each for its part of time, as one view: blocks by time, the head last.
//!
//! Invariants: 1. A series is one set of labels, whichever parts it stands in; with a projection two series may look
//! alike and are still two.  2. Of samples with one timestamp the earlier part's counts.

mod block;
mod head;
mod series;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use block::BlockView;
pub use head::HeadPart;
use model::{Exemplar, Labels, Matcher};
pub use series::MergedSeries;
use storage::{LabelQuery, Select, SelectError, SelectRequest, SeriesSet, TimeRange};

/// A view over parts.
pub struct MergedView {
    parts: Vec<Arc<dyn Select>>,
}

impl MergedView {
    /// Builds a view of parts, which are in the order of their time.
    pub fn new(parts: Vec<Arc<dyn Select>>) -> MergedView {
        MergedView { parts }
    }

    /// Gathers strings from all parts: sorted, each once.
    fn strings(
        &self,
        limit: usize,
        ask: impl Fn(&dyn Select) -> Result<Vec<String>, SelectError>,
    ) -> Result<Vec<String>, SelectError> {
        let mut found = Vec::new();
        for part in &self.parts {
            found.extend(ask(&**part)?);
        }
        found.sort_unstable();
        found.dedup();
        if limit > 0 {
            found.truncate(limit);
        }
        Ok(found)
    }
}

impl Select for MergedView {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        if let [part] = &self.parts[..] {
            return part.select(request);
        }
        // Which series are the same is seen from all their labels only, so parts return all and we project.
        let whole = SelectRequest { projection: None, sorted: false, limit: 0, ..request.clone() };
        let sets = self.parts.iter().map(|p| p.select(&whole)).collect::<Result<Vec<_>, _>>()?;
        Ok(Box::new(MergedSeries::merge(sets, request)?))
    }

    fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        self.strings(query.limit, |part| part.label_names(query))
    }

    fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        self.strings(query.limit, |part| part.label_values(name, query))
    }

    fn exemplars(
        &self,
        matcher_sets: &[Vec<Matcher>],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        let mut found: BTreeMap<Labels, Vec<Exemplar>> = BTreeMap::new();
        for part in &self.parts {
            for (labels, exemplars) in part.exemplars(matcher_sets, range)? {
                found.entry(labels).or_default().extend(exemplars);
            }
        }
        Ok(found.into_iter().collect())
    }
}
