//! The code flow with PKCE (RFC 7636), as values: which URL to send a browser to, which form to send for its code, what the
//! answer says.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::{Kind, Provider};
use crate::error::Result;
use crate::secret;

/// How long somebody may take to log in at the provider.
pub const PATIENCE_MS: i64 = 10 * 60_000;

/// A login on its way: kept, sealed, by the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    /// The provider.
    pub provider: String,
    /// What the provider must send back.
    pub state: String,
    /// The secret of which the provider has the digest.
    pub verifier: String,
    /// What an ID token must hold.
    pub nonce: String,
    /// Where the browser wanted to go: a path of ours.
    pub to: String,
    /// When it is too late.
    pub until_ms: i64,
}

impl Journey {
    /// Begins a login.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn begin(provider: &Provider, to: &str, now_ms: i64) -> Result<Journey> {
        Ok(Journey {
            provider: provider.name.clone(),
            state: secret::random_text(43)?,
            verifier: secret::random_text(64)?,
            nonce: secret::random_text(43)?,
            to: own_path(to).to_owned(),
            until_ms: now_ms + PATIENCE_MS,
        })
    }

    /// Tells whether what came back belongs to this login.
    pub fn is_answered_by(&self, provider: &str, state: &str, now_ms: i64) -> bool {
        let same = verify_slices_are_equal(self.state.as_bytes(), state.as_bytes()).is_ok();
        same && self.provider == provider && now_ms < self.until_ms
    }
}

/// A path of ours to go on to; the start page if it would lead elsewhere.
pub fn own_path(to: &str) -> &str {
    let fine = to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && !to.chars().any(char::is_control)
        && to.len() <= 2_000;
    if fine { to } else { "/" }
}

/// Where to send a browser.
pub fn authorize_url(provider: &Provider, journey: &Journey, redirect: &str) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, journey.verifier.as_bytes()));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", &provider.scopes.join(" "))
        .append_pair("state", &journey.state)
        .append_pair("nonce", &journey.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(of_kind(provider))
        .finish();
    let joint = if provider.auth_url.contains('?') { '&' } else { '?' };
    format!("{}{joint}{query}", provider.auth_url)
}

/// Parameters that only one kind of provider knows.
fn of_kind(provider: &Provider) -> Vec<(&'static str, &str)> {
    let mut pairs = Vec::new();
    if provider.kind == Kind::Google {
        if !provider.hosted_domain.is_empty() {
            // The page offers these accounts only; that it is one of them is checked when it comes back.
            pairs.push(("hd", provider.hosted_domain.as_str()));
        }
        if provider.refresh {
            pairs.extend([("access_type", "offline"), ("prompt", "consent")]);
        }
    }
    pairs
}

/// The form that renews a token.
pub fn refresh_form(provider: &Provider, refresh_token: &str, client_secret: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", refresh_token)
        .append_pair("client_id", &provider.client_id);
    if !client_secret.is_empty() {
        form.append_pair("client_secret", client_secret);
    }
    form.finish()
}

/// Where a browser that logs out is sent, to be logged out there, too. The provider learns whose login it is by its own token.
pub fn signout_url(provider: &Provider, id_token: &str) -> Option<String> {
    let mut url: url::Url = provider.signout_url.parse().ok()?;
    if !id_token.is_empty() && url.query_pairs().any(|(name, _)| name == "post_logout_redirect_uri") {
        url.query_pairs_mut().append_pair("id_token_hint", id_token);
    }
    Some(url.into())
}

/// What a provider gave, kept sealed with the session for as long as it lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The provider's name.
    pub provider: String,
    /// Renews the others; empty if there is none.
    pub refresh: String,
    /// Says whose login it was; empty if there is none.
    pub id: String,
}

/// How long a token is good if the provider does not say.
const LIFE_SECONDS: i64 = 3_600;
/// The shortest time between two renewals.
const LIFE_SECONDS_MIN: i64 = 60;

impl Tokens {
    /// Reads an answer; what it leaves out stays as it was.
    pub fn of_answer(provider: &str, answer: &Value, former: &Tokens) -> Tokens {
        let text = |name: &str, former: &str| {
            answer.get(name).and_then(Value::as_str).map_or_else(|| former.to_owned(), str::to_owned)
        };
        Tokens {
            provider: provider.to_owned(),
            refresh: text("refresh_token", &former.refresh),
            id: text("id_token", &former.id),
        }
    }
}

/// When what an answer gives must be renewed.
pub fn renew_at(answer: &Value, now_ms: i64) -> i64 {
    let seconds = answer.get("expires_in").and_then(Value::as_i64).unwrap_or(LIFE_SECONDS);
    now_ms.saturating_add(seconds.clamp(LIFE_SECONDS_MIN, 30 * 24 * LIFE_SECONDS).saturating_mul(1000))
}

/// The form that makes a token of a code.
pub fn token_form(
    provider: &Provider,
    journey: &Journey,
    code: &str,
    redirect: &str,
    client_secret: &str,
) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", redirect)
        .append_pair("client_id", &provider.client_id)
        .append_pair("code_verifier", &journey.verifier);
    if !client_secret.is_empty() {
        form.append_pair("client_secret", client_secret);
    }
    form.finish()
}

/// What the ID token of a token answer says; nothing if there is none.
///
/// A renewal belongs to no journey. It came over TLS from the provider itself, which OpenID Connect (Core 3.1.3.7, 6) takes for its signature; whom it is for,
/// for which login, and until when, is checked.
///
/// # Errors
/// It is for somebody else, for another login, or over.
pub fn id_claims(
    answer: &Value,
    provider: &Provider,
    journey: Option<&Journey>,
    now_ms: i64,
) -> std::result::Result<Value, &'static str> {
    let Some(token) = answer.get("id_token").and_then(Value::as_str) else { return Ok(Value::Null) };
    let payload = token.split('.').nth(1).and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Option<Value> = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let claims = claims.ok_or("the provider's ID token cannot be read")?;
    let is_audience = match claims.get("aud") {
        Some(Value::String(one)) => *one == provider.client_id,
        Some(Value::Array(many)) => many.iter().any(|one| one == provider.client_id.as_str()),
        Some(_) | None => false,
    };
    if !is_audience {
        return Err("the provider's ID token is for somebody else");
    }
    let nonce = claims.get("nonce").and_then(Value::as_str);
    if journey.is_some_and(|journey| nonce != Some(journey.nonce.as_str())) {
        return Err("the provider's ID token is for another login");
    }
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|end| end.saturating_mul(1000) <= now_ms) {
        return Err("the provider's ID token is over");
    }
    Ok(claims)
}

/// What both the ID token and the provider's API say; the API comes last and so counts.
pub fn together(id: Value, api: Value) -> Value {
    match (id, api) {
        (Value::Object(mut all), Value::Object(api)) => {
            // The same person must be meant.
            if let (Some(a), Some(b)) = (all.get("sub"), api.get("sub"))
                && a != b
            {
                return Value::Null;
            }
            all.extend(api);
            Value::Object(all)
        }
        (Value::Object(id), _) => Value::Object(id),
        (_, api) => api,
    }
}
