//! Logins that others vouch for: browsers sent to a provider and back, headers of a proxy, signed tokens.

use std::net::IpAddr;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use accounts::login::Browser;
use accounts::outside::config::{Jwt, Outside, Provider, ProxyHeader};
use accounts::outside::oauth::{self, Journey, PATIENCE_MS};
use accounts::outside::{claims::Refusal, jwt};
use accounts::users::Vouched;
use accounts::{AccountError, Identity, Role};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use dashboards::secrets::Secrets;
use http::{Extensions, HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use transport::config::{HttpClientConfig, Source};
use transport::{Client, Deadline};

use super::body::{Params, Path};
use super::ctx::client_of;
use super::identify::cookie;
use super::login::with_cookie;
use super::problem::{Answer, Problem, ok};
use super::state::Grafana;

/// The cookie that carries a login on its way.
const COOKIE: &str = "bongsu_login";
/// Longest time for all that a provider is asked.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Largest answer of a provider, and largest file of keys.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// `GET /api/bongsu/logins`: where a login page can send browsers. No login needed.
pub async fn list(State(grafana): State<Arc<Grafana>>) -> Answer {
    let providers = grafana.outside.oauth.iter();
    let listed: Vec<Value> = providers
        .map(|p| json!({ "name": p.name, "title": p.title, "url": grafana.path(&format!("/login/{}", p.name)) }))
        .collect();
    ok(json!({ "password": true, "providers": listed }))
}

fn provider<'a>(grafana: &'a Grafana, name: &str) -> Result<&'a Provider, Problem> {
    let found = grafana.outside.oauth.iter().find(|p| p.name == name);
    found.ok_or_else(|| Problem::not_found("there is no such login"))
}

fn redirect_url(grafana: &Grafana, provider: &Provider) -> String {
    let base = grafana.options.external_url.as_str().trim_end_matches('/');
    format!("{base}/login/{}/callback", provider.name)
}

/// `GET /login/{name}`: sends the browser to the provider.
pub async fn begin(
    State(grafana): State<Arc<Grafana>>,
    Path(name): Path<String>,
    uri: http::Uri,
) -> Result<Response, Problem> {
    let provider = provider(&grafana, &name)?;
    let params = Params::parse(uri.query());
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
    let said = ask(grafana, provider, &journey, params.get("code")).await?;
    let user =
        provider.claims.user(&format!("oauth_{}", provider.name), &said).map_err(|e| turned_away(&e))?;
    let account = admitted(grafana, &user, provider.sign_up).await?;
    let client = client_of(extensions);
    let browser = Browser {
        client: &client,
        user_agent: headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or(""),
        former_token: cookie(headers),
    };
    let (_, token) = grafana.accounts.begin_session(&account, &browser, now_ms).await?;
    let to = grafana.path(oauth::own_path(&journey.to));
    Ok(with_cookie(grafana, &token, Redirect::to(&to).into_response()))
}

fn turned_away(refusal: &Refusal) -> Problem {
    Problem::new(http::StatusCode::FORBIDDEN, refusal.to_string())
}

/// Finds or makes the account of somebody who is vouched for.
async fn admitted(
    grafana: &Grafana,
    user: &Vouched,
    sign_up: bool,
) -> Result<catalog::accounts::Account, Problem> {
    if !sign_up {
        let known =
            grafana.accounts.catalog().read().await?.account_by_login(&user.login.to_lowercase()).await?;
        if known.is_none() {
            return Err(Problem::new(
                http::StatusCode::FORBIDDEN,
                "you have no account here: ask an administrator",
            ));
        }
    }
    match grafana.accounts.vouched(user, (grafana.now_ms)()).await {
        Ok((account, _)) => Ok(account),
        Err(error @ AccountError::Exists { .. }) => {
            Err(Problem::new(http::StatusCode::FORBIDDEN, error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes a token of the code, and asks who it is.
async fn ask(
    grafana: &Grafana,
    provider: &Provider,
    journey: &Journey,
    code: &str,
) -> Result<Value, Problem> {
    let failed = |what: &str| Problem::bad_request(format!("{} {what}", provider.title));
    let secret = match &provider.client_secret {
        None => String::new(),
        Some(Source::Inline(secret)) => secret.expose().to_owned(),
        Some(Source::File(file)) => read(file).map_err(|e| Problem::internal(&e))?.trim().to_owned(),
    };
    let client = Client::new(&HttpClientConfig::default(), "Bongsu").map_err(|e| Problem::internal(&e))?;
    let deadline = Deadline::after(TIMEOUT);
    let form = oauth::token_form(provider, journey, code, &redirect_url(grafana, provider), &secret);
    let request = http::Request::post(&provider.token_url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(Bytes::from(form))
        .map_err(|e| Problem::internal(&e))?;
    let (status, answer) =
        exchange(&client, request, deadline).await.map_err(|_| failed("does not answer"))?;
    let Some(token) = answer.get("access_token").and_then(Value::as_str).filter(|_| status.is_success())
    else {
        // What it says may hold the code.
        return Err(failed("does not accept this login"));
    };
    let now_ms = (grafana.now_ms)();
    let id = oauth::id_claims(&answer, provider, journey, now_ms).map_err(Problem::bad_request)?;
    if provider.api_url.is_empty() {
        return Ok(id);
    }
    let request = http::Request::get(&provider.api_url)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "application/json")
        .body(Bytes::new())
        .map_err(|e| Problem::internal(&e))?;
    let (status, said) = exchange(&client, request, deadline).await.map_err(|_| failed("does not answer"))?;
    if !status.is_success() {
        return Err(failed("does not say who you are"));
    }
    Ok(oauth::together(id, said))
}

async fn exchange(
    client: &Client,
    request: http::Request<Bytes>,
    deadline: Deadline,
) -> Result<(http::StatusCode, Value), transport::Failure> {
    let mut response = client.send(request, deadline).await.map_err(|e| e.failure)?;
    let mut body = Vec::new();
    response.read_to(&mut body, ANSWER_BYTES_MAX).await?;
    Ok((response.status(), serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn named_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| value)
}

/// Who a request says it is through a proxy or a signed token, if it does.
///
/// # Errors
/// It says so and is not to be believed.
pub async fn vouched(
    grafana: &Grafana,
    headers: &HeaderMap,
    client: &str,
) -> Result<Option<Identity>, Problem> {
    let Outside { proxy, jwt, .. } = &grafana.outside;
    let user = match (proxy.as_ref().and_then(|p| by_proxy(p, headers, client)), jwt) {
        (Some(user), _) => user,
        (None, Some(config)) => match by_token(config, headers)? {
            Some(user) => user,
            None => return Ok(None),
        },
        (None, None) => return Ok(None),
    };
    Ok(Some(grafana.accounts.vouched(&user, (grafana.now_ms)()).await?.1))
}

fn by_proxy(config: &ProxyHeader, headers: &HeaderMap, client: &str) -> Option<Vouched> {
    let from: IpAddr = client.parse().ok()?;
    if !config.from.iter().any(|network| network.holds(from)) {
        return None;
    }
    let text = |name: &str| {
        let value = if name.is_empty() { None } else { headers.get(name) };
        value.and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).unwrap_or("").trim().to_owned()
    };
    let login = text(&config.header);
    (!login.is_empty()).then(|| Vouched {
        origin: "authproxy".to_owned(),
        login,
        email: text(&config.email_header),
        name: text(&config.name_header),
        role: Role::parse(&text(&config.role_header)),
    })
}

fn by_token(config: &Jwt, headers: &HeaderMap) -> Result<Option<Vouched>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION.as_str()).and_then(|v| v.strip_prefix("Bearer "));
    // Tokens of service accounts have no dots.
    let token = text(&config.header).or(bearer.filter(|token| token.matches('.').count() == 2));
    let Some(token) = token else { return Ok(None) };
    let keys = match (&config.jwks_file, &config.key_file) {
        (Some(file), _) => read(file)
            .map_err(|e| Problem::internal(&e))
            .and_then(|text| jwt::read_set(&text).map_err(|e| Problem::internal(&e)))?,
        (None, Some(file)) => jwt::Keys::Pem(read(file).map_err(|e| Problem::internal(&e))?),
        (None, None) => return Ok(None),
    };
    let said = jwt::check(token.trim(), &keys, config).map_err(|error| {
        tracing::warn!(%error, "a signed token was refused");
        Problem::login_failed("Invalid JWT", "jwt.invalid")
    })?;
    config.claims.user("jwt", &said).map(Some).map_err(|e| turned_away(&e))
}

/// Reads a small file: keys are renewed while the program runs.
fn read(file: &FilePath) -> std::io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(file)?.take(ANSWER_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}
