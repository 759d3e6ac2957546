//! Ready-made dashboards, written by this project: they ask for metrics that this program exports, and for those of kube-state-metrics,
//! cAdvisor, the kubelet, the API server and CoreDNS under their own names, without recording rules.

/// The title of the folder that they are in.
pub const FOLDER: &str = "Ready-made";
/// Its identifier.
pub const FOLDER_UID: &str = "ready-made";

/// All of them: file name and document.
pub const ALL: [(&str, &str); 13] = [
    ("host.json", include_str!("host.json")),
    ("server.json", include_str!("server.json")),
    ("alertmanager.json", include_str!("alertmanager.json")),
    ("k8s-cluster.json", include_str!("k8s-cluster.json")),
    ("k8s-namespace.json", include_str!("k8s-namespace.json")),
    ("k8s-workload.json", include_str!("k8s-workload.json")),
    ("k8s-pod.json", include_str!("k8s-pod.json")),
    ("k8s-node.json", include_str!("k8s-node.json")),
    ("k8s-apiserver.json", include_str!("k8s-apiserver.json")),
    ("k8s-kubelet.json", include_str!("k8s-kubelet.json")),
    ("k8s-volumes.json", include_str!("k8s-volumes.json")),
    ("k8s-coredns.json", include_str!("k8s-coredns.json")),
    ("ktcloud-lb.json", include_str!("ktcloud-lb.json")),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::ALL;
    use crate::document;
    use crate::save::parse;

    /// Every expression of a document, from panels and variables.
    fn expressions(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match (name.as_str(), field) {
                        ("expr", Value::String(text)) => found.push(text.clone()),
                        (_, field) => expressions(field, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn documents_are_whole_and_their_expressions_parse() {
        let mut uids = HashSet::new();
        for (name, text) in ALL {
            let document = parse(text).unwrap();
            document::summary(&document).unwrap();
            assert!(uids.insert(document::text(&document, "uid").to_owned()), "{name}");
            let panels = document["panels"].as_array().unwrap();
            let ids: HashSet<i64> = panels.iter().map(|p| p["id"].as_i64().unwrap()).collect();
            assert_eq!(ids.len(), panels.len(), "{name}: panel numbers");
            for panel in panels {
                let grid = &panel["gridPos"];
                assert!(
                    grid["x"].as_i64().unwrap() + grid["w"].as_i64().unwrap() <= 24,
                    "{name}: {}",
                    panel["title"]
                );
            }
            let mut found = Vec::new();
            expressions(&Value::Object(document), &mut found);
            assert!(found.len() > 5, "{name}");
            for expression in found {
                let plain = expression
                    .replace("$__rate_interval", "1m")
                    .replace("$__range", "1h")
                    .replace("$__interval", "1m");
                let options = promql::ParseOptions::default();
                if let Err(error) = promql::parser::parse(&plain, &options) {
                    panic!("{name}: {expression}: {error}");
                }
            }
        }
    }
}
