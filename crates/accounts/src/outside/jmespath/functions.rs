//! The functions, but for those that take expression references (`sort_by`, `map`, …).

use serde_json::{Number, Value};

use super::PathError;

/// A function: its name, how many arguments it takes, and what it does with them.
#[derive(Clone, Copy)]
pub(super) struct Function {
    name: &'static str,
    /// At least and at most.
    arguments: (usize, usize),
    run: fn(&'static str, &[Value]) -> Result<Value, PathError>,
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn function(
    name: &'static str,
    arguments: usize,
    run: fn(&'static str, &[Value]) -> Result<Value, PathError>,
) -> Function {
    Function { name, arguments: (arguments, arguments), run }
}

static ALL: [Function; 23] = [
    function("abs", 1, |name, a| number(name, &a[0], f64::abs)),
    function("avg", 1, |name, a| {
        let all = numbers(name, &a[0])?;
        Ok(if all.is_empty() { Value::Null } else { float(all.iter().sum::<f64>() / all.len() as f64) })
    }),
    function("ceil", 1, |name, a| number(name, &a[0], f64::ceil)),
    function("contains", 2, contains),
    function("ends_with", 2, |name, a| Ok(text(name, &a[0])?.ends_with(text(name, &a[1])?).into())),
    function("floor", 1, |name, a| number(name, &a[0], f64::floor)),
    function("join", 2, |name, a| {
        let parts = items(name, &a[1])?.iter().map(|part| text(name, part));
        Ok(parts.collect::<Result<Vec<_>, _>>()?.join(text(name, &a[0])?).into())
    }),
    function("keys", 1, |name, a| Ok(fields(name, &a[0])?.keys().cloned().collect())),
    function("length", 1, |name, a| match &a[0] {
        Value::String(text) => Ok(text.chars().count().into()),
        Value::Array(items) => Ok(items.len().into()),
        Value::Object(fields) => Ok(fields.len().into()),
        other => Err(refused(name, other)),
    }),
    function("max", 1, |name, a| Ok(sorted(name, &a[0])?.pop().unwrap_or_default())),
    Function {
        name: "merge",
        arguments: (1, 16),
        run: |name, a| {
            let mut all = serde_json::Map::new();
            for one in a {
                all.extend(fields(name, one)?.clone());
            }
            Ok(Value::Object(all))
        },
    },
    function("min", 1, |name, a| Ok(sorted(name, &a[0])?.into_iter().next().unwrap_or_default())),
    Function {
        name: "not_null",
        arguments: (1, 16),
        run: |_, a| Ok(a.iter().find(|value| !value.is_null()).cloned().unwrap_or_default()),
    },
    function("reverse", 1, |name, a| match &a[0] {
        Value::String(text) => Ok(text.chars().rev().collect::<String>().into()),
        Value::Array(items) => Ok(items.iter().rev().cloned().collect()),
        other => Err(refused(name, other)),
    }),
    function("sort", 1, |name, a| Ok(sorted(name, &a[0])?.into())),
    function("starts_with", 2, |name, a| Ok(text(name, &a[0])?.starts_with(text(name, &a[1])?).into())),
    function("sum", 1, |name, a| Ok(float(numbers(name, &a[0])?.iter().sum()))),
    function("to_array", 1, |_, a| {
        Ok(if a[0].is_array() { a[0].clone() } else { vec![a[0].clone()].into() })
    }),
    function("to_number", 1, |_, a| {
        Ok(match &a[0] {
            Value::Number(_) => a[0].clone(),
            Value::String(text) => text.parse::<Number>().map_or(Value::Null, Value::Number),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Value::Null,
        })
    }),
    function("to_string", 1, |_, a| {
        Ok(if a[0].is_string() { a[0].clone() } else { a[0].to_string().into() })
    }),
    function("type", 1, |_, a| Ok(kind(&a[0]).into())),
    function("values", 1, |name, a| Ok(fields(name, &a[0])?.values().cloned().collect())),
    // Not in the specification; teams write it since Azure's claims are of mixed case.
    function("lower", 1, |name, a| Ok(text(name, &a[0])?.to_lowercase().into())),
];

impl Function {
    pub(super) fn named(name: &str) -> Option<Function> {
        ALL.iter().find(|function| function.name == name).copied()
    }

    pub(super) fn takes(self, count: usize) -> bool {
        (self.arguments.0..=self.arguments.1).contains(&count)
    }

    /// Calls it with as many arguments as it takes.
    pub(super) fn call(self, arguments: &[Value]) -> Result<Value, PathError> {
        (self.run)(self.name, arguments)
    }
}

fn contains(name: &'static str, a: &[Value]) -> Result<Value, PathError> {
    match (&a[0], &a[1]) {
        (Value::Array(items), wanted) => Ok(items.contains(wanted).into()),
        (Value::String(text), Value::String(wanted)) => Ok(text.contains(wanted.as_str()).into()),
        (Value::String(_), _other) => Ok(false.into()),
        (other, _) => Err(refused(name, other)),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn refused(function: &'static str, given: &Value) -> PathError {
    PathError::Argument { function, given: kind(given) }
}

fn text<'v>(function: &'static str, value: &'v Value) -> Result<&'v str, PathError> {
    value.as_str().ok_or_else(|| refused(function, value))
}

fn items<'v>(function: &'static str, value: &'v Value) -> Result<&'v [Value], PathError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| refused(function, value))
}

fn fields<'v>(
    function: &'static str,
    value: &'v Value,
) -> Result<&'v serde_json::Map<String, Value>, PathError> {
    value.as_object().ok_or_else(|| refused(function, value))
}

fn numbers(function: &'static str, value: &Value) -> Result<Vec<f64>, PathError> {
    items(function, value)?.iter().map(|item| item.as_f64().ok_or_else(|| refused(function, item))).collect()
}

fn number(function: &'static str, value: &Value, change: fn(f64) -> f64) -> Result<Value, PathError> {
    value.as_f64().map(|n| float(change(n))).ok_or_else(|| refused(function, value))
}

/// A whole number is written as one.
fn float(n: f64) -> Value {
    if n.fract() == 0.0 && n.abs() < 9e15 { (n as i64).into() } else { n.into() }
}

/// Numbers or texts in order; nothing else, and no mixture.
fn sorted(function: &'static str, value: &Value) -> Result<Vec<Value>, PathError> {
    let mut all = items(function, value)?.to_vec();
    if let Some(odd) = all.iter().find(|item| !item.is_number() && !item.is_string()) {
        return Err(refused(function, odd));
    }
    if let Some(first) = all.first()
        && let Some(odd) = all.iter().find(|item| item.is_number() != first.is_number())
    {
        return Err(refused(function, odd));
    }
    all.sort_by(|a, b| match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _texts => a.as_str().cmp(&b.as_str()),
    });
    Ok(all)
}
