//! Dashboards of any Grafana schema (rows of version 12 up to 42), read into one form.
//!
//! What is not understood stays as it is in a panel's JSON; only a document that is no dashboard at all is refused.

pub mod graph;
pub mod layout;
pub mod migrate;
pub mod old_panels;
pub mod repeat;
pub mod rows;

use std::collections::HashSet;

use serde_json::Value;

use crate::error::PictureError;
use crate::json::{at, flag, list, number, plain, text, text_or};

/// Columns of the grid.
pub const COLUMNS: u32 = 24;
/// Most panels read of a document.
pub const PANELS_MAX: usize = 2000;

/// A rectangle of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// Column of its left side.
    pub x: u32,
    /// Row of its top.
    pub y: u32,
    /// Columns.
    pub w: u32,
    /// Rows.
    pub h: u32,
}

/// A query of a panel.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its letter; named by position where the document names none.
    pub ref_id: String,
    /// All of it.
    pub json: Value,
}

/// A panel, or a row's header.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Its number on the dashboard.
    pub id: i64,
    /// Its type; `row` for headers.
    pub kind: String,
    /// Its title, with variables.
    pub title: String,
    /// Where it stands.
    pub rect: Rect,
    /// Its queries.
    pub targets: Vec<Target>,
    /// All of it, migrated.
    pub json: Value,
    /// Panels of a collapsed row.
    pub inner: Vec<Panel>,
}

impl Panel {
    /// Whether it is a row's header.
    pub fn is_row(&self) -> bool {
        self.kind == "row"
    }

    /// Whether it is a collapsed row.
    pub fn is_collapsed(&self) -> bool {
        self.is_row() && flag(&self.json, "collapsed")
    }
}

/// A dashboard.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// Its identifier.
    pub uid: String,
    /// Its title, with variables.
    pub title: String,
    /// Its panels, as written.
    pub panels: Vec<Panel>,
    /// Its variables, as written.
    pub variables: Vec<Value>,
    /// Its time range, as written.
    pub time: (String, String),
    /// Its zone, as written: empty, `browser`, `utc` or a name.
    pub zone: String,
}

impl Dashboard {
    /// Reads a document, or an answer or export that carries it in `dashboard`.
    ///
    /// # Errors
    /// It is no object, holds neither panels nor rows nor a title, is in the second schema, or has more than [`PANELS_MAX`] panels.
    pub fn read(raw: &Value) -> Result<Dashboard, PictureError> {
        let inner = at(raw, "dashboard");
        let doc = if inner.is_object() { inner } else { raw };
        let wrong = |reason: &str| Err(PictureError::Document(reason.to_owned()));
        if !doc.is_object() || !["panels", "rows", "title"].iter().any(|key| doc.get(key).is_some()) {
            return wrong("it has neither \"panels\" nor \"rows\" nor a \"title\"");
        }
        if at(doc, "elements").is_object() && at(doc, "layout").is_object() {
            return wrong("it is in schema v2 (\"elements\" and \"layout\"); export it as classic JSON (v1)");
        }
        let (rows, panels) = (list(doc, "rows"), list(doc, "panels"));
        let written =
            if panels.is_empty() && !rows.is_empty() { rows::panels(rows) } else { panels.to_vec() };
        let count = written.iter().map(|panel| 1 + list(panel, "panels").len()).sum::<usize>();
        if count > PANELS_MAX {
            return wrong(&format!("it has {count} panels, at most {PANELS_MAX} are read"));
        }
        let mut numbers = Numbers::new(&written);
        let time = |key: &str, other: &str| match plain(at(doc, key)) {
            text if text.is_empty() => other.to_owned(),
            text => text,
        };
        Ok(Dashboard {
            uid: text(doc, "uid").to_owned(),
            title: text_or(doc, "title", "Untitled").to_owned(),
            panels: written.iter().map(|panel| read_panel(panel, &mut numbers, true)).collect(),
            variables: list(doc, "templating.list").to_vec(),
            time: (time("time.from", "now-6h"), time("time.to", "now")),
            zone: text(doc, "timezone").to_owned(),
        })
    }

    /// All panels, also those in collapsed rows.
    pub fn all_panels(&self) -> impl Iterator<Item = &Panel> {
        self.panels.iter().flat_map(|panel| std::iter::once(panel).chain(&panel.inner))
    }

    /// A panel by its number.
    pub fn panel(&self, id: i64) -> Option<&Panel> {
        self.all_panels().find(|panel| panel.id == id && !panel.is_row())
    }
}

/// Gives panels without a number, or with one that is taken, a fresh one.
struct Numbers {
    used: HashSet<i64>,
    next: i64,
}

impl Numbers {
    fn new(panels: &[Value]) -> Numbers {
        let nested = panels.iter().flat_map(|panel| std::iter::once(panel).chain(list(panel, "panels")));
        let most = nested.filter_map(|panel| at(panel, "id").as_i64()).max().unwrap_or(0);
        Numbers { used: HashSet::new(), next: most.saturating_add(1).max(1) }
    }

    fn take(&mut self, wanted: Option<i64>) -> i64 {
        match wanted.filter(|id| *id > 0 && self.used.insert(*id)) {
            Some(id) => id,
            None => {
                let id = self.next;
                self.next = self.next.saturating_add(1);
                self.used.insert(id);
                id
            }
        }
    }
}

fn read_panel(written: &Value, numbers: &mut Numbers, is_outer: bool) -> Panel {
    let json = migrate::panel(written);
    let kind = text_or(&json, "type", "unknown").to_owned();
    let inner = match kind == "row" && is_outer {
        true => list(&json, "panels").iter().map(|panel| read_panel(panel, numbers, false)).collect(),
        false => Vec::new(),
    };
    Panel {
        id: numbers.take(at(&json, "id").as_i64()),
        title: text(&json, "title").to_owned(),
        rect: rect(at(&json, "gridPos"), &kind),
        targets: targets(list(&json, "targets")),
        inner,
        kind,
        json,
    }
}

fn rect(written: &Value, kind: &str) -> Rect {
    let whole = |key: &str, other: f64, most: f64| {
        number(written, key).unwrap_or(other).round().clamp(0.0, most) as u32
    };
    let w = if kind == "row" { COLUMNS } else { whole("w", 12.0, f64::from(COLUMNS)).max(1) };
    let h = if kind == "row" { 1 } else { whole("h", 8.0, 200.0).max(1) };
    Rect { x: whole("x", 0.0, f64::from(COLUMNS - w)), y: whole("y", 0.0, 100_000.0), w, h }
}

/// The letters of the nth query: A … Z, AA, AB, …
fn letters(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    if index >= 26 { format!("{}{last}", letters(index / 26 - 1)) } else { last.to_string() }
}

fn targets(written: &[Value]) -> Vec<Target> {
    let mut taken: HashSet<String> =
        written.iter().map(|t| text(t, "refId").to_owned()).filter(|id| !id.is_empty()).collect();
    let mut index = 0;
    let mut out = Vec::with_capacity(written.len());
    for json in written {
        let mut ref_id = text(json, "refId").to_owned();
        while ref_id.is_empty() {
            let letters = letters(index);
            index += 1;
            if taken.insert(letters.clone()) {
                ref_id = letters;
            }
        }
        out.push(Target { ref_id, json: json.clone() });
    }
    out
}

#[cfg(test)]
mod tests;
