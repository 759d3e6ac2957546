//! Provisioning files as typed lists.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use yaml::scalar::Resolved;
use yaml::{Kind, Node, Report};

use super::expand::{Lookup, expand};
use crate::data_source::Written;

/// A file of `provisioning/datasources`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SourceFile {
    /// Those that should be there.
    pub datasources: Vec<ProvidedSource>,
    /// Those that should not, by name.
    pub delete_datasources: Vec<Deleted>,
    /// Whether those that a file made, and no file names any more, go.
    pub prune: bool,
}

/// A data source in a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProvidedSource {
    /// The data source.
    #[serde(flatten)]
    pub written: Written,
    /// Whether it can be changed in the UI.
    pub editable: bool,
    /// Old places of two secrets.
    pub password: String,
    /// See `password`.
    pub basic_auth_password: String,
}

/// A data source that should not be there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Deleted {
    /// Its name.
    pub name: String,
}

/// A file of `provisioning/dashboards`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProviderFile {
    /// The providers.
    pub providers: Vec<Provider>,
}

/// A folder of dashboard files.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// The title of the folder that its dashboards go to; the root if empty.
    pub folder: String,
    /// The identifier of that folder.
    pub folder_uid: String,
    /// `file`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether dashboards stay when their files go.
    pub disable_deletion: bool,
    /// How often to look for changes.
    pub update_interval_seconds: u64,
    /// Whether people may change its dashboards.
    pub allow_ui_updates: bool,
    /// Where its files are.
    pub options: ProviderOptions,
}

/// Where a provider's files are.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct ProviderOptions {
    /// The folder.
    #[serde(alias = "folder")]
    pub path: String,
    /// Whether folders of files become folders of dashboards.
    pub folders_from_files_structure: bool,
}

/// Reads a file.
///
/// # Errors
/// All that is wrong with it, each with its place.
pub fn file<T: DeserializeOwned>(name: &str, text: &str, lookup: &dyn Lookup) -> Result<T, String> {
    let report = Report::new(name);
    let node = yaml::parse(text, &report);
    let node = match (node, report.finish()) {
        (Some(node), Ok(_)) => node,
        (_, Err(problems)) => return Err(problems.to_string()),
        (None, Ok(_)) => return Err(format!("{name}: cannot be read")),
    };
    let value = value(&node, lookup).map_err(|(at, reason)| format!("{name}:{at}: {reason}"))?;
    // An empty file stands for one without entries.
    let value = if value.is_null() { Value::Object(Map::new()) } else { value };
    serde_json::from_value(value).map_err(|e| format!("{name}: {e}"))
}

/// Makes JSON of YAML, with variables filled in; a value that was not quoted may become a number or a switch by that.
fn value(node: &Node, lookup: &dyn Lookup) -> Result<Value, (yaml::Position, String)> {
    match &node.kind {
        Kind::Scalar(scalar) => {
            let mut scalar = scalar.clone();
            scalar.text = expand(&scalar.text, lookup).map_err(|reason| (node.position, reason))?;
            Ok(match scalar.resolve() {
                Resolved::Null => Value::Null,
                Resolved::Bool(value) => value.into(),
                Resolved::Integer(value) => {
                    i64::try_from(value).map_or_else(|_| scalar.text.into(), Value::from)
                }
                Resolved::Float(value) => value.into(),
                Resolved::Text => scalar.text.into(),
            })
        }
        Kind::Sequence(items) => items.iter().map(|item| value(item, lookup)).collect(),
        Kind::Mapping(entries) => {
            let mut map = Map::new();
            for entry in entries {
                let value = value(&entry.value, lookup)?;
                // A key without a value is as good as none: every field has a default.
                if !value.is_null() {
                    map.insert(entry.key.clone(), value);
                }
            }
            Ok(Value::Object(map))
        }
    }
}
