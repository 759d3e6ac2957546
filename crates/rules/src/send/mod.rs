//! Sending alerts to Alertmanagers: relabelling, one queue per Alertmanager, batches.
//!
//! Source: Prometheus 3.14 `notifier/`.
//!
//! Invariants: 1. An Alertmanager that hangs delays no other, and no evaluation.  2. A queue is bounded: over it the oldest alerts go,
//! and are counted. What cannot be sent is not tried again, since each alert is told again after the resend delay.
//! 3. An Alertmanager that is configured alike before and after a reload keeps its queue.

mod endpoint;
mod message;
mod metrics;
mod relabel;
mod run;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use discovery::TargetGroup;
use model::Labels;
use model::relabel::Config as RelabelConfig;
use parking_lot::{Mutex, RwLock};
use telemetry::Registry;
use transport::Client;
use transport::config::HttpClientConfig;

use crate::environment::{Notification, Notify};
use endpoint::{Endpoints, endpoints};
use metrics::Metrics;
use relabel::relabel;
use run::Queue;

/// A kind of Alertmanager: one section of `alerting.alertmanagers`.
#[derive(Clone, Debug, PartialEq)]
pub struct SetConfig {
    /// The name that discovery finds its members under.
    pub key: String,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// What stands before the path of their API.
    pub path_prefix: String,
    /// How long a request may take.
    pub timeout: Duration,
    /// How they are talked to.
    pub client: HttpClientConfig,
    /// Rules for their addresses.
    pub relabel_configs: Vec<RelabelConfig>,
    /// Rules for alerts sent to them.
    pub alert_relabel_configs: Vec<RelabelConfig>,
}

/// What a configuration says about sending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Labels that each alert gets, unless it has them.
    pub external_labels: Labels,
    /// Rules for alerts.
    pub alert_relabel_configs: Vec<RelabelConfig>,
    /// Whom they are sent to.
    pub sets: Vec<SetConfig>,
}

/// What the command line says about sending.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most alerts that wait for one Alertmanager.
    pub queue_capacity: usize,
    /// Most alerts in one request.
    pub batch_size: usize,
    /// Whether what waits is sent before the end.
    pub drain_on_shutdown: bool,
    /// How requests name us.
    pub user_agent: String,
}

/// Sends alerts. Clones share queues.
#[derive(Clone)]
pub struct Sender(Arc<Inner>);

struct Inner {
    options: Options,
    metrics: Metrics,
    state: RwLock<State>,
    /// Queues of Alertmanagers that are gone, while what waited there is sent.
    leaving: Mutex<Vec<tokio::task::JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    config: Config,
    sets: Vec<Set>,
    /// Receivers in this process.
    local: Vec<Arc<dyn Notify>>,
    closed: bool,
}

struct Set {
    config: SetConfig,
    client: Client,
    /// By URL.
    queues: BTreeMap<String, Queue>,
    dropped: Vec<String>,
}

impl Sender {
    /// Builds a sender that knows no Alertmanager.
    pub fn new(options: Options, registry: &Registry) -> Sender {
        let metrics = Metrics::new(registry);
        metrics.queue_capacity.set(options.queue_capacity as f64);
        let inner = Arc::new(Inner { options, metrics, state: RwLock::default(), leaving: Mutex::default() });
        let counted = Arc::downgrade(&inner);
        registry.gauge_fn(
            "prometheus_notifications_alertmanagers_discovered",
            "The number of alertmanagers discovered and active.",
            move || counted.upgrade().map_or(0, |inner| Sender(inner).alertmanagers().len()) as f64,
        );
        Sender(inner)
    }

    /// Adds a receiver in this process, such as the built-in Alertmanager: it gets alerts after the general relabelling.
    pub fn attach(&self, receiver: Arc<dyn Notify>) {
        self.0.state.write().local.push(receiver);
    }

    /// Puts a configuration in force. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// Sections whose client cannot be built; the others are in force.
    pub fn apply(&self, config: Config) -> Result<(), Vec<String>> {
        let mut errors = Vec::new();
        let mut state = self.0.state.write();
        let mut former = std::mem::take(&mut state.sets);
        for set in &config.sets {
            // The key only says where in the file the section stands.
            let same = |old: &Set| SetConfig { key: set.key.clone(), ..old.config.clone() } == *set;
            if let Some(i) = former.iter().position(same) {
                let mut kept = former.swap_remove(i);
                kept.config.key.clone_from(&set.key);
                state.sets.push(kept);
                continue;
            }
            match Client::new(&set.client, &self.0.options.user_agent) {
                Ok(client) => state.sets.push(Set {
                    config: set.clone(),
                    client,
                    queues: BTreeMap::new(),
                    dropped: Vec::new(),
                }),
                Err(error) => errors.push(format!("alertmanagers ({}): {error}", set.key)),
            }
        }
        state.config = config;
        drop(state);
        for queue in former.into_iter().flat_map(|set| set.queues.into_values()) {
            self.retire(queue);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Takes over which Alertmanagers discovery found, by the keys of their sections.
    pub fn update(&self, found: &BTreeMap<String, Vec<Arc<TargetGroup>>>) {
        let mut retired = Vec::new();
        {
            let mut state = self.0.state.write();
            if state.closed {
                return;
            }
            for set in &mut state.sets {
                let Some(groups) = found.get(&set.config.key) else { continue };
                let Endpoints { active, dropped } = endpoints(&set.config, groups);
                set.dropped = dropped;
                let (kept, gone): (BTreeMap<_, _>, BTreeMap<_, _>) =
                    std::mem::take(&mut set.queues).into_iter().partition(|(url, _)| active.contains(url));
                retired.extend(gone.into_values());
                set.queues = kept;
                for url in active {
                    let (client, config) = (&set.client, &set.config);
                    set.queues.entry(url.clone()).or_insert_with(|| {
                        Queue::start(url, client.clone(), config.timeout, &self.0.options, &self.0.metrics)
                    });
                }
            }
        }
        for queue in retired {
            self.retire(queue);
        }
    }

    fn retire(&self, queue: Queue) {
        let mut leaving = self.0.leaving.lock();
        leaving.retain(|task| !task.is_finished());
        leaving.push(queue.close());
    }

    /// URLs of the Alertmanagers that alerts are sent to.
    pub fn alertmanagers(&self) -> Vec<String> {
        let state = self.0.state.read();
        state.sets.iter().flat_map(|set| set.queues.keys().cloned()).collect()
    }

    /// URLs of those that relabelling dropped.
    pub fn dropped_alertmanagers(&self) -> Vec<String> {
        self.0.state.read().sets.iter().flat_map(|set| set.dropped.iter().cloned()).collect()
    }

    /// Takes no more alerts, sends what waits if the options say so, and returns when that is done.
    pub async fn shut_down(&self) {
        let sets = {
            let mut state = self.0.state.write();
            state.closed = true;
            std::mem::take(&mut state.sets)
        };
        let mut tasks = std::mem::take(&mut *self.0.leaving.lock());
        tasks.extend(sets.into_iter().flat_map(|set| set.queues.into_values()).map(Queue::close));
        for task in tasks {
            task.await.ok();
        }
    }
}

impl Notify for Sender {
    fn notify(&self, alerts: Vec<Notification>) {
        let state = self.0.state.read();
        if state.closed {
            return;
        }
        let alerts = relabel(&state.config.alert_relabel_configs, &state.config.external_labels, alerts);
        if alerts.is_empty() {
            return;
        }
        for set in state.sets.iter().filter(|set| !set.queues.is_empty()) {
            let alerts = match set.config.alert_relabel_configs.as_slice() {
                [] => alerts.clone(),
                rules => relabel(rules, &Labels::empty(), alerts.clone()),
            };
            if alerts.is_empty() {
                continue;
            }
            for queue in set.queues.values() {
                queue.add(&alerts);
            }
        }
        for receiver in &state.local {
            receiver.notify(alerts.clone());
        }
    }
}
