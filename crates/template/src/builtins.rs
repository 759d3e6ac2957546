//! The functions that every template has.

use std::cmp::Ordering;

use crate::compare::{equal, order};
use crate::format;
use crate::function::{Function, Functions, Param, Scope};
use crate::html::escape;
use crate::value::{IntKind, Value};

const REFLECT: Option<Param> = Some(Param::Reflect);
const ANY: Option<Param> = Some(Param::Any);

/// All of them. `and` and `or` are done where arguments are evaluated, since they look at only as many as they must.
pub(crate) const FUNCTIONS: Functions = &[
    Function { name: AND, params: &[Param::Reflect], variadic: REFLECT, call: unreachable_logic },
    Function { name: OR, params: &[Param::Reflect], variadic: REFLECT, call: unreachable_logic },
    Function { name: "not", params: &[Param::Reflect], variadic: None, call: not },
    Function { name: "call", params: &[Param::Reflect], variadic: REFLECT, call },
    Function { name: "index", params: &[Param::Reflect], variadic: REFLECT, call: index },
    Function { name: "slice", params: &[Param::Reflect], variadic: REFLECT, call: slice },
    Function { name: "len", params: &[Param::Reflect], variadic: None, call: length },
    Function { name: "print", params: &[], variadic: ANY, call: print },
    Function { name: "printf", params: &[Param::String], variadic: ANY, call: printf },
    Function { name: "println", params: &[], variadic: ANY, call: println },
    Function { name: "html", params: &[], variadic: ANY, call: html },
    Function { name: "js", params: &[], variadic: ANY, call: js },
    Function { name: "urlquery", params: &[], variadic: ANY, call: urlquery },
    Function { name: "eq", params: &[Param::Reflect], variadic: REFLECT, call: eq },
    Function { name: "ne", params: &[Param::Reflect, Param::Reflect], variadic: None, call: ne },
    Function { name: "lt", params: &[Param::Reflect, Param::Reflect], variadic: None, call: lt },
    Function { name: "le", params: &[Param::Reflect, Param::Reflect], variadic: None, call: le },
    Function { name: "gt", params: &[Param::Reflect, Param::Reflect], variadic: None, call: gt },
    Function { name: "ge", params: &[Param::Reflect, Param::Reflect], variadic: None, call: ge },
];

const AND: &str = "and";
const OR: &str = "or";

/// Whether a function is `and` or `or`.
pub(crate) fn is_logic(function: &Function) -> bool {
    matches!(function.name, AND | OR)
}

type Outcome = Result<Value, String>;

fn unreachable_logic(_: &Scope<'_>, _: &[Value]) -> Outcome {
    Err("and and or are evaluated by their caller".to_owned())
}

fn not(_: &Scope<'_>, args: &[Value]) -> Outcome {
    Ok(Value::Bool(!args.first().is_some_and(Value::is_true)))
}

/// No value here is a function.
fn call(_: &Scope<'_>, args: &[Value]) -> Outcome {
    match args.first() {
        None | Some(Value::None) => Err("call of nil".to_owned()),
        Some(other) => Err(format!("non-function of type {}", other.type_name())),
    }
}

/// Reads an index into something of this capacity.
fn position(index: &Value, capacity: usize) -> Result<usize, String> {
    let i = match index {
        Value::Int(i, _) => *i,
        Value::Uint(u) => i64::try_from(*u).unwrap_or(-1),
        Value::None => return Err("cannot index slice/array with nil".to_owned()),
        other => return Err(format!("cannot index slice/array with type {}", other.type_name())),
    };
    match usize::try_from(i) {
        Ok(i) if i <= capacity => Ok(i),
        Ok(_) | Err(_) => Err(format!("index out of range: {i}")),
    }
}

fn index(_: &Scope<'_>, args: &[Value]) -> Outcome {
    let Some((item, indexes)) = args.split_first() else { return Err("index of untyped nil".to_owned()) };
    if matches!(item, Value::None) {
        return Err("index of untyped nil".to_owned());
    }
    let mut item = item.clone();
    for index in indexes {
        item = match &item {
            Value::None => return Err("index of nil pointer".to_owned()),
            Value::List(_, items) => {
                let i = position(index, items.len())?;
                let found = items.get(i).cloned();
                found.ok_or_else(|| "reflect: slice index out of range".to_owned())?
            }
            Value::String(text) | Value::Safe(text, _) => {
                let i = position(index, text.len())?;
                let byte = text.as_bytes().get(i).copied();
                let byte = byte.ok_or_else(|| "reflect: string index out of range".to_owned())?;
                Value::Int(byte.into(), IntKind::Uint8)
            }
            Value::Map(class, entries) => match index {
                Value::String(key) => entries.get(&**key).cloned().unwrap_or_else(class.zero),
                Value::None => return Err("value is nil; should be of type string".to_owned()),
                other => {
                    return Err(format!("value has type {}; should be string", other.type_name()));
                }
            },
            other @ (Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::Struct(..)
            | Value::Time(_)) => return Err(format!("can't index item of type {}", other.type_name())),
        };
    }
    Ok(item)
}

fn slice(_: &Scope<'_>, args: &[Value]) -> Outcome {
    let (item, indexes) = match args.split_first() {
        None | Some((Value::None, _)) => return Err("slice of untyped nil".to_owned()),
        Some(split) => split,
    };
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let length = match item {
        Value::String(_) | Value::Safe(..) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".to_owned());
        }
        Value::String(text) | Value::Safe(text, _) => text.len(),
        Value::List(_, items) => items.len(),
        other => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, length)?;
    }
    for (a, b) in [(bounds[0], bounds[1]), (bounds[1], bounds[2])] {
        if a > b {
            return Err(format!("invalid slice index: {a} > {b}"));
        }
    }
    let range = bounds[0]..bounds[1];
    match item {
        Value::List(class, items) => {
            Ok(Value::List(class, std::sync::Arc::new(items.get(range).unwrap_or_default().to_vec())))
        }
        other => {
            let bytes = other.as_str().unwrap_or_default().as_bytes();
            Ok(Value::string(String::from_utf8_lossy(bytes.get(range).unwrap_or_default())))
        }
    }
}

fn length(_: &Scope<'_>, args: &[Value]) -> Outcome {
    let length = match args.first() {
        Some(Value::List(_, items)) => items.len(),
        Some(Value::Map(_, entries)) => entries.len(),
        Some(Value::String(text) | Value::Safe(text, _)) => text.len(),
        Some(Value::None) | None => return Err("len of nil pointer".to_owned()),
        Some(other) => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(Value::int(length as i64))
}

fn print(scope: &Scope<'_>, args: &[Value]) -> Outcome {
    format::sprint(args, scope.bytes_max).map(Value::string)
}

fn println(scope: &Scope<'_>, args: &[Value]) -> Outcome {
    format::sprintln(args, scope.bytes_max).map(Value::string)
}

fn printf(scope: &Scope<'_>, args: &[Value]) -> Outcome {
    let Some((Value::String(format), args)) = args.split_first() else {
        return Err("printf needs a format".to_owned());
    };
    format::sprintf(format, args, scope.bytes_max).map(Value::string)
}

/// A lone string as it is, anything else printed.
fn text_of(scope: &Scope<'_>, args: &[Value]) -> Result<String, String> {
    match args {
        [Value::String(text)] => Ok(text.to_string()),
        [one] => format::display(one, scope.bytes_max),
        many => format::sprint(many, scope.bytes_max),
    }
}

fn html(scope: &Scope<'_>, args: &[Value]) -> Outcome {
    text_of(scope, args).map(|text| Value::string(escape::html(&text)))
}

fn js(scope: &Scope<'_>, args: &[Value]) -> Outcome {
    text_of(scope, args).map(|text| Value::string(escape::js(&text)))
}

fn urlquery(scope: &Scope<'_>, args: &[Value]) -> Outcome {
    text_of(scope, args).map(|text| Value::string(crate::network::query_escape(&text)))
}

fn eq(_: &Scope<'_>, args: &[Value]) -> Outcome {
    let (first, others) = args.split_first().ok_or("missing argument for comparison")?;
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn ne(_: &Scope<'_>, args: &[Value]) -> Outcome {
    let [a, b] = args else { return Err("missing argument for comparison".to_owned()) };
    equal(a, b).map(|equal| Value::Bool(!equal))
}

fn compared(args: &[Value], holds: fn(Ordering) -> bool) -> Outcome {
    let [a, b] = args else { return Err("missing argument for comparison".to_owned()) };
    order(a, b).map(|order| Value::Bool(order.is_some_and(holds)))
}

fn lt(_: &Scope<'_>, args: &[Value]) -> Outcome {
    compared(args, Ordering::is_lt)
}

fn le(_: &Scope<'_>, args: &[Value]) -> Outcome {
    compared(args, Ordering::is_le)
}

fn gt(_: &Scope<'_>, args: &[Value]) -> Outcome {
    compared(args, Ordering::is_gt)
}

fn ge(_: &Scope<'_>, args: &[Value]) -> Outcome {
    compared(args, Ordering::is_ge)
}
