//! From what discovery found to URLs.

use std::collections::BTreeSet;
use std::sync::Arc;

use discovery::TargetGroup;
use model::Labels;
use model::relabel::apply_all;

use super::SetConfig;

const ADDRESS: &str = "__address__";
const SCHEME: &str = "__scheme__";
const PATH: &str = "__alerts_path__";

/// Which Alertmanagers a section stands for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Endpoints {
    /// URLs to send to.
    pub(super) active: BTreeSet<String>,
    /// URLs that relabelling dropped.
    pub(super) dropped: Vec<String>,
}

pub(super) fn endpoints(config: &SetConfig, groups: &[Arc<TargetGroup>]) -> Endpoints {
    let mut endpoints = Endpoints::default();
    for group in groups {
        for target in &group.targets {
            let mut labels = target.builder();
            labels.set(SCHEME, config.scheme).set(PATH, path(&config.path_prefix));
            for (name, value) in group.labels.iter().filter(|(name, _)| !target.has(name)) {
                labels.set(name, value);
            }
            let before = labels.labels();
            if !apply_all(&config.relabel_configs, &mut labels) {
                endpoints.dropped.push(url(&before));
                continue;
            }
            let labels = labels.labels();
            let address = labels.get(ADDRESS);
            if address.is_empty() || address.contains('/') {
                tracing::error!(address, source = %group.source, "not an Alertmanager's address: host and port are needed, no path");
                continue;
            }
            endpoints.active.insert(url(&labels));
        }
    }
    endpoints
}

fn url(labels: &Labels) -> String {
    let path = labels.get(PATH);
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{}://{}{slash}{path}", labels.get(SCHEME), labels.get(ADDRESS))
}

/// The path of version 2 of the API behind a prefix, cleaned as Go's `path.Join` does.
fn path(prefix: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in prefix.split('/').chain(["api", "v2", "alerts"]) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn paths() {
        for (prefix, want) in [
            ("", "/api/v2/alerts"),
            ("/", "/api/v2/alerts"),
            ("am", "/am/api/v2/alerts"),
            ("/am/", "/am/api/v2/alerts"),
            ("//a/../b/.", "/b/api/v2/alerts"),
        ] {
            assert_eq!(path(prefix), want, "{prefix}");
        }
    }
}
