//! OAuth 2 tokens: fetched when first needed, kept until shortly before they expire.
//!
//! Invariants: 1. One fetch at a time; whoever comes meanwhile waits for its result.  2. A changed client secret discards
//! the token.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Request, StatusCode};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;
use yaml::Secret;

use super::credentials::read;
use super::{Client, Deadline};
use crate::config::{Grant, HttpClientConfig, OAuth2};
use crate::error::Failure;

/// A token is renewed this long before it expires, so that it does not expire on its way.
const EXPIRY_MARGIN: Duration = Duration::from_secs(10);
/// How long a JWT assertion is valid.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(600);
/// Longest answer of a token endpoint that is read.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Characters of an endpoint's error answer that are shown.
const ANSWER_SHOWN_MAX: usize = 300;
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Fetches and keeps the token of one client.
pub(super) struct Tokens {
    config: OAuth2,
    client: Box<Client>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    token: Option<Token>,
    /// Whether the endpoint wants id and secret in the body; found out with the first fetch.
    in_body: Option<bool>,
}

struct Token {
    authorization: Secret,
    expires: Option<Instant>,
    /// The client secret it was fetched with.
    secret: Secret,
}

type Form = Vec<(String, String)>;

impl Tokens {
    pub(super) fn new(config: OAuth2, user_agent: &HeaderValue) -> Result<Tokens, Failure> {
        let http = HttpClientConfig {
            tls: config.tls.clone(),
            proxy: config.proxy.clone(),
            ..HttpClientConfig::default()
        };
        let client = Client::new(&http, user_agent.to_str().unwrap_or_default())?;
        Ok(Tokens { config, client: Box::new(client), kept: Mutex::default() })
    }

    /// Returns the value of the `Authorization` header.
    pub(super) async fn authorization(&self, deadline: Deadline) -> Result<Secret, Failure> {
        let secret = match &self.config.grant {
            Grant::ClientCredentials { client_secret } => {
                read(client_secret.as_ref(), "oauth2 client secret")
            }
            Grant::JwtBearer { key, .. } => read(key.as_ref(), "oauth2 client secret"),
        }?;
        let mut kept = self.kept.lock().await;
        let valid =
            |t: &&Token| t.secret == secret && t.expires.is_none_or(|at| Instant::now() + EXPIRY_MARGIN < at);
        if let Some(token) = kept.token.as_ref().filter(valid) {
            return Ok(token.authorization.clone());
        }
        // Boxed: the client that fetches tokens is itself a client, and the future would contain itself.
        let token = Box::pin(self.fetch(secret, &mut kept.in_body, deadline)).await?;
        let authorization = token.authorization.clone();
        kept.token = Some(token);
        Ok(authorization)
    }

    async fn fetch(
        &self,
        secret: Secret,
        in_body: &mut Option<bool>,
        deadline: Deadline,
    ) -> Result<Token, Failure> {
        if let Grant::JwtBearer { .. } = self.config.grant {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let form = self.assertion_form(&secret, now)?;
            return self.post(form, None, secret, deadline).await;
        }
        let form = self.credentials_form()?;
        let with_secret = |mut form: Form| {
            form.push(("client_id".to_owned(), self.config.client_id.clone()));
            if !secret.is_empty() {
                form.push(("client_secret".to_owned(), secret.expose().to_owned()));
            }
            form
        };
        let login = Some(self.login(&secret));
        match in_body {
            Some(true) => self.post(with_secret(form), None, secret, deadline).await,
            Some(false) => self.post(form, login, secret, deadline).await,
            None => {
                // RFC 6749 wants them in the header, many servers want them in the body: find out, as Go does.
                if let Ok(token) = self.post(form.clone(), login, secret.clone(), deadline).await {
                    *in_body = Some(false);
                    return Ok(token);
                }
                let token = self.post(with_secret(form), None, secret, deadline).await?;
                *in_body = Some(true);
                Ok(token)
            }
        }
    }

    fn login(&self, secret: &Secret) -> Secret {
        let encode = |s: &str| url::form_urlencoded::byte_serialize(s.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&self.config.client_id), encode(secret.expose()));
        Secret::new(format!("Basic {}", BASE64_STANDARD.encode(pair)))
    }

    fn credentials_form(&self) -> Result<Form, Failure> {
        let mut form = vec![("grant_type".to_owned(), "client_credentials".to_owned())];
        if !self.config.scopes.is_empty() {
            form.push(("scope".to_owned(), self.config.scopes.join(" ")));
        }
        self.with_endpoint_params(form)
    }

    /// Adds the configured fields. Only the grant's type may be replaced, which is how a password grant is written.
    fn with_endpoint_params(&self, mut form: Form) -> Result<Form, Failure> {
        for (name, value) in &self.config.endpoint_params {
            form.retain(|(known, _)| known != name || name != "grant_type");
            if form.iter().any(|(known, _)| known == name) {
                return Err(Failure::Credentials(format!("oauth2: cannot overwrite parameter {name:?}")));
            }
            form.push((name.clone(), value.expose().to_owned()));
        }
        Ok(form)
    }

    fn assertion_form(&self, key: &Secret, now: Duration) -> Result<Form, Failure> {
        let Grant::JwtBearer { key_id, signature_algorithm, issuer, audience, claims, .. } =
            &self.config.grant
        else {
            return Err(Failure::Credentials("oauth2: not a JWT bearer grant".to_owned()));
        };
        let or =
            |text: &str, default: &str| if text.is_empty() { default.to_owned() } else { text.to_owned() };
        let scope = self.config.scopes.join(" ");
        let mut payload = Map::new();
        let mut claim = |name: &str, value: Value| drop(payload.insert(name.to_owned(), value));
        claim("iss", or(issuer, &self.config.client_id).into());
        claim("sub", self.config.client_id.as_str().into());
        claim("aud", or(audience, self.config.token_url.as_str()).into());
        claim("jti", unique_id().into());
        claim("iat", now.as_secs().into());
        claim("exp", (now + ASSERTION_LIFETIME).as_secs().into());
        if !scope.is_empty() {
            claim("scope", scope.as_str().into());
        }
        claims.iter().for_each(|(name, value)| claim(name, value.clone()));
        let mut header = jsonwebtoken::Header::new(match signature_algorithm.as_str() {
            "RS384" => jsonwebtoken::Algorithm::RS384,
            "RS512" => jsonwebtoken::Algorithm::RS512,
            _ => jsonwebtoken::Algorithm::RS256,
        });
        header.kid = (!key_id.is_empty()).then(|| key_id.clone());
        // The library's error could quote the key: tell only that it failed.
        let failed =
            |_| Failure::Credentials("oauth2: cannot sign with the client certificate key".to_owned());
        let signing = jsonwebtoken::EncodingKey::from_rsa_pem(key.expose().as_bytes()).map_err(failed)?;
        let assertion = jsonwebtoken::encode(&header, &payload, &signing).map_err(failed)?;
        let mut form =
            vec![("grant_type".to_owned(), JWT_BEARER.to_owned()), ("assertion".to_owned(), assertion)];
        if !scope.is_empty() {
            form.push(("scope".to_owned(), scope));
        }
        self.with_endpoint_params(form)
    }

    async fn post(
        &self,
        form: Form,
        login: Option<Secret>,
        secret: Secret,
        deadline: Deadline,
    ) -> Result<Token, Failure> {
        let cannot = |why: String| Failure::Credentials(format!("oauth2: cannot fetch token: {why}"));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::post(self.config.token_url.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(body))
            .map_err(|e| cannot(e.to_string()))?;
        if let Some(login) = login {
            let value = HeaderValue::from_str(login.expose()).map_err(|e| cannot(e.to_string()))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let mut answer = self.client.send(request, deadline).await.map_err(|e| cannot(e.to_string()))?;
        let mut body = Vec::new();
        answer.read_to(&mut body, ANSWER_BYTES_MAX).await.map_err(|e| cannot(e.to_string()))?;
        parse(answer.status(), &body, secret).map_err(cannot)
    }
}

/// Returns an id that no other assertion has. It need not be secret: the assertion is signed.
fn unique_id() -> String {
    // Each state is keyed anew, from the system's randomness.
    let half = || RandomState::new().hash_one(());
    format!("{:016x}{:016x}", half(), half())
}

/// Reads a token endpoint's answer.
fn parse(status: StatusCode, body: &[u8], secret: Secret) -> Result<Token, String> {
    if !status.is_success() {
        let shown: String = String::from_utf8_lossy(body).chars().take(ANSWER_SHOWN_MAX).collect();
        return Err(format!("{status}\nResponse: {shown}"));
    }
    let answer: Value = serde_json::from_slice(body).map_err(|e| format!("answer is not JSON: {e}"))?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    let access = text("access_token");
    if access.is_empty() {
        return Err("server response missing access_token".to_owned());
    }
    let kind = match text("token_type") {
        kind if kind.eq_ignore_ascii_case("bearer") || kind.is_empty() => "Bearer",
        kind if kind.eq_ignore_ascii_case("mac") => "MAC",
        kind if kind.eq_ignore_ascii_case("basic") => "Basic",
        kind => kind,
    };
    // Some servers send the seconds as a string.
    let seconds = answer.get("expires_in").and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    let expires = seconds.filter(|s| *s > 0).map(|s| Instant::now() + Duration::from_secs(s));
    Ok(Token { authorization: Secret::new(format!("{kind} {access}")), expires, secret })
}
