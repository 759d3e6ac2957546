//! Where keys come from: the environment, STS, the container, the machine.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::Deserialize;
use yaml::Secret;

use super::profile::{self, Profile};
use super::sign::Keys;
use crate::client::{Client, Deadline, Response};
use crate::config::SigV4;
use crate::error::{ClientError, Failure};

/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// A machine's own address for its keys; elsewhere nobody answers there.
const MACHINE_URL: &str = "http://169.254.169.254";
const MACHINE_TIMEOUT: Duration = Duration::from_secs(2);
const CONTAINER_URL: &str = "http://169.254.170.2";
const SESSION_NAME: &str = "bongsu";

/// Keys, and when they end.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) keys: Keys,
    pub(super) until: Option<Timestamp>,
}

impl Found {
    pub(super) fn lasting(keys: Keys) -> Found {
        Found { keys, until: None }
    }
}

fn cannot(why: impl std::fmt::Display) -> Failure {
    Failure::Credentials(format!("sigv4: {why}"))
}

/// The variables that AWS's tools look at.
#[derive(Clone, Debug)]
pub(super) struct Environment(HashMap<String, String>);

impl Environment {
    /// Returns those of this process.
    pub(super) fn of_process() -> Environment {
        let ours = |name: &str| name.starts_with("AWS_") || name == "HOME";
        // Names and values that are no text concern nobody here.
        let pairs = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Environment(pairs.filter(|(name, value)| ours(name) && !value.is_empty()).collect())
    }

    /// Returns the first of these variables that is set.
    pub(super) fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.0.get(*name).cloned())
    }

    pub(super) fn keys(&self) -> Option<Keys> {
        Some(Keys {
            access: self.first(&["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"])?,
            secret: Secret::new(self.first(&["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"])?),
            session: self.first(&["AWS_SESSION_TOKEN"]).map(Secret::new),
        })
    }

    /// Reads a profile, or the one that the environment names. Files that are not there are empty.
    pub(super) fn profile(&self, name: &str) -> Profile {
        let file = |variable: &str, name: &str| {
            let usual = || Some(PathBuf::from(self.first(&["HOME"])?).join(".aws").join(name));
            let path = self.first(&[variable]).map(PathBuf::from).or_else(usual);
            path.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
        };
        let named = Some(name.to_owned()).filter(|n| !n.is_empty());
        let name = named.or_else(|| self.first(&["AWS_PROFILE"])).unwrap_or_else(|| "default".to_owned());
        profile::read(
            &file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            &file("AWS_CONFIG_FILE", "config"),
            &name,
        )
    }

    /// Asks for the keys of the role that Kubernetes or another issuer of tokens stands for.
    pub(super) fn web_identity(&self, sts: &str) -> Result<Option<Request<Bytes>>, Failure> {
        let (Some(file), Some(role)) =
            (self.first(&["AWS_WEB_IDENTITY_TOKEN_FILE"]), self.first(&["AWS_ROLE_ARN"]))
        else {
            return Ok(None);
        };
        let token = std::fs::read_to_string(&file).map_err(|e| cannot(format_args!("{file}: {e}")))?;
        let session = self.first(&["AWS_ROLE_SESSION_NAME"]).unwrap_or_else(|| SESSION_NAME.to_owned());
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", &role),
            ("RoleSessionName", &session),
            ("Version", "2011-06-15"),
            ("WebIdentityToken", token.trim()),
        ];
        post(sts, &form).map(Some)
    }

    /// Asks the container's host.
    pub(super) fn container(&self) -> Result<Option<Request<Bytes>>, Failure> {
        let below = self
            .first(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"])
            .map(|path| format!("{CONTAINER_URL}{path}"));
        let Some(url) = below.or_else(|| self.first(&["AWS_CONTAINER_CREDENTIALS_FULL_URI"])) else {
            return Ok(None);
        };
        let file = self.first(&["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]);
        let token = match file {
            Some(file) => {
                Some(std::fs::read_to_string(&file).map_err(|e| cannot(format_args!("{file}: {e}")))?)
            }
            None => self.first(&["AWS_CONTAINER_AUTHORIZATION_TOKEN"]),
        };
        let mut request = Request::get(url);
        if let Some(token) = token {
            request = request.header(http::header::AUTHORIZATION, token.trim());
        }
        request.body(Bytes::new()).map(Some).map_err(cannot)
    }
}

/// Asks STS for the keys of a role.
pub(super) fn assume_role(config: &SigV4, sts: &str) -> Result<Request<Bytes>, Failure> {
    let mut form = vec![("Action", "AssumeRole")];
    if !config.external_id.is_empty() {
        form.push(("ExternalId", &config.external_id));
    }
    form.extend([
        ("RoleArn", config.role_arn.as_str()),
        ("RoleSessionName", SESSION_NAME),
        ("Version", "2011-06-15"),
    ]);
    post(sts, &form)
}

fn post(url: &str, form: &[(&str, &str)]) -> Result<Request<Bytes>, Failure> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    Request::post(format!("{}/", url.trim_end_matches('/')))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(body))
        .map_err(cannot)
}

async fn body_of(answer: Result<Response, ClientError>) -> Result<String, Failure> {
    let mut answer = answer.map_err(|e| cannot(e.failure))?;
    let mut body = Vec::new();
    answer.read_to(&mut body, ANSWER_BYTES_MAX).await.map_err(cannot)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    if answer.status().is_success() {
        return Ok(text);
    }
    let why = element(&text, "Message").unwrap_or_default();
    Err(cannot(format_args!("{} from {}: {why}", answer.status(), answer.uri().host().unwrap_or_default())))
}

/// Reads what STS answers about a role.
pub(super) async fn role_answer(answer: Result<Response, ClientError>) -> Result<Found, Failure> {
    let text = body_of(answer).await?;
    role_keys(&text).ok_or_else(|| cannot("the answer of STS holds no keys"))
}

fn role_keys(text: &str) -> Option<Found> {
    Some(Found {
        keys: Keys {
            access: element(text, "AccessKeyId")?.to_owned(),
            secret: Secret::new(element(text, "SecretAccessKey")?),
            session: element(text, "SessionToken").map(Secret::new),
        },
        until: element(text, "Expiration").and_then(|t| t.parse().ok()),
    })
}

/// Finds an element of an XML document that holds only text, without white space around it.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MachineKeys {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<String>,
}

/// Reads what containers and machines are answered.
pub(super) async fn machine_answer(answer: Result<Response, ClientError>) -> Result<Found, Failure> {
    let text = body_of(answer).await?;
    let keys: MachineKeys = serde_json::from_str(&text)
        .map_err(|_| cannot("the answer about the machine's role holds no keys"))?;
    Ok(Found {
        keys: Keys {
            access: keys.access_key_id,
            secret: Secret::new(keys.secret_access_key),
            session: keys.token.map(Secret::new),
        },
        until: keys.expiration.and_then(|t| t.parse().ok()),
    })
}

/// Asks the machine for the keys of its role.
pub(super) async fn from_machine(client: &Client, deadline: Deadline) -> Result<Found, Failure> {
    let none = |_| cannot("no keys in configuration, environment, shared files, container or machine");
    let deadline = deadline.min(Deadline::after(MACHINE_TIMEOUT));
    let token = Request::put(format!("{MACHINE_URL}/latest/api/token"))
        .header("x-aws-ec2-metadata-token-ttl-seconds", "300")
        .body(Bytes::new())
        .map_err(cannot)?;
    let token = body_of(client.send(token, deadline).await).await.map_err(none)?;
    let ask = |path: &str| {
        Request::get(format!("{MACHINE_URL}/latest/meta-data/iam/security-credentials/{path}"))
            .header("x-aws-ec2-metadata-token", token.as_str())
            .body(Bytes::new())
            .map_err(cannot)
    };
    let role = body_of(client.send(ask("")?, deadline).await).await.map_err(none)?;
    let role = role.lines().next().unwrap_or_default().trim().to_owned();
    machine_answer(client.send(ask(&role)?, deadline).await).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn the_environment() {
        assert!(environment(&[("AWS_ACCESS_KEY_ID", "a")]).keys().is_none(), "half a login is none");
        let keys = environment(&[
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_SESSION_TOKEN", "t"),
        ]);
        let keys = keys.keys().unwrap();
        assert_eq!((keys.access.as_str(), keys.secret.expose()), ("a", "s"));
        assert_eq!(keys.session.as_ref().map(Secret::expose), Some("t"));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        std::fs::write(&file, " jwt\n").unwrap();
        let file = file.to_str().unwrap();
        let pod = environment(&[("AWS_WEB_IDENTITY_TOKEN_FILE", file), ("AWS_ROLE_ARN", "arn:r")]);
        let request = pod.web_identity("https://sts.r.amazonaws.com").unwrap().unwrap();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        assert_eq!(
            body,
            "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Ar&RoleSessionName=bongsu&Version=2011-06-15&WebIdentityToken=jwt"
        );
        let container = environment(&[
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "t"),
        ]);
        let request = container.container().unwrap().unwrap();
        assert_eq!(
            (request.uri().to_string().as_str(), &request.headers()["authorization"]),
            ("http://169.254.170.2/v2/x", &"t".parse().unwrap())
        );
        assert!(
            environment(&[]).container().unwrap().is_none()
                && environment(&[]).web_identity("x").unwrap().is_none()
        );
    }

    #[test]
    fn what_sts_answers() {
        let text = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\n<SecretAccessKey> s </SecretAccessKey>\
                    <SessionToken>t</SessionToken><Expiration>2026-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let found = role_keys(text).unwrap();
        assert_eq!((found.keys.access.as_str(), found.keys.secret.expose()), ("ASIA", "s"));
        assert_eq!(found.until, Some("2026-01-01T00:00:00Z".parse().unwrap()));
        assert!(role_keys("<html>").is_none());
    }
}
