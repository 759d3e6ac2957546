//! Rows as they come from a database, as texts, into typed columns.
//!
//! Invariants: 1. All columns have the same length.  2. What is held stays below [`ROWS_MAX`] and [`BYTES_MAX`]; a result that
//! is larger is cut off there, and says so.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::frame::{Column, Field, Numbers};

/// Most rows of one answer.
pub const ROWS_MAX: usize = 1_000_000;
/// Most bytes of one answer, with what holding them costs.
pub const BYTES_MAX: usize = 64 << 20;
/// What holding a cell costs beside its text.
const CELL_BYTES: usize = 24;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Numbers.
    Number,
    /// Dates and times; those without a zone are UTC.
    Time,
    /// `t`, `true`, `1` or not.
    Flag,
    /// Anything else.
    Text,
}

/// Rows in the making.
#[derive(Debug, Default)]
pub struct Rows {
    fields: Vec<Field>,
    kinds: Vec<Cell>,
    rows: usize,
    bytes: usize,
    is_cut_off: bool,
}

impl Rows {
    /// No rows yet, of these columns.
    pub fn new(columns: Vec<(String, Cell)>) -> Rows {
        let kinds = columns.iter().map(|(_, kind)| *kind).collect();
        let empty = |kind: Cell| match kind {
            Cell::Number => Column::Number(Numbers::default()),
            Cell::Time => Column::Time(Vec::new()),
            Cell::Flag => Column::Flag(Vec::new()),
            Cell::Text => Column::Text(Vec::new()),
        };
        let fields = columns.into_iter().map(|(name, kind)| Field::new(&name, empty(kind))).collect();
        Rows { fields, kinds, ..Rows::default() }
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.fields.len()
    }

    /// Adds a row; cells that are missing are empty. Returns whether there is room for another.
    pub fn push(&mut self, cells: &[Option<&[u8]>]) -> bool {
        let bytes: usize = cells.iter().flatten().map(|cell| cell.len()).sum();
        self.bytes += bytes + self.fields.len() * CELL_BYTES;
        if self.rows >= ROWS_MAX || self.bytes > BYTES_MAX {
            self.is_cut_off = true;
            return false;
        }
        self.rows += 1;
        for (at, field) in self.fields.iter_mut().enumerate() {
            let text = cells.get(at).copied().flatten().map(String::from_utf8_lossy);
            match &mut field.column {
                Column::Number(numbers) => numbers.push(text.and_then(|t| number(&t))),
                Column::Time(times) => times.push(text.and_then(|t| time_ms(&t))),
                Column::Flag(flags) => {
                    flags.push(text.map(|t| matches!(&*t, "t" | "true" | "TRUE" | "1")));
                }
                Column::Text(texts) => texts.push(text.map(std::borrow::Cow::into_owned)),
                Column::Json(values) => values.push(text.into()),
            }
        }
        true
    }

    /// Why not all rows are here, if they are not.
    pub fn cut_off(&self) -> Option<String> {
        self.is_cut_off.then(|| {
            format!(
                "Results have been limited to {} rows: one answer holds at most {ROWS_MAX} rows and {} MiB",
                self.rows,
                BYTES_MAX >> 20
            )
        })
    }

    /// The columns.
    pub fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    /// What the columns hold.
    pub fn kinds(&self) -> &[Cell] {
        &self.kinds
    }
}

fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        digits => digits.trim().parse().ok(),
    }
}

/// Reads a date or time as databases write it: `2026-11-18`, `2026-11-18 12:00:00.5`, with `T`, with a zone's offset.
pub fn time_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let date_only = text.len() == 10;
    let text = if date_only { format!("{text}T00:00:00") } else { text.replacen(' ', "T", 1) };
    let with_zone = text.ends_with('Z') || text.get(10..).is_some_and(|rest| rest.contains(['+', '-']));
    if with_zone {
        return text.parse::<Timestamp>().ok().map(|time| time.as_millisecond());
    }
    let time: DateTime = text.parse().ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp().as_millisecond())
}
