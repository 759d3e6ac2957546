//! Where series live: pages of neighbours under one lock.
//!
//! Series that are created together (one target's) are numbered together, so a scrape walks a few pages in order.
//! Finding a series by number is three array lookups; the table itself is replaced, never changed, when a page is added. It
//! has two levels, so that numbers may lie far apart: see [`super::intake`].
//!
//! Invariants: 1. Number 0 is no series.  2. A page leaves the table only after all its numbers were handed out and all
//! its series are gone.  3. While one page's lock is held, no other page's is taken.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, RwLock};

use super::ID_END;
use super::numbers::Numbers;
use super::packed_labels::{self, PackedLabels};
use super::series::{Series, Waiting};
use super::symbols::Pair;

/// Series on a page.
pub const PAGE_SERIES: u32 = 128;

/// The contents of a page.
#[derive(Debug)]
pub struct PageInner {
    slots: Vec<Option<Series>>,
    /// Series here.
    live: usize,
    /// Labels of the first series: those of the others are written as they differ.
    model: Box<[Pair]>,
    /// Closed chunks of the page's series that wait to be written.
    pub waiting: Waiting,
}

/// A page.
pub type Page = RwLock<PageInner>;

/// Pages in a group of the table.
const GROUP_PAGES: usize = 512;

type Group = Vec<Option<Arc<Page>>>;

/// A moment of the table. Pages stay usable while it is held.
#[derive(Clone, Debug, Default)]
pub struct Table(Vec<Option<Arc<Group>>>);

impl Table {
    /// Returns the pages with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Page>)> {
        let groups = self.0.iter().enumerate().filter_map(|(g, group)| Some((g, group.as_ref()?)));
        groups.flat_map(|(g, group)| {
            let pages = group.iter().enumerate();
            pages.filter_map(move |(p, page)| Some((g * GROUP_PAGES + p, page.as_ref()?)))
        })
    }

    fn slot(&mut self, page: usize) -> &mut Option<Arc<Page>> {
        let group = page / GROUP_PAGES;
        if self.0.len() <= group {
            self.0.resize(group + 1, None);
        }
        let group = self.0[group].get_or_insert_with(|| Arc::new(vec![None; GROUP_PAGES]));
        &mut Arc::make_mut(group)[page % GROUP_PAGES]
    }

    fn clear(&mut self, page: usize) {
        *self.slot(page) = None;
        let group = &mut self.0[page / GROUP_PAGES];
        if group.as_ref().is_some_and(|g| g.iter().all(Option::is_none)) {
            *group = None;
        }
    }
}

impl PageInner {
    fn new() -> PageInner {
        let slots = (0..PAGE_SERIES).map(|_| None).collect();
        PageInner { slots, live: 0, model: Box::default(), waiting: Waiting::default() }
    }

    /// Returns a series of this page.
    #[inline]
    pub fn get(&self, id: u32) -> Option<&Series> {
        self.slots[(id % PAGE_SERIES) as usize].as_ref()
    }

    /// Returns a series of this page, to be changed, and the chunks that wait.
    #[inline]
    pub fn get_mut(&mut self, id: u32) -> Option<(&mut Series, &mut Waiting)> {
        self.slots[(id % PAGE_SERIES) as usize].as_mut().map(|s| (s, &mut self.waiting))
    }

    /// Puts a page together: labels that those of its series are told by, its series by number, and closed chunks that wait.
    pub fn restore(model: Box<[Pair]>, series: Vec<(u32, Series)>, waiting: Waiting) -> PageInner {
        let mut page = PageInner { model, waiting, live: series.len(), ..PageInner::new() };
        for (id, series) in series {
            page.slots[(id % PAGE_SERIES) as usize] = Some(series);
        }
        page
    }

    /// Puts a new series with these labels in its place, which is free.
    pub fn insert(&mut self, id: u32, labels: &[Pair]) -> &mut Series {
        if self.live == 0 {
            self.model = labels.into();
        }
        self.live += 1;
        let series = Series::new(PackedLabels::new(labels, &self.model));
        self.slots[(id % PAGE_SERIES) as usize].insert(series)
    }

    /// Removes a series.
    pub fn remove(&mut self, id: u32) -> Option<Series> {
        let removed = self.slots[(id % PAGE_SERIES) as usize].take();
        self.live -= usize::from(removed.is_some());
        removed
    }

    /// Returns the labels of a series of this page, sorted by name.
    pub fn labels<'a>(&'a self, series: &'a Series) -> packed_labels::Iter<'a> {
        series.labels.iter(&self.model)
    }

    /// Returns the labels that those of all series are told by; their strings are needed as long as there is a series.
    pub fn model(&self) -> &[Pair] {
        if self.live == 0 { &[] } else { &self.model }
    }

    /// Returns the series with their numbers; `page` is the page's number.
    pub fn iter(&self, page: usize) -> impl Iterator<Item = (u32, &Series)> {
        let first = page as u32 * PAGE_SERIES;
        (0..).zip(&self.slots).filter_map(move |(at, s)| s.as_ref().map(|s| (first + at, s)))
    }

    /// Returns the series.
    pub fn series(&self) -> impl Iterator<Item = &Series> {
        self.slots.iter().flatten()
    }

    /// Returns the series, to be changed.
    pub fn series_mut(&mut self) -> impl Iterator<Item = &mut Series> {
        self.slots.iter_mut().flatten()
    }

    /// Tells whether no series is here.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }
}

/// Returns the page of a series in a moment of the table.
#[inline]
pub fn page_of(table: &Table, id: u32) -> Option<&Arc<Page>> {
    let page = (id / PAGE_SERIES) as usize;
    table.0.get(page / GROUP_PAGES)?.as_ref()?[page % GROUP_PAGES].as_ref()
}

/// All pages.
#[derive(Debug, Default)]
pub struct Pages {
    table: ArcSwap<Table>,
    /// Held while the table is replaced.
    growing: Mutex<()>,
}

impl Pages {
    /// Returns the table as it is now.
    pub fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Returns the page of a series, which is created if there is none.
    pub fn page_for(&self, id: u32) -> Arc<Page> {
        let at = (id / PAGE_SERIES) as usize;
        if let Some(page) = page_of(&self.table.load(), id) {
            return page.clone();
        }
        let _growing = self.growing.lock();
        let mut table = Table::clone(&self.table.load());
        let page = table.slot(at).get_or_insert_with(|| Arc::new(RwLock::new(PageInner::new()))).clone();
        self.table.store(Arc::new(table));
        page
    }

    /// Adds whole pages with their numbers, which no page has.
    pub fn install(&self, pages: Vec<(u32, PageInner)>) {
        let _growing = self.growing.lock();
        let mut table = Table::clone(&self.table.load());
        for (number, page) in pages {
            *table.slot(number as usize) = Some(Arc::new(RwLock::new(page)));
        }
        self.table.store(Arc::new(table));
    }

    /// Calls `f` with a series, or returns `None` if there is no such series.
    pub fn with<R>(&self, id: u32, f: impl FnOnce(&Series, &PageInner) -> R) -> Option<R> {
        let page = page_of(&self.table.load(), id)?.clone();
        let page = page.read();
        page.get(id).map(|series| f(series, &page))
    }

    /// Forgets pages without series whose numbers were all handed out.
    pub fn drop_empty(&self, numbers: &Numbers) {
        let _growing = self.growing.lock();
        let mut table = Table::clone(&self.table.load());
        let empty: Vec<usize> = table
            .iter()
            .filter(|(at, page)| {
                let beyond = *at as u32 * PAGE_SERIES >= ID_END;
                (beyond || numbers.has_handed_out(*at)) && page.read().is_empty()
            })
            .map(|(at, _)| at)
            .collect();
        empty.into_iter().for_each(|at| table.clear(at));
        self.table.store(Arc::new(table));
    }
}
