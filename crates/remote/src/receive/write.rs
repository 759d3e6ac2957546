//! From a message to a committed batch.

use std::sync::Arc;

use model::histogram::{EXPONENTIAL_SCHEMA_MAX, HistogramValue};
use model::{Exemplar, Labels};
use parking_lot::Mutex;
use storage::{Append, AppendError, Appendable, SeriesRef};
use telemetry::{Counter, Registry};

use super::cache::{Cache, Key};
use super::error::WriteError;
use super::histogram::HistogramSample;
use super::labels::LabelsError;
use super::message::Message;
use super::v2::SeriesV2;
use super::wire::WireError;
use super::{body, v1, v2};

/// How far in the future a sample may lie: clocks differ.
const AHEAD_MS_MAX: i64 = 10 * 60 * 1000;
/// Refusals that an answer lists; a sender only logs them.
const REFUSALS_SHOWN_MAX: usize = 100;
/// Buffers for decompressed bodies that are kept between requests.
const BUFFERS_KEPT_MAX: usize = 16;
/// The largest schema that can be an exponential one; those above 8 are brought down to it.
const EXPONENTIAL_SCHEMA_RESERVED_MAX: i32 = 52;

/// Behaviour behind flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `created-timestamp-zero-ingestion`: a zero sample is stored where a series started counting.
    pub start_zero: bool,
    /// `st-storage`: samples are stored with the time their series began to count.
    pub start_storage: bool,
    /// `metadata-wal-records`: metadata is stored with the series.
    pub metadata: bool,
}

/// What was stored of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Float samples.
    pub samples: u64,
    /// Native histogram samples.
    pub histograms: u64,
    /// Exemplars.
    pub exemplars: u64,
}

/// What became of a request whose batch was committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was stored.
    pub written: Written,
    /// Why other parts were refused, one text each, at most 100; empty if all was stored. Sending them again does not help.
    pub refused: Vec<String>,
    /// How many parts were refused, those not listed included.
    pub refused_count: usize,
}

impl Outcome {
    fn refuse(&mut self, text: impl FnOnce() -> String) {
        self.refused_count += 1;
        if self.refused.len() < REFUSALS_SHOWN_MAX {
            self.refused.push(text());
        }
    }
}

/// One thing that a series brings.
pub enum Item {
    /// A float sample.
    Sample {
        /// Milliseconds.
        t: i64,
        /// When the series started counting, 0 if not told.
        start_ms: i64,
        /// The value.
        v: f64,
    },
    /// A native histogram sample.
    Histogram(HistogramSample),
    /// An exemplar.
    Exemplar(Exemplar),
    /// An exemplar whose labels cannot be found.
    BadExemplar(String),
}

/// A series of either message, in place.
pub trait Series {
    /// Bytes that are equal only for equal series.
    fn key(&self) -> Option<&[u8]>;

    /// Builds the label set.
    ///
    /// # Errors
    /// The outer error is about the message, the inner one about these labels.
    fn labels(&self) -> Result<Result<Labels, LabelsError>, WireError>;

    /// Calls `each` with everything the series brings, in the message's order.
    ///
    /// # Errors
    /// [`WireError`] as `E`, or what `each` returns.
    fn each_item<E: From<WireError>>(&self, each: impl FnMut(Item) -> Result<(), E>) -> Result<(), E>;
}

/// Takes remote writes. Requests may be stored at the same time from many threads.
pub struct Receiver {
    storage: Arc<dyn Appendable>,
    options: Options,
    cache: Cache,
    buffers: Mutex<Vec<Vec<u8>>>,
    pub(super) invalid_labels: Counter,
    without_metadata: Counter,
}

impl Receiver {
    /// Builds a receiver and registers its metrics.
    pub fn new(storage: Arc<dyn Appendable>, options: Options, registry: &Registry) -> Receiver {
        let invalid_labels = registry.counter(
            "prometheus_api_remote_write_invalid_labels_samples_total",
            "The total number of received remote write samples and histogram samples which were rejected due to invalid labels.",
        );
        let without_metadata = registry.counter(
            "prometheus_api_remote_write_without_metadata_appended_samples_total",
            "The total number of received remote write samples (and histogram samples) which were ingested without corresponding metadata.",
        );
        let (cache, buffers) = (Cache::default(), Mutex::default());
        Receiver { storage, options, cache, buffers, invalid_labels, without_metadata }
    }

    /// Stores what a compressed body holds, in one batch. Blocks.
    ///
    /// # Errors
    /// [`WriteError`]: nothing was stored.
    pub fn write(&self, message: Message, compressed: &[u8], now_ms: i64) -> Result<Outcome, WriteError> {
        let mut buffer = self.buffers.lock().pop().unwrap_or_default();
        let result = body::decompress(compressed, &mut buffer)
            .and_then(|()| self.write_message(message, &buffer, now_ms));
        let mut buffers = self.buffers.lock();
        if buffers.len() < BUFFERS_KEPT_MAX {
            buffers.push(buffer);
        }
        result
    }

    fn write_message(&self, message: Message, body: &[u8], now_ms: i64) -> Result<Outcome, WriteError> {
        let mut batch = Batch {
            receiver: self,
            append: self.storage.appender(),
            message,
            now_ms,
            outcome: Outcome::default(),
        };
        // On an error the batch is dropped, which stores nothing.
        match message {
            Message::V1 => v1::each_series(body, |s| batch.store(s))?,
            Message::V2 => v2::each_series(body, |s| batch.store_v2(s))?,
        }
        let Batch { append, mut outcome, .. } = batch;
        let summary = append.commit().map_err(WriteError::Storage)?;
        outcome.written.samples = outcome.written.samples.saturating_sub(summary.dropped);
        Ok(outcome)
    }
}

struct Batch<'a> {
    receiver: &'a Receiver,
    append: Box<dyn Append + 'a>,
    message: Message,
    now_ms: i64,
    outcome: Outcome,
}

impl Batch<'_> {
    fn store_v2(&mut self, series: &SeriesV2<'_>) -> Result<(), WriteError> {
        let metadata = match series.metadata()? {
            Ok(metadata) => metadata,
            Err(text) => {
                let references = series.shown_references();
                self.outcome.refuse(|| format!("parsing metadata for series {references}: {text}"));
                return Ok(());
            }
        };
        if !series.has_values() {
            if let Some(labels) = self.checked_labels(series)? {
                self.outcome.refuse(|| {
                    format!("TimeSeries must contain at least one sample or histogram for series {labels}")
                });
            }
            return Ok(());
        }
        let before = self.outcome.written;
        let stored_as = self.store_items(series)?;
        if let Some(stored_as) = stored_as.filter(|_| self.receiver.options.metadata)
            && self.append.metadata(stored_as, &metadata).is_err()
        {
            let after = self.outcome.written;
            let values = after.samples + after.histograms - before.samples - before.histograms;
            self.receiver.without_metadata.inc_by(values);
        }
        Ok(())
    }

    fn store<S: Series>(&mut self, series: &S) -> Result<(), WriteError> {
        self.store_items(series).map(drop)
    }

    /// Stores what a series brings; returns the reference unless its labels were refused.
    fn store_items<S: Series>(&mut self, series: &S) -> Result<Option<SeriesRef>, WriteError> {
        let key = series.key().map(|bytes| self.receiver.cache.key(bytes));
        let known = key.and_then(|key| self.receiver.cache.get(key));
        let mut target = match known {
            Some(known) => Target { series: known, from_cache: true },
            None => match self.resolve(series, key)? {
                Some(series) => Target { series, from_cache: false },
                None => return Ok(None),
            },
        };
        series.each_item(|item| self.store_item(series, key, &mut target, item))?;
        Ok(Some(target.series))
    }

    fn store_item<S: Series>(
        &mut self,
        series: &S,
        key: Option<Key>,
        target: &mut Target,
        item: Item,
    ) -> Result<(), WriteError> {
        let latest = self.now_ms.saturating_add(AHEAD_MS_MAX);
        let result = match item {
            Item::Sample { t, .. } | Item::Histogram(HistogramSample { t, .. }) if t > latest => {
                let error = "out of bounds: timestamp is too far in the future";
                return self.refuse(series, error);
            }
            Item::BadExemplar(text) => {
                let labels = self.shown_labels(series)?;
                self.outcome.refuse(|| format!("parsing exemplar for series {labels}: {text}"));
                return Ok(());
            }
            Item::Exemplar(exemplar) => return self.exemplar(series, target.series, &exemplar),
            Item::Sample { t, start_ms, v } => {
                self.start_zero(target.series, t, start_ms, None);
                let start_ms = self.stored_start(start_ms);
                let first = self.append.sample_started(target.series, start_ms, t, v);
                let result = match self.again(first, series, key, target)? {
                    Attempt::Done(result) => result,
                    Attempt::Again => self.append.sample_started(target.series, start_ms, t, v),
                    Attempt::Refused => return Ok(()),
                };
                result.map(|()| self.outcome.written.samples += 1)
            }
            Item::Histogram(mut sample) => {
                bring_down(&mut sample.value);
                self.start_zero(target.series, sample.t, sample.start_ms, Some(&sample.value));
                let copy = target.from_cache.then(|| sample.value.clone());
                let start_ms = self.stored_start(sample.start_ms);
                let first = self.append.histogram_started(target.series, start_ms, sample.t, sample.value);
                let result = match (self.again(first, series, key, target)?, copy) {
                    (Attempt::Again, Some(value)) => {
                        self.append.histogram_started(target.series, start_ms, sample.t, value)
                    }
                    (Attempt::Again, None) => Err(AppendError::UnknownSeries),
                    (Attempt::Done(result), _) => result,
                    (Attempt::Refused, _) => return Ok(()),
                };
                result.map(|()| self.outcome.written.histograms += 1)
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(error @ (AppendError::Storage(_) | AppendError::UnknownSeries)) => {
                Err(WriteError::Storage(error))
            }
            Err(refused) => self.refuse(series, refused),
        }
    }

    /// Resolves anew where the storage has forgotten a reference of the cache.
    fn again<S: Series>(
        &mut self,
        result: Result<(), AppendError>,
        series: &S,
        key: Option<Key>,
        target: &mut Target,
    ) -> Result<Attempt, WriteError> {
        let from_cache = std::mem::replace(&mut target.from_cache, false);
        if !(from_cache && matches!(result, Err(AppendError::UnknownSeries))) {
            return Ok(Attempt::Done(result));
        }
        match self.resolve(series, key)? {
            Some(resolved) => {
                target.series = resolved;
                Ok(Attempt::Again)
            }
            None => Ok(Attempt::Refused),
        }
    }

    /// Asks the storage for the series. `None` where its labels were refused, which is noted.
    fn resolve<S: Series>(&mut self, series: &S, key: Option<Key>) -> Result<Option<SeriesRef>, WriteError> {
        let Some(labels) = self.checked_labels(series)? else { return Ok(None) };
        match self.append.resolve(&labels) {
            Ok(found) => {
                if let Some(key) = key {
                    self.receiver.cache.insert(key, found, self.now_ms);
                }
                Ok(Some(found))
            }
            Err(error @ AppendError::Storage(_)) => Err(WriteError::Storage(error)),
            Err(refused) => {
                self.outcome.refuse(|| format!("{refused} for series {labels}"));
                Ok(None)
            }
        }
    }

    /// Builds the labels; `None` where they cannot name a series, which is noted as each version wants it:
    /// a 1.0 sender hears nothing of it.
    fn checked_labels<S: Series>(&mut self, series: &S) -> Result<Option<Labels>, WireError> {
        let error = match series.labels()? {
            Ok(labels) => return Ok(Some(labels)),
            Err(error) => error,
        };
        let mut values = 0;
        series.each_item(|item| {
            values += u64::from(matches!(item, Item::Sample { .. } | Item::Histogram(_)));
            Ok::<(), WireError>(())
        })?;
        match self.message {
            Message::V1 => self.receiver.invalid_labels.inc(),
            Message::V2 => {
                self.receiver.invalid_labels.inc_by(values);
                self.outcome.refuse(|| match error {
                    LabelsError::Invalid { shown } => format!("invalid metric name or labels, got {shown}"),
                    LabelsError::Duplicate { shown, name } => {
                        format!("invalid labels for series, labels {shown}, duplicated label {name}")
                    }
                    LabelsError::References { text } => format!("parsing labels for series: {text}"),
                });
            }
        }
        Ok(None)
    }

    fn exemplar<S: Series>(
        &mut self,
        series: &S,
        stored_as: SeriesRef,
        exemplar: &Exemplar,
    ) -> Result<(), WriteError> {
        match self.append.exemplar(stored_as, exemplar) {
            Ok(()) => self.outcome.written.exemplars += 1,
            Err(error @ AppendError::Storage(_)) => return Err(WriteError::Storage(error)),
            // A 1.0 sender hears nothing of exemplars, a 2.0 sender only of the order.
            Err(error @ AppendError::ExemplarOutOfOrder) if self.message == Message::V2 => {
                return self.refuse(series, error);
            }
            Err(_not_worth_an_answer) => {}
        }
        Ok(())
    }

    /// Returns the start that is stored with a sample; 0 for none.
    fn stored_start(&self, start_ms: i64) -> i64 {
        if self.receiver.options.start_storage { start_ms } else { 0 }
    }

    fn start_zero(&mut self, series: SeriesRef, t: i64, start_ms: i64, histogram: Option<&HistogramValue>) {
        if self.receiver.options.start_zero && start_ms != 0 && t != 0 {
            // Out of order is the usual case: the start was stored with an earlier sample.
            self.append.start_zero(series, t, start_ms, histogram).ok();
        }
    }

    fn refuse<S: Series>(&mut self, series: &S, error: impl std::fmt::Display) -> Result<(), WriteError> {
        let labels = self.shown_labels(series)?;
        let version = self.message;
        self.outcome.refuse(|| match version {
            Message::V1 => error.to_string(),
            Message::V2 => format!("{error} for series {labels}"),
        });
        Ok(())
    }

    fn shown_labels<S: Series>(&self, series: &S) -> Result<String, WireError> {
        if self.outcome.refused.len() >= REFUSALS_SHOWN_MAX {
            return Ok(String::new());
        }
        Ok(series.labels()?.map_or_else(|_| "{}".to_owned(), |l| l.to_string()))
    }
}

/// Where the items of a series go.
struct Target {
    series: SeriesRef,
    /// Whether the storage may not know the reference any more.
    from_cache: bool,
}

enum Attempt {
    /// The storage knew the series.
    Done(Result<(), AppendError>),
    /// There is a new reference: try once more.
    Again,
    /// The storage does not take the series any more, which is noted already.
    Refused,
}

/// Lowers the resolution of a histogram that is finer than what is stored.
fn bring_down(value: &mut HistogramValue) {
    if (EXPONENTIAL_SCHEMA_MAX + 1..=EXPONENTIAL_SCHEMA_RESERVED_MAX).contains(&value.schema()) {
        // What cannot be lowered is refused by the storage's validation.
        value.reduce_resolution(EXPONENTIAL_SCHEMA_MAX).ok();
    }
}
