//! Pictures at Grafana's addresses, signed links, reports by mail.

use std::sync::Arc;

use accounts::Role;
use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use dashboards::reports::{ReportFile, resolve};
use model::Labels;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::{ADMIN, As, World};
use crate::grafana::links::PictureLinks;

/// A server whose own API answers every range query, with a dashboard.
async fn world(asked: Arc<Mutex<Vec<String>>>) -> World {
    let world = World::bare().await;
    let answer = move |request: Request| {
        let asked = asked.clone();
        async move {
            let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
            asked.lock().push(String::from_utf8_lossy(&body).into_owned());
            let values: Vec<Value> =
                (0..30).map(|i| json!([1_795_260_600 + i * 60, i.to_string()])).collect();
            let result = json!([{"metric": {"job": "<script>웹"}, "values": values}]);
            let data = json!({"resultType": "matrix", "result": result});
            crate::answer::json(json!({"status": "success", "data": data}).to_string())
        }
    };
    world.grafana.own.set(Router::new().route("/api/v1/query_range", any(answer))).unwrap();
    world.folder("f", "").await;
    let document = json!({"uid": "load", "title": "부하", "panels": [
        {"id": 4, "type": "timeseries", "title": "요청", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 8},
         "targets": [{"expr": "rate(x{job=\"$job\"}[1m])", "legendFormat": "{{job}}"}]},
    ], "templating": {"list": [{"name": "job", "type": "textbox", "query": "web"}]}});
    let got = world.post(ADMIN, "/api/dashboards/db", json!({"dashboard": document, "folderUid": "f"})).await;
    assert_eq!(got.status, 200, "{got:?}");
    world
}

#[tokio::test]
async fn pictures_are_for_those_who_may_see_the_dashboard() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let world = world(asked.clone()).await;
    world.user("viewer", Role::Viewer).await;
    let svg =
        world.get(As::Basic("viewer"), "/render/d/load/x?format=svg&width=900&var-job=db&lang=ko").await;
    assert_eq!(
        (svg.status, svg.headers["content-type"].to_str().unwrap()),
        (200, "image/svg+xml"),
        "{}",
        svg.text
    );
    assert!(svg.text.contains("부하") && svg.text.contains("요청") && svg.text.contains("&lt;script&gt;웹"));
    assert!(
        !svg.text.contains("<script")
            && svg.headers["content-security-policy"].to_str().unwrap().starts_with("sandbox")
    );
    assert!(asked.lock().iter().any(|form| form.contains("job%3D%22db%22")), "{asked:?}");
    let png =
        world.get(As::Basic("viewer"), "/render/d-solo/load?panelId=panel-4&width=300&height=200").await;
    assert_eq!(
        (png.status, png.headers["content-type"].to_str().unwrap()),
        (200, "image/png"),
        "{}",
        png.text
    );
    let pdf = world.get(As::Basic("viewer"), "/render/d/load?format=pdf").await;
    assert!(pdf.text.starts_with("%PDF-"));
    let editors = json!({"items": [{"role": "Editor", "permission": 1}]});
    assert_eq!(world.post(ADMIN, "/api/folders/f/permissions", editors).await.status, 200);
    for (who, path, status) in [
        (As::Nobody, "/render/d/load/x", 401),
        (As::Basic("viewer"), "/render/d/load/x", 404),
        (ADMIN, "/render/d/none/x", 404),
        (ADMIN, "/render/d-solo/load/x", 400),
        (ADMIN, "/render/d-solo/load/x?panelId=9", 404),
        (ADMIN, "/render/d/load/x?format=gif", 400),
        (ADMIN, "/render/d/load/x?width=wide", 400),
        (ADMIN, "/render/d/load/x?width=100000", 400),
        (ADMIN, "/render/d/load/x?from=yesterday", 400),
        (ADMIN, "/render/d/load/x?tz=Mars/Base", 400),
    ] {
        let got = world.get(who, path).await;
        assert_eq!(got.status, status, "{path}: {}", got.text);
    }
}

#[tokio::test]
async fn signed_links_show_one_picture_to_anybody() {
    let world = world(Arc::default()).await;
    let links = PictureLinks::new(world.grafana.clone());
    let labels = Labels::from_pairs([("job", "db & co")]);
    let link = |annotations: &[(&str, &str)]| {
        links.of_alert(&Labels::from_pairs(annotations.iter().copied()), &labels, super::NOW)
    };
    let whole = link(&[("__dashboardUid__", "load"), ("__panelId__", "4")]).unwrap();
    let path = whole.strip_prefix("http://bongsu.example:9090").unwrap();
    let got = world.get(As::Nobody, path).await;
    assert_eq!(
        (got.status, got.headers["content-type"].to_str().unwrap()),
        (200, "image/png"),
        "{}",
        got.text
    );
    let (query, signature) = path.rsplit_once("&signature=").unwrap();
    for altered in [
        query.to_owned(),
        format!("{query}&signature="),
        format!("{}&signature={signature}", query.replace("panelId=4", "panelId=5")),
        format!("{query}&width=5000&signature={signature}"),
        format!("{query}&signature={signature}&format=pdf"),
        path.replace("/render/d-solo/", "/render/d/"),
    ] {
        assert_eq!(world.get(As::Nobody, &altered).await.status, 401, "{altered}");
    }
    assert!(link(&[("bongsu_dashboard", "load")]).unwrap().contains("/render/d/load?"));
    for none in [
        vec![],
        vec![("__panelId__", "4")],
        vec![("__dashboardUid__", "../etc")],
        vec![("__dashboardUid__", " ")],
    ] {
        assert_eq!(link(&none), None, "{none:?}");
    }
    let old = "/render/d/load?expires=1&signature=".to_owned()
        + &world.grafana.vault.sign("picture", "d/load?expires=1");
    assert_eq!(world.get(As::Nobody, &old).await.status, 401);
}

/// A mail server that takes one mail and answers what it was told.
async fn mail_server() -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut all = String::new();
        let mut in_letter = false;
        stream.write_all(b"220 test\r\n").await.unwrap();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap() == 0 {
                return all;
            }
            all.push_str(&line);
            let answer: &[u8] = match (in_letter, line.trim_end()) {
                (true, ".") => b"250 kept\r\n",
                (true, _) => continue,
                (false, "DATA") => b"354 go on\r\n",
                (false, "QUIT") => b"221 bye\r\n",
                (false, _) => b"250 ok\r\n",
            };
            in_letter = answer.starts_with(b"354");
            stream.write_all(answer).await.unwrap();
        }
    });
    (port, heard)
}

fn reports(world: &World, port: u16) {
    let file: ReportFile = serde_json::from_value(json!({
        "smtp": {"smtp_smarthost": format!("127.0.0.1:{port}"), "smtp_from": "봉수 <bongsu@example.com>", "smtp_require_tls": false},
        "reports": [
            {"name": "매일", "dashboard": "load", "schedule": "0 9 * * *", "timeZone": "Asia/Seoul", "subject": "보고\r\nBcc: x@y",
             "recipients": ["kim@example.com", "lee@example.com"], "formats": ["png", "pdf"], "body": "<b>안녕하세요</b>"},
            {"name": "gone", "dashboard": "none", "schedule": "@daily", "recipients": ["kim@example.com"]},
        ],
    }))
    .unwrap();
    let (found, problems) = resolve(file);
    assert!(problems.is_empty(), "{problems:?}");
    world.grafana.reports.store(Arc::new(found));
}

#[tokio::test]
async fn reports_are_listed_and_sent() {
    let world = world(Arc::default()).await;
    world.user("editor", Role::Editor).await;
    let (port, heard) = mail_server().await;
    reports(&world, port);
    for (method, path) in [("GET", "/api/bongsu/reports"), ("POST", "/api/bongsu/reports/gone/send")] {
        assert_eq!(world.ask(As::Basic("editor"), method, path, Value::Null).await.status, 403);
    }
    let list = world.get(ADMIN, "/api/bongsu/reports").await.body;
    let want = json!({"name": "매일", "dashboardUid": "load", "dashboardTitle": "부하", "schedule": "0 9 * * *", "timeZone": "Asia/Seoul",
                      "formats": ["png", "pdf"], "nextRun": "2026-11-22T00:00:00Z", "lastRun": null, "lastError": ""});
    super::holds(&list[0], &want).unwrap();
    let sent = world.post(ADMIN, "/api/bongsu/reports/%EB%A7%A4%EC%9D%BC/send", Value::Null).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let letter = heard.await.unwrap();
    for part in [
        "RCPT TO:<kim@example.com>",
        "RCPT TO:<lee@example.com>",
        "MAIL FROM:<bongsu@example.com>",
        "?= <bongsu@example.com>\r\n",
        "To: kim@example.com,\r\n lee@example.com\r\n",
        "Content-Type: image/png",
        "Content-Type: application/pdf",
        "Content-ID: <picture0@bongsu>",
        "multipart/related",
    ] {
        assert!(letter.contains(part), "{part}:\n{}", &letter[..letter.len().min(3000)]);
    }
    assert!(!letter.contains("\r\nBcc:"), "a subject must not become a header");
    let failed = world.post(ADMIN, "/api/bongsu/reports/gone/send", Value::Null).await;
    assert_eq!(failed.status, 502, "{}", failed.text);
    let list = world.get(ADMIN, "/api/bongsu/reports").await.body;
    assert_eq!(list[0]["lastRun"], "2026-11-21T12:00:00Z");
    assert!(list[1]["lastError"].as_str().unwrap().contains("not found"), "{list}");
    assert_eq!(world.post(ADMIN, "/api/bongsu/reports/none/send", Value::Null).await.status, 404);
    let audit = world.get(ADMIN, "/api/bongsu/audit").await.text;
    assert!(audit.contains("send report"), "{audit}");
}
