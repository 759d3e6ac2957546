//! Choices of variables: what a query's answer, a list or a pattern becomes, and which of them is chosen.

use std::collections::HashSet;

use serde_json::Value;

use super::interval;
use crate::field::pattern::Pattern;
use crate::json::{as_number, at, flag, plain, text};

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// How it reads.
    pub text: String,
    /// What goes into queries.
    pub value: String,
}

impl Choice {
    /// A choice that reads as its value.
    pub fn plain(value: impl Into<String>) -> Choice {
        let value = value.into();
        Choice { text: value.clone(), value }
    }
}

/// The value that means every choice.
pub const ALL: &str = "$__all";
/// How it reads.
pub const ALL_TEXT: &str = "All";
/// Most choices of a variable.
pub const CHOICES_MAX: usize = 10_000;

/// A query of a variable, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableQuery {
    /// Values of a label, of series that match if a selector is given.
    LabelValues(String, String),
    /// Names of labels.
    LabelNames(String),
    /// Names of metrics by a pattern.
    Metrics(String),
    /// Samples of an expression, as text.
    QueryResult(String),
    /// Series, as text.
    Series(String),
}

/// The text of a variable's query: a string, or fields of the newer object form.
pub fn query_text(doc: &Value) -> String {
    let query = at(doc, "query");
    if let Value::String(text) = query {
        return text.clone();
    }
    if !query.is_object() {
        return text(doc, "definition").to_owned();
    }
    let (whole, metric, label) = (text(query, "query"), text(query, "metric"), text(query, "label"));
    match (whole, label, metric) {
        ("", "", _) => match text(query, "expr") {
            "" => text(doc, "definition").to_owned(),
            expr => expr.to_owned(),
        },
        ("", label, "") => format!("label_values({label})"),
        ("", label, metric) => format!("label_values({metric}, {label})"),
        (whole, ..) => whole.to_owned(),
    }
}

fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

fn is_label(text: &str) -> bool {
    let quoted = text.len() > 2 && text.starts_with('"') && text.ends_with('"');
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$');
    quoted || first && chars.all(|c| c.is_alphanumeric() || "_:.$".contains(c))
}

/// What a query text asks for; anything without a known function is a series selector.
pub fn parse_query(text: &str) -> VariableQuery {
    let query = text.trim();
    if let Some(inner) = call(query, "label_values") {
        let (matches, label) = inner.rsplit_once(',').map_or(("", inner), |(m, l)| (m.trim(), l.trim()));
        if is_label(label) {
            return VariableQuery::LabelValues(matches.to_owned(), label.replace('"', ""));
        }
    }
    if let Some(inner) = call(query, "label_names") {
        return VariableQuery::LabelNames(inner.to_owned());
    }
    if let Some(inner) = call(query, "metrics") {
        return VariableQuery::Metrics(inner.to_owned());
    }
    if let Some(inner) = call(query, "query_result") {
        return VariableQuery::QueryResult(inner.to_owned());
    }
    VariableQuery::Series(query.to_owned())
}

/// Choices of a query variable: its pattern picks and renames, duplicates go, its order applies.
pub fn of_strings(found: &[String], pattern: &str, order: i64) -> Vec<Choice> {
    let slashed = pattern.trim().starts_with('/');
    let pattern = if pattern.trim().is_empty() {
        None
    } else {
        Pattern::new(&if slashed { pattern.to_owned() } else { format!("^(?:{pattern})$") })
    };
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for item in found {
        let picked = match &pattern {
            None => vec![Choice::plain(item)],
            Some(pattern) => picked(item, pattern),
        };
        out.extend(picked.into_iter().filter(|choice| seen.insert(choice.value.clone())));
        if out.len() >= CHOICES_MAX {
            break;
        }
    }
    sort(&mut out, order);
    out
}

fn picked(item: &str, pattern: &Pattern) -> Vec<Choice> {
    let matches = pattern.matches(item);
    let Some(first) = matches.first() else { return Vec::new() };
    let text = matches.iter().find_map(|m| m.text.clone());
    let value = matches.iter().find_map(|m| m.value.clone());
    match (text, value) {
        (Some(text), Some(value)) => vec![Choice { text, value }],
        (Some(one), None) | (None, Some(one)) => vec![Choice::plain(one)],
        (None, None) if first.groups.len() == 1 => vec![Choice::plain(item)],
        (None, None) => {
            let groups = matches.iter().filter_map(|m| m.groups.get(1).cloned().flatten());
            groups.map(Choice::plain).collect()
        }
    }
}

/// Order 0 is as found; odd ascends, even descends: by letters (1, 2), number (3, 4), letters without case (5, 6), natural (7, 8).
pub fn sort(choices: &mut [Choice], order: i64) {
    match order {
        1 | 2 => choices.sort_by(|a, b| a.text.cmp(&b.text)),
        3 | 4 => choices.sort_by(|a, b| first_number(&a.text).total_cmp(&first_number(&b.text))),
        5 | 6 => choices.sort_by_key(|choice| choice.text.to_lowercase()),
        7 | 8 => choices.sort_by(|a, b| natural(&a.text, &b.text)),
        _as_found => return,
    }
    if order % 2 == 0 {
        choices.reverse();
    }
}

fn first_number(text: &str) -> f64 {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let length = digits.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    digits[..length].trim_end_matches('.').parse().unwrap_or(-1.0)
}

/// Orders texts as people do: numbers inside by their size.
pub fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut a, mut b) = (a.chars().peekable(), b.chars().peekable());
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, Some(_)) => return std::cmp::Ordering::Less,
            (Some(_), None) => return std::cmp::Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
                    let mut number: u128 = 0;
                    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                        number = number.saturating_mul(10).saturating_add(u128::from(digit as u8 - b'0'));
                    }
                    number
                };
                let order = number(&mut a).cmp(&number(&mut b));
                if order.is_ne() {
                    return order;
                }
            }
            (Some(x), Some(y)) => {
                let order = x.to_lowercase().cmp(y.to_lowercase());
                if order.is_ne() {
                    return order;
                }
                a.next();
                b.next();
            }
        }
    }
}

/// Choices of a `custom` variable: `a, b : c, d\,e` is a, b with value c, and "d,e".
pub fn custom(text: &str) -> Vec<Choice> {
    let marked = text.replace("\\,", "\u{0}");
    let items = marked.split(',').map(|item| item.replace('\u{0}', ",").trim().to_owned());
    let choices = items.filter(|item| !item.is_empty()).map(|item| match item.split_once(" : ") {
        Some((text, value)) => Choice { text: text.trim().to_owned(), value: value.trim().to_owned() },
        None => Choice::plain(item),
    });
    choices.take(CHOICES_MAX).collect()
}

/// Choices of an `interval` variable; `auto` stands first if it is on.
pub fn intervals(doc: &Value) -> Vec<Choice> {
    let words = query_text(doc);
    let words =
        words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| interval::parse(word).is_some());
    let auto =
        flag(doc, "auto").then(|| Choice { text: "auto".to_owned(), value: auto_value(text(doc, "name")) });
    auto.into_iter().chain(words.map(Choice::plain)).collect()
}

/// The value that stands for an interval computed from the range.
pub fn auto_value(name: &str) -> String {
    format!("$__auto_interval_{name}")
}

/// The selection that the document saved; empty if it saved none.
pub fn saved(doc: &Value) -> Vec<String> {
    match at(doc, "current.value") {
        Value::Array(values) => values.iter().map(plain).filter(|value| !value.is_empty()).collect(),
        Value::Null => Vec::new(),
        one => vec![plain(one)],
    }
}

/// The selection among `choices` nearest to what is wanted: wanted values that exist, else "all" where it is offered, else
/// the first choice. With `keep` (a value from the URL) values outside of the choices stay.
pub fn choose(choices: &[Choice], wanted: &[String], doc: &Value, keep: bool) -> Vec<String> {
    let has_all = flag(doc, "includeAll");
    let mut known: Vec<String> = Vec::new();
    for item in wanted {
        if item == ALL || item == ALL_TEXT && has_all {
            if has_all {
                return vec![ALL.to_owned()];
            }
            continue;
        }
        let found =
            choices.iter().find(|c| c.value == *item).or_else(|| choices.iter().find(|c| c.text == *item));
        match found {
            Some(choice) if !known.contains(&choice.value) => known.push(choice.value.clone()),
            None if keep && !item.is_empty() && !known.contains(item) => known.push(item.clone()),
            Some(_) | None => {}
        }
    }
    if !flag(doc, "multi") {
        known.truncate(1);
    }
    match (known.is_empty(), has_all, choices.first()) {
        (false, ..) => known,
        (true, true, _) => vec![ALL.to_owned()],
        (true, false, Some(first)) => vec![first.value.clone()],
        (true, false, None) => Vec::new(),
    }
}

/// The order in which a document wants its choices.
pub fn order(doc: &Value) -> i64 {
    as_number(at(doc, "sort")).unwrap_or(0.0) as i64
}
