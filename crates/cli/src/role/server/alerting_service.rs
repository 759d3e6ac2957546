//! The Alertmanager in the same process: alerts reach it without a network, its API stands beside ours.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alerting::config::Config;
use alerting::ledger::{Entry, Event, Named};
use alerting::matchers::Syntax;
use alerting::run::Alertmanager;
use anyhow::Context;
use jiff::Timestamp;
use parking_lot::Mutex;
use rules::environment::{Change, Notification, Notify};
use rules::send::Sender;
use server::grafana::links::{IMAGE, PictureLinks};
use telemetry::Registry;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::settings::Settings;
use crate::role::alertmanager::Instance;

/// Everybody is told of nothing: alerts are kept, grouped, silenced and shown.
const BUILT_IN: &str = "route: {receiver: nobody, group_by: [alertname]}\nreceivers: [{name: nobody}]\n";

/// An Alertmanager that runs.
#[derive(Clone)]
pub struct AlertingService {
    alertmanager: Arc<Alertmanager>,
    config_file: Option<PathBuf>,
    syntax: Syntax,
    stop: CancellationToken,
    /// Its loop, until somebody waits for its end.
    running: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl AlertingService {
    /// Starts it; the built-in configuration is taken if there is no file.
    ///
    /// # Errors
    /// A configuration, files or addresses that cannot be used.
    pub async fn start(
        config_file: Option<PathBuf>,
        instance: Instance,
        registry: &Registry,
    ) -> anyhow::Result<AlertingService> {
        let Instance { syntax, options, cluster } = instance;
        let config = read(config_file.as_deref(), syntax)?;
        let alertmanager = Alertmanager::open(options, config, registry)?;
        let cluster = cluster.open(&alertmanager, registry).await?;
        let stop = CancellationToken::new();
        let mut running = vec![tokio::spawn(Arc::clone(&alertmanager).run(stop.clone()))];
        running.extend(cluster.map(|cluster| tokio::spawn(cluster.run(stop.clone()))));
        Ok(AlertingService {
            alertmanager,
            config_file,
            syntax,
            stop,
            running: Arc::new(Mutex::new(running)),
        })
    }

    /// Reads the configuration again.
    ///
    /// # Errors
    /// All mistakes; the former one stays in force.
    pub fn reload(&self) -> Result<(), String> {
        let config = read(self.config_file.as_deref(), self.syntax).map_err(|e| format!("{e:#}"))?;
        self.alertmanager.reload(config).map_err(|e| e.to_string())
    }

    /// It itself.
    pub fn shared(&self) -> Arc<Alertmanager> {
        Arc::clone(&self.alertmanager)
    }

    /// Its API, below `/api/v2`.
    pub fn routes(&self, registry: &Registry, admin_api: bool) -> axum::Router {
        // Nobody listens: its reloads are those of the whole process.
        let (reload, _) = mpsc::channel(1);
        server::alertmanager::api(server::alertmanager::Parts {
            alertmanager: Arc::clone(&self.alertmanager),
            registry: registry.clone(),
            reload,
            version: crate::role::alertmanager::UPSTREAM_VERSION,
            admin_api,
        })
    }

    /// Ends it: files are written, messages on their way are given up.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        let running = std::mem::take(&mut *self.running.lock());
        for task in running {
            // A loop that panicked has ended too, and said so.
            task.await.ok();
        }
    }
}

fn read(file: Option<&Path>, syntax: Syntax) -> anyhow::Result<Config> {
    match file {
        Some(file) => crate::role::alertmanager::read_config(file, syntax),
        None => Ok(Config::read(BUILT_IN, "built-in", Path::new(""), syntax)?.0),
    }
}

/// Tells alerts to the Alertmanagers of the configuration and to the one in this process.
pub struct Everybody {
    pub sender: Sender,
    pub own: Option<AlertingService>,
    /// Makes links to pictures of panels that rules name.
    pub pictures: Option<PictureLinks>,
}

impl Everybody {
    /// Adds the link to its picture to an alert whose rule names a panel, unless the rule has one of its own.
    fn illustrated(&self, mut alert: Notification) -> Notification {
        let Some(links) = &self.pictures else { return alert };
        if alert.annotations.has(IMAGE) {
            return alert;
        }
        if let Some(link) = links.of_alert(&alert.annotations, &alert.labels, alert.starts_at_ms) {
            alert.annotations = alert.annotations.builder().set(IMAGE, link).labels();
        }
        alert
    }
}

impl Notify for Everybody {
    fn notify(&self, alerts: Vec<Notification>) {
        let alerts: Vec<Notification> = alerts.into_iter().map(|alert| self.illustrated(alert)).collect();
        if let Some(own) = &self.own {
            let refused = own.alertmanager.handle_alerts(alerts.iter().map(report).collect());
            if let Some((_, first)) = refused.first() {
                tracing::warn!(alerts = refused.len(), %first, "the Alertmanager refused alerts");
            }
        }
        self.sender.notify(alerts);
    }

    fn changed(&self, rule: &str, t_ms: i64, changes: &[Change]) {
        let Some(ledger) = self.own.as_ref().and_then(|own| own.alertmanager.ledger()) else { return };
        let Ok(at) = Timestamp::from_millisecond(t_ms) else { return };
        let entry = |change: &Change| Entry {
            at,
            group_key: None,
            alerts: vec![Named {
                fingerprint: alerting::Fingerprint::of(&change.labels),
                labels: change.labels.clone(),
            }],
            event: Event::Rule {
                rule: rule.to_owned(),
                state: change.state.as_str().to_owned(),
                value: change.value,
            },
        };
        ledger.note_entries(changes.iter().map(entry).collect());
    }
}

fn report(alert: &Notification) -> alerting::Report {
    let time = |ms| Timestamp::from_millisecond(ms).ok();
    alerting::Report {
        labels: alert.labels.clone(),
        annotations: alert.annotations.iter().collect(),
        starts_at: time(alert.starts_at_ms),
        ends_at: time(alert.ends_at_ms),
        generator_url: alert.generator_url.as_str().into(),
    }
}

/// Reads which Alertmanager runs in this process: of a file, the built-in one, or none.
///
/// # Errors
/// A configuration that cannot be used.
pub async fn start_if_wanted(
    settings: &Settings,
    external_url: &str,
    registry: &Registry,
) -> anyhow::Result<Option<AlertingService>> {
    let config_file = settings.alertmanager_config.clone();
    if config_file.is_none() && !settings.with_host {
        return Ok(None);
    }
    let instance = settings.alertmanager.clone().reached_at(external_url);
    AlertingService::start(config_file, instance, registry).await.context("Alertmanager").map(Some)
}
