//! Writing YAML with the layout of Go's yaml.v2, which `/api/v1/status/config` of Prometheus shows.

mod quote;

use quote::push_text;

/// A tree to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// Text, quoted where it would otherwise be read as something else.
    Text(String),
    /// A number or boolean, written as it is.
    Bare(String),
    /// A list, one item per line.
    List(Vec<Out>),
    /// A list on one line, in brackets.
    Flow(Vec<Out>),
    /// Keys with values, in this order.
    Map(Map),
}

/// Keys with values, built field by field. Methods named `…_if_…` leave out what says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map(Vec<(String, Out)>);

impl Map {
    /// Starts an empty mapping.
    pub fn new() -> Map {
        Map::default()
    }

    /// Adds a field.
    pub fn put(&mut self, key: impl Into<String>, value: impl Into<Out>) -> &mut Map {
        self.0.push((key.into(), value.into()));
        self
    }

    /// Adds a field if there is a value.
    pub fn put_if_some(&mut self, key: &str, value: Option<impl Into<Out>>) -> &mut Map {
        if let Some(value) = value {
            self.put(key, value);
        }
        self
    }

    /// Adds a field unless it is empty: `""`, 0, false, an empty list or mapping.
    pub fn put_if_set(&mut self, key: &str, value: impl Into<Out>) -> &mut Map {
        let value = value.into();
        if !value.is_empty() {
            self.put(key, value);
        }
        self
    }

    /// Tells whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends the fields of another mapping.
    pub fn extend(&mut self, other: Map) -> &mut Map {
        self.0.extend(other.0);
        self
    }
}

impl Out {
    fn is_empty(&self) -> bool {
        match self {
            Out::Text(text) => text.is_empty(),
            Out::Bare(text) => matches!(text.as_str(), "0" | "false" | ""),
            Out::List(items) | Out::Flow(items) => items.is_empty(),
            Out::Map(map) => map.is_empty(),
        }
    }
}

impl From<&str> for Out {
    fn from(text: &str) -> Out {
        Out::Text(text.to_owned())
    }
}
impl From<String> for Out {
    fn from(text: String) -> Out {
        Out::Text(text)
    }
}
impl From<&String> for Out {
    fn from(text: &String) -> Out {
        Out::Text(text.clone())
    }
}
impl From<bool> for Out {
    fn from(value: bool) -> Out {
        Out::Bare(value.to_string())
    }
}
impl From<u64> for Out {
    fn from(value: u64) -> Out {
        Out::Bare(value.to_string())
    }
}
impl From<i64> for Out {
    fn from(value: i64) -> Out {
        Out::Bare(value.to_string())
    }
}
impl From<u16> for Out {
    fn from(value: u16) -> Out {
        Out::Bare(value.to_string())
    }
}
impl From<f64> for Out {
    fn from(value: f64) -> Out {
        Out::Bare(model::number::format_f(value))
    }
}
impl From<std::time::Duration> for Out {
    fn from(value: std::time::Duration) -> Out {
        Out::Text(model::duration::format(value))
    }
}
impl From<crate::ByteSize> for Out {
    fn from(value: crate::ByteSize) -> Out {
        if value.0 == 0 { Out::Text(String::new()) } else { Out::Text(value.to_string()) }
    }
}
impl From<&crate::Secret> for Out {
    fn from(value: &crate::Secret) -> Out {
        if value.is_empty() { Out::Text(String::new()) } else { Out::from(crate::secret::SECRET_TOKEN) }
    }
}
impl From<&crate::Link> for Out {
    fn from(value: &crate::Link) -> Out {
        Out::Text(value.to_string())
    }
}
impl From<&std::path::PathBuf> for Out {
    fn from(value: &std::path::PathBuf) -> Out {
        Out::Text(value.to_string_lossy().into_owned())
    }
}
impl From<&model::Labels> for Out {
    fn from(labels: &model::Labels) -> Out {
        let mut map = Map::new();
        for (name, value) in labels {
            map.put(name, value);
        }
        Out::Map(map)
    }
}
impl From<&model::relabel::Config> for Out {
    fn from(rule: &model::relabel::Config) -> Out {
        let mut map = Map::new();
        // Prometheus prints an empty regex as null, and reads it back as empty.
        let pattern = rule.regex.as_str();
        let regex = if pattern.is_empty() { Out::Bare("null".to_owned()) } else { Out::from(pattern) };
        let labels: Vec<Out> = rule.source_labels.iter().map(Out::from).collect();
        map.put_if_set("source_labels", Out::Flow(labels)).put("separator", rule.separator.as_str());
        map.put("regex", regex).put_if_set("modulus", rule.modulus);
        map.put_if_set("target_label", rule.target_label.as_str());
        map.put("replacement", rule.replacement.as_str()).put("action", rule.action.as_str());
        Out::Map(map)
    }
}
impl From<Map> for Out {
    fn from(map: Map) -> Out {
        Out::Map(map)
    }
}
impl<T: Into<Out>> From<Vec<T>> for Out {
    fn from(items: Vec<T>) -> Out {
        Out::List(items.into_iter().map(Into::into).collect())
    }
}

/// Writes a document. An empty mapping is `{}`.
pub fn to_string(map: &Map) -> String {
    let mut out = String::new();
    if map.is_empty() {
        return "{}\n".to_owned();
    }
    push_map(&mut out, map, 0, false);
    out
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n(' ', depth * 2));
}

/// Writes a mapping's lines; the first one continues the present line if `inline`.
fn push_map(out: &mut String, map: &Map, depth: usize, inline: bool) {
    for (i, (key, value)) in map.0.iter().enumerate() {
        if i > 0 || !inline {
            indent(out, depth);
        }
        push_text(out, key, depth);
        out.push(':');
        push_value(out, value, depth);
    }
}

/// Writes a value behind a key's colon.
fn push_value(out: &mut String, value: &Out, depth: usize) {
    match value {
        Out::Map(map) if !map.is_empty() => {
            out.push('\n');
            push_map(out, map, depth + 1, false);
        }
        Out::List(items) if !items.is_empty() => {
            out.push('\n');
            push_list(out, items, depth); // yaml.v2 does not indent lists in mappings
        }
        Out::Map(_) | Out::List(_) | Out::Flow(_) | Out::Text(_) | Out::Bare(_) => {
            out.push(' ');
            push_simple(out, value, depth);
            out.push('\n');
        }
    }
}

fn push_list(out: &mut String, items: &[Out], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push('-');
        out.push(' ');
        match item {
            Out::Map(map) if !map.is_empty() => push_map(out, map, depth + 1, true),
            Out::List(_) | Out::Map(_) | Out::Flow(_) | Out::Text(_) | Out::Bare(_) => {
                push_simple(out, item, depth);
                out.push('\n');
            }
        }
    }
}

/// Writes what fits one line.
fn push_simple(out: &mut String, value: &Out, depth: usize) {
    match value {
        Out::Text(text) => push_text(out, text, depth),
        Out::Bare(text) => out.push_str(text),
        Out::Map(map) => {
            out.push('{');
            for (i, (key, value)) in map.0.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                push_text(out, key, depth);
                out.push_str(": ");
                push_simple(out, value, depth);
            }
            out.push('}');
        }
        Out::List(items) | Out::Flow(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                match item {
                    Out::Text(text) => quote::push_flow_text(out, text),
                    Out::Bare(_) | Out::List(_) | Out::Flow(_) | Out::Map(_) => push_simple(out, item, depth),
                }
            }
            out.push(']');
        }
    }
}
