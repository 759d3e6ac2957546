//! More attacks: each test fails without the guard that it names.

use std::path::Path;
use std::sync::Arc;

use accounts::outside::Outside;
use accounts::{Accounts, Role};
use catalog::Catalog;
use catalog::database::Location;
use dashboards::secrets::Vault;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;
use transport::listener::Peer;

use super::{ADMIN, As, NOW, PASSWORD, World, router};
use crate::grafana::{Grafana, Options};

/// Guard: `headers::harden`, and types of answers.
#[tokio::test]
async fn what_people_store_is_never_a_page() {
    let world = World::new().await;
    let script = "<script>alert(1)</script>";
    let body = json!({"dashboard": {"uid": "x", "title": script, "tags": [script], "panels": [{"type": "text", "options": {"content": script}}]}});
    assert_eq!(world.post(ADMIN, "/api/dashboards/db", body).await.status, 200);
    world.post(ADMIN, "/api/annotations", json!({"text": script, "tags": [script]})).await;
    world.post(ADMIN, "/api/folders", json!({"title": script})).await;
    world.post(ADMIN, "/api/teams", json!({"name": script})).await;
    for path in [
        "/api/dashboards/uid/x",
        "/api/search",
        "/api/annotations",
        "/api/annotations/tags",
        "/api/dashboards/tags",
        "/api/folders",
        "/api/teams/search",
        "/api/dashboards/uid/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/api/datasources/proxy/uid/%3Cscript%3E/x",
        "/login/%3Cscript%3E",
        "/login/%3Cscript%3E/callback?error=%3Cscript%3E&state=x",
        "/api/user/using/%3Cscript%3E",
        "/api/search?query=%3Cscript%3E",
    ] {
        let got = world.get(ADMIN, path).await;
        let header = |name: &str| got.headers.get(name).map_or("", |v| v.to_str().unwrap());
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}: {got:?}");
        assert!(
            header("content-security-policy").starts_with("default-src 'none'; frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert!(!header("content-type").contains("html"), "{path}: {got:?}");
    }
}

async fn at(url: &str) -> World {
    let catalog = Catalog::open(&Location::Memory).await.unwrap();
    let accounts = Accounts::new(catalog, accounts::Options::default());
    accounts.ensure_first(Some(PASSWORD), NOW).await.unwrap();
    let url: url::Url = url.parse().unwrap();
    let options = Options { secure_cookies: url.scheme() == "https", external_url: url, ..super::options() };
    let grafana =
        Grafana::new(options, accounts, Outside::default(), Vault::new("key").unwrap(), Arc::new(|| NOW));
    let router = router(grafana.clone(), "/");
    World { grafana, router }
}

/// Guard: `login::set_cookie`.
#[tokio::test]
async fn scripts_and_other_hosts_never_get_the_cookie() {
    for (url, secure) in [("http://bongsu.example:9090/", false), ("https://bongsu.example/", true)] {
        let world = at(url).await;
        let got = world.post(As::Nobody, "/login", json!({"user": "admin", "password": PASSWORD})).await;
        let cookie = got.headers["set-cookie"].to_str().unwrap();
        let has = |attribute: &str| cookie.split("; ").any(|part| part == attribute);
        assert!(has("HttpOnly") && has("SameSite=Lax") && has("Path=/"), "{cookie}");
        assert_eq!(has("Secure"), secure, "{url}: {cookie}");
        assert!(!got.text.contains(cookie.split(['=', ';']).nth(1).unwrap()), "not in the body either");
    }
}

/// Guard: the bound on addresses in `login::check_password`.
#[tokio::test]
async fn one_address_does_not_try_many_names() {
    let world = World::new().await;
    let attempt = async |address: &str, login: &str, password: &str| {
        let body = json!({"user": login, "password": password}).to_string();
        let mut request = Request::post("/login").body(axum::body::Body::from(body)).unwrap();
        request.extensions_mut().insert(Peer(address.parse().unwrap()));
        world.router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    let mut tx = world.grafana.accounts.catalog().write().await.unwrap();
    for i in 0..49 {
        tx.add_login_failure(&format!("name-{i}"), "10.0.0.1", NOW, NOW - 1).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(attempt("10.0.0.1:5", "one-more", "x").await, 401);
    assert_eq!(attempt("10.0.0.1:5", "admin", PASSWORD).await, 429, "with the right password, too");
    assert_eq!(attempt("10.0.0.2:5", "admin", PASSWORD).await, 200, "others log in");
}

/// Guards: `service_accounts::token`, and roles of tokens.
#[tokio::test]
async fn a_token_does_what_its_role_may_while_it_lives() {
    let world = World::new().await;
    let made = async |name: &str, role: &str, seconds: i64| {
        let account = world.post(ADMIN, "/api/serviceaccounts", json!({"name": name, "role": role})).await;
        let id = account.body["id"].as_i64().unwrap();
        let path = format!("/api/serviceaccounts/{id}/tokens");
        let token = world.post(ADMIN, &path, json!({"name": "t", "secondsToLive": seconds})).await;
        (id, As::Token(token.body["key"].as_str().unwrap().to_owned()))
    };
    let (viewer_id, viewer) = made("v", "Viewer", 0).await;
    let (_, editor) = made("e", "Editor", 0).await;
    let cases: [(&str, &str, Value, [u16; 2]); 6] = [
        ("GET", "/api/search", Value::Null, [200, 200]),
        ("POST", "/api/folders", json!({"title": "x"}), [403, 200]),
        ("POST", "/api/datasources", json!({"name": "x", "type": "prometheus"}), [403, 403]),
        ("POST", "/api/serviceaccounts", json!({"name": "more"}), [403, 403]),
        ("POST", &format!("/api/serviceaccounts/{viewer_id}/tokens"), json!({"name": "u"}), [403, 403]),
        ("PATCH", &format!("/api/serviceaccounts/{viewer_id}"), json!({"role": "Admin"}), [403, 403]),
    ];
    for (method, path, body, want) in cases {
        for (token, want) in [&viewer, &editor].into_iter().zip(want) {
            let got = world.ask(token.clone(), method, path, body.clone()).await;
            assert_eq!(got.status, want, "{method} {path}: {got:?}");
        }
    }
    let As::Token(text) = &viewer else { unreachable!("made above") };
    // It is no password, no session, and nothing without its last character.
    assert_eq!(world.get(As::Session(format!("grafana_session={text}")), "/api/user").await.status, 401);
    assert_eq!(world.get(As::Token(text[..text.len() - 1].to_owned()), "/api/user").await.status, 401);
    let login = world.post(As::Nobody, "/login", json!({"user": "sa-1-v", "password": text})).await;
    assert_eq!(login.status, 401);
    // Over, and of an account that is disabled.
    let mut tx = world.grafana.accounts.catalog().write().await.unwrap();
    let hash = accounts::secret::hash("glsa_old");
    let old = catalog::tokens::Token {
        hash,
        account_id: viewer_id,
        name: "old".into(),
        expires_ms: Some(NOW),
        ..Default::default()
    };
    tx.add_token(&old).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.get(As::Token("glsa_old".into()), "/api/user").await.status, 401);
    let path = format!("/api/serviceaccounts/{viewer_id}");
    assert_eq!(world.ask(ADMIN, "PATCH", &path, json!({"isDisabled": true})).await.status, 200);
    assert_eq!(world.get(viewer, "/api/user").await.status, 401);
}

/// Guard: `DefaultBodyLimit` in `router`.
#[tokio::test]
async fn bodies_are_bounded() {
    let world = World::new().await;
    let large = json!({"dashboard": {"title": "x".repeat(17 << 20)}, "user": "x", "queries": []});
    for path in ["/login", "/api/dashboards/db", "/api/ds/query", "/api/folders", "/api/snapshots"] {
        let got = world.post(ADMIN, path, large.clone()).await;
        assert_eq!(got.status, 413, "{path}: {}", &got.text[..got.text.len().min(200)]);
    }
}

/// Guard: whose a session is, in `user::revoke`.
#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_own_user() {
    let world = World::new().await;
    world.user("ann", Role::Viewer).await;
    world.user("ben", Role::Viewer).await;
    let (ann, ben) = (world.login("ann").await, world.login("ben").await);
    let listed = world.get(ann.clone(), "/api/user/auth-tokens").await.body;
    let of_ann = listed[0]["id"].as_i64().unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    for id in [of_ann, of_ann + 100] {
        let got = world.post(ben.clone(), "/api/user/revoke-auth-token", json!({"authTokenId": id})).await;
        assert_eq!(got.status, 404, "{id}: {got:?}");
    }
    assert_eq!(world.get(ann, "/api/user").await.status, 200);
    for path in ["/api/admin/users/2/auth-tokens", "/api/users/2", "/api/users/2/orgs", "/api/users/2/teams"]
    {
        assert_eq!(world.get(ben.clone(), path).await.status, 403, "{path}");
    }
}

/// Guard: values travel as parameters (`catalog`), and patterns are escaped.
#[tokio::test]
async fn sql_in_parameters_is_only_text() {
    let world = World::new().await;
    world.user("ann", Role::Viewer).await;
    world.dashboard("d", "Plain", "").await;
    world.post(ADMIN, "/api/annotations", json!({"text": "note", "tags": ["t"]})).await;
    world.post(ADMIN, "/api/teams", json!({"name": "team"})).await;
    world.post(ADMIN, "/api/serviceaccounts", json!({"name": "robot"})).await;
    for text in [
        "' OR '1'='1",
        "x' UNION SELECT * FROM account --",
        "%",
        "_",
        "\\",
        "\0",
        "'; DROP TABLE account; --",
    ] {
        let q = url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        for (path, empty) in [
            (format!("/api/search?query={q}"), "/"),
            (format!("/api/search?tag={q}"), "/"),
            (format!("/api/search?dashboardUIDs={q}"), "/"),
            (format!("/api/search?folderUIDs={q}"), "/"),
            (format!("/api/annotations?tags={q}"), "/"),
            (format!("/api/teams/search?query={q}"), "/teams"),
            (format!("/api/serviceaccounts/search?query={q}"), "/serviceAccounts"),
            (format!("/api/users/search?query={q}"), "/users"),
            (format!("/api/bongsu/audit?actor={q}"), "/"),
        ] {
            let got = world.get(ADMIN, &path).await;
            assert_eq!(got.status, 200, "{path}: {got:?}");
            let list = if empty == "/" { Some(&got.body) } else { got.body.pointer(empty) };
            assert_eq!(list, Some(&json!([])), "{path}: {got:?}");
        }
        let got = world.get(ADMIN, &format!("/api/users/lookup?loginOrEmail={q}")).await;
        assert_eq!(got.status, 404, "{text}: {got:?}");
        let sorted = world.get(ADMIN, &format!("/api/search?sort={q}")).await;
        assert_eq!(sorted.status, 400, "{text}: a word that is not on the list");
        let login = world.post(As::Nobody, "/login", json!({"user": text, "password": text})).await;
        assert_eq!(login.status, 401, "{text}");
    }
    assert_eq!(
        world.get(ADMIN, "/api/users/lookup?loginOrEmail=ann").await.status,
        200,
        "nothing was dropped"
    );
}

/// Guard: one value of each header in `outside::by_proxy`.
#[tokio::test]
async fn a_header_that_came_through_the_proxy_is_not_the_proxys() {
    let text = "proxy: {header: X-User, role_header: X-Role, from: [10.0.0.0/8]}";
    let outside = Outside::read(text, "auth.yml", Path::new("/")).map(|(o, _)| o).unwrap();
    let world = World::vouched_for(None, outside).await;
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = Request::get("/api/user");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(axum::body::Body::empty()).unwrap();
        request.extensions_mut().insert(Peer("10.1.1.1:5".parse().unwrap()));
        world.router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(ask(&[("x-user", "kim")]).await, 200);
    // A proxy that adds its header to what it got sends both: the first is the attacker's.
    for headers in [
        &[("x-user", "eve"), ("x-user", "kim")][..],
        &[("x-user", "kim"), ("x-role", "Admin"), ("x-role", "Viewer")],
        &[("x_user", "eve")],
        &[("x-user", "")],
    ] {
        assert_eq!(ask(headers).await, 401, "{headers:?}");
    }
}

/// Guard: `Ctx::need_server_admin` in `directories::status`, which tells addresses of other machines.
#[tokio::test]
async fn directories_are_told_to_who_runs_the_server() {
    let world = World::new().await;
    world.user("boss", Role::Admin).await;
    for (who, want) in [(As::Nobody, 401), (As::Basic("boss"), 403), (ADMIN, 400)] {
        assert_eq!(world.get(who, "/api/admin/ldap/status").await.status, want);
    }
}
