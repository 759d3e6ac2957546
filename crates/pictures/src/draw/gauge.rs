//! Gauges: an arc filled to the value, a thin ring of thresholds around it.

use super::reduced::{Value, boxes, values};
use super::svg::{Anchor, Area, Canvas, Ink, Path};
use super::text::{fitted, fitting};
use super::{Input, message};
use crate::field::color::Rgba;
use crate::frame::Cell;
use crate::json::{flag, flag_or, text_or};

/// Degrees from the top at which a gauge begins and ends.
const FROM: f64 = -120.0;
const TO: f64 = 120.0;

fn on_circle((cx, cy): (f64, f64), radius: f64, degrees: f64) -> (f64, f64) {
    let angle = (degrees - 90.0).to_radians();
    (cx + radius * angle.cos(), cy + radius * angle.sin())
}

/// A part of a ring between two angles; a slice if the inner radius is 0.
pub fn ring(center: (f64, f64), inner: f64, outer: f64, from: f64, to: f64) -> String {
    let sweep = (to - from).min(359.99);
    if sweep.is_nan() || sweep <= 0.0 || outer <= 0.0 {
        return String::new();
    }
    let end = from + sweep;
    let mut path = Path::default();
    path.go(on_circle(center, outer, from));
    path.arc(outer, sweep > 180.0, true, on_circle(center, outer, end));
    if inner > 0.0 {
        path.line(on_circle(center, inner, end));
        path.arc(inner, sweep > 180.0, false, on_circle(center, inner, from));
    } else {
        path.line(center);
    }
    path.close();
    path.text().to_owned()
}

fn angle(value: f64, min: f64, max: f64) -> f64 {
    let share = if max > min { (value - min) / (max - min) } else { 0.0 };
    FROM + if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) } * (TO - FROM)
}

/// Draws the values.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let all = values(input);
    if all.is_empty() {
        return message(canvas, area, input, input.say("No data", "데이터 없음"));
    }
    let places = boxes(all.len(), area, text_or(input.options, "orientation", "auto"), 1.15, 0.0);
    for (value, place) in all.iter().zip(places) {
        one(canvas, place, input, value, all.len() > 1 || value.title != "Value");
    }
}

fn one(canvas: &mut Canvas, area: Area, input: &Input<'_>, value: &Value<'_>, is_named: bool) {
    let column = value.column;
    let min = column.config.min.unwrap_or(column.scale.0.min(0.0));
    let max = column.config.max.unwrap_or(if column.scale.1 > min { column.scale.1 } else { min + 100.0 });
    let steps = column.steps();
    let with_markers = flag_or(input.options, "showThresholdMarkers", true) && steps.len() > 1;
    let with_labels = flag(input.options, "showThresholdLabels");
    let name_height = if is_named { 18.0 } else { 0.0 };
    let (side, top) = if with_labels { (22.0, 14.0) } else { (8.0, 6.0) };
    let radius = (area.w / 2.0 - side).min((area.h - name_height) / 1.55 - top).max(8.0);
    let center = (area.x + area.w / 2.0, area.y + (area.h - name_height) / 2.0 + radius * 0.22);
    let mark = if with_markers { (radius * 0.045).max(3.0) } else { 0.0 };
    let outer = radius - mark - if with_markers { 2.0 } else { 0.0 };
    let inner = outer * 0.74;
    canvas.fill_path(&ring(center, inner, outer, FROM, TO), input.theme.grid);
    canvas.fill_path(&ring(center, inner, outer, FROM, angle(value.shown.numeric, min, max)), value.color);
    if with_markers {
        for (from, to, color) in arcs(&steps, min, max) {
            canvas.fill_path(&ring(center, radius - mark, radius, from, to), color);
        }
    }
    if with_labels {
        for (limit, _) in steps.iter().filter(|(limit, _)| limit.is_finite()) {
            let place = on_circle(center, radius + 10.0, angle(*limit, min, max));
            let text = column.show(&Cell::Number(*limit), None).text;
            canvas.text(place, Ink::new(10.0, input.theme.weak).at(Anchor::Middle), &text);
        }
    }
    let size = fitting(&value.shown.text, inner * 1.6, radius * 0.5, 64.0);
    let ink = Ink::new(size, value.color).bold().at(Anchor::Middle);
    canvas.text((center.0, center.1 + radius * 0.12), ink, &value.shown.text);
    if is_named {
        let ink = Ink::new(12.0, input.theme.text).at(Anchor::Middle);
        canvas.text((center.0, area.bottom() - 5.0), ink, &fitted(&value.title, 12.0, area.w - 4.0));
    }
}

fn arcs(steps: &[(f64, Rgba)], min: f64, max: f64) -> Vec<(f64, f64, Rgba)> {
    let arc = |(index, (value, color)): (usize, &(f64, Rgba))| {
        let next = steps.get(index + 1).map_or(max, |step| step.0);
        (angle(value.max(min), min, max), angle(next, min, max), *color)
    };
    steps.iter().enumerate().map(arc).filter(|(from, to, _)| to > from).collect()
}
