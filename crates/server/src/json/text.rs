//! Strings, labels, timestamps, sample values as the API prints them.

use model::Labels;

/// Appends a JSON string.
pub fn write_string(out: &mut String, s: &str) {
    out.push('"');
    let mut plain_from = 0;
    for (i, b) in s.bytes().enumerate() {
        let escaped = match b {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _plain => continue,
        };
        out.push_str(&s[plain_from..i]);
        plain_from = i + 1;
        if escaped.is_empty() {
            out.push_str("\\u00");
            for digit in [b >> 4, b & 15] {
                out.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        } else {
            out.push_str(escaped);
        }
    }
    out.push_str(&s[plain_from..]);
    out.push('"');
}

/// Appends a label set as an object.
pub fn write_labels(out: &mut String, labels: &Labels) {
    out.push('{');
    for (i, (name, value)) in labels.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(out, name);
        out.push(':');
        write_string(out, value);
    }
    out.push('}');
}

/// Appends milliseconds as seconds, with no more digits than needed.
pub fn write_time(out: &mut String, t_ms: i64) {
    if t_ms < 0 {
        out.push('-');
    }
    let t = t_ms.unsigned_abs();
    out.push_str(itoa::Buffer::new().format(t / 1000));
    let ms = t % 1000;
    if ms != 0 {
        out.push('.');
        for digit in [ms / 100, ms / 10 % 10, ms % 10] {
            out.push(char::from(b'0' + digit as u8));
        }
    }
}

/// Appends a sample value: a number in quotes, so that `NaN` and infinities pass.
pub fn write_value(out: &mut String, v: f64) {
    out.push('"');
    model::number::write_json(out, v);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        for s in ["", "plain", "q\"b\\n\nt\tr\r", "\u{1}\u{1f}\u{7f}", "é漢\u{2028}<&>"] {
            let mut out = String::new();
            write_string(&mut out, s);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), s, "{out}");
        }
        let mut out = String::new();
        write_labels(&mut out, &Labels::from_pairs([("b", "x\"y"), ("a", "1")]));
        assert_eq!(out, r#"{"a":"1","b":"x\"y"}"#);
    }

    #[test]
    fn times_and_values() {
        for (t, want) in [
            (0, "0"),
            (1, "0.001"),
            (10, "0.010"),
            (100, "0.100"),
            (1_435_781_451_781, "1435781451.781"),
            (-1, "-0.001"),
            (-2000, "-2"),
        ] {
            let mut out = String::new();
            write_time(&mut out, t);
            assert_eq!(out, want);
        }
        for (v, want) in [
            (1.0, "\"1\""),
            (f64::INFINITY, "\"+Inf\""),
            (1e-7, "\"1e-07\""),
            (0.1, "\"0.1\""),
            (1e21, "\"1e+21\""),
        ] {
            let mut out = String::new();
            write_value(&mut out, v);
            assert_eq!(out, want);
        }
    }
}
