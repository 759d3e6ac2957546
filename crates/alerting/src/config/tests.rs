use super::*;

const GOOD: &str = r#"
global: {resolve_timeout: 10m, smtp_smarthost: 'mail:25', http_config: {follow_redirects: false}}
templates: ['t/*.tmpl']
route:
  receiver: ops
  group_by: [job, alertname]
  group_wait: 10s
  labels: {team: all}
  routes:
  - {receiver: night, matchers: ['severity="page"', team=~"a|b", ' x!=y,z=1 '], mute_time_intervals: [day], continue: true}
  - {match: {a: b}, match_re: {c: d|e}, group_by: ['...'], active_time_intervals: [office], repeat_interval: 1d}
inhibit_rules:
- {name: n, source_matchers: [s=1], target_match: {t: '1'}, equal: [job, foo.bar]}
mute_time_intervals: [{name: day, time_intervals: [{times: [{start_time: '09:00', end_time: '18:00'}]}]}]
time_intervals: [{name: office, time_intervals: [{weekdays: ['monday:friday'], location: Asia/Seoul}]}]
receivers:
- name: ops
  labels: {tier: one}
  webhook_configs:
  - {url: 'http://a/'}
  - {url_file: url, send_resolved: false, max_alerts: 3, timeout: 5s, http_config: {bearer_token: x}}
- name: night
"#;

fn read(text: &str) -> Result<(Config, Vec<Problem>), Problems> {
    Config::read(text, "am.yml", Path::new("/etc/am"), Syntax::Fallback)
}

#[test]
fn everything_is_read_and_completed() {
    let (config, warnings) = read(GOOD).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(config.templates, [PathBuf::from("/etc/am/t/*.tmpl")]);
    assert_eq!(config.global.smtp.smarthost.as_ref().map(|h| h.port.as_str()), Some("25"));
    let settings = config.settings();
    assert_eq!(settings.resolve_timeout, SignedDuration::from_mins(10));
    let nodes = settings.routes.nodes();
    assert_eq!(nodes[1].key, r#"{}/{severity="page",team=~"a|b",x!="y",z="1"}"#);
    assert_eq!(nodes[1].options.group_wait, SignedDuration::from_secs(10));
    assert_eq!(nodes[1].options.labels["team"], "all");
    assert_eq!(nodes[2].key, r#"{}/{a="b",c=~"d|e"}"#);
    assert_eq!(nodes[2].options.group_by, crate::route::GroupBy::All);
    assert_eq!(nodes[2].options.receiver, "ops");
    assert_eq!(settings.inhibit_rules[0].equal, ["job", "foo.bar"]);
    assert_eq!(settings.inhibit_rules[0].target.to_string(), r#"{t="1"}"#);
    assert_eq!(settings.intervals.keys().collect::<Vec<_>>(), ["day", "kr-holidays", "office"]);
    let ops = &settings.receivers["ops"];
    assert_eq!(ops.labels, Labels::from_pairs([("name", "ops"), ("tier", "one")]));
    let integrations: Vec<(u32, bool)> =
        ops.integrations.iter().map(|i| (i.key.index, i.send_resolved)).collect();
    assert_eq!(integrations, [(0, true), (1, false)]);
    let [first, second] = &config.receivers[0].integrations[..] else { panic!("two integrations") };
    assert!(!first.notifier.http.follow_redirects, "taken over from the global section");
    assert_eq!(second.notifier.timeout, Some(std::time::Duration::from_secs(5)));
    use crate::notify::tests::{Files, noticed};
    let error = noticed(|notice| second.notifier.begin(notice, &Files)).unwrap_err();
    assert_eq!(error, "/etc/am/url is not there", "relative to the configuration");
}

#[test]
fn escalation_is_read_from_route_labels() {
    let text = |label: &str| {
        format!(
            "route: {{receiver: a, labels: {{bongsu_escalate: '15m b'}}, routes: [{{matchers: [x=y]}}, {{labels: {{bongsu_escalate: '{label}'}}}}]}}\n\
             receivers: [{{name: a}}, {{name: b}}]\n"
        )
    };
    let (config, _) = read(&text("")).unwrap();
    let steps: Vec<usize> =
        config.settings().routes.nodes().iter().map(|n| n.options.escalation.len()).collect();
    assert_eq!(steps, [1, 1, 0], "inherited, and ended by an empty text");
    for (label, part) in [
        ("1h nobody", "undefined receiver \"nobody\" used in bongsu_escalate"),
        ("soon b", "bongsu_escalate: \"soon\" is not a duration"),
    ] {
        let error = read(&text(label)).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("am.yml:1:"), "{error}");
    }
}

#[test]
fn a_name_without_intervals_stands_for_the_built_in_one() {
    let route =
        "route: {receiver: a, routes: [{mute_time_intervals: [kr-holidays]}]}\nreceivers: [{name: a}]\n";
    let own = "time_intervals: [{name: kr-holidays, time_intervals: [{years: ['2031']}]}]\n";
    for (text, count) in [("", 1), ("time_intervals: [{name: kr-holidays}]\n", 1), (own, 0)] {
        let (config, _) = read(&format!("{route}{text}")).unwrap();
        let harvest = "2026-09-25T03:00:00Z".parse().unwrap();
        let holds = config.intervals["kr-holidays"].contains(harvest);
        assert_eq!(usize::from(holds), count, "{text}");
    }
}

#[test]
fn mistakes_are_all_reported_with_their_place() {
    let text = r#"
route:
  receiver: nobody
  matchers: [a=b]
  continue: true
  mute_time_intervals: [never]
  routes:
  - {group_by: ['...', a], group_interval: 0s}
  - {group_by: [a, a], matchers: ['{a'], match_re: {a: '('}, labels: {'': x}}
receivers:
- {webhook_configs: [{}]}
- {name: x, webhook_configs: [null, {url: 'http://a', url_file: b}], labels: {name: y}}
- {name: x, webhok_configs: []}
time_intervals: [{name: t}, {name: t}]
"#;
    let problems = read(text).unwrap_err().to_string();
    for expected in [
        "undefined receiver \"nobody\" used in route",
        "root route must not have any matchers",
        "cannot have continue in root route",
        "root route must not have any mute time intervals",
        "undefined time interval \"never\" used in route",
        "cannot have wildcard group_by (`...`) and other labels at the same time",
        "group_interval cannot be zero",
        "duplicated label \"a\" in group_by",
        "am.yml:9:35: route.routes[1].matchers[0]: bad matcher format: a",
        "invalid label name \"\" in route labels",
        "missing name in receiver",
        "one of url or url_file must be configured",
        "missing webhook config",
        "at most one of url & url_file must be configured",
        "receiver label \"name\" must match receiver name \"x\", got \"y\"",
        "notification config name \"x\" is not unique",
        "unknown field \"webhok_configs\" (did you mean \"webhook_configs\"?)",
        "time interval \"t\" is not unique",
    ] {
        assert!(problems.contains(expected), "{expected}\n---\n{problems}");
    }
    assert!(read("receivers: []").unwrap_err().to_string().contains("no route provided in config"));
    assert!(
        read("route: {}").unwrap_err().to_string().contains("root route must specify a default receiver")
    );
}

/// Every kind of the original, with nothing but what it needs.
#[test]
fn all_kinds() {
    let text = r#"
global:
  smtp_from: a@b
  smtp_smarthost: mail:25
  slack_app_token: t
  opsgenie_api_key: k
  victorops_api_key: k
  wechat_api_secret: s
  wechat_api_corp_id: c
  jira_api_url: http://jira
  rocketchat_token: t
  rocketchat_token_id: i
  mattermost_webhook_url: http://m
  telegram_bot_token: t
route: {receiver: all}
receivers:
- name: all
  webhook_configs: [{url: 'http://a'}]
  email_configs: [{to: c@d}]
  pagerduty_configs: [{routing_key: k}]
  opsgenie_configs: [{}]
  wechat_configs: [{}]
  slack_configs: [{channel: c}]
  victorops_configs: [{routing_key: r}]
  pushover_configs: [{user_key: u, token: t}]
  sns_configs: [{topic_arn: 'arn:aws:sns:us-east-1:1:t', sigv4: {region: us-east-1}}]
  telegram_configs: [{chat_id: 1}]
  discord_configs: [{webhook_url: 'http://d'}]
  webex_configs: [{room_id: r, http_config: {authorization: {credentials: x}}}]
  msteams_configs: [{webhook_url: 'http://t'}]
  msteamsv2_configs: [{webhook_url: 'http://t'}]
  jira_configs: [{project: p, issue_type: t}]
  incidentio_configs: [{url: 'http://i', alert_source_token: t}]
  rocketchat_configs: [{}]
  mattermost_configs: [{channel: c}]
"#;
    let (config, warnings) = read(text).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    let kinds: Vec<(&str, bool)> = config.receivers[0]
        .integrations
        .iter()
        .map(|i| (i.integration.key.integration.as_str(), i.integration.send_resolved))
        .collect();
    let expected = [
        ("webhook", true),
        ("email", false),
        ("pagerduty", true),
        ("opsgenie", true),
        ("wechat", false),
        ("slack", false),
        ("victorops", true),
        ("pushover", true),
        ("sns", true),
        ("telegram", true),
        ("discord", true),
        ("webex", true),
        ("msteams", true),
        ("msteamsv2", true),
        ("jira", true),
        ("incidentio", true),
        ("rocketchat", false),
        ("mattermost", true),
    ];
    assert_eq!(kinds, expected);
}
