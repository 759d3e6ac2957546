//! Files' rules, receivers and routes as Grafana's resources.

use serde_json::{Value, json};

use super::{contact_points, plain, policies, rules};

const CONFIG: &str = r#"
global: {resolve_timeout: 5m}
templates: ["/etc/alertmanager/*.tmpl"]
time_intervals:
  - name: nights
    time_intervals: [{times: [{start_time: "22:00", end_time: "24:00"}]}]
route:
  receiver: team
  group_by: [alertname, "클러스터"]
  group_wait: 30s
  routes:
    - matchers: ['severity=~"warning|critical"', team!="x"]
      receiver: pager
      continue: true
      mute_time_intervals: [nights]
    - match: {job: node}
      match_re: {host: a.*}
receivers:
  - name: team
    slack_configs: [{api_url: <secret>, channel: '#ops', send_resolved: false}]
    webhook_configs: [{url: <secret>}, {url: <secret>, http_config: {basic_auth: {password: <secret>}}}]
  - name: pager
    msteamsv2_configs: [{webhook_url: <secret>}]
"#;

fn config() -> Value {
    plain(&yaml::parse(CONFIG, &yaml::Report::new("x")).unwrap())
}

#[test]
fn receivers_are_contact_points() {
    let points = contact_points::of(&config());
    let told: Vec<_> =
        points.iter().map(|p| json!([p["name"], p["type"], p["disableResolveMessage"]])).collect();
    let want = [
        json!(["team", "slack", true]),
        json!(["team", "webhook", false]),
        json!(["team", "webhook", false]),
        json!(["pager", "teams", false]),
    ];
    assert_eq!(told, want);
    assert_eq!(points[0]["settings"]["api_url"], "[REDACTED]");
    assert_eq!(points[2]["settings"]["http_config"]["basic_auth"]["password"], "[REDACTED]");
    assert!(!json!(points).to_string().contains("<secret>"));
    let uids: std::collections::HashSet<_> = points.iter().map(|p| p["uid"].as_str().unwrap()).collect();
    assert_eq!(uids.len(), 4, "each has its own identifier");
    assert_eq!(points, contact_points::of(&config()), "and keeps it");
}

#[test]
fn routes_are_policies() {
    let want = json!({
        "receiver": "team", "group_by": ["alertname", "클러스터"], "group_wait": "30s", "provenance": "file",
        "routes": [
            {"receiver": "pager", "continue": true, "mute_time_intervals": ["nights"],
             "object_matchers": [["severity", "=~", "warning|critical"], ["team", "!=", "x"]]},
            {"object_matchers": [["job", "=", "node"], ["host", "=~", "a.*"]]},
        ],
    });
    assert_eq!(policies::tree(&config()), want);
    let timings = policies::mute_timings(&config());
    assert_eq!(timings[0]["name"], "nights");
    assert_eq!(timings[0]["time_intervals"][0]["times"][0]["end_time"], "24:00");
}

#[test]
fn rules_are_alert_rules() {
    let data = json!({"groups": [{"name": "g", "file": "/etc/rules/a.yml", "interval": 60, "rules": [
        {"type": "alerting", "name": "Down", "query": "up == 0", "duration": 300, "keepFiringFor": 0,
         "labels": {"severity": "page"}, "annotations": {"summary": "s"}},
        {"type": "recording", "name": "a:b", "query": "sum(a)"},
    ]}]});
    let groups = rules::groups(&data);
    let provisioned = groups[0].provisioned();
    assert_eq!(provisioned[0]["title"], "Down");
    assert_eq!(provisioned[0]["for"], "5m");
    assert_eq!(provisioned[0]["data"][0]["model"]["expr"], "up == 0");
    assert_eq!(provisioned[1]["record"]["metric"], "a:b");
    assert_ne!(provisioned[0]["uid"], provisioned[1]["uid"]);
    let all = rules::namespaces(&groups, None);
    assert_eq!(all["a.yml"][0]["name"], "g");
    assert_eq!(all["a.yml"][0]["rules"][0]["alert"], "Down");
    assert_eq!(all["a.yml"][0]["rules"][1]["record"], "a:b");
    assert_eq!(rules::namespaces(&groups, Some("a.yml")), all);
    assert_eq!(rules::namespaces(&groups, Some(&groups[0].folder_uid())), all);
    assert_eq!(rules::namespaces(&groups, Some("b.yml")), json!({}));
}
