//! Spreading series over threads, with results that do not depend on how many there are.
//!
//! The thread that runs a query always works itself; others help it. All queries of an engine share one number of
//! helpers, and none takes more than its share while others run: helpers look after each shard whether they must go.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Fewest series in a shard: below, starting a helper costs more than it brings.
const SHARD_SERIES_MIN: usize = 32;
/// Most series in a shard: cancellation and fairness are looked at between shards.
const SHARD_SERIES_MAX: usize = 1_024;
/// Shards aimed at, so that threads end at about the same time.
const SHARDS_WANTED: usize = 64;

/// The helpers that an engine's queries share.
#[derive(Debug)]
pub(crate) struct Pool {
    helpers: usize,
    busy: AtomicUsize,
    /// Parallel sections running now.
    sections: AtomicUsize,
}

/// The series of one shard. Depends only on the number of series and what each weighs.
pub(crate) fn shard_series(series: usize, weight: usize) -> usize {
    let of_weight = |series: usize| series.div_ceil(weight.max(1));
    series.div_ceil(SHARDS_WANTED).clamp(of_weight(SHARD_SERIES_MIN), of_weight(SHARD_SERIES_MAX))
}

struct Ordered<T, M> {
    next: usize,
    parked: BTreeMap<usize, T>,
    merge: M,
}

impl<T, E, M: FnMut(T) -> Result<(), E>> Ordered<Result<T, E>, M> {
    /// Merges a shard's result once all before it are.
    fn push(&mut self, shard: usize, result: Result<T, E>) -> Result<(), E> {
        self.parked.insert(shard, result);
        while let Some(result) = self.parked.remove(&self.next) {
            self.next += 1;
            (self.merge)(result?)?;
        }
        Ok(())
    }
}

impl Pool {
    /// A pool of so many helpers.
    pub(crate) fn new(helpers: usize) -> Pool {
        Pool { helpers, busy: AtomicUsize::new(0), sections: AtomicUsize::new(0) }
    }

    fn enlist(&self, mine: &AtomicUsize) -> bool {
        let share = self.helpers.div_ceil(self.sections.load(Ordering::Relaxed).max(1));
        if mine.load(Ordering::Relaxed) >= share {
            return false;
        }
        let taken = self
            .busy
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |b| (b < self.helpers).then_some(b + 1));
        if taken.is_ok() {
            mine.fetch_add(1, Ordering::Relaxed);
        }
        taken.is_ok()
    }

    /// Runs `work` over shards of `0..series` and hands the results to `merge` in shard order.
    ///
    /// # Errors
    /// The error of the first shard, in order, that fails; later shards may not have run.
    pub(crate) fn run<T: Send, E: Send>(
        &self,
        series: usize,
        weight: usize,
        work: impl Fn(Range<usize>) -> Result<T, E> + Sync,
        mut merge: impl FnMut(T) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        let size = shard_series(series, weight);
        let shards = series.div_ceil(size);
        let range = |shard: usize| shard * size..((shard + 1) * size).min(series);
        if shards < 2 || self.helpers == 0 {
            for shard in 0..shards {
                merge(work(range(shard))?)?;
            }
            return Ok(());
        }
        let (claimed, stop, mine) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicUsize::new(0));
        let ordered = Mutex::new(Ordered { next: 0, parked: BTreeMap::new(), merge });
        let failed = Mutex::new(None);
        let one_shard = || {
            if stop.load(Ordering::Relaxed) {
                return false;
            }
            let shard = claimed.fetch_add(1, Ordering::Relaxed);
            if shard >= shards {
                return false;
            }
            let result = work(range(shard));
            let pushed = ordered.lock().expect("merging does not panic").push(shard, result);
            if let Err(error) = pushed {
                stop.store(true, Ordering::Relaxed);
                failed.lock().expect("storing an error does not panic").get_or_insert(error);
                return false;
            }
            true
        };
        self.sections.fetch_add(1, Ordering::Relaxed);
        std::thread::scope(|scope| {
            loop {
                while claimed.load(Ordering::Relaxed) + 1 < shards && self.enlist(&mine) {
                    let helper = || {
                        let share = || self.helpers.div_ceil(self.sections.load(Ordering::Relaxed).max(1));
                        while one_shard() && mine.load(Ordering::Relaxed) <= share() {}
                        mine.fetch_sub(1, Ordering::Relaxed);
                        self.busy.fetch_sub(1, Ordering::Relaxed);
                    };
                    let name = "promql-helper".to_owned();
                    if std::thread::Builder::new().name(name).spawn_scoped(scope, helper).is_err() {
                        // No thread to be had: this one does the work.
                        mine.fetch_sub(1, Ordering::Relaxed);
                        self.busy.fetch_sub(1, Ordering::Relaxed);
                        break;
                    }
                }
                if !one_shard() {
                    break;
                }
            }
        });
        self.sections.fetch_sub(1, Ordering::Relaxed);
        failed.into_inner().expect("storing an error does not panic").map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_in_order_whatever_the_threads() {
        for helpers in [0, 1, 3] {
            let mut seen = Vec::new();
            let done: Result<(), ()> = Pool::new(helpers).run(10_000, 1, Ok, |r| {
                seen.push(r.start);
                Ok(())
            });
            done.unwrap();
            let size = shard_series(10_000, 1);
            assert_eq!(seen, (0..10_000).step_by(size).collect::<Vec<_>>(), "{helpers} helpers");
        }
    }

    #[test]
    fn reports_the_first_failure_in_order() {
        for helpers in [0, 3] {
            let work = |r: Range<usize>| if r.start >= 2_000 { Err(r.start / 1_000) } else { Ok(()) };
            assert_eq!(Pool::new(helpers).run(10_000, 1, work, |()| Ok(())), Err(2));
        }
    }
}
