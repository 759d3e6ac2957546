//! Chunks by reference, from mapped files.

use std::path::{Path, PathBuf};

use super::{ChunkRef, HEADER_BYTES, MAGIC, VERSION};
use crate::chunkenc::Encoding;
use crate::encoding::{Cursor, crc32c};
use crate::error::FileError;
use crate::mmap::Mmap;

/// Reads a block's chunks.
#[derive(Debug)]
pub struct ChunkReader {
    segments: Vec<Mmap>,
    dir: PathBuf,
}

impl ChunkReader {
    /// Maps all chunk files of a `chunks` directory and checks their headers.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(dir: &Path) -> Result<ChunkReader, FileError> {
        let segments = sequence_files(dir)?
            .iter()
            .map(|path| open_segment(path))
            .collect::<Result<Vec<_>, FileError>>()?;
        Ok(ChunkReader { segments, dir: dir.to_owned() })
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
            return Err(FileError::corrupt(&self.dir, 0, "chunk reference", files, chunk.segment()));
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

fn open_segment(path: &Path) -> Result<Mmap, FileError> {
    let segment = Mmap::open(path)?;
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

/// Returns the files of a directory whose names are numbers, in their order.
///
/// # Errors
/// [`FileError::Io`].
pub(crate) fn sequence_files(dir: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| FileError::io("list", dir, e))? {
        let entry = entry.map_err(|e| FileError::io("list", dir, e))?;
        if let Some(number) = entry.file_name().to_str().and_then(|name| name.parse::<u64>().ok()) {
            files.push((number, entry.path()));
        }
    }
    files.sort_unstable();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}
