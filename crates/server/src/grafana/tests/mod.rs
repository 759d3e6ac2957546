//! Grafana's API over a catalog in memory: request and answer pairs after its documentation, and attacks.

mod attacks;
mod dashboards;
mod groups;
mod guard;
mod kinds;
mod outside;
mod people;
mod pictures;
mod providers;
mod recorded;
mod security;
mod seen;
mod sources;

use std::sync::Arc;

use ::dashboards::secrets::Vault;
use accounts::outside::Outside;
use accounts::users::NewUser;
use accounts::{Accounts, Role};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use catalog::Catalog;
use catalog::database::Location;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Grafana, Options, router};

/// The tests' "now": 2026-11-21T12:00:00Z.
pub(super) const NOW: i64 = 1_795_262_400_000;
pub(super) const PASSWORD: &str = "correct horse battery";

/// A server with an administrator, and a way to ask it.
pub(super) struct World {
    pub grafana: Arc<Grafana>,
    pub router: Router,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Got {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
    pub body: Value,
}

/// How a request says who asks.
#[derive(Clone, Debug)]
pub(super) enum As {
    Nobody,
    /// `Authorization: Basic`
    Basic(&'static str),
    /// A session's cookie, from our own page.
    Session(String),
    /// `Authorization: Bearer`
    Token(String),
}

pub(super) const ADMIN: As = As::Basic("admin");

impl World {
    pub async fn new() -> World {
        World::with(None).await
    }

    pub async fn with(anonymous: Option<Role>) -> World {
        let world = World::made(anonymous).await;
        let own = Router::new().route("/api/v1/query", get(own_query).post(own_query));
        world.grafana.own.set(own).unwrap();
        world
    }

    /// A world whose own API is not set yet.
    pub async fn bare() -> World {
        World::made(None).await
    }

    async fn made(anonymous: Option<Role>) -> World {
        World::vouched_for(anonymous, Outside::default()).await
    }

    /// A world with other parties that vouch for users.
    pub async fn vouched_for(anonymous: Option<Role>, outside: Outside) -> World {
        let catalog = Catalog::open(&Location::Memory).await.unwrap();
        let accounts =
            Accounts::new(catalog, accounts::Options { anonymous, ..accounts::Options::default() });
        accounts.ensure_first(Some(PASSWORD), NOW).await.unwrap();
        let grafana =
            Grafana::new(options(), accounts, outside, Vault::new("key").unwrap(), Arc::new(|| NOW));
        let router = router(grafana.clone(), "/");
        World { grafana, router }
    }

    /// Adds a user with the one password; a login is its address, too.
    pub async fn user(&self, login: &str, role: Role) -> i64 {
        let user = NewUser {
            login: login.to_owned(),
            email: format!("{login}@example.com"),
            name: login.to_uppercase(),
            password: PASSWORD.to_owned(),
            role,
        };
        self.grafana.accounts.add_user(&user, NOW).await.unwrap().id
    }

    /// Logs a browser in and returns its cookie.
    pub async fn login(&self, login: &str) -> As {
        let got = self.ask(As::Nobody, "POST", "/login", json!({"user": login, "password": PASSWORD})).await;
        assert_eq!(got.status, 200, "{got:?}");
        let cookie = got.headers[header::SET_COOKIE].to_str().unwrap();
        As::Session(cookie.split(';').next().unwrap().to_owned())
    }

    pub async fn ask(&self, who: As, method: &str, path: &str, body: Value) -> Got {
        let extra: &[(&str, &str)] = match &who {
            As::Session(_) => &[("sec-fetch-site", "same-origin")],
            As::Nobody | As::Basic(_) | As::Token(_) => &[],
        };
        self.ask_with(who, method, path, extra, body).await
    }

    pub async fn ask_with(
        &self,
        who: As,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
        body: Value,
    ) -> Got {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        match who {
            As::Nobody => {}
            As::Basic(login) => {
                use base64::Engine;
                let encoded = base64::prelude::BASE64_STANDARD.encode(format!("{login}:{PASSWORD}"));
                request = request.header(header::AUTHORIZATION, format!("Basic {encoded}"));
            }
            As::Session(cookie) => request = request.header(header::COOKIE, cookie),
            As::Token(token) => request = request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        }
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Got { status: parts.status.as_u16(), headers: parts.headers, text, body }
    }

    pub async fn get(&self, who: As, path: &str) -> Got {
        self.ask(who, "GET", path, Value::Null).await
    }

    pub async fn post(&self, who: As, path: &str, body: Value) -> Got {
        self.ask(who, "POST", path, body).await
    }

    /// Saves a dashboard as the administrator, in a folder or the root.
    pub async fn dashboard(&self, uid: &str, title: &str, folder: &str) {
        let body = json!({"dashboard": {"uid": uid, "title": title}, "folderUid": folder});
        let got = self.post(ADMIN, "/api/dashboards/db", body).await;
        assert_eq!(got.status, 200, "{got:?}");
    }

    pub async fn folder(&self, uid: &str, parent: &str) {
        let body = json!({"uid": uid, "title": uid.to_uppercase(), "parentUid": parent});
        let got = self.post(ADMIN, "/api/folders", body).await;
        assert_eq!(got.status, 200, "{got:?}");
    }
}

pub(super) fn options() -> Options {
    Options {
        external_url: "http://bongsu.example:9090/".parse().unwrap(),
        cookie_path: "/".to_owned(),
        secure_cookies: false,
        grafana_version: "12.3.0",
        version: "0.1.0",
        commit: "abc".to_owned(),
        with_alertmanager: true,
        own_prefix: String::new(),
        any_address: false,
        fonts_dir: None,
        alertmanager_config: None,
        password_form: true,
        refresh_min: String::new(),
        source_timeout: crate::grafana::SOURCE_TIMEOUT,
    }
}

/// Our own API, as far as these tests need it: says what it was asked.
async fn own_query(body: String) -> axum::response::Response {
    let data = json!({"resultType": "vector", "result": [{"metric": {"asked": body}, "value": [1, "2"]}]});
    crate::answer::json(json!({"status": "success", "data": data}).to_string())
}

/// Tells whether `got` holds everything of `want`; what else it holds does not matter.
pub(super) fn holds(got: &Value, want: &Value) -> Result<(), String> {
    match (got, want) {
        (Value::Object(got), Value::Object(want)) => want.iter().try_for_each(|(name, want)| {
            holds(got.get(name).unwrap_or(&Value::Null), want).map_err(|e| format!(".{name}{e}"))
        }),
        (Value::Array(got), Value::Array(want)) if got.len() == want.len() => got
            .iter()
            .zip(want)
            .enumerate()
            .try_for_each(|(i, (got, want))| holds(got, want).map_err(|e| format!("[{i}]{e}"))),
        (got, want) if got == want => Ok(()),
        (got, want) => Err(format!(": {got} is not {want}")),
    }
}

/// Asks in order, and checks status and what the answer holds.
pub(super) async fn replay(world: &World, who: As, pairs: &[(&str, &str, Value, u16, Value)]) {
    for (method, path, body, status, want) in pairs {
        let got = world.ask(who.clone(), method, path, body.clone()).await;
        assert_eq!(got.status, *status, "{method} {path}: {got:?}");
        if let Err(difference) = holds(&got.body, want) {
            panic!("{method} {path}{difference}\n{}", got.text);
        }
    }
}

#[tokio::test]
async fn health_needs_no_login_and_everything_else_does() {
    let world = World::new().await;
    let got = world.get(As::Nobody, "/api/health").await;
    assert_eq!(got.body, json!({"commit": "abc", "database": "ok", "version": "12.3.0"}));
    let open =
        ["/login", "/login/{name}", "/login/{name}/callback", "/logout", "/api/health", "/api/bongsu/logins"];
    for (path, _) in super::ALL.into_iter().flatten().filter(|(path, _)| !open.contains(path)) {
        let path = path
            .replace("{id}", "1")
            .replace("{version}", "1")
            .replace("{resource}", "folders")
            .replace("{*path}", "x")
            .replace(['{', '}'], "");
        let got = world.get(As::Nobody, &path).await;
        // Some take no GET.
        assert!(
            got.status == 401 || got.status == StatusCode::METHOD_NOT_ALLOWED.as_u16(),
            "{path}: {got:?}"
        );
        if got.status == 401 {
            assert_eq!(got.body["message"], "Unauthorized", "{path}");
        }
    }
}
