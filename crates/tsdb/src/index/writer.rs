//! An index in one pass: symbols, series, then postings from the series just written.
//!
//! In memory are the symbols, the numbers of all series, and postings of some label names at a time: the series are
//! read again for the next names. What is written equals Prometheus 3.14's file byte for byte.

use hashbrown::{HashMap, HashTable};
use model::Labels;

use super::series;
use super::toc::Toc;
use super::{HEADER_BYTES, MAGIC, SERIES_ALIGN, VERSION};
use crate::chunks::{ChunkMeta, ChunkRef};
use crate::disk::{DiskPath, Sequential};
use crate::encoding::{Crc32c, Cursor, crc32c, put_str, put_uvarint};
use crate::error::FileError;

/// Postings held in memory at a time, unless there are more series: 16 MiB.
const POSTINGS_HELD: usize = 4 << 20;
/// Bytes gathered before a write.
const BUFFER_BYTES: usize = 1 << 20;

/// Writes an index.
#[derive(Debug)]
pub struct IndexWriter {
    out: Output,
    toc: Toc,
    symbols: SymbolTable,
    /// Numbers of all series.
    series: Vec<u32>,
    /// How many series have a label name, by its symbol.
    uses: HashMap<u32, usize>,
    last_labels: Labels,
    last_chunk: ChunkRef,
    scratch: Vec<u8>,
    pairs: Vec<(u32, u32)>,
}

impl IndexWriter {
    /// Creates the file and writes the symbols: all strings that will occur in labels, sorted, each once.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Unwritable`] for symbols out of order or above 4 GiB.
    pub fn create<'a>(
        path: impl Into<DiskPath>,
        symbols: impl IntoIterator<Item = &'a str>,
    ) -> Result<IndexWriter, FileError> {
        let mut out = Output::create(&path.into())?;
        let [a, b, c, d] = MAGIC;
        out.write(&[a, b, c, d, VERSION])?;
        let mut table = SymbolTable::default();
        for symbol in symbols {
            table.push(symbol).map_err(|reason| out.unwritable(reason))?;
        }
        let length = table.bytes.len() as u64 + 4;
        let length =
            u32::try_from(length).map_err(|_| out.unwritable(format!("symbols take {length} bytes")))?;
        let count = (table.ends.len() as u32).to_be_bytes();
        let mut crc = Crc32c::default();
        crc.update(&count);
        crc.update(&table.bytes);
        for part in [&length.to_be_bytes()[..], &count, &table.bytes, &crc.sum().to_be_bytes()] {
            out.write(part)?;
        }
        let toc = Toc { symbols: HEADER_BYTES as u64, series: out.position, ..Toc::default() };
        Ok(IndexWriter {
            out,
            toc,
            symbols: table,
            series: Vec::new(),
            uses: HashMap::new(),
            last_labels: Labels::empty(),
            last_chunk: ChunkRef(0),
            scratch: Vec::new(),
            pairs: Vec::new(),
        })
    }

    /// Writes a series. Series come in the order of their labels, chunks in the order of their time and reference.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Unwritable`] for anything out of order, an unknown symbol, or above 64 GiB.
    pub fn add_series(&mut self, labels: &Labels, chunks: &[ChunkMeta]) -> Result<(), FileError> {
        if *labels <= self.last_labels {
            let reason = format!("series {labels} must come after {}", self.last_labels);
            return Err(self.out.unwritable(reason));
        }
        let mut former: Option<&ChunkMeta> = None;
        for chunk in chunks {
            let overlaps = former.is_some_and(|f| chunk.min_ms <= f.max_ms);
            if chunk.chunk < self.last_chunk || overlaps || chunk.max_ms < chunk.min_ms {
                let reason = format!("chunk {chunk:?} of series {labels} must come after {former:?}");
                return Err(self.out.unwritable(reason));
            }
            self.last_chunk = chunk.chunk;
            former = Some(chunk);
        }
        self.pairs.clear();
        for (name, value) in labels {
            let (Some(name), Some(value)) = (self.symbols.find(name), self.symbols.find(value)) else {
                return Err(self.out.unwritable(format!("symbols lack label {name}={value:?}")));
            };
            self.pairs.push((name, value));
            *self.uses.entry(name).or_default() += 1;
        }
        self.out.pad(SERIES_ALIGN)?;
        let number = u32::try_from(self.out.position / SERIES_ALIGN)
            .map_err(|_| self.out.unwritable("series take more than 64 GiB".to_owned()))?;
        self.series.push(number);
        self.scratch.clear();
        series::put(&mut self.scratch, &self.pairs, chunks);
        let sum = crc32c(&self.scratch);
        let mut length = Vec::with_capacity(5);
        put_uvarint(&mut length, self.scratch.len() as u64);
        self.scratch.extend_from_slice(&sum.to_be_bytes());
        self.out.write(&length)?;
        self.out.write(&self.scratch)?;
        self.last_labels = labels.clone();
        Ok(())
    }

    /// Writes postings and tables and makes the file durable. Returns its size.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Unwritable`] for a table above 4 GiB.
    pub fn finish(mut self) -> Result<u64, FileError> {
        self.out.flush()?;
        let written = self.out.file.path().bytes()?;
        self.toc.label_indices = self.out.position;
        self.toc.postings = self.out.position;
        let all = std::mem::take(&mut self.series);
        let mut table = vec![(None, self.put_postings(&all)?)];

        let mut names: Vec<(u32, usize)> = self.uses.iter().map(|(name, uses)| (*name, *uses)).collect();
        names.sort_unstable(); // symbols are sorted, so their numbers sort as they do
        let mut rest = &names[..];
        while !rest.is_empty() {
            let mut held = 0;
            let fits = |(_, uses): &&(u32, usize)| {
                held += uses;
                held <= POSTINGS_HELD.max(all.len())
            };
            let batch = rest.iter().take_while(fits).count().max(1);
            let (now, later) = rest.split_at(batch);
            for (pair, list) in postings_of(now, &all, &written).iter() {
                table.push((Some(pair), self.put_postings(list)?));
            }
            rest = later;
        }
        self.toc.label_indices_table = self.out.position;
        self.toc.postings_table = self.out.position;
        self.put_table(&table)?;
        self.out.write(&self.toc.write())?;
        self.out.sync()?;
        Ok(self.out.position)
    }

    /// Writes a list and returns its offset.
    fn put_postings(&mut self, list: &[u32]) -> Result<u64, FileError> {
        self.out.pad(4)?;
        let at = self.out.position;
        let length = list.len() as u64 * 4 + 4;
        let length = u32::try_from(length)
            .map_err(|_| self.out.unwritable(format!("postings take {length} bytes")))?;
        self.scratch.clear();
        self.scratch.extend_from_slice(&length.to_be_bytes());
        self.scratch.extend_from_slice(&(list.len() as u32).to_be_bytes());
        self.scratch.extend(list.iter().flat_map(|n| n.to_be_bytes()));
        let sum = crc32c(&self.scratch[4..]);
        self.scratch.extend_from_slice(&sum.to_be_bytes());
        self.out.write(&self.scratch)?;
        Ok(at)
    }

    fn put_table(&mut self, table: &[(Option<(u32, u32)>, u64)]) -> Result<(), FileError> {
        let mut entry = Vec::new();
        let mut write_entry = |symbols: &SymbolTable, (pair, at): &(Option<(u32, u32)>, u64)| -> Vec<u8> {
            entry.clear();
            entry.push(2);
            let (name, value) = pair.map_or(("", ""), |(n, v)| (symbols.get(n), symbols.get(v)));
            put_str(&mut entry, name);
            put_str(&mut entry, value);
            put_uvarint(&mut entry, *at);
            entry.clone()
        };
        let length: u64 = 4 + table.iter().map(|e| write_entry(&self.symbols, e).len() as u64).sum::<u64>();
        let length = u32::try_from(length)
            .map_err(|_| self.out.unwritable(format!("postings table takes {length} bytes")))?;
        let count = (table.len() as u32).to_be_bytes();
        let mut crc = Crc32c::default();
        crc.update(&count);
        self.out.write(&length.to_be_bytes())?;
        self.out.write(&count)?;
        for e in table {
            let bytes = write_entry(&self.symbols, e);
            crc.update(&bytes);
            self.out.write(&bytes)?;
        }
        self.out.write(&crc.sum().to_be_bytes())
    }
}

/// Lists of some label names' values, in the order of name and value.
struct Lists {
    pairs: Vec<(u32, u32)>,
    ends: Vec<usize>,
    numbers: Vec<u32>,
}

impl Lists {
    fn iter(&self) -> impl Iterator<Item = ((u32, u32), &[u32])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        self.pairs.iter().zip(starts.zip(&self.ends)).map(|(pair, (&s, &e))| (*pair, &self.numbers[s..e]))
    }
}

/// Gathers the postings of some label names by two passes over the written series: count, then place.
fn postings_of(names: &[(u32, usize)], series: &[u32], written: &[u8]) -> Lists {
    let (Some(first), Some(last)) = (names.first(), names.last()) else {
        return Lists { pairs: Vec::new(), ends: Vec::new(), numbers: Vec::new() };
    };
    let range = first.0..=last.0;
    let visit = |each: &mut dyn FnMut(u32, (u32, u32))| {
        for &number in series {
            let mut cursor = Cursor::at(written, number as usize * SERIES_ALIGN as usize);
            cursor.uvarint(); // the length
            let wanted = |name, value| {
                if range.contains(&name) {
                    each(number, (name, value));
                }
            };
            series::take_labels(&mut cursor, wanted).expect("we wrote this series a moment ago");
        }
    };
    let mut counts: HashMap<(u32, u32), usize> = HashMap::new();
    visit(&mut |_, pair| *counts.entry(pair).or_default() += 1);
    let mut pairs: Vec<(u32, u32)> = counts.keys().copied().collect();
    pairs.sort_unstable();
    let mut total = 0;
    let mut ends = Vec::with_capacity(pairs.len());
    for pair in &pairs {
        let count = counts.insert(*pair, total).unwrap_or(0); // from now on: where the next number goes
        total += count;
        ends.push(total);
    }
    let mut numbers = vec![0; total];
    visit(&mut |number, pair| {
        if let Some(next) = counts.get_mut(&pair) {
            numbers[*next] = number;
            *next += 1;
        }
    });
    Lists { pairs, ends, numbers }
}

/// The symbols, as bytes of the file, found by hash.
#[derive(Debug, Default)]
struct SymbolTable {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// Lengths are needed to find where a string starts behind its own length.
    lengths: Vec<u32>,
    ids: HashTable<u32>,
}

impl SymbolTable {
    fn push(&mut self, symbol: &str) -> Result<(), String> {
        let id = self.ends.len() as u32;
        if id > 0 && symbol <= self.get(id - 1) {
            return Err(format!("symbol {symbol:?} must come after {:?}", self.get(id - 1)));
        }
        put_str(&mut self.bytes, symbol);
        let end = u32::try_from(self.bytes.len()).map_err(|_| "symbols take more than 4 GiB".to_owned())?;
        self.ends.push(end);
        self.lengths.push(symbol.len() as u32);
        let SymbolTable { bytes, ends, lengths, ids } = self;
        let string =
            |id: u32| &bytes[(ends[id as usize] - lengths[id as usize]) as usize..ends[id as usize] as usize];
        ids.insert_unique(hash(symbol.as_bytes()), id, |id| hash(string(*id)));
        Ok(())
    }

    fn bytes_of(&self, id: u32) -> &[u8] {
        let end = self.ends[id as usize];
        &self.bytes[(end - self.lengths[id as usize]) as usize..end as usize]
    }

    fn get(&self, id: u32) -> &str {
        std::str::from_utf8(self.bytes_of(id)).expect("pushed as a string")
    }

    fn find(&self, symbol: &str) -> Option<u32> {
        self.ids.find(hash(symbol.as_bytes()), |id| self.bytes_of(*id) == symbol.as_bytes()).copied()
    }
}

fn hash(bytes: &[u8]) -> u64 {
    rapidhash::v3::rapidhash_v3(bytes)
}

/// The file and how much was written.
#[derive(Debug)]
struct Output {
    file: Sequential,
    position: u64,
}

impl Output {
    fn create(path: &DiskPath) -> Result<Output, FileError> {
        Ok(Output { file: path.create()?.sequential(BUFFER_BYTES), position: 0 })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.position += bytes.len() as u64;
        self.file.write(bytes)
    }

    fn pad(&mut self, align: u64) -> Result<(), FileError> {
        let missing = self.position.next_multiple_of(align) - self.position;
        self.write(&[0; SERIES_ALIGN as usize][..missing as usize])
    }

    fn flush(&mut self) -> Result<(), FileError> {
        self.file.flush()
    }

    fn sync(&mut self) -> Result<(), FileError> {
        self.file.sync()
    }

    fn unwritable(&self, reason: String) -> FileError {
        FileError::Unwritable { path: self.file.path().path().to_owned(), reason }
    }
}
