//! The functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::data::{QUERY_RESULT, SAMPLE};
use super::text::{lower, matches, replace_all, text, title, upper};
use crate::function::{Call, Function, Functions, Param, Scope};
use crate::humanize::{self, to_float};
use crate::network;
use crate::value::{ANY_MAP, IntKind, Safe, Value};

const fn function(name: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, params, variadic: None, call }
}

const RESULT: Param = Param::List("template.queryResult");
const ONE: Param = Param::Struct("*template.sample");
const TEXT: &[Param] = &[Param::String];
const ANY: &[Param] = &[Param::Any];

/// All of them.
pub const FUNCTIONS: Functions = &[
    function("query", TEXT, |scope, args| scope.host.query(text(args, 0))),
    function("first", &[RESULT], first),
    function("label", &[Param::String, ONE], |_, args| label(args.get(1), text(args, 0))),
    function("value", &[ONE], |_, args| {
        sample(args.first()).map(|s| s.field("Value").cloned().unwrap_or(Value::None))
    }),
    function("strvalue", &[ONE], |_, args| label(args.first(), "__value__")),
    Function { name: "args", params: &[], variadic: Some(Param::Any), call: arguments },
    function("reReplaceAll", &[Param::String, Param::String, Param::String], replace_all),
    function("safeHtml", TEXT, |_, args| Ok(Value::Safe(Arc::from(text(args, 0)), Safe::Html))),
    function("match", &[Param::String, Param::String], matches),
    function("title", TEXT, |_, args| Ok(Value::string(title(text(args, 0), false)))),
    function("toUpper", TEXT, upper),
    function("toLower", TEXT, lower),
    function("graphLink", TEXT, |_, args| Ok(Value::string(network::graph_link(text(args, 0))))),
    function("tableLink", TEXT, |_, args| Ok(Value::string(network::table_link(text(args, 0))))),
    function("sortByLabel", &[Param::String, RESULT], sort_by_label),
    function("stripPort", TEXT, |_, args| Ok(Value::string(network::strip_port(text(args, 0))))),
    function("stripDomain", TEXT, |_, args| Ok(Value::string(network::strip_domain(text(args, 0))))),
    function("humanize", ANY, |_, args| number(args).map(humanize::humanize).map(Value::string)),
    function("humanize1024", ANY, |_, args| number(args).map(humanize::humanize1024).map(Value::string)),
    function("humanizeDuration", ANY, |_, args| number(args).map(humanize::duration).map(Value::string)),
    function("humanizePercentage", ANY, |_, args| number(args).map(humanize::percentage).map(Value::string)),
    function("humanizeTimestamp", ANY, |_, args| {
        number(args).and_then(humanize::timestamp).map(Value::string)
    }),
    function("toTime", ANY, |_, args| number(args).and_then(humanize::time).map(Value::Time)),
    function("toDuration", ANY, |_, args| {
        number(args).map(|v| Value::Int((v * 1e9) as i64, IntKind::Duration))
    }),
    function("now", &[], |scope, _| Ok(Value::Float(scope.host.now_ms() as f64 / 1000.0))),
    function("pathPrefix", &[], |scope, _| Ok(Value::string(network::path_of(scope.host.external_url())))),
    function("externalURL", &[], |scope, _| Ok(Value::string(scope.host.external_url()))),
    function("parseDuration", TEXT, parse_duration),
    function("urlQueryEscape", TEXT, |_, args| Ok(Value::string(network::query_escape(text(args, 0))))),
    function("tmpl", &[Param::String, Param::Any], |scope, args| {
        let data = args.get(1).unwrap_or(&Value::None);
        scope.run(text(args, 0), data).map(|html| Value::Safe(Arc::from(html), Safe::Html))
    }),
];

fn number(args: &[Value]) -> Result<f64, String> {
    to_float(args.first().unwrap_or(&Value::None))
}

fn sample(value: Option<&Value>) -> Result<&Value, String> {
    match value {
        Some(sample @ Value::Struct(class, _)) if class.name == SAMPLE.name => Ok(sample),
        _others => Err("runtime error: invalid memory address or nil pointer dereference".to_owned()),
    }
}

fn label(value: Option<&Value>, name: &str) -> Result<Value, String> {
    match sample(value)?.field("Labels") {
        Some(Value::Map(_, labels)) => Ok(labels.get(name).cloned().unwrap_or(Value::string(""))),
        Some(_) | None => Ok(Value::string("")),
    }
}

fn first(_: &Scope<'_>, args: &[Value]) -> Result<Value, String> {
    let first = match args.first() {
        Some(Value::List(_, samples)) => samples.first().cloned(),
        Some(_) | None => None,
    };
    first.ok_or_else(|| "first() called on vector with no elements".to_owned())
}

fn sort_by_label(_: &Scope<'_>, args: &[Value]) -> Result<Value, String> {
    let Some(Value::List(_, samples)) = args.get(1) else { return Ok(Value::None) };
    let name = text(args, 0);
    let key = |sample: &Value| match label(Some(sample), name) {
        Ok(Value::String(text)) => text,
        Ok(_) | Err(_) => Arc::from(""),
    };
    let mut sorted = samples.to_vec();
    sorted.sort_by_cached_key(key);
    Ok(Value::List(&QUERY_RESULT, Arc::new(sorted)))
}

fn arguments(_: &Scope<'_>, args: &[Value]) -> Result<Value, String> {
    crate::value::check_nesting(args)?;
    let entries = args.iter().enumerate().map(|(i, arg)| (format!("arg{i}"), arg.clone()));
    Ok(Value::Map(&ANY_MAP, Arc::new(entries.collect::<BTreeMap<_, _>>())))
}

fn parse_duration(_: &Scope<'_>, args: &[Value]) -> Result<Value, String> {
    let text = text(args, 0);
    let (sign, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let duration = model::duration::parse(magnitude).map_err(|e| e.to_string())?;
    Ok(Value::Float(sign * duration.as_secs_f64()))
}
