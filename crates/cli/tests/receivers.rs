//! Receivers of `bongsu alertmanager` beside Debian's prometheus-alertmanager: the same alerts bring the same requests and mails.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::program::{BONGSU, Running, Server, run};
use harness::target::{Reply, Target};
use harness::{free_port, repository_file, until};
use serde_json::Value;

/// A request as a service sees it, without what differs by nature.
type Seen = (String, Vec<(String, String)>, String);

/// Plays all services at once, and keeps what they are told.
fn services() -> (String, Arc<Mutex<Vec<Seen>>>) {
    let got: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let kept = got.clone();
    let target = Target::start(move |request| {
        let shown = |name: &str| {
            let value = request.header(name)?;
            // A signature holds a time.
            let value = if value.starts_with("AWS4") { value.split(',').next()? } else { value };
            let value = value.split_once('/').filter(|_| value.starts_with("AWS4")).map_or(value, |(v, _)| v);
            Some((name.to_owned(), value.to_owned()))
        };
        let headers = ["content-type", "authorization"].into_iter().filter_map(shown).collect();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        kept.lock().unwrap().push((request.path.clone(), headers, body));
        let answer = if request.path.contains("gettoken") {
            r#"{"errcode":0,"access_token":"token"}"#
        } else if request.path.contains("/wechat/") {
            r#"{"errcode":0,"errmsg":"ok"}"#
        } else if request.path.contains("/sns") {
            "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
        } else {
            "{}"
        };
        Reply { status: 200, headers: Vec::new(), body: answer.into() }
    });
    (format!("http://{}", target.address), got)
}

/// Starts one of the two with a configuration.
fn start(ours: bool, dir: &Path, config: &str) -> Server {
    std::fs::write(dir.join("am.yml"), config).unwrap();
    let mut command = Command::new(if ours { BONGSU } else { "prometheus-alertmanager" });
    command.arg(if ours { "alertmanager" } else { "--cluster.listen-address=" });
    command.args(["--config.file=am.yml", "--storage.path=data", "--web.external-url=http://am/"]);
    Server::on_any_port(&mut command, dir)
}

fn amtool(server: &Server, args: &[&str]) {
    let url = format!("--alertmanager.url=http://{}", server.address);
    let (code, out, err) = run("amtool", &[&[url.as_str(), "alert", "add"], args].concat());
    assert_eq!(code, 0, "amtool {args:?}: {out}{err}");
}

const ALERTS: [&[&str]; 2] = [
    &[
        "Slow",
        "severity=warn",
        "job=a&b",
        "--annotation=summary=<느림> '1'",
        "--generator-url=http://g/?a=b&c",
    ],
    &["Down", "severity=warn", "job=a&b", "--annotation=summary=down", "--generator-url=http://g/"],
];

/// How many requests one message to all services makes.
const FIRING: usize = 9;
const RESOLVED: usize = 5;

#[test]
fn services_are_told_the_same() {
    let seen = [true, false].map(|ours| {
        let dir = tempfile::tempdir().unwrap();
        let (url, got) = services();
        let config = format!(
            r#"
global: {{opsgenie_api_key: key, victorops_api_key: vk, wechat_api_secret: ws, wechat_api_corp_id: corp}}
route: {{receiver: all, group_by: [job], group_wait: 2s, group_interval: 2s}}
receivers:
- name: all
  pagerduty_configs:
  - url: '{url}/pagerduty'
    routing_key: '{{{{ .CommonLabels.severity }}}}'
    severity: '{{{{ .CommonLabels.severity }}}}'
    class: c
    details: {{firing: f, resolved: r, num_firing: 'n {{{{ len .Alerts }}}}', num_resolved: x}}
    images: [{{src: 'http://i', alt: a}}]
    links: [{{href: 'http://l', text: '{{{{ .Status }}}}'}}]
  opsgenie_configs:
  - api_url: '{url}/opsgenie'
    update_alerts: true
    details: {{more: '{{{{ .Status }}}}'}}
    responders: [{{name: 'x,y', type: teams}}, {{username: u, type: user}}]
    tags: 'a, b'
    priority: P2
  victorops_configs: [{{api_url: '{url}/victorops', routing_key: 'r {{{{ .GroupLabels.job }}}}', custom_fields: {{z: '{{{{ .Status }}}}'}}}}]
  wechat_configs: [{{api_url: '{url}/wechat', to_user: '@all', agent_id: '7'}}]
  webex_configs: [{{api_url: '{url}/webex', room_id: room, http_config: {{authorization: {{credentials: secret}}}}}}]
  sns_configs:
  - api_url: '{url}/sns'
    topic_arn: 'arn:aws:sns:us-east-1:1:topic.fifo'
    subject: '{{{{ .Status }}}}'
    attributes: {{severity: '{{{{ .CommonLabels.severity }}}}'}}
    sigv4: {{region: us-east-1, access_key: AKID, secret_key: s}}
"#
        );
        let server = start(ours, dir.path(), &config);
        ALERTS.iter().for_each(|alert| amtool(&server, alert));
        let until_told = |count: usize| {
            until(&format!("{count} requests"), || {
                let got = got.lock().unwrap();
                (got.len() >= count).then(|| got.clone())
            })
        };
        let mut firing = until_told(FIRING);
        let ends = |alert: &[&str]| amtool(&server, &[alert, &["--end=2020-01-01T00:00:00Z"]].concat());
        ALERTS.iter().for_each(|alert| ends(alert));
        let mut resolved = until_told(FIRING + RESOLVED).split_off(FIRING);
        firing.sort();
        resolved.sort();
        (firing, resolved)
    });
    let [ours, theirs] = seen;
    for (ours, theirs) in ours.0.iter().chain(&ours.1).zip(theirs.0.iter().chain(&theirs.1)) {
        assert_eq!(ours, theirs);
    }
}

/// A certificate for this machine and its key, as files.
fn certificate(dir: &Path) -> (String, String) {
    let identity =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    std::fs::write(&cert, identity.cert.pem()).unwrap();
    std::fs::write(&key, identity.signing_key.serialize_pem()).unwrap();
    (cert.display().to_string(), key.display().to_string())
}

/// Starts a mail server; returns its port.
fn mail_server(cert: &str, key: &str, encryption: &str) -> (Running, u16) {
    let port = free_port();
    let mut command = Command::new(repository_file(".venv/bin/python"));
    command.arg(repository_file("tests/apps/smtp_server.py"));
    let mut server = Running::start(command.args([port.to_string().as_str(), cert, key, encryption]));
    until("the mail server", || {
        assert!(!server.has_ended(), "it ended: {}", server.output());
        server.output().contains("ready").then_some(())
    });
    (server, port)
}

fn mail(server: &Running) -> Value {
    until("a mail", || {
        let output = server.output();
        let line = output.lines().find(|line| line.starts_with('{'))?;
        serde_json::from_str(line).ok()
    })
}

/// A mail's headers in alphabetical order and its body, without what differs by nature.
fn comparable(mail: &Value) -> (Vec<String>, String) {
    let text = String::from_utf8(BASE64_STANDARD.decode(mail["text"].as_str().unwrap()).unwrap()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let boundary = head.split_once("boundary=").unwrap().1.lines().next().unwrap();
    let mut headers: Vec<String> = head
        .replace(boundary, "BOUNDARY")
        .lines()
        .map(|line| match line.split_once(": ").unwrap() {
            (name @ ("Message-Id" | "Date"), _) => format!("{name}: something"),
            _others => line.to_owned(),
        })
        .collect();
    headers.sort();
    (headers, body.replace(boundary, "BOUNDARY"))
}

fn mail_config(port: u16, ca: &str, more: &str) -> String {
    format!(
        r#"
global:
  smtp_smarthost: 'localhost:{port}'
  smtp_from: '"봉수" <bongsu@example.com>'
  smtp_auth_username: kim
  smtp_auth_password: p&w
  smtp_hello: me.example
route: {{receiver: all, group_by: [job], group_wait: 1s}}
receivers:
- name: all
  email_configs:
  - to: 'Kim <kim@example.com>, ops@example.com'
    tls_config: {{ca_file: '{ca}'}}
    headers: {{x-team: '{{{{ .CommonLabels.severity }}}}', Subject: '[{{{{ .Status }}}}] 장애 {{{{ .GroupLabels.job }}}}'}}
    text: |
      .dot {{{{ range .Alerts }}}}{{{{ .Annotations.summary }}}} = {{{{ .Labels.alertname }}}}
      {{{{ end }}}}
      봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수봉수
    html: '<p title="{{{{ .GroupLabels.job }}}}">{{{{ range .Alerts }}}}{{{{ .Annotations.summary }}}}{{{{ end }}}}</p>'
    {more}
"#
    )
}

#[test]
fn mails_are_the_same() {
    let seen = [true, false].map(|ours| {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = certificate(dir.path());
        let (mails, port) = mail_server(&cert, &key, "starttls");
        let server = start(ours, dir.path(), &mail_config(port, &cert, ""));
        ALERTS.iter().for_each(|alert| amtool(&server, alert));
        mail(&mails)
    });
    let [ours, theirs] = &seen;
    for field in ["from", "to", "encrypted", "login", "hello"] {
        assert_eq!(ours[field], theirs[field], "{field}");
    }
    assert_eq!((&ours["encrypted"], &ours["hello"]), (&Value::from(true), &Value::from("me.example")));
    let (ours, theirs) = (comparable(ours), comparable(theirs));
    assert_eq!(ours.0, theirs.0);
    assert_eq!(ours.1, theirs.1);
}

#[test]
fn a_mail_server_that_begins_with_tls() {
    let dir = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(dir.path());
    let (mails, port) = mail_server(&cert, &key, "implicit");
    let more = "force_implicit_tls: true\n    threading: {enabled: true, thread_by_date: none}";
    let server = start(true, dir.path(), &mail_config(port, &cert, more));
    amtool(&server, ALERTS[0]);
    let mail = mail(&mails);
    assert_eq!((&mail["encrypted"], &mail["from"]), (&Value::from(true), &Value::from("bongsu@example.com")));
    let headers = comparable(&mail).0;
    assert!(headers.iter().any(|line| line.starts_with("References: <alert-")), "{headers:?}");
}

/// A certificate that nobody vouches for, and a server without TLS: both are told, neither gets the password.
#[test]
fn mail_servers_that_cannot_be_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(dir.path());
    let (mails, port) = mail_server(&cert, &key, "starttls");
    let config = mail_config(port, &cert, "")
        .replace(&format!("tls_config: {{ca_file: '{cert}'}}"), "send_resolved: true");
    let server = start(true, dir.path(), &config);
    amtool(&server, ALERTS[0]);
    until("the refusal", || server.log().contains("certificate signed by unknown authority").then_some(()));
    assert!(!mails.output().contains('{'), "{}", mails.output());
    assert!(!server.log().contains("p&w"), "{}", server.log());
}
