//! What discovery finds: targets in groups.

use model::Labels;

/// Targets that one source told of together. A later group of the same source replaces it as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// Names the group within its provider, such as `/etc/targets/web.yml:0`. Also shown to users.
    pub source: String,
    /// Labels of all targets of the group.
    pub labels: Labels,
    /// One label set per target; each has at least `__address__`.
    pub targets: Vec<Labels>,
}
