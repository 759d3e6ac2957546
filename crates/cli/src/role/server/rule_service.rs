//! Rules and the sending of their alerts: built once, following reloads, ended in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use config::{Alertmanager, Config};
use promql::{Clock, Engine, ParseOptions};
use rules::environment::{Concurrency, RuleQuery};
use rules::load::BrokenFile;
use rules::manager::Update;
use rules::send::{self, Sender, SetConfig};
use rules::{Environment, Manager, Metrics, Settings as RuleSettings};
use server::grafana::links::PictureLinks;
use server::queries::Times;
use server::queries::log::{Logged, Origin, QueryLog};
use telemetry::Registry;
use tokio_util::sync::CancellationToken;
use transport::config::Authentication;

use super::alerting_service::{AlertingService, Everybody};
use super::settings::Settings;
use super::store::Store;

/// Name of the built-in rule file, where no configuration is given.
const BUILT_IN_FILE: &str = "built-in/bongsu.rules.yml";
const BUILT_IN_RULES: &str = include_str!("built_in.rules.yml");

/// What rules need.
pub struct Needs<'a> {
    pub settings: &'a Settings,
    pub store: &'a Store,
    pub engine: &'a Arc<Engine>,
    pub promql: ParseOptions,
    pub external_url: &'a str,
    pub query_log: &'a Arc<QueryLog>,
    pub discovery: discovery::Metrics,
    pub user_agent: &'a str,
    pub registry: &'a Registry,
    pub quit: &'a CancellationToken,
    /// The Alertmanager in this process.
    pub alertmanager: Option<AlertingService>,
    /// Makes links to pictures of panels that rules name.
    pub pictures: Option<PictureLinks>,
}

/// Rules and the sending of their alerts.
#[derive(Clone)]
pub struct RuleService {
    manager: Manager,
    sender: Sender,
    discovery: discovery::Manager,
    cancel: storage::Cancel,
    alertmanager: Option<AlertingService>,
    strict: bool,
    /// Whether the built-in rules are loaded, because there is no configuration.
    built_in: bool,
}

/// Time since the process looked at it first.
struct Monotonic(Instant);

impl Clock for Monotonic {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl RuleService {
    /// Builds everything; there are no rules yet.
    pub fn start(needs: Needs<'_>) -> RuleService {
        let settings = needs.settings.rules;
        let options = send::Options {
            queue_capacity: settings.queue_capacity,
            batch_size: settings.batch_size,
            drain_on_shutdown: settings.drain,
            user_agent: needs.user_agent.to_owned(),
        };
        let sender = Sender::new(options, needs.registry);
        let options = discovery::Options::new("notify", needs.user_agent, needs.discovery);
        let (discovery, mut found, _ends_with_quit) = discovery::Manager::start(options, needs.quit.clone());
        let told = sender.clone();
        tokio::spawn(async move {
            while found.changed().await.is_ok() {
                let targets = found.borrow_and_update().clone();
                told.update(&targets);
            }
        });
        let cancel = storage::Cancel::default();
        let alertmanager = needs.alertmanager.clone();
        let log = needs.query_log.clone();
        let environment = Environment {
            data: Arc::new(needs.store.clone()),
            out: Arc::new(needs.store.clone()),
            engine: needs.engine.clone(),
            promql: needs.promql,
            external_url: needs.external_url.trim_end_matches('/').to_owned(),
            settings: ArcSwap::default(),
            notify: Arc::new(Everybody {
                sender: sender.clone(),
                own: needs.alertmanager,
                pictures: needs.pictures,
            }),
            resend_delay: settings.resend_delay,
            outage_tolerance: settings.outage_tolerance,
            for_grace_period: settings.for_grace_period,
            catch_up: settings.catch_up,
            clock: Arc::new(Monotonic(Instant::now())),
            cancel: cancel.clone(),
            metrics: Metrics::new(needs.registry),
            on_query: Some(Arc::new(move |query| log_query(&log, query))),
            concurrency: Concurrency::new(settings.concurrency),
        };
        RuleService {
            manager: Manager::new(environment),
            sender,
            discovery,
            cancel,
            alertmanager,
            strict: settings.strict,
            built_in: needs.settings.config_file.is_none(),
        }
    }

    /// What the API shows.
    pub fn parts(&self) -> server::parts::Rules {
        server::parts::Rules {
            manager: self.manager.clone(),
            sender: self.sender.clone(),
            alertmanager: self.alertmanager.as_ref().map(AlertingService::shared),
        }
    }

    /// Lets evaluation begin: the database can be read.
    pub fn begin(&self) {
        self.manager.start();
    }

    /// In strict mode, refuses a configuration with a rule file that cannot be used.
    ///
    /// # Errors
    /// All mistakes, one a line.
    pub fn check(&self, config: &Config) -> Result<(), String> {
        if !self.strict {
            return Ok(());
        }
        self.manager.check(&self.update_of(config)).map_err(|broken| lines(&broken))
    }

    /// Puts rules and Alertmanagers of a configuration in force.
    ///
    /// # Errors
    /// What could not be used, one mistake a line; everything else is in force, unless in strict mode.
    pub fn apply(&self, config: &Config) -> Result<(), String> {
        let mut errors = Vec::new();
        let sections = config.alerting.alertmanagers.iter().enumerate();
        let sets: Vec<SetConfig> = sections.clone().map(|(i, section)| set_of(i, section)).collect();
        let sending = send::Config {
            external_labels: config.global.external_labels.clone(),
            alert_relabel_configs: config.alerting.alert_relabel_configs.clone(),
            sets,
        };
        errors.extend(self.sender.apply(sending).err().into_iter().flatten());
        self.discovery.apply(sections.map(|(i, section)| (key(i), section.discovery.clone())));
        if let Err(broken) = self.manager.update(&self.update_of(config)) {
            errors.push(lines(&broken));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
    }

    fn update_of(&self, config: &Config) -> Update {
        // Patterns that cannot be read were mistakes of the configuration already.
        let files = config.rule_files.iter().filter_map(|pattern| config::glob(pattern).ok()).flatten();
        let built_in = self.built_in.then(|| (PathBuf::from(BUILT_IN_FILE), BUILT_IN_RULES));
        Update {
            interval: config.global.evaluation_interval,
            files: files.collect(),
            built_in: built_in.into_iter().collect(),
            names: config.global.scrape.metric_name_validation_scheme,
            strict: self.strict,
            settings: RuleSettings {
                external_labels: config.global.external_labels.clone(),
                query_offset: config.global.rule_query_offset,
            },
        }
    }

    /// Ends evaluation, then sends the alerts that wait.
    pub async fn shut_down(&self) {
        self.cancel.cancel();
        self.manager.shut_down().await;
        self.sender.shut_down().await;
    }
}

fn lines(broken: &[BrokenFile]) -> String {
    broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn key(i: usize) -> String {
    format!("config-{i}")
}

fn set_of(i: usize, section: &Alertmanager) -> SetConfig {
    let mut client = section.client.clone();
    if let Some(sigv4) = &section.sigv4 {
        client.authentication = Some(Authentication::SigV4(Box::new(sigv4.clone())));
    }
    SetConfig {
        key: key(i),
        scheme: section.scheme.as_str(),
        path_prefix: section.path_prefix.clone(),
        timeout: section.timeout,
        client,
        relabel_configs: section.relabel_configs.clone(),
        alert_relabel_configs: section.alert_relabel_configs.clone(),
    }
}

fn log_query(log: &QueryLog, query: &RuleQuery<'_>) {
    if !log.is_on() {
        return;
    }
    let stats = serde_json::json!({ "timings": { "execTotalTime": query.took.as_secs_f64() } });
    log.write(&Logged {
        text: query.expr,
        times: Times::Instant(query.t_ms),
        error: query.error,
        stats: &stats,
        origin: Origin::Rule { file: query.file, group: query.group },
    });
}
