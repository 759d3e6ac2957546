//! Rule files: YAML text becomes groups of rules whose expressions and templates are known to be well formed.
//!
//! Grammar and texts follow Prometheus 3.14 (`model/rulefmt`); unlike there every mistake of a file is found in one go, and
//! each has its place.
//!
//! Invariants: 1. A [`RuleFile`] holds no mistake that can be seen without data.  2. Group names are unique in a file.
//! 3. Nothing is opened here: text comes in.

mod check;
mod error;
mod prune;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use model::relabel::NameScheme;
use promql::ParseOptions;
use promql::ast::Expr;
use yaml::Position;

pub use error::{RuleError, RuleErrors};

/// How files are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Which names series, labels and annotations may have.
    pub names: NameScheme,
    /// Fields that nobody knows are passed over instead of being mistakes.
    pub ignore_unknown_fields: bool,
    /// Which PromQL is spoken.
    pub promql: ParseOptions,
}

/// A file of rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleFile {
    /// The groups in the order written.
    pub groups: Vec<Group>,
    /// What works, but perhaps not as meant.
    pub warnings: Vec<String>,
}

/// Rules that are evaluated one after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name; not empty.
    pub name: String,
    /// How often it is evaluated; `None` for the server's default.
    pub interval: Option<Duration>,
    /// How far in the past it is evaluated; `None` for the server's default.
    pub query_offset: Option<Duration>,
    /// Most series or alerts that a rule may give; 0 for any number.
    pub limit: usize,
    /// Labels of all its rules; a rule's own win.
    pub labels: BTreeMap<String, String>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Where it stands.
    pub position: Position,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What becomes of the result.
    pub kind: Kind,
    /// The expression.
    pub expr: Expr,
    /// The expression as written.
    pub expr_text: String,
    /// The rule's own labels, those of the group not included. Those of alerts are templates.
    pub labels: BTreeMap<String, String>,
    /// Where it stands.
    pub position: Position,
}

/// What becomes of a rule's result.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// It is stored.
    Record {
        /// The metric's name.
        name: String,
    },
    /// Each of its series is an alert.
    Alert {
        /// The alert's name.
        name: String,
        /// How long the condition must hold.
        hold: Duration,
        /// How long an alert keeps firing after the condition ceased.
        keep_firing_for: Duration,
        /// Templates of texts for people.
        annotations: BTreeMap<String, String>,
    },
}

impl Rule {
    /// Returns the name of the alert or of the recorded metric.
    pub fn name(&self) -> &str {
        match &self.kind {
            Kind::Record { name } | Kind::Alert { name, .. } => name,
        }
    }
}

impl Group {
    /// Returns a rule's labels together with the group's.
    pub fn labels_of(&self, rule: &Rule) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        labels.extend(rule.labels.iter().map(|(name, value)| (name.clone(), value.clone())));
        labels
    }
}

impl RuleFile {
    /// Reads a text.
    ///
    /// # Errors
    /// Every mistake, in the order of the file.
    pub fn parse(text: &str, options: &Options) -> Result<RuleFile, RuleErrors> {
        read::read(text, options)
    }

    /// Returns the number of rules.
    pub fn rule_count(&self) -> usize {
        self.groups.iter().map(|group| group.rules.len()).sum()
    }
}
