//! How an event is printed. Source: Go's `log/slog` text and JSON handlers, as Prometheus 3 uses them.

use std::error::Error;
use std::fmt::{self, Write};

use jiff::Timestamp;
use model::number::quote;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata};

use super::Format;

/// An event, ready to be printed.
pub(super) struct Line {
    time: String,
    level: &'static str,
    source: String,
    message: String,
    fields: Vec<(String, Value)>,
}

enum Value {
    Text(String),
    /// Printed without quotes: a number or a boolean.
    Plain(String),
}

/// Names that every line has; a field of that name is renamed, or a JSON object would have it twice.
const RESERVED: [&str; 4] = ["time", "level", "source", "msg"];

impl Line {
    pub(super) fn new(event: &Event<'_>, now: Timestamp) -> Line {
        let metadata = event.metadata();
        let mut line = Line {
            time: format!("{now:.3}"),
            level: level(*metadata.level()),
            source: source(metadata),
            message: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut line);
        line
    }

    pub(super) fn print(&self, format: Format) -> String {
        let mut out = String::with_capacity(256);
        match format {
            Format::Logfmt => self.logfmt(&mut out),
            Format::Json => self.json(&mut out),
        }
        out.push('\n');
        out
    }

    fn logfmt(&self, out: &mut String) {
        for (name, text) in [("time=", &*self.time), (" level=", self.level), (" source=", &self.source)] {
            out.push_str(name);
            out.push_str(&logfmt_text(text));
        }
        out.push_str(" msg=");
        out.push_str(&logfmt_text(&self.message));
        for (name, value) in &self.fields {
            out.push(' ');
            out.push_str(&logfmt_text(name));
            out.push('=');
            match value {
                Value::Text(text) => out.push_str(&logfmt_text(text)),
                Value::Plain(text) => out.push_str(text),
            }
        }
    }

    fn json(&self, out: &mut String) {
        let fixed =
            [("time", &*self.time), ("level", self.level), ("source", &self.source), ("msg", &self.message)];
        for (i, (name, text)) in fixed.into_iter().enumerate() {
            out.push_str(if i == 0 { "{\"" } else { ",\"" });
            out.push_str(name);
            out.push_str("\":");
            json_text(text, out);
        }
        for (name, value) in &self.fields {
            out.push(',');
            json_text(name, out);
            out.push(':');
            match value {
                Value::Text(text) => json_text(text, out),
                Value::Plain(text) => out.push_str(text),
            }
        }
        out.push('}');
    }

    fn put(&mut self, field: &Field, value: Value) {
        if field.name() == "message" {
            self.message = match value {
                Value::Text(text) | Value::Plain(text) => text,
            };
            return;
        }
        let name = match field.name() {
            "error" => "err".to_owned(), // the key that readers of Prometheus's logs look for
            name if RESERVED.contains(&name) => format!("logged_{name}"),
            name => name.to_owned(),
        };
        self.fields.push((name, value));
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::Text(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::Text(value.to_owned()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, Value::Text(value.to_string()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Plain(value.to_string()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::Plain(value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::Plain(value.to_string()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        let text = model::number::format_f(value);
        // JSON has no word for infinities and NaN.
        self.put(field, if value.is_finite() { Value::Plain(text) } else { Value::Text(text) });
    }
}

fn level(level: tracing::Level) -> &'static str {
    match level {
        tracing::Level::ERROR => "ERROR",
        tracing::Level::WARN => "WARN",
        tracing::Level::INFO => "INFO",
        tracing::Level::DEBUG | tracing::Level::TRACE => "DEBUG",
    }
}

/// Returns crate, file and line: file names alone repeat themselves.
fn source(metadata: &Metadata<'_>) -> String {
    let name = metadata.target().split("::").next().unwrap_or_default();
    let file = metadata.file().and_then(|f| f.rsplit('/').next()).unwrap_or_default();
    format!("{name}/{file}:{}", metadata.line().unwrap_or_default())
}

fn logfmt_text(text: &str) -> String {
    let plain =
        |c: char| c > ' ' && c != '"' && c != '=' && c != '\u{7f}' && !c.is_whitespace() && !c.is_control();
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quote(text) }
}

fn json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // U+2028 and U+2029 end lines in JavaScript; Go escapes them too.
            c if c < ' ' || c == '\u{2028}' || c == '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c)); // writing to a string cannot fail
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
