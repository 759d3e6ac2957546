//! The shell around the state machine: time, files, connections.
//!
//! Main type: [`Alertmanager`], which everybody shares: the API changes and reads it, [`Alertmanager::run`] lets time pass.
//!
//! Invariants: 1. The state machine's lock is never held across a wait.  2. What was sent is in the log on disk before the
//! next look at its group.  3. A silence is on disk before its author is told that it holds.

mod files;
pub(crate) mod gate;
mod gossip;
mod ledger;
mod mail;
mod metrics;
mod people;
mod send;
mod steps;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use telemetry::Registry;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use transport::Client;

use crate::alert::{InvalidAlert, Report, later};
use crate::cluster::{Cluster, Part};
use crate::config::Config;
use crate::manager::{Bounds, Manager, Message, Outcome};
use crate::nflog::{IntegrationKey, NotificationLog};
use crate::notify::sample::Sample;
use crate::notify::{Notifier, Templates};
use crate::silences::guard::Guard;
use crate::silences::{Limits, Silence, SilenceError, Silences};
use files::Files;
use gate::Gate;
use metrics::{Metrics, Stores};
use steps::{Step, reached};
pub use trial::Trial;

pub use ledger::{Ledger, LedgerOptions};
pub use mail::post;
pub use people::{Acknowledge, AcknowledgeError, Which};

/// What the command line decides.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where silences and the notification log are kept; only in memory if `None`.
    pub data_dir: Option<PathBuf>,
    /// How long ended silences and log entries are kept.
    pub retention: SignedDuration,
    /// How often the files are written anew.
    pub maintenance_interval: Duration,
    /// How often resolved alerts are forgotten.
    pub gc_interval: Duration,
    /// How long nothing is sent after the start.
    pub start_delay: SignedDuration,
    /// Bounds of alerts and groups.
    pub bounds: Bounds,
    /// Bounds of silences.
    pub limits: Limits,
    /// What one silence may match without being forced; anything if `None`.
    pub silence_guard: Option<Guard>,
    /// How long decisions are kept; not at all if `None`, or without a data directory.
    pub ledger: Option<LedgerOptions>,
    /// Where people reach us.
    pub external_url: String,
    /// What we call ourselves.
    pub user_agent: String,
    /// Whether silences that people make, change or end are logged.
    pub log_silences: bool,
    /// What figures tell apart beyond what they always do.
    pub features: Features,
}

/// Labels of figures that many would not pay for: `--enable-feature` asks for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Figures of notifications tell receivers apart.
    pub receiver_names_in_metrics: bool,
    /// Refused alerts are counted by their names.
    pub alert_names_in_metrics: bool,
    /// Alerts are counted by group.
    pub group_keys_in_metrics: bool,
}

/// Why it cannot start, or a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A template file has a mistake.
    #[error("templates: {0}")]
    Template(String),
    /// A receiver's client cannot be made.
    #[error("receiver {receiver:?}, {integration}: {reason}")]
    Client {
        /// The receiver.
        receiver: String,
        /// The integration.
        integration: String,
        /// Why.
        reason: String,
    },
}

/// An integration with its connections.
struct Target {
    notifier: Notifier,
    client: Client,
    templates: Arc<Templates>,
    gate: Gate,
}

/// What one configuration brought.
struct Generation {
    config: Config,
    templates: Arc<Templates>,
    targets: HashMap<IntegrationKey, Arc<Target>>,
    /// Ends the messages of this configuration.
    ended: CancellationToken,
}

/// An Alertmanager that runs.
pub struct Alertmanager {
    manager: Mutex<Manager>,
    generation: ArcSwap<Generation>,
    options: Options,
    files: Files,
    ledger: Option<Ledger>,
    metrics: Metrics,
    stores: Stores,
    /// Alerts that were taken, and the time that it took.
    processed: Mutex<(u64, Duration)>,
    /// Where news of silences and log go besides the files.
    cluster: OnceLock<Arc<Cluster>>,
    /// Whether somebody is about to append what is new.
    persisting: AtomicBool,
    wake: Notify,
    started: Timestamp,
}

impl Alertmanager {
    /// Reads what is on disk and takes a configuration. Nothing is sent before [`Alertmanager::run`].
    ///
    /// # Errors
    /// [`StartError`].
    pub fn open(
        options: Options,
        config: Config,
        registry: &Registry,
    ) -> Result<Arc<Alertmanager>, StartError> {
        let now = Timestamp::now();
        let mut silences = Silences::new(options.retention, options.limits, config.syntax);
        let mut log = NotificationLog::new(options.retention);
        let (files, refused) = Files::open(options.data_dir.as_deref(), &mut silences, &mut log, now)?;
        let ledger = match (&options.data_dir, options.ledger) {
            (Some(dir), Some(kept)) => {
                let dir = dir.join("ledger");
                let started = Ledger::start(dir.clone(), kept, registry);
                Some(started.map_err(|error| StartError::File { path: dir.display().to_string(), error })?)
            }
            (None, _) | (_, None) => None,
        };
        let templates = Arc::new(read_templates(&config.templates)?);
        let targets = targets(&config, &templates, &options.user_agent)?;
        let settings = Arc::new(config.settings());
        let starts_at = later(now, options.start_delay);
        let receiver_names = options.features.receiver_names_in_metrics;
        let manager = Manager::new(settings, options.bounds, silences, log, starts_at);
        let alertmanager = Arc::new(Alertmanager {
            manager: Mutex::new(manager),
            generation: ArcSwap::from_pointee(Generation {
                config,
                templates,
                targets,
                ended: CancellationToken::new(),
            }),
            options,
            files,
            ledger,
            metrics: Metrics::new(registry, receiver_names),
            stores: Stores::new(registry, refused),
            processed: Mutex::default(),
            cluster: OnceLock::new(),
            persisting: AtomicBool::new(false),
            wake: Notify::new(),
            started: now,
        });
        metrics::register(&alertmanager, registry);
        alertmanager.prepare_metrics();
        Ok(alertmanager)
    }

    /// Takes a new configuration. Messages on their way are given up: their groups are looked at anew.
    ///
    /// # Errors
    /// [`StartError::Client`]; the former configuration stays.
    pub fn reload(&self, config: Config) -> Result<(), StartError> {
        let templates = Arc::new(read_templates(&config.templates)?);
        let targets = targets(&config, &templates, &self.options.user_agent)?;
        let settings = Arc::new(config.settings());
        let generation = Generation { config, templates, targets, ended: CancellationToken::new() };
        // Under one lock: a flush in between would find old settings beside new targets, and drop its messages.
        let former = {
            let mut manager = self.manager.lock();
            manager.reload(settings, Timestamp::now());
            self.generation.swap(Arc::new(generation))
        };
        former.ended.cancel();
        self.prepare_metrics();
        self.wake.notify_one();
        Ok(())
    }

    fn prepare_metrics(&self) {
        self.generation.load().targets.keys().for_each(|key| self.metrics.prepare(key));
    }

    /// Returns when the program started.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// Takes reports of alerts. Returns those that were refused, by position.
    pub fn handle_alerts(&self, reports: Vec<Report>) -> Vec<(usize, InvalidAlert)> {
        let count = reports.len() as u64;
        let (refused, took) = {
            let mut manager = self.manager.lock();
            let begun = Instant::now();
            (manager.handle_alerts(reports, Timestamp::now()), begun.elapsed())
        };
        {
            let mut processed = self.processed.lock();
            *processed = (processed.0 + count, processed.1 + took);
        }
        self.note_decisions();
        reached(Step::Accepted);
        self.wake.notify_one();
        refused
    }

    /// Looks at the state.
    pub fn read<T>(&self, look: impl FnOnce(&Manager, Timestamp) -> T) -> T {
        look(&self.manager.lock(), Timestamp::now())
    }

    /// Stores a silence and returns its name. It is on disk then.
    ///
    /// # Errors
    /// [`SilenceError`].
    pub fn set_silence(&self, silence: Silence) -> Result<String, SilenceError> {
        let new_id = || uuid::Uuid::new_v4().to_string();
        let known = !silence.id.is_empty();
        let result = self.manager.lock().silences_mut().set(silence, Timestamp::now(), new_id);
        if let Ok(id) = &result {
            self.log_silence(if known { "update silence" } else { "create silence" }, id);
        }
        self.persist();
        result
    }

    /// Ends a silence.
    ///
    /// # Errors
    /// [`SilenceError::NotFound`].
    pub fn expire_silence(&self, id: &str) -> Result<(), SilenceError> {
        let result = self.manager.lock().silences_mut().expire(id, Timestamp::now());
        if result.is_ok() {
            self.log_silence("expire silence", id);
        }
        self.persist();
        result
    }

    /// Logs a silence as it is now, if `--log.silences` asks for it.
    fn log_silence(&self, what: &str, id: &str) {
        if !self.options.log_silences {
            return;
        }
        let manager = self.manager.lock();
        let Some(silence) = manager.silences().get(id) else { return };
        let matchers: Vec<String> =
            silence.matcher_sets.iter().flat_map(|set| &set.0).map(ToString::to_string).collect();
        tracing::info!(
            id = %silence.id, created_by = %silence.created_by, comment = %silence.comment, starts_at = %silence.starts_at,
            ends_at = %silence.ends_at, matchers = %matchers.join(","), "{what}"
        );
    }

    /// Lets time pass until `stop`: flushes groups, sends messages, keeps files. Then writes the files a last time.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut maintenance =
            tokio::time::interval(self.options.maintenance_interval.max(Duration::from_secs(1)));
        let mut collection = tokio::time::interval(self.options.gc_interval.max(Duration::from_secs(1)));
        for timer in [&mut maintenance, &mut collection] {
            timer.tick().await; // the first tick is now
        }
        loop {
            self.flush_due();
            let wait = self.until_next_deadline();
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
                _ = maintenance.tick() => self.blocking(|am| am.compact()).await,
                _ = collection.tick() => self.manager.lock().collect(Timestamp::now()),
            }
        }
        self.generation.load().ended.cancel();
        self.blocking(|am| {
            am.compact();
            am.close_ledger();
        })
        .await;
    }

    /// Flushes what is due and begins to send.
    fn flush_due(self: &Arc<Self>) {
        let (messages, generation) = {
            let mut manager = self.manager.lock();
            // Under the lock, so that messages go to the targets of the configuration that made them.
            let (begun, before) = (Instant::now(), looks(&manager));
            let messages = manager.poll(Timestamp::now());
            let (after, took) = (looks(&manager), begun.elapsed());
            self.stores.silences.asked(after.0 - before.0, took);
            self.stores.log.asked(after.1 - before.1, took);
            (messages, self.generation.load_full())
        };
        if messages.is_empty() {
            self.note_decisions();
            return self.keep_ended_silences();
        }
        reached(Step::Planned);
        let history = self.note_decisions_and_tell();
        for message in messages {
            let Some(target) = generation.targets.get(&message.integration) else {
                // Settings and targets are swapped together, so none is missing; if one were, its flush has to end.
                let outcome = Outcome::Failed("the receiver has no such integration".to_owned());
                self.manager.lock().finish(message.id, outcome, Timestamp::now());
                continue;
            };
            let (alertmanager, target) = (Arc::clone(self), Arc::clone(target));
            let (ended, history) = (generation.ended.clone(), history.clone());
            tokio::spawn(async move {
                history.written().await;
                alertmanager.deliver(&target, message, ended).await;
            });
        }
        self.note_decisions();
        self.keep_ended_silences();
    }

    async fn deliver(self: Arc<Self>, target: &Target, message: Message, ended: CancellationToken) {
        let outcome = tokio::select! {
            outcome = send::until_deadline(&self, target, &message) => outcome,
            () = ended.cancelled() => {
                self.metrics.failed(&message.integration, crate::notify::FailureKind::Cancelled);
                Outcome::Failed("given up: the program ends or has a new configuration".to_owned())
            }
        };
        if let Outcome::Failed(error) = &outcome {
            tracing::error!(
                receiver = %message.integration.receiver, integration = %message.integration.integration,
                group = %message.group_key, %error, "notification failed"
            );
        }
        self.manager.lock().finish(message.id, outcome, Timestamp::now());
        reached(Step::Logged);
        self.note_decisions();
        self.persist_soon();
        self.wake.notify_one();
    }

    fn until_next_deadline(&self) -> Duration {
        const LONGEST: Duration = Duration::from_secs(60);
        let Some(deadline) = self.manager.lock().next_deadline() else { return LONGEST };
        let wait = deadline.duration_since(Timestamp::now());
        // Waiting again is cheap, and a clock that jumps is noticed within a minute.
        Duration::try_from(wait).unwrap_or(Duration::ZERO).min(LONGEST)
    }

    /// Has what is new appended, once for all messages that end until it begins: a storm of them would else wait for the disk
    /// one by one.
    fn persist_soon(self: &Arc<Self>) {
        if !self.persisting.swap(true, Ordering::AcqRel) {
            let alertmanager = Arc::clone(self);
            tokio::task::spawn_blocking(move || {
                alertmanager.persisting.store(false, Ordering::Release);
                alertmanager.persist();
            });
        }
    }

    /// Appends what is new to the files, then tells the peers.
    fn persist(&self) {
        let (silences, log) = {
            let mut manager = self.manager.lock();
            (manager.silences_mut().take_news(), manager.log_mut().take_news())
        };
        let something_was_told = !log.is_empty();
        self.files.append(&silences, &log);
        if something_was_told {
            reached(Step::Kept);
        }
        if let Some(cluster) = self.cluster.get() {
            cluster.spread(Part::Silences, silences);
            cluster.spread(Part::Log, log);
        }
        if something_was_told {
            reached(Step::Spread);
        }
    }

    /// Forgets what is over and writes the files anew.
    fn compact(&self) {
        let now = Timestamp::now();
        let collected = |work: fn(&mut Manager, Timestamp) -> usize| {
            let mut manager = self.manager.lock();
            let begun = Instant::now();
            work(&mut manager, now);
            begun.elapsed()
        };
        let silences_took = collected(|manager, now| manager.silences_mut().collect(now));
        let log_took = collected(|manager, now| manager.log_mut().collect(now));
        let written = self.files.compact(|| {
            let manager = self.manager.lock();
            (manager.silences().encode(), manager.log().encode())
        });
        let Some([silences, log]) = written else { return };
        self.stores.silences.maintained(silences_took, silences.took, silences.bytes);
        self.stores.log.maintained(log_took, log.took, log.bytes);
    }

    async fn blocking(self: &Arc<Self>, work: impl FnOnce(&Alertmanager) + Send + 'static) {
        let alertmanager = Arc::clone(self);
        // A panic in there was reported by the runtime.
        tokio::task::spawn_blocking(move || work(&alertmanager)).await.ok();
    }

    /// Executes a text as a message would, with the templates in force. Values are escaped if it is to be HTML.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn render(&self, text: &str, data: Option<Sample>, html: bool) -> Result<String, String> {
        let data = data.unwrap_or_else(|| Sample::usual(&self.options.external_url)).into_data();
        let templates = Arc::clone(&self.generation.load().templates);
        let now = Timestamp::now();
        if html { templates.html(text, &data, now) } else { templates.text(text, &data, now) }
    }

    /// Returns the configuration in force.
    pub fn with_config<T>(&self, look: impl FnOnce(&Config) -> T) -> T {
        look(&self.generation.load().config)
    }
}

/// Returns how often silences and the log were looked at.
fn looks(manager: &Manager) -> (u64, u64) {
    (manager.silences().looks().count, manager.log().looks())
}

fn targets(
    config: &Config,
    templates: &Arc<Templates>,
    user_agent: &str,
) -> Result<HashMap<IntegrationKey, Arc<Target>>, StartError> {
    let mut targets = HashMap::new();
    let integrations = config.receivers.iter().flat_map(|r| r.integrations.iter().map(|i| (r.bounds, i)));
    for (bounds, integration) in integrations {
        let key = integration.integration.key.clone();
        let client = Client::new(&integration.notifier.http, user_agent).map_err(|e| StartError::Client {
            receiver: key.receiver.clone(),
            integration: format!("{}[{}]", key.integration, key.index),
            reason: e.to_string(),
        })?;
        targets.insert(
            key,
            Arc::new(Target {
                notifier: integration.notifier.clone(),
                client,
                templates: Arc::clone(templates),
                gate: Gate::new(bounds),
            }),
        );
    }
    Ok(targets)
}

/// Reads the template files that the patterns of a configuration match, in the order of their names.
///
/// # Errors
/// [`StartError::File`] or [`StartError::Template`].
pub fn read_templates(globs: &[PathBuf]) -> Result<Templates, StartError> {
    let file_error = |path: &Path, error| StartError::File { path: path.display().to_string(), error };
    let mut paths = Vec::new();
    for pattern in globs {
        paths.extend(patterns::glob(&pattern.to_string_lossy()).map_err(|error| file_error(pattern, error))?);
    }
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|error| file_error(&path, error))?;
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        files.push((name, text));
    }
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Templates::new(files).map_err(StartError::Template)
}
