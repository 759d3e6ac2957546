//! Bars with their values: one per series, plain, with a gradient or in lit cells.

use super::reduced::{Value, values};
use super::svg::{Anchor, Area, Canvas, Ink};
use super::text::{fitted, width};
use super::{Input, message};
use crate::field::color::{NONE, Rgba};
use crate::field::config::ColorMode;
use crate::frame::Cell;
use crate::json::{flag_or, number, text, text_or};

const NAME: f64 = 12.0;
const CELL: f64 = 10.0;

/// How much of a bar is filled.
pub fn share(value: f64, min: f64, max: f64) -> f64 {
    if value.is_nan() || max <= min { 0.0 } else { ((value - min) / (max - min)).clamp(0.0, 1.0) }
}

/// Draws the values.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let all = values(input);
    if all.is_empty() {
        return message(canvas, area, input, input.say("No data", "데이터 없음"));
    }
    let numbers = || all.iter().map(|value| value.shown.numeric).filter(|n| n.is_finite());
    let least = numbers().fold(0.0, f64::min);
    let most = numbers().fold(f64::NEG_INFINITY, f64::max);
    let scale = |value: &Value<'_>| {
        let min = value.column.config.min.unwrap_or(least);
        (min, value.column.config.max.unwrap_or(most.max(min + 1e-9)))
    };
    let count = all.len() as f64;
    let orientation = text_or(input.options, "orientation", "auto");
    let is_vertical =
        orientation == "vertical" || orientation == "auto" && area.w > area.h * 1.5 && count <= area.w / 60.0;
    if is_vertical {
        let wide = (area.w - 8.0 * (count - 1.0)) / count;
        for (index, value) in all.iter().enumerate() {
            let column = Area { x: area.x + index as f64 * (wide + 8.0), w: wide, ..area };
            let middle = column.x + wide / 2.0;
            let ink = Ink::new(13.0, value.color).bold().at(Anchor::Middle);
            canvas.text((middle, column.y + 14.0), ink, &fitted(&value.shown.text, 13.0, wide));
            bar(
                canvas,
                Area { y: column.y + 22.0, h: (column.h - 42.0).max(4.0), ..column },
                input,
                value,
                scale(value),
                true,
            );
            let ink = Ink::new(NAME, input.theme.text).at(Anchor::Middle);
            canvas.text((middle, column.bottom() - 5.0), ink, &fitted(&value.title, NAME, wide));
        }
        return;
    }
    let least_height = number(input.options, "minVizHeight").unwrap_or(16.0) + 4.0;
    let height = (area.h / count - 4.0)
        .min(number(input.options, "maxVizHeight").unwrap_or(300.0))
        .max(least_height.min(area.h));
    let shown = (((area.h + 4.0) / (height + 4.0)).floor() as usize).clamp(1, all.len());
    let naming = text_or(input.options, "namePlacement", "auto");
    let on_top = naming == "top" || naming == "auto" && height > 42.0;
    let value_width =
        all.iter().map(|v| width(&v.shown.text, 14.0)).fold(0.0, f64::max).min(area.w * 0.4) + 10.0;
    let name_width = match naming == "hidden" || on_top {
        true => 0.0,
        false => all.iter().map(|v| width(&v.title, NAME)).fold(0.0, f64::max).min(area.w * 0.4) + 10.0,
    };
    let free = (area.h - shown as f64 * height) / shown as f64;
    for (index, value) in all.iter().take(shown).enumerate() {
        let row = Area { y: area.y + free / 2.0 + index as f64 * (height + free), h: height, ..area };
        let ink = Ink::new(NAME, input.theme.text);
        let mut place = row;
        if on_top {
            canvas.text((row.x, row.y + 13.0), ink, &fitted(&value.title, NAME, row.w));
            place = Area { y: row.y + 20.0, h: row.h - 20.0, ..row };
        } else if name_width > 0.0 {
            canvas.text(
                (row.x, row.y + row.h / 2.0 + 4.0),
                ink,
                &fitted(&value.title, NAME, name_width - 8.0),
            );
        }
        let track = Area { x: row.x + name_width, w: (row.w - name_width - value_width).max(8.0), ..place };
        bar(canvas, track, input, value, scale(value), false);
        let mode = text(input.options, "valueMode");
        if mode != "hidden" {
            let color = if mode == "text" { input.theme.text } else { value.color };
            let ink = Ink::new(14.0, color).bold().at(Anchor::End);
            canvas.text((row.right(), place.y + place.h / 2.0 + 5.0), ink, &value.shown.text);
        }
    }
    if shown < all.len() {
        let ink = Ink::new(10.0, input.theme.weak).at(Anchor::End);
        canvas.text((area.right(), area.bottom()), ink, &format!("+{}", all.len() - shown));
    }
}

fn bar(
    canvas: &mut Canvas,
    area: Area,
    input: &Input<'_>,
    value: &Value<'_>,
    (min, max): (f64, f64),
    upwards: bool,
) {
    let filled = share(value.shown.numeric, min, max);
    let track = if flag_or(input.options, "showUnfilled", true) { input.theme.grid } else { NONE };
    let mode = text_or(input.options, "displayMode", "gradient");
    if mode == "lcd" {
        let length = if upwards { area.h } else { area.w };
        let count = ((length / CELL).floor() as usize).clamp(4, 120);
        for cell in 0..count {
            let middle = (cell as f64 + 0.5) / count as f64;
            let lit = value.column.show(&Cell::Number(min + middle * (max - min)), None).color;
            let color = if middle <= filled { lit } else { track };
            let size = length / count as f64;
            let place = match upwards {
                true => Area { y: area.bottom() - (cell + 1) as f64 * size, h: size - 2.0, ..area },
                false => Area { x: area.x + cell as f64 * size, w: size - 2.0, ..area },
            };
            canvas.rect(place, color, 1.0);
        }
        return;
    }
    canvas.rect(area, track, 2.0);
    let part = match upwards {
        true => Area { y: area.bottom() - area.h * filled, h: area.h * filled, ..area },
        false => Area { w: area.w * filled, ..area },
    };
    match mode {
        "gradient" => canvas.gradient(part, &stops(value, min, max, filled), upwards, 2.0),
        _basic => canvas.rect(part, value.color.with_alpha(0.35), 2.0),
    }
    let edge = match upwards {
        true => Area { h: 2.0, ..part },
        false => Area { x: part.right() - 2.0, w: 2.0, ..part },
    };
    if filled > 0.0 {
        canvas.rect(edge, value.color, 0.0);
    }
}

/// Stops through the colours of the thresholds up to the value.
fn stops(value: &Value<'_>, min: f64, max: f64, filled: f64) -> Vec<(f64, Rgba)> {
    let steps = value.column.steps();
    let reached: Vec<(f64, Rgba)> = steps
        .into_iter()
        .map(|(at, color)| (share(at.max(min), min, max), color))
        .filter(|(at, _)| *at <= filled)
        .collect();
    match &value.column.config.color {
        ColorMode::Thresholds if reached.len() > 1 && filled > 0.0 => {
            reached.into_iter().map(|(at, color)| (at / filled, color)).collect()
        }
        _one => vec![(0.0, value.color), (1.0, value.color)],
    }
}
