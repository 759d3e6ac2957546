//! A text reader whose classic histograms come out as native ones.
//!
//! Source: Prometheus 3.14 `model/textparse/nhcbparse.go`. Invariant: samples of one classic histogram are collected
//! only while they stand together; the histogram is emitted in front of the entry that ends it.

use model::labels::{BUCKET_LABEL, METRIC_NAME};
use model::{Exemplar, Labels, MetricType};

use super::ClassicHistogram;
use crate::entry::{Entry, Series, Source};
use crate::error::ParseError;
use crate::reader::TextBody;
use model::histogram::HistogramValue;

/// Reads one text body.
#[derive(Clone, Debug)]
pub struct NhcbReader<'b> {
    inner: TextBody<'b>,
    keep_classic: bool,
    family: String,
    kind: MetricType,
    collecting: Option<Collecting>,
    emitted: Option<Emitted>,
    /// Whether the inner reader's present entry has not been looked at, because a histogram went before it.
    pending: bool,
    /// Whether the inner reader is at its end.
    ended: bool,
}

/// A classic histogram of which some samples were read.
#[derive(Clone, Debug)]
struct Collecting {
    name: String,
    /// Without name and bound.
    labels: Labels,
    histogram: ClassicHistogram,
    timestamp_ms: Option<i64>,
    start_ms: Option<i64>,
    exemplars: Vec<Exemplar>,
}

/// The present entry, if it is a converted histogram.
#[derive(Clone, Debug)]
struct Emitted {
    key: String,
    labels: Labels,
    value: HistogramValue,
    timestamp_ms: Option<i64>,
    start_ms: Option<i64>,
    exemplars: Vec<Exemplar>,
}

/// What a sample is to a classic histogram.
#[derive(Clone, Copy, Debug)]
enum Role {
    Bucket(f64),
    Sum,
    Count,
}

impl<'b> NhcbReader<'b> {
    /// Wraps a reader. With `keep_classic` the classic samples are entries too.
    pub(crate) fn new(inner: TextBody<'b>, keep_classic: bool) -> NhcbReader<'b> {
        NhcbReader {
            inner,
            keep_classic,
            family: String::new(),
            kind: MetricType::Unknown,
            collecting: None,
            emitted: None,
            pending: false,
            ended: false,
        }
    }

    /// Steps to the next entry; false at the end of the body.
    ///
    /// # Errors
    /// Those of the wrapped reader.
    pub fn advance(&mut self) -> Result<bool, ParseError> {
        self.emitted = None;
        loop {
            if !std::mem::take(&mut self.pending) {
                self.ended = self.ended || !self.inner.advance()?;
            }
            if self.ended {
                return Ok(self.emit());
            }
            let sample = match self.inner.entry() {
                Entry::Sample { series, .. } => Some(series.labels()?),
                Entry::Type { .. } | Entry::Help { .. } | Entry::Unit { .. } | Entry::Histogram { .. } => {
                    None
                }
            };
            let ends = sample.as_ref().is_none_or(|labels| !self.belongs(labels));
            if ends && self.emit() {
                self.pending = true;
                return Ok(true);
            }
            match sample {
                Some(labels) if self.collect(&labels) && !self.keep_classic => {}
                Some(_) => return Ok(true),
                None => {
                    if let Entry::Type { name, kind } = self.inner.entry() {
                        self.kind = kind;
                        self.family = name.to_owned();
                    }
                    return Ok(true);
                }
            }
        }
    }

    /// Returns the entry that [`NhcbReader::advance`] stepped to.
    pub fn entry(&self) -> Entry<'_> {
        match &self.emitted {
            None => self.inner.entry(),
            Some(e) => Entry::Histogram {
                series: Series { key: e.key.as_bytes(), source: Source::Labels(&e.labels) },
                value: e.value.clone(),
                timestamp_ms: e.timestamp_ms,
                start_ms: e.start_ms,
                exemplars: &e.exemplars,
            },
        }
    }

    /// Tells whether a sample may be of the histogram that is being collected.
    fn belongs(&self, labels: &Labels) -> bool {
        let Some(collecting) = &self.collecting else { return false };
        self.kind == MetricType::Histogram
            && base_name(labels.name()) == collecting.name
            && identity(labels) == collecting.labels
    }

    /// Notes the inner reader's present sample if it is of a classic histogram, and tells whether it is.
    fn collect(&mut self, labels: &Labels) -> bool {
        let name = base_name(labels.name());
        let Some(role) = role(labels).filter(|_| self.kind == MetricType::Histogram && name == self.family)
        else {
            return false;
        };
        let Entry::Sample { value, timestamp_ms, start_ms, exemplars, .. } = self.inner.entry() else {
            return false;
        };
        let collecting = self.collecting.get_or_insert_with(|| Collecting {
            name: name.to_owned(),
            labels: identity(labels),
            histogram: ClassicHistogram::default(),
            timestamp_ms: None,
            start_ms,
            exemplars: Vec::new(),
        });
        collecting.timestamp_ms = timestamp_ms;
        collecting.exemplars.extend_from_slice(exemplars);
        match role {
            Role::Bucket(bound) => collecting.histogram.set_bucket(bound, value),
            Role::Sum => collecting.histogram.set_sum(value),
            Role::Count => collecting.histogram.set_count(value),
        }
        true
    }

    /// Ends the histogram that is being collected, and tells whether it became the present entry. One that contradicts
    /// itself vanishes, as it does in Prometheus.
    fn emit(&mut self) -> bool {
        let Some(done) = self.collecting.take() else { return false };
        let Some(value) = done.histogram.convert().ok().filter(|v| v.validate().is_ok()) else {
            return false;
        };
        let mut key = done.name.clone();
        if !done.labels.is_empty() {
            key.push_str(&done.labels.to_string());
        }
        let labels = done.labels.builder().set(METRIC_NAME, done.name).labels();
        self.emitted = Some(Emitted {
            key,
            labels,
            value,
            timestamp_ms: done.timestamp_ms,
            start_ms: done.start_ms,
            exemplars: done.exemplars,
        });
        true
    }
}

fn base_name(name: &str) -> &str {
    ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

fn identity(labels: &Labels) -> Labels {
    labels.without(&[METRIC_NAME, BUCKET_LABEL])
}

fn role(labels: &Labels) -> Option<Role> {
    let name = labels.name();
    if name.ends_with("_bucket") {
        let bound = model::number::parse_float_in_range(labels.get(BUCKET_LABEL))?;
        return Some(Role::Bucket(bound)).filter(|_| !bound.is_nan());
    }
    if name.ends_with("_sum") {
        return Some(Role::Sum);
    }
    name.ends_with("_count").then_some(Role::Count)
}
