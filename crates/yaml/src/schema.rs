//! Sections that are checked field by field although nothing reads them yet.
//!
//! A feature whose work comes later still has its configuration checked: a table says what each field holds, and what was
//! written is kept only for printing, secrets masked.

use std::path::PathBuf;

use crate::read::{Fields, Read, Value};
use crate::secret::Secret;
use crate::write::{Map, Out};

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Text
    Text,
    /// Text that must be there and not empty
    Required,
    /// One of a few words; the flag says whether it must be there
    Word(&'static [(&'static str, ())], bool),
    /// Text that is never shown
    Secret,
    /// Text that is never shown and must be there
    RequiredSecret,
    /// A file
    Path,
    /// A duration
    Duration,
    /// A whole number
    Integer,
    /// A boolean
    Bool,
    /// A list of texts
    List,
    /// A list of texts with at least one
    RequiredList,
    /// A mapping of texts
    Map,
    /// A section of fields
    Section(&'static [(&'static str, Type)]),
    /// A list of sections
    Sections(&'static [(&'static str, Type)]),
}

/// Reads the fields of a table that stand in a mapping; returns them for printing.
pub fn read_fields(f: &Fields<'_>, fields: &'static [(&'static str, Type)]) -> Map {
    let mut printed = Map::new();
    for (name, kind) in fields {
        match f.get(name) {
            Some(value) => {
                printed.put_if_some(name, read_value(&value, *kind));
            }
            None if is_required(*kind) => f.value().problem(format!("missing required field \"{name}\"")),
            None => {}
        }
    }
    printed
}

fn is_required(kind: Type) -> bool {
    matches!(kind, Type::Required | Type::RequiredSecret | Type::RequiredList | Type::Word(_, true))
}

fn read_value(value: &Value<'_>, kind: Type) -> Option<Out> {
    match kind {
        Type::Text => value.text().map(Out::from),
        Type::Required => {
            let text = value.text()?;
            if text.is_empty() {
                value.problem("must not be empty");
            }
            Some(text.into())
        }
        Type::Word(words, _) => {
            value.one_of(words)?;
            value.text().map(Out::from)
        }
        Type::RequiredSecret if value.is_empty_text() => {
            value.problem("must not be empty");
            None
        }
        Type::Secret | Type::RequiredSecret => Secret::read(value).map(|s| Out::from(&s)),
        Type::Path => PathBuf::read(value).map(|p| Out::from(&p)),
        Type::Duration => std::time::Duration::read(value).map(Out::from),
        Type::Integer => i64::read(value).map(Out::from),
        Type::Bool => bool::read(value).map(Out::from),
        Type::List => Vec::<String>::read(value).map(Out::from),
        Type::RequiredList => {
            let list = Vec::<String>::read(value)?;
            if list.is_empty() {
                value.problem("at least one is needed");
            }
            Some(list.into())
        }
        Type::Map => {
            let mut map = Map::new();
            for (name, entry) in value.entries()? {
                map.put_if_some(name, entry.text());
            }
            Some(map.into())
        }
        Type::Section(fields) => value.fields(|f| Some(read_fields(f, fields).into())),
        Type::Sections(fields) => {
            let items = value.items()?;
            Some(Out::List(items.iter().filter_map(|item| read_value(item, Type::Section(fields))).collect()))
        }
    }
}
