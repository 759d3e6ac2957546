//! Layout before version 16: `rows` with spans of a 12-column grid become panels on the 24-column grid.

use serde_json::{Map, Value, json};

use super::COLUMNS;
use crate::json::{as_number, at, flag, list, number, text};

/// Pixels of a grid cell with its gap: old heights are in pixels.
const CELL_PX: f64 = 38.0;
const ROW_PX: f64 = 250.0;

/// Panels (and row headers) that stand where the old rows stood.
pub fn panels(rows: &[Value]) -> Vec<Value> {
    let titled =
        |row: &Value| flag(row, "showTitle") || flag(row, "collapse") || !text(row, "repeat").is_empty();
    let with_headers = rows.iter().any(titled);
    let mut out = Vec::new();
    let mut y = 0;
    for row in rows {
        let height = cells(at(row, "height"), ROW_PX);
        let is_collapsed = flag(row, "collapse") && with_headers;
        let mut header = with_headers.then(|| {
            json!({
                "type": "row", "title": text(row, "title"), "collapsed": is_collapsed, "repeat": text(row, "repeat"),
                "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1},
            })
        });
        y += u32::from(header.is_some());
        let (placed, bottom) = place(list(row, "panels"), y, height);
        match &mut header {
            Some(header) if is_collapsed => header["panels"] = placed.into(),
            Some(_) | None => {
                y = bottom;
                out.extend(header.take());
                out.extend(placed);
            }
        }
        out.extend(header);
    }
    out
}

fn place(panels: &[Value], top: u32, height: u32) -> (Vec<Value>, u32) {
    let (mut x, mut y, mut line, mut bottom) = (0, top, 0, top);
    let mut placed = Vec::with_capacity(panels.len());
    for panel in panels {
        let w = ((number(panel, "span").unwrap_or(4.0) * 2.0).round().clamp(1.0, f64::from(COLUMNS))) as u32;
        let h = cells(at(panel, "height"), f64::from(height) * CELL_PX);
        if x + w > COLUMNS {
            (x, y, line) = (0, y + line, 0);
        }
        let mut members: Map<String, Value> = panel.as_object().cloned().unwrap_or_default();
        members.insert("gridPos".to_owned(), json!({"x": x, "y": y, "w": w, "h": h}));
        if let Some(least) = number(panel, "minSpan") {
            members.insert("maxPerRow".to_owned(), (12.0 / least.max(1.0)).floor().max(1.0).into());
        }
        placed.push(Value::Object(members));
        x += w;
        line = line.max(h);
        bottom = bottom.max(y + h);
    }
    (placed, bottom)
}

fn cells(height: &Value, other: f64) -> u32 {
    let px = match height {
        Value::String(text) => text.trim_end_matches("px").parse().ok(),
        value => as_number(value),
    };
    (px.unwrap_or(other) / CELL_PX).ceil().clamp(1.0, 200.0) as u32
}
