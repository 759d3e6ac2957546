//! Some pieces of work at a time, on threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Pieces of work at the same time: enough to fill a line to a far store.
const WORKERS: usize = 4;

/// Runs `work` on each item, a few at a time, and returns the results in order. After an error no new piece is begun.
pub(crate) fn each<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let done: Mutex<(Vec<Option<R>>, Option<E>)> = Mutex::new((items.iter().map(|_| None).collect(), None));
    let lock = || done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Relaxed);
                    let Some(item) = items.get(at).filter(|_| lock().1.is_none()) else { return };
                    match work(item) {
                        Ok(result) => lock().0[at] = Some(result),
                        Err(error) => {
                            lock().1.get_or_insert(error);
                        }
                    }
                }
            });
        }
    });
    let (results, error) = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    match error {
        Some(error) => Err(error),
        None => {
            Ok(results.into_iter().map(|r| r.expect("without an error every item was worked on")).collect())
        }
    }
}
