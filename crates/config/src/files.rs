//! Files that the configuration names and somebody else reads: are they there?
//!
//! A server starts without them, for they may come later; `tool check config` tells about them as promtool does.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Config, glob};

/// Whether a missing file makes a check fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not: the file may be written by somebody else later.
    Warning,
}

/// A file that is named but not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFile {
    /// Whether it makes a check fail.
    pub severity: Severity,
    /// The file, or the pattern without a match.
    pub path: PathBuf,
    /// Which field names it.
    pub field: String,
    /// Whose field it is: a job's, an Alertmanager's, a remote store's; empty at the top level.
    pub owner: String,
}

impl fmt::Display for MissingFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = model::number::quote(&self.path.to_string_lossy());
        write!(f, "{}: file {path} does not exist", self.field)?;
        if self.owner.is_empty() { Ok(()) } else { write!(f, " ({})", self.owner) }
    }
}

impl Config {
    /// Looks for every file that the configuration names. Looks at the disk; reads no file.
    pub fn missing_files(&self) -> Vec<MissingFile> {
        let mut missing = Missing(Vec::new());
        for pattern in &self.rule_files {
            if !pattern.contains('*') && is_unmatched(pattern) {
                missing.push(Severity::Error, Path::new(pattern), "rule_files", "");
            }
        }
        for job in self.jobs() {
            let owner = format!("job {}", model::number::quote(&job.job_name));
            missing.check(&job.client.files(), &owner);
            missing.check_discovery(&job.discovery, &owner);
        }
        for (i, alertmanager) in self.alerting.alertmanagers.iter().enumerate() {
            let owner = format!("alertmanagers[{i}]");
            missing.check(&alertmanager.client.files(), &owner);
            missing.check_discovery(&alertmanager.discovery, &owner);
        }
        for (i, store) in self.remote_write.iter().enumerate() {
            missing.check(&store.client.files(), &format!("remote_write[{i}]"));
        }
        for (i, store) in self.remote_read.iter().enumerate() {
            missing.check(&store.client.files(), &format!("remote_read[{i}]"));
        }
        missing.check(&self.tracing.as_ref().map(|t| t.tls.files()).unwrap_or_default(), "tracing");
        missing.0
    }
}

struct Missing(Vec<MissingFile>);

impl Missing {
    fn push(&mut self, severity: Severity, path: &Path, field: &str, owner: &str) {
        let (field, owner) = (field.to_owned(), owner.to_owned());
        self.0.push(MissingFile { severity, path: path.to_owned(), field, owner });
    }

    fn check(&mut self, files: &[(&'static str, &Path)], owner: &str) {
        for (field, path) in files.iter().filter(|(_, path)| !path.exists()) {
            self.push(Severity::Error, path, field, owner);
        }
    }

    fn check_discovery(&mut self, configs: &[discovery::Config], owner: &str) {
        for config in configs {
            match config {
                discovery::Config::File(file) => {
                    for pattern in file.files.iter().filter(|p| is_unmatched(p)) {
                        self.push(Severity::Warning, Path::new(pattern), "file_sd_configs", owner);
                    }
                }
                discovery::Config::Http(http) => self.check(&http.client.files(), owner),
                discovery::Config::Static(_)
                | discovery::Config::Dns(_)
                | discovery::Config::Unavailable(_) => {}
            }
        }
    }
}

fn is_unmatched(pattern: &str) -> bool {
    glob(pattern).map_or(true, |found| found.is_empty())
}
