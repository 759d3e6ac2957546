//! A block on disk.

use std::sync::Arc;

use model::{Labels, Matcher};
use parking_lot::RwLock;
use storage::{Cancel, LabelQuery, SelectError, SelectRequest, TimeRange};

use super::CHUNKS_DIR;
use super::damage::Damage;
use super::meta::BlockMeta;
use super::series::BlockSeries;
use crate::chunks::{ChunkMeta, ChunkReader};
use crate::disk::DiskPath;
use crate::error::FileError;
use crate::index::{self, IndexReader};
use crate::select;
use crate::tombstones::Tombstones;

/// An open block. Its files stay readable for as long as it lives, even when its directory is removed meanwhile.
#[derive(Debug)]
pub struct Block {
    dir: DiskPath,
    index: IndexReader,
    chunks: ChunkReader,
    state: RwLock<State>,
    damage: Damage,
}

/// What deleting changes.
#[derive(Debug)]
struct State {
    meta: BlockMeta,
    meta_bytes: u64,
    tombstones: Arc<Tombstones>,
    tombstone_bytes: u64,
}

impl Block {
    /// Opens a block's directory. The index's symbols and tables are checked, chunks only when they are read.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(dir: impl Into<DiskPath>) -> Result<Block, FileError> {
        let dir = dir.into();
        let (meta, meta_bytes) = BlockMeta::read(&dir)?;
        let chunks = ChunkReader::open(dir.join(CHUNKS_DIR))?;
        let index = IndexReader::open(dir.join(index::FILE_NAME))?;
        let (tombstones, tombstone_bytes) = Tombstones::read(&dir)?;
        let state = State { meta, meta_bytes, tombstones: Arc::new(tombstones), tombstone_bytes };
        Ok(Block { dir, index, chunks, state: RwLock::new(state), damage: Damage::default() })
    }

    /// Returns the directory.
    pub fn dir(&self) -> &DiskPath {
        &self.dir
    }

    /// Returns the description.
    pub fn meta(&self) -> BlockMeta {
        self.state.read().meta.clone()
    }

    /// Tells whether the block has buckets that stand beside samples.
    pub fn is_beside_samples(&self) -> bool {
        self.state.read().meta.beside().is_some()
    }

    /// Returns the size of all files.
    pub fn bytes(&self) -> u64 {
        let state = self.state.read();
        self.index.bytes() + self.chunks.bytes() + state.meta_bytes + state.tombstone_bytes
    }

    /// Returns the index.
    pub fn index(&self) -> &IndexReader {
        &self.index
    }

    /// Returns the chunks.
    pub fn chunks(&self) -> &ChunkReader {
        &self.chunks
    }

    /// Returns which chunks are known to be damaged.
    pub fn damage(&self) -> &Damage {
        &self.damage
    }

    /// Returns what is deleted at the moment.
    pub fn tombstones(&self) -> Arc<Tombstones> {
        self.state.read().tombstones.clone()
    }

    /// Tells whether the block may have samples in a range.
    pub fn overlaps(&self, range: TimeRange) -> bool {
        self.state.read().meta.overlaps(range)
    }

    /// Finds series with samples near the request's range. They are sorted by their (projected) labels if the
    /// request asks for it, by their full labels otherwise. `limit` is not applied.
    ///
    /// # Errors
    /// [`SelectError`].
    pub fn select(self: &Arc<Block>, request: &SelectRequest<'_>) -> Result<BlockSeries, SelectError> {
        let found = select::series_matching(&self.index, request.matchers, &request.cancel)?;
        BlockSeries::gather(self.clone(), &found, request)
    }

    /// Returns all series with their chunks, in the order of their labels.
    pub fn series(&self) -> impl Iterator<Item = Result<(u32, Labels, Vec<ChunkMeta>), SelectError>> + '_ {
        use crate::select::IndexRead;
        let (all, failure) = match self.index.all_postings() {
            Ok(all) => (all.into_vec(), None),
            Err(e) => (Vec::new(), Some(Err(e))),
        };
        let read = |series| {
            let mut chunks = Vec::new();
            self.index.chunks(series, &mut chunks)?;
            Ok((series, self.index.labels(series)?, chunks))
        };
        failure.into_iter().chain(all.into_iter().map(read))
    }

    /// Returns the label names of series that pass one of the query's matcher sets, sorted. The query's range and limit
    /// are not applied.
    ///
    /// # Errors
    /// [`SelectError`].
    pub fn label_names(&self, query: &LabelQuery<'_>, cancel: &Cancel) -> Result<Vec<String>, SelectError> {
        self.any_set(query, |matchers| select::label_names(&self.index, matchers, cancel))
    }

    /// Returns the values of a label among series that pass one of the query's matcher sets, sorted. The query's range
    /// and limit are not applied.
    ///
    /// # Errors
    /// [`SelectError`].
    pub fn label_values(
        &self,
        name: &str,
        query: &LabelQuery<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<String>, SelectError> {
        self.any_set(query, |matchers| select::label_values(&self.index, name, matchers, cancel))
    }

    fn any_set(
        &self,
        query: &LabelQuery<'_>,
        find: impl Fn(&[Matcher]) -> Result<Vec<String>, SelectError>,
    ) -> Result<Vec<String>, SelectError> {
        let [first, rest @ ..] = query.matcher_sets else { return find(&[]) };
        let mut found = find(first)?;
        for matchers in rest {
            found.extend(find(matchers)?);
        }
        if !rest.is_empty() {
            found.sort_unstable();
            found.dedup();
        }
        Ok(found)
    }

    /// Deletes the samples in a range of series that pass one of the matcher sets: they are not read any more, and
    /// the next compaction leaves them out.
    ///
    /// # Errors
    /// [`SelectError::Storage`]; then nothing is deleted.
    pub fn delete(&self, range: TimeRange, matcher_sets: &[Vec<Matcher>]) -> Result<(), SelectError> {
        let mut state = self.state.write();
        let mut tombstones = (*state.tombstones).clone();
        let mut chunks = Vec::new();
        for matchers in matcher_sets {
            for series in select::series_matching(&self.index, matchers, &Cancel::default())? {
                chunks.clear();
                if self.index.leaves_out(series) {
                    continue;
                }
                self.index.chunks(series, &mut chunks)?;
                let touched = chunks.iter().any(|c| c.min_ms <= range.max_ms && range.min_ms <= c.max_ms);
                if let (true, Some(first), Some(last)) = (touched, chunks.first(), chunks.last()) {
                    let (min_ms, max_ms) = (range.min_ms.max(first.min_ms), range.max_ms.min(last.max_ms));
                    tombstones.add(u64::from(series), TimeRange { min_ms, max_ms });
                }
            }
        }
        if tombstones == *state.tombstones {
            return Ok(());
        }
        state.tombstone_bytes = tombstones.write(&self.dir)?;
        state.meta.stats.num_tombstones = tombstones.total();
        state.tombstones = Arc::new(tombstones);
        state.meta_bytes = state.meta.write(&self.dir)?;
        Ok(())
    }

    /// Notes that compacting this block failed, so that it is left alone from now on.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn mark_failed(&self) -> Result<(), FileError> {
        let mut state = self.state.write();
        state.meta.compaction.failed = true;
        state.meta_bytes = state.meta.write(&self.dir)?;
        Ok(())
    }

    /// Notes of buckets beside samples that the samples are gone.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn mark_alone(&self) -> Result<(), FileError> {
        let mut state = self.state.write();
        let Some(beside) = state.meta.own.as_mut().and_then(|own| own.beside.as_mut()) else { return Ok(()) };
        beside.alone = true;
        state.meta_bytes = state.meta.write(&self.dir)?;
        Ok(())
    }

    /// Makes a copy below `parent`, which is on the same disk, by hard links, as snapshots need it.
    ///
    /// # Errors
    /// [`FileError::Io`], also if `parent` is on another file system.
    pub fn link_to(&self, parent: &DiskPath) -> Result<(), FileError> {
        let state = self.state.read(); // no deletion meanwhile
        let copy = state.meta.home(parent)?.join(state.meta.ulid.to_string());
        let (from_chunks, to_chunks) = (self.dir.join(CHUNKS_DIR), copy.join(CHUNKS_DIR));
        to_chunks.create_dir_all()?;
        for (from, to) in [(&self.dir, &copy), (&from_chunks, &to_chunks)] {
            for entry in from.list()?.into_iter().filter(|e| !e.is_dir) {
                from.join(&entry.name).link_to(&to.join(&entry.name))?;
            }
        }
        Ok(())
    }
}
