//! The parameters of a request: those of a form body first, then those of the URL, as Go's `Request.Form` orders them.

use std::sync::Arc;

use axum::extract::FromRequest;
use axum::extract::Request;
use bytes::Bytes;
use http::{Method, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::error::ApiError;
use crate::router::App;

/// Largest form body, Go's bound as well.
const FORM_BYTES_MAX: usize = 10 << 20;

/// The parameters of a request, in the order Go would hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pairs: Vec<(String, String)>,
    /// What was wrong with the encoding of some pair; such pairs are left out.
    broken: Option<String>,
}

impl Form {
    /// Reads the parameters of a form body and of a URL's query.
    pub fn parse(body: &str, query: &str) -> Form {
        let mut form = Form::default();
        form.add(body);
        form.add(query);
        form
    }

    /// Returns the first value of a parameter, or `""`.
    pub fn value(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// Returns all values of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Refuses parameters that were not well encoded.
    ///
    /// # Errors
    /// `bad_data` with Go's words.
    pub fn well_formed(&self) -> Result<(), ApiError> {
        match &self.broken {
            None => Ok(()),
            Some(reason) => Err(ApiError::bad_data(format!("error parsing form values: {reason}"))),
        }
    }

    fn add(&mut self, text: &str) {
        for pair in text.split('&').filter(|p| !p.is_empty()) {
            if pair.contains(';') {
                self.broken.get_or_insert_with(|| "invalid semicolon separator in query".to_owned());
                continue;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (unescape(name), unescape(value)) {
                (Ok(name), Ok(value)) => self.pairs.push((name, value)),
                (Err(reason), _) | (_, Err(reason)) => {
                    self.broken.get_or_insert(reason);
                }
            }
        }
    }
}

/// Undoes URL encoding. Bytes that are not UTF-8 become U+FFFD.
fn unescape(text: &str) -> Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = bytes.get(i + 1..i + 3).and_then(hex);
                let Some(byte) = digits else {
                    let rest = &bytes[i..bytes.len().min(i + 3)];
                    let shown = model::number::quote(&String::from_utf8_lossy(rest));
                    return Err(format!("invalid URL escape {shown}"));
                };
                out.push(byte);
                i += 2;
            }
            plain => out.push(plain),
        }
        i += 1;
    }
    Ok(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

fn hex(digits: &[u8]) -> Option<u8> {
    let high = (digits[0] as char).to_digit(16)?;
    let low = (digits[1] as char).to_digit(16)?;
    Some((high * 16 + low) as u8)
}

impl FromRequest<Arc<App>> for Form {
    type Rejection = ApiError;

    async fn from_request(request: Request, _app: &Arc<App>) -> Result<Form, ApiError> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or("");
        let has_form = matches!(parts.method, Method::POST | Method::PUT | Method::PATCH)
            && parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(is_form);
        if !has_form {
            return Ok(Form::parse("", query));
        }
        let body = read_limited(body, FORM_BYTES_MAX).await?;
        Ok(Form::parse(&String::from_utf8_lossy(&body), query))
    }
}

fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or("").trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Reads a body whole.
///
/// # Errors
/// `bad_data` for a body over the bound, or one that breaks off.
pub async fn read_limited(body: axum::body::Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    match Limited::new(body, bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(ApiError::bad_data(format!("request body too large: more than {bytes_max} bytes")))
        }
        Err(error) => Err(ApiError::bad_data(format!("error reading request body: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_comes_before_url() {
        let form = Form::parse("a=1&b=x+y%2Bz", "a=2&match[]=up&match%5B%5D=%7Ba%3D%22%C3%A9%22%7D&c");
        assert_eq!(form.value("a"), "1");
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.value("b"), "x y+z");
        assert_eq!(form.all("match[]").collect::<Vec<_>>(), ["up", r#"{a="é"}"#]);
        assert_eq!((form.value("c"), form.value("d")), ("", ""));
        assert_eq!(form.well_formed(), Ok(()));
    }

    #[test]
    fn broken_pairs_are_left_out_and_told() {
        for (query, want) in [
            ("a=1&b=%zz", r#"error parsing form values: invalid URL escape "%zz""#),
            ("b=%a&a=1", r#"error parsing form values: invalid URL escape "%a""#),
            ("a=1&b=2;c=3", "error parsing form values: invalid semicolon separator in query"),
        ] {
            let form = Form::parse("", query);
            assert_eq!((form.value("a"), form.value("b")), ("1", ""), "{query}");
            assert_eq!(form.well_formed().unwrap_err().text, want);
        }
    }
}
