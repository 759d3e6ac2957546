//! The strings of an index, by number.

use std::path::Path;

use super::SAMPLE_EVERY;
use super::toc::part;
use crate::encoding::Cursor;
use crate::error::FileError;

/// Where each 32nd string stands in the file; the rest is walked to. Strings are valid UTF-8: that is checked once.
#[derive(Debug)]
pub struct Symbols {
    /// Offset of the part's content in the file, and its length.
    start: usize,
    bytes: usize,
    /// Offsets in the content.
    samples: Vec<u32>,
    count: u32,
}

impl Symbols {
    pub(super) fn read(path: &Path, file: &[u8], offset: u64) -> Result<Symbols, FileError> {
        let what = "symbols";
        let content = part(path, file, offset, what)?;
        let mut cursor = Cursor::new(content);
        let at = |cursor: &Cursor<'_>| offset + 4 + cursor.position() as u64;
        let Some(count) = cursor.be32() else {
            return Err(FileError::corrupt(path, offset, what, "a count", "nothing"));
        };
        let mut samples = Vec::new();
        for i in 0..count {
            if (i as usize).is_multiple_of(SAMPLE_EVERY) {
                samples.push(cursor.position() as u32);
            }
            let position = at(&cursor);
            let Some(symbol) = cursor.prefixed() else {
                let (expected, found) = (format!("{count} strings"), format!("{i} and the end"));
                return Err(FileError::corrupt(path, position, what, expected, found));
            };
            if std::str::from_utf8(symbol).is_err() {
                return Err(FileError::corrupt(path, position, what, "UTF-8", format!("{symbol:?}")));
            }
        }
        Ok(Symbols { start: offset as usize + 4, bytes: content.len(), samples, count })
    }

    /// Returns the number of strings.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the bytes that sampling takes in memory.
    pub fn heap_bytes(&self) -> usize {
        self.samples.len() * 4
    }

    fn content<'a>(&self, file: &'a [u8]) -> &'a [u8] {
        file.get(self.start..self.start + self.bytes).unwrap_or_default()
    }

    /// Returns string number `id`. Cost: walking up to 31 strings.
    pub(super) fn get<'a>(&self, file: &'a [u8], id: u32) -> Option<&'a str> {
        if id >= self.count {
            return None;
        }
        let sample = *self.samples.get(id as usize / SAMPLE_EVERY)?;
        let mut cursor = Cursor::at(self.content(file), sample as usize);
        for _ in 0..id as usize % SAMPLE_EVERY {
            cursor.prefixed()?;
        }
        std::str::from_utf8(cursor.prefixed()?).ok()
    }

    /// Returns the number of a string.
    pub(super) fn find(&self, file: &[u8], symbol: &str) -> Option<u32> {
        let content = self.content(file);
        let string_at = |sample: &u32| Cursor::at(content, *sample as usize).prefixed().unwrap_or_default();
        let sample = self.samples.partition_point(|s| string_at(s) <= symbol.as_bytes()).checked_sub(1)?;
        let mut cursor = Cursor::at(content, self.samples[sample] as usize);
        let first = (sample * SAMPLE_EVERY) as u32;
        (first..self.count.min(first + SAMPLE_EVERY as u32))
            .find(|_| cursor.prefixed().is_some_and(|s| s == symbol.as_bytes()))
    }

    /// Returns all strings in order.
    pub(super) fn iter<'a>(&self, file: &'a [u8]) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut cursor = Cursor::at(self.content(file), 4);
        (0..self.count).map_while(move |_| std::str::from_utf8(cursor.prefixed()?).ok())
    }
}
