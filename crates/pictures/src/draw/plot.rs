//! The frame of graphs over time: scales, axes, grid.

use super::Input;
use super::svg::{Anchor, Area, Canvas, Ink, Pen};
use super::text::{fitted, width};
use super::ticks;
use crate::field::Column;

const SIZE: f64 = 11.0;
/// Pixels that the time axis takes.
pub const TIME_AXIS: f64 = 22.0;

/// A scale of values.
#[derive(Clone, Debug)]
pub struct Scale {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The base of its logarithm; 0 for a linear one.
    pub log: f64,
}

impl Scale {
    /// A linear scale around data, with the room that graphs leave: a tenth, but not past zero.
    pub fn around(low: f64, high: f64) -> (f64, f64) {
        let size = if high > low {
            high - low
        } else if low == 0.0 {
            1.0
        } else {
            low.abs()
        };
        let unit = ticks::nice(size / 10.0);
        let pad = |value: f64, sign: f64| value + sign * size * 0.1;
        let (min, max) = (pad(low, -1.0), pad(high, 1.0));
        let min = if low >= 0.0 && min < 0.0 { 0.0 } else { (min / unit).floor() * unit };
        let max = if high <= 0.0 && max > 0.0 { 0.0 } else { (max / unit).ceil() * unit };
        if max > min { (min, max) } else { (min, min + 1.0) }
    }

    /// Where a value stands, 0 at the bottom.
    pub fn share(&self, value: f64) -> f64 {
        if self.log > 0.0 {
            let (low, high) = (self.min.max(f64::MIN_POSITIVE).ln(), self.max.max(f64::MIN_POSITIVE).ln());
            return (value.max(f64::MIN_POSITIVE).ln() - low) / (high - low);
        }
        (value - self.min) / (self.max - self.min)
    }

    /// The pixel of a value in an area, kept near it so that no path leaves the picture far behind.
    pub fn y(&self, value: f64, area: Area) -> f64 {
        (area.bottom() - self.share(value) * area.h).clamp(area.y - area.h, area.bottom() + area.h)
    }

    fn ticks(&self, count: f64, unit: &str) -> Vec<f64> {
        if self.log > 0.0 {
            let (first, last) = (self.min.log(self.log).ceil() as i32, self.max.log(self.log).floor() as i32);
            let every = ((f64::from(last - first + 1) / count).ceil() as usize).max(1);
            return (first..=last.min(first.saturating_add(400)))
                .step_by(every)
                .map(|e| self.log.powi(e))
                .collect();
        }
        ticks::numbers(self.min, self.max, count, ticks::is_binary(unit))
    }
}

/// An axis of values.
#[derive(Debug)]
pub struct Axis<'a> {
    /// Its scale.
    pub scale: Scale,
    /// Formats its ticks.
    pub column: &'a Column,
    /// On the right side.
    pub is_right: bool,
    /// Its title.
    pub label: String,
    /// Whether ticks are shares of a whole.
    pub is_percent: bool,
}

/// The pixel of an instant.
pub fn x(at: f64, (from, to): (f64, f64), area: Area) -> f64 {
    let share = if to > from { (at - from) / (to - from) } else { 0.5 };
    area.x + share.clamp(-1.0, 2.0) * area.w
}

/// Draws axes around an area and answers what they leave inside.
pub fn frame(canvas: &mut Canvas, area: Area, input: &Input<'_>, axes: &[Axis<'_>]) -> Area {
    let height = (area.h - TIME_AXIS).max(10.0);
    let count = (height / 36.0).floor().max(2.0);
    let labelled: Vec<(Vec<f64>, Vec<String>)> = axes
        .iter()
        .map(|axis| {
            let places = axis.scale.ticks(count, &axis.column.config.unit_id);
            let texts = match axis.is_percent {
                true => places.iter().map(|share| format!("{}%", (share * 100.0).round())).collect(),
                false => ticks::texts(&places, axis.column),
            };
            (places, texts)
        })
        .collect();
    let needed = |index: usize| {
        let widest = labelled[index].1.iter().map(|text| width(text, SIZE)).fold(0.0, f64::max);
        let title = if axes[index].label.is_empty() { 0.0 } else { 16.0 };
        (widest + 10.0).min(area.w * 0.3) + title
    };
    let side = |right: bool| -> f64 {
        (0..axes.len()).filter(|index| axes[*index].is_right == right).map(needed).sum()
    };
    let (left, right) = (side(false).max(6.0), side(true).max(8.0));
    let inner = Area {
        x: area.x + left,
        y: area.y + 4.0,
        w: (area.w - left - right).max(10.0),
        h: (height - 4.0).max(6.0),
    };
    let grid = Pen::new(input.theme.grid, 1.0);
    let (mut at_left, mut at_right) = (inner.x, inner.right());
    for (index, axis) in axes.iter().enumerate() {
        let (places, texts) = &labelled[index];
        let ink = Ink::new(SIZE, input.theme.weak);
        let (edge, ink) = match axis.is_right {
            true => (at_right + 6.0, ink),
            false => (at_left - 6.0, ink.at(Anchor::End)),
        };
        for (place, text) in places.iter().zip(texts) {
            let y = axis.scale.y(*place, inner);
            if index == 0 {
                canvas.line((inner.x, y), (inner.right(), y), &grid);
            }
            canvas.text((edge, y + 4.0), ink, &fitted(text, SIZE, area.w * 0.3));
        }
        if !axis.label.is_empty() {
            let x =
                if axis.is_right { at_right + needed(index) - 4.0 } else { at_left - needed(index) + 11.0 };
            let ink = Ink::new(SIZE, input.theme.weak).at(Anchor::Middle);
            canvas.turned_text((x, inner.y + inner.h / 2.0), ink, -90.0, &fitted(&axis.label, SIZE, inner.h));
        }
        if axis.is_right {
            at_right += needed(index);
        } else {
            at_left -= needed(index);
        }
    }
    times(canvas, inner, input);
    inner
}

/// The time axis below an area, with its grid.
pub fn times(canvas: &mut Canvas, inner: Area, input: &Input<'_>) {
    let (from, to) = input.span;
    let zone = &input.look.clock.zone;
    let room = if to - from > 86_400_000.0 { 95.0 } else { 70.0 };
    let (places, step) = ticks::instants(from, to, (inner.w / room).floor().max(2.0), zone);
    let grid = Pen::new(input.theme.grid, 1.0);
    for at in places {
        let x = x(at, input.span, inner);
        canvas.line((x, inner.y), (x, inner.bottom() + 4.0), &grid);
        let text = ticks::instant_text(at, step, to - from, zone);
        let half = width(&text, SIZE) / 2.0;
        let middle = x.clamp(inner.x - 20.0 + half, (inner.right() + 8.0 - half).max(inner.x + half - 20.0));
        canvas.text(
            (middle, inner.bottom() + 17.0),
            Ink::new(SIZE, input.theme.weak).at(Anchor::Middle),
            &text,
        );
    }
}
