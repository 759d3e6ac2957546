//! The escapers, with Go's spellings.

use crate::value::Value;

fn replaced(text: &str, replace: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match replace(c) {
            Some(replacement) => out.push_str(replacement),
            None => out.push(c),
        }
    }
    out
}

/// What text/template's `html` does.
pub(crate) fn html(text: &str) -> String {
    replaced(text, |c| {
        Some(match c {
            '\0' => "\u{fffd}",
            '"' => "&#34;",
            '\'' => "&#39;",
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _plain => return None,
        })
    })
}

/// For text and quoted attributes.
pub(super) fn attribute(text: &str) -> String {
    replaced(text, |c| {
        Some(match c {
            '\0' => "\u{fffd}",
            '"' => "&#34;",
            '\'' => "&#39;",
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '+' => "&#43;",
            _plain => return None,
        })
    })
}

/// For attributes without quotes.
pub(super) fn unquoted(text: &str) -> String {
    if text.is_empty() {
        return super::REFUSED.to_owned();
    }
    replaced(text, |c| {
        Some(match c {
            '\0' => "&#xfffd;",
            '\t' => "&#9;",
            '\n' => "&#10;",
            '\x0b' => "&#11;",
            '\x0c' => "&#12;",
            '\r' => "&#13;",
            ' ' => "&#32;",
            '"' => "&#34;",
            '\'' => "&#39;",
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '+' => "&#43;",
            '=' => "&#61;",
            '`' => "&#96;",
            _plain => return None,
        })
    })
}

/// What text/template's `js` does.
pub(crate) fn js(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' => out.push_str("\\u003C"),
            '>' => out.push_str("\\u003E"),
            '&' => out.push_str("\\u0026"),
            '=' => out.push_str("\\u003D"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c if !c.is_ascii() && model::number::quote(&c.to_string()).starts_with("\"\\") => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// Inside a JavaScript string.
pub(super) fn js_string(text: &str) -> String {
    replaced(text, |c| {
        Some(match c {
            '\0' => "\\u0000",
            '\t' => "\\t",
            '\n' => "\\n",
            '\x0b' => "\\u000b",
            '\x0c' => "\\f",
            '\r' => "\\r",
            '"' => "\\u0022",
            '`' => "\\u0060",
            '&' => "\\u0026",
            '\'' => "\\u0027",
            '+' => "\\u002b",
            '/' => "\\/",
            '<' => "\\u003c",
            '>' => "\\u003e",
            '\\' => "\\\\",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            _plain => return None,
        })
    })
}

/// A value in JavaScript outside strings.
pub(super) fn js_value(value: &Value, text: &str) -> String {
    match value {
        Value::None => " null ".to_owned(),
        Value::Bool(_) | Value::Int(..) | Value::Uint(_) => format!(" {text} "),
        Value::Float(f) if f.is_finite() => format!(" {text} "),
        _others => format!("\"{}\"", js_string(text)),
    }
}

/// Percent-encodes what may not stand in a URL; what is encoded already stays.
pub(super) fn url_normal(text: &str) -> String {
    url(text, "!#$&*+,/:;=?@[]%")
}

/// Percent-encodes all but what never needs it.
pub(super) fn url_strict(text: &str) -> String {
    url(text, "")
}

fn url(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || (byte < 0x80 && kept.contains(c)) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
    out
}

/// HTML without its tags.
pub(super) fn strip_tags(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(c),
            _tag => {}
        }
    }
    out
}
