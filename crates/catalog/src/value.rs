//! Values and rows, the same for both databases.

use sqlx::{Column, Decode, Type, TypeInfo, ValueRef};

use crate::error::{CatalogError, Result};

/// A parameter of a statement. The type is known even of a missing value, because PostgreSQL asks for it.
#[derive(Clone, Debug)]
pub enum Value {
    /// A `BIGINT`.
    Int(Option<i64>),
    /// A `TEXT`.
    Text(Option<String>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(Some(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Int(Some(value.into()))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Value {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        // PostgreSQL's TEXT holds no NUL, and nobody means one.
        Value::Text(Some(if value.contains('\0') {
            value.replace('\0', "\u{fffd}")
        } else {
            value.to_owned()
        }))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Value {
        value.as_str().into()
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Value {
        value.map_or(Value::Text(None), Value::from)
    }
}

/// A cell of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Null,
    Int(i64),
    Text(String),
}

/// A row of a result. Cells are taken from left to right, in the order of the statement's columns.
#[derive(Clone, Debug)]
pub struct Row {
    cells: std::vec::IntoIter<Cell>,
}

impl Row {
    /// Takes the next cell as a number.
    pub(crate) fn int(&mut self, column: &'static str) -> Result<i64> {
        match self.cells.next() {
            Some(Cell::Int(value)) => Ok(value),
            other => Err(unexpected(column, "a number", other)),
        }
    }

    /// Takes the next cell as a number that may be missing.
    pub(crate) fn optional_int(&mut self, column: &'static str) -> Result<Option<i64>> {
        match self.cells.next() {
            Some(Cell::Int(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            other => Err(unexpected(column, "a number", other)),
        }
    }

    /// Takes the next cell as a switch.
    pub(crate) fn flag(&mut self, column: &'static str) -> Result<bool> {
        self.int(column).map(|value| value != 0)
    }

    /// Takes the next cell as text.
    pub(crate) fn text(&mut self, column: &'static str) -> Result<String> {
        match self.cells.next() {
            Some(Cell::Text(value)) => Ok(value),
            other => Err(unexpected(column, "text", other)),
        }
    }

    /// Takes the next cell as a list of words, kept as JSON.
    pub(crate) fn words(&mut self, column: &'static str) -> Result<Vec<String>> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|e| CatalogError::Damaged { column, reason: e.to_string() })
    }

    /// Reads a row of either database.
    pub(crate) fn read<R>(row: &R) -> Result<Row>
    where
        R: sqlx::Row,
        usize: sqlx::ColumnIndex<R>,
        for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
        for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    {
        let mut cells = Vec::with_capacity(row.columns().len());
        for column in row.columns() {
            let raw = row.try_get_raw(column.ordinal())?;
            let is_text = matches!(raw.type_info().name(), "TEXT" | "VARCHAR" | "NAME");
            // The type was looked at: decoding need not look again.
            cells.push(if raw.is_null() {
                Cell::Null
            } else if is_text {
                Cell::Text(String::decode(raw).map_err(sqlx::Error::Decode)?)
            } else {
                Cell::Int(row.try_get(column.ordinal())?)
            });
        }
        Ok(Row { cells: cells.into_iter() })
    }
}

fn unexpected(column: &'static str, wanted: &str, found: Option<Cell>) -> CatalogError {
    CatalogError::Damaged { column, reason: format!("wanted {wanted}, found {found:?}") }
}

/// Writes a list of words as JSON.
pub(crate) fn words(words: &[String]) -> Value {
    Value::from(serde_json::Value::from(words).to_string().as_str())
}
