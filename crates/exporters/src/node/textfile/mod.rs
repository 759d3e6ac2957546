//! Metrics that others leave in files: `*.prom` in the configured directories.
//!
//! A file is taken as a whole or not at all. Trouble with a file or directory sets `node_textfile_scrape_error` and is
//! logged; the other files count. Timestamps are refused: the file says when it was written.

mod glob;
mod parse;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use exposition::MetricFamily;

use super::error::CollectError;
use super::family::Families;
use super::host::{Host, names, read};

pub(super) fn collect(host: &Host, out: &mut Families) -> Result<(), CollectError> {
    let mut found = Found::default();
    for pattern in host.textfile_directories.iter().filter(|p| !p.is_empty()) {
        for directory in glob::paths(pattern) {
            found.read_directory(&directory);
        }
    }
    found.name_helpless();
    for (path, seconds) in &found.modified {
        let help = "Unixtime mtime of textfiles successfully read.";
        out.gauge("node_textfile_mtime_seconds", help, &[("file", path)], *seconds);
    }
    let help = "1 if there was an error opening or reading a file, 0 otherwise";
    out.gauge("node_textfile_scrape_error", help, &[], f64::from(u8::from(found.failed)));
    for family in found.families.into_values() {
        out.add_family(family.merged);
    }
    Ok(())
}

#[derive(Default)]
struct Found {
    families: BTreeMap<String, Shared>,
    /// Path and time of the files that were read well.
    modified: Vec<(String, f64)>,
    failed: bool,
}

/// A family that several files may contribute to.
struct Shared {
    merged: MetricFamily,
    files: Vec<String>,
}

impl Found {
    fn read_directory(&mut self, directory: &Path) {
        let files = match names(directory) {
            Ok(files) => files,
            Err(error) => {
                return self
                    .fail(directory, &format!("failed to read textfile collector directory: {error}"));
            }
        };
        for path in files.iter().filter(|f| f.ends_with(".prom")).map(|f| directory.join(f)) {
            match read_file(&path) {
                Ok((families, modified)) => {
                    let told = path.display().to_string();
                    families.into_iter().for_each(|family| self.add(family, &told));
                    self.modified.push((told, modified));
                }
                Err(error) => self.fail(&path, &error),
            }
        }
    }

    fn add(&mut self, family: MetricFamily, file: &str) {
        let Some(known) = self.families.get_mut(&family.name) else {
            let (name, files) = (family.name.clone(), vec![file.to_owned()]);
            self.families.insert(name, Shared { merged: family, files });
            return;
        };
        let same_help =
            family.help.is_empty() || known.merged.help.is_empty() || known.merged.help == family.help;
        if !same_help || known.merged.kind != family.kind {
            let other = known.files.first().cloned().unwrap_or_default();
            let text = format!("metric {} has another help text or type in {other}", family.name);
            return self.fail(Path::new(file), &text);
        }
        if known.merged.help.is_empty() {
            known.merged.help = family.help;
        }
        known.merged.metrics.extend(family.metrics);
        known.files.push(file.to_owned());
    }

    /// A family without help text is described by where it came from.
    fn name_helpless(&mut self) {
        for family in self.families.values_mut().filter(|f| f.merged.help.is_empty()) {
            family.merged.help = format!("Metric read from {}", family.files.join(", "));
        }
    }

    fn fail(&mut self, path: &Path, error: &str) {
        self.failed = true;
        tracing::error!(path = %path.display(), error, "failed to collect textfile data");
    }
}

/// Returns a file's families and when it was modified, in whole seconds.
fn read_file(path: &PathBuf) -> Result<(Vec<MetricFamily>, f64), String> {
    let text = read(path).map_err(|e| e.to_string())?;
    let families = parse::families(&text)?;
    let modified = std::fs::metadata(path).and_then(|m| m.modified()).map_err(|e| e.to_string())?;
    let age = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok((families, age.as_secs() as f64))
}
