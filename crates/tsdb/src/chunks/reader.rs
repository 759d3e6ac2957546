//! Chunks by reference, from mapped files.

use super::{ChunkRef, HEADER_BYTES, MAGIC, VERSION};
use crate::chunkenc::Encoding;
use crate::disk::{DiskPath, FileBytes};
use crate::encoding::{Cursor, crc32c};
use crate::error::FileError;

/// Reads a block's chunks.
#[derive(Debug)]
pub struct ChunkReader {
    segments: Vec<FileBytes>,
    dir: DiskPath,
}

impl ChunkReader {
    /// Maps all chunk files of a `chunks` directory and checks their headers.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(dir: impl Into<DiskPath>) -> Result<ChunkReader, FileError> {
        let dir = dir.into();
        let segments = dir
            .numbered_files()?
            .iter()
            .map(|(_, path)| open_segment(path))
            .collect::<Result<Vec<_>, FileError>>()?;
        Ok(ChunkReader { segments, dir })
    }

    /// Returns the size of all files.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|s| s.len() as u64).sum()
    }

    /// Returns a chunk's encoding and data. Its checksum is verified.
    ///
    /// # Errors
    /// [`FileError::Corrupt`].
    pub fn chunk(&self, chunk: ChunkRef) -> Result<(Encoding, &[u8]), FileError> {
        let Some(segment) = self.segments.get(chunk.segment()) else {
            let files = format!("a file number below {}", self.segments.len());
            return Err(FileError::corrupt(self.dir.path(), 0, "chunk reference", files, chunk.segment()));
        };
        let offset = chunk.offset();
        let corrupt = |expected: String, found: String| {
            FileError::corrupt(segment.path(), offset as u64, "chunk", expected, found)
        };
        let mut cursor = Cursor::at(segment, offset);
        let (Some(length), true) = (cursor.uvarint32(), offset >= HEADER_BYTES) else {
            return Err(corrupt("a length of data".to_owned(), "none".to_owned()));
        };
        let body = cursor.bytes(1 + length as usize);
        let (Some(body), Some(sum)) = (body, cursor.be32()) else {
            let left = segment.len().saturating_sub(offset);
            return Err(corrupt(format!("{length} bytes of data"), format!("{left} bytes up to the end")));
        };
        let computed = crc32c(body);
        if sum != computed {
            return Err(corrupt(format!("checksum {sum:08x}"), format!("{computed:08x}")));
        }
        let encoding =
            Encoding::from_u8(body[0]).map_err(|e| corrupt("a known encoding".to_owned(), e.to_string()))?;
        Ok((encoding, &body[1..]))
    }
}

fn open_segment(path: &DiskPath) -> Result<FileBytes, FileError> {
    let segment = path.bytes()?;
    let path = path.path();
    match segment.first_chunk::<HEADER_BYTES>() {
        Some([a, b, c, d, VERSION, ..]) if [*a, *b, *c, *d] == MAGIC => Ok(segment),
        Some(header) => {
            let (expected, found) =
                (format!("{MAGIC:02x?}, version {VERSION}"), format!("{:02x?}", &header[..5]));
            Err(FileError::corrupt(path, 0, "chunk file header", expected, found))
        }
        None => {
            let (expected, found) = (format!("{HEADER_BYTES} bytes"), segment.len());
            Err(FileError::corrupt(path, 0, "chunk file header", expected, found))
        }
    }
}
