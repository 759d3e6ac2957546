//! Taking an image into an empty head.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hashbrown::HashMap;
use model::{Exemplar, Metadata};
use storage::TimeRange;

use super::Kind;
use super::page::{self, ClosedPart, PagePart, SeriesPart};
use super::sections::{Damage, Section, sections};
use crate::disk::DiskPath;
use crate::encoding::Cursor;
use crate::error::FileError;
use crate::head::open_chunk::OpenChunk;
use crate::head::pages::PageInner;
use crate::head::replay::{Directories, Found};
use crate::head::series::{ClosedChunk, Series, Waiting};
use crate::head::symbols::Symbols;
use crate::head::{Head, ID_END, Needed};
use crate::tombstones::Tombstones;
use crate::wal::record::{HistogramSample, RecordSink, Sample, decode};
use crate::wal::{LogEnd, last_checkpoint, segments};

/// Most threads that read pages.
const WORKERS_MAX: usize = 8;

/// What an image told beside what is in the head by now.
#[derive(Debug)]
pub struct Restored {
    /// The log has to be read from here.
    pub from: LogEnd,
    /// The next number for a new series.
    pub next_number: u32,
    /// Deletions.
    pub stones: Tombstones,
    /// Numbers of the log that are another number here.
    pub renamed: HashMap<u64, u32>,
    /// Series with the times of their last samples: what the log has up to there is in the head.
    pub last: Vec<(u32, i64)>,
}

/// Why an image was not taken. The head is of no use any more then.
#[derive(Debug)]
pub enum Refused {
    /// It is damaged.
    Damaged(FileError),
    /// The files beside it are not those it was made beside.
    Foreign(String),
    /// Log or image could not be read.
    File(FileError),
}

impl From<FileError> for Refused {
    fn from(error: FileError) -> Refused {
        Refused::File(error)
    }
}

/// Takes the image, if there is one, into an empty head. `found` are the closed chunks in files; those of series of the image
/// leave it. Only segments before `first_new` were there at start.
///
/// # Errors
/// [`Refused`]: then the head must be made anew.
pub fn restore(
    head: &Head,
    dirs: &Directories,
    found: &mut Found,
    first_new: u64,
) -> Result<Option<Restored>, Refused> {
    if !dirs.image.is_there() {
        return Ok(None);
    }
    let file = dirs.image.bytes()?;
    let damaged = |damage: Damage| Refused::Damaged(corrupt(dirs.image.path(), damage));
    let sections = sections(&file).map_err(damaged)?;
    let of = |kind: Kind| sections.iter().filter(move |section| section.kind == kind);
    let from = start(of(Kind::Start)).map_err(damaged)?;
    check_log(dirs, from, first_new)?;

    *head.symbols.write() = symbols(of(Kind::Symbols)).map_err(damaged)?;
    let pages: Vec<&Section<'_>> = of(Kind::Pages).collect();
    let parts = in_parallel(&pages, |section| read_pages(head, section, found));
    let mut last = Vec::new();
    let mut next_page = 0;
    let mut all = Vec::new();
    let mut tally = Tally::default();
    for (section, part) in pages.iter().zip(parts) {
        let part = part.map_err(|unfit| match unfit {
            Unfit::Damage(damage) => damaged(damage),
            Unfit::Chunks { series } => {
                Refused::Foreign(format!("chunks of series {series} are not where they were"))
            }
        })?;
        for (number, _) in &part.pages {
            if *number < next_page {
                return Err(damaged(section.damage("pages in their order", &Cursor::new(&[]))));
            }
            next_page = *number + 1;
        }
        tally.add(&part.tally);
        last.extend(part.last);
        all.extend(part.pages);
    }
    for (id, _) in &last {
        found.chunks.remove(&u64::from(*id));
    }
    head.pages.install(all);
    install_hashes(head, &of(Kind::Hashes).collect::<Vec<_>>(), last.len()).map_err(damaged)?;
    tally.count(head, last.len() as u64);
    let stones = stones(of(Kind::Stones)).map_err(damaged)?;
    let departed = departed(of(Kind::Departed)).map_err(damaged)?;
    *head.departed.lock() = departed;
    let renamed = renamed(of(Kind::Renamed)).map_err(damaged)?;
    let next_number = next_number(of(Kind::Numbers)).map_err(damaged)?;
    for section in of(Kind::Records) {
        let record = section.contents().map_err(damaged)?;
        decode(record, &mut Beside(head)).map_err(|e| {
            damaged(Damage { offset: section.offset, expected: "a record", found: e.to_string() })
        })?;
    }
    Ok(Some(Restored { from, next_number, stones, renamed, last }))
}

/// Reads a whole image without a head. Returns the number of its series, of their chunks, and of the samples in chunks that
/// were open or waited.
///
/// # Errors
/// [`FileError`]: the first damage.
pub fn check(path: &DiskPath) -> Result<(u64, u64, u64), FileError> {
    let file = path.bytes()?;
    let damaged = |damage: Damage| corrupt(path.path(), damage);
    let sections = sections(&file).map_err(damaged)?;
    let of = |kind: Kind| sections.iter().filter(move |section| section.kind == kind);
    start(of(Kind::Start)).map_err(damaged)?;
    let symbols = symbols(of(Kind::Symbols)).map_err(damaged)?;
    let (mut series, mut chunks, mut samples) = (0, 0, 0);
    take_all(of(Kind::Pages), "a page of series with known labels", |c| {
        let page = page::take(c).filter(|page| is_told(page, &symbols))?;
        for (_, one) in &page.series {
            series += 1;
            chunks += one.closed.len() as u64 + u64::from(one.open.samples() > 0);
            samples += u64::from(one.open.samples());
            for (_, part) in &one.closed {
                if let ClosedPart::Waiting(chunk) = part {
                    samples += u64::from(chunk.encoding.samples_in(&chunk.bytes).ok()?);
                }
            }
        }
        Some(())
    })
    .map_err(damaged)?;
    for section in &sections {
        section.contents().map_err(damaged)?;
    }
    Ok((series, chunks, samples))
}

fn corrupt(path: &Path, damage: Damage) -> FileError {
    let Damage { offset, expected, found } = damage;
    FileError::corrupt(path, offset as u64, "head image", expected, found)
}

/// Checks that the log goes on where the image ends.
fn check_log(dirs: &Directories, from: LogEnd, first_new: u64) -> Result<(), Refused> {
    let foreign = |reason: String| Err(Refused::Foreign(reason));
    if let Some((covered, _)) = last_checkpoint(&dirs.wal)?
        && covered >= from.segment
    {
        return foreign(format!("a checkpoint stands for segment {} of the log", from.segment));
    }
    let all = segments(&dirs.wal)?;
    let Some(segment) = all.iter().find(|s| s.number == from.segment && s.number < first_new) else {
        return foreign(format!("the log has no segment {}", from.segment));
    };
    let length = segment.path.length()?;
    if length < from.bytes {
        return foreign(format!("segment {} ends at {length}, before {}", from.segment, from.bytes));
    }
    Ok(())
}

/// Calls `take` until the contents of all sections are taken; what it refuses is damage.
fn take_all<'a, 'f: 'a>(
    sections: impl Iterator<Item = &'a Section<'f>>,
    expected: &'static str,
    mut take: impl FnMut(&mut Cursor<'f>) -> Option<()>,
) -> Result<(), Damage> {
    for section in sections {
        let mut c = Cursor::new(section.contents()?);
        while !c.is_empty() {
            take(&mut c).ok_or_else(|| section.damage(expected, &c))?;
        }
    }
    Ok(())
}

fn start<'a, 'f: 'a>(sections: impl Iterator<Item = &'a Section<'f>>) -> Result<LogEnd, Damage> {
    let mut start = None;
    take_all(sections, "a place in the log", |c| {
        start = Some(LogEnd { segment: c.uvarint()?, bytes: c.uvarint()? });
        Some(())
    })?;
    start.ok_or(Damage { offset: 0, expected: "a place in the log", found: "none".to_owned() })
}

fn symbols<'a, 'f: 'a>(sections: impl Iterator<Item = &'a Section<'f>>) -> Result<Symbols, Damage> {
    let mut symbols = Symbols::default();
    take_all(sections, "a string that no number has yet", |c| {
        let string = std::str::from_utf8(c.prefixed()?).ok()?;
        symbols.restore_next(string).then_some(())
    })?;
    Ok(symbols)
}

fn stones<'a, 'f: 'a>(sections: impl Iterator<Item = &'a Section<'f>>) -> Result<Tombstones, Damage> {
    let mut stones = Tombstones::default();
    take_all(sections, "a deletion", |c| {
        let series = c.uvarint()?;
        let range = TimeRange { min_ms: c.varint()?, max_ms: c.varint()? };
        (range.min_ms <= range.max_ms).then(|| stones.add(series, range))
    })?;
    Ok(stones)
}

fn departed<'a, 'f: 'a>(
    sections: impl Iterator<Item = &'a Section<'f>>,
) -> Result<HashMap<u64, Needed>, Damage> {
    let mut departed = HashMap::new();
    take_all(sections, "a number that is still needed", |c| {
        departed.insert(c.uvarint()?, Needed { segment: c.uvarint()?, newest_t: c.varint()? });
        Some(())
    })?;
    Ok(departed)
}

fn renamed<'a, 'f: 'a>(sections: impl Iterator<Item = &'a Section<'f>>) -> Result<HashMap<u64, u32>, Damage> {
    let mut renamed = HashMap::new();
    take_all(sections, "a second number", |c| {
        renamed.insert(c.uvarint()?, c.uvarint32()?);
        Some(())
    })?;
    Ok(renamed)
}

fn next_number<'a, 'f: 'a>(sections: impl Iterator<Item = &'a Section<'f>>) -> Result<u32, Damage> {
    let mut next = None;
    take_all(sections, "a number for the next series", |c| {
        next = Some(c.uvarint32().filter(|number| (1..ID_END).contains(number))?);
        Some(())
    })?;
    next.ok_or(Damage { offset: 0, expected: "a number for the next series", found: "none".to_owned() })
}

/// Runs `work` on all items, on as many threads as there are processors.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(WORKERS_MAX);
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..workers.min(items.len())).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Why pages cannot be taken.
enum Unfit {
    Damage(Damage),
    /// A chunk file lacks a chunk of a series, or has others.
    Chunks {
        series: u32,
    },
}

/// The pages of a section.
struct Part {
    pages: Vec<(u32, PageInner)>,
    last: Vec<(u32, i64)>,
    tally: Tally,
}

/// What comes to the figures of the head.
#[derive(Debug)]
struct Tally {
    bytes: u64,
    chunks: u64,
    waiting: usize,
    min_t: i64,
    max_t: i64,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { bytes: 0, chunks: 0, waiting: 0, min_t: i64::MAX, max_t: i64::MIN }
    }
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.bytes += other.bytes;
        self.chunks += other.chunks;
        self.waiting += other.waiting;
        self.min_t = self.min_t.min(other.min_t);
        self.max_t = self.max_t.max(other.max_t);
    }

    fn count(&self, head: &Head, series: u64) {
        head.counters.series_created.fetch_add(series, Relaxed);
        head.counters.chunks_created.fetch_add(self.chunks, Relaxed);
        head.counters.waiting_chunks.fetch_add(self.waiting, Relaxed);
        head.admission.restored(self.bytes);
        if self.min_t <= self.max_t {
            head.widen_times(self.min_t, self.max_t);
        }
    }
}

fn read_pages(head: &Head, section: &Section<'_>, found: &Found) -> Result<Part, Unfit> {
    let mut c = Cursor::new(section.contents().map_err(Unfit::Damage)?);
    let mut part = Part { pages: Vec::new(), last: Vec::new(), tally: Tally::default() };
    let symbols = head.symbols.read();
    let epoch = head.views.before_now();
    while !c.is_empty() {
        let read = page::take(&mut c).filter(|page| is_told(page, &symbols));
        let Some(page) = read else {
            return Err(Unfit::Damage(section.damage("a page of series with known labels", &c)));
        };
        let number = page.number;
        let mut waiting = Waiting::default();
        let mut series = Vec::with_capacity(page.series.len());
        for (id, read) in page.series {
            let labels = read.labels.iter(&page.model).count();
            let mut one = assemble(id, read, found, &mut waiting, &mut part.tally)?;
            one.epoch = epoch;
            part.tally.bytes += crate::head::admission::series_bytes(labels);
            part.last.push((id, one.last_t()));
            series.push((id, one));
        }
        part.pages.push((number, PageInner::restore(page.model, series, waiting)));
    }
    Ok(part)
}

/// Tells whether all labels of a page have strings.
fn is_told(page: &PagePart, symbols: &Symbols) -> bool {
    let model = page.model.iter().copied();
    let own = page.series.iter().flat_map(|(_, series)| series.labels.iter(&page.model));
    model.chain(own).all(|pair| !symbols.get(pair.name).is_empty() && !symbols.get(pair.value).is_empty())
}

/// Puts a series together from what the image and the chunk files have of it.
fn assemble(
    id: u32,
    read: SeriesPart,
    found: &Found,
    waiting: &mut Waiting,
    tally: &mut Tally,
) -> Result<Series, Unfit> {
    let in_files = found.chunks.get(&u64::from(id)).map_or(&[][..], Vec::as_slice);
    let unfit = Unfit::Chunks { series: id };
    let mut series = Series::new(read.labels);
    series.logged = true;
    series.idle_looks = 1.into();
    // Those in files are in their order. What waited then, the newest, may have gone to a file since.
    let mut closed: Vec<(i64, ClosedChunk)> = in_files.to_vec();
    for (max_t, part) in read.closed {
        if max_t < found.min_valid_t {
            continue;
        }
        match part {
            ClosedPart::File(place) => {
                if !in_files.iter().any(|(_, c)| c.place == place && c.max_t == max_t) {
                    return Err(unfit);
                }
            }
            ClosedPart::Waiting(chunk) => {
                let at = closed.partition_point(|(_, c)| c.max_t < chunk.min_t);
                let next = closed.get(at).map_or(i64::MAX, |(min_t, _)| *min_t);
                if next <= max_t {
                    continue;
                }
                tally.waiting += 1;
                let min_t = chunk.min_t;
                closed.insert(at, (min_t, ClosedChunk { max_t, place: waiting.add(chunk) }));
            }
        }
    }
    if let Some((min_t, chunk)) = closed.first() {
        tally.min_t = tally.min_t.min(*min_t);
        tally.max_t = tally.max_t.max(chunk.max_t);
    }
    tally.chunks += closed.len() as u64;
    series.closed = closed.into_iter().map(|(_, chunk)| chunk).collect();
    series.closed.shrink_to_fit();

    let until = series.closed.last().map_or(i64::MIN, |c| c.max_t).max(found.min_valid_t.saturating_sub(1));
    if let Some(last_t) = read.open.last_t().filter(|last_t| *last_t > until) {
        (series.open, series.buffer, series.next_at) = (read.open, read.buffer, read.next_at);
        let min_t = series.open_min_t().unwrap_or(last_t);
        if series.closed.last().is_some_and(|c| c.max_t >= min_t) {
            return Err(unfit); // another program cut its chunks elsewhere
        }
        tally.chunks += 1;
        tally.min_t = tally.min_t.min(min_t);
    }
    tally.max_t = tally.max_t.max(series.last_t());
    debug_assert!(matches!(series.open, OpenChunk::None) == series.buffer.is_empty());
    Ok(series)
}

/// Lets series be found by their labels. Each must be in the tables once.
fn install_hashes(head: &Head, sections: &[&Section<'_>], series: usize) -> Result<(), Damage> {
    let table = head.pages.table();
    let is_there =
        |id: u32| crate::head::pages::page_of(&table, id).is_some_and(|page| page.read().get(id).is_some());
    let counts = in_parallel(sections, |section| {
        let mut c = Cursor::new(section.contents()?);
        let shard = c.u8().map(usize::from).filter(|shard| *shard < head.by_labels.shards());
        let Some(shard) = shard else { return Err(section.damage("a table", &c)) };
        let mut entries = Vec::with_capacity(c.remaining() / 8);
        while !c.is_empty() {
            let (Some(half), Some(id)) = (c.be32(), c.be32()) else {
                return Err(section.damage("a hash and a number", &c));
            };
            // Those that came while the image was written are told by the log.
            if is_there(id) {
                entries.push((half, id));
            }
        }
        head.by_labels.restore(shard, &entries);
        Ok(entries.len())
    });
    let mut all = 0;
    for count in counts {
        all += count?;
    }
    if all == series {
        return Ok(());
    }
    let offset = sections.first().map_or(0, |s| s.offset);
    let found = format!("{all} hashes of {series} series");
    Err(Damage { offset, expected: "a hash for each series", found })
}

/// Takes exemplars and metadata.
struct Beside<'a>(&'a Head);

impl RecordSink for Beside<'_> {
    fn exemplar(&mut self, series: u64, exemplar: Exemplar) {
        if let Ok(id) = u32::try_from(series) {
            self.0.exemplars.lock().add(id, exemplar, || self.0.labels_of(id));
        }
    }

    fn metadata(&mut self, series: u64, metadata: Metadata) {
        if let Ok(id) = u32::try_from(series) {
            self.0.metadata.lock().insert(id, metadata.into());
        }
    }

    // Images have no such records.
    fn series(&mut self, _: u64, _: &[(&str, &str)]) {}
    fn sample(&mut self, _: Sample) {}
    fn histogram(&mut self, _: HistogramSample) {}
    fn tombstone(&mut self, _: u64, _: TimeRange) {}
}
