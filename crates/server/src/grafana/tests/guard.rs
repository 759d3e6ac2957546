//! `--web.auth`: logins before the Prometheus and Alertmanager APIs, and what teams see of them.

use std::net::SocketAddr;
use std::sync::Arc;

use accounts::Role;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{any, get};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use transport::listener::Peer;

use super::super::guard::Guard;
use super::{ADMIN, As, World};
use crate::visibility::Visible;

/// Says what it was asked, parameters decoded, and what its asker sees.
async fn echo(request: Request) -> String {
    let (parts, body) = request.into_parts();
    let sees = parts.extensions.get::<Arc<Visible>>().map(|v| format!("{:?}", v.lists()));
    let form = body.collect().await.unwrap().to_bytes();
    let pairs = |text: &[u8]| url::form_urlencoded::parse(text).into_owned().collect::<Vec<_>>();
    json!({"url": pairs(parts.uri.query().unwrap_or("").as_bytes()), "form": pairs(&form), "sees": sees})
        .to_string()
}

async fn silences() -> String {
    let of = |id: &str, team: &str| json!({"id": id, "matchers": [{"name": "team", "value": team, "isRegex": false, "isEqual": true}]});
    json!([of("1", "pay"), of("2", "other")]).to_string()
}

async fn one_silence(axum::extract::Path(id): axum::extract::Path<String>) -> String {
    let team = if id == "1" { "pay" } else { "other" };
    json!({"id": id, "matchers": [{"name": "team", "value": team}]}).to_string()
}

async fn world() -> World {
    let world = World::bare().await;
    let others = Router::new()
        .route("/", get(|| async { "page" }))
        .route("/metrics", get(|| async { "own" }))
        .route("/-/healthy", get(|| async { "healthy" }))
        .route("/-/reload", any(|| async { "reloaded" }))
        .route("/federate", any(echo))
        .route("/api/v1/query", any(echo))
        .route("/api/v1/series", any(echo))
        .route("/api/v1/label/{name}/values", any(echo))
        .route("/api/v1/write", any(echo))
        .route("/api/v1/admin/tsdb/delete_series", any(echo))
        .route("/api/v1/bongsu/rules/backfill", any(echo))
        .route("/api/v1/status/config", any(echo))
        .route("/api/v1/metadata", any(echo))
        .route(
            "/api/v1/alerts",
            get(|| async {
                json!({"data": {"alerts": [{"labels": {"team": "pay"}}, {"labels": {}}]}}).to_string()
            }),
        )
        .route("/api/v2/alerts", any(echo))
        .route("/api/v2/bongsu/receivers/test", any(echo))
        .route("/api/v2/silences", get(silences).post(echo))
        .route("/api/v2/silence/{id}", any(one_silence));
    let guard = Guard {
        grafana: world.grafana.clone(),
        prefix: String::new(),
        own_metrics: vec!["/metrics".to_owned()],
    };
    let others = super::super::guarded(others, guard);
    world.grafana.own.set(others.clone()).unwrap();
    World { router: others.merge(world.router), grafana: world.grafana }
}

#[tokio::test]
async fn each_role_may_do_its_part() {
    let world = world().await;
    world.user("viewer", Role::Viewer).await;
    world.user("editor", Role::Editor).await;
    // Path, method, and the status for nobody, a viewer, an editor, an administrator.
    let cases = [
        ("GET", "/", [200, 200, 200, 200]),
        ("GET", "/-/healthy", [200, 200, 200, 200]),
        ("POST", "/-/reload", [401, 403, 403, 200]),
        ("GET", "/-/reload", [401, 403, 403, 200]),
        ("GET", "/metrics", [401, 200, 200, 200]),
        ("GET", "/federate", [401, 200, 200, 200]),
        ("GET", "/api/v1/query", [401, 200, 200, 200]),
        ("POST", "/api/v1/query", [401, 200, 200, 200]),
        ("POST", "/api/v1/write", [401, 403, 200, 200]),
        ("POST", "/api/v1/admin/tsdb/delete_series", [401, 403, 403, 200]),
        ("POST", "/api/v1/bongsu/rules/backfill", [401, 403, 403, 200]),
        ("POST", "/api/v2/bongsu/receivers/test", [401, 403, 403, 200]),
        ("GET", "/api/v1/status/config", [401, 200, 200, 200]),
        ("POST", "/api/v2/silences", [401, 403, 200, 200]),
        ("DELETE", "/api/v2/silence/1", [401, 403, 200, 200]),
        ("GET", "/api/v2/silences", [401, 200, 200, 200]),
    ];
    for (method, path, want) in cases {
        for (who, want) in [As::Nobody, As::Basic("viewer"), As::Basic("editor"), ADMIN].into_iter().zip(want)
        {
            let got = world.ask(who.clone(), method, path, Value::Null).await;
            assert_eq!(got.status, want, "{who:?} {method} {path}: {got:?}");
        }
    }
    let refused = world.get(As::Nobody, "/api/v1/query?query=up").await;
    super::holds(
        &refused.body,
        &json!({"status": "error", "errorType": "unauthorized", "error": "Unauthorized"}),
    )
    .unwrap();
    assert_eq!(world.get(As::Nobody, "/api/v2/alerts").await.body, json!("Unauthorized"));
    // A cookie does not let a foreign page write.
    let editor = world.login("editor").await;
    let foreign = world
        .ask_with(editor, "POST", "/api/v1/write", &[("sec-fetch-site", "cross-site")], Value::Null)
        .await;
    assert_eq!(foreign.status, 403);
}

#[tokio::test]
async fn the_process_scrapes_itself_without_a_login_but_not_for_others() {
    use tower::ServiceExt;
    let world = world().await;
    let ask = |address: &str, header: Option<&'static str>| {
        let mut request = http::Request::get("/metrics");
        if let Some(name) = header {
            request = request.header(name, "1.2.3.4");
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer(address.parse::<SocketAddr>().unwrap()));
        world.router.clone().oneshot(request)
    };
    for (address, header, want) in [
        ("127.0.0.1:5", None, 200),
        ("[::1]:5", None, 200),
        ("10.0.0.1:5", None, 401),
        ("127.0.0.1:5", Some("x-forwarded-for"), 401),
        ("127.0.0.1:5", Some("forwarded"), 401),
    ] {
        assert_eq!(ask(address, header).await.unwrap().status(), want, "{address} {header:?}");
    }
}

/// Guard: `guard::narrowed` and `visibility`.
#[tokio::test]
async fn a_team_sees_its_part_however_it_asks() {
    let world = world().await;
    let ann = world.user("ann", Role::Editor).await;
    world.post(ADMIN, "/api/teams", json!({"name": "pay", "selector": "{team=\"pay\"}"})).await;
    world.post(ADMIN, "/api/teams/1/members", json!({"userId": ann})).await;
    let who = As::Basic("ann");
    let ask = async |method: &str, path: &str, body: Value| world.ask(who.clone(), method, path, body).await;
    // What the storage is read through, however it is asked: directly, by POST, through the data source that is this server.
    for (method, path) in [
        ("GET", "/api/v1/query?query=up"),
        ("POST", "/api/v1/query"),
        ("GET", "/api/v1/series"),
        ("GET", "/api/v1/label/job/values?match[]=up"),
        ("GET", "/federate?match[]=up"),
        ("GET", "/api/datasources/proxy/uid/bongsu/api/v1/query?query=up"),
        ("GET", "/api/v1/metadata"),
    ] {
        let got = ask(method, path, Value::Null).await;
        assert_eq!(got.body["sees"], json!("[[team=\"pay\"]]"), "{method} {path}: {got:?}");
    }
    let query = json!({"queries": [{"refId": "A", "expr": "up", "instant": true}]});
    let panel = ask("POST", "/api/ds/query", query).await;
    assert!(panel.text.contains("not Prometheus's"), "the echo is no answer, but it was asked: {panel:?}");
    assert_eq!(
        ask("GET", "/api/v1/alerts", Value::Null).await.body["data"]["alerts"].as_array().unwrap().len(),
        1
    );

    // Silences: one's own are seen, made and ended; others are not there.
    assert_eq!(ask("GET", "/api/v2/silences", Value::Null).await.body.as_array().unwrap().len(), 1);
    for (id, want) in [("1", 200), ("2", 404), ("..%2f..%2fapi%2fv2%2fsilence%2f1", 400)] {
        for method in ["GET", "DELETE"] {
            let got = ask(method, &format!("/api/v2/silence/{id}"), Value::Null).await;
            assert_eq!(got.status, want, "{method} {id}: {got:?}");
        }
    }
    let silence = |id: &str, team: &str| json!({"id": id, "matchers": [{"name": "team", "value": team, "isRegex": false}]});
    for (body, want) in [
        (silence("", "pay"), 200),
        (silence("1", "pay"), 200),
        (silence("2", "pay"), 404),
        (silence("", "other"), 403),
    ] {
        assert_eq!(ask("POST", "/api/v2/silences", body.clone()).await.status, want, "{body}");
    }
    // What has no rule of its own is refused.
    for (method, path) in
        [("GET", "/api/v1/status/config"), ("POST", "/api/v2/alerts"), ("POST", "/api/v1/write")]
    {
        let got = ask(method, path, Value::Null).await;
        assert_eq!(got.status, 403, "{method} {path}: {got:?}");
    }
    // Out of the team, everything is seen again.
    world.ask(ADMIN, "DELETE", &format!("/api/teams/1/members/{ann}"), Value::Null).await;
    assert_eq!(ask("GET", "/api/v1/query?query=up", Value::Null).await.body["sees"], Value::Null);
}
