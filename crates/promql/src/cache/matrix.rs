//! Kept steps: columns on one grid, cut and joined.
//!
//! Invariants: 1. Series are sorted by labels, each once, as the engine returns them.  2. Every column has one slot per step of the grid.

use std::sync::Arc;

use model::histogram::FloatHistogram;

use crate::column::{Column, Grid};
use crate::value::{Points, Series, Value};

/// The values of all series at the steps of a grid.
#[derive(Clone, Debug)]
pub(super) struct StepMatrix {
    pub grid: Grid,
    series: Vec<Series>,
}

impl StepMatrix {
    /// Takes the value of a range query; `None` if it is none.
    pub(super) fn of(grid: Grid, value: &Value) -> Option<StepMatrix> {
        let Value::Matrix(series) = value else { return None };
        let fits = |s: &Series| matches!(&s.points, Points::Stepped { grid: g, .. } if *g == grid);
        series.iter().all(fits).then(|| StepMatrix { grid, series: series.clone() })
    }

    /// Returns what a value of so many series and steps takes at least.
    pub(super) fn bytes_at_least(value: &Value, steps: usize) -> usize {
        match value {
            Value::Matrix(series) => series.len() * (steps * 8 + std::mem::size_of::<Series>()),
            Value::Scalar { .. } | Value::String { .. } | Value::Vector(_) => 0,
        }
    }

    /// Returns the memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let points = |points: &Points| match points {
            Points::Stepped { column, .. } => {
                let slots = column.histograms.len() * std::mem::size_of::<Option<Arc<FloatHistogram>>>();
                let histograms: usize = column.histograms.iter().flatten().map(|h| histogram_bytes(h)).sum();
                (column.values.len() + column.present.len()) * 8 + slots + histograms
            }
            Points::Raw { .. } => 0,
        };
        let series = |s: &Series| std::mem::size_of::<Series>() + s.labels.heap_bytes() + points(&s.points);
        std::mem::size_of::<StepMatrix>() + self.series.iter().map(series).sum::<usize>()
    }

    /// Returns the steps of `grid`, which must lie on and within this grid. Series without values there are left out.
    pub(super) fn cut(&self, grid: Grid) -> StepMatrix {
        StepMatrix::join(grid, &[self])
    }

    /// Puts parts together that lie on `grid`: its steps that no part has stay empty; parts may reach beyond it, and must not overlap in it.
    pub(super) fn join(grid: Grid, parts: &[&StepMatrix]) -> StepMatrix {
        let spans: Vec<Overlap> = parts.iter().map(|part| Overlap::of(part.grid, grid)).collect();
        let mut next = vec![0; parts.len()];
        let mut series = Vec::with_capacity(parts.iter().map(|p| p.series.len()).max().unwrap_or(0));
        loop {
            let heads = parts.iter().zip(&next).filter_map(|(part, &i)| part.series.get(i));
            let Some(labels) = heads.map(|s| &s.labels).min().cloned() else { break };
            let mut column = Column::absent(grid.steps);
            for ((part, i), span) in parts.iter().zip(&mut next).zip(&spans) {
                if let Some(found) = part.series.get(*i).filter(|s| s.labels == labels) {
                    *i += 1;
                    if let Points::Stepped { column: from, .. } = &found.points {
                        span.copy(from, &mut column);
                    }
                }
            }
            if !column.is_empty() {
                series.push(Series { labels, points: Points::Stepped { grid, column } });
            }
        }
        StepMatrix { grid, series }
    }

    /// The value of a query.
    pub(super) fn into_value(self) -> Value {
        Value::Matrix(self.series)
    }
}

fn histogram_bytes(h: &FloatHistogram) -> usize {
    let buckets = h.positive_buckets.len() + h.negative_buckets.len() + h.custom_values.len();
    let spans = h.positive_spans.len() + h.negative_spans.len();
    std::mem::size_of::<FloatHistogram>() + (buckets + spans) * 8
}

/// The steps that two grids share, by their numbers in each.
#[derive(Clone, Copy)]
struct Overlap {
    from: usize,
    to: usize,
    steps: usize,
}

impl Overlap {
    fn of(part: Grid, whole: Grid) -> Overlap {
        let first = part.start_ms.max(whole.start_ms);
        let last = part.end_ms().min(whole.end_ms());
        let number = |grid: Grid, t: i64| (t.saturating_sub(grid.start_ms) / grid.step_ms) as usize;
        let steps = if first > last { 0 } else { number(whole, last) - number(whole, first) + 1 };
        Overlap { from: number(part, first), to: number(whole, first), steps }
    }

    fn copy(&self, from: &Column, to: &mut Column) {
        if self.steps == 0 {
            return;
        }
        let source = self.from..self.from + self.steps;
        to.values[self.to..self.to + self.steps].copy_from_slice(&from.values[source.clone()]);
        let mut done = 0;
        while done < self.steps {
            // As many bits as fit into the word they go to.
            let at = self.to + done;
            let count = (64 - at % 64).min(self.steps - done);
            to.present[at / 64] |= bits(&from.present, self.from + done, count) << (at % 64);
            done += count;
        }
        if from.has_histograms() {
            for (i, h) in from.histograms[source].iter().enumerate() {
                if let Some(h) = h {
                    to.set_histogram(self.to + i, Arc::clone(h));
                }
            }
        }
    }
}

/// Reads `count` (1 to 64) bits from bit `at` on.
fn bits(words: &[u64], at: usize, count: usize) -> u64 {
    let (word, shift) = (at / 64, at % 64);
    let low = words[word] >> shift;
    let high = if shift + count > 64 { words[word + 1] << (64 - shift) } else { 0 };
    (low | high) & (!0 >> (64 - count))
}

#[cfg(test)]
mod tests {
    use model::Labels;

    use super::*;

    fn grid(start: i64, steps: usize) -> Grid {
        Grid { start_ms: start * 10, step_ms: 10, steps }
    }

    /// Series `name` with a value at each step of the grid that passes.
    fn series(name: &str, grid: Grid, has: impl Fn(i64) -> bool) -> Series {
        let mut column = Column::absent(grid.steps);
        for i in (0..grid.steps).filter(|i| has(grid.time(*i))) {
            if grid.time(i) % 70 == 0 {
                let count = grid.time(i) as f64;
                column.set_histogram(i, Arc::new(FloatHistogram { count, ..FloatHistogram::default() }));
            } else {
                column.set(i, grid.time(i) as f64);
            }
        }
        Series { labels: Labels::from_pairs([("__name__", name)]), points: Points::Stepped { grid, column } }
    }

    fn odd(t: i64) -> bool {
        t % 30 != 0
    }

    fn matrix(grid: Grid) -> StepMatrix {
        let all = [series("a", grid, odd), series("b", grid, |t| t < 500), series("c", grid, |t| t > 900)];
        let series = all.into_iter().filter(|s| !s.points.is_empty()).collect();
        StepMatrix { grid, series }
    }

    fn same(got: &StepMatrix, want: &StepMatrix, what: &str) {
        assert_eq!(got.grid, want.grid, "{what}");
        assert_eq!(got.series.len(), want.series.len(), "{what}");
        for (g, w) in got.series.iter().zip(&want.series) {
            assert_eq!(g.labels, w.labels, "{what}");
            let floats = |s: &Series| s.points.floats().collect::<Vec<_>>();
            let histograms =
                |s: &Series| s.points.histograms().map(|(t, h)| (t, h.count)).collect::<Vec<_>>();
            assert_eq!(floats(g), floats(w), "{what}");
            assert_eq!(histograms(g), histograms(w), "{what}");
        }
    }

    #[test]
    fn cuts_are_what_would_have_been_evaluated() {
        let whole = matrix(grid(3, 200));
        for (start, steps) in [(3, 200), (3, 1), (202, 1), (60, 70), (100, 64), (66, 65), (67, 63), (40, 8)] {
            let part = grid(start, steps);
            same(&whole.cut(part), &matrix(part), &format!("{start} {steps}"));
        }
    }

    #[test]
    fn joined_parts_are_the_whole() {
        let whole = grid(0, 190);
        for split in [1, 63, 64, 65, 100, 128, 189] {
            let (left, right) = (matrix(grid(0, split)), matrix(grid(split as i64, 190 - split)));
            same(&StepMatrix::join(whole, &[&left, &right]), &matrix(whole), &format!("{split}"));
            same(&StepMatrix::join(whole, &[&right, &left]), &matrix(whole), &format!("{split}"));
        }
        // Parts may be longer than what is asked for.
        let (left, right) = (matrix(grid(0, 100)), matrix(grid(100, 90)));
        same(&StepMatrix::join(grid(90, 20), &[&left, &right]), &matrix(grid(90, 20)), "inner");
    }

    #[test]
    fn bits_across_words() {
        let words = [0x8000_0000_0000_0001, 0b101];
        for (at, count, want) in
            [(0, 1, 1), (63, 1, 1), (63, 2, 0b11), (63, 4, 0b1011), (64, 3, 0b101), (1, 62, 0)]
        {
            assert_eq!(bits(&words, at, count), want, "{at} {count}");
        }
        assert_eq!(bits(&words, 0, 64), words[0]);
    }

    #[test]
    fn sizes_grow_with_what_is_held() {
        let (small, big) = (matrix(grid(0, 10)), matrix(grid(0, 1000)));
        assert!(small.bytes() > 2 * 10 * 8 && big.bytes() > 3 * 1000 * 8);
        let value = big.clone().into_value();
        assert!(StepMatrix::bytes_at_least(&value, 1000) <= big.bytes());
        assert!(StepMatrix::of(grid(0, 1000), &value).is_some());
        assert!(StepMatrix::of(grid(0, 999), &value).is_none());
        assert!(StepMatrix::of(grid(0, 1), &Value::Scalar { t: 0, v: 1.0 }).is_none());
    }
}
