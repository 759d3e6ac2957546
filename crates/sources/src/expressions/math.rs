//! `math`: `$A * 2 > ${B} && abs($C) < 1`.
//!
//! Operators from the weakest: `||`, `&&`, comparisons, `+ -`, `* / %`, `**`, then `! -` before a value. Two sets are joined
//! where the labels of one are among those of the other; two series at the times that both have.

use super::data::{Data, Labels, Series};
use crate::error::SourceError;

/// Deepest nesting of an expression.
const DEPTH_MAX: usize = 50;
/// Longest expression.
const BYTES_MAX: usize = 10_000;
/// Most pairs of two sets.
const PAIRS_MAX: usize = 1_000_000;

/// Where variables come from.
type Input<'a> = &'a dyn Fn(&str) -> Result<Data, SourceError>;

/// The letters that an expression names.
pub fn variables(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (name, after) = variable(&rest[at + 1..]);
        found.push(name.to_owned());
        rest = after;
    }
    found
}

/// A name behind `$`, and what comes after it.
fn variable(text: &str) -> (&str, &str) {
    if let Some(inner) = text.strip_prefix('{')
        && let Some((name, after)) = inner.split_once('}')
    {
        return (name, after);
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.split_at(end)
}

/// Computes an expression.
///
/// # Errors
/// A text that is no expression, or a variable that has no value.
pub fn run(text: &str, input: Input<'_>) -> Result<Data, SourceError> {
    if text.len() > BYTES_MAX {
        return Err(SourceError::Query(format!("the expression is longer than {BYTES_MAX} bytes")));
    }
    let mut parser = Parser { text, rest: text, input, depth: 0 };
    let value = parser.level(0)?;
    if parser.skip().is_empty() { Ok(value) } else { Err(parser.wrong("an operator")) }
}

/// Operators by strength; longer ones first.
const LEVELS: [&[&str]; 6] =
    [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"], &["**"]];

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    input: Input<'a>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn skip(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn wrong(&self, wanted: &str) -> SourceError {
        let at = self.text.len() - self.rest.len() + 1;
        let found: String = self.rest.chars().take(20).collect();
        SourceError::Query(format!("math expression: expected {wanted} at character {at}, found {found:?}"))
    }

    fn operator(&mut self, level: usize) -> Option<&'static str> {
        let rest = self.skip();
        let found = LEVELS[level].iter().find(|operator| rest.starts_with(**operator))?;
        // `**` is not two `*`.
        if *found == "*" && rest.starts_with("**") {
            return None;
        }
        self.rest = &rest[found.len()..];
        Some(found)
    }

    fn level(&mut self, level: usize) -> Result<Data, SourceError> {
        if level == LEVELS.len() {
            return self.value();
        }
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(level) {
            // Powers go from the right.
            let right = self.deeper(if operator == "**" { level } else { level + 1 })?;
            left = combined(operator, left, right)?;
        }
        Ok(left)
    }

    fn deeper(&mut self, level: usize) -> Result<Data, SourceError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SourceError::Query(format!("the expression nests deeper than {DEPTH_MAX}")));
        }
        let value = self.level(level);
        self.depth -= 1;
        value
    }

    fn value(&mut self) -> Result<Data, SourceError> {
        let rest = self.skip();
        let Some(first) = rest.chars().next() else { return Err(self.wrong("a value")) };
        match first {
            '-' | '!' => {
                self.rest = &rest[1..];
                let value = self.deeper(LEVELS.len())?;
                let change = |v: f64| if first == '-' { -v } else { truth(v == 0.0) };
                Ok(value.map(|value| value.map(change)))
            }
            '(' => {
                self.rest = &rest[1..];
                let value = self.deeper(0)?;
                self.close()?;
                Ok(value)
            }
            '$' => {
                let (name, after) = variable(&rest[1..]);
                if name.is_empty() {
                    return Err(self.wrong("a letter behind $"));
                }
                self.rest = after;
                (self.input)(name)
            }
            c if c.is_ascii_digit() || c == '.' => {
                let mut end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                // An exponent, with or without sign.
                let exponent =
                    rest[end..].strip_prefix(['e', 'E']).map(|r| r.strip_prefix(['+', '-']).unwrap_or(r));
                if let Some(digits) =
                    exponent.filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
                {
                    let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
                    end = rest.len() - digits.len() + length;
                }
                let number = rest[..end].parse().map_err(|_| self.wrong("a number"))?;
                self.rest = &rest[end..];
                Ok(Data::Scalar(Some(number)))
            }
            c if c.is_alphabetic() => self.function(),
            _other => Err(self.wrong("a value")),
        }
    }

    fn close(&mut self) -> Result<(), SourceError> {
        match self.skip().strip_prefix(')') {
            Some(after) => {
                self.rest = after;
                Ok(())
            }
            None => Err(self.wrong(")")),
        }
    }

    fn function(&mut self) -> Result<Data, SourceError> {
        let rest = self.rest;
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(inner) = after.trim_start().strip_prefix('(') else {
            return Err(self.wrong("a value or function(…)"));
        };
        let constant = match name {
            "null" => Some(None),
            "nan" => Some(Some(f64::NAN)),
            "inf" => Some(Some(f64::INFINITY)),
            "infn" => Some(Some(f64::NEG_INFINITY)),
            _other => None,
        };
        if let Some(value) = constant {
            self.rest = inner;
            self.close()?;
            return Ok(Data::Scalar(value));
        }
        let change: fn(Option<f64>) -> Option<f64> = match name {
            "abs" => |v| v.map(f64::abs),
            "log" => |v| v.map(f64::ln),
            "round" => |v| v.map(f64::round),
            "ceil" => |v| v.map(f64::ceil),
            "floor" => |v| v.map(f64::floor),
            "is_nan" => |v| Some(truth(v.is_some_and(f64::is_nan))),
            "is_inf" => |v| Some(truth(v.is_some_and(f64::is_infinite))),
            "is_null" => |v| Some(truth(v.is_none())),
            "is_number" => |v| Some(truth(v.is_some_and(f64::is_finite))),
            _other => return Err(self.wrong("a function that is known (abs, log, round, ceil, floor, is_nan, is_inf, is_null, is_number, null, nan, inf, infn)")),
        };
        self.rest = inner;
        let value = self.deeper(0)?;
        self.close()?;
        Ok(value.map(change))
    }
}

fn truth(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

fn apply(operator: &str, a: Option<f64>, b: Option<f64>) -> Option<f64> {
    let (a, b) = (a?, b?);
    Some(match operator {
        "||" => truth(a != 0.0 || b != 0.0),
        "&&" => truth(a != 0.0 && b != 0.0),
        "==" => truth(a == b),
        "!=" => truth(a != b),
        "<=" => truth(a <= b),
        ">=" => truth(a >= b),
        "<" => truth(a < b),
        ">" => truth(a > b),
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        _power => a.powf(b),
    })
}

fn combined(operator: &str, left: Data, right: Data) -> Result<Data, SourceError> {
    let with = |a, b| apply(operator, a, b);
    Ok(match (left, right) {
        (Data::Nothing, _) | (_, Data::Nothing) => Data::Nothing,
        (Data::Scalar(a), Data::Scalar(b)) => Data::Scalar(with(a, b)),
        (data, Data::Scalar(b)) => data.map(|a| with(a, b)),
        (Data::Scalar(a), data) => data.map(|b| with(a, b)),
        (Data::Numbers(a), Data::Numbers(b)) => {
            let pairs = joined(a.iter().map(|(l, _)| l), b.iter().map(|(l, _)| l))?;
            Data::Numbers(pairs.into_iter().map(|(i, j, labels)| (labels, with(a[i].1, b[j].1))).collect())
        }
        (Data::Series(a), Data::Numbers(b)) => {
            let pairs = joined(a.iter().map(|s| &s.labels), b.iter().map(|(l, _)| l))?;
            let one = |(i, j, labels): (usize, usize, Labels)| {
                let points = a[i].points.iter().map(|(time, value)| (*time, with(*value, b[j].1))).collect();
                Series { labels, points }
            };
            Data::Series(pairs.into_iter().map(one).collect())
        }
        (Data::Numbers(a), Data::Series(b)) => {
            let pairs = joined(a.iter().map(|(l, _)| l), b.iter().map(|s| &s.labels))?;
            let one = |(i, j, labels): (usize, usize, Labels)| {
                let points = b[j].points.iter().map(|(time, value)| (*time, with(a[i].1, *value))).collect();
                Series { labels, points }
            };
            Data::Series(pairs.into_iter().map(one).collect())
        }
        (Data::Series(a), Data::Series(b)) => {
            let pairs = joined(a.iter().map(|s| &s.labels), b.iter().map(|s| &s.labels))?;
            let one = |(i, j, labels): (usize, usize, Labels)| {
                let (left, right) = (&a[i].points, &b[j].points);
                let at =
                    |time: i64| right.binary_search_by_key(&time, |(t, _)| *t).ok().map(|at| right[at].1);
                let points =
                    left.iter().filter_map(|(time, value)| Some((*time, with(*value, at(*time)?)))).collect();
                Series { labels, points }
            };
            Data::Series(pairs.into_iter().map(one).collect())
        }
    })
}

/// Pairs of two sets, with the labels of both. A set of one pairs with everything if it has no labels.
fn joined<'a>(
    a: impl Iterator<Item = &'a Labels>,
    b: impl Iterator<Item = &'a Labels> + Clone,
) -> Result<Vec<(usize, usize, Labels)>, SourceError> {
    let mut pairs = Vec::new();
    let mut tried = 0usize;
    let within =
        |small: &Labels, large: &Labels| small.iter().all(|(name, value)| large.get(name) == Some(value));
    for (i, left) in a.enumerate() {
        for (j, right) in b.clone().enumerate() {
            tried += 1;
            if tried > PAIRS_MAX {
                return Err(SourceError::TooLarge { limit: PAIRS_MAX as u64, unit: "pairs of series" });
            }
            if within(left, right) {
                pairs.push((i, j, right.clone()));
            } else if within(right, left) {
                pairs.push((i, j, left.clone()));
            }
        }
    }
    Ok(pairs)
}
