//! Big numbers with a sparkline behind them.

use super::reduced::{Value, boxes, values};
use super::svg::{Anchor, Area, Canvas, Ink, Path, Pen};
use super::text::{fitted, fitting, width};
use super::{Input, message};
use crate::field::color::Rgba;
use crate::frame::Kind;
use crate::json::{at, number, text, text_or};

/// Most points of a sparkline.
const POINTS_MAX: usize = 200;

/// Draws the values.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let all = values(input);
    if all.is_empty() {
        return message(canvas, area, input, input.say("No data", "데이터 없음"));
    }
    let places = boxes(all.len(), area, text_or(input.options, "orientation", "auto"), 2.2, 4.0);
    for (value, place) in all.iter().zip(places) {
        one(canvas, place, input, value, all.len() == 1);
    }
}

fn one(canvas: &mut Canvas, area: Area, input: &Input<'_>, value: &Value<'_>, is_alone: bool) {
    let options = input.options;
    let color_mode = text_or(options, "colorMode", "value");
    let text_mode = text_or(options, "textMode", "auto");
    let with_name = matches!(text_mode, "name" | "value_and_name") || text_mode == "auto" && !is_alone;
    let with_value = !matches!(text_mode, "name" | "none");
    let has_series = value.times.len() > 1 && value.column.field.kind == Kind::Number;
    let with_graph = text_or(options, "graphMode", "area") == "area" && has_series;
    let is_filled = color_mode.starts_with("background");
    let color = match color_mode {
        "value" => value.color,
        _ if is_filled => value.color.text_on(),
        _plain => input.theme.text,
    };
    if is_filled {
        if color_mode == "background" {
            canvas.gradient(area, &[(0.0, value.color.with_alpha(0.85)), (1.0, value.color)], false, 3.0);
        } else {
            canvas.rect(area, value.color, 3.0);
        }
    }
    if with_graph {
        spark(canvas, area, value, is_filled);
    }
    let is_wide =
        at(options, "wideLayout") != &serde_json::Value::Bool(false) && with_name && area.w / area.h > 2.6;
    let name_color = if is_filled { color } else { input.theme.text };
    let room = area.w - 16.0;
    let name_share = if is_wide { 0.34 } else { 0.18 };
    let name_size = number(options, "text.titleSize").unwrap_or_else(|| {
        (area.h * name_share).clamp(11.0, 26.0).min(fitting(&value.title, room, 26.0, 26.0).max(11.0))
    });
    let name_height = if with_name && !is_wide { name_size * 1.3 } else { 0.0 };
    let graph_share = if with_graph { 0.6 } else { 0.78 };
    let value_room = if is_wide { area.w * 0.55 } else { area.w } - 16.0;
    let value_size = number(options, "text.valueSize")
        .unwrap_or_else(|| fitting(&value.shown.text, value_room, (area.h - name_height) * graph_share, 96.0))
        .min(area.h.max(8.0));
    if is_wide {
        let middle = area.y + area.h / 2.0;
        let name = fitted(&value.title, name_size, room - width(&value.shown.text, value_size) - 8.0);
        canvas.text((area.x + 8.0, middle + name_size * 0.36), Ink::new(name_size, name_color), &name);
        if with_value {
            let ink = Ink::new(value_size, color).bold().at(Anchor::End);
            canvas.text((area.right() - 8.0, middle + value_size * 0.36), ink, &value.shown.text);
        }
        return;
    }
    let is_centered = text(options, "justifyMode") == "center"
        || is_alone && !with_name && !with_graph
        || text_mode == "name";
    let (x, anchor) =
        if is_centered { (area.x + area.w / 2.0, Anchor::Middle) } else { (area.x + 8.0, Anchor::Start) };
    let value_height = if with_value { value_size * 1.1 } else { 0.0 };
    let content = name_height + value_height;
    let mut top = if with_graph { area.y + 2.0 } else { area.y + (area.h - content).max(0.0) / 2.0 };
    if with_name {
        let ink = Ink::new(name_size, name_color).at(anchor);
        canvas.text((x, top + name_size), ink, &fitted(&value.title, name_size, room));
        top += name_height;
    }
    if with_value {
        let ink = Ink::new(value_size, color).bold().at(anchor);
        canvas.text((x, top + value_size * 0.88), ink, &fitted(&value.shown.text, value_size, area.w - 8.0));
    }
}

fn spark(canvas: &mut Canvas, area: Area, value: &Value<'_>, is_filled: bool) {
    let place = Area { y: area.y + area.h * 0.5, h: area.h * 0.5, ..area };
    let color = if is_filled { Rgba::hex(0xff_ffff).with_alpha(0.55) } else { value.color };
    let all = value.times.iter().zip(&value.column.field.values);
    let every = value.times.len().div_ceil(POINTS_MAX).max(1);
    let last = value.times.len().saturating_sub(1);
    let points: Vec<(f64, Option<f64>)> = all
        .enumerate()
        .filter(|(index, _)| index % every == 0 || *index == last)
        .filter_map(|(_, (at, cell))| at.finite().map(|at| (at, cell.finite())))
        .collect();
    let present = || points.iter().filter_map(|(_, value)| *value);
    let (low, high) = (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max));
    let (Some((from, _)), Some((to, _))) = (points.first(), points.last()) else { return };
    if present().count() < 2 || to <= from {
        return;
    }
    let pixel = |at: f64, value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        (place.x + (at - from) / (to - from) * place.w, place.bottom() - 1.0 - share * (place.h - 2.0))
    };
    let (mut line, mut fill) = (Path::default(), Path::default());
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (at, value) in points.iter().map(|(at, value)| (*at, *value)).chain([(0.0, None)]) {
        if let Some(value) = value {
            run.push(pixel(at, value));
            continue;
        }
        if let (Some(first), Some(last)) = (run.first().copied(), run.last().copied()) {
            line.go(first);
            fill.go(first);
            for point in &run[1..] {
                line.line(*point);
                fill.line(*point);
            }
            fill.line((last.0, place.bottom()));
            fill.line((first.0, place.bottom()));
            fill.close();
        }
        run.clear();
    }
    canvas.fill_path(fill.text(), color.with_alpha(0.18));
    canvas.stroke_path(line.text(), &Pen::new(color, 1.3));
}
