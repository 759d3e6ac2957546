//! `eq`, `ne`, `lt`, `le`, `gt`, `ge` with Go's rules: kinds must agree, but signed and unsigned whole numbers compare.

use std::cmp::Ordering;

use crate::value::Value;

/// Whether two values are equal.
///
/// # Errors
/// Values that Go does not compare.
pub(crate) fn equal(a: &Value, b: &Value) -> Result<bool, String> {
    Ok(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a, _), Value::Int(b, _)) => a == b,
        (Value::Uint(a), Value::Uint(b)) => a == b,
        (Value::Int(i, _), Value::Uint(u)) | (Value::Uint(u), Value::Int(i, _)) => {
            u64::try_from(*i) == Ok(*u)
        }
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::String(_) | Value::Safe(..), Value::String(_) | Value::Safe(..)) => a.as_str() == b.as_str(),
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::None, Value::None) => true,
        (Value::None, _) | (_, Value::None) => false,
        (Value::List(class, _) | Value::Map(class, _), Value::List(..) | Value::Map(..)) => {
            return Err(format!("non-comparable type {}", class.name));
        }
        (Value::Struct(_, a), Value::Struct(_, b)) => std::sync::Arc::ptr_eq(a, b),
        (_, _) => return Err("incompatible types for comparison".to_owned()),
    })
}

/// Orders two values; `None` for what has no order, such as NaN.
///
/// # Errors
/// Values that Go does not order.
pub(crate) fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
    const BAD_TYPE: &str = "invalid type for comparison";
    let is_basic = |v: &Value| {
        matches!(
            v,
            Value::Bool(_)
                | Value::Int(..)
                | Value::Uint(_)
                | Value::Float(_)
                | Value::String(_)
                | Value::Safe(..)
        )
    };
    if !is_basic(a) || !is_basic(b) {
        return Err(BAD_TYPE.to_owned());
    }
    Ok(match (a, b) {
        (Value::Bool(_), Value::Bool(_)) => return Err(BAD_TYPE.to_owned()),
        (Value::Int(a, _), Value::Int(b, _)) => Some(a.cmp(b)),
        (Value::Uint(a), Value::Uint(b)) => Some(a.cmp(b)),
        (Value::Int(a, _), Value::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Uint(a), Value::Int(b, _)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::String(_) | Value::Safe(..), Value::String(_) | Value::Safe(..)) => {
            Some(a.as_str().cmp(&b.as_str()))
        }
        (_, _) => return Err("incompatible types for comparison".to_owned()),
    })
}
