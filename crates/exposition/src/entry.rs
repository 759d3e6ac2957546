//! What a reader finds, without copying the body.

use std::borrow::Cow;

use model::histogram::HistogramValue;
use model::{Exemplar, Labels, MetricType};

use crate::cursor::line_of;
use crate::error::ParseError;
use crate::{protobuf, series};

/// A series as it stands in the body.
///
/// [`Series::key`] identifies it between bodies of one target (same bytes, same series), so a cache needs no label
/// parsing; labels are made only for series not seen before.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) source: Source<'a>,
}

/// Where the labels of a series come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// The key is the series as written; floats in `le` and `quantile` are normalised if the metric's type asks for it.
    Text { kind: MetricType, body: &'a [u8], at: usize },
    /// Names and values found in a message.
    Message(protobuf::SeriesParts<'a>),
    /// Already made.
    Labels(&'a Labels),
}

impl<'a> Series<'a> {
    /// Bytes that name the series. For text formats: metric name and label part as written.
    #[inline]
    pub fn key(&self) -> &'a [u8] {
        self.key
    }

    /// Builds the labels, metric name included. Values of `le` in histograms and `quantile` in summaries are written
    /// as OpenMetrics does (`1.0`, not `1`). Labels with empty values are left out.
    ///
    /// # Errors
    /// A label name that stands twice, a name that is not UTF-8.
    pub fn labels(&self) -> Result<Labels, ParseError> {
        // The place is worked out only for an error: finding a line's number costs a pass over the body.
        match self.source {
            Source::Text { kind, body, at } => {
                series::labels(self.key, kind).map_err(|fault| ParseError { place: line_of(body, at), fault })
            }
            Source::Message(parts) => parts.labels(),
            Source::Labels(labels) => Ok(labels.clone()),
        }
    }

    /// Returns the names of labels that stand in the body with an empty value, which [`Series::labels`] leaves out. To
    /// a server that honors labels they say that there is no such label. Series made by conversion have none.
    pub fn blank_labels(&self) -> Vec<Cow<'a, str>> {
        match self.source {
            Source::Text { .. } => series::blank_labels(self.key),
            Source::Message(parts) => parts.blank_labels(),
            Source::Labels(_) => Vec::new(),
        }
    }
}

/// One thing found in a body.
#[derive(Clone, Debug)]
pub enum Entry<'a> {
    /// `# TYPE`.
    Type {
        /// Metric family.
        name: &'a str,
        /// Its type.
        kind: MetricType,
    },
    /// `# HELP`, unescaped.
    Help {
        /// Metric family.
        name: &'a str,
        /// The text.
        text: Cow<'a, str>,
    },
    /// `# UNIT`.
    Unit {
        /// Metric family.
        name: &'a str,
        /// The unit.
        unit: &'a str,
    },
    /// A float sample.
    Sample {
        /// Which series.
        series: Series<'a>,
        /// Its value; every NaN has the bits of [`model::value::NORMAL_NAN`].
        value: f64,
        /// Milliseconds, if the target gave a time.
        timestamp_ms: Option<i64>,
        /// When the series started counting, if told.
        start_ms: Option<i64>,
        /// Exemplars of the sample.
        exemplars: &'a [Exemplar],
    },
    /// A native histogram.
    Histogram {
        /// Which series.
        series: Series<'a>,
        /// Its value.
        value: HistogramValue,
        /// Milliseconds, if the target gave a time.
        timestamp_ms: Option<i64>,
        /// When the series started counting, if told.
        start_ms: Option<i64>,
        /// Exemplars of the sample.
        exemplars: &'a [Exemplar],
    },
}

/// The sample of a series that the caller expected next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownSample {
    /// Its value.
    pub value: f64,
    /// Milliseconds, if the target gave a time.
    pub timestamp_ms: Option<i64>,
}
