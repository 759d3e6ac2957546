//! A rendered mail with all that its delivery needs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use transport::config::TlsClientConfig;
use yaml::Secret;

use super::encode::{header, quoted_printable};

/// A mail server and how to come in.
#[derive(Clone, Debug)]
pub struct Server {
    /// A name or address.
    pub host: String,
    /// A port, or the name of a service.
    pub port: String,
    /// What we call ourselves.
    pub hello: String,
    /// Whether the connection begins with TLS.
    pub implicit_tls: bool,
    /// Whether to refuse a server without STARTTLS.
    pub require_tls: bool,
    /// TLS towards it.
    pub tls: TlsClientConfig,
    /// Who logs in; nobody if empty.
    pub(super) username: String,
    /// On whose behalf.
    pub(super) identity: String,
    pub(super) login: Login,
}

/// The secrets of a login, or why they cannot be read. Which of them matters is the server's choice.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) password: Result<Secret, String>,
    pub(super) secret: Result<Secret, String>,
}

impl Server {
    /// Returns host and port as people write them.
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// A mail.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Where it is delivered.
    pub server: Server,
    pub(super) from: String,
    pub(super) to: Vec<String>,
    /// Headers and body; lines end with CR LF.
    pub(super) text: String,
}

/// What a mail says.
pub(super) struct Content<'a> {
    pub(super) headers: &'a BTreeMap<String, String>,
    pub(super) plain: Option<String>,
    pub(super) html: Option<String>,
    /// The group's thread, for mail programs.
    pub(super) thread: Option<String>,
    pub(super) now: Timestamp,
    /// A number that no other mail has.
    pub(super) unique: u64,
    /// This machine's name.
    pub(super) hostname: &'a str,
}

impl Content<'_> {
    /// Writes headers and body. Values cannot break out of their header.
    pub(super) fn write(&self) -> String {
        let mut out = String::new();
        for (name, value) in self.headers {
            line(&mut out, name, &header(value));
        }
        if !self.headers.contains_key("Message-Id") {
            let id = format!("<{}.{}@{}>", self.now.as_nanosecond(), self.unique, self.hostname);
            line(&mut out, "Message-Id", &id);
        }
        if let Some(thread) = &self.thread {
            line(&mut out, "References", thread);
            line(&mut out, "In-Reply-To", thread);
        }
        let date = self.now.to_zoned(TimeZone::system()).strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
        line(&mut out, "Date", &date);
        let boundary = self.boundary();
        line(&mut out, "Content-Type", &format!("multipart/alternative;  boundary={boundary}"));
        line(&mut out, "MIME-Version", "1.0");
        out.push_str("\r\n");
        // The part that programs should prefer stands last.
        let parts = [("text/plain", &self.plain), ("text/html", &self.html)];
        for (index, (kind, text)) in parts.iter().filter_map(|(k, t)| Some((k, t.as_ref()?))).enumerate() {
            if index > 0 {
                out.push_str("\r\n");
            }
            let text = quoted_printable(text);
            write!(
                out,
                "--{boundary}\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: {kind}; charset=UTF-8\r\n\r\n{text}"
            )
            .expect("writing to a string cannot fail");
        }
        out.push_str(&format!("\r\n--{boundary}--\r\n"));
        out
    }

    /// Returns a line that nobody who writes an alert can guess.
    fn boundary(&self) -> String {
        let half = |seed| xxhash_rust::xxh64::xxh64(&self.unique.to_le_bytes(), seed);
        format!("bongsu{:016x}{:016x}", half(1), half(2))
    }
}

fn line(out: &mut String, name: &str, value: &str) {
    write!(out, "{name}: {value}\r\n").expect("writing to a string cannot fail");
}
