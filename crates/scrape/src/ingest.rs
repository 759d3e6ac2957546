//! One scrape, from body to storage. No clock, no socket: the caller brings bytes, time and storage.
//!
//! A scrape is one batch. If anything is wrong with the body, the batch is thrown away and a second one marks all series
//! of the scrape before as stale: nothing of a malformed answer is ever stored. The report series (`up`, …) are part of
//! the batch, so a reader sees a scrape whole or not at all.
//!
//! Source: Prometheus 3.14 `scrape/scrape.go` (`scrapeAndReport`, `append`, `checkAddError`). One difference, on purpose:
//! where a scrape fails half way, Prometheus marks only the series it had not reached; here all are marked.

mod batch;
mod report;

use std::sync::Arc;
use std::time::Duration;

use model::value::STALE_NAN;
use parking_lot::Mutex;
use storage::{Append, AppendError, Appendable};

use crate::cache::Cache;
use crate::config::Config;
use crate::error::ScrapeError;
use crate::metadata::MetadataStore;
use crate::target::Target;
use batch::Batch;
use report::ReportSeries;

/// Options of the whole program that change what is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// `created-timestamp-zero-ingestion`: a zero sample where a counter started.
    pub start_zero: bool,
    /// `st-storage`: samples are stored with the time their series began to count.
    pub start_storage: bool,
    /// `metadata-wal-records`: metadata goes to the storage too.
    pub metadata_records: bool,
}

/// What a target answered.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'b> {
    /// The body, uncompressed.
    pub body: &'b [u8],
    /// Its content type, if it told one.
    pub content_type: Option<&'b str>,
}

/// What became of a scrape.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Samples in the body.
    pub scraped: usize,
    /// Samples left after relabelling.
    pub kept: usize,
    /// Series that were not known before.
    pub series_added: usize,
    /// Samples refused one by one.
    pub refused: Refused,
    /// What is wrong with the content type, where the fallback was taken for it.
    pub content_type_complaint: Option<String>,
    /// Whether a label limit was exceeded.
    pub label_limit_hit: bool,
    /// Whether the cache had to be flushed because it grew while scrapes failed.
    pub cache_flushed: bool,
    /// Why the target is down, if it is.
    pub error: Option<ScrapeError>,
    /// Why the batch could not be stored, if so.
    pub commit_error: Option<AppendError>,
}

/// Samples that the storage refused one by one, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Older than what is stored.
    pub out_of_order: usize,
    /// Another value at the same time.
    pub duplicate: usize,
    /// Too old or too far ahead.
    pub out_of_bounds: usize,
    /// Exemplars older than what is stored.
    pub exemplars: usize,
    /// New series over a bound.
    pub series_limit: usize,
}

/// What is remembered of a target between its scrapes.
#[derive(Debug, Default)]
pub struct Ingester {
    cache: Cache,
    report: ReportSeries,
    metadata: Arc<Mutex<MetadataStore>>,
}

/// What a scrape is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The job.
    pub config: &'a Config,
    /// The target.
    pub target: &'a Target,
    /// The program's options.
    pub features: Features,
}

impl Ingester {
    /// Returns what the target told about its metrics; shared with the API.
    pub fn metadata(&self) -> Arc<Mutex<MetadataStore>> {
        self.metadata.clone()
    }

    /// Stores one scrape, or the fact that it failed. `elapsed` tells the time since the scrape began when asked.
    /// `body_bytes` is what `scrape_body_size_bytes` reports: −1 where the limit was exceeded.
    pub fn record(
        &mut self,
        storage: &dyn Appendable,
        rules: Rules<'_>,
        t: i64,
        answer: Result<Answer<'_>, ScrapeError>,
        body_bytes: i64,
        elapsed: impl Fn() -> Duration,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        self.cache.begin();
        let mut app = storage.appender();
        let stored = answer.and_then(|a| self.store_body(app.as_mut(), rules, t, a, &mut outcome));
        let good = match stored {
            Ok(has_body) => has_body,
            Err(error) => {
                app.rollback();
                app = storage.appender();
                self.cache.untrack_all();
                outcome.error = Some(error);
                false
            }
        };
        self.mark_stale(app.as_mut(), t);
        outcome.cache_flushed = self.cache.end(good);
        let values = report::Values::of(&outcome, rules, elapsed(), body_bytes);
        self.report.store(app.as_mut(), rules, t, &values);
        outcome.commit_error = app.commit().err();
        outcome
    }

    /// Marks all series of a target that is gone, at a time when its next scrape would have been. Samples of a
    /// successor that was scraped meanwhile stand: a marker older than them is refused.
    pub fn end(&mut self, storage: &dyn Appendable, rules: Rules<'_>, t: i64) -> Result<(), AppendError> {
        self.cache.begin();
        let mut app = storage.appender();
        app.refuse_out_of_order();
        self.mark_stale(app.as_mut(), t);
        self.cache.end(false);
        self.report.store(app.as_mut(), rules, t, &report::Values::stale());
        app.commit().map(|_| ())
    }

    /// Returns whether there was a body: an empty one tells nothing about which series are alive.
    fn store_body(
        &mut self,
        app: &mut dyn Append,
        rules: Rules<'_>,
        t: i64,
        answer: Answer<'_>,
        outcome: &mut Outcome,
    ) -> Result<bool, ScrapeError> {
        if answer.body.is_empty() {
            return Ok(false);
        }
        let mut metadata = self.metadata.lock();
        metadata.begin(rules.features.metadata_records);
        Batch { cache: &mut self.cache, metadata: &mut metadata, app, rules, t, outcome }.store(answer)?;
        metadata.end();
        Ok(true)
    }

    fn mark_stale(&mut self, app: &mut dyn Append, t: i64) {
        for series in self.cache.stale() {
            // Refused where the series has a sample at this time or later, or is gone: then no marker is needed.
            app.sample(series, t, STALE_NAN).ok();
        }
    }
}

#[cfg(test)]
mod tests;
