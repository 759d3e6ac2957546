//! Reading late samples through a view, and joining them with the ordered ones.

use storage::{Samples, TimeRange};

use super::series::{LateChunk, LateSeries, append_list};
use crate::chunkenc;
use crate::db::{append, join, merge};
use crate::error::FileError;
use crate::head::chunk_files::Mapped;
use crate::head::isolation::ViewGuard;

/// What came late of one series within a range, copied under its page's lock.
#[derive(Debug)]
pub struct LateParts {
    chunks: Vec<LateChunk>,
    /// One for each list, in the order in which they came.
    lists: Vec<Samples>,
}

impl LateParts {
    /// Copies what a view may see.
    pub fn copy(series: &LateSeries, range: TimeRange, view: &ViewGuard) -> LateParts {
        LateParts::copy_if(series, range, |epoch| view.sees(epoch))
    }

    /// Copies what there is.
    pub fn copy_all(series: &LateSeries, range: TimeRange) -> LateParts {
        LateParts::copy_if(series, range, |_| true)
    }

    fn copy_if(series: &LateSeries, range: TimeRange, sees: impl Fn(u32) -> bool) -> LateParts {
        let inside = |c: &&LateChunk| TimeRange { min_ms: c.min_t, max_ms: c.max_t }.overlaps(range);
        let chunks = series.chunks.iter().filter(inside).copied().collect();
        let lists = series.lists().filter_map(|list| {
            let mut samples = Samples::default();
            append_list(list, range, |s| sees(s.epoch), &mut samples);
            (!samples.is_empty()).then_some(samples)
        });
        LateParts { chunks, lists: lists.collect() }
    }

    /// Keeps only chunks up to a place, and no lists.
    pub fn retain_chunks(&mut self, keep: impl FnMut(&LateChunk) -> bool) {
        self.chunks.retain(keep);
        self.lists.clear();
    }

    /// Decodes chunks and returns all samples within `range` as one ordered run.
    ///
    /// # Errors
    /// [`FileError::Corrupt`].
    pub fn samples(self, files: &Mapped, range: TimeRange) -> Result<Samples, FileError> {
        let mut parts = Vec::with_capacity(self.chunks.len() + self.lists.len());
        for chunk in &self.chunks {
            let found = files.chunk(chunk.place)?;
            let mut samples = Samples::default();
            chunkenc::decode(found.encoding, found.data, range, &mut samples).map_err(|e| {
                let path = std::path::Path::new("chunks_head");
                FileError::corrupt(path, 0, "head chunk", "samples", e)
            })?;
            parts.push(samples);
        }
        parts.extend(self.lists);
        Ok(merge(parts))
    }

    /// Joins the samples within `range` with the ordered ones, which stand in `out` from `start` on.
    ///
    /// # Errors
    /// [`FileError::Corrupt`].
    pub fn join_to(
        self,
        files: &Mapped,
        range: TimeRange,
        start: (usize, usize),
        out: &mut Samples,
    ) -> Result<(), FileError> {
        let next = (out.t.len(), out.histograms.len());
        append(out, self.samples(files, range)?);
        join(out, start, next);
        Ok(())
    }
}
