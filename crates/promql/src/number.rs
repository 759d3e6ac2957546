//! Numbers and times in texts, as Go prints them; what `model::number` does not have.

/// `%.Ng`: at most `precision` significant digits, trailing zeros removed.
pub(crate) fn fmt_g_precision(v: f64, precision: usize) -> String {
    if !v.is_finite() {
        return model::number::format_g(v);
    }
    let scientific = format!("{v:.*e}", precision - 1);
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific };
    let trim = |s: &str| match s.contains('.') {
        true => s.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => s.to_owned(),
    };
    if v != 0.0 && (exponent < -4 || exponent >= precision as i32) {
        return format!("{}e{}{:02}", trim(digits), if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    trim(&format!("{v:.*}", (precision as i32 - 1 - exponent).max(0) as usize))
}

/// A time in milliseconds as `2006-01-02T15:04:05Z`.
pub(crate) fn fmt_rfc3339_seconds(t_ms: i64) -> String {
    match jiff::Timestamp::from_second(t_ms.div_euclid(1000)) {
        Ok(t) => t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => format!("{t_ms} ms"), // outside the years that can be written
    }
}

/// Quotes bytes as Go's `%q`: those that make no UTF-8 as `\\xff`.
pub(crate) fn quote_bytes(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        let valid = model::number::quote(chunk.valid());
        out.push_str(&valid[1..valid.len() - 1]);
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_like_go() {
        assert_eq!(
            (fmt_g_precision(123.0, 2), fmt_g_precision(0.1234, 2)),
            ("1.2e+02".into(), "0.12".into())
        );
        assert_eq!((fmt_g_precision(10.0, 2), fmt_g_precision(0.0, 2)), ("10".into(), "0".into()));
        assert_eq!(quote_bytes(b"a\xc5z\n\xff"), r#""a\xc5z\n\xff""#);
        assert_eq!(fmt_rfc3339_seconds(61_999), "1970-01-01T00:01:01Z");
    }
}
