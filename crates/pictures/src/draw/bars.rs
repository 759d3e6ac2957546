//! Bar charts and histograms: groups of bars over names or ranges.

use std::collections::BTreeMap;

use super::legend::{self, Settings};
use super::plot::Scale;
use super::svg::{Anchor, Area, Canvas, Ink, Pen};
use super::text::{fitted, width};
use super::{Input, message, ticks};
use crate::field::color::Rgba;
use crate::field::config::ColorMode;
use crate::field::{Column, time_text};
use crate::frame::{Cell, Kind};
use crate::json::{flag, number, text, text_or};

const GROUPS_MAX: usize = 500;
const BUCKETS_MAX: f64 = 200.0;
const SIZE: f64 = 11.0;

struct Bar {
    value: f64,
    color: Rgba,
    text: String,
}

struct Group {
    name: String,
    bars: Vec<Bar>,
}

/// Draws a bar chart: names come from `xField`, else the first text column, else the time.
pub fn chart(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let wanted = text(input.options, "xField");
    let mut groups: Vec<Group> = Vec::new();
    for table in input.tables {
        let columns = || table.columns.iter();
        let axis = columns()
            .find(|c| !wanted.is_empty() && (c.field.name == wanted || c.title == wanted))
            .or_else(|| columns().find(|c| c.field.kind == Kind::Text))
            .or_else(|| table.time());
        let is_value = |column: &&Column| {
            column.field.kind == Kind::Number
                && !column.hidden_from("viz")
                && axis.is_none_or(|axis| !std::ptr::eq(axis, *column))
        };
        for row in 0..table.rows {
            let name = match axis.and_then(|axis| axis.field.values.get(row).map(|cell| (axis, cell))) {
                None => (row + 1).to_string(),
                Some((axis, cell)) if axis.field.kind == Kind::Time => time_text::format(
                    cell.number().unwrap_or(f64::NAN),
                    "MM/DD HH:mm",
                    &input.look.clock.zone,
                ),
                Some((axis, cell)) => axis.show(cell, None).text,
            };
            let place = match groups.iter().position(|group| group.name == name) {
                Some(place) => place,
                None if groups.len() >= GROUPS_MAX => continue,
                None => {
                    groups.push(Group { name, bars: Vec::new() });
                    groups.len() - 1
                }
            };
            for column in columns().filter(is_value) {
                let cell = column.field.values.get(row).unwrap_or(&Cell::Null);
                let shown = column.show(cell, None);
                let by_value = matches!(column.config.color, ColorMode::Thresholds) || shown.mapped_color;
                let color = if by_value { shown.color } else { column.color };
                groups[place].bars.push(Bar { value: cell.finite().unwrap_or(0.0), color, text: shown.text });
            }
        }
    }
    let series: Vec<&Column> = input
        .tables
        .iter()
        .flat_map(|table| &table.columns)
        .filter(|c| c.field.kind == Kind::Number && !c.hidden_from("viz"))
        .collect();
    let stacked = text_or(input.options, "stacking", "none");
    draw(canvas, area, input, groups, &series, stacked);
}

/// Draws how many samples lie in each range.
pub fn histogram(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let series: Vec<&Column> = input
        .tables
        .iter()
        .flat_map(|table| &table.columns)
        .filter(|c| c.field.kind == Kind::Number && !c.hidden_from("viz"))
        .collect();
    let values = |column: &Column| column.field.values.iter().filter_map(Cell::finite).collect::<Vec<f64>>();
    let all: Vec<f64> = series.iter().flat_map(|column| values(column)).collect();
    let (Some(first), false) = (series.first(), all.is_empty()) else {
        return message(canvas, area, input, input.say("No data", "데이터 없음"));
    };
    let (low, high) = all.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let count = number(input.options, "bucketCount").unwrap_or(30.0).clamp(1.0, BUCKETS_MAX);
    let size = number(input.options, "bucketSize")
        .filter(|size| *size > 0.0)
        .unwrap_or(ticks::nice((high - low) / count));
    let size = size.max((high - low) / BUCKETS_MAX).max(f64::MIN_POSITIVE);
    let offset = number(input.options, "bucketOffset").unwrap_or(0.0);
    let bucket = |value: f64| ((value - offset) / size).floor();
    let is_combined = flag(input.options, "combine");
    let counted: Vec<(Rgba, Vec<f64>)> = match is_combined {
        true => vec![(first.color, all.clone())],
        false => series.iter().map(|column| (column.color, values(column))).collect(),
    };
    let counts: Vec<(Rgba, BTreeMap<i64, f64>)> = counted
        .into_iter()
        .map(|(color, values)| {
            let mut counts = BTreeMap::new();
            values.into_iter().for_each(|value| *counts.entry(bucket(value) as i64).or_insert(0.0) += 1.0);
            (color, counts)
        })
        .collect();
    let (from, to) = (bucket(low) as i64, bucket(high) as i64);
    let groups = (from..=to.min(from.saturating_add(BUCKETS_MAX as i64))).map(|at| {
        let edge = |at: i64| first.show(&Cell::Number(at as f64 * size + offset), None).text;
        let bars = counts.iter().map(|(color, counts)| {
            let value = counts.get(&at).copied().unwrap_or(0.0);
            Bar { value, color: *color, text: String::new() }
        });
        Group { name: edge(at), bars: bars.collect() }
    });
    draw(canvas, area, input, groups.collect(), if is_combined { &[] } else { &series }, "none");
}

fn draw(
    canvas: &mut Canvas,
    area: Area,
    input: &Input<'_>,
    groups: Vec<Group>,
    series: &[&Column],
    stacked: &str,
) {
    if groups.iter().all(|group| group.bars.is_empty()) {
        return message(canvas, area, input, input.say("No numbers to draw", "그릴 숫자가 없습니다"));
    }
    let mut area = area;
    if let Some(settings) = Settings::of(input.options, input.look.korean) {
        let entries: Vec<_> =
            series.iter().filter(|c| !c.hidden_from("legend")).map(|c| settings.entry(c)).collect();
        area = legend::draw(canvas, area, input.theme, &settings, &entries);
    }
    let total = |group: &Group| group.bars.iter().map(|bar| bar.value.abs()).sum::<f64>();
    let reach = |group: &Group| -> (f64, f64) {
        let values = group.bars.iter().map(|bar| bar.value);
        match stacked {
            "none" | "" => values.fold((0.0, 0.0), |(low, high), v| (f64::min(low, v), f64::max(high, v))),
            _sum => values.fold((0.0, 0.0), |(low, high), v| (low + v.min(0.0), high + v.max(0.0))),
        }
    };
    let (low, high) =
        groups.iter().map(reach).fold((0.0, 0.0), |a, b| (f64::min(a.0, b.0), f64::max(a.1, b.1)));
    let (min, max) = if stacked == "percent" { (0.0, 1.0) } else { Scale::around(low, high) };
    let scale = Scale { min, max, log: 0.0 };
    if text(input.options, "orientation") == "horizontal" {
        return across(canvas, area, input, &groups, &scale);
    }
    let places = ticks::numbers(min, max, (area.h / 40.0).floor().max(2.0), false);
    let labels: Vec<String> = match (stacked, series.first()) {
        ("percent", _) => places.iter().map(|share| format!("{:.0}%", share * 100.0)).collect(),
        (_, Some(column)) => ticks::texts(&places, column),
        (_, None) => places.iter().map(|count| count.to_string()).collect(),
    };
    let left = labels.iter().map(|label| width(label, SIZE)).fold(0.0, f64::max) + 12.0;
    let inner =
        Area { x: area.x + left, y: area.y + 6.0, w: area.w - left - 4.0, h: (area.h - 28.0).max(8.0) };
    for (place, label) in places.iter().zip(&labels) {
        let y = scale.y(*place, inner);
        canvas.line((inner.x, y), (inner.right(), y), &Pen::new(input.theme.grid, 1.0));
        canvas.text((inner.x - 6.0, y + 4.0), Ink::new(SIZE, input.theme.weak).at(Anchor::End), label);
    }
    let slot = inner.w / groups.len() as f64;
    let widest = groups.iter().map(|group| width(&group.name, SIZE)).fold(0.0, f64::max).min(120.0) + 8.0;
    let every = ((widest / slot).ceil() as usize).max(1);
    for (index, group) in groups.iter().enumerate() {
        let x = inner.x + index as f64 * slot;
        if index % every == 0 {
            let ink = Ink::new(SIZE, input.theme.weak).at(Anchor::Middle);
            let room = (slot * every as f64).max(20.0);
            canvas.text((x + slot / 2.0, inner.bottom() + 16.0), ink, &fitted(&group.name, SIZE, room));
        }
        let gap = (slot * 0.15).min(12.0);
        let is_stacked = !matches!(stacked, "none" | "");
        let wide = (slot - gap) / if is_stacked { 1.0 } else { group.bars.len().max(1) as f64 };
        let (mut above, mut below) = (0.0, 0.0);
        for (at, bar) in group.bars.iter().enumerate() {
            let value = if stacked == "percent" {
                bar.value / total(group).max(f64::MIN_POSITIVE)
            } else {
                bar.value
            };
            let base = if !is_stacked {
                0.0
            } else if value < 0.0 {
                below
            } else {
                above
            };
            if value < 0.0 {
                below += value
            } else {
                above += value
            }
            let (from, to) = (scale.y(base, inner), scale.y(base + value, inner));
            let left = x + gap / 2.0 + if is_stacked { 0.0 } else { at as f64 * wide };
            let place = Area { x: left, y: from.min(to), w: (wide - 1.0).max(0.6), h: (from - to).abs() };
            canvas.rect(place, bar.color.with_alpha(0.85), 0.0);
            if !is_stacked
                && width(&bar.text, SIZE) < wide - 2.0
                && text_or(input.options, "showValue", "auto") != "never"
            {
                let ink = Ink::new(SIZE, input.theme.text).at(Anchor::Middle);
                canvas.text((left + wide / 2.0, (place.y - 3.0).max(inner.y + 9.0)), ink, &bar.text);
            }
        }
    }
}

fn across(canvas: &mut Canvas, area: Area, input: &Input<'_>, groups: &[Group], scale: &Scale) {
    let names =
        groups.iter().map(|group| width(&group.name, SIZE)).fold(0.0, f64::max).min(area.w * 0.35) + 10.0;
    let inner = Area { x: area.x + names, w: (area.w - names - 60.0).max(10.0), ..area };
    let slot = area.h / groups.len() as f64;
    for (index, group) in groups.iter().enumerate() {
        let y = area.y + index as f64 * slot;
        let ink = Ink::new(SIZE, input.theme.text).at(Anchor::End);
        canvas.text((inner.x - 8.0, y + slot / 2.0 + 4.0), ink, &fitted(&group.name, SIZE, names - 8.0));
        let tall = slot * 0.8 / group.bars.len().max(1) as f64;
        for (at, bar) in group.bars.iter().enumerate() {
            let (from, to) = (scale.share(0.0) * inner.w, scale.share(bar.value) * inner.w);
            let place = Area {
                x: inner.x + from.min(to),
                y: y + slot * 0.1 + at as f64 * tall,
                w: (to - from).abs(),
                h: (tall - 1.0).max(0.6),
            };
            canvas.rect(place, bar.color.with_alpha(0.85), 0.0);
            if tall >= 9.0 {
                canvas.text(
                    (place.right() + 5.0, place.y + tall / 2.0 + 4.0),
                    Ink::new(SIZE, input.theme.text),
                    &bar.text,
                );
            }
        }
    }
}
