//! One mistake per file, and what is said about it.

use super::{options, parse, problems};
use crate::{Config, Options};

#[test]
fn each_mistake_is_told_at_its_place() {
    for (text, expected) in [
        (
            "scrape_configs:\n- job_name: a\n- job_name: b\n- job_name: a\n",
            "p.yml:4:13: scrape_configs[2].job_name: found multiple scrape configs with job name \"a\", first found in /etc/x/p.yml:2:3",
        ),
        ("scrape_configs:\n- \n", "p.yml:2:3: scrape_configs[0]: empty or null scrape config section"),
        ("scrape_configs:\n- metrics_path: /m\n", "p.yml:2:3: scrape_configs[0]: job_name is empty"),
        ("scrape_configs: a\n", "p.yml:1:17: scrape_configs: expected a list, got a string \"a\""),
        (
            "scrape_configs: []\nscrape_configs: []\n",
            "p.yml:2:1: key \"scrape_configs\" is set more than once",
        ),
        ("- a\n", "p.yml:1:1: expected a mapping, got a list"),
        ("just words\n", "p.yml:1:1: expected a mapping, got a string \"just words\""),
        ("targets: []\n", "p.yml:1:1: targets: unknown field \"targets\""),
        (
            "global:\n  scrape_intervall: 1m\n",
            "p.yml:2:3: global.scrape_intervall: unknown field \"scrape_intervall\" (did you mean \"scrape_interval\"?)",
        ),
        (
            "global:\n  evaluation_interval: 1 m\n",
            "p.yml:2:24: global.evaluation_interval: unknown unit \" m\" in duration \"1 m\" (durations look like 15s, 1m30s, 500ms, 2h, 30d)",
        ),
        (
            "global:\n  metric_name_validation_scheme: legacy\n  external_labels: {a.b: c}\n",
            "p.yml:3:26: global.external_labels.a.b: \"a.b\" is not a valid label name",
        ),
        (
            "global:\n  external_labels: [a]\n",
            "p.yml:2:20: global.external_labels: expected a mapping, got a list",
        ),
        (
            "rule_files: [ok/*.yml, my/*/rules.yml]\n",
            "p.yml:1:24: rule_files[1]: invalid rule file path \"my/*/rules.yml\" (a * may only stand in the last part of the path)",
        ),
        (
            "scrape_config_files: [my/*/a.yml]\n",
            "p.yml:1:23: scrape_config_files[0]: invalid scrape config file path \"my/*/a.yml\" (a * may only stand in the last part of the path)",
        ),
        (
            "runtime: {gogc: fast}\n",
            "p.yml:1:17: runtime.gogc: expected a whole number, got a string \"fast\"",
        ),
        (
            "alerting:\n  alert_relabel_configs: [null]\n",
            "p.yml:2:27: alerting.alert_relabel_configs[0]: empty or null alert relabeling rule",
        ),
        (
            "alerting:\n  alertmanagers:\n  - relabel_configs: [null]\n",
            "p.yml:3:23: alerting.alertmanagers[0].relabel_configs[0]: empty or null Alertmanager target relabeling rule",
        ),
        (
            "alerting:\n  alertmanagers:\n  - api_version: v1\n",
            "p.yml:3:18: alerting.alertmanagers[0].api_version: \"v1\" is not one of v2 (did you mean \"v2\"?)",
        ),
        (
            "alerting:\n  alertmanagers:\n  - static_configs: [{targets: ['http://am']}]\n",
            "p.yml:3:33: alerting.alertmanagers[0].static_configs[0].targets[0]: \"http://am\" is not a valid hostname (write host:port here, the rest belongs into scheme, metrics_path and params)",
        ),
        (
            "alerting:\n  alertmanagers:\n  - basic_auth: {username: a}\n    sigv4: {region: r}\n",
            "p.yml:4:12: alerting.alertmanagers[0].sigv4: at most one of basic_auth, authorization, oauth2, & sigv4 must be configured",
        ),
        ("remote_write:\n- \n", "p.yml:2:3: remote_write[0]: empty or null remote write config section"),
        ("remote_write:\n- name: a\n", "p.yml:2:3: remote_write[0]: url for remote_write is empty"),
        (
            "remote_write:\n- url: http://a\n  name: q\n- url: http://b\n  name: q\n",
            "p.yml:5:9: remote_write[1].name: found multiple remote write configs with job name \"q\"",
        ),
        (
            "remote_write:\n- url: http://a\n  headers: {Authorization: b}\n",
            "p.yml:3:28: remote_write[0].headers.Authorization: authorization header must be changed via the basic_auth, authorization, oauth2, sigv4, azuread or google_iam parameter",
        ),
        (
            "remote_write:\n- url: http://a\n  headers: {Host: b}\n",
            "p.yml:3:19: remote_write[0].headers.Host: Host is a reserved header. It must not be changed",
        ),
        (
            "remote_write:\n- url: http://a\n  protobuf_message: v2\n",
            "p.yml:3:21: remote_write[0].protobuf_message: \"v2\" is not one of prometheus.WriteRequest, io.prometheus.write.v2.Request",
        ),
        (
            "remote_write:\n- url: http://a\n  queue_config: {max_shards: 0}\n",
            "p.yml:3:30: remote_write[0].queue_config.max_shards: remote write queue max_shards must be positive",
        ),
        (
            "remote_write:\n- url: http://a\n  queue_config: {min_shards: 60}\n",
            "p.yml:3:30: remote_write[0].queue_config.min_shards: remote write queue min_shards must not be greater than max_shards",
        ),
        (
            "remote_write:\n- url: http://a\n  queue_config: {min_backoff: 6s}\n",
            "p.yml:3:17: remote_write[0].queue_config: remote write queue max_backoff must not be less than min_backoff",
        ),
        (
            "remote_write:\n- url: http://a\n  basic_auth: {username: u}\n  sigv4: {}\n",
            "p.yml:2:3: remote_write[0]: at most one of basic_auth, authorization, oauth2, sigv4, azuread or google_iam must be configured. Currently configured: [basic_auth sigv4]",
        ),
        (
            "remote_write:\n- url: http://a\n  azuread: {cloud: AzurePublic}\n",
            "p.yml:3:12: remote_write[0].azuread: must provide an Azure Managed Identity, Azure Workload Identity, Azure OAuth, Azure Certificate or Azure SDK in the Azure AD config",
        ),
        (
            "remote_write:\n- url: http://a\n  write_relabel_configs: [null]\n",
            "p.yml:3:27: remote_write[0].write_relabel_configs[0]: empty or null relabeling rule in remote write config",
        ),
        ("remote_read:\n- read_recent: true\n", "p.yml:2:3: remote_read[0]: url for remote_read is empty"),
        (
            "remote_read:\n- url: http://a\n  name: q\n- url: http://b\n  name: q\n",
            "p.yml:5:9: remote_read[1].name: found multiple remote read configs with job name \"q\"",
        ),
        (
            "storage: {tsdb: {retention: {percentage: 101}}}\n",
            "p.yml:1:42: storage.tsdb.retention.percentage: 'storage.tsdb.retention.percentage' must be in the range [0, 100], got 101",
        ),
        (
            "storage: {tsdb: {retention: {size: -1GB}}}\n",
            "p.yml:1:36: storage.tsdb.retention.size: \"-1GB\" is not a size (sizes look like 512B, 10MB, 1GB; every unit is a power of 1024)",
        ),
        (
            "storage: {tsdb: {chunk_encoding: {floats: XOR}}}\n",
            "p.yml:1:43: storage.tsdb.chunk_encoding.floats: \"XOR\" is not one of xor, xor2 (did you mean \"xor\"?)",
        ),
        (
            "otlp: {translation_strategy: None}\n",
            "p.yml:1:30: otlp.translation_strategy: \"None\" is not one of UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes, NoTranslation",
        ),
        (
            "global: {metric_name_validation_scheme: legacy}\notlp: {translation_strategy: NoTranslation}\n",
            "p.yml:2:30: otlp.translation_strategy: OTLP translation strategy \"NoTranslation\" is not allowed when UTF8 is disabled",
        ),
        (
            "otlp: {promote_resource_attributes: [a, ' a']}\n",
            "p.yml:1:41: otlp.promote_resource_attributes[1]: duplicated promoted OTel resource attribute \"a\"",
        ),
        (
            "otlp: {promote_all_resource_attributes: true, promote_resource_attributes: [a]}\n",
            "p.yml:1:76: otlp.promote_resource_attributes: 'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be configured simultaneously",
        ),
        (
            "otlp: {ignore_resource_attributes: [a]}\n",
            "p.yml:1:36: otlp.ignore_resource_attributes: 'ignore_resource_attributes' cannot be configured unless 'promote_all_resource_attributes' is true",
        ),
        ("tracing: {client_type: http}\n", "p.yml:1:10: tracing: tracing endpoint must be set"),
        (
            "tracing: {endpoint: a, client_type: udp}\n",
            "p.yml:1:37: tracing.client_type: \"udp\" is not one of http, grpc",
        ),
        (
            "tracing: {endpoint: a, compression: zstd}\n",
            "p.yml:1:37: tracing.compression: \"zstd\" is not one of gzip",
        ),
        (
            "tracing: {endpoint: a, headers: {authorization: b}}\n",
            "p.yml:1:49: tracing.headers.authorization: custom authorization header configuration is not yet supported",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_in_one_go() {
    let text = "\
global:
  scrape_interval: 15
  scrap_timeout: 10s
scrape_configs:
- job_name: a
  scrape_timeout: 5m
  scheme: htps
  relabel_configs:
  - action: relable
- job_name: a
  consult_sd_configs: []
  static_configs:
  - targets: localhost:9090
remote_write:
- url: /push
";
    let expected = [
        "p.yml:2:20: global.scrape_interval: not a valid duration string: \"15\" (a unit is needed, such as \"15s\")",
        "p.yml:3:3: global.scrap_timeout: unknown field \"scrap_timeout\" (did you mean \"scrape_timeout\"?)",
        "p.yml:6:19: scrape_configs[0].scrape_timeout: scrape timeout greater than scrape interval for scrape config with job name \"a\"",
        "p.yml:7:11: scrape_configs[0].scheme: \"htps\" is not one of http, https (did you mean \"https\"?)",
        "p.yml:9:13: scrape_configs[0].relabel_configs[0].action: \"relable\" is not one of replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase, uppercase",
        "p.yml:10:13: scrape_configs[1].job_name: found multiple scrape configs with job name \"a\", first found in /etc/x/p.yml:5:3",
        "p.yml:11:3: scrape_configs[1].consult_sd_configs: unknown field \"consult_sd_configs\" (did you mean \"consul_sd_configs\"?)",
        "p.yml:13:14: scrape_configs[1].static_configs[0].targets: expected a list, got a string \"localhost:9090\"",
        "p.yml:15:8: remote_write[0].url: not a valid URL: relative URL without a base: \"/push\" (an absolute URL is needed, such as http://host:port/path)",
    ];
    assert_eq!(problems(text), expected);
}

#[test]
fn an_agent_has_no_rules_and_no_alerts() {
    let text = "rule_files: [a.yml]\nalerting: {alertmanagers: []}\nremote_read: [{url: 'http://a'}]\n";
    parse(text).unwrap();
    let agent = Options { agent: true, ..options() };
    let told = Config::parse(text, "p.yml".as_ref(), &agent).unwrap_err().to_string();
    let expected = [
        "p.yml:1:13: rule_files: field rule_files is not allowed in agent mode",
        "p.yml:2:11: alerting: field alerting is not allowed in agent mode",
        "p.yml:3:14: remote_read: field remote_read is not allowed in agent mode",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn files_that_cannot_be_read_are_told_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let load = |name: &str| Config::load(&dir.path().join(name), &options()).unwrap_err().to_string();
    assert!(load("nowhere.yml").contains("nowhere.yml: cannot be read: No such file"));
    std::fs::write(dir.path().join("latin.yml"), b"a: 1\nb: \xff\n").unwrap();
    assert!(load("latin.yml").ends_with("latin.yml: line 2 is not valid UTF-8"));
}
