//! Asks the server.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Request, StatusCode};
use model::number::format_f;
use telemetry::Counter;
use transport::{Client, ClientError, Deadline, Failure};

use super::{Config, parse};
use crate::TargetGroup;
use crate::mechanisms::refresh::Refresher;
use crate::mechanisms::{Setup, StartError, groups};

/// The label that tells which server a target came from.
const URL_LABEL: &str = "__meta_url";
/// Tells the server how often it will be asked.
const INTERVAL_HEADER: &str = "x-prometheus-refresh-interval-seconds";
/// Longest answer that is read: millions of targets.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// A server, and how many groups it told of the last time.
pub(crate) struct Source {
    client: Client,
    config: Config,
    group_count: usize,
    failures: Counter,
}

/// Why a server's answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("{0}")]
    Request(#[from] http::Error),
    #[error("{0}")]
    Send(#[from] ClientError),
    #[error("reading the answer: {0}")]
    Body(#[from] Failure),
    #[error("server returned HTTP status {0}")]
    Status(StatusCode),
    #[error("unsupported content type {0:?}")]
    ContentType(String),
    #[error("reading target groups: {0}")]
    Groups(String),
}

impl Source {
    pub(crate) fn new(config: Config, setup: &Setup) -> Result<Source, StartError> {
        let client = Client::new(&config.client, &setup.user_agent)?;
        Ok(Source { client, config, group_count: 0, failures: setup.metrics.http_failures.clone() })
    }

    async fn refresh(&mut self) -> Result<Vec<TargetGroup>, HttpError> {
        let answer = self.ask().await;
        let mut found = answer.inspect_err(|_| self.failures.inc())?;
        // Printed without password: the label is shown to everybody.
        let url = self.config.url.to_string();
        self.group_count = groups::name_after(&url, URL_LABEL, &mut found, self.group_count);
        Ok(found)
    }

    async fn ask(&self) -> Result<Vec<TargetGroup>, HttpError> {
        let interval: Duration = self.config.refresh_interval;
        let request = Request::get(self.config.url.url().as_str())
            .header(ACCEPT, "application/json")
            .header(INTERVAL_HEADER, format_f(interval.as_secs_f64()))
            .body(Bytes::new())?;
        let mut answer = self.client.send(request, Deadline::after(interval)).await?;
        if answer.status() != StatusCode::OK {
            return Err(HttpError::Status(answer.status()));
        }
        let content_type = answer.header(CONTENT_TYPE.as_str()).unwrap_or_default().trim();
        if !parse::is_json(content_type) {
            return Err(HttpError::ContentType(content_type.to_owned()));
        }
        let mut body = Vec::new();
        answer.read_to(&mut body, ANSWER_BYTES_MAX).await?;
        groups::from_json(&body).map_err(HttpError::Groups)
    }
}

/// Asks forever.
pub(crate) async fn run(mut source: Source, setup: Setup) {
    let mut refresher = Refresher::new("http", source.config.refresh_interval, setup);
    loop {
        refresher.begin().await;
        let answer = source.refresh().await;
        refresher.end(answer).await;
    }
}
