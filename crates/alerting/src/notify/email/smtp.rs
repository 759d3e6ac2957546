//! The client's side of SMTP for one letter, without a connection: what to say, given what was heard.
//!
//! The order of commands, what is retried and the words about failures are those of Alertmanager and of Go's `net/smtp`.
//! Invariants: 1. A login is never said over a connection that is not encrypted, unless the server is this machine, or the
//! mechanism keeps it secret.  2. No line that is said holds a line break.  3. A conversation ends: every step is said once.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use yaml::Secret;

use super::cram;
use super::letter::Letter;
use crate::notify::{FailureKind, Verdict};

/// An answer: its code and the text of all its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits.
    pub code: u16,
    /// The lines without their codes, joined by line breaks.
    pub text: String,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {}", self.code, self.text)
    }
}

/// What comes next.
#[derive(Debug)]
pub enum Talk {
    /// Listen.
    Hear(Next),
    /// Say this, then listen.
    Say(Vec<u8>, Next),
    /// Encrypt the connection, then go on.
    Encrypt(Next),
    /// It is over; the server is told goodbye if it still listens.
    End(Verdict),
}

/// What to do with an answer; after encryption the answer says nothing.
pub struct Next(Box<dyn FnOnce(Reply) -> Talk + Send>);

impl Next {
    /// Does it.
    pub fn go_on(self, reply: Reply) -> Talk {
        (self.0)(reply)
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next")
    }
}

/// A conversation about one letter.
struct Session {
    letter: Letter,
    encrypted: bool,
    /// What the server says that it can do.
    extensions: BTreeMap<String, String>,
}

/// Begins with the server's greeting; `encrypted` says whether the connection is already.
pub fn begin(letter: Letter, encrypted: bool) -> Talk {
    let session = Session { letter, encrypted, extensions: BTreeMap::new() };
    Talk::Hear(Next(Box::new(move |reply| match expect(reply, 220, "create SMTP client") {
        Ok(_) => session.hello(),
        Err(end) => end,
    })))
}

fn say(line: String, next: impl FnOnce(Reply) -> Talk + Send + 'static) -> Talk {
    if line.contains(['\r', '\n']) {
        return give_up("smtp: A line must not contain CR or LF");
    }
    Talk::Say(format!("{line}\r\n").into_bytes(), Next(Box::new(next)))
}

/// Any refusal may pass: greylisting and full boxes do.
fn again(reason: impl Into<String>) -> Talk {
    Talk::End(Verdict::Retry(FailureKind::Other, reason.into()))
}

fn give_up(reason: impl Into<String>) -> Talk {
    Talk::End(Verdict::GiveUp(FailureKind::Other, reason.into()))
}

/// Accepts a code, or with two digits a family of codes.
fn expect(reply: Reply, code: u16, what: &str) -> Result<Reply, Talk> {
    let good = if code < 100 { reply.code / 10 == code } else { reply.code == code };
    if good { Ok(reply) } else { Err(again(format!("{what}: {reply}"))) }
}

impl Session {
    fn hello(self) -> Talk {
        let name = self.letter.server.hello.clone();
        say(format!("EHLO {name}"), move |reply| {
            if reply.code == 250 {
                return self.extended(&reply);
            }
            // Servers from before 1993 know only this.
            say(format!("HELO {name}"), move |reply| match expect(reply, 250, "send EHLO command") {
                Ok(_) => self.encrypt(),
                Err(end) => end,
            })
        })
    }

    fn extended(mut self, reply: &Reply) -> Talk {
        self.extensions = reply
            .text
            .lines()
            .skip(1) // its name
            .map(|line| line.split_once(' ').unwrap_or((line, "")))
            .map(|(name, parameters)| (name.to_owned(), parameters.to_owned()))
            .collect();
        self.encrypt()
    }

    fn encrypt(self) -> Talk {
        if self.encrypted || !self.letter.server.require_tls {
            return self.log_in();
        }
        if !self.extensions.contains_key("STARTTLS") {
            let server = model::number::quote(&self.letter.server.address());
            return again(format!(
                "'require_tls' is true (default) but {server} does not advertise the STARTTLS extension"
            ));
        }
        say("STARTTLS".to_owned(), move |reply| match expect(reply, 220, "send STARTTLS command") {
            // What was said before cannot be trusted: the conversation begins anew.
            Ok(_) => Talk::Encrypt(Next(Box::new(move |_| {
                Session { letter: self.letter, encrypted: true, extensions: BTreeMap::new() }.hello()
            }))),
            Err(end) => end,
        })
    }

    fn log_in(self) -> Talk {
        let Some(mechanisms) = self.extensions.get("AUTH") else { return self.sender() };
        if self.letter.server.username.is_empty() {
            return self.sender();
        }
        let login = self.letter.server.login.clone();
        let mut problems = Vec::new();
        for mechanism in mechanisms.split(' ') {
            let secret = match mechanism {
                "CRAM-MD5" => &login.secret,
                "PLAIN" | "LOGIN" => &login.password,
                other => {
                    problems.push(format!("unknown auth mechanism: {other}"));
                    continue;
                }
            };
            match (mechanism, secret) {
                (_, Err(error)) => problems.push(error.clone()),
                (_, Ok(secret)) if secret.is_empty() => {
                    let what = if mechanism == "CRAM-MD5" { "secret" } else { "password" };
                    problems.push(format!("missing {what} for {mechanism} auth mechanism"));
                }
                ("CRAM-MD5", Ok(secret)) => return self.cram(secret.clone()),
                ("PLAIN", Ok(password)) => return self.plain(password.clone()),
                (_login, Ok(password)) => return self.login(password.clone()),
            }
        }
        again(format!("find auth mechanism: {}", problems.join("\n")))
    }

    fn plain(self, password: Secret) -> Talk {
        let server = &self.letter.server;
        if !self.encrypted && !["localhost", "127.0.0.1", "::1"].contains(&server.host.as_str()) {
            return again("PLAIN auth: unencrypted connection");
        }
        let parts = [server.identity.as_str(), server.username.as_str(), password.expose()].join("\0");
        say(format!("AUTH PLAIN {}", BASE64_STANDARD.encode(parts)), move |reply| {
            self.logged_in(reply, "PLAIN")
        })
    }

    fn login(self, password: Secret) -> Talk {
        say("AUTH LOGIN".to_owned(), move |reply| self.answer_challenge(reply, password, 2))
    }

    /// `LOGIN` asks for the name and the password, in its own order.
    fn answer_challenge(self, reply: Reply, password: Secret, left: u8) -> Talk {
        if reply.code != 334 {
            return self.logged_in(reply, "LOGIN");
        }
        let challenge = BASE64_STANDARD.decode(reply.text.trim()).unwrap_or_default();
        let answer = match String::from_utf8_lossy(&challenge).to_lowercase().as_str() {
            _any if left == 0 => None,
            "username:" => Some(self.letter.server.username.clone()),
            "password:" => Some(password.expose().to_owned()),
            _others => None,
        };
        match answer {
            Some(answer) => say(BASE64_STANDARD.encode(answer), move |reply| {
                self.answer_challenge(reply, password, left - 1)
            }),
            None => again("LOGIN auth: unexpected server challenge"),
        }
    }

    fn cram(self, secret: Secret) -> Talk {
        say("AUTH CRAM-MD5".to_owned(), move |reply| {
            if reply.code != 334 {
                return self.logged_in(reply, "CRAM-MD5");
            }
            let Ok(challenge) = BASE64_STANDARD.decode(reply.text.trim()) else {
                return again("CRAM-MD5 auth: the server's challenge is not base64");
            };
            let digest = cram::hmac_md5(secret.expose().as_bytes(), &challenge);
            let answer = format!("{} {digest}", self.letter.server.username);
            say(BASE64_STANDARD.encode(answer), move |reply| self.logged_in(reply, "CRAM-MD5"))
        })
    }

    fn logged_in(self, reply: Reply, mechanism: &str) -> Talk {
        match expect(reply, 235, &format!("{mechanism} auth")) {
            Ok(_) => self.sender(),
            Err(end) => end,
        }
    }

    fn sender(self) -> Talk {
        let mut line = format!("MAIL FROM:<{}>", self.letter.from);
        for (extension, parameter) in [("8BITMIME", " BODY=8BITMIME"), ("SMTPUTF8", " SMTPUTF8")] {
            if self.extensions.contains_key(extension) {
                line.push_str(parameter);
            }
        }
        say(line, move |reply| match expect(reply, 250, "send MAIL command") {
            Ok(_) => self.recipient(0),
            Err(end) => end,
        })
    }

    fn recipient(self, index: usize) -> Talk {
        let Some(to) = self.letter.to.get(index) else { return self.body() };
        say(format!("RCPT TO:<{to}>"), move |reply| match expect(reply, 25, "send RCPT command") {
            Ok(_) => self.recipient(index + 1),
            Err(end) => end,
        })
    }

    fn body(self) -> Talk {
        say("DATA".to_owned(), move |reply| match expect(reply, 354, "send DATA command") {
            Ok(_) => Talk::Say(
                stuffed(&self.letter.text),
                Next(Box::new(|reply| match expect(reply, 250, "delivery failure") {
                    Ok(_) => Talk::End(Verdict::Sent),
                    Err(end) => end,
                })),
            ),
            Err(end) => end,
        })
    }
}

/// Doubles dots at the beginning of lines and ends with a line of one dot. The text's lines end with CR LF.
fn stuffed(text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive("\r\n") {
        if line.starts_with('.') {
            out.push('.');
        }
        out.push_str(line);
    }
    if !out.ends_with("\r\n") {
        out.push_str("\r\n");
    }
    out.push_str(".\r\n");
    out.into_bytes()
}

#[cfg(test)]
mod tests;
