//! Whether a request that changes something comes from our own pages.
//!
//! A browser sends our cookie with whatever page of whatever host makes it ask. It also says where that page is from, and a
//! page cannot change what it says.

use http::{HeaderMap, Method, header};

const FETCH_SITE: &str = "sec-fetch-site";

/// What a browser says about the page that made it ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One of ours.
    Own,
    /// Another host's.
    Foreign,
    /// It says nothing: no browser of this decade, or no browser.
    Unknown,
}

/// Tells whether a method changes something.
pub fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Reads where the asking page is from. `own` is the host, with port, that browsers know us by.
pub fn of(headers: &HeaderMap, own: &str) -> Origin {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("invalid"));
    match text(FETCH_SITE) {
        // `none`: the user typed the address or opened a bookmark.
        Some("same-origin" | "none") => return Origin::Own,
        Some(_) => return Origin::Foreign,
        None => {}
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return Origin::Unknown };
    let host = origin.split_once("://").map_or("", |(_scheme, host)| host);
    let asked = text(header::HOST.as_str()).unwrap_or("");
    if !host.is_empty() && (host.eq_ignore_ascii_case(asked) || host.eq_ignore_ascii_case(own)) {
        Origin::Own
    } else {
        Origin::Foreign
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_hosts_are_known() {
        let cases: [(&[(&str, &str)], Origin); 9] = [
            (&[], Origin::Unknown),
            (&[("sec-fetch-site", "same-origin")], Origin::Own),
            (&[("sec-fetch-site", "same-site")], Origin::Foreign),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://b.example:9090")], Origin::Foreign),
            (&[("host", "h:9090"), ("origin", "http://h:9090")], Origin::Own),
            (&[("host", "h:9090"), ("origin", "http://h:9091")], Origin::Foreign),
            (&[("host", "10.0.0.1:9090"), ("origin", "https://b.example")], Origin::Own),
            (&[("host", "h"), ("origin", "null")], Origin::Foreign),
            (&[("host", ""), ("origin", "http://")], Origin::Foreign),
        ];
        for (headers, want) in cases {
            let map: HeaderMap = headers
                .iter()
                .map(|(n, v)| (n.parse::<http::HeaderName>().unwrap(), v.parse().unwrap()))
                .collect();
            assert_eq!(of(&map, "b.example"), want, "{headers:?}");
        }
    }
}
