//! Logging in and out with a browser.

use std::sync::Arc;

use accounts::login::Browser;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::audit::Actor;
use super::body::Body;
use super::ctx::{Ctx, client_of};
use super::identify::{COOKIE, cookie, own_host};
use super::origin::{self, Origin};
use super::outside::flow;
use super::problem::{Answer, Problem, done, json as document};
use super::state::Grafana;

/// What a login form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    user: String,
    /// Some tools call it so.
    username: String,
    password: String,
}

/// `POST /login`
pub async fn login(
    State(grafana): State<Arc<Grafana>>,
    extensions: Extensions,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Response {
    let name = if credentials.user.is_empty() { &credentials.username } else { &credentials.user };
    let answer = let_in(&grafana, &extensions, &headers, name, &credentials.password).await;
    let mut response = answer.into_response();
    response.extensions_mut().insert(Actor::tried(name));
    response
}

async fn let_in(
    grafana: &Grafana,
    extensions: &Extensions,
    headers: &HeaderMap,
    name: &str,
    password: &str,
) -> Answer {
    // A foreign page must not log its visitor in as somebody else.
    if origin::of(headers, &own_host(grafana)) == Origin::Foreign {
        return Err(Problem::new(StatusCode::FORBIDDEN, "origin not allowed"));
    }
    let client = client_of(extensions);
    let browser = Browser {
        client: &client,
        user_agent: headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or(""),
        former_token: cookie(headers),
    };
    let now_ms = (grafana.now_ms)();
    let (_, token) = grafana.accounts.login(name, password, &browser, now_ms).await?;
    let body = json!({ "message": "Logged in", "redirectUrl": grafana.path("/") });
    Ok(with_cookie(grafana, &token, document(StatusCode::OK, &body)))
}

/// Adds the session's cookie to an answer.
pub fn with_cookie(grafana: &Grafana, token: &str, mut response: Response) -> Response {
    let seconds = grafana.accounts.options().session_life_ms / 1000;
    set_cookie(grafana, token, seconds, &mut response);
    response
}

fn set_cookie(grafana: &Grafana, token: &str, seconds: i64, response: &mut Response) {
    let secure = if grafana.options.secure_cookies { "; Secure" } else { "" };
    let path = &grafana.options.cookie_path;
    let text = format!("{COOKIE}={token}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// `GET /logout`, which leads to the login page, and `POST /logout`, which answers.
pub async fn logout(
    State(grafana): State<Arc<Grafana>>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // An image on a foreign page must not log its visitor out.
    if origin::of(&headers, &own_host(&grafana)) == Origin::Foreign {
        return Err(Problem::new(StatusCode::FORBIDDEN, "origin not allowed"));
    }
    let mut elsewhere = None;
    if let Some(token) = cookie(&headers) {
        elsewhere = flow::signout_url(&grafana, token).await?;
        grafana.accounts.logout(token).await?;
    }
    let to = elsewhere.unwrap_or_else(|| grafana.path("/login"));
    let mut response = match method {
        Method::POST => document(StatusCode::OK, &json!({ "message": "Logged out", "redirectUrl": to })),
        _get => Redirect::to(&to).into_response(),
    };
    set_cookie(&grafana, "", 0, &mut response);
    Ok(response)
}

/// `GET /api/login/ping`
pub async fn ping(_ctx: Ctx) -> Answer {
    done("Logged in")
}
