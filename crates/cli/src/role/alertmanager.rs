//! The Alertmanager: upstream's flags, files and API on port 9093.

pub mod cluster;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use alerting::config::Config;
use alerting::manager::Bounds;
use alerting::matchers::Syntax;
use alerting::run::{Alertmanager, Features, LedgerOptions, Options};
use alerting::silences::Limits;
use alerting::silences::guard::Guard;
use anyhow::{Context, anyhow};
use jiff::SignedDuration;
use telemetry::{Gauge, Registry, log};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use transport::listener;

use crate::flags::{Effect, Values, duration};
use crate::role::shutdown;

/// The version of Alertmanager whose behaviour, flags and API we have.
pub const UPSTREAM_VERSION: &str = "0.34.0";

/// What `--enable-feature` takes. All but the modes and what adds labels to figures are accepted without effect.
const FEATURES: &[&str] = &[
    "alert-names-in-metrics",
    "auto-gomemlimit",
    "auto-gomaxprocs",
    "classic-mode",
    "event-recorder",
    "group-key-in-metrics",
    "receiver-name-in-metrics",
    "utf8-strict-mode",
];

/// Runs until it is told to end.
pub fn run(flags: &Values) -> ExitCode {
    let settings = match Settings::from_flags(flags) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    for (name, effect) in flags.without_effect() {
        let reason = if effect == Effect::Later {
            "the part it belongs to is not there yet"
        } else {
            "it has no meaning here"
        };
        tracing::warn!("--{name} is accepted and ignored: {reason}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result =
        runtime.context("cannot start threads").and_then(|runtime| runtime.block_on(settings.serve()));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the Alertmanager ends");
            ExitCode::FAILURE
        }
    }
}

/// What runs inside, alone or in a server.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Which matchers and names a configuration may hold.
    pub syntax: Syntax,
    /// What it keeps, where and how long.
    pub options: Options,
    /// With whom.
    pub cluster: cluster::Settings,
}

impl Instance {
    /// Reads the flags that an Alertmanager has wherever it runs.
    ///
    /// # Errors
    /// The first flag whose value cannot be used.
    pub fn from_flags(
        v: &Values,
        data_dir: PathBuf,
        ledger: Option<LedgerOptions>,
        silence_guard: Option<Guard>,
    ) -> anyhow::Result<Instance> {
        let features: Vec<&str> = v.all("enable-feature").iter().flat_map(|list| list.split(',')).collect();
        if let Some(unknown) = features.iter().find(|f| !f.is_empty() && !FEATURES.contains(f)) {
            return Err(anyhow!("unknown option {unknown:?} for --enable-feature"));
        }
        let syntax = match (features.contains(&"classic-mode"), features.contains(&"utf8-strict-mode")) {
            (true, true) => {
                return Err(anyhow!("cannot have both classic-mode and utf8-strict-mode enabled"));
            }
            (true, false) => Syntax::Classic,
            (false, true) => Syntax::Utf8,
            (false, false) => Syntax::Fallback,
        };
        Ok(Instance {
            syntax,
            options: Options {
                data_dir: Some(data_dir),
                retention: signed(time(v, "data.retention")?),
                maintenance_interval: time(v, "data.maintenance-interval")?,
                gc_interval: time(v, "alerts.gc-interval")?,
                start_delay: signed(time(v, "dispatch.start-delay")?),
                bounds: Bounds {
                    alerts_per_name_max: bound(v, "alerts.per-alertname-limit")?,
                    groups_max: 0,
                },
                limits: Limits {
                    silences_max: bound(v, "silences.max-silences")?,
                    silence_bytes_max: bound(v, "silences.max-silence-size-bytes")?,
                },
                silence_guard,
                ledger,
                external_url: String::new(),
                user_agent: user_agent(),
                log_silences: v.is_on("log.silences"),
                features: Features {
                    receiver_names_in_metrics: features.contains(&"receiver-name-in-metrics"),
                    alert_names_in_metrics: features.contains(&"alert-names-in-metrics"),
                    group_keys_in_metrics: features.contains(&"group-key-in-metrics"),
                },
            },
            cluster: cluster::Settings::from_flags(v)?,
        })
    }

    /// Says where people reach it.
    #[must_use]
    pub fn reached_at(mut self, external_url: &str) -> Instance {
        self.options.external_url = external_url.trim_end_matches('/').to_owned();
        self
    }
}

struct Settings {
    config_file: PathBuf,
    instance: Instance,
    listen: Vec<String>,
    prefix: String,
    /// The path under which browsers reach it.
    base: String,
    admin_api: bool,
    web: listener::Web,
    limits: server::alertmanager::RequestLimits,
}

impl Settings {
    fn from_flags(v: &Values) -> anyhow::Result<Settings> {
        let level = word(v, "log.level", &log::Level::ALL)?;
        let format = word(v, "log.format", &log::Format::ALL)?;
        log::init(level, format)?;
        let listen = v.all("web.listen-address").to_vec();
        let external_url = match v.get("web.external-url") {
            "" => default_url(&listen),
            given => given.trim_end_matches('/').to_owned(),
        };
        let base =
            yaml::Link::parse(&external_url).map_or_else(|_| String::new(), |url| url.path().to_owned());
        let prefix = match v.get("web.route-prefix") {
            "" => base.clone(),
            given => given.to_owned(),
        };
        let web = match v.get("web.config.file") {
            "" => listener::Web::plain(),
            file => crate::web_config::watched(file.into())?,
        };
        let data_dir = v.get("storage.path").into();
        let instance =
            Instance::from_flags(v, data_dir, ledger(v)?, silence_guard(v)?)?.reached_at(&external_url);
        Ok(Settings {
            config_file: v.get("config.file").into(),
            instance,
            listen,
            prefix: format!("/{}", prefix.trim_matches('/')),
            base,
            admin_api: v.is_on("web.enable-admin-api"),
            web,
            limits: request_limits(v)?,
        })
    }

    async fn serve(self) -> anyhow::Result<()> {
        let registry = Registry::new();
        telemetry::process::register(&registry);
        telemetry::build_info::register(&registry, "alertmanager", UPSTREAM_VERSION);
        let mut listeners = Vec::new();
        for address in &self.listen {
            let full = if address.starts_with(':') { format!("0.0.0.0{address}") } else { address.clone() };
            listeners
                .push(TcpListener::bind(&full).await.with_context(|| format!("cannot listen on {address}"))?);
        }
        let config = read_config(&self.config_file, self.instance.syntax)?;
        let alertmanager = Alertmanager::open(self.instance.options.clone(), config, &registry)?;
        let cluster = self.instance.cluster.open(&alertmanager, &registry).await?;
        let stop = CancellationToken::new();
        let gossip = cluster.map(|cluster| tokio::spawn(cluster.run(stop.clone())));
        let running = tokio::spawn(Arc::clone(&alertmanager).run(stop.clone()));
        let (reload, requests) = mpsc::channel(1);
        let parts = server::alertmanager::Parts {
            alertmanager: Arc::clone(&alertmanager),
            registry: registry.clone(),
            reload,
            version: UPSTREAM_VERSION,
            admin_api: self.admin_api,
        };
        let reloads = Reloads::new(&registry);
        tokio::spawn(self.reload_on_demand(alertmanager, requests, reloads));
        let router = server::alertmanager::router(parts, &self.prefix, &self.base, self.limits);
        let options = listener::Options { web: self.web.clone(), ..listener::Options::default() };
        let closing = CancellationToken::new();
        let mut tasks = Vec::new();
        for listener in listeners {
            if let Ok(address) = listener.local_addr() {
                tracing::info!(%address, "listening");
            }
            tasks.push(tokio::spawn(listener::serve(
                listener,
                options.clone(),
                router.clone(),
                closing.clone(),
            )));
        }
        shutdown::asked_to_end().await;
        tracing::info!("ending");
        closing.cancel();
        for task in tasks {
            // A listener that panicked has ended too.
            task.await.ok();
        }
        stop.cancel();
        if let Some(gossip) = gossip {
            gossip.await.context("the cluster's loop")?;
        }
        running.await.context("the Alertmanager's loop")
    }

    /// Reads the configuration again when a request or SIGHUP asks for it.
    fn reload_on_demand(
        &self,
        alertmanager: Arc<Alertmanager>,
        mut requests: mpsc::Receiver<oneshot::Sender<Result<(), String>>>,
        reloads: Reloads,
    ) -> impl Future<Output = ()> + use<> {
        let (file, syntax) = (self.config_file.clone(), self.instance.syntax);
        reloads.note(true);
        async move {
            let mut hangups = shutdown::hangups();
            loop {
                let answer = tokio::select! {
                    request = requests.recv() => match request {
                        Some(answer) => Some(answer),
                        None => return,
                    },
                    () = shutdown::next(&mut hangups) => None,
                };
                let result = read_config(&file, syntax).and_then(|config| Ok(alertmanager.reload(config)?));
                reloads.note(result.is_ok());
                match &result {
                    Ok(()) => tracing::info!(file = %file.display(), "configuration reloaded"),
                    Err(error) => tracing::error!(error = format!("{error:#}"), "configuration not reloaded"),
                }
                if let Some(answer) = answer {
                    // Whoever asked may have gone.
                    answer.send(result.map_err(|e| format!("{e:#}"))).ok();
                }
            }
        }
    }
}

/// How the last reload went, as metrics.
struct Reloads {
    successful: Gauge,
    at: Gauge,
}

impl Reloads {
    fn new(registry: &Registry) -> Reloads {
        Reloads {
            successful: registry.gauge(
                "alertmanager_config_last_reload_successful",
                "Whether the last configuration reload attempt was successful.",
            ),
            at: registry.gauge(
                "alertmanager_config_last_reload_success_timestamp_seconds",
                "Timestamp of the last successful configuration reload.",
            ),
        }
    }

    fn note(&self, successful: bool) {
        self.successful.set(f64::from(u8::from(successful)));
        if successful {
            self.at.set(jiff::Timestamp::now().as_millisecond() as f64 / 1e3);
        }
    }
}

/// Reads what requests may take.
fn request_limits(v: &Values) -> anyhow::Result<server::alertmanager::RequestLimits> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let gets = bound(v, "web.get-concurrency")?;
    let timeout = match v.get("web.timeout") {
        "" | "0" => None,
        _given => Some(time(v, "web.timeout")?).filter(|timeout| !timeout.is_zero()),
    };
    Ok(server::alertmanager::RequestLimits { gets: if gets > 0 { gets } else { threads.max(8) }, timeout })
}

/// Reads how long decisions about alerts are kept.
///
/// # Errors
/// A flag that is no duration or size.
pub fn ledger(v: &Values) -> anyhow::Result<Option<LedgerOptions>> {
    let retention = signed(time(v, "alerts.ledger-retention")?);
    let text = v.get("alerts.ledger-max-size");
    let bytes = yaml::ByteSize::parse(text).map_err(|e| anyhow!("--alerts.ledger-max-size: {e}"))?;
    let options = LedgerOptions { retention, bytes_max: bytes.0 };
    Ok(Some(options).filter(|_| !retention.is_zero()))
}

/// Reads what one silence may match.
///
/// # Errors
/// Neither a number nor a share.
pub fn silence_guard(v: &Values) -> anyhow::Result<Option<Guard>> {
    Guard::parse(v.get("silences.guard")).map_err(|e| anyhow!("--silences.guard: {e}"))
}

/// What receivers are told of who sends.
pub fn user_agent() -> String {
    format!("Alertmanager/{UPSTREAM_VERSION}")
}

/// Reads a configuration file; warnings are logged.
///
/// # Errors
/// A file that cannot be read, or all that is wrong with it.
pub fn read_config(file: &Path, syntax: Syntax) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let directory = file.parent().unwrap_or(Path::new(""));
    let (config, warnings) = Config::read(&text, &file.display().to_string(), directory, syntax)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(config)
}

/// What links begin with if nobody says.
fn default_url(listen: &[String]) -> String {
    let port = listen.first().and_then(|address| address.rsplit_once(':')).map_or("9093", |(_, port)| port);
    let host = hostname();
    format!("http://{host}:{port}")
}

fn hostname() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "localhost".to_owned(), |name| name.trim().to_owned())
}

fn word<T: Copy>(v: &Values, name: &str, words: &[(&str, T)]) -> anyhow::Result<T> {
    let found = words.iter().find(|(word, _)| *word == v.get(name));
    found.map(|(_, value)| *value).with_context(|| format!("--{name}: {:?} is not known", v.get(name)))
}

fn time(v: &Values, name: &str) -> anyhow::Result<Duration> {
    duration::parse(v.get(name))
        .with_context(|| format!("--{name}: {:?} is not a duration such as 15m or 120h", v.get(name)))
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Reads a bound; what is not above 0 is none.
fn bound(v: &Values, name: &str) -> anyhow::Result<usize> {
    let number: i64 = v.get(name).parse().with_context(|| format!("--{name}: {:?}", v.get(name)))?;
    Ok(usize::try_from(number).unwrap_or(0))
}
