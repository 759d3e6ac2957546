//! Ticks of axes: round numbers, round instants of a zone's clock, and texts that tell them apart.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::field::Column;
use crate::field::time_text;
use crate::frame::Cell;

/// Most ticks of an axis.
const TICKS_MAX: usize = 200;

/// Round ascending numbers within limits, about `count` of them. With `binary` steps are powers of two, as for bytes.
pub fn numbers(min: f64, max: f64, count: f64, binary: bool) -> Vec<f64> {
    let size = max - min;
    if !(size > 0.0 && size.is_finite()) {
        return if min.is_finite() { vec![min] } else { Vec::new() };
    }
    let raw = size / count.max(1.0);
    let step = if binary { raw.log2().ceil().exp2() } else { nice(raw) };
    let first = (min / step).ceil();
    let ticks = (0..TICKS_MAX).map(|index| (first + index as f64) * step);
    ticks.take_while(|tick| *tick <= max + step * 1e-9).collect()
}

/// The least round number that is not below a raw one.
pub fn nice(raw: f64) -> f64 {
    if raw <= 0.0 || !raw.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|factor| factor * power >= raw * (1.0 - 1e-12));
    factor.unwrap_or(10.0) * power
}

/// Whether a unit counts in powers of 1024.
pub fn is_binary(unit: &str) -> bool {
    matches!(
        unit,
        "bytes"
            | "kbytes"
            | "mbytes"
            | "gbytes"
            | "bits"
            | "binBps"
            | "binbps"
            | "KiBs"
            | "MiBs"
            | "GiBs"
            | "TiBs"
    )
}

/// Texts of ticks with as few decimals as tell each its own exact value: steps of 0.25 read 0.25, 0.50, 0.75.
pub fn texts(ticks: &[f64], column: &Column) -> Vec<String> {
    let shown = |tick: f64, decimals: i32| column.show(&Cell::Number(tick), Some(decimals)).text;
    if let Some(decimals) = column.config.decimals {
        return ticks.iter().map(|tick| shown(*tick, decimals)).collect();
    }
    let exact = |text: &str| -> f64 {
        let digits = text.replace(',', "");
        let end =
            digits.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(digits.len());
        digits[..end].parse().unwrap_or(f64::NAN)
    };
    let is_precise = |decimals: i32| {
        ticks.iter().all(|tick| {
            let (here, finer) = (exact(&shown(*tick, decimals)), exact(&shown(*tick, decimals + 3)));
            here.is_nan() || (here - finer).abs() <= finer.abs() * 1e-6 + 1e-9
        })
    };
    let decimals = (0..3).find(|decimals| is_precise(*decimals)).unwrap_or(3);
    ticks.iter().map(|tick| shown(*tick, decimals)).collect()
}

const STEPS_MS: [f64; 33] = [
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    50.0,
    100.0,
    200.0,
    500.0,
    1000.0,
    2000.0,
    5000.0,
    10_000.0,
    15_000.0,
    30_000.0,
    60_000.0,
    120_000.0,
    300_000.0,
    600_000.0,
    900_000.0,
    1_800_000.0,
    3_600_000.0,
    7_200_000.0,
    10_800_000.0,
    21_600_000.0,
    43_200_000.0,
    86_400_000.0,
    172_800_000.0,
    604_800_000.0,
    1_209_600_000.0,
    2_592_000_000.0,
    7_776_000_000.0,
    31_536_000_000.0,
];

/// Round instants of the zone's clock within a span, at most `count`, and the step between them.
pub fn instants(from: f64, to: f64, count: f64, zone: &TimeZone) -> (Vec<f64>, f64) {
    let step =
        STEPS_MS.into_iter().find(|step| (to - from) / step <= count.max(1.0)).unwrap_or(31_536_000_000.0);
    let offset = Timestamp::from_millisecond(from as i64)
        .map_or(0.0, |at| f64::from(zone.to_offset(at).seconds()) * 1000.0);
    let first = ((from + offset) / step).ceil() * step - offset;
    let ticks = (0..TICKS_MAX).map(|index| first + index as f64 * step);
    (ticks.take_while(|at| *at <= to).collect(), step)
}

/// The text of an instant on an axis: no more than tells neighbours apart.
pub fn instant_text(at: f64, step: f64, span: f64, zone: &TimeZone) -> String {
    const DAY: f64 = 86_400_000.0;
    let text = |pattern: &str| time_text::format(at, pattern, zone);
    if step >= 31_000_000_000.0 {
        text("YYYY")
    } else if step >= 2_592_000_000.0 {
        text("YYYY-MM")
    } else if step >= DAY {
        text(if span > 300.0 * DAY { "YYYY-MM-DD" } else { "MM/DD" })
    } else if step >= 60_000.0 {
        let clock = text("HH:mm");
        if span <= DAY || clock != "00:00" && step < 21_600_000.0 { clock } else { text("MM/DD HH:mm") }
    } else {
        text(if step >= 1000.0 { "HH:mm:ss" } else { "HH:mm:ss.SSS" })
    }
}
