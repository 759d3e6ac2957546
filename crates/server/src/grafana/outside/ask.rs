//! What is asked of a provider: tokens for a code, who somebody is, and what its first answer leaves out.

use std::time::Duration;

use accounts::outside::config::Provider;
use accounts::outside::follow_up::{self, FollowUp, PAGE, PAGES_MAX, Subject};
use accounts::outside::oauth::{self, Journey};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use serde_json::Value;
use transport::config::{HttpClientConfig, Source};
use transport::{Client, Deadline};

use super::ANSWER_BYTES_MAX;
use super::vouched::read;
use crate::grafana::problem::Problem;

/// Longest time for all that a provider is asked at a time.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A provider that is being asked.
pub(super) struct Asked<'p> {
    provider: &'p Provider,
    client: Client,
    deadline: Deadline,
}

/// Why a provider gave nothing.
pub(super) enum Nothing {
    /// It says no: what was sent is not, or no longer, good.
    Refused(&'static str),
    /// It does not answer, or not as providers do.
    Silent(&'static str),
}

impl Nothing {
    /// As an answer to the browser. What the provider said may hold the code, and is not told.
    pub(super) fn problem(&self, provider: &Provider) -> Problem {
        let (Nothing::Refused(what) | Nothing::Silent(what)) = self;
        Problem::bad_request(format!("{} {what}", provider.title))
    }
}

impl<'p> Asked<'p> {
    pub(super) fn new(provider: &'p Provider) -> Result<Asked<'p>, Problem> {
        let client =
            Client::new(&HttpClientConfig::default(), "Bongsu").map_err(|e| Problem::internal(&e))?;
        Ok(Asked { provider, client, deadline: Deadline::after(TIMEOUT) })
    }

    /// How we prove to the provider that we are its client.
    pub(super) fn secret(&self) -> Result<String, Problem> {
        Ok(match &self.provider.client_secret {
            None => String::new(),
            Some(Source::Inline(secret)) => secret.expose().to_owned(),
            Some(Source::File(file)) => read(file).map_err(|e| Problem::internal(&e))?.trim().to_owned(),
        })
    }

    /// Makes tokens of a form; the answer holds an access token.
    pub(super) async fn tokens(&self, form: String) -> Result<Value, Nothing> {
        let request = http::Request::post(&self.provider.token_url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(form));
        let (status, answer) = self.exchange(request).await?;
        // Some providers say no with a good status.
        let refused = status.is_client_error() || answer.get("error").is_some();
        match answer.get("access_token") {
            Some(Value::String(_)) if status.is_success() => Ok(answer),
            _ if refused => Err(Nothing::Refused("does not accept this login")),
            _ => Err(Nothing::Silent("does not answer as it should")),
        }
    }

    /// Asks who somebody is whom these tokens are of, all that is asked for.
    pub(super) async fn who(
        &self,
        tokens: &Value,
        journey: Option<&Journey>,
        now_ms: i64,
    ) -> Result<Value, Nothing> {
        let provider = self.provider;
        let id = oauth::id_claims(tokens, provider, journey, now_ms).map_err(Nothing::Refused)?;
        let token = tokens.get("access_token").and_then(Value::as_str).unwrap_or("");
        let mut said = id;
        if !provider.api_url.is_empty() {
            let api = self.with_token(Method::GET, &provider.api_url, token, None).await?;
            said = oauth::together(said, api);
        }
        for left in follow_up::follow_ups(provider, &said) {
            let answer = self.follow_up(&left, token).await?;
            follow_up::absorb(provider, &mut said, left.what, &answer);
        }
        Ok(said)
    }

    async fn follow_up(&self, left: &FollowUp, token: &str) -> Result<Value, Nothing> {
        if !left.paged {
            let method = if left.body.is_some() { Method::POST } else { Method::GET };
            return self.with_token(method, &left.url, token, left.body.clone()).await;
        }
        let mut all = Vec::new();
        for page in 1..=PAGES_MAX {
            let url = format!("{}{page}", left.url);
            let Value::Array(entries) = self.with_token(Method::GET, &url, token, None).await? else {
                return Err(Nothing::Silent(unexpected(left.what)));
            };
            let is_last = entries.len() < PAGE;
            all.extend(entries);
            if is_last {
                break;
            }
        }
        Ok(Value::Array(all))
    }

    async fn with_token(
        &self,
        method: Method,
        url: &str,
        token: &str,
        body: Option<String>,
    ) -> Result<Value, Nothing> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(url)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let (status, said) = self.exchange(request.body(Bytes::from(body.unwrap_or_default()))).await?;
        if status.is_success() {
            Ok(said)
        } else if status.is_client_error() {
            Err(Nothing::Refused("does not say who you are"))
        } else {
            Err(Nothing::Silent("does not say who you are"))
        }
    }

    async fn exchange(
        &self,
        request: Result<http::Request<Bytes>, http::Error>,
    ) -> Result<(StatusCode, Value), Nothing> {
        let silent = |_| Nothing::Silent("does not answer");
        let request = request.map_err(|_| Nothing::Silent("has an address that cannot be asked"))?;
        let mut response = self.client.send(request, self.deadline).await.map_err(|e| silent(e.failure))?;
        let mut body = Vec::new();
        response.read_to(&mut body, ANSWER_BYTES_MAX).await.map_err(silent)?;
        Ok((response.status(), serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}

fn unexpected(what: Subject) -> &'static str {
    match what {
        Subject::Emails => "does not say which addresses are yours",
        Subject::Organizations => "does not say which organizations you are in",
        Subject::Teams => "does not say which teams you are in",
        Subject::Groups => "does not say which groups you are in",
    }
}
