//! The table that leads from a label pair to its postings.
//!
//! In memory are each label name and where each 32nd of its values stands; the rest is walked to.

use std::path::Path;

use super::SAMPLE_EVERY;
use super::toc::part;
use crate::encoding::Cursor;
use crate::error::FileError;

/// The table.
#[derive(Debug)]
pub(super) struct PostingsTable {
    start: usize,
    bytes: usize,
    names: Vec<Name>,
    samples: Vec<u32>,
    all: Option<u64>,
}

/// A label name and its values.
#[derive(Debug)]
struct Name {
    name: Box<str>,
    first_sample: u32,
    values: u32,
}

impl PostingsTable {
    pub(super) fn read(path: &Path, file: &[u8], offset: u64) -> Result<PostingsTable, FileError> {
        let what = "postings table";
        let content = part(path, file, offset, what)?;
        let mut cursor = Cursor::new(content);
        let Some(count) = cursor.be32() else {
            return Err(FileError::corrupt(path, offset, what, "a count", "nothing"));
        };
        let mut table = PostingsTable {
            start: offset as usize + 4,
            bytes: content.len(),
            names: Vec::new(),
            samples: Vec::new(),
            all: None,
        };
        for i in 0..count {
            let position = cursor.position();
            let corrupt = |expected: String, found: String| {
                FileError::corrupt(path, offset + 4 + position as u64, what, expected, found)
            };
            let Some((name, value, postings)) = entry(&mut cursor) else {
                return Err(corrupt(format!("{count} label pairs"), format!("{i} and the end")));
            };
            if name.is_empty() && value.is_empty() {
                table.all = Some(postings);
                continue;
            }
            let name = std::str::from_utf8(name).map_err(|e| corrupt("UTF-8".to_owned(), e.to_string()))?;
            if let Err(e) = std::str::from_utf8(value) {
                return Err(corrupt("UTF-8".to_owned(), e.to_string()));
            }
            match table.names.last_mut() {
                Some(last) if *last.name == *name => last.values += 1,
                Some(last) if *last.name > *name => {
                    return Err(corrupt(format!("a name after {:?}", last.name), format!("{name:?}")));
                }
                Some(_) | None => {
                    table.names.push(Name {
                        name: name.into(),
                        first_sample: table.samples.len() as u32,
                        values: 1,
                    });
                }
            }
            if table.names.last().is_some_and(|n| (n.values as usize - 1).is_multiple_of(SAMPLE_EVERY)) {
                table.samples.push(position as u32);
            }
        }
        Ok(table)
    }

    /// Returns the offset of the postings of all series.
    pub(super) fn all(&self) -> Option<u64> {
        self.all
    }

    /// Returns the label names in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|n| &*n.name)
    }

    fn content<'a>(&self, file: &'a [u8]) -> &'a [u8] {
        file.get(self.start..self.start + self.bytes).unwrap_or_default()
    }

    fn name(&self, name: &str) -> Option<&Name> {
        let i = self.names.binary_search_by(|n| (*n.name).cmp(name)).ok()?;
        self.names.get(i)
    }

    /// Returns the offset of a label pair's postings.
    pub(super) fn find(&self, file: &[u8], name: &str, value: &str) -> Option<u64> {
        let name = self.name(name)?;
        let content = self.content(file);
        let first = name.first_sample as usize;
        let samples = self.samples.get(first..first + (name.values as usize).div_ceil(SAMPLE_EVERY))?;
        let value_at = |sample: &u32| {
            entry(&mut Cursor::at(content, *sample as usize)).map(|(_, value, _)| value).unwrap_or_default()
        };
        let sample = samples.partition_point(|s| value_at(s) <= value.as_bytes()).checked_sub(1)?;
        let mut cursor = Cursor::at(content, samples[sample] as usize);
        let left = (name.values as usize - sample * SAMPLE_EVERY).min(SAMPLE_EVERY);
        (0..left)
            .find_map(|_| entry(&mut cursor).filter(|(_, v, _)| *v == value.as_bytes()).map(|(_, _, at)| at))
    }

    /// Returns the number of values of a label.
    pub(super) fn value_count(&self, name: &str) -> usize {
        self.name(name).map_or(0, |n| n.values as usize)
    }

    /// Returns the values of a label that begin with a prefix, in order, with the offsets of their postings.
    pub(super) fn values<'a, 'p>(
        &self,
        file: &'a [u8],
        name: &str,
        prefix: &'p str,
    ) -> impl Iterator<Item = (&'a str, u64)> + use<'a, 'p> {
        let content = self.content(file);
        let (samples, values) = match self.name(name) {
            Some(name) => {
                let first = name.first_sample as usize;
                let end = first + (name.values as usize).div_ceil(SAMPLE_EVERY);
                (self.samples.get(first..end).unwrap_or_default(), name.values as usize)
            }
            None => (&[][..], 0),
        };
        // From the last sample before the prefix on.
        let before = |sample: &u32| {
            entry(&mut Cursor::at(content, *sample as usize)).is_some_and(|(_, v, _)| v < prefix.as_bytes())
        };
        let first = samples.partition_point(before).saturating_sub(1);
        let start = samples.get(first).copied().unwrap_or(0);
        let left = values.saturating_sub(first * SAMPLE_EVERY);
        let mut cursor = Cursor::at(content, start as usize);
        (0..left)
            .map_while(move |_| {
                let (_, value, postings) = entry(&mut cursor)?;
                Some((std::str::from_utf8(value).ok()?, postings))
            })
            .skip_while(move |(value, _)| *value < prefix)
            .take_while(move |(value, _)| value.starts_with(prefix))
    }
}

/// Takes name, value and offset.
fn entry<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a [u8], &'a [u8], u64)> {
    if cursor.uvarint()? != 2 {
        return None;
    }
    Some((cursor.prefixed()?, cursor.prefixed()?, cursor.uvarint()?))
}
