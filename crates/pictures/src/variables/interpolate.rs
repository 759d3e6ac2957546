//! Variables in texts: `$name`, `${name}`, `${name:format}`, `${name.field:format}` and `[[name:format]]`.
//!
//! What a name means is asked of a function; a name that it does not know stays in the text as written. Replacements are not
//! searched again.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::field::time_text;

/// What a variable stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    /// Its values.
    pub values: Vec<String>,
    /// How they read.
    pub texts: Vec<String>,
    /// Whether it is a list, even of one.
    pub is_list: bool,
    /// A written "all" value: goes in as it is, in every format.
    pub verbatim: bool,
    /// Whether it may hold several values: decides escaping in PromQL.
    pub multi: bool,
}

impl Meaning {
    /// One value.
    pub fn one(value: impl Into<String>) -> Meaning {
        let value = value.into();
        Meaning { values: vec![value.clone()], texts: vec![value], ..Meaning::default() }
    }

    fn first(&self) -> &str {
        self.values.first().map(String::as_str).unwrap_or_default()
    }
}

/// Where a text goes: decides how values without a written format are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Most data sources: `{a,b}` for several values.
    Plain,
    /// PromQL: several values become a pattern.
    PromQl,
    /// SQL: several values become a quoted list.
    Sql,
    /// Titles: the values' texts, joined by ` + `.
    People,
}

/// The meaning of a name, with the path after its dot.
pub type Lookup<'a> = &'a dyn Fn(&str, Option<&str>) -> Option<Meaning>;

struct Reference<'a> {
    whole: &'a str,
    name: &'a str,
    path: Option<&'a str>,
    format: Option<&'a str>,
}

fn word_length(text: &str) -> usize {
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
}

/// The reference that a text begins with.
fn reference(text: &str) -> Option<Reference<'_>> {
    if let Some(inner) = text.strip_prefix("${") {
        let end = inner.find('}')?;
        let (body, whole) = (&inner[..end], &text[..end + 3]);
        let name = &body[..word_length(body)];
        let rest = &body[name.len()..];
        let (path, format) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (path, format) = rest.split_once(':').map_or((rest, None), |(p, f)| (p, Some(f)));
                (Some(path), format)
            }
            None => (None, rest.strip_prefix(':')),
        };
        let whole_read = !name.is_empty() && (rest.is_empty() || path.is_some() || format.is_some());
        return whole_read.then_some(Reference { whole, name, path, format });
    }
    if let Some(inner) = text.strip_prefix("[[") {
        let end = inner.find("]]")?;
        let (body, whole) = (&inner[..end], &text[..end + 4]);
        let name = &body[..word_length(body)];
        let rest = &body[name.len()..];
        let format = rest.strip_prefix(':');
        return (!name.is_empty() && (rest.is_empty() || format.is_some())).then_some(Reference {
            whole,
            name,
            path: None,
            format,
        });
    }
    let inner = text.strip_prefix('$')?;
    let name = &inner[..word_length(inner)];
    (!name.is_empty()).then(|| Reference { whole: &text[..name.len() + 1], name, path: None, format: None })
}

fn next_mark(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find(|at| bytes[*at] == b'$' || bytes[*at..].starts_with(b"[["))
}

/// A text with every known reference replaced.
pub fn fill(text: &str, place: Place, zone: &TimeZone, lookup: Lookup<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = next_mark(rest) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(found) = reference(rest) else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
            continue;
        };
        match lookup(found.name, found.path) {
            None => out.push_str(found.whole),
            Some(meaning) => out.push_str(&written(found.name, &meaning, found.format, place, zone)),
        }
        rest = &rest[found.whole.len()..];
    }
    out + rest
}

/// Names that a text refers to.
pub fn references(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = next_mark(rest) {
        rest = &rest[at..];
        match reference(rest) {
            None => rest = &rest[1..],
            Some(found) => {
                names.insert(found.name.to_owned());
                rest = &rest[found.whole.len()..];
            }
        }
    }
    names
}

fn written(name: &str, meaning: &Meaning, format: Option<&str>, place: Place, zone: &TimeZone) -> String {
    let kind = format.map(|f| f.split(':').next().unwrap_or(""));
    if meaning.verbatim && !matches!(kind, Some("text" | "queryparam" | "percentencode")) {
        return meaning.values.join(",");
    }
    match (format, place) {
        (Some(format), _) => formatted(name, meaning, format, zone),
        (None, Place::Plain) => glob(meaning),
        (None, Place::PromQl) => promql(meaning),
        (None, Place::Sql) => match meaning.is_list {
            true => sql(&meaning.values),
            false => meaning.first().to_owned(),
        },
        (None, Place::People) => meaning.texts.join(" + "),
    }
}

fn sql(values: &[String]) -> String {
    values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect::<Vec<_>>().join(",")
}

fn glob(meaning: &Meaning) -> String {
    if meaning.is_list && meaning.values.len() > 1 {
        format!("{{{}}}", meaning.values.join(","))
    } else {
        meaning.first().to_owned()
    }
}

fn promql(meaning: &Meaning) -> String {
    if !meaning.is_list {
        return if meaning.multi { in_pattern(meaning.first()) } else { in_string(meaning.first()) };
    }
    let escaped: Vec<String> = meaning.values.iter().map(|value| in_pattern(value)).collect();
    match escaped.as_slice() {
        [one] => one.clone(),
        many => format!("({})", many.join("|")),
    }
}

/// A value inside a PromQL string; single quotes too, since nobody knows which quote stands around it.
fn in_string(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\\\"")
}

/// A value as a literal inside a regular expression inside a PromQL string: the backslash itself is escaped there.
fn in_pattern(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for char in value.chars() {
        match char {
            '\\' => out.push_str("\\\\\\\\"),
            '"' => out.push_str("\\\""),
            '$' | '^' | '*' | '{' | '}' | '[' | ']' | '\'' | '+' | '?' | '.' | '(' | ')' | '|' => {
                out.push_str("\\\\");
                out.push(char);
            }
            other => out.push(other),
        }
    }
    out
}

fn escaped(text: &str, special: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if special.contains(char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// A text for a URL.
pub fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A value in one of Grafana's named formats; an unknown format is the default one, as there.
fn formatted(name: &str, meaning: &Meaning, format: &str, zone: &TimeZone) -> String {
    let (format, argument) = format.split_once(':').unwrap_or((format, ""));
    let values = &meaning.values;
    let each = |make: &dyn Fn(&str) -> String| values.iter().map(|v| make(v)).collect::<Vec<_>>();
    let lucene = |text: &str| escaped(text, "!*+-=<>&|()[]{}^~?:\\/\" ");
    match format {
        "raw" => values.join(","),
        "csv" => values.join(","),
        "pipe" => values.join("|"),
        "regex" => match each(&|v| escaped(v, "\\^$*+?.()|[]{}/")).as_slice() {
            [one] => one.clone(),
            many => format!("({})", many.join("|")),
        },
        "lucene" if !meaning.is_list => lucene(meaning.first()),
        "lucene" if values.is_empty() => "__empty__".to_owned(),
        "lucene" => format!("({})", each(&|v| format!("\"{}\"", lucene(v))).join(" OR ")),
        "json" if meaning.is_list => serde_json::Value::from(values.clone()).to_string(),
        "json" => {
            let quoted = serde_json::Value::from(meaning.first()).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        "singlequote" => each(&|v| format!("'{}'", v.replace('\'', "\\'"))).join(","),
        "doublequote" => each(&|v| format!("\"{}\"", v.replace('"', "\\\""))).join(","),
        "sqlstring" => sql(values),
        "percentencode" => percent(&glob(meaning)),
        "uriencode" => percent(&values.join(",")),
        "queryparam" => each(&|v| format!("var-{}={}", percent(name), percent(v))).join("&"),
        "distributed" => {
            let parts = values.iter().enumerate();
            let parts = parts.map(|(i, v)| if i == 0 { v.clone() } else { format!("{name}={v}") });
            parts.collect::<Vec<_>>().join(",")
        }
        "html" => crate::draw::svg::escape(&values.join(",")),
        "text" => meaning.texts.join(" + "),
        "date" => match (meaning.first().parse::<f64>(), argument) {
            (Err(_), _) => String::new(),
            (Ok(at), "seconds") => (at / 1000.0).round().to_string(),
            (Ok(at), pattern) => time_text::format(at, pattern, zone),
        },
        _default => glob(meaning),
    }
}
