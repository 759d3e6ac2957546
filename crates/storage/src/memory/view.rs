//! Reading: filters over everything.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Exemplar, Labels, Matcher};

use super::State;
use super::series::SeriesData;
use crate::error::SelectError;
use crate::samples::Samples;
use crate::select::{LabelQuery, Select, SelectRequest, SeriesSet, TimeRange};

/// What Prometheus says when a limit cut an answer short.
const TRUNCATED: &str = "results truncated due to limit";

pub(super) struct View {
    state: Arc<State>,
}

impl View {
    pub(super) fn new(state: Arc<State>) -> View {
        View { state }
    }

    fn label_series(&self, query: &LabelQuery<'_>) -> impl Iterator<Item = &Labels> {
        let near = |(labels, series): (&'_ Labels, &Arc<SeriesData>)| {
            passes_any(labels, query.matcher_sets) && series.has_samples(query.range)
        };
        self.state
            .by_labels
            .iter()
            .filter(move |(labels, series)| near((labels, series)))
            .map(|(labels, _)| labels)
    }
}

fn passes(labels: &Labels, matchers: &[Matcher]) -> bool {
    matchers.iter().all(|m| m.matches(labels.get(&m.name)))
}

fn passes_any(labels: &Labels, matcher_sets: &[Vec<Matcher>]) -> bool {
    matcher_sets.is_empty() || matcher_sets.iter().any(|matchers| passes(labels, matchers))
}

fn cut(mut found: Vec<String>, limit: usize) -> Vec<String> {
    if limit > 0 {
        found.truncate(limit);
    }
    found
}

impl Select for View {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        let mut found = Vec::new();
        let mut truncated = false;
        for (labels, series) in &self.state.by_labels {
            request.cancel.check()?;
            if !passes(labels, request.matchers) || !series.has_samples(request.range) {
                continue;
            }
            if request.limit > 0 && found.len() == request.limit {
                truncated = true;
                break;
            }
            found.push((labels.clone(), series.clone()));
        }
        Ok(Box::new(Found { series: found, truncated }))
    }

    fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        let names: BTreeSet<&str> =
            self.label_series(query).flat_map(|labels| labels.iter().map(|(name, _)| name)).collect();
        Ok(cut(names.into_iter().map(str::to_owned).collect(), query.limit))
    }

    fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        let values: BTreeSet<&str> =
            self.label_series(query).map(|labels| labels.get(name)).filter(|v| !v.is_empty()).collect();
        Ok(cut(values.into_iter().map(str::to_owned).collect(), query.limit))
    }

    fn exemplars(
        &self,
        matcher_sets: &[Vec<Matcher>],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        let inside =
            |e: &&Exemplar| e.timestamp_ms.is_some_and(|t| (range.min_ms..=range.max_ms).contains(&t));
        let of_series = |(labels, series): (&Labels, &Arc<SeriesData>)| {
            (labels.clone(), series.exemplars.iter().filter(inside).cloned().collect::<Vec<_>>())
        };
        let series = self.state.by_labels.iter().filter(|(labels, _)| passes_any(labels, matcher_sets));
        Ok(series.map(of_series).filter(|(_, exemplars)| !exemplars.is_empty()).collect())
    }
}

struct Found {
    series: Vec<(Labels, Arc<SeriesData>)>,
    truncated: bool,
}

impl SeriesSet for Found {
    fn len(&self) -> usize {
        self.series.len()
    }

    fn labels(&self, i: usize) -> Labels {
        self.series[i].0.clone()
    }

    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        self.series[i].1.read(range, out);
        Ok(())
    }

    fn warnings(&self) -> Vec<String> {
        if self.truncated { vec![TRUNCATED.to_owned()] } else { Vec::new() }
    }
}
