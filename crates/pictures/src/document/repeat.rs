//! From document to what is drawn: sections of rows, repeated rows and panels, collapsed rows.

use std::collections::BTreeMap;

use super::layout::{bottom, compact};
use super::{COLUMNS, Panel, Rect};
use crate::json::{number, text};
use crate::variables::options::Choice;

/// Most copies of one repeat.
const COPIES_MAX: usize = 100;
/// Copies beside one another if the panel does not say.
const PER_ROW: f64 = 4.0;

/// Values that repeats give to variables.
pub type Scope = BTreeMap<String, Choice>;

/// A panel or header as drawn.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// The panel.
    pub panel: &'a Panel,
    /// Where it stands.
    pub rect: Rect,
    /// What its repeats give to variables.
    pub scope: Scope,
}

/// Values to repeat over, by the variable's name.
pub type Values<'a> = &'a dyn Fn(&str) -> Vec<Choice>;

/// Items from top to bottom without gaps; panels of collapsed rows are absent.
pub fn items<'a>(panels: &'a [Panel], values: Values<'_>) -> Vec<Item<'a>> {
    let mut out = Vec::new();
    let mut top = 0;
    for (row, members) in sections(panels) {
        for scope in row.map_or_else(|| vec![Scope::new()], |row| copies(row, values)) {
            if let Some(row) = row {
                let rect = Rect { x: 0, y: top, w: COLUMNS, h: 1 };
                out.push(Item { panel: row, rect, scope: scope.clone() });
                top += 1;
                if row.is_collapsed() {
                    continue;
                }
            }
            let placed = place(&members, &scope, values, top);
            top = top.max(bottom(placed.iter().map(|item| item.rect)));
            out.extend(placed);
        }
    }
    out
}

type Section<'a> = (Option<&'a Panel>, Vec<&'a Panel>);

/// A row owns the panels after it (expanded) or inside it (collapsed). Old documents are not sorted.
fn sections(panels: &[Panel]) -> Vec<Section<'_>> {
    let mut sorted: Vec<&Panel> = panels.iter().collect();
    sorted.sort_by_key(|panel| (panel.rect.y, panel.rect.x));
    let mut out: Vec<Section<'_>> = vec![(None, Vec::new())];
    for panel in sorted {
        if panel.is_row() {
            out.push((Some(panel), panel.inner.iter().collect()));
        } else if let Some((_, members)) = out.last_mut() {
            members.push(panel);
        }
    }
    out.retain(|(row, members)| row.is_some() || !members.is_empty());
    out
}

fn copies(panel: &Panel, values: Values<'_>) -> Vec<Scope> {
    let name = text(&panel.json, "repeat");
    let found = if name.is_empty() { Vec::new() } else { values(name) };
    if found.is_empty() {
        return vec![Scope::new()];
    }
    found.into_iter().take(COPIES_MAX).map(|choice| Scope::from([(name.to_owned(), choice)])).collect()
}

fn place<'a>(members: &[&'a Panel], scope: &Scope, values: Values<'_>, top: u32) -> Vec<Item<'a>> {
    let mut sorted = members.to_vec();
    sorted.sort_by_key(|panel| (panel.rect.y, panel.rect.x));
    let base = sorted.first().map_or(0, |panel| panel.rect.y);
    let mut items = Vec::new();
    // Rows of cells by which repeats above have pushed everything below them down.
    let mut pushed = 0;
    for panel in sorted {
        let home = Rect { y: panel.rect.y.saturating_sub(base) + pushed, ..panel.rect };
        let repeated = copies(panel, values);
        let is_repeated = repeated.iter().any(|own| !own.is_empty());
        let is_vertical = text(&panel.json, "repeatDirection") == "v";
        let most = number(&panel.json, "maxPerRow").unwrap_or(PER_ROW).max(1.0) as usize;
        let per_row = repeated.len().min(most).clamp(1, COLUMNS as usize) as u32;
        let count = repeated.len() as u32;
        for (index, own) in (0u32..).zip(repeated) {
            let rect = match (is_repeated, is_vertical) {
                (false, _) => home,
                (true, true) => Rect { y: home.y + index * home.h, ..home },
                (true, false) => {
                    let w = COLUMNS / per_row;
                    Rect { x: (index % per_row) * w, y: home.y + index / per_row * home.h, w, h: home.h }
                }
            };
            let scope =
                scope.iter().chain(&own).map(|(name, choice)| (name.clone(), choice.clone())).collect();
            items.push(Item { panel, rect, scope });
        }
        if is_repeated {
            pushed += if is_vertical { count - 1 } else { count.div_ceil(per_row) - 1 } * home.h;
        }
    }
    let rects: Vec<Rect> = items.iter().map(|item| item.rect).collect();
    for (item, rect) in items.iter_mut().zip(compact(&rects)) {
        item.rect = Rect { y: rect.y + top, ..rect };
    }
    items
}
