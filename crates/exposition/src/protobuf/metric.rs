//! The message `Metric` and what it holds.

use model::histogram::Span;
use model::{Exemplar, Labels};

use super::wire::{Message, zigzag};
use crate::error::{ParseError, Place};
use crate::series;

/// One metric. Fields that do not belong to the family's type stay at their defaults.
#[derive(Clone, Debug, Default)]
pub(super) struct Metric<'b> {
    pub(super) at: usize,
    pub(super) labels: Vec<(&'b str, &'b str)>,
    pub(super) timestamp_ms: i64,
    pub(super) start_ms: Option<i64>,
    /// Of a counter, gauge or untyped metric.
    pub(super) value: f64,
    pub(super) exemplar: Option<Exemplar>,
    pub(super) quantiles: Vec<(f64, f64)>,
    /// Of a summary or histogram.
    pub(super) count: u64,
    pub(super) sum: f64,
    pub(super) histogram: HistogramFields,
}

/// What only histograms have.
#[derive(Clone, Debug, Default)]
pub(super) struct HistogramFields {
    pub(super) count_float: f64,
    pub(super) buckets: Vec<Bucket>,
    pub(super) schema: i32,
    pub(super) zero_threshold: f64,
    pub(super) zero_count: u64,
    pub(super) zero_count_float: f64,
    pub(super) positive: Side,
    pub(super) negative: Side,
    pub(super) exemplars: Vec<Exemplar>,
}

/// Native buckets to one side of zero.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub(super) spans: Vec<Span>,
    pub(super) deltas: Vec<i64>,
    pub(super) counts: Vec<f64>,
}

/// A classic bucket.
#[derive(Clone, Debug, Default)]
pub(super) struct Bucket {
    pub(super) upper_bound: f64,
    pub(super) cumulative: f64,
    pub(super) exemplar: Option<Exemplar>,
}

impl<'b> Metric<'b> {
    /// Reads the message into this metric, whose buffers are reused.
    pub(super) fn read(&mut self, bytes: &'b [u8], base: usize) -> Result<(), ParseError> {
        self.clear(base);
        let mut message = Message::new("Metric", bytes, base);
        while let Some((number, value)) = message.field()? {
            match number {
                1 => self.labels.push(label_pair(message.message("LabelPair", value)?)?),
                2 => self.read_number(message.message("Gauge", value)?)?,
                3 => self.read_number(message.message("Counter", value)?)?,
                4 => self.read_summary(message.message("Summary", value)?)?,
                5 => self.read_number(message.message("Untyped", value)?)?,
                6 => self.timestamp_ms = message.integer("timestamp_ms", value)? as i64,
                7 => self.read_histogram(message.message("Histogram", value)?)?,
                _unknown => {}
            }
        }
        Ok(())
    }

    fn clear(&mut self, base: usize) {
        let mut labels = std::mem::take(&mut self.labels);
        labels.clear();
        *self = Metric { at: base, labels, ..Metric::default() };
    }

    /// Reads a counter, a gauge or an untyped value; only counters have more than the value.
    fn read_number(&mut self, mut message: Message<'b>) -> Result<(), ParseError> {
        while let Some((number, value)) = message.field()? {
            match number {
                1 => self.value = message.double("value", value)?,
                2 => self.exemplar = Some(exemplar(message.message("Exemplar", value)?)?),
                3 => self.start_ms = Some(timestamp(message.message("Timestamp", value)?)?),
                _unknown => {}
            }
        }
        Ok(())
    }

    fn read_summary(&mut self, mut message: Message<'b>) -> Result<(), ParseError> {
        while let Some((number, value)) = message.field()? {
            match number {
                1 => self.count = message.integer("sample_count", value)?,
                2 => self.sum = message.double("sample_sum", value)?,
                3 => {
                    let mut quantile = message.message("Quantile", value)?;
                    let (mut rank, mut estimate) = (0.0, 0.0);
                    while let Some((number, value)) = quantile.field()? {
                        match number {
                            1 => rank = quantile.double("quantile", value)?,
                            2 => estimate = quantile.double("value", value)?,
                            _unknown => {}
                        }
                    }
                    self.quantiles.push((rank, estimate));
                }
                4 => self.start_ms = Some(timestamp(message.message("Timestamp", value)?)?),
                _unknown => {}
            }
        }
        Ok(())
    }

    fn read_histogram(&mut self, mut message: Message<'b>) -> Result<(), ParseError> {
        let h = &mut self.histogram;
        while let Some((number, value)) = message.field()? {
            match number {
                1 => self.count = message.integer("sample_count", value)?,
                2 => self.sum = message.double("sample_sum", value)?,
                3 => h.buckets.push(bucket(message.message("Bucket", value)?)?),
                4 => h.count_float = message.double("sample_count_float", value)?,
                5 => h.schema = zigzag(message.integer("schema", value)?) as i32,
                6 => h.zero_threshold = message.double("zero_threshold", value)?,
                7 => h.zero_count = message.integer("zero_count", value)?,
                8 => h.zero_count_float = message.double("zero_count_float", value)?,
                9 => h.negative.spans.push(span(message.message("BucketSpan", value)?)?),
                10 => message.push_zigzag("negative_delta", value, &mut h.negative.deltas)?,
                11 => message.push_doubles("negative_count", value, &mut h.negative.counts)?,
                12 => h.positive.spans.push(span(message.message("BucketSpan", value)?)?),
                13 => message.push_zigzag("positive_delta", value, &mut h.positive.deltas)?,
                14 => message.push_doubles("positive_count", value, &mut h.positive.counts)?,
                15 => self.start_ms = Some(timestamp(message.message("Timestamp", value)?)?),
                16 => h.exemplars.push(exemplar(message.message("Exemplar", value)?)?),
                _unknown => {}
            }
        }
        Ok(())
    }

    /// Number of observations of a histogram; the float field wins where it is set.
    pub(super) fn observations(&self) -> f64 {
        if self.histogram.count_float != 0.0 { self.histogram.count_float } else { self.count as f64 }
    }
}

fn label_pair<'b>(mut message: Message<'b>) -> Result<(&'b str, &'b str), ParseError> {
    let (mut name, mut text) = ("", "");
    while let Some((number, value)) = message.field()? {
        match number {
            1 => name = message.text("label name", value)?,
            2 => text = message.text("label value", value)?,
            _unknown => {}
        }
    }
    if name.is_empty() {
        return Err(message.error("invalid label name: "));
    }
    Ok((name, text))
}

fn bucket(mut message: Message<'_>) -> Result<Bucket, ParseError> {
    let mut bucket = Bucket::default();
    let (mut count, mut count_float) = (0, 0.0);
    while let Some((number, value)) = message.field()? {
        match number {
            1 => count = message.integer("cumulative_count", value)?,
            2 => bucket.upper_bound = message.double("upper_bound", value)?,
            3 => bucket.exemplar = Some(exemplar(message.message("Exemplar", value)?)?),
            4 => count_float = message.double("cumulative_count_float", value)?,
            _unknown => {}
        }
    }
    bucket.cumulative = if count_float != 0.0 { count_float } else { count as f64 };
    Ok(bucket)
}

fn span(mut message: Message<'_>) -> Result<Span, ParseError> {
    let mut span = Span::default();
    while let Some((number, value)) = message.field()? {
        match number {
            1 => span.offset = zigzag(message.integer("offset", value)?) as i32,
            2 => span.length = message.integer("length", value)? as u32,
            _unknown => {}
        }
    }
    Ok(span)
}

fn exemplar(mut message: Message<'_>) -> Result<Exemplar, ParseError> {
    let place = Place::Byte(message.base);
    let mut pairs = Vec::new();
    let mut exemplar = Exemplar { labels: Labels::empty(), value: 0.0, timestamp_ms: None };
    while let Some((number, value)) = message.field()? {
        match number {
            1 => pairs.push(label_pair(message.message("LabelPair", value)?)?),
            2 => exemplar.value = message.double("value", value)?,
            3 => exemplar.timestamp_ms = Some(timestamp(message.message("Timestamp", value)?)?),
            _unknown => {}
        }
    }
    exemplar.labels = series::from_pairs(&mut pairs).map_err(|fault| ParseError { place, fault })?;
    Ok(exemplar)
}

/// Reads `google.protobuf.Timestamp` as milliseconds.
fn timestamp(mut message: Message<'_>) -> Result<i64, ParseError> {
    let (mut seconds, mut nanos) = (0i64, 0i32);
    while let Some((number, value)) = message.field()? {
        match number {
            1 => seconds = message.integer("seconds", value)? as i64,
            2 => nanos = message.integer("nanos", value)? as i32,
            _unknown => {}
        }
    }
    Ok(seconds.saturating_mul(1000).saturating_add(i64::from(nanos) / 1_000_000))
}
