//! The fields of a mapping whose keys we know.

use std::cell::RefCell;

use super::{Read, Value};
use crate::node::Entry;

/// A mapping that is being read field by field. Remembers what was asked for: the rest is unknown.
#[derive(Debug)]
pub struct Fields<'a> {
    value: Value<'a>,
    entries: &'a [Entry],
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(value: Value<'a>, entries: &'a [Entry]) -> Fields<'a> {
        Fields { value, entries, known: RefCell::default() }
    }

    /// Returns the mapping itself.
    pub fn value(&self) -> &Value<'a> {
        &self.value
    }

    /// Returns a field that is there and not null.
    pub fn get(&self, name: &'static str) -> Option<Value<'a>> {
        self.get_or_null(name).filter(|v| !v.is_null())
    }

    /// Returns a field that is there, be it null.
    pub fn get_or_null(&self, name: &'static str) -> Option<Value<'a>> {
        if !self.known.borrow().contains(&name) {
            self.known.borrow_mut().push(name);
        }
        self.peek(name)
    }

    /// Tells whether a field is there and neither null nor the empty text.
    pub fn is_set(&self, name: &'static str) -> bool {
        self.get(name).is_some_and(|value| !value.is_empty_text())
    }

    /// Reads a field, if it is there and right.
    pub fn optional<T: Read>(&self, name: &'static str) -> Option<T> {
        T::read(&self.get(name)?)
    }

    /// Reads a field, or takes a default.
    pub fn or<T: Read>(&self, name: &'static str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    /// Reads a field, or takes the type's default.
    pub fn or_default<T: Read + Default>(&self, name: &'static str) -> T {
        self.optional(name).unwrap_or_default()
    }

    /// Reads a field that must be there.
    pub fn required<T: Read>(&self, name: &'static str) -> Option<T> {
        match self.get(name) {
            Some(value) => T::read(&value),
            None => {
                self.value.problem(format!("missing required field \"{name}\""));
                None
            }
        }
    }

    /// Reads a field whose value is one of a few words, or takes a default.
    pub fn one_of<T: Clone>(&self, name: &'static str, words: &[(&'static str, T)], default: T) -> T {
        self.get(name).and_then(|v| v.one_of(words)).unwrap_or(default)
    }

    /// Reports a problem at a field, or at the mapping if the field is not there.
    pub fn problem(&self, name: &'static str, message: impl Into<String>) {
        match self.peek(name) {
            Some(field) => field.problem(message),
            None => self.value.problem(message),
        }
    }

    fn peek(&self, name: &str) -> Option<Value<'a>> {
        let entry = self.entries.iter().find(|e| e.key == name)?;
        Some(self.value.field(name, &entry.value))
    }

    pub(super) fn report_unknown(&self) {
        let known = self.known.borrow();
        for entry in self.entries.iter().filter(|e| !known.contains(&e.key.as_str())) {
            let hint = nearest(&entry.key, &known).map(|name| format!("did you mean \"{name}\"?"));
            let field = self.value.field(&entry.key, &entry.value);
            let message = format!("unknown field {}", super::value::excerpt(&entry.key));
            self.value.context().report.problem(Some(entry.position), field.path(), message, hint);
        }
    }
}

/// Returns the known word that a misspelt one was most probably meant to be.
pub(super) fn nearest<'n>(word: &str, known: &[&'n str]) -> Option<&'n str> {
    let edits_max = (word.chars().count() / 3).max(1);
    let squeezed = |s: &str| s.to_lowercase().replace(['_', '-', ' '], "");
    known
        .iter()
        .map(|name| {
            let same = squeezed(name) == squeezed(word);
            (if same { 0 } else { strsim::damerau_levenshtein(word, name) }, *name)
        })
        .min()
        .filter(|(edits, _)| *edits <= edits_max)
        .map(|(_, name)| name)
}
