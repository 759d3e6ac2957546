//! `file_sd_configs`: target groups in JSON or YAML files.

use std::time::Duration;

/// Which files to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Paths, joined with the configuration file's directory. Only the last part may hold a `*`; they end in
    /// `.json`, `.yml` or `.yaml`.
    pub files: Vec<String>,
    /// How often to read them even though no change was seen; 5 minutes by default.
    pub refresh_interval: Duration,
}
