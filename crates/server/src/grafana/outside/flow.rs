//! A browser's way to a provider and back.

use std::sync::Arc;

use accounts::login::Browser;
use accounts::outside::config::Provider;
use accounts::outside::oauth::{self, Journey, PATIENCE_MS, Tokens};
use accounts::{Identity, Via};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use dashboards::secrets::Secrets;
use http::{Extensions, HeaderMap, HeaderValue, header};
use serde_json::Value;

use super::ask::Asked;
use super::{admitted, origin, renew, turned_away};
use crate::grafana::body::{Params, Path};
use crate::grafana::ctx::client_of;
use crate::grafana::identify::cookie;
use crate::grafana::login::with_cookie;
use crate::grafana::problem::Problem;
use crate::grafana::state::Grafana;

/// The cookie that carries a login on its way.
const COOKIE: &str = "bongsu_login";

fn provider<'a>(grafana: &'a Grafana, name: &str) -> Result<&'a Provider, Problem> {
    let found = grafana.outside.oauth.iter().find(|p| p.name == name);
    found.ok_or_else(|| Problem::not_found("there is no such login"))
}

fn redirect_url(grafana: &Grafana, provider: &Provider) -> String {
    let base = grafana.options.external_url.as_str().trim_end_matches('/');
    let rest = if provider.short_callback { "" } else { "/callback" };
    format!("{base}/login/{}{rest}", provider.name)
}

/// `GET /login/{name}`: sends the browser to the provider, or takes it back from one that knows no other address of ours.
pub async fn begin(
    State(grafana): State<Arc<Grafana>>,
    Path(name): Path<String>,
    uri: http::Uri,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, Problem> {
    let provider = provider(&grafana, &name)?;
    let params = Params::parse(uri.query());
    if provider.short_callback && !params.get("state").is_empty() {
        return Ok(callback(State(grafana.clone()), Path(name), uri, headers, extensions).await);
    }
    let journey = Journey::begin(provider, params.get("redirectTo"), (grafana.now_ms)())?;
    let text = serde_json::to_string(&journey).map_err(|e| Problem::internal(&e))?;
    let sealed = grafana.vault.seal(COOKIE, &Secrets::from([("journey".to_owned(), text)]))?;
    let url = oauth::authorize_url(provider, &journey, &redirect_url(&grafana, provider));
    let mut response = Redirect::to(&url).into_response();
    carry(&grafana, &sealed, PATIENCE_MS / 1000, &mut response);
    Ok(response)
}

/// `GET /login/{name}/callback`: the provider sent the browser back.
pub async fn callback(
    State(grafana): State<Arc<Grafana>>,
    Path(name): Path<String>,
    uri: http::Uri,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let params = Params::parse(uri.query());
    let mut response = match finish(&grafana, &name, &params, &headers, &extensions).await {
        Ok(response) => response,
        Err(problem) => {
            let message = problem.body.get("message").and_then(Value::as_str).unwrap_or("").to_owned();
            tracing::warn!(provider = name, message, "failed login at a provider");
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("error", &message).finish();
            Redirect::to(&grafana.path(&format!("/login?{query}"))).into_response()
        }
    };
    carry(&grafana, "", 0, &mut response);
    response
}

fn carry(grafana: &Grafana, value: &str, seconds: i64, response: &mut Response) {
    let secure = if grafana.options.secure_cookies { "; Secure" } else { "" };
    let path = grafana.path("/login");
    let text = format!("{COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

async fn finish(
    grafana: &Grafana,
    name: &str,
    params: &Params,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Response, Problem> {
    let provider = provider(grafana, name)?;
    let now_ms = (grafana.now_ms)();
    let stale =
        || Problem::bad_request("this login was not begun in this browser, or took too long: try again");
    let sealed = named_cookie(headers, COOKIE).ok_or_else(stale)?;
    let opened = grafana.vault.open(COOKIE, sealed).map_err(|_| stale())?;
    let journey: Journey =
        opened.get("journey").and_then(|text| serde_json::from_str(text).ok()).ok_or_else(stale)?;
    if !journey.is_answered_by(&provider.name, params.get("state"), now_ms) {
        return Err(stale());
    }
    if !params.get("error").is_empty() {
        let text =
            format!("{} says: {} {}", provider.title, params.get("error"), params.get("error_description"));
        return Err(Problem::bad_request(text.trim().to_owned()));
    }
    let asked = Asked::new(provider)?;
    let secret = asked.secret()?;
    let form =
        oauth::token_form(provider, &journey, params.get("code"), &redirect_url(grafana, provider), &secret);
    let nothing = |n: super::ask::Nothing| n.problem(provider);
    let answer = asked.tokens(form).await.map_err(nothing)?;
    let said = asked.who(&answer, Some(&journey), now_ms).await.map_err(nothing)?;
    let user = provider.claims.user(&origin(provider), &said).map_err(|e| turned_away(&e))?;
    let account = admitted(grafana, &user, provider.sign_up).await?;
    let client = client_of(extensions);
    let browser = Browser {
        client: &client,
        user_agent: headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or(""),
        former_token: cookie(headers),
    };
    let (identity, token) = grafana.accounts.begin_session(&account, &browser, now_ms).await?;
    keep(grafana, provider, &identity, &answer, now_ms).await?;
    let to = grafana.path(oauth::own_path(&journey.to));
    Ok(with_cookie(grafana, &token, Redirect::to(&to).into_response()))
}

/// Keeps what the provider gave with the session, if anything of it will be needed.
async fn keep(
    grafana: &Grafana,
    provider: &Provider,
    identity: &Identity,
    answer: &Value,
    now_ms: i64,
) -> Result<(), Problem> {
    let Via::Session(session) = identity.via else { return Ok(()) };
    let tokens = Tokens::of_answer(&provider.name, answer, &Tokens::default());
    let renews = provider.refresh && !tokens.refresh.is_empty();
    if provider.refresh && !renews {
        tracing::warn!(
            provider = provider.name,
            "the provider gives no refresh token: the session lasts its own time"
        );
    }
    if !renews && provider.signout_url.is_empty() {
        return Ok(());
    }
    let sealed = renew::sealed(grafana, &tokens)?;
    let renew_ms = if renews { oauth::renew_at(answer, now_ms) } else { 0 };
    let mut tx = grafana.accounts.catalog().write().await?;
    tx.set_session_tokens(session, &sealed, renew_ms).await?;
    Ok(tx.commit().await?)
}

/// Where a browser is to be sent that logs out of this session, if its provider is to know.
///
/// # Errors
/// The catalog fails.
pub async fn signout_url(grafana: &Grafana, token: &str) -> Result<Option<String>, Problem> {
    let sealed = grafana.accounts.session_tokens(token).await?;
    let Some(tokens) = sealed.as_deref().and_then(|sealed| renew::opened(grafana, sealed)) else {
        return Ok(None);
    };
    let provider = grafana.outside.oauth.iter().find(|p| p.name == tokens.provider);
    Ok(provider.and_then(|provider| oauth::signout_url(provider, &tokens.id)))
}

fn named_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| value)
}
