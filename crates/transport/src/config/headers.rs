//! Headers added to every request.

use std::path::PathBuf;

use yaml::write::Map;
use yaml::{Secret, Value};

/// One header with its values in the order in which they are sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The name as written. Never one that the client itself sets.
    pub name: String,
    /// The values: first `values`, then `secrets`, then `files`.
    pub values: Vec<HeaderValue>,
}

/// One value of a header.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    /// Shown in the printed configuration.
    Plain(String),
    /// Never shown.
    Secret(Secret),
    /// The trimmed content of a file, read for each request.
    File(PathBuf),
}

/// Headers that a client sets itself, or that would change the connection, whatever it is a client of. In lower case.
pub const RESERVED_HEADERS: [&str; 16] = [
    "host",
    "content-encoding",
    "content-length",
    "content-type",
    "user-agent",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "accept-encoding",
    "x-prometheus-remote-write-version",
    "x-prometheus-remote-read-version",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",
];

/// Headers that this client sets besides.
const OWN_HEADERS: [&str; 2] = ["authorization", "x-prometheus-scrape-timeout-seconds"];

impl Header {
    /// Reads a mapping from header names to their values.
    pub(super) fn read_all(value: &Value<'_>) -> Option<Vec<Header>> {
        let mut headers = Vec::new();
        for (name, entry) in value.entries()? {
            let lower = name.to_ascii_lowercase();
            if RESERVED_HEADERS.contains(&lower.as_str()) || OWN_HEADERS.contains(&lower.as_str()) {
                entry.problem(format!("setting header {name:?} is not allowed"));
            } else if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
                entry.problem(format!("{name:?} is not a valid HTTP header name"));
            }
            if let Some(values) = read_values(&entry) {
                headers.push(Header { name: name.to_owned(), values });
            }
        }
        headers.sort_by(|a, b| a.name.cmp(&b.name));
        Some(headers)
    }

    /// Returns the mapping as Prometheus prints it.
    pub(super) fn to_yaml(headers: &[Header]) -> Map {
        let mut map = Map::new();
        for header in headers {
            let (mut plain, mut secret, mut files) = (Vec::new(), Vec::new(), Vec::new());
            for value in &header.values {
                match value {
                    HeaderValue::Plain(text) => plain.push(text),
                    HeaderValue::Secret(text) => secret.push(text),
                    HeaderValue::File(path) => files.push(path),
                }
            }
            let mut values = Map::new();
            values.put_if_set("values", plain).put_if_set("secrets", secret).put_if_set("files", files);
            map.put(header.name.as_str(), values);
        }
        map
    }
}

fn read_values(value: &Value<'_>) -> Option<Vec<HeaderValue>> {
    value.fields(|f| {
        let plain: Vec<String> = f.or_default("values");
        let secret: Vec<Secret> = f.or_default("secrets");
        let files: Vec<PathBuf> = f.or_default("files");
        let values = plain.into_iter().map(HeaderValue::Plain);
        let values = values.chain(secret.into_iter().map(HeaderValue::Secret));
        Some(values.chain(files.into_iter().map(HeaderValue::File)).collect())
    })
}
