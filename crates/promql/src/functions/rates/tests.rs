//! Kernels against values worked out by hand.

use std::cell::RefCell;

use super::*;
use crate::ast::{RangeMode, Span};
use crate::column::{Column, Grid};
use crate::error::QueryError;
use crate::exec::stop::Stop;
use crate::exec::tally::LocalTally;
use crate::exec::window::Windows;
use crate::functions::evaluation::RangeKernel;
use crate::notes::Notes;

/// Evaluates a kernel over a window of 60 s that ends at `step`, for samples `(seconds, value)`.
fn at(kernel: RangeKernel, mode: RangeMode, step: i64, samples: &[(i64, f64)]) -> Option<f64> {
    over(kernel, mode, Grid::instant(step * 1000), samples).get(0)
}

/// Evaluates a kernel over windows of 60 s that end at the steps of a grid.
fn over(kernel: RangeKernel, mode: RangeMode, grid: Grid, samples: &[(i64, f64)]) -> Column {
    let t: Vec<i64> = samples.iter().map(|s| s.0 * 1000).collect();
    let v: Vec<f64> = samples.iter().map(|s| s.1).collect();
    let tally = RefCell::new(LocalTally::default());
    let windows = Windows {
        t: &t,
        v: &v,
        never_falls: false,
        histograms: &[],
        starts: &[],
        histogram_starts: &[],
        grid,
        at: None,
        offset_ms: 0,
        range_ms: 60_000,
        mode,
        lookback_ms: 300_000,
        scalars: &[],
        name: "",
        metric_type: None,
        span: Span::default(),
        reads: true,
        tally: &tally,
        stop: &Stop::default(),
    };
    let mut out = Column::absent(grid.steps);
    let done: Result<(), QueryError> = kernel(&windows, &mut out, &mut Notes::default());
    done.unwrap();
    out
}

/// Regular samples take another way than others: bits must not tell which.
#[test]
fn many_steps_are_each_step_by_itself() {
    let series = |value: &dyn Fn(i64) -> f64| (0..400).map(|i| (i * 5, value(i))).collect::<Vec<_>>();
    let shapes = [
        ("steady", series(&|i| 1e6 + i as f64 / 3.0)),
        ("from zero", series(&|i| i as f64 * 0.7)),
        ("a reset", series(&|i| ((i * 7) % 1401) as f64 * 0.3)),
        ("resets", series(&|i| 1e3 + ((i * 3) % 130) as f64)),
        ("constant", series(&|_| 5.5)),
        ("falling", series(&|i| -1e3 - i as f64)),
        ("not a number now and then", series(&|i| if i % 37 == 5 { f64::NAN } else { i as f64 })),
        ("infinite at last", series(&|i| if i > 300 { f64::INFINITY } else { 1e3 + i as f64 })),
        ("late now and then", (0..400).map(|i| (i * 5 + i64::from(i % 90 == 3), 1e3 + i as f64)).collect()),
    ];
    for (what, samples) in &shapes {
        for (name, kernel) in [("rate", rate as RangeKernel), ("increase", increase), ("delta", delta)] {
            for step_ms in [5_000, 20_000, 100_000] {
                let grid = Grid { start_ms: 33_000, step_ms, steps: (1_960_000 / step_ms) as usize };
                let all = over(kernel, RangeMode::Plain, grid, samples);
                for step in 0..grid.steps {
                    let one = over(kernel, RangeMode::Plain, Grid::instant(grid.time(step)), samples);
                    let bits = |column: &Column, step: usize| column.get(step).map(f64::to_bits);
                    assert_eq!(
                        bits(&all, step),
                        bits(&one, 0),
                        "{name} of {what}, step {step} of {step_ms} ms"
                    );
                }
            }
        }
    }
}

#[test]
fn extrapolates_to_the_window() {
    let steady: Vec<(i64, f64)> = (0..=6).map(|i| (i * 10, i as f64 * 10.0)).collect();
    // The sample at the open start does not count; the gap to the start is one average distance.
    assert_eq!(at(increase, RangeMode::Plain, 60, &steady), Some(60.0));
    assert_eq!(at(rate, RangeMode::Plain, 60, &steady), Some(1.0));
    // Far from the start: half an average distance is added.
    assert_eq!(at(delta, RangeMode::Plain, 60, &[(40, 5.0), (50, 6.0), (60, 7.0)]), Some(2.5));
    // A counter is not extrapolated below zero.
    assert_eq!(at(increase, RangeMode::Plain, 60, &[(5, 1.0), (60, 111.0)]), Some(111.0));
    assert_eq!(at(rate, RangeMode::Plain, 60, &[(60, 1.0)]), None);
}

#[test]
fn resets_are_made_up_for() {
    let reset = [(10, 10.0), (20, 20.0), (30, 5.0), (40, 15.0), (50, 1.0), (60, 11.0)];
    // 10 + 5 + 10 + 1 + 10 = 36 over 50 s; from 10 the counter would have been zero 13.9 s before.
    let expected = 36.0 * (50.0 + 10.0) / 50.0;
    assert!((at(increase, RangeMode::Plain, 60, &reset).unwrap() - expected).abs() < 1e-12);
    assert_eq!(at(resets, RangeMode::Plain, 60, &reset), Some(2.0));
    assert_eq!(
        at(changes, RangeMode::Plain, 60, &[(10, 1.0), (20, 1.0), (30, f64::NAN), (40, f64::NAN)]),
        Some(1.0)
    );
}

#[test]
fn a_reset_before_the_window_does_not_count() {
    // The first of these is outside: the fall from 100 to 1 is not seen.
    let samples = [(0, 100.0), (20, 1.0), (40, 2.0), (60, 3.0)];
    assert_eq!(at(increase, RangeMode::Plain, 60, &samples), Some(2.0 * 60.0 / 40.0));
}

#[test]
fn last_two_samples() {
    let samples = [(30, 9.0), (40, 10.0), (60, 4.0)];
    assert_eq!(at(irate, RangeMode::Plain, 60, &samples), Some(4.0 / 20.0));
    assert_eq!(at(idelta, RangeMode::Plain, 60, &samples), Some(-6.0));
}

#[test]
fn anchored_and_smoothed_ranges() {
    let samples = [(-10, 0.0), (30, 40.0), (50, 60.0), (70, 80.0)];
    // From the sample before the start to the last one inside.
    assert_eq!(at(increase, RangeMode::Anchored, 60, &samples), Some(60.0));
    // From the value at 0 (10) to that at 60 (70).
    assert_eq!(at(increase, RangeMode::Smoothed, 60, &samples), Some(60.0));
    assert_eq!(at(rate, RangeMode::Smoothed, 60, &samples), Some(1.0));
}
