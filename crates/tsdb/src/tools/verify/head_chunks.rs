//! `chunks_head`: each chunk has its checksum, decodes, and fills the time that its header says.

use storage::{Samples, TimeRange};

use super::Verified;
use crate::chunkenc;
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::head::read_chunk_files;

/// Reads all files.
pub(super) fn verify(part: &mut Verified, dir: &DiskPath) {
    let mut samples = Samples::default();
    let read = read_chunk_files(dir, |file| match file {
        Err(error) => part.found(error),
        Ok((path, chunks)) => {
            part.counts.files += 1;
            for (at, chunk) in chunks {
                part.counts.chunks += 1;
                samples.clear();
                let decoded = chunkenc::decode(chunk.encoding, chunk.data, TimeRange::ALL, &mut samples);
                let wrong = |expected: String, found: String| {
                    FileError::corrupt(path.path(), *at, "head chunk", expected, found)
                };
                if let Err(error) = decoded {
                    part.found(wrong("samples".to_owned(), error.to_string()));
                    continue;
                }
                part.counts.samples += samples.len() as u64;
                let first = samples.t.first().or(samples.histograms.first().map(|(t, _)| t));
                let last = samples.t.last().or(samples.histograms.last().map(|(t, _)| t));
                if (first, last) != (Some(&chunk.min_t), Some(&chunk.max_t)) {
                    let expected = format!("samples from {} to {}", chunk.min_t, chunk.max_t);
                    part.found(wrong(expected, format!("{first:?} to {last:?}")));
                }
            }
        }
    });
    part.note(read);
}
