//! A stretch of windows is the windows one by one.

use std::cell::RefCell;

use proptest::prelude::*;

use super::*;
use crate::ast::{RangeMode, Span};
use crate::column::Grid;
use crate::exec::stop::Stop;
use crate::exec::tally::LocalTally;

/// Step, time, start, end, and the samples' numbers of each window.
type Seen = Vec<(usize, i64, i64, i64, std::ops::Range<usize>)>;

/// Looks through all windows of `width` at `steps` steps over samples at these times; returns what was seen one by one and in stretches, and how
/// many windows came in stretches.
fn seen(t: &[i64], grid: Grid, range_ms: i64, offset_ms: i64, at: Option<i64>) -> (Seen, Seen, usize) {
    struct Recorder<'w> {
        windows: &'w Windows<'w>,
        seen: Seen,
        in_stretches: usize,
    }
    impl Visit for Recorder<'_> {
        fn one(&mut self, w: Window<'_>) {
            self.seen.push((w.step, w.time_ms, w.start_ms, w.end_ms, w.first..w.first + w.t.len()));
        }
        fn many(&mut self, stretch: Stretch) {
            assert_eq!(stretch.end(), {
                let last = self.windows.window_in(&stretch, stretch.steps - 1);
                last.first + last.t.len()
            });
            self.in_stretches += stretch.steps;
            (0..stretch.steps).for_each(|k| self.one(self.windows.window_in(&stretch, k)));
        }
    }
    let v: Vec<f64> = t.iter().map(|t| *t as f64).collect();
    let counted = |visit: &mut dyn FnMut(&Windows<'_>)| {
        let tally = RefCell::new(LocalTally::default());
        visit(&Windows {
            t,
            v: &v,
            never_falls: false,
            histograms: &[],
            starts: &[],
            histogram_starts: &[],
            grid,
            at,
            offset_ms,
            range_ms,
            mode: RangeMode::Plain,
            lookback_ms: 300_000,
            scalars: &[],
            name: "",
            metric_type: None,
            span: Span::default(),
            reads: true,
            tally: &tally,
            stop: &Stop::default(),
        });
        format!("{:?}", tally.borrow())
    };
    let mut one_by_one = Seen::new();
    let plainly = counted(&mut |windows| {
        windows.each_of_floats(|w| {
            one_by_one.push((w.step, w.time_ms, w.start_ms, w.end_ms, w.first..w.first + w.t.len()));
        });
    });
    let (mut alike, mut in_stretches) = (Seen::new(), 0);
    let together = counted(&mut |windows| {
        let mut recorder = Recorder { windows, seen: Seen::new(), in_stretches: 0 };
        windows.visit_floats(&mut recorder);
        (alike, in_stretches) = (std::mem::take(&mut recorder.seen), recorder.in_stretches);
    });
    assert_eq!(plainly, together, "counted");
    (one_by_one, alike, in_stretches)
}

#[test]
fn regular_samples_are_seen_in_stretches() {
    let times = |distance: i64, n: i64| (0..n).map(|i| i * distance).collect::<Vec<_>>();
    let grid = |step_ms, steps| Grid { start_ms: 400_000, step_ms, steps };
    let mut late = times(15_000, 2_000);
    late[1_000] += 5;
    let mut gap = times(15_000, 2_000);
    gap.drain(700..720);
    for (what, t, grid, range_ms, stretches) in [
        ("steps of four samples", times(15_000, 2_000), grid(60_000, 400), 300_000, 384),
        ("steps of one", times(15_000, 2_000), grid(15_000, 400), 300_000, 384),
        ("windows apart", times(15_000, 2_000), grid(60_000, 400), 30_000, 384),
        ("steps shorter than samples", times(60_000, 500), grid(15_000, 400), 300_000, 0),
        ("steps that are no multiple", times(15_000, 2_000), grid(50_000, 400), 300_000, 0),
        ("too few steps", times(15_000, 2_000), grid(60_000, 12), 300_000, 0),
        ("one late sample", late, grid(60_000, 400), 300_000, 304),
        ("a gap", gap, grid(60_000, 400), 300_000, 320),
        ("no samples", Vec::new(), grid(60_000, 400), 300_000, 0),
    ] {
        let (plain, alike, in_stretches) = seen(&t, grid, range_ms, 0, None);
        assert_eq!(plain, alike, "{what}");
        assert!(in_stretches >= stretches, "{what}: {in_stretches}");
        assert!(stretches > 0 || in_stretches == 0, "{what}: {in_stretches}");
    }
    let (plain, alike, in_stretches) =
        seen(&times(15_000, 2_000), grid(60_000, 400), 300_000, 0, Some(9_000_000));
    assert_eq!((plain, in_stretches), (alike, 0), "all steps look at one time");
}

proptest! {
    #[test]
    fn stretches_are_the_windows_one_by_one(
        distance in 1i64..50,
        pieces in prop::collection::vec((1usize..120, -3i64..4, 0i64..200), 1..8),
        step in 1i64..200,
        range in 1i64..400,
        offset in -50i64..50,
        start in -100i64..300,
        multiple in any::<bool>(),
    ) {
        // Regular samples with a shift and a gap here and there.
        let (mut t, mut next) = (Vec::new(), 0);
        for (n, shift, gap) in pieces {
            for _ in 0..n {
                t.push(next);
                next += distance;
            }
            next += (gap + shift).max(0);
        }
        let step_ms = if multiple { (step / distance + 1) * distance } else { step };
        let grid = Grid { start_ms: start, step_ms, steps: 300 };
        let (plain, alike, _) = seen(&t, grid, range, offset, None);
        prop_assert_eq!(plain, alike);
    }
}
