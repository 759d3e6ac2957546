//! Redirects, decided without sockets.
//!
//! As Go's client: 301, 302 and 303 turn the method into GET (HEAD stays), 307 and 308 repeat the request with its body; at
//! most ten; credentials stay on the first host and its subdomains, and once a redirect has left them they are not sent
//! again even if it leads back.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue, LOCATION,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, WWW_AUTHENTICATE,
};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use url::Url;

use crate::error::Failure;

/// Redirects followed before giving up.
const REDIRECTS_MAX: usize = 10;

/// Headers that never follow to another host.
pub(super) const SENSITIVE: [HeaderName; 5] =
    [AUTHORIZATION, WWW_AUTHENTICATE, COOKIE, PROXY_AUTHORIZATION, PROXY_AUTHENTICATE];

/// One request of a chain of redirects.
pub(super) struct Hop {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    home: String,
    at_home: bool,
    count: usize,
}

impl Hop {
    /// Starts a chain. User and password in the URL become basic auth, unless the request has its own.
    pub(super) fn first(request: Request<Bytes>) -> Hop {
        let (mut parts, body) = request.into_parts();
        if let Some((uri, login)) = split_login(&parts.uri) {
            parts.uri = uri;
            parts.headers.entry(AUTHORIZATION).or_insert(login);
        }
        let home = parts.uri.host().unwrap_or_default().to_ascii_lowercase();
        Hop {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
            home,
            at_home: true,
            count: 0,
        }
    }

    /// Returns where it goes.
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Tells whether the chain has never left the first host and its subdomains.
    pub(super) fn is_at_home(&self) -> bool {
        self.at_home
    }

    /// Builds the request.
    pub(super) fn request(&self) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// Returns the next request if the answer is a redirect that can be followed.
    pub(super) fn next(&self, status: StatusCode, answer: &HeaderMap) -> Result<Option<Hop>, Failure> {
        let repeats = match status.as_u16() {
            301..=303 => false,
            307 | 308 => true,
            _ => return Ok(None),
        };
        let Some(location) = answer.get(LOCATION) else {
            // Go hands out such an answer as it is only for repeating statuses; for the others it is an error.
            let text = format!("{} response missing Location header", status.as_u16());
            return if repeats { Ok(None) } else { Err(Failure::Redirect(text)) };
        };
        if self.count + 1 >= REDIRECTS_MAX {
            return Err(Failure::Redirect(format!("stopped after {REDIRECTS_MAX} redirects")));
        }
        let uri = self.resolve(location.to_str().unwrap_or_default())?;
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let at_home = self.at_home && is_same_or_subdomain(&host, &self.home);
        let mut headers = self.headers.clone();
        let (uri, login) = split_login(&uri).map_or((uri, None), |(uri, login)| (uri, Some(login)));
        if let Some(login) = login {
            headers.entry(AUTHORIZATION).or_insert(login); // dropped below if it leads away
        }
        if !at_home {
            SENSITIVE.iter().for_each(|name| drop(headers.remove(name)));
        }
        let keeps_method = repeats || self.method == Method::GET || self.method == Method::HEAD;
        if !repeats {
            [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING]
                .iter()
                .for_each(|name| drop(headers.remove(name)));
        }
        Ok(Some(Hop {
            method: if keeps_method { self.method.clone() } else { Method::GET },
            uri,
            headers,
            body: if repeats { self.body.clone() } else { Bytes::new() },
            home: self.home.clone(),
            at_home,
            count: self.count + 1,
        }))
    }

    fn resolve(&self, location: &str) -> Result<Uri, Failure> {
        let bad = |reason: String| {
            Failure::Redirect(format!("failed to parse Location header {location:?}: {reason}"))
        };
        let base = Url::parse(&self.uri.to_string()).map_err(|e| bad(e.to_string()))?;
        let url = base.join(location).map_err(|e| bad(e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Failure::Redirect(format!("unsupported protocol scheme {:?}", url.scheme())));
        }
        url[..url::Position::AfterQuery].parse().map_err(|e: http::uri::InvalidUri| bad(e.to_string()))
    }
}

/// Takes user and password out of a URL, if it has any, and returns them as an `Authorization` header.
fn split_login(uri: &Uri) -> Option<(Uri, HeaderValue)> {
    let (login, host) = uri.authority()?.as_str().rsplit_once('@')?;
    let decode = |s: &str| percent_encoding::percent_decode_str(s).decode_utf8_lossy().into_owned();
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let encoded = BASE64_STANDARD.encode(format!("{}:{}", decode(user), decode(password)));
    let mut value = HeaderValue::from_str(&format!("Basic {encoded}")).ok()?;
    value.set_sensitive(true);
    let mut parts = uri.clone().into_parts();
    parts.authority = Some(host.parse().ok()?);
    Some((Uri::from_parts(parts).ok()?, value))
}

fn is_same_or_subdomain(host: &str, home: &str) -> bool {
    // An address is nobody's subdomain.
    let is_address = |name: &str| name.contains([':', '%']) || name.parse::<std::net::IpAddr>().is_ok();
    host == home
        || (!home.is_empty()
            && !is_address(host)
            && host.strip_suffix(home).is_some_and(|front| front.ends_with('.')))
}

/// Prints a URL for people, without password.
pub(super) fn masked(uri: &Uri) -> String {
    let text = uri.to_string();
    match Url::parse(&text) {
        Ok(mut url) if url.password().is_some() => match url.set_password(Some("xxxxx")) {
            Ok(()) => url.into(),
            Err(()) => "<secret>".to_owned(),
        },
        Ok(_) | Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(method: &str, uri: &str) -> Hop {
        let request = Request::builder().method(method).uri(uri).header("authorization", "Bearer t");
        Hop::first(request.header("content-type", "x").body(Bytes::from("body")).unwrap())
    }

    fn next(hop: &Hop, status: u16, location: &str) -> Result<Option<Hop>, Failure> {
        let headers = HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]);
        hop.next(StatusCode::from_u16(status).unwrap(), &headers)
    }

    #[test]
    fn keeps_or_changes_the_method() {
        for (method, status, want, body) in [
            ("POST", 301, "GET", ""),
            ("POST", 302, "GET", ""),
            ("HEAD", 303, "HEAD", ""),
            ("POST", 307, "POST", "body"),
            ("PUT", 308, "PUT", "body"),
        ] {
            let next = next(&hop(method, "http://a/x?y=1"), status, "../z").unwrap().unwrap();
            assert_eq!((next.method.as_str(), &next.body[..], next.uri.to_string()), {
                (want, body.as_bytes(), "http://a/z".to_owned())
            });
            assert_eq!(next.headers.contains_key(CONTENT_TYPE), !body.is_empty(), "{method} {status}");
        }
        assert!(next(&hop("GET", "http://a/"), 304, "/x").unwrap().is_none());
        assert!(hop("GET", "http://a/").next(StatusCode::FOUND, &HeaderMap::new()).is_err());
    }

    #[test]
    fn leaves_credentials_at_home_for_good() {
        for (from, to, at_home) in [
            ("http://a.example/", "https://a.example:8443/", true),
            ("http://a.example/", "http://b.a.example/", true),
            ("http://a.example/", "http://xa.example/", false),
            ("http://b.a.example/", "http://a.example/", false),
            ("http://0.0.1/", "http://10.0.0.1/", false),
        ] {
            let next = next(&hop("GET", from), 302, to).unwrap().unwrap();
            assert_eq!(
                (next.is_at_home(), next.headers.contains_key(AUTHORIZATION)),
                (at_home, at_home),
                "{to}"
            );
        }
        let away = next(&hop("GET", "http://a.example/"), 302, "http://evil.example/").unwrap().unwrap();
        assert!(!next(&away, 302, "http://a.example/").unwrap().unwrap().is_at_home());
    }

    #[test]
    fn gives_up() {
        let mut at = hop("GET", "http://a/");
        let failure = loop {
            match next(&at, 302, "/again") {
                Ok(next) => at = next.unwrap(),
                Err(failure) => break failure,
            }
        };
        assert_eq!((at.count, failure.to_string()), (9, "stopped after 10 redirects".to_owned()));
        assert!(next(&hop("GET", "http://a/"), 302, "file:///etc/passwd").is_err());
    }

    #[test]
    fn a_login_in_the_url_becomes_basic_auth() {
        let request = Request::get("http://us%40er:pa:ss@a.example:81/x?y").body(Bytes::new()).unwrap();
        let hop = Hop::first(request);
        assert_eq!(hop.uri.to_string(), "http://a.example:81/x?y");
        assert_eq!(hop.headers[AUTHORIZATION], "Basic dXNAZXI6cGE6c3M=");
        let away = next(&hop, 302, "http://u:p@b.example/").unwrap().unwrap();
        assert_eq!(away.uri.to_string(), "http://b.example/");
        assert!(!away.headers.contains_key(AUTHORIZATION));
    }

    #[test]
    fn masks_passwords() {
        let masked = |s: &str| masked(&s.parse().unwrap());
        assert_eq!(masked("http://u:p@a:1/x"), "http://u:xxxxx@a:1/x");
        assert_eq!(masked("http://a:1/x?q=1"), "http://a:1/x?q=1");
    }
}
