//! What a group and a rule must satisfy beyond the grammar. Texts are Prometheus's.

use model::labels::{METRIC_NAME, is_legacy_metric_name};
use model::number::quote;
use model::relabel::NameScheme;
use promql::ast::Expr;

use super::read::{Complaints, RawGroup, RawRule, Texts};
use super::{Group, Options, RuleError};
use crate::no_data;

pub(super) fn check_group(
    group: &RawGroup,
    before: &[Group],
    options: &Options,
    complaints: &mut Complaints,
) {
    let position = Some(group.position);
    if group.name.is_empty() {
        complaints.add(position, "Groupname must not be empty");
    }
    if before.iter().any(|other| other.name == group.name) {
        let message = format!("groupname: \"{}\" is repeated in the same file", group.name);
        complaints.add(position, message);
    }
    check_labels(&group.labels, options, complaints);
}

/// Checks a rule and returns its expression, if that is right.
pub(super) fn check_rule(rule: &RawRule, options: &Options, complaints: &mut Complaints) -> Option<Expr> {
    check_kind(rule, complaints);
    let expr = check_expr(rule, options, complaints);
    if !rule.record.text.is_empty() {
        check_recording(rule, options, complaints);
    }
    check_labels(&rule.labels, options, complaints);
    for (name, text) in &rule.annotations {
        if !options.names.allows_label(name) {
            complaints.add(text.position, format!("invalid annotation name: {name}"));
        }
        if name == no_data::NO_DATA
            && let Err(error) = no_data::parse(&text.text)
        {
            complaints.add(text.position, error);
        }
    }
    if !rule.alert.text.is_empty() {
        check_templates("label", &rule.labels, &rule.alert.text, complaints);
        check_templates("annotation", &rule.annotations, &rule.alert.text, complaints);
    }
    expr
}

fn check_kind(rule: &RawRule, complaints: &mut Complaints) {
    match (rule.record.text.is_empty(), rule.alert.text.is_empty()) {
        (false, false) => {
            let (position, also) = (rule.record.position, rule.alert.position);
            let message = "only one of 'record' and 'alert' must be set".to_owned();
            complaints.errors.push(RuleError { position, also, rule: complaints.place.clone(), message });
        }
        (true, true) => complaints.add(Some(rule.position), "one of 'record' or 'alert' must be set"),
        (true, false) | (false, true) => {}
    }
}

fn check_expr(rule: &RawRule, options: &Options, complaints: &mut Complaints) -> Option<Expr> {
    if rule.expr.text.is_empty() {
        let position = rule.expr.position.unwrap_or(rule.position);
        complaints.add(Some(position), "field 'expr' must be set in rule");
        return None;
    }
    match promql::parse(&rule.expr.text, &options.promql) {
        Ok(expr) => Some(expr),
        Err(error) => {
            complaints.add(rule.expr.position, format!("could not parse expression: {error}"));
            None
        }
    }
}

fn check_recording(rule: &RawRule, options: &Options, complaints: &mut Complaints) {
    let position = rule.record.position;
    let name = &rule.record.text;
    for (is_set, field) in [
        (!rule.annotations.is_empty(), "annotations"),
        (!rule.hold.is_zero(), "for"),
        (!rule.keep_firing_for.is_zero(), "keep_firing_for"),
    ] {
        if is_set {
            complaints.add(position, format!("invalid field '{field}' in recording rule"));
        }
    }
    let valid = match options.names {
        NameScheme::Utf8 => true,
        NameScheme::Legacy => is_legacy_metric_name(name),
    };
    if !valid {
        complaints.add(position, format!("invalid recording rule name: {name}"));
    }
    // A valid name since UTF-8 names, but what was meant is surely an expression.
    if name.contains(['{', '}']) {
        let message = format!("braces present in the recording rule name; should it be in expr?: {name}");
        complaints.add(position, message);
    }
}

fn check_labels(labels: &Texts, options: &Options, complaints: &mut Complaints) {
    for (name, text) in labels {
        if !options.names.allows_label(name) || name == METRIC_NAME {
            complaints.add(text.position, format!("invalid label name: {name}"));
        }
    }
}

fn check_templates(what: &str, texts: &Texts, alert: &str, complaints: &mut Complaints) {
    for (name, text) in texts {
        if let Err(error) = crate::expand::check(alert, &text.text) {
            complaints.add(text.position, format!("{what} {}: {error}", quote(name)));
        }
    }
}
