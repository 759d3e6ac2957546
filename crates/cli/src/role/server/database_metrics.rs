//! The database's figures as metrics, under Prometheus's names.

use exposition::{Metric, MetricFamily, MetricValue};
use model::{Labels, MetricType};
use telemetry::Registry;
use telemetry::registry::number;
use tsdb::db::Stats;

use super::late_metrics;
use super::store::Store;

type Read = fn(&Stats) -> f64;

const fn counter(name: &'static str, help: &'static str, read: Read) -> Row {
    Row { name, help, kind: MetricType::Counter, read }
}

const fn gauge(name: &'static str, help: &'static str, read: Read) -> Row {
    Row { name, help, kind: MetricType::Gauge, read }
}

struct Row {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    read: Read,
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    gauge("prometheus_tsdb_head_series", "Total number of series in the head block.", |s| s.head_series as f64),
    counter("prometheus_tsdb_head_series_created_total", "Total number of series created in the head", |s| s.head_series_created_total as f64),
    counter("prometheus_tsdb_head_series_removed_total", "Total number of series removed in the head", |s| s.head_series_removed_total as f64),
    counter("prometheus_tsdb_head_series_not_found_total", "Total number of requests for series that were not found.", |s| s.head_series_not_found_total as f64),
    gauge("prometheus_tsdb_head_stale_series", "Total number of stale series in the head block.", |s| s.head_stale_series as f64),
    counter("bongsu_tsdb_series_evicted_total", "Series that were moved from memory to blocks because they ended.", |s| s.series_evicted_total as f64),
    counter("prometheus_tsdb_stale_series_compactions_triggered_total", "Total number of triggered stale series compactions.", |s| s.stale_compactions_total as f64),
    counter("prometheus_tsdb_stale_series_compactions_failed_total", "Total number of stale series compactions that failed.", |s| s.stale_compactions_failed_total as f64),
    gauge("prometheus_tsdb_head_chunks", "Total number of chunks in the head block.", |s| s.head_chunks as f64),
    counter("prometheus_tsdb_head_chunks_created_total", "Total number of chunks created in the head", |s| s.head_chunks_created_total as f64),
    counter("prometheus_tsdb_head_chunks_removed_total", "Total number of chunks removed in the head", |s| s.head_chunks_removed_total as f64),
    gauge("prometheus_tsdb_head_chunks_storage_size_bytes", "Size of the chunks_head directory.", |s| s.head_chunks_bytes as f64),
    gauge("prometheus_tsdb_head_active_appenders", "Number of currently active appender transactions", |s| s.active_appenders as f64),
    gauge("prometheus_tsdb_head_min_time", "Minimum time bound of the head block. The unit is decided by the library consumer.", |s| s.head_min_time_ms as f64),
    gauge("prometheus_tsdb_head_max_time", "Maximum timestamp of the head block. The unit is decided by the library consumer.", |s| s.head_max_time_ms as f64),
    gauge("prometheus_tsdb_head_min_time_seconds", "Minimum time bound of the head block.", |s| s.head_min_time_ms as f64 / 1e3),
    gauge("prometheus_tsdb_head_max_time_seconds", "Maximum timestamp of the head block.", |s| s.head_max_time_ms as f64 / 1e3),
    gauge("prometheus_tsdb_lowest_timestamp", "Lowest timestamp value stored in the database. The unit is decided by the library consumer.", |s| s.lowest_timestamp_ms as f64),
    gauge("prometheus_tsdb_lowest_timestamp_seconds", "Lowest timestamp value stored in the database.", |s| s.lowest_timestamp_ms as f64 / 1e3),
    gauge("prometheus_tsdb_symbol_table_size_bytes", "Size of symbol table in memory for loaded blocks", |s| s.symbol_table_bytes as f64),
    counter("prometheus_tsdb_head_truncations_total", "Total number of head truncations attempted.", |s| s.head_truncations_total as f64),
    counter("prometheus_tsdb_head_truncations_failed_total", "Total number of head truncations that failed.", |s| s.head_truncations_failed_total as f64),
    counter("prometheus_tsdb_out_of_bound_samples_total", "Total number of out of bound samples ingestion failed attempts with out of order support disabled.", |s| s.out_of_bound_samples_total as f64),
    gauge("prometheus_tsdb_wal_segment_current", "Write log segment index that TSDB is currently writing to.", |s| s.wal_segment_current as f64),
    gauge("prometheus_tsdb_wal_storage_size_bytes", "Size of the write log directory.", |s| s.wal_bytes as f64),
    counter("prometheus_tsdb_wal_page_flushes_total", "Total number of page flushes.", |s| s.wal_page_flushes_total as f64),
    counter("prometheus_tsdb_wal_completed_pages_total", "Total number of completed pages.", |s| s.wal_completed_pages_total as f64),
    counter("prometheus_tsdb_wal_writes_failed_total", "Total number of write log writes that failed.", |s| s.wal_writes_failed_total as f64),
    counter("prometheus_tsdb_wal_corruptions_total", "Total number of WAL corruptions.", |s| s.wal_corruptions_total as f64),
    counter("prometheus_tsdb_wal_truncations_total", "Total number of write log truncations attempted.", |s| s.wal_truncations_total as f64),
    counter("prometheus_tsdb_wal_truncations_failed_total", "Total number of write log truncations that failed.", |s| s.wal_truncations_failed_total as f64),
    counter("prometheus_tsdb_checkpoint_creations_total", "Total number of checkpoint creations attempted.", |s| s.checkpoint_creations_total as f64),
    counter("prometheus_tsdb_checkpoint_creations_failed_total", "Total number of checkpoint creations that failed.", |s| s.checkpoint_creations_failed_total as f64),
    gauge("prometheus_tsdb_data_replay_duration_seconds", "Time taken to replay the data on disk.", |s| s.data_replay_seconds),
    gauge("prometheus_tsdb_blocks_loaded", "Number of currently loaded data blocks", |s| s.blocks_loaded as f64),
    gauge("prometheus_tsdb_storage_blocks_bytes", "The number of bytes that are currently used for local storage by all blocks.", |s| s.storage_blocks_bytes as f64),
    counter("prometheus_tsdb_compactions_total", "Total number of compactions that were executed for the partition.", |s| s.compactions_total as f64),
    counter("prometheus_tsdb_compactions_failed_total", "Total number of compactions that failed for the partition.", |s| s.compactions_failed_total as f64),
    counter("prometheus_tsdb_compactions_triggered_total", "Total number of triggered compactions for the partition.", |s| s.compactions_triggered_total as f64),
    counter("prometheus_tsdb_reloads_total", "Number of times the database reloaded block data from disk.", |s| s.reloads_total as f64),
    counter("prometheus_tsdb_reloads_failures_total", "Number of times the database failed to reloadBlocks block data from disk.", |s| s.reloads_failed_total as f64),
    counter("prometheus_tsdb_time_retentions_total", "The number of times that blocks were deleted because the maximum time limit was exceeded.", |s| s.time_retentions_total as f64),
    counter("prometheus_tsdb_size_retentions_total", "The number of times that blocks were deleted because the maximum number of bytes was exceeded.", |s| s.size_retentions_total as f64),
    gauge("prometheus_tsdb_retention_limit_seconds", "How long to retain samples in storage.", |s| s.retention_limit_ms as f64 / 1e3),
    counter("bongsu_tsdb_blocks_rewritten_by_rule_total", "The number of blocks that rules of storage.bongsu.retention were applied to.", |s| s.blocks_rewritten_by_rule_total as f64),
    counter("bongsu_tsdb_blocks_written_densely_total", "The number of blocks that were written in the dense format.", |s| s.blocks_written_densely_total as f64),
    gauge("bongsu_tsdb_tiers_bytes", "The size of all blocks in tiers/: dense and downsampled data.", |s| s.own_blocks_bytes as f64),
    gauge("prometheus_tsdb_retention_limit_percentage", "Max percentage of total storage space to be retained in the tsdb blocks, configured 0 means disabled", |s| s.retention_limit_percentage),
    gauge("prometheus_tsdb_retention_limit_bytes", "Max number of bytes to be retained in the tsdb blocks, configured 0 means disabled", |s| s.retention_limit_bytes as f64),
    counter("bongsu_tsdb_corruptions_total", "Total number of damaged files and chunks that were found since the process began to start. Each is told in the log with file and offset.", |s| s.corruptions_total as f64),
    gauge("bongsu_tsdb_damaged_chunks", "Number of chunks of loaded blocks that are left out of answers because they are damaged.", |s| s.damaged_chunks as f64),
    gauge("bongsu_tsdb_read_only", "1 while samples are refused because the disk is full. Queries are answered, and it ends by itself once there is room.", |s| f64::from(u8::from(s.read_only))),
    counter("bongsu_tsdb_read_only_refusals_total", "Total number of batches of samples that were refused because the disk is full.", |s| s.read_only_refusals_total as f64),
    gauge("prometheus_tsdb_clean_start", "-1: lockfile is disabled. 0: a lockfile from a previous execution was replaced. 1: lockfile creation was clean", |s| f64::from(s.clean_start)),
    gauge("prometheus_tsdb_exemplar_exemplars_in_storage", "Number of exemplars currently in circular storage.", |s| s.exemplars_in_storage as f64),
    counter("prometheus_tsdb_exemplar_exemplars_appended_total", "Total number of appended exemplars.", |s| s.exemplars_appended_total as f64),
    counter("prometheus_tsdb_exemplar_out_of_order_exemplars_total", "Total number of out of order exemplar ingestion failed attempts.", |s| s.exemplars_out_of_order_total as f64),
    gauge("prometheus_tsdb_exemplar_series_with_exemplars_in_storage", "Number of series with exemplars currently in circular storage.", |s| s.exemplar_series as f64),
    gauge("prometheus_tsdb_exemplar_max_exemplars", "Total number of exemplars the exemplar storage can store, resizeable.", |s| s.exemplars_max as f64),
    gauge("prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds", "The timestamp of the oldest exemplar stored in circular storage. Useful to check for what time range the current exemplar buffer limit allows.", |s| s.exemplars_last_timestamp_ms as f64 / 1e3),
];

/// Registers the database's metrics. Before the database is open there are none.
pub fn register(registry: &Registry, store: Store) {
    registry.register(move |out: &mut Vec<MetricFamily>| {
        let Ok(db) = store.db() else { return };
        let stats = db.stats();
        for row in ROWS {
            out.push(number(row.name, row.help, row.kind, [(Labels::empty(), (row.read)(&stats))]));
        }
        by_type(out, &stats);
        late_metrics::families(out, &stats.late);
        refused(out, &db.refusals(0));
        summaries(out, &stats);
    });
}

/// Counters that tell floats and histograms apart.
fn by_type(out: &mut Vec<MetricFamily>, s: &Stats) {
    let mut add = |name: &str, help: &str, values: &[(&str, u64)]| {
        let metrics = values.iter().map(|(kind, v)| (Labels::from_pairs([("type", *kind)]), *v as f64));
        out.push(number(name, help, MetricType::Counter, metrics));
    };
    add(
        "prometheus_tsdb_head_samples_appended_total",
        "Total number of appended samples.",
        &[("float", s.float_samples_appended_total), ("histogram", s.histogram_samples_appended_total)],
    );
    add(
        "prometheus_tsdb_out_of_order_samples_total",
        "Total number of out of order samples ingestion failed attempts due to out of order being disabled.",
        &[("float", s.out_of_order_samples_total)],
    );
}

fn refused(out: &mut Vec<MetricFamily>, refusals: &tsdb::db::Refusals) {
    let metrics =
        refusals.by_reason.iter().map(|(reason, n)| (Labels::from_pairs([("reason", *reason)]), *n as f64));
    out.push(number(
        "bongsu_tsdb_series_refused_total",
        "New series refused, by the bound that was reached. Known series keep their samples.",
        MetricType::Counter,
        metrics,
    ));
}

/// Durations of which sum and count are kept.
fn summaries(out: &mut Vec<MetricFamily>, s: &Stats) {
    for (name, help, sum, count) in [
        (
            "prometheus_tsdb_head_gc_duration_seconds",
            "Runtime of garbage collection in the head block.",
            s.head_gc_seconds_total,
            s.head_gc_total,
        ),
        (
            "prometheus_tsdb_wal_fsync_duration_seconds",
            "Duration of write log fsync.",
            s.wal_fsync_seconds_total,
            s.wal_fsync_total,
        ),
        (
            "prometheus_tsdb_compaction_duration_seconds",
            "Duration of compaction runs",
            s.compaction_seconds_total,
            s.compactions_total,
        ),
    ] {
        out.push(MetricFamily {
            name: name.to_owned(),
            help: help.to_owned(),
            kind: MetricType::Summary,
            unit: String::new(),
            metrics: vec![Metric {
                labels: Labels::empty(),
                value: MetricValue::Summary { quantiles: Vec::new(), sum, count: count as f64 },
                timestamp_ms: None,
                start_ms: None,
                blank_labels: &[],
            }],
        });
    }
}
