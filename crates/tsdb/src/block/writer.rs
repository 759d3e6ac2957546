//! A new block, from series in the order of their labels.

use model::Labels;

use super::meta::BlockMeta;
use super::{CHUNKS_DIR, TEMPORARY_SUFFIX};
use crate::chunks::{ChunkMeta, ChunkWriter, NewChunk, SEGMENT_BYTES};
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::index::{self, IndexWriter};
use crate::tombstones::Tombstones;

/// Writes a block into a directory with a temporary name, which [`BlockWriter::finish`] makes final. Dropped
/// before that, it removes the directory.
#[derive(Debug)]
pub struct BlockWriter {
    meta: BlockMeta,
    parent: DiskPath,
    index: IndexWriter,
    chunks: ChunkWriter,
    metas: Vec<ChunkMeta>,
    temporary: RemoveOnDrop,
}

impl BlockWriter {
    /// Starts a block of the database in `database`. `symbols` are all strings that will occur in labels, sorted, each once; of
    /// `meta` the figures are counted anew.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn create<'a>(
        database: impl Into<DiskPath>,
        meta: BlockMeta,
        symbols: impl IntoIterator<Item = &'a str>,
    ) -> Result<BlockWriter, FileError> {
        let parent = meta.home(&database.into())?;
        let dir = parent.join(format!("{}{TEMPORARY_SUFFIX}", meta.ulid));
        if dir.is_there() {
            dir.remove_dir_all()?;
        }
        dir.create_dir_all()?;
        let temporary = RemoveOnDrop(Some(dir.clone()));
        Ok(BlockWriter {
            meta: BlockMeta { stats: Default::default(), ..meta },
            parent,
            index: IndexWriter::create(dir.join(index::FILE_NAME), symbols)?,
            chunks: ChunkWriter::create(dir.join(CHUNKS_DIR), SEGMENT_BYTES)?,
            metas: Vec::new(),
            temporary,
        })
    }

    /// Writes a series and its chunks, which are in order and do not overlap. A series without chunks is left out.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Unwritable`] for anything out of order.
    pub fn add_series(&mut self, labels: &Labels, chunks: &[NewChunk<'_>]) -> Result<(), FileError> {
        if chunks.is_empty() {
            return Ok(());
        }
        self.metas.clear();
        let stats = &mut self.meta.stats;
        for chunk in chunks {
            let samples = u64::from(chunk.encoding.samples_in(chunk.data).unwrap_or(0));
            if chunk.encoding.is_float() {
                stats.num_float_samples += samples;
            } else {
                stats.num_histogram_samples += samples;
            }
            stats.num_samples += samples;
            stats.num_chunks += 1;
            self.metas.push(self.chunks.write(chunk)?);
        }
        stats.num_series += 1;
        self.index.add_series(labels, &self.metas)
    }

    /// Returns what the block will be.
    pub fn meta(&self) -> &BlockMeta {
        &self.meta
    }

    /// Returns the number of series so far.
    pub fn series(&self) -> u64 {
        self.meta.stats.num_series
    }

    /// Writes what is left, makes all of it durable and gives the directory its final name. A block without series is
    /// not kept: then there is no directory and `None` is returned.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn finish(self) -> Result<Option<BlockMeta>, FileError> {
        self.finish_checked(|_| Ok(()))
    }

    /// As [`BlockWriter::finish`], but the directory gets its final name only if `check`, which may read it, agrees.
    ///
    /// # Errors
    /// [`FileError`], and what `check` returns; no directory is left then.
    pub fn finish_checked<E: From<FileError>>(
        mut self,
        check: impl FnOnce(&DiskPath) -> Result<(), E>,
    ) -> Result<Option<BlockMeta>, E> {
        if self.meta.stats.num_series == 0 {
            return Ok(None);
        }
        let Some(dir) = self.temporary.0.clone() else { unreachable!("taken at the end only") };
        self.chunks.finish()?;
        self.index.finish()?;
        Tombstones::default().write(&dir)?;
        self.meta.write(&dir)?;
        dir.sync_dir()?;
        check(&dir)?;
        dir.rename_to(&self.parent.join(self.meta.ulid.to_string()))?;
        self.temporary.0 = None;
        self.parent.sync_dir()?;
        Ok(Some(self.meta))
    }
}

/// A directory that goes away unless it is kept.
#[derive(Debug)]
struct RemoveOnDrop(Option<DiskPath>);

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        if let Some(dir) = &self.0
            && let Err(error) = dir.remove_dir_all()
        {
            tracing::warn!(dir = %dir.display(), %error, "cannot remove unfinished block");
        }
    }
}
