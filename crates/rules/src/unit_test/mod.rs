//! Unit tests of rules, as promtool's `test rules` runs them: series in, alerts and query results expected.
//!
//! Grammar, order of evaluation and texts follow Prometheus 3.14 (`cmd/promtool/unittest.go`).
//!
//! Invariants: 1. A test sees no sample later than the time it is evaluated for.  2. Nothing is opened here: rule files come as read.

mod compare;
mod coverage;
mod evaluate;
mod read;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use model::Labels;
use promql::{EngineOptions, ParseOptions};

use crate::file::RuleFile;

pub use coverage::{Coverage, coverage};
pub use evaluate::{Outcome, run};

/// A file of tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestFile {
    /// Patterns of rule files, relative to this file.
    pub rule_files: Vec<String>,
    /// How often rules are evaluated.
    pub evaluation_interval: Duration,
    /// Names of groups, in the order of their evaluation.
    pub group_eval_order: Vec<String>,
    /// The tests.
    pub tests: Vec<TestGroup>,
    /// Values may differ in their last bit.
    pub fuzzy_compare: bool,
}

/// Series, and what is expected of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestGroup {
    /// Its name, or `""`.
    pub name: String,
    /// Distance of the samples; `None` for the evaluation interval.
    pub interval: Option<Duration>,
    /// Series with their values, as text.
    pub input_series: Vec<(String, String)>,
    /// Expected alerts.
    pub alert_rule_tests: Vec<AlertTest>,
    /// Expected query results.
    pub promql_expr_tests: Vec<ExprTest>,
    /// Labels that templates see as those of the server.
    pub external_labels: Labels,
    /// The URL that templates see.
    pub external_url: String,
    /// When the first sample was taken, in milliseconds.
    pub start_ms: i64,
}

/// Alerts expected at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertTest {
    /// When, from the start.
    pub eval_time: Duration,
    /// The alert's name.
    pub alertname: String,
    /// Labels and annotations of each alert that fires.
    pub exp_alerts: Vec<(Labels, Labels)>,
}

/// A query result expected at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExprTest {
    /// The query.
    pub expr: String,
    /// When, from the start.
    pub eval_time: Duration,
    /// The samples.
    pub exp_samples: Vec<ExpectedSample>,
}

/// A sample of an expected result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectedSample {
    /// The series, as text.
    pub labels: String,
    /// The value, unless a histogram is expected.
    pub value: f64,
    /// The histogram as text, or `""`.
    pub histogram: String,
}

/// How tests are run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How expressions are evaluated.
    pub engine: EngineOptions,
    /// Which PromQL is spoken.
    pub promql: ParseOptions,
    /// Print differences instead of both sides.
    pub diff: bool,
}

/// Rule files with the names that messages show.
pub type RuleFiles = [(PathBuf, RuleFile)];

impl TestFile {
    /// Reads a text. `file` names it in messages.
    ///
    /// # Errors
    /// Every mistake.
    pub fn parse(text: &str, file: &str) -> Result<TestFile, yaml::Problems> {
        read::read(text, file)
    }
}
