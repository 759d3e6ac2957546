//! A storage of one selection, for benches and examples: whatever is asked for, the answer is the same series.

use std::sync::Arc;

use model::{Exemplar, Labels, Matcher};
use storage::{LabelQuery, Queryable, Samples, Select, SelectError, SelectRequest, SeriesSet, TimeRange};

/// The series of the selection, which are cheap to clone.
pub trait Fixed: SeriesSet + Clone + 'static {}

/// Storage and selection.
pub struct Storage<S>(S);

/// A storage of these series.
pub fn storage<S: Fixed>(series: S) -> Arc<dyn Queryable> {
    Arc::new(Storage(series))
}

impl<S: Fixed> Select for Storage<S> {
    fn select(&self, _: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        Ok(Box::new(self.0.clone()))
    }
    fn label_names(&self, _: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(Vec::new())
    }
    fn label_values(&self, _: &str, _: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(Vec::new())
    }
    fn exemplars(
        &self,
        _: &[Vec<Matcher>],
        _: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        Ok(Vec::new())
    }
}

impl<S: Fixed> Queryable for Storage<S> {
    fn view(&self, _: TimeRange) -> Result<Arc<dyn Select>, SelectError> {
        Ok(Arc::new(Storage(self.0.clone())))
    }
}

/// Appends the samples of some columns that lie in a range.
#[allow(dead_code, reason = "not every program has columns")]
pub fn read_columns(samples: &Samples, range: TimeRange, out: &mut Samples) {
    let from = samples.t.partition_point(|t| *t < range.min_ms);
    let to = samples.t.partition_point(|t| *t <= range.max_ms);
    out.t.extend_from_slice(&samples.t[from..to]);
    out.v.extend_from_slice(&samples.v[from..to]);
}

/// The labels of series `i` of 50 jobs.
#[allow(dead_code, reason = "not every program has many series")]
pub fn labels(name: &str, i: usize) -> Labels {
    let (instance, job) = (format!("host-{i}"), format!("job-{}", i % 50));
    let le = ["0.1", "1", "10", "+Inf"][i % 4];
    Labels::from_pairs([("__name__", name), ("instance", &instance), ("job", &job), ("le", le)])
}
