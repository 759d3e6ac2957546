//! Attacks: each test fails without the guard that it names.

use accounts::Role;
use serde_json::{Value, json};

use super::{ADMIN, As, PASSWORD, World};

/// Guard: `identify::own_page`.
#[tokio::test]
async fn a_foreign_page_changes_nothing_with_a_visitors_cookie() {
    let world = World::new().await;
    let session = world.login("admin").await;
    let body = json!({"dashboard": {"title": "Planted"}});
    let foreign: [&[(&str, &str)]; 6] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("host", "bongsu.example:9090"), ("origin", "https://evil.example")],
        &[("host", "bongsu.example:9090"), ("origin", "null")],
        &[("host", "bongsu.example:9090"), ("origin", "http://bongsu.example:9091")],
    ];
    for headers in foreign {
        let got = world.ask_with(session.clone(), "POST", "/api/dashboards/db", headers, body.clone()).await;
        assert_eq!((got.status, &got.body["message"]), (403, &json!("origin not allowed")), "{headers:?}");
    }
    let own: &[(&str, &str)] = &[("host", "bongsu.example:9090"), ("origin", "http://bongsu.example:9090")];
    assert_eq!(
        world.ask_with(session.clone(), "POST", "/api/dashboards/db", own, body.clone()).await.status,
        200
    );
    // Reading is no change, and who sends credentials by hand is no browser.
    assert_eq!(
        world
            .ask_with(session, "GET", "/api/user", &[("sec-fetch-site", "cross-site")], Value::Null)
            .await
            .status,
        200
    );
    let body = json!({"dashboard": {"title": "By a tool"}});
    assert_eq!(
        world
            .ask_with(ADMIN, "POST", "/api/dashboards/db", &[("sec-fetch-site", "cross-site")], body)
            .await
            .status,
        200
    );
}

/// Guard: `origin::of` in `login::login` and `login::logout`.
#[tokio::test]
async fn a_foreign_page_logs_nobody_in_or_out() {
    let world = World::new().await;
    let foreign: &[(&str, &str)] = &[("sec-fetch-site", "cross-site")];
    let body = json!({"user": "admin", "password": PASSWORD});
    assert_eq!(world.ask_with(As::Nobody, "POST", "/login", foreign, body).await.status, 403);
    let session = world.login("admin").await;
    assert_eq!(world.ask_with(session.clone(), "GET", "/logout", foreign, Value::Null).await.status, 403);
    assert_eq!(world.get(session, "/api/user").await.status, 200);
}

/// Guard: a new token at each login (`Accounts::begin_session`).
#[tokio::test]
async fn a_planted_session_is_not_the_victims() {
    let world = World::new().await;
    world.user("eve", Role::Viewer).await;
    let planted = world.login("eve").await;
    let got =
        world.ask(planted.clone(), "POST", "/login", json!({"user": "admin", "password": PASSWORD})).await;
    let new = got.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(matches!(&planted, As::Session(old) if *old != new));
    assert_eq!(world.get(planted, "/api/user").await.status, 401, "the planted session is nobody's now");
    let invented = As::Session("grafana_session=0123456789abcdef".to_owned());
    assert_eq!(world.get(invented, "/api/user").await.status, 401);
}

/// Guard: `login::check_password`.
#[tokio::test]
async fn passwords_are_not_guessed() {
    let world = World::new().await;
    let wrong = json!({"user": "admin", "password": "wrong"});
    for _ in 0..5 {
        assert_eq!(world.post(As::Nobody, "/login", wrong.clone()).await.status, 401);
    }
    let right = world.post(As::Nobody, "/login", json!({"user": "admin", "password": PASSWORD})).await;
    assert_eq!((right.status, &right.body["message"]), (401, &json!("Invalid username or password")));
    // An unknown login answers the same.
    let unknown = world.post(As::Nobody, "/login", json!({"user": "nobody", "password": "x"})).await;
    assert_eq!(unknown.body, right.body);
    // Neither does the other door open.
    assert_eq!(world.get(ADMIN, "/api/user").await.status, 401);
}

/// Guard: `dashboards::find`, `folders::find`, and the lists of `search`: who may not see a thing cannot tell that it is there.
#[tokio::test]
async fn what_another_team_has_is_not_there() {
    let world = World::new().await;
    world.user("ann", Role::Editor).await;
    world.folder("secret", "").await;
    world.dashboard("d", "Secret plans", "secret").await;
    world.post(ADMIN, "/api/folders/secret/permissions", json!({"items": []})).await;
    world.post(ADMIN, "/api/annotations", json!({"dashboardUID": "d", "text": "secret text"})).await;
    let ann = As::Basic("ann");
    let cases = [
        ("GET", "/api/dashboards/uid/d", Value::Null, 404),
        ("DELETE", "/api/dashboards/uid/d", Value::Null, 404),
        ("GET", "/api/dashboards/uid/d/versions", Value::Null, 404),
        ("GET", "/api/dashboards/id/1/versions", Value::Null, 404),
        ("GET", "/api/dashboards/uid/d/versions/1", Value::Null, 404),
        ("POST", "/api/dashboards/uid/d/restore", json!({"version": 1}), 404),
        ("GET", "/api/dashboards/uid/d/permissions", Value::Null, 404),
        (
            "POST",
            "/api/dashboards/uid/d/permissions",
            json!({"items": [{"role": "Editor", "permission": 4}]}),
            404,
        ),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"uid": "d", "title": "Mine"}, "overwrite": true}),
            403,
        ),
        (
            "POST",
            "/api/dashboards/db",
            json!({"dashboard": {"id": 1, "title": "Mine"}, "overwrite": true}),
            403,
        ),
        ("POST", "/api/dashboards/db", json!({"dashboard": {"title": "Mine"}, "folderUid": "secret"}), 403),
        (
            "POST",
            "/api/dashboards/import",
            json!({"dashboard": {"uid": "d", "title": "Mine"}, "overwrite": true}),
            403,
        ),
        ("GET", "/api/folders/secret", Value::Null, 404),
        ("GET", "/api/folders/id/1", Value::Null, 404),
        ("GET", "/api/folders/secret/counts", Value::Null, 404),
        ("PUT", "/api/folders/secret", json!({"title": "Mine", "overwrite": true}), 404),
        ("DELETE", "/api/folders/secret", Value::Null, 404),
        ("POST", "/api/folders/secret/move", json!({"parentUid": ""}), 404),
        ("POST", "/api/folders", json!({"title": "In", "parentUid": "secret"}), 403),
        ("GET", "/api/annotations/1", Value::Null, 404),
        ("DELETE", "/api/annotations/1", Value::Null, 404),
        ("PATCH", "/api/annotations/1", json!({"text": "x"}), 404),
        ("POST", "/api/annotations", json!({"dashboardUID": "d", "text": "x"}), 404),
        ("POST", "/api/user/stars/dashboard/uid/d", Value::Null, 404),
    ];
    for (method, path, body, want) in cases {
        let got = world.ask(ann.clone(), method, path, body).await;
        assert_eq!(got.status, want, "{method} {path}: {got:?}");
        assert!(
            !got.text.contains("Secret plans") && !got.text.contains("secret text"),
            "{method} {path}: {got:?}"
        );
    }
    for path in [
        "/api/search",
        "/api/search?dashboardIds=1",
        "/api/search?folderIds=1",
        "/api/folders",
        "/api/annotations",
        "/api/dashboards/tags",
    ] {
        assert_eq!(world.get(ann.clone(), path).await.body, json!([]), "{path}");
    }
    // Nothing of all that was done.
    assert_eq!(world.get(ADMIN, "/api/dashboards/uid/d").await.body["dashboard"]["title"], "Secret plans");
}

/// Guard: `Ctx::need` and `Ctx::need_server_admin`.
#[tokio::test]
async fn roles_are_not_climbed() {
    let world = World::new().await;
    let (viewer, editor, admin) = (
        world.user("viewer", Role::Viewer).await,
        world.user("editor", Role::Editor).await,
        world.user("boss", Role::Admin).await,
    );
    let cases = [
        (
            "POST",
            "/api/admin/users".to_owned(),
            json!({"login": "x", "password": "long enough", "role": "Admin"}),
        ),
        ("GET", "/api/users".to_owned(), Value::Null),
        ("GET", format!("/api/users/{admin}"), Value::Null),
        ("PUT", format!("/api/users/{viewer}"), json!({"login": "me"})),
        ("PUT", format!("/api/admin/users/{editor}/password"), json!({"password": "long enough"})),
        ("PUT", format!("/api/admin/users/{editor}/permissions"), json!({"isGrafanaAdmin": true})),
        ("DELETE", format!("/api/admin/users/{viewer}"), Value::Null),
        ("GET", "/api/admin/settings".to_owned(), Value::Null),
        ("GET", "/api/admin/stats".to_owned(), Value::Null),
        ("GET", "/api/orgs".to_owned(), Value::Null),
    ];
    // Who administers the organisation does not run the server.
    for login in ["viewer", "editor", "boss"] {
        for (method, path, body) in &cases {
            let got = world.ask(As::Basic(login), method, path, body.clone()).await;
            assert_eq!(got.status, 403, "{login} {method} {path}: {got:?}");
        }
    }
    let cases = [
        ("PATCH", format!("/api/org/users/{viewer}"), json!({"role": "Admin"})),
        ("GET", "/api/org/users".to_owned(), Value::Null),
        ("POST", "/api/datasources".to_owned(), json!({"name": "x", "type": "prometheus"})),
        ("GET", "/api/datasources/uid/bongsu".to_owned(), Value::Null),
        ("PUT", "/api/org/preferences".to_owned(), json!({})),
        ("GET", "/api/bongsu/audit".to_owned(), Value::Null),
    ];
    for login in ["viewer", "editor"] {
        for (method, path, body) in &cases {
            assert_eq!(
                world.ask(As::Basic(login), method, path, body.clone()).await.status,
                403,
                "{login} {method} {path}"
            );
        }
    }
    // An administrator of the organisation does not take the one who runs the server down.
    for (method, body) in [("PATCH", json!({"role": "Viewer"})), ("DELETE", Value::Null)] {
        assert_eq!(world.ask(As::Basic("boss"), method, "/api/org/users/1", body).await.status, 403);
    }
    for (path, body) in [
        ("/api/dashboards/db", json!({"dashboard": {"title": "x"}})),
        ("/api/folders", json!({"title": "x"})),
        ("/api/annotations", json!({"text": "x"})),
    ] {
        assert_eq!(world.post(As::Basic("viewer"), path, body).await.status, 403, "{path}");
    }
}

/// Guard: `audit::note`.
#[tokio::test]
async fn who_changed_what_is_kept() {
    let world = World::new().await;
    world.user("viewer", Role::Viewer).await;
    world.dashboard("d", "D", "").await;
    world.ask(As::Basic("viewer"), "DELETE", "/api/dashboards/uid/d", Value::Null).await;
    world.get(ADMIN, "/api/dashboards/uid/d").await;
    // Strangers are noted where they try to log in, and nowhere else.
    world.post(As::Nobody, "/api/folders", json!({"title": "x"})).await;
    world.post(As::Nobody, "/login", json!({"user": "admin", "password": "wrong"})).await;
    let log = world.get(ADMIN, "/api/bongsu/audit").await.body;
    let want = json!([
        {"actor": "admin", "action": "POST", "target": "/login", "status": "401"},
        {"actor": "viewer", "action": "DELETE", "target": "/api/dashboards/uid/d", "status": "403", "time": "2026-11-21T12:00:00Z"},
        {"actor": "admin", "action": "POST", "target": "/api/dashboards/db", "status": "200"},
    ]);
    super::holds(&log, &want).unwrap();
}
