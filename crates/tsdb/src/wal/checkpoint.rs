//! Checkpoints: what the head still needs of old segments.
//!
//! A checkpoint is written beside (`checkpoint.NNNNNNNN.tmp`), synced and renamed; only then may segments go. It keeps
//! the series that are alive, and samples, exemplars and deletions from `min_time_ms` on. As the original's
//! `wlog.Checkpoint`.

use std::collections::HashMap;

use model::{Exemplar, Labels, Metadata};
use storage::TimeRange;

use super::record::{HistogramSample, RecordSink, Sample, decode, encode};
use super::segments::{CHECKPOINT_PREFIX, checkpoints};
use super::{Log, SegmentReader, segments};
use crate::db::WalCompression;
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::quarantine::copy_aside;

/// Records are written once this many bytes are waiting.
const FLUSH_BYTES: usize = 1 << 20;

/// Takes a series' number in the log and its labels.
pub type SeriesVisitor<'a> = dyn FnMut(u64, &Labels) + 'a;

/// What a checkpoint is made of.
pub struct Request<'a> {
    /// The directory of the log.
    pub dir: &'a DiskPath,
    /// The last segment that goes into it.
    pub last: u64,
    /// Older samples are left out.
    pub min_time_ms: i64,
    /// Tells whether a series must stay, by its number in the log.
    pub keep: &'a dyn Fn(u64) -> bool,
    /// Compression of its records.
    pub compression: WalCompression,
    /// Size of its segments.
    pub segment_bytes: usize,
    /// Hands out all living series by number, for what damaged files do not tell any more.
    pub living: &'a dyn Fn(&mut SeriesVisitor<'_>),
    /// Receives copies of damaged files.
    pub quarantine: &'a DiskPath,
}

/// Writes a checkpoint from the newest one and the segments behind it up to `last`. A damaged file ends where it is damaged;
/// it is copied to quarantine, and series that it may have told are written anew. Returns such damage.
///
/// # Errors
/// [`FileError`]: the old files are as before.
pub fn write(request: &Request<'_>) -> Result<Vec<FileError>, FileError> {
    let dir = request.dir;
    let target = dir.join(format!("{CHECKPOINT_PREFIX}{:08}", request.last));
    let beside = target.with_suffix(".tmp");
    remove_unfinished(dir)?;
    let damage = write_beside(request, &beside).inspect_err(|_| {
        if let Err(e) = beside.remove_dir_all() {
            tracing::warn!(error = %e, path = %beside.display(), "cannot remove an unfinished checkpoint");
        }
    })?;
    beside.rename_to(&target)?;
    dir.sync_dir()?;
    Ok(damage)
}

/// Removes checkpoints that a crash left unfinished.
pub fn remove_unfinished(dir: &DiskPath) -> Result<(), FileError> {
    for entry in dir.list()? {
        if entry.name.starts_with(CHECKPOINT_PREFIX) && entry.name.ends_with(".tmp") {
            dir.join(entry.name).remove_dir_all()?;
        }
    }
    Ok(())
}

/// Deletes the checkpoints below number `last` and the segments up to it.
///
/// # Errors
/// [`FileError::Io`].
pub fn delete_before(dir: &DiskPath, last: u64) -> Result<(), FileError> {
    for segment in segments(dir)?.into_iter().filter(|s| s.number <= last) {
        segment.path.remove_file()?;
    }
    for (_, path) in checkpoints(dir)?.into_iter().filter(|(number, _)| *number < last) {
        path.remove_dir_all()?;
    }
    Ok(())
}

fn write_beside(request: &Request<'_>, beside: &DiskPath) -> Result<Vec<FileError>, FileError> {
    let mut log = Log::open(beside, request.segment_bytes, request.compression)?;
    let mut kept = Kept::new(request);
    let mut damage = Vec::new();
    for path in sources(request)? {
        if let Err(error) = keep_from(&path, &mut kept, &mut log) {
            if !error.is_corruption() {
                return Err(error);
            }
            copy_aside(&path, request.quarantine)?;
            damage.push(error);
            // What comes next may be about series of which only the lost part told.
            (request.living)(&mut |series, labels| {
                let pairs: Vec<(&str, &str)> = labels.iter().collect();
                kept.series(series, &pairs);
            });
            kept.write_to(&mut log)?;
            log.flush()?;
        }
    }
    let mut record = Vec::new();
    encode::metadata(&mut record, kept.metadata.iter().map(|(series, m)| (*series, m)));
    log.push(&record)?;
    log.close()?;
    beside.sync_dir()?;
    Ok(damage)
}

/// Writes what stays of one file.
fn keep_from(path: &DiskPath, kept: &mut Kept<'_>, log: &mut Log) -> Result<(), FileError> {
    let mut reader = SegmentReader::open(path)?;
    let mut waiting = 0;
    loop {
        let start = reader.valid_end();
        let Some(record) = reader.next_record()? else { return log.flush() };
        let decoded = decode(record, kept);
        waiting += kept.write_to(log)?;
        decoded.map_err(|e| FileError::corrupt(path.path(), start, "record", "a decodable record", e))?;
        if waiting > FLUSH_BYTES {
            log.flush()?;
            waiting = 0;
        }
    }
}

/// Returns the files to read, in order.
fn sources(request: &Request<'_>) -> Result<Vec<DiskPath>, FileError> {
    let mut paths = Vec::new();
    let mut from = 0;
    if let Some((number, dir)) = super::last_checkpoint(request.dir)? {
        paths.extend(segments(&dir)?.into_iter().map(|s| s.path));
        from = number + 1;
    }
    let wanted = |number: u64| (from..=request.last).contains(&number);
    paths.extend(segments(request.dir)?.into_iter().filter(|s| wanted(s.number)).map(|s| s.path));
    Ok(paths)
}

/// What stays of one record, and the newest metadata of all.
struct Kept<'a> {
    request: &'a Request<'a>,
    series: Vec<u8>,
    samples: Vec<Sample>,
    histograms: Vec<HistogramSample>,
    stones: Vec<(u64, TimeRange)>,
    exemplars: Vec<(u64, Exemplar)>,
    metadata: HashMap<u64, Metadata>,
}

impl<'a> Kept<'a> {
    fn new(request: &'a Request<'a>) -> Kept<'a> {
        Kept {
            request,
            series: Vec::new(),
            samples: Vec::new(),
            histograms: Vec::new(),
            stones: Vec::new(),
            exemplars: Vec::new(),
            metadata: HashMap::new(),
        }
    }

    /// Writes what stays of the last record, as records. Returns how many bytes these have.
    fn write_to(&mut self, log: &mut Log) -> Result<usize, FileError> {
        let mut bytes = 0;
        for record in self.records() {
            log.push(&record)?;
            bytes += record.len();
        }
        Ok(bytes)
    }

    /// Takes what stays of the last record, as records.
    fn records(&mut self) -> Vec<Vec<u8>> {
        let mut records = vec![std::mem::take(&mut self.series)];
        let mut add = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut record = Vec::new();
            write(&mut record);
            records.push(record);
        };
        add(&|r| encode::samples(r, &self.samples));
        if !self.histograms.is_empty() {
            for kind in encode::HISTOGRAM_KINDS {
                add(&|r| encode::histograms(r, kind, &self.histograms));
            }
        }
        add(&|r| encode::tombstones(r, &self.stones));
        add(&|r| encode::exemplars(r, self.exemplars.iter().map(|(s, e)| (*s, e))));
        self.samples.clear();
        self.histograms.clear();
        self.stones.clear();
        self.exemplars.clear();
        records
    }
}

impl RecordSink for Kept<'_> {
    fn series(&mut self, series: u64, labels: &[(&str, &str)]) {
        if (self.request.keep)(series) {
            if self.series.is_empty() {
                encode::series_head(&mut self.series);
            }
            encode::series_entry(&mut self.series, series, labels.len(), labels.iter().copied());
        }
    }

    fn sample(&mut self, sample: Sample) {
        if sample.t >= self.request.min_time_ms {
            self.samples.push(sample);
        }
    }

    fn histogram(&mut self, sample: HistogramSample) {
        if sample.t >= self.request.min_time_ms {
            self.histograms.push(sample);
        }
    }

    fn tombstone(&mut self, series: u64, range: TimeRange) {
        if range.max_ms >= self.request.min_time_ms && (self.request.keep)(series) {
            self.stones.push((series, range));
        }
    }

    fn exemplar(&mut self, series: u64, exemplar: Exemplar) {
        if exemplar.timestamp_ms.unwrap_or(0) >= self.request.min_time_ms {
            self.exemplars.push((series, exemplar));
        }
    }

    fn metadata(&mut self, series: u64, metadata: Metadata) {
        if (self.request.keep)(series) {
            self.metadata.insert(series, metadata);
        }
    }
}
