//! `chunks_head/`: closed chunks of the head, so that they need no memory and no log to be read back from.
//!
//! ```text
//! magic 01 30 bc 91 │ version 1 │ padding 3
//! series u64 │ first time u64 │ last time u64 │ encoding u8 │ length uvarint │ data │ CRC-32C of all before
//! ```
//! Chunks are written in batches, off the append path, and each file is mapped again after a batch has grown it.
//! Invariants: 1. A written file is only appended to, in batches of whole chunks.  2. Files are numbered without gaps.
//! Format: Prometheus 3.14 `tsdb/docs/format/head_chunks.md`.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::chunkenc::Encoding;
use crate::disk::{DiskPath, FileBytes, OpenFile};
use crate::encoding::{Cursor, crc32c, put_uvarint};
use crate::error::FileError;
use crate::quarantine::set_aside;

const MAGIC: [u8; 4] = [0x01, 0x30, 0xbc, 0x91];
const VERSION: u8 = 1;
const FILE_HEADER_BYTES: usize = 8;
/// Series, two times, encoding.
const CHUNK_HEADER_BYTES: usize = 25;
/// A file that reaches this is not appended to any more.
const FILE_BYTES_MAX: u64 = 128 << 20;
/// The bit of the encoding that marks out-of-order chunks.
const OUT_OF_ORDER: u8 = 0x80;

/// Where a closed chunk is: in a file, or waiting in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(u64);

impl Place {
    const WAITING: u64 = 1 << 63;

    /// A chunk that waits under this key.
    pub fn waiting(key: u32) -> Place {
        Place(Place::WAITING | u64::from(key))
    }

    /// A chunk at this offset of a file.
    pub fn file(number: u32, offset: u32) -> Place {
        Place(u64::from(number) << 32 | u64::from(offset))
    }

    /// Returns the key of a waiting chunk.
    pub fn key(self) -> Option<u32> {
        (self.0 & Place::WAITING != 0).then_some(self.0 as u32)
    }

    /// Returns the number of the file; 0 for a waiting chunk.
    pub fn file_number(self) -> u32 {
        if self.key().is_some() { 0 } else { (self.0 >> 32) as u32 }
    }

    /// Returns the number that the log of late samples writes: that of the file, then the offset.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Returns the place that the log of late samples means.
    pub fn from_number(number: u64) -> Place {
        Place(number)
    }

    fn offset(self) -> usize {
        self.0 as u32 as usize
    }
}

/// A chunk to be written.
#[derive(Clone, Debug)]
pub struct HeadChunk<'a> {
    /// The series' number in the log.
    pub series: u64,
    /// Time of the first sample.
    pub min_t: i64,
    /// Time of the last.
    pub max_t: i64,
    /// How it is encoded.
    pub encoding: Encoding,
    /// Its bytes.
    pub data: &'a [u8],
    /// Whether its samples came late.
    pub out_of_order: bool,
}

/// What a scan of the files finds of each chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundChunk {
    /// The series' number in the log.
    pub series: u64,
    /// Time of the first sample.
    pub min_t: i64,
    /// Time of the last.
    pub max_t: i64,
    /// Number of samples.
    pub samples: u16,
    /// Where it is.
    pub place: Place,
    /// Whether it belongs to the out-of-order part of its series.
    pub out_of_order: bool,
}

/// A moment of the mapped files.
#[derive(Clone, Debug, Default)]
pub struct Mapped(Vec<(u32, Arc<FileBytes>)>);

/// The files.
#[derive(Debug)]
pub struct ChunkFiles {
    dir: DiskPath,
    mapped: ArcSwap<Mapped>,
    writing: Mutex<Writing>,
}

#[derive(Debug, Default)]
struct Writing {
    /// The file that is appended to, with its length.
    file: Option<(OpenFile, u32, u64)>,
    last_number: u32,
}

impl Mapped {
    fn file(&self, number: u32) -> Option<&FileBytes> {
        let at = self.0.binary_search_by_key(&number, |(n, _)| *n).ok()?;
        Some(&self.0[at].1)
    }

    /// Returns a chunk. The checksum is checked when files are scanned, at start.
    ///
    /// # Errors
    /// [`FileError::Corrupt`].
    pub fn chunk(&self, place: Place) -> Result<HeadChunk<'_>, FileError> {
        let missing = || {
            let path = PathBuf::from(format!("chunks_head/{:06}", place.file_number()));
            FileError::corrupt(&path, place.offset() as u64, "head chunk", "the file", "none")
        };
        let file = self.file(place.file_number()).ok_or_else(missing)?;
        let corrupt = |found: String| {
            FileError::corrupt(file.path(), place.offset() as u64, "head chunk", "a whole chunk", found)
        };
        Ok(parse(file, place.offset()).map_err(corrupt)?.0)
    }
}

/// Reads the chunk at an offset; returns where it ends too.
fn parse(file: &[u8], offset: usize) -> Result<(HeadChunk<'_>, usize), String> {
    let mut c = Cursor::at(file, offset);
    let header = (c.be64(), c.be64(), c.be64(), c.u8(), c.prefixed());
    let (Some(series), Some(min_t), Some(max_t), Some(encoding), Some(data)) = header else {
        return Err(format!("{} bytes", file.len().saturating_sub(offset)));
    };
    let out_of_order = encoding & OUT_OF_ORDER != 0;
    let encoding = Encoding::from_u8(encoding & !OUT_OF_ORDER).map_err(|e| e.to_string())?;
    let chunk = HeadChunk { series, min_t: min_t as i64, max_t: max_t as i64, encoding, data, out_of_order };
    Ok((chunk, c.position()))
}

impl ChunkFiles {
    /// Opens the files in `dir`, and hands each chunk to `visit` in the order of files. Damage ends the scan: the
    /// damaged file and those behind it go to `quarantine`, as their samples are still in the log. Returns the damage.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn open(
        dir: &DiskPath,
        quarantine: &DiskPath,
        mut visit: impl FnMut(FoundChunk),
    ) -> Result<(ChunkFiles, Option<FileError>), FileError> {
        dir.create_dir_all()?;
        let mut mapped = Mapped::default();
        let mut damage = None;
        let mut last_number = 0;
        for (number, path) in dir.numbered_files()? {
            let Ok(number) = u32::try_from(number) else { continue };
            if damage.is_none() {
                let gap = !mapped.0.is_empty() && number != last_number + 1;
                let scanned = if gap {
                    let expected = format!("file {:06}", last_number + 1);
                    Err(FileError::corrupt(dir.path(), 0, "head chunk files", expected, path.display()))
                } else {
                    scan(number, &path)
                };
                match scanned {
                    Ok(None) => {
                        path.remove_file()?;
                        continue;
                    }
                    Ok(Some((map, chunks))) => {
                        mapped.0.push((number, Arc::new(map)));
                        chunks.into_iter().for_each(&mut visit);
                    }
                    Err(error) if error.is_corruption() => damage = Some(error),
                    Err(error) => return Err(error),
                }
            }
            if damage.is_some() {
                set_aside(&path, quarantine, &format!("chunks_head-{}", path.name()))?;
            } else {
                last_number = number;
            }
        }
        let writing = Writing { file: None, last_number };
        let files = ChunkFiles {
            dir: dir.clone(),
            mapped: ArcSwap::from_pointee(mapped),
            writing: Mutex::new(writing),
        };
        Ok((files, damage))
    }

    /// Returns the files as they are mapped now.
    pub fn mapped(&self) -> Arc<Mapped> {
        self.mapped.load_full()
    }

    /// Appends chunks and returns where each is. They can be read at once.
    ///
    /// # Errors
    /// [`FileError::Io`]; then none was written.
    pub fn write(&self, chunks: &[HeadChunk<'_>]) -> Result<Vec<Place>, FileError> {
        let mut writing = self.writing.lock();
        let mut places = Vec::with_capacity(chunks.len());
        let mut buffer = Vec::new();
        let mut rest = chunks;
        while !rest.is_empty() {
            buffer.clear();
            let (number, start) = writing.target(&self.dir)?;
            let mut taken = 0;
            for chunk in rest {
                let at = start + buffer.len() as u64;
                if at > FILE_BYTES_MAX {
                    break;
                }
                places.push(Place::file(number, at as u32));
                put_chunk(&mut buffer, chunk);
                taken += 1;
            }
            rest = &rest[taken..];
            writing.append(&buffer)?;
            self.map_again(number)?;
        }
        Ok(places)
    }

    fn path(&self, number: u32) -> DiskPath {
        self.dir.join(file_name(number))
    }

    fn map_again(&self, number: u32) -> Result<(), FileError> {
        let map = Arc::new(self.path(number).bytes()?);
        let mut mapped = Mapped::clone(&self.mapped.load());
        match mapped.0.last_mut() {
            Some(last) if last.0 == number => last.1 = map,
            Some(_) | None => mapped.0.push((number, map)),
        }
        self.mapped.store(Arc::new(mapped));
        Ok(())
    }

    /// Deletes files with numbers below `number`. Readers that hold them can still read.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn delete_before(&self, number: u32) -> Result<(), FileError> {
        let mut writing = self.writing.lock();
        if writing.file.as_ref().is_some_and(|(_, n, _)| *n < number) {
            writing.file = None;
        }
        let mut mapped = Mapped::clone(&self.mapped.load());
        let dead = mapped.0.partition_point(|(n, _)| *n < number);
        for (n, _) in mapped.0.drain(..dead) {
            self.path(n).remove_file()?;
        }
        self.mapped.store(Arc::new(mapped));
        Ok(())
    }

    /// Returns the number that the next new file will have.
    pub fn next_number(&self) -> u32 {
        self.writing.lock().last_number + 1
    }

    /// Returns the size of all files.
    pub fn bytes(&self) -> u64 {
        self.mapped.load().0.iter().map(|(_, map)| map.len() as u64).sum()
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn sync(&self) -> Result<(), FileError> {
        let writing = self.writing.lock();
        let Some((file, _, _)) = &writing.file else { return Ok(()) };
        file.sync()?;
        self.dir.sync_dir()
    }
}

impl Writing {
    /// Returns the file that takes chunks and its length, starting a new one if there is none or it is full.
    fn target(&mut self, dir: &DiskPath) -> Result<(u32, u64), FileError> {
        if let Some((_, number, length)) = &self.file
            && *length < FILE_BYTES_MAX
        {
            return Ok((*number, *length));
        }
        let number = self.last_number + 1;
        let [a, b, c, d] = MAGIC;
        let path = dir.join(file_name(number));
        let file = path.create()?;
        if let Err(error) = file.write_all_at(&[a, b, c, d, VERSION, 0, 0, 0], 0) {
            path.remove_file()?;
            return Err(error);
        }
        // A file is not written to before those with smaller numbers are durable, contents and names.
        if let Some((old, _, _)) = self.file.take() {
            old.sync()?;
        }
        dir.sync_dir()?;
        self.last_number = number;
        self.file = Some((file, number, FILE_HEADER_BYTES as u64));
        Ok((number, FILE_HEADER_BYTES as u64))
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let Some((file, _, length)) = &mut self.file else { return Ok(()) };
        let written = file.write_all_at(bytes, *length);
        match &written {
            Ok(()) => *length += bytes.len() as u64,
            // Half a chunk at the end would be damage to the next start.
            Err(_) => file.set_len(*length)?,
        }
        written
    }
}

fn put_chunk(buffer: &mut Vec<u8>, chunk: &HeadChunk<'_>) {
    let start = buffer.len();
    buffer.extend_from_slice(&chunk.series.to_be_bytes());
    buffer.extend_from_slice(&chunk.min_t.to_be_bytes());
    buffer.extend_from_slice(&chunk.max_t.to_be_bytes());
    buffer.push(chunk.encoding as u8 | if chunk.out_of_order { OUT_OF_ORDER } else { 0 });
    put_uvarint(buffer, chunk.data.len() as u64);
    buffer.extend_from_slice(chunk.data);
    let sum = crc32c(&buffer[start..]);
    buffer.extend_from_slice(&sum.to_be_bytes());
}

fn file_name(number: u32) -> String {
    format!("{number:06}")
}

/// Reads all files of a directory as they are, and hands each file's chunks with their offsets to `each`, or why they
/// cannot be read. Changes nothing.
///
/// # Errors
/// [`FileError::Io`] if the directory cannot be listed.
pub(crate) fn read_chunk_files(
    dir: &DiskPath,
    mut each: impl FnMut(Result<(&DiskPath, &[(u64, HeadChunk<'_>)]), FileError>),
) -> Result<(), FileError> {
    let mut former: Option<u32> = None;
    for (number, path) in dir.numbered_files()? {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if let Some(missing) = former.map(|f| f.saturating_add(1)).filter(|expected| *expected != number) {
            let expected = format!("file {}", file_name(missing));
            each(Err(FileError::corrupt(dir.path(), 0, "head chunk files", expected, path.display())));
        }
        former = Some(number);
        match scan(number, &path) {
            Err(error) => each(Err(error)),
            Ok(None) => each(Ok((&path, &[]))),
            Ok(Some((map, found))) => {
                let chunk =
                    |f: &FoundChunk| Some((f.place.offset() as u64, parse(&map, f.place.offset()).ok()?.0));
                let chunks: Vec<_> = found.iter().filter_map(chunk).collect();
                each(Ok((&path, &chunks)));
            }
        }
    }
    Ok(())
}

/// Maps a file and finds its chunks; `None` for a file that a crash left without a header.
fn scan(number: u32, path: &DiskPath) -> Result<Option<(FileBytes, Vec<FoundChunk>)>, FileError> {
    let map = path.bytes()?;
    if map.len() < FILE_HEADER_BYTES {
        return Ok(None);
    }
    let path = path.path();
    if map[..4] == [0; 4] {
        return Ok(None);
    }
    if map[..4] != MAGIC || map[4] != VERSION {
        let expected = format!("{MAGIC:02x?}, version {VERSION}");
        return Err(FileError::corrupt(path, 0, "head chunk file", expected, format!("{:02x?}", &map[..5])));
    }
    let mut chunks = Vec::new();
    let mut at = FILE_HEADER_BYTES;
    while at < map.len() {
        let corrupt = |expected: String, found: String| {
            FileError::corrupt(path, at as u64, "head chunk", expected, found)
        };
        if map.len() - at < CHUNK_HEADER_BYTES || map[at..at + CHUNK_HEADER_BYTES] == [0; CHUNK_HEADER_BYTES]
        {
            // The original reserves the file's space before it fills it.
            if map[at..].iter().all(|b| *b == 0) {
                break;
            }
        }
        let (chunk, end) = parse(&map, at).map_err(|found| corrupt("a whole chunk".to_owned(), found))?;
        let stored = Cursor::at(&map, end).be32();
        let computed = crc32c(&map[at..end]);
        if stored != Some(computed) {
            return Err(corrupt(format!("checksum {:08x}", stored.unwrap_or(0)), format!("{computed:08x}")));
        }
        let samples = chunk
            .encoding
            .samples_in(chunk.data)
            .map_err(|e| corrupt("samples".to_owned(), e.to_string()))?;
        chunks.push(FoundChunk {
            series: chunk.series,
            min_t: chunk.min_t,
            max_t: chunk.max_t,
            samples,
            place: Place::file(number, at as u32),
            out_of_order: chunk.out_of_order,
        });
        at = end + 4;
    }
    Ok(Some((map, chunks)))
}
