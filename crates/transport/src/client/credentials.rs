//! Headers that say who we are.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use yaml::Secret;

use super::Deadline;
use super::oauth2::Tokens;
use super::redirect::SENSITIVE;
use super::sigv4::Signer;
use crate::config::{Authentication, HeaderValue as Configured, HttpClientConfig, Source};
use crate::error::Failure;
use crate::tls::Text;

/// Adds the configured headers and the login to requests.
pub(super) struct Credentials {
    login: Option<Login>,
    headers: Vec<(HeaderName, Vec<Configured>)>,
}

enum Login {
    Basic { username: Option<Source<String>>, password: Option<Source<Secret>> },
    Authorization { kind: String, credentials: Option<Source<Secret>> },
    OAuth2(Box<Tokens>),
    SigV4(Box<Signer>),
}

impl Credentials {
    pub(super) fn new(config: &HttpClientConfig, user_agent: &HeaderValue) -> Result<Credentials, Failure> {
        let login = match &config.authentication {
            None => None,
            Some(Authentication::Basic(basic)) => {
                Some(Login::Basic { username: basic.username.clone(), password: basic.password.clone() })
            }
            Some(Authentication::Authorization(a)) => {
                Some(Login::Authorization { kind: a.kind.clone(), credentials: a.credentials.clone() })
            }
            Some(Authentication::OAuth2(oauth2)) => {
                Some(Login::OAuth2(Box::new(Tokens::new(oauth2.as_ref().clone(), user_agent)?)))
            }
            Some(Authentication::SigV4(sigv4)) => {
                Some(Login::SigV4(Box::new(Signer::new(sigv4.as_ref().clone(), config, user_agent)?)))
            }
        };
        let mut named = Vec::with_capacity(config.http_headers.len());
        for header in &config.http_headers {
            let name = HeaderName::try_from(&header.name)
                .map_err(|_| Failure::Credentials(format!("not a header name: {:?}", header.name)))?;
            named.push((name, header.values.clone()));
        }
        Ok(Credentials { login, headers: named })
    }

    /// Adds what is configured to a request that has not got it yet. Away from home nothing sensitive is added.
    pub(super) async fn apply(
        &self,
        request: &mut Request<Bytes>,
        at_home: bool,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        for (name, values) in &self.headers {
            if !at_home && SENSITIVE.contains(name) {
                continue;
            }
            for value in values {
                let text = match value {
                    Configured::Plain(text) => Secret::new(text.as_str()),
                    Configured::Secret(secret) => secret.clone(),
                    Configured::File(path) => read_file(path, "header file")?,
                };
                request.headers_mut().append(name, sensitive(text.expose(), "http header")?);
            }
        }
        if !at_home || request.headers().contains_key(AUTHORIZATION) {
            return Ok(());
        }
        let value = match &self.login {
            None => return Ok(()),
            Some(Login::Basic { username, password }) => {
                let username = read(username.as_ref(), "basic auth username")?;
                let password = read(password.as_ref(), "basic auth password")?;
                let pair = format!("{}:{}", username.expose(), password.expose());
                format!("Basic {}", BASE64_STANDARD.encode(pair))
            }
            Some(Login::Authorization { kind, credentials }) => {
                format!("{kind} {}", read(credentials.as_ref(), "authorization credentials")?.expose())
            }
            Some(Login::SigV4(signer)) => return signer.sign(request, deadline).await,
            Some(Login::OAuth2(tokens)) => tokens.authorization(deadline).await?.expose().to_owned(),
        };
        request.headers_mut().insert(AUTHORIZATION, sensitive(&value, "authorization")?);
        Ok(())
    }
}

fn sensitive(text: &str, what: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Failure::Credentials(format!("{what}: value cannot be sent in a header")))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads a configured value now, trimmed if it is in a file. What is not configured is empty.
pub(super) fn read<T: Text>(source: Option<&Source<T>>, what: &str) -> Result<Secret, Failure> {
    match source {
        None => Ok(Secret::default()),
        Some(Source::Inline(text)) => Ok(Secret::new(text.text())),
        Some(Source::File(path)) => read_file(path, what),
    }
}

fn read_file(path: &std::path::Path, what: &str) -> Result<Secret, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Secret::new(text.trim())),
        Err(error) => Err(Failure::Credentials(format!(
            "unable to read {what}: unable to read file {}: {}",
            path.display(),
            crate::error::io_reason(&error)
        ))),
    }
}
