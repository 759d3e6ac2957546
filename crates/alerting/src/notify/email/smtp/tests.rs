use super::*;
use crate::notify::email::letter::{Login, Server};

fn letter(change: impl FnOnce(&mut Server)) -> Letter {
    let secret = |text: &str| Ok(Secret::new(text));
    let mut server = Server {
        host: "mail.example".to_owned(),
        port: "587".to_owned(),
        hello: "bongsu.example".to_owned(),
        implicit_tls: false,
        require_tls: true,
        tls: Default::default(),
        username: "kim".to_owned(),
        identity: String::new(),
        login: Login { password: secret("pass"), secret: secret("tanstaaftanstaaf") },
    };
    change(&mut server);
    Letter {
        server,
        from: "a@b".to_owned(),
        to: vec!["c@d".to_owned(), "e@f".to_owned()],
        text: "Subject: x\r\n\r\n.dot\r\nend".to_owned(),
    }
}

/// Plays a server: what it says line by line; `TLS` stands for the handshake. Returns what was said to it, and the end.
fn play(letter: Letter, script: &[&str]) -> (Vec<String>, Verdict) {
    let (mut said, mut script) = (Vec::new(), script.iter());
    let mut next_line = || *script.next().expect("the server has nothing more to say");
    let reply = |line: &str| {
        let (code, text) = line.split_at(3);
        Reply { code: code.parse().unwrap(), text: text.trim_start().replace('|', "\n") }
    };
    let mut talk = begin(letter, false);
    loop {
        talk = match talk {
            Talk::Hear(next) => next.go_on(reply(next_line())),
            Talk::Say(bytes, next) => {
                said.push(String::from_utf8(bytes).unwrap().trim_end().to_owned());
                next.go_on(reply(next_line()))
            }
            Talk::Encrypt(next) => {
                assert_eq!(next_line(), "TLS");
                next.go_on(reply("000"))
            }
            Talk::End(verdict) => return (said, verdict),
        }
    }
}

#[test]
fn a_whole_conversation() {
    let (said, verdict) = play(
        letter(|_| {}),
        &[
            "220 hello",
            "250 mail.example|STARTTLS|SIZE 1000",
            "220 go ahead",
            "TLS",
            "250 mail.example|AUTH PLAIN LOGIN|8BITMIME|SMTPUTF8",
            "235 welcome",
            "250 ok",
            "250 ok",
            "251 will forward",
            "354 speak",
            "250 taken",
        ],
    );
    assert_eq!(verdict, Verdict::Sent);
    let expected = [
        "EHLO bongsu.example",
        "STARTTLS",
        "EHLO bongsu.example",
        "AUTH PLAIN AGtpbQBwYXNz",
        "MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8",
        "RCPT TO:<c@d>",
        "RCPT TO:<e@f>",
        "DATA",
        "Subject: x\r\n\r\n..dot\r\nend\r\n.",
    ];
    assert_eq!(said, expected);
}

#[test]
fn logins() {
    let tail = ["250 ok", "250 ok", "250 ok", "354 speak", "250 taken"];
    let conversation = |ways: &str, answers: &[&str]| {
        let greeting = ["220 hello".to_owned(), format!("250 mail.example|AUTH {ways}")];
        let script: Vec<&str> =
            greeting.iter().map(String::as_str).chain(answers.iter().copied()).chain(tail).collect();
        let local = |server: &mut Server| {
            (server.require_tls, server.host) = (false, "localhost".to_owned());
        };
        play(letter(local), &script)
    };
    for (ways, answers, expected) in [
        (
            "LOGIN",
            &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 in"][..],
            &["AUTH LOGIN", "a2lt", "cGFzcw=="][..],
        ),
        ("LOGIN", &["334 UGFzc3dvcmQ6", "334 VXNlcm5hbWU6", "235 in"], &["AUTH LOGIN", "cGFzcw==", "a2lt"]),
        (
            "CRAM-MD5 PLAIN",
            &["334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+", "235 in"],
            &["AUTH CRAM-MD5", "a2ltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"],
        ),
        ("XOAUTH2 PLAIN", &["235 in"], &["AUTH PLAIN AGtpbQBwYXNz"]),
    ] {
        let (said, verdict) = conversation(ways, answers);
        assert_eq!(verdict, Verdict::Sent, "{ways}");
        assert_eq!(said[1..=expected.len()], *expected, "{ways}");
    }
}

#[test]
fn refusals_are_told_and_may_pass() {
    let hello = "250 mail.example|STARTTLS";
    let secure = "250 mail.example|AUTH PLAIN";
    let open = |server: &mut Server| server.require_tls = false;
    let tls = |_: &mut Server| {};
    type Change = fn(&mut Server);
    for (change, script, expected) in [
        (tls as Change, &["554 go away"][..], "create SMTP client: 554 go away"),
        (tls, &["220 hi", "500 what?", "502 no"], "send EHLO command: 502 no"),
        (
            tls,
            &["220 hi", "250 mail.example"],
            "'require_tls' is true (default) but \"mail.example:587\" does not advertise the STARTTLS extension",
        ),
        (tls, &["220 hi", hello, "454 no TLS now"], "send STARTTLS command: 454 no TLS now"),
        (
            tls,
            &["220 hi", hello, "220 go", "TLS", secure, "535 wrong password"],
            "PLAIN auth: 535 wrong password",
        ),
        (
            tls,
            &["220 hi", hello, "220 go", "TLS", "250 x|AUTH XOAUTH2"],
            "find auth mechanism: unknown auth mechanism: XOAUTH2",
        ),
        (open, &["220 hi", secure], "PLAIN auth: unencrypted connection"),
        (open, &["220 hi", "250 x|AUTH LOGIN", "334 Pz8/"], "LOGIN auth: unexpected server challenge"),
        (
            open,
            &["220 hi", "250 x|AUTH CRAM-MD5", "334 ???"],
            "CRAM-MD5 auth: the server's challenge is not base64",
        ),
        (open, &["220 hi", "250 x", "550 not you"], "send MAIL command: 550 not you"),
        (
            open,
            &["220 hi", "250 x", "250 ok", "250 ok", "550 no such user"],
            "send RCPT command: 550 no such user",
        ),
        (open, &["220 hi", "250 x", "250 ok", "250 ok", "250 ok", "451 busy"], "send DATA command: 451 busy"),
        (
            open,
            &["220 hi", "250 x", "250 ok", "250 ok", "250 ok", "354 go", "552 too big"],
            "delivery failure: 552 too big",
        ),
    ] {
        let verdict = play(letter(change), script).1;
        assert_eq!(verdict, Verdict::Retry(FailureKind::Other, expected.to_owned()), "{script:?}");
    }
}

/// Whoever stands between could have written what came before the encryption.
#[test]
fn what_was_said_before_the_encryption_does_not_count() {
    let script = [
        "220 hi",
        "250 x|STARTTLS|AUTH PLAIN",
        "220 go",
        "TLS",
        "500 what?",
        "250 x",
        "250 ok",
        "250 ok",
        "250 ok",
        "354 go",
        "250 ok",
    ];
    let (said, verdict) = play(letter(|_| {}), &script);
    assert_eq!((verdict, said[4].as_str()), (Verdict::Sent, "MAIL FROM:<a@b>"));
}

#[test]
fn a_server_that_asks_for_ever_is_left() {
    let open = |server: &mut Server| server.require_tls = false;
    let ask = "334 UGFzc3dvcmQ6";
    let (said, verdict) = play(letter(open), &["220 hi", "250 x|AUTH LOGIN", ask, ask, ask]);
    assert_eq!(
        verdict,
        Verdict::Retry(FailureKind::Other, "LOGIN auth: unexpected server challenge".to_owned())
    );
    assert_eq!(said.len(), 4);
}

#[test]
fn missing_secrets_are_told() {
    let change = |server: &mut Server| {
        server.require_tls = false;
        server.login =
            Login { password: Err("/run/pass: not there".to_owned()), secret: Ok(Secret::new("")) };
    };
    let verdict = play(letter(change), &["220 hi", "250 x|AUTH CRAM-MD5 PLAIN"]).1;
    let expected = "find auth mechanism: missing secret for CRAM-MD5 auth mechanism\n/run/pass: not there";
    assert_eq!(verdict, Verdict::Retry(FailureKind::Other, expected.to_owned()));
    let nobody = |server: &mut Server| (server.require_tls, server.username) = (false, String::new());
    let script = ["220 hi", "250 x|AUTH PLAIN", "250 ok", "250 ok", "250 ok", "354 go", "250 ok"];
    assert_eq!(play(letter(nobody), &script).1, Verdict::Sent, "nobody logs in who has no name");
}

#[test]
fn nothing_breaks_out_of_its_line() {
    let mut letter = letter(|server| server.require_tls = false);
    letter.from = "a@b>\r\nRCPT TO:<x@y".to_owned();
    let (said, verdict) = play(letter, &["220 hi", "250 x"]);
    assert_eq!(said.len(), 1);
    assert!(matches!(verdict, Verdict::GiveUp(_, reason) if reason.contains("must not contain CR or LF")));
}
