//! AWS's signature, version 4: from a request and keys to the headers that prove who sends it.
//!
//! Source: "Signing AWS API requests" in the IAM user guide.

use aws_lc_rs::{digest, hmac};
use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};
use jiff::Timestamp;
use yaml::Secret;

use crate::error::Failure;

/// Who signs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Keys {
    /// The key's name.
    pub(crate) access: String,
    /// Its secret.
    pub(crate) secret: Secret,
    /// What goes with keys that end.
    pub(crate) session: Option<Secret>,
}

/// What the signature holds for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) now: Timestamp,
}

/// Signs a request as it is: nothing that is signed may change afterwards.
pub(crate) fn sign(request: &mut Request<Bytes>, keys: &Keys, scope: Scope<'_>) -> Result<(), Failure> {
    let cannot = |what: &str| Failure::Credentials(format!("sigv4: {what} cannot be sent in a header"));
    let time = scope.now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let headers = request.headers_mut();
    headers.insert("x-amz-date", HeaderValue::try_from(&time).map_err(|_| cannot("the time"))?);
    if let Some(session) = &keys.session {
        let mut token = HeaderValue::try_from(session.expose()).map_err(|_| cannot("the session token"))?;
        token.set_sensitive(true);
        headers.insert("x-amz-security-token", token);
    }
    let (canonical, signed) = canonical(request);
    let region_service = format!("{}/{}", scope.region, scope.service);
    let credential_scope = format!("{day}/{region_service}/aws4_request");
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{time}\n{credential_scope}\n{}", hex_sha256(canonical.as_bytes()));
    let first = format!("AWS4{}", keys.secret.expose());
    let key = [day, scope.region, scope.service, "aws4_request"]
        .iter()
        .fold(first.into_bytes(), |key, part| mac(&key, part.as_bytes()));
    let signature = hex(&mac(&key, to_sign.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{credential_scope}, SignedHeaders={signed}, Signature={signature}",
        keys.access
    );
    let mut value = HeaderValue::try_from(authorization).map_err(|_| cannot("the key's name"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}

/// Returns the request in the one form that both sides hash, and the names of the headers in it.
fn canonical(request: &Request<Bytes>) -> (String, String) {
    let uri = request.uri();
    let authority = uri.authority().map_or("", |a| a.as_str());
    let mut headers: Vec<(String, String)> = vec![(HOST.to_string(), authority.to_owned())];
    // What proxies and connections change on the way stays out.
    let signed =
        |name: &HeaderName| name.as_str().starts_with("x-amz-") || name == http::header::CONTENT_TYPE;
    for (name, value) in request.headers().iter().filter(|(name, _)| signed(name)) {
        let text = String::from_utf8_lossy(value.as_bytes()).split_whitespace().collect::<Vec<_>>().join(" ");
        headers.push((name.to_string(), text));
    }
    headers.sort();
    let names = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let mut query: Vec<(String, String)> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .map(|(name, value)| (encode(&name, false), encode(&value, false)))
            .collect();
    query.sort();
    let query = query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let path = if uri.path().is_empty() { "/".to_owned() } else { encode(uri.path(), true) };
    let body = hex_sha256(request.body());
    (format!("{}\n{path}\n{query}\n{lines}\n{names}\n{body}", request.method()), names)
}

/// Encodes all but what RFC 3986 calls unreserved. A path is encoded a second time, as all services but S3 want it.
fn encode(text: &str, is_path: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b'/' if is_path => out.push('/'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

fn hex_sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys {
            access: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session: None,
        }
    }

    fn signature(request: http::request::Builder, body: &'static str) -> String {
        let mut request = request.body(Bytes::from_static(body.as_bytes())).unwrap();
        let now = "2015-08-30T12:36:00Z".parse().unwrap();
        sign(&mut request, &keys(), Scope { region: "us-east-1", service: "service", now }).unwrap();
        request.headers()[AUTHORIZATION].to_str().unwrap().split_once("SignedHeaders=").unwrap().1.to_owned()
    }

    /// Cases of AWS's own test suite for the signature.
    #[test]
    fn as_aws_signs() {
        let get = |uri: &str| Request::get(uri.to_owned());
        for (request, body, expected) in [
            (
                get("https://example.amazonaws.com/"),
                "",
                "host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                get("https://example.amazonaws.com/?Param2=value2&Param1=value1"),
                "",
                "host;x-amz-date, Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                Request::post("https://example.amazonaws.com/")
                    .header("content-type", "application/x-www-form-urlencoded"),
                "Param1=value1",
                "content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ] {
            assert_eq!(signature(request, body), expected);
        }
    }

    #[test]
    fn keys_that_end_bring_their_token() {
        let mut request = Request::get("https://a/").body(Bytes::new()).unwrap();
        let keys = Keys { session: Some(Secret::new("tok")), ..keys() };
        let scope = Scope { region: "r", service: "s", now: Timestamp::UNIX_EPOCH };
        sign(&mut request, &keys, scope).unwrap();
        assert_eq!(request.headers()["x-amz-security-token"], "tok");
        let authorization = request.headers()[AUTHORIZATION].to_str().unwrap();
        assert!(
            authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"),
            "{authorization}"
        );
    }
}
