//! Reading our own vocabulary: durations, sizes, label sets, relabelling rules.

use std::fmt;
use std::time::Duration;

use model::Labels;
use model::relabel::{self, Action, NameScheme};

use super::value::excerpt;
use super::{Fields, Read, Value};

impl Read for Duration {
    fn read(value: &Value<'_>) -> Option<Duration> {
        let text = value.text()?;
        match model::duration::parse(text) {
            Ok(duration) => Some(duration),
            Err(error) if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() => {
                value.problem_with_hint(error.to_string(), format!("a unit is needed, such as \"{text}s\""));
                None
            }
            Err(error) => {
                value.problem_with_hint(error.to_string(), "durations look like 15s, 1m30s, 500ms, 2h, 30d");
                None
            }
        }
    }
}

/// A number of bytes, written as `15MB`, `1GiB`, `512B` or `0`; all units are powers of 1024, as in Prometheus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByteSize(pub u64);

/// Unit letters with their power of 1024, largest first.
const BYTE_UNITS: [(&str, u32); 7] = [("E", 6), ("P", 5), ("T", 4), ("G", 3), ("M", 2), ("K", 1), ("", 0)];

impl ByteSize {
    /// Reads a size.
    ///
    /// # Errors
    /// What is wrong, in a few words.
    pub fn parse(text: &str) -> Result<ByteSize, String> {
        if text == "0" {
            return Ok(ByteSize(0));
        }
        let invalid = || format!("{} is not a size", excerpt(text));
        let (mut rest, mut total) = (text, 0f64);
        if text.is_empty() {
            return Err(invalid());
        }
        while !rest.is_empty() {
            let number_len = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
            let (number, tail) = rest.split_at(number_len);
            let unit_len = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_len);
            let letter = unit
                .strip_suffix("iB")
                .filter(|l| !l.is_empty())
                .or(unit.strip_suffix('B'))
                .ok_or_else(invalid)?;
            let (_, power) = BYTE_UNITS.iter().find(|(name, _)| *name == letter).ok_or_else(invalid)?;
            total += number.parse::<f64>().map_err(|_| invalid())? * 1024f64.powi(power.cast_signed());
            rest = tail;
        }
        if total > i64::MAX as f64 {
            Err(format!("{} is too large", excerpt(text)))
        } else {
            Ok(ByteSize(total as u64))
        }
    }
}

/// Prints as Prometheus: `15MiB`, `1KiB512B`.
impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0B");
        }
        for (letter, power) in BYTE_UNITS {
            let unit = 1u64 << (10 * power);
            if rest >= unit {
                write!(f, "{}{letter}{}", rest / unit, if power == 0 { "B" } else { "iB" })?;
                rest %= unit;
            }
        }
        Ok(())
    }
}

impl Read for ByteSize {
    fn read(value: &Value<'_>) -> Option<ByteSize> {
        match ByteSize::parse(value.text()?) {
            Ok(size) => Some(size),
            Err(message) => {
                value.problem_with_hint(
                    message,
                    "sizes look like 512B, 10MB, 1GB; every unit is a power of 1024",
                );
                None
            }
        }
    }
}

/// A mapping of label names to values.
impl Read for Labels {
    fn read(value: &Value<'_>) -> Option<Labels> {
        let mut pairs = Vec::new();
        for (name, entry) in value.entries()? {
            if name.is_empty() {
                entry.problem("\"\" is not a valid label name");
            }
            if let Some(text) = entry.text() {
                pairs.push((name, text));
            }
        }
        Some(Labels::from_pairs(pairs))
    }
}

/// Reads a list of relabelling rules; `what` names them for the message about an empty one.
pub fn relabel_rules(
    fields: &Fields<'_>,
    name: &'static str,
    names: NameScheme,
    what: &str,
) -> Vec<relabel::Config> {
    let Some(items) = fields.get(name).and_then(|v| v.items()) else { return Vec::new() };
    items
        .iter()
        .filter_map(|item| {
            if item.is_null() {
                item.problem(format!("empty or null {what}"));
                return None;
            }
            relabel_rule(item, names)
        })
        .collect()
}

/// Reads one relabelling rule.
pub fn relabel_rule(value: &Value<'_>, names: NameScheme) -> Option<relabel::Config> {
    value.fields(|f| {
        let problems_before = f.value().context().report.problem_count();
        let rule = relabel::Fields {
            source_labels: f.get("source_labels").and_then(|v| source_labels(&v)),
            separator: text_or_empty(f, "separator"),
            regex: text_or_empty(f, "regex"),
            modulus: f.optional("modulus"),
            target_label: f.optional("target_label"),
            replacement: text_or_empty(f, "replacement"),
            action: f.get("action").map_or(Some(Action::Replace), |v| action(&v))?,
        };
        if f.value().context().report.problem_count() > problems_before {
            return None; // what is left would only be complained about a second time
        }
        let pattern = rule.regex.clone();
        let error = match relabel::Config::new(rule, names) {
            Ok(config) => return Some(config),
            Err(error) => error,
        };
        // The rule's own check stops at the first mistake; the regex is the other place where one is likely.
        if error.field != "regex"
            && let Some(regex_error) = pattern.and_then(|p| model::Regex::anchored(&p).err())
        {
            f.problem("regex", regex_error.to_string());
        }
        f.problem(error.field, error.message);
        None
    })
}

/// A field that is written but null is the empty text, not the default.
fn text_or_empty(f: &Fields<'_>, name: &'static str) -> Option<String> {
    f.get_or_null(name).and_then(|v| String::read(&v))
}

fn source_labels(value: &Value<'_>) -> Option<Vec<String>> {
    let items = value.items()?;
    let mut labels = Vec::with_capacity(items.len());
    for item in items {
        let text = item.text()?;
        if text.is_empty() {
            item.problem("\"\" is not a valid label name");
            return None;
        }
        labels.push(text.to_owned());
    }
    Some(labels)
}

fn action(value: &Value<'_>) -> Option<Action> {
    let text = value.text()?;
    Action::from_word(text).or_else(|| {
        let words: Vec<(&'static str, Action)> = Action::ALL.iter().map(|a| (a.as_str(), *a)).collect();
        value.one_of(&words)
    })
}
