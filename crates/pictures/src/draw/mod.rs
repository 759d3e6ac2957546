//! Panels as SVG.
//!
//! One file a family of panels; each takes an area and what is to be drawn, and asks nothing. What a panel type cannot show is named
//! in a box, never left out in silence.

pub mod bargauge;
pub mod bars;
pub mod gauge;
pub mod heatmap;
pub mod legend;
pub mod pie;
pub mod plot;
pub mod reduced;
pub mod stat;
pub mod svg;
pub mod table;
pub mod text;
pub mod theme;
pub mod ticks;
pub mod timeline;
pub mod timeseries;
pub mod words;

use serde_json::{Value, json};

use crate::field::{Look, Table};
use svg::{Anchor, Area, Canvas, Ink};
use theme::Theme;

/// What a panel is drawn from.
#[derive(Debug)]
pub struct Input<'a> {
    /// Its type.
    pub kind: &'a str,
    /// Its data with field options applied.
    pub tables: &'a [Table],
    /// Its options.
    pub options: &'a Value,
    /// Its time range in Unix milliseconds.
    pub span: (f64, f64),
    /// The step of its queries, 0 if unknown.
    pub step_ms: f64,
    /// How it looks and reads.
    pub look: &'a Look,
    /// Colours around the data.
    pub theme: &'a Theme,
    /// The text of a text panel, variables filled in.
    pub words: &'a str,
}

impl Input<'_> {
    /// English or Korean.
    pub fn say<'a>(&self, english: &'a str, korean: &'a str) -> &'a str {
        if self.look.korean { korean } else { english }
    }
}

/// Whether a panel type draws without data.
pub fn needs_no_data(kind: &str) -> bool {
    kind == "text"
}

/// Whether a panel type is drawn; others are a box that names them, and are asked for nothing.
pub fn is_known(kind: &str) -> bool {
    matches!(
        kind,
        "text"
            | "timeseries"
            | "trend"
            | "stat"
            | "gauge"
            | "bargauge"
            | "piechart"
            | "barchart"
            | "histogram"
            | "table"
            | "logs"
            | "state-timeline"
            | "status-history"
            | "heatmap"
    )
}

/// Field options of a panel type where the document says nothing.
pub fn defaults(kind: &str) -> Value {
    let steps = json!({"mode": "absolute", "steps": [
        {"color": "green", "value": null}, {"color": "red", "value": 80},
    ]});
    match kind {
        "timeseries" | "barchart" | "histogram" | "piechart" | "trend" | "xychart" => {
            json!({"color": {"mode": "palette-classic"}, "thresholds": steps})
        }
        "heatmap" | "text" => json!({}),
        _by_value => json!({"color": {"mode": "thresholds"}, "thresholds": steps}),
    }
}

/// Draws a panel's content.
pub fn panel(canvas: &mut Canvas, area: Area, input: &Input<'_>) {
    match input.kind {
        "text" => words::draw(canvas, area, input),
        kind if !is_known(kind) => {
            let text = match input.look.korean {
                true => format!("\"{kind}\" 패널은 그림으로 그릴 수 없습니다"),
                false => format!("Panels of type \"{kind}\" are not drawn in pictures"),
            };
            message(canvas, area, input, &text)
        }
        _ if input.tables.iter().all(|table| table.rows == 0) => {
            message(canvas, area, input, input.say("No data", "데이터 없음"))
        }
        "stat" => stat::draw(canvas, area, input),
        "gauge" => gauge::draw(canvas, area, input),
        "bargauge" => bargauge::draw(canvas, area, input),
        "piechart" => pie::draw(canvas, area, input),
        "barchart" => bars::chart(canvas, area, input),
        "histogram" => bars::histogram(canvas, area, input),
        "table" | "logs" => table::draw(canvas, area, input),
        "state-timeline" | "status-history" => timeline::draw(canvas, area, input),
        "heatmap" => heatmap::draw(canvas, area, input),
        _timeseries => timeseries::draw(canvas, area, input),
    }
}

/// A text in the middle of an area.
pub fn message(canvas: &mut Canvas, area: Area, input: &Input<'_>, message: &str) {
    let ink = Ink::new(12.0, input.theme.weak).at(Anchor::Middle);
    let lines = text::wrapped(message, ink.size, area.w - 12.0, 4);
    let top = area.y + area.h / 2.0 - (lines.len() as f64 - 1.0) * 8.0 + 4.0;
    for (row, line) in lines.iter().enumerate() {
        canvas.text((area.x + area.w / 2.0, top + row as f64 * 16.0), ink, line);
    }
}

#[cfg(test)]
mod tests;
