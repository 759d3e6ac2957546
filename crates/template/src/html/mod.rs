//! HTML output: values are escaped as the place where they stand demands, as Go's html/template does.
//!
//! Go finds the places by analysing the template before it runs and refuses templates whose branches end in different
//! places. Here the place is followed while the output is written, which gives the same text wherever Go gives one.

mod context;
pub(crate) mod escape;
#[cfg(test)]
mod tests;

use crate::format;
use crate::value::{Safe, Value};
use context::{Attribute, Context, Delimiter, Machine, UrlPart};

/// Go writes this where a value was refused.
const REFUSED: &str = "ZgotmplZ";

/// Output with the place that it has reached.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    machine: Machine,
}

impl Writer {
    /// Appends text of the template.
    pub(crate) fn text(&mut self, text: &str) {
        self.machine.text(text);
    }

    /// Bytes written.
    pub(crate) fn len(&self) -> usize {
        self.machine.out.len()
    }

    pub(crate) fn finish(mut self) -> String {
        self.machine.end();
        self.machine.out
    }

    /// Appends a value, escaped.
    pub(crate) fn value(&mut self, value: &Value, bytes_max: usize) -> Result<(), String> {
        let text = match value {
            Value::None => String::new(),
            other => format::display(other, bytes_max)?,
        };
        let context = self.machine.before_value();
        let escaped = match context {
            Context::Text if matches!(value, Value::Safe(_, Safe::Html)) => text,
            Context::Text | Context::RawText => escape::attribute(&text),
            Context::Comment => String::new(),
            Context::Script(None) => escape::js_value(value, &text),
            Context::Script(Some(_)) => escape::js_string(&text),
            Context::Style => css(&text),
            Context::TagName | Context::AttributeName => {
                let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
                let dangerous = text.to_ascii_lowercase().starts_with("on")
                    || matches!(text.to_ascii_lowercase().as_str(), "style" | "src" | "href" | "script");
                if plain && !dangerous { text } else { REFUSED.to_owned() }
            }
            Context::Attribute { kind, delimiter, url } => {
                let inner = match kind {
                    Attribute::Plain => match value {
                        Value::Safe(html, Safe::Html) => escape::strip_tags(html),
                        _others => text,
                    },
                    Attribute::Url => {
                        let trusted = matches!(value, Value::Safe(_, Safe::Url));
                        url_value(&text, url, trusted)
                    }
                    Attribute::Script => escape::js_value(value, &text),
                    Attribute::Style => css(&text),
                };
                match delimiter {
                    Delimiter::None => escape::unquoted(&inner),
                    Delimiter::Double | Delimiter::Single => escape::attribute(&inner),
                }
            }
        };
        self.machine.out.push_str(&escaped);
        self.machine.after_value();
        Ok(())
    }
}

fn css(text: &str) -> String {
    let safe = text.chars().all(|c| c.is_alphanumeric() || " .#%,_-+!".contains(c));
    let lower = text.to_ascii_lowercase();
    if safe && !lower.contains("expression") && !lower.contains("binding") {
        text.to_owned()
    } else {
        REFUSED.to_owned()
    }
}

fn url_value(text: &str, part: UrlPart, trusted: bool) -> String {
    match part {
        UrlPart::Start if !trusted && !is_safe_url(text) => format!("#{REFUSED}"),
        UrlPart::Start | UrlPart::Path => escape::url_normal(text),
        UrlPart::Query if trusted => escape::url_normal(text),
        UrlPart::Query => escape::url_strict(text),
    }
}

/// Whether a URL has no scheme, or a harmless one.
fn is_safe_url(text: &str) -> bool {
    match text.split_once(':') {
        Some((scheme, _)) if !scheme.contains('/') => {
            ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        }
        Some(_) | None => true,
    }
}
