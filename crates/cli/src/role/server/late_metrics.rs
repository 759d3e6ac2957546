//! Figures of late samples and their log as metrics, under Prometheus's names.

use exposition::{Metric, MetricFamily, MetricValue};
use model::{Labels, MetricType};
use telemetry::registry::number;
use tsdb::db::LateStats;

/// Adds the families.
pub fn families(out: &mut Vec<MetricFamily>, s: &LateStats) {
    by_type(out, s);
    log(out, s);
    let buckets = s.deltas.iter().map(|(bound, n)| (*bound, *n as f64, None)).collect();
    family(
        out,
        "prometheus_tsdb_sample_ooo_delta",
        "Delta in seconds by which a sample is considered out of order (reported regardless of OOO time window and whether sample is accepted or not).",
        MetricType::Histogram,
        MetricValue::Histogram {
            buckets,
            sum: s.delta_sum_seconds,
            count: s.delta_count as f64,
            native: None,
        },
    );
    family(
        out,
        "prometheus_tsdb_out_of_order_wbl_fsync_duration_seconds",
        "Duration of write log fsync.",
        MetricType::Summary,
        MetricValue::Summary {
            quantiles: Vec::new(),
            sum: s.log_fsync_seconds_total,
            count: s.log_fsync_total as f64,
        },
    );
}

fn by_type(out: &mut Vec<MetricFamily>, s: &LateStats) {
    for (name, help, floats, histograms) in [
        (
            "prometheus_tsdb_head_out_of_order_samples_appended_total",
            "Total number of appended out of order samples.",
            s.floats_total,
            s.histograms_total,
        ),
        (
            "prometheus_tsdb_too_old_samples_total",
            "Total number of out of order samples ingestion failed attempts with out of support enabled, but sample outside of time window.",
            s.too_old_floats_total,
            s.too_old_histograms_total,
        ),
    ] {
        let values = [("float", floats), ("histogram", histograms)];
        let metrics = values.map(|(kind, n)| (Labels::from_pairs([("type", kind)]), n as f64));
        out.push(number(name, help, MetricType::Counter, metrics));
    }
}

fn log(out: &mut Vec<MetricFamily>, s: &LateStats) {
    const PREFIX: &str = "prometheus_tsdb_out_of_order_wbl_";
    for (name, help, kind, value) in [
        (
            "page_flushes_total",
            "Total number of page flushes.",
            MetricType::Counter,
            s.log_page_flushes_total,
        ),
        (
            "completed_pages_total",
            "Total number of completed pages.",
            MetricType::Counter,
            s.log_completed_pages_total,
        ),
        (
            "truncations_total",
            "Total number of write log truncations attempted.",
            MetricType::Counter,
            s.log_truncations_total,
        ),
        (
            "truncations_failed_total",
            "Total number of write log truncations that failed.",
            MetricType::Counter,
            s.log_truncations_failed_total,
        ),
        (
            "segment_current",
            "Write log segment index that TSDB is currently writing to.",
            MetricType::Gauge,
            s.log_segment_current,
        ),
        (
            "writes_failed_total",
            "Total number of write log writes that failed.",
            MetricType::Counter,
            s.log_writes_failed_total,
        ),
        ("storage_size_bytes", "Size of the write log directory.", MetricType::Gauge, s.log_bytes),
    ] {
        out.push(number(&format!("{PREFIX}{name}"), help, kind, [(Labels::empty(), value as f64)]));
    }
}

fn family(out: &mut Vec<MetricFamily>, name: &str, help: &str, kind: MetricType, value: MetricValue) {
    out.push(MetricFamily {
        name: name.to_owned(),
        help: help.to_owned(),
        kind,
        unit: String::new(),
        metrics: vec![Metric {
            labels: Labels::empty(),
            value,
            timestamp_ms: None,
            start_ms: None,
            blank_labels: &[],
        }],
    });
}
