//! Checkpoints: what the head still needs of old segments.
//!
//! A checkpoint is written beside (`checkpoint.NNNNNNNN.tmp`), synced and renamed; only then may segments go. It keeps
//! the series that are alive, and samples, exemplars and deletions from `min_time_ms` on. As the original's
//! `wlog.Checkpoint`.

use std::collections::HashMap;

use model::{Exemplar, Metadata};
use storage::TimeRange;

use super::record::{HistogramSample, RecordSink, Sample, decode, encode};
use super::segments::{CHECKPOINT_PREFIX, checkpoints};
use super::{Log, SegmentReader, segments};
use crate::db::WalCompression;
use crate::disk::DiskPath;
use crate::error::FileError;

/// Records are written once this many bytes are waiting.
const FLUSH_BYTES: usize = 1 << 20;

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
}

/// Writes a checkpoint from the newest one and the segments behind it up to `last`.
///
/// # Errors
/// [`FileError`]: the old files are as before.
pub fn write(request: &Request<'_>) -> Result<(), FileError> {
    let dir = request.dir;
    let target = dir.join(format!("{CHECKPOINT_PREFIX}{:08}", request.last));
    let beside = target.with_suffix(".tmp");
    remove_unfinished(dir)?;
    let result = write_beside(request, &beside);
    if let Err(error) = result {
        if let Err(e) = beside.remove_dir_all() {
            tracing::warn!(error = %e, path = %beside.display(), "cannot remove an unfinished checkpoint");
        }
        return Err(error);
    }
    beside.rename_to(&target)?;
    dir.sync_dir()
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

fn write_beside(request: &Request<'_>, beside: &DiskPath) -> Result<(), FileError> {
    let mut log = Log::open(beside, request.segment_bytes, request.compression)?;
    let mut kept = Kept::new(request);
    let mut waiting = 0;
    for path in sources(request)? {
        let mut reader = SegmentReader::open(&path)?;
        while let Some(record) = reader.next_record()? {
            decode(record, &mut kept)
                .map_err(|e| FileError::corrupt(path.path(), 0, "record", "a decodable record", e))?;
            for record in kept.records() {
                log.push(&record)?;
                waiting += record.len();
            }
            if waiting > FLUSH_BYTES {
                log.flush()?;
                waiting = 0;
            }
        }
    }
    let mut record = Vec::new();
    encode::metadata(&mut record, kept.metadata.iter().map(|(series, m)| (*series, m)));
    log.push(&record)?;
    log.close()?;
    beside.sync_dir()
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
