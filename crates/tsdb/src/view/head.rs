//! The head as a part of a view.

use std::sync::Arc;

use model::{Exemplar, Labels, Matcher};
use storage::{LabelQuery, Select, SelectError, SelectRequest, SeriesSet, TimeRange};

use crate::head::HeadView;

/// The head that can be selected from.
pub struct HeadPart(pub Arc<HeadView>);

impl Select for HeadPart {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        Ok(Box::new(self.0.select(request)?))
    }

    fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        self.0.label_names(query)
    }

    fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        self.0.label_values(name, query)
    }

    fn exemplars(
        &self,
        matcher_sets: &[Vec<Matcher>],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        Ok(self.0.exemplars(matcher_sets, range))
    }
}
