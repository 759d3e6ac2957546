//! Tables: as many rows as fit, with coloured cells and gauges.

use serde_json::Value;

use super::bargauge::share;
use super::svg::{Anchor, Area, Canvas, Ink, Pen};
use super::text::{fitted, width};
use super::{Input, message};
use crate::field::color::Rgba;
use crate::field::{Column, Table};
use crate::frame::{Cell, Kind};
use crate::json::{at, flag, flag_or, list, number, text, text_or, texts};
use crate::transform::order;

const SIZE: f64 = 12.0;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Look {
    Plain,
    ColorText,
    ColorBackground { whole_row: bool },
    Gauge,
}

fn look(column: &Column) -> Look {
    let custom = &column.config.custom;
    let options = at(custom, "cellOptions");
    let kind = if options.is_object() { text(options, "type") } else { text(custom, "displayMode") };
    match kind {
        "color-text" => Look::ColorText,
        "color-background" | "color-background-solid" => {
            Look::ColorBackground { whole_row: flag(options, "applyToRow") }
        }
        "gauge" | "basic" | "gradient-gauge" | "lcd-gauge" => Look::Gauge,
        _plain => Look::Plain,
    }
}

/// Draws the first table that has columns, or the one that the options name.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let shown: Vec<&Table> = input.tables.iter().filter(|table| !table.columns.is_empty()).collect();
    let wanted = number(input.options, "frameIndex").map_or(0, |index| index.max(0.0) as usize);
    let Some(table) = shown.get(wanted).or(shown.first()) else {
        return message(canvas, area, input, input.say("No data", "데이터 없음"));
    };
    let columns: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| !flag(&column.config.custom, "hidden") && !column.hidden_from("viz"))
        .collect();
    let with_head = flag_or(input.options, "showHeader", true);
    let line = match text(input.options, "cellHeight") {
        "md" => 34.0,
        "lg" => 42.0,
        _small => 26.0,
    };
    let rows = ordered(table, input.options);
    let widths = widths(&columns, table, area.w);
    let mut x = area.x;
    let mut lefts = Vec::with_capacity(widths.len());
    for width in &widths {
        lefts.push(x);
        x += width;
    }
    let rule = Pen::new(input.theme.grid, 1.0);
    let mut top = area.y;
    if with_head {
        for ((column, left), wide) in columns.iter().zip(&lefts).zip(&widths) {
            let ink = Ink::new(SIZE, input.theme.weak).bold();
            cell_text(canvas, column, ink, (*left, top + 16.0), *wide, &column.title);
        }
        top += 24.0;
        canvas.line((area.x, top), (area.right(), top), &rule);
    }
    let footer = footer(&columns, table, input.options);
    let floor = area.bottom() - if footer.is_some() { line } else { 0.0 };
    let room = (((floor - top) / line).floor().max(0.0)) as usize;
    let fits = rows.len() <= room;
    let drawn = if fits { rows.len() } else { room.saturating_sub(1) };
    canvas.clip(area);
    for row in rows.iter().take(drawn) {
        let painted = columns.iter().find(|column| look(column) == Look::ColorBackground { whole_row: true });
        let row_color = painted.map(|column| column.show(&cell(column, *row), None).color);
        for ((column, left), wide) in columns.iter().zip(&lefts).zip(&widths) {
            let place = Area { x: *left, y: top, w: *wide, h: line };
            draw_cell(canvas, place, input, column, &cell(column, *row), row_color);
        }
        top += line;
        canvas.line((area.x, top), (area.right(), top), &rule);
    }
    if !fits {
        let left = rows.len() - drawn;
        let text =
            if input.look.korean { format!("{left}행 더 있음") } else { format!("{left} more rows") };
        canvas.text((area.x + 6.0, top + 15.0), Ink::new(11.0, input.theme.weak), &text);
    }
    if let Some(texts) = footer {
        for (((column, left), wide), text) in columns.iter().zip(&lefts).zip(&widths).zip(&texts) {
            cell_text(
                canvas,
                column,
                Ink::new(SIZE, input.theme.text).bold(),
                (*left, area.bottom() - 8.0),
                *wide,
                text,
            );
        }
    }
    canvas.end();
}

fn cell(column: &Column, row: usize) -> Cell {
    column.field.values.get(row).cloned().unwrap_or(Cell::Null)
}

fn anchor(column: &Column) -> Anchor {
    match text_or(&column.config.custom, "align", "auto") {
        "left" => Anchor::Start,
        "center" => Anchor::Middle,
        "right" => Anchor::End,
        _auto
            if column.field.kind == Kind::Number
                && (column.config.mappings.is_empty() || look(column) != Look::Plain) =>
        {
            Anchor::End
        }
        _auto => Anchor::Start,
    }
}

fn cell_text(
    canvas: &mut Canvas,
    column: &Column,
    ink: Ink,
    (left, baseline): (f64, f64),
    wide: f64,
    text: &str,
) {
    let anchor = anchor(column);
    let x = match anchor {
        Anchor::Start => left + 6.0,
        Anchor::Middle => left + wide / 2.0,
        Anchor::End => left + wide - 6.0,
    };
    canvas.text((x, baseline), ink.at(anchor), &fitted(text, ink.size, wide - 10.0));
}

fn draw_cell(
    canvas: &mut Canvas,
    place: Area,
    input: &Input<'_>,
    column: &Column,
    cell: &Cell,
    row_color: Option<Rgba>,
) {
    let shown = column.show(cell, None);
    let baseline = place.y + place.h / 2.0 + 4.0;
    let kind = look(column);
    let background = row_color.or(match kind {
        Look::ColorBackground { .. } => Some(shown.color),
        Look::Plain | Look::ColorText | Look::Gauge => None,
    });
    if let Some(color) = background.filter(|color| color.alpha > 0.0) {
        canvas.rect(place, color, 0.0);
        cell_text(canvas, column, Ink::new(SIZE, color.text_on()), (place.x, baseline), place.w, &shown.text);
        return;
    }
    if kind == Look::Gauge && shown.numeric.is_finite() {
        let min = column.config.min.unwrap_or(column.scale.0.min(0.0));
        let max = column.config.max.unwrap_or(column.scale.1);
        let room = (width(&shown.text, SIZE) + 14.0).max(54.0);
        let track = Area {
            x: place.x + 4.0,
            y: place.y + 5.0,
            w: (place.w - room - 4.0).max(6.0),
            h: place.h - 10.0,
        };
        canvas.rect(track, input.theme.grid, 1.0);
        let filled = Area { w: track.w * share(shown.numeric, min, max), ..track };
        canvas.gradient(filled, &[(0.0, shown.color.with_alpha(0.5)), (1.0, shown.color)], false, 1.0);
        let ink = Ink::new(SIZE, shown.color).bold().at(Anchor::End);
        canvas.text((place.right() - 6.0, baseline), ink, &shown.text);
        return;
    }
    let ink = match kind {
        Look::ColorText => Ink::new(SIZE, shown.color).bold(),
        Look::Plain | Look::Gauge | Look::ColorBackground { .. } => Ink::new(SIZE, input.theme.text),
    };
    cell_text(canvas, column, ink, (place.x, baseline), place.w, &shown.text);
}

/// Widths in pixels: written ones first, the rest share what is left by the length of their content.
fn widths(columns: &[&Column], table: &Table, total: f64) -> Vec<f64> {
    let written = |column: &Column| number(&column.config.custom, "width").filter(|width| *width > 0.0);
    let least =
        |column: &Column| number(&column.config.custom, "minWidth").unwrap_or(50.0).clamp(20.0, 400.0);
    let wanted: Vec<f64> = columns
        .iter()
        .map(|column| {
            let sample = [0, table.rows / 2, table.rows.saturating_sub(1)];
            let content = sample.iter().map(|row| width(&column.show(&cell(column, *row), None).text, SIZE));
            let longest = content.fold(width(&column.title, SIZE) + 8.0, f64::max) + 16.0;
            let gauge = if look(column) == Look::Gauge { 80.0 } else { 0.0 };
            written(column).unwrap_or((longest.min(420.0) + gauge).max(least(column)))
        })
        .collect();
    let sum: f64 = wanted.iter().sum();
    let is_free: Vec<bool> = columns.iter().map(|column| written(column).is_none()).collect();
    let free: f64 = wanted.iter().zip(&is_free).filter(|(_, free)| **free).map(|(width, _)| width).sum();
    let left = total - sum;
    let fitted = |index: usize, width: f64| match is_free[index] && free > 0.0 {
        true => (width + left * width / free).max(least(columns[index]).min(width)),
        false => width,
    };
    let fitted: Vec<f64> = wanted.iter().enumerate().map(|(index, width)| fitted(index, *width)).collect();
    // A picture cannot be scrolled sideways: what is still too wide shrinks in proportion.
    let sum: f64 = fitted.iter().sum();
    if sum > total { fitted.iter().map(|width| width * total / sum).collect() } else { fitted }
}

fn ordered(table: &Table, options: &Value) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..table.rows).collect();
    for sort in list(options, "sortBy").iter().rev() {
        let name = text(sort, "displayName");
        let Some(column) = table.columns.iter().find(|c| c.title == name || c.field.name == name) else {
            continue;
        };
        let value = |row: &usize| column.field.values.get(*row);
        rows.sort_by(|a, b| order(value(a), value(b), flag(sort, "desc")));
    }
    rows
}

/// Texts below the columns: a reduction each, or the number of rows under the first.
fn footer(columns: &[&Column], table: &Table, options: &Value) -> Option<Vec<String>> {
    let footer = at(options, "footer");
    if !flag(footer, "show") {
        return None;
    }
    if flag(footer, "countRows") {
        let count = |index: usize| if index == 0 { table.rows.to_string() } else { String::new() };
        return Some((0..columns.len()).map(count).collect());
    }
    let reducer = texts(footer, "reducer").into_iter().next().unwrap_or_else(|| "sum".to_owned());
    let chosen = texts(footer, "fields");
    let text = |column: &&Column| {
        let is_chosen = chosen.is_empty()
            || chosen.iter().any(|name| *name == column.field.name || *name == column.title);
        if column.field.kind == Kind::Number && is_chosen {
            column.calc_text(&reducer)
        } else {
            String::new()
        }
    };
    Some(columns.iter().map(text).collect())
}
