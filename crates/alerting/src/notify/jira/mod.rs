//! `jira_configs`: an issue per group: looked for, made or brought up to date, resolved and opened again.
//!
//! Source: `notify/jira` of Alertmanager 0.34.

mod chain;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use yaml::{Fields, Link, Read, Value};

use super::templates::{Templates, Texts};
use super::tree::Tree;
use super::{KindSpec, Messenger, Notice, Notifier, Secrets, Turn, template};
use crate::config::Global;
use chain::{Chain, Issue};

pub(super) const KIND: KindSpec = KindSpec { field: "jira_configs", name: "jira", send_resolved: true, read };

/// Jira's bounds, in characters.
const SUMMARY_CHARS_MAX: usize = 255;
const DESCRIPTION_CHARS_MAX: usize = 32_767;

/// One project. Texts are templates.
#[derive(Debug)]
struct Config {
    api_url: Link,
    /// Whether the search is the one of Jira Cloud.
    cloud: bool,
    project: String,
    summary: Field,
    description: Field,
    labels: Vec<String>,
    priority: String,
    issue_type: String,
    reopen_transition: String,
    resolve_transition: String,
    wont_fix_resolution: String,
    reopen_duration: Duration,
    fields: BTreeMap<String, Tree>,
}

/// A field that an update may leave alone.
#[derive(Debug)]
struct Field {
    template: String,
    update: bool,
}

impl Field {
    fn read(f: &Fields<'_>, name: &'static str, default: &str) -> Field {
        let whole = |text: &str| Field { template: text.to_owned(), update: true };
        let Some(value) = f.get(name) else { return whole(default) };
        if !matches!(value.node().kind, yaml::Kind::Mapping(_)) {
            return whole(&template(f, name, default));
        }
        let read = value.fields(|f| {
            Some(Field { template: template(f, "template", default), update: f.or("enable_update", true) })
        });
        read.unwrap_or_else(|| whole(default))
    }
}

fn read(f: &Fields<'_>, global: &Global) -> Option<Notifier> {
    let api_url: Option<Link> = f.optional("api_url").or_else(|| global.jira_api_url.clone());
    if api_url.is_none() {
        f.value().problem("no global Jira Cloud URL set");
    }
    let text = |name: &'static str, default: &str| template(f, name, default);
    let (project, issue_type) = (text("project", ""), text("issue_type", ""));
    for (name, value) in [("project", &project), ("issue_type", &issue_type)] {
        if value.is_empty() {
            f.value().problem(format!("missing {name} in jira_config"));
        }
    }
    let at_cloud =
        api_url.as_ref().is_some_and(|url| url.host_str().is_some_and(|h| h.ends_with("atlassian.net")));
    let cloud = match f.or("api_type", "auto".to_owned()).as_str() {
        "auto" => at_cloud,
        "cloud" => true,
        "datacenter" => false,
        _other => {
            f.problem("api_type", "unknown api_type on jira_config, must be auto, cloud or datacenter");
            false
        }
    };
    let labels: Vec<String> = f.or_default("labels");
    for error in labels.iter().filter_map(|label| Templates::check(label).err()) {
        f.problem("labels", error);
    }
    let config = Config {
        cloud,
        summary: Field::read(f, "summary", r#"{{ template "jira.default.summary" . }}"#),
        description: Field::read(f, "description", r#"{{ template "jira.default.description" . }}"#),
        priority: text("priority", r#"{{ template "jira.default.priority" . }}"#),
        reopen_transition: f.or_default("reopen_transition"),
        resolve_transition: f.or_default("resolve_transition"),
        wont_fix_resolution: f.or_default("wont_fix_resolution"),
        reopen_duration: f.or_default("reopen_duration"),
        fields: read_trees(f.get("fields")),
        labels,
        project,
        issue_type,
        api_url: api_url?,
    };
    Some(Notifier::new(f, global, config))
}

fn read_trees(value: Option<Value<'_>>) -> BTreeMap<String, Tree> {
    let entries = value.and_then(|v| v.entries()).unwrap_or_default();
    entries.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Tree::read(&value)?))).collect()
}

impl Messenger for Config {
    fn begin(&self, notice: &Notice<'_>, _: &dyn Secrets) -> Result<Turn, String> {
        let texts = notice.texts();
        let firing = notice.data.status == "firing";
        let label = format!("ALERT{{{}}}", notice.group_hash());
        let project = texts.text(&self.project);
        let issue = self.issue(&texts, &project, &label)?;
        texts.finish()?;
        let chain = Chain {
            api_url: self.api_url.clone(),
            firing,
            issue,
            transition: if firing { &self.reopen_transition } else { &self.resolve_transition }.clone(),
        };
        chain.search(self.cloud, &self.query(firing, &project, &label))
    }
}

impl Config {
    /// Returns the query for the group's issue.
    fn query(&self, firing: bool, project: &str, label: &str) -> String {
        let quote = model::number::quote;
        let mut query = String::new();
        if !self.wont_fix_resolution.is_empty() {
            // An open issue has no resolution, which Jira takes for different from none.
            let resolution = quote(&self.wont_fix_resolution);
            query.push_str(&format!("(resolution is EMPTY or resolution != {resolution}) and "));
        }
        let minutes = self.reopen_duration.as_secs() / 60;
        if firing && !self.reopen_transition.is_empty() && minutes > 0 {
            query.push_str(&format!("(resolutiondate is EMPTY OR resolutiondate >= -{minutes}m) and "));
        } else {
            query.push_str("statusCategory != Done and ");
        }
        let (project, label) = (quote(project), quote(label));
        query.push_str(&format!(
            "project={project} and labels={label} order by status ASC,resolutiondate DESC"
        ));
        query
    }

    fn issue(&self, texts: &Texts<'_>, project: &str, label: &str) -> Result<Issue, String> {
        let named = |name: String| Tree::Map([("name".to_owned(), Tree::Text(name))].into());
        let mut fields = BTreeMap::new();
        let mut put = |name: &str, value: Tree| drop(fields.insert(name.to_owned(), value));
        put("project", Tree::Map([("key".to_owned(), Tree::Text(project.to_owned()))].into()));
        put("issuetype", named(texts.text(&self.issue_type)));
        put("summary", Tree::Text(texts.short(&self.summary.template, SUMMARY_CHARS_MAX)));
        let mut labels: Vec<String> = self.labels.iter().map(|label| texts.text(label)).collect();
        labels.push(label.to_owned());
        labels.sort();
        put("labels", Tree::List(labels.into_iter().map(Tree::Text).collect()));
        let priority = texts.text(&self.priority);
        if !priority.is_empty() {
            put("priority", named(priority));
        }
        let description = texts.short(&self.description.template, DESCRIPTION_CHARS_MAX);
        if self.api_url.path().trim_end_matches('/').ends_with("/3") {
            // Version 3 wants a document in JSON.
            let document = description.trim();
            if !document.is_empty() {
                put(
                    "description",
                    Tree::json(document).ok_or("description template: invalid JSON for API v3")?,
                );
            }
        } else if !description.is_empty() {
            put("description", Tree::Text(description));
        }
        let Tree::Map(own) = Tree::render_map(&self.fields, texts) else {
            return Err("fields: not a mapping".to_owned());
        };
        let own_summary = own.contains_key("summary");
        let own_description = own.contains_key("description");
        fields.extend(own);
        let mut kept = Vec::new();
        if !self.summary.update && !own_summary {
            kept.push("summary");
        }
        if !self.description.update && !own_description {
            kept.push("description");
        }
        Ok(Issue { fields, kept })
    }
}
