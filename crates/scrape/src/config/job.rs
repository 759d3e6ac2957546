//! Reading a job: what it says itself, completed with what `global` says.

use model::relabel::NameScheme;
use transport::config::HttpClientConfig;
use yaml::{Fields, Value, relabel_rules};

use super::global::default_escaping;
use super::global::{NAME_SCHEMES, read_file_name, read_protocols, read_times};
use super::{Config, EscapingScheme, Global, Limits, Scheme, ScrapeProtocol};

impl Config {
    /// Reads one item of `scrape_configs`.
    pub fn read(value: &Value<'_>, global: &Global) -> Option<Config> {
        if value.is_null() {
            value.problem("empty or null scrape config section");
            return None;
        }
        value.fields(|f| {
            let job_name: String = f.or_default("job_name");
            if job_name.is_empty() {
                f.problem("job_name", "job_name is empty");
            }
            Some(read_job(f, job_name, global))
        })
    }
}

fn read_job(f: &Fields<'_>, job_name: String, global: &Global) -> Config {
    let too_long =
        format!("scrape timeout greater than scrape interval for scrape config with job name {job_name:?}");
    let (scrape_interval, scrape_timeout) = read_times(f, global, &too_long);
    let (validation, escaping) = read_name_schemes(f, global);
    let scrape_native_histograms = f.or("scrape_native_histograms", global.scrape_native_histograms);
    let relabel_configs =
        relabel_rules(f, "relabel_configs", validation, "target relabeling rule in scrape config");
    let discovery = discovery::Config::read_inline(f);
    if relabel_configs.is_empty() {
        check_static_targets(f);
    }
    Config {
        job_name,
        honor_labels: f.or_default("honor_labels"),
        honor_timestamps: f.or("honor_timestamps", true),
        track_timestamps_staleness: f.or_default("track_timestamps_staleness"),
        params: read_params(f),
        scrape_interval,
        scrape_timeout,
        scrape_protocols: read_scrape_protocols(f, global, scrape_native_histograms),
        fallback_scrape_protocol: f
            .get("fallback_scrape_protocol")
            .filter(|v| !v.is_empty_text())
            .and_then(|v| v.one_of(&ScrapeProtocol::ALL)),
        scrape_native_histograms,
        always_scrape_classic_histograms: f
            .or("always_scrape_classic_histograms", global.always_scrape_classic_histograms),
        convert_classic_histograms_to_nhcb: f
            .or("convert_classic_histograms_to_nhcb", global.convert_classic_histograms_to_nhcb),
        scrape_failure_log_file: read_file_name(f, "scrape_failure_log_file")
            .or_else(|| global.scrape_failure_log_file.clone()),
        metrics_path: f.or("metrics_path", "/metrics".to_owned()),
        scheme: f.one_of("scheme", &Scheme::ALL, Scheme::Http),
        enable_compression: f.or("enable_compression", true),
        limits: Limits::read_inline(f, global.limits),
        native_histogram_bucket_limit: f.or_default("native_histogram_bucket_limit"),
        native_histogram_min_bucket_factor: f.or_default("native_histogram_min_bucket_factor"),
        metric_name_validation_scheme: validation,
        metric_name_escaping_scheme: escaping,
        extra_scrape_metrics: f.or("extra_scrape_metrics", global.extra_scrape_metrics),
        discovery,
        client: HttpClientConfig::read_inline(f, HttpClientConfig::default()),
        relabel_configs,
        metric_relabel_configs: relabel_rules(
            f,
            "metric_relabel_configs",
            validation,
            "metric relabeling rule in scrape config",
        ),
    }
}

/// Reads which names are accepted and how they are asked for. A job that sets only the first does not inherit the second.
fn read_name_schemes(f: &Fields<'_>, global: &Global) -> (NameScheme, EscapingScheme) {
    let not_empty = |name| f.get(name).filter(|v: &Value<'_>| !v.is_empty_text());
    let own = not_empty("metric_name_validation_scheme");
    let validation = match &own {
        Some(value) => value.one_of(&NAME_SCHEMES).unwrap_or_default(),
        None => global.metric_name_validation_scheme,
    };
    let inherited = match own {
        Some(_) => default_escaping(validation),
        None => global.metric_name_escaping_scheme,
    };
    let escaping = not_empty("metric_name_escaping_scheme").and_then(|v| v.one_of(&EscapingScheme::ALL));
    let escaping = escaping.unwrap_or(inherited);
    if escaping == EscapingScheme::AllowUtf8 && validation != NameScheme::Utf8 {
        let message = "utf8 metric names requested but validation scheme is not set to UTF8";
        f.problem("metric_name_escaping_scheme", message);
    }
    (validation, escaping)
}

fn read_scrape_protocols(f: &Fields<'_>, global: &Global, native_histograms: bool) -> Vec<ScrapeProtocol> {
    let own = f.get("scrape_protocols").and_then(|v| read_protocols(&v));
    match own.or_else(|| global.scrape_protocols.clone()) {
        Some(protocols) => protocols,
        None if native_histograms => ScrapeProtocol::DEFAULT_PROTO_FIRST.to_vec(),
        None => ScrapeProtocol::DEFAULT.to_vec(),
    }
}

fn read_params(f: &Fields<'_>) -> Vec<(String, Vec<String>)> {
    let entries = f.get("params").and_then(|v| v.entries()).unwrap_or_default();
    let mut params: Vec<(String, Vec<String>)> =
        entries.iter().filter_map(|(name, v)| Some(((*name).to_owned(), yaml::Read::read(v)?))).collect();
    params.sort();
    params
}

/// Catches URLs where a host and port belong. Without relabelling nothing could make an address of them.
pub fn check_static_targets(f: &Fields<'_>) {
    for group in f.get("static_configs").and_then(|v| v.items()).unwrap_or_default() {
        let Some((_, targets)) = group.entries().into_iter().flatten().find(|(name, _)| *name == "targets")
        else {
            continue;
        };
        for target in targets.items().unwrap_or_default() {
            if let Some(text) = target.text().filter(|t| t.contains('/')) {
                target.problem_with_hint(
                    format!("{text:?} is not a valid hostname"),
                    "write host:port here, the rest belongs into scheme, metrics_path and params",
                );
            }
        }
    }
}
