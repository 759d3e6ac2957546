//! From a file, or from text, to a configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use yaml::{Context, Problem, Problems, Report, Value};

use crate::{Config, include};

/// What besides the file decides what it means.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the server runs as an agent, which has no rules, alerts and remote reads.
    pub agent: bool,
    /// Defaults of jobs, which feature flags may change.
    pub scrape_defaults: scrape::config::Global,
    /// Looks up environment variables for external labels.
    pub environment: fn(&str) -> Option<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            agent: false,
            scrape_defaults: scrape::config::Global::default(),
            environment: |name| std::env::var(name).ok(),
        }
    }
}

/// A configuration that may be used, and what was learnt while loading it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What works, but perhaps not as meant: to be logged once.
    pub warnings: Vec<Problem>,
    /// The main file's text.
    pub text: String,
    /// Every file that was read: the main one and those it includes.
    pub files: Vec<PathBuf>,
}

impl Config {
    /// Loads a file and the files it includes.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn load(path: &Path, options: &Options) -> Result<Loaded, Problems> {
        let text = read_file(path).map_err(|message| {
            let file = path.display().to_string();
            Problems(vec![Problem { file, position: None, path: String::new(), message, hint: None }])
        })?;
        Config::parse(&text, path, options)
    }

    /// Reads a text as if it were the file at `path`, and the files it includes.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn parse(text: &str, path: &Path, options: &Options) -> Result<Loaded, Problems> {
        let report = Report::new(path.display().to_string());
        let directory = path.parent().unwrap_or(Path::new(""));
        let mut files = vec![path.to_owned()];
        let mut config = None;
        if let Some(node) = yaml::parse(text, &report) {
            let root = Value::root(&node, Context { report: &report, directory });
            let mut names = BTreeMap::new();
            config = Config::read(&root, options, &mut names);
            if let Some(config) = &mut config {
                config.included_scrape_configs = include::read_all(&root, config, &mut names, &mut files);
            }
        }
        let warnings = report.finish()?;
        let config = config.expect("reading returns nothing only after reporting a problem");
        Ok(Loaded { config, warnings, text: text.to_owned(), files })
    }
}

/// Reads a file as text.
pub(crate) fn read_file(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let line =
            1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        format!("line {line} is not valid UTF-8")
    })
}
