//! Reading the head through a view.

use std::sync::Arc;

use hashbrown::HashMap;
use model::{Exemplar, Labels, Matcher};
use smallvec::SmallVec;
use storage::{Cancel, LabelQuery, Projection, Samples, SelectError, SelectRequest, SeriesSet, TimeRange};

use super::Head;
use super::chunk_files::Place;
use super::isolation::ViewGuard;
use super::late::LateParts;
use super::pages::{PageInner, Table, page_of};
use super::series::Series;
use super::symbols::{Pair, Symbols};
use crate::chunkenc::{self, Encoding};
use crate::digest::{self, Digest};
use crate::error::FileError;
use crate::select;
use crate::tombstones::Tombstones;

/// The head as it was at one moment.
#[derive(Debug)]
pub struct HeadView {
    head: Arc<Head>,
    guard: ViewGuard,
    stones: Arc<Tombstones>,
    /// Older samples are in blocks.
    min_t: i64,
}

/// Series of the head.
#[derive(Debug)]
pub struct HeadSeries {
    view: Arc<HeadView>,
    table: Arc<Table>,
    ids: Vec<u32>,
    wanted: Wanted,
    cancel: Cancel,
    /// Labels of all series, if they had to be sorted.
    labels: Option<Vec<Labels>>,
}

/// Which labels a reader looks at, by the numbers of their names: those of a series that is there stay.
#[derive(Debug)]
enum Wanted {
    All,
    Only(SmallVec<[u32; 4]>),
    Without(SmallVec<[u32; 4]>),
}

impl Wanted {
    fn of(projection: Option<&Projection>, symbols: &Symbols) -> Wanted {
        let numbers = |names: &[Arc<str>]| names.iter().filter_map(|name| symbols.find(name)).collect();
        match projection {
            None => Wanted::All,
            Some(Projection::Only(names)) => Wanted::Only(numbers(names)),
            Some(Projection::Without(names)) => Wanted::Without(numbers(names)),
        }
    }

    fn is_nothing(&self) -> bool {
        matches!(self, Wanted::Only(names) if names.is_empty())
    }

    #[inline]
    fn has(&self, name: u32) -> bool {
        match self {
            Wanted::All => true,
            Wanted::Only(names) => names.contains(&name),
            Wanted::Without(names) => !names.contains(&name),
        }
    }
}

/// What must be known of a series once its page's lock is given back.
#[derive(Default)]
struct Copied {
    closed: SmallVec<[Part; 8]>,
    open: Option<Encoding>,
    bytes: SmallVec<[u8; 512]>,
    late: Option<LateParts>,
}

enum Part {
    Waiting(Encoding, Arc<[u8]>),
    InFile(Place),
}

impl HeadView {
    /// Takes a view of the head for readers of `range`.
    pub fn new(head: &Arc<Head>, range: TimeRange) -> HeadView {
        let guard = head.views.open(range);
        let stones = head.stones.read().clone();
        HeadView { head: head.clone(), guard, stones, min_t: head.min_valid_for_readers() }
    }

    /// Finds series with samples near the request's range; sorted by (projected) labels if the request asks for it.
    ///
    /// # Errors
    /// [`SelectError`].
    pub fn select(self: &Arc<HeadView>, request: &SelectRequest<'_>) -> Result<HeadSeries, SelectError> {
        let mut ids = {
            let index = self.head.index();
            select::series_matching(&index, request.matchers, &request.cancel)?
        };
        let table = self.head.pages.table();
        self.keep_overlapping(&table, &mut ids, request)?;
        let mut series = HeadSeries {
            view: self.clone(),
            table,
            ids,
            wanted: Wanted::of(request.projection.as_ref(), &self.head.symbols.read()),
            cancel: request.cancel.clone(),
            labels: None,
        };
        if request.sorted {
            series.sort();
        }
        Ok(series)
    }

    fn keep_overlapping(
        &self,
        table: &Table,
        ids: &mut Vec<u32>,
        request: &SelectRequest<'_>,
    ) -> Result<(), SelectError> {
        let range = request.range;
        let mut page_number = u32::MAX;
        let mut page = None;
        ids.retain(|&id| {
            if request.cancel.is_cancelled() {
                return false;
            }
            if id / super::pages::PAGE_SERIES != page_number {
                page_number = id / super::pages::PAGE_SERIES;
                drop(page.take());
                page = page_of(table, id).map(|p| p.read());
            }
            let Some(series) =
                page.as_ref().and_then(|p: &parking_lot::RwLockReadGuard<'_, PageInner>| p.get(id))
            else {
                return false;
            };
            let last_t = series.last_t();
            last_t >= range.min_ms && last_t != i64::MIN && first_t_at_most(series, range.max_ms)
                || series.late.as_ref().is_some_and(|late| late.overlaps(range))
        });
        request.cancel.check()
    }

    /// Tells whether the head may have samples in a range.
    pub fn overlaps(&self, range: TimeRange) -> bool {
        self.head.min_t() <= range.max_ms && range.min_ms <= self.head.max_t()
            || self.head.late.overlaps(range)
    }

    /// Returns label names, sorted.
    ///
    /// # Errors
    /// [`SelectError`].
    pub fn label_names(&self, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        let index = self.head.index();
        any_set(query, |matchers| select::label_names(&index, matchers, &query.cancel))
    }

    /// Returns values of a label, sorted.
    ///
    /// # Errors
    /// [`SelectError`].
    pub fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Vec<String>, SelectError> {
        let index = self.head.index();
        any_set(query, |matchers| select::label_values(&index, name, matchers, &query.cancel))
    }

    /// Returns exemplars of series that pass one of the matcher sets, by labels, oldest first.
    pub fn exemplars(&self, matcher_sets: &[Vec<Matcher>], range: TimeRange) -> Vec<(Labels, Vec<Exemplar>)> {
        let passes = |labels: &Labels| {
            matcher_sets.iter().any(|set| set.iter().all(|m| m.matches(labels.get(&m.name))))
        };
        self.head.exemplars.lock().select(range, passes)
    }
}

fn any_set(
    query: &LabelQuery<'_>,
    find: impl Fn(&[Matcher]) -> Result<Vec<String>, SelectError>,
) -> Result<Vec<String>, SelectError> {
    let [first, rest @ ..] = query.matcher_sets else { return find(&[]) };
    let mut found = find(first)?;
    for matchers in rest {
        found.extend(find(matchers)?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Tells whether the series may begin at `t` or before. Closed chunks in files do not tell when they begin without
/// being touched: those count as early enough.
fn first_t_at_most(series: &Series, t: i64) -> bool {
    !series.closed.is_empty() || series.open_min_t().is_some_and(|first| first <= t)
}

impl Head {
    /// Returns the time before which readers find everything in blocks.
    fn min_valid_for_readers(&self) -> i64 {
        self.truncated_t.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl HeadSeries {
    fn sort(&mut self) {
        let mut labels: Vec<(Labels, u32)> =
            (0..self.ids.len()).map(|i| (SeriesSet::labels(self, i), self.ids[i])).collect();
        labels.sort_by(|a, b| a.0.cmp(&b.0));
        self.ids = labels.iter().map(|(_, id)| *id).collect();
        self.labels = Some(labels.into_iter().map(|(labels, _)| labels).collect());
    }

    /// Copies what overlaps `range` of series `i`, under its page's lock; returns the range that may be decoded of
    /// ordered samples.
    fn copy(&self, i: usize, range: TimeRange, to: &mut Copied) -> Option<TimeRange> {
        let id = self.ids[i];
        let page = page_of(&self.table, id)?.read();
        let series = page.get(id)?;
        if let Some(late) = &series.late {
            to.late = Some(LateParts::copy(late, range, &self.view.guard));
        }
        let until = self.view.guard.visible_until(id, series.epoch);
        let range = TimeRange { min_ms: range.min_ms.max(self.view.min_t), max_ms: range.max_ms.min(until) };
        if range.min_ms > range.max_ms {
            return None;
        }
        let first = series.closed.partition_point(|c| c.max_t < range.min_ms);
        let mut begun_before = i64::MIN;
        for chunk in &series.closed[first..] {
            if begun_before >= range.max_ms {
                break;
            }
            to.closed.push(match chunk.place.key() {
                None => Part::InFile(chunk.place),
                Some(key) => {
                    let waiting = page.waiting.get(key)?;
                    Part::Waiting(waiting.encoding, waiting.bytes.clone())
                }
            });
            begun_before = chunk.max_t;
        }
        if begun_before < range.max_ms && series.open.last_t().is_some_and(|t| t >= range.min_ms) {
            to.open = series.open.encoding();
            to.bytes.extend_from_slice(&series.buffer);
        }
        Some(range)
    }

    /// Returns the digests of the labels of each series; that of no labels for one that is gone.
    ///
    /// # Errors
    /// [`SelectError::Cancelled`].
    pub fn digests(&self, cancel: &Cancel) -> Result<Vec<u128>, SelectError> {
        let mut strings: HashMap<u32, u128> = HashMap::new();
        let mut digests = Vec::with_capacity(self.ids.len());
        let mut pairs: Vec<Pair> = Vec::new();
        for some in self.ids.chunks(1024) {
            cancel.check()?;
            for id in some {
                pairs.clear();
                let page = page_of(&self.table, *id).map(|page| page.read());
                if let Some((page, series)) = page.as_ref().and_then(|page| Some((page, page.get(*id)?))) {
                    pairs.extend(page.labels(series));
                }
                drop(page);
                let symbols = self.view.head.symbols.read();
                let mut string =
                    |symbol: u32| *strings.entry(symbol).or_insert_with(|| digest::of(symbols.get(symbol)));
                let mut digest = Digest::default();
                pairs.iter().for_each(|p| digest.add(string(p.name), string(p.value)));
                digests.push(digest.number());
            }
        }
        Ok(digests)
    }

    /// Returns the number of series `i` in the head.
    pub fn id(&self, i: usize) -> u32 {
        self.ids[i]
    }

    /// Keeps only the first `limit` series.
    pub fn truncate(&mut self, limit: usize) {
        self.ids.truncate(limit);
    }
}

impl SeriesSet for HeadSeries {
    fn len(&self) -> usize {
        self.ids.len()
    }

    fn labels(&self, i: usize) -> Labels {
        if let Some(labels) = &self.labels {
            return labels[i].clone();
        }
        let id = self.ids[i];
        if self.wanted.is_nothing() {
            return Labels::empty();
        }
        let pairs: SmallVec<[Pair; 24]> = {
            let Some(page) = page_of(&self.table, id) else { return Labels::empty() };
            let page = page.read();
            let Some(series) = page.get(id) else { return Labels::empty() };
            page.labels(series).filter(|p| self.wanted.has(p.name)).collect()
        };
        let symbols = self.view.head.symbols.read();
        Labels::from_sorted(pairs.iter().map(|p| (symbols.get(p.name), symbols.get(p.value))))
    }

    fn read(&self, i: usize, range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
        let mut copied = Copied::default();
        let whole = range;
        let range = match self.copy(i, range, &mut copied) {
            Some(range) => range,
            None if copied.late.is_none() => return Ok(()),
            None => {
                // Only late samples.
                copied = Copied { late: copied.late, ..Copied::default() };
                range
            }
        };
        let (floats, histograms) = (out.t.len(), out.histograms.len());
        // Taken after the places were copied, so it has them all.
        let files = self.view.head.files.mapped();
        let mut before: Option<(Encoding, &[u8])> = None;
        for part in &copied.closed {
            self.cancel.check()?;
            let next: (_, &[u8]) = match part {
                Part::Waiting(encoding, bytes) => (*encoding, bytes),
                Part::InFile(place) => {
                    let chunk = files.chunk(*place)?;
                    (chunk.encoding, chunk.data)
                }
            };
            before = decode_in_pairs(before, next, range, out)?;
        }
        if let Some(encoding) = copied.open {
            before = decode_in_pairs(before, (encoding, &copied.bytes), range, out)?;
        }
        if let Some((encoding, bytes)) = before {
            decode(encoding, bytes, range, out)?;
        }
        if let Some(late) = copied.late {
            late.join_to(&files, whole, (floats, histograms), out)?;
        }
        if let Some(deleted) = self.view.stones.get(u64::from(self.ids[i])) {
            deleted.remove_from(out, floats, histograms);
        }
        Ok(())
    }
}

/// Decodes a chunk together with the one before, which was not yet decoded. Returns what is still to be decoded.
fn decode_in_pairs<'c>(
    before: Option<(Encoding, &'c [u8])>,
    next: (Encoding, &'c [u8]),
    range: TimeRange,
    out: &mut Samples,
) -> Result<Option<(Encoding, &'c [u8])>, SelectError> {
    match (before, next) {
        (Some((Encoding::Xor, first)), (Encoding::Xor, second))
            if chunkenc::xor::decode_two(first, second, range, out) =>
        {
            Ok(None)
        }
        (Some((encoding, bytes)), next) => {
            decode(encoding, bytes, range, out)?;
            Ok(Some(next))
        }
        (None, next) => Ok(Some(next)),
    }
}

fn decode(encoding: Encoding, bytes: &[u8], range: TimeRange, out: &mut Samples) -> Result<(), SelectError> {
    chunkenc::decode(encoding, bytes, range, out).map_err(|e| {
        let path = std::path::Path::new("chunks_head");
        FileError::corrupt(path, 0, "head chunk", "samples", e).into()
    })
}
