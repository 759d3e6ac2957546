//! Reading rule files from disk.

use std::path::{Path, PathBuf};

use crate::file::{Options, RuleFile};

/// A file whose present content cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenFile {
    /// The file.
    pub path: PathBuf,
    /// All mistakes, as Prometheus prints them behind the file's name.
    pub mistakes: Vec<String>,
}

/// Prints one mistake a line, each behind the file's name.
impl std::fmt::Display for BrokenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, mistake) in self.mistakes.iter().enumerate() {
            let gap = if i > 0 { "\n" } else { "" };
            write!(f, "{gap}{}: {mistake}", self.path.display())?;
        }
        Ok(())
    }
}

/// Reads a file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(path: &Path, options: &Options) -> Result<RuleFile, BrokenFile> {
    let broken = |mistakes| BrokenFile { path: path.to_owned(), mistakes };
    let bytes = std::fs::read(path).map_err(|error| broken(vec![format!("cannot be read: {error}")]))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        broken(vec![format!("{line}:1: not valid UTF-8")])
    })?;
    RuleFile::parse(&text, options)
        .map_err(|errors| broken(errors.0.iter().map(ToString::to_string).collect()))
}
