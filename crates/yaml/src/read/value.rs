//! A node on its way from the root, with the report to complain to.

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use super::Fields;
use crate::node::{Kind, Node, Position};
use crate::report::Report;

/// What readers need besides the tree.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Where problems go.
    pub report: &'a Report,
    /// What relative paths are relative to: the directory of the file.
    pub directory: &'a Path,
}

/// One step from the root towards a value.
#[derive(Debug)]
struct Step {
    parent: Option<Rc<Step>>,
    name: StepName,
}

#[derive(Debug)]
enum StepName {
    Field(String),
    Index(usize),
}

/// A value of the document: its node, the way to it, and where to report.
#[derive(Clone, Debug)]
pub struct Value<'a> {
    node: &'a Node,
    step: Option<Rc<Step>>,
    context: Context<'a>,
}

impl<'a> Value<'a> {
    /// Returns the root of a document.
    pub fn root(node: &'a Node, context: Context<'a>) -> Value<'a> {
        Value { node, step: None, context }
    }

    /// Returns the node.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// Returns the context.
    pub fn context(&self) -> Context<'a> {
        self.context
    }

    /// Returns where the value begins.
    pub fn position(&self) -> Position {
        self.node.position
    }

    /// Tells whether it is a null.
    pub fn is_null(&self) -> bool {
        self.node.is_null()
    }

    /// Tells whether it is a text without characters.
    pub fn is_empty_text(&self) -> bool {
        matches!(&self.node.kind, Kind::Scalar(s) if s.text.is_empty())
    }

    /// Returns the way from the root, such as `scrape_configs[0].job_name`.
    pub fn path(&self) -> String {
        path_of(self.step.as_deref())
    }

    /// Reports a problem with this value.
    pub fn problem(&self, message: impl Into<String>) {
        self.context.report.problem(Some(self.position()), self.path(), message.into(), None);
    }

    /// Reports a problem with this value and what to do about it.
    pub fn problem_with_hint(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.context.report.problem(Some(self.position()), self.path(), message.into(), Some(hint.into()));
    }

    /// Reports something that works, but not as the user may expect.
    pub fn warn(&self, message: impl Into<String>) {
        self.context.report.warning(Some(self.position()), self.path(), message.into());
    }

    /// Returns the items of a list. A null is an empty list, a single value is a mistake.
    pub fn items(&self) -> Option<Vec<Value<'a>>> {
        match &self.node.kind {
            Kind::Sequence(items) => {
                Some(items.iter().enumerate().map(|(i, n)| self.child(StepName::Index(i), n)).collect())
            }
            Kind::Scalar(_) | Kind::Mapping(_) if self.is_null() => Some(Vec::new()),
            Kind::Scalar(_) | Kind::Mapping(_) => self.wrong_type("a list"),
        }
    }

    /// Returns the keys and values of a mapping whose keys users choose. A null is an empty mapping.
    pub fn entries(&self) -> Option<Vec<(&'a str, Value<'a>)>> {
        match &self.node.kind {
            Kind::Mapping(entries) => Some(
                entries
                    .iter()
                    .map(|e| (e.key.as_str(), self.child(StepName::Field(e.key.clone()), &e.value)))
                    .collect(),
            ),
            Kind::Scalar(_) | Kind::Sequence(_) if self.is_null() => Some(Vec::new()),
            Kind::Scalar(_) | Kind::Sequence(_) => self.wrong_type("a mapping"),
        }
    }

    /// Reads a mapping whose keys we know. Keys that `read` did not ask for are reported, with the nearest known one.
    ///
    /// `read` must ask for all fields before it gives up, or known fields would be called unknown.
    pub fn fields<T>(&self, read: impl FnOnce(&Fields<'a>) -> Option<T>) -> Option<T> {
        let entries = match &self.node.kind {
            Kind::Mapping(entries) => entries.as_slice(),
            Kind::Scalar(_) | Kind::Sequence(_) if self.is_null() => &[],
            Kind::Scalar(_) | Kind::Sequence(_) => return self.wrong_type("a mapping"),
        };
        let fields = Fields::new(self.clone(), entries);
        let result = read(&fields);
        fields.report_unknown();
        result
    }

    /// Returns a field of this value for reporting, whether or not it is there.
    pub(super) fn field(&self, name: &str, node: &'a Node) -> Value<'a> {
        self.child(StepName::Field(name.to_owned()), node)
    }

    /// Reports that something else was expected, with the value as written if it is a scalar.
    pub(super) fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let found = self.node.describe();
        match &self.node.kind {
            Kind::Scalar(s) if !self.is_null() => {
                self.problem(format!("expected {expected}, got {found} {}", excerpt(&s.text)));
            }
            Kind::Scalar(_) | Kind::Sequence(_) | Kind::Mapping(_) => {
                self.problem(format!("expected {expected}, got {found}"));
            }
        }
        None
    }

    fn child(&self, name: StepName, node: &'a Node) -> Value<'a> {
        let step = Rc::new(Step { parent: self.step.clone(), name });
        Value { node, step: Some(step), context: self.context }
    }
}

fn path_of(step: Option<&Step>) -> String {
    let Some(step) = step else { return String::new() };
    let mut path = path_of(step.parent.as_deref());
    match &step.name {
        StepName::Index(i) => write!(path, "[{i}]").expect("writing to a string cannot fail"),
        StepName::Field(name) => {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
        }
    }
    path
}

/// Quotes a value for a message, shortened to what fits a line.
pub(super) fn excerpt(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut short: String = text.chars().take(CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    model::number::quote(&short)
}
