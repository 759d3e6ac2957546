//! Reading back what came late: chunks from `chunks_head/`, then the log from its beginning.
//!
//! A marker whose chunks were found says that all samples of its series before it are in chunks. Without its chunks, as
//! after damage, the samples stay. A chunk without a marker is one whose samples are in the log, or in a block: the log
//! is cut when blocks are made, `chunks_head/` only file by file. The log of ordered samples is read before, so all
//! series are known.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use hashbrown::{HashMap, HashSet};
use model::{Exemplar, Metadata};
use storage::TimeRange;

use super::series::{LateChunk, LateSample, LateSeries, LateValue};
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::head::Head;
use crate::head::chunk_files::Place;
use crate::wal::record::{HistogramSample, RecordSink, Sample, decode};
use crate::wal::{SegmentReader, cut, fill_gaps, segments};

/// What was found beside the samples.
#[derive(Debug, Default)]
pub struct LateReport {
    /// Damage that was repaired.
    pub damage: Vec<FileError>,
    /// Samples and chunks of series that the log of ordered samples does not tell.
    pub unknown_series: u64,
    /// The largest number of such a series.
    pub unknown_id: u32,
    /// Samples read.
    pub samples: u64,
}

/// Reads back late samples. `chunks` are those of `chunks_head/` by the log's number of their series; `id` returns
/// the head's number for one of the log.
///
/// # Errors
/// [`FileError::Io`]. Damage is repaired and reported.
pub fn read_back(
    head: &Head,
    chunks: HashMap<u64, Vec<LateChunk>>,
    id: impl Fn(u64) -> u32,
    quarantine: &DiskPath,
) -> Result<LateReport, FileError> {
    let mut replay = Replay { head, id: &id, marked: HashSet::new(), report: LateReport::default() };
    for (series, chunks) in chunks {
        replay.attach(series, chunks);
    }
    let dir = head.late.log.dir();
    let mut has_log = false;
    if dir.is_there() {
        replay.report.damage.extend(fill_gaps(dir)?);
        let all = segments(dir)?;
        let newest = all.last().map(|s| s.number);
        for segment in all {
            has_log = true;
            // Damage costs what stands behind it in its segment.
            if let Err(error) = replay.read_segment(&segment.path) {
                let FileError::Corrupt(damage) = &error else { return Err(error) };
                cut(&segment.path, damage, newest == Some(segment.number), quarantine)?;
                replay.report.damage.push(error);
            }
        }
    }
    head.late.counters.unknown_series.fetch_add(replay.report.unknown_series, Relaxed);
    // Where part of the log is lost, markers are: then all chunks stay, and some samples may be found twice.
    let trusted = has_log && replay.report.damage.is_empty();
    replay.finish(trusted);
    Ok(replay.report)
}

struct Replay<'a> {
    head: &'a Head,
    id: &'a dyn Fn(u64) -> u32,
    /// Places of chunks that the log tells of.
    marked: HashSet<Place>,
    report: LateReport,
}

impl Replay<'_> {
    fn read_segment(&mut self, path: &DiskPath) -> Result<(), FileError> {
        let mut records = SegmentReader::open(path)?;
        loop {
            let start = records.valid_end();
            let Some(record) = records.next_record()? else { return Ok(()) };
            decode(record, self)
                .map_err(|e| FileError::corrupt(path.path(), start, "record", "a decodable record", e))?;
        }
    }

    /// Runs `f` with what came late of a series. Notes the series if there is none.
    fn with_late(&mut self, series: u64, f: impl FnOnce(&mut LateSeries)) {
        let id = (self.id)(series);
        let table = self.head.pages.table();
        let found = crate::head::pages::page_of(&table, id).and_then(|page| {
            let mut page = page.write();
            let (series, _) = page.get_mut(id)?;
            f(series.late.get_or_insert_with(Box::default));
            Some(())
        });
        if found.is_none() {
            self.report.unknown_series += 1;
            self.report.unknown_id = self.report.unknown_id.max(id);
        }
    }

    fn attach(&mut self, series: u64, chunks: Vec<LateChunk>) {
        self.with_late(series, |late| {
            late.chunks.extend(chunks);
            // A series that was known by two numbers has chunks under both.
            late.chunks.sort_by_key(|c| c.place);
        });
    }

    fn insert(&mut self, series: u64, start_ms: i64, t: i64, value: LateValue) {
        self.report.samples += 1;
        // Views are not there yet: any epoch is one that all of them see.
        let epoch = self.head.views.before_now();
        self.with_late(series, |late| {
            late.insert(LateSample { t, start_ms, value, epoch });
        });
    }

    /// Drops chunks without a marker if the log is whole, notes the times of what is left, and forgets what is empty.
    fn finish(&self, trusted: bool) {
        for (_, page) in self.head.pages.table().iter() {
            for series in page.write().series_mut() {
                let Some(late) = &mut series.late else { continue };
                if trusted {
                    late.chunks.retain(|c| self.marked.contains(&c.place));
                }
                match late.times() {
                    Some((min_t, max_t)) => self.head.late.widen(min_t, max_t),
                    None => series.late = None,
                }
            }
        }
    }
}

impl RecordSink for Replay<'_> {
    fn sample(&mut self, s: Sample) {
        self.insert(s.series, s.start_ms, s.t, LateValue::Float(s.v));
    }

    fn histogram(&mut self, s: HistogramSample) {
        self.insert(s.series, s.start_ms, s.t, LateValue::Histogram(Arc::new(s.h)));
    }

    fn chunk_markers(&mut self, markers: &[(u64, u64)]) {
        let mut rest = markers;
        while let Some((series, _)) = rest.first() {
            let count = rest.iter().take_while(|(s, _)| s == series).count();
            let (mine, others) = rest.split_at(count);
            rest = others;
            let places: Vec<Place> = mine.iter().map(|(_, place)| Place::from_number(*place)).collect();
            self.with_late(*series, |late| {
                if places.iter().all(|place| late.chunks.iter().any(|c| c.place == *place)) {
                    late.forget_lists();
                }
            });
            self.marked.extend(places);
        }
    }

    // What follows is not written to this log.
    fn series(&mut self, _: u64, _: &[(&str, &str)]) {}
    fn tombstone(&mut self, _: u64, _: TimeRange) {}
    fn exemplar(&mut self, _: u64, _: Exemplar) {}
    fn metadata(&mut self, _: u64, _: Metadata) {}
}
