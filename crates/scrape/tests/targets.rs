//! The whole of scraping against real sockets: good targets, slow, huge, endless, redirecting and lying ones.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use discovery::TargetGroup;
use model::{Labels, Matcher};
use scrape::config::{Config, EscapingScheme, Limits, Scheme, ScrapeProtocol};
use scrape::{Health, Manager, Options, TargetStatus};
use storage::memory::MemoryStorage;
use storage::{Queryable, Samples, SelectRequest, TimeRange};

/// A target that answers each connection with what `answer` writes.
fn target(
    answer: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (answer, mut stream) = (answer.clone(), stream.unwrap());
            std::thread::spawn(move || {
                let mut request = String::new();
                for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                    let line = line.unwrap_or_default();
                    if line.is_empty() {
                        break;
                    }
                    request.push_str(&line);
                    request.push('\n');
                }
                // A client that gives up early is part of the tests.
                answer(&request, &mut stream).ok();
            });
        }
    });
    address
}

fn ok(body: &'static str) -> impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync {
    move |_, stream| {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

fn config() -> Config {
    Config {
        job_name: "job".into(),
        honor_labels: false,
        honor_timestamps: true,
        track_timestamps_staleness: false,
        params: Vec::new(),
        scrape_interval: Duration::from_secs(1),
        scrape_timeout: Duration::from_secs(1),
        scrape_protocols: ScrapeProtocol::DEFAULT.to_vec(),
        fallback_scrape_protocol: None,
        scrape_native_histograms: false,
        always_scrape_classic_histograms: false,
        convert_classic_histograms_to_nhcb: false,
        scrape_failure_log_file: None,
        metrics_path: "/metrics".into(),
        scheme: Scheme::Http,
        enable_compression: true,
        limits: Limits { body_size_limit: 100_000, ..Limits::default() },
        native_histogram_bucket_limit: 0,
        native_histogram_min_bucket_factor: 0.0,
        metric_name_validation_scheme: model::relabel::NameScheme::Utf8,
        metric_name_escaping_scheme: EscapingScheme::AllowUtf8,
        extra_scrape_metrics: false,
        discovery: Vec::new(),
        client: transport::config::HttpClientConfig::default(),
        relabel_configs: Vec::new(),
        metric_relabel_configs: Vec::new(),
    }
}

fn group(addresses: &[SocketAddr]) -> discovery::Targets {
    let targets = addresses.iter().map(|a| Labels::from_pairs([("__address__", a.to_string())])).collect();
    BTreeMap::from([(
        "job".to_owned(),
        vec![Arc::new(TargetGroup { source: "0".into(), labels: Labels::empty(), targets })],
    )])
}

struct Bench {
    storage: Arc<MemoryStorage>,
    manager: Manager,
}

impl Bench {
    fn start(config: Config, addresses: &[SocketAddr]) -> Bench {
        let storage = Arc::new(MemoryStorage::default());
        let manager = Manager::new(Options::default(), storage.clone(), &telemetry::Registry::new());
        manager.apply(&[Arc::new(config)], &Labels::empty()).unwrap();
        manager.update(&group(addresses));
        Bench { storage, manager }
    }

    fn statuses(&self) -> Vec<TargetStatus> {
        self.manager.pool("job").unwrap().active
    }

    fn of(&self, address: SocketAddr) -> TargetStatus {
        let of = |s: &TargetStatus| s.target.labels.get("instance") == address.to_string();
        self.statuses().into_iter().find(of).unwrap()
    }

    async fn until_scraped(&self) {
        self.until("all targets are scraped", |b| b.statuses().iter().all(|s| s.health != Health::Unknown))
            .await;
    }

    async fn until(&self, what: &str, done: impl Fn(&Bench) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !done(self) {
            assert!(Instant::now() < deadline, "waited too long until {what}: {:#?}", self.statuses());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Values of all series with this name.
    fn values(&self, name: &str) -> Vec<Vec<f64>> {
        let matchers = [Matcher::equal("__name__", name)];
        let view = self.storage.view(TimeRange::ALL).unwrap();
        let set = view.select(&SelectRequest::new(&matchers, TimeRange::ALL)).unwrap();
        (0..set.len())
            .map(|i| {
                let mut samples = Samples::default();
                set.read(i, TimeRange::ALL, &mut samples).unwrap();
                samples.v
            })
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bad_target_hurts_only_itself() {
    let good = target(ok("good 1\n"));
    let missing = target(|_, s| {
        s.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    });
    let silent = target(|_, _| {
        std::thread::sleep(Duration::from_secs(30));
        Ok(())
    });
    let endless = target(|_, s| {
        s.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")?;
        loop {
            s.write_all(b"endless 1\n")?;
        }
    });
    let bomb = target(|_, s| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![b'#'; 50_000_000])?;
        let body = gzip.finish()?;
        write!(
            s,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )?;
        s.write_all(&body)
    });
    let circle = target(|_, s| {
        s.write_all(
            b"HTTP/1.1 302 Found\r\nLocation: /metrics\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        )
    });
    let liar = target(|_, s| {
        s.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\nliar 1")
    });
    let cut = target(|_, s| {
        s.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 999\r\nConnection: close\r\n\r\ncut 1\n")
    });
    let garbage = target(|_, s| s.write_all(b"\x00\xff\r\n\r\n"));
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let all = [good, missing, silent, endless, bomb, circle, liar, cut, garbage, closed];
    let bench = Bench::start(config(), &all);
    bench.until_scraped().await;
    for (address, want) in [
        (missing, "server returned HTTP status 404 Not Found"),
        (silent, "context deadline exceeded"),
        (endless, "body size limit exceeded"),
        (bomb, "body size limit exceeded"),
        (circle, "stopped after 10 redirects"),
        (liar, "text/html"),
        (cut, "EOF"),
        (garbage, "malformed HTTP"),
        (closed, "connection refused"),
    ] {
        let status = bench.of(address);
        assert_eq!(status.health, Health::Down, "{want}: {status:?}");
        assert!(status.last_error.contains(want), "{want:?} is not in {:?}", status.last_error);
    }
    bench
        .until("the good target is scraped twice", |b| b.values("good").first().is_some_and(|v| v.len() > 1))
        .await;
    assert_eq!(bench.of(good).health, Health::Up);
    for name in ["endless", "liar", "cut"] {
        assert!(bench.values(name).is_empty(), "{name} must not be stored");
    }
    bench.manager.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_see_what_prometheus_sends() {
    let (sender, requests) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let good = target(move |request, stream| {
        sender.lock().unwrap().send(request.to_lowercase()).ok();
        ok("good 1\n")(request, stream)
    });
    let mut config = config();
    config.params = vec![("a".into(), vec!["1 2".into()])];
    let bench = Bench::start(config, &[good]);
    bench.until_scraped().await;
    let request = requests.recv().unwrap();
    for want in [
        "get /metrics?a=1+2 http/1.1\n",
        "accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2\n",
        "accept-encoding: gzip\n",
        "user-agent: bongsu\n",
        "x-prometheus-scrape-timeout-seconds: 1\n",
        &format!("host: {good}\n"),
    ] {
        assert!(request.contains(want), "{want:?} is not in {request}");
    }
    bench.manager.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_keeps_unchanged_jobs_and_a_target_limit_stops_all() {
    let (one, two) = (target(ok("good 1\n")), target(ok("good 2\n")));
    let bench = Bench::start(config(), &[one, two]);
    bench.until_scraped().await;
    let before = bench.of(one).last_scrape;
    bench.manager.apply(&[Arc::new(config())], &Labels::empty()).unwrap();
    assert_eq!(bench.statuses().len(), 2);
    assert!(bench.of(one).last_scrape >= before && before.is_some(), "an unchanged job goes on");

    let mut limited = config();
    limited.limits.target_limit = 1;
    bench.manager.apply(&[Arc::new(limited)], &Labels::empty()).unwrap();
    bench
        .until("both targets are refused", |b| {
            b.statuses()
                .iter()
                .all(|s| s.last_error == "target_limit exceeded (number of targets: 2, limit: 1)")
        })
        .await;

    bench.manager.apply(&[], &Labels::empty()).unwrap();
    assert!(bench.manager.pool_names().is_empty());
    bench.manager.shut_down().await;
}
