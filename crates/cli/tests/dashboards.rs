//! Logins and dashboards of the whole program, as its users and their tools meet them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::collections::BTreeSet;
use std::path::Path;

use harness::http::Answer;
use harness::program::Server;
use harness::until;
use serde_json::{Value, json};

/// `admin` with the password `a long password`.
const ADMIN: (&str, &str) = ("Authorization", "Basic YWRtaW46YSBsb25nIHBhc3N3b3Jk");

fn start(dir: &Path, args: &[&str]) -> Server {
    let password = dir.join("password");
    std::fs::write(&password, "a long password\n").unwrap();
    let file = format!("--admin-password-file={}", password.display());
    Server::start_all_in_one(dir, &[&[file.as_str()], args].concat())
}

fn ask(server: &Server, path: &str, body: &Value) -> Answer {
    server.post(path, &[ADMIN], body.to_string().as_bytes())
}

#[test]
fn a_saved_dashboard_outlives_a_restart_and_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &[]);
    assert_eq!(server.get("/api/health").json()["database"], "ok");
    assert_eq!(server.get("/api/search").status, 401);
    let login = server.post("/login", &[], br#"{"user":"admin","password":"a long password"}"#);
    assert_eq!(login.status, 200, "{}", login.text());
    let cookie = login.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let saved = ask(
        &server,
        "/api/dashboards/db",
        &json!({"dashboard": {"uid": "mine", "title": "Mine", "x": [1, {"y": 2}]}}),
    );
    assert_eq!(saved.status, 200, "{}", saved.text());
    server.kill();
    // The password of the first start holds; a session and the dashboard are still there.
    std::fs::remove_file(dir.path().join("password")).unwrap();
    let server = Server::start_all_in_one(dir.path(), &["--no-dashboards.library"]);
    let kept = server.get_with("/api/dashboards/uid/mine", &[("Cookie", &cookie)]);
    assert_eq!(kept.json()["dashboard"]["x"], json!([1, {"y": 2}]), "{}", kept.text());
    assert!(server.stop().success());
}

#[test]
fn without_dashboards_there_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_all_in_one(dir.path(), &["--no-dashboards"]);
    assert_ne!(server.get("/api/health").status, 200);
    assert_eq!(server.get("/api/v1/query?query=1").status, 200);
    assert!(server.stop().success());
    assert!(!dir.path().join("data/dashboards").exists());
}

#[test]
fn the_first_password_is_made_and_shown_in_a_private_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_all_in_one(dir.path(), &[]);
    let file = dir.path().join("data/dashboards/admin-password");
    let password =
        until("the password", || std::fs::read_to_string(&file).ok().filter(|p| p.ends_with('\n')));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    let body = json!({"user": "admin", "password": password.trim_end()}).to_string();
    assert_eq!(server.post("/login", &[], body.as_bytes()).status, 200);
    assert!(!server.log().contains(password.trim_end()), "not in the log");
    assert!(server.stop().success());
}

#[test]
fn grafanas_provisioning_files_work_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    std::fs::create_dir_all(at("provisioning/datasources")).unwrap();
    std::fs::create_dir_all(at("provisioning/dashboards")).unwrap();
    std::fs::create_dir_all(at("files/db")).unwrap();
    std::fs::write(at("secret"), "hunter2\n").unwrap();
    let sources = format!(
        "apiVersion: 1\ndatasources:\n- name: Prometheus\n  type: prometheus\n  uid: prom\n  access: proxy\n  \
         url: http://localhost${{SURELY_NOT_SET}}:9090\n  isDefault: true\n  basicAuth: true\n  basicAuthUser: me\n  jsonData:\n    \
         httpMethod: POST\n  secureJsonData:\n    basicAuthPassword: $__file{{{}}}\n  editable: false\n",
        at("secret").display()
    );
    std::fs::write(at("provisioning/datasources/prometheus.yaml"), sources).unwrap();
    let providers = format!(
        "apiVersion: 1\nproviders:\n- name: default\n  orgId: 1\n  folder: ''\n  type: file\n  disableDeletion: false\n  \
         updateIntervalSeconds: 5\n  allowUiUpdates: false\n  options:\n    path: {}\n    foldersFromFilesStructure: true\n",
        at("files").display()
    );
    std::fs::write(at("provisioning/dashboards/all.yml"), providers).unwrap();
    std::fs::write(at("files/db/a.json"), r#"{"uid":"a","title":"A","id":12}"#).unwrap();
    let flag = format!("--provisioning.dir={}", at("provisioning").display());
    let server = start(dir.path(), &[&flag, "--no-dashboards.library"]);

    let source = server.get_with("/api/datasources/uid/prom", &[ADMIN]);
    let shown = source.json();
    assert_eq!(shown["url"], "http://localhost:9090", "an unset variable is empty");
    assert_eq!((&shown["isDefault"], &shown["readOnly"]), (&json!(true), &json!(true)));
    assert_eq!(shown["secureJsonFields"], json!({"basicAuthPassword": true}));
    assert!(!source.text().contains("hunter2"));
    let dashboard = server.get_with("/api/dashboards/uid/a", &[ADMIN]).json();
    assert_eq!(dashboard["meta"]["folderTitle"], "db");
    assert_eq!(dashboard["meta"]["provisioned"], true);
    let refused = ask(
        &server,
        "/api/dashboards/db",
        &json!({"dashboard": {"uid": "a", "title": "B"}, "overwrite": true}),
    );
    assert_eq!(
        (refused.status, &refused.json()["message"]),
        (400, &json!("Cannot save provisioned dashboard"))
    );

    // A sidecar writes a file and asks for it to be read; another file is noticed by itself.
    std::fs::write(at("files/b.json"), r#"{"uid":"b","title":"B"}"#).unwrap();
    let reloaded = ask(&server, "/api/admin/provisioning/dashboards/reload", &json!({}));
    assert_eq!((reloaded.status, &reloaded.json()["message"]), (200, &json!("Dashboards config reloaded")));
    assert_eq!(server.get_with("/api/dashboards/uid/b", &[ADMIN]).status, 200);
    std::fs::write(at("files/c.json"), r#"{"uid":"c","title":"C"}"#).unwrap();
    std::fs::remove_file(at("files/db/a.json")).unwrap();
    until("the files to be noticed", || {
        let (new, gone) = (
            server.get_with("/api/dashboards/uid/c", &[ADMIN]),
            server.get_with("/api/dashboards/uid/a", &[ADMIN]),
        );
        (new.status == 200 && gone.status == 404).then_some(())
    });
    assert!(server.stop().success());
}

#[test]
fn logins_stand_before_the_other_apis_if_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &["--web.auth", "--no-dashboards.library", "--web.enable-lifecycle"]);
    for path in ["/-/healthy", "/-/ready", "/api/health", "/"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    for path in ["/api/v1/query?query=up", "/api/v1/status/config", "/api/v2/alerts", "/federate?match[]=up"]
    {
        assert_eq!(server.get(path).status, 401, "{path}");
    }
    assert_eq!(server.post("/-/quit", &[], b"").status, 401);
    // The process goes on scraping itself and its host.
    let both_up = |headers: &[(&str, &str)]| {
        let answer = server.get_with("/api/v1/query?query=count(up%3D%3D1)", headers).json();
        answer["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
    };
    until("both jobs to be up", || (both_up(&[ADMIN]).as_deref() == Some("2")).then_some(()));

    // A team sees its part, here and through its dashboards.
    for (path, body) in [
        ("/api/admin/users", json!({"login": "kim", "password": "a long password", "role": "Viewer"})),
        ("/api/teams", json!({"name": "hosts", "selector": "{job=\"node\"}"})),
        ("/api/teams/1/members", json!({"userId": 2})),
    ] {
        let done = ask(&server, path, &body);
        assert_eq!(done.status, 200, "{path}: {}", done.text());
    }
    let kim = ("Authorization", "Basic a2ltOmEgbG9uZyBwYXNzd29yZA==");
    assert_eq!(both_up(&[kim]).as_deref(), Some("1"));
    let jobs = server.get_with("/api/v1/label/job/values", &[kim]).json();
    assert_eq!(jobs["data"], json!(["node"]));
    let query = json!({"queries": [{"refId": "A", "expr": "count by (job) (up)", "instant": true, "format": "table"}]});
    let frames = server.post("/api/ds/query", &[kim], query.to_string().as_bytes()).json();
    assert_eq!(frames["results"]["A"]["frames"][0]["data"]["values"][1], json!(["node"]), "{frames}");
    assert_eq!(server.get_with("/api/v1/status/config", &[kim]).status, 403);
    assert_eq!(server.post("/-/quit", &[kim], b"").status, 403);
    assert!(server.stop().success());
}

#[test]
fn the_python_client_finds_what_it_expects() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &["--no-dashboards.library"]);
    let python = harness::repository_file(".venv/bin/python");
    assert!(python.exists(), "{} is missing: run `make test-setup`", python.display());
    let script = harness::repository_file("tests/apps/grafana_api.py");
    let url = format!("http://{}", server.address);
    let (status, out, errors) =
        harness::program::run(python, &[script.to_str().unwrap(), &url, "a long password"]);
    assert_eq!((status, out.as_str()), (0, "done\n"), "{errors}");
    assert!(server.stop().success());
}

/// Names of metrics in an expression, by what the parser finds.
fn metrics(expression: &str, found: &mut BTreeSet<String>) {
    let plain = ["$__rate_interval", "$__range", "$__interval"]
        .iter()
        .fold(expression.to_owned(), |e, v| e.replace(v, "1m"));
    let expr = promql::parse(&plain, &promql::ParseOptions::default()).unwrap();
    let tree: Value = serde_json::from_str(&promql::json::tree(&expr)).unwrap();
    names(&tree, found);
}

fn names(tree: &Value, found: &mut BTreeSet<String>) {
    match tree {
        Value::Object(fields) => {
            if let (Some("vectorSelector" | "matrixSelector"), Some(name)) =
                (fields.get("type").and_then(Value::as_str), fields.get("name").and_then(Value::as_str))
            {
                found.insert(name.to_owned());
            }
            fields.values().for_each(|field| names(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "expr" => found.push(text.clone()),
                    field => expressions(field, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn ready_made_dashboards_ask_only_for_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &[]);
    until("both jobs to be scraped", || (server.query("up == 1").len() == 2).then_some(()));
    let listed = server.get_with("/api/search?type=dash-db&folderUIDs=ready-made", &[ADMIN]).json();
    // Those for Kubernetes and KT Cloud ask for what others export: a browser test makes series for them.
    let uids: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| hit["uid"].as_str().unwrap())
        .filter(|uid| !uid.starts_with("bongsu-k8s-") && *uid != "bongsu-ktcloud-lb")
        .collect();
    assert_eq!(uids, ["bongsu-alertmanager", "bongsu-server", "bongsu-host"]);
    let mut wanted = BTreeSet::new();
    for uid in uids {
        let document = server.get_with(&format!("/api/dashboards/uid/{uid}"), &[ADMIN]).json();
        let mut found = Vec::new();
        expressions(&document["dashboard"]["panels"], &mut found);
        found.iter().for_each(|expression| metrics(expression, &mut wanted));
    }
    assert!(wanted.len() > 60, "{wanted:?}");
    // What has no series until something happens is told by its type; histograms by their family.
    let exported: BTreeSet<String> = ["/metrics", "/node/metrics"]
        .iter()
        .flat_map(|path| {
            let text = server.get(path).text();
            text.lines()
                .filter_map(|l| l.strip_prefix("# TYPE ")?.split(' ').next().map(str::to_owned))
                .collect::<Vec<_>>()
        })
        .collect();
    let of_scrapes = ["up", "scrape_duration_seconds"];
    // They have a label for each Alertmanager outside, and there is none.
    let of_others = ["prometheus_notifications_dropped_total", "prometheus_notifications_queue_length"];
    let missing: Vec<&String> = wanted
        .iter()
        .filter(|name| {
            let family = name.trim_end_matches("_bucket");
            !exported.contains(family) && ![of_scrapes, of_others].concat().contains(&name.as_str())
        })
        .collect();
    assert_eq!(missing, Vec::<&String>::new());
    assert!(server.stop().success());
}
