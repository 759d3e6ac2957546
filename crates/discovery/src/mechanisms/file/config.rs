//! `file_sd_configs`: target groups in JSON or YAML files.

use std::time::Duration;

use yaml::write::Map;
use yaml::{Read, Value};

/// Which files to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Paths, joined with the configuration file's directory. Only the last part may hold a `*`; they end in
    /// `.json`, `.yml` or `.yaml`.
    pub files: Vec<String>,
    /// How often to read them even though no change was seen; 5 minutes by default.
    pub refresh_interval: Duration,
}

const REFRESH_INTERVAL_DEFAULT: Duration = Duration::from_secs(5 * 60);
const ENDINGS: [&str; 6] = [".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"];

impl Read for Config {
    fn read(value: &Value<'_>) -> Option<Config> {
        value.fields(|f| {
            let mut files = Vec::new();
            for item in f.get("files").and_then(|v| v.items()).unwrap_or_default() {
                let Some(name) = item.text() else { continue };
                if !is_file_pattern(name) {
                    item.problem_with_hint(
                        format!("path name {name:?} is not valid for file discovery"),
                        "it must end in .json, .yml or .yaml, and only its last part may hold one *",
                    );
                }
                files.push(yaml::join(value.context().directory, name).to_string_lossy().into_owned());
            }
            if files.is_empty() {
                f.problem("files", "file service discovery config must contain at least one path name");
            }
            let refresh_interval = f.or("refresh_interval", REFRESH_INTERVAL_DEFAULT);
            Some(Config { files, refresh_interval })
        })
    }
}

/// Tells whether nothing behind a `*` is a directory, and whether the ending is known.
fn is_file_pattern(name: &str) -> bool {
    let star_ok = name.split_once('*').is_none_or(|(_, rest)| !rest.contains('/'));
    star_ok && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

impl Config {
    /// Returns the mapping as Prometheus prints it.
    pub(crate) fn to_yaml(&self) -> Map {
        let mut map = Map::new();
        map.put("files", self.files.iter().collect::<Vec<_>>())
            .put("refresh_interval", self.refresh_interval);
        map
    }
}
