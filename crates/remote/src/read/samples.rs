//! The whole answer: one message with all samples, compressed.

use storage::Samples;

use super::{ReadError, Request, Source};
use crate::put;

/// Returns the answer's body: a `ReadResponse`, compressed with snappy. More than `samples_max` samples for one query are
/// refused, so that an answer is not larger than memory; 0 for no bound.
///
/// # Errors
/// [`ReadError`].
pub fn samples(source: &Source<'_>, request: &Request, samples_max: u64) -> Result<Vec<u8>, ReadError> {
    let mut out = Vec::new();
    let mut samples = Samples::default();
    for query in &request.queries {
        let set = source.select(query)?;
        let mut left = if samples_max == 0 { u64::MAX } else { samples_max };
        let mut result = Vec::new();
        for i in 0..set.len() {
            source.cancel.check()?;
            samples.clear();
            set.read(i, query.range, &mut samples)?;
            if samples.is_empty() {
                continue;
            }
            left = left.checked_sub(samples.len() as u64).ok_or(ReadError::TooManySamples { samples_max })?;
            let labels = source.with_external(&set.labels(i));
            put::message(&mut result, 1, |out| {
                put::labels(out, 1, &labels);
                for (&t, &v) in samples.t.iter().zip(&samples.v) {
                    put::message(out, 2, |out| {
                        put::double(out, 1, v);
                        put::int(out, 2, t);
                    });
                }
                for (t, h) in &samples.histograms {
                    put::message(out, 4, |out| put::histogram(out, *t, h));
                }
            });
        }
        put::bytes(&mut out, 1, &result);
    }
    let compressed = snap::raw::Encoder::new().compress_vec(&out);
    compressed.map_err(|e| ReadError::Select(storage::SelectError::Storage(std::sync::Arc::new(e))))
}
