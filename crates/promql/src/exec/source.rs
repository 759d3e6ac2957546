//! Vectors as sequences of series whose columns are computed on demand.

use std::ops::Add;
use std::sync::Mutex;

use super::budget::{Hold, Load};
use super::labels::{Head, Repeated, join_repeated};
use super::tally::{SAMPLE_BYTES, histogram_samples};
use super::{Frame, Query, SharedTally, Work};
use crate::column::Column;
use crate::error::QueryError;

/// One computed series.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub head: Head,
    pub column: Column,
}

/// A vector. See the invariants in [`super`].
pub(crate) trait Source: Send + Sync {
    /// Number of series; some may turn out to have no values.
    fn len(&self) -> usize;

    /// Labels of series `i`.
    fn head(&self, i: usize) -> Head;

    /// Computes the values of series `i` into `out`, whatever that holds.
    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError>;

    /// Tells whether all series stay distinct without metric name, type and unit.
    fn distinct_without_name(&self) -> bool;

    /// How many stored series one series costs, roughly; says how finely the work is split.
    fn weight(&self) -> usize {
        1
    }

    /// Gives the computed series away, if there are any; otherwise `None`, and the source can still be used.
    fn take(&mut self) -> Option<Vec<Series>> {
        None
    }
}

/// A vector of any kind.
pub(crate) type Vector<'a> = Box<dyn Source + 'a>;

/// How many samples a column counts for in the budget.
pub(crate) fn column_samples(column: &Column) -> u64 {
    let mut samples = column.float_count() as u64;
    column.for_each_histogram(|_, h| samples += histogram_samples(h));
    samples
}

/// Bytes that a column takes in memory, its histograms included.
pub(crate) fn column_bytes(column: &Column) -> u64 {
    let slots = 8 * (column.values.len() + column.present.len() + column.histograms.len()) as u64;
    let mut histograms = 0;
    column.for_each_histogram(|_, h| histograms += SAMPLE_BYTES * histogram_samples(h));
    slots + histograms
}

/// Series that were computed, within the query's budget.
pub(crate) struct Held<'a> {
    series: Vec<Series>,
    distinct: bool,
    hold: Hold<'a>,
}

impl<'a> Held<'a> {
    /// Holds series.
    ///
    /// # Errors
    /// [`QueryError::TooManySamples`].
    pub(crate) fn vector(query: &'a Query<'a>, series: Vec<Series>) -> Result<Vector<'a>, QueryError> {
        Held::boxed(query, series, false)
    }

    /// Holds series that are known to stay distinct without their names.
    pub(crate) fn distinct_vector(
        query: &'a Query<'a>,
        series: Vec<Series>,
    ) -> Result<Vector<'a>, QueryError> {
        Held::boxed(query, series, true)
    }

    fn boxed(query: &'a Query<'a>, series: Vec<Series>, distinct: bool) -> Result<Vector<'a>, QueryError> {
        let hold = query.budget.hold();
        hold.take(series.iter().map(Load::of_series).fold(Load::default(), Load::add))?;
        Ok(Box::new(Held { series, distinct, hold }))
    }
}

impl Source for Held<'_> {
    fn len(&self) -> usize {
        self.series.len()
    }

    fn head(&self, i: usize) -> Head {
        self.series[i].head.clone()
    }

    fn column(&self, i: usize, _: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        out.clone_from(&self.series[i].column);
        Ok(())
    }

    fn distinct_without_name(&self) -> bool {
        self.distinct
    }

    fn take(&mut self) -> Option<Vec<Series>> {
        // Who takes the series counts them from now on.
        self.hold.give_back_all();
        Some(std::mem::take(&mut self.series))
    }
}

/// A change to each series on its own.
pub(crate) trait Map: Send + Sync {
    /// The labels after the change.
    fn head(&self, head: Head) -> Head;

    /// Changes the values.
    fn apply(&self, column: &mut Column, work: &mut Work) -> Result<(), QueryError>;

    /// Tells whether labels other than name, type and unit stay as they are.
    fn keeps_labels(&self) -> bool {
        true
    }
}

struct Mapped<'a, M> {
    input: Vector<'a>,
    map: M,
}

impl<M: Map> Source for Mapped<'_, M> {
    fn len(&self) -> usize {
        self.input.len()
    }

    fn head(&self, i: usize) -> Head {
        self.map.head(self.input.head(i))
    }

    fn column(&self, i: usize, work: &mut Work, out: &mut Column) -> Result<(), QueryError> {
        self.input.column(i, work, out)?;
        self.map.apply(out, work)
    }

    fn distinct_without_name(&self) -> bool {
        self.map.keeps_labels() && self.input.distinct_without_name()
    }

    fn weight(&self) -> usize {
        self.input.weight()
    }

    fn take(&mut self) -> Option<Vec<Series>> {
        None
    }
}

/// Applies a change to each series of a vector.
pub(crate) fn map<'a>(input: Vector<'a>, map: impl Map + 'a) -> Vector<'a> {
    Box::new(Mapped { input, map })
}

/// Makes sure that no two series of a vector have the same labels, after labels were dropped or changed.
pub(crate) fn distinct<'a>(
    frame: &Frame<'a>,
    vector: Vector<'a>,
    repeated: Repeated,
) -> Result<Vector<'a>, QueryError> {
    if vector.distinct_without_name() || vector.len() < 2 || all_distinct(frame, &*vector)? {
        return Ok(vector);
    }
    let (series, held) = collect(frame, vector)?;
    let joined = join_repeated(&frame.query.stop, series, repeated)?;
    drop(held);
    Held::vector(frame.query, joined)
}

fn all_distinct(frame: &Frame<'_>, vector: &dyn Source) -> Result<bool, QueryError> {
    let mut seen =
        hashbrown::HashSet::with_capacity_and_hasher(vector.len(), foldhash::fast::RandomState::default());
    for i in 0..vector.len() {
        frame.query.stop.check_at(i)?;
        if !seen.insert(vector.head(i).labels) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs `work` on each shard of a vector's series and merges in order; see [`super::pool`].
pub(crate) fn for_shards<T: Send>(
    frame: &Frame<'_>,
    source: &dyn Source,
    work: impl Fn(std::ops::Range<usize>, &mut Work) -> Result<T, QueryError> + Sync,
    merge: impl FnMut(T) -> Result<(), QueryError> + Send,
) -> Result<(), QueryError> {
    let mut merge = merge;
    let mut notes = crate::notes::Notes::default();
    // Buffers that grew once serve the next shard.
    let spare = Mutex::new(Vec::<Work>::new());
    let lend = || {
        let buffers = spare.lock().expect("lending buffers does not panic").pop();
        buffers.unwrap_or_else(|| Work::new(frame.query))
    };
    let result = frame.query.pool.run(
        source.len(),
        source.weight(),
        |range| {
            frame.query.check()?;
            let mut buffers = lend();
            let value = work(range, &mut buffers)?;
            let notes = std::mem::take(&mut buffers.notes);
            spare.lock().expect("lending buffers does not panic").push(buffers);
            Ok((value, notes))
        },
        |(value, more)| {
            if !more.is_empty() {
                notes.merge(more);
            }
            merge(value)
        },
    );
    frame.query.note(|n| n.merge(notes));
    for buffers in spare.into_inner().expect("lending buffers does not panic") {
        frame.query.budget.give_back(buffers.charged);
    }
    result
}

/// Series that are counted as held for as long as the hold beside them lives.
pub(crate) type Collected<'a> = (Vec<Series>, Hold<'a>);

/// Computes all series of a vector; those without values are left out.
pub(crate) fn collect<'a>(frame: &Frame<'a>, vector: Vector<'a>) -> Result<Collected<'a>, QueryError> {
    collect_where(frame, vector, |column| !column.is_empty())
}

/// Computes all series of a vector, each in its place.
pub(crate) fn collect_in_place<'a>(
    frame: &Frame<'a>,
    vector: Vector<'a>,
) -> Result<Collected<'a>, QueryError> {
    collect_where(frame, vector, |_| true)
}

fn collect_where<'a>(
    frame: &Frame<'a>,
    mut vector: Vector<'a>,
    keep: impl Fn(&Column) -> bool + Sync,
) -> Result<Collected<'a>, QueryError> {
    let held = frame.query.budget.hold();
    if let Some(series) = vector.take() {
        held.take(series.iter().map(Load::of_series).fold(Load::default(), Load::add))?;
        return Ok((series, held));
    }
    let mut all = Vec::new();
    let source = &*vector;
    for_shards(
        frame,
        source,
        |range, work| {
            let mut series = Vec::with_capacity(range.len());
            for i in range {
                frame.query.check()?;
                let mut column = Column::default();
                source.column(i, work, &mut column)?;
                if keep(&column) {
                    let one = Series { head: source.head(i), column };
                    held.take(Load::of_series(&one))?;
                    series.push(one);
                }
            }
            Ok(series)
        },
        |series| {
            all.extend(series);
            Ok(())
        },
    )?;
    Ok((all, held))
}

/// Adds a worker's count when it goes out of use.
pub(crate) struct Counting<'a> {
    frame: &'a Frame<'a>,
    /// The count so far.
    pub local: SharedTally,
}

impl<'a> Counting<'a> {
    /// Starts at zero.
    pub(crate) fn new(frame: &'a Frame<'a>) -> Counting<'a> {
        Counting { frame, local: SharedTally::new(frame.tally.local()) }
    }
}

impl Counting<'_> {
    /// Lets those know who keep the column that was just computed.
    pub(crate) fn tell(&self, work: &mut Work) {
        work.counted.clone_from(&self.local.borrow());
    }
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.frame.tally.add(&self.local.take());
    }
}
