//! Whether the configuration on disk changed, for automatic reloads.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

use yaml::{Context, Report, Value};

use crate::glob;

/// Returns a number that changes when the file changes, or a rule or scrape configuration file that it names. Of a file with
/// mistakes as much is taken into account as can be read.
///
/// # Errors
/// A file that cannot be read.
pub fn fingerprint(path: &Path) -> io::Result<u64> {
    let bytes = std::fs::read(path)?;
    let mut hash = DefaultHasher::new();
    bytes.hash(&mut hash);
    let report = Report::new(String::new()); // mistakes are told by loading, not here
    if let Some(node) = yaml::parse(&String::from_utf8_lossy(&bytes), &report) {
        let directory = path.parent().unwrap_or(Path::new(""));
        let root = Value::root(&node, Context { report: &report, directory });
        for (name, section) in root.entries().unwrap_or_default() {
            if !matches!(name, "rule_files" | "scrape_config_files") {
                continue;
            }
            for pattern in section.items().unwrap_or_default() {
                let pattern = yaml::join(directory, pattern.text().unwrap_or_default());
                for file in glob(&pattern.to_string_lossy())? {
                    (name, &file, std::fs::read(&file)?).hash(&mut hash);
                }
            }
        }
    }
    Ok(hash.finish())
}
