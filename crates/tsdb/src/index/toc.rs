//! The table of contents at the end of the file, and the parts it points to.

use std::path::Path;

use crate::encoding::{Cursor, crc32c};
use crate::error::FileError;

/// Bytes of the table of contents: six offsets and a checksum.
pub(super) const TOC_BYTES: usize = 6 * 8 + 4;

/// Offsets of the parts. 0 means that there is no such part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Toc {
    pub(super) symbols: u64,
    pub(super) series: u64,
    pub(super) label_indices: u64,
    pub(super) label_indices_table: u64,
    pub(super) postings: u64,
    pub(super) postings_table: u64,
}

impl Toc {
    pub(super) fn read(path: &Path, file: &[u8]) -> Result<Toc, FileError> {
        let start = file.len().saturating_sub(TOC_BYTES);
        let what = "table of contents";
        let Some((toc, sum)) =
            file[start..].split_last_chunk::<4>().filter(|(toc, _)| toc.len() == TOC_BYTES - 4)
        else {
            return Err(FileError::corrupt(path, 0, what, format!("{TOC_BYTES} bytes"), file.len()));
        };
        let (sum, computed) = (u32::from_be_bytes(*sum), crc32c(toc));
        if sum != computed {
            let (expected, found) = (format!("checksum {sum:08x}"), format!("{computed:08x}"));
            return Err(FileError::corrupt(path, start as u64, what, expected, found));
        }
        let mut cursor = Cursor::new(toc);
        let mut next = || cursor.be64().unwrap_or_default(); // the length was checked
        Ok(Toc {
            symbols: next(),
            series: next(),
            label_indices: next(),
            label_indices_table: next(),
            postings: next(),
            postings_table: next(),
        })
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let offsets = [
            self.symbols,
            self.series,
            self.label_indices,
            self.label_indices_table,
            self.postings,
            self.postings_table,
        ];
        let mut bytes: Vec<u8> = offsets.iter().flat_map(|o| o.to_be_bytes()).collect();
        let sum = crc32c(&bytes);
        bytes.extend_from_slice(&sum.to_be_bytes());
        bytes
    }
}

/// Returns the content of the part at `offset`: length, content, checksum, which is verified.
pub(super) fn part<'a>(
    path: &Path,
    file: &'a [u8],
    offset: u64,
    what: &'static str,
) -> Result<&'a [u8], FileError> {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let mut cursor = Cursor::at(file, start);
    let Some(length) = cursor.be32() else {
        let expected = format!("an offset below {}", file.len());
        return Err(FileError::corrupt(path, offset, what, expected, "no length"));
    };
    let (content, sum) = (cursor.bytes(length as usize), cursor.be32());
    let (Some(content), Some(sum)) = (content, sum) else {
        let left = file.len().saturating_sub(start + 4);
        return Err(FileError::corrupt(path, offset, what, format!("{length} bytes and a checksum"), left));
    };
    let computed = crc32c(content);
    if sum != computed {
        let (expected, found) = (format!("checksum {sum:08x}"), format!("{computed:08x}"));
        return Err(FileError::corrupt(path, offset, what, expected, found));
    }
    Ok(content)
}
