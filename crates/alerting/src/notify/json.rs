//! JSON and forms as Go writes them, so that downstream parsers and signatures see the same bytes.

use serde::Serialize;
use serde_json::{Map, Value};

/// Encodes a value; `<`, `>` and `&` are escaped, and a line break ends the text.
pub(crate) fn encode(value: &impl Serialize) -> Result<Vec<u8>, String> {
    let text = serde_json::to_string(value).map_err(|e| e.to_string())?;
    // These characters stand inside texts only, so replacing them in the whole document is safe.
    let mut out = String::with_capacity(text.len() + text.len() / 16 + 1);
    let mut rest = text.as_str();
    // Runs without them are copied whole, and looked for by bytes: documents of a storm are long. The last byte begins the line breaks
    // that JavaScript knows, and others.
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'<' | b'>' | b'&' | 0xe2)) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some(c @ ('<' | '>' | '&' | '\u{2028}' | '\u{2029}')) => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            other => out.extend(other),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('\n');
    Ok(out.into_bytes())
}

/// A document that is put together field by field, in this order.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Adds a field.
    pub(super) fn put(mut self, name: &str, value: impl Into<Value>) -> Object {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a text, unless it is empty.
    pub(super) fn put_if_set(self, name: &str, text: String) -> Object {
        if text.is_empty() { self } else { self.put(name, text) }
    }

    /// Adds a list, unless it is empty.
    pub(super) fn put_list<T: Into<Value>>(self, name: &str, items: impl IntoIterator<Item = T>) -> Object {
        let items: Vec<Value> = items.into_iter().map(Into::into).collect();
        if items.is_empty() { self } else { self.put(name, items) }
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object.0)
    }
}

/// Encodes pairs as a form or query, sorted by name, as Go's `url.Values`.
pub(super) fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<(&str, &str)> = pairs.into_iter().collect();
    pairs.sort_by_key(|(name, _)| *name);
    let pair = |(name, value): &(&str, &str)| format!("{}={}", escape(name), escape(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Prints a time as Go's JSON does: RFC 3339 with as many digits after the point as needed.
pub(crate) fn time(t: jiff::Timestamp) -> String {
    t.to_string()
}

/// What Go prints for a time that is not there.
pub(crate) const NO_TIME: &str = "0001-01-01T00:00:00Z";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_writes_it() {
        assert_eq!(
            encode(&"a<b>&\u{2028}\"봉").unwrap(),
            "\"a\\u003cb\\u003e\\u0026\\u2028\\\"봉\"\n".as_bytes()
        );
        for (ns, expected) in [
            (0, "2023-11-14T22:13:20Z"),
            (120_000_000, "2023-11-14T22:13:20.12Z"),
            (1, "2023-11-14T22:13:20.000000001Z"),
        ] {
            assert_eq!(time(jiff::Timestamp::new(1_700_000_000, ns).unwrap()), expected);
        }
        assert_eq!(form([("b", "x y*~"), ("a", "봉&=")]), "a=%EB%B4%89%26%3D&b=x+y%2A~");
        let object = Object::default().put("b", 1).put_if_set("a", String::new()).put_list("l", ["x"]);
        assert_eq!(encode(&object.put_list("m", [0; 0])).unwrap(), b"{\"b\":1,\"l\":[\"x\"]}\n");
    }
}
