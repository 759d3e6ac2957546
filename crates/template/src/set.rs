//! A set of templates that know each other by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::List;
use crate::builtins;
use crate::error::{ExecError, ParseError};
use crate::exec::{self, Limits};
use crate::function::{Function, Functions, Host};
use crate::parse::{is_empty, parse};
use crate::value::Value;

/// What a key that a map does not have stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// Nothing, which prints as `<no value>`.
    Invalid,
    /// The map's zero value: an empty text in a map of texts.
    #[default]
    Zero,
    /// A mistake.
    Error,
}

/// One text or definition.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The name of the text that it stood in, for messages.
    pub(crate) file: Arc<str>,
    /// That text, for positions.
    pub(crate) text: Arc<str>,
    pub(crate) body: List,
}

/// A set of templates. Cloning is cheap; what is added to a clone is not seen by the original.
#[derive(Clone, Debug)]
pub struct Template {
    pub(crate) name: Arc<str>,
    pub(crate) trees: BTreeMap<Arc<str>, Arc<Tree>>,
    functions: Table,
    pub(crate) missing: MissingKey,
}

#[derive(Clone, Copy)]
struct Table(Functions);

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|function| function.name)).finish()
    }
}

impl Template {
    /// Starts a set without any template.
    pub fn empty(functions: Functions) -> Template {
        Template {
            name: Arc::from(""),
            trees: BTreeMap::new(),
            functions: Table(functions),
            missing: MissingKey::default(),
        }
    }

    /// Reads a text as the template `name`.
    ///
    /// # Errors
    /// The first mistake.
    pub fn parse(name: &str, text: &str, functions: Functions) -> Result<Template, ParseError> {
        let mut template = Template::empty(functions);
        template.add(name, text)?;
        template.name = Arc::from(name);
        Ok(template)
    }

    /// Returns a set in which keys that are not there stand for something else.
    pub fn with_missing_key(mut self, missing: MissingKey) -> Template {
        self.missing = missing;
        self
    }

    /// Adds a text and what it defines. Definitions replace those of the same name, unless they are empty.
    ///
    /// # Errors
    /// The first mistake; nothing is added then.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), ParseError> {
        let parsed = parse(name, text, &|function| self.function(function).is_some())?;
        let (file, text): (Arc<str>, Arc<str>) = (Arc::from(name), Arc::from(text));
        let all = parsed.definitions.into_iter().chain([(name.to_owned(), parsed.root)]);
        for (name, body) in all {
            if is_empty(&body) && self.trees.contains_key(name.as_str()) {
                continue;
            }
            let tree = Tree { file: file.clone(), text: text.clone(), body };
            self.trees.insert(Arc::from(name), Arc::new(tree));
        }
        Ok(())
    }

    /// Whether there is a template of this name.
    pub fn has(&self, name: &str) -> bool {
        self.trees.contains_key(name)
    }

    /// The names of all templates, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.trees.keys().map(AsRef::as_ref)
    }

    pub(crate) fn function(&self, name: &str) -> Option<&'static Function> {
        let find = |functions: Functions| functions.iter().find(|function| function.name == name);
        find(self.functions.0).or_else(|| find(builtins::FUNCTIONS))
    }

    /// Executes the template over `data`.
    ///
    /// # Errors
    /// The first thing that went wrong, or a bound that was reached.
    pub fn execute(&self, data: &Value, host: &dyn Host, limits: Limits) -> Result<String, ExecError> {
        exec::execute(self, &self.name, data, host, limits, false)
    }

    /// Executes a template of the set.
    ///
    /// # Errors
    /// As [`Template::execute`]; and there may be no such template.
    pub fn execute_named(
        &self,
        name: &str,
        data: &Value,
        host: &dyn Host,
        limits: Limits,
    ) -> Result<String, ExecError> {
        exec::execute(self, name, data, host, limits, false)
    }

    /// Executes the template over `data`; values are escaped as their place in HTML demands.
    ///
    /// # Errors
    /// As [`Template::execute`].
    pub fn execute_html(&self, data: &Value, host: &dyn Host, limits: Limits) -> Result<String, ExecError> {
        exec::execute(self, &self.name, data, host, limits, true)
    }

    /// Executes a template of the set; values are escaped as their place in HTML demands.
    ///
    /// # Errors
    /// As [`Template::execute_named`].
    pub fn execute_html_named(
        &self,
        name: &str,
        data: &Value,
        host: &dyn Host,
        limits: Limits,
    ) -> Result<String, ExecError> {
        exec::execute(self, name, data, host, limits, true)
    }
}
