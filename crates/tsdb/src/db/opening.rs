//! Opening a database in two steps: first it takes samples, then it has read what there was and answers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

use arc_swap::ArcSwap;
use parking_lot::{Condvar, Mutex};

use super::block_list::BlockList;
use super::lock::DirLock;
use super::{Counters, Db, DbError, Inner, Options, ReplayProgress, Seed, spawn};
use crate::disk::DiskPath;
use crate::head::{CutPolicy, Directories, HeadOptions, Intake, LogOptions, Recovery};
use crate::tiers::Retention;
use crate::wal::PAGE_BYTES;

/// A database that takes samples, but has not read its log yet.
#[derive(Debug)]
pub struct Opening {
    dir: DiskPath,
    options: Options,
    lock: Option<DirLock>,
    recovery: Recovery,
    started: Instant,
}

impl Opening {
    /// Takes the lock and starts a new segment of the log.
    pub(super) fn begin(dir: &Path, options: Options) -> Result<Opening, DbError> {
        check(&options)?;
        let started = Instant::now();
        let dir = DiskPath::new(options.disk.clone(), dir);
        dir.create_dir_all()?;
        dir.parent().sync_dir().ok(); // perhaps not ours to open
        let lock = if options.no_lockfile { None } else { Some(DirLock::take(&dir)?) };
        let log_options = LogOptions {
            compression: options.wal_compression,
            segment_bytes: options.wal_segment_bytes,
            late_window_ms: options.out_of_order_window_ms,
        };
        let recovery = Recovery::begin(Directories::of(&dir), log_options, options.budget.clone())?;
        dir.sync_dir()?;
        Ok(Opening { dir, options, lock, recovery, started })
    }

    /// Returns what takes samples from now on. It may be used for ever: once the database is open, it passes them on.
    pub fn intake(&self) -> Arc<Intake> {
        self.recovery.intake()
    }

    /// Opens blocks and reads the log. Returns when queries can be answered.
    ///
    /// # Errors
    /// [`DbError`]. Damaged files are no error: they are set aside and logged.
    pub fn finish(self, progress: &ReplayProgress) -> Result<Db, DbError> {
        let Opening { dir, options, lock, recovery, started } = self;
        let quarantine = Directories::of(&dir).quarantine;
        let (blocks, mut damage) = BlockList::open(&dir, &quarantine)?;
        let head_options = HeadOptions {
            policy: CutPolicy {
                range_ms: options.min_block_ms,
                samples: options.samples_per_chunk,
                xor2: options.xor2,
            },
            series_max: options.series_max,
            exemplars_max: options.exemplars_max,
            late_window_ms: options.out_of_order_window_ms,
            budget: options.budget.clone(),
        };
        let room = recovery.room();
        let min_valid_ms = blocks.max_time_ms().unwrap_or(i64::MIN);
        let (head, report) = recovery.finish(head_options, min_valid_ms, progress)?;
        head.set_series_limits(options.series_limits.clone());
        head.account_chunks();
        let corruptions = AtomicU64::new(report.damage.len() as u64);
        damage.extend(report.damage.iter().cloned());
        for error in &damage {
            tracing::error!(%error, quarantine = %quarantine.display(), "damaged data set aside");
        }
        if report.unknown_series > 0 {
            let samples = report.unknown_series;
            tracing::warn!(samples, "samples in the log of series that it does not tell");
        }
        let clean_start = lock.as_ref().map_or(-1, |l| i8::from(!l.left_behind));
        let inner = Arc::new(Inner {
            dir,
            retention: Mutex::new(Retention {
                time_ms: options.retention_ms,
                bytes: options.retention_bytes,
                percentage: options.retention_percentage,
            }),
            tiers: ArcSwap::new(options.tiers.clone()),
            stale_threshold: Mutex::new(options.stale_series_threshold),
            log_counters: head.with_log(|log| log.counters()),
            options,
            head,
            blocks,
            room,
            lock: Mutex::new(lock),
            clean_start,
            read_from: report.read_from,
            image: Mutex::default(),
            found_at_start: damage.len() as u64,
            replay_time: started.elapsed(),
            compacting: Mutex::new(()),
            in_block_until: Mutex::new(None),
            late_in_blocks: Mutex::new(None),
            late_due: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            wake: (Mutex::new(false), Condvar::new()),
            closed: AtomicBool::new(false),
            counters: Counters { log_corruptions: corruptions, ..Counters::default() },
            aged: Mutex::default(),
            uncopied: Mutex::default(),
            ulid_seed: Seed::default(),
        });
        inner.begin_images()?;
        let maintenance = Mutex::new(inner.options.maintenance.then(|| spawn(&inner)).transpose()?);
        progress.finish();
        Ok(Db { inner, maintenance })
    }
}

fn check(options: &Options) -> Result<(), DbError> {
    let refuse = |reason: String| Err(DbError::Options { reason });
    if options.min_block_ms < 1 {
        return refuse(format!("shortest block of {} ms", options.min_block_ms));
    }
    if options.max_block_ms < options.min_block_ms {
        let (max, min) = (options.max_block_ms, options.min_block_ms);
        return refuse(format!("longest block of {max} ms is shorter than the shortest of {min} ms"));
    }
    if options.wal_segment_bytes < PAGE_BYTES || !options.wal_segment_bytes.is_multiple_of(PAGE_BYTES) {
        return refuse(format!(
            "log segments of {} bytes; pages have {PAGE_BYTES}",
            options.wal_segment_bytes
        ));
    }
    if options.samples_per_chunk < 4 {
        return refuse(format!("chunks of {} samples", options.samples_per_chunk));
    }
    Ok(())
}
