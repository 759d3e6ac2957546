//! An index in mapped memory.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};
use model::Labels;
use storage::{Projection, SelectError};

use super::damage::Damage;
use super::series::{take_chunks, take_labels};
use super::symbols::Symbols;
use super::table::PostingsTable;
use super::toc::{Toc, part};
use super::{HEADER_BYTES, MAGIC, SERIES_ALIGN};
use crate::chunks::ChunkMeta;
use crate::digest::{self, Digest};
use crate::disk::{DiskPath, FileBytes};
use crate::encoding::{Cursor, crc32c};
use crate::error::FileError;
use crate::postings::Postings;
use crate::select::IndexRead;

/// Reads an index. In memory are label names and one in 32 symbols and values; all else is read where it stands, and
/// each part's checksum is verified whenever it is read.
#[derive(Debug)]
pub struct IndexReader {
    file: FileBytes,
    toc: Toc,
    symbols: Symbols,
    table: PostingsTable,
    /// Label names by symbol: half of all lookups.
    names: HashMap<u32, Box<str>>,
    pub(super) damage: Damage,
}

impl IndexReader {
    /// Maps an index and checks header, table of contents, symbols and postings table.
    ///
    /// # Errors
    /// [`FileError`]; version 1 (Prometheus 2.0 betas) is not read.
    pub fn open(path: impl Into<DiskPath>) -> Result<IndexReader, FileError> {
        let path = path.into();
        let file = path.bytes()?;
        let path = path.path();
        match file.first_chunk::<HEADER_BYTES>() {
            Some([a, b, c, d, 2 | 3]) if [*a, *b, *c, *d] == MAGIC => {}
            Some(header) => {
                let (expected, found) = (format!("{MAGIC:02x?}, version 2 or 3"), format!("{header:02x?}"));
                return Err(FileError::corrupt(path, 0, "index header", expected, found));
            }
            None => {
                let expected = format!("{HEADER_BYTES} bytes");
                return Err(FileError::corrupt(path, 0, "index header", expected, file.len()));
            }
        }
        let toc = Toc::read(path, &file)?;
        let symbols = Symbols::read(path, &file, toc.symbols)?;
        let table = PostingsTable::read(path, &file, toc.postings_table)?;
        let mut names = HashMap::new();
        for name in table.names() {
            let Some(symbol) = symbols.find(&file, name) else {
                let expected = format!("label name {name:?}");
                return Err(FileError::corrupt(path, toc.symbols, "symbols", expected, "no such string"));
            };
            names.insert(symbol, name.into());
        }
        Ok(IndexReader { file, toc, symbols, table, names, damage: Damage::default() })
    }

    /// Tells whether a series' entry is known to be damaged. Readers leave it out.
    #[inline]
    pub fn leaves_out(&self, series: u32) -> bool {
        self.damage.leaves_out(series)
    }

    /// Returns how many series' entries are known to be damaged.
    pub fn lost_series(&self) -> usize {
        self.damage.lost_count()
    }

    pub(super) fn bytes_of_file(&self) -> &[u8] {
        &self.file
    }

    pub(super) fn symbol(&self, string: &str) -> Option<u32> {
        self.symbols.find(&self.file, string)
    }

    /// Returns where the entries of series begin, and a place that they end before.
    pub(super) fn series_range(&self) -> (usize, usize) {
        let Toc { series, label_indices, label_indices_table, postings, postings_table, .. } = self.toc;
        let later = [label_indices, label_indices_table, postings, postings_table].into_iter();
        let end = later.filter(|at| *at > series).min().unwrap_or(series);
        (series as usize, (end as usize).min(self.file.len()))
    }

    /// Returns the size of the file.
    pub fn bytes(&self) -> u64 {
        self.file.len() as u64
    }

    /// Returns the bytes that the symbols' samples take in memory, for `prometheus_tsdb_symbol_table_size_bytes`.
    pub fn symbol_heap_bytes(&self) -> usize {
        self.symbols.heap_bytes()
    }

    /// Returns all strings that occur in labels, sorted.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.symbols.iter(&self.file)
    }

    /// Appends the chunks of a series to `chunks`.
    ///
    /// # Errors
    /// [`FileError::Corrupt`], also for a number that is not a series.
    pub fn chunks(&self, series: u32, chunks: &mut Vec<ChunkMeta>) -> Result<(), FileError> {
        let mut cursor = Cursor::new(self.entry(series)?);
        take_labels(&mut cursor, |_, _| {})
            .and_then(|()| take_chunks(&mut cursor, chunks))
            .ok_or_else(|| self.malformed(series))
    }

    /// Returns the labels of a series.
    ///
    /// # Errors
    /// [`FileError::Corrupt`], also for a number that is not a series.
    pub fn labels(&self, series: u32) -> Result<Labels, FileError> {
        self.projected_labels(series, None)
    }

    /// Returns the labels of a series that a projection asks for.
    ///
    /// # Errors
    /// [`FileError::Corrupt`], also for a number that is not a series.
    pub fn projected_labels(
        &self,
        series: u32,
        projection: Option<&Projection>,
    ) -> Result<Labels, FileError> {
        let wanted = |name: &str| match projection {
            None => true,
            Some(Projection::Only(names)) => names.iter().any(|n| **n == *name),
            Some(Projection::Without(names)) => !names.iter().any(|n| **n == *name),
        };
        let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(16);
        let mut unknown = None;
        take_labels(&mut Cursor::new(self.entry(series)?), |name, value| {
            match (self.symbol_of_name(name), self.symbols.get(&self.file, value)) {
                (Some(name), Some(value)) if wanted(name) => pairs.push((name, value)),
                (Some(_), Some(_)) => {}
                (None, _) => unknown = Some(name),
                (Some(_), None) => unknown = Some(value),
            }
        })
        .ok_or_else(|| self.malformed(series))?;
        if let Some(symbol) = unknown {
            let expected = format!("a symbol below {}", self.symbols.len());
            let error = FileError::corrupt(self.file.path(), offset(series), "series", expected, symbol);
            return Err(self.damage.lost(series, error));
        }
        let sorted = pairs.windows(2).all(|w| w[0].0 < w[1].0) && pairs.iter().all(|(_, v)| !v.is_empty());
        Ok(if sorted { Labels::from_sorted(pairs) } else { Labels::from_pairs(pairs) })
    }

    /// Returns the digest of a series' labels. `strings` holds those of the symbols seen before.
    ///
    /// # Errors
    /// [`FileError::Corrupt`], also for a number that is not a series.
    pub fn digest(&self, series: u32, strings: &mut HashMap<u32, u128>) -> Result<Digest, FileError> {
        let mut digest = Digest::default();
        let mut unknown = None;
        let mut string = |symbol: u32| {
            *strings.entry(symbol).or_insert_with(|| match self.symbols.get(&self.file, symbol) {
                Some(string) => digest::of(string),
                None => {
                    unknown = Some(symbol);
                    0
                }
            })
        };
        take_labels(&mut Cursor::new(self.entry(series)?), |name, value| {
            let (name, value) = (string(name), string(value));
            digest.add(name, value);
        })
        .ok_or_else(|| self.malformed(series))?;
        if let Some(symbol) = unknown {
            let expected = format!("a symbol below {}", self.symbols.len());
            let error = FileError::corrupt(self.file.path(), offset(series), "series", expected, symbol);
            return Err(self.damage.lost(series, error));
        }
        Ok(digest)
    }

    fn symbol_of_name(&self, symbol: u32) -> Option<&str> {
        match self.names.get(&symbol) {
            Some(name) => Some(name),
            None => self.symbols.get(&self.file, symbol),
        }
    }

    /// Returns a series' entry without length and checksum.
    fn entry(&self, series: u32) -> Result<&[u8], FileError> {
        self.checked_entry(series).map_err(|error| self.damage.lost(series, error))
    }

    fn checked_entry(&self, series: u32) -> Result<&[u8], FileError> {
        let at = offset(series);
        let corrupt = |expected: String, found: String| {
            FileError::corrupt(self.file.path(), at, "series", expected, found)
        };
        if at < self.toc.series {
            return Err(corrupt(format!("an offset from {}", self.toc.series), at.to_string()));
        }
        let mut cursor = Cursor::at(&self.file, usize::try_from(at).unwrap_or(usize::MAX));
        let Some(length) = cursor.uvarint32() else {
            return Err(corrupt("a length".to_owned(), "none".to_owned()));
        };
        let (Some(entry), Some(sum)) = (cursor.bytes(length as usize), cursor.be32()) else {
            return Err(corrupt(format!("{length} bytes and a checksum"), cursor.remaining().to_string()));
        };
        let computed = crc32c(entry);
        if sum != computed {
            return Err(corrupt(format!("checksum {sum:08x}"), format!("{computed:08x}")));
        }
        Ok(entry)
    }

    fn malformed(&self, series: u32) -> FileError {
        let (expected, found) = ("labels and chunks", "too few or wild numbers");
        let error = FileError::corrupt(self.file.path(), offset(series), "series", expected, found);
        self.damage.lost(series, error)
    }

    pub(super) fn postings_at(&self, offset: u64) -> Result<Postings<'_>, FileError> {
        let content = part(self.file.path(), &self.file, offset, "postings")?;
        let Some((count, list)) = content.split_first_chunk::<4>() else {
            return Err(FileError::corrupt(self.file.path(), offset, "postings", "a count", "nothing"));
        };
        let (list, rest) = list.as_chunks::<4>();
        let count = u32::from_be_bytes(*count) as usize;
        if list.len() != count || !rest.is_empty() {
            let (expected, found) = (format!("{count} series"), format!("{} bytes", content.len() - 4));
            return Err(FileError::corrupt(self.file.path(), offset, "postings", expected, found));
        }
        Ok(Postings::BigEndian(list))
    }
}

/// Returns the prefixes, or the one that all values begin with.
fn or_all(prefixes: &[String]) -> impl Iterator<Item = &str> {
    let all = if prefixes.is_empty() { Some("") } else { None };
    prefixes.iter().map(String::as_str).chain(all)
}

fn offset(series: u32) -> u64 {
    u64::from(series) * SERIES_ALIGN
}

impl IndexRead for IndexReader {
    fn all_postings(&self) -> Result<Postings<'_>, SelectError> {
        Ok(self.table.all().map_or(Ok(Postings::EMPTY), |at| self.list_at(at, None))?)
    }

    fn postings(&self, name: &str, value: &str) -> Result<Postings<'_>, SelectError> {
        let at = self.table.find(&self.file, name, value);
        Ok(at.map_or(Ok(Postings::EMPTY), |at| self.list_at(at, Some((name, value))))?)
    }

    fn postings_where(
        &self,
        name: &str,
        prefixes: &[String],
        accept: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Vec<Postings<'_>>, SelectError> {
        let mut lists = Vec::new();
        for prefix in or_all(prefixes) {
            let values = self.table.values(&self.file, name, prefix);
            for (value, at) in values.filter(|(value, _)| accept(value)) {
                lists.push(self.list_at(at, Some((name, value)))?);
            }
        }
        Ok(lists)
    }

    fn visit_label_values(
        &self,
        name: &str,
        prefixes: &[String],
        visit: &mut dyn FnMut(&str),
    ) -> Result<(), SelectError> {
        for prefix in or_all(prefixes) {
            self.table.values(&self.file, name, prefix).for_each(|(value, _)| visit(value));
        }
        Ok(())
    }

    fn label_value_count(&self, name: &str) -> usize {
        self.table.value_count(name)
    }

    fn visit_label_values_of(
        &self,
        series: &[u32],
        name: &str,
        visit: &mut dyn FnMut(&str),
    ) -> Result<(), SelectError> {
        let Some(name) = self.symbols.find(&self.file, name) else { return Ok(()) };
        for &series in series.iter().filter(|series| !self.leaves_out(**series)) {
            let mut found = None;
            take_labels(&mut Cursor::new(self.entry(series)?), |n, value| {
                if n == name {
                    found = Some(value);
                }
            })
            .ok_or_else(|| self.malformed(series))?;
            if let Some(value) = found.and_then(|value| self.symbols.get(&self.file, value)) {
                visit(value);
            }
        }
        Ok(())
    }

    fn label_names(&self) -> Result<Vec<String>, SelectError> {
        Ok(self.table.names().map(str::to_owned).collect())
    }

    fn label_names_of(&self, series: &[u32], names: &mut BTreeSet<String>) -> Result<(), SelectError> {
        let mut symbols = HashSet::new();
        for &series in series.iter().filter(|series| !self.leaves_out(**series)) {
            take_labels(&mut Cursor::new(self.entry(series)?), |name, _| {
                symbols.insert(name);
            })
            .ok_or_else(|| self.malformed(series))?;
        }
        names.extend(symbols.into_iter().filter_map(|s| self.symbol_of_name(s).map(str::to_owned)));
        Ok(())
    }
}
