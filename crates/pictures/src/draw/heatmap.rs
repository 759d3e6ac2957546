//! Heatmaps: cells of buckets over time, from bucket columns or counted from samples.

use std::collections::BTreeMap;

use super::plot::{self, x};
use super::svg::{Anchor, Area, Canvas, Ink};
use super::text::{fitted, width};
use super::{Input, message};
use crate::field::color::{self, Rgba};
use crate::field::units::Unit;
use crate::frame::Kind;
use crate::json::{at, flag, number, text, text_or};

const SIZE: f64 = 11.0;
const ROWS_CALCULATED: f64 = 20.0;
/// Most cells drawn; wider maps lose columns.
const CELLS_MAX: usize = 60_000;

struct Map {
    rows: Vec<String>,
    columns: BTreeMap<i64, Vec<f64>>,
    step: f64,
}

const SCHEMES: [(&str, &[&str]); 16] = [
    ("Oranges", &["#fff5eb", "#fdd0a2", "#fd8d3c", "#d94801", "#7f2704"]),
    ("Blues", &["#f7fbff", "#c6dbef", "#6baed6", "#2171b5", "#08306b"]),
    ("Greens", &["#f7fcf5", "#c7e9c0", "#74c476", "#238b45", "#00441b"]),
    ("Reds", &["#fff5f0", "#fcbba1", "#fb6a4a", "#cb181d", "#67000d"]),
    ("Purples", &["#fcfbfd", "#dadaeb", "#9e9ac8", "#6a51a3", "#3f007d"]),
    ("Greys", &["#ffffff", "#d9d9d9", "#969696", "#525252", "#000000"]),
    ("YlOrRd", &["#ffffcc", "#fed976", "#fd8d3c", "#e31a1c", "#800026"]),
    ("YlGnBu", &["#ffffd9", "#c7e9b4", "#41b6c4", "#225ea8", "#081d58"]),
    ("Spectral", &["#9e0142", "#f46d43", "#fee08b", "#e6f598", "#66c2a5", "#5e4fa2"]),
    ("Turbo", &["#30123b", "#4669db", "#1ae4b6", "#a4fc3c", "#fb7e21", "#7a0403"]),
    ("Viridis", &["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"]),
    ("Magma", &["#000004", "#51127c", "#b73779", "#fc8961", "#fcfdbf"]),
    ("Inferno", &["#000004", "#57106e", "#bc3754", "#f98e09", "#fcffa4"]),
    ("Plasma", &["#0d0887", "#7e03a8", "#cc4778", "#f89540", "#f0f921"]),
    ("RdYlGn", &["#a50026", "#f46d43", "#ffffbf", "#66bd63", "#006837"]),
    ("RdYlBu", &["#a50026", "#f46d43", "#ffffbf", "#74add1", "#313695"]),
];
/// The first so many schemes go from pale to dense.
const SEQUENTIAL: usize = 8;

/// Draws the map with its axes.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let unit = Unit::of(text(input.options, "yAxis.unit"));
    let decimals = number(input.options, "yAxis.decimals").map(|decimals| decimals as i32);
    let name = |value: f64| unit.format(value, decimals, &input.look.clock).whole();
    let map = if flag(input.options, "calculate") { counted(input, &name) } else { of_columns(input, &name) };
    let Some(map) = map.filter(|map| !map.rows.is_empty() && !map.columns.is_empty()) else {
        return message(canvas, area, input, input.say("No data", "데이터 없음"));
    };
    let names = map.rows.iter().map(|row| width(row, SIZE)).fold(0.0, f64::max).min(area.w * 0.3) + 10.0;
    let inner = Area {
        x: area.x + names,
        y: area.y + 4.0,
        w: (area.w - names - 8.0).max(10.0),
        h: (area.h - plot::TIME_AXIS - 4.0).max(8.0),
    };
    plot::times(canvas, inner, input);
    let tall = inner.h / map.rows.len() as f64;
    let every = ((14.0 / tall).ceil() as usize).max(1);
    for (index, row) in map.rows.iter().enumerate().filter(|(index, _)| index % every == 0) {
        let y = inner.bottom() - (index as f64 + 0.5) * tall + 4.0;
        canvas.text(
            (inner.x - 6.0, y),
            Ink::new(SIZE, input.theme.weak).at(Anchor::End),
            &fitted(row, SIZE, names),
        );
    }
    let counts = || map.columns.values().flatten().copied().filter(|count| *count > 0.0);
    let (least, most) = (counts().fold(f64::INFINITY, f64::min), counts().fold(0.0, f64::max));
    let paint = painter(input, least, most);
    let thin = (map.columns.len() * map.rows.len()).div_ceil(CELLS_MAX).max(1);
    canvas.clip(inner);
    for (time, cells) in map.columns.iter().step_by(thin) {
        let left = x(*time as f64, input.span, inner);
        let right = x(*time as f64 + map.step * thin as f64, input.span, inner);
        for (row, count) in cells.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let place = Area {
                x: left,
                y: inner.bottom() - (row as f64 + 1.0) * tall,
                w: (right - left - 0.5).max(0.7),
                h: (tall - 0.5).max(0.7),
            };
            canvas.rect(place, paint(*count), 0.0);
        }
    }
    canvas.end();
}

fn of_columns(input: &Input<'_>, name: &dyn Fn(f64) -> String) -> Option<Map> {
    let bound = |text: &str| match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        other => other.trim().parse::<f64>().ok(),
    };
    let mut found = Vec::new();
    for table in input.tables {
        let Some(time) = table.time() else { continue };
        for column in table.columns.iter().filter(|column| column.field.kind == Kind::Number) {
            let title = column.field.labels.get("le").cloned().unwrap_or_else(|| column.title.clone());
            found.push((bound(&title), title, &time.field.values, &column.field.values));
        }
    }
    let is_numeric = found.iter().all(|(bound, ..)| bound.is_some());
    if is_numeric {
        found.sort_by(|a, b| a.0.unwrap_or(0.0).total_cmp(&b.0.unwrap_or(0.0)));
    }
    let (floor, ceiling) =
        (number(input.options, "filterValues.le"), number(input.options, "filterValues.ge"));
    let mut columns: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (row, (_, _, times, values)) in found.iter().enumerate() {
        for (at, value) in times.iter().zip(values.iter()) {
            let (Some(at), Some(count)) = (at.finite(), value.finite()) else { continue };
            if floor.is_none_or(|floor| count > floor) && ceiling.is_none_or(|ceiling| count < ceiling) {
                columns.entry(at as i64).or_insert_with(|| vec![0.0; found.len()])[row] = count;
            }
        }
    }
    let has_unit = !text(input.options, "yAxis.unit").is_empty();
    let row_name = |bound: Option<f64>, title: &str| match bound {
        Some(bound) if bound.is_finite() && has_unit => name(bound),
        Some(_) | None => title.to_owned(),
    };
    let rows = found.iter().map(|(bound, title, ..)| row_name(*bound, title)).collect();
    let step = if input.step_ms > 0.0 { input.step_ms } else { smallest_step(columns.keys()) };
    Some(Map { rows, columns, step })
}

fn smallest_step<'a>(times: impl Iterator<Item = &'a i64>) -> f64 {
    let times: Vec<i64> = times.copied().collect();
    times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64)
        .fold(f64::INFINITY, f64::min)
        .clamp(1.0, 86_400_000.0)
}

/// Counts samples into buckets of time and value.
fn counted(input: &Input<'_>, name: &dyn Fn(f64) -> String) -> Option<Map> {
    let mut samples: Vec<(f64, f64)> = Vec::new();
    for table in input.tables {
        let Some(time) = table.time() else { continue };
        for column in table.columns.iter().filter(|column| column.field.kind == Kind::Number) {
            let pairs = time.field.values.iter().zip(&column.field.values);
            samples.extend(pairs.filter_map(|(at, value)| at.finite().zip(value.finite())));
        }
    }
    let low = samples.iter().map(|s| s.1).fold(f64::INFINITY, f64::min);
    let high = samples.iter().map(|s| s.1).fold(f64::NEG_INFINITY, f64::max);
    if samples.is_empty() {
        return None;
    }
    let wanted = number(input.options, "calculation.yBuckets.value").filter(|value| *value > 0.0);
    let by_size = text(input.options, "calculation.yBuckets.mode") == "size";
    let size = match wanted {
        Some(size) if by_size => size.max((high - low) / 500.0),
        count => (high - low) / count.unwrap_or(ROWS_CALCULATED).clamp(1.0, 500.0),
    };
    let size = if size > 0.0 { size } else { 1.0 };
    let base = if by_size { (low / size).floor() * size } else { low };
    let rows = (((high - base) / size).floor() as usize + usize::from(by_size)).clamp(1, 501);
    let (from, to) = input.span;
    let step = input.step_ms.max((to - from) / 60.0).max(1.0);
    let mut columns: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (at, value) in samples.into_iter().filter(|(at, _)| *at >= from && *at <= to) {
        let column = (from + ((at - from) / step).floor() * step) as i64;
        let row = (((value - base) / size).floor() as usize).min(rows - 1);
        columns.entry(column).or_insert_with(|| vec![0.0; rows])[row] += 1.0;
    }
    let rows = (0..rows).map(|row| name(base + (row + 1) as f64 * size)).collect();
    Some(Map { rows, columns, step })
}

/// The colour of a count: along a scheme, or one colour growing denser by a power.
fn painter(input: &Input<'_>, least: f64, most: f64) -> Box<dyn Fn(f64) -> Rgba> {
    let dark = input.look.dark;
    let low = number(input.options, "color.min").unwrap_or(least.min(0.0));
    let high = number(input.options, "color.max").unwrap_or(most);
    let share =
        move |count: f64| if high > low { ((count - low) / (high - low)).clamp(0.0, 1.0) } else { 1.0 };
    if text(input.options, "color.mode") == "opacity" {
        let fill = color::named(text_or(input.options, "color.fill", "dark-orange"), dark);
        let is_linear = text(input.options, "color.scale") == "linear";
        let power = if is_linear { 1.0 } else { number(input.options, "color.exponent").unwrap_or(0.5) };
        return Box::new(move |count| fill.with_alpha(share(count).powf(power) as f32));
    }
    let name = text_or(input.options, "color.scheme", "Oranges");
    let place = SCHEMES.iter().position(|(known, _)| *known == name).unwrap_or(0);
    // On a dark page few should be dark and many bright, as on paper few are pale.
    let reverses = flag(at(input.options, "color"), "reverse") != (place < SEQUENTIAL && dark);
    let stops: Vec<Rgba> = SCHEMES[place].1.iter().map(|stop| color::named(stop, dark)).collect();
    Box::new(move |count| {
        let share = if reverses { 1.0 - share(count) } else { share(count) };
        let at = share * (stops.len() - 1) as f64;
        let index = (at.floor() as usize).min(stops.len() - 2);
        stops[index].mix(stops[index + 1], (at - index as f64) as f32)
    })
}
