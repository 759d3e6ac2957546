use super::*;
use crate::notify::tests::message;

fn data() -> Data {
    let message = message();
    Data::new(&message, &message.alerts, BTreeMap::new(), "http://am")
}

fn render(text: &str) -> String {
    Templates::new([]).unwrap().text(text, &data(), message().now).unwrap()
}

const DOWN: &str = "Labels:\n - alertname = down\n - job = a<b\n - severity = page\nAnnotations:\n - summary = down is 봉수\n\
                    Source: http://prom/graph?g0.expr=x\n";
const SLOW: &str = "Labels:\n - alertname = slow\n - job = a<b\n - severity = page\nAnnotations:\n - summary = slow is 봉수\n\
                    Source: http://prom/graph?g0.expr=x\n";

/// What Alertmanager's own templates print for the same data.
#[test]
fn the_default_texts() {
    let subject = "[FIRING:1] a<b (page)";
    let link = r"http://am/#/alerts?receiver=team%5C.ops";
    let wide = format!("\nAlerts Firing:\n{DOWN}\n\n\nAlerts Resolved:\n{SLOW}\n\n");
    for (name, expected) in [
        ("slack.default.title", subject.to_owned()),
        ("slack.default.fallback", format!("{subject} | {link}")),
        ("slack.default.color", "danger".to_owned()),
        ("slack.default.footer", String::new()),
        ("pagerduty.default.clientURL", link.to_owned()),
        ("opsgenie.default.description", format!("\nAlerts Firing:\n{DOWN}\nAlerts Resolved:\n{SLOW}")),
        (
            "wechat.default.message",
            format!(
                "{subject}\n\nAlerts Firing:\n{DOWN}\nAlerts Resolved:\n{SLOW}\nAlertmanagerUrl:\n{link}"
            ),
        ),
        ("pushover.default.message", format!("\n{wide}")),
        ("telegram.default.message", format!("\n{wide}")),
        ("discord.default.message", format!("\n{wide}")),
        ("webex.default.message", format!("\n{wide}")),
        ("jira.default.priority", String::new()),
    ] {
        assert_eq!(render(&format!("{{{{ template \"{name}\" . }}}}")), expected, "{name}");
    }
    let markdown = render("{{ template \"msteamsv2.default.text\" . }}");
    assert!(markdown.starts_with("\n\n# Alerts Firing:\n\nLabels:\n  - alertname = down\n"), "{markdown:?}");
    assert!(markdown.contains("\n\n# Alerts Resolved:\n\nLabels:\n  - alertname = slow\n"), "{markdown:?}");
}

#[test]
fn the_korean_texts() {
    assert_eq!(render("{{ template \"korean.default.title\" . }}"), "🔥 장애 발생 (1건) a<b");
    let text = render("{{ template \"korean.default.text\" . }}");
    assert_eq!(
        text,
        "[발생] down is 봉수\n심각도: page\n시작: 2023-11-15 07:12:20\n\n[복구] slow is 봉수\n심각도: page\n시작: 2023-11-15 07:12:20\n\n"
    );
}

#[test]
fn users_replace_single_definitions() {
    let mine = "{{ define \"slack.default.title\" }}mine {{ .Status }}{{ end }}";
    let templates = Templates::new([("mine.tmpl", mine)]).unwrap();
    let fallback =
        templates.text("{{ template \"slack.default.fallback\" . }}", &data(), message().now).unwrap();
    assert!(fallback.starts_with("mine firing | "), "{fallback}");
    let error = Templates::new([("mine.tmpl", "{{ define \"x\" }}\n{{ nonsense }}{{ end }}")]).unwrap_err();
    assert!(error.contains("mine.tmpl:2") && error.contains("nonsense"), "{error}");
    assert!(Templates::check("{{ if }}").is_err() && Templates::check("{{ .Status }} plain").is_ok());
}

#[test]
fn the_first_mistake_is_told_and_the_rest_is_empty() {
    let (templates, data) = (Templates::new([]).unwrap(), data());
    let texts = Texts::new(&templates, &data, message().now);
    assert_eq!(texts.text("{{ .Status }}"), "firing");
    assert_eq!(texts.text("{{ template \"none\" . }}"), "");
    assert_eq!(texts.text("{{ .Status }}"), "");
    let error = texts.finish().unwrap_err();
    assert!(error.contains("none"), "{error}");
    let texts = Texts::new(&templates, &data, message().now);
    assert_eq!(texts.short("{{ .Status }} 봉수", 8), "firing …");
    assert_eq!(texts.html("{{ .CommonLabels.job }}<b>"), "a&lt;b<b>");
    texts.finish().unwrap();
}

#[test]
fn route_labels_are_rendered_and_may_name_each_other() {
    let templates = Templates::new([]).unwrap();
    let labels = |pairs: &[(&str, &str)]| {
        let raw = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        templates.route_labels(&raw, &data(), message().now)
    };
    let rendered = labels(&[
        ("a", "{{ .Status }}"),
        ("b", "{{ routeLabels \"a\" }}!"),
        ("c", "plain"),
        ("d", "{{ routeLabels \"none\" }}"),
    ])
    .unwrap();
    let values: Vec<&str> = rendered.values().map(String::as_str).collect();
    assert_eq!(values, ["firing", "firing!", "plain", ""]);
    let error = labels(&[("a", "{{ routeLabels \"b\" }}"), ("b", "{{ routeLabels \"a\" }}")]).unwrap_err();
    assert!(error.contains("route label cycle detected: a -> b -> a"), "{error}");
}
