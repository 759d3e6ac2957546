//! The manager: starts and stops providers as the configuration says, and hands out what they find.
//!
//! One task owns all state ([`crate::pools`]) and decides when to hand out ([`crate::debounce`]); each provider is a task
//! that sends its groups to it through a bounded channel.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::debounce::Debounce;
use crate::mechanisms::{Setup, Sink};
use crate::metrics::Metrics;
use crate::pools::{Pools, ProviderId, Start};
use crate::{Config, TargetGroup};

/// All groups of all jobs, those without targets too.
pub type Targets = BTreeMap<String, Vec<Arc<TargetGroup>>>;

/// Updates that may wait to be taken in; a provider that finds more waits.
const UPDATES_WAITING_MAX: usize = 64;

/// How to discover.
#[derive(Clone)]
pub struct Options {
    /// Value of the metrics' label `name`: `scrape` or `notify`.
    pub name: &'static str,
    /// Longest pause between two updates that are handed out; see [`Options::new`].
    pub update_interval: Duration,
    /// How HTTP requests name us.
    pub user_agent: String,
    /// Where to count.
    pub metrics: Metrics,
}

impl Options {
    /// Returns options with Prometheus's five seconds between updates.
    pub fn new(name: &'static str, user_agent: &str, metrics: Metrics) -> Options {
        let update_interval = Duration::from_secs(5);
        Options { name, update_interval, user_agent: user_agent.to_owned(), metrics }
    }
}

/// What a provider has found.
pub(crate) struct Update {
    pub(crate) provider: ProviderId,
    pub(crate) groups: Vec<TargetGroup>,
}

/// Hands configurations to the manager's task. Clones talk to the same.
#[derive(Clone)]
pub struct Manager(mpsc::UnboundedSender<BTreeMap<String, Vec<Config>>>);

impl Manager {
    /// Starts the manager's task, which runs until `shutdown` is cancelled. The receiver always holds the newest state;
    /// states in between may never be seen.
    pub fn start(
        options: Options,
        shutdown: CancellationToken,
    ) -> (Manager, watch::Receiver<Arc<Targets>>, JoinHandle<()>) {
        // Unbounded, but one message per reload, and reloads wait for each other.
        let (configs, incoming) = mpsc::unbounded_channel();
        let (updates, found) = mpsc::channel(UPDATES_WAITING_MAX);
        let (out, targets) = watch::channel(Arc::default());
        let task = Task {
            debounce: Debounce::new(options.update_interval),
            options,
            pools: Pools::default(),
            running: BTreeMap::new(),
            updates,
            out,
        };
        (Manager(configs), targets, tokio::spawn(task.run(incoming, found, shutdown)))
    }

    /// Replaces the configuration of all jobs. Providers whose configuration has not changed keep running.
    pub fn apply(&self, jobs: impl IntoIterator<Item = (String, Vec<Config>)>) {
        // Fails only after shutdown, when there is nothing to do any more.
        let _ = self.0.send(jobs.into_iter().collect());
    }
}

struct Task {
    options: Options,
    debounce: Debounce,
    pools: Pools,
    running: BTreeMap<ProviderId, Running>,
    updates: mpsc::Sender<Update>,
    out: watch::Sender<Arc<Targets>>,
}

struct Running {
    task: JoinHandle<()>,
    mechanism: &'static str,
    job: String,
}

impl Task {
    async fn run(
        mut self,
        mut configs: mpsc::UnboundedReceiver<BTreeMap<String, Vec<Config>>>,
        mut found: mpsc::Receiver<Update>,
        shutdown: CancellationToken,
    ) {
        loop {
            let due = self.debounce.due();
            tokio::select! {
                () = shutdown.cancelled() => break,
                jobs = configs.recv() => match jobs {
                    Some(jobs) => self.apply(jobs),
                    None => break,
                },
                Some(update) = found.recv() => self.take(update),
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.hand_out(),
            }
        }
        for running in self.running.values() {
            running.task.abort();
        }
    }

    fn apply(&mut self, jobs: BTreeMap<String, Vec<Config>>) {
        let metrics = self.options.metrics.clone();
        let name = self.options.name;
        let changes = self.pools.apply(jobs);
        for id in changes.stop {
            if let Some(running) = self.running.remove(&id) {
                running.task.abort();
                metrics.refresh_failures.remove(&[running.mechanism, &running.job]);
                metrics.refresh_duration.remove(&[running.mechanism, &running.job]);
            }
        }
        for job in changes.jobs_removed {
            metrics.discovered_targets.remove(&[name, &job]);
            metrics.last_update.remove(&[name, &job]);
        }
        let mut failed = 0;
        for start in changes.start {
            failed += usize::from(!self.start(start));
        }
        metrics.failed_configs.with(&[name]).set(failed as f64);
        self.debounce.changed(Instant::now());
    }

    fn start(&mut self, Start { id, config, job }: Start) -> bool {
        let setup = Setup {
            sink: Sink::new(id, self.updates.clone()),
            job: job.clone(),
            user_agent: self.options.user_agent.clone(),
            metrics: self.options.metrics.clone(),
        };
        let mechanism = config.name();
        match crate::mechanisms::start(config, setup) {
            Ok(task) => {
                self.running.insert(id, Running { task, mechanism, job });
                true
            }
            Err(error) => {
                tracing::error!(mechanism, job, %error, "cannot create service discovery");
                self.pools.forget(id); // so that the next reload tries again
                false
            }
        }
    }

    fn take(&mut self, update: Update) {
        self.options.metrics.received_updates.with(&[self.options.name]).inc();
        if self.pools.update(update.provider, update.groups) {
            if self.debounce.due().is_some() {
                self.options.metrics.delayed_updates.with(&[self.options.name]).inc();
            }
            self.debounce.changed(Instant::now());
        }
    }

    fn hand_out(&mut self) {
        let (metrics, name) = (&self.options.metrics, self.options.name);
        let targets = self.pools.snapshot();
        let seconds =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        for (job, groups) in &targets {
            let count: usize = groups.iter().map(|g| g.targets.len()).sum();
            metrics.discovered_targets.with(&[name, job]).set(count as f64);
            metrics.last_update.with(&[name, job]).set(seconds);
        }
        metrics.sent_updates.with(&[name]).inc();
        self.out.send_replace(Arc::new(targets));
        self.debounce.sent(Instant::now());
    }
}
