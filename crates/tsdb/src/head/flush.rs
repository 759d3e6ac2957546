//! Writing closed chunks to files, in batches, while samples keep coming.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::Head;
use super::chunk_files::{HeadChunk, Place};
use super::pages::Page;
use super::series::WaitingChunk;
use crate::error::FileError;

/// Chunks written at once; a page may add some more.
const BATCH_CHUNKS: usize = 16 << 10;

/// A chunk that is being written.
struct Moving {
    page: Arc<Page>,
    id: u32,
    place: Place,
    max_t: i64,
    chunk: WaitingChunk,
}

impl Head {
    /// Writes all chunks that wait and returns how many. Readers find them all the while.
    ///
    /// # Errors
    /// [`FileError`]; what was not written keeps waiting.
    pub fn write_waiting_chunks(&self) -> Result<usize, FileError> {
        let _one_at_a_time = self.flushing.lock();
        let mut written = 0;
        let mut moving = Vec::new();
        for (number, page) in self.pages.table().iter() {
            collect(number, page, &mut moving);
            if moving.len() >= BATCH_CHUNKS {
                written += self.move_to_files(&mut moving)?;
            }
        }
        written += self.move_to_files(&mut moving)?;
        Ok(written)
    }

    fn move_to_files(&self, moving: &mut Vec<Moving>) -> Result<usize, FileError> {
        let chunks: Vec<HeadChunk<'_>> = moving
            .iter()
            .map(|m| HeadChunk {
                series: u64::from(m.id),
                min_t: m.chunk.min_t,
                max_t: m.max_t,
                encoding: m.chunk.encoding,
                data: &m.chunk.bytes,
                out_of_order: false,
            })
            .collect();
        let places = self.files.write(&chunks)?;
        drop(chunks);
        let count = moving.len();
        for (moved, place) in moving.drain(..).zip(places) {
            let mut page = moved.page.write();
            let Some((series, waiting)) = page.get_mut(moved.id) else { continue };
            if let Some(closed) = series.closed.iter_mut().find(|c| c.place == moved.place) {
                closed.place = place;
            }
            if let Some(key) = moved.place.key() {
                waiting.remove(key);
            }
        }
        let waiting = &self.counters.waiting_chunks;
        // Chunks that were truncated while they waited were counted too.
        if waiting.fetch_update(Relaxed, Relaxed, |n| Some(n.saturating_sub(count))).is_err() {
            unreachable!("the update always yields a number");
        }
        Ok(count)
    }
}

fn collect(number: usize, page: &Arc<Page>, moving: &mut Vec<Moving>) {
    let locked = page.read();
    if locked.waiting.is_empty() {
        return;
    }
    for (id, series) in locked.iter(number) {
        for closed in &series.closed {
            if let Some(chunk) = closed.place.key().and_then(|key| locked.waiting.get(key)) {
                let chunk = chunk.clone();
                moving.push(Moving {
                    page: page.clone(),
                    id,
                    place: closed.place,
                    max_t: closed.max_t,
                    chunk,
                });
            }
        }
    }
}
