//! What good files mean.

use std::time::Duration;

use super::{options, parse};
use crate::{BuiltIn, Config, JobDiff, fingerprint};

/// Every section and nearly every field.
const WHOLE: &str = include_str!("../../testdata/whole.yml");
const WHOLE_PRINTED: &str = include_str!("../../testdata/whole.printed.yml");

#[test]
fn an_empty_file_is_all_defaults() {
    for text in ["", "# nothing\n", "global:\nscrape_configs:\nruntime:\nstorage:\n"] {
        let loaded = parse(text).unwrap();
        assert!(loaded.warnings.is_empty() && loaded.config.jobs().next().is_none(), "{text:?}");
        assert_eq!(loaded.config.global.evaluation_interval, Duration::from_secs(60));
        assert_eq!(
            loaded.config.print(),
            "\
global:
  scrape_interval: 1m
  scrape_timeout: 10s
  evaluation_interval: 1m
  metric_name_validation_scheme: utf8
  metric_name_escaping_scheme: allow-utf-8
  scrape_native_histograms: false
  extra_scrape_metrics: false
runtime:
  gogc: 75
otlp:
  translation_strategy: UnderscoreEscapingWithSuffixes
  label_name_underscore_sanitization: true
  label_name_preserve_multiple_underscores: true
"
        );
    }
}

#[test]
fn a_whole_file_prints_itself_complete_and_without_secrets() {
    let loaded = parse(WHOLE).unwrap();
    let printed = loaded.config.print();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/whole.printed.yml");
        std::fs::write(path, &printed).unwrap();
    }
    assert_eq!(printed, WHOLE_PRINTED);
    assert!(!format!("{printed}{:?}", loaded.config).contains("hush"));
}

#[test]
fn what_is_printed_reads_back_the_same() {
    let printed = parse(WHOLE).unwrap().config.print();
    assert_eq!(parse(&printed).unwrap().config.print(), printed);
}

#[test]
fn sections_without_effect_are_warned_about_once() {
    let warnings = parse(WHOLE).unwrap().warnings;
    for section in ["remote_write", "remote_read", "tracing", "otlp"] {
        let about: Vec<_> = warnings.iter().filter(|w| w.path == section).collect();
        assert_eq!(about.len(), 1, "{section}");
        assert!(about[0].message.contains("no effect"), "{}", about[0]);
    }
    assert_eq!(warnings.iter().filter(|w| w.message.contains("discovery by consul")).count(), 1);
}

#[test]
fn many_jobs_of_a_kind_that_is_not_available_bring_one_warning() {
    let jobs = (0..3).map(|i| format!("- job_name: j{i}\n  consul_sd_configs: [{{}}, {{}}]\n"));
    let loaded = parse(&format!("scrape_configs:\n{}", jobs.collect::<String>())).unwrap();
    let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    let expected = "/etc/x/p.yml:3:23: scrape_configs[0].consul_sd_configs[0]: discovery by consul is not available yet: \
                    it finds no targets";
    assert_eq!(warnings, [expected]);
}

#[test]
fn external_labels_know_the_environment() {
    let text = "\
global:
  external_labels:
    a: $REGION
    b: x-${REGION}-y
    c: 5$$ $REGION$$
    d: ${EMPTY}
    e: $(REGION)
    f: plain
";
    let loaded = parse(text).unwrap();
    assert_eq!(
        loaded.config.global.external_labels.to_string(),
        r#"{a="kr", b="x-kr-y", c="5$ kr$", e="$(REGION)", f="plain"}"#
    );
    let warnings: Vec<_> = loaded.warnings.iter().map(|w| w.message.as_str()).collect();
    assert_eq!(warnings, ["environment variable \"EMPTY\" is empty or not set"]);
}

#[test]
fn included_files_bring_jobs_with_paths_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    write("jobs/a.yml", "scrape_configs:\n- job_name: a\n  authorization: {credentials_file: token}\n");
    write("jobs/b.yml", "scrape_configs:\n- job_name: b\n");
    let main = write(
        "p.yml",
        "global: {scrape_interval: 7s}\nscrape_config_files: [jobs/*.yml, none.yml]\nscrape_configs: [{job_name: m}]\n",
    );
    let loaded = Config::load(&main, &options()).unwrap();
    let names: Vec<_> = loaded.config.jobs().map(|job| job.job_name.as_str()).collect();
    assert_eq!(names, ["m", "a", "b"]);
    assert!(loaded.config.jobs().all(|job| job.scrape_interval == Duration::from_secs(7)));
    assert_eq!(loaded.files.len(), 3);
    let token = format!("{:?}", loaded.config.included_scrape_configs[0].client.authentication);
    assert!(token.contains(&format!("{}/jobs/token", dir.path().display())), "{token}");
    assert!(!loaded.config.print().contains("job_name: a"));

    let before = fingerprint(&main).unwrap();
    assert_eq!(fingerprint(&main).unwrap(), before);
    let b = write("jobs/b.yml", "scrape_configs:\n- job_name: m\n  scrape_timeout: 1m\n  colour: red\n");
    assert_ne!(fingerprint(&main).unwrap(), before);
    let told = Config::load(&main, &options()).unwrap_err().to_string();
    let b = b.display();
    let expected = [
        format!(
            "{b}:2:13: scrape_configs[0].job_name: found multiple scrape configs with job name \"m\", first found in {}:3:18",
            main.display()
        ),
        format!(
            "{b}:3:19: scrape_configs[0].scrape_timeout: scrape timeout greater than scrape interval for scrape config with job name \"m\""
        ),
        format!("{b}:4:3: scrape_configs[0].colour: unknown field \"colour\""),
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_reload_knows_what_changed() {
    let config = |text: &str| parse(text).unwrap().config;
    let old = config(
        "scrape_configs: [{job_name: same}, {job_name: other, scrape_interval: 30s}, {job_name: gone}]",
    );
    let new = config(
        "scrape_configs: [{job_name: new}, {job_name: same}, {job_name: other, scrape_interval: 31s}]",
    );
    let list = |name: &str| vec![name.to_owned()];
    let expected = JobDiff {
        unchanged: list("same"),
        changed: list("other"),
        added: list("new"),
        removed: list("gone"),
    };
    assert_eq!(JobDiff::between(&old, &new), expected);
    // What a job inherits is part of it.
    let slower = config("global: {scrape_interval: 2m}\nscrape_configs: [{job_name: same}]");
    assert_eq!(JobDiff::between(&old, &slower).changed, ["same"]);
    // A secret is too, though it prints the same.
    let secret = |s: &str| {
        config(&format!("scrape_configs: [{{job_name: same, authorization: {{credentials: {s}}}}}]"))
    };
    assert_eq!(JobDiff::between(&secret("a"), &secret("b")).changed, ["same"]);
}

#[test]
fn the_built_in_configuration_scrapes_itself_and_the_host() {
    let built_in = BuiltIn {
        own_address: "localhost:9090",
        own_metrics_path: "/metrics",
        node_address: "localhost:9090",
        node_metrics_path: "/node/metrics",
        node_instance: "host: 1",
    };
    let loaded = parse(&built_in.text()).unwrap();
    assert_eq!(loaded.warnings, []);
    let jobs: Vec<_> =
        loaded.config.jobs().map(|j| (j.job_name.as_str(), j.scrape_interval.as_secs())).collect();
    assert_eq!(jobs, [("prometheus", 10), ("node", 10)]);
    assert!(loaded.config.print().contains("instance: 'host: 1'"));
}

#[test]
fn missing_files_are_found_by_a_check_not_by_loading() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("there"), "x").unwrap();
    let text = "\
rule_files: [none/*.yml, none.yml, there]
scrape_configs:
- job_name: a
  authorization: {credentials_file: token}
  tls_config: {ca_file: there, cert_file: c.pem, key_file: k.pem}
  http_headers: {X-A: {files: [h]}}
  file_sd_configs: [{files: [t/*.json, there.json]}]
  http_sd_configs: [{url: 'http://h', oauth2: {client_id: i, token_url: 'http://h', client_secret_file: s}}]
remote_write: [{url: 'http://h', basic_auth: {username_file: there, password_file: p}}]
";
    let loaded = Config::parse(text, &dir.path().join("p.yml"), &options()).unwrap();
    let prefix = format!("{}/", dir.path().display());
    let missing: Vec<String> =
        loaded.config.missing_files().iter().map(|m| m.to_string().replace(&prefix, "")).collect();
    let expected = [
        "rule_files: file \"none.yml\" does not exist",
        "credentials_file: file \"token\" does not exist (job \"a\")",
        "cert_file: file \"c.pem\" does not exist (job \"a\")",
        "key_file: file \"k.pem\" does not exist (job \"a\")",
        "http_headers files: file \"h\" does not exist (job \"a\")",
        "file_sd_configs: file \"t/*.json\" does not exist (job \"a\")",
        "file_sd_configs: file \"there.json\" does not exist (job \"a\")",
        "client_secret_file: file \"s\" does not exist (job \"a\")",
        "password_file: file \"p\" does not exist (remote_write[0])",
    ];
    let mut sorted = missing.clone();
    sorted.sort();
    let mut expected_sorted = expected.map(str::to_owned).to_vec();
    expected_sorted.sort();
    assert_eq!(sorted, expected_sorted);
}
