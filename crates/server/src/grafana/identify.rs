//! Who asks: by cookie, token, or login and password in the request.

use std::sync::Arc;

use accounts::{AccountError, Identity, Via, secret};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, Method, StatusCode, header};

use super::ctx::client_of;
use super::origin::{self, Origin};
use super::outside::renew::renew;
use super::outside::vouched::vouched;
use super::problem::Problem;
use super::state::Grafana;

/// The cookie's name, Grafana's: tools that log in look for it.
pub const COOKIE: &str = "grafana_session";

/// Who asks, or why nobody knows; an extension of each request.
#[derive(Clone, Debug)]
pub struct Asker(pub Result<Identity, Problem>);

/// Finds out who asks and notes it in the request.
pub async fn identify(State(grafana): State<Arc<Grafana>>, mut request: Request, next: Next) -> Response {
    // A guard in front may have found out already.
    if request.extensions().get::<Asker>().is_none() {
        let client = client_of(request.extensions());
        let asker = who(&grafana, request.method(), request.headers(), &client).await;
        request.extensions_mut().insert(Asker(asker));
    }
    next.run(request).await
}

/// Finds out who asks.
///
/// # Errors
/// 401 if nobody is logged in or credentials are wrong, 403 if a foreign page made a browser ask.
pub async fn who(
    grafana: &Grafana,
    method: &Method,
    headers: &HeaderMap,
    client: &str,
) -> Result<Identity, Problem> {
    let now_ms = (grafana.now_ms)();
    if let Some(token) = cookie(headers) {
        match grafana.accounts.session(token, now_ms).await {
            Ok(identity) => {
                own_page(grafana, method, headers)?;
                return match identity.via {
                    Via::Session(id) if identity.renew_due => renew(grafana, identity, id, token).await,
                    _ => Ok(identity),
                };
            }
            // A session that is over is as good as none.
            Err(AccountError::WrongToken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(identity) = vouched(grafana, headers, client).await? {
        // What a proxy adds it adds to requests of foreign pages, too.
        let foreign = origin::changes(method) && origin::of(headers, &own_host(grafana)) == Origin::Foreign;
        return if foreign { Err(not_from_here()) } else { Ok(identity) };
    }
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some((scheme, rest)) = authorization.and_then(|text| text.split_once(' ')) {
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(grafana.accounts.token(rest, now_ms).await?);
        }
        if scheme.eq_ignore_ascii_case("basic") {
            return basic(grafana, rest, client, now_ms).await;
        }
    }
    match grafana.accounts.options().anonymous {
        Some(role) if !origin::changes(method) => Ok(Identity::anonymous(role)),
        // Nobody in particular may ask questions by POST, but not from anybody's page.
        Some(role) => own_page(grafana, method, headers).map(|()| Identity::anonymous(role)),
        None => Err(Problem::unauthorized()),
    }
}

async fn basic(grafana: &Grafana, encoded: &str, client: &str, now_ms: i64) -> Result<Identity, Problem> {
    let wrong = || Problem::from(AccountError::WrongCredentials);
    let decoded = BASE64_STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or_else(wrong)?;
    let (login, password) = decoded.split_once(':').ok_or_else(wrong)?;
    // Some tools can only send a password.
    if secret::is_service_token(password) && login == "api_key" {
        return Ok(grafana.accounts.token(password, now_ms).await?);
    }
    Ok(grafana.accounts.basic(login, password, client, now_ms).await?)
}

/// Refuses a change that a page of another host made a browser ask for.
///
/// # Errors
/// 403.
pub fn own_page(grafana: &Grafana, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if !origin::changes(method) {
        return Ok(());
    }
    match origin::of(headers, &own_host(grafana)) {
        Origin::Own => Ok(()),
        Origin::Foreign | Origin::Unknown => Err(not_from_here()),
    }
}

fn not_from_here() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "origin not allowed")
}

/// The host, with port, that browsers know us by.
pub fn own_host(grafana: &Grafana) -> String {
    let url = &grafana.options.external_url;
    let host = url.host_str().unwrap_or("");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The session token that a request carries.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == COOKIE && !value.is_empty()).map(|(_, value)| value)
}

/// Tells whether somebody has a session, rather than sending credentials each time.
pub fn has_session(identity: &Identity) -> bool {
    matches!(identity.via, Via::Session(_))
}
