//! Addresses and URLs, as Go's `net` and `net/url` treat them.

use std::net::IpAddr;

/// Splits `host:port`; an IPv6 address stands in brackets. `None` where Go reports an error.
pub(crate) fn split_host_port(address: &str) -> Option<(&str, &str)> {
    let colon = address.rfind(':')?;
    let (host, bracket_rest, from) = if address.starts_with('[') {
        let end = address.find(']')?;
        if end + 1 != colon {
            return None;
        }
        (&address[1..end], 1, end + 1)
    } else {
        let host = &address[..colon];
        if host.contains(':') {
            return None;
        }
        (host, 0, 0)
    };
    if address[bracket_rest..].contains('[') || address[from..].contains(']') {
        return None;
    }
    Some((host, &address[colon + 1..]))
}

/// `host:port` without the port.
pub(crate) fn strip_port(address: &str) -> &str {
    split_host_port(address).map_or(address, |(host, _)| host)
}

/// `host.domain:port` without the domain. IP addresses stay as they are.
pub(crate) fn strip_domain(address: &str) -> String {
    let (host, port) = split_host_port(address).unwrap_or((address, ""));
    let unscoped = host.split('%').next().unwrap_or(host);
    if unscoped.parse::<IpAddr>().is_ok() {
        return address.to_owned();
    }
    let short = host.split('.').next().unwrap_or(host);
    match (port, short.contains(':')) {
        ("", _) => short.to_owned(),
        (port, true) => format!("[{short}]:{port}"),
        (port, false) => format!("{short}:{port}"),
    }
}

/// Escapes a text for a URL's query: all but letters, digits and `-_.~`; a space becomes `+`.
pub fn query_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Undoes [`query_escape`].
///
/// # Errors
/// A `%` without two digits, in Go's words.
pub(crate) fn query_unescape(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = text.get(i + 1..i + 3).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                let code = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
                let Some(code) = code else {
                    let end = bytes.len().min(i + 3);
                    let part = String::from_utf8_lossy(&bytes[i..end]).into_owned();
                    return Err(format!("invalid URL escape {}", model::number::quote(&part)));
                };
                out.push(code);
                i += 2;
            }
            other => out.push(*other),
        }
        i += 1;
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The path of an absolute URL.
pub(crate) fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |slash| &rest[slash..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

/// The link to an expression's table, as alerts carry it.
pub fn table_link(expr: &str) -> String {
    format!("/graph?g0.expr={}&g0.tab=1", query_escape(expr))
}

/// The link to an expression's graph.
pub fn graph_link(expr: &str) -> String {
    format!("/graph?g0.expr={}&g0.tab=0", query_escape(expr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        for (address, without_port, without_domain) in [
            ("foo.example.com", "foo.example.com", "foo"),
            ("foo.example.com:12345", "foo.example.com", "foo:12345"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:12345", "192.0.2.1", "192.0.2.1:12345"),
            ("2001:0DB8::1", "2001:0DB8::1", "2001:0DB8::1"),
            ("[2001:0DB8::1]:12345", "2001:0DB8::1", "[2001:0DB8::1]:12345"),
            ("[2001:0DB8::1]::12345", "[2001:0DB8::1]::12345", "[2001:0DB8::1]::12345"),
            ("", "", ""),
            (":80", "", ":80"),
        ] {
            assert_eq!(strip_port(address), without_port, "{address}");
            assert_eq!(strip_domain(address), without_domain, "{address}");
        }
    }

    #[test]
    fn urls() {
        assert_eq!(query_escape("a b&c=é/~"), "a+b%26c%3D%C3%A9%2F~");
        assert_eq!(query_unescape("a+b%26c%3D%C3%A9"), Ok("a b&c=é".to_owned()));
        assert_eq!(query_unescape("100%"), Err("invalid URL escape \"%\"".to_owned()));
        assert_eq!(query_unescape("%é"), Err("invalid URL escape \"%é\"".to_owned()));
        assert_eq!(path_of("http://testhost:9090/path/prefix"), "/path/prefix");
        assert_eq!(path_of("http://testhost:9090"), "");
        assert_eq!(table_link("up == 0"), "/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
    }
}
