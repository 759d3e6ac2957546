//! What a database tells about itself.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Inner;
use super::late::LateStats;
use crate::block::Block;

/// Figures of a database. Fields ending in `_total` only grow while the process lives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Series in the head.
    pub head_series: u64,
    /// Series ever created in the head.
    pub head_series_created_total: u64,
    /// Series ever removed from the head.
    pub head_series_removed_total: u64,
    /// Appends that named a series the head does not have.
    pub head_series_not_found_total: u64,
    /// Chunks in the head.
    pub head_chunks: u64,
    /// Chunks ever started in the head.
    pub head_chunks_created_total: u64,
    /// Chunks ever removed from the head.
    pub head_chunks_removed_total: u64,
    /// Samples of floats ever stored.
    pub float_samples_appended_total: u64,
    /// Samples of histograms ever stored.
    pub histogram_samples_appended_total: u64,
    /// Samples refused as older than their series' newest.
    pub out_of_order_samples_total: u64,
    /// Samples refused as older than the head.
    pub out_of_bound_samples_total: u64,
    /// Samples refused as older than the out-of-order window.
    pub too_old_samples_total: u64,
    /// What came late.
    pub late: LateStats,
    /// Oldest time in the head; `i64::MAX` if it is empty.
    pub head_min_time_ms: i64,
    /// Newest time in the head; `i64::MIN` if it is empty.
    pub head_max_time_ms: i64,
    /// Oldest time in head and blocks; `i64::MAX` if there is nothing.
    pub lowest_timestamp_ms: i64,
    /// Batches that are open.
    pub active_appenders: u64,
    /// Views that are open.
    pub active_views: u64,
    /// Bytes of label strings in the head and its index.
    pub symbol_table_bytes: u64,
    /// Times the head was truncated.
    pub head_truncations_total: u64,
    /// Times truncating the head failed.
    pub head_truncations_failed_total: u64,
    /// Seconds spent in collecting dead series.
    pub head_gc_seconds_total: f64,
    /// Collections of dead series.
    pub head_gc_total: u64,
    /// Files in `chunks_head/`, in bytes.
    pub head_chunks_bytes: u64,

    /// Number of the log segment being written.
    pub wal_segment_current: u64,
    /// Bytes of log and checkpoint.
    pub wal_bytes: u64,
    /// Pages flushed.
    pub wal_page_flushes_total: u64,
    /// Pages completed.
    pub wal_completed_pages_total: u64,
    /// Bytes written to the log.
    pub wal_written_bytes_total: u64,
    /// Failed writes to the log.
    pub wal_writes_failed_total: u64,
    /// Seconds spent in syncing segments.
    pub wal_fsync_seconds_total: f64,
    /// Segments synced.
    pub wal_fsync_total: u64,
    /// Damage found in the log.
    pub wal_corruptions_total: u64,
    /// Times the log was truncated.
    pub wal_truncations_total: u64,
    /// Times truncating the log failed.
    pub wal_truncations_failed_total: u64,
    /// Checkpoints written.
    pub checkpoint_creations_total: u64,
    /// Checkpoints that failed.
    pub checkpoint_creations_failed_total: u64,
    /// Seconds that reading the log took at start.
    pub data_replay_seconds: f64,

    /// Series in the head that end with a staleness marker.
    pub head_stale_series: u64,
    /// Series that were moved to blocks because they ended.
    pub series_evicted_total: u64,
    /// Times series that ended were moved.
    pub stale_compactions_total: u64,
    /// Times that failed.
    pub stale_compactions_failed_total: u64,

    /// Blocks loaded.
    pub blocks_loaded: u64,
    /// Bytes of all blocks.
    pub storage_blocks_bytes: u64,
    /// Compactions done, of the head and of blocks.
    pub compactions_total: u64,
    /// Compactions that failed.
    pub compactions_failed_total: u64,
    /// Maintenance rounds.
    pub compactions_triggered_total: u64,
    /// Seconds spent in compactions.
    pub compaction_seconds_total: f64,
    /// Reloads of the list of blocks.
    pub reloads_total: u64,
    /// Reloads that failed.
    pub reloads_failed_total: u64,
    /// Blocks deleted because of their age.
    pub time_retentions_total: u64,
    /// Blocks split by rules of what is kept.
    pub blocks_rewritten_by_rule_total: u64,
    /// Blocks written densely.
    pub blocks_written_densely_total: u64,
    /// Bytes of blocks in our own format.
    pub own_blocks_bytes: u64,
    /// Blocks deleted because of the total size.
    pub size_retentions_total: u64,
    /// Seconds spent in cleaning tombstones.
    pub tombstone_cleanup_seconds_total: f64,
    /// The time bound, in milliseconds.
    pub retention_limit_ms: i64,
    /// The size bound.
    pub retention_limit_bytes: u64,
    /// How much of the file system files may take, in percent; 0 for no bound.
    pub retention_limit_percentage: f64,
    /// Damage found, in files of all kinds, at start and since.
    pub corruptions_total: u64,
    /// Chunks of blocks that are left out because they are damaged.
    pub damaged_chunks: u64,
    /// Whether samples are refused because the disk is full.
    pub read_only: bool,
    /// Batches refused for that reason.
    pub read_only_refusals_total: u64,
    /// 1 if the `lock` file was made anew, 0 if a process that died had left one, −1 if none is used.
    pub clean_start: i8,

    /// Exemplars stored.
    pub exemplars_in_storage: u64,
    /// Exemplars ever stored.
    pub exemplars_appended_total: u64,
    /// Exemplars refused as older than their series' newest.
    pub exemplars_out_of_order_total: u64,
    /// Series that have exemplars.
    pub exemplar_series: u64,
    /// Most exemplars kept.
    pub exemplars_max: u64,
    /// Time of the oldest exemplar stored.
    pub exemplars_last_timestamp_ms: i64,
}

/// One line of a table in [`Cardinality`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCount {
    /// What is counted.
    pub name: String,
    /// The count.
    pub value: u64,
}

/// Where the series of the head come from. Tables are sorted by value, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cardinality {
    /// Series in the head.
    pub series: u64,
    /// Different pairs of label and value.
    pub label_pairs: u64,
    /// Chunks in the head.
    pub chunks: u64,
    /// Oldest time in the head.
    pub min_time_ms: i64,
    /// Newest time in the head.
    pub max_time_ms: i64,
    /// Series by metric name.
    pub series_by_metric: Vec<NamedCount>,
    /// Values by label name.
    pub values_by_label: Vec<NamedCount>,
    /// Bytes of values by label name, each counted once for each series.
    pub bytes_by_label: Vec<NamedCount>,
    /// Series by pair, written `label=value`.
    pub series_by_pair: Vec<NamedCount>,
}

/// What is known about one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Its identity, and its directory's name.
    pub ulid: String,
    /// First millisecond.
    pub min_time_ms: i64,
    /// First millisecond after it.
    pub max_time_ms: i64,
    /// Samples.
    pub samples: u64,
    /// Series.
    pub series: u64,
    /// Chunks.
    pub chunks: u64,
    /// Deleted ranges.
    pub tombstones: u64,
    /// How often its data was compacted.
    pub level: u32,
    /// Blocks of level 1 that went into it.
    pub sources: Vec<String>,
    /// Bytes on disk.
    pub bytes: u64,
}

/// Describes a block.
pub(super) fn block_info(block: &Block) -> BlockInfo {
    let meta = block.meta();
    BlockInfo {
        ulid: meta.ulid.to_string(),
        min_time_ms: meta.min_time_ms,
        max_time_ms: meta.max_time_ms,
        samples: meta.stats.num_samples,
        series: meta.stats.num_series,
        chunks: meta.stats.num_chunks,
        tombstones: meta.stats.num_tombstones,
        level: meta.compaction.level,
        sources: meta.compaction.sources.iter().map(ToString::to_string).collect(),
        bytes: block.bytes(),
    }
}

fn seconds(nanoseconds: &AtomicU64) -> f64 {
    nanoseconds.load(Relaxed) as f64 / 1e9
}

impl Inner {
    /// Returns the size of log, closed chunks and image.
    pub(super) fn head_bytes(&self) -> u64 {
        self.image_bytes()
            + self.head.log_bytes()
            + self.head.late().log().bytes()
            + self.head.chunk_files().bytes()
    }

    /// Gathers all figures.
    pub(super) fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        self.head_stats(&mut stats);
        self.log_stats(&mut stats);
        self.block_stats(&mut stats);
        self.head.with_exemplars(|e| {
            stats.exemplars_in_storage = e.len() as u64;
            stats.exemplars_appended_total = e.appended;
            stats.exemplars_out_of_order_total = e.out_of_order;
            stats.exemplar_series = e.series() as u64;
            stats.exemplars_max = e.max() as u64;
            stats.exemplars_last_timestamp_ms = e.oldest_t().unwrap_or(0);
        });
        stats
    }

    fn head_stats(&self, stats: &mut Stats) {
        let counters = self.head.counters();
        stats.head_series = self.head.series();
        stats.head_series_created_total = counters.series_created.load(Relaxed);
        stats.head_series_removed_total = counters.series_removed.load(Relaxed);
        stats.head_series_not_found_total = counters.series_not_found.load(Relaxed);
        stats.head_chunks = self.head.chunks();
        stats.head_chunks_created_total = counters.chunks_created.load(Relaxed);
        stats.head_chunks_removed_total = counters.chunks_removed.load(Relaxed);
        stats.float_samples_appended_total = counters.floats.load(Relaxed);
        stats.histogram_samples_appended_total = counters.histograms.load(Relaxed);
        stats.out_of_order_samples_total = counters.out_of_order.load(Relaxed);
        stats.out_of_bound_samples_total = counters.out_of_bounds.load(Relaxed);
        stats.late = LateStats::of(self.head.late());
        stats.too_old_samples_total = stats.late.too_old_floats_total + stats.late.too_old_histograms_total;
        stats.head_min_time_ms = self.head.min_t();
        stats.head_max_time_ms = self.head.max_t();
        stats.active_appenders = counters.batches.load(Relaxed);
        stats.active_views = self.head.open_views() as u64;
        stats.symbol_table_bytes = self.head.symbol_bytes() as u64;
        stats.head_truncations_total = counters.truncations.load(Relaxed);
        stats.head_truncations_failed_total = counters.truncations_failed.load(Relaxed);
        stats.head_gc_total = counters.collections.load(Relaxed);
        stats.head_gc_seconds_total = seconds(&counters.collection_ns);
        stats.head_chunks_bytes = self.head.chunk_files().bytes();
        stats.checkpoint_creations_total = counters.checkpoints.load(Relaxed);
        stats.checkpoint_creations_failed_total = counters.checkpoints_failed.load(Relaxed);
    }

    fn log_stats(&self, stats: &mut Stats) {
        if let Some(log) = &self.log_counters {
            stats.wal_segment_current = log.segment.load(Relaxed);
            stats.wal_page_flushes_total = log.flushes.load(Relaxed);
            stats.wal_completed_pages_total = log.pages.load(Relaxed);
            stats.wal_written_bytes_total = log.bytes.load(Relaxed);
            stats.wal_writes_failed_total = log.failed.load(Relaxed);
            stats.wal_fsync_total = log.syncs.load(Relaxed);
            stats.wal_fsync_seconds_total = seconds(&log.sync_ns);
        }
        stats.wal_bytes = self.head.log_bytes();
        stats.wal_corruptions_total = self.counters.log_corruptions.load(Relaxed);
        stats.wal_truncations_total = self.counters.log_truncations.load(Relaxed);
        stats.wal_truncations_failed_total = self.counters.log_truncations_failed.load(Relaxed);
        stats.data_replay_seconds = self.replay_time.as_secs_f64();
    }

    fn block_stats(&self, stats: &mut Stats) {
        let metas = self.blocks.metas();
        stats.blocks_loaded = metas.len() as u64;
        stats.storage_blocks_bytes = self.blocks.bytes();
        let oldest = metas.iter().map(|m| m.min_time_ms).min().unwrap_or(i64::MAX);
        stats.lowest_timestamp_ms = oldest.min(self.head.min_t()).min(self.head.late().min_t());
        let counters = &self.counters;
        stats.head_stale_series = self.head.stale_series() as u64;
        stats.series_evicted_total = counters.evicted.load(Relaxed);
        stats.stale_compactions_total = counters.stale_compactions.load(Relaxed);
        stats.stale_compactions_failed_total = counters.stale_compactions_failed.load(Relaxed);
        stats.compactions_total = counters.compactions.load(Relaxed);
        stats.compactions_failed_total = counters.compactions_failed.load(Relaxed);
        stats.compactions_triggered_total = counters.triggered.load(Relaxed);
        stats.compaction_seconds_total = seconds(&counters.compaction_ns);
        (stats.reloads_total, stats.reloads_failed_total) = self.blocks.reloads();
        stats.blocks_rewritten_by_rule_total = counters.rewritten_by_rule.load(Relaxed);
        stats.blocks_written_densely_total = counters.written_densely.load(Relaxed);
        let own = self.blocks.get().iter().filter(|b| b.meta().own.is_some()).map(|b| b.bytes()).sum();
        stats.own_blocks_bytes = own;
        stats.time_retentions_total = counters.time_retentions.load(Relaxed);
        stats.size_retentions_total = counters.size_retentions.load(Relaxed);
        stats.tombstone_cleanup_seconds_total = seconds(&counters.tombstone_cleanup_ns);
        let retention = *self.retention.lock();
        stats.retention_limit_ms = retention.time_ms;
        stats.retention_limit_bytes = retention.bytes;
        stats.retention_limit_percentage = retention.percentage;
        stats.damaged_chunks = self.blocks.get().iter().map(|b| b.damage().chunks() as u64).sum();
        let since_start = self.head.counters().log_corruptions.load(Relaxed);
        stats.wal_corruptions_total += since_start;
        stats.corruptions_total = self.found_at_start + since_start + stats.damaged_chunks;
        stats.read_only = self.room.is_full();
        stats.read_only_refusals_total = self.room.refused();
        stats.clean_start = self.clean_start;
    }
}
