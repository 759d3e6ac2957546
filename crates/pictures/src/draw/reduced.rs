//! One value per series, or per row: what stats, gauges, bar gauges and pies draw.

use super::Input;
use super::svg::Area;
use crate::field::color::Rgba;
use crate::field::pattern::Pattern;
use crate::field::reduce::title;
use crate::field::{Column, Shown};
use crate::frame::{Cell, Kind};
use crate::json::{at, flag, number, text, texts};

/// Most values of a panel.
const VALUES_MAX: usize = 200;

/// A value with its name, and the series behind it.
#[derive(Debug)]
pub struct Value<'a> {
    /// Its name.
    pub title: String,
    /// Its text.
    pub shown: Shown,
    /// The colour it is drawn in.
    pub color: Rgba,
    /// Its column.
    pub column: &'a Column,
    /// Instants of the series; none where rows are shown.
    pub times: &'a [Cell],
}

/// The values that `options.reduceOptions` asks for.
pub fn values<'a>(input: &Input<'a>) -> Vec<Value<'a>> {
    let reduce = at(input.options, "reduceOptions");
    let mut calcs = texts(reduce, "calcs");
    if calcs.is_empty() {
        calcs.push("lastNotNull".to_owned());
    }
    let chosen = chooser(text(reduce, "fields"));
    let most = number(reduce, "limit").map_or(VALUES_MAX, |limit| (limit.max(0.0) as usize).min(VALUES_MAX));
    let mut out = Vec::new();
    for table in input.tables {
        let times = table.time().map(|time| time.field.values.as_slice()).unwrap_or_default();
        for column in table.columns.iter().filter(|column| chosen(column)) {
            if flag(reduce, "values") {
                let name = table
                    .columns
                    .iter()
                    .find(|other| other.field.kind == Kind::Text && !std::ptr::eq(*other, column));
                for (row, cell) in column.field.values.iter().enumerate() {
                    let title = name
                        .and_then(|name| name.field.values.get(row).map(|cell| name.show(cell, None).text));
                    out.push(entry(column, title.unwrap_or_else(|| column.title.clone()), cell, &[]));
                }
                continue;
            }
            for calc in &calcs {
                let name = match calcs.len() {
                    1 => column.title.clone(),
                    _several => format!("{} ({})", column.title, title(calc, input.look.korean)),
                };
                out.push(entry(column, name, &column.calc(calc), times));
            }
        }
    }
    out.truncate(most);
    out
}

fn entry<'a>(column: &'a Column, title: String, cell: &Cell, times: &'a [Cell]) -> Value<'a> {
    let shown = column.show(cell, None);
    let by_value = column.config.color.is_by_value() || shown.mapped_color;
    Value { title, color: if by_value { shown.color } else { column.color }, shown, column, times }
}

/// Empty: every number; `/pattern/` or a name: those columns, texts and times too.
fn chooser(fields: &str) -> Box<dyn Fn(&Column) -> bool> {
    match fields {
        "" => Box::new(|column| matches!(column.field.kind, Kind::Number | Kind::Bool)),
        written if written.starts_with('/') => match Pattern::new(written) {
            Some(pattern) => Box::new(move |c| pattern.is_match(&c.title) || pattern.is_match(&c.field.name)),
            None => Box::new(|_| false),
        },
        name => {
            let name = name.to_owned();
            Box::new(move |column| column.title == name || column.field.name == name)
        }
    }
}

/// Boxes for `count` values in an area, near `ratio` of width to height.
pub fn boxes(count: usize, area: Area, orientation: &str, ratio: f64, gap: f64) -> Vec<Area> {
    let count = count.max(1);
    let columns = match orientation {
        "vertical" => count,
        "horizontal" => 1,
        _auto => {
            let waste = |columns: usize| {
                let rows = count.div_ceil(columns);
                let shape = (area.w / columns as f64) / (area.h / rows as f64);
                (shape / ratio).ln().abs() + (columns * rows - count) as f64 * 0.25
            };
            (1..=count).min_by(|a, b| waste(*a).total_cmp(&waste(*b))).unwrap_or(1)
        }
    };
    let rows = count.div_ceil(columns);
    let w = ((area.w - gap * (columns - 1) as f64) / columns as f64).max(4.0);
    let h = ((area.h - gap * (rows - 1) as f64) / rows as f64).max(4.0);
    let place = |index: usize| {
        let (column, row) = ((index % columns) as f64, (index / columns) as f64);
        Area { x: area.x + column * (w + gap), y: area.y + row * (h + gap), w, h }
    };
    (0..count).map(place).collect()
}
