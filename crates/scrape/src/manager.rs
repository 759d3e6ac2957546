//! All jobs, and what the API shows of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use model::Labels;
use parking_lot::Mutex;
use storage::Appendable;
use telemetry::Registry;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::Config;
use crate::ingest::Features;
use crate::metadata::MetadataStore;
use crate::metrics::Metrics;
use crate::pool::Pool;
use crate::run::{Buffers, Shared};
use crate::schedule::TOLERANCE_DEFAULT;
use crate::target::{Target, offset_seed};
use crate::threads::Threads;

/// Options of the whole program.
#[derive(Clone, Debug)]
pub struct Options {
    /// What targets see as `User-Agent`.
    pub user_agent: String,
    /// Host name, part of where in its interval a target is scraped.
    pub hostname: String,
    /// How far a timestamp is moved to where it was due; zero for not at all.
    pub tolerance: Duration,
    /// Feature flags.
    pub features: Features,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            user_agent: "Bongsu".to_owned(),
            hostname: String::new(),
            tolerance: TOLERANCE_DEFAULT,
            features: Features::default(),
        }
    }
}

/// All jobs. Clones are the same manager. Must be used within a Tokio runtime.
#[derive(Clone)]
pub struct Manager(Arc<Inner>);

struct Inner {
    options: Options,
    shared: Arc<Shared>,
    state: Mutex<State>,
    /// Ends the threads that scrape with the last clone of the manager.
    _stop_threads: DropGuard,
}

#[derive(Default)]
struct State {
    pools: BTreeMap<String, Pool>,
    external_labels: Labels,
}

/// Whether a target answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Not asked yet.
    Unknown,
    /// The last scrape succeeded.
    Up,
    /// The last scrape failed.
    Down,
}

impl Health {
    /// Returns the word used in the HTTP API.
    pub fn as_str(self) -> &'static str {
        match self {
            Health::Unknown => "unknown",
            Health::Up => "up",
            Health::Down => "down",
        }
    }
}

/// A target and its last scrape.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    /// The target.
    pub target: Arc<Target>,
    /// Whether it answers.
    pub health: Health,
    /// Why not; empty if it does.
    pub last_error: String,
    /// When the last scrape began.
    pub last_scrape: Option<SystemTime>,
    /// How long it took.
    pub last_scrape_duration: Duration,
    /// What it told about its metrics.
    pub metadata: Arc<Mutex<MetadataStore>>,
}

/// A job and its targets.
#[derive(Clone, Debug)]
pub struct PoolStatus {
    /// The job.
    pub config: Arc<Config>,
    /// Targets that are scraped, by URL and labels.
    pub active: Vec<TargetStatus>,
    /// Discovered labels of dropped targets, as many as are kept.
    pub dropped: Vec<Labels>,
    /// How many targets were dropped.
    pub dropped_count: usize,
}

impl Manager {
    /// Builds a manager without jobs and registers its metrics.
    pub fn new(options: Options, storage: Arc<dyn Appendable>, registry: &Registry) -> Manager {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let (threads, stop_threads) = Threads::start();
        let shared = Arc::new(Shared {
            storage,
            metrics: Metrics::new(registry),
            features: options.features,
            tolerance: options.tolerance,
            threads,
            parsers: Semaphore::new(processors * 2),
            buffers: Buffers::default(),
            shutdown: CancellationToken::new(),
        });
        Manager(Arc::new(Inner { options, shared, state: Mutex::default(), _stop_threads: stop_threads }))
    }

    /// Takes the jobs of a configuration. Jobs that did not change keep their targets, caches and timing.
    ///
    /// # Errors
    /// One text per job whose HTTP client or log cannot be opened; the other jobs are taken.
    pub fn apply(&self, jobs: &[Arc<Config>], external_labels: &Labels) -> Result<(), Vec<String>> {
        let inner = &self.0;
        let agent = &inner.options.user_agent;
        let mut state = inner.state.lock();
        let seed = offset_seed(&inner.options.hostname, external_labels);
        state.external_labels = external_labels.clone();
        let mut errors = Vec::new();
        let gone: Vec<String> =
            state.pools.keys().filter(|name| !jobs.iter().any(|j| j.job_name == **name)).cloned().collect();
        for name in gone {
            if let Some(pool) = state.pools.remove(&name) {
                pool.stop();
            }
        }
        for config in jobs {
            let result = match state.pools.get_mut(&config.job_name) {
                Some(pool) if *pool.config == **config => Ok(()),
                Some(pool) => pool.reload(config.clone(), agent),
                None => Pool::new(config.clone(), inner.shared.clone(), seed, agent).map(|pool| {
                    state.pools.insert(config.job_name.clone(), pool);
                }),
            };
            if let Err(error) = result {
                errors.push(format!("job {:?}: {error}", config.job_name));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Takes what discovery found, by job. Jobs it does not name keep their targets; unknown jobs are ignored, because
    /// a reload may have removed them meanwhile.
    pub fn update(&self, found: &discovery::Targets) {
        let mut state = self.0.state.lock();
        for (job, groups) in found {
            if let Some(pool) = state.pools.get_mut(job) {
                pool.sync(groups.clone());
            }
        }
    }

    /// Returns the names of all jobs, sorted.
    pub fn pool_names(&self) -> Vec<String> {
        self.0.state.lock().pools.keys().cloned().collect()
    }

    /// Returns one job with its targets.
    pub fn pool(&self, name: &str) -> Option<PoolStatus> {
        self.0.state.lock().pools.get(name).map(status)
    }

    /// Returns all jobs with their targets, by name.
    pub fn pools(&self) -> Vec<PoolStatus> {
        self.0.state.lock().pools.values().map(status).collect()
    }

    /// Brings the figures that are only worked out on demand up to date. To be called before metrics are gathered.
    pub fn refresh_metrics(&self) {
        let metrics = &self.0.shared.metrics;
        for (job, pool) in &self.0.state.lock().pools {
            let (mut entries, mut bytes) = (0, 0);
            for running in pool.loops.values() {
                let metadata = running.metadata.lock();
                entries += metadata.len();
                bytes += metadata.bytes();
            }
            metrics.metadata_entries.with(&[job]).set(entries as f64);
            metrics.metadata_bytes.with(&[job]).set(bytes as f64);
        }
    }

    /// Ends all loops and waits until the scrapes under way are stored. Series are not marked as stale: the next start
    /// goes on with them.
    pub async fn shut_down(&self) {
        self.0.shared.shutdown.cancel();
        let pools = std::mem::take(&mut self.0.state.lock().pools);
        let loops: Vec<_> = pools.into_values().flat_map(Pool::shut_down).collect();
        for running in loops {
            running.ended().await;
        }
    }
}

fn status(pool: &Pool) -> PoolStatus {
    let mut active: Vec<TargetStatus> = pool
        .loops
        .values()
        .map(|running| {
            let last = running.last.lock().clone();
            TargetStatus {
                target: running.target.clone(),
                health: match last.up {
                    None => Health::Unknown,
                    Some(true) => Health::Up,
                    Some(false) => Health::Down,
                },
                last_error: last.error,
                last_scrape: last.at,
                last_scrape_duration: last.duration,
                metadata: running.metadata.clone(),
            }
        })
        .collect();
    active.sort_by(|a, b| (&a.target.labels, &a.target.url).cmp(&(&b.target.labels, &b.target.url)));
    PoolStatus {
        config: pool.config.clone(),
        active,
        dropped: pool.dropped.clone(),
        dropped_count: pool.dropped_count,
    }
}
