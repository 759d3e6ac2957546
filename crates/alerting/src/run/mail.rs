//! Delivering mail: follows a conversation over a connection.

use std::time::Duration;

use jiff::Timestamp;
use transport::{Deadline, Failure, Wire};

use super::send::{Files, Tried};
use crate::config::Smtp;
use crate::notify::email::Letter;
use crate::notify::email::post::Post;
use crate::notify::email::smtp::{self, Reply, Talk};
use crate::notify::{FailureKind, Verdict};

/// The longest line of an answer, several times what RFC 5321 allows.
const LINE_BYTES_MAX: usize = 4 << 10;
/// Lines of one answer.
const LINES_MAX: usize = 128;
/// How long a server is told goodbye that has the letter already.
const FAREWELL: Duration = Duration::from_secs(2);

/// Delivers a letter until the deadline.
pub(super) async fn deliver(letter: Letter, deadline: Deadline) -> Tried {
    let server = letter.server.clone();
    let failed = |what: &str| {
        let what = what.to_owned();
        move |failure: Failure| Tried::from(Verdict::Retry(FailureKind::Other, format!("{what}: {failure}")))
    };
    let Some(port) = port(&server.port) else {
        let error = format!("address {}: unknown port", server.address());
        return Verdict::GiveUp(FailureKind::Other, error).into();
    };
    let mut wire = match Wire::connect(&server.host, port, deadline).await {
        Ok(wire) => wire,
        Err(failure) => return failed("establish connection to server")(failure),
    };
    if server.implicit_tls {
        wire = match wire.encrypt(&server.tls, &server.host, deadline).await {
            Ok(wire) => wire,
            Err(failure) => return failed("establish TLS connection to server")(failure),
        };
    }
    let encrypted = server.implicit_tls;
    let mut talk = smtp::begin(letter, encrypted);
    let mut answer = String::new();
    loop {
        let next = match talk {
            Talk::Hear(next) => next,
            Talk::Say(text, next) => {
                if let Err(failure) = wire.write(&text, deadline).await {
                    return failed("write to server")(failure);
                }
                next
            }
            Talk::Encrypt(next) => {
                wire = match wire.encrypt(&server.tls, &server.host, deadline).await {
                    Ok(wire) => wire,
                    Err(failure) => return failed("send STARTTLS command")(failure),
                };
                talk = next.go_on(Reply { code: 0, text: String::new() });
                continue;
            }
            Talk::End(verdict) => {
                say_goodbye(&mut wire).await;
                return Tried { verdict, answer };
            }
        };
        talk = match hear(&mut wire, deadline).await {
            Ok(reply) => {
                answer = reply.to_string();
                next.go_on(reply)
            }
            Err(failure) => return failed("read from server")(failure),
        };
    }
}

/// Delivers a mail that is not about alerts, such as a report.
///
/// # Errors
/// It cannot be made, or the server did not take it in time.
pub async fn post(smtp: &Smtp, post: &Post, now: Timestamp, timeout: Duration) -> Result<(), String> {
    let letter = post.letter(smtp, &Files, now)?;
    match deliver(letter, Deadline::after(timeout)).await.verdict {
        Verdict::Sent => Ok(()),
        Verdict::Retry(_, reason) | Verdict::GiveUp(_, reason) => Err(reason),
    }
}

/// Nobody waits for the answer: the letter is delivered, or is not.
async fn say_goodbye(wire: &mut Wire) {
    let deadline = Deadline::after(FAREWELL);
    if wire.write(b"QUIT\r\n", deadline).await.is_ok() {
        wire.line(LINE_BYTES_MAX, deadline).await.ok();
    }
}

/// Reads an answer of one or several lines.
async fn hear(wire: &mut Wire, deadline: Deadline) -> Result<Reply, Failure> {
    let mut texts = Vec::new();
    for _ in 0..LINES_MAX {
        let line = wire.line(LINE_BYTES_MAX, deadline).await?;
        let malformed = || {
            Failure::Connection(format!(
                "malformed response: {:?}",
                line.chars().take(80).collect::<String>()
            ))
        };
        let code = line.get(..3).filter(|c| c.bytes().all(|b| b.is_ascii_digit()));
        let code: u16 = code.and_then(|c| c.parse().ok()).filter(|c| *c >= 100).ok_or_else(malformed)?;
        let (goes_on, text) = match line.as_bytes().get(3) {
            None => (false, ""),
            Some(b' ') => (false, &line[4..]),
            Some(b'-') => (true, &line[4..]),
            Some(_) => return Err(malformed()),
        };
        texts.push(text.to_owned());
        if !goes_on {
            return Ok(Reply { code, text: texts.join("\n") });
        }
    }
    Err(Failure::Connection(format!("an answer of more than {LINES_MAX} lines")))
}

/// Reads a port's number, or the name of a service of mail.
fn port(text: &str) -> Option<u16> {
    match text {
        "smtp" | "mail" => Some(25),
        "submission" => Some(587),
        "submissions" | "smtps" => Some(465),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::Config;
    use crate::matchers::Syntax;
    use crate::notify::Turn;
    use crate::notify::tests::{Files, noticed};

    fn letter(port: u16) -> Letter {
        let text = format!(
            "route: {{receiver: a}}\nreceivers: [{{name: a, email_configs: [{{to: a@b, from: c@d, smarthost: '127.0.0.1:{port}', \
             require_tls: false, text: x, html: ''}}]}}]\n"
        );
        let (config, _) = Config::read(&text, "am.yml", Path::new("/"), Syntax::Fallback).unwrap();
        let notifier = &config.receivers[0].integrations[0].notifier;
        match noticed(|notice| notifier.begin(notice, &Files)).unwrap() {
            Turn::Mail(letter) => *letter,
            other => panic!("no mail: {other:?}"),
        }
    }

    /// Delivers to a server that says this and then nothing more, or goes away.
    async fn against(says: Vec<u8>, stays: bool, patience: Duration) -> Verdict {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(&says).await.ok();
            if stays {
                std::future::pending::<()>().await;
            }
        });
        let verdict = deliver(letter(port), Deadline::after(patience)).await.verdict;
        server.abort();
        verdict
    }

    #[tokio::test]
    async fn hostile_servers_are_left() {
        let (long, short) = (Duration::from_secs(60), Duration::from_millis(100));
        for (says, stays, patience, expected) in [
            (String::new(), true, short, "read from server: context deadline exceeded"),
            (String::new(), false, long, "read from server: EOF"),
            ("hello\r\n".to_owned(), true, long, "read from server: malformed response: \"hello\""),
            ("99 x\r\n".to_owned(), true, long, "read from server: malformed response: \"99 x\""),
            ("x".repeat(1 << 20), true, long, "read from server: a line of more than 4096 bytes"),
            ("220-x\r\n".repeat(1000), true, long, "read from server: an answer of more than 128 lines"),
            (
                "220 hi\r\n550 go away\r\n550 go away\r\n".to_owned(),
                true,
                long,
                "send EHLO command: 550 go away",
            ),
        ] {
            let shown: String = says.chars().take(20).collect();
            match against(says.into_bytes(), stays, patience).await {
                Verdict::Retry(FailureKind::Other, reason) => {
                    // Whoever goes away at once may also reset the connection.
                    let reset = reason.ends_with("connection reset by peer") && !stays;
                    assert!(reason == expected || reset, "{shown:?}: {reason}");
                }
                other => panic!("{shown:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn ports_have_names() {
        assert_eq!(
            (port("587"), port("smtp"), port("smtps"), port("nonsense")),
            (Some(587), Some(25), Some(465), None)
        );
    }
}
