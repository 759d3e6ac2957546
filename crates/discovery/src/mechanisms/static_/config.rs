//! `static_configs`: targets written in the configuration itself.

use crate::TargetGroup;

/// All static groups of one job. A group's source is its index, as in Prometheus.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The groups in the order written.
    pub groups: Vec<TargetGroup>,
}
