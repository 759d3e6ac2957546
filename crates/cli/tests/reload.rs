//! A changed configuration takes effect without a restart; a bad one changes nothing and is seen everywhere.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::Path;

use harness::program::Server;
use harness::target::Target;
use harness::until;
use rustix::process::Signal;

const METRICS: &str = "a 1\nb 2\n";

fn job(name: &str, target: &Target) -> String {
    format!(
        "- job_name: {name}\n  scrape_interval: 100ms\n  scrape_timeout: 100ms\n  static_configs: [{{targets: ['{}']}}]\n",
        target.address
    )
}

fn write(dir: &Path, jobs: &[String]) {
    let config = format!("global: {{scrape_interval: 1m}}\nscrape_configs:\n{}", jobs.concat());
    // Written beside and renamed, so that a server never reads half of it.
    std::fs::write(dir.join("new.yml"), config).unwrap();
    std::fs::rename(dir.join("new.yml"), dir.join("prometheus.yml")).unwrap();
}

/// Whether the last reload worked, as the API says and the metric says. A reload between the two questions makes them
/// differ for a moment.
fn is_reload_successful(server: &Server) -> bool {
    until("API and metric to agree", || {
        let from_api = server.api("status/runtimeinfo", &[])["reloadConfigSuccess"].as_bool().unwrap();
        let line = format!("prometheus_config_last_reload_successful {}", u8::from(from_api));
        server.get("/metrics").text().lines().any(|l| l == line).then_some(from_api)
    })
}

fn config_of(server: &Server) -> String {
    server.api("status/config", &[])["yaml"].as_str().unwrap().to_owned()
}

/// Waits until a target was scraped twice more than now.
fn until_scraped_again(target: &Target) {
    let before = target.scrapes();
    until("further scrapes", || (target.scrapes() >= before + 2).then_some(()));
}

#[test]
fn by_signal_and_by_request() {
    let dir = tempfile::tempdir().unwrap();
    let (kept, later, third) = (Target::fixed(METRICS), Target::fixed(METRICS), Target::fixed(METRICS));
    write(dir.path(), &[job("kept", &kept)]);
    let server = Server::start(dir.path(), &["--web.enable-lifecycle"]);
    server.until_value("up{job='kept'}", "1");
    assert!(is_reload_successful(&server));

    // A good file, by signal.
    write(dir.path(), &[job("kept", &kept), job("later", &later)]);
    server.process.signal(Signal::HUP);
    server.until_value("up{job='later'}", "1");
    assert!(config_of(&server).contains("job_name: later"));

    // A bad file, by request.
    let before = config_of(&server);
    write(dir.path(), &[job("kept", &kept), "- job_nam: wrong\n".to_owned()]);
    let answer = server.post("/-/reload", &[], b"");
    let text = answer.text();
    assert_eq!(answer.status, 500, "{text}");
    assert!(text.starts_with("failed to reload config: ") && text.contains("job_nam"), "{text}");
    assert!(text.contains("prometheus.yml:7"), "the line is told: {text}");
    assert!(!is_reload_successful(&server));
    let log = server.log();
    assert!(log.lines().any(|l| l.contains("level=ERROR") && l.contains("job_nam")), "{log}");
    assert_eq!(config_of(&server), before);
    until_scraped_again(&kept);
    until_scraped_again(&later);

    // A good file, by request; a job that is gone is gone at once.
    write(dir.path(), &[job("kept", &kept), job("third", &third)]);
    assert_eq!(server.post("/-/reload", &[], b"").status, 200);
    assert!(is_reload_successful(&server));
    server.until_value("up{job='third'}", "1");
    until("the end of the job's series", || server.query("up{job='later'}").is_empty().then_some(()));

    // The job that nobody touched went on: it scraped all the time, with the caches that it had.
    until_scraped_again(&kept);
    let missed = server.value("count_over_time(up{job='kept'}[10m]) - sum_over_time(up{job='kept'}[10m])");
    assert_eq!(missed.as_deref(), Some("0"));
    let added = server.value("sum_over_time(scrape_series_added{job='kept'}[10m])");
    assert_eq!(added.as_deref(), Some("2"), "series are new to a target once");
    assert!(server.stop().success());
}

#[test]
fn reload_by_request_needs_the_flag() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[job("a", &Target::fixed(METRICS))]);
    let server = Server::start(dir.path(), &[]);
    let answer = server.post("/-/reload", &[], b"");
    assert_eq!((answer.status, answer.text().as_str()), (403, "Lifecycle API is not enabled."));
    assert!(server.stop().success());
}

#[test]
fn by_itself_when_the_file_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (kept, later) = (Target::fixed(METRICS), Target::fixed(METRICS));
    write(dir.path(), &[job("kept", &kept)]);
    let server = Server::start(dir.path(), &["--config.auto-reload", "--config.auto-reload-interval=100ms"]);
    write(dir.path(), &[job("kept", &kept), "  scrape_interval: 1s\n".to_owned()]);
    until("the bad file to be noticed", || (!is_reload_successful(&server)).then_some(()));
    until_scraped_again(&kept);
    write(dir.path(), &[job("kept", &kept), job("later", &later)]);
    server.until_value("up{job='later'}", "1");
    assert!(is_reload_successful(&server));
    assert!(server.stop().success());
}

#[test]
fn a_bad_file_at_start_ends_the_program_before_it_touches_anything() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &["- job_nam: wrong\n".to_owned()]);
    let config = dir.path().join("prometheus.yml");
    let data = dir.path().join("data");
    let (code, _out, err) = harness::program::run(
        harness::program::BONGSU,
        &[
            "server",
            "--web.listen-address=127.0.0.1:0",
            &format!("--config.file={}", config.display()),
            &format!("--storage.tsdb.path={}", data.display()),
        ],
    );
    assert_ne!(code, 0);
    assert!(err.contains("job_nam") && err.contains("job_name"), "the mistake and the right word: {err}");
    assert!(!data.exists());
}
