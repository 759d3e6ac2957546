//! The requests about one issue: search, then make or change it, then move it on.

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;
use yaml::{Link, Secret};

use crate::notify::json::{self, Object};
use crate::notify::tree::Tree;
use crate::notify::{Answer, Call, FailureKind, Turn, Verdict, at_path};

/// Rate limits pass.
const RETRIED: &[u16] = &[429];

/// What an issue shall say.
#[derive(Clone, Debug)]
pub(super) struct Issue {
    pub(super) fields: BTreeMap<String, Tree>,
    /// Fields that an issue keeps once it is there.
    pub(super) kept: Vec<&'static str>,
}

/// What is to be done about the issue of a group.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) api_url: Link,
    pub(super) firing: bool,
    pub(super) issue: Issue,
    /// How it is moved on, if it has to be; empty for not at all.
    pub(super) transition: String,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    issues: Vec<FoundIssue>,
}

#[derive(Clone, Deserialize)]
struct FoundIssue {
    #[serde(default)]
    key: String,
    #[serde(default)]
    fields: FoundFields,
}

#[derive(Clone, Default, Deserialize)]
struct FoundFields {
    status: Option<Status>,
}

#[derive(Clone, Deserialize)]
struct Status {
    #[serde(default, rename = "statusCategory")]
    category: Category,
}

#[derive(Clone, Default, Deserialize)]
struct Category {
    #[serde(default)]
    key: String,
}

#[derive(Deserialize)]
struct Transitions {
    #[serde(default)]
    transitions: Vec<Transition>,
}

#[derive(Deserialize)]
struct Transition {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
}

fn give_up(reason: impl Into<String>) -> Turn {
    Turn::End(Verdict::GiveUp(FailureKind::Other, reason.into()))
}

/// Judges an answer of one of several requests; `what` says which.
fn judged(answer: Answer<'_>, what: &str) -> Result<(), Turn> {
    match Verdict::of_answer(answer, RETRIED) {
        Verdict::Sent => Ok(()),
        Verdict::Retry(kind, reason) => Err(Turn::End(Verdict::Retry(kind, format!("{what}: {reason}")))),
        Verdict::GiveUp(kind, reason) => Err(Turn::End(Verdict::GiveUp(kind, format!("{what}: {reason}")))),
    }
}

impl Chain {
    /// Begins with the search.
    pub(super) fn search(self, cloud: bool, query: &str) -> Result<Turn, String> {
        let document = Object::default().put("fields", vec!["status"]).put("jql", query).put("maxResults", 2);
        let url = if cloud {
            let url = at_path(&self.api_url, "search/jql", None);
            Secret::new(url.expose().replacen("/rest/api/2/", "/rest/api/3/", 1))
        } else {
            at_path(&self.api_url, "search", None)
        };
        let call = with_language(Call::json(url, &document)?);
        Ok(Turn::ask(call, move |answer| {
            if let Err(end) = judged(answer, "failed to look up existing issues: HTTP request to JIRA API") {
                return end;
            }
            match serde_json::from_str::<Found>(answer.body) {
                Ok(found) => self.write(found.issues.into_iter().next()),
                Err(error) => give_up(format!("failed to look up existing issues: {error}")),
            }
        }))
    }

    /// Makes the issue, or brings the one that was found up to date.
    fn write(mut self, found: Option<FoundIssue>) -> Turn {
        let (method, path) = match &found {
            // Nobody needs an issue about what is over already.
            None if !self.firing => return Turn::End(Verdict::Sent),
            None => (Method::POST, "issue".to_owned()),
            Some(issue) => (Method::PUT, format!("issue/{}", issue.key)),
        };
        if found.is_some() {
            for name in std::mem::take(&mut self.issue.kept) {
                self.issue.fields.remove(name);
            }
        }
        let what = format!("failed to {method} request to {path:?}");
        let document: BTreeMap<&str, &BTreeMap<String, Tree>> = [("fields", &self.issue.fields)].into();
        let call = match self.call(method, &path, json::encode(&document)) {
            Ok(call) => call,
            Err(error) => return give_up(error),
        };
        Turn::ask(call, move |answer| match (judged(answer, &what), found) {
            (Err(end), _) => end,
            (Ok(()), Some(issue)) => self.look_for_transition(issue),
            (Ok(()), None) => Turn::End(Verdict::Sent),
        })
    }

    /// Moves the issue on if it is on the wrong side: looks up what the transition is called there.
    fn look_for_transition(self, issue: FoundIssue) -> Turn {
        let done = issue.fields.status.as_ref().map(|status| status.category.key == "done");
        let on_wrong_side = done == Some(self.firing);
        if !on_wrong_side || self.transition.is_empty() || issue.key.is_empty() {
            return Turn::End(Verdict::Sent);
        }
        let path = format!("issue/{}/transitions", issue.key);
        let mut call = with_language(Call::get(at_path(&self.api_url, &path, None)));
        call.content_type = Some("application/json");
        Turn::ask(call, move |answer| {
            if let Err(end) = judged(answer, "failed to look up transitions") {
                return end;
            }
            let transitions = match serde_json::from_str::<Transitions>(answer.body) {
                Ok(Transitions { transitions }) => transitions,
                Err(error) => return give_up(format!("failed to look up transitions: {error}")),
            };
            match transitions.into_iter().find(|t| t.name == self.transition) {
                Some(transition) => self.transit(&path, transition.id),
                None => give_up(format!("can't find transition {} for issue {}", self.transition, issue.key)),
            }
        })
    }

    fn transit(&self, path: &str, id: String) -> Turn {
        let document = Object::default().put("transition", Object::default().put_if_set("id", id));
        match self.call(Method::POST, path, json::encode(&document)) {
            Ok(call) => Turn::only(call, RETRIED),
            Err(error) => give_up(error),
        }
    }

    fn call(&self, method: Method, path: &str, body: Result<Vec<u8>, String>) -> Result<Call, String> {
        let call = Call::post(at_path(&self.api_url, path, None), "application/json", body?);
        Ok(with_language(Call { method, ..call }))
    }
}

/// Names of states are compared, so they have to come in one language.
fn with_language(call: Call) -> Call {
    call.with_header("accept-language", "en")
}
