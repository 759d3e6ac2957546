//! A growing sorted list of series numbers in few bytes: runs of neighbours, each as its distance and length.
//!
//! ```text
//! list   run … run │ last run, not yet encoded
//! run    distance to the end of the run before << 1 │ 1 if longer than one    uvarint
//!        length − 2, if longer than one                                       uvarint
//! ```
//! Series of one target are created together, so what they have in common (job, instance, cluster) is a run or a few,
//! however long; a metric that each target has once takes two bytes a series. Every 64 runs there is a signpost, so a search
//! reads at most 64 runs.
//!
//! Invariants: 1. Numbers strictly increase.  2. A signpost holds the end of the run before it, and
//! where the run behind it begins.  3. `count` is the number of series.

use crate::encoding::{Cursor, put_uvarint};

/// Runs between two signposts.
const RUNS_PER_POST: u32 = 64;

/// Neighbouring numbers, from `start` up to before `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The first.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Post {
    /// End of the run before.
    before: u32,
    /// Where the next run is encoded.
    offset: u32,
}

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    bytes: Vec<u8>,
    posts: Vec<Post>,
    count: u32,
    /// End of the last encoded run.
    encoded_to: u32,
    /// Runs behind the last signpost.
    since_post: u32,
    last: Run,
}

impl Packed {
    /// Builds a list of a run that is not empty.
    pub fn of(run: Run) -> Packed {
        Packed { count: run.end - run.start, last: run, ..Packed::default() }
    }

    /// Returns the number of series.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the list as one run, if it is one.
    pub fn as_run(&self) -> Option<Run> {
        self.bytes.is_empty().then_some(self.last)
    }

    /// Returns one past the last number; 0 for an empty list.
    pub fn end(&self) -> u32 {
        self.last.end
    }

    /// Returns the bytes that the list takes beside itself.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.posts.capacity() * size_of::<Post>()
    }

    /// Adds numbers, which strictly increase. Cost: theirs, if all are larger than those in the list; else the part of
    /// the list behind the first of them is encoded anew.
    pub fn add(&mut self, numbers: &[u32]) {
        let Some(&first) = numbers.first() else { return };
        if first >= self.last.end {
            numbers.iter().for_each(|n| self.push(*n));
            return;
        }
        let behind = self.cut_back(first);
        let (mut old, mut new) = (behind.iter().peekable(), numbers.iter().peekable());
        while let Some(next) = match (old.peek(), new.peek()) {
            (Some(a), Some(b)) if a <= b => old.next(),
            (Some(_), None) => old.next(),
            (_, Some(_)) => new.next(),
            (None, None) => None,
        } {
            if *next >= self.last.end {
                self.push(*next);
            }
        }
    }

    fn push(&mut self, number: u32) {
        self.push_run(Run { start: number, end: number + 1 });
    }

    fn push_run(&mut self, run: Run) {
        debug_assert!(run.start >= self.last.end && run.start < run.end, "{run:?} behind {:?}", self.last);
        self.count += run.end - run.start;
        if self.last.start == self.last.end {
            self.last = run;
        } else if run.start == self.last.end {
            self.last.end = run.end;
        } else {
            self.encode_last();
            self.last = run;
        }
    }

    fn encode_last(&mut self) {
        if self.since_post == RUNS_PER_POST {
            self.posts.push(Post { before: self.encoded_to, offset: self.bytes.len() as u32 });
            self.since_post = 0;
        }
        if self.bytes.capacity() - self.bytes.len() < 10 {
            self.bytes.reserve_exact((self.bytes.len() / 8).max(16)); // doubling would waste a third of large lists
        }
        let Run { start, end } = self.last;
        let distance = u64::from(start - self.encoded_to);
        let length = end - start;
        put_uvarint(&mut self.bytes, distance << 1 | u64::from(length > 1));
        if length > 1 {
            put_uvarint(&mut self.bytes, u64::from(length - 2));
        }
        self.encoded_to = end;
        self.since_post += 1;
    }

    /// Takes away the runs behind a signpost before `number` and returns their numbers.
    fn cut_back(&mut self, number: u32) -> Vec<u32> {
        let kept = self.posts.partition_point(|p| p.before <= number);
        let post = kept.checked_sub(1).map_or(Post { before: 0, offset: 0 }, |i| self.posts[i]);
        let mut behind = Vec::new();
        let mut runs =
            Runs { list: self, offset: post.offset as usize, before: post.before, last_done: false };
        runs.by_ref().for_each(|run| behind.extend(run.start..run.end));
        self.count -= behind.len() as u32;
        self.bytes.truncate(post.offset as usize);
        // Behind its last signpost the list is empty now.
        self.posts.truncate(kept);
        self.since_post = 0;
        self.encoded_to = post.before;
        self.last = Run { start: post.before, end: post.before };
        behind
    }

    /// Returns the list without the dead, which are sorted. Cost: the runs of the list, and the dead.
    pub fn without(&self, dead: &[u32]) -> Packed {
        let mut kept = Packed::default();
        let mut rest = dead;
        for run in self.runs() {
            rest = &rest[rest.partition_point(|n| *n < run.start)..];
            let mut start = run.start;
            while let Some((&n, later)) = rest.split_first()
                && n < run.end
            {
                if start < n {
                    kept.push_run(Run { start, end: n });
                }
                start = n + 1;
                rest = later;
            }
            if start < run.end {
                kept.push_run(Run { start, end: run.end });
            }
        }
        kept.bytes.shrink_to_fit();
        kept
    }

    /// Returns the runs in order.
    pub fn runs(&self) -> Runs<'_> {
        Runs { list: self, offset: 0, before: 0, last_done: false }
    }

    /// Returns a cursor before the first run.
    pub fn seeker(&self) -> Seeker<'_> {
        let mut runs = self.runs();
        let run = runs.next().unwrap_or_default();
        Seeker { runs, run }
    }
}

/// The runs of a list.
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    list: &'a Packed,
    offset: usize,
    before: u32,
    last_done: bool,
}

impl Iterator for Runs<'_> {
    type Item = Run;

    #[inline]
    fn next(&mut self) -> Option<Run> {
        if self.offset >= self.list.bytes.len() {
            let run = self.list.last;
            return (!std::mem::replace(&mut self.last_done, true) && run.start < run.end).then_some(run);
        }
        let mut cursor = Cursor::at(&self.list.bytes, self.offset);
        let word = cursor.uvarint()?;
        let length = if word & 1 == 0 { 1 } else { cursor.uvarint()? as u32 + 2 };
        let start = self.before + (word >> 1) as u32;
        self.offset = cursor.position();
        self.before = start + length;
        Some(Run { start, end: self.before })
    }
}

/// A place in a list that only moves forward.
#[derive(Clone, Debug)]
pub struct Seeker<'a> {
    runs: Runs<'a>,
    run: Run,
}

impl Seeker<'_> {
    /// Moves to the first run that ends behind `number` and returns it; an empty run if there is none.
    #[inline]
    pub fn seek(&mut self, number: u32) -> Run {
        if number < self.run.end {
            return self.run;
        }
        self.skip_to(number);
        while self.run.end <= number {
            match self.runs.next() {
                Some(run) => self.run = run,
                None => {
                    self.run = Run { start: u32::MAX, end: u32::MAX };
                    break;
                }
            }
        }
        self.run
    }

    /// Goes on from the last signpost before `number`, if that is ahead.
    fn skip_to(&mut self, number: u32) {
        let posts = &self.runs.list.posts;
        let Some(next) = posts.get(posts.partition_point(|p| p.before <= number).wrapping_sub(1)) else {
            return;
        };
        if next.offset as usize > self.runs.offset {
            self.runs.offset = next.offset as usize;
            self.runs.before = next.before;
        }
    }
}
