//! What the configuration says about other stores: `remote_write` and `remote_read`.
//!
//! Source: Prometheus 3.14 `config/config.go`.

mod cloud;
mod queue;
mod read;
mod write;

pub use queue::{MetadataConfig, QueueConfig};
pub use read::ReadConfig;
pub use write::{Message, WriteConfig};

use transport::config::RESERVED_HEADERS;
use yaml::Fields;

/// Reads `headers`: names with values, sorted by name. `authorization` is the message for that header.
pub fn read_headers(f: &Fields<'_>, authorization: &str) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for (name, entry) in f.get("headers").and_then(|v| v.entries()).unwrap_or_default() {
        let lower = name.to_ascii_lowercase();
        if lower == "authorization" {
            entry.problem(authorization);
        } else if RESERVED_HEADERS.contains(&lower.as_str()) {
            entry.problem(format!("{name} is a reserved header. It must not be changed"));
        }
        if let Some(text) = entry.text() {
            headers.push((name.to_owned(), text.to_owned()));
        }
    }
    headers.sort();
    headers
}

const AUTHORIZATION_HEADER: &str = "authorization header must be changed via the basic_auth, authorization, oauth2, \
                                    sigv4, azuread or google_iam parameter";

fn headers_to_yaml(headers: &[(String, String)]) -> yaml::write::Map {
    let mut map = yaml::write::Map::new();
    for (name, value) in headers {
        map.put(name.as_str(), value.as_str());
    }
    map
}

#[cfg(test)]
mod tests;
