//! What a job inherits, and what it refuses.

use std::path::Path;
use std::time::Duration;

use super::*;

/// Reads `global` and a job, both written inside braces.
fn read(global: &str, job: &str) -> Result<Config, String> {
    let text = format!("global: {{{global}}}\njob: {{{job}}}\n");
    let read = yaml::read_document(&text, "s.yml", Path::new("/etc/x"), |value| {
        value.fields(|f| {
            let global = f.get("global")?.fields(|g| Some(Global::read_inline(g, &Global::default())))?;
            Config::read(&f.get("job")?, &global)
        })
    });
    read.map(|(config, _)| config).map_err(|problems| problems.to_string())
}

#[test]
fn defaults() {
    let job = read("", "job_name: a").unwrap();
    assert_eq!(job.job_name, "a");
    assert_eq!((job.scrape_interval, job.scrape_timeout), (Duration::from_secs(60), Duration::from_secs(10)));
    assert_eq!((job.metrics_path.as_str(), job.scheme), ("/metrics", Scheme::Http));
    assert!(job.honor_timestamps && job.enable_compression && !job.honor_labels);
    assert_eq!(job.scrape_protocols, ScrapeProtocol::DEFAULT);
    assert_eq!(job.metric_name_escaping_scheme, EscapingScheme::AllowUtf8);
    assert_eq!(job.limits, Limits::default());
}

#[test]
fn a_job_takes_from_global_what_it_does_not_say() {
    let global = "scrape_interval: 5s, body_size_limit: 15MB, sample_limit: 1, target_limit: 2, label_limit: 3, \
                  label_name_length_limit: 4, label_value_length_limit: 5, keep_dropped_targets: 6, \
                  scrape_native_histograms: true, convert_classic_histograms_to_nhcb: true, \
                  always_scrape_classic_histograms: true, extra_scrape_metrics: true, scrape_failure_log_file: f.log";
    let job = read(global, "job_name: a").unwrap();
    let limits = Limits {
        body_size_limit: 15 << 20,
        sample_limit: 1,
        target_limit: 2,
        label_limit: 3,
        label_name_length_limit: 4,
        label_value_length_limit: 5,
        keep_dropped_targets: 6,
    };
    assert_eq!(job.limits, limits);
    assert_eq!((job.scrape_interval, job.scrape_timeout), (Duration::from_secs(5), Duration::from_secs(5)));
    assert!(job.scrape_native_histograms && job.extra_scrape_metrics);
    assert!(job.convert_classic_histograms_to_nhcb && job.always_scrape_classic_histograms);
    assert_eq!(job.scrape_protocols, ScrapeProtocol::DEFAULT_PROTO_FIRST);
    assert_eq!(job.scrape_failure_log_file.as_deref(), Some("/etc/x/f.log"));

    let own = "job_name: a, scrape_interval: 1m, sample_limit: 7, scrape_native_histograms: false, \
               extra_scrape_metrics: false, always_scrape_classic_histograms: false";
    let job = read(global, own).unwrap();
    assert_eq!(job.limits, Limits { sample_limit: 7, ..limits });
    // The inherited timeout is global's own, which shrank with global's interval.
    assert_eq!((job.scrape_interval, job.scrape_timeout), (Duration::from_secs(60), Duration::from_secs(5)));
    assert!(!job.scrape_native_histograms && !job.extra_scrape_metrics);
    assert!(!job.always_scrape_classic_histograms && job.convert_classic_histograms_to_nhcb);
    assert_eq!(job.scrape_protocols, ScrapeProtocol::DEFAULT);
}

#[test]
fn protocols_of_global_win_over_native_histograms() {
    let job = read("scrape_protocols: [PrometheusText0.0.4]", "job_name: a, scrape_native_histograms: true")
        .unwrap();
    assert_eq!(job.scrape_protocols, [ScrapeProtocol::PrometheusText0_0_4]);
    let job =
        read("scrape_protocols: [PrometheusText0.0.4]", "job_name: a, scrape_protocols: [PrometheusProto]");
    assert_eq!(job.unwrap().scrape_protocols, [ScrapeProtocol::PrometheusProto]);
}

#[test]
fn escaping_follows_the_scheme_that_is_nearest() {
    use model::relabel::NameScheme::{Legacy, Utf8};
    for (global, job, expected) in [
        ("", "", (Utf8, EscapingScheme::AllowUtf8)),
        ("metric_name_validation_scheme: legacy", "", (Legacy, EscapingScheme::Underscores)),
        ("", "metric_name_validation_scheme: legacy", (Legacy, EscapingScheme::Underscores)),
        (
            "metric_name_validation_scheme: legacy",
            "metric_name_validation_scheme: utf8",
            (Utf8, EscapingScheme::AllowUtf8),
        ),
        ("metric_name_escaping_scheme: dots", "", (Utf8, EscapingScheme::Dots)),
        (
            "metric_name_escaping_scheme: dots",
            "metric_name_validation_scheme: utf8",
            (Utf8, EscapingScheme::AllowUtf8),
        ),
        ("", "metric_name_escaping_scheme: values", (Utf8, EscapingScheme::Values)),
    ] {
        let config = read(global, &format!("job_name: a, {job}")).unwrap();
        assert_eq!(
            (config.metric_name_validation_scheme, config.metric_name_escaping_scheme),
            expected,
            "{global} {job}"
        );
    }
}

#[test]
fn mistakes() {
    for (global, job, expected) in [
        ("", "", "s.yml:2:6: job: job_name is empty"),
        ("", "job_name: ''", "s.yml:2:17: job.job_name: job_name is empty"),
        (
            "scrape_timeout: 2m",
            "job_name: a",
            "s.yml:1:26: global.scrape_timeout: global scrape timeout greater than scrape interval",
        ),
        (
            "",
            "job_name: a, scrape_timeout: 2m",
            "s.yml:2:36: job.scrape_timeout: scrape timeout greater than scrape interval for scrape config with job name \"a\"",
        ),
        ("", "job_name: a, scrape_interval: 5", "not a valid duration string: \"5\""),
        ("", "job_name: a, scrape_interval: 5, scrape_timeout: 3m", "not a valid duration string: \"5\""),
        (
            "scrape_protocols: []",
            "job_name: a, scrape_protocols: [PrometheusProto]",
            "global.scrape_protocols: scrape_protocols cannot be empty",
        ),
        (
            "",
            "job_name: a, scrape_protocols: [PrometheusProto, PrometheusProto]",
            "job.scrape_protocols[1]: duplicated protocol in scrape_protocols",
        ),
        ("", "job_name: a, scrape_protocols: [prometheusproto]", "did you mean \"PrometheusProto\"?"),
        ("", "job_name: a, fallback_scrape_protocol: text", "\"text\" is not one of OpenMetricsText0.0.1"),
        (
            "",
            "job_name: a, metric_name_validation_scheme: utf-8",
            "\"utf-8\" is not one of utf8, legacy (did you mean \"utf8\"?)",
        ),
        (
            "metric_name_validation_scheme: legacy, metric_name_escaping_scheme: allow-utf-8",
            "job_name: a",
            "utf8 metric names requested but validation scheme is not set to UTF8",
        ),
        (
            "",
            "job_name: a, metric_name_escaping_scheme: none",
            "\"none\" is not one of allow-utf-8, underscores, dots, values",
        ),
        ("", "job_name: a, scheme: htps", "\"htps\" is not one of http, https (did you mean \"https\"?)"),
        ("", "job_name: a, sample_limit: -1", "job.sample_limit: -1 is out of range"),
        ("", "job_name: a, sample_limit: many", "expected a whole number, got a string \"many\""),
        ("", "job_name: a, body_size_limit: 100", "\"100\" is not a size"),
        ("", "job_name: a, params: {a: b}", "job.params.a: expected a list, got a string \"b\""),
        (
            "",
            "job_name: a, static_configs: [{targets: ['http://h:1']}]",
            "static_configs[0].targets[0]: \"http://h:1\" is not a valid hostname",
        ),
        ("", "job_name: a, relabel_configs: [null]", "empty or null target relabeling rule in scrape config"),
        (
            "",
            "job_name: a, metric_relabel_configs: [null]",
            "empty or null metric relabeling rule in scrape config",
        ),
        (
            "",
            "job_name: a, metric_name_validation_scheme: legacy, relabel_configs: [{target_label: a.b}]",
            "\"a.b\" is invalid 'target_label' for replace action",
        ),
        (
            "",
            "job_name: a, honour_labels: true",
            "unknown field \"honour_labels\" (did you mean \"honor_labels\"?)",
        ),
    ] {
        let told = read(global, job).unwrap_err();
        assert!(told.contains(expected), "{global} | {job}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn urls_in_targets_are_fine_where_relabelling_may_use_them() {
    let job = "job_name: a, static_configs: [{targets: ['http://h:1']}], \
               relabel_configs: [{source_labels: [__address__], target_label: __param_target}]";
    read("", job).unwrap();
}

#[test]
fn words_are_the_ones_of_the_lists() {
    assert!(ScrapeProtocol::ALL.iter().all(|(word, p)| p.as_str() == *word));
    assert!(EscapingScheme::ALL.iter().all(|(word, e)| e.as_str() == *word));
    assert!(Scheme::ALL.iter().all(|(word, s)| s.as_str() == *word));
}
