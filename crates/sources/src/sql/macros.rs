//! Grafana's macros in SQL: `$__timeFilter(at)`, `$__timeGroup(at, '5m', 0)`, …
//!
//! A dialect writes what stands in place of a macro; here is how macros are found and what they share.

use jiff::Timestamp;

use crate::error::SourceError;
use crate::interval::{Step, parse_ms};
use crate::series::{Fill, Filling};

/// Longest text of a query, after macros too.
const SQL_BYTES_MAX: usize = 1 << 20;
/// Most arguments of a macro.
const ARGUMENTS_MAX: usize = 10;

/// A query with its macros filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expanded {
    /// The text.
    pub sql: String,
    /// How gaps are filled, if the query says so.
    pub filling: Option<Filling>,
}

/// How a database writes times.
pub trait Dialect {
    /// A time of the range, as a literal that compares with a column of times.
    fn time(&self, ms: i64) -> String;
    /// A column of times, as the column `time` of a result.
    fn as_time(&self, column: &str) -> String;
    /// A column of times as Unix time, as the column `time` of a result.
    fn as_epoch(&self, column: &str) -> String;
    /// A column of times, rounded down to an interval, as Unix seconds.
    fn group(&self, column: &str, seconds: f64) -> String;
    /// A column of Unix seconds, rounded down to an interval.
    fn group_epoch(&self, column: &str, seconds: f64) -> String;
    /// The name `time` in quotes.
    fn time_name(&self) -> &'static str;
    /// A macro that only this database has.
    fn own(&self, _name: &str, _arguments: &[&str], _step: Step) -> Option<String> {
        None
    }
}

/// A time as SQL's standard has it: `'2026-11-18T12:00:00Z'`.
pub fn iso(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| "'1970-01-01T00:00:00Z'".to_owned(), |time| format!("'{time}'"))
}

/// Fills in the macros of a query.
///
/// # Errors
/// A macro that is not known, or has not the arguments it needs, or a text that grows too long.
pub fn expand(sql: &str, step: Step, dialect: &dyn Dialect) -> Result<Expanded, SourceError> {
    let mut filling = None;
    let mut out = String::with_capacity(sql.len() + 64);
    let text = step.fill(sql);
    let mut rest = text.as_str();
    while let Some(at) = rest.find("$__") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 3..];
        let length = after.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let (name, after) = after.split_at(length);
        let (arguments, after) = arguments(name, after)?;
        out.push_str(&one(name, &arguments, step, dialect, &mut filling)?);
        rest = after;
        if out.len() > SQL_BYTES_MAX {
            break;
        }
    }
    out.push_str(rest);
    if out.len() > SQL_BYTES_MAX {
        return Err(SourceError::Query(format!("the query is longer than {SQL_BYTES_MAX} bytes")));
    }
    Ok(Expanded { sql: out, filling })
}

/// The arguments behind a macro's name, split at commas that stand in no brackets and no quotes.
fn arguments<'a>(name: &str, text: &'a str) -> Result<(Vec<&'a str>, &'a str), SourceError> {
    let Some(inner) = text.strip_prefix('(') else { return Ok((Vec::new(), text)) };
    let (mut depth, mut quote, mut start, mut found) = (0usize, None, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth > 0 => depth -= 1,
            (None, ')' | ',') if depth == 0 => {
                found.push(inner[start..at].trim());
                if found.len() > ARGUMENTS_MAX {
                    return Err(SourceError::Query(format!(
                        "$__{name} has more than {ARGUMENTS_MAX} arguments"
                    )));
                }
                start = at + 1;
                if c == ')' {
                    let none = found.len() == 1 && found[0].is_empty();
                    return Ok((if none { Vec::new() } else { found }, &inner[start..]));
                }
            }
            (None, _) => {}
        }
    }
    Err(SourceError::Query(format!("the bracket behind $__{name} is never closed")))
}

fn one(
    name: &str,
    arguments: &[&str],
    step: Step,
    dialect: &dyn Dialect,
    filling: &mut Option<Filling>,
) -> Result<String, SourceError> {
    let column = || {
        let first = arguments.first().copied();
        first.ok_or_else(|| SourceError::Query(format!("$__{name} needs a column: $__{name}(column)")))
    };
    let seconds = |ms: i64| ms.div_euclid(1000);
    let nanos = |ms: i64| i128::from(ms) * 1_000_000;
    let (from, to) = (step.from_ms, step.to_ms);
    let mut grouped = |arguments: &[&str]| -> Result<f64, SourceError> {
        let every = interval(name, arguments.get(1).copied(), step)?;
        if let Some(with) = arguments.get(2) {
            *filling = Some(Filling { with: fill(name, with)?, every_ms: every, range: (from, to) });
        }
        Ok(every as f64 / 1000.0)
    };
    Ok(match name {
        "time" => dialect.as_time(column()?),
        "timeEpoch" => dialect.as_epoch(column()?),
        "timeFilter" => format!("{} BETWEEN {} AND {}", column()?, dialect.time(from), dialect.time(to)),
        "timeFrom" => dialect.time(from),
        "timeTo" => dialect.time(to),
        "timeGroup" => dialect.group(column()?, grouped(arguments)?),
        "timeGroupAlias" => {
            format!("{} AS {}", dialect.group(column()?, grouped(arguments)?), dialect.time_name())
        }
        "unixEpochFilter" => {
            format!("{0} >= {1} AND {0} <= {2}", column()?, seconds(from), seconds(to))
        }
        "unixEpochFrom" => seconds(from).to_string(),
        "unixEpochTo" => seconds(to).to_string(),
        "unixEpochNanoFilter" => format!("{0} >= {1} AND {0} <= {2}", column()?, nanos(from), nanos(to)),
        "unixEpochNanoFrom" => nanos(from).to_string(),
        "unixEpochNanoTo" => nanos(to).to_string(),
        "unixEpochGroup" => dialect.group_epoch(column()?, grouped(arguments)?),
        "unixEpochGroupAlias" => {
            format!("{} AS {}", dialect.group_epoch(column()?, grouped(arguments)?), dialect.time_name())
        }
        other => match dialect.own(other, arguments, step) {
            Some(text) => text,
            None => return Err(SourceError::Query(format!("unknown macro \"$__{other}\""))),
        },
    })
}

/// An interval as it stands in SQL, in quotes or not, in milliseconds.
fn interval(name: &str, text: Option<&str>, step: Step) -> Result<i64, SourceError> {
    let text = text.unwrap_or("").trim_matches(['\'', '"', ' ']);
    let ms = if text == "auto" { Some(step.ms) } else { parse_ms(text) };
    ms.ok_or_else(|| {
        let example = format!("$__{name}(column, '5m')");
        SourceError::Query(format!("{text:?} is no interval: write it as in {example}"))
    })
}

fn fill(name: &str, text: &str) -> Result<Fill, SourceError> {
    match text.trim_matches('\'').to_ascii_lowercase().as_str() {
        "null" => Ok(Fill::Null),
        "previous" => Ok(Fill::Previous),
        number => number.parse().map(Fill::Number).map_err(|_| {
            SourceError::Query(format!(
                "$__{name} fills gaps with NULL, previous or a number, not with {text:?}"
            ))
        }),
    }
}
