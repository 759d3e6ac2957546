//! Forgetting fields that nobody knows, where the user asked for that.

use yaml::{Kind, Node};

use super::read::{GROUP_FIELDS, ROOT_FIELDS, RULE_FIELDS};

/// Removes unknown fields of the file, its groups and their rules.
pub(super) fn prune(root: &mut Node) {
    keep(root, ROOT_FIELDS);
    for group in items_of(root, "groups") {
        keep(group, GROUP_FIELDS);
        for rule in items_of(group, "rules") {
            keep(rule, RULE_FIELDS);
        }
    }
}

fn keep(node: &mut Node, fields: &[&str]) {
    if let Kind::Mapping(entries) = &mut node.kind {
        entries.retain(|entry| fields.contains(&entry.key.as_str()));
    }
}

fn items_of<'a>(node: &'a mut Node, field: &str) -> &'a mut [Node] {
    let Kind::Mapping(entries) = &mut node.kind else { return &mut [] };
    match entries.iter_mut().find(|entry| entry.key == field).map(|entry| &mut entry.value.kind) {
        Some(Kind::Sequence(items)) => items,
        Some(Kind::Scalar(_) | Kind::Mapping(_)) | None => &mut [],
    }
}
