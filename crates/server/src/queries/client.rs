//! Who asks: for the order of the queue, the list of queries and the logs.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::{AUTHORIZATION, HeaderMap, USER_AGENT};
use http::request::Parts;
use transport::listener::Peer;

/// Longest name that is kept of a user or program.
const NAME_BYTES_MAX: usize = 256;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The user: that of basic auth, or the one a dashboard server names. `""` if none is known.
    pub user: String,
    /// The IP address.
    pub address: String,
    /// The program.
    pub agent: String,
    /// `GET` or `POST`.
    pub method: String,
    /// The path asked for.
    pub path: String,
}

impl Client {
    /// Whose queries wait in one line: the user's, or the address's where no user is known.
    pub fn line(&self) -> Arc<str> {
        if self.user.is_empty() {
            Arc::from(format!("ip:{}", self.address))
        } else {
            Arc::from(format!("user:{}", self.user))
        }
    }

    fn of(parts: &Parts) -> Client {
        let headers = &parts.headers;
        let peer = parts.extensions.get::<Peer>();
        Client {
            user: user(headers),
            address: peer.map(|p| p.0.ip().to_canonical().to_string()).unwrap_or_default(),
            agent: text(headers, USER_AGENT.as_str()).unwrap_or_default(),
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
        }
    }
}

/// The user of basic auth, whom the listener has checked where it checks any; else the one that Grafana or a proxy in front tells.
/// Nothing but fairness depends on it.
fn user(headers: &HeaderMap) -> String {
    let basic = || {
        let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        let decoded = scheme.eq_ignore_ascii_case("basic").then(|| base64(credentials.trim()))??;
        let user = decoded.split(|b| *b == b':').next()?;
        Some(String::from_utf8_lossy(user).into_owned()).filter(|u| !u.is_empty())
    };
    let told = || {
        ["x-grafana-user", "x-forwarded-user", "x-scope-orgid"].iter().find_map(|name| text(headers, name))
    };
    let user = basic().or_else(told).unwrap_or_default();
    cut(&user, NAME_BYTES_MAX).to_owned()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(cut(text, NAME_BYTES_MAX).to_owned()).filter(|t| !t.is_empty())
}

/// The longest beginning of a text that has at most so many bytes.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Reads standard base64, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count, mut out) = (0u32, 0, Vec::with_capacity(text.len() * 3 / 4));
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _other => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Client, Self::Rejection> {
        Ok(Client::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_user_decides_the_line() {
        for (headers, want) in [
            (vec![], "ip:10.1.2.3"),
            (vec![("authorization", "Basic YW5uOnNlY3JldA==")], "user:ann"),
            (vec![("authorization", "basic YW5uOnNlY3JldA"), ("x-grafana-user", "bob")], "user:ann"),
            (vec![("authorization", "Bearer YW5uOnNlY3JldA=="), ("x-grafana-user", "bob")], "user:bob"),
            (vec![("authorization", "Basic ***"), ("x-forwarded-user", "eve")], "user:eve"),
            (vec![("authorization", "Basic OnNlY3JldA==")], "ip:10.1.2.3"),
            (vec![("x-scope-orgid", "team-1")], "user:team-1"),
        ] {
            let mut request = http::Request::get("/api/v1/query?query=up");
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let mut parts = request.header("user-agent", "curl/8").body(()).unwrap().into_parts().0;
            parts.extensions.insert(Peer("10.1.2.3:1234".parse().unwrap()));
            let client = Client::of(&parts);
            assert_eq!(&*client.line(), want, "{headers:?}");
            assert_eq!((client.path.as_str(), client.agent.as_str()), ("/api/v1/query", "curl/8"));
        }
    }

    #[test]
    fn base64_as_browsers_write_it() {
        for (text, want) in [
            ("", Some("")),
            ("YQ==", Some("a")),
            ("YWI=", Some("ab")),
            ("YWJj", Some("abc")),
            ("YWJjZA", Some("abcd")),
            ("a b", None),
            ("é", None),
        ] {
            assert_eq!(base64(text).map(|b| String::from_utf8(b).unwrap()).as_deref(), want, "{text}");
        }
    }
}
