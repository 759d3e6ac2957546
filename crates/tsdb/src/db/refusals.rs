//! What the bounds on new series came to, for metrics, the API and the log.

use super::Inner;
use super::stats::NamedCount;
use crate::head::{Admission, Refusal};

/// Names in the line that the log gets.
const LOGGED_NAMES: usize = 3;

/// New series that were refused since the process started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// How many, by reason; each reason once.
    pub by_reason: Vec<(&'static str, u64)>,
    /// How many by metric, job and instance, written `label=value`; the most first. Not all are known.
    pub origins: Vec<NamedCount>,
    /// Labels by the estimated number of different values that the refused series have.
    pub labels: Vec<ExplodedLabel>,
}

/// A label of refused series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplodedLabel {
    /// Its name.
    pub name: String,
    /// How many different values there are, roughly; from some thousands on "at least".
    pub values: u64,
    /// One of the values.
    pub example: String,
}

impl Refusals {
    pub(super) fn of(admission: &Admission, limit: usize) -> Refusals {
        let found = admission.explosion(limit);
        Refusals {
            by_reason: Refusal::ALL.iter().map(|r| (r.name(), admission.refused(*r))).collect(),
            origins: found.origins.into_iter().map(|(name, value)| NamedCount { name, value }).collect(),
            labels: found
                .labels
                .into_iter()
                .map(|(name, values, example)| ExplodedLabel { name, values, example })
                .collect(),
        }
    }
}

impl Inner {
    /// Logs, once a round, that new series were refused, and what they have in common.
    pub(super) fn report_refusals(&self) {
        let admission = self.head.admission();
        let refused = admission.refused_in_all();
        let before = self.counters.refusals_logged.swap(refused, std::sync::atomic::Ordering::Relaxed);
        if refused == before {
            return;
        }
        let found = admission.explosion(LOGGED_NAMES);
        let origins = found.origins.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ");
        let label = found.labels.first().map_or("", |(name, _, _)| name.as_str());
        let (limit, in_use) = (self.options.budget.limit(), self.options.budget.in_use());
        tracing::warn!(
            series = refused - before,
            of = %origins,
            label_with_most_values = %label,
            memory_bytes = in_use,
            memory_limit_bytes = limit,
            "new series refused; known series keep their samples"
        );
    }
}
