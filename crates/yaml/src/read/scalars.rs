//! Reading single values: text, booleans, numbers, words, secrets, URLs, paths.

use std::path::{Component, Path, PathBuf};

use super::fields::nearest;
use super::value::excerpt;
use super::{Read, Value};
use crate::node::Kind;
use crate::scalar::Resolved;
use crate::{Link, Secret};

impl<'a> Value<'a> {
    /// Returns the text of a scalar as written; numbers and booleans too, as Go's yaml.v2 does for string fields.
    pub fn text(&self) -> Option<&'a str> {
        match &self.node().kind {
            Kind::Scalar(_) if self.is_null() => Some(""),
            Kind::Scalar(s) => Some(&s.text),
            Kind::Sequence(_) | Kind::Mapping(_) => self.wrong_type("a string"),
        }
    }

    /// Reads one of a few words.
    pub fn one_of<T: Clone>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("{} is not one of {}", excerpt(text), names.join(", "));
        match nearest(text, &names) {
            Some(name) => self.problem_with_hint(message, format!("did you mean \"{name}\"?")),
            None => self.problem(message),
        }
        None
    }

    fn resolved(&self) -> Resolved {
        match &self.node().kind {
            Kind::Scalar(s) => s.resolve(),
            Kind::Sequence(_) | Kind::Mapping(_) => Resolved::Text,
        }
    }

    /// Reads a whole number within bounds. `1e3` is one too, as in Go's yaml.v2.
    fn integer(&self, min: i128, max: i128) -> Option<i128> {
        let number = match self.resolved() {
            Resolved::Integer(n) => n,
            Resolved::Float(f) if f.fract() == 0.0 && f.abs() < 1e18 => f as i128,
            Resolved::Float(_) | Resolved::Null | Resolved::Bool(_) | Resolved::Text => {
                return self.wrong_type("a whole number");
            }
        };
        if number < min || number > max {
            self.problem(format!("{number} is out of range, allowed is {min} to {max}"));
            return None;
        }
        Some(number)
    }
}

impl Read for String {
    fn read(value: &Value<'_>) -> Option<String> {
        value.text().map(str::to_owned)
    }
}

impl Read for bool {
    fn read(value: &Value<'_>) -> Option<bool> {
        match value.resolved() {
            Resolved::Bool(b) => Some(b),
            Resolved::Null | Resolved::Integer(_) | Resolved::Float(_) | Resolved::Text => {
                value.wrong_type("true or false")
            }
        }
    }
}

impl Read for u64 {
    fn read(value: &Value<'_>) -> Option<u64> {
        value.integer(0, i128::from(u64::MAX)).and_then(|n| u64::try_from(n).ok())
    }
}

impl Read for i64 {
    fn read(value: &Value<'_>) -> Option<i64> {
        value.integer(i128::from(i64::MIN), i128::from(i64::MAX)).and_then(|n| i64::try_from(n).ok())
    }
}

impl Read for u16 {
    fn read(value: &Value<'_>) -> Option<u16> {
        value.integer(0, i128::from(u16::MAX)).and_then(|n| u16::try_from(n).ok())
    }
}

impl Read for f64 {
    fn read(value: &Value<'_>) -> Option<f64> {
        match value.resolved() {
            Resolved::Integer(n) => Some(n as f64),
            Resolved::Float(f) => Some(f),
            Resolved::Null | Resolved::Bool(_) | Resolved::Text => value.wrong_type("a number"),
        }
    }
}

impl Read for Secret {
    fn read(value: &Value<'_>) -> Option<Secret> {
        match &value.node().kind {
            Kind::Scalar(s) => Some(Secret::new(s.text.as_str())),
            Kind::Sequence(_) | Kind::Mapping(_) => value.wrong_type("a string"),
        }
    }
}

impl Read for Link {
    fn read(value: &Value<'_>) -> Option<Link> {
        let text = value.text()?;
        match Link::parse(text) {
            Ok(link) => Some(link),
            // A URL may hold a password, so it is only shown if it surely does not.
            Err(error) if text.contains('@') => {
                value.problem(error.to_string());
                None
            }
            Err(error) => {
                value.problem_with_hint(
                    format!("{error}: {}", excerpt(text)),
                    "an absolute URL is needed, such as http://host:port/path",
                );
                None
            }
        }
    }
}

/// Relative paths are joined with the directory of the file.
impl Read for PathBuf {
    fn read(value: &Value<'_>) -> Option<PathBuf> {
        value.text().map(|text| join(value.context().directory, text))
    }
}

/// Joins a path with a directory and cleans it as Go's `filepath.Join` does. Absolute and empty paths stay as they are.
pub fn join(directory: &Path, path: &str) -> PathBuf {
    if path.is_empty() || Path::new(path).is_absolute() {
        return PathBuf::from(path);
    }
    let mut clean = PathBuf::new();
    for part in directory.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match clean.components().next_back() {
                Some(Component::Normal(_)) => {
                    clean.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                Some(Component::ParentDir | Component::CurDir) | None => clean.push(".."),
            },
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => clean.push(part),
        }
    }
    if clean.as_os_str().is_empty() { PathBuf::from(".") } else { clean }
}
