//! Loading the configuration, at start and again: a bad file leaves everything as it is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use config::{Config, Loaded};
use server::parts::ConfigView;
use tokio_util::sync::CancellationToken;

use super::alerting_service::AlertingService;
use super::query_service::QueryService;
use super::rule_service::RuleService;
use super::runtime::Facts;
use super::settings::{self, Settings};
use super::store::Store;

/// A configuration that a server cannot start with: all mistakes, one a line.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has mistakes:\n{0}")]
pub struct Mistakes(pub String);

/// Everything that a configuration changes.
pub struct Reloader {
    pub settings: Settings,
    /// Text of the built-in configuration, where there is no file.
    pub built_in: String,
    pub view: Arc<ArcSwap<ConfigView>>,
    pub facts: Arc<Facts>,
    pub store: Store,
    pub query_service: QueryService,
    pub rules: RuleService,
    pub alertmanager: Option<AlertingService>,
    pub scrape: scrape::Manager,
    pub discovery: discovery::Manager,
}

impl Reloader {
    /// Reads the file and checks it whole; changes nothing.
    ///
    /// # Errors
    /// All mistakes, one a line.
    pub fn load(&self) -> Result<Loaded, String> {
        load(&self.settings, &self.built_in)
    }

    /// Loads the file and puts it in force.
    ///
    /// # Errors
    /// What is wrong with it; the former configuration stays in force.
    pub fn reload(&self) -> Result<(), String> {
        let result = self.load().and_then(|loaded| {
            self.rules.check(&loaded.config)?;
            let applied = self.apply(&loaded);
            let ruled = self.rules.apply(&loaded.config);
            let told = self.alertmanager.as_ref().map_or(Ok(()), AlertingService::reload);
            let errors: Vec<String> = [applied, ruled, told].into_iter().filter_map(Result::err).collect();
            if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
        });
        self.facts.reloaded(result.is_ok());
        match &result {
            Ok(()) => tracing::info!("configuration loaded"),
            Err(mistakes) => {
                for mistake in mistakes.lines() {
                    tracing::error!(error = %mistake, "configuration not loaded as a whole: what is at fault stays as it was");
                }
            }
        }
        result
    }

    /// Puts a configuration in force.
    ///
    /// # Errors
    /// Jobs whose client or log could not be opened; the others are in force.
    pub fn apply(&self, loaded: &Loaded) -> Result<(), String> {
        for warning in &loaded.warnings {
            tracing::warn!(warning = %warning, "configuration");
        }
        let config = &loaded.config;
        let external_labels = config.global.external_labels.clone();
        self.view
            .store(Arc::new(ConfigView { yaml: config.print(), external_labels: external_labels.clone() }));
        let storage = &self.settings.storage;
        if let Ok(db) = self.store.db() {
            db.set_retention(settings::retention(storage, &config.storage.retention));
            db.set_tiers(Arc::new(config.storage.bongsu.policy()));
            db.set_out_of_order_window(config.storage.out_of_order_time_window.as_millis() as i64);
            db.set_exemplars_max(exemplars_max(&self.settings, config));
            db.set_stale_threshold(config.storage.stale_series_compaction_threshold);
            db.set_series_limits(series_limits(config));
        }
        let jobs: Vec<Arc<scrape::Config>> = config.jobs().cloned().map(Arc::new).collect();
        let logging = self.query_service.apply(config.global.query_log_file.as_deref());
        let applied = self.scrape.apply(&jobs, &external_labels);
        self.discovery.apply(jobs.iter().map(|job| (job.job_name.clone(), job.discovery.clone())));
        let errors: Vec<String> = applied.err().into_iter().flatten().chain(logging.err()).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
    }

    /// Reloads whenever a file of the configuration changes, until told to stop. `before` was taken when the one in
    /// force was read, or earlier: a change since then must not be missed.
    pub async fn watch(self: Arc<Self>, every: Duration, mut before: Option<u64>, stop: CancellationToken) {
        let Some(file) = self.settings.config_file.clone() else { return };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
            // A file that cannot be read now, perhaps because it is being replaced, is looked at again later.
            let now = config::fingerprint(&file).ok();
            if now.is_some() && now != before {
                before = now;
                // The outcome is in log, metric and API.
                let _ = self.reload();
            }
        }
    }
}

/// Reads the file, or the built-in configuration.
pub fn load(settings: &Settings, built_in: &str) -> Result<Loaded, String> {
    let mut options = config::Options::default();
    options.scrape_defaults.extra_scrape_metrics |= settings.has("extra-scrape-metrics");
    let loaded = match &settings.config_file {
        Some(file) => Config::load(file, &options),
        None => Config::parse(built_in, Path::new("built-in"), &options),
    };
    loaded.map_err(|problems| problems.to_string())
}

/// Returns the bounds on series by label, for the database.
pub fn series_limits(config: &Config) -> Vec<tsdb::db::SeriesLimit> {
    let limit = |limit: &config::SeriesLimit| tsdb::db::SeriesLimit {
        label: limit.label.clone(),
        value: limit.value.clone(),
        series_max: limit.max_series,
    };
    config.storage.bongsu.series_limits.iter().map(limit).collect()
}

/// How many exemplars are kept.
pub fn exemplars_max(settings: &Settings, config: &Config) -> usize {
    /// What Prometheus keeps if exemplars are switched on and nothing else is said.
    const DEFAULT: i64 = 100_000;
    if !settings.has("exemplar-storage") {
        return 0;
    }
    usize::try_from(config.storage.max_exemplars.unwrap_or(DEFAULT)).unwrap_or(0)
}
