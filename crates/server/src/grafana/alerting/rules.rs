//! Rules of files as Grafana's alert rules: a file is a folder, a group a group, an expression the query `A`.

use dashboards::data_source::OWN_UID;
use serde_json::{Map, Value, json};

/// A group of rules.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Seconds between evaluations.
    pub interval_s: u64,
    file: String,
    rules: Vec<Value>,
}

/// Letters of an identifier; Grafana's bound is 40.
const UID_CHARS: usize = 30;

/// An identifier that is the same for the same names, and fits into a path.
pub fn uid(names: &[&str]) -> String {
    // Several names in one: a zero byte is in none of them.
    let mut uid = accounts::secret::hash(&names.join("\0"));
    uid.truncate(UID_CHARS);
    uid
}

/// The groups of `/api/v1/rules`.
pub fn groups(data: &Value) -> Vec<Group> {
    let one = |group: &Value| Group {
        name: group["name"].as_str().unwrap_or("").to_owned(),
        interval_s: group["interval"].as_f64().map_or(0, |seconds| seconds as u64),
        file: group["file"].as_str().unwrap_or("").to_owned(),
        rules: group["rules"].as_array().cloned().unwrap_or_default(),
    };
    data["groups"].as_array().into_iter().flatten().map(one).collect()
}

impl Group {
    /// The identifier of the folder that stands for the file.
    pub fn folder_uid(&self) -> String {
        uid(&[&self.file])
    }

    /// The name of the folder that stands for the file: its own, without the directory.
    fn folder(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or("")
    }

    /// Its rules as the provisioning API shows them.
    pub fn provisioned(&self) -> Vec<Value> {
        self.rules.iter().enumerate().map(|(at, rule)| self.one(at, rule)).collect()
    }

    fn one(&self, at: usize, rule: &Value) -> Value {
        let name = rule["name"].as_str().unwrap_or("");
        let query = json!({
            "refId": "A",
            "queryType": "",
            "relativeTimeRange": { "from": 600, "to": 0 },
            "datasourceUid": OWN_UID,
            "model": { "refId": "A", "expr": rule["query"], "instant": true, "range": false },
        });
        let mut shown = json!({
            "id": at + 1,
            "uid": self.uid_of(at, name),
            "orgID": 1,
            "folderUID": self.folder_uid(),
            "ruleGroup": self.name,
            "title": name,
            "condition": "A",
            "data": [query],
            "updated": "0001-01-01T00:00:00Z",
            "noDataState": "OK",
            "execErrState": "Error",
            "for": duration(&rule["duration"]),
            "keep_firing_for": duration(&rule["keepFiringFor"]),
            "annotations": or_empty(&rule["annotations"]),
            "labels": or_empty(&rule["labels"]),
            "provenance": "file",
            "isPaused": false,
            "notification_settings": null,
            "record": null,
        });
        if rule["type"] == "recording" {
            shown["record"] = json!({ "metric": name, "from": "A" });
        }
        shown
    }

    fn uid_of(&self, at: usize, name: &str) -> String {
        uid(&[&self.file, &self.name, name, &at.to_string()])
    }

    /// A rule as the ruler API shows it.
    fn ruled(&self, at: usize, rule: &Value) -> Value {
        let name = rule["name"].as_str().unwrap_or("");
        let mut shown = Map::new();
        let kind = if rule["type"] == "recording" { "record" } else { "alert" };
        shown.insert(kind.to_owned(), name.into());
        shown.insert("expr".to_owned(), rule["query"].clone());
        if kind == "alert" {
            shown.insert("for".to_owned(), duration(&rule["duration"]).into());
            shown.insert("annotations".to_owned(), or_empty(&rule["annotations"]));
        }
        shown.insert("labels".to_owned(), or_empty(&rule["labels"]));
        let of_grafana = json!({
            "title": name, "uid": self.uid_of(at, name), "namespace_uid": self.folder_uid(), "rule_group": self.name,
            "condition": "A", "no_data_state": "OK", "exec_err_state": "Error", "provenance": "file", "is_paused": false,
            "data": self.one(at, rule)["data"],
        });
        shown.insert("grafana_alert".to_owned(), of_grafana);
        Value::Object(shown)
    }
}

fn or_empty(value: &Value) -> Value {
    if value.is_object() { value.clone() } else { json!({}) }
}

/// Seconds as Prometheus writes a duration: `5m`, `1h30m`.
fn duration(seconds: &Value) -> String {
    let seconds = std::time::Duration::try_from_secs_f64(seconds.as_f64().unwrap_or(0.0)).unwrap_or_default();
    model::duration::format(seconds)
}

/// Groups by the folders that stand for their files, or those of one.
pub fn namespaces(groups: &[Group], only: Option<&str>) -> Value {
    let mut all = Map::new();
    let wanted =
        |group: &&Group| only.is_none_or(|only| only == group.folder() || only == group.folder_uid());
    for group in groups.iter().filter(wanted) {
        let rules: Vec<Value> =
            group.rules.iter().enumerate().map(|(at, rule)| group.ruled(at, rule)).collect();
        let shown =
            json!({ "name": group.name, "interval": duration(&group.interval_s.into()), "rules": rules });
        let list = all.entry(group.folder()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(shown);
        }
    }
    Value::Object(all)
}
