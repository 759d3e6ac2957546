//! How running work learns that its query was cancelled or has run out of time.
//!
//! Invariant: no loop handles more than [`UNITS_BETWEEN_LOOKS`] samples, steps or label sets without a look at the [`Stop`], at most a
//! millisecond or two of work. Loops over what is known to be few (labels of a series, arguments of a call) need none.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use storage::Cancel;

use crate::engine::Clock;
use crate::error::QueryError;

/// How many samples or steps are handled between two looks.
pub(crate) const UNITS_BETWEEN_LOOKS: usize = 1 << 16;
/// Less work than this is begun without a look.
const UNITS_WITHOUT_LOOK: usize = UNITS_BETWEEN_LOOKS / 16;
/// How many label sets or computed series are handled between two looks: each costs as much as many samples.
pub(crate) const HEADS_BETWEEN_LOOKS: usize = 1 << 10;

/// What ends a query before it is done. The default never ends one.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    cancel: Cancel,
    deadline: Option<(Arc<dyn Clock>, Duration)>,
}

impl Stop {
    /// Ends a query by a flag, or when the clock has passed a time.
    pub(crate) fn new(cancel: Cancel, deadline: Option<(Arc<dyn Clock>, Duration)>) -> Stop {
        Stop { cancel, deadline }
    }

    /// The flag, for those below who read for the query.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Looks whether the query shall end.
    ///
    /// # Errors
    /// [`QueryError::Canceled`], [`QueryError::Timeout`].
    pub(crate) fn check(&self) -> Result<(), QueryError> {
        if self.cancel.is_cancelled() {
            return Err(QueryError::Canceled);
        }
        match &self.deadline {
            Some((clock, deadline)) if clock.now() > *deadline => Err(QueryError::Timeout),
            Some(_) | None => Ok(()),
        }
    }

    /// Looks once in [`HEADS_BETWEEN_LOOKS`] turns of a loop over label sets; `i` counts them.
    ///
    /// # Errors
    /// As [`Stop::check`].
    #[inline]
    pub(crate) fn check_at(&self, i: usize) -> Result<(), QueryError> {
        if i % HEADS_BETWEEN_LOOKS == HEADS_BETWEEN_LOOKS - 1 { self.check() } else { Ok(()) }
    }

    /// Splits the indexes below `len` into pieces, with a look before each.
    #[inline]
    pub(crate) fn pieces(&self, len: usize) -> impl Iterator<Item = Result<Range<usize>, QueryError>> {
        let mut start = 0;
        std::iter::from_fn(move || {
            if start >= len {
                return None;
            }
            if len > UNITS_WITHOUT_LOOK
                && let Err(ended) = self.check()
            {
                start = len;
                return Some(Err(ended));
            }
            let piece = start..len.min(start + UNITS_BETWEEN_LOOKS);
            start = piece.end;
            #[cfg(test)]
            handed_out::add(piece.len());
            Some(Ok(piece))
        })
    }

    /// As [`Stop::pieces`] for those who cannot fail: the pieces before the end that was asked for. Whoever calls them looks again and
    /// throws what they made away.
    #[inline]
    pub(crate) fn pieces_before(&self, len: usize) -> impl Iterator<Item = Range<usize>> {
        self.pieces(len).map_while(Result::ok)
    }
}

/// How much work this thread's queries were given, for tests that ask how much of it comes after the end.
#[cfg(test)]
pub(crate) mod handed_out {
    use std::cell::Cell;

    thread_local! {
        static UNITS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add(units: usize) {
        UNITS.set(UNITS.get() + units);
    }

    /// Samples and steps since the thread began.
    pub(crate) fn units() -> usize {
        UNITS.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_everything_once() {
        let stop = Stop::default();
        for len in [0, 1, UNITS_BETWEEN_LOOKS, UNITS_BETWEEN_LOOKS + 1, 3 * UNITS_BETWEEN_LOOKS + 7] {
            let pieces: Vec<_> = stop.pieces(len).collect::<Result<_, _>>().unwrap();
            assert_eq!(pieces.iter().map(ExactSizeIterator::len).sum::<usize>(), len);
            assert!(pieces.windows(2).all(|p| p[0].end == p[1].start), "{pieces:?}");
            assert!(pieces.iter().all(|p| p.len() <= UNITS_BETWEEN_LOOKS), "{pieces:?}");
        }
    }

    #[test]
    fn a_cancelled_one_gives_the_reason_and_no_piece() {
        let stop = Stop::default();
        stop.cancel().cancel();
        let pieces: Vec<_> = stop.pieces(10 * UNITS_BETWEEN_LOOKS).collect();
        assert!(matches!(&pieces[..], [Err(QueryError::Canceled)]), "{pieces:?}");
        assert_eq!(stop.pieces_before(10 * UNITS_BETWEEN_LOOKS).count(), 0);
        assert_eq!(stop.pieces_before(UNITS_WITHOUT_LOOK).count(), 1);
        assert!(stop.check_at(0).is_ok());
        assert!(matches!(stop.check_at(HEADS_BETWEEN_LOOKS - 1), Err(QueryError::Canceled)));
    }
}
