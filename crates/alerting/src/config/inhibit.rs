//! `inhibit_rules`.

use yaml::Value;

use super::matchers::{self, Names};
use crate::inhibit::RuleConfig;
use crate::matchers::Syntax;

const SOURCE: Names = Names { matchers: "source_matchers", equal: "source_match", regex: "source_match_re" };
const TARGET: Names = Names { matchers: "target_matchers", equal: "target_match", regex: "target_match_re" };

pub(super) fn read(value: &Value<'_>, syntax: Syntax) -> Option<RuleConfig> {
    value.fields(|f| {
        let equal = f.get("equal").and_then(|v| v.items()).unwrap_or_default();
        Some(RuleConfig {
            name: f.or_default("name"),
            source: matchers::read(f, SOURCE, syntax),
            target: matchers::read(f, TARGET, syntax),
            equal: equal.iter().filter_map(|v| matchers::label_name(v, syntax, "equal list")).collect(),
        })
    })
}
