use std::sync::Arc;

use model::Labels;

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

#[test]
fn bombs_end_in_errors() {
    let doubling: String = (0..40)
        .map(|n| format!("{{{{ define \"d{}\" }}}}{{{{ template \"d{n}\" . }}}}{{{{ template \"d{n}\" . }}}}{{{{ end }}}}", n + 1))
        .collect();
    let nested = |inner: &str| {
        let list = r#"stringSlice "a" "b" "c" "d" "e" "f" "g" "h" "i" "j""#;
        format!("{}{inner}{}", format!("{{{{ range {list} }}}}").repeat(12), "{{ end }}".repeat(12))
    };
    for (what, text) in [
        ("recursion", "{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}".to_owned()),
        (
            "doubling",
            format!("{{{{ define \"d0\" }}}}boom{{{{ end }}}}{doubling}{{{{ template \"d40\" . }}}}"),
        ),
        ("silent loops", nested("{{ $x := 1 }}")),
        ("loud loops", nested("boom")),
        (
            "joined",
            format!(
                "{{{{ $s := \"{}\" }}}}{}",
                "x".repeat(1000),
                "{{ $s = printf \"%s%s\" $s $s }}".repeat(40)
            ),
        ),
        (
            "a regex that backtracks nowhere",
            format!("{{{{ reReplaceAll \"(x{{1,1000}}){{1,1000}}\" \"y\" \"{}\" }}}}", "x".repeat(100)),
        ),
    ] {
        let result = Templates::new([]).unwrap().text(&text, &data(), message().now);
        let error = result.map(|text| text.len()).expect_err(what);
        assert!(error.len() < 4096, "{what}: an error of {} bytes", error.len());
    }
    // Beyond what Go takes for a width.
    for text in ["{{ printf \"%2000000000d\" 1 }}", "{{ printf \"%.2000000000f\" 1.0 }}"] {
        assert!(render(text).len() < 100, "{text}");
    }
    // Exponential where a matcher backtracks; here as quick as any.
    let long = "a".repeat(5000);
    assert_eq!(render(&format!("{{{{ match \"^(a+)+$\" \"{long}b\" }}}}")), "false");
}

#[test]
fn the_mail_shows_what_the_originals_does() {
    let mut message = message();
    let long = "x".repeat(300);
    let hostile = Arc::make_mut(&mut message.alerts[0]);
    hostile.labels = Labels::from_pairs([("alertname", "down"), ("job", "a<b"), ("path", &long)]);
    hostile.annotations = [("summary", "<script>alert(1)</script>")].into();
    let data = Data::new(&message, &message.alerts, BTreeMap::new(), "http://am");
    let mail = Templates::new([])
        .unwrap()
        .html("{{ template \"email.default.html\" . }}", &data, message.now)
        .unwrap();
    for part in [
        "<title>[FIRING:1] a&lt;b ",
        "2 alerts for job=a&lt;b",
        "[1] Firing",
        "[1] Resolved",
        "alertname",
        "down",
        long.as_str(),
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "slow is 봉수",
        "href=\"http://prom/graph?g0.expr=x\"",
        "http://am/#/alerts?receiver=",
        // What narrow clients need: a width of their own, and words that break.
        "name=\"viewport\"",
        "max-width:640px",
        "overflow-wrap:anywhere",
    ] {
        assert!(mail.contains(part), "{part} is missing: {mail}");
    }
    assert!(!mail.contains("<script"), "{mail}");
    let firing = mail.find("[1] Firing").unwrap();
    assert!(firing < mail.find("[1] Resolved").unwrap(), "what fires comes first");
    assert_eq!(mail.matches("<table").count(), 2, "one for each alert");
}
