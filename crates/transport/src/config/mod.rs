//! What the configuration file says about HTTP clients and about our own listener.
//!
//! Source: `prometheus/common` `config/http_config.go`, `exporter-toolkit` `web/tls_config.go`.
//! Files (`*_file`) are kept as paths, already joined with the configuration file's directory; whoever uses them reads them
//! again when they change.

mod auth;
mod client;
mod headers;
mod proxy;
mod tls;
mod web;

pub use auth::{Authentication, Authorization, BasicAuth, Grant, OAuth2};
pub use client::HttpClientConfig;
pub use headers::{Header, HeaderValue};
pub use proxy::ProxyConfig;
pub use tls::{TlsClientConfig, TlsVersion};
pub use web::{ClientAuth, RateLimit, ServerTls, WebConfig};

use std::path::PathBuf;

/// Where a value comes from: written in the configuration, or a file that is read when it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source<T> {
    /// Written in the configuration.
    Inline(T),
    /// A file; white space around its content is not part of the value (but kept in PEM files, where it does not matter).
    File(PathBuf),
}
