//! InfluxQL that an editor put together from parts, as dashboards keep them.

use serde::Deserialize;
use serde_json::Value;

use crate::error::SourceError;

/// A function, field or grouping with its parameters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    #[serde(rename = "type")]
    kind: String,
    params: Vec<Value>,
}

/// A condition on a tag.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Tag {
    key: String,
    operator: String,
    value: String,
    condition: String,
}

/// The parts of a query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Built {
    measurement: String,
    policy: String,
    select: Vec<Vec<Part>>,
    group_by: Vec<Part>,
    tags: Vec<Tag>,
    tz: Option<String>,
    limit: Value,
    slimit: Value,
    order_by_time: String,
}

fn parameter(part: &Part, at: usize) -> String {
    match part.params.get(at) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) | None => String::new(),
    }
}

fn quoted(name: &str) -> String {
    if name == "*" { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\\\"")) }
}

/// A pattern stays as it is.
fn is_pattern(text: &str) -> bool {
    text.len() > 1 && text.starts_with('/') && text.ends_with('/')
}

impl Built {
    /// Whether there are no parts.
    pub fn is_empty(&self) -> bool {
        self.measurement.is_empty() && self.select.is_empty()
    }

    /// The query, with `$timeFilter` in place of the range.
    ///
    /// # Errors
    /// A part that is not known.
    pub fn text(&self) -> Result<String, SourceError> {
        let columns: Vec<String> =
            self.select.iter().map(|parts| selected(parts)).collect::<Result<_, _>>()?;
        let columns = if columns.is_empty() { "mean(\"value\")".to_owned() } else { columns.join(", ") };
        let policy = match self.policy.as_str() {
            "" | "default" => String::new(),
            name => format!("{}.", quoted(name)),
        };
        let measurement =
            if is_pattern(&self.measurement) { self.measurement.clone() } else { quoted(&self.measurement) };
        let mut text = format!("SELECT {columns} FROM {policy}{measurement} WHERE ");
        if !self.tags.is_empty() {
            let conditions: Vec<String> =
                self.tags.iter().enumerate().map(|(at, tag)| tag.text(at)).collect();
            text.push_str(&format!("({}) AND ", conditions.join(" ")));
        }
        text.push_str("$timeFilter");
        let fill = self.group_by.iter().find(|part| part.kind == "fill");
        let groups: Vec<String> =
            self.group_by.iter().filter(|part| part.kind != "fill").map(group).collect();
        if !groups.is_empty() {
            text.push_str(&format!(" GROUP BY {}", groups.join(", ")));
        }
        if let Some(fill) = fill {
            text.push_str(&format!(" fill({})", parameter(fill, 0)));
        }
        if self.order_by_time == "DESC" {
            text.push_str(" ORDER BY time DESC");
        }
        for (word, value) in [("limit", &self.limit), ("slimit", &self.slimit)] {
            let given = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            if let Some(given) = given {
                text.push_str(&format!(" {word} {given}"));
            }
        }
        if let Some(zone) = self.tz.as_deref().filter(|zone| !zone.is_empty()) {
            text.push_str(&format!(" tz('{}')", zone.replace('\'', "")));
        }
        Ok(text)
    }
}

/// A column: a field, with functions around it, arithmetic behind it, and a name.
fn selected(parts: &[Part]) -> Result<String, SourceError> {
    let mut text = String::new();
    for part in parts {
        let first = parameter(part, 0);
        text = match part.kind.as_str() {
            "field" => quoted(&first),
            "math" => format!("{text}{first}"),
            "alias" => format!("{text} AS {}", quoted(&first)),
            name if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty() => {
                let others: Vec<String> = (0..part.params.len()).map(|at| parameter(part, at)).collect();
                let others =
                    if others.is_empty() { String::new() } else { format!(", {}", others.join(", ")) };
                format!("{name}({text}{others})")
            }
            other => return Err(SourceError::Query(format!("InfluxQL has no function {other:?}"))),
        };
    }
    Ok(text)
}

fn group(part: &Part) -> String {
    let first = parameter(part, 0);
    match part.kind.as_str() {
        "time" => format!("time({})", if first == "auto" { "$__interval" } else { &first }),
        _tag if is_pattern(&first) || first == "*" => first,
        _tag => quoted(first.trim_end_matches("::tag")),
    }
}

impl Tag {
    fn text(&self, at: usize) -> String {
        let joined = match (at, self.condition.as_str()) {
            (0, _) => String::new(),
            (_, "") => "AND ".to_owned(),
            (_, condition) => format!("{condition} "),
        };
        let pattern = is_pattern(&self.value);
        let operator = match (self.operator.as_str(), pattern) {
            ("", true) => "=~",
            ("", false) => "=",
            (given, _) => given,
        };
        let value = match operator {
            "=~" | "!~" | "<" | ">" | ">=" | "<=" => self.value.clone(),
            _equal => format!("'{}'", self.value.replace('\\', "\\\\").replace('\'', "\\'")),
        };
        format!("{joined}{} {operator} {value}", quoted(self.key.trim_end_matches("::tag")))
    }
}
