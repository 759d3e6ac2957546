//! How a series is drawn: the field options of graphs, read once.

use serde_json::Value;

use crate::json::{at, flag, list, number, text, text_or};

/// What a series is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A line.
    Line,
    /// A bar an instant.
    Bars,
    /// A dot an instant.
    Points,
}

/// How a line goes from sample to sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bend {
    /// Straight.
    Straight,
    /// In a curve.
    Smooth,
    /// The new value holds from before.
    StepBefore,
    /// The old value holds until the new one.
    StepAfter,
}

/// Whether series add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// No.
    None,
    /// As values.
    Normal,
    /// As shares of their sum.
    Percent,
}

/// Where an axis stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left for the first unit, right for others.
    Auto,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Nowhere.
    Hidden,
}

/// Which gaps a line bridges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// None.
    None,
    /// All.
    All,
    /// Up to so many milliseconds.
    UpTo(f64),
}

/// Field options of a graph, with defaults.
#[derive(Clone, Debug)]
pub struct Style {
    /// What it is drawn as.
    pub shape: Shape,
    /// How lines go.
    pub bend: Bend,
    /// The line's width.
    pub line_width: f64,
    /// Dashes and gaps.
    pub dash: Vec<f64>,
    /// How much of the fill is seen, 0 to 1.
    pub fill: f32,
    /// Whether every sample has a dot.
    pub points: bool,
    /// A dot's size.
    pub point_size: f64,
    /// Which gaps are bridged.
    pub span: Span,
    /// Whether it adds up with others.
    pub stack: Stack,
    /// With which others.
    pub stack_group: String,
    /// Whether it is drawn downwards.
    pub is_negative: bool,
    /// Whether its first value holds throughout.
    pub is_constant: bool,
    /// Where its axis stands.
    pub axis: Side,
    /// The axis' title.
    pub axis_label: String,
    /// Whether zero is in the middle.
    pub centered_zero: bool,
    /// The least value of the scale unless data is below.
    pub soft_min: Option<f64>,
    /// The greatest value of the scale unless data is above.
    pub soft_max: Option<f64>,
    /// The base of a logarithmic scale, 0 for a linear one.
    pub log: f64,
    /// How thresholds are shown.
    pub thresholds: String,
    /// The series down to which the space is filled.
    pub fill_below_to: String,
}

impl Style {
    /// Reads `custom` of field options.
    pub fn of(custom: &Value) -> Style {
        let dash: Vec<f64> = list(custom, "lineStyle.dash").iter().filter_map(Value::as_f64).collect();
        let dash = match (text(custom, "lineStyle.fill"), dash.is_empty()) {
            ("dash", true) => vec![10.0, 10.0],
            ("dot", true) => vec![1.0, 8.0],
            ("dash" | "dot", false) => dash,
            _solid => Vec::new(),
        };
        Style {
            shape: match text(custom, "drawStyle") {
                "bars" => Shape::Bars,
                "points" => Shape::Points,
                _line => Shape::Line,
            },
            bend: match text(custom, "lineInterpolation") {
                "smooth" => Bend::Smooth,
                "stepBefore" => Bend::StepBefore,
                "stepAfter" => Bend::StepAfter,
                _linear => Bend::Straight,
            },
            line_width: number(custom, "lineWidth").unwrap_or(1.0).clamp(0.0, 20.0),
            dash,
            fill: (number(custom, "fillOpacity").unwrap_or(0.0).clamp(0.0, 100.0) / 100.0) as f32,
            points: text(custom, "showPoints") == "always",
            point_size: number(custom, "pointSize").unwrap_or(5.0).clamp(1.0, 40.0),
            span: match at(custom, "spanNulls") {
                Value::Bool(true) => Span::All,
                Value::Number(ms) => ms.as_f64().map_or(Span::None, Span::UpTo),
                Value::Bool(false) | Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                    Span::None
                }
            },
            stack: match text(custom, "stacking.mode") {
                "normal" => Stack::Normal,
                "percent" => Stack::Percent,
                _none => Stack::None,
            },
            stack_group: text_or(custom, "stacking.group", "A").to_owned(),
            is_negative: text(custom, "transform") == "negative-Y",
            is_constant: text(custom, "transform") == "constant",
            axis: match text(custom, "axisPlacement") {
                "left" => Side::Left,
                "right" => Side::Right,
                "hidden" => Side::Hidden,
                _auto => Side::Auto,
            },
            axis_label: text(custom, "axisLabel").to_owned(),
            centered_zero: flag(custom, "axisCenteredZero"),
            soft_min: number(custom, "axisSoftMin"),
            soft_max: number(custom, "axisSoftMax"),
            log: match text(custom, "scaleDistribution.type") {
                "log" | "symlog" => number(custom, "scaleDistribution.log").unwrap_or(10.0).clamp(1.5, 100.0),
                _linear => 0.0,
            },
            thresholds: text(custom, "thresholdsStyle.mode").to_owned(),
            fill_below_to: text(custom, "fillBelowTo").to_owned(),
        }
    }
}
