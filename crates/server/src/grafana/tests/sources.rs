//! Data sources, the proxy, `/api/ds/query`.

use accounts::Role;
use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use http::StatusCode;
use serde_json::{Value, json};

use super::{ADMIN, As, World, holds, replay};

/// A server that says what it was asked. Returns its URL.
async fn echo() -> String {
    async fn say(request: Request) -> axum::response::Response {
        let text = |name: &str| request.headers().get(name).map(|v| v.to_str().unwrap_or("?").to_owned());
        if let Some(to) = request.uri().path().strip_prefix("/redirect/") {
            let to = format!("http://{}", to.replace("--", "/").replace("%3A", ":"));
            return (StatusCode::FOUND, [("location", to)]).into_response();
        }
        let body = json!({
            "path": request.uri().to_string(), "method": request.method().as_str(), "authorization": text("authorization"),
            "cookie": text("cookie"), "tenant": text("x-scope-orgid"),
        });
        ([("content-type", "application/json"), ("set-cookie", "grafana_session=stolen")], body.to_string())
            .into_response()
    }
    use axum::response::IntoResponse;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(say))).await });
    url
}

async fn add(world: &World, uid: &str, url: &str) {
    let body = json!({
        "uid": uid, "name": uid, "type": "prometheus", "access": "proxy", "url": url, "basicAuth": true, "basicAuthUser": "me",
        "jsonData": {"httpHeaderName1": "X-Scope-OrgID"},
        "secureJsonData": {"basicAuthPassword": "hunter2", "httpHeaderValue1": "tenant-7"},
    });
    let got = world.post(ADMIN, "/api/datasources", body).await;
    assert_eq!(got.status, 200, "{got:?}");
}

#[tokio::test]
async fn data_sources_are_made_changed_and_removed() {
    let world = World::new().await;
    let body = json!({"name": "test_datasource", "type": "graphite", "url": "http://mydatasource.com", "access": "proxy", "basicAuth": false, "uid": "g"});
    let pairs = [
        (
            "POST",
            "/api/datasources",
            body.clone(),
            200,
            json!({"id": 1, "message": "Datasource added", "name": "test_datasource",
                   "datasource": {"id": 1, "uid": "g", "orgId": 1, "type": "graphite", "version": 1, "readOnly": false, "secureJsonFields": {}}}),
        ),
        (
            "POST",
            "/api/datasources",
            body,
            409,
            json!({"message": "data source with the same name already exists"}),
        ),
        ("POST", "/api/datasources", json!({"name": "Bongsu", "type": "loki"}), 409, json!({})),
        (
            "GET",
            "/api/datasources/uid/g",
            Value::Null,
            200,
            json!({"name": "test_datasource", "url": "http://mydatasource.com"}),
        ),
        ("GET", "/api/datasources/1", Value::Null, 200, json!({"uid": "g"})),
        ("GET", "/api/datasources/name/test_datasource", Value::Null, 200, json!({"uid": "g"})),
        ("GET", "/api/datasources/id/test_datasource", Value::Null, 200, json!({"id": 1})),
        (
            "PUT",
            "/api/datasources/uid/g",
            json!({"name": "renamed", "type": "graphite", "url": "http://other.com", "version": 1, "secureJsonData": {"password": "p"}}),
            200,
            json!({"message": "Datasource updated", "datasource": {"version": 2, "uid": "g", "secureJsonFields": {"password": true}}}),
        ),
        (
            "PUT",
            "/api/datasources/uid/g",
            json!({"name": "r", "type": "graphite", "version": 1}),
            409,
            json!({}),
        ),
        (
            "GET",
            "/api/datasources",
            Value::Null,
            200,
            json!([{"uid": "bongsu", "isDefault": true, "type": "prometheus"}, {"uid": "bongsu-alertmanager"}, {"uid": "g"}]),
        ),
        ("PUT", "/api/datasources/uid/bongsu", json!({"name": "x", "type": "prometheus"}), 403, json!({})),
        ("DELETE", "/api/datasources/uid/bongsu", Value::Null, 403, json!({})),
        (
            "DELETE",
            "/api/datasources/uid/g",
            Value::Null,
            200,
            json!({"message": "Data source deleted", "id": 1}),
        ),
        ("GET", "/api/datasources/uid/g", Value::Null, 404, json!({"message": "Data source not found"})),
        (
            "GET",
            "/api/frontend/settings",
            Value::Null,
            200,
            json!({"defaultDatasource": "Bongsu", "datasources": {"Bongsu": {"uid": "bongsu"}}}),
        ),
        ("GET", "/api/plugins?type=panel", Value::Null, 200, Value::Null),
        ("GET", "/api/plugins/prometheus/settings", Value::Null, 200, json!({"type": "datasource"})),
    ];
    for (method, path, body, status, want) in pairs {
        if want.is_null() {
            assert_eq!(world.ask(ADMIN, method, path, body).await.status, status, "{path}");
        } else {
            replay(&world, ADMIN, &[(method, path, body, status, want)]).await;
        }
    }
}

#[tokio::test]
async fn the_proxy_brings_its_own_credentials_and_no_others() {
    let world = World::new().await;
    world.user("ann", Role::Viewer).await;
    let url = echo().await;
    add(&world, "p", &format!("{url}/base/")).await;
    let ann = world.login("ann").await;
    let got = world.get(ann.clone(), "/api/datasources/proxy/uid/p/api/v1/query?query=up%7B%7D&time=1").await;
    let want = json!({
        "path": "/base/api/v1/query?query=up%7B%7D&time=1", "method": "GET", "authorization": "Basic bWU6aHVudGVyMg==",
        "cookie": null, "tenant": "tenant-7",
    });
    holds(&got.body, &want).unwrap();
    assert_eq!(got.headers.get("set-cookie"), None, "a data source sets no cookies of ours");
    assert_eq!(got.headers["content-security-policy"], "sandbox; default-src 'none'");
    // By number, and as a resource.
    for path in ["/api/datasources/proxy/1/api/v1/labels", "/api/datasources/uid/p/resources/api/v1/labels"] {
        assert_eq!(world.get(ann.clone(), path).await.body["path"], "/base/api/v1/labels", "{path}");
    }
    // Viewers ask; they do not administer.
    let cases = [
        ("POST", "api/v1/query_range", 200),
        ("POST", "api/v1/admin/tsdb/delete_series", 403),
        ("DELETE", "api/v1/x", 403),
        ("GET", "-/quit", 403),
    ];
    for (method, path, want) in cases {
        let got = world
            .ask(ann.clone(), method, &format!("/api/datasources/proxy/uid/p/{path}"), Value::Null)
            .await;
        assert_eq!(got.status, want, "{method} {path}: {got:?}");
    }
    let health = world.get(ann, "/api/datasources/uid/p/health").await;
    assert_eq!((health.status, &health.body["status"]), (200, &json!("OK")));
}

#[tokio::test]
async fn this_server_is_a_data_source() {
    let world = World::new().await;
    let got = world.get(ADMIN, "/api/datasources/proxy/uid/bongsu/api/v1/query?query=up").await;
    assert_eq!((got.status, &got.body["status"]), (200, &json!("success")));
    let query = json!({
        "from": "now-1h", "to": "now",
        "queries": [{"refId": "A", "datasource": {"type": "prometheus", "uid": "bongsu"}, "expr": "up[$__rate_interval]", "instant": true, "range": false,
                     "intervalMs": 60000, "format": "table"},
                    {"refId": "B", "hide": true}],
    });
    let got = world.post(ADMIN, "/api/ds/query", query).await;
    assert_eq!(got.status, 200, "{got:?}");
    let frame = &got.body["results"]["A"]["frames"][0];
    assert_eq!(frame["schema"]["fields"][1]["name"], "asked");
    let asked = frame["data"]["values"][1][0].as_str().unwrap();
    assert_eq!(asked, "query=up%5B75s%5D&time=1795262400");
    assert_eq!(got.body["results"].get("B"), None);
    // The default data source; one that is not there; a kind that is not asked here.
    let ask = |query: Value| json!({"from": "now-1h", "to": "now", "queries": [query]});
    let got =
        world.post(ADMIN, "/api/ds/query", ask(json!({"refId": "A", "expr": "1", "instant": true}))).await;
    assert_eq!(got.status, 200);
    let got =
        world.post(ADMIN, "/api/ds/query", ask(json!({"refId": "A", "datasource": {"uid": "none"}}))).await;
    assert_eq!((got.status, &got.body["results"]["A"]["error"]), (400, &json!("Data source not found")));
    for bad in [json!({"queries": []}), json!({"from": "yesterday", "queries": [{}]})] {
        assert_eq!(world.post(ADMIN, "/api/ds/query", bad).await.status, 400);
    }
}

#[tokio::test]
async fn the_proxy_goes_nowhere_else() {
    let world = World::new().await;
    let url = echo().await;
    add(&world, "p", &url).await;
    for (uid, url) in [
        ("meta", "http://169.254.169.254/"),
        ("mapped", "http://[::ffff:169.254.169.254]/latest"),
        ("zero", "http://0.0.0.0:1/"),
    ] {
        add(&world, uid, url).await;
        let got = world.get(ADMIN, &format!("/api/datasources/proxy/uid/{uid}/x")).await;
        assert_eq!(got.status, 403, "{uid}: {got:?}");
        assert!(got.text.contains("not allowed") && !got.text.contains("hunter2"), "{got:?}");
    }
    // A redirect within the server is followed, one to elsewhere is not.
    let host = url.trim_start_matches("http://");
    let within = world.get(ADMIN, &format!("/api/datasources/proxy/uid/p/redirect/{host}--inner")).await;
    assert_eq!((within.status, &within.body["path"]), (200, &json!("/inner")), "{within:?}");
    for to in ["169.254.169.254--x", "127.0.0.1:1--x"] {
        let got = world.get(ADMIN, &format!("/api/datasources/proxy/uid/p/redirect/{to}")).await;
        assert_eq!(got.status, 502, "{to}: {got:?}");
    }
    for path in ["..%2f..%2fetc", "%2e%2e/x", "a/%252e%252e/b"] {
        let got = world.get(ADMIN, &format!("/api/datasources/proxy/uid/p/{path}")).await;
        assert_eq!(got.status, 400, "{path}: {got:?}");
    }
    for url in ["file:///etc/passwd", "gopher://h/", "h:5432"] {
        let uid = format!("u{}", url.len());
        add(&world, &uid, url).await;
        assert_eq!(
            world.get(ADMIN, &format!("/api/datasources/proxy/uid/{uid}/x")).await.status,
            400,
            "{url}"
        );
    }
    assert_eq!(world.get(As::Nobody, "/api/datasources/proxy/uid/p/x").await.status, 401);
}
