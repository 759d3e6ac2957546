//! Pies and rings.

use super::gauge::ring;
use super::legend::{self, Entry, Settings};
use super::reduced::{Value, values};
use super::svg::{Anchor, Area, Canvas, Ink};
use super::{Input, message};
use crate::json::{text, text_or, texts};

/// A share as a percentage with one decimal where it matters.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 10.0 || percent.fract() == 0.0 {
        format!("{percent:.0}%")
    } else {
        format!("{percent:.1}%")
    }
}

/// Draws the values above zero as slices.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let mut all: Vec<Value<'_>> =
        values(input).into_iter().filter(|value| value.shown.numeric > 0.0).collect();
    let total: f64 = all.iter().map(|value| value.shown.numeric).sum();
    if all.is_empty() || !total.is_finite() {
        return message(canvas, area, input, input.say("No data", "데이터 없음"));
    }
    match text_or(input.options, "sort", "desc") {
        "none" => {}
        "asc" => all.sort_by(|a, b| a.shown.numeric.total_cmp(&b.shown.numeric)),
        _desc => all.sort_by(|a, b| b.shown.numeric.total_cmp(&a.shown.numeric)),
    }
    let mut area = area;
    if let Some(settings) = Settings::of(input.options, input.look.korean) {
        let shown = texts(input.options, "legend.values");
        let heads = shown.iter().map(|kind| match kind.as_str() {
            "percent" => input.say("Percent", "비율").to_owned(),
            _value => input.say("Value", "값").to_owned(),
        });
        let settings = settings.with_heads(heads.collect());
        let entry = |value: &Value<'_>| Entry {
            label: value.title.clone(),
            color: value.color,
            values: shown
                .iter()
                .map(|kind| match kind.as_str() {
                    "percent" => (percent(value.shown.numeric / total), value.shown.numeric),
                    _value => (value.shown.text.clone(), value.shown.numeric),
                })
                .collect(),
        };
        area = legend::draw(canvas, area, input.theme, &settings, &all.iter().map(entry).collect::<Vec<_>>());
    }
    let outer = (area.w.min(area.h) / 2.0 - 4.0).max(4.0);
    let inner = if text(input.options, "pieType") == "donut" { outer * 0.62 } else { 0.0 };
    let center = (area.x + area.w / 2.0, area.y + area.h / 2.0);
    let labels = texts(input.options, "displayLabels");
    let mut angle = 0.0;
    for value in &all {
        let share = value.shown.numeric / total;
        let to = angle + share * 360.0;
        canvas.fill_path(&ring(center, inner, outer, angle, to), value.color);
        let parts: Vec<String> = labels
            .iter()
            .map(|kind| match kind.as_str() {
                "percent" => percent(share),
                "name" => value.title.clone(),
                _value => value.shown.text.clone(),
            })
            .collect();
        // A label has no room in a thin slice.
        if share > 0.06 && !parts.is_empty() {
            let middle = ((angle + to) / 2.0 - 90.0f64).to_radians();
            let radius = if inner > 0.0 { (inner + outer) / 2.0 } else { outer * 0.66 };
            let place = (center.0 + radius * middle.cos(), center.1 + radius * middle.sin() + 4.0);
            canvas.text(place, Ink::new(11.0, value.color.text_on()).at(Anchor::Middle), &parts.join(" "));
        }
        angle = to;
    }
}
