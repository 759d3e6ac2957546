//! The functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::json;
use crate::function::{Call, Function, Functions, Param, Scope};
use crate::gotime::Time;
use crate::humanize::{self, to_float};
use crate::network::query_unescape;
use crate::prometheus::text::{lower, matches, replace_all, text, title, upper};
use crate::value::{ANY_MAP, ANYS, IntKind, STRINGS, Safe, Value, check_nesting};

const fn function(name: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, params, variadic: None, call }
}

const TEXT: &[Param] = &[Param::String];
const TWO_TEXTS: &[Param] = &[Param::String, Param::String];

type Outcome = Result<Value, String>;

/// All of them.
pub const FUNCTIONS: Functions = &[
    function("toUpper", TEXT, upper),
    function("toLower", TEXT, lower),
    function("title", TEXT, |_, args| Ok(Value::string(title(text(args, 0), true)))),
    function("trimSpace", TEXT, |_, args| Ok(Value::string(text(args, 0).trim()))),
    function("join", &[Param::String, Param::List("[]string")], join),
    function("match", TWO_TEXTS, matches),
    function("safeHtml", TEXT, |_, args| Ok(Value::Safe(Arc::from(text(args, 0)), Safe::Html))),
    function("safeUrl", TEXT, |_, args| Ok(Value::Safe(Arc::from(text(args, 0)), Safe::Url))),
    function("urlUnescape", TEXT, |_, args| query_unescape(text(args, 0)).map(Value::string)),
    function("reReplaceAll", &[Param::String, Param::String, Param::String], replace_all),
    Function {
        name: "stringSlice",
        params: &[],
        variadic: Some(Param::String),
        call: |_, args| Ok(Value::List(&STRINGS, Arc::new(args.to_vec()))),
    },
    function("routeLabels", TEXT, |scope, args| scope.host.route_label(text(args, 0)).map(Value::string)),
    function("date", &[Param::String, Param::Time], |_, args| {
        Ok(Value::string(time(args, 1)?.format(text(args, 0))))
    }),
    function("tz", &[Param::String, Param::Time], |_, args| {
        time(args, 1)?.in_zone(text(args, 0)).map(Value::Time)
    }),
    function("now", &[], |scope, _| Ok(Value::Time(Time::from_ms(scope.host.now_ms())))),
    function("since", &[Param::Time], |scope, args| {
        let ns = i128::from(scope.host.now_ms()) * 1_000_000 - time(args, 0)?.ns();
        Ok(Value::Int(i64::try_from(ns).unwrap_or(i64::MAX), IntKind::Duration))
    }),
    function("humanizeDuration", &[Param::Any], |_, args| {
        to_float(args.first().unwrap_or(&Value::None)).map(humanize::duration).map(Value::string)
    }),
    function("toDate", TWO_TEXTS, |_, args| {
        Ok(Value::Time(Time::parse(text(args, 0), text(args, 1)).unwrap_or_else(|_| Time::zero())))
    }),
    function("mustToDate", TWO_TEXTS, |_, args| Time::parse(text(args, 0), text(args, 1)).map(Value::Time)),
    function("toJson", &[Param::Any], |scope, args| {
        json::write(args.first().unwrap_or(&Value::None), scope.bytes_max).map(Value::string)
    }),
    function("base64encode", TEXT, |_, args| Ok(Value::string(base64_encode(text(args, 0).as_bytes())))),
    function("base64decode", TEXT, |_, args| base64_decode(text(args, 0)).map(Value::string)),
    Function { name: "list", params: &[], variadic: Some(Param::Any), call: list },
    Function {
        name: "append",
        params: &[Param::List("[]interface {}")],
        variadic: Some(Param::Any),
        call: append,
    },
    Function { name: "dict", params: &[], variadic: Some(Param::Any), call: dict },
];

fn time(args: &[Value], i: usize) -> Result<&Time, String> {
    match args.get(i) {
        Some(Value::Time(time)) => Ok(time),
        _others => Err("a time is needed".to_owned()),
    }
}

fn join(scope: &Scope<'_>, args: &[Value]) -> Outcome {
    let Some(Value::List(_, items)) = args.get(1) else { return Ok(Value::string("")) };
    let separator = text(args, 0);
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        out.push_str(item.as_str().unwrap_or_default());
        if out.len() > scope.bytes_max {
            return Err(format!("text is longer than {} bytes", scope.bytes_max));
        }
    }
    Ok(Value::string(out))
}

fn list(_: &Scope<'_>, args: &[Value]) -> Outcome {
    check_nesting(args)?;
    Ok(Value::List(&ANYS, Arc::new(args.to_vec())))
}

fn append(scope: &Scope<'_>, args: &[Value]) -> Outcome {
    let (first, more) = args.split_first().ok_or("append needs a list")?;
    check_nesting(more)?;
    let mut items = match first {
        Value::List(_, items) => items.to_vec(),
        _nil => Vec::new(),
    };
    items.extend_from_slice(more);
    // A value takes some bytes of memory, as a text does.
    if items.len() > scope.bytes_max / 16 {
        return Err(format!("a list of {} values is too long", items.len()));
    }
    Ok(Value::List(&ANYS, Arc::new(items)))
}

fn dict(_: &Scope<'_>, args: &[Value]) -> Outcome {
    check_nesting(args)?;
    if !args.len().is_multiple_of(2) {
        return Err("dict requires an even number of arguments".to_owned());
    }
    let mut entries = BTreeMap::new();
    for pair in args.chunks_exact(2) {
        let [Value::String(key), value] = pair else { return Err("dict keys must be strings".to_owned()) };
        entries.insert(key.to_string(), value.clone());
    }
    Ok(Value::Map(&ANY_MAP, Arc::new(entries)))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The alphabet of URLs, with padding.
fn base64_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let six = (bits >> (18 - 6 * i)) & 63;
            let c = ALPHABET.get(six as usize).copied().unwrap_or(b'=');
            out.push(if i <= chunk.len() { char::from(c) } else { '=' });
        }
    }
    out
}

fn base64_decode(text: &str) -> Result<String, String> {
    let bytes: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let fail = |at: usize| Err(format!("illegal base64 data at input byte {at}"));
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    for (i, chunk) in bytes.chunks(4).enumerate() {
        let is_last = (i + 1) * 4 >= bytes.len();
        let padding = chunk.iter().rev().take_while(|b| **b == b'=').count();
        if chunk.len() < 4 || padding > 2 || (padding > 0 && !is_last) {
            return fail(i * 4 + chunk.len() - padding.min(chunk.len()));
        }
        let mut bits = 0u32;
        for (j, byte) in chunk.iter().enumerate() {
            let six = match ALPHABET.iter().position(|c| c == byte) {
                Some(six) => six as u32,
                None if j >= 4 - padding => 0,
                None => return fail(i * 4 + j),
            };
            bits = bits << 6 | six;
        }
        let decoded = bits.to_be_bytes();
        out.extend_from_slice(&decoded[1..4 - padding]);
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}
