//! JSON as Go writes it, so that downstream parsers and signatures see the same bytes.

use serde::Serialize;

/// Encodes a value; `<`, `>` and `&` are escaped, and a line break ends the text.
pub(crate) fn encode(value: &impl Serialize) -> Result<Vec<u8>, String> {
    let text = serde_json::to_string(value).map_err(|e| e.to_string())?;
    // These characters stand inside texts only, so replacing them in the whole document is safe.
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            other => out.push(other),
        }
    }
    out.push('\n');
    Ok(out.into_bytes())
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
    }
}
