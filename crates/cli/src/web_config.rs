//! The web configuration file, read again while a listener runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use transport::config::WebConfig;
use transport::listener::{Web, WebError};

/// Reads and checks the file.
///
/// # Errors
/// A file that cannot be read, or all that is wrong with it.
pub fn load(file: &Path) -> Result<WebConfig, WebError> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let directory = file.parent().unwrap_or(Path::new(""));
    Ok(WebConfig::parse(&text, &file.display().to_string(), directory)?)
}

/// Reads the file now, and again when it changes.
///
/// # Errors
/// As [`load`], and certificates that cannot be used.
pub fn watched(file: PathBuf) -> anyhow::Result<Web> {
    let shown = file.display().to_string();
    Web::load(Arc::new(move || load(&file))).map_err(|e| anyhow!("{e}")).with_context(|| shown)
}
