//! The sequence of entries in a protobuf body.

use model::Exemplar;
use model::histogram::{HistogramValue, ResetHint};
use model::labels::{BUCKET_LABEL, QUANTILE_LABEL};

use super::SeriesParts;
use super::family::{Family, Kind};
use super::metric::Metric;
use super::{histogram, wire};
use crate::entry::{Entry, Series, Source};
use crate::error::{Fault, ParseError, Place};
use crate::reader::Options;
use crate::series::openmetrics_float;

/// Stands between the parts of a key; no UTF-8 text holds it.
const KEY_SEPARATOR: u8 = 0xff;

/// Reads one body.
#[derive(Clone, Debug)]
pub struct ProtobufReader<'b> {
    body: &'b [u8],
    at: usize,
    options: Options,
    family: Family<'b>,
    next_metric: usize,
    metric: Metric<'b>,
    step: Step,
    // What the present entry is made of.
    key: Vec<u8>,
    name: String,
    bound: Option<(&'static str, String)>,
    value: f64,
    histogram: Option<HistogramValue>,
    exemplars: Vec<Exemplar>,
}

/// What the present entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Before the first family, or behind a family.
    Between,
    Help,
    Unit,
    Type,
    /// The one sample of a simple metric.
    Number,
    Count,
    Sum,
    /// Quantile, or bucket; behind the last bucket the one of +Inf.
    Bound(usize),
    Native,
    Converted,
    /// Behind a metric.
    Done,
}

impl<'b> ProtobufReader<'b> {
    /// Starts reading.
    pub fn new(body: &'b [u8], options: Options) -> ProtobufReader<'b> {
        ProtobufReader {
            body,
            at: 0,
            options,
            family: Family::default(),
            next_metric: 0,
            metric: Metric::default(),
            step: Step::Between,
            key: Vec::new(),
            name: String::new(),
            bound: None,
            value: 0.0,
            histogram: None,
            exemplars: Vec::new(),
        }
    }

    /// Steps to the next entry; false at the end of the body.
    ///
    /// # Errors
    /// The first message that breaks encoding or schema. The reader must not be used after that.
    pub fn advance(&mut self) -> Result<bool, ParseError> {
        self.exemplars.clear();
        self.histogram = None;
        self.step = match self.step {
            Step::Between => return self.next_family(),
            Step::Help if !self.family.unit.is_empty() => Step::Unit,
            Step::Help | Step::Unit => Step::Type,
            Step::Type => self.first_step()?,
            Step::Number | Step::Converted => Step::Done,
            Step::Count => Step::Sum,
            Step::Sum => self.first_bound(),
            Step::Bound(i) => self.next_bound(i),
            Step::Native if self.options.keep_classic && !self.metric.histogram.buckets.is_empty() => {
                Step::Count
            }
            Step::Native | Step::Done => Step::Done,
        };
        if self.step == Step::Done {
            self.step = self.first_step()?;
        }
        if self.step == Step::Between {
            return self.next_family();
        }
        self.load()?;
        Ok(true)
    }

    /// Returns the entry that [`ProtobufReader::advance`] stepped to.
    pub fn entry(&self) -> Entry<'_> {
        let name = self.family.name;
        match self.step {
            Step::Help => return Entry::Help { name, text: self.family.help.into() },
            Step::Unit => return Entry::Unit { name, unit: self.family.unit },
            Step::Type => return Entry::Type { name, kind: self.family.kind.metric_type() },
            Step::Between | Step::Number | Step::Count | Step::Sum | Step::Bound(_) => {}
            Step::Native | Step::Converted | Step::Done => {}
        }
        let parts = SeriesParts {
            name: &self.name,
            labels: &self.metric.labels,
            bound: self.bound.as_ref().map(|(label, value)| (*label, value.as_str())),
            at: self.metric.at,
        };
        let series = Series { key: &self.key, source: Source::Message(parts) };
        let timestamp_ms = Some(self.metric.timestamp_ms).filter(|t| *t != 0);
        let start_ms = self
            .metric
            .start_ms
            .filter(|t| *t != 0 && !matches!(self.family.kind, Kind::Gauge | Kind::Untyped));
        let exemplars = &self.exemplars;
        match &self.histogram {
            Some(value) => {
                Entry::Histogram { series, value: value.clone(), timestamp_ms, start_ms, exemplars }
            }
            None => Entry::Sample { series, value: self.value, timestamp_ms, start_ms, exemplars },
        }
    }

    /// Reads families until one has metrics, and stands at its help.
    fn next_family(&mut self) -> Result<bool, ParseError> {
        while self.at < self.body.len() {
            let (bytes, base) = wire::delimited(self.body, self.at)?;
            self.at = base + bytes.len();
            self.family.read(bytes, base)?;
            self.next_metric = 0;
            if !self.family.metrics.is_empty() {
                self.step = Step::Help;
                return Ok(true);
            }
        }
        self.step = Step::Between;
        Ok(false)
    }

    /// Reads the next metric, and tells its first entry; [`Step::Between`] behind the last one.
    fn first_step(&mut self) -> Result<Step, ParseError> {
        let Some(&(bytes, base)) = self.family.metrics.get(self.next_metric) else {
            return Ok(Step::Between);
        };
        self.next_metric += 1;
        self.metric.read(bytes, base)?;
        Ok(match self.family.kind {
            Kind::Counter | Kind::Gauge | Kind::Untyped => Step::Number,
            Kind::Summary => Step::Count,
            Kind::Histogram | Kind::GaugeHistogram if self.is_native() => Step::Native,
            Kind::Histogram | Kind::GaugeHistogram if !self.options.convert_classic => Step::Count,
            Kind::Histogram | Kind::GaugeHistogram if self.options.keep_classic => Step::Count,
            Kind::Histogram | Kind::GaugeHistogram => Step::Converted,
        })
    }

    fn is_native(&self) -> bool {
        !self.options.ignore_native && histogram::is_native(&self.metric)
    }

    fn first_bound(&self) -> Step {
        let no_quantiles = self.family.kind == Kind::Summary && self.metric.quantiles.is_empty();
        if no_quantiles { Step::Done } else { Step::Bound(0) }
    }

    fn next_bound(&self, i: usize) -> Step {
        if self.family.kind == Kind::Summary {
            return if i + 1 < self.metric.quantiles.len() { Step::Bound(i + 1) } else { Step::Done };
        }
        let at_infinity = self.metric.histogram.buckets.get(i).is_none_or(|b| b.upper_bound == f64::INFINITY);
        match at_infinity {
            false => Step::Bound(i + 1),
            true if self.options.convert_classic && !self.is_native() => Step::Converted,
            true => Step::Done,
        }
    }

    /// Fills in what the entry of the present step is made of.
    fn load(&mut self) -> Result<(), ParseError> {
        let is_histogram = self.family.kind.is_histogram();
        let metric = &self.metric;
        self.bound = None;
        let mut suffix = "";
        match self.step {
            Step::Between | Step::Help | Step::Unit | Step::Type | Step::Done => return Ok(()),
            Step::Number => {
                self.value = metric.value;
                if self.family.kind == Kind::Counter {
                    self.exemplars.extend(metric.exemplar.clone());
                }
            }
            Step::Count => {
                suffix = "_count";
                self.value = if is_histogram { metric.observations() } else { metric.count as f64 };
            }
            Step::Sum => {
                suffix = "_sum";
                self.value = metric.sum;
            }
            Step::Bound(i) if is_histogram => {
                suffix = "_bucket";
                let bucket = metric.histogram.buckets.get(i);
                let bound = bucket.map_or(f64::INFINITY, |b| b.upper_bound);
                self.bound = Some((BUCKET_LABEL, openmetrics_float(bound)));
                self.value = bucket.map_or_else(|| metric.observations(), |b| b.cumulative);
                self.exemplars.extend(bucket.and_then(|b| b.exemplar.clone()));
            }
            Step::Bound(i) => {
                let (quantile, value) = metric.quantiles[i];
                self.bound = Some((QUANTILE_LABEL, openmetrics_float(quantile)));
                self.value = value;
            }
            Step::Native | Step::Converted => {
                let gauge = self.family.kind == Kind::GaugeHistogram;
                let hint = if gauge { ResetHint::Gauge } else { ResetHint::Unknown };
                let made = match self.step {
                    Step::Native => histogram::native(metric, hint),
                    _converted => histogram::converted(metric, hint),
                };
                let value = made.map_err(|reason| self.histogram_error(&reason))?;
                self.histogram = Some(value);
                histogram::native_exemplars(&self.metric, &mut self.exemplars);
            }
        }
        self.name.clear();
        self.name.push_str(self.family.name);
        self.name.push_str(suffix);
        self.build_key();
        Ok(())
    }

    fn histogram_error(&self, reason: &str) -> ParseError {
        let reason = format!("{}: {reason}", model::number::quote(self.family.name));
        ParseError {
            place: Place::Byte(self.metric.at),
            fault: Fault::Protobuf { message: "histogram", reason },
        }
    }

    /// Joins name and labels, so that two series never have the same key.
    fn build_key(&mut self) {
        self.key.clear();
        self.key.extend_from_slice(self.name.as_bytes());
        let bound = self.bound.as_ref().map(|(label, value)| (*label, value.as_str()));
        for (name, value) in self.metric.labels.iter().copied().chain(bound) {
            self.key.push(KEY_SEPARATOR);
            self.key.extend_from_slice(name.as_bytes());
            self.key.push(KEY_SEPARATOR);
            self.key.extend_from_slice(value.as_bytes());
        }
    }
}
