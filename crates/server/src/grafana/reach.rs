//! How data sources of `sources` are reached: by the clients of the proxy, with its guard, logins and bounds.

use std::sync::Arc;

use catalog::data_sources::DataSource;
use dashboards::data_source::{self, OWN_ALERTMANAGER_UID, OWN_UID};
use http::StatusCode;
use serde_json::Value;
use sources::{Ask, Pending, Reach, Reply, Source, SourceError};
use transport::{Deadline, Failure, Wire};

use super::clients;
use super::identify::Asker;
use super::problem::Problem;
use super::proxy::whole;
use super::state::Grafana;

/// Largest answer of a data source to one question.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// The way to one data source, for somebody.
pub struct Way {
    grafana: Arc<Grafana>,
    record: DataSource,
    asker: Option<Asker>,
}

impl Way {
    /// The way to a data source of the catalog, or to this server itself.
    pub fn new(grafana: Arc<Grafana>, record: DataSource, asker: Option<Asker>) -> Way {
        Way { grafana, record, asker }
    }

    /// The data source, with its secrets open.
    ///
    /// # Errors
    /// Secrets that cannot be opened.
    pub fn source(&self) -> Result<Source, Problem> {
        let record = &self.record;
        Ok(Source {
            uid: record.uid.clone(),
            name: record.name.clone(),
            kind: record.kind.clone(),
            url: record.url.clone(),
            user: record.login.clone(),
            database: record.database_name.clone(),
            options: data_source::options(record),
            secrets: self.grafana.vault.open(&record.uid, &record.secrets)?,
        })
    }

    /// Whether the data source is this process.
    pub fn is_own(&self) -> bool {
        matches!(self.record.uid.as_str(), OWN_UID | OWN_ALERTMANAGER_UID)
    }
}

impl Reach for Way {
    fn http<'a>(&'a self, _source: &'a Source, ask: Ask) -> Pending<'a, Reply> {
        Box::pin(async move {
            let Ask { method, path_and_query, headers, body } = ask;
            let asked = clients::Ask { method, path_and_query, headers, body };
            let asker = self.asker.clone();
            match whole(&self.grafana, &self.record, asked, asker, ANSWER_BYTES_MAX).await {
                Ok((status, body)) => Ok(Reply { status, body }),
                Err(problem) => Err(failed(&problem)),
            }
        })
    }

    fn dial<'a>(
        &'a self,
        source: &'a Source,
        host: &'a str,
        port: u16,
        deadline: Deadline,
    ) -> Pending<'a, Wire> {
        Box::pin(async move {
            let opened = Wire::connect_guarded(host, port, self.grafana.clients.guard(), deadline).await;
            opened.map_err(|failure| match &failure {
                Failure::Denied { .. } => SourceError::Denied(clients::denied(&source.name, &failure)),
                Failure::DeadlineExceeded => {
                    SourceError::Timeout(format!("data source {:?}: {failure}", source.name))
                }
                _other => SourceError::Failed(format!("data source {:?}: {failure}", source.name)),
            })
        })
    }
}

fn failed(problem: &Problem) -> SourceError {
    let text = problem.body.get("message").and_then(Value::as_str).unwrap_or("").to_owned();
    match problem.status {
        StatusCode::BAD_REQUEST => SourceError::Query(text),
        StatusCode::FORBIDDEN => SourceError::Denied(text),
        StatusCode::GATEWAY_TIMEOUT => SourceError::Timeout(text),
        _other => SourceError::Failed(text),
    }
}

impl From<SourceError> for Problem {
    fn from(error: SourceError) -> Problem {
        let status = match &error {
            SourceError::Query(_) | SourceError::Refused(_) => StatusCode::BAD_REQUEST,
            SourceError::Denied(_) => StatusCode::FORBIDDEN,
            SourceError::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            SourceError::Failed(_) | SourceError::TooLarge { .. } => StatusCode::BAD_GATEWAY,
        };
        Problem::new(status, error.to_string())
    }
}
