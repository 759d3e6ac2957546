//! The value of an expression.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::parser::{Comparison, Node};
use super::{PathError, VALUES_MAX};

/// One search, which counts what it makes.
#[derive(Default)]
pub(super) struct Evaluation {
    made: usize,
}

impl Evaluation {
    pub(super) fn value(&mut self, node: &Node, data: &Value) -> Result<Value, PathError> {
        let value = self.find(node, data)?;
        self.made = self.made.saturating_add(weight(&value));
        if self.made > VALUES_MAX { Err(PathError::TooMuch) } else { Ok(value) }
    }

    fn find(&mut self, node: &Node, data: &Value) -> Result<Value, PathError> {
        Ok(match node {
            Node::Current => data.clone(),
            Node::Field(name) => data.get(name).cloned().unwrap_or_default(),
            Node::Index(index) => at(data, *index).cloned().unwrap_or_default(),
            Node::Slice(from, to, step) => slice(data, *from, *to, *step),
            Node::Literal(value) => value.clone(),
            Node::Then(first, second) => {
                let first = self.value(first, data)?;
                self.value(second, &first)?
            }
            Node::Or(left, right) => match self.value(left, data)? {
                value if is_true(&value) => value,
                _false => self.value(right, data)?,
            },
            Node::And(left, right) => match self.value(left, data)? {
                value if is_true(&value) => self.value(right, data)?,
                value => value,
            },
            Node::Not(inner) => Value::from(!is_true(&self.value(inner, data)?)),
            Node::Compare(left, comparison, right) => {
                compare(&self.value(left, data)?, *comparison, &self.value(right, data)?)
            }
            Node::Project(of, each) => match self.value(of, data)? {
                Value::Array(items) => self.each(items.iter(), each)?,
                _other => Value::Null,
            },
            Node::ProjectValues(of, each) => match self.value(of, data)? {
                Value::Object(fields) => self.each(fields.values(), each)?,
                _other => Value::Null,
            },
            Node::Filter(of, condition, each) => match self.value(of, data)? {
                Value::Array(items) => {
                    let mut kept = Vec::new();
                    for item in items {
                        if is_true(&self.value(condition, &item)?) {
                            kept.push(item);
                        }
                    }
                    self.each(kept.iter(), each)?
                }
                _other => Value::Null,
            },
            Node::Flatten(of) => match self.value(of, data)? {
                Value::Array(items) => flat(items),
                _other => Value::Null,
            },
            Node::List(_) | Node::Hash(_) if data.is_null() => Value::Null,
            Node::List(parts) => {
                parts.iter().map(|part| self.value(part, data)).collect::<Result<Vec<_>, _>>()?.into()
            }
            Node::Hash(parts) => {
                let fields = parts.iter().map(|(name, part)| Ok((name.clone(), self.value(part, data)?)));
                Value::Object(fields.collect::<Result<Map<_, _>, PathError>>()?)
            }
            Node::Call(function, arguments) => {
                let given = arguments.iter().map(|part| self.value(part, data));
                function.call(&given.collect::<Result<Vec<_>, _>>()?)?
            }
        })
    }

    /// Asks each element; those without a value are left out.
    fn each<'v>(&mut self, items: impl Iterator<Item = &'v Value>, node: &Node) -> Result<Value, PathError> {
        let mut found = Vec::new();
        for item in items {
            let value = self.value(node, item)?;
            if !value.is_null() {
                found.push(value);
            }
        }
        Ok(Value::Array(found))
    }
}

/// How many values a value is.
fn weight(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(weight).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// Empty things are false, and so is null. Zero is not.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// Any two values are equal or not; only numbers come before one another.
fn compare(left: &Value, comparison: Comparison, right: &Value) -> Value {
    let order = left.as_f64().zip(right.as_f64()).and_then(|(l, r)| l.partial_cmp(&r));
    let is = match (comparison, order) {
        (Comparison::Equal, Some(order)) => order == Ordering::Equal,
        (Comparison::NotEqual, Some(order)) => order != Ordering::Equal,
        (Comparison::Equal, None) => left == right,
        (Comparison::NotEqual, None) => left != right,
        (_, None) => return Value::Null,
        (Comparison::Less, Some(order)) => order.is_lt(),
        (Comparison::LessOrEqual, Some(order)) => order.is_le(),
        (Comparison::Greater, Some(order)) => order.is_gt(),
        (Comparison::GreaterOrEqual, Some(order)) => order.is_ge(),
    };
    Value::from(is)
}

/// An element, counted from the end if the index is negative.
fn at(data: &Value, index: i64) -> Option<&Value> {
    let items = data.as_array()?;
    let place = if index < 0 { i64::try_from(items.len()).ok()?.checked_add(index)? } else { index };
    items.get(usize::try_from(place).ok()?)
}

fn slice(data: &Value, from: Option<i64>, to: Option<i64>, step: i64) -> Value {
    let Value::Array(items) = data else { return Value::Null };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    // Where counting may begin and end depends on its direction, as in Python.
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let place = |given: Option<i64>, otherwise: i64| match given {
        None => otherwise,
        Some(index) if index < 0 => index.saturating_add(length).max(least),
        Some(index) => index.min(most),
    };
    let (begin, end) =
        if step > 0 { (place(from, least), place(to, most)) } else { (place(from, most), place(to, least)) };
    let mut kept = Vec::new();
    let mut i = begin;
    while (step > 0 && i < end) || (step < 0 && i > end) {
        kept.extend(usize::try_from(i).ok().and_then(|i| items.get(i)).cloned());
        i = i.saturating_add(step);
    }
    Value::Array(kept)
}

fn flat(items: Vec<Value>) -> Value {
    let mut all = Vec::new();
    for item in items {
        match item {
            Value::Array(inner) => all.extend(inner),
            other => all.push(other),
        }
    }
    Value::Array(all)
}
