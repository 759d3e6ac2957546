//! The loop of one target: wait, ask, store, again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use model::duration;
use parking_lot::Mutex;
use storage::Appendable;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::ScrapeError;
use crate::failure_log::FailureLog;
use crate::fetch::{Fetched, Fetcher};
use crate::ingest::{Answer, Features, Ingester, Outcome, Rules};
use crate::metadata::MetadataStore;
use crate::metrics::Metrics;
use crate::schedule::Schedule;
use crate::target::Target;
use crate::threads::Threads;

/// A body up to this size is parsed and stored where it was received: that takes some milliseconds at most, and to wake another
/// thread would cost as much as a small body itself.
const PARSED_IN_PLACE_BYTES_MAX: usize = 1 << 20;

/// What all loops of the program share.
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Appendable>,
    pub(crate) metrics: Metrics,
    pub(crate) features: Features,
    pub(crate) tolerance: Duration,
    pub(crate) threads: Threads,
    /// Large bodies being parsed and stored at once: more would only wait for processors, each with a body in memory.
    pub(crate) parsers: Semaphore,
    pub(crate) buffers: Buffers,
    /// Set when the program ends: then no series is marked as stale, because scraping goes on after the restart.
    pub(crate) shutdown: CancellationToken,
}

/// Bodies of finished scrapes, kept for the next ones.
#[derive(Default)]
pub(crate) struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    /// Buffers kept, and the largest that is: one huge target must not keep its memory for ever.
    const KEPT_MAX: usize = 16;
    const KEPT_BYTES_MAX: usize = 8 << 20;

    fn take(&self) -> Vec<u8> {
        self.0.lock().pop().unwrap_or_default()
    }

    fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut kept = self.0.lock();
        if kept.len() < Self::KEPT_MAX && buffer.capacity() <= Self::KEPT_BYTES_MAX {
            kept.push(buffer);
        }
    }
}

/// What the API shows of a target's last scrape.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastScrape {
    /// When it began.
    pub(crate) at: Option<SystemTime>,
    pub(crate) duration: Duration,
    /// `None` before the first scrape; then whether it succeeded.
    pub(crate) up: Option<bool>,
    pub(crate) error: String,
}

/// One target's loop, as its pool holds it.
pub(crate) struct Loop {
    pub(crate) target: Arc<Target>,
    pub(crate) ingester: Arc<Mutex<Ingester>>,
    pub(crate) metadata: Arc<Mutex<MetadataStore>>,
    pub(crate) last: Arc<Mutex<LastScrape>>,
    /// Set while the job has too many targets.
    pub(crate) forced_error: Arc<Mutex<Option<ScrapeError>>>,
    stop: CancellationToken,
    /// Set if a successor goes on with the same series, so that this loop must not mark them.
    handed_over: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

/// What a loop is started with.
pub(crate) struct Start {
    pub(crate) shared: Arc<Shared>,
    pub(crate) config: Arc<Config>,
    pub(crate) target: Arc<Target>,
    pub(crate) fetcher: Fetcher,
    pub(crate) failure_log: Option<Arc<FailureLog>>,
    /// A predecessor's, if its series go on.
    pub(crate) ingester: Arc<Mutex<Ingester>>,
    /// Time to the first scrape.
    pub(crate) offset: Duration,
}

impl Loop {
    pub(crate) fn spawn(start: Start) -> Loop {
        let (stop, handed_over) = (CancellationToken::new(), CancellationToken::new());
        let last = Arc::<Mutex<LastScrape>>::default();
        let forced_error = Arc::<Mutex<Option<ScrapeError>>>::default();
        let (target, ingester) = (start.target.clone(), start.ingester.clone());
        let runner = Runner {
            start,
            stop: stop.clone(),
            handed_over: handed_over.clone(),
            last: last.clone(),
            forced_error: forced_error.clone(),
        };
        let metadata = ingester.lock().metadata();
        let threads = &runner.start.shared.clone().threads;
        let task = threads.runtime(threads.number_for(target.hash)).spawn(runner.run());
        Loop { target, ingester, metadata, last, forced_error, stop, handed_over, task }
    }

    /// Ends the loop because its target is gone. A scrape that is under way is finished; the series are marked
    /// as stale a good two intervals later, unless the program ends before.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Ends the loop because a successor takes over its series.
    pub(crate) fn hand_over(&self) {
        self.handed_over.cancel();
        self.stop.cancel();
    }

    /// Waits until the loop has ended.
    pub(crate) async fn ended(self) {
        // A loop that panicked has ended too; the panic is in the log.
        self.task.await.ok();
    }
}

struct Runner {
    start: Start,
    stop: CancellationToken,
    handed_over: CancellationToken,
    last: Arc<Mutex<LastScrape>>,
    forced_error: Arc<Mutex<Option<ScrapeError>>>,
}

impl Runner {
    async fn run(self) {
        if !sleep(self.start.offset, &self.stop).await {
            return;
        }
        let interval = self.start.target.interval;
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut schedule = Schedule::starting(since_epoch(), interval, self.start.shared.tolerance);
        let mut scraped = false;
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                _ = ticks.tick() => {}
            }
            self.scrape(schedule.date(since_epoch())).await;
            scraped = true;
        }
        if scraped {
            self.mark_gone(ticks).await;
        }
    }

    /// One scrape.
    async fn scrape(&self, t: i64) {
        let shared = &self.start.shared;
        let (began, began_at) = (Instant::now(), SystemTime::now());
        self.observe_interval(began_at);
        let mut body = shared.buffers.take();
        let forced = self.forced_error.lock().clone();
        let fetched = match forced {
            Some(error) => Err(error),
            None => self.start.fetcher.fetch(&mut body).await,
        };
        let length = fetched.as_ref().ok().and_then(|f| f.whole.as_ref()).map_or(body.len(), |b| b.len());
        let body_bytes = match &fetched {
            Ok(_) => i64::try_from(length).unwrap_or(i64::MAX),
            Err(ScrapeError::BodySizeLimit) => -1,
            Err(_) => 0,
        };
        let (ingester, config, target) =
            (self.start.ingester.clone(), self.start.config.clone(), self.start.target.clone());
        let work_shared = shared.clone();
        let in_place = length <= PARSED_IN_PLACE_BYTES_MAX;
        let work = move || {
            let rules = Rules { config: &config, target: &target, features: work_shared.features };
            let answer = match &fetched {
                Ok(Fetched { content_type, whole }) => {
                    let body = whole.as_deref().unwrap_or(&body);
                    Ok(Answer { body, content_type: content_type.as_deref() })
                }
                Err(error) => Err(error.clone()),
            };
            let storage = work_shared.storage.as_ref();
            let outcome = ingester.lock().record(storage, rules, t, answer, body_bytes, || began.elapsed());
            work_shared.buffers.give_back(body);
            outcome
        };
        let outcome = if in_place {
            // A panic costs this scrape, not all that come.
            catch_unwind(AssertUnwindSafe(work)).ok()
        } else {
            let _permit = shared.parsers.acquire().await;
            tokio::task::spawn_blocking(work).await.ok()
        };
        match outcome {
            Some(outcome) => self.report(&outcome, began_at, began.elapsed()),
            None => tracing::error!(target_url = %self.start.target.url, "scrape ended in a panic"),
        }
    }

    fn observe_interval(&self, began_at: SystemTime) {
        let Some(before) = self.last.lock().at else { return };
        // Nothing is told about an interval in which the clock was set back.
        if let Ok(passed) = began_at.duration_since(before) {
            let interval = duration::format(self.start.target.interval);
            self.start.shared.metrics.interval_length.with(&[&interval]).observe(passed.as_secs_f64());
        }
    }

    /// Puts the outcome into status, metrics and logs.
    fn report(&self, outcome: &Outcome, began_at: SystemTime, took: Duration) {
        let (job, target) = (&self.start.config.job_name, &self.start.target);
        let error = outcome.error.as_ref().map(ToString::to_string);
        count(&self.start.shared.metrics, outcome);
        if let Some(error) = &error {
            tracing::debug!(job = %job, target_url = %target.url, error = %error, "scrape failed");
            if let Some(log) = &self.start.failure_log {
                log.write(began_at, job, &target.url, error);
            }
        }
        if let Some(complaint) = &outcome.content_type_complaint {
            tracing::debug!(job = %job, target_url = %target.url, error = %complaint, "fallback format taken");
        }
        let refused = &outcome.refused;
        for (count, message) in [
            (refused.out_of_order, "out-of-order samples refused"),
            (refused.duplicate, "samples with another value at the same timestamp refused"),
            (refused.out_of_bounds, "samples that are too old or too far in the future refused"),
            (refused.exemplars, "out-of-order exemplars refused"),
            (refused.series_limit, "samples of new series refused, a bound is reached"),
        ] {
            if count > 0 {
                tracing::warn!(job = %job, target_url = %target.url, num_dropped = count, "{message}");
            }
        }
        if let Some(error) = &outcome.commit_error {
            tracing::error!(job = %job, target_url = %target.url, error = %error, "scrape could not be stored");
        }
        *self.last.lock() = LastScrape {
            at: Some(began_at),
            duration: took,
            up: Some(error.is_none()),
            error: error.unwrap_or_default(),
        };
    }

    /// Marks all series as stale once it is sure that no successor of this loop writes them: the target may only
    /// have moved to another group.
    async fn mark_gone(&self, mut ticks: tokio::time::Interval) {
        let ended = || self.handed_over.is_cancelled() || self.start.shared.shutdown.is_cancelled();
        let wait = async {
            ticks.tick().await;
            let t = i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX);
            ticks.tick().await;
            tokio::time::sleep(self.start.target.interval / 10).await;
            t
        };
        let t = tokio::select! {
            () = self.start.shared.shutdown.cancelled() => return,
            () = self.handed_over.cancelled() => return,
            t = wait => t,
        };
        if ended() {
            return;
        }
        let shared = self.start.shared.clone();
        let (ingester, config, target) =
            (self.start.ingester.clone(), self.start.config.clone(), self.start.target.clone());
        let work = tokio::task::spawn_blocking(move || {
            let rules = Rules { config: &config, target: &target, features: shared.features };
            ingester.lock().end(shared.storage.as_ref(), rules, t)
        });
        if let Ok(Err(error)) = work.await {
            let url = &self.start.target.url;
            tracing::warn!(target_url = %url, error = %error, "staleness markers could not be stored");
        }
    }
}

fn count(metrics: &Metrics, outcome: &Outcome) {
    let refused = &outcome.refused;
    metrics.out_of_order.inc_by(refused.out_of_order as u64);
    metrics.duplicate.inc_by(refused.duplicate as u64);
    metrics.out_of_bounds.inc_by(refused.out_of_bounds as u64);
    metrics.exemplar_out_of_order.inc_by(refused.exemplars as u64);
    metrics.series_refused.inc_by(refused.series_limit as u64);
    metrics.cache_flush_forced.inc_by(u64::from(outcome.cache_flushed));
    metrics.exceeded_label_limits.inc_by(u64::from(outcome.label_limit_hit));
    match &outcome.error {
        Some(ScrapeError::BodySizeLimit) => metrics.exceeded_body_size_limit.inc(),
        Some(ScrapeError::SampleLimit) => metrics.exceeded_sample_limit.inc(),
        Some(ScrapeError::BucketLimit) => metrics.exceeded_bucket_limit.inc(),
        Some(_) | None => {}
    }
}

/// Sleeps; false if asked to stop meanwhile.
async fn sleep(time: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        biased;
        () = stop.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}

pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
