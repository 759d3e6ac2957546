//! API v2 from the client's side.

use anyhow::{Context, anyhow, bail};
use clap::ArgMatches;
use serde_json::Value;

use super::super::http::{Answer, Server};
use super::{is_on, text, timeout};
use crate::role::alertmanager::UPSTREAM_VERSION;

/// A server's API.
pub(super) struct Client {
    server: Server,
    timeout: std::time::Duration,
}

/// What went wrong with a request that was answered.
#[derive(Debug, thiserror::Error)]
#[error("[{method} {path}][{status}] {body}")]
pub(super) struct Refused {
    method: &'static str,
    path: String,
    pub(super) status: u16,
    body: String,
}

impl Client {
    /// Connects to what `--alertmanager.url` names, and warns if it is of another version.
    pub(super) fn new(matches: &ArgMatches) -> anyhow::Result<Client> {
        let url =
            text(matches, "alertmanager.url").context("required flag --alertmanager.url not provided")?;
        let server = Server::of(url, matches, &format!("amtool/{UPSTREAM_VERSION}"))?;
        let client = Client { server, timeout: timeout(matches) };
        if is_on(matches, "no-version-check") {
            client.compare_versions();
        }
        Ok(client)
    }

    fn compare_versions(&self) {
        // A server that does not say is left in peace: the request itself will tell what is wrong.
        let Ok(status) = self.get("/status", &[]) else { return };
        let Some(theirs) = status.pointer("/versionInfo/version").and_then(Value::as_str) else { return };
        if major_minor(theirs) != major_minor(UPSTREAM_VERSION) {
            eprintln!(
                "Warning: amtool version ({UPSTREAM_VERSION}) and alertmanager version ({theirs}) are different."
            );
        }
    }

    /// Gets a document.
    pub(super) fn get(&self, path: &str, parameters: &[(&str, &str)]) -> anyhow::Result<Value> {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let answer = self.server.get(&format!("/api/v2{path}"), &query, self.timeout)?;
        let body = accepted("GET", path, answer)?;
        serde_json::from_slice(&body).with_context(|| format!("the answer to GET {path} is not JSON"))
    }

    /// Posts a document.
    pub(super) fn post(&self, path: &str, document: &Value) -> anyhow::Result<Value> {
        let headers = [("content-type", "application/json")];
        let body = serde_json::to_vec(document)?;
        let answer = self.server.post_bytes(&format!("/api/v2{path}"), &headers, body, self.timeout)?;
        let body = accepted("POST", path, answer)?;
        Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Deletes something.
    pub(super) fn delete(&self, path: &str) -> anyhow::Result<()> {
        let answer = self.server.delete(&format!("/api/v2{path}"), self.timeout)?;
        accepted("DELETE", path, answer).map(|_| ())
    }

    /// Gets a list of documents.
    pub(super) fn list(&self, path: &str, parameters: &[(&str, &str)]) -> anyhow::Result<Vec<Value>> {
        match self.get(path, parameters)? {
            Value::Array(items) => Ok(items),
            Value::Null => Ok(Vec::new()),
            other => bail!("the answer to GET {path} is not a list: {other}"),
        }
    }
}

fn accepted(method: &'static str, path: &str, answer: Answer) -> anyhow::Result<Vec<u8>> {
    if (200..300).contains(&answer.status) {
        return Ok(answer.body);
    }
    let body = String::from_utf8_lossy(&answer.body).trim().to_owned();
    Err(anyhow!(Refused { method, path: path.to_owned(), status: answer.status, body }))
}

fn major_minor(version: &str) -> Vec<&str> {
    version.trim_start_matches('v').split('.').take(2).collect()
}
