//! What to scrape and how: a job of the configuration file, complete, with everything inherited filled in.
//!
//! Source: Prometheus 3.14 `config/config.go`.

use std::time::Duration;

use model::relabel;
use transport::config::HttpClientConfig;

pub use exposition::EscapingScheme;

mod global;
mod job;
mod print;

pub use global::Global;
pub use job::check_static_targets;

/// One job.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Its name, unique, not empty; the default of the label `job`.
    pub job_name: String,
    /// Whether labels of a sample win over labels of its target.
    pub honor_labels: bool,
    /// Whether a sample's own timestamp counts.
    pub honor_timestamps: bool,
    /// Whether a series with own timestamps gets a staleness marker when it vanishes.
    pub track_timestamps_staleness: bool,
    /// URL parameters, sorted by name.
    pub params: Vec<(String, Vec<String>)>,
    /// How often; not zero.
    pub scrape_interval: Duration,
    /// How long it may take; not zero, not longer than the interval.
    pub scrape_timeout: Duration,
    /// Formats to ask for, most wanted first; not empty, no duplicates.
    pub scrape_protocols: Vec<ScrapeProtocol>,
    /// Format to assume if the answer's content type says nothing usable.
    pub fallback_scrape_protocol: Option<ScrapeProtocol>,
    /// Whether native histograms are stored.
    pub scrape_native_histograms: bool,
    /// Whether a classic histogram is stored even if it also is a native one.
    pub always_scrape_classic_histograms: bool,
    /// Whether classic histograms become native ones with custom buckets.
    pub convert_classic_histograms_to_nhcb: bool,
    /// Where failures are logged.
    pub scrape_failure_log_file: Option<String>,
    /// Path of the metrics.
    pub metrics_path: String,
    /// `http` or `https`.
    pub scheme: Scheme,
    /// Whether to ask for compressed answers.
    pub enable_compression: bool,
    /// The bounds of one scrape.
    pub limits: Limits,
    /// Buckets a native histogram may have before its resolution is lowered; 0 means no limit.
    pub native_histogram_bucket_limit: u64,
    /// Growth factor from bucket to bucket below which resolution is lowered; 0 means no limit.
    pub native_histogram_min_bucket_factor: f64,
    /// Which metric names are accepted.
    pub metric_name_validation_scheme: relabel::NameScheme,
    /// How names are asked for that not every reader can read.
    pub metric_name_escaping_scheme: EscapingScheme,
    /// Whether `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes` are stored too.
    pub extra_scrape_metrics: bool,
    /// How targets are found.
    pub discovery: Vec<discovery::Config>,
    /// How they are talked to.
    pub client: HttpClientConfig,
    /// Rules for targets.
    pub relabel_configs: Vec<relabel::Config>,
    /// Rules for samples.
    pub metric_relabel_configs: Vec<relabel::Config>,
}

/// Bounds of one scrape and of one job. 0 means no limit everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Bytes of the uncompressed answer; more fails the scrape.
    pub body_size_limit: u64,
    /// Samples after relabelling; more fails the scrape.
    pub sample_limit: u64,
    /// Targets of the job after relabelling; more fails all its scrapes.
    pub target_limit: u64,
    /// Labels of a sample; more fails the scrape.
    pub label_limit: u64,
    /// Bytes of a label name; more fails the scrape.
    pub label_name_length_limit: u64,
    /// Bytes of a label value; more fails the scrape.
    pub label_value_length_limit: u64,
    /// Dropped targets that are remembered for the user.
    pub keep_dropped_targets: u64,
}

/// How a target is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the protocols' own names")]
pub enum Scheme {
    #[default]
    Http,
    Https,
}

impl Scheme {
    /// All schemes with their words.
    pub const ALL: [(&'static str, Scheme); 2] = [("http", Scheme::Http), ("https", Scheme::Https)];

    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// A format that targets may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the words of the configuration file")]
pub enum ScrapeProtocol {
    PrometheusProto,
    PrometheusText0_0_4,
    PrometheusText1_0_0,
    OpenMetricsText0_0_1,
    OpenMetricsText1_0_0,
}

impl ScrapeProtocol {
    /// All formats with their words.
    pub const ALL: [(&'static str, ScrapeProtocol); 5] = [
        ("OpenMetricsText0.0.1", ScrapeProtocol::OpenMetricsText0_0_1),
        ("OpenMetricsText1.0.0", ScrapeProtocol::OpenMetricsText1_0_0),
        ("PrometheusProto", ScrapeProtocol::PrometheusProto),
        ("PrometheusText0.0.4", ScrapeProtocol::PrometheusText0_0_4),
        ("PrometheusText1.0.0", ScrapeProtocol::PrometheusText1_0_0),
    ];

    /// What is asked for by default.
    pub const DEFAULT: [ScrapeProtocol; 4] = [
        ScrapeProtocol::OpenMetricsText1_0_0,
        ScrapeProtocol::OpenMetricsText0_0_1,
        ScrapeProtocol::PrometheusText1_0_0,
        ScrapeProtocol::PrometheusText0_0_4,
    ];

    /// What is asked for by default where native histograms are wanted, which only protobuf carries.
    pub const DEFAULT_PROTO_FIRST: [ScrapeProtocol; 5] = [
        ScrapeProtocol::PrometheusProto,
        ScrapeProtocol::OpenMetricsText1_0_0,
        ScrapeProtocol::OpenMetricsText0_0_1,
        ScrapeProtocol::PrometheusText1_0_0,
        ScrapeProtocol::PrometheusText0_0_4,
    ];

    /// Returns the word used in configuration files.
    pub fn as_str(self) -> &'static str {
        match self {
            ScrapeProtocol::PrometheusProto => "PrometheusProto",
            ScrapeProtocol::PrometheusText0_0_4 => "PrometheusText0.0.4",
            ScrapeProtocol::PrometheusText1_0_0 => "PrometheusText1.0.0",
            ScrapeProtocol::OpenMetricsText0_0_1 => "OpenMetricsText0.0.1",
            ScrapeProtocol::OpenMetricsText1_0_0 => "OpenMetricsText1.0.0",
        }
    }

    /// Returns the format to read such a body in.
    pub fn body_format(self) -> exposition::BodyFormat {
        match self {
            ScrapeProtocol::PrometheusProto => exposition::BodyFormat::Protobuf,
            ScrapeProtocol::PrometheusText0_0_4 | ScrapeProtocol::PrometheusText1_0_0 => {
                exposition::BodyFormat::Text
            }
            ScrapeProtocol::OpenMetricsText0_0_1 | ScrapeProtocol::OpenMetricsText1_0_0 => {
                exposition::BodyFormat::OpenMetrics
            }
        }
    }

    /// Returns the media type with parameters, as sent in `Accept`.
    pub fn media_type(self) -> &'static str {
        match self {
            ScrapeProtocol::PrometheusProto => {
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
            }
            ScrapeProtocol::PrometheusText0_0_4 => "text/plain;version=0.0.4",
            ScrapeProtocol::PrometheusText1_0_0 => "text/plain;version=1.0.0",
            ScrapeProtocol::OpenMetricsText0_0_1 => "application/openmetrics-text;version=0.0.1",
            ScrapeProtocol::OpenMetricsText1_0_0 => "application/openmetrics-text;version=1.0.0",
        }
    }
}

#[cfg(test)]
mod tests;
