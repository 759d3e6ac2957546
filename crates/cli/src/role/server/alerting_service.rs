//! The Alertmanager in the same process: alerts reach it without a network, its API stands beside ours.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alerting::config::Config;
use alerting::ledger::{Entry, Event, Named};
use alerting::manager::Bounds;
use alerting::matchers::Syntax;
use alerting::run::{Alertmanager, LedgerOptions, Options};
use alerting::silences::Limits;
use alerting::silences::guard::Guard;
use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use rules::environment::{Change, Notification, Notify};
use rules::send::Sender;
use telemetry::Registry;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::settings::Settings;

/// Everybody is told of nothing: alerts are kept, grouped, silenced and shown.
const BUILT_IN: &str = "route: {receiver: nobody, group_by: [alertname]}\nreceivers: [{name: nobody}]\n";

/// What it is made of.
pub struct Needs<'a> {
    /// Its configuration; the built-in one if `None`.
    pub config_file: Option<PathBuf>,
    /// Where the database is; silences and the notification log stand in a folder of their own there.
    pub data_dir: &'a Path,
    pub external_url: &'a str,
    pub ledger: Option<LedgerOptions>,
    pub silence_guard: Option<Guard>,
    pub registry: &'a Registry,
}

/// An Alertmanager that runs.
#[derive(Clone)]
pub struct AlertingService {
    alertmanager: Arc<Alertmanager>,
    config_file: Option<PathBuf>,
    stop: CancellationToken,
}

impl AlertingService {
    /// Starts it.
    ///
    /// # Errors
    /// A configuration or files that cannot be read.
    pub fn start(needs: Needs<'_>) -> anyhow::Result<AlertingService> {
        let config = read(needs.config_file.as_deref())?;
        let options = Options {
            data_dir: Some(needs.data_dir.join("alertmanager")),
            retention: SignedDuration::from_hours(120),
            maintenance_interval: Duration::from_secs(900),
            gc_interval: Duration::from_secs(1800),
            start_delay: SignedDuration::ZERO,
            bounds: Bounds::default(),
            limits: Limits::default(),
            silence_guard: needs.silence_guard,
            ledger: needs.ledger,
            external_url: needs.external_url.trim_end_matches('/').to_owned(),
            user_agent: crate::role::alertmanager::user_agent(),
            log_silences: false,
            receiver_names_in_metrics: false,
        };
        let alertmanager = Alertmanager::open(options, config, needs.registry)?;
        let stop = CancellationToken::new();
        // It ends with the token; what it has to say then it logs itself.
        tokio::spawn(Arc::clone(&alertmanager).run(stop.clone()));
        Ok(AlertingService { alertmanager, config_file: needs.config_file, stop })
    }

    /// Reads the configuration again.
    ///
    /// # Errors
    /// All mistakes; the former one stays in force.
    pub fn reload(&self) -> Result<(), String> {
        let config = read(self.config_file.as_deref()).map_err(|e| format!("{e:#}"))?;
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
    pub fn shut_down(&self) {
        self.stop.cancel();
    }
}

fn read(file: Option<&Path>) -> anyhow::Result<Config> {
    match file {
        Some(file) => crate::role::alertmanager::read_config(file, Syntax::Fallback),
        None => Ok(Config::read(BUILT_IN, "built-in", Path::new(""), Syntax::Fallback)?.0),
    }
}

/// Tells alerts to the Alertmanagers of the configuration and to the one in this process.
pub struct Everybody {
    pub sender: Sender,
    pub own: Option<AlertingService>,
}

impl Notify for Everybody {
    fn notify(&self, alerts: Vec<Notification>) {
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
        annotations: alert.annotations.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
        starts_at: time(alert.starts_at_ms),
        ends_at: time(alert.ends_at_ms),
        generator_url: alert.generator_url.clone(),
    }
}

/// Reads which Alertmanager runs in this process: of a file, the built-in one, or none.
///
/// # Errors
/// A configuration that cannot be used.
pub fn start_if_wanted(
    settings: &Settings,
    external_url: &str,
    registry: &Registry,
) -> anyhow::Result<Option<AlertingService>> {
    let config_file = settings.alertmanager_config.clone();
    if config_file.is_none() && !settings.with_host {
        return Ok(None);
    }
    let needs = Needs {
        config_file,
        data_dir: &settings.storage.dir,
        external_url,
        ledger: settings.alerts_ledger,
        silence_guard: settings.silence_guard,
        registry,
    };
    AlertingService::start(needs).context("Alertmanager").map(Some)
}
