//! Field options applied to data: names, texts, colours and limits of every value.
//!
//! [`decorate`] makes [`Column`]s of frames; panels draw from these alone. Rules and tables are those of `@grafana/data`,
//! which the web UI uses, so a picture says what the page says.
//!
//! Invariant: nothing in a document makes this fail; options that mean nothing are passed over.

pub mod color;
pub mod config;
pub mod duration;
pub mod matcher;
pub mod name;
pub mod pattern;
pub mod reduce;
pub mod time_text;
pub mod unit_table;
pub mod units;

use std::sync::Arc;

use serde_json::Value;

use crate::frame::{Cell, Field, Frame, Kind};
use crate::json::{at, flag, list, overlay, put, text};
use color::Rgba;
use config::{ColorMode, Config};
use matcher::Matcher;
use time_text::Clock;
use units::{SYSTEM_DATE, Unit};

/// How a picture looks and reads.
#[derive(Clone, Debug)]
pub struct Look {
    /// Light on dark.
    pub dark: bool,
    /// Whether words of ours are Korean.
    pub korean: bool,
    /// Where and when times are read.
    pub clock: Clock,
}

/// A value ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its text with everything around it.
    pub text: String,
    /// The number; NaN if it is none.
    pub numeric: f64,
    /// Its colour.
    pub color: Rgba,
    /// Whether a mapping gave the colour.
    pub mapped_color: bool,
}

/// A field with its options applied.
#[derive(Clone, Debug)]
pub struct Column {
    /// The data.
    pub field: Field,
    /// The shown name.
    pub title: String,
    /// The options.
    pub config: Config,
    /// The colour of the series as a whole.
    pub color: Rgba,
    /// The ends of its scale: written, or those of the data.
    pub scale: (f64, f64),
    /// How it looks.
    pub look: Arc<Look>,
    unit: Unit,
    series: usize,
}

/// A frame with options applied.
#[derive(Clone, Debug)]
pub struct Table {
    /// The query that it answers.
    pub ref_id: String,
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Rows of each.
    pub rows: usize,
    /// Whether each column is a bucket.
    pub heatmap: bool,
}

impl Table {
    /// The first column of instants.
    pub fn time(&self) -> Option<&Column> {
        self.columns.iter().find(|column| column.field.kind == Kind::Time)
    }
}

/// Fills variables into a text, given the labels of the series at hand.
pub type Fill<'a> = &'a dyn Fn(&str, &Field, &Frame) -> String;

/// Applies field options to frames. `defaults` are those of the panel type, below the document's `field_config`.
pub fn decorate(
    frames: Vec<Frame>,
    defaults: &Value,
    field_config: &Value,
    look: &Arc<Look>,
    fill: Fill<'_>,
) -> Vec<Table> {
    let base = overlay(defaults, at(field_config, "defaults"));
    let overrides: Vec<(Matcher, &[Value])> = list(field_config, "overrides")
        .iter()
        .map(|rule| (Matcher::of(at(rule, "matcher")), list(rule, "properties")))
        .collect();
    let mut series = 0;
    let mut tables = Vec::with_capacity(frames.len());
    let global = global_range(&frames);
    for frame in &frames {
        let mut columns = Vec::with_capacity(frame.fields.len());
        for field in &frame.fields {
            let mut options = overlay(&Value::Object(field.config.clone()), &base);
            if let Value::Object(options) = &mut options {
                for (matcher, properties) in &overrides {
                    if matcher.matches(field, frame, &frames) {
                        for property in *properties {
                            put(options, text(property, "id"), at(property, "value").clone());
                        }
                    }
                }
            }
            let mut config = Config::of(&options);
            if config.display_name.contains('$') {
                config.display_name = fill(&config.display_name, field, frame);
            }
            let title = name::of(field, frame, &frames, &config.display_name);
            columns.push(column(field.clone(), title, config, global, series, look));
            if field.kind != Kind::Time {
                series += 1;
            }
        }
        tables.push(Table {
            ref_id: frame.ref_id.clone(),
            name: frame.name.clone(),
            columns,
            rows: frame.rows(),
            heatmap: frame.heatmap,
        });
    }
    tables
}

fn global_range(frames: &[Frame]) -> Option<(f64, f64)> {
    let fields = frames.iter().flat_map(|frame| &frame.fields).filter(|field| field.kind == Kind::Number);
    fields.filter_map(reduce::extremes).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

fn column(
    field: Field,
    title: String,
    config: Config,
    global: Option<(f64, f64)>,
    series: usize,
    look: &Arc<Look>,
) -> Column {
    let data = if config.own_limits { reduce::extremes(&field) } else { global };
    let (low, high) = data.filter(|_| field.kind == Kind::Number).unwrap_or((0.0, 100.0));
    let scale = (config.min.unwrap_or(low), config.max.unwrap_or(high));
    let unit = match (&config.unit, field.kind) {
        (Some(unit), Kind::Time) if unit.is_date() => unit.clone(),
        (_, Kind::Time) => Unit::Date(SYSTEM_DATE.into(), None),
        (Some(unit @ Unit::Bool(..)), Kind::Bool) => unit.clone(),
        (_, Kind::Bool) => Unit::of("bool"),
        (Some(unit), _) => unit.clone(),
        (None, Kind::Text) => Unit::Text,
        (None, _) => Unit::of("none"),
    };
    let mut column =
        Column { field, title, config, color: color::FALLBACK, scale, look: look.clone(), unit, series };
    column.color = column.series_color();
    column
}

impl Column {
    /// The value as people read it; `decimals` overrides how many are shown.
    pub fn show(&self, cell: &Cell, decimals: Option<i32>) -> Shown {
        let numeric = match (cell, &self.unit) {
            (_, Unit::Text) => f64::NAN,
            (Cell::Text(text), unit) if unit.is_date() => instant(text),
            (Cell::Text(text), _) => text.trim().parse().unwrap_or(f64::NAN),
            (cell, _) => cell.number().unwrap_or(f64::NAN),
        };
        let mapped = self.config.mapped(cell).unwrap_or_default();
        let mapped_color = mapped.color.as_deref().map(|name| color::named(name, self.look.dark));
        let color = mapped_color.unwrap_or_else(|| self.value_color(numeric, cell));
        let text = match mapped.text {
            Some(text) => text,
            None if !numeric.is_nan() => self.formatted(numeric, decimals),
            None => match cell.plain() {
                text if text.is_empty() => self.config.no_value.clone(),
                text => text,
            },
        };
        Shown { text, numeric, color, mapped_color: mapped_color.is_some() }
    }

    fn formatted(&self, value: f64, decimals: Option<i32>) -> String {
        let clock = &self.look.clock;
        let mut out = self.unit.format(value, decimals.or(self.config.decimals), clock);
        let trims = decimals.is_some()
            && self.config.decimals.is_none()
            && self.field.kind == Kind::Number
            && !matches!(
                self.unit,
                Unit::Date(..) | Unit::FromNow | Unit::Currency(..) | Unit::Bool(..) | Unit::Locale
            );
        if trims && out.text.contains('.') && out.text.parse::<f64>().is_ok() {
            out.text = out.text.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        out.whole()
    }

    /// The share of a value in the field's range.
    pub fn share(&self, value: f64) -> f64 {
        let share = (value - self.scale.0) / (self.scale.1 - self.scale.0);
        if share.is_nan() { 0.0 } else { share }
    }

    /// The reduction of the values, as a cell.
    pub fn calc(&self, reducer: &str) -> Cell {
        reduce::reduce(&self.field, reducer)
    }

    /// The reduction of the values, as text.
    pub fn calc_text(&self, reducer: &str) -> String {
        self.show(&self.calc(reducer), None).text
    }

    /// Thresholds in values, even if written in percent, with their colours.
    pub fn steps(&self) -> Vec<(f64, Rgba)> {
        let Some(thresholds) = &self.config.thresholds else { return Vec::new() };
        let (min, max) = self.scale;
        let place = |value: f64| match thresholds.percent && value.is_finite() {
            true => min + value / 100.0 * (max - min),
            false => value,
        };
        let steps = thresholds.steps.iter();
        steps.map(|(value, color)| (place(*value), color::named(color, self.look.dark))).collect()
    }

    /// Whether this field is hidden in the picture, of a panel or of its legend.
    pub fn hidden_from(&self, place: &str) -> bool {
        let hide = at(&self.config.custom, "hideFrom");
        flag(hide, place) || place == "viz" && flag(hide, "vis")
    }

    fn value_color(&self, value: f64, cell: &Cell) -> Rgba {
        let dark = self.look.dark;
        if self.field.kind == Kind::Bool && !matches!(self.config.color, ColorMode::Fixed(_)) {
            return color::named(if cell.number() == Some(1.0) { "green" } else { "red" }, dark);
        }
        if !self.config.color.is_by_value() {
            return self.color;
        }
        let value = if value.is_nan() { f64::NEG_INFINITY } else { value };
        let share = if value == f64::NEG_INFINITY { 0.0 } else { self.share(value) };
        match &self.config.color {
            ColorMode::Continuous(colors) => color::along(colors, share, dark),
            ColorMode::Thresholds
            | ColorMode::Fixed(_)
            | ColorMode::Shades(_)
            | ColorMode::Palette
            | ColorMode::PaletteByName => self.config.threshold_color(value, share, dark),
        }
    }

    fn series_color(&self) -> Rgba {
        let dark = self.look.dark;
        match &self.config.color {
            _ if self.field.kind == Kind::Time => color::named("text", dark),
            ColorMode::Fixed(name) => color::named(name, dark),
            ColorMode::Shades(name) => {
                let base = color::named(name, dark);
                // Darker and lighter in turn, further each time.
                let amount = 0.12 * (self.series % 8 + 1).div_euclid(2) as f32;
                let towards = if self.series.is_multiple_of(2) { 0x00_0000 } else { 0xff_ffff };
                if self.series == 0 { base } else { base.mix(Rgba::hex(towards), amount) }
            }
            ColorMode::Palette => color::classic(self.series, dark),
            ColorMode::PaletteByName => color::classic(color::name_hash(&self.title), dark),
            ColorMode::Thresholds | ColorMode::Continuous(_) => {
                let cell = self.calc(&self.config.series_by);
                self.value_color(cell.number().unwrap_or(0.0), &cell)
            }
        }
    }
}

fn instant(text: &str) -> f64 {
    let text = text.trim();
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => at.as_millisecond() as f64,
        Err(_) => text.parse().unwrap_or(f64::NAN),
    }
}

#[cfg(test)]
mod tests;
