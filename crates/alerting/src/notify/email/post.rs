//! Mails that are not about alerts: a text with pictures and files, such as a report.
//!
//! Shape: `multipart/mixed` of a `multipart/related` (the text as HTML with what it shows inside) and the files. Values cannot break
//! out of their headers or parts: headers are encoded, parts are base64.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use transport::config::Source;
use yaml::Secret;

use super::encode::header;
use super::letter::{Letter, Login, Server};
use super::{address, hostname};
use crate::config::Smtp;
use crate::notify::Secrets;

/// Characters of a line of base64.
const LINE: usize = 76;

/// A file of a mail.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: Vec<u8>,
    /// Whether the text shows it.
    pub is_shown: bool,
}

/// A mail.
#[derive(Clone, Debug)]
pub struct Post {
    /// Who gets it.
    pub to: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// What it says, as plain text; addresses become links.
    pub text: String,
    /// Its files.
    pub attachments: Vec<Attachment>,
}

impl Post {
    /// Makes the letter for a mail server.
    ///
    /// # Errors
    /// There is no server or sender, or an address cannot be read.
    pub fn letter(&self, smtp: &Smtp, secrets: &dyn Secrets, now: Timestamp) -> Result<Letter, String> {
        let smarthost = smtp.smarthost.clone().ok_or("no mail server: smtp_smarthost is not set")?;
        let sender = smtp.from.clone().ok_or("no sender: smtp_from is not set")?;
        let senders = address::list(&sender).map_err(|e| format!("smtp_from: {e}"))?;
        let [from] = &senders[..] else {
            return Err(format!("smtp_from must be one address (got: {})", senders.len()));
        };
        let to = address::list(&self.to.join(",")).map_err(|e| format!("recipients: {e}"))?;
        let read = |source: &Option<Source<Secret>>| {
            source.as_ref().map_or_else(|| Ok(Secret::new("")), |source| secrets.read(source))
        };
        let unique = RandomState::new().hash_one(now);
        Ok(Letter {
            text: self.written(&named(&sender, from), &to, now, unique),
            from: from.clone(),
            to,
            server: Server {
                implicit_tls: smtp.implicit_tls.unwrap_or(smarthost.port == "465"),
                host: smarthost.host,
                port: smarthost.port,
                hello: smtp.hello.clone(),
                require_tls: smtp.require_tls,
                tls: smtp.tls.clone(),
                username: smtp.username.clone(),
                identity: smtp.identity.clone(),
                login: Login { password: read(&smtp.password), secret: read(&smtp.secret) },
            },
        })
    }

    fn written(&self, from: &str, to: &[String], now: Timestamp, unique: u64) -> String {
        let mut out = String::new();
        let date = now.to_zoned(TimeZone::system()).strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
        let headers = BTreeMap::from([
            ("Date", date),
            ("From", from.to_owned()),
            ("Message-Id", format!("<{}.{unique}@{}>", now.as_nanosecond(), hostname())),
            ("Subject", header(&self.subject)),
            // A line each: many recipients are longer than a line may be.
            ("To", to.iter().map(|address| header(address)).collect::<Vec<_>>().join(",\r\n ")),
            ("MIME-Version", "1.0".to_owned()),
        ]);
        for (name, value) in headers {
            // No value ends its header: all that others wrote is encoded.
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        let (outer, inner) = (format!("bongsu-mixed-{unique:016x}"), format!("bongsu-related-{unique:016x}"));
        out.push_str(&format!("Content-Type: multipart/mixed; boundary={outer}\r\n\r\n--{outer}\r\n"));
        out.push_str(&format!(
            "Content-Type: multipart/related; boundary={inner}; type=\"text/html\"\r\n\r\n"
        ));
        part(&mut out, &inner, "Content-Type: text/html; charset=UTF-8\r\n", self.html().as_bytes());
        for (index, file) in self.attachments.iter().enumerate().filter(|(_, file)| file.is_shown) {
            let head = format!(
                "Content-Type: {}\r\nContent-ID: <{}>\r\nContent-Disposition: inline; filename=\"{}\"\r\n",
                file.media_type,
                identifier(index),
                file_name(&file.name)
            );
            part(&mut out, &inner, &head, &file.content);
        }
        out.push_str(&format!("--{inner}--\r\n"));
        for file in self.attachments.iter().filter(|file| !file.is_shown) {
            let head = format!(
                "Content-Type: {}\r\nContent-Disposition: attachment; filename=\"{}\"\r\n",
                file.media_type,
                file_name(&file.name)
            );
            part(&mut out, &outer, &head, &file.content);
        }
        out.push_str(&format!("--{outer}--\r\n"));
        out
    }

    fn html(&self) -> String {
        let mut out = String::from("<html><body style=\"font-family:sans-serif\">");
        for line in self.text.lines() {
            let line = line.trim();
            let shown = escape(line);
            let is_link = line.starts_with("http://") || line.starts_with("https://");
            match is_link {
                true => out.push_str(&format!("<p><a href=\"{shown}\">{shown}</a></p>")),
                false if line.is_empty() => {}
                false => out.push_str(&format!("<p>{shown}</p>")),
            }
        }
        for (index, file) in self.attachments.iter().enumerate().filter(|(_, file)| file.is_shown) {
            let (id, name) = (identifier(index), escape(&file.name));
            out.push_str(&format!("<p><img src=\"cid:{id}\" alt=\"{name}\" style=\"max-width:100%\"></p>"));
        }
        out + "</body></html>"
    }
}

/// A sender as a header: only the name is encoded, for an address inside of an encoded word is none.
fn named(written: &str, address: &str) -> String {
    if written.is_ascii() {
        return header(written);
    }
    let name = written.split('<').next().unwrap_or("").trim().trim_matches('"');
    format!("{} <{address}>", header(name))
}

fn identifier(index: usize) -> String {
    format!("picture{index}@bongsu")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A name that no mail program has to decode.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .collect()
}

fn part(out: &mut String, boundary: &str, head: &str, content: &[u8]) {
    out.push_str(&format!("--{boundary}\r\n{head}Content-Transfer-Encoding: base64\r\n\r\n"));
    let encoded = BASE64_STANDARD.encode(content);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
}
