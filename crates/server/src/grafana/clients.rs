//! HTTP clients of data sources: with their logins, kept while they do not change, and never to forbidden addresses.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use catalog::data_sources::DataSource;
use dashboards::data_source;
use dashboards::reach;
use dashboards::secrets::Secrets;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};
use transport::client::AddressGuard;
use transport::config::HttpClientConfig;
use transport::{Client, Deadline, Failure, Response};

use super::problem::Problem;
use super::state::Grafana;

/// Clients kept; more data sources than that share by turns.
const KEPT_MAX: usize = 128;
/// Questions under way to all data sources but this server.
const QUESTIONS_MAX: usize = 64;
/// Redirects that are followed within one server.
const REDIRECTS_MAX: usize = 3;
/// Headers that a data source may be given, at most.
const HEADERS_MAX: usize = 20;

/// The clients.
pub struct Clients {
    kept: Mutex<HashMap<String, (i64, Client)>>,
    guard: Option<AddressGuard>,
    timeout: Duration,
    turns: Semaphore,
}

impl Clients {
    /// Builds the set. `any_address` lifts the ban on link-local and metadata addresses; `timeout`
    /// is for a whole answer.
    pub fn new(any_address: bool, timeout: Duration) -> Clients {
        let guard: AddressGuard = Arc::new(reach::allowed);
        let turns = Semaphore::new(QUESTIONS_MAX);
        Clients { kept: Mutex::default(), guard: (!any_address).then_some(guard), timeout, turns }
    }

    /// Which addresses may be connected to, if not all.
    pub fn guard(&self) -> Option<&AddressGuard> {
        self.guard.as_ref()
    }

    /// Waits until another data source may be asked.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Forgets the client of a data source that changed.
    pub fn forget(&self, uid: &str) {
        self.kept.lock().remove(uid);
    }

    fn client(&self, source: &DataSource, secrets: &Secrets) -> Result<Client, Failure> {
        if let Some((version, client)) = self.kept.lock().get(&source.uid)
            && *version == source.version
        {
            return Ok(client.clone());
        }
        let config = HttpClientConfig {
            tls: sources::kind::tls(&data_source::options(source), secrets),
            // Followed by hand: only within the same server.
            follow_redirects: false,
            ..HttpClientConfig::default()
        };
        let client = match &self.guard {
            Some(guard) => Client::guarded(&config, "Bongsu", guard.clone())?,
            None => Client::new(&config, "Bongsu")?,
        };
        let mut kept = self.kept.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(source.uid.clone(), (source.version, client.clone()));
        Ok(client)
    }
}

/// A request to a data source.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The method.
    pub method: Method,
    /// The path below the data source's URL, without a slash at its beginning, and the query.
    pub path_and_query: String,
    /// Headers to send on.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Asks a data source, with its own credentials.
///
/// # Errors
/// 400 if it has no usable address, 403 if its address is forbidden, 502 if it does not answer.
pub async fn ask(grafana: &Grafana, source: &DataSource, ask: Ask) -> Result<Response, Problem> {
    let secrets = grafana.vault.open(&source.uid, &source.secrets)?;
    let failed = |failure: Failure| failed(&source.name, &failure);
    let client = grafana.clients.client(source, &secrets).map_err(failed)?;
    let base: url::Url = source
        .url
        .parse()
        .ok()
        .filter(|url: &url::Url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| {
            Problem::bad_request(format!("data source {:?} has no http or https URL", source.name))
        })?;
    let mut target = format!("{}/{}", base.as_str().trim_end_matches('/'), ask.path_and_query);
    let deadline = Deadline::after(grafana.clients.timeout);
    for _ in 0..=REDIRECTS_MAX {
        let mut request = http::Request::builder()
            .method(ask.method.clone())
            .uri(&target)
            .body(ask.body.clone())
            .map_err(|e| Problem::bad_request(format!("not a path for a data source: {e}")))?;
        *request.headers_mut() = ask.headers.clone();
        add_credentials(source, &secrets, request.headers_mut());
        let response = client.send(request, deadline).await.map_err(|e| failed(e.failure))?;
        if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
            return Ok(response);
        }
        let next = response.header("location").and_then(|to| target.parse::<url::Url>().ok()?.join(to).ok());
        // Another host would get credentials that are not for it, or be one that we must not ask.
        match next.filter(|next| next.origin() == base.origin()) {
            Some(next) => target = next.to_string(),
            None => {
                let text = "the data source redirects to another server, which is not followed";
                return Err(Problem::new(StatusCode::BAD_GATEWAY, text));
            }
        }
    }
    Err(Problem::new(StatusCode::BAD_GATEWAY, "the data source redirects in a circle"))
}

fn failed(name: &str, failure: &Failure) -> Problem {
    match failure {
        Failure::Denied { .. } => Problem::new(StatusCode::FORBIDDEN, denied(name, failure)),
        Failure::DeadlineExceeded => {
            Problem::new(StatusCode::GATEWAY_TIMEOUT, format!("data source {name:?}: {failure}"))
        }
        _other => Problem::new(StatusCode::BAD_GATEWAY, format!("data source {name:?}: {failure}")),
    }
}

/// What is told of an address that must not be asked.
pub fn denied(name: &str, failure: &Failure) -> String {
    format!("data source {name:?}: {failure} (--datasources.allow-any-address lifts this)")
}

/// Adds what the data source is to be told: its login, and its own headers.
fn add_credentials(source: &DataSource, secrets: &Secrets, headers: &mut HeaderMap) {
    if source.basic_auth {
        let password = secrets.get("basicAuthPassword").map_or("", String::as_str);
        let encoded = BASE64_STANDARD.encode(format!("{}:{password}", source.basic_auth_user));
        if let Ok(mut value) = HeaderValue::from_str(&format!("Basic {encoded}")) {
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
    }
    let options = data_source::options(source);
    for i in 1..=HEADERS_MAX {
        let Some(name) = options.get(&format!("httpHeaderName{i}")).and_then(Value::as_str) else { break };
        let value = secrets.get(&format!("httpHeaderValue{i}")).map_or("", String::as_str);
        if let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
}
