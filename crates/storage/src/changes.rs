//! What changed in a storage's past, for those who keep results of it.
//!
//! A storage has one [`Changes`] and notes in it every time something becomes visible, or stops being so: the oldest
//! millisecond it touched. Who keeps a result remembers the [`Changes::version`] that was read *before* its view was taken,
//! and later asks [`Changes::oldest_since`] that version: results that only depend on older data still hold.
//!
//! Invariants: 1. A storage notes a commit while no view can be taken, or both before and after the data changes: no view
//! shows a change that a later `oldest_since` of an earlier version leaves out.  2. Versions only grow.  3. The list holds at most
//! [`MARKS_MAX`] marks; what is merged to stay below tells of older changes than there were, never of newer ones.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most marks that are kept. Merging loses precision only for results that nobody asked for during hundreds of commits.
const MARKS_MAX: usize = 512;

/// The changes of a storage.
#[derive(Debug, Default)]
pub struct Changes(Mutex<Marks>);

/// Times and versions both strictly increase: a newer change that reaches further back hides the older one.
#[derive(Debug, Default)]
struct Marks {
    version: u64,
    marks: VecDeque<Mark>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    version: u64,
    oldest_ms: i64,
}

impl Changes {
    /// Notes a change of data at `oldest_ms` and later.
    pub fn note(&self, oldest_ms: i64) {
        let mut state = self.lock();
        state.version += 1;
        while state.marks.back().is_some_and(|mark| mark.oldest_ms >= oldest_ms) {
            state.marks.pop_back();
        }
        let version = state.version;
        state.marks.push_back(Mark { version, oldest_ms });
        if state.marks.len() > MARKS_MAX {
            state.thin_out();
        }
    }

    /// Notes a change that may have touched any data.
    pub fn note_all(&self) {
        self.note(i64::MIN);
    }

    /// Returns a number that grows with every change.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// Returns the oldest millisecond that may have changed after `version`; `None` if nothing did.
    pub fn oldest_since(&self, version: u64) -> Option<i64> {
        let state = self.lock();
        let first = state.marks.partition_point(|mark| mark.version <= version);
        state.marks.get(first).map(|mark| mark.oldest_ms)
    }

    fn lock(&self) -> MutexGuard<'_, Marks> {
        // Every method leaves the list in order, or panics before touching it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Marks {
    /// Merges the older half in pairs: the later version with the older time.
    fn thin_out(&mut self) {
        let newer = self.marks.split_off(self.marks.len() / 2);
        let older = std::mem::take(&mut self.marks);
        let mut older = older.into_iter();
        while let Some(first) = older.next() {
            let version = older.next().map_or(first.version, |second| second.version);
            self.marks.push_back(Mark { version, oldest_ms: first.oldest_ms });
        }
        self.marks.extend(newer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_change_since_a_version_is_told() {
        let changes = Changes::default();
        assert_eq!((changes.version(), changes.oldest_since(0)), (0, None));
        for t in [100, 110, 120] {
            changes.note(t);
        }
        assert_eq!(changes.version(), 3);
        let since = |v| changes.oldest_since(v);
        assert_eq!([since(0), since(1), since(2), since(3)], [Some(100), Some(110), Some(120), None]);
        changes.note(105);
        assert_eq!([since(0), since(1), since(3), since(4)], [Some(100), Some(105), Some(105), None]);
        changes.note_all();
        assert_eq!([since(0), since(4), since(5)], [Some(i64::MIN), Some(i64::MIN), None]);
    }

    #[test]
    fn a_bounded_list_errs_towards_older_changes() {
        let changes = Changes::default();
        // A plain list of all notes is the model.
        let mut notes: Vec<i64> = Vec::new();
        let mut seed = 7u64;
        for i in 0..5_000i64 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let late = if seed >> 60 == 0 { (seed >> 40) as i64 % 300 } else { 0 };
            notes.push(i * 10 - late);
            changes.note(i * 10 - late);
            assert!(changes.lock().marks.len() <= MARKS_MAX);
            for back in [0, 1, 5, 50, 700] {
                let Some(version) = notes.len().checked_sub(back) else { continue };
                let exact = notes[version..].iter().min().copied();
                let told = changes.oldest_since(version as u64);
                assert_eq!(told.is_some(), exact.is_some(), "{i} {back}");
                assert!(told <= exact, "{i} {back}: told {told:?}, exact {exact:?}");
                if back <= 50 {
                    assert_eq!(told, exact, "recent versions are exact");
                }
            }
        }
    }
}
