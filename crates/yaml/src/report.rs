//! What is wrong with a file: all of it, each with its place.

use std::cell::RefCell;
use std::fmt;

use crate::node::Position;

/// One mistake, or one thing worth knowing, in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as the user named it.
    pub file: String,
    /// Where in it; `None` if the file as a whole is meant, as when it cannot be read.
    pub position: Option<Position>,
    /// The way from the root: `scrape_configs[0].static_configs[1].targets`, or empty.
    pub path: String,
    /// What is wrong, with the offending value unless that is a secret.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Prints `file:line:column: path: message (hint)`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(position) = self.position {
            write!(f, ":{position}")?;
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Everything wrong with a set of files, in the order found. Never empty when returned as an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

/// Prints one problem per line.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Problems beyond this many are counted, not kept: a file of another kind would bring one per line.
const PROBLEMS_MAX: usize = 100;

/// Collects problems and warnings while one file is read. Readers share it, so that one mistake does not hide the next.
#[derive(Debug)]
pub struct Report {
    file: String,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl Report {
    /// Starts an empty report on a file.
    pub fn new(file: impl Into<String>) -> Report {
        Report { file: file.into(), problems: RefCell::default(), warnings: RefCell::default() }
    }

    /// Returns the file's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Adds a problem of the file.
    pub fn problem(&self, position: Option<Position>, path: String, message: String, hint: Option<String>) {
        let problem = Problem { file: self.file.clone(), position, path, message, hint };
        let mut problems = self.problems.borrow_mut();
        // The same mistake behind two aliases of one anchor is one mistake.
        if problems.len() <= PROBLEMS_MAX && !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Adds a warning of the file. The same message is kept once, at its first place: what a thousand jobs have in common is
    /// worth one line.
    pub fn warning(&self, position: Option<Position>, path: String, message: String) {
        let warning = Problem { file: self.file.clone(), position, path, message, hint: None };
        push_once(&mut self.warnings.borrow_mut(), warning);
    }

    /// Takes over what another file's report holds.
    pub fn absorb(&self, other: Report) {
        self.problems.borrow_mut().extend(other.problems.into_inner());
        for warning in other.warnings.into_inner() {
            push_once(&mut self.warnings.borrow_mut(), warning);
        }
    }

    /// Returns how many problems were found so far.
    pub fn problem_count(&self) -> usize {
        self.problems.borrow().len()
    }

    /// Returns the warnings if there was no problem.
    ///
    /// # Errors
    /// All problems, at most about a hundred per file.
    pub fn finish(self) -> Result<Vec<Problem>, Problems> {
        let mut problems = self.problems.into_inner();
        if problems.is_empty() {
            return Ok(self.warnings.into_inner());
        }
        problems.sort_by(|a, b| {
            (a.file != self.file, &a.file, a.position).cmp(&(b.file != self.file, &b.file, b.position))
        });
        Err(Problems(problems))
    }
}

fn push_once(warnings: &mut Vec<Problem>, warning: Problem) {
    if !warnings.iter().any(|known| known.message == warning.message) {
        warnings.push(warning);
    }
}
