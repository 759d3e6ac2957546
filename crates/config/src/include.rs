//! `scrape_config_files`: more jobs from other files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use yaml::{Context, Report, Value};

use crate::load::read_file;
use crate::root::{field, read_jobs};
use crate::{Config, glob};

/// Reads the jobs of all files that the main file's patterns name. A pattern that names no file is fine.
pub(crate) fn read_all(
    main: &Value<'_>,
    config: &Config,
    names: &mut BTreeMap<String, String>,
    files: &mut Vec<PathBuf>,
) -> Vec<scrape::Config> {
    let mut jobs = Vec::new();
    for pattern in &config.scrape_config_files {
        match glob(pattern) {
            Ok(found) => {
                for path in found {
                    let report = Report::new(path.display().to_string());
                    jobs.extend(read_one(&path, config, names, &report));
                    main.context().report.absorb(report);
                    files.push(path);
                }
            }
            Err(error) => field(main, "scrape_config_files").problem(format!("{pattern:?}: {error}")),
        }
    }
    jobs
}

fn read_one(
    path: &Path,
    config: &Config,
    names: &mut BTreeMap<String, String>,
    report: &Report,
) -> Vec<scrape::Config> {
    let text = match read_file(path) {
        Ok(text) => text,
        Err(message) => {
            report.problem(None, String::new(), message, None);
            return Vec::new();
        }
    };
    let Some(node) = yaml::parse(&text, report) else { return Vec::new() };
    let directory = path.parent().unwrap_or(Path::new(""));
    let root = Value::root(&node, Context { report, directory });
    root.fields(|f| Some(read_jobs(f, &config.global.scrape, names))).unwrap_or_default()
}
