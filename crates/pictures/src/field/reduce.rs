//! Many values become one: `lastNotNull`, `mean`, `p95`, …
//!
//! Behaviour is that of `@grafana/data`: missing values and NaN are passed over unless a reducer is about them.

use std::collections::HashSet;

use crate::frame::{Cell, Field, Kind};

/// What one pass over a field's numbers finds.
#[derive(Clone, Copy, Debug)]
struct Pass {
    first: f64,
    last: f64,
    sum: f64,
    count: usize,
    min: f64,
    max: f64,
    least_above_zero: f64,
    delta: f64,
    going_up: bool,
    step: f64,
    all_zero: bool,
}

fn pass(field: &Field) -> Option<Pass> {
    let mut found: Option<Pass> = None;
    for value in field.values.iter().filter_map(Cell::number).filter(|v| !v.is_nan()) {
        let Some(p) = &mut found else {
            found = Some(Pass {
                first: value,
                last: value,
                sum: value,
                count: 1,
                min: value,
                max: value,
                least_above_zero: if value > 0.0 { value } else { f64::INFINITY },
                delta: 0.0,
                going_up: true,
                step: f64::INFINITY,
                all_zero: value == 0.0,
            });
            continue;
        };
        let step = value - p.last;
        p.step = p.step.min(step);
        if p.last > value {
            p.going_up = false;
        } else {
            // The step after a fall is not counted: the counter began again somewhere below.
            p.delta += if p.going_up { step } else { 0.0 };
            p.going_up = true;
        }
        p.sum += value;
        p.count += 1;
        p.min = p.min.min(value);
        p.max = p.max.max(value);
        if value > 0.0 {
            p.least_above_zero = p.least_above_zero.min(value);
        }
        p.all_zero &= value == 0.0;
        p.last = value;
    }
    found
}

/// The least and greatest number of a field.
pub fn extremes(field: &Field) -> Option<(f64, f64)> {
    pass(field).map(|p| (p.min, p.max))
}

/// The name that a reducer has today.
pub fn canonical(reducer: &str) -> &str {
    match reducer {
        "current" => "lastNotNull",
        "avg" => "mean",
        "total" => "sum",
        other => other,
    }
}

/// The reduction of a field's values; `Null` without values, or by a reducer that nobody knows.
pub fn reduce(field: &Field, reducer: &str) -> Cell {
    let numeric = matches!(field.kind, Kind::Number | Kind::Time | Kind::Bool);
    let of_pass = |pick: fn(&Pass) -> f64| match pass(field) {
        Some(p) if numeric => finite_or_null(pick(&p)),
        Some(_) | None => Cell::Null,
    };
    let present = || field.values.iter().filter(|cell| !cell.is_missing());
    match canonical(reducer) {
        "lastNotNull" => present().next_back().cloned().unwrap_or(Cell::Null),
        "firstNotNull" => present().next().cloned().unwrap_or(Cell::Null),
        "last" => field.values.last().cloned().unwrap_or(Cell::Null),
        "first" => field.values.first().cloned().unwrap_or(Cell::Null),
        "min" => of_pass(|p| p.min),
        "max" => of_pass(|p| p.max),
        "mean" => of_pass(|p| p.sum / p.count as f64),
        "sum" => of_pass(|p| p.sum),
        "range" => of_pass(|p| p.max - p.min),
        "diff" => of_pass(|p| p.last - p.first),
        "diffperc" => of_pass(|p| (p.last - p.first) / p.first * 100.0),
        "delta" => of_pass(|p| p.delta),
        "step" => of_pass(|p| if p.step.is_finite() { p.step } else { f64::NAN }),
        "logmin" => of_pass(|p| if p.least_above_zero.is_finite() { p.least_above_zero } else { f64::NAN }),
        "count" => Cell::Number(field.values.iter().filter(|cell| **cell != Cell::Null).count() as f64),
        "countAll" => Cell::Number(field.values.len() as f64),
        "changeCount" => {
            Cell::Number(field.values.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64)
        }
        "distinctCount" => Cell::Number(distinct(field).len() as f64),
        "uniqueValues" | "allValues" => {
            let texts = if reducer == "allValues" {
                field.values.iter().map(Cell::plain).collect()
            } else {
                distinct(field)
            };
            Cell::Text(texts.join(", "))
        }
        "allIsNull" => Cell::Bool(present().next().is_none()),
        "allIsZero" => Cell::Bool(pass(field).is_some_and(|p| p.all_zero)),
        "median" => percentile(field, 0.5, true),
        "variance" => spread(field).map_or(Cell::Null, Cell::Number),
        "stdDev" => spread(field).map_or(Cell::Null, |variance| Cell::Number(variance.sqrt())),
        other => match other.strip_prefix('p').and_then(|digits| digits.parse::<u32>().ok()) {
            Some(percent @ 1..=99) => percentile(field, f64::from(percent) / 100.0, false),
            Some(_) | None => Cell::Null,
        },
    }
}

fn finite_or_null(value: f64) -> Cell {
    if value.is_nan() { Cell::Null } else { Cell::Number(value) }
}

fn distinct(field: &Field) -> Vec<String> {
    let mut seen = HashSet::new();
    field.values.iter().map(Cell::plain).filter(|text| seen.insert(text.clone())).collect()
}

fn percentile(field: &Field, share: f64, middle: bool) -> Cell {
    let mut values: Vec<f64> = field.values.iter().filter_map(Cell::number).filter(|v| !v.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return Cell::Null };
    if middle && values.len().is_multiple_of(2) {
        return Cell::Number((values[values.len() / 2 - 1] + values[values.len() / 2]) / 2.0);
    }
    let place = (last as f64 * share + 0.5).floor() as usize;
    Cell::Number(values[place.min(last)])
}

fn spread(field: &Field) -> Option<f64> {
    let (mut mean, mut squares, mut count) = (0.0, 0.0, 0.0);
    for value in field.values.iter().filter_map(Cell::number).filter(|v| !v.is_nan()) {
        count += 1.0;
        let before = mean;
        mean += (value - before) / count;
        squares += (value - before) * (value - mean);
    }
    (count > 0.0).then(|| squares / count)
}

/// A reducer's name for people.
pub fn title(reducer: &str, korean: bool) -> String {
    let (english, own) = match canonical(reducer) {
        "lastNotNull" => ("Last *", "마지막 값*"),
        "last" => ("Last", "마지막 값"),
        "firstNotNull" => ("First *", "첫 값*"),
        "first" => ("First", "첫 값"),
        "min" => ("Min", "최소"),
        "max" => ("Max", "최대"),
        "mean" => ("Mean", "평균"),
        "median" => ("Median", "중앙값"),
        "sum" => ("Total", "합계"),
        "count" => ("Count", "개수"),
        "range" => ("Range", "범위"),
        "delta" => ("Delta", "증가량"),
        "step" => ("Step", "최소 간격"),
        "diff" => ("Difference", "차이"),
        "diffperc" => ("Difference percent", "차이(%)"),
        "logmin" => ("Min (above zero)", "최소(0 초과)"),
        "allIsZero" => ("All zeros", "모두 0"),
        "allIsNull" => ("All nulls", "모두 없음"),
        "changeCount" => ("Change count", "변경 횟수"),
        "distinctCount" => ("Distinct count", "서로 다른 값의 수"),
        "variance" => ("Variance", "분산"),
        "stdDev" => ("StdDev", "표준편차"),
        "uniqueValues" => ("All unique values", "서로 다른 값"),
        "allValues" => ("All values", "모든 값"),
        other => {
            return match other.strip_prefix('p').filter(|digits| digits.parse::<u32>().is_ok()) {
                Some(digits) => format!("{digits}th %"),
                None => other.to_owned(),
            };
        }
    };
    if korean { own } else { english }.to_owned()
}
