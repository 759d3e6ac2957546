//! The range cache as the server has it: its metrics.

use std::sync::Arc;

use exposition::MetricFamily;
use model::{Labels, MetricType};
use promql::cache::RangeCache;
use telemetry::Registry;
use telemetry::registry::number;

/// Registers `bongsu_range_cache_*`.
pub fn register(registry: &Registry, cache: &Arc<RangeCache>) {
    let cache = Arc::clone(cache);
    registry.register(move |out: &mut Vec<MetricFamily>| {
        let stats = cache.stats();
        let by_result = [
            ("bypassed", stats.bypassed),
            ("missed", stats.missed),
            ("partial", stats.partial),
            ("whole", stats.whole),
        ];
        out.push(number(
            "bongsu_range_cache_queries_total",
            "Range queries by what of them was kept.",
            MetricType::Counter,
            by_result.map(|(result, n)| (Labels::from_pairs([("result", result)]), n as f64)),
        ));
        let mut single = |name: &str, help: &str, kind, v: f64| {
            out.push(number(name, help, kind, [(Labels::empty(), v)]));
        };
        let reused = stats.steps_reused as f64;
        single(
            "bongsu_range_cache_steps_reused_total",
            "Steps that were not evaluated again.",
            MetricType::Counter,
            reused,
        );
        single(
            "bongsu_range_cache_evictions_total",
            "Results dropped to make room.",
            MetricType::Counter,
            stats.evicted as f64,
        );
        single("bongsu_range_cache_entries", "Results held.", MetricType::Gauge, stats.entries as f64);
        single("bongsu_range_cache_bytes", "Memory of results held.", MetricType::Gauge, stats.bytes as f64);
    });
}
