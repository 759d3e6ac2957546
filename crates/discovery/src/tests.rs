//! The manager with real files and a loopback HTTP server.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use model::Labels;
use parking_lot::Mutex;
use telemetry::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use transport::config::HttpClientConfig;
use transport::listener::{Options as ListenerOptions, serve};

use crate::mechanisms::{file, http as http_sd, static_};
use crate::{Config, Manager, Metrics, Options, TargetGroup, Targets};

struct Running {
    manager: Manager,
    targets: watch::Receiver<Arc<Targets>>,
    registry: Registry,
    shutdown: CancellationToken,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Running {
    fn start() -> Running {
        let registry = Registry::new();
        let shutdown = CancellationToken::new();
        let mut options = Options::new("scrape", "test/1", Metrics::new(&registry));
        options.update_interval = Duration::from_millis(20);
        let (manager, targets, _) = Manager::start(options, shutdown.clone());
        Running { manager, targets, registry, shutdown }
    }

    fn apply(&self, jobs: &[(&str, &[Config])]) {
        self.manager.apply(jobs.iter().map(|(name, configs)| ((*name).to_owned(), configs.to_vec())));
    }

    /// Waits until each job has exactly these addresses.
    async fn expect(&mut self, want: &[(&str, &[&str])]) {
        let want: BTreeMap<String, Vec<String>> = want
            .iter()
            .map(|(job, a)| ((*job).to_owned(), a.iter().map(|a| (*a).to_owned()).collect()))
            .collect();
        let fits = |targets: &Arc<Targets>| addresses(targets) == want;
        let waited = tokio::time::timeout(Duration::from_secs(20), self.targets.wait_for(fits)).await.is_ok();
        if !waited {
            panic!("got {:?}, want {want:?}", addresses(&self.targets.borrow()));
        }
    }

    fn metric(&self, name: &str, labels: &str) -> Option<f64> {
        let families = self.registry.gather();
        let family = families.iter().find(|f| f.name == name)?;
        let metric = family.metrics.iter().find(|m| m.labels.to_string() == labels)?;
        match &metric.value {
            exposition::MetricValue::Number(value, _) => Some(*value),
            other => panic!("not a number: {other:?}"),
        }
    }
}

fn addresses(targets: &Targets) -> BTreeMap<String, Vec<String>> {
    let of = |groups: &Vec<Arc<TargetGroup>>| {
        let all = groups.iter().flat_map(|g| g.targets.iter().map(|t| t.get("__address__").to_owned()));
        let mut all: Vec<String> = all.collect();
        all.sort();
        all
    };
    targets.iter().map(|(job, groups)| (job.clone(), of(groups))).collect()
}

fn fixed(address: &str) -> Config {
    let targets = vec![Labels::from_pairs([("__address__", address)])];
    let group = TargetGroup { source: "0".to_owned(), labels: Labels::empty(), targets };
    Config::Static(static_::Config { groups: vec![group] })
}

fn files(pattern: &Path) -> Config {
    let files = vec![pattern.display().to_string()];
    Config::File(file::Config { files, refresh_interval: Duration::from_secs(3600) })
}

#[tokio::test]
async fn static_targets_and_jobs_without_any() {
    let mut running = Running::start();
    running.apply(&[("a", &[fixed("h:1"), fixed("h:2")]), ("b", &[])]);
    running.expect(&[("a", &["h:1", "h:2"]), ("b", &[])]).await;
    let labels = r#"{config="a", name="scrape"}"#;
    assert_eq!(running.metric("prometheus_sd_discovered_targets", labels), Some(2.0));
    running.apply(&[("b", &[fixed("h:3")])]);
    running.expect(&[("b", &["h:3"])]).await;
    assert_eq!(running.metric("prometheus_sd_discovered_targets", labels), None);
    assert_eq!(running.metric("prometheus_sd_failed_configs", r#"{name="scrape"}"#), Some(0.0));
}

#[tokio::test]
async fn files_are_watched() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("a.yml"), "- targets: ['h:1']\n  labels: {env: x}\n- targets: ['h:2']\n").unwrap();
    std::fs::write(at("b.json"), r#"[{"targets":["h:3"]}]"#).unwrap();
    let mut running = Running::start();
    running.apply(&[("yml", &[files(&at("*.yml"))]), ("json", &[files(&at("b.json"))])]);
    running.expect(&[("json", &["h:3"]), ("yml", &["h:1", "h:2"])]).await;
    let targets = running.targets.borrow().clone();
    let group = &targets["yml"][0];
    let path = at("a.yml").display().to_string();
    assert_eq!(group.source, format!("{path}:0"));
    assert_eq!(group.labels, Labels::from_pairs([("env", "x"), ("__meta_filepath", &path)]));
    assert!(
        running.metric("prometheus_sd_file_mtime_seconds", &format!("{{filename={path:?}}}")).unwrap() > 1e9
    );

    // A group less, a file more.
    std::fs::write(at("a.yml"), "- targets: ['h:1']\n").unwrap();
    std::fs::write(at("c.yml"), "- targets: ['h:4']\n").unwrap();
    running.expect(&[("json", &["h:3"]), ("yml", &["h:1", "h:4"])]).await;

    // Broken: what it said before stays; the other file's news count.
    std::fs::write(at("a.yml"), "- target: ['h:1']\n").unwrap();
    std::fs::write(at("c.yml"), "- targets: ['h:5']\n").unwrap();
    running.expect(&[("json", &["h:3"]), ("yml", &["h:1", "h:5"])]).await;
    assert!(running.metric("prometheus_sd_file_read_errors_total", "{}").unwrap() >= 1.0);

    // Gone.
    std::fs::remove_file(at("a.yml")).unwrap();
    running.expect(&[("json", &["h:3"]), ("yml", &["h:5"])]).await;
}

#[tokio::test]
async fn swapped_symbolic_links_are_noticed() {
    // What Kubernetes does to a mounted ConfigMap: t.yml -> ..data/t.yml, ..data -> ..v1, then ..data is replaced.
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for version in ["1", "2"] {
        std::fs::create_dir(at(&format!("..v{version}"))).unwrap();
        let text = format!("- targets: ['h:{version}']\n");
        std::fs::write(at(&format!("..v{version}/t.yml")), text).unwrap();
    }
    symlink("..v1", at("..data")).unwrap();
    symlink("..data/t.yml", at("t.yml")).unwrap();
    let mut running = Running::start();
    running.apply(&[("a", &[files(&at("t.yml"))])]);
    running.expect(&[("a", &["h:1"])]).await;
    symlink("..v2", at("..data_tmp")).unwrap();
    std::fs::rename(at("..data_tmp"), at("..data")).unwrap();
    running.expect(&[("a", &["h:2"])]).await;
}

/// A server that tells what it is given: status, content type, body.
async fn server(
    answer: Arc<Mutex<(u16, &'static str, &'static str)>>,
    asked: Arc<Mutex<Vec<String>>>,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sd", listener.local_addr().unwrap());
    let service = tower::service_fn(move |request: http::Request<_>| {
        let show = |name: &str| request.headers().get(name).unwrap().to_str().unwrap().to_owned();
        let headers = ["accept", "user-agent", "x-prometheus-refresh-interval-seconds"];
        *asked.lock() = headers.iter().map(|name| show(name)).collect();
        let (status, content_type, body) = *answer.lock();
        let answer = Response::builder().status(status).header("content-type", content_type);
        let answer = answer.body(Full::new(Bytes::from(body))).unwrap();
        async move { Ok::<_, Infallible>(answer) }
    });
    tokio::spawn(serve(listener, ListenerOptions::default(), service, CancellationToken::new()));
    url
}

#[tokio::test]
async fn http_keeps_the_last_good_answer() {
    let (answer, asked) = (Arc::new(Mutex::new((503, "text/plain", ""))), Arc::default());
    let url = server(answer.clone(), Arc::clone(&asked)).await;
    let config = Config::Http(Box::new(http_sd::Config {
        url: yaml::Link::parse(&url).unwrap(),
        refresh_interval: Duration::from_millis(50),
        client: HttpClientConfig::default(),
    }));
    let mut running = Running::start();
    running.apply(&[("a", &[config])]);
    running.expect(&[("a", &[])]).await;
    *answer.lock() =
        (200, "application/json", r#"[{"targets":["h:1"],"labels":{"x":"y"}},{"targets":["h:2"]}]"#);
    running.expect(&[("a", &["h:1", "h:2"])]).await;
    assert_eq!(*asked.lock(), ["application/json", "test/1", "0.05"]);
    let targets = running.targets.borrow().clone();
    assert_eq!(targets["a"][0].source, format!("{url}:0"));
    assert_eq!(targets["a"][0].labels, Labels::from_pairs([("x", "y"), ("__meta_url", &url)]));

    // Bad answers change nothing.
    let failures = r#"{config="a", mechanism="http"}"#;
    for bad in [(500, "application/json", "[]"), (200, "text/html", "[]"), (200, "application/json", "[{")] {
        *answer.lock() = bad;
        let before = running.metric("prometheus_sd_refresh_failures_total", failures).unwrap();
        while running.metric("prometheus_sd_refresh_failures_total", failures).unwrap() < before + 2.0 {
            tokio::task::yield_now().await;
        }
        running.expect(&[("a", &["h:1", "h:2"])]).await;
    }
    assert!(running.metric("prometheus_sd_http_failures_total", "{}").unwrap() >= 6.0);
    *answer.lock() = (200, "application/json; charset=utf-8", r#"[{"targets":["h:3"]}]"#);
    running.expect(&[("a", &["h:3"])]).await;
}

#[tokio::test]
async fn a_provider_that_cannot_start_is_counted() {
    let mut client = HttpClientConfig::default();
    client.tls.ca = Some(transport::config::Source::File("/does/not/exist".into()));
    let config = Config::Http(Box::new(http_sd::Config {
        url: yaml::Link::parse("https://localhost/").unwrap(),
        refresh_interval: Duration::from_secs(60),
        client,
    }));
    let mut running = Running::start();
    for address in ["h:1", "h:2"] {
        // Each reload tries again.
        running.apply(&[("a", std::slice::from_ref(&config)), ("b", &[fixed(address)])]);
        running.expect(&[("a", &[]), ("b", &[address])]).await;
        assert_eq!(running.metric("prometheus_sd_failed_configs", r#"{name="scrape"}"#), Some(1.0));
    }
}
