//! The variables of a dashboard: what they may be, what is chosen, what they mean in texts.
//!
//! Invariants: 1. A variable is resolved after those that its query, pattern or data source mentions.  2. One whose query fails
//! keeps its wanted selection; the others go on.

pub mod adhoc;
pub mod builtins;
pub mod interpolate;
pub mod interval;
pub mod options;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::json::{at, flag, list, number, plain, text, text_or};
use interpolate::Meaning;
use options::{ALL, ALL_TEXT, Choice, auto_value, query_text, saved};

/// A variable with its state.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The document's part.
    pub doc: Value,
    /// Its name.
    pub name: String,
    /// Its kind: `query`, `custom`, …
    pub kind: String,
    /// What may be chosen.
    pub choices: Vec<Choice>,
    /// What is chosen; only [`ALL`] for all.
    pub selected: Vec<String>,
    /// Filters of an ad hoc variable.
    pub filters: Vec<Filter>,
    /// Whether the selection came from the request: it is kept even if no choice has it.
    pub is_asked: bool,
    /// Why its choices could not be read.
    pub problem: Option<String>,
}

/// A filter of an ad hoc variable, added to every query of its data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The label.
    pub key: String,
    /// `=`, `!=`, `=~`, `!~`.
    pub operator: String,
    /// The other side.
    pub value: String,
}

/// Selections from a request, by variable.
pub type Wanted = BTreeMap<String, Vec<String>>;

impl Variable {
    /// The variables of a document before anything was asked.
    pub fn all(docs: &[Value], wanted: &Wanted) -> Vec<Variable> {
        let variables = docs.iter().map(|doc| {
            let name = text(doc, "name").to_owned();
            let asked = wanted.get(&name);
            let kind = text_or(doc, "type", "query").to_owned();
            Variable {
                choices: Vec::new(),
                selected: asked.cloned().unwrap_or_else(|| saved(doc)),
                filters: if kind == "adhoc" { filters(doc, asked) } else { Vec::new() },
                is_asked: asked.is_some(),
                problem: None,
                doc: doc.clone(),
                kind,
                name,
            }
        });
        variables.collect()
    }

    /// Names that its choices depend on.
    pub fn dependencies(&self) -> BTreeSet<String> {
        let source = at(&self.doc, "datasource");
        let source = if source.is_object() { text(source, "uid").to_owned() } else { plain(source) };
        let all = [query_text(&self.doc), text(&self.doc, "regex").to_owned(), source].join("\n");
        interpolate::references(&all)
    }

    /// What it stands for; `path` is `text` or `value`.
    pub fn meaning(&self, path: Option<&str>, range_ms: f64) -> Meaning {
        let multi = flag(&self.doc, "multi") || flag(&self.doc, "includeAll");
        let is_all = self.selected.first().is_some_and(|value| value == ALL);
        let written = text(&self.doc, "allValue");
        if is_all && !written.is_empty() && path != Some("text") {
            let texts = vec![ALL_TEXT.to_owned()];
            return Meaning {
                values: vec![written.to_owned()],
                texts,
                verbatim: true,
                multi,
                is_list: false,
            };
        }
        let text_of = |value: &String| {
            self.choices.iter().find(|c| c.value == *value).map_or_else(|| value.clone(), |c| c.text.clone())
        };
        let texts: Vec<String> =
            if is_all { vec![ALL_TEXT.to_owned()] } else { self.selected.iter().map(text_of).collect() };
        if path == Some("text") {
            return Meaning { texts: texts.clone(), ..Meaning::one(texts.join(" + ")) };
        }
        if is_all {
            let values = self.choices.iter().map(|choice| choice.value.clone()).collect();
            return Meaning { values, texts, is_list: true, multi, verbatim: false };
        }
        if self.kind == "interval" && self.selected.first() == Some(&auto_value(&self.name)) {
            let count = number(&self.doc, "auto_count").unwrap_or(30.0);
            let least = interval::parse(text_or(&self.doc, "auto_min", "10s")).unwrap_or(10_000.0);
            return Meaning::one(interval::format(interval::of(range_ms, count, least)));
        }
        let is_list = flag(&self.doc, "multi");
        let values = if is_list || self.selected.len() < 2 {
            self.selected.clone()
        } else {
            self.selected[..1].to_vec()
        };
        let values = if values.is_empty() && !is_list { vec![String::new()] } else { values };
        Meaning { values, texts, is_list, multi, verbatim: false }
    }

    /// Values to repeat over.
    pub fn repeated(&self) -> Vec<Choice> {
        if self.selected.first().is_some_and(|value| value == ALL) {
            return self.choices.clone();
        }
        let choice = |value: &String| {
            let known = self.choices.iter().find(|choice| choice.value == *value);
            known.cloned().unwrap_or_else(|| Choice::plain(value))
        };
        self.selected.iter().map(choice).collect()
    }
}

fn filters(doc: &Value, asked: Option<&Vec<String>>) -> Vec<Filter> {
    let unescaped = |text: &str| text.replace("__gfp__", "|");
    match asked {
        Some(asked) => {
            let parts = asked.iter().map(|text| text.splitn(3, '|').collect::<Vec<_>>());
            let filters = parts.filter_map(|parts| match parts.as_slice() {
                [key, operator, value] if !key.is_empty() => Some(Filter {
                    key: unescaped(key),
                    operator: (*operator).to_owned(),
                    value: unescaped(value),
                }),
                _incomplete => None,
            });
            filters.collect()
        }
        None => {
            let filters =
                list(doc, "filters").iter().filter(|f| !text(f, "key").is_empty()).map(|f| Filter {
                    key: text(f, "key").to_owned(),
                    operator: text_or(f, "operator", "=").to_owned(),
                    value: text(f, "value").to_owned(),
                });
            filters.collect()
        }
    }
}

/// The places of variables in an order in which each depends on earlier ones only; members of a cycle come last.
pub fn resolution_order(variables: &[Variable]) -> Vec<usize> {
    let names: BTreeSet<&str> = variables.iter().map(|v| v.name.as_str()).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<usize> = (0..variables.len()).collect();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_ready = |place: &usize| {
            let variable = &variables[*place];
            variable.dependencies().iter().all(|name| {
                *name == variable.name || !names.contains(name.as_str()) || done.contains(name.as_str())
            })
        };
        let ready: Vec<usize> = left.iter().copied().filter(is_ready).collect();
        let batch = if ready.is_empty() { left.clone() } else { ready };
        done.extend(batch.iter().map(|place| variables[*place].name.as_str()));
        left.retain(|place| !batch.contains(place));
        order.extend(batch);
    }
    order
}

#[cfg(test)]
mod tests;
