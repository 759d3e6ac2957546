//! Legends: names with colours, beside or below a graph, with reductions.

use serde_json::Value;

use super::svg::{Anchor, Area, Canvas, Ink};
use super::text::{fitted, width};
use super::theme::Theme;
use crate::field::Column;
use crate::field::color::Rgba;
use crate::field::reduce::{canonical, title};
use crate::json::{flag, number, text, texts};
use crate::variables::options::natural;

const SIZE: f64 = 11.0;
const LINE: f64 = 17.0;
/// Largest part of a panel that its legend takes.
const SHARE_BELOW: f64 = 0.45;
const SHARE_BESIDE: f64 = 0.42;

/// A name in a legend.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name.
    pub label: String,
    /// Its colour.
    pub color: Rgba,
    /// Reductions as text and as numbers to sort by.
    pub values: Vec<(String, f64)>,
}

/// What a document asks of a legend.
#[derive(Clone, Debug)]
pub struct Settings {
    is_table: bool,
    is_right: bool,
    calcs: Vec<String>,
    width: Option<f64>,
    heads: Vec<String>,
}

impl Settings {
    /// Reads panel options; nothing if there is no legend.
    pub fn of(options: &Value, korean: bool) -> Option<Settings> {
        let legend = options.get("legend").unwrap_or(&Value::Null);
        if legend.get("showLegend") == Some(&Value::Bool(false)) || text(legend, "displayMode") == "hidden" {
            return None;
        }
        let calcs = texts(legend, "calcs");
        Some(Settings {
            is_table: text(legend, "displayMode") == "table",
            is_right: text(legend, "placement") == "right",
            heads: calcs.iter().map(|calc| title(calc, korean)).collect(),
            calcs,
            width: number(legend, "width"),
        })
    }

    /// The same with columns of its own, as pies have them.
    pub fn with_heads(self, heads: Vec<String>) -> Settings {
        Settings { heads, calcs: Vec::new(), ..self }
    }

    /// The entry of a column.
    pub fn entry(&self, column: &Column) -> Entry {
        let values = self.calcs.iter().map(|calc| {
            let cell = column.calc(calc);
            (column.show(&cell, None).text, cell.number().unwrap_or(f64::NAN))
        });
        Entry { label: column.title.clone(), color: column.color, values: values.collect() }
    }

    /// Orders entries as the document asks, by name or by a reduction.
    pub fn sort(&self, entries: &mut [Entry], options: &Value) {
        let by = text(options, "legend.sortBy");
        let descending = flag(options, "legend.sortDesc");
        let place =
            self.calcs.iter().position(|calc| canonical(calc) == canonical(by) || title(calc, false) == by);
        match place {
            Some(place) => {
                let value = |entry: &Entry| entry.values.get(place).map_or(f64::NAN, |(_, value)| *value);
                entries.sort_by(|a, b| {
                    let (a, b) = (value(a), value(b));
                    let order = if descending { b.total_cmp(&a) } else { a.total_cmp(&b) };
                    // Missing values stay at the end in either direction.
                    a.is_nan().cmp(&b.is_nan()).then(order)
                });
            }
            None if by == "Name" => {
                entries.sort_by(|a, b| natural(&a.label, &b.label));
                if descending {
                    entries.reverse();
                }
            }
            None => {}
        }
    }
}

/// Draws a legend into a part of an area and answers what is left for the graph.
pub fn draw(canvas: &mut Canvas, area: Area, theme: &Theme, settings: &Settings, entries: &[Entry]) -> Area {
    if entries.is_empty() || area.h < 50.0 || area.w < 60.0 {
        return area;
    }
    if settings.is_right && area.w > 200.0 {
        return beside(canvas, area, theme, settings, entries);
    }
    if settings.is_table && !settings.heads.is_empty() {
        let most = ((area.h * SHARE_BELOW / LINE).floor() as usize).max(2);
        let rows = (entries.len() + 1).min(most);
        let height = rows as f64 * LINE + 4.0;
        let below = Area { y: area.bottom() - height, h: height, ..area };
        table(canvas, below, theme, settings, entries);
        return Area { h: area.h - height, ..area };
    }
    below(canvas, area, theme, entries)
}

fn swatch(canvas: &mut Canvas, x: f64, baseline: f64, color: Rgba) {
    canvas.rect(Area { x, y: baseline - 5.0, w: 14.0, h: 4.0 }, color, 2.0);
}

fn item_text(entry: &Entry) -> String {
    match entry.values.is_empty() {
        true => entry.label.clone(),
        false => {
            let values: Vec<&str> = entry.values.iter().map(|(text, _)| text.as_str()).collect();
            format!("{}  {}", entry.label, values.join("  "))
        }
    }
}

fn below(canvas: &mut Canvas, area: Area, theme: &Theme, entries: &[Entry]) -> Area {
    let most = ((area.h * SHARE_BELOW / LINE).floor() as usize).max(1);
    let texts: Vec<String> = entries.iter().map(|e| fitted(&item_text(e), SIZE, area.w - 24.0)).collect();
    // Items run on from line to line.
    let mut lines: Vec<Vec<(f64, usize)>> = vec![Vec::new()];
    let mut x = 0.0;
    for (index, text) in texts.iter().enumerate() {
        let needed = width(text, SIZE) + 30.0;
        if x + needed - 12.0 > area.w && x > 0.0 {
            lines.push(Vec::new());
            x = 0.0;
        }
        if let Some(line) = lines.last_mut() {
            line.push((x, index));
        }
        x += needed;
    }
    let shown = lines.len().min(most);
    let height = shown as f64 * LINE + 4.0;
    let top = area.bottom() - height;
    for (row, line) in lines.iter().take(shown).enumerate() {
        let baseline = top + row as f64 * LINE + 14.0;
        for (x, index) in line {
            swatch(canvas, area.x + x, baseline, entries[*index].color);
            canvas.text((area.x + x + 18.0, baseline), Ink::new(SIZE, theme.text), &texts[*index]);
        }
    }
    let left: usize = lines.iter().skip(shown).map(Vec::len).sum();
    if left > 0 {
        let place = (area.right(), area.bottom() - 1.0);
        canvas.text(place, Ink::new(SIZE, theme.weak).at(Anchor::End), &format!("+{left}"));
    }
    Area { h: area.h - height, ..area }
}

fn value_widths(settings: &Settings, entries: &[Entry]) -> Vec<f64> {
    let column = |place: usize| {
        let head = width(&settings.heads[place], SIZE);
        let texts = entries.iter().filter_map(|entry| entry.values.get(place));
        texts.map(|(text, _)| width(text, SIZE)).fold(head, f64::max) + 14.0
    };
    (0..settings.heads.len()).map(column).collect()
}

fn beside(canvas: &mut Canvas, area: Area, theme: &Theme, settings: &Settings, entries: &[Entry]) -> Area {
    let values: f64 = value_widths(settings, entries).iter().sum();
    let names = entries.iter().map(|entry| width(&entry.label, SIZE)).fold(50.0, f64::max) + 26.0;
    let most = area.w * SHARE_BESIDE;
    let wide = settings.width.unwrap_or(names + values).clamp(60.0, most.max(60.0));
    let right = Area { x: area.right() - wide, w: wide, ..area };
    table(canvas, right, theme, settings, entries);
    Area { w: area.w - wide - 8.0, ..area }
}

fn table(canvas: &mut Canvas, area: Area, theme: &Theme, settings: &Settings, entries: &[Entry]) {
    let mut widths = value_widths(settings, entries);
    // Where the names would have no room the last reductions go.
    while widths.iter().sum::<f64>() > area.w - 70.0 && !widths.is_empty() {
        widths.pop();
    }
    let ends: Vec<f64> = widths
        .iter()
        .rev()
        .scan(area.right(), |end, w| {
            let at = *end;
            *end -= w;
            Some(at)
        })
        .collect();
    let ends: Vec<f64> = ends.into_iter().rev().collect();
    let mut baseline = area.y + 13.0;
    for (head, end) in settings.heads.iter().zip(&ends) {
        canvas.text((*end, baseline), Ink::new(SIZE, theme.weak).bold().at(Anchor::End), head);
    }
    if !ends.is_empty() {
        baseline += LINE;
    }
    let room = area.w - widths.iter().sum::<f64>() - 20.0;
    let rows = (((area.bottom() - baseline + 4.0) / LINE).floor().max(0.0) as usize) + 1;
    let shown = if entries.len() > rows { rows.saturating_sub(1) } else { entries.len() };
    for entry in entries.iter().take(shown) {
        swatch(canvas, area.x, baseline, entry.color);
        canvas.text((area.x + 18.0, baseline), Ink::new(SIZE, theme.text), &fitted(&entry.label, SIZE, room));
        for ((value, _), end) in entry.values.iter().zip(&ends) {
            canvas.text((*end, baseline), Ink::new(SIZE, theme.text).at(Anchor::End), value);
        }
        baseline += LINE;
    }
    if shown < entries.len() {
        let more = format!("+{}", entries.len() - shown);
        canvas.text((area.x + 18.0, baseline), Ink::new(SIZE, theme.weak), &more);
    }
}
