//! Reading the records of one segment.

use super::compress::decompress;
use super::{FRAGMENT_HEADER_BYTES, PAGE_BYTES, fragment};
use crate::db::WalCompression;
use crate::disk::{DiskPath, OpenFile};
use crate::error::FileError;

/// Pages read from the file at once.
const READ_PAGES: usize = 8;

/// Reads the records of one segment in order.
pub struct SegmentReader {
    file: OpenFile,
    buffer: Vec<u8>,
    /// Position in the file of the buffer's first byte; a multiple of the page size.
    buffer_offset: u64,
    /// Next byte in the buffer.
    at: usize,
    /// Bytes of the first page that are not to be read again.
    skip: usize,
    /// Nothing from this position on is read.
    end: u64,
    /// Position behind the last whole record.
    valid_end: u64,
    record: Vec<u8>,
    joined: Vec<u8>,
}

impl SegmentReader {
    /// Opens a segment.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn open(path: impl Into<DiskPath>) -> Result<SegmentReader, FileError> {
        SegmentReader::resume(path, 0, u64::MAX)
    }

    /// Opens a segment, perhaps one that is being written, to read the records from the end of one at `from` up to the end of
    /// one at `end`.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn resume(path: impl Into<DiskPath>, from: u64, end: u64) -> Result<SegmentReader, FileError> {
        let skip = (from % PAGE_BYTES as u64) as usize;
        Ok(SegmentReader {
            file: path.into().open_read()?,
            buffer: Vec::new(),
            buffer_offset: from - skip as u64,
            at: 0,
            skip,
            end,
            valid_end: from,
            record: Vec::new(),
            joined: Vec::new(),
        })
    }

    /// Returns the segment's path.
    pub fn path(&self) -> &DiskPath {
        self.file.path()
    }

    /// Returns the position behind the last whole record that was read.
    pub fn valid_end(&self) -> u64 {
        self.valid_end
    }

    /// Returns the next record, or `None` at the end of the segment.
    ///
    /// # Errors
    /// [`FileError::Corrupt`] for a wrong checksum, a record that breaks off, or what is no log at all. Nothing behind
    /// it can be read.
    pub fn next_record(&mut self) -> Result<Option<&[u8]>, FileError> {
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        let found = self.append_record(&mut record);
        self.record = record;
        Ok(found?.then_some(&self.record[..]))
    }

    /// Appends the next record to `out`; returns false at the end of the segment.
    ///
    /// # Errors
    /// As [`SegmentReader::next_record`]; `out` is then as before.
    pub fn append_record(&mut self, out: &mut Vec<u8>) -> Result<bool, FileError> {
        let length = out.len();
        let found = self.append_record_or_part(out);
        if found.is_err() {
            out.truncate(length);
        }
        found
    }

    fn append_record_or_part(&mut self, out: &mut Vec<u8>) -> Result<bool, FileError> {
        self.joined.clear();
        let mut parts = 0;
        loop {
            let Some((kind, len)) = self.fragment()? else {
                if parts > 0 {
                    return Err(self.damage("record", "its last fragment", "the end of the segment"));
                }
                return Ok(false);
            };
            let first = parts == 0;
            let fits = match kind & fragment::TYPE_MASK {
                fragment::FULL | fragment::FIRST => first,
                fragment::MIDDLE | fragment::LAST => !first,
                _other => false,
            };
            if !fits {
                let expected = if first { "a first fragment" } else { "a later fragment" };
                return Err(self.damage("fragment type", expected, kind));
            }
            parts += 1;
            let bytes = &self.buffer[self.at - len..self.at];
            let compression = match kind {
                k if k & fragment::SNAPPY != 0 => WalCompression::Snappy,
                k if k & fragment::ZSTD != 0 => WalCompression::Zstd,
                _plain => WalCompression::None,
            };
            let result = match kind & fragment::TYPE_MASK {
                fragment::FULL => decompress(compression, bytes, out),
                fragment::LAST => {
                    self.joined.extend_from_slice(bytes);
                    decompress(compression, &self.joined, out)
                }
                _more => {
                    self.joined.extend_from_slice(bytes);
                    continue;
                }
            };
            if let Err(reason) = result {
                return Err(self.damage("compressed record", "decodable data", reason));
            }
            self.valid_end = self.position();
            return Ok(true);
        }
    }

    fn position(&self) -> u64 {
        self.buffer_offset + self.at as u64
    }

    fn damage(
        &self,
        what: &'static str,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> FileError {
        FileError::corrupt(self.file.path().path(), self.valid_end, what, expected, found)
    }

    /// Advances behind the next fragment; returns its type byte and length.
    fn fragment(&mut self) -> Result<Option<(u8, usize)>, FileError> {
        loop {
            if self.at == self.buffer.len() && !self.fill()? {
                return Ok(None);
            }
            let kind = self.buffer[self.at];
            let page_end = (self.at / PAGE_BYTES + 1) * PAGE_BYTES;
            let rest = &self.buffer[self.at..page_end.min(self.buffer.len())];
            if kind & fragment::TYPE_MASK == fragment::PAGE_END {
                if let Some(stray) = rest.iter().find(|b| **b != 0) {
                    return Err(self.damage("padding", "zeros up to the end of the page", stray));
                }
                self.at += rest.len();
                continue;
            }
            let Some(header) = rest.first_chunk::<FRAGMENT_HEADER_BYTES>() else {
                return Err(self.damage("fragment header", "7 bytes", format_args!("{} bytes", rest.len())));
            };
            let len = usize::from(u16::from_be_bytes([header[1], header[2]]));
            let checksum = u32::from_be_bytes([header[3], header[4], header[5], header[6]]);
            let Some(data) = rest.get(FRAGMENT_HEADER_BYTES..FRAGMENT_HEADER_BYTES + len) else {
                let left = rest.len() - FRAGMENT_HEADER_BYTES;
                return Err(self.damage(
                    "fragment",
                    format_args!("{len} bytes"),
                    format_args!("{left} bytes"),
                ));
            };
            let found = crate::encoding::crc32c(data);
            if found != checksum {
                return Err(self.damage(
                    "fragment",
                    format_args!("checksum {checksum:08x}"),
                    format_args!("{found:08x}"),
                ));
            }
            self.at += FRAGMENT_HEADER_BYTES + len;
            return Ok(Some((kind, len)));
        }
    }

    /// Reads the next pages; `false` at the end of the file.
    fn fill(&mut self) -> Result<bool, FileError> {
        self.buffer_offset += self.buffer.len() as u64;
        self.at = 0;
        let left = self.end.saturating_sub(self.buffer_offset);
        let wanted = left.min((READ_PAGES * PAGE_BYTES) as u64) as usize;
        self.buffer.resize(wanted, 0);
        let read = self.file.read_at(&mut self.buffer, self.buffer_offset);
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        self.at = std::mem::take(&mut self.skip).min(self.buffer.len());
        read.map(|_| self.at < self.buffer.len())
    }
}
