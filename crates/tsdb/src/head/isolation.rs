//! Views: how a query sees each commit whole or not at all, at the cost of one comparison a sample.
//!
//! Commits change series under the `apply` lock, one after another. Taking a view takes that lock for an instant, so
//! no commit is half done, notes the present *epoch* and starts the next. A series remembers the epoch of its last
//! write. When a commit is the first in its epoch to write a series, and a view is open, it notes where the series
//! ended before: as samples only ever increase in time, that one timestamp is all a view must know. Views are short
//! and a series is written every few seconds, so this note is rare.
//!
//! Invariants: 1. The epoch changes only under the apply lock.  2. A view of epoch E sees what was written in epochs up
//! to E.  3. For each open view and each series written later, there is a note whose epochs include the view's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use hashbrown::HashMap;
use parking_lot::{Condvar, Mutex, MutexGuard};
use smallvec::SmallVec;
use storage::TimeRange;

/// Notes kept before they are looked through for ones that no view needs.
const NOTES_CHECK: usize = 1024;

/// Where a series ended for views of the epochs from `from` up to before `until`.
#[derive(Clone, Copy, Debug)]
struct Note {
    from: u32,
    until: u32,
    last_t: i64,
}

/// The notes of series that were written while views were open.
#[derive(Debug, Default)]
struct Notes {
    by_series: HashMap<u32, SmallVec<[Note; 1]>>,
    check_at: usize,
}

/// All views of a head.
#[derive(Debug, Default)]
pub struct Views {
    apply: Mutex<u32>,
    /// The epoch, readable without the lock.
    now: AtomicU32,
    open: Mutex<BTreeMap<u32, TimeRange>>,
    closed: Condvar,
    notes: Mutex<Notes>,
}

/// Held by a commit while it changes series.
pub struct Applying<'a> {
    epoch: MutexGuard<'a, u32>,
    views: &'a Views,
    watched: bool,
}

impl Applying<'_> {
    /// Returns the epoch of what is written now.
    pub fn epoch(&self) -> u32 {
        *self.epoch
    }

    /// Must be called for a series before it is changed, with the epoch of its last write and its last time. Returns
    /// the epoch to store in it.
    #[inline]
    pub fn write(&mut self, id: u32, epoch: u32, last_t: i64) -> u32 {
        if epoch != *self.epoch && self.watched {
            let note = Note { from: epoch, until: *self.epoch, last_t };
            self.views.notes.lock().by_series.entry(id).or_default().push(note);
        }
        *self.epoch
    }
}

/// Tells whether epoch `a` is not later than `b`. Epochs wrap; series are brought up to date (see
/// [`super::gc`]) long before two epochs in use are 2³¹ apart.
#[inline]
fn not_later(a: u32, b: u32) -> bool {
    b.wrapping_sub(a) as i32 >= 0
}

impl Views {
    /// Starts changing series.
    pub fn apply(&self) -> Applying<'_> {
        let epoch = self.apply.lock();
        // A view is registered under the lock that is held now, so none can come while the commit runs.
        let watched = !self.open.lock().is_empty();
        Applying { epoch, views: self, watched }
    }

    /// Takes a view.
    pub fn open(self: &Arc<Views>, range: TimeRange) -> ViewGuard {
        let mut epoch = self.apply.lock();
        let mine = *epoch;
        *epoch = epoch.wrapping_add(1);
        self.now.store(*epoch, Relaxed);
        self.open.lock().insert(mine, range);
        ViewGuard { views: self.clone(), epoch: mine }
    }

    /// Returns an epoch before the present one, for series that were not written yet.
    pub fn before_now(&self) -> u32 {
        self.now.load(Relaxed).wrapping_sub(1)
    }

    /// Tells whether every open view may see what was written in an epoch.
    pub fn all_see(&self, epoch: u32) -> bool {
        self.open.lock().keys().all(|view| not_later(epoch, *view))
    }

    /// Returns the number of open views.
    pub fn count(&self) -> usize {
        self.open.lock().len()
    }

    /// Waits until no view that is open now and began before `t` is left. Returns false if that took longer than
    /// `patience`.
    pub fn wait_for_readers_before(&self, t: i64, patience: Duration) -> bool {
        let newest = *self.apply.lock();
        let mut open = self.open.lock();
        let in_the_way = |open: &BTreeMap<u32, TimeRange>| {
            open.iter().any(|(epoch, range)| not_later(*epoch, newest) && range.min_ms < t)
        };
        while in_the_way(&open) {
            if self.closed.wait_for(&mut open, patience).timed_out() {
                return !in_the_way(&open);
            }
        }
        true
    }

    fn close(&self, epoch: u32) {
        let mut open = self.open.lock();
        open.remove(&epoch);
        let mut notes = self.notes.lock();
        if open.is_empty() {
            if !notes.by_series.is_empty() {
                *notes = Notes::default();
            }
        } else if notes.by_series.len() > notes.check_at.max(NOTES_CHECK) {
            notes.by_series.retain(|_, notes| {
                notes.retain(|n| open.keys().any(|e| not_later(n.from, *e) && !not_later(n.until, *e)));
                !notes.is_empty()
            });
            notes.check_at = notes.by_series.len() * 2;
        }
        drop(notes);
        self.closed.notify_all();
    }
}

/// An open view.
#[derive(Debug)]
pub struct ViewGuard {
    views: Arc<Views>,
    epoch: u32,
}

impl ViewGuard {
    /// Tells whether this view may see what was written in an epoch.
    #[inline]
    pub fn sees(&self, epoch: u32) -> bool {
        not_later(epoch, self.epoch)
    }

    /// Returns the last time of a series that this view may see, given the epoch of the series' last write.
    #[inline]
    pub fn visible_until(&self, id: u32, epoch: u32) -> i64 {
        if not_later(epoch, self.epoch) {
            return i64::MAX;
        }
        let notes = self.views.notes.lock();
        let mine = |n: &&Note| not_later(n.from, self.epoch) && !not_later(n.until, self.epoch);
        notes.by_series.get(&id).and_then(|notes| notes.iter().find(mine)).map_or(i64::MIN, |n| n.last_t)
    }
}

impl Drop for ViewGuard {
    fn drop(&mut self) {
        self.views.close(self.epoch);
    }
}
