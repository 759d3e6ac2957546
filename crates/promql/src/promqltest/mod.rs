//! The test language of PromQL: load series, run queries, compare the answers.
//!
//! The language is that of Prometheus 3.14 (`promql/promqltest/README.md`). An instant query is also run with an `@` of
//! its time on every selector at other times, and as the middle step of a range query: the answer must be the same.
//!
//! Main types: [`run`] takes a script's text and returns a [`FileReport`] with one [`EvalReport`] per query.

mod compare;
mod expect;
mod load;
mod nhcb;
mod pin;
mod runner;
mod script;
mod starts;
#[cfg(test)]
mod tests;

use crate::engine::{EngineOptions, Features};
use crate::parser::ParseOptions;

/// How scripts are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine's options.
    pub engine: EngineOptions,
    /// The language's options.
    pub parse: ParseOptions,
}

impl Default for Options {
    /// What Prometheus runs its own scripts with: the whole language, 10,000 samples per query, names dropped late.
    fn default() -> Options {
        let features =
            Features { delayed_name_removal: true, use_start_timestamps: true, ..Features::default() };
        Options {
            engine: EngineOptions { max_samples: 10_000, features, ..EngineOptions::default() },
            parse: ParseOptions::ALL,
        }
    }
}

/// What came of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// One report per query, in the order of the script.
    pub evals: Vec<EvalReport>,
    /// Faults of the script itself: lines that cannot be read, samples that cannot be stored.
    pub faults: Vec<Fault>,
}

/// What came of one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalReport {
    /// The line of the `eval` command, counted from 1.
    pub line: usize,
    /// The query.
    pub query: String,
    /// What was expected and what was found, if they differ.
    pub failure: Option<String>,
}

/// A fault of the script itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl FileReport {
    /// Returns the number of queries whose answer was as expected.
    pub fn passed(&self) -> usize {
        self.evals.iter().filter(|eval| eval.failure.is_none()).count()
    }

    /// Returns the number of queries with another answer.
    pub fn failed(&self) -> usize {
        self.evals.len() - self.passed()
    }

    /// Tells whether everything was as expected.
    pub fn is_success(&self) -> bool {
        self.failed() == 0 && self.faults.is_empty()
    }
}

/// Runs a script from an empty storage on.
pub fn run(text: &str, options: &Options) -> FileReport {
    let (commands, faults) = script::parse(text, &options.parse);
    let mut report = FileReport { evals: Vec::new(), faults };
    runner::Runner::new(options).run(&commands, &mut report);
    report
}

/// Returns the queries of a script that can be read.
pub fn queries(text: &str, options: &ParseOptions) -> Vec<String> {
    let (commands, _faults) = script::parse(text, options);
    commands
        .into_iter()
        .filter_map(|command| match command {
            script::Command::Eval(eval) => Some(eval.query),
            script::Command::Load(_) | script::Command::Clear => None,
        })
        .collect()
}
