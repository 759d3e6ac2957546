//! Any bytes as a record of the log: an error, or contents that can be written again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{Exemplar, Metadata};
use storage::TimeRange;
use tsdb::wal::record::{HistogramSample, RecordSink, Sample, decode, encode};

#[derive(Default)]
struct Counter {
    samples: Vec<Sample>,
}

impl RecordSink for Counter {
    fn series(&mut self, _series: u64, _labels: &[(&str, &str)]) {}
    fn sample(&mut self, sample: Sample) {
        self.samples.push(sample);
    }
    fn histogram(&mut self, _sample: HistogramSample) {}
    fn tombstone(&mut self, _series: u64, _range: TimeRange) {}
    fn exemplar(&mut self, _series: u64, _exemplar: Exemplar) {}
    fn metadata(&mut self, _series: u64, _metadata: Metadata) {}
}

fuzz_target!(|record: &[u8]| {
    let mut first = Counter::default();
    if decode(record, &mut first).is_ok() {
        let mut again = Vec::new();
        encode::samples(&mut again, &first.samples);
        let mut second = Counter::default();
        decode(&again, &mut second).expect("what was encoded decodes");
        let bits = |c: &Counter| c.samples.iter().map(|s| (s.series, s.t, s.v.to_bits())).collect::<Vec<_>>();
        assert_eq!(bits(&first), bits(&second));
    }
});
