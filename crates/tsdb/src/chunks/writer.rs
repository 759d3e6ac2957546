//! Chunks one after another into files.

use super::{ChunkMeta, ChunkRef, HEADER_BYTES, LENGTH_BYTES_MAX, MAGIC, SEGMENT_BYTES, VERSION};
use crate::chunkenc::Encoding;
use crate::disk::{DiskPath, Sequential};
use crate::encoding::{crc32c, put_uvarint};
use crate::error::FileError;

/// Bytes gathered before a write.
const BUFFER_BYTES: usize = 1 << 20;

/// A chunk to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewChunk<'a> {
    /// How its data are encoded.
    pub encoding: Encoding,
    /// The data.
    pub data: &'a [u8],
    /// Time of the first sample.
    pub min_ms: i64,
    /// Time of the last sample.
    pub max_ms: i64,
}

/// Writes a block's chunk files.
#[derive(Debug)]
pub struct ChunkWriter {
    dir: DiskPath,
    segment_bytes: u64,
    /// The file being written.
    file: Option<Sequential>,
    segments: u32,
    offset: u64,
    scratch: Vec<u8>,
}

impl ChunkWriter {
    /// Creates the directory. Files are cut near `segment_bytes`, at most [`SEGMENT_BYTES`].
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn create(dir: impl Into<DiskPath>, segment_bytes: u64) -> Result<ChunkWriter, FileError> {
        let dir = dir.into();
        dir.create_dir_all()?;
        Ok(ChunkWriter {
            dir,
            segment_bytes: segment_bytes.min(SEGMENT_BYTES),
            file: None,
            segments: 0,
            offset: 0,
            scratch: Vec::new(),
        })
    }

    /// Writes a chunk and returns where it stands.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Unwritable`] for a chunk of 4 GiB or more.
    pub fn write(&mut self, chunk: &NewChunk<'_>) -> Result<ChunkMeta, FileError> {
        let space = (LENGTH_BYTES_MAX + 1 + chunk.data.len() + 4) as u64;
        if self.file.is_none()
            || self.offset > HEADER_BYTES as u64 && self.offset + space > self.segment_bytes
        {
            self.cut()?;
        }
        let Some(file) = &mut self.file else { unreachable!("cut opens a file") };
        let (Ok(offset), Ok(length)) = (u32::try_from(self.offset), u32::try_from(chunk.data.len())) else {
            let reason = format!("chunk of {} bytes at offset {}", chunk.data.len(), self.offset);
            return Err(FileError::Unwritable { path: file.path().path().to_owned(), reason });
        };
        self.scratch.clear();
        put_uvarint(&mut self.scratch, u64::from(length));
        let body = self.scratch.len();
        self.scratch.push(chunk.encoding as u8);
        self.scratch.extend_from_slice(chunk.data);
        let sum = crc32c(&self.scratch[body..]);
        self.scratch.extend_from_slice(&sum.to_be_bytes());
        file.write(&self.scratch)?;
        self.offset += self.scratch.len() as u64;
        let chunk_ref = ChunkRef::new(self.segments - 1, offset);
        Ok(ChunkMeta { chunk: chunk_ref, min_ms: chunk.min_ms, max_ms: chunk.max_ms })
    }

    /// Makes the files durable.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn finish(mut self) -> Result<(), FileError> {
        self.finish_file()?;
        self.dir.sync_dir()
    }

    fn finish_file(&mut self) -> Result<(), FileError> {
        self.file.take().map_or(Ok(()), |mut file| file.sync())
    }

    fn cut(&mut self) -> Result<(), FileError> {
        self.finish_file()?;
        self.segments += 1;
        let file = self.dir.join(format!("{:06}", self.segments)).create_new()?;
        let mut file = file.sequential(BUFFER_BYTES);
        let [a, b, c, d] = MAGIC;
        file.write(&[a, b, c, d, VERSION, 0, 0, 0])?;
        self.file = Some(file);
        self.offset = HEADER_BYTES as u64;
        Ok(())
    }
}
