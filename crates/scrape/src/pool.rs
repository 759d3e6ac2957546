//! One job: its targets and their loops.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use discovery::TargetGroup;
use model::{Labels, duration};
use parking_lot::Mutex;
use transport::Client;

use crate::config::Config;
use crate::error::ScrapeError;
use crate::failure_log::FailureLog;
use crate::fetch::Fetcher;
use crate::ingest::Ingester;
use crate::run::{Loop, Shared, Start, since_epoch};
use crate::target::{Found, Target};

/// One job's targets and loops.
pub(crate) struct Pool {
    pub(crate) config: Arc<Config>,
    shared: Arc<Shared>,
    /// One for each thread.
    clients: Vec<Client>,
    failure_log: Option<Arc<FailureLog>>,
    offset_seed: u64,
    groups: Vec<Arc<TargetGroup>>,
    pub(crate) loops: HashMap<u64, Loop>,
    /// Targets that relabelling dropped, as far as `keep_dropped_targets` allows, and how many there were.
    pub(crate) dropped: Vec<Labels>,
    pub(crate) dropped_count: usize,
}

impl Pool {
    /// Opens a job without targets.
    pub(crate) fn new(
        config: Arc<Config>,
        shared: Arc<Shared>,
        offset_seed: u64,
        user_agent: &str,
    ) -> Result<Pool, String> {
        shared.metrics.pools.inc();
        let (clients, failure_log) = open(&config, user_agent, shared.threads.count())
            .inspect_err(|_| shared.metrics.pools_failed.inc())?;
        Ok(Pool {
            config,
            shared,
            clients,
            failure_log,
            offset_seed,
            groups: Vec::new(),
            loops: HashMap::new(),
            dropped: Vec::new(),
            dropped_count: 0,
        })
    }

    /// Takes a changed configuration: all loops start anew, with what they know of their series where the change does not
    /// touch series.
    pub(crate) fn reload(&mut self, config: Arc<Config>, user_agent: &str) -> Result<(), String> {
        let began = Instant::now();
        let metrics = self.shared.metrics.clone();
        metrics.reloads.inc();
        let opened = open(&config, user_agent, self.shared.threads.count())
            .inspect_err(|_| metrics.reloads_failed.inc())?;
        (self.clients, self.failure_log) = opened;
        let keep_series = stores_the_same(&self.config, &config);
        self.config = config;
        let before = std::mem::take(&mut self.loops);
        let groups = std::mem::take(&mut self.groups);
        // Series are handed over by labels: a changed interval changes the target's hash, but not its series.
        let mut ingesters = HashMap::new();
        for old in before.values() {
            if keep_series {
                ingesters.insert((old.target.labels.clone(), old.target.url.clone()), old.ingester.clone());
            }
        }
        self.sync_with(groups, |target| ingesters.get(&(target.labels.clone(), target.url.clone())).cloned());
        let kept: HashSet<&Labels> = self.loops.values().map(|l| &l.target.labels).collect();
        for old in before.into_values() {
            if kept.contains(&old.target.labels) { old.hand_over() } else { old.stop() }
        }
        let interval = duration::format(self.config.scrape_interval);
        metrics.reload_length.with(&[&interval]).observe(began.elapsed().as_secs_f64());
        Ok(())
    }

    /// Takes what discovery found: starts loops of new targets, ends those of vanished ones, leaves the others alone.
    pub(crate) fn sync(&mut self, groups: Vec<Arc<TargetGroup>>) {
        self.sync_with(groups, |_| None);
    }

    fn sync_with(
        &mut self,
        groups: Vec<Arc<TargetGroup>>,
        known: impl Fn(&Target) -> Option<Arc<Mutex<Ingester>>>,
    ) {
        let began = Instant::now();
        let mut wanted = self.targets_of(&groups);
        self.groups = groups;
        self.loops.retain(|hash, running| {
            let stays = wanted.remove(hash).is_some();
            if !stays {
                running.stop();
            }
            stays
        });
        for (hash, target) in wanted {
            let ingester = known(&target).unwrap_or_default();
            self.loops.insert(hash, self.start(target, ingester));
        }
        self.refresh_target_limit();
        let (metrics, job) = (&self.shared.metrics, [self.config.job_name.as_str()]);
        metrics.targets.with(&job).set(self.loops.len() as f64);
        metrics.target_limit.with(&job).set(self.config.limits.target_limit as f64);
        metrics.syncs.with(&job).inc();
        metrics.sync_length.with(&job).observe(began.elapsed().as_secs_f64());
    }

    /// Relabels what was found. Targets that are the same after relabelling are one.
    fn targets_of(&mut self, groups: &[Arc<TargetGroup>]) -> HashMap<u64, Arc<Target>> {
        let mut wanted = HashMap::new();
        (self.dropped, self.dropped_count) = (Vec::new(), 0);
        let failed = self.shared.metrics.sync_failed.with(&[&self.config.job_name]);
        for group in groups {
            for (i, own) in group.targets.iter().enumerate() {
                match Target::build(&self.config, own, &group.labels) {
                    Ok(Found::Kept(target)) => {
                        wanted.entry(target.hash).or_insert_with(|| Arc::new(*target));
                    }
                    Ok(Found::Dropped(labels)) => {
                        let limit = self.config.limits.keep_dropped_targets;
                        if limit == 0 || (self.dropped.len() as u64) < limit {
                            self.dropped.push(labels);
                        }
                        self.dropped_count += 1;
                    }
                    Err(error) => {
                        failed.inc();
                        let (job, group) = (&self.config.job_name, &group.source);
                        tracing::error!(job = %job, group = %group, instance = i, error = %error, "target cannot be scraped");
                    }
                }
            }
        }
        wanted
    }

    fn start(&self, target: Arc<Target>, ingester: Arc<Mutex<Ingester>>) -> Loop {
        let client = self.clients[self.shared.threads.number_for(target.hash)].clone();
        Loop::spawn(Start {
            shared: self.shared.clone(),
            config: self.config.clone(),
            fetcher: Fetcher::new(client, &self.config, &target),
            failure_log: self.failure_log.clone(),
            ingester,
            offset: target.offset(self.offset_seed, since_epoch()),
            target,
        })
    }

    /// A job over its target limit scrapes none of its targets.
    fn refresh_target_limit(&self) {
        let (targets, limit) = (self.loops.len(), self.config.limits.target_limit);
        let exceeded = limit > 0 && targets as u64 > limit;
        if exceeded {
            self.shared.metrics.exceeded_target_limit.inc();
        }
        for running in self.loops.values() {
            *running.forced_error.lock() = exceeded.then_some(ScrapeError::TargetLimit { targets, limit });
        }
    }

    /// Ends all loops because the job is gone.
    pub(crate) fn stop(self) {
        for running in self.loops.values() {
            running.stop();
        }
        self.shared.metrics.forget(&self.config.job_name);
    }

    /// Ends all loops and returns them to be waited for.
    pub(crate) fn shut_down(self) -> Vec<Loop> {
        self.loops.into_values().inspect(Loop::stop).collect()
    }
}

/// Opens a client for each thread, which share what they know of logins, and the log of failures.
fn open(
    config: &Config,
    user_agent: &str,
    threads: usize,
) -> Result<(Vec<Client>, Option<Arc<FailureLog>>), String> {
    let client = Client::new(&config.client, user_agent).map_err(|e| e.to_string())?;
    let others = (1..threads).map(|_| client.with_own_connections());
    let clients: Result<Vec<Client>, _> = others.chain(std::iter::once(Ok(client.clone()))).collect();
    let clients = clients.map_err(|e| e.to_string())?;
    let log = match &config.scrape_failure_log_file {
        None => None,
        Some(path) => Some(Arc::new(FailureLog::open(path).map_err(|e| format!("cannot open {path}: {e}"))?)),
    };
    Ok((clients, log))
}

/// Tells whether two configurations of a job make the same series of the same bodies, so that a cache can go on.
fn stores_the_same(a: &Config, b: &Config) -> bool {
    let blind = |c: &Config| Config {
        scrape_interval: std::time::Duration::ZERO,
        scrape_timeout: std::time::Duration::ZERO,
        limits: crate::config::Limits { sample_limit: 0, ..c.limits },
        client: transport::config::HttpClientConfig::default(),
        ..c.clone()
    };
    blind(a) == blind(b)
}
