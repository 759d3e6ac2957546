//! What the configuration file says about HTTP clients and about our own listener.
//!
//! Source: `prometheus/common` `config/http_config.go`, `exporter-toolkit` `web/tls_config.go`.
//! Files (`*_file`) are kept as paths, already joined with the configuration file's directory; whoever uses them reads them
//! again when they change.

mod auth;
mod client;
mod headers;
mod proxy;
mod sigv4;
mod tls;
mod web;

pub use auth::{Authentication, Authorization, BasicAuth, Grant, OAuth2};
pub use client::HttpClientConfig;
pub use headers::{Header, HeaderValue, RESERVED_HEADERS};
pub use proxy::ProxyConfig;
pub use sigv4::{SigV4, aws_domain};
pub use tls::{TlsClientConfig, TlsVersion};
pub(crate) use web::read_tls as read_server_tls;
pub use web::{ClientAuth, RateLimit, ServerTls, WebConfig};

use std::path::{Path, PathBuf};

use yaml::write::{Map, Out};
use yaml::{Fields, Read};

/// Where a value comes from: written in the configuration, or a file that is read when it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source<T> {
    /// Written in the configuration.
    Inline(T),
    /// A file; white space around its content is not part of the value (but kept in PEM files, where it does not matter).
    File(PathBuf),
}

impl<T: Read> Source<T> {
    /// Reads a value that may be written in one field or named by a second one; a third one, for secret managers, is
    /// refused. `many` is the message when more than one is there.
    pub fn read(
        f: &Fields<'_>,
        inline: &'static str,
        file: &'static str,
        reference: Option<&'static str>,
        many: &str,
    ) -> Option<Source<T>> {
        let written = f.get(inline).filter(|v| !v.is_empty_text());
        let named = f.get(file).filter(|v| !v.is_empty_text());
        if let Some(reference) = reference
            && let Some(value) = f.get(reference)
        {
            value.problem("there is no secret manager to take this from");
        }
        if let (Some(_), Some(second)) = (&written, &named) {
            second.problem(many);
        }
        match written {
            Some(value) => T::read(&value).map(Source::Inline),
            None => named.and_then(|value| PathBuf::read(&value)).map(Source::File),
        }
    }
}

impl<T> Source<T> {
    /// Returns the file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Source::Inline(_) => None,
            Source::File(path) => Some(path),
        }
    }

    /// Writes the value under the field that it came from.
    pub(crate) fn write<'a>(source: Option<&'a Source<T>>, map: &mut Map, inline: &str, file: &str)
    where
        Out: From<&'a T>,
    {
        match source {
            Some(Source::Inline(value)) => map.put(inline, value),
            Some(Source::File(path)) => map.put(file, path),
            None => map,
        };
    }
}

#[cfg(test)]
mod tests;
