//! Other programs as referees: configurations that the Prometheus Operator wrote, and `promtool check config`.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use config::{Config, Options};

/// Returns the folder of data that we did not write.
fn shared() -> PathBuf {
    match std::env::var_os("CONFORMANCE_DIR") {
        Some(dir) => dir.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

fn load(path: &Path, agent: bool) -> Result<config::Loaded, String> {
    Config::load(path, &Options { agent, ..Options::default() }).map_err(|problems| problems.to_string())
}

#[test]
fn configurations_of_the_prometheus_operator_load() {
    let folder = shared().join("kubernetes/operator-golden");
    let entries = std::fs::read_dir(&folder);
    let entries = entries.unwrap_or_else(|e| panic!("{} is needed (CONFORMANCE_DIR): {e}", folder.display()));
    let mut loaded_count = 0;
    for case in entries.map(|entry| entry.unwrap().path()) {
        let path = case.join("prometheus.yaml");
        if !path.exists() {
            continue;
        }
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let loaded = load(&path, name.contains("agent"));
        if name.starts_with("c06") {
            // Prometheus 3.12 refuses this one for the same block: see the README beside the data.
            let told = loaded.unwrap_err();
            assert!(
                told.contains("kubernetes_sd_configs[2]: to use custom HTTP client configuration"),
                "{told}"
            );
            assert_eq!(told.lines().count(), 1, "{told}");
            continue;
        }
        let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
        assert!(loaded.config.jobs().count() > 0 || name.starts_with("c09"), "{name}");
        let printed = loaded.config.print();
        let agent = Options { agent: name.contains("agent"), ..Options::default() };
        let again = Config::parse(&printed, &path, &agent).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(again.config.print(), printed, "{name}");
        loaded_count += 1;
    }
    assert!(loaded_count >= 9, "only {loaded_count} configurations in {}", folder.display());
}

/// Files on which promtool and we must agree. Debian's promtool is of version 2.42 and built without the discovery of cloud
/// providers and Kubernetes: what came later is left out here.
const BOTH: &[(bool, &str)] = &[
    (true, ""),
    (true, "global:\n"),
    (true, "global: {scrape_interval: 5s}\n"),
    (true, "global: {scrape_interval: 0}\n"),
    (true, "global: {scrape_interval: 010s}\n"),
    (true, "scrape_configs: [{job_name: a, body_size_limit: 15MB}]\n"),
    (true, "global: {external_labels: {a: 1, b: true, c: ~}}\n"),
    (true, "scrape_configs: [{job_name: 5}]\n"),
    (true, "scrape_configs: [{job_name: a, honor_labels: yes}]\n"),
    (true, "scrape_configs: [{job_name: a, honor_labels: On}]\n"),
    (true, "scrape_configs: [{job_name: a, sample_limit: 1e3}]\n"),
    (true, "scrape_configs: [{job_name: a, sample_limit: 0x10}]\n"),
    (true, "scrape_configs: [{job_name: a, sample_limit: 1_000}]\n"),
    (true, "scrape_configs:\n- &a {job_name: a, scheme: https}\n- {<<: *a, job_name: b}\n"),
    (true, "scrape_configs: [{job_name: a, static_configs: [{targets: ['h:1'], labels: {x: 1}}]}]\n"),
    (true, "scrape_configs: [{job_name: a, file_sd_configs: [{files: ['x/*.json']}]}]\n"),
    (true, "scrape_configs: [{job_name: a, dns_sd_configs: [{names: [x], type: a, port: 1}]}]\n"),
    (true, "scrape_configs: [{job_name: a, relabel_configs: [{action: LabelDrop, regex: x}]}]\n"),
    (true, "scrape_configs: [{job_name: a, relabel_configs: [{regex: 'a{1,3}(?i)b', target_label: x}]}]\n"),
    (true, "scrape_configs: [{job_name: a, authorization: {credentials: x}}]\n"),
    (true, "remote_write: [{url: 'http://h/p', queue_config: {max_shards: 5}}]\n"),
    (true, "alerting: {alertmanagers: [{static_configs: [{targets: ['a:1']}]}]}\n"),
    (true, "storage: {tsdb: {out_of_order_time_window: 5m}}\n"),
    (false, "global: {scrape_interval: 5}\n"),
    (false, "global: {scrape_interval: 1h30}\n"),
    (false, "global: {scrape_interval: 5s, scrape_timeout: 6s}\n"),
    (false, "global: {evaluation_intervall: 5s}\n"),
    (false, "scrape_configs: [{job_name: a}, {job_name: a}]\n"),
    (false, "scrape_configs: [{}]\n"),
    (false, "scrape_configs: [null]\n"),
    (false, "scrape_configs: {job_name: a}\n"),
    (false, "scrape_configs: [{job_name: a, honor_labels: 'true'}]\n"),
    (false, "scrape_configs: [{job_name: a, sample_limit: '5'}]\n"),
    (false, "scrape_configs: [{job_name: a, sample_limit: -5}]\n"),
    (false, "scrape_configs: [{job_name: a, body_size_limit: 100}]\n"),
    (false, "scrape_configs: [{job_name: a, static_configs: [{targets: ['http://h:1']}]}]\n"),
    (false, "scrape_configs: [{job_name: a, file_sd_configs: [{files: ['x.txt']}]}]\n"),
    (false, "scrape_configs: [{job_name: a, dns_sd_configs: [{names: [x], type: A}]}]\n"),
    (false, "scrape_configs: [{job_name: a, relabel_configs: [{regex: '(', target_label: x}]}]\n"),
    (false, "scrape_configs: [{job_name: a, relabel_configs: [{regex: '(?=a)', target_label: x}]}]\n"),
    (false, "scrape_configs: [{job_name: a, basic_auth: {username: x}, authorization: {credentials: x}}]\n"),
    (false, "remote_write: [{name: x}]\n"),
    (false, "rule_files: ['a/*/b']\n"),
];

#[test]
fn promtool_agrees_on_what_is_valid() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.yml");
    let mut disagreements = Vec::new();
    for &(good, text) in BOTH {
        std::fs::write(&path, text).unwrap();
        let ours = load(&path, false);
        let promtool =
            Command::new("promtool").args(["check", "config", "--syntax-only"]).arg(&path).output();
        let promtool = promtool.expect("promtool is needed: the Debian package prometheus brings it");
        if (ours.is_ok(), promtool.status.success()) != (good, good) {
            let said = String::from_utf8_lossy(&promtool.stderr).into_owned();
            disagreements.push(format!("{text}expected {good}, ours: {:?}, promtool: {said}", ours.err()));
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}

#[test]
fn promtool_reads_what_we_print() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.yml");
    let text = "\
scrape_configs:
- job_name: 'a: b'
  params: {q: ['1', \"x\\ny\", '']}
  static_configs: [{targets: ['[::1]:80'], labels: {a: '1', b: '{{x}}', c: '- d', e: '#'}}]
  relabel_configs: [{source_labels: [a], regex: '[a-z]+: .*', target_label: b, separator: ', '}]
";
    let loaded = Config::parse(text, &path, &Options::default()).unwrap();
    // Fields that the promtool of Debian does not know yet.
    let newer = [
        "scrape_protocols",
        "metric_name_",
        "scrape_native_histograms",
        "extra_scrape_metrics",
        "convert_classic",
        "always_scrape_classic",
        "track_timestamps",
        "enable_compression",
        "runtime",
        "  gogc",
        "otlp",
        "  translation_strategy",
        "  label_name_underscore",
        "  label_name_preserve",
        "  - OpenMetricsText",
        "  - PrometheusText",
    ];
    let printed = loaded.config.print();
    let known = |line: &&str| !newer.iter().any(|n| line.starts_with(n) || line.trim_start().starts_with(n));
    let older: String = printed.lines().filter(known).flat_map(|line| [line, "\n"]).collect();
    std::fs::write(&path, &older).unwrap();
    let promtool = Command::new("promtool").args(["check", "config", "--syntax-only"]).arg(&path).output();
    let promtool = promtool.expect("promtool is needed: the Debian package prometheus brings it");
    let said = String::from_utf8_lossy(&promtool.stderr).into_owned();
    assert!(promtool.status.success(), "{said}\n{older}");
}
