//! `calculateField`: a column computed from others.

use serde_json::Value;

use super::{join, remade, shown};
use crate::field::reduce::{reduce, title};
use crate::frame::{Cell, Field, Frame, Kind};
use crate::json::{at, flag, number, plain, text, text_or, texts};

/// Adds the column to every frame; nothing if the way of computing is not known here.
pub fn calculate(frames: &[Frame], options: &Value) -> Option<Vec<Frame>> {
    let mode = text_or(options, "mode", "reduceRow");
    let is_constant = mode == "binary" && operand_constant(at(options, "binary.right")).is_some();
    let as_series = at(options, "timeSeries") != &Value::Bool(false);
    let joined =
        as_series && !is_constant && frames.len() > 1 && frames.iter().all(|frame| frame.time().is_some());
    let frames = if joined { join::by_field(frames, &Value::Null) } else { frames.to_vec() };
    let mut out = Vec::with_capacity(frames.len());
    for frame in &frames {
        let rows = frame.rows();
        let (name, values) = match mode {
            "reduceRow" => reduce_row(frame, &frames, options),
            "binary" => {
                let (left, right) = (at(options, "binary.left"), at(options, "binary.right"));
                let operator = text_or(options, "binary.operator", "+");
                let pair = operand(left, frame, &frames).zip(operand(right, frame, &frames));
                let Some((a, b)) = pair else {
                    out.push(frame.clone());
                    continue;
                };
                let cell = |row: usize| match (a(row), b(row)) {
                    (Some(a), Some(b)) => operate(a, operator, b).map_or(Cell::Null, Cell::Number),
                    (Some(_) | None, _) => Cell::Null,
                };
                let name = format!("{} {operator} {}", operand_name(left), operand_name(right));
                (name, (0..rows).map(cell).collect())
            }
            "unary" => {
                let name = text(options, "unary.fieldName");
                let field = named(name, frame, &frames)?;
                let operator = text(options, "unary.operator");
                let cell = |cell: &Cell| {
                    cell.number().map_or(Cell::Null, |value| Cell::Number(unary(value, operator)))
                };
                (format!("{operator}({name})"), field.values.iter().map(cell).collect())
            }
            "index" => {
                let share = if flag(options, "index.asPercentile") { rows.max(1) as f64 } else { 1.0 };
                ("Row".to_owned(), (0..rows).map(|row| Cell::Number(row as f64 / share)).collect())
            }
            "cumulativeFunctions" => {
                let field = named(text(options, "cumulative.field"), frame, &frames)?;
                let mean = text(options, "cumulative.reducer") == "mean";
                let mut sum = 0.0;
                let cells = field.values.iter().enumerate().map(|(row, cell)| {
                    sum += cell.finite().unwrap_or(0.0);
                    Cell::Number(if mean { sum / (row + 1) as f64 } else { sum })
                });
                (format!("cumulative {}", field.name), cells.collect())
            }
            _unknown => return None,
        };
        let alias = text(options, "alias");
        let mut made = Field::new(if alias.is_empty() { &name } else { alias }, Kind::Number, values);
        if !alias.is_empty() {
            made.config.insert("displayName".to_owned(), alias.into());
        }
        let fields = match flag(options, "replaceFields") {
            true => frame.time().filter(|_| as_series).cloned().into_iter().chain([made]).collect(),
            false => frame.fields.iter().cloned().chain([made]).collect(),
        };
        out.push(remade(frame, fields));
    }
    Some(out)
}

fn reduce_row(frame: &Frame, all: &[Frame], options: &Value) -> (String, Vec<Cell>) {
    let included = texts(options, "reduce.include");
    let chosen: Vec<&Field> = frame
        .fields
        .iter()
        .filter(|field| {
            let title = shown(field, frame, all);
            field.kind == Kind::Number
                && (included.is_empty() || included.iter().any(|name| *name == title || *name == field.name))
        })
        .collect();
    let calc = text_or(options, "reduce.reducer", "sum");
    let row = |row: usize| {
        let values =
            chosen.iter().map(|field| field.values.get(row).cloned().unwrap_or(Cell::Null)).collect();
        reduce(&Field::new("", Kind::Number, values), calc)
    };
    (title(calc, false), (0..frame.rows()).map(row).collect())
}

fn named<'a>(name: &str, frame: &'a Frame, all: &[Frame]) -> Option<&'a Field> {
    frame.fields.iter().find(|field| field.name == name || shown(field, frame, all) == name)
}

fn operand_name(operand: &Value) -> String {
    match operand {
        Value::Object(_) => match text(operand, "matcher.options") {
            "" => plain(at(operand, "fixed")),
            name => name.to_owned(),
        },
        other => plain(other),
    }
}

fn operand_constant(operand: &Value) -> Option<f64> {
    match operand {
        Value::Object(_) => number(operand, "fixed"),
        other => crate::json::as_number(other),
    }
}

type Operand<'a> = Box<dyn Fn(usize) -> Option<f64> + 'a>;

fn operand<'a>(operand: &Value, frame: &'a Frame, all: &[Frame]) -> Option<Operand<'a>> {
    if let Some(field) = named(&operand_name(operand), frame, all) {
        return Some(Box::new(|row| field.values.get(row).and_then(Cell::number)));
    }
    let constant = operand_constant(operand)?;
    Some(Box::new(move |_| Some(constant)))
}

fn operate(a: f64, operator: &str, b: f64) -> Option<f64> {
    let value = match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        "**" | "^" => a.powf(b),
        _unknown => return None,
    };
    // A division by zero has no place on a scale.
    Some(value).filter(|value| value.is_finite())
}

fn unary(value: f64, operator: &str) -> f64 {
    match operator {
        "abs" => value.abs(),
        "exp" => value.exp(),
        "ln" => value.ln(),
        "floor" => value.floor(),
        "ceil" => value.ceil(),
        _round => value.round(),
    }
}
