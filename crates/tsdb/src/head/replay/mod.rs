//! Reading the log back at start, while new samples come in.
//!
//! [`Recovery::begin`] opens a new segment behind those that are there; from then on an [`Intake`] takes samples.
//! [`Recovery::finish`] scans [`found`] chunk files, reads the old segments ([`log`]), then the new ones until it has caught
//! up with those who write them, and hands the log over to the head. One thread reads, checks and unpacks ([`ahead`]), one
//! decodes and leaves out what is there already ([`sort`]), and workers ([`fill`]), each with its own pages, fill series. Closed chunks come from `chunks_head/`, so only samples behind
//! them are decoded into chunks again.
//!
//! Where there is an image of the head ([`super::image`]), the log is read from where that was made.
//!
//! Invariants: 1. A sample that was taken is in the log, and whatever is in the log is in the head once it is read: nothing
//! is kept beside the log that could be lost or counted twice. 2. What the head holds never depends on what an intake
//! remembers, so a process that dies while reading starts again from the same log. 3. Memory does not grow with the log:
//! batches between threads are bounded.

mod ahead;
mod by_page;
mod fill;
mod found;
mod late;
mod log;
mod sort;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use storage::Budget;

use super::chunk_files::ChunkFiles;
use super::late::Late;
use super::{Head, HeadOptions, Intake, image};
use crate::db::{ReplayProgress, WalCompression};
use crate::disk::{DiskPath, Room};
use crate::error::FileError;
use crate::quarantine::set_aside;
use crate::wal::{Log, LogEnd, checkpoint, fill_gaps};
pub(super) use found::Found;

/// What was found at start.
#[derive(Debug, Default)]
pub struct ReplayReport {
    /// Samples read from the log.
    pub samples: u64,
    /// Samples of series that the log does not tell.
    pub unknown_series: u64,
    /// From where on the log was read, if an image stood for what is before.
    pub read_from: Option<LogEnd>,
    /// Damage that was repaired, in the order it was found.
    pub damage: Vec<FileError>,
}

/// Where a head and its log are.
#[derive(Clone, Debug)]
pub struct Directories {
    /// The log.
    pub wal: DiskPath,
    /// The log of samples that came late.
    pub wbl: DiskPath,
    /// Closed chunks.
    pub chunks_head: DiskPath,
    /// An image of what is in memory, see [`super::image`].
    pub image: DiskPath,
    /// Receives what is damaged.
    pub quarantine: DiskPath,
}

impl Directories {
    /// Returns those of a database.
    pub fn of(dir: impl Into<DiskPath>) -> Directories {
        let dir = dir.into();
        Directories {
            wal: dir.join("wal"),
            wbl: dir.join("wbl"),
            chunks_head: dir.join("chunks_head"),
            image: dir.join(image::FILE_NAME),
            quarantine: dir.join("quarantine"),
        }
    }
}

/// How the log is written after start.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Compression of records.
    pub compression: WalCompression,
    /// Size of segments.
    pub segment_bytes: usize,
    /// How much older than the newest sample one may be that comes while the log is read and is late; 0 refuses them.
    pub late_window_ms: i64,
}

/// Opens the head in `dir`. Samples before `min_valid_t` are in blocks and left out.
///
/// # Errors
/// [`FileError`]. Damage is repaired and reported, not returned.
pub fn open(
    dir: impl Into<DiskPath>,
    options: HeadOptions,
    log_options: LogOptions,
    min_valid_t: i64,
    progress: &ReplayProgress,
) -> Result<(Arc<Head>, ReplayReport), FileError> {
    let budget = options.budget.clone();
    Recovery::begin(Directories::of(dir), log_options, budget)?.finish(options, min_valid_t, progress)
}

/// A head whose log is not read yet, but which takes samples.
#[derive(Debug)]
pub struct Recovery {
    dirs: Directories,
    intake: Arc<Intake>,
    /// The segment that the intake began with: those before are of the past.
    first_new: u64,
    room: Arc<Room>,
    damage: Vec<FileError>,
    log_options: LogOptions,
}

impl Recovery {
    /// Starts a new segment behind those that are there. Takes no longer than listing a directory.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn begin(dirs: Directories, options: LogOptions, budget: Arc<Budget>) -> Result<Recovery, FileError> {
        dirs.wal.create_dir_all()?;
        checkpoint::remove_unfinished(&dirs.wal)?;
        let damage = fill_gaps(&dirs.wal)?;
        let mut log = Log::open(&dirs.wal, options.segment_bytes, options.compression)?;
        let room = Arc::new(Room::new(dirs.wal.clone()));
        log.watch(room.clone());
        let first_new = log.segment();
        let intake = Arc::new(Intake::new(log, budget, options.late_window_ms));
        Ok(Recovery { dirs, intake, first_new, room, damage, log_options: options })
    }

    /// Returns what takes samples until the head does, and passes them on to it from then on.
    pub fn intake(&self) -> Arc<Intake> {
        self.intake.clone()
    }

    /// Returns what knows whether there is room to write.
    pub fn room(&self) -> Arc<Room> {
        self.room.clone()
    }

    /// Reads the log. Samples before `min_valid_t` are in blocks and left out.
    ///
    /// # Errors
    /// [`FileError`]. Damage is repaired and reported, not returned.
    pub fn finish(
        mut self,
        options: HeadOptions,
        min_valid_t: i64,
        progress: &ReplayProgress,
    ) -> Result<(Arc<Head>, ReplayReport), FileError> {
        let mut report = ReplayReport { damage: std::mem::take(&mut self.damage), ..ReplayReport::default() };
        let mut with_image = true;
        let head = loop {
            match self.read_once(&options, min_valid_t, with_image, progress, &mut report)? {
                Attempt::Whole(head) => break head,
                Attempt::NoImage => {}
                Attempt::ChunksMissing => {
                    let path = self.dirs.chunks_head.path();
                    let expected = "all files from the first that the log needs";
                    let found = "none of the oldest chunks of some series";
                    report.damage.push(FileError::corrupt(path, 0, "head chunk files", expected, found));
                    for (_, file) in self.dirs.chunks_head.numbered_files()? {
                        set_aside(&file, &self.dirs.quarantine, &format!("chunks_head-{}", file.name()))?;
                    }
                }
            }
            with_image = false;
        };
        // Series whose samples are all in blocks.
        head.collect_empty(head.with_log(|log| log.segment()).unwrap_or(0));
        tracing::debug!(series = head.series(), oldest = head.min_t(), newest = head.max_t(), "head is read");
        Ok((head, report))
    }

    /// Reads all that there is into a new head, by the image if that is allowed and fits.
    fn read_once(
        &self,
        options: &HeadOptions,
        min_valid_t: i64,
        with_image: bool,
        progress: &ReplayProgress,
        report: &mut ReplayReport,
    ) -> Result<Attempt, FileError> {
        let (dirs, log) = (&self.dirs, &self.log_options);
        let mut found = Found::new(min_valid_t);
        let (files, damage) =
            ChunkFiles::open(&dirs.chunks_head, &dirs.quarantine, |chunk| found.add(chunk))?;
        report.damage.extend(damage);
        let late = Late::new(dirs.wbl.clone(), log.segment_bytes, log.compression, options.late_window_ms);
        let head = Arc::new(Head::new(options.clone(), files, dirs.wal.clone(), log.compression, late));
        head.min_valid_t.store(min_valid_t, Relaxed);
        head.truncated_t.store(min_valid_t, Relaxed);
        let restored = match with_image {
            false => None,
            true => match image::restore(&head, dirs, &mut found, self.first_new) {
                Ok(restored) => restored,
                Err(image::Refused::File(error)) => return Err(error),
                Err(image::Refused::Foreign(reason)) => {
                    tracing::info!(reason, "the image of the head is not used; all of the log is read");
                    return Ok(Attempt::NoImage);
                }
                Err(image::Refused::Damaged(error)) => {
                    set_aside(&dirs.image, &dirs.quarantine, image::FILE_NAME)?;
                    report.damage.push(error);
                    return Ok(Attempt::NoImage);
                }
            },
        };
        report.read_from = restored.as_ref().map(|r| r.from);
        let past = log::Past { found, restored, first_new: self.first_new };
        Ok(match log::read(&head, dirs, past, &self.intake, progress, report)? {
            log::Outcome::Whole => Attempt::Whole(head),
            log::Outcome::ChunksMissing => Attempt::ChunksMissing,
        })
    }
}

/// What an attempt to read everything came to.
enum Attempt {
    /// All is read.
    Whole(Arc<Head>),
    /// The image cannot be used.
    NoImage,
    /// Closed chunks lack samples that the log has.
    ChunksMissing,
}
