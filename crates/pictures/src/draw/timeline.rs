//! State timelines and status histories: runs of equal states per series.

use super::legend::{self, Entry, Settings};
use super::svg::{Anchor, Area, Canvas, Ink};
use super::text::{fitted, width};
use super::{Input, message, plot};
use crate::field::Column;
use crate::field::color::Rgba;
use crate::frame::Kind;
use crate::json::{flag_or, number, text_or};

/// Most runs of a series: a pixel each.
const RUNS_MAX: usize = 4000;
/// Most rows.
const ROWS_MAX: usize = 200;
const SIZE: f64 = 11.0;

struct Run {
    from: f64,
    to: f64,
    text: String,
    color: Rgba,
}

/// Draws a row a series.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let is_history = input.kind == "status-history";
    let merges = !is_history && flag_or(input.options, "mergeValues", true);
    let mut rows: Vec<(&Column, Vec<Run>)> = Vec::new();
    for table in input.tables {
        let Some(time) = table.time() else { continue };
        for column in table.columns.iter().filter(|c| c.field.kind != Kind::Time && !c.hidden_from("viz")) {
            let times: Vec<f64> = time.field.values.iter().filter_map(|at| at.finite()).collect();
            rows.push((column, runs(&times, column, input, merges)));
        }
    }
    rows.truncate(ROWS_MAX);
    if rows.is_empty() {
        return message(canvas, area, input, input.say("No states over time", "시간에 따른 상태가 없습니다"));
    }
    let mut area = area;
    if let Some(settings) = Settings::of(input.options, input.look.korean) {
        let mut entries: Vec<Entry> = Vec::new();
        for run in rows.iter().flat_map(|(_, runs)| runs) {
            let is_known = entries.iter().any(|entry| entry.label == run.text && entry.color == run.color);
            if entries.len() < 40 && !is_known {
                entries.push(Entry { label: run.text.clone(), color: run.color, values: Vec::new() });
            }
        }
        area = legend::draw(canvas, area, input.theme, &settings, &entries);
    }
    let names =
        rows.iter().map(|(column, _)| width(&column.title, SIZE)).fold(0.0, f64::max).min(area.w * 0.35)
            + 10.0;
    let inner = Area {
        x: area.x + names,
        w: (area.w - names - 8.0).max(10.0),
        h: (area.h - plot::TIME_AXIS).max(8.0),
        ..area
    };
    plot::times(canvas, inner, input);
    let slot = inner.h / rows.len() as f64;
    let tall = slot * number(input.options, "rowHeight").unwrap_or(0.9).clamp(0.1, 1.0);
    let shows = text_or(input.options, "showValue", "auto");
    canvas.clip(Area { x: area.x, w: area.w, ..inner });
    for (index, (column, runs)) in rows.iter().enumerate() {
        let y = inner.y + index as f64 * slot + (slot - tall) / 2.0;
        let ink = Ink::new(SIZE, input.theme.text).at(Anchor::End);
        if slot >= 8.0 {
            canvas.text(
                (inner.x - 8.0, y + tall / 2.0 + 4.0),
                ink,
                &fitted(&column.title, SIZE, names - 8.0),
            );
        }
        let opacity = number(&column.config.custom, "fillOpacity").unwrap_or(70.0).clamp(10.0, 100.0) / 100.0;
        for run in runs {
            let left = plot::x(run.from.max(input.span.0), input.span, inner);
            let right = plot::x(run.to.min(input.span.1), input.span, inner);
            let gap = if is_history { 1.0 } else { 0.0 };
            let place = Area { x: left, y, w: (right - left - gap).max(0.6), h: tall };
            canvas.rect(place, run.color.with_alpha(opacity as f32), 0.0);
            if shows != "never" && tall > 12.0 && width(&run.text, SIZE) + 6.0 < place.w {
                let ink = Ink::new(SIZE, run.color.mix(input.theme.panel, 1.0 - opacity as f32).text_on())
                    .at(Anchor::Middle);
                canvas.text((place.x + place.w / 2.0, y + tall / 2.0 + 4.0), ink, &run.text);
            }
        }
    }
    canvas.end();
}

/// A run lasts to the next sample, the last one to the span's end or one step, whichever is first.
fn runs(times: &[f64], column: &Column, input: &Input<'_>, merges: bool) -> Vec<Run> {
    let step = input.step_ms;
    let limit = if step > 0.0 { step * 1.5 } else { f64::INFINITY };
    let mut out: Vec<Run> = Vec::new();
    for (row, (from, cell)) in times.iter().zip(&column.field.values).enumerate() {
        if cell.is_missing() || out.len() >= RUNS_MAX {
            continue;
        }
        let end = if step > 0.0 { input.span.1.min(from + step) } else { input.span.1 };
        let next = times.get(row + 1).copied().unwrap_or(end);
        let to = if next - from > limit { from + step } else { next };
        let shown = column.show(cell, None);
        match out.last_mut() {
            Some(last)
                if merges && last.to == *from && last.text == shown.text && last.color == shown.color =>
            {
                last.to = to
            }
            Some(_) | None => out.push(Run { from: *from, to, text: shown.text, color: shown.color }),
        }
    }
    out
}
