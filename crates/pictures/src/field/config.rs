//! Field options: units, limits, thresholds, mappings, colours, read once from a document's JSON.

use serde_json::Value;

use super::color::{self, Rgba};
use super::pattern::Pattern;
use super::units::Unit;
use crate::frame::Cell;
use crate::json::{at, flag, list, members, number, plain, text};

/// Steps of thresholds; values at or above a step have its colour.
#[derive(Clone, Debug, Default)]
pub struct Thresholds {
    /// Whether steps are percents of the field's range.
    pub percent: bool,
    /// Ascending; the first begins at minus infinity.
    pub steps: Vec<(f64, String)>,
}

impl Thresholds {
    fn of(value: &Value) -> Option<Thresholds> {
        value.is_object().then(|| {
            let mut steps: Vec<(f64, String)> = list(value, "steps")
                .iter()
                .map(|step| {
                    (number(step, "value").unwrap_or(f64::NEG_INFINITY), text(step, "color").to_owned())
                })
                .collect();
            steps.sort_by(|a, b| a.0.total_cmp(&b.0));
            Thresholds { percent: text(value, "mode") == "percentage", steps }
        })
    }

    /// The colour name of a value, given its share of the field's range.
    pub fn active(&self, value: f64, share: f64) -> Option<&str> {
        let value = if self.percent { share * 100.0 } else { value };
        let reached = self.steps.iter().take_while(|(limit, _)| value >= *limit).last();
        reached.or(self.steps.first()).map(|(_, color)| color.as_str())
    }
}

/// What a mapping answers.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// Another text.
    pub text: Option<String>,
    /// A colour's name.
    pub color: Option<String>,
}

impl Mapped {
    fn of(value: &Value) -> Mapped {
        let some = |name: &str| at(value, name).as_str().map(str::to_owned);
        let shown = match at(value, "text") {
            Value::Null => None,
            other => Some(plain(other)),
        };
        Mapped { text: shown, color: some("color").filter(|c| !c.is_empty()) }
    }
}

/// A rule that replaces values.
#[derive(Clone, Debug)]
pub enum Mapping {
    /// By the value's text.
    Values(Vec<(String, Mapped)>),
    /// By a range, both ends included.
    Range(f64, f64, Mapped),
    /// By a pattern over texts.
    Regex(Pattern, Mapped),
    /// Of nothing, NaN, true, false or an empty text.
    Special(String, Mapped),
}

impl Mapping {
    fn of(value: &Value) -> Option<Mapping> {
        let result = || Mapped::of(at(value, "options.result"));
        match text(value, "type") {
            "value" => {
                let pairs =
                    members(value, "options").map(|(key, mapped)| (key.to_owned(), Mapped::of(mapped)));
                Some(Mapping::Values(pairs.collect()))
            }
            "range" => Some(Mapping::Range(
                number(value, "options.from").unwrap_or(f64::NEG_INFINITY),
                number(value, "options.to").unwrap_or(f64::INFINITY),
                result(),
            )),
            "regex" => {
                Pattern::new(text(value, "options.pattern")).map(|pattern| Mapping::Regex(pattern, result()))
            }
            "special" => Some(Mapping::Special(text(value, "options.match").to_owned(), result())),
            _other => None,
        }
    }

    fn map(&self, cell: &Cell) -> Option<Mapped> {
        let number = match cell {
            Cell::Text(text) => text.trim().parse().ok(),
            other => other.number(),
        };
        match self {
            Mapping::Values(pairs) => {
                let key = cell.plain();
                let found = pairs.iter().find(|(known, _)| !matches!(cell, Cell::Null) && *known == key);
                found.map(|(_, mapped)| mapped.clone())
            }
            Mapping::Range(from, to, mapped) => {
                number.filter(|n: &f64| n >= from && n <= to).map(|_| mapped.clone())
            }
            Mapping::Regex(pattern, mapped) => match cell {
                Cell::Text(text) if pattern.is_match(text) => Some(Mapped {
                    text: mapped.text.as_ref().map(|template| pattern.replace(text, template, false)),
                    color: mapped.color.clone(),
                }),
                Cell::Text(_) | Cell::Null | Cell::Number(_) | Cell::Bool(_) => None,
            },
            Mapping::Special(kind, mapped) => {
                let is_nan = matches!(cell, Cell::Number(n) if n.is_nan());
                let hit = match kind.as_str() {
                    "null" => *cell == Cell::Null,
                    "nan" => is_nan,
                    "null+nan" => *cell == Cell::Null || is_nan,
                    "true" => *cell == Cell::Bool(true) || *cell == Cell::Text("true".to_owned()),
                    "false" => *cell == Cell::Bool(false) || *cell == Cell::Text("false".to_owned()),
                    "empty" => *cell == Cell::Text(String::new()),
                    _other => false,
                };
                hit.then(|| mapped.clone())
            }
        }
    }
}

/// How a field gets its colour.
#[derive(Clone, Debug)]
pub enum ColorMode {
    /// One colour.
    Fixed(String),
    /// Shades of one colour.
    Shades(String),
    /// By thresholds.
    Thresholds,
    /// By the series' place.
    Palette,
    /// By the series' name.
    PaletteByName,
    /// By the value, along colours.
    Continuous(&'static [&'static str]),
}

impl ColorMode {
    fn of(value: &Value) -> ColorMode {
        let fixed = || match text(value, "fixedColor") {
            "" => "#808080".to_owned(),
            color => color.to_owned(),
        };
        match text(value, "mode") {
            "fixed" | "gradient" => ColorMode::Fixed(fixed()),
            "shades" => ColorMode::Shades(fixed()),
            "palette-classic-by-name" => ColorMode::PaletteByName,
            mode if mode.starts_with("palette-") => ColorMode::Palette,
            mode => color::scheme(mode).map_or(ColorMode::Thresholds, ColorMode::Continuous),
        }
    }

    /// Whether the colour depends on the value.
    pub fn is_by_value(&self) -> bool {
        matches!(self, ColorMode::Thresholds | ColorMode::Continuous(_))
    }
}

/// The options of a field.
#[derive(Clone, Debug)]
pub struct Config {
    /// A written name; variables are already filled in.
    pub display_name: String,
    /// A name that the data source gave.
    pub source_name: String,
    /// The unit, if one is written.
    pub unit: Option<Unit>,
    /// The unit's identifier.
    pub unit_id: String,
    /// Decimals, if written.
    pub decimals: Option<i32>,
    /// The least value, if written.
    pub min: Option<f64>,
    /// The greatest value, if written.
    pub max: Option<f64>,
    /// Whether limits that are not written are this field's own, not those of all fields.
    pub own_limits: bool,
    /// What is shown of nothing.
    pub no_value: String,
    /// Steps of colours.
    pub thresholds: Option<Thresholds>,
    /// Replacements of values.
    pub mappings: Vec<Mapping>,
    /// How it is coloured.
    pub color: ColorMode,
    /// The reduction whose colour stands for the whole series.
    pub series_by: String,
    /// Options of the panel type.
    pub custom: Value,
}

impl Config {
    /// Reads merged options.
    pub fn of(value: &Value) -> Config {
        let unit_id = text(value, "unit").to_owned();
        Config {
            display_name: text(value, "displayName").to_owned(),
            source_name: text(value, "displayNameFromDS").to_owned(),
            unit: (!unit_id.is_empty()).then(|| Unit::of(&unit_id)),
            unit_id,
            decimals: number(value, "decimals").map(|d| d.clamp(0.0, 15.0) as i32),
            min: number(value, "min"),
            max: number(value, "max"),
            own_limits: flag(value, "fieldMinMax"),
            no_value: text(value, "noValue").to_owned(),
            thresholds: Thresholds::of(at(value, "thresholds")),
            mappings: list(value, "mappings").iter().filter_map(Mapping::of).collect(),
            color: ColorMode::of(at(value, "color")),
            series_by: match text(value, "color.seriesBy") {
                "" => "last".to_owned(),
                calc => calc.to_owned(),
            },
            custom: at(value, "custom").clone(),
        }
    }

    /// What the mappings make of a value.
    pub fn mapped(&self, cell: &Cell) -> Option<Mapped> {
        self.mappings.iter().find_map(|mapping| mapping.map(cell))
    }

    /// The colour of a threshold's name.
    pub fn threshold_color(&self, value: f64, share: f64, dark: bool) -> Rgba {
        let active = self.thresholds.as_ref().and_then(|t| t.active(value, share));
        active.map_or(color::FALLBACK, |name| color::named(name, dark))
    }
}
