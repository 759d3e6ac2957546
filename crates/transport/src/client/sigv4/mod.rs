//! Requests to AWS: keys from where AWS's own tools look for them, roles, and the signature.
//!
//! Invariants: 1. Keys that end are renewed before they do; one renewal at a time.  2. Keys of a role are asked for with the
//! keys below them, never with the role's own.

mod profile;
mod sign;
mod source;

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::HeaderValue;
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::{Client, Deadline};
use crate::config::{HttpClientConfig, SigV4};
use crate::error::Failure;
use profile::Profile;
use sign::{Keys, Scope, sign};
use source::{Environment, Found};

/// Keys are renewed this long before they end, so that they do not end on their way.
const END_MARGIN: Duration = Duration::from_secs(300);

/// Signs the requests of one client.
pub(super) struct Signer {
    config: SigV4,
    /// Asks for keys; its requests are not signed by itself.
    client: Box<Client>,
    environment: Environment,
    kept: Mutex<Option<Found>>,
}

impl Signer {
    pub(super) fn new(
        config: SigV4,
        http: &HttpClientConfig,
        user_agent: &HeaderValue,
    ) -> Result<Signer, Failure> {
        let http = HttpClientConfig { authentication: None, http_headers: Vec::new(), ..http.clone() };
        let client = Box::new(Client::new(&http, user_agent.to_str().unwrap_or_default())?);
        Ok(Signer { config, client, environment: Environment::of_process(), kept: Mutex::default() })
    }

    /// Signs a request.
    pub(super) async fn sign(&self, request: &mut Request<Bytes>, deadline: Deadline) -> Result<(), Failure> {
        let region = self.region()?;
        let keys = self.keys(&region, deadline).await?;
        let scope = Scope { region: &region, service: &self.config.service, now: Timestamp::now() };
        sign(request, &keys, scope)
    }

    fn region(&self) -> Result<String, Failure> {
        let written = Some(self.config.region.clone()).filter(|r| !r.is_empty());
        let region = written
            .or_else(|| self.environment.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]))
            .or_else(|| self.profile().region);
        region.ok_or_else(|| {
            Failure::Credentials("region not configured in sigv4 or in default credentials chain".to_owned())
        })
    }

    fn profile(&self) -> Profile {
        self.environment.profile(&self.config.profile)
    }

    async fn keys(&self, region: &str, deadline: Deadline) -> Result<Keys, Failure> {
        let mut kept = self.kept.lock().await;
        let now = Timestamp::now();
        let holds = |found: &&Found| {
            found.until.is_none_or(|end| now.checked_add(END_MARGIN).is_ok_and(|margin| margin < end))
        };
        if let Some(found) = kept.as_ref().filter(holds) {
            return Ok(found.keys.clone());
        }
        // Boxed: the client that asks for keys is itself a client, and the future would contain itself.
        let found = Box::pin(self.find(region, deadline)).await?;
        let keys = found.keys.clone();
        // Files may change: what does not end is looked up each time.
        *kept = found.until.is_some().then_some(found);
        Ok(keys)
    }

    async fn find(&self, region: &str, deadline: Deadline) -> Result<Found, Failure> {
        let below = self.find_below(region, deadline).await?;
        if self.config.role_arn.is_empty() {
            return Ok(below);
        }
        let mut request = source::assume_role(&self.config, &self.sts(region))?;
        sign(&mut request, &below.keys, Scope { region, service: "sts", now: Timestamp::now() })?;
        source::role_answer(self.client.send(request, deadline).await).await
    }

    /// Finds keys in the order of AWS's tools.
    async fn find_below(&self, region: &str, deadline: Deadline) -> Result<Found, Failure> {
        let SigV4 { access_key, secret_key, profile, .. } = &self.config;
        if !access_key.is_empty() {
            let (access, secret) = (access_key.clone(), secret_key.clone());
            return Ok(Found::lasting(Keys { access, secret, session: None }));
        }
        if !profile.is_empty() {
            return self.profile().keys.map(Found::lasting).ok_or_else(|| {
                Failure::Credentials(format!("sigv4: profile {profile:?} has no keys in AWS's shared files"))
            });
        }
        if let Some(keys) = self.environment.keys() {
            return Ok(Found::lasting(keys));
        }
        if let Some(request) = self.environment.web_identity(&self.sts(region))? {
            return source::role_answer(self.client.send(request, deadline).await).await;
        }
        if let Some(keys) = self.profile().keys {
            return Ok(Found::lasting(keys));
        }
        if let Some(request) = self.environment.container()? {
            return source::machine_answer(self.client.send(request, deadline).await).await;
        }
        source::from_machine(&self.client, deadline).await
    }

    fn sts(&self, region: &str) -> String {
        let overridden = self.environment.first(&["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]);
        let fips = if self.config.use_fips_sts_endpoint { "-fips" } else { "" };
        overridden
            .unwrap_or_else(|| format!("https://sts{fips}.{region}.{}", crate::config::aws_domain(region)))
    }
}
