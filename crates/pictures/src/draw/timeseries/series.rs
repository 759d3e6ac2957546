//! Series of a graph: their points, stacked and thinned, and the painting of one.

use std::collections::{BTreeMap, BTreeSet};

use super::super::plot::{Scale, x};
use super::super::svg::{Area, Canvas, Path, Pen};
use super::style::{Bend, Shape, Span, Stack, Style};
use crate::field::{Column, Table};
use crate::frame::{Cell, Kind};

/// Share of a step by which samples may be late before a line breaks.
const GAP_STEPS: f64 = 1.5;

/// A sample as drawn: an instant, a value (none breaks the line), and the value below it in a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The instant.
    pub at: f64,
    /// The value.
    pub value: Option<f64>,
    /// Where its fill ends.
    pub base: f64,
}

/// A series of a graph.
#[derive(Debug)]
pub struct Series<'a> {
    /// Its column.
    pub column: &'a Column,
    /// How it is drawn.
    pub style: Style,
    /// Its points, ascending.
    pub points: Vec<Point>,
    /// Series with the same key share a scale.
    pub scale_key: String,
}

/// The series of tables, hidden ones left out.
pub fn of<'a>(tables: &'a [Table], step_ms: f64) -> Vec<Series<'a>> {
    let mut out = Vec::new();
    for table in tables {
        let Some(time) = table.time() else { continue };
        for column in &table.columns {
            if !matches!(column.field.kind, Kind::Number | Kind::Bool) || column.hidden_from("viz") {
                continue;
            }
            let style = Style::of(&column.config.custom);
            let points = points(&time.field.values, column, &style, step_ms);
            let c = &column.config;
            let is_percent = style.stack == Stack::Percent;
            let scale_key = format!(
                "{}|{:?}|{:?}|{:?}|{:?}|{:?}|{}|{}|{is_percent}|{}",
                c.unit_id,
                style.axis,
                c.min,
                c.max,
                style.soft_min,
                style.soft_max,
                style.log,
                style.axis_label,
                style.centered_zero
            );
            out.push(Series { column, style, points, scale_key });
        }
    }
    out
}

fn points(times: &[Cell], column: &Column, style: &Style, step_ms: f64) -> Vec<Point> {
    let mut raw: Vec<(f64, Option<f64>)> = times
        .iter()
        .zip(&column.field.values)
        .filter_map(|(at, cell)| at.finite().map(|at| (at, cell.finite())))
        .collect();
    if raw.windows(2).any(|pair| pair[0].0 > pair[1].0) {
        raw.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    if style.is_constant {
        let first = raw.iter().find_map(|(_, value)| *value);
        raw.iter_mut().for_each(|(_, value)| *value = first);
    }
    let sign = if style.is_negative { -1.0 } else { 1.0 };
    let smallest = || {
        raw.windows(2).map(|pair| pair[1].0 - pair[0].0).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min)
    };
    let limit = match style.span {
        Span::All => f64::INFINITY,
        Span::UpTo(ms) => ms,
        Span::None => GAP_STEPS * if step_ms > 0.0 { step_ms } else { smallest() },
    };
    let mut out: Vec<Point> = Vec::with_capacity(raw.len());
    let mut previous: Option<f64> = None;
    for (at, value) in raw {
        let Some(value) = value else {
            if style.span == Span::None {
                out.push(Point { at, value: None, base: 0.0 });
            }
            continue;
        };
        if let Some(before) = previous
            && at - before > limit
        {
            out.push(Point { at: before + (at - before) / 2.0, value: None, base: 0.0 });
        }
        out.push(Point { at, value: Some(sign * value), base: 0.0 });
        previous = Some(at);
    }
    out
}

/// Adds up stacked series in place; the fill of each ends at the one below it.
pub fn stack(all: &mut [Series<'_>]) {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, one) in all.iter().enumerate().filter(|(_, one)| one.style.stack != Stack::None) {
        let s = &one.style;
        let key = format!("{}|{}|{}|{}", one.scale_key, s.stack_group, s.is_negative, s.shape == Shape::Bars);
        groups.entry(key).or_default().push(index);
    }
    for members in groups.values() {
        let instants: BTreeSet<i64> =
            members.iter().flat_map(|index| all[*index].points.iter().map(|point| point.at as i64)).collect();
        let instants: Vec<i64> = instants.into_iter().collect();
        let place = |at: f64| instants.binary_search(&(at as i64)).unwrap_or(0);
        let mut totals = vec![0.0; instants.len()];
        for point in members.iter().flat_map(|index| &all[*index].points) {
            totals[place(point.at)] += point.value.unwrap_or(0.0).abs();
        }
        let mut sums = vec![0.0; instants.len()];
        for index in members {
            let is_percent = all[*index].style.stack == Stack::Percent;
            for point in &mut all[*index].points {
                let Some(value) = point.value else { continue };
                let here = place(point.at);
                let part = match (is_percent, totals[here]) {
                    (false, _) => value,
                    (true, total) if total > 0.0 => value / total,
                    (true, _) => 0.0,
                };
                point.base = sums[here];
                sums[here] += part;
                point.value = Some(sums[here]);
            }
        }
    }
}

/// Paints series into an area.
#[derive(Debug)]
pub struct Painter {
    /// Where.
    pub area: Area,
    /// The instants of its sides.
    pub span: (f64, f64),
}

/// A point in pixels with the pixel of its base.
type Pixel = (f64, f64, f64);

impl Painter {
    /// Runs of points without a gap, in pixels, thinned to what a column of pixels can show: first, least, greatest, last.
    fn runs(&self, one: &Series<'_>, scale: &Scale) -> Vec<Vec<Pixel>> {
        let mut runs: Vec<Vec<Pixel>> = vec![Vec::new()];
        for point in &one.points {
            match point.value {
                None => runs.push(Vec::new()),
                Some(value) if scale.log > 0.0 && value <= 0.0 => {}
                Some(value) => {
                    let base = if point.base == 0.0 { scale.min.max(0.0).min(scale.max) } else { point.base };
                    let place = (
                        x(point.at, self.span, self.area),
                        scale.y(value, self.area),
                        scale.y(base, self.area),
                    );
                    if let Some(run) = runs.last_mut() {
                        run.push(place);
                    }
                }
            }
        }
        runs.retain(|run| !run.is_empty());
        runs.into_iter().map(|run| thinned(&run)).collect()
    }

    /// Fills the space below a series, or between two.
    pub fn fill(&self, canvas: &mut Canvas, all: &[Series<'_>], index: usize, scale: &Scale) {
        let one = &all[index];
        if one.style.shape == Shape::Bars {
            return self.bars(canvas, one, scale);
        }
        let lower = match one.style.fill_below_to.as_str() {
            "" => None,
            name => all.iter().find(|other| other.column.title == name),
        };
        let shown = if lower.is_some() { one.style.fill.max(0.1) } else { one.style.fill };
        if shown <= 0.0 || one.style.shape == Shape::Points {
            return;
        }
        let color = one.column.color.with_alpha(shown);
        let below: Vec<(f64, f64)> = match lower {
            Some(lower) => self.runs(lower, scale).into_iter().flatten().map(|(x, y, _)| (x, y)).collect(),
            None => Vec::new(),
        };
        for run in self.runs(one, scale) {
            let mut path = Path::default();
            let top: Vec<(f64, f64)> = run.iter().map(|(x, y, _)| (*x, *y)).collect();
            trace(&mut path, &top, one.style.bend, true);
            let mut floor: Vec<(f64, f64)> = match below.is_empty() {
                true => run.iter().map(|(x, _, base)| (*x, *base)).collect(),
                false => below.clone(),
            };
            floor.reverse();
            let back = match one.style.bend {
                Bend::StepAfter => Bend::StepBefore,
                Bend::StepBefore => Bend::StepAfter,
                other => other,
            };
            trace(&mut path, &floor, back, false);
            path.close();
            canvas.fill_path(path.text(), color);
        }
    }

    /// Draws the line and dots of a series.
    pub fn stroke(&self, canvas: &mut Canvas, one: &Series<'_>, scale: &Scale) {
        if one.style.shape == Shape::Bars {
            return;
        }
        let color = one.column.color;
        for run in self.runs(one, scale) {
            let places: Vec<(f64, f64)> = run.iter().map(|(x, y, _)| (*x, *y)).collect();
            let is_alone = places.len() == 1;
            if one.style.shape == Shape::Line && !is_alone {
                let mut path = Path::default();
                trace(&mut path, &places, one.style.bend, true);
                let pen = Pen { color, width: one.style.line_width, dash: one.style.dash.clone() };
                canvas.stroke_path(path.text(), &pen);
            }
            // A sample between two gaps would be no line at all.
            if one.style.points || one.style.shape == Shape::Points || is_alone {
                let radius = (one.style.point_size / 2.0).max(1.0);
                places.iter().for_each(|place| canvas.dot(*place, radius, color));
            }
        }
    }

    fn bars(&self, canvas: &mut Canvas, one: &Series<'_>, scale: &Scale) {
        let shown: Vec<Pixel> = self.runs(one, scale).into_iter().flatten().collect();
        let nearest = shown
            .windows(2)
            .map(|pair| pair[1].0 - pair[0].0)
            .filter(|d| *d > 0.01)
            .fold(f64::INFINITY, f64::min);
        let wide = if nearest.is_finite() { (nearest * 0.7).clamp(1.0, 60.0) } else { 20.0 };
        let color = one.column.color.with_alpha(one.style.fill.max(0.3));
        for (x, y, base) in shown {
            let bar = Area { x: x - wide / 2.0, y: y.min(base), w: wide, h: (y - base).abs().max(0.5) };
            canvas.rect(bar, color, 0.0);
        }
    }
}

fn thinned(run: &[Pixel]) -> Vec<Pixel> {
    let mut out: Vec<Pixel> = Vec::new();
    let mut rest = run;
    while let Some(first) = rest.first() {
        let column = first.0.floor();
        let length = rest.iter().take_while(|point| point.0.floor() == column).count();
        let (here, after) = rest.split_at(length);
        rest = after;
        if here.len() <= 4 {
            out.extend_from_slice(here);
            continue;
        }
        let by_height = |a: &(usize, &Pixel), b: &(usize, &Pixel)| a.1.1.total_cmp(&b.1.1);
        let least = here.iter().enumerate().min_by(by_height).map_or(0, |(at, _)| at);
        let most = here.iter().enumerate().max_by(by_height).map_or(0, |(at, _)| at);
        let mut kept = vec![0, least, most, here.len() - 1];
        kept.sort_unstable();
        kept.dedup();
        out.extend(kept.into_iter().map(|at| here[at]));
    }
    out
}

fn trace(path: &mut Path, places: &[(f64, f64)], bend: Bend, is_first: bool) {
    let mut before: Option<(f64, f64)> = None;
    for (index, place) in places.iter().enumerate() {
        match (before, bend) {
            (None, _) if is_first => path.go(*place),
            (None, _) | (Some(_), Bend::Straight) => path.line(*place),
            (Some(last), Bend::StepAfter) => {
                path.line((place.0, last.1));
                path.line(*place);
            }
            (Some(last), Bend::StepBefore) => {
                path.line((last.0, place.1));
                path.line(*place);
            }
            (Some(last), Bend::Smooth) => {
                // Handles lie flat at turns, so a curve never shows more than its samples.
                let third = (place.0 - last.0) / 3.0;
                let slope = |a: Option<&(f64, f64)>, b: (f64, f64), c: Option<&(f64, f64)>| match (a, c) {
                    (Some(a), Some(c)) if (b.1 - a.1) * (c.1 - b.1) > 0.0 && c.0 != a.0 => {
                        (c.1 - a.1) / (c.0 - a.0)
                    }
                    (Some(_) | None, _) => 0.0,
                };
                let out_slope = slope(index.checked_sub(2).and_then(|at| places.get(at)), last, Some(place));
                let in_slope = slope(Some(&last), *place, places.get(index + 1));
                path.curve(
                    (last.0 + third, last.1 + out_slope * third),
                    (place.0 - third, place.1 - in_slope * third),
                    *place,
                );
            }
        }
        before = Some(*place);
    }
}
