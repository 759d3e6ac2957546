//! Reader of delimited `io.prometheus.client.MetricFamily` messages.
//!
//! The messages are read by hand: a family's metrics are decoded one at a time into reused buffers, names and values
//! stay in the body. Layout: `prometheus/client_model` `metrics.proto`; behaviour: Prometheus 3.14
//! `model/textparse/protobufparse.go`.

mod family;
mod histogram;
mod metric;
mod reader;
pub(crate) mod wire;

pub use reader::ProtobufReader;

use std::borrow::Cow;

use model::Labels;
use model::labels::METRIC_NAME;

use crate::error::{ParseError, Place};
use crate::series;

/// What a series' labels are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeriesParts<'a> {
    /// The metric's name.
    pub(crate) name: &'a str,
    /// The labels as sent.
    pub(crate) labels: &'a [(&'a str, &'a str)],
    /// The bound, for buckets and quantiles.
    pub(crate) bound: Option<(&'static str, &'a str)>,
    /// Where the metric starts, for error texts.
    pub(crate) at: usize,
}

impl<'a> SeriesParts<'a> {
    pub(crate) fn labels(&self) -> Result<Labels, ParseError> {
        let mut pairs = Vec::with_capacity(self.labels.len() + 2);
        pairs.push((METRIC_NAME, self.name));
        pairs.extend_from_slice(self.labels);
        pairs.extend(self.bound);
        series::from_pairs(&mut pairs).map_err(|fault| ParseError { place: Place::Byte(self.at), fault })
    }

    pub(crate) fn blank_labels(&self) -> Vec<Cow<'a, str>> {
        self.labels
            .iter()
            .filter(|(_, value)| value.is_empty())
            .map(|(name, _)| Cow::Borrowed(*name))
            .collect()
    }
}
