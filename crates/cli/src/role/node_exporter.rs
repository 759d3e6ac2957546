//! The node exporter: metrics of this host on port 9100, with node_exporter's flags.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use clap::{Arg, ArgAction, ArgMatches, Command};
use exporters::node::{self, Collector, Filter, Host};
use exposition::format::{Encoding, negotiate};
use telemetry::{Registry, log};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use transport::listener;

use crate::flags::node_exporter::FLAGS;
use crate::flags::{self, Values};
use crate::program;
use crate::role::shutdown;

/// Runs the exporter until it is told to end.
pub fn run(name: &'static str, args: Vec<OsString>) -> ExitCode {
    let about = "Metrics of this host, with the names, labels and flags of node_exporter.";
    let mut command =
        flags::with_flags(Command::new(name).about(about), FLAGS).version(program::version_text("bongsu"));
    for collector in node::ALL {
        for (prefix, help) in
            [("collector.", "Switch this collector on."), ("no-collector.", "Switch it off.")]
        {
            let id = format!("{prefix}{}", collector.name);
            command = command.arg(Arg::new(id.clone()).long(id).action(ArgAction::SetTrue).help(help));
        }
    }
    let matches = match program::parse(command, args) {
        Ok(matches) => matches,
        Err(code) => return code,
    };
    let exporter = match Exporter::from_flags(&flags::values(FLAGS, &matches), &matches) {
        Ok(exporter) => exporter,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    match exporter.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

struct Exporter {
    listen: Vec<String>,
    path: String,
    web: listener::Web,
    requests_max: usize,
    host: Arc<Host>,
    collectors: Vec<Collector>,
}

impl Exporter {
    fn from_flags(v: &Values, matches: &ArgMatches) -> anyhow::Result<Exporter> {
        let word = |name: &str| format!("--{name}: {:?} is not known", v.get(name));
        let level = log::Level::ALL
            .iter()
            .find(|(w, _)| *w == v.get("log.level"))
            .with_context(|| word("log.level"))?
            .1;
        let format = log::Format::ALL
            .iter()
            .find(|(w, _)| *w == v.get("log.format"))
            .with_context(|| word("log.format"))?
            .1;
        log::init(level, format)?;
        let mut host = Host::at(v.get("path.procfs"), v.get("path.sysfs"), v.get("path.rootfs"));
        host.udev_data = v.get("path.udev.data").into();
        let filter = |what: &str, default: Filter| -> anyhow::Result<Filter> {
            let (include, exclude) = (format!("{what}-include"), format!("{what}-exclude"));
            match (v.get(&include), v.get(&exclude)) {
                ("", "") => Ok(default),
                (i, e) => Filter::new(i, e).with_context(|| format!("--{include}, --{exclude}")),
            }
        };
        host.disks = filter("collector.diskstats.device", host.disks)?;
        host.mount_points = filter("collector.filesystem.mount-points", host.mount_points)?;
        host.filesystem_types = filter("collector.filesystem.fs-types", host.filesystem_types)?;
        host.netdev_devices = filter("collector.netdev.device", host.netdev_devices)?;
        host.arp_devices = filter("collector.arp.device", host.arp_devices)?;
        host.netclass_devices = Filter::new("", v.get("collector.netclass.ignored-devices"))
            .context("--collector.netclass.ignored-devices")?;
        let folders = v.all("collector.textfile.directory");
        host.textfile_directories = folders.iter().filter(|folder| !folder.is_empty()).cloned().collect();
        let on = |name: &str| matches.get_flag(&format!("collector.{name}"));
        let off = |name: &str| matches.get_flag(&format!("no-collector.{name}"));
        let by_default = !v.is_on("collector.disable-defaults");
        let web = match v.get("web.config.file") {
            "" => listener::Web::plain(),
            file => crate::web_config::watched(file.into())?,
        };
        Ok(Exporter {
            listen: v.all("web.listen-address").to_vec(),
            path: v.get("web.telemetry-path").to_owned(),
            web,
            requests_max: match v.get("web.max-requests").parse().context("--web.max-requests")? {
                0 => Semaphore::MAX_PERMITS,
                n => n,
            },
            host: Arc::new(host),
            collectors: node::ALL
                .iter()
                .filter(|c| on(c.name) || (by_default && !off(c.name)))
                .copied()
                .collect(),
        })
    }

    fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> anyhow::Result<()> {
        let mut listeners = Vec::new();
        for address in &self.listen {
            let full = if address.starts_with(':') { format!("0.0.0.0{address}") } else { address.clone() };
            listeners
                .push(TcpListener::bind(&full).await.with_context(|| format!("cannot listen on {address}"))?);
        }
        let registry = Registry::new();
        telemetry::process::register(&registry);
        telemetry::build_info::register(&registry, "node_exporter", program::VERSION);
        let options = listener::Options { web: self.web.clone(), ..listener::Options::default() };
        let stop = CancellationToken::new();
        let router = Arc::new(self).router(registry);
        let tasks: Vec<_> = listeners
            .into_iter()
            .map(|l| {
                if let Ok(address) = l.local_addr() {
                    tracing::info!(%address, "listening");
                }
                tokio::spawn(listener::serve(l, options.clone(), router.clone(), stop.clone()))
            })
            .collect();
        shutdown::asked_to_end().await;
        stop.cancel();
        for task in tasks {
            // A listener that panicked has ended too.
            task.await.ok();
        }
        Ok(())
    }

    fn router(self: Arc<Self>, registry: Registry) -> Router {
        let home = format!(
            "<!doctype html><title>Node Exporter</title><h1>Node Exporter</h1><p><a href=\"{0}\">Metrics</a>",
            self.path
        );
        let permits = Arc::new(Semaphore::new(self.requests_max));
        let path = self.path.clone();
        let metrics = get(move |RawQuery(query): RawQuery, headers: HeaderMap| {
            let (exporter, registry, permits) = (self.clone(), registry.clone(), permits.clone());
            async move {
                match permits.try_acquire() {
                    Ok(_permit) => {
                        exporter.answer(registry, query.as_deref().unwrap_or_default(), &headers).await
                    }
                    Err(_) => (
                        StatusCode::SERVICE_UNAVAILABLE,
                        "Limit of concurrent requests reached, try again later.\n",
                    )
                        .into_response(),
                }
            }
        });
        Router::new().route(&path, metrics).route("/", get(move || async move { Html(home) }))
    }

    /// Answers a scrape; `collect[]=` and `exclude[]=` choose among the collectors that are switched on.
    async fn answer(&self, registry: Registry, query: &str, headers: &HeaderMap) -> Response {
        let chosen = match self.chosen(query) {
            Ok(chosen) => chosen,
            Err(complaint) => return (StatusCode::BAD_REQUEST, complaint).into_response(),
        };
        let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let format = negotiate(accept, Encoding::ALL);
        let host = self.host.clone();
        let families = tokio::task::spawn_blocking(move || {
            let mut families = node::collect(&host, &chosen);
            families.extend(registry.gather());
            families.sort_by(|a, b| a.name.cmp(&b.name));
            families
        });
        match families.await {
            Ok(families) => {
                ([(header::CONTENT_TYPE, format.to_string())], exposition::write(&families, format))
                    .into_response()
            }
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    fn chosen(&self, query: &str) -> Result<Vec<Collector>, String> {
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "collect[]" => wanted.push(value.into_owned()),
                "exclude[]" => unwanted.push(value.into_owned()),
                _others => {}
            }
        }
        if !wanted.is_empty() && !unwanted.is_empty() {
            return Err("Combined collect and exclude queries are not allowed.\n".to_owned());
        }
        let known = |name: &String| self.collectors.iter().any(|c| c.name == *name);
        if let Some(missing) = wanted.iter().chain(&unwanted).find(|n| !known(n)) {
            return Err(format!("missing collector: {missing}\n"));
        }
        let is_chosen = |c: &&Collector| {
            let named = |list: &[String]| list.iter().any(|n| n == c.name);
            if wanted.is_empty() { !named(&unwanted) } else { named(&wanted) }
        };
        Ok(self.collectors.iter().filter(is_chosen).copied().collect())
    }
}
