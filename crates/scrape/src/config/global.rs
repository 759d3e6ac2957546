//! What `global` says about scraping: the defaults of every job.

use std::path::PathBuf;
use std::time::Duration;

use model::relabel::NameScheme;
use yaml::{ByteSize, Fields, Value};

use super::{EscapingScheme, Limits, ScrapeProtocol};

/// The words for [`NameScheme`].
pub(super) const NAME_SCHEMES: [(&str, NameScheme); 2] =
    [("utf8", NameScheme::Utf8), ("legacy", NameScheme::Legacy)];

/// Defaults of jobs. What a job does not say itself it takes from here.
#[derive(Clone, Debug, PartialEq)]
pub struct Global {
    /// How often; not zero. 1 minute by default.
    pub scrape_interval: Duration,
    /// How long a scrape may take; not zero, not longer than the interval. 10 seconds by default.
    pub scrape_timeout: Duration,
    /// Formats to ask for; `None` leaves it to each job, as native histograms need protobuf.
    pub scrape_protocols: Option<Vec<ScrapeProtocol>>,
    /// The bounds of one scrape.
    pub limits: Limits,
    /// Where failures are logged.
    pub scrape_failure_log_file: Option<String>,
    /// Which metric names are accepted.
    pub metric_name_validation_scheme: NameScheme,
    /// How names are asked for that not every reader can read.
    pub metric_name_escaping_scheme: EscapingScheme,
    /// Whether native histograms are stored.
    pub scrape_native_histograms: bool,
    /// Whether classic histograms become native ones with custom buckets.
    pub convert_classic_histograms_to_nhcb: bool,
    /// Whether a classic histogram is stored even if it also is a native one.
    pub always_scrape_classic_histograms: bool,
    /// Whether three more series tell about each scrape.
    pub extra_scrape_metrics: bool,
}

impl Default for Global {
    fn default() -> Global {
        Global {
            scrape_interval: Duration::from_secs(60),
            scrape_timeout: Duration::from_secs(10),
            scrape_protocols: None,
            limits: Limits::default(),
            scrape_failure_log_file: None,
            metric_name_validation_scheme: NameScheme::Utf8,
            metric_name_escaping_scheme: EscapingScheme::AllowUtf8,
            scrape_native_histograms: false,
            convert_classic_histograms_to_nhcb: false,
            always_scrape_classic_histograms: false,
            extra_scrape_metrics: false,
        }
    }
}

impl Global {
    /// Reads the fields about scraping that stand among others in `global`. `defaults` is what feature flags ask for.
    pub fn read_inline(f: &Fields<'_>, defaults: &Global) -> Global {
        let (scrape_interval, scrape_timeout) =
            read_times(f, defaults, "global scrape timeout greater than scrape interval");
        let validation = f.one_of("metric_name_validation_scheme", &NAME_SCHEMES, NameScheme::Utf8);
        let escaping =
            f.one_of("metric_name_escaping_scheme", &EscapingScheme::ALL, default_escaping(validation));
        Global {
            scrape_interval,
            scrape_timeout,
            scrape_protocols: f
                .get_or_null("scrape_protocols")
                .filter(|v| !v.is_null())
                .and_then(|v| read_protocols(&v))
                .or_else(|| defaults.scrape_protocols.clone()),
            limits: Limits::read_inline(f, defaults.limits),
            scrape_failure_log_file: read_file_name(f, "scrape_failure_log_file"),
            metric_name_validation_scheme: validation,
            metric_name_escaping_scheme: escaping,
            scrape_native_histograms: f.or("scrape_native_histograms", defaults.scrape_native_histograms),
            convert_classic_histograms_to_nhcb: f
                .or("convert_classic_histograms_to_nhcb", defaults.convert_classic_histograms_to_nhcb),
            always_scrape_classic_histograms: f
                .or("always_scrape_classic_histograms", defaults.always_scrape_classic_histograms),
            extra_scrape_metrics: f.or("extra_scrape_metrics", defaults.extra_scrape_metrics),
        }
    }
}

/// Reads interval and timeout: 0 means the default, and the default timeout shrinks to a shorter interval.
pub(super) fn read_times(f: &Fields<'_>, defaults: &Global, too_long: &str) -> (Duration, Duration) {
    let not_zero = |d: &Duration| !d.is_zero();
    let interval = f.optional("scrape_interval").filter(not_zero).unwrap_or(defaults.scrape_interval);
    match f.optional::<Duration>("scrape_timeout").filter(not_zero) {
        Some(timeout) => {
            // A broken interval was reported already; comparing with the default in its place would mislead.
            let comparable = f.get("scrape_interval").is_none_or(|v| v.text().is_some_and(is_duration));
            if timeout > interval && comparable {
                f.problem("scrape_timeout", too_long);
            }
            (interval, timeout)
        }
        None => (interval, defaults.scrape_timeout.min(interval)),
    }
}

fn is_duration(text: &str) -> bool {
    model::duration::parse(text).is_ok()
}

/// Reads a list of formats: at least one, none twice.
pub(super) fn read_protocols(value: &Value<'_>) -> Option<Vec<ScrapeProtocol>> {
    let items = value.items()?;
    if items.is_empty() {
        value.problem("scrape_protocols cannot be empty");
    }
    let mut protocols = Vec::with_capacity(items.len());
    for item in &items {
        let Some(protocol) = item.one_of(&ScrapeProtocol::ALL) else { continue };
        if protocols.contains(&protocol) {
            item.problem(format!("duplicated protocol in scrape_protocols: {}", protocol.as_str()));
        }
        protocols.push(protocol);
    }
    Some(protocols)
}

/// Reads the name of a file that is written to; an empty one is none.
pub(super) fn read_file_name(f: &Fields<'_>, name: &'static str) -> Option<String> {
    let path: Option<PathBuf> = f.optional(name);
    path.map(|p| p.to_string_lossy().into_owned()).filter(|p| !p.is_empty())
}

impl Limits {
    /// Reads the limits; 0 means what `defaults` says.
    pub(super) fn read_inline(f: &Fields<'_>, defaults: Limits) -> Limits {
        let limit = |name, default| f.optional(name).filter(|n| *n != 0).unwrap_or(default);
        let body = f.optional::<ByteSize>("body_size_limit").map_or(0, |size| size.0);
        Limits {
            body_size_limit: if body == 0 { defaults.body_size_limit } else { body },
            sample_limit: limit("sample_limit", defaults.sample_limit),
            target_limit: limit("target_limit", defaults.target_limit),
            label_limit: limit("label_limit", defaults.label_limit),
            label_name_length_limit: limit("label_name_length_limit", defaults.label_name_length_limit),
            label_value_length_limit: limit("label_value_length_limit", defaults.label_value_length_limit),
            keep_dropped_targets: limit("keep_dropped_targets", defaults.keep_dropped_targets),
        }
    }
}

/// Returns the escaping scheme that goes with a validation scheme if none is configured.
pub(super) fn default_escaping(validation: NameScheme) -> EscapingScheme {
    match validation {
        NameScheme::Utf8 => EscapingScheme::AllowUtf8,
        NameScheme::Legacy => EscapingScheme::Underscores,
    }
}
