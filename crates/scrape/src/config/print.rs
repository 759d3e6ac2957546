//! Jobs and their defaults as YAML, in the order in which Prometheus prints them.

use model::relabel::NameScheme;
use yaml::ByteSize;
use yaml::write::{Map, Out};

use super::{Config, Global, Limits, ScrapeProtocol};

impl Config {
    /// Returns the job as Prometheus prints it: defaults filled in, secrets masked.
    pub fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("job_name", self.job_name.as_str()).put_if_set("honor_labels", self.honor_labels);
        map.put("honor_timestamps", self.honor_timestamps);
        map.put("track_timestamps_staleness", self.track_timestamps_staleness);
        let mut params = Map::new();
        for (name, values) in &self.params {
            params.put(name.as_str(), values.iter().collect::<Vec<_>>());
        }
        map.put_if_set("params", params);
        map.put("scrape_interval", self.scrape_interval).put("scrape_timeout", self.scrape_timeout);
        map.put("scrape_protocols", protocols(&self.scrape_protocols));
        map.put_if_some(
            "fallback_scrape_protocol",
            self.fallback_scrape_protocol.map(ScrapeProtocol::as_str),
        );
        map.put("scrape_native_histograms", self.scrape_native_histograms);
        map.put("always_scrape_classic_histograms", self.always_scrape_classic_histograms);
        map.put("convert_classic_histograms_to_nhcb", self.convert_classic_histograms_to_nhcb);
        map.put_if_some("scrape_failure_log_file", self.scrape_failure_log_file.as_ref());
        map.put("metrics_path", self.metrics_path.as_str()).put("scheme", self.scheme.as_str());
        map.put("enable_compression", self.enable_compression);
        push_limits(&mut map, &self.limits);
        map.put_if_set("native_histogram_bucket_limit", self.native_histogram_bucket_limit);
        map.put_if_set("native_histogram_min_bucket_factor", self.native_histogram_min_bucket_factor);
        map.put_if_set("keep_dropped_targets", self.limits.keep_dropped_targets);
        map.put("metric_name_validation_scheme", name_scheme(self.metric_name_validation_scheme));
        map.put("metric_name_escaping_scheme", self.metric_name_escaping_scheme.as_str());
        map.put("extra_scrape_metrics", self.extra_scrape_metrics);
        map.extend(self.client.to_yaml());
        map.put_if_set("relabel_configs", self.relabel_configs.iter().collect::<Vec<_>>());
        map.put_if_set("metric_relabel_configs", self.metric_relabel_configs.iter().collect::<Vec<_>>());
        map.extend(discovery::Config::to_yaml(&self.discovery));
        map
    }
}

impl Global {
    /// Returns the fields of `global` that stand before `evaluation_interval`, and those that stand behind
    /// `external_labels`.
    pub fn to_yaml(&self) -> (Map, Map) {
        let (mut head, mut tail) = (Map::new(), Map::new());
        head.put("scrape_interval", self.scrape_interval).put("scrape_timeout", self.scrape_timeout);
        head.put_if_some("scrape_protocols", self.scrape_protocols.as_deref().map(protocols));
        push_limits(&mut tail, &self.limits);
        tail.put_if_set("keep_dropped_targets", self.limits.keep_dropped_targets);
        tail.put("metric_name_validation_scheme", name_scheme(self.metric_name_validation_scheme));
        tail.put("metric_name_escaping_scheme", self.metric_name_escaping_scheme.as_str());
        tail.put("scrape_native_histograms", self.scrape_native_histograms);
        tail.put_if_set("convert_classic_histograms_to_nhcb", self.convert_classic_histograms_to_nhcb);
        tail.put_if_set("always_scrape_classic_histograms", self.always_scrape_classic_histograms);
        tail.put("extra_scrape_metrics", self.extra_scrape_metrics);
        (head, tail)
    }
}

fn push_limits(map: &mut Map, limits: &Limits) {
    map.put_if_set("body_size_limit", ByteSize(limits.body_size_limit));
    map.put_if_set("sample_limit", limits.sample_limit).put_if_set("target_limit", limits.target_limit);
    map.put_if_set("label_limit", limits.label_limit);
    map.put_if_set("label_name_length_limit", limits.label_name_length_limit);
    map.put_if_set("label_value_length_limit", limits.label_value_length_limit);
}

fn protocols(protocols: &[ScrapeProtocol]) -> Out {
    protocols.iter().map(|p| p.as_str()).collect::<Vec<_>>().into()
}

fn name_scheme(scheme: NameScheme) -> &'static str {
    match scheme {
        NameScheme::Utf8 => "utf8",
        NameScheme::Legacy => "legacy",
    }
}
