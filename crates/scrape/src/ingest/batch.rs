//! The samples of one body on their way into one batch.

use exposition::{BodyFormat, Entry, KnownSample, Options, Reader, Series};
use model::histogram::{self, HistogramValue};
use model::labels::METRIC_NAME;
use model::value::is_stale;
use model::{Exemplar, Labels};
use storage::{Append, AppendError, SeriesRef};

use super::{Answer, Outcome, Rules};
use crate::cache::{Cache, EntryIndex, Lookup};
use crate::config::ScrapeProtocol;
use crate::error::ScrapeError;
use crate::metadata::{MetadataStore, is_of_family};
use crate::sample_labels::{self, SeriesError};

/// Work on one body.
pub(super) struct Batch<'a> {
    pub(super) cache: &'a mut Cache,
    pub(super) metadata: &'a mut MetadataStore,
    pub(super) app: &'a mut dyn Append,
    pub(super) rules: Rules<'a>,
    /// Time of the scrape.
    pub(super) t: i64,
    pub(super) outcome: &'a mut Outcome,
}

/// The bounds that were hit. The rest of the body is still read, so that the report tells its true size.
#[derive(Default)]
struct Hit {
    sample_limit: bool,
    bucket_limit: bool,
    /// Samples that counted towards the limit.
    samples: u64,
}

/// A float or a histogram.
enum Value {
    Float(f64),
    Histogram(HistogramValue),
}

/// One sample of the body.
struct Sample<'e> {
    series: Series<'e>,
    value: Value,
    timestamp_ms: Option<i64>,
    start_ms: Option<i64>,
    exemplars: &'e [Exemplar],
}

impl Batch<'_> {
    /// Adds all samples of the body.
    pub(super) fn store(mut self, answer: Answer<'_>) -> Result<(), ScrapeError> {
        let histograms = self.rules.target.histograms;
        let fallback = self.rules.config.fallback_scrape_protocol.map(ScrapeProtocol::body_format);
        let (format, complaint) = BodyFormat::of(answer.content_type.unwrap_or_default(), fallback)
            .map_err(|e| ScrapeError::ContentType(e.to_string()))?;
        self.outcome.content_type_complaint = complaint.map(|e| e.to_string());
        let options = Options {
            ignore_native: !histograms.native,
            convert_classic: histograms.convert_to_nhcb,
            keep_classic: histograms.always_classic,
            start_times: self.rules.features.start_zero || self.rules.features.start_storage,
        };
        let mut reader = Reader::new(answer.body, format, options);
        let mut hit = Hit::default();
        // The family whose metadata was read last.
        let mut family = String::new();
        // Metadata records need the labels of each series, so that nothing is known without them; and a sample that is
        // known by its key alone comes without its start.
        let by_key = !self.rules.features.metadata_records && !self.rules.features.start_storage;
        loop {
            let known = if by_key { reader.take_known(|key| self.cache.expects(key)) } else { None };
            if let Some(sample) = known {
                if !self.add_known(sample, &mut hit)? {
                    self.add_entry(reader.entry(), &mut family, &mut hit)?;
                }
                continue;
            }
            match reader.next()? {
                Some(entry) => self.add_entry(entry, &mut family, &mut hit)?,
                None => break,
            }
        }
        match hit {
            Hit { sample_limit: true, .. } => Err(ScrapeError::SampleLimit),
            Hit { bucket_limit: true, .. } => Err(ScrapeError::BucketLimit),
            Hit { .. } => Ok(()),
        }
    }

    /// Adds what the reader found.
    fn add_entry(&mut self, entry: Entry<'_>, family: &mut String, hit: &mut Hit) -> Result<(), ScrapeError> {
        match entry {
            Entry::Type { name, kind } => {
                name.clone_into(family);
                self.metadata.set_type(name, kind);
            }
            Entry::Help { name, text } => {
                name.clone_into(family);
                self.metadata.set_help(name, &text);
            }
            Entry::Unit { name, unit } => {
                name.clone_into(family);
                self.metadata.set_unit(name, unit);
            }
            Entry::Sample { series, value, timestamp_ms, start_ms, exemplars } => {
                let value = Value::Float(value);
                self.add(Sample { series, value, timestamp_ms, start_ms, exemplars }, family, hit)?;
            }
            Entry::Histogram { series, value, timestamp_ms, start_ms, exemplars } => {
                let value = Value::Histogram(value);
                self.add(Sample { series, value, timestamp_ms, start_ms, exemplars }, family, hit)?;
            }
        }
        Ok(())
    }

    /// The path of nearly every sample: the series that the last body had at this place. False if the storage has
    /// forgotten the series, so that its labels are needed.
    fn add_known(&mut self, sample: KnownSample, hit: &mut Hit) -> Result<bool, ScrapeError> {
        let Some((entry, series)) = self.cache.expected() else { return Ok(false) };
        let own_time = sample.timestamp_ms.filter(|_| self.rules.config.honor_timestamps);
        if !self.is_over_limit(&mut Value::Float(sample.value), hit) {
            match self.app.sample(series, own_time.unwrap_or(self.t), sample.value) {
                Ok(()) => self.track(entry, own_time),
                Err(AppendError::UnknownSeries) => {
                    // It is counted again on the way with labels.
                    hit.samples = hit.samples.saturating_sub(1);
                    return Ok(false);
                }
                Err(error) => {
                    self.judge(Err(Refusal::Append(error)))?;
                }
            }
        }
        self.cache.confirm(entry);
        self.outcome.scraped += 1;
        self.outcome.kept += 1;
        Ok(true)
    }

    fn add(&mut self, sample: Sample<'_>, family: &str, hit: &mut Hit) -> Result<(), ScrapeError> {
        self.outcome.scraped += 1;
        let config = self.rules.config;
        let own_time = sample.timestamp_ms.filter(|_| config.honor_timestamps);
        let t = own_time.unwrap_or(self.t);
        let (lookup, hash) = self.cache.get(sample.series.key());
        let (known, labels) = match lookup {
            Lookup::Dropped => return Ok(()),
            Lookup::Known { entry, series, repeated } => {
                if repeated && own_time.is_none() {
                    self.outcome.refused.duplicate += 1;
                    self.outcome.kept += 1;
                    return Ok(());
                }
                (Some((entry, series)), None)
            }
            Lookup::Unknown => match self.stored_labels(&sample.series)? {
                None => {
                    self.cache.insert(hash, None);
                    return Ok(());
                }
                Some(labels) => (None, Some(labels)),
            },
        };
        let Sample { series, mut value, start_ms, exemplars, .. } = sample;
        if self.is_over_limit(&mut value, hit) {
            self.outcome.kept += 1;
            return Ok(());
        }
        let stored = self.append(known.map(|(_, s)| s), labels.as_ref(), &series, t, start_ms, &value);
        let stored = self.judge(stored)?;
        self.outcome.kept += 1;
        let Some(stored) = stored else { return Ok(()) };

        let entry = match known {
            Some((entry, before)) => {
                if before != stored {
                    self.cache.replace(entry, stored);
                }
                entry
            }
            None => {
                if !(hit.sample_limit || hit.bucket_limit) {
                    self.outcome.series_added += 1;
                }
                self.cache.insert(hash, Some(stored))
            }
        };
        self.track(entry, own_time);
        if !exemplars.is_empty() {
            self.add_exemplars(stored, t, exemplars, matches!(value, Value::Histogram(_)));
        }
        if self.rules.features.metadata_records {
            self.add_metadata(stored, labels.as_ref(), &series, family);
        }
        Ok(())
    }

    /// A series with timestamps of its own is not marked stale when it vanishes, unless that is asked for.
    fn track(&mut self, entry: EntryIndex, own_time: Option<i64>) {
        if own_time.is_none() || self.rules.config.track_timestamps_staleness {
            self.cache.track(entry);
        }
    }

    fn stored_labels(&mut self, series: &Series<'_>) -> Result<Option<Labels>, ScrapeError> {
        let config = self.rules.config;
        let rules = sample_labels::Rules {
            honor_labels: config.honor_labels,
            relabel: &config.metric_relabel_configs,
            limits: config.limits,
            names: config.metric_name_validation_scheme,
        };
        let exposed = series.labels()?;
        let blank = if config.honor_labels { series.blank_labels() } else { Vec::new() };
        let stored = sample_labels::stored(&exposed, &blank, &self.rules.target.labels, &rules);
        self.outcome.label_limit_hit |= matches!(stored, Err(SeriesError::LabelLimit(_)));
        Ok(stored?)
    }

    /// Counts the sample and checks the bounds; makes histograms coarser where that is asked for.
    fn is_over_limit(&self, value: &mut Value, hit: &mut Hit) -> bool {
        let config = self.rules.config;
        if config.limits.sample_limit > 0 && !matches!(value, Value::Float(v) if is_stale(*v)) {
            hit.samples += 1;
            if hit.samples > config.limits.sample_limit {
                hit.sample_limit = true;
                return true;
            }
        }
        if let Value::Histogram(h) = value {
            let fits =
                coarsen(h, config.native_histogram_min_bucket_factor, config.native_histogram_bucket_limit);
            hit.bucket_limit |= !fits;
            return !fits;
        }
        false
    }

    /// Adds the sample, looking the series up anew if the storage does not know it any more.
    fn append(
        &mut self,
        known: Option<SeriesRef>,
        labels: Option<&Labels>,
        exposed: &Series<'_>,
        t: i64,
        start_ms: Option<i64>,
        value: &Value,
    ) -> Result<SeriesRef, Refusal> {
        if let Some(series) = known {
            match self.append_to(series, t, start_ms, value) {
                Err(AppendError::UnknownSeries) => {}
                other => return other.map(|()| series).map_err(Refusal::Append),
            }
        }
        let looked_up;
        let labels = match labels {
            Some(labels) => labels,
            None => {
                let Some(again) = self.stored_labels(exposed).map_err(Refusal::Scrape)? else {
                    return Err(Refusal::Append(AppendError::UnknownSeries));
                };
                looked_up = again;
                &looked_up
            }
        };
        let series = self.app.resolve(labels).map_err(Refusal::Append)?;
        self.append_to(series, t, start_ms, value).map(|()| series).map_err(Refusal::Append)
    }

    fn append_to(
        &mut self,
        series: SeriesRef,
        t: i64,
        start_ms: Option<i64>,
        value: &Value,
    ) -> Result<(), AppendError> {
        if self.rules.features.start_zero
            && let Some(start) = start_ms
        {
            let histogram = if let Value::Histogram(h) = value { Some(h) } else { None };
            if let Err(AppendError::UnknownSeries) = self.app.start_zero(series, t, start, histogram) {
                return Err(AppendError::UnknownSeries);
            }
        }
        let start = start_ms.filter(|_| self.rules.features.start_storage).unwrap_or(0);
        match value {
            Value::Float(v) => self.app.sample_started(series, start, t, *v),
            Value::Histogram(h) => self.app.histogram_started(series, start, t, h.clone()),
        }
    }

    /// Counts refusals of single samples; others fail the scrape. `None`: the sample was refused.
    fn judge(&mut self, stored: Result<SeriesRef, Refusal>) -> Result<Option<SeriesRef>, ScrapeError> {
        let refused = &mut self.outcome.refused;
        let error = match stored {
            Ok(series) => return Ok(Some(series)),
            Err(Refusal::Scrape(error)) => return Err(error),
            Err(Refusal::Append(error)) => error,
        };
        match error {
            AppendError::OutOfOrder => refused.out_of_order += 1,
            AppendError::DuplicateTimestamp => refused.duplicate += 1,
            AppendError::OutOfBounds | AppendError::TooOld => refused.out_of_bounds += 1,
            AppendError::SeriesLimit { .. } => refused.series_limit += 1,
            AppendError::ExemplarOutOfOrder
            | AppendError::DuplicateExemplar
            | AppendError::ExemplarLabelsTooLong
            | AppendError::ExemplarsDisabled => {}
            AppendError::UnknownSeries
            | AppendError::InvalidLabels { .. }
            | AppendError::InvalidHistogram { .. }
            | AppendError::Storage(_) => return Err(ScrapeError::Storage(error)),
        }
        Ok(None)
    }

    /// An exemplar without a time of its own gets the sample's, but one of a native histogram is dropped: there it
    /// could not be told from a repeat. Faults of exemplars never fail a scrape.
    fn add_exemplars(&mut self, series: SeriesRef, t: i64, exemplars: &[Exemplar], of_histogram: bool) {
        let timed = exemplars.iter().filter(|e| e.timestamp_ms.is_some() || !of_histogram);
        let mut sorted: Vec<Exemplar> =
            timed.map(|e| Exemplar { timestamp_ms: e.timestamp_ms.or(Some(t)), ..e.clone() }).collect();
        sorted.sort_by(|a, b| {
            a.timestamp_ms
                .cmp(&b.timestamp_ms)
                .then(a.value.total_cmp(&b.value))
                .then_with(|| a.labels.cmp(&b.labels))
        });
        let results = sorted.iter().map(|e| self.app.exemplar(series, e));
        let late = results.filter(|r| matches!(r, Err(AppendError::ExemplarOutOfOrder))).count();
        // Some late ones are usual where a set of exemplars was only partly renewed.
        if late == sorted.len() {
            self.outcome.refused.exemplars += late;
        }
    }

    fn add_metadata(
        &mut self,
        stored: SeriesRef,
        labels: Option<&Labels>,
        series: &Series<'_>,
        family: &str,
    ) {
        let Some((metadata, changed)) = self.metadata.current(family) else { return };
        if !changed && labels.is_none() {
            return;
        }
        let name = match labels {
            Some(labels) => labels.get(METRIC_NAME).to_owned(),
            None => series.labels().map(|l| l.get(METRIC_NAME).to_owned()).unwrap_or_default(),
        };
        if is_of_family(&name, family, metadata.kind) {
            // Metadata is an addition: its refusal does not matter to the scrape.
            self.app.metadata(stored, metadata).ok();
        }
    }
}

/// Why a sample was not added.
enum Refusal {
    Append(AppendError),
    Scrape(ScrapeError),
}

/// Lowers a histogram's resolution until its buckets grow by at least `factor` and number at most `limit` (0: no bound).
/// Tells whether it fits.
fn coarsen(h: &mut HistogramValue, factor: f64, limit: u64) -> bool {
    let schema_max = schema_for_factor(factor);
    if h.schema() > schema_max && h.reduce_resolution(schema_max).is_err() {
        return false;
    }
    while limit > 0 && h.bucket_count() as u64 > limit {
        let schema = h.schema();
        if schema <= histogram::EXPONENTIAL_SCHEMA_MIN || h.reduce_resolution(schema - 1).is_err() {
            return false;
        }
    }
    true
}

/// Returns the finest schema whose buckets grow by at least this factor; the finest of all for a factor of 1 or less.
fn schema_for_factor(factor: f64) -> i32 {
    if factor <= 1.0 {
        return histogram::EXPONENTIAL_SCHEMA_MAX;
    }
    let schema = (-factor.log2().log2()).floor();
    schema.clamp(f64::from(histogram::EXPONENTIAL_SCHEMA_MIN), f64::from(histogram::EXPONENTIAL_SCHEMA_MAX))
        as i32
}
