//! A log: every page, fragment and record can be read, and no segment is missing.

use hashbrown::HashSet;
use model::{Exemplar, Metadata};
use storage::TimeRange;

use super::{Counts, Verified};
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::wal::record::{self, HistogramSample, RecordSink, Sample};
use crate::wal::{CHECKPOINT_PREFIX, SegmentReader, all_segments, first_gap, last_checkpoint};

/// Reads all segments of a log.
pub(super) fn verify(part: &mut Verified, dir: &DiskPath) {
    let Some(segments) = part.note(all_segments(dir)) else { return };
    if let Some(Some(gap)) = part.note(first_gap(dir, &segments)) {
        part.found(gap.damage);
    }
    let name = dir.name();
    // Series that a checkpoint tells are not told again behind it. The log of out-of-order samples tells none.
    let mut sink = Sink { tells_series: name != "wbl", ..Sink::default() };
    if !name.starts_with(CHECKPOINT_PREFIX)
        && let Some(Some((_, checkpoint))) = part.note(last_checkpoint(dir))
    {
        let mut told = Verified::new(checkpoint.path(), part.kind);
        for segment in all_segments(&checkpoint).unwrap_or_default() {
            read(&mut told, &segment.path, &mut sink);
        }
        sink.counts = Counts::default();
    }
    for segment in segments {
        sink.counts.files += 1;
        read(part, &segment.path, &mut sink);
    }
    part.counts = sink.counts;
}

fn read(part: &mut Verified, path: &DiskPath, sink: &mut Sink) {
    let Some(mut reader) = part.note(SegmentReader::open(path)) else { return };
    loop {
        let start = reader.valid_end();
        match reader.next_record() {
            Ok(None) => return,
            Ok(Some(bytes)) => {
                sink.counts.records += 1;
                if let Err(error) = record::decode(bytes, sink) {
                    part.found(FileError::corrupt(path.path(), start, "record", "a whole record", error));
                }
            }
            Err(error) => {
                part.found(error);
                return;
            }
        }
    }
}

/// Counts what records hold.
#[derive(Debug, Default)]
struct Sink {
    counts: Counts,
    series: HashSet<u64>,
    tells_series: bool,
}

impl Sink {
    fn count_sample(&mut self, series: u64) {
        self.counts.samples += 1;
        if self.tells_series && !self.series.contains(&series) {
            self.counts.strays += 1;
        }
    }
}

impl RecordSink for Sink {
    fn series(&mut self, series: u64, _labels: &[(&str, &str)]) {
        if self.series.insert(series) {
            self.counts.series += 1;
        }
    }

    fn sample(&mut self, sample: Sample) {
        self.count_sample(sample.series);
    }

    fn histogram(&mut self, sample: HistogramSample) {
        self.count_sample(sample.series);
    }

    fn tombstone(&mut self, _series: u64, _range: TimeRange) {}

    fn exemplar(&mut self, _series: u64, _exemplar: Exemplar) {}

    fn metadata(&mut self, _series: u64, _metadata: Metadata) {}
}
