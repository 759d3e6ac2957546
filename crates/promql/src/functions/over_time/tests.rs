//! Sums of sliding windows against each window added up on its own.

use std::cell::RefCell;

use super::*;
use crate::ast::{RangeMode, Span};
use crate::column::Grid;
use crate::exec::stop::Stop;
use crate::exec::tally::LocalTally;
use crate::functions::evaluation::RangeKernel;

fn bits(column: &Column) -> Vec<Option<u64>> {
    (0..column.steps()).map(|step| column.get(step).map(f64::to_bits)).collect()
}

/// Evaluates over all steps at once, and over each step alone by `plain`.
fn compare(name: &str, t: &[i64], v: &[f64], kernel: RangeKernel, plain: fn(&Windows<'_>, &[f64]) -> f64) {
    let (stop, tally) = (Stop::default(), RefCell::new(LocalTally::default()));
    for (step_ms, range_ms) in [(60_000, 300_000), (15_000, 3_600_000), (30_000, 45_000), (7_000, 700_000)] {
        let steps = (t[t.len() - 1] / step_ms) as usize + 20;
        let windows = Windows {
            t,
            v,
            never_falls: false,
            histograms: &[],
            starts: &[],
            histogram_starts: &[],
            grid: Grid { start_ms: 0, step_ms, steps },
            at: None,
            offset_ms: 0,
            range_ms,
            mode: RangeMode::Plain,
            lookback_ms: 300_000,
            scalars: &[],
            name: "",
            metric_type: None,
            span: Span::default(),
            reads: true,
            tally: &tally,
            stop: &stop,
        };
        let (mut got, mut want) = (Column::absent(steps), Column::absent(steps));
        kernel(&windows, &mut got, &mut Notes::default()).unwrap();
        windows.each(|w| want.set(w.step, plain(&windows, w.v)));
        assert_eq!(bits(&got), bits(&want), "{name}, step {step_ms} ms, range {range_ms} ms");
    }
}

#[test]
fn sliding_sums_are_those_of_each_window_bit_for_bit() {
    let mut random = 11u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut series = |f: &mut dyn FnMut(usize, f64) -> f64| -> (Vec<i64>, Vec<f64>) {
        let mut t = 0;
        (0..1_500)
            .map(|i| {
                t += 15_000 + (next() * 200.0) as i64 + if i % 211 == 0 { 400_000 } else { 0 };
                (t, f(i, next()))
            })
            .unzip()
    };
    let kinds = [
        ("bytes", series(&mut |_, r| (r * 6.4e10).floor())),
        ("quarters", series(&mut |_, r| (r * 4e3).floor() / 4.0 - 300.0)),
        ("fractions", series(&mut |_, r| r * 100.0)),
        ("both signs", series(&mut |_, r| (r - 0.5) * 1e9)),
        ("far apart", series(&mut |i, r| r * 10f64.powi((i % 37) as i32 - 18))),
        ("large whole numbers", series(&mut |_, r| (r * 9e15).floor())),
        ("zeros", series(&mut |i, _| if i % 2 == 0 { -0.0 } else { 0.0 })),
        ("overflow", series(&mut |_, r| r * f64::MAX)),
        ("infinities", series(&mut |i, r| if i % 300 == 0 { f64::INFINITY } else { r })),
        ("no numbers", series(&mut |i, r| if i % 170 == 0 { f64::NAN } else { (r * 10.0).floor() })),
        ("subnormal", series(&mut |_, r| (r * 1000.0).floor() * 5e-324)),
    ];
    for (name, (t, v)) in &kinds {
        compare(name, t, v, sum, plain_sum);
        compare(name, t, v, avg, plain_mean);
        compare(name, t, v, stdvar, variance);
        compare(name, t, v, stddev, |windows, v| variance(windows, v).sqrt());
    }
}
