//! Graphs over time: lines, bars and points, stacked or not, with thresholds and a legend.

mod series;
mod style;

use super::svg::{Area, Canvas, Pen};
use super::{Input, legend, message, plot};
use crate::field::Column;
use plot::{Axis, Scale};
use series::Series;
use style::Style;

/// Most series of a graph: one of more says nothing.
pub const SERIES_MAX: usize = 500;

/// Draws the graph with its legend.
pub fn draw(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    let mut all = series::of(input.tables, input.step_ms);
    let left_out = all.len().saturating_sub(SERIES_MAX);
    all.truncate(SERIES_MAX);
    if all.is_empty() {
        return message(
            canvas,
            area,
            input,
            input.say("No series of numbers over time", "시간에 따른 숫자가 없습니다"),
        );
    }
    let mut area = area;
    if let Some(settings) = legend::Settings::of(input.options, input.look.korean) {
        let named = all.iter().filter(|one| !one.column.hidden_from("legend"));
        let mut entries: Vec<legend::Entry> = named.map(|one| settings.entry(one.column)).collect();
        settings.sort(&mut entries, input.options);
        if left_out > 0 {
            let label = format!("… +{left_out}");
            entries.push(legend::Entry { label, color: input.theme.weak, values: Vec::new() });
        }
        area = legend::draw(canvas, area, input.theme, &settings, &entries);
    }
    series::stack(&mut all);
    let groups = scales(&all);
    let mut axes: Vec<Axis<'_>> = Vec::new();
    for (first, scale) in &groups {
        let (column, style) = (all[*first].column, &all[*first].style);
        let has_left = axes.iter().any(|axis| !axis.is_right);
        let is_right = style.axis == style::Side::Right || style.axis == style::Side::Auto && has_left;
        if style.axis != style::Side::Hidden {
            let is_percent = style.stack == style::Stack::Percent;
            axes.push(Axis {
                scale: scale.clone(),
                column,
                is_right,
                label: style.axis_label.clone(),
                is_percent,
            });
        }
    }
    let inner = plot::frame(canvas, area, input, &axes);
    canvas.clip(inner);
    for (first, scale) in &groups {
        thresholds(canvas, inner, all[*first].column, &all[*first].style, scale);
    }
    let painter = series::Painter { area: inner, span: input.span };
    // Bars and fills of lower layers first, so that lines stay in sight.
    for index in (0..all.len()).rev() {
        if let Some(scale) = scale_of(&groups, &all, index) {
            painter.fill(canvas, &all, index, scale);
        }
    }
    for (index, one) in all.iter().enumerate() {
        if let Some(scale) = scale_of(&groups, &all, index) {
            painter.stroke(canvas, one, scale);
        }
    }
    canvas.end();
}

/// Each scale with the place of its first series.
type Groups = Vec<(usize, Scale)>;

fn scale_of<'a>(groups: &'a Groups, all: &[Series<'_>], index: usize) -> Option<&'a Scale> {
    groups.iter().find(|(first, _)| all[*first].scale_key == all[index].scale_key).map(|(_, scale)| scale)
}

fn scales(all: &[Series<'_>]) -> Groups {
    let mut groups: Vec<usize> = Vec::new();
    for (index, one) in all.iter().enumerate() {
        if !groups.iter().any(|first| all[*first].scale_key == one.scale_key) {
            groups.push(index);
        }
    }
    let scale = |first: usize| {
        let members = || all.iter().filter(|one| one.scale_key == all[first].scale_key);
        let values = || members().flat_map(|one| one.points.iter().filter_map(|point| point.value));
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        (
            first,
            scale(
                all[first].column,
                &all[first].style,
                low,
                high,
                values().filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min),
            ),
        )
    };
    groups.into_iter().map(scale).collect()
}

fn scale(column: &Column, style: &Style, low: f64, high: f64, least_above_zero: f64) -> Scale {
    let (mut low, mut high) = if low <= high { (low, high) } else { (0.0, 100.0) };
    let (written_min, written_max) = (column.config.min, column.config.max);
    if style.log > 0.0 {
        let base = style.log;
        let least = written_min.filter(|min| *min > 0.0).unwrap_or(least_above_zero);
        let least = if least.is_finite() && least > 0.0 { least } else { 1.0 };
        let most = written_max.unwrap_or(high).max(least);
        let floor = |v: f64| base.powf(v.log(base).floor());
        let min = if written_min.is_some_and(|min| min > 0.0) { least } else { floor(least) };
        let max = written_max.filter(|max| *max > min).unwrap_or_else(|| floor(most) * base);
        return Scale { min, max: if max > min { max } else { min * base }, log: base };
    }
    let is_percent = style.stack == style::Stack::Percent;
    low = style.soft_min.map_or(low, |soft| low.min(soft));
    high = style.soft_max.map_or(high, |soft| high.max(soft));
    if style.centered_zero {
        high = high.abs().max(low.abs());
        low = -high;
    }
    let (around_min, around_max) = Scale::around(low, high);
    let min = written_min.or(style.soft_min.filter(|soft| low >= *soft)).unwrap_or(around_min);
    let soft_max = style.soft_max.filter(|soft| high <= *soft);
    let max = match is_percent {
        true => 1.0,
        false => written_max.or(soft_max).unwrap_or(around_max),
    };
    Scale { min, max: if max > min { max } else { min + 1.0 }, log: 0.0 }
}

fn thresholds(canvas: &mut Canvas, inner: Area, column: &Column, style: &Style, scale: &Scale) {
    let mode = style.thresholds.as_str();
    if matches!(mode, "" | "off") {
        return;
    }
    let steps = column.steps();
    for (index, (value, color)) in steps.iter().enumerate() {
        let from = value.max(scale.min);
        let to = steps.get(index + 1).map_or(scale.max, |next| next.0.min(scale.max));
        let (low, high) = (scale.y(from, inner), scale.y(to, inner));
        if mode.contains("area") && to > from {
            canvas.rect(Area { y: high, h: low - high, ..inner }, color.with_alpha(0.12), 0.0);
        }
        if mode != "area" && index > 0 && (scale.min..=scale.max).contains(value) {
            let dash = if mode.starts_with("dashed") { vec![10.0, 10.0] } else { Vec::new() };
            let pen = Pen { color: color.with_alpha(0.75), width: 1.5, dash };
            canvas.line((inner.x, low), (inner.right(), low), &pen);
        }
    }
}
