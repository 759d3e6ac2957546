//! `static_configs`: targets written in the configuration itself.

use model::Labels;
use yaml::Value;
use yaml::write::{Map, Out};

use crate::TargetGroup;

/// The label that holds a target's host and port.
const ADDRESS_LABEL: &str = "__address__";

/// All static groups of one job. A group's source is its index, as in Prometheus.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The groups in the order written.
    pub groups: Vec<TargetGroup>,
}

/// Reads one group: `targets` and `labels`.
pub(crate) fn read_group(value: &Value<'_>, index: usize) -> Option<TargetGroup> {
    value.fields(|f| {
        let addresses: Vec<String> = f.or_default("targets");
        let labels = f.or_default("labels");
        let targets = addresses.iter().map(|a| Labels::from_pairs([(ADDRESS_LABEL, a)])).collect();
        Some(TargetGroup { source: index.to_string(), labels, targets })
    })
}

/// Returns a group as Prometheus prints it.
pub(crate) fn group_to_yaml(group: &TargetGroup) -> Out {
    let mut map = Map::new();
    map.put("targets", group.targets.iter().map(|t| t.get(ADDRESS_LABEL)).collect::<Vec<_>>());
    map.put_if_set("labels", &group.labels);
    map.into()
}
