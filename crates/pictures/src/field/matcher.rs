//! Which fields an override is for.

use serde_json::Value;

use super::name;
use super::pattern::Pattern;
use super::reduce::reduce;
use crate::frame::{Field, Frame, Kind};
use crate::json::{at, number, plain, text, texts};

/// A condition on fields.
#[derive(Debug)]
pub enum Matcher {
    /// By name or shown name.
    Name(String),
    /// By one of several names, or by none of them.
    Names(Vec<String>, bool),
    /// By a pattern over shown names; one that cannot be read matches nothing.
    Regex(Option<Pattern>),
    /// By type.
    Kind(Option<Kind>),
    /// All numbers.
    Numeric,
    /// The first field of a type.
    First(Kind),
    /// By the query's letter.
    Query(String),
    /// By a reduction of the values.
    Value {
        /// The reduction.
        reducer: String,
        /// `gt`, `gte`, `lt`, `lte`, `eq`, `neq`.
        op: String,
        /// The other side.
        value: f64,
    },
    /// A condition that is not known matches nothing.
    Never,
}

impl Matcher {
    /// Reads `{id, options}`.
    pub fn of(value: &Value) -> Matcher {
        let options = at(value, "options");
        match text(value, "id") {
            "byName" => Matcher::Name(plain(options)),
            "byNames" => match options {
                Value::Array(_) => Matcher::Names(texts(value, "options"), false),
                other => Matcher::Names(texts(other, "names"), text(other, "mode") == "exclude"),
            },
            "byRegexp" | "byRegexpOrNames" => Matcher::Regex(Pattern::new(match options {
                Value::Object(_) => text(options, "pattern"),
                other => other.as_str().unwrap_or(""),
            })),
            "byType" | "byTypes" => Matcher::Kind(match options.as_str().unwrap_or("") {
                "number" => Some(Kind::Number),
                "string" => Some(Kind::Text),
                "time" => Some(Kind::Time),
                "boolean" => Some(Kind::Bool),
                _other => None,
            }),
            "numeric" => Matcher::Numeric,
            "time" => Matcher::Kind(Some(Kind::Time)),
            "first" => Matcher::Query(String::new()),
            "firstTimeField" => Matcher::First(Kind::Time),
            "byFrameRefID" => Matcher::Query(plain(options)),
            "byValue" => Matcher::Value {
                reducer: text(options, "reducer").to_owned(),
                op: text(options, "op").to_owned(),
                value: number(options, "value").unwrap_or(0.0),
            },
            _other => Matcher::Never,
        }
    }

    /// Whether a field is meant.
    pub fn matches(&self, field: &Field, frame: &Frame, all: &[Frame]) -> bool {
        let shown = || name::plain(field, frame, all);
        match self {
            Matcher::Name(name) => field.name == *name || shown() == *name,
            Matcher::Names(names, without) => {
                let title = shown();
                names.iter().any(|name| field.name == *name || title == *name) != *without
            }
            Matcher::Regex(pattern) => pattern.as_ref().is_some_and(|pattern| pattern.is_match(&shown())),
            Matcher::Kind(kind) => *kind == Some(field.kind),
            Matcher::Numeric => field.kind == Kind::Number,
            Matcher::First(kind) => {
                frame.fields.iter().find(|f| f.kind == *kind).is_some_and(|first| std::ptr::eq(first, field))
            }
            Matcher::Query(letter) => !letter.is_empty() && frame.ref_id == *letter,
            Matcher::Value { reducer, op, value } => {
                field.kind == Kind::Number
                    && reduce(field, reducer).number().is_some_and(|found| compare(found, op, *value))
            }
            Matcher::Never => false,
        }
    }
}

/// Whether a comparison holds.
pub fn compare(left: f64, op: &str, right: f64) -> bool {
    match op {
        "gt" | "greater" | ">" => left > right,
        "gte" | "greaterOrEqual" | ">=" => left >= right,
        "lt" | "lower" | "<" => left < right,
        "lte" | "lowerOrEqual" | "<=" => left <= right,
        "eq" | "equal" | "=" | "==" => left == right,
        "neq" | "notEqual" | "!=" => left != right,
        _other => false,
    }
}
