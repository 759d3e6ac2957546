//! From YAML to groups.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use yaml::{Context, Fields, Position, Problem, Report, Value};

use super::check::{check_group, check_rule};
use super::error::{RuleError, RuleErrors, RulePlace};
use super::{Group, Kind, Options, Rule, RuleFile, prune};

pub(super) const ROOT_FIELDS: &[&str] = &["groups"];
pub(super) const GROUP_FIELDS: &[&str] = &["name", "interval", "query_offset", "limit", "rules", "labels"];
pub(super) const RULE_FIELDS: &[&str] =
    &["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];

/// A text with its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) position: Option<Position>,
}

/// A mapping of names to texts, each with its place.
pub(super) type Texts = Vec<(String, Text)>;

/// A group as written.
pub(super) struct RawGroup {
    pub(super) name: String,
    pub(super) position: Position,
    pub(super) labels: Texts,
}

/// A rule as written.
pub(super) struct RawRule {
    pub(super) record: Text,
    pub(super) alert: Text,
    pub(super) expr: Text,
    pub(super) hold: Duration,
    pub(super) keep_firing_for: Duration,
    pub(super) labels: Texts,
    pub(super) annotations: Texts,
    pub(super) position: Position,
}

/// Where checks complain.
#[derive(Default)]
pub(super) struct Complaints {
    pub(super) errors: Vec<RuleError>,
    /// The rule that is being checked.
    pub(super) place: Option<RulePlace>,
}

impl Complaints {
    pub(super) fn add(&mut self, position: Option<Position>, message: impl Into<String>) {
        let rule = self.place.clone();
        self.errors.push(RuleError { position, also: None, rule, message: message.into() });
    }
}

pub(super) fn read(text: &str, options: &Options) -> Result<RuleFile, RuleErrors> {
    let report = Report::new("");
    let mut complaints = Complaints::default();
    let mut file = RuleFile::default();
    if let Some(mut node) = yaml::parse(text, &report) {
        if options.ignore_unknown_fields {
            prune::prune(&mut node);
        }
        let root = Value::root(&node, Context { report: &report, directory: Path::new("") });
        file.groups = read_root(&root, options, &mut complaints);
    }
    let mut errors = complaints.errors;
    match report.finish() {
        Ok(warnings) => file.warnings = warnings.into_iter().map(|w| from_yaml(w).to_string()).collect(),
        Err(problems) => errors.extend(problems.0.into_iter().map(from_yaml)),
    }
    if errors.is_empty() {
        return Ok(file);
    }
    errors.sort_by_key(|error| error.position); // stable: what has no place stays first
    Err(RuleErrors(errors))
}

fn from_yaml(problem: Problem) -> RuleError {
    let mut message = String::new();
    if !problem.path.is_empty() {
        message.push_str(&problem.path);
        message.push_str(": ");
    }
    message.push_str(&problem.message);
    if let Some(hint) = problem.hint {
        message.push_str(&format!(" ({hint})"));
    }
    RuleError { position: problem.position, also: None, rule: None, message }
}

fn read_root(root: &Value<'_>, options: &Options, complaints: &mut Complaints) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let read_all = |f: &Fields<'_>| {
        for item in f.get("groups").and_then(|v| v.items()).unwrap_or_default() {
            if let Some(group) = read_group(&item, options, &groups, complaints) {
                groups.push(group);
            }
        }
        Some(())
    };
    root.fields(read_all);
    groups
}

fn read_group(
    value: &Value<'_>,
    options: &Options,
    before: &[Group],
    complaints: &mut Complaints,
) -> Option<Group> {
    value.fields(|f| {
        let raw = RawGroup {
            name: f.or_default("name"),
            position: value.position(),
            labels: read_texts(f, "labels"),
        };
        check_group(&raw, before, options, complaints);
        let limit: i64 = f.or_default("limit");
        let mut rules = Vec::new();
        let items = f.get("rules").and_then(|v| v.items()).unwrap_or_default();
        for (i, item) in items.iter().enumerate() {
            rules.extend(read_rule(item, &raw.name, i + 1, options, complaints));
        }
        Some(Group {
            interval: f.optional("interval").filter(|d: &Duration| !d.is_zero()),
            query_offset: f.optional("query_offset"),
            // As Prometheus takes it: what is not positive is no limit.
            limit: usize::try_from(limit).unwrap_or(0),
            labels: plain(&raw.labels),
            rules,
            position: raw.position,
            name: raw.name,
        })
    })
}

fn read_rule(
    value: &Value<'_>,
    group: &str,
    number: usize,
    options: &Options,
    complaints: &mut Complaints,
) -> Option<Rule> {
    value.fields(|f| {
        let before = value.context().report.problem_count();
        let raw = RawRule {
            record: read_text(f, "record"),
            alert: read_text(f, "alert"),
            expr: read_text(f, "expr"),
            hold: f.or_default("for"),
            keep_firing_for: f.or_default("keep_firing_for"),
            labels: read_texts(f, "labels"),
            annotations: read_texts(f, "annotations"),
            position: value.position(),
        };
        if value.context().report.problem_count() > before {
            return None; // what is left would be complained about twice
        }
        let name = if raw.alert.text.is_empty() { &raw.record.text } else { &raw.alert.text };
        complaints.place = Some(RulePlace { group: group.to_owned(), number, name: name.clone() });
        let expr = check_rule(&raw, options, complaints);
        complaints.place = None;
        let kind = if raw.alert.text.is_empty() {
            Kind::Record { name: raw.record.text }
        } else {
            let (hold, keep_firing_for) = (raw.hold, raw.keep_firing_for);
            let annotations = plain(&raw.annotations);
            Kind::Alert { name: raw.alert.text, hold, keep_firing_for, annotations }
        };
        Some(Rule {
            kind,
            expr: expr?,
            expr_text: raw.expr.text,
            labels: plain(&raw.labels),
            position: raw.position,
        })
    })
}

fn read_text(f: &Fields<'_>, name: &'static str) -> Text {
    let Some(value) = f.get(name) else { return Text::default() };
    let text = value.text().unwrap_or_default().to_owned();
    Text { text, position: Some(value.position()) }
}

fn read_texts(f: &Fields<'_>, name: &'static str) -> Texts {
    let entries = f.get(name).and_then(|v| v.entries()).unwrap_or_default();
    let text = |value: &Value<'_>| value.text().map(str::to_owned);
    entries
        .into_iter()
        .filter_map(|(key, value)| {
            let text = Text { text: text(&value)?, position: Some(value.position()) };
            Some((key.to_owned(), text))
        })
        .collect()
}

fn plain(texts: &Texts) -> BTreeMap<String, String> {
    texts.iter().map(|(name, text)| (name.clone(), text.text.clone())).collect()
}
