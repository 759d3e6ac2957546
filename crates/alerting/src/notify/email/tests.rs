use super::*;
use crate::notify::Turn;
use crate::notify::tests::{Files, at, message, mistakes, noticed_of, read_below, refusal};

fn global() -> Global {
    let mut global = Global::default();
    global.smtp.from = Some("Bongsu <bongsu@example.com>".to_owned());
    global.smtp.smarthost = Some(HostPort { host: "mail.example".to_owned(), port: "587".to_owned() });
    global.smtp.username = "all".to_owned();
    global.smtp.password = Some(Source::Inline(Secret::new("p")));
    global
}

fn letter(text: &str) -> Letter {
    let notifier = read_below(&global(), &KIND, text).unwrap();
    match noticed_of(&message(), |notice| notifier.begin(notice, &Files)).unwrap() {
        Turn::Mail(letter) => *letter,
        other => panic!("no mail: {other:?}"),
    }
}

fn header<'a>(letter: &'a Letter, name: &str) -> Option<&'a str> {
    let head = letter.text.split("\r\n\r\n").next().unwrap();
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn the_default_mail() {
    let letter = letter("{to: 'Kim <kim@example.com>, ops@example.com'}");
    assert_eq!(letter.from, "bongsu@example.com");
    assert_eq!(letter.to, ["kim@example.com", "ops@example.com"]);
    for (name, expected) in [
        ("Subject", "[FIRING:1] a<b (page)"),
        ("To", "Kim <kim@example.com>, ops@example.com"),
        ("From", "Bongsu <bongsu@example.com>"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(header(&letter, name), Some(expected));
    }
    assert!(header(&letter, "Message-Id").unwrap().starts_with(&format!("<{}.", at(0).as_nanosecond())));
    assert_eq!((header(&letter, "References"), header(&letter, "Date").is_some()), (None, true));
    let kind = header(&letter, "Content-Type").unwrap();
    let boundary = kind.strip_prefix("multipart/alternative;  boundary=").unwrap();
    let parts: Vec<&str> = letter.text.split(&format!("--{boundary}")).skip(1).collect();
    assert_eq!(parts.len(), 2, "one part and the end");
    assert!(parts[0].starts_with(
        "\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n"
    ));
    assert!(parts[0].contains("a&lt;b"), "escaped for HTML");
    assert_eq!(parts[1], "--\r\n");
}

#[test]
fn everything_that_can_be_written() {
    let text = r#"
to: '{{ .CommonLabels.severity }}@example.com'
from: '"봉수" <bot@example.com>'
smarthost: '[::1]:465'
hello: me
auth_username: u
auth_password: p
auth_identity: i
auth_secret: s
headers: {subject: '[{{ .Status }}] 봉수', x-team: ops, To: everybody}
html: ''
text: '{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}'
require_tls: false
tls_config: {insecure_skip_verify: true}
threading: {enabled: true, thread_by_date: daily}
"#;
    let letter = letter(text);
    assert_eq!((letter.to[0].as_str(), letter.from.as_str()), ("page@example.com", "bot@example.com"));
    let server = &letter.server;
    assert_eq!(
        (server.host.as_str(), server.port.as_str(), server.address().as_str()),
        ("::1", "465", "[::1]:465")
    );
    assert!(
        server.implicit_tls && !server.require_tls && server.tls.insecure_skip_verify,
        "465 begins with TLS"
    );
    assert_eq!((server.hello.as_str(), server.username.as_str(), server.identity.as_str()), ("me", "u", "i"));
    for (name, expected) in
        [("Subject", "=?utf-8?q?[firing]_=EB=B4=89=EC=88=98?="), ("X-Team", "ops"), ("To", "everybody")]
    {
        assert_eq!(header(&letter, name), Some(expected));
    }
    let thread = header(&letter, "References").unwrap();
    assert!(
        thread.starts_with("<alert-") && thread.contains("-2023-11-1") && thread.ends_with("@alertmanager>"),
        "{thread}"
    );
    assert_eq!(header(&letter, "In-Reply-To"), Some(thread));
    assert!(
        letter
            .text
            .contains("Content-Type: text/plain; charset=UTF-8\r\n\r\ndown is =EB=B4=89=EC=88=98slow is")
    );
    assert!(!letter.text.contains("text/html"));
}

#[test]
fn both_forms_the_preferred_one_last() {
    let letter =
        letter("{to: a@b, text: x, html: '<p>{{ .GroupLabels.job }}</p>', headers: {message-id: <1@x>}}");
    let (plain, html) = (letter.text.find("text/plain").unwrap(), letter.text.find("text/html").unwrap());
    assert!(plain < html);
    assert_eq!(letter.text.matches("Message-Id").count(), 1);
    assert!(!letter.server.implicit_tls && letter.server.require_tls);
    assert_eq!(letter.server.hello, "localhost");
}

#[test]
fn values_stay_in_their_header() {
    let letter = letter("{to: a@b, headers: {Subject: \"x\\r\\nBcc: victim@example.com\"}}");
    assert_eq!(header(&letter, "Bcc"), None);
    assert_eq!(header(&letter, "Subject"), Some("=?utf-8?q?x=0D=0ABcc:_victim@example.com?="));
}

#[test]
fn what_is_refused() {
    for (text, expected) in [
        ("{from: a@b, smarthost: 'x:25'}", "missing to address in email config"),
        ("{to: a@b, from: a@b}", "no global SMTP smarthost set"),
        ("{to: a@b, smarthost: 'x:25'}", "no global SMTP from set"),
        ("{to: a@b, from: a@b, smarthost: x}", "missing port in address"),
        ("{to: a@b, from: a@b, smarthost: 'x:'}", "port cannot be empty"),
        (
            "{to: a@b, from: a@b, smarthost: 'x:25', headers: {X-a: b, x-A: c}}",
            "duplicate header \"X-A\" in email config",
        ),
        ("{to: a@b, from: a@b, smarthost: 'x:25', headers: {'a b': c}}", "is not the name of a header"),
        (
            "{to: a@b, from: a@b, smarthost: 'x:25', auth_password: a, auth_password_file: b}",
            "at most one of auth_password & auth_password_file must be configured",
        ),
        (
            "{to: a@b, from: a@b, smarthost: 'x:25', headers: {references: x}, threading: {enabled: true, thread_by_date: none}}",
            "conflicting configuration: threading.enabled conflicts with custom References header",
        ),
        (
            "{to: a@b, from: a@b, smarthost: 'x:25', threading: {enabled: true}}",
            "threading.thread_by_date must be either 'none' or 'daily'",
        ),
        ("{to: a@b, from: a@b, smarthost: 'x:25', html: '{{ if }}'}", "missing value for if"),
    ] {
        assert!(mistakes(&KIND, text).contains(expected), "{text}: {}", mistakes(&KIND, text));
    }
    let base = "from: a@b, smarthost: 'x:25'";
    for (text, expected) in [
        (format!("{{{base}, to: 'no address'}}"), "parse 'to' addresses: mail: "),
        (
            "{to: a@b, smarthost: 'x:25', from: 'a@b, c@d'}".to_owned(),
            "must be exactly one 'from' address (got: 2)",
        ),
    ] {
        assert!(refusal(&KIND, &text).starts_with(expected), "{text}: {}", refusal(&KIND, &text));
    }
}
