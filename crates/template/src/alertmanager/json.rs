//! Values as Go's `encoding/json` writes them.

use crate::gotime::Time;
use crate::value::Value;

/// Writes a value.
///
/// # Errors
/// A number that JSON does not have; more than `bytes_max` bytes.
pub(super) fn write(value: &Value, bytes_max: usize) -> Result<String, String> {
    let mut out = String::new();
    push(&mut out, value, bytes_max)?;
    Ok(out)
}

fn push(out: &mut String, value: &Value, bytes_max: usize) -> Result<(), String> {
    if out.len() > bytes_max {
        return Err(format!("text is longer than {bytes_max} bytes"));
    }
    match value {
        Value::None => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(n, _) => out.push_str(&n.to_string()),
        Value::Uint(n) => out.push_str(&n.to_string()),
        Value::Float(f) if !f.is_finite() => {
            return Err(format!("json: unsupported value: {}", model::number::format_g(*f)));
        }
        Value::Float(f) => model::number::write_json(out, *f),
        Value::String(text) | Value::Safe(text, _) => push_string(out, text),
        Value::Time(time) => push_string(out, &rfc3339(time)),
        Value::List(_, items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push(out, item, bytes_max)?;
            }
            out.push(']');
        }
        Value::Map(_, entries) => {
            push_object(out, entries.iter().map(|(k, v)| (k.clone(), v)), bytes_max)?;
        }
        Value::Struct(class, fields) => {
            let named = fields.iter().map(|(name, v)| (field_name(class.name, name), v));
            push_object(out, named, bytes_max)?;
        }
    }
    Ok(())
}

fn push_object<'v>(
    out: &mut String,
    entries: impl Iterator<Item = (String, &'v Value)>,
    bytes_max: usize,
) -> Result<(), String> {
    out.push('{');
    for (i, (name, value)) in entries.enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_string(out, &name);
        out.push(':');
        push(out, value, bytes_max)?;
    }
    out.push('}');
    Ok(())
}

/// Pairs keep Go's names; alerts and notifications have tags that begin small.
fn field_name(class: &str, name: &str) -> String {
    if class.ends_with(".Pair") {
        return name.to_owned();
    }
    if name == "NotificationReason" {
        return "notification_reason".to_owned();
    }
    let mut chars = name.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn rfc3339(time: &Time) -> String {
    time.format("2006-01-02T15:04:05.999999999Z07:00")
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
