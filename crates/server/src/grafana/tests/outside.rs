//! Logins at a provider, by a proxy's header, and by signed tokens, against a provider in this process.

use std::path::Path;
use std::sync::{Arc, Mutex};

use accounts::outside::Outside;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use transport::listener::Peer;

use super::{ADMIN, As, Got, World};

/// What the provider was asked, and what its ID token says.
type Seen = Arc<Mutex<(Vec<String>, Value)>>;

async fn token(State(seen): State<Seen>, body: String) -> String {
    let mut seen = seen.lock().unwrap();
    let fine = body.contains("code=good");
    seen.0.push(body);
    if !fine {
        return json!({"error": "invalid_grant"}).to_string();
    }
    let payload = BASE64_URL_SAFE_NO_PAD.encode(seen.1.to_string());
    json!({"access_token": "token-7", "id_token": format!("e30.{payload}.x")}).to_string()
}

async fn user(headers: http::HeaderMap) -> (http::StatusCode, String) {
    if headers.get("authorization").and_then(|v| v.to_str().ok()) != Some("Bearer token-7") {
        return (http::StatusCode::UNAUTHORIZED, String::new());
    }
    let said = json!({"sub": "1", "preferred_username": "Kim", "email": "kim@example.com", "name": "김", "groups": ["dev"]});
    (http::StatusCode::OK, said.to_string())
}

async fn provider() -> (String, Seen) {
    let seen: Seen = Arc::default();
    let router =
        Router::new().route("/token", post(token)).route("/user", get(user)).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, seen)
}

fn outside(text: &str) -> Outside {
    Outside::read(text, "auth.yml", Path::new("/")).map(|(o, _)| o).unwrap_or_else(|p| panic!("{p}"))
}

/// The cookie that an answer sets, as a browser sends it back.
fn cookie(got: &Got, name: &str) -> Option<String> {
    let all = got.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap());
    let found =
        all.map(|c| c.split(';').next().unwrap().to_owned()).find(|c| c.starts_with(&format!("{name}=")));
    found.filter(|c| *c != format!("{name}="))
}

/// Begins a login and returns the browser's cookie and where it was sent.
async fn begin(world: &World) -> (String, std::collections::HashMap<String, String>) {
    let begun = world.get(As::Nobody, "/login/sso?redirectTo=%2Fd%2Fx").await;
    assert_eq!(begun.status, 303, "{begun:?}");
    let url: url::Url = begun.headers["location"].to_str().unwrap().parse().unwrap();
    (cookie(&begun, "bongsu_login").unwrap(), url.query_pairs().into_owned().collect())
}

#[tokio::test]
async fn a_browser_logs_in_at_a_provider() {
    let (url, seen) = provider().await;
    let text = format!(
        "oauth: [{{name: sso, title: Company, client_id: c, client_secret: s3cret, auth_url: '{url}/auth', \
         token_url: '{url}/token', api_url: '{url}/user', role_claim: groups, editors: [dev]}}]"
    );
    let world = World::vouched_for(None, outside(&text)).await;
    let listed = world.get(As::Nobody, "/api/bongsu/logins").await.body;
    assert_eq!(listed["providers"], json!([{"name": "sso", "title": "Company", "url": "/login/sso"}]));

    let (browser, sent) = begin(&world).await;
    assert_eq!(sent["redirect_uri"], "http://bongsu.example:9090/login/sso/callback");
    assert!(!browser.contains(&sent["state"]), "sealed");
    seen.lock().unwrap().1 =
        json!({"aud": "c", "nonce": sent["nonce"], "exp": 9_000_000_000_u64, "sub": "1"});
    let back = |code: &str, state: &str| format!("/login/sso/callback?code={code}&state={state}");
    let done = world.get(As::Session(browser.clone()), &back("good", &sent["state"])).await;
    assert_eq!((done.status, done.headers["location"].to_str().unwrap()), (303, "/d/x"), "{done:?}");
    let asked = seen.lock().unwrap().0.join("&");
    assert!(asked.contains("code_verifier=") && asked.contains("client_secret=s3cret"), "{asked}");
    let session = As::Session(cookie(&done, "grafana_session").unwrap());
    let me = world.get(session, "/api/user").await.body;
    super::holds(&me, &json!({"login": "kim", "email": "kim@example.com", "name": "김", "orgRole": "Editor", "authLabels": ["oauth_sso"]})).unwrap();

    // What did not begin in this browser, or was answered differently, ends on the login page.
    let (browser, sent) = begin(&world).await;
    let first = seen.lock().unwrap().1.clone();
    // An ID token for this login: what refuses is the state.
    seen.lock().unwrap().1["nonce"] = json!(sent["nonce"]);
    let other = world.get(As::Session(browser.clone()), &back("good", "other")).await;
    assert!(other.headers["location"].to_str().unwrap().starts_with("/login?error="), "{other:?}");
    seen.lock().unwrap().1 = first;
    for (carried, path) in [
        ("grafana_session=x".to_owned(), back("good", &sent["state"])),
        (browser.clone(), back("bad", &sent["state"])),
        (browser.clone(), format!("/login/sso/callback?error=access_denied&state={}", sent["state"])),
        // The ID token is still that of the first login.
        (browser.clone(), back("good", &sent["state"])),
        (browser.replace("v1:", "v1:AAAA"), back("good", &sent["state"])),
    ] {
        let got = world.get(As::Session(carried), &path).await;
        let to = got.headers["location"].to_str().unwrap();
        assert!(got.status == 303 && to.starts_with("/login?error="), "{path}: {got:?}");
        assert_eq!(cookie(&got, "grafana_session"), None, "{path}");
    }
    assert_eq!(world.get(As::Nobody, "/login/none").await.status, 404);
}

#[tokio::test]
async fn a_provider_cannot_name_itself_admin() {
    let (url, seen) = provider().await;
    let text = format!(
        "oauth: [{{name: sso, client_id: c, auth_url: '{url}/auth', token_url: '{url}/token', api_url: '{url}/user', login_claim: name}}]"
    );
    let mut config = outside(&text);
    config.oauth[0].claims.login = vec!["sub".into()];
    let world = World::vouched_for(None, config).await;
    // Somebody here already has the login that the provider gives.
    world.user("1", accounts::Role::Admin).await;
    let (browser, sent) = begin(&world).await;
    seen.lock().unwrap().1 =
        json!({"aud": "c", "nonce": sent["nonce"], "exp": 9_000_000_000_u64, "sub": "1"});
    let got = world
        .get(As::Session(browser), &format!("/login/sso/callback?code=good&state={}", sent["state"]))
        .await;
    assert!(got.headers["location"].to_str().unwrap().starts_with("/login?error="), "{got:?}");
}

#[tokio::test]
async fn a_proxy_is_believed_only_where_it_is() {
    use tower::ServiceExt;
    let text = "proxy: {header: X-User, role_header: X-Role, from: [10.0.0.0/8]}";
    let world = World::vouched_for(None, outside(text)).await;
    let ask = async |address: &str, method: &str, headers: &[(&str, &str)]| {
        let mut request = http::Request::builder().method(method).uri("/api/user");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(axum::body::Body::empty()).unwrap();
        request.extensions_mut().insert(Peer(address.parse().unwrap()));
        world.router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    /// From where, method, headers, status.
    type Case<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str)], u16);
    let cases: [Case<'_>; 7] = [
        ("10.1.2.3:9", "GET", &[("x-user", "kim"), ("x-role", "Editor")], 200),
        ("10.1.2.3:9", "GET", &[], 401),
        ("11.1.2.3:9", "GET", &[("x-user", "kim")], 401),
        ("127.0.0.1:9", "GET", &[("x-user", "admin")], 401),
        // Nobody becomes the administrator of this catalog by a header.
        ("10.1.2.3:9", "GET", &[("x-user", "admin")], 409),
        ("10.1.2.3:9", "PUT", &[("x-user", "kim"), ("sec-fetch-site", "cross-site")], 403),
        ("10.1.2.3:9", "PUT", &[("x-user", "kim"), ("x-role", "Editor")], 403),
    ];
    for (address, method, headers, want) in cases {
        assert_eq!(ask(address, method, headers).await, want, "{address} {method} {headers:?}");
    }
    let users = world.get(ADMIN, "/api/org/users").await.body;
    super::holds(&users[1], &json!({"login": "kim", "role": "Editor", "authLabels": ["authproxy"]})).unwrap();
}
