//! Remote read, answering: other servers ask for the samples of selected series.
//!
//! A [`Request`] is answered whole by [`samples`], or as a stream of chunks by [`chunks`], which holds one series at a time and is what
//! Thanos asks for. External labels are added to each series, and a selector's equality with one is taken out before
//! the storage is asked, which does not know them.
//!
//! Source: Prometheus 3.14 `storage/remote/read_handler.go`, `codec.go`, `chunked.go`, `prompb/remote.proto`.

mod chunks;
mod error;
mod request;
mod samples;

#[cfg(test)]
mod tests;

pub use chunks::chunks;
pub use error::ReadError;
use model::{Labels, MatchOp, Matcher};
pub use request::{Query, Request};
pub use samples::samples;
use storage::{Cancel, Queryable, SelectRequest, SeriesSet};

/// Whom to ask, and what to add.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The data.
    pub data: &'a dyn Queryable,
    /// Labels that each series gets which does not have them itself.
    pub external_labels: &'a Labels,
    /// Stops the work.
    pub cancel: &'a Cancel,
}

impl Source<'_> {
    /// Finds the series of a query, sorted by their labels.
    fn select(&self, query: &Query) -> Result<Box<dyn SeriesSet>, ReadError> {
        let matchers: Vec<Matcher> = query.matchers.iter().map(|m| self.without_external(m)).collect();
        let view = self.data.view(query.range)?;
        let request = SelectRequest {
            sorted: true,
            cancel: self.cancel.clone(),
            ..SelectRequest::new(&matchers, query.range)
        };
        Ok(view.select(&request)?)
    }

    /// Replaces the demand for an external label by that for none: the storage has none.
    fn without_external(&self, matcher: &Matcher) -> Matcher {
        let external =
            matcher.op == MatchOp::Equal && self.external_labels.get(&matcher.name) == &*matcher.value;
        if external {
            Matcher::new(MatchOp::Equal, &*matcher.name, "").unwrap_or_else(|_| matcher.clone())
        } else {
            matcher.clone()
        }
    }

    /// Adds the external labels that a series does not have.
    fn with_external(&self, labels: &Labels) -> Labels {
        if self.external_labels.is_empty() {
            return labels.clone();
        }
        let mut builder = self.external_labels.builder();
        for (name, value) in labels {
            builder.set(name, value);
        }
        builder.labels()
    }
}
