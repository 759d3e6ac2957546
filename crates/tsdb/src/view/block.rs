//! A block as a part of a view.

use std::sync::Arc;

use model::{Exemplar, Labels, Matcher};
use storage::{Cancel, LabelQuery, Select, SelectError, SelectRequest, SeriesSet, TimeRange};

use super::MergedSeries;
use crate::block::Block;

/// A block that can be selected from.
#[derive(Clone, Debug)]
pub struct BlockView(pub Arc<Block>);

impl Select for BlockView {
    fn select(&self, request: &SelectRequest<'_>) -> Result<Box<dyn SeriesSet>, SelectError> {
        let set = self.0.select(request)?;
        if request.limit > 0 && set.len() > request.limit {
            return Ok(Box::new(MergedSeries::merge(vec![Box::new(set)], request)?));
        }
        Ok(Box::new(set))
    }

    fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(limited(self.0.label_names(query, &Cancel::default())?, query.limit))
    }

    fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        Ok(limited(self.0.label_values(name, query, &Cancel::default())?, query.limit))
    }

    fn exemplars(
        &self,
        _matcher_sets: &[Vec<Matcher>],
        _range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        Ok(Vec::new()) // exemplars live in memory and in the log only
    }
}

fn limited(mut strings: Vec<String>, limit: usize) -> Vec<String> {
    if limit > 0 {
        strings.truncate(limit);
    }
    strings
}
