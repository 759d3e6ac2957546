//! Lists of late samples become chunks in `chunks_head/`.

use std::sync::Arc;

use storage::{Samples, TimeRange};

use super::log::HeldLog;
use super::series::{LateChunk, LateSeries, append_list};
use crate::db::{EncodedChunk, encode_samples};
use crate::error::FileError;
use crate::head::Head;
use crate::head::chunk_files::HeadChunk;
use crate::head::pages::Page;

/// Series whose lists are written at once.
const BATCH_SERIES: usize = 1024;

/// A series whose lists become chunks.
struct Moving {
    page: Arc<Page>,
    id: u32,
    chunks: Vec<EncodedChunk>,
}

impl Head {
    /// Writes the lists of all series that have a full one, and returns how many series those are. What a view that is
    /// open must not see yet stays in memory. Readers find everything all the while.
    ///
    /// # Errors
    /// [`FileError`]; what was not written stays in memory.
    pub fn write_late_lists(&self) -> Result<usize, FileError> {
        let mut written = 0;
        let mut due = Vec::new();
        for (number, page) in self.pages.table().iter() {
            let locked = page.read();
            let full =
                locked.iter(number).filter(|(_, s)| s.late.as_ref().is_some_and(|l| l.full_lists() > 0));
            due.extend(full.map(|(id, _)| (page.clone(), id)));
            drop(locked);
            if due.len() >= BATCH_SERIES {
                written += self.write_lists(&mut self.late.log.hold(), due.drain(..))?;
            }
        }
        written += self.write_lists(&mut self.late.log.hold(), due.drain(..))?;
        Ok(written)
    }

    /// Writes all lists that every view may see; tells whether any are left.
    pub(super) fn write_all_lists(&self, log: &mut HeldLog<'_>) -> Result<bool, FileError> {
        let mut due = Vec::new();
        for (number, page) in self.pages.table().iter() {
            let locked = page.read();
            let with_lists =
                locked.iter(number).filter(|(_, s)| s.late.as_ref().is_some_and(|l| l.has_lists()));
            due.extend(with_lists.map(|(id, _)| (page.clone(), id)));
        }
        let mut written = 0;
        for part in due.chunks(BATCH_SERIES) {
            written += self.write_lists(log, part.iter().cloned())?;
        }
        Ok(written < due.len())
    }

    fn write_lists(
        &self,
        log: &mut HeldLog<'_>,
        due: impl Iterator<Item = (Arc<Page>, u32)>,
    ) -> Result<usize, FileError> {
        // While the log is held no late sample comes, so what is copied here is what is replaced below.
        let mut moving = Vec::new();
        for (page, id) in due {
            let chunks = {
                let page = page.read();
                let Some(late) = page.get(id).and_then(|s| s.late.as_deref()) else { continue };
                if !late.lists().flatten().all(|s| self.views.all_see(s.epoch)) {
                    continue;
                }
                encode_lists(late)
            };
            moving.push(Moving { page, id, chunks });
        }
        if moving.is_empty() {
            return Ok(0);
        }
        let chunks: Vec<HeadChunk<'_>> =
            moving.iter().flat_map(|m| m.chunks.iter().map(|c| head_chunk(m.id, c))).collect();
        let places = self.files.write(&chunks)?;
        let mut found =
            chunks.iter().zip(places).map(|(c, place)| LateChunk { min_t: c.min_t, max_t: c.max_t, place });
        let placed: Vec<Vec<LateChunk>> =
            moving.iter().map(|m| found.by_ref().take(m.chunks.len()).collect()).collect();
        drop(found);
        // One record, so that it is read back whole or not at all.
        let ids = moving.iter().map(|m| u64::from(m.id));
        let markers = ids.zip(&placed).flat_map(|(id, placed)| placed.iter().map(move |c| (id, c.place)));
        log.write_markers(&markers.collect::<Vec<_>>())?;
        for (moved, chunks) in moving.iter().zip(placed) {
            let mut page = moved.page.write();
            if let Some(late) = page.get_mut(moved.id).and_then(|(s, _)| s.late.as_mut()) {
                late.replace_lists(chunks);
            }
        }
        Ok(moving.len())
    }
}

/// Encodes each list on its own, as its samples came together.
fn encode_lists(late: &LateSeries) -> Vec<EncodedChunk> {
    let mut chunks = Vec::new();
    for list in late.lists() {
        let mut samples = Samples::default();
        append_list(list, TimeRange::ALL, |_| true, &mut samples);
        chunks.extend(encode_samples(&samples));
    }
    chunks
}

fn head_chunk(id: u32, chunk: &EncodedChunk) -> HeadChunk<'_> {
    let new = chunk.as_new();
    HeadChunk {
        series: u64::from(id),
        min_t: new.min_ms,
        max_t: new.max_ms,
        encoding: new.encoding,
        data: new.data,
        out_of_order: true,
    }
}
